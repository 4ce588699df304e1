//===- Time.h - What a program on sequences does with time ------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A function, or the body of an `snn.recurrent`, may be run window by window if
// every value at step t needs steps up to t only and every state is carried
// from window to window. This is derived, not declared: a forward walk marks
// which values are sequences (time is their dimension 0) and stops at the first
// op that mixes steps.
//
// For example, in
//
//   %i = snn.linear %x, %w              sequence: %x is one, %w is not
//   %s, %v = snn.lif %i                 %s is a sequence, %v a state
//   %n = arith.mulf %i, %i              elementwise: a sequence
//   %m = linalg.reduce ... dims = [0]   mixes steps: not causal
//
// the last op makes the program whole-run only. The same walk tells whether the
// batch (dimension 1) may be cut.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_IR_TIME_H
#define SNN_IR_TIME_H

#include "snn/IR/SNN.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/DenseSet.h"

namespace mlir::snn {

/// The op that keeps a program from being cut, and why.
struct Obstacle {
  Operation *op = nullptr;
  std::string reason;
  explicit operator bool() const { return op != nullptr; }
};

/// What cutting a block of ops along time or batch would change.
class TimeAnalysis {
public:
  /// Walks `block` up to `end`; its values in `sequences` have time as
  /// dimension 0.
  TimeAnalysis(Block &block, ValueRange sequences, Operation *end = nullptr);

  /// Whether the value has time as dimension 0.
  bool isSequence(Value value) const { return sequences.contains(value); }
  /// Set where some step needs later steps, or where steps are mixed.
  const Obstacle &getTimeObstacle() const { return time; }
  /// Set where elements of the batch are mixed.
  const Obstacle &getBatchObstacle() const { return batch; }

private:
  bool readsSequence(Operation &op) const;
  void visit(Operation &op);
  void visitSequence(SequenceOpInterface op);
  void visitLinalg(Operation &op);
  void visitElementwise(Operation &op);
  void visitCall(Operation &op);
  void visitState(Operation &op);
  void visitSoftmax(linalg::SoftmaxOp op);
  bool takesWhole(Operation &user, tensor::DimOp size);
  bool keepsSize(Operation &user, tensor::DimOp size);
  void visitShape(Operation &op);
  void visitSize(tensor::DimOp op);
  void visitSlice(OffsetSizeAndStrideOpInterface slice);
  void mark(Operation &op);
  void block(Obstacle &obstacle, Operation &op, const Twine &reason);

  DenseSet<Value> sequences;
  Obstacle time, batch;
};

/// Arguments of a model that are sequences: those without a mark.
SmallVector<Value> getSequenceArguments(FunctionOpInterface function);

} // namespace mlir::snn

#endif // SNN_IR_TIME_H
