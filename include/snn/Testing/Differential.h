//===- Differential.h - Compiled code against the reference -----*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiles a random model, runs it in this process under the cuts that it was
// drawn with, and compares every bit of its results with the reference.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_TESTING_DIFFERENTIAL_H
#define SNN_TESTING_DIFFERENTIAL_H

#include "snn/Testing/Generator.h"

namespace mlir::snn::testing {

/// What became of a model.
enum class Outcome {
  Agreed,   ///< all bits are those of the reference
  Rejected, ///< some layer fires too little or too much to say anything
  Mismatch  ///< or it did not compile, or did not run
};

struct Report {
  Outcome outcome;
  std::string message;       ///< of a mismatch
  std::vector<double> rates; ///< of the spiking layers
};

/// Rates that a layer of a model that counts has.
constexpr double kLeastRate = 0.001, kLargestRate = 0.6;

/// Checks one model. The context has the dialects of models loaded. Sets the
/// threads of the runtime and the environment variables of its cuts.
Report check(MLIRContext *context, const TestModule &test);

/// Writes a model that counts to PATH.mlir, PATH.json and PATH.bin, with the
/// data of its runs and what the reference makes of them, for a machine that
/// has no compiler.
Report write(MLIRContext *context, const TestModule &test, StringRef path);

} // namespace mlir::snn::testing

#endif // SNN_TESTING_DIFFERENTIAL_H
