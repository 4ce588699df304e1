//===- Help.cpp - What an executable says about itself --------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OptionTable.h"
#include "snn/Formats/Tensor.h"

#include <algorithm>
#include <cstring>

using namespace snn::rt;

const OptionInfo snn::rt::optionTable[] = {
    {"--input", "[NAME=]FILE", &Options::inputArgs,
     "read an input; NAME is needed if there are several"},
    {"--output", "[NAME=]FILE", &Options::outputArgs, "write an output"},
    {"--format", "npy|csv|raw", &Options::format,
     "of what has no suffix .npy or .csv (default: npy)"},
    {"--param", "[NAME=]FILE.npy", &Options::paramArgs,
     "read a parameter that is not embedded"},
    {"--weights", "FILE", &Options::weights,
     "read all parameters that are not embedded (.safetensors or .npz)"},
    {"--state-in", "FILE", &Options::stateIn, "continue from a saved state"},
    {"--state-out", "FILE", &Options::stateOut, "save the state after the run"},
    {"--steps", "N", &Options::steps,
     "run N steps; of inputs that are longer, the first N"},
    {"--batch", "N", &Options::batch,
     "size of the batch where no input has one (default: 1)"},
    {"--threads", "N", &Options::threads,
     "number of threads (default: 1; 0: all processors)"},
    {"--cpu", "LEVEL", &Options::cpu,
     "use the variant for x86-64-v2, x86-64-v3 or x86-64-v4"},
    {"--device", "cpu|cuda[:N]", &Options::device,
     "run on the CPU (the default) or on GPU N (default: 0)"},
    {"--check-inputs", "", &Options::checkInputs,
     "refuse inputs that are NaN or infinite"},
    {"--stats", "", &Options::stats, "print spikes and speed of the run"},
    {"--repeat", "N", &Options::repeat,
     "run N times after one run to warm up; print the times"},
    {"--raster", "FILE.svg|.png", &Options::raster,
     "draw the spikes of one sample of the batch"},
    {"--rates", "FILE.svg|.png", &Options::rates,
     "draw its firing rates, over time and over neurons"},
    {"--sample", "N", &Options::sample, "the sample to draw (default: 0)"},
    {"--help", "", &Options::help, "print this text"},
    {"--report", "", &Options::report, "print how it was compiled, as JSON"},
    {"--version", "", &Options::version, "print the versions"}};

const int snn::rt::numOptions = std::size(optionTable);

std::string snn::rt::formatTensorShape(const snn_tensor &tensor) {
  std::string text = "[";
  for (int32_t d = 0; d < tensor.rank; ++d) {
    text += d ? ", " : "";
    text += tensor.shape[d] == SNN_DIM_TIME ? "T"
            : tensor.shape[d] == SNN_DIM_BATCH
                ? "B"
                : std::to_string(tensor.shape[d]);
  }
  return text + "]";
}

/// `text` with spaces up to `width`, and two more.
static std::string padded(std::string text, size_t width) {
  text.resize(std::max(text.size(), width) + 2, ' ');
  return text;
}

/// A table of tensors under a title; nothing if there are none.
static std::string formatTensors(const char *title, const snn_tensor *tensors,
                                 int32_t count) {
  if (count == 0)
    return "";
  size_t nameWidth = 0, shapeWidth = 0;
  for (int32_t i = 0; i < count; ++i) {
    nameWidth = std::max(nameWidth, std::strlen(tensors[i].name));
    shapeWidth = std::max(shapeWidth, formatTensorShape(tensors[i]).size());
  }
  std::string text = std::string("\n") + title + ":\n";
  for (int32_t i = 0; i < count; ++i) {
    const snn_tensor &tensor = tensors[i];
    std::string line =
        "  " + padded(tensor.name, nameWidth) +
        padded(elementName(static_cast<ElementType>(tensor.dtype)), 4) +
        padded(formatTensorShape(tensor), shapeWidth) +
        (tensor.data ? "embedded" : "");
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string snn::rt::formatHelp(const snn_model &model, const char *program) {
  std::string text = std::string(model.name) +
                     ": a spiking neural network, compiled by " +
                     model.compiler + "\n\nUsage: " + program +
                     " [options]\n\nT is the number of steps, B the size of "
                     "the batch. Spikes (i1) are read from arrays\nof bool, or "
                     "of uint8 with the values 0 and 1.\n";
  if (!(model.flags & SNN_CAUSAL))
    text += "The model is not causal: it needs all steps of a sequence at "
            "once.\n";
  if (model.max_steps >= 0)
    text += "It has tables for " + std::to_string(model.max_steps) +
            " steps, counted from its initial state.\n";
  text += formatTensors("Inputs", model.inputs, model.num_inputs);
  text += formatTensors("Outputs", model.outputs, model.num_outputs);
  text += formatTensors("Parameters", model.params, model.num_params);
  if (model.weights_file)
    text += "Without --weights, they are read from " +
            std::string(model.weights_file) + ".\n";
  text += formatTensors("States", model.states, model.num_states);
  text += formatTensors("Layers", model.records, model.num_records);
  text += "\nOptions:\n";
  for (const OptionInfo &info : optionTable)
    text += "  " + padded(std::string(info.flag) + " " + info.value, 26) +
            info.help + "\n";
  text +=
      "\nA FILE of - is the standard input or output, as a stream: a step is "
      "answered when it\nhas arrived. Its form is --format: npy, one array; "
      "raw, the little-endian elements of\none step after the other; csv, as "
      "in files: a line has one step of one element of the\nbatch, the first "
      "line has the names: step,batch,NAME[0],NAME[1]... (NAME[i][j]...).\n";
  text += "\nExit codes: 0 success, 1 wrong input, 2 wrong usage, 3 reading or "
          "writing failed,\n4 the processor or the GPU lacks something, 5 a "
          "limit of size or memory, 70 internal error.\n";
  return text;
}
