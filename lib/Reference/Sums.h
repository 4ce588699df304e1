//===- Sums.h - Accumulators of synapses ------------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_REFERENCE_SUMS_H
#define SNN_LIB_REFERENCE_SUMS_H

#include <cmath>
#include <cstdint>
#include <type_traits>

namespace mlir::snn::reference {

// Integers wrap; an accumulator has 64 bits, of which its type keeps the low
// ones in the end.

template <typename T> T addNumbers(T a, T b) {
  if constexpr (std::is_integral_v<T>)
    return T(uint64_t(a) + uint64_t(b));
  else
    return a + b;
}

template <typename T> T multiplyNumbers(T a, T b) {
  if constexpr (std::is_integral_v<T>)
    return T(uint64_t(a) * uint64_t(b));
  else
    return a * b;
}

/// a * b + sum with one rounding.
template <typename T> T multiplyAdd(T a, T b, T sum) {
  if constexpr (std::is_integral_v<T>)
    return addNumbers(multiplyNumbers(a, b), sum);
  else
    return std::fma(a, b, sum);
}

/// What a sum that begins with a bias begins with: -0 becomes +0.
template <typename T> T toStart(T bias) { return bias == 0 ? T(0) : bias; }

/// Adds what an input contributes: a spike its weight, or nothing.
template <typename T> T addInput(bool isSpike, T weight, T input, T sum) {
  if (!isSpike)
    return multiplyAdd(weight, input, sum);
  return input != 0 ? addNumbers(sum, weight) : sum;
}

} // namespace mlir::snn::reference

#endif // SNN_LIB_REFERENCE_SUMS_H
