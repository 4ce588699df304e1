//===- SinCos.cpp - sin and cos -------------------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Forms.h"

using namespace mlir;
using namespace mlir::snn;

static const double kS32[] = {-0x1.555555545e21cp-3, 0x1.11110def19d83p-7,
                              -0x1.a013a73a9f5ap-13, 0x1.6dbdde00cc1a3p-19};
static const double kC32[] = {0x1.5555555502d0fp-5, -0x1.6c16bf54c3c18p-10,
                              0x1.a015c42a79787p-16, -0x1.25242b938604cp-22};
static const double kS64[] = {-0x1.5555555555555p-3,  0x1.1111111110bb1p-7,
                              -0x1.a01a019e833aep-13, 0x1.71de3795efb42p-19,
                              -0x1.ae600a5a7e0e2p-26, 0x1.5e0adb412c4dcp-33};
static const double kC64[] = {0x1.5555555555555p-5,  -0x1.6c16c16c16966p-10,
                              0x1.a01a019f4e74ep-16, -0x1.27e4fa17893bap-22,
                              0x1.1eeb6891c0892p-29, -0x1.907d627ec6fedp-37};
static constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The bits of 2/pi after a word of zeros.
static const uint64_t kTwoOverPi[] = {
    0x0000000000000000, 0xA2F9836E4E441529, 0xFC2757D1F534DDC0,
    0xDB6295993C439041, 0xFE5163ABDEBBC561, 0xB7246E3A424DD2E0,
    0x06492EEA09D1921C, 0xFE1DEB1CB129A73E, 0xE88235F52EBB4484,
    0xE99C7026B45F7E41, 0x3991D639835339F4, 0x9C845F8BBDF9283B,
    0x1FF897FFDE05980F, 0xEF2F118B5A0A6D1F, 0x6D367ECF27CB09B7,
    0x4F463F669E5FEA2D, 0x7527BAC7EBE5F17B, 0x3D0739F78A5292EA,
    0x6BFB5FB11F8D5D08, 0x56033046FC7B6BAB};
static constexpr double kPiOver2High = 0x1.921fb54442d18p+0;
static constexpr double kPiOver2Low = 0x1.1a62633145c07p-54;

namespace {
/// x = n pi/2 + r + low; of n only the last two bits matter.
struct Angle {
  Number n, r, low;
};
} // namespace

/// Of |x| < 2^19.
static Angle reduceNear(Number x, bool isF32) {
  Number t = (x * 0x1.45f306dc9c883p-1) + 0x1.8p52;
  Number k = t - 0x1.8p52;
  Number n = toBits(t);
  Number a = x - (k * 0x1.921fb544p+0);
  if (isF32)
    return {n, a - (k * 0x1.0b4611a626331p-34), x(0)};
  auto [r1, e1] = twoSum(a, -(k * 0x1.0b4611a6p-34));
  auto [r2, e2] = twoSum(r1, -(k * 0x1.3198a2ep-69));
  auto [r, low] = fastTwoSum(r2, (e1 + e2) - (k * 0x1.b839a252049c1p-104));
  return {n, r, low};
}

/// Words `i`, ..., `i + 3` of 2/pi, shifted to the left by `j`: three words.
static SmallVector<Number> selectBits(Number i, Number j, unsigned last) {
  SmallVector<Number> words;
  for (unsigned word = 0; word < 4; ++word) {
    words.push_back(i(kTwoOverPi[word]));
    for (unsigned first = 1; first <= last; ++first)
      words[word] =
          select(i == first, i(kTwoOverPi[first + word]), words[word]);
  }
  SmallVector<Number> shifted;
  for (unsigned word = 0; word < 3; ++word)
    shifted.push_back((words[word] << j) |
                      ((words[word + 1] >> 1) >> (63 - j)));
  return shifted;
}

/// An unsigned integer of 32 bits, as a float.
static Number toDouble(Number x) {
  Type type = x.getTypeOf(x.getBuilder().getF64Type());
  return x.make<arith::UIToFPOp>(type, x.getValue());
}

/// pi/2 times a number of 128 bits, of which 126 are its fraction.
static Pair multiplyByPiOver2(Number top, Number mid) {
  uint64_t mask = 0xFFFFFFFF;
  Number a = toDouble(top >> 32) * 0x1p-30;
  Number b = toDouble(top & mask) * 0x1p-62;
  Number c = toDouble(mid >> 32) * 0x1p-94;
  Number d = toDouble(mid & mask) * 0x1p-126;
  auto [f0, f1] = fastTwoSum(a, b);
  auto [f, f2] = fastTwoSum(f0, f1 + (c + d));
  auto [p, pl] = twoProduct(f, f(kPiOver2High));
  return fastTwoSum(p, pl + ((f * kPiOver2Low) + (f2 * kPiOver2High)));
}

