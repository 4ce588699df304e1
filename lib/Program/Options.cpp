//===- Options.cpp - The command line of an executable --------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"

#include "../Runtime/Cpu.h"
#include "snn/Formats/File.h"
#include "snn/Formats/Tensor.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string_view>
#include <variant>

using namespace snn::rt;

namespace {
/// Where the value of an option is stored, which is also how it is parsed.
using Target =
    std::variant<bool Options::*, int64_t Options::*, std::string Options::*,
                 std::vector<std::string> Options::*>;

/// One row of the table that parses and prints the options.
struct OptionInfo {
  const char *flag;
  const char *value; ///< what the value is called, empty if there is none
  Target target;
  const char *help;
};
} // namespace

static const OptionInfo optionTable[] = {
    {"--input", "[NAME=]FILE.npy", &Options::inputArgs,
     "read an input; NAME is needed if there are several"},
    {"--output", "[NAME=]FILE.npy", &Options::outputArgs, "write an output"},
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
    {"--stats", "", &Options::stats, "print spikes and speed of the run"},
    {"--raster", "FILE.svg", &Options::raster,
     "draw the spikes of one sample of the batch"},
    {"--sample", "N", &Options::sample, "the sample to draw (default: 0)"},
    {"--help", "", &Options::help, "print this text"},
    {"--version", "", &Options::version, "print the versions"}};

static Error parseNumber(const char *flag, const std::string &text,
                         int64_t &number) {
  const char *end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc() && rest == end && number >= 0)
    return Error::success();
  return makeError(ErrorCode::Usage,
                   "%s: expected a number that is not negative, but got %s",
                   flag, quoted(text).c_str());
}

/// Stores a value; `isRepeated` if the flag has occurred before.
static Error setOption(Options &options, const OptionInfo &info,
                       const std::string &value, bool isRepeated) {
  if (auto *list =
          std::get_if<std::vector<std::string> Options::*>(&info.target)) {
    (options.**list).push_back(value);
    return Error::success();
  }
  if (isRepeated)
    return makeError(ErrorCode::Usage, "%s is given twice", info.flag);
  if (auto *flag = std::get_if<bool Options::*>(&info.target))
    options.**flag = true;
  else if (auto *number = std::get_if<int64_t Options::*>(&info.target))
    return parseNumber(info.flag, value, options.**number);
  else if (auto *text = std::get_if<std::string Options::*>(&info.target))
    options.**text = value;
  return Error::success();
}

/// Reads all arguments into `options`, without a look at the model.
static Error readArguments(Options &options, int argc, char **argv) {
  std::vector<const OptionInfo *> seen;
  for (int i = 1; i < argc; ++i) {
    std::string_view argument = argv[i];
    size_t equals = argument.find('=');
    std::string_view flag = argument.substr(0, equals);
    const auto *info =
        std::find_if(std::begin(optionTable), std::end(optionTable),
                     [&](const OptionInfo &o) { return flag == o.flag; });
    if (info == std::end(optionTable))
      return makeError(ErrorCode::Usage, "unknown option %s; try --help",
                       quoted(flag).c_str());
    bool hasValue = equals != argument.npos, wantsValue = *info->value;
    if (hasValue && !wantsValue)
      return makeError(ErrorCode::Usage, "%s takes no value", info->flag);
    std::string value(hasValue ? argument.substr(equals + 1) : "");
    if (wantsValue && !hasValue && ++i < argc)
      value = argv[i];
    if (wantsValue && value.empty())
      return makeError(ErrorCode::Usage, "%s: expected %s", info->flag,
                       info->value);
    bool isRepeated = std::find(seen.begin(), seen.end(), info) != seen.end();
    if (Error error = setOption(options, *info, value, isRepeated))
      return error;
    seen.push_back(info);
  }
  return Error::success();
}

static std::string listNames(const snn_tensor *tensors, int32_t count) {
  std::string names;
  for (int32_t i = 0; i < count; ++i)
    names += (i ? ", " : "") + quoted(tensors[i].name);
  return count ? names : "none";
}

/// Turns `[NAME=]FILE` arguments into one path per tensor.
static Error assignPaths(const char *flag, const snn_tensor *tensors,
                         int32_t count, const std::vector<std::string> &args,
                         std::vector<std::string> &paths) {
  paths.assign(count, "");
  for (const std::string &arg : args) {
    size_t equals = arg.find('=');
    std::string name = arg.substr(0, equals == arg.npos ? 0 : equals);
    int32_t index = 0;
    if (equals == arg.npos) {
      if (count != 1)
        return makeError(ErrorCode::Usage,
                         "%s %s: expected NAME=FILE with a name of: %s", flag,
                         arg.c_str(), listNames(tensors, count).c_str());
    } else {
      while (index < count && name != tensors[index].name)
        ++index;
    }
    if (index == count)
      return makeError(ErrorCode::Usage,
                       "%s: there is no %s; expected a name of: %s", flag,
                       quoted(name).c_str(), listNames(tensors, count).c_str());
    if (!paths[index].empty())
      return makeError(ErrorCode::Usage, "%s: %s is given twice", flag,
                       quoted(tensors[index].name).c_str());
    paths[index] = equals == arg.npos ? arg : arg.substr(equals + 1);
    if (paths[index].empty())
      return makeError(ErrorCode::Usage, "%s %s: expected a file after '='",
                       flag, arg.c_str());
  }
  return Error::success();
}

