//===- Elementwise.h - One op on the elements of sequences ------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_TRANSFORMS_ELEMENTWISE_H
#define SNN_LIB_TRANSFORMS_ELEMENTWISE_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::snn {

/// Computes each element of a tensor of `element`. Operands are tensors of its
/// shape, tensors of its last dimensions (a number for each neuron), and
/// scalars; at least one has its shape.
Value emitElementwise(
    ImplicitLocOpBuilder &builder, ArrayRef<Value> operands, Type element,
    function_ref<Value(ImplicitLocOpBuilder &, ValueRange)> body);

} // namespace mlir::snn

#endif // SNN_LIB_TRANSFORMS_ELEMENTWISE_H
