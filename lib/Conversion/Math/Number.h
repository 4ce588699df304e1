//===- Number.h - Arithmetic that reads like a formula ----------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A form of docs/math.md is written in C++ as it stands on the page: every
// operator on a Number builds one operation, on scalars and vectors alike.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_CONVERSION_MATH_NUMBER_H
#define SNN_LIB_CONVERSION_MATH_NUMBER_H

#include "snn/Conversion/Passes.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::snn {

/// A float, an integer without sign or a truth value, or a vector of them.
class Number {
public:
  Number(ImplicitLocOpBuilder &builder, Value value)
      : builder(&builder), value(value) {}

  ImplicitLocOpBuilder &getBuilder() const { return *builder; }
  Value getValue() const { return value; }
  Type getElementType() const { return getElementTypeOrSelf(value); }
  bool isFloat() const { return isa<FloatType>(getElementType()); }
  unsigned getWidth() const { return getElementType().getIntOrFloatBitWidth(); }

  /// The type of this shape with another element.
  Type getTypeOf(Type element) const;
  /// A constant of this type; a float is exact in it.
  template <typename T> Number operator()(T constant) const {
    if (isFloat())
      return makeFloat(double(constant));
    return makeInteger(uint64_t(constant));
  }
  /// The operation of this type, with the result's type where it differs.
  template <typename Op, typename... Operands>
  Number make(Operands &&...operands) const {
    return {*builder, Op::create(*builder, operands...)};
  }

private:
  Number makeFloat(double constant) const;
  Number makeInteger(uint64_t constant) const;

  ImplicitLocOpBuilder *builder;
  Value value;
};

//===--- Operators: one operation each, rounded once ----------------------===//

Number operator-(Number a);
Number operator+(Number a, Number b);
Number operator-(Number a, Number b);
Number operator*(Number a, Number b);
Number operator/(Number a, Number b);
/// Ordered comparisons of floats, or unsigned ones of integers.
Number operator<(Number a, Number b);
Number operator>(Number a, Number b);
Number operator>=(Number a, Number b);
Number operator==(Number a, Number b);
/// Of integers and truth values.
Number operator&(Number a, Number b);
Number operator|(Number a, Number b);
Number operator^(Number a, Number b);
Number operator<<(Number a, Number b);
Number operator>>(Number a, Number b);
/// Of truth values.
Number operator!(Number a);

#define SNN_NUMBER_WITH_CONSTANT(OP)                                           \
  template <typename T, typename = std::enable_if_t<std::is_arithmetic_v<T>>>  \
  Number operator OP(Number a, T b) {                                          \
    return a OP a(b);                                                          \
  }                                                                            \
  template <typename T, typename = std::enable_if_t<std::is_arithmetic_v<T>>>  \
  Number operator OP(T a, Number b) {                                          \
    return b(a) OP b;                                                          \
  }
SNN_NUMBER_WITH_CONSTANT(+)
SNN_NUMBER_WITH_CONSTANT(-)
SNN_NUMBER_WITH_CONSTANT(*)
SNN_NUMBER_WITH_CONSTANT(/)
SNN_NUMBER_WITH_CONSTANT(<)
SNN_NUMBER_WITH_CONSTANT(>)
SNN_NUMBER_WITH_CONSTANT(>=)
SNN_NUMBER_WITH_CONSTANT(==)
SNN_NUMBER_WITH_CONSTANT(&)
SNN_NUMBER_WITH_CONSTANT(|)
SNN_NUMBER_WITH_CONSTANT(<<)
SNN_NUMBER_WITH_CONSTANT(>>)
#undef SNN_NUMBER_WITH_CONSTANT

//===--- Functions --------------------------------------------------------===//

Number select(Number condition, Number a, Number b);
Number abs(Number x);
Number copySign(Number x, Number sign);
Number trunc(Number x);
/// The integer of the same bits, and back.
Number toBits(Number x);
Number toFloat(Number bits);
/// The float of another width: exact, or rounded once.
Number convert(Number x, FloatType element);
/// The integer of another width.
Number resize(Number x, unsigned width);
/// The upper half of the product of two unsigned integers.
Number multiplyHigh(Number a, Number b);
/// Whether a truth value holds anywhere: a scalar.
Value isAny(Number condition);

/// Horner's rule, a product and a sum per coefficient.
Number poly(ArrayRef<double> coefficients, Number x);

/// A sum of two floats of which the second is what the first rounded away.
struct Pair {
  Number high, low;
};
Pair fastTwoSum(Number a, Number b);
Pair twoSum(Number a, Number b);
/// The product of two numbers of f64.
Pair twoProduct(Number a, Number b);

} // namespace mlir::snn

#endif // SNN_LIB_CONVERSION_MATH_NUMBER_H
