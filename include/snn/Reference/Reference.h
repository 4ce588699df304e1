//===- Reference.h - What a model means -------------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An interpreter of models that shares no code with the lowering. It executes
// each op as its documentation says, step by step, in the canonical order, and
// is what the compiled code is compared with, bit for bit.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_REFERENCE_REFERENCE_H
#define SNN_REFERENCE_REFERENCE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <vector>

namespace mlir::snn::reference {

/// A dense row-major array; an i1 is a byte, 0 or 1.
struct Tensor {
  Type elementType;
  SmallVector<int64_t> shape;
  std::vector<char> data;

  int64_t getNumElements() const;
};

/// What numbers are computed with.
enum class Arithmetic {
  Model, ///< the types of the model, in the canonical order
  F64    ///< every float of the model is an f64
};

struct Options {
  Arithmetic arithmetic = Arithmetic::Model;
  int64_t position = 0;    ///< absolute time of step 0 of the sequences
  int64_t batchOffset = 0; ///< absolute index of batch element 0
  /// Called with every value of the model once it is known; values inside a
  /// recurrence are seen once for each step, as sequences of one step.
  llvm::function_ref<void(Value, const Tensor &)> observe;
};

/// Runs a model on its arguments, in their order: sequences, parameters and
/// states. Returns its results, or fails with an error at the op that cannot
/// be run, such as a table that is too short.
FailureOr<std::vector<Tensor>> run(func::FuncOp model,
                                   ArrayRef<Tensor> arguments,
                                   const Options &options = {});

} // namespace mlir::snn::reference

#endif // SNN_REFERENCE_REFERENCE_H
