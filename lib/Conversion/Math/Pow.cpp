//===- Pow.cpp - pow ------------------------------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Forms.h"

using namespace mlir;
using namespace mlir::snn;

static const double kQ[] = {0x1.999999999999ep-3, 0x1.2492492485956p-3,
                            0x1.c71c72952867dp-4, 0x1.745ace8b7f673p-4,
                            0x1.3db86030f21afp-4};
static constexpr double kInfinity = std::numeric_limits<double>::infinity();
static constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

namespace {
/// c (1 + f / c) for a c close by, and log(c) as a sum of two.
struct Center {
  Number c, high, low, f;
};
} // namespace

static Center findCenter(Number m) {
  Number isLow = m < 0.890625, isHigh = m >= 1.125;
  auto choose = [&](double low, double middle, double high) {
    return select(isLow, m(low), select(isHigh, m(high), m(middle)));
  };
  Number c = choose(0.796875, 1, 1.25);
  Number high = choose(-0x1.d1037f2658p-3, 0, 0x1.c8ff7c79a8p-3);
  Number low = choose(0x1.0c253f3adb7b7p-42, 0, 0x1.a21ac25d81ef3p-43);
  return {c, high, low, m - c};
}

/// s + sl = f / (2 c + f).
static Pair divide(const Center &center, Number m) {
  auto [d, dl] = fastTwoSum(center.c, m);
  Number s = center.f / d;
  auto [p, pl] = twoProduct(s, d);
  return {s, (((center.f - p) - pl) - (s * dl)) / d};
}

/// log(x) of a positive x, to 70 bits.
static Pair buildLogPair(Number x) {
  auto [k, f] = splitAny(x);
  Ln2 ln2 = getLn2(x);
  Number m = f + 1;
  Center center = findCenter(m);
  auto [s, sl] = divide(center, m);
  // 2 (s + sl) (1 + th + tl)
  auto [z, z0] = twoProduct(s, s);
  Number g = s + s, gl = sl + sl;
  Number zl = z0 + (g * sl);
  Number w = (z * z) * poly(kQ, z);
  auto [t0, t1] = twoProduct(z, z(0x1.5555555555555p-2));
  Number u = t1 + ((z * 0x1.5555555555555p-56) + (zl * 0x1.5555555555555p-2));
  auto [th, t2] = fastTwoSum(t0, w);
  Number tl = t2 + u;
  auto [v, v0] = twoProduct(g, th);
  Number vl = v0 + ((g * tl) + (gl * th));
  auto [h1, l1] = fastTwoSum((k * ln2.high) + center.high, g);
  auto [h2, l2] = fastTwoSum(h1, v);
  Number rest = ((k * ln2.low) + center.low) + (gl + vl);
  return fastTwoSum(h2, (l1 + l2) + rest);
}

/// |x|^y of f64.
static Number buildPowOfPositive(Number ax, Number y) {
  auto [l0, ll] = buildLogPair(ax);
  Number lh = select(ax < kInfinity, l0, ax);
  lh = select(ax == 0, ax(-kInfinity), lh);
  auto [b, bl] = twoProduct(y, lh);
  Number low = bl + (y * ll);
  low = select(abs(b) < 1024, low, low(0));
  return finishExp(reduceExp(clampExp(b), &low));
}

/// The cases of C's Annex F, where e is |x|^y.
static Number handleSpecial(Number x, Number y, Number e) {
  Number isInt = trunc(y) == y;
  Number half = y * 0.5;
  Number isOdd = isInt & !(trunc(half) == half);
  Number isSigned = copySign(x(1), x) < 0;
  Number isFinite = x > -kInfinity;
  e = select(isOdd & isSigned, -e, e);
  e = select((x < 0) & isFinite & !isInt, x(kNaN), e);
  e = select((abs(x) == 1) & (abs(y) == kInfinity), x(1), e);
  return select((y == 0) | (x == 1), x(1), e);
}

Number snn::buildPow(Number x, Number y) {
  if (!x.getElementType().isF32())
    return handleSpecial(x, y, buildPowOfPositive(abs(x), y));
  auto element = cast<FloatType>(x.getElementType());
  FloatType wide = x.getBuilder().getF64Type();
  x = convert(x, wide), y = convert(y, wide);
  Number e = buildExp(y * buildLog(abs(x)));
  return convert(handleSpecial(x, y, e), element);
}
