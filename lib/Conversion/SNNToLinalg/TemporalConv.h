//===- TemporalConv.h - Sequences with a history, convolutions --*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_CONVERSION_SNNTOLINALG_TEMPORALCONV_H
#define SNN_LIB_CONVERSION_SNNTOLINALG_TEMPORALCONV_H

#include "../Emit.h"

namespace mlir::snn {

/// The history of an op with one: its operand, or zeros.
Value getHistory(Emit &emit, Value input, OperandRange inits, int64_t steps);

/// A sequence with the steps around it: history before it, or, where time runs
/// backwards, after it.
struct Extended {
  Value all, past;
  bool reverse;

  Extended(Emit &emit, Value input, OperandRange inits, int64_t history,
           bool reverse);
  /// The history that the next window needs.
  Value getFinal(Emit &emit, Value steps);
};

/// Neurons of one batch element.
int64_t countNeurons(TemporalConvOp op);
/// Elements of the type in a register with so many 32-bit lanes.
int64_t getRegisterWidth(int64_t vectorLanes, Type element);

/// `width` lanes that are read together and of which tiles are made; the last
/// tile lies over the one before where the width is no divisor.
struct Lanes {
  int64_t count, width;

  /// As many of `numNeurons` as fit into a register of `vectorLanes`.
  Lanes(int64_t numNeurons, int64_t vectorLanes, Type element);
  /// Runs the body for the first lane of each tile.
  Value forEach(Emit &emit, Value carried,
                function_ref<Value(Emit &, Value, Value)> body) const;
};

/// A vector with elements of the wider format of sums.
Value extendTo(Emit &emit, Value vector, Type element);
/// A vector of the format of sums with elements of the narrower format.
Value truncateTo(Emit &emit, Value vector, Type element);

/// The output of a convolution as a tensor of time, batch and neurons: in
/// canonical order, and by Fourier transforms.
Value emitDirectConv(Emit &emit, TemporalConvOp op,
                     const ConvertSNNToLinalgPassOptions &options);
Value emitFourierConv(Emit &emit, TemporalConvOp op,
                      const ConvertSNNToLinalgPassOptions &options);

void populateTemporalConvToLinalgPatterns(
    RewritePatternSet &patterns, const ConvertSNNToLinalgPassOptions &options);

} // namespace mlir::snn

#endif // SNN_LIB_CONVERSION_SNNTOLINALG_TEMPORALCONV_H
