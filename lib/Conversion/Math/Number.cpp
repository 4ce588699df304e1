//===- Number.cpp - Arithmetic that reads like a formula ------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Number.h"

using namespace mlir;
using namespace mlir::snn;

//===--- Constants --------------------------------------------------------===//

Type Number::getTypeOf(Type element) const {
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    return vector.clone(element);
  return element;
}

static Value makeConstant(ImplicitLocOpBuilder &builder, Type type,
                          TypedAttr attribute) {
  if (auto vector = dyn_cast<VectorType>(type))
    attribute = DenseElementsAttr::get(vector, attribute);
  return arith::ConstantOp::create(builder, attribute);
}

Number Number::makeFloat(double constant) const {
  APFloat rounded(constant);
  bool losesInfo = false;
  rounded.convert(cast<FloatType>(getElementType()).getFloatSemantics(),
                  APFloat::rmNearestTiesToEven, &losesInfo);
  assert((!losesInfo || rounded.isNaN()) && "a form holds exact constants");
  TypedAttr attribute = builder->getFloatAttr(getElementType(), rounded);
  return {*builder, makeConstant(*builder, value.getType(), attribute)};
}

Number Number::makeInteger(uint64_t constant) const {
  APInt bits(64, constant);
  TypedAttr attribute =
      builder->getIntegerAttr(getElementType(), bits.zextOrTrunc(getWidth()));
  return {*builder, makeConstant(*builder, value.getType(), attribute)};
}

//===--- Operators --------------------------------------------------------===//

Number snn::operator-(Number a) {
  if (a.isFloat())
    return a.make<arith::NegFOp>(a.getValue());
  return a(0) - a;
}

#define SNN_NUMBER_OPERATOR(OP, FLOAT, INTEGER)                                \
  Number snn::operator OP(Number a, Number b) {                                \
    if (a.isFloat())                                                           \
      return a.make<FLOAT>(a.getValue(), b.getValue());                        \
    return a.make<INTEGER>(a.getValue(), b.getValue());                        \
  }
SNN_NUMBER_OPERATOR(+, arith::AddFOp, arith::AddIOp)
SNN_NUMBER_OPERATOR(-, arith::SubFOp, arith::SubIOp)
SNN_NUMBER_OPERATOR(*, arith::MulFOp, arith::MulIOp)
#undef SNN_NUMBER_OPERATOR

Number snn::operator/(Number a, Number b) {
  return a.make<arith::DivFOp>(a.getValue(), b.getValue());
}

static Number compare(Number a, Number b, arith::CmpFPredicate ofFloats,
                      arith::CmpIPredicate ofIntegers) {
  if (a.isFloat())
    return a.make<arith::CmpFOp>(ofFloats, a.getValue(), b.getValue());
  return a.make<arith::CmpIOp>(ofIntegers, a.getValue(), b.getValue());
}

Number snn::operator<(Number a, Number b) {
  return compare(a, b, arith::CmpFPredicate::OLT, arith::CmpIPredicate::ult);
}
Number snn::operator>(Number a, Number b) {
  return compare(a, b, arith::CmpFPredicate::OGT, arith::CmpIPredicate::ugt);
}
Number snn::operator>=(Number a, Number b) {
  return compare(a, b, arith::CmpFPredicate::OGE, arith::CmpIPredicate::uge);
}
Number snn::operator==(Number a, Number b) {
  return compare(a, b, arith::CmpFPredicate::OEQ, arith::CmpIPredicate::eq);
}

#define SNN_NUMBER_OPERATOR(OP, INTEGER)                                       \
  Number snn::operator OP(Number a, Number b) {                                \
    return a.make<INTEGER>(a.getValue(), b.getValue());                        \
  }
