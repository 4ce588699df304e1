//===- Driver.h - What snnc does --------------------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_DRIVER_DRIVER_H
#define SNN_DRIVER_DRIVER_H

#include "snn/Pipelines/Pipelines.h"

#include "llvm/Support/raw_ostream.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::snn {

/// Exit codes of the tools.
enum class ExitCode {
  Ok = 0,
  UserError = 1,     ///< the model, its parameters or its data
  UsageError = 2,    ///< the command line
  IOError = 3,       ///< a file that cannot be read or written
  TargetError = 4,   ///< the processor, the linker
  ResourceError = 5, ///< a limit
  InternalError = 70 ///< a bug of ours
};

/// One compilation: a model file in, an executable or a stage's IR out.
struct CompileRequest {
  std::string input;                ///< "-" is standard input
  std::string output;               ///< unused with `stopAfter`
  std::string weights;              ///< a .safetensors file to embed; or none
  std::string function;             ///< the model; "" if there is only one
  std::vector<std::string> targets; ///< processor names; empty: all
  std::optional<Stage> stopAfter;   ///< print the IR there
  bool optimize = true;             ///< without: the plain sequential lowering
  bool verbose = false;             ///< print what is done to stderr
};

/// Compiles; messages go to stderr, printed IR to `out`. On failure no output
/// file is created or changed.
ExitCode compile(const CompileRequest &request, llvm::raw_ostream &out);

} // namespace mlir::snn

#endif // SNN_DRIVER_DRIVER_H
