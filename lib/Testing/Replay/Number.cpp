//===- Number.cpp - Numbers with a bound of their error -------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Number.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/bit.h"

#include <limits>

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::testing;

static constexpr double kInfinity = std::numeric_limits<double>::infinity();
/// Covers the roundings of the bounds themselves.
static constexpr double kSlack = 1 + 0x1p-20;

static Format makeFloat(unsigned width, unsigned precision, int leastExponent,
                        double largest) {
  // f16 and bf16 round a result of f32, which has been rounded itself.
  double twice = precision < 24 ? 0x1p-24 : 0;
  double unit = (std::ldexp(1, -int(precision)) + twice + 0x1p-53) * kSlack;
  return {true,      width,
          precision, leastExponent,
          unit,      std::ldexp(1, std::max(leastExponent - 1, -1074)),
          largest};
}

Format Format::get(Type type) {
  if (type.isF16())
    return makeFloat(16, 11, -24, 65504);
  if (type.isBF16())
    return makeFloat(16, 8, -133, 0x1.FEp127);
  if (type.isF32())
    return makeFloat(32, 24, -149, std::numeric_limits<float>::max());
  if (type.isF64())
    return makeFloat(64, 53, -1074, std::numeric_limits<double>::max());
  return {false, type.isIndex() ? 64 : type.getIntOrFloatBitWidth()};
}

int testing::getLastBit(double value) {
  int exponent = 0;
  uint64_t bits = std::ldexp(std::fabs(std::frexp(value, &exponent)), 53);
  return exponent - 53 + llvm::countr_zero(bits);
}

bool Format::holds(double value) const {
  if (value == 0)
    return true;
  if (!(std::fabs(value) <= largest))
    return false;
  int exponent = 0;
  std::frexp(value, &exponent);
  return getLastBit(value) >=
         std::max(exponent - int(precision), leastExponent);
}

void testing::round(Number &result, const Format &format, double factor,
                    bool isExact) {
  if (result.error == 0 && isExact && factor == 1 && format.holds(result.value))
    return;
  double magnitude = factor == 1 ? std::fabs(result.value) : result.terms;
  result.error +=
      factor * (format.unit * (magnitude + result.error) + format.tiny);
  // Written so that a NaN gives no bound, too.
  if (!(std::fabs(result.value) + result.error <= format.largest))
    result.error = kInfinity;
}

/// Whether a + b is exact in f64.
static bool isExactSum(double a, double b, double sum) {
  double part = sum - a;
  return (a - (sum - part)) + (b - part) == 0;
}

Number testing::add(const Number &a, const Number &b, const Format &format,
                    double factor) {
  Number sum = {a.value + b.value, a.error + b.error, a.terms + b.terms, 0,
                false};
  round(sum, format, factor, isExactSum(a.value, b.value, sum.value));
  return sum;
}

Number testing::negate(const Number &a) {
  Number result = a;
  result.value = -a.value;
  return result;
}

Number testing::subtract(const Number &a, const Number &b, const Format &format,
                         double factor) {
  return add(a, negate(b), format, factor);
}

/// A product before its rounding.
static Number getProduct(const Number &a, const Number &b) {
  double error = 0; // which an infinite bound times 0 is not
  if (a.error != 0)
    error += a.error * (std::fabs(b.value) + b.error);
  if (b.error != 0)
    error += b.error * std::fabs(a.value);
  return {a.value * b.value, std::isnan(error) ? kInfinity : error,
          a.terms * b.terms, 0, false};
}

Number testing::multiply(const Number &a, const Number &b, const Format &format,
                         double factor) {
  Number product = getProduct(a, b);
  bool isExact = std::fma(a.value, b.value, -product.value) == 0 &&
                 (product.value != 0 || a.value == 0 || b.value == 0);
  round(product, format, factor, isExact);
  return product;
}

Number testing::multiplyAdd(const Number &a, const Number &b, const Number &c,
                            const Format &format, double factor) {
  Number product = getProduct(a, b);
  bool isExact = std::fma(a.value, b.value, -product.value) == 0 &&
                 (product.value != 0 || a.value == 0 || b.value == 0);
  Number sum = {std::fma(a.value, b.value, c.value), product.error + c.error,
                product.terms + c.terms, 0, false};
  round(sum, format, factor,
        isExact && isExactSum(product.value, c.value, sum.value));
  return sum;
}

Number testing::divide(const Number &a, const Number &b, const Format &format,
                       double factor) {
  double least = std::fabs(b.value) - b.error; // of the divisor
  Number result = Number::ofFloat(a.value / b.value);
  if (!(least > 0)) {
    // An exact division by zero is what IEEE 754 says.
    if (a.error != 0 || b.error != 0)
      result.error = kInfinity;
    return result;
  }
  if (a.error != 0 || b.error != 0)
    result.error = (a.error + std::fabs(result.value) * b.error) / least;
  result.terms = a.terms / least;
  round(result, format, factor, std::fma(result.value, b.value, -a.value) == 0);
  return result;
}

Number testing::remainder(const Number &a, const Number &b) {
  Number result = Number::ofFloat(std::fmod(a.value, b.value));
  if (a.error == 0 && b.error == 0)
    return result;
  double least = std::fabs(b.value) - b.error,
         most = std::fabs(b.value) + b.error;
  double low = (std::fabs(a.value) - a.error) / most;
  double high = (std::fabs(a.value) + a.error) / least;
  // The quotient is the same all over the bounds, or anything may come out.
  if (least > 0 && low >= 0 && std::trunc(low) == std::trunc(high))
    return Number::ofFloat(result.value, a.error + std::trunc(high) * b.error);
  double magnitude = std::min(most, std::fabs(a.value) + a.error);
  return Number::ofFloat(0, magnitude);
}

Number testing::join(const Number &a, const Number &b) {
  double least = std::min(a.least(), b.least());
  double most = std::max(a.most(), b.most());
  if (!(std::isfinite(least) && std::isfinite(most)))
    return Number::ofFloat(0, kInfinity);
  Number result = a;
  result.value = least + (most - least) / 2;
  result.error = std::max(most - result.value, result.value - least) * kSlack;
  result.terms = std::max(a.terms, b.terms);
  return result;
}

std::optional<bool> testing::compare(const Number &a, const Number &b,
                                     bool isStrict) {
  double error = a.error + b.error;
  if (error == 0)
    return isStrict ? a.value > b.value : a.value >= b.value;
  double distance = a.value - b.value;
  if (!(std::fabs(distance) > error))
    return std::nullopt;
  return distance > 0;
}