/// Of any |x| >= 2^19, by the bits of 2/pi that matter modulo 4 (Payne and
/// Hanek, 1983).
static Angle reduceFar(Number x, bool isF32) {
  Number bits = toBits(x);
  uint64_t one = 1;
  Number m = (bits & ((one << 52) - 1)) | (one << 52);
  Number start = ((bits >> 52) & 2047) - 1013;
  // The exponents of f32 end early.
  SmallVector<Number> v = selectBits(start >> 6, start & 63, isF32 ? 2 : 16);
  Number middle = m * v[1];
  Number mid = middle + multiplyHigh(m, v[2]);
  Number carry = select(mid < middle, m(1), m(0));
  Number top = ((m * v[0]) + multiplyHigh(m, v[1])) + carry;
  Number n = (top + (one << 61)) >> 62;
  top = top - (n << 62);
  Number isMinus = (top >> 63) == 1;
  Number borrow = select(mid == 0, m(0), m(1));
  top = select(isMinus, -top - borrow, top);
  mid = select(isMinus, -mid, mid);
  auto [r, low] = multiplyByPiOver2(top, mid);
  Number isNegative = x < 0;
  Number flips = isMinus ^ isNegative;
  return {select(isNegative, -n, n), select(flips, -r, r),
          select(flips, -low, low)};
}

/// Far lanes are rare: their form runs only where there is one.
static Angle reduce(Number x, bool isF32) {
  Angle near = reduceNear(x, isF32);
  Number isFar = abs(x) >= 0x1p19;
  ImplicitLocOpBuilder &builder = x.getBuilder();
  Type types[] = {near.n.getValue().getType(), x.getValue().getType(),
                  x.getValue().getType()};
  auto branch = scf::IfOp::create(builder, types, isAny(isFar),
                                  /*addThenBlock=*/true, /*addElseBlock=*/true);
  builder.setInsertionPointToStart(branch.thenBlock());
  Angle far = reduceFar(x, isF32);
  scf::YieldOp::create(builder,
                       ValueRange{select(isFar, far.n, near.n).getValue(),
                                  select(isFar, far.r, near.r).getValue(),
                                  select(isFar, far.low, near.low).getValue()});
  builder.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(builder, ValueRange{near.n.getValue(), near.r.getValue(),
                                           near.low.getValue()});
  builder.setInsertionPointAfter(branch);
  return {{builder, branch.getResult(0)},
          {builder, branch.getResult(1)},
          {builder, branch.getResult(2)}};
}

static Pair buildKernels32(Number r) {
  Number z = r * r;
  Number sine = r + ((z * r) * poly(kS32, z));
  Number cosine = (1 - (0.5 * z)) + ((z * z) * poly(kC32, z));
  return {sine, cosine};
}

static Pair buildKernels64(Number r, Number low) {
  Number z = r * r;
  Number g = 0.5 * z;
  Number sine = r + (((z * r) * poly(kS64, z)) + (low - (g * low)));
  Number w = 1 - g;
  Number cosine = w + (((1 - w) - g) + (((z * z) * poly(kC64, z)) - (r * low)));
  return {sine, cosine};
}

/// sin(x + turns pi/2) of an f64, as exact as `isF32` asks for.
static Number buildWave(Number x, unsigned turns, bool isF32) {
  Angle angle = reduce(x, isF32);
  auto [sine, cosine] =
      isF32 ? buildKernels32(angle.r) : buildKernels64(angle.r, angle.low);
  Number n = angle.n + turns;
  Number y = select((n & 1) == 1, cosine, sine);
  y = select((n & 2) == 2, -y, y);
  return select(abs(x) < kInfinity, y, x - x);
}

static Number buildWave(Number x, unsigned turns) {
  auto element = cast<FloatType>(x.getElementType());
  Number wide = convert(x, x.getBuilder().getF64Type());
  return convert(buildWave(wide, turns, element.isF32()), element);
}

Number snn::buildSin(Number x) {
  Number y = buildWave(x, 0);
  return select(x == 0, x, y);
}

Number snn::buildCos(Number x) { return buildWave(x, 1); }
