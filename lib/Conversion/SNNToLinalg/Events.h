//===- Events.h - Spikes as events, and the sums of synapses ----*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_CONVERSION_SNNTOLINALG_EVENTS_H
#define SNN_LIB_CONVERSION_SNNTOLINALG_EVENTS_H

#include "../Emit.h"

namespace mlir::snn {

/// Rows of spikes, or the words of those.
struct SpikeRows {
  Value rows;
  bool areWords;

  /// `count` (at most 64) spikes of a row from `first` as bits of an i64.
  Value readBits(Emit &emit, Value row, Value first, int64_t count) const;

private:
  Value readWords(Emit &emit, Value row, Value first, int64_t count) const;
};

/// Runs the body for all inputs, up to 64 at a time: the first, how many, and
/// what is carried.
Value forInputs(Emit &emit, int64_t numInputs, Value carried,
                function_ref<Value(Emit &, Value, int64_t, Value)> body);

/// Runs the body for the set bits of an i64, lowest first: its index, and what
/// is carried.
Value forSetBits(Emit &emit, Value bits, Value carried,
                 function_ref<Value(Emit &, Value, Value)> body);

/// The sums of a synapse, whose outputs are lanes: each sum is one chain.
struct SynapseSums {
  Value weights; ///< input-major, K x O, so that a row is contiguous
  Value bias;    ///< or null
  int64_t numInputs, numOutputs;
  Type type; ///< of accumulators

  /// Lays out the weights `O x K...`.
  SynapseSums(Emit &emit, Value weight, Value bias);
  /// Of f32 weights that are somewhere else.
  SynapseSums(Emit &emit, int64_t numInputs, int64_t numOutputs, Value bias)
      : bias(bias), numInputs(numInputs), numOutputs(numOutputs),
        type(emit.getF32Type()) {}

  /// A vector or scalar in the type of accumulators.
  Value extend(Emit &emit, Value value) const;
  /// The bias with -0 as +0, or +0.
  Value start(Emit &emit, Value column, int64_t width) const;
  Value readWeights(Emit &emit, Value k, Value column, int64_t width) const;
  /// Adds the weight row of every set bit, lowest first; bit 0 is input
  /// `first`.
  Value addEvents(Emit &emit, Value bits, Value first, Value column,
                  Value sum) const;
  /// sum + weight, and sum + value * weight, which floats round once.
  Value addWeight(Emit &emit, Value weight, Value sum) const;
  Value addProduct(Emit &emit, Value value, Value weight, Value sum) const;
  void store(Emit &emit, Value sum, Value row, Value column, Value &out) const;
  /// Runs the body for all columns, `lanes` of them at a time.
  Value
  forColumns(Emit &emit, int64_t lanes, Value out,
             function_ref<Value(Emit &, Value, int64_t, Value)> body) const;
};

} // namespace mlir::snn

#endif // SNN_LIB_CONVERSION_SNNTOLINALG_EVENTS_H
