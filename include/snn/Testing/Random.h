//===- Random.h - Reproducible random numbers -------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_TESTING_RANDOM_H
#define SNN_TESTING_RANDOM_H

#include "llvm/ADT/ArrayRef.h"

#include <cmath>
#include <cstdint>

namespace mlir::snn::testing {

/// SplitMix64: the same numbers on every machine and with every library.
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}

  uint64_t next() {
    state += 0x9E3779B97F4A7C15;
    uint64_t bits = state;
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
    return bits ^ (bits >> 31);
  }

  /// An integer in [0, count).
  int64_t below(int64_t count) { return next() % uint64_t(count); }
  /// An integer in [first, last].
  int64_t between(int64_t first, int64_t last) {
    return first + below(last - first + 1);
  }
  /// A number in [0, 1).
  double uniform() { return double(next() >> 11) * 0x1p-53; }
  double uniform(double first, double last) {
    return first + (last - first) * uniform();
  }
  bool chance(double probability) { return uniform() < probability; }

  /// About normal, with mean 0 and variance 1: a sum of 12 uniform numbers,
  /// which needs no library function.
  double normal() {
    double sum = -6;
    for (int i = 0; i < 12; ++i)
      sum += uniform();
    return sum;
  }

  template <typename T> const T &pick(llvm::ArrayRef<T> values) {
    return values[below(values.size())];
  }
  template <typename T> T pick(std::initializer_list<T> values) {
    return values.begin()[below(values.size())];
  }

private:
  uint64_t state;
};

} // namespace mlir::snn::testing

#endif // SNN_TESTING_RANDOM_H
