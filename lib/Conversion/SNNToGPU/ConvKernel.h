//===- ConvKernel.h - Kernels of a convolution along time -------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Time runs from 0 to T - 1 here, also where the op is reversed: step s is step
// T - 1 - s of the sequence then. Steps before 0 are those of the history. Sums
// begin at +0 and run from the oldest step to the newest.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_CONVERSION_SNNTOGPU_CONVKERNEL_H
#define SNN_LIB_CONVERSION_SNNTOGPU_CONVKERNEL_H

#include "Product.h"

namespace mlir::snn {

/// Threads of a block.
inline constexpr int64_t kConvThreads = 128;
/// Steps of a thread of which registers hold the inputs.
inline constexpr int64_t kConvSteps = 8;
/// Threads that keep the memory of a large GPU busy.
inline constexpr int64_t kManyThreads = 65536;

class ConvKernel {
public:
  ConvKernel(Emit &emit, TemporalConvOp op);

  Value emitOutput(Emit &emit);
  Value emitHistory(Emit &emit);

private:
  bool isShort();
  void setTimes(Emit &emit);
  void begin(Emit &emit);
  Value findLane(Emit &emit, Value block, Value thread);
  void setLane(Emit &emit, Value lane);
  Value toTime(Emit &emit, Value step);
  Value readNow(Emit &emit, Value step);
  Value readPast(Emit &emit, Value step);
  Value readAny(Emit &emit, Value step);
  Value readWeight(Emit &emit, Value tap, Value step);
  void write(Emit &emit, Value sum, Value step, Value out);

  Value emitShort(Emit &emit);
  Value addTaps(Emit &emit, ArrayRef<Value> weights, ArrayRef<Value> inputs);
  void runChunk(Emit &emit, Value from, Value to, Value out);
  Value emitLong(Emit &emit);
  Value emitTiles(Emit &emit, int64_t size, Value out);
  void addTap(Emit &emit, Value i, ArrayRef<Value> rows,
              SmallVectorImpl<Value> &values);
  SmallVector<Value> addAllTaps(Emit &emit, ArrayRef<Value> rows);
  void runRows(Emit &emit, Value row, int64_t size, Value out);
  void runTile(Emit &emit, Value row, int64_t size, Value out);

  TemporalConvOp op;
  Type element, sumType;
  int64_t taps, numNeurons;
  SmallVector<OpFoldResult> shape;
  Value input, past, weights; ///< T x B x N, K - 1 x B x N or null
  Value steps, lanes;
  Value first, count; ///< of the steps that are computed
  Value inputs, pasts, weightMemory, batch, neuron; ///< in a kernel
  /// Whether the steps that are read are all in the input.
  bool isInside = false;
};

} // namespace mlir::snn

#endif // SNN_LIB_CONVERSION_SNNTOGPU_CONVKERNEL_H
