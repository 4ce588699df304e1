//===- Verifiers.h - Checks that several families of ops share --*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_IR_VERIFIERS_H
#define SNN_LIB_IR_VERIFIERS_H

#include "mlir/IR/TypeUtilities.h"
#include "snn/IR/SNN.h"

namespace mlir::snn {

/// The type of a value that is known to be a ranked tensor.
RankedTensorType getTensorType(Value value);

/// Whether a type is a number, or a ranked tensor of numbers.
bool isNumberOrTensor(Type type);

/// Shapes agree where both are static.
bool areCompatible(ArrayRef<int64_t> a, ArrayRef<int64_t> b);

/// Further sequences of an op have the shape of the first.
LogicalResult verifySameShapes(Operation *op, ValueRange sequences);

/// Initial states, where given, have the types of the final ones.
LogicalResult verifyStates(SequenceOpInterface op);

/// An operand that is a parameter: a scalar, or one value per neuron.
LogicalResult verifyParam(Operation *op, StringRef name, Value value,
                          RankedTensorType sequence);

/// Whether the bytes of a type, dynamic sizes taken as 1, fit 63 bits.
bool isCountable(Type type);

/// Operands and results are countable.
LogicalResult verifySizes(Operation *op);

/// A number of steps is in [least, 2^31 - 1].
LogicalResult verifySteps(Operation *op, StringRef name, int64_t value,
                          int64_t least);

} // namespace mlir::snn

#endif // SNN_LIB_IR_VERIFIERS_H
