//===- Exact.cpp - Operations that are exact or rounded once --------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Forms.h"

using namespace mlir;
using namespace mlir::snn;

static constexpr double kInfinity = std::numeric_limits<double>::infinity();
static constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Number snn::buildRsqrt(Number x) {
  return 1 / x.make<math::SqrtOp>(x.getValue());
}

Number snn::buildRound(Number x) {
  Number whole = trunc(x);
  Number away = whole + copySign(x(1), x);
  return copySign(select(abs(x - whole) >= 0.5, away, whole), x);
}

/// The larger of two numbers, of which -0 is less than +0: only zeros are equal
/// with different bits.
static Number pickLarger(Number x, Number y) {
  return select(x == y, toFloat(toBits(x) & toBits(y)), select(x > y, x, y));
}

static Number pickSmaller(Number x, Number y) {
  return select(x == y, toFloat(toBits(x) | toBits(y)), select(x < y, x, y));
}

/// A NaN where there is one.
static Number keepNaN(Number x, Number y, Number extreme) {
  return select(x == x, select(y == y, extreme, y), x);
}

/// The other operand where one is NaN.
static Number ignoreNaN(Number x, Number y, Number extreme) {
  return select(x == x, select(y == y, extreme, x), y);
}

Number snn::buildMaximum(Number x, Number y) {
  return keepNaN(x, y, pickLarger(x, y));
}

Number snn::buildMinimum(Number x, Number y) {
  return keepNaN(x, y, pickSmaller(x, y));
}

Number snn::buildMaxNum(Number x, Number y) {
  return ignoreNaN(x, y, pickLarger(x, y));
}

Number snn::buildMinNum(Number x, Number y) {
  return ignoreNaN(x, y, pickSmaller(x, y));
}

namespace {
/// A finite |x| as m 2^(e - bias - fractionBits), m and e integers of 64 bits.
struct Integers {
  Number m, e;
};
} // namespace

static Integers decode(Number ax, unsigned fractionBits) {
  Number bits = resize(toBits(ax), 64);
  uint64_t one = uint64_t(1) << fractionBits;
  Number e = bits >> fractionBits;
  Number isSubnormal = e == 0;
  Number fraction = bits & (one - 1);
  return {select(isSubnormal, fraction, fraction | one),
          select(isSubnormal, e(1), e)};
}

static Number modulo(Number a, Number b) {
  return a.make<arith::RemUIOp>(a.getValue(), b.getValue());
}

/// (m 2^shift) modulo `divisor`, as many bits at a time as 64 have room for.
static Number reduceShifted(Number m, Number shift, Number divisor,
                            unsigned room) {
  ImplicitLocOpBuilder &builder = m.getBuilder();
  Type type = m.getValue().getType();
  auto loop = scf::WhileOp::create(
      builder, TypeRange{type, type},
      ValueRange{modulo(m, divisor).getValue(), shift.getValue()},
      [&](OpBuilder &, Location, ValueRange carried) {
        Value left = isAny(Number(builder, carried[1]) > 0);
        scf::ConditionOp::create(builder, left, carried);
      },
      [&](OpBuilder &, Location, ValueRange carried) {
        Number rest(builder, carried[0]), left(builder, carried[1]);
        Number step = select(left < room, left, left(room));
        Number next = modulo(rest << step, divisor);
        scf::YieldOp::create(
            builder, ValueRange{next.getValue(), (left - step).getValue()});
      });
  return {builder, loop.getResult(0)};
}

Number snn::buildRemainder(Number x, Number y) {
  unsigned width = x.getWidth();
  unsigned fractionBits = width == 64 ? 52 : 23;
  Number ax = abs(x), ay = abs(y);
  Number isDefined = (ax < kInfinity) & (ay > 0);
  Number isReduced = isDefined & (ay < kInfinity) & (ax >= ay);
  Integers a = decode(ax, fractionBits), b = decode(ay, fractionBits);
  // Where nothing is to be done the divisor is 1: it must not be 0.
  Number shift = select(isReduced, a.e - b.e, a.e(0));
  Number divisor = select(isReduced, b.m, b.m(1));
  Number rest = reduceShifted(a.m, shift, divisor, 63 - fractionBits);
  // rest < 2^(fractionBits + 1): exact, and so is each product.
  Number whole = resize(rest, width);
  whole = whole.make<arith::SIToFPOp>(x.getValue().getType(), whole.getValue());
  Number scale = toFloat(resize(b.e << fractionBits, width));
  Number value = (whole * std::ldexp(1.0, -int(fractionBits))) * scale;
  Number result = select(ax < ay, x, copySign(value, x));
  return select(isDefined, result, x(kNaN));
}