SNN_NUMBER_OPERATOR(&, arith::AndIOp)
SNN_NUMBER_OPERATOR(|, arith::OrIOp)
SNN_NUMBER_OPERATOR(^, arith::XOrIOp)
SNN_NUMBER_OPERATOR(<<, arith::ShLIOp)
SNN_NUMBER_OPERATOR(>>, arith::ShRUIOp)
#undef SNN_NUMBER_OPERATOR

Number snn::operator!(Number a) { return a ^ a(1); }

//===--- Functions --------------------------------------------------------===//

Number snn::select(Number condition, Number a, Number b) {
  return a.make<arith::SelectOp>(condition.getValue(), a.getValue(),
                                 b.getValue());
}

Number snn::abs(Number x) { return x.make<math::AbsFOp>(x.getValue()); }

Number snn::copySign(Number x, Number sign) {
  return x.make<math::CopySignOp>(x.getValue(), sign.getValue());
}

Number snn::trunc(Number x) { return x.make<math::TruncOp>(x.getValue()); }

Number snn::toBits(Number x) {
  Type type = x.getTypeOf(x.getBuilder().getIntegerType(x.getWidth()));
  return x.make<arith::BitcastOp>(type, x.getValue());
}

Number snn::toFloat(Number bits) {
  OpBuilder &builder = bits.getBuilder();
  assert((bits.getWidth() == 32 || bits.getWidth() == 64) && "f32 or f64");
  Type element = bits.getWidth() == 64 ? Type(builder.getF64Type())
                                       : Type(builder.getF32Type());
  return bits.make<arith::BitcastOp>(bits.getTypeOf(element), bits.getValue());
}

Number snn::convert(Number x, FloatType element) {
  Type type = x.getTypeOf(element);
  if (element.getWidth() > x.getWidth())
    return x.make<arith::ExtFOp>(type, x.getValue());
  if (element.getWidth() < x.getWidth())
    return x.make<arith::TruncFOp>(type, x.getValue());
  return x;
}

Number snn::resize(Number x, unsigned width) {
  Type type = x.getTypeOf(x.getBuilder().getIntegerType(width));
  if (width > x.getWidth())
    return x.make<arith::ExtUIOp>(type, x.getValue());
  if (width < x.getWidth())
    return x.make<arith::TruncIOp>(type, x.getValue());
  return x;
}

Number snn::multiplyHigh(Number a, Number b) {
  auto product = arith::MulUIExtendedOp::create(a.getBuilder(), a.getValue(),
                                                b.getValue());
  return {a.getBuilder(), product.getHigh()};
}

Value snn::isAny(Number condition) {
  auto type = dyn_cast<VectorType>(condition.getValue().getType());
  if (!type)
    return condition.getValue();
  Value flat = condition.getValue();
  if (type.getRank() != 1)
    flat = vector::ShapeCastOp::create(
        condition.getBuilder(),
        VectorType::get(type.getNumElements(), type.getElementType()), flat);
  return vector::ReductionOp::create(condition.getBuilder(),
                                     vector::CombiningKind::OR, flat);
}

Number snn::poly(ArrayRef<double> coefficients, Number x) {
  Number sum = x(coefficients.back());
  for (double coefficient : llvm::reverse(coefficients.drop_back()))
    sum = (sum * x) + coefficient;
  return sum;
}

//===--- Pairs ------------------------------------------------------------===//

Pair snn::fastTwoSum(Number a, Number b) {
  Number high = a + b;
  return {high, (a - high) + b};
}

Pair snn::twoSum(Number a, Number b) {
  Number high = a + b;
  Number p = high - a;
  Number q = high - p;
  return {high, (a - q) + (b - p)};
}

Pair snn::twoProduct(Number a, Number b) {
  auto top = [](Number x) {
    return toFloat(toBits(x) & uint64_t(0xFFFFFFFFF8000000));
  };
  Number high = a * b;
  Number ah = top(a), bh = top(b);
  Number al = a - ah, bl = b - bh;
  return {high, ((((ah * bh) - high) + (ah * bl)) + (al * bh)) + (al * bl)};
}
