//===- Exp.cpp - exp, expm1 and tanh --------------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Forms.h"

using namespace mlir;
using namespace mlir::snn;

namespace {
/// What depends on the format; the names are those of docs/math.md.
struct Format {
  unsigned fractionBits;
  uint64_t bias;
  double magic, log2e;
  Ln2 ln2;
  double high, low, lowExpm1, tiny, top, limit;
  ArrayRef<double> p, t;
};
} // namespace

static const double kP32[] = {0x1.555556p-3, 0x1.555518p-5, 0x1.1110ccp-7,
                              0x1.6d11a2p-10, 0x1.a15232p-13};
static const double kT32[] = {-0x1.555554p-2, 0x1.110ff4p-3, -0x1.b9a2d2p-5,
                              0x1.5d3cdp-6, -0x1.b1e47ep-8};
static const double kP64[] = {0x1.5555555555556p-3,  0x1.5555555555556p-5,
                              0x1.11111111109a2p-7,  0x1.6c16c16c15da5p-10,
                              0x1.a01a01a7d1b0dp-13, 0x1.a01a01a946133p-16,
                              0x1.71de0d79d67eep-19, 0x1.27e4d4a71260dp-22,
                              0x1.af39264eacbbp-26,  0x1.1f7f7c3c5e32ep-29};
static const double kT64[] = {
    -0x1.5555555555555p-2, 0x1.111111111103cp-3,  -0x1.ba1ba1b9ffc9cp-5,
    0x1.664f48776788p-6,   -0x1.226e32fe141d1p-7, 0x1.d6d33be1d6cd6p-9,
    -0x1.7d97f7c8627ap-10, 0x1.34c7194cffc04p-11, -0x1.ec209f43639c3p-13,
    0x1.652f165aac1dep-14, -0x1.5a2a35fb0ec8p-16};

static Format getFormat(Number x) {
  if (x.getElementType().isF32())
    return {/*fractionBits=*/23,
            /*bias=*/127,
            /*magic=*/0x1.8p23,
            /*log2e=*/0x1.715476p+0,
            /*ln2=*/{0x1.62e4p-1, 0x1.7f7d1cp-20},
            /*high=*/89,
            /*low=*/-104,
            /*lowExpm1=*/-20,
            /*tiny=*/0x1p-30,
            /*top=*/10,
            /*limit=*/0x1.19999ap-1,
            /*p=*/kP32,
            /*t=*/kT32};
  return {/*fractionBits=*/52,
          /*bias=*/1023,
          /*magic=*/0x1.8p52,
          /*log2e=*/0x1.71547652b82fep+0,
          /*ln2=*/{0x1.62e42fefa4p-1, -0x1.8432a1b0e2634p-43},
          /*high=*/710,
          /*low=*/-746,
          /*lowExpm1=*/-40,
          /*tiny=*/0x1p-60,
          /*top=*/20,
          /*limit=*/0x1.199999999999ap-1,
          /*p=*/kP64,
          /*t=*/kT64};
}

Ln2 snn::getLn2(Number x) { return getFormat(x).ln2; }

Reduced snn::reduceExp(Number x, const Number *low) {
  Format format = getFormat(x);
  Number t = (x * format.log2e) + format.magic;
  Number k = t - format.magic;
  Number n = toBits(t) - toBits(t(format.magic));
  Number a = x - (k * format.ln2.high);
  Number b = k * format.ln2.low;
  Number r = a - b;
  Number c = (a - r) - b;
  if (low) {
    c = c + *low;
    Number sum = r + c;
    c = (r - sum) + c;
    r = sum;
  }
  c = c + (c * r);
  Number z = r * r;
  Number w = (z * (r * poly(format.p, r))) + c;
  return {n, r, (0.5 * z) + w};
}

Number snn::finishExp(const Reduced &parts) {
  auto [n, r, q] = parts;
  Format format = getFormat(r);
  Number h = 1 + r;
  Number l = (1 - h) + r;
  Number y = h + (l + q);
  // 2^n as two factors: neither overflows, and only the last product rounds.
  Number m = n + 2 * format.bias;
  Number i = m >> 1;
  Number j = m - i;
  return (y * toFloat(i << format.fractionBits)) *
         toFloat(j << format.fractionBits);
}

static Number clamp(Number x, double low, double high) {
  Number y = select(x > high, x(high), x);
  return select(y < low, x(low), y);
}

Number snn::clampExp(Number x) {
  Format format = getFormat(x);
  return clamp(x, format.low, format.high);
}

Number snn::buildExp(Number x) { return finishExp(reduceExp(clampExp(x))); }

Number snn::buildExpm1(Number x) {
  Format format = getFormat(x);
  auto [n, r, q] = reduceExp(clamp(x, format.lowExpm1, format.high));
  // Half of 2^n, which does not overflow.
  Number s = toFloat((n + (format.bias - 1)) << format.fractionBits);
  Number u = s - 0.5;
  Number ul = (s - u) - 0.5;
  auto [h, l] = fastTwoSum(u, s * r);
  Number y = h + ((l + (s * q)) + ul);
  return select(abs(x) < format.tiny, x, y + y);
}

Number snn::buildTanh(Number x) {
  Format format = getFormat(x);
  Number a = abs(x);
  Number bounded = select(a > format.top, x(format.top), a);
  auto [n, r, q] = reduceExp(bounded + bounded);
  // 1 - 2 / (d + e), where d + e is e^(2a) + 1.
  Number s = toFloat((n + format.bias) << format.fractionBits);
  auto [h, l] = fastTwoSum(s + 1, s * r);
  auto [d, e] = fastTwoSum(h, l + (s * q));
  Number t = 2 / d;
  Number g = ((0.5 * t) * t) * e;
  Number h2 = 1 - t;
  Number l2 = (1 - h2) - t;
  Number big = h2 + (l2 + g);
  Number z = a * a;
  Number small = a + ((a * z) * poly(format.t, z));
  return copySign(select(a < format.limit, small, big), x);
}
