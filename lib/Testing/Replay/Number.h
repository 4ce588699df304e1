//===- Number.h - Numbers with a bound of their error -----------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Running error analysis after Wilkinson: the number of a program of f32 is
// within `error` of `value`, which is computed in f64. Operations add a unit
// roundoff of their result's magnitude, unless they are seen to be exact.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_TESTING_REPLAY_NUMBER_H
#define SNN_LIB_TESTING_REPLAY_NUMBER_H

#include "mlir/IR/Types.h"

#include <cmath>
#include <cstdint>
#include <optional>

namespace mlir::snn::testing {

/// A type of numbers, and how it rounds.
struct Format {
  bool isFloat = false;
  unsigned width = 64;
  unsigned precision = 53; ///< bits of a significand
  int leastExponent = -1074;
  double unit = 0;    ///< of a rounding, with that of our own f64
  double tiny = 0;    ///< half of the least subnormal number
  double largest = 0; ///< finite number

  static Format get(Type type);
  /// Whether the type has this number.
  bool holds(double value) const;
};

/// A register of the replay. Of an integer only `integer` and `isOpen` matter.
struct Number {
  double value = 0;
  double error = 0;
  double terms = 0; ///< sum of the magnitudes of all terms that it is made of
  int64_t integer = 0;
  bool isOpen = false; ///< an integer of which nothing is known

  static Number ofFloat(double value, double error = 0) {
    return {value, error, std::fabs(value) + error, 0, false};
  }
  static Number ofInt(int64_t value) { return {0, 0, 0, value, false}; }
  static Number open() { return {0, 0, 0, 0, true}; }
  double least() const { return value - error; }
  double most() const { return value + error; }
};

/// Adds the rounding of a result. `isExact`: the operation in f64 was, so that
/// without errors of operands there is none if the type has the number.
/// `factor` is that of the layer's ErrorTerm.
void round(Number &result, const Format &format, double factor, bool isExact);

Number add(const Number &a, const Number &b, const Format &format,
           double factor);
Number subtract(const Number &a, const Number &b, const Format &format,
                double factor);
Number multiply(const Number &a, const Number &b, const Format &format,
                double factor);
/// a * b + c, rounded once.
Number multiplyAdd(const Number &a, const Number &b, const Number &c,
                   const Format &format, double factor);
Number divide(const Number &a, const Number &b, const Format &format,
              double factor);
/// C's fmod, which is exact.
Number remainder(const Number &a, const Number &b);
Number negate(const Number &a);
/// The number is one of the two.
Number join(const Number &a, const Number &b);

/// Whether a >= b, or a > b; none where the bounds leave it open.
std::optional<bool> compare(const Number &a, const Number &b, bool isStrict);

/// The exponent of the last bit of a number that is not 0.
int getLastBit(double value);

} // namespace mlir::snn::testing

#endif // SNN_LIB_TESTING_REPLAY_NUMBER_H