/// Refuses to write a file that is read, or one file twice.
static Error checkPaths(const Options &options) {
  std::vector<std::string> read = options.inputs, written = options.outputs;
  read.insert(read.end(), options.params.begin(), options.params.end());
  read.push_back(options.weights);
  written.push_back(options.raster);
  written.push_back(options.stateOut);
  for (size_t i = 0; i < written.size(); ++i) {
    if (written[i].empty())
      continue;
    for (const std::string &path : read)
      if (!path.empty() && isSameFile(path, written[i]))
        return makeError(ErrorCode::Usage, "%s would overwrite an input",
                         written[i].c_str());
    for (size_t k = 0; k < i; ++k)
      if (written[i] == written[k] || isSameFile(written[i], written[k]))
        return makeError(ErrorCode::Usage, "%s would be written twice",
                         written[i].c_str());
  }
  return Error::success();
}

/// Checks the parameters: each has exactly one source.
static Error checkParams(const snn_model &model, const Options &options) {
  bool needsWeights = false;
  for (int32_t i = 0; i < model.num_params; ++i) {
    const snn_tensor &param = model.params[i];
    bool given = !options.params[i].empty();
    if (param.data && given)
      return makeError(ErrorCode::Usage,
                       "--param: parameter %s is embedded in the program",
                       quoted(param.name).c_str());
    if (!param.data && !given && options.weights.empty())
      return makeError(ErrorCode::Usage,
                       "parameter %s has no value; give --param %s=FILE.npy or "
                       "--weights FILE.safetensors",
                       quoted(param.name).c_str(), param.name);
    needsWeights |= !param.data && !given;
  }
  if (!options.weights.empty() && !needsWeights)
    return makeError(ErrorCode::Usage,
                     "--weights: no parameter of the model needs a value");
  return Error::success();
}

static Error checkOptions(const snn_model &model, const Options &options) {
  for (int32_t i = 0; i < model.num_inputs; ++i)
    if (options.inputs[i].empty())
      return makeError(
          ErrorCode::Usage, "input %s has no value; give --input %s=FILE.npy",
          quoted(model.inputs[i].name).c_str(), model.inputs[i].name);
  bool streams = !options.stateIn.empty() || !options.stateOut.empty();
  if (streams && !(model.flags & SNN_CAUSAL))
    return makeError(ErrorCode::Usage,
                     "%s: the model is not causal, so it has no state between "
                     "two runs",
                     options.stateIn.empty() ? "--state-out" : "--state-in");
  if (options.sample >= 0 && options.raster.empty())
    return makeError(ErrorCode::Usage, "--sample: expected --raster as well");
  if (!options.raster.empty() && model.num_records == 0)
    return makeError(ErrorCode::Usage, "--raster: the model has no spikes");
  if (Error error = checkParams(model, options))
    return error;
  return checkPaths(options);
}

Expected<Options> snn::rt::parseOptions(const snn_model &model, int argc,
                                        char **argv) {
  Options options;
  if (Error error = readArguments(options, argc, argv))
    return error;
  if (options.help || options.version)
    return options;
  if (Error error = assignPaths("--input", model.inputs, model.num_inputs,
                                options.inputArgs, options.inputs))
    return error;
  if (Error error = assignPaths("--output", model.outputs, model.num_outputs,
                                options.outputArgs, options.outputs))
    return error;
  if (Error error = assignPaths("--param", model.params, model.num_params,
                                options.paramArgs, options.params))
    return error;
  if (Error error = checkOptions(model, options))
    return error;
  return options;
}

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
  text += formatTensors("States", model.states, model.num_states);
  text += formatTensors("Layers", model.records, model.num_records);
  text += "\nOptions:\n";
  for (const OptionInfo &info : optionTable)
    text += "  " + padded(std::string(info.flag) + " " + info.value, 26) +
            info.help + "\n";
  text += "\nExit codes: 0 success, 1 wrong input, 2 wrong usage, 3 reading or "
          "writing failed,\n4 the processor lacks something, 5 a limit of "
          "size or memory, 70 internal error.\n";
  return text;
}
