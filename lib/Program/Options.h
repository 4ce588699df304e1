//===- Options.h - The command line of an executable ------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_PROGRAM_OPTIONS_H
#define LIB_PROGRAM_OPTIONS_H

#include "snn/Formats/Error.h"
#include "snn/Runtime/Runtime.h"

#include <string>
#include <vector>

namespace snn::rt {

/// How an input or output is stored.
enum class Format { Npy, Csv, Raw };

/// The command line, checked as far as that is possible without any file.
struct Options {
  /// What the user wrote, `[NAME=]FILE`.
  std::vector<std::string> inputArgs, outputArgs, paramArgs;
  /// One path per tensor of the model, empty if it was not given.
  std::vector<std::string> inputs, outputs, params;
  std::string weights, stateIn, stateOut, raster, rates, cpu, device, format;
  int64_t steps = -1, batch = -1, threads = 1, sample = -1, repeat = -1;
  bool stats = false, checkInputs = false, help = false, version = false,
       report = false;

  /// The format of an input or output: what its suffix says, else --format.
  Format getFormat(const std::string &path) const;

  /// True if inputs come step by step from the standard input.
  bool isStream() const;

  /// The GPU that --device names, -1 for the CPU; an error if it names neither.
  Expected<int> getGpu() const;

  /// True if an output goes to the standard output.
  bool usesStandardOutput() const;
};

/// Parses a command line for a model.
Expected<Options> parseOptions(const snn_model &model, int argc, char **argv);

/// The shape of a tensor as users see it: `[T, B, 128]`.
std::string formatTensorShape(const snn_tensor &tensor);

/// What `--help` prints.
std::string formatHelp(const snn_model &model, const char *program);

} // namespace snn::rt

#endif // LIB_PROGRAM_OPTIONS_H
