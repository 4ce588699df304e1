//===- SNN.h - The snn dialect ----------------------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_IR_SNN_H
#define SNN_IR_SNN_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "snn/IR/SNNEnums.h.inc"

#include "snn/IR/SNNOpsDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "snn/IR/SNNAttrs.h.inc"

#include "snn/IR/SNNInterfaces.h.inc"

namespace mlir::snn {
/// An op whose results are inferred. Unlike the interface, which comes after
/// the verifier of the op, this makes sure that the verifier can rely on them.
template <typename OpTy>
struct InferredResults : OpTrait::TraitBase<OpTy, InferredResults> {
  static LogicalResult verifyTrait(Operation *op) {
    return mlir::detail::verifyInferredResultTypes(op);
  }
};
} // namespace mlir::snn

#define GET_OP_CLASSES
#include "snn/IR/SNNOps.h.inc"

namespace mlir::snn {

/// Names of the attributes that a model's functions and ops carry.
constexpr llvm::StringLiteral kParamAttr = "snn.param";
constexpr llvm::StringLiteral kStateAttr = "snn.state";
constexpr llvm::StringLiteral kStaticAttr = "snn.static";
/// Of a sequence argument: all its numbers are multiples of a `step`, from
/// `min` (or minus `max`) to `max`. It is a promise, which nothing checks.
constexpr llvm::StringLiteral kGridAttr = "snn.grid";
constexpr llvm::StringLiteral kLayerAttr = "snn.layer";
/// Of a recurrence: its taps are nonnegative and sum to 1.
constexpr llvm::StringLiteral kSoftmaxAttr = "snn.softmax";
/// Added by passes: the position and batch offset of a window (arguments), and
/// a layer's spikes (results).
constexpr llvm::StringLiteral kPositionAttr = "snn.position";
constexpr llvm::StringLiteral kBatchAttr = "snn.batch";
constexpr llvm::StringLiteral kRecordAttr = "snn.record";
/// Added by passes to memrefs of an entry: dimension 0 is time.
constexpr llvm::StringLiteral kSequenceAttr = "snn.sequence";
/// Added by passes to a function that runs iterations [begin, end).
constexpr llvm::StringLiteral kParallelAttr = "snn.parallel";
/// Added by passes of class B to the op that they made: their error bound, a
/// dictionary.
constexpr llvm::StringLiteral kBoundAttr = "snn.bound";
/// Added by passes to a model: an array of dictionaries, what was found out
/// about the time of each layer and what was done.
constexpr llvm::StringLiteral kReportAttr = "snn.report";

/// The type of a synapse's or a sum's accumulator: f32 for f16 and bf16, i32
/// for i8, the type itself otherwise.
Type getAccumulatorType(Type element);

} // namespace mlir::snn

#endif // SNN_IR_SNN_H
