//===- GatePlanes.h - Counters of a gate as planes of bits ------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_CONVERSION_SNNTOLINALG_GATEPLANES_H
#define SNN_LIB_CONVERSION_SNNTOLINALG_GATEPLANES_H

#include "../Emit.h"

namespace mlir::snn {

/// The counters of neurons, all in [0, R], as planes of one bit for each:
/// what silenced the neuron 1, 2, .. R steps ago, or, for long periods, the
/// bits of the counter.
class GatePlanes {
public:
  explicit GatePlanes(RefractoryOp op)
      : period(op.getPeriod()), isEvent(op.getKind() == RefractoryKind::Event),
        isHistory(period <= kMostTaps) {}

  int64_t size() const {
    return isHistory ? period : llvm::Log2_64_Ceil(period + 1);
  }
  bool exist() const { return size() <= kMostPlanes; }

  /// Lanes whose counter sets the plane, and counters with what it stands for.
  Value test(Emit &emit, Value counters, int64_t plane);
  Value add(Emit &emit, Value counters, Value lanes, int64_t plane);
  /// The spikes of a step; `planes` become those after it.
  Value step(Emit &emit, Value candidates, MutableArrayRef<Value> planes);

private:
  /// Steps of history that registers hold, one word each; bits of a counter.
  static constexpr int64_t kMostTaps = 8, kMostPlanes = 16;

  void count(Emit &emit, Value sets, Value busy, MutableArrayRef<Value> planes);

  int64_t period;
  bool isEvent, isHistory;
};

/// A constant of the type of `like`, a vector, in all elements.
Value getConstant(Emit &emit, Value like, int64_t value);

} // namespace mlir::snn

#endif // SNN_LIB_CONVERSION_SNNTOLINALG_GATEPLANES_H
