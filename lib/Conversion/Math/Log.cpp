//===- Log.cpp - log and log1p --------------------------------------------===//
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
  uint64_t root; // the bits of about sqrt(1/2)
  double twoW, bias, min, scale, shift;
  ArrayRef<double> l;
};
} // namespace

static const double kL32[] = {0x1.555556p-1, 0x1.9999ecp-2, 0x1.245c02p-2,
                              0x1.dddae4p-3};
static const double kL64[] = {0x1.5555555555558p-1, 0x1.99999999951fep-2,
                              0x1.2492492e08013p-2, 0x1.c71c62cb0101ap-3,
                              0x1.7462bba51baa2p-3, 0x1.39fd87dde0f98p-3,
                              0x1.2b6220cf76b04p-3};

static Format getFormat(Number x) {
  if (x.getElementType().isF32())
    return {/*fractionBits=*/23, /*root=*/0x3F3504F3,
            /*twoW=*/0x1p23,     /*bias=*/127,
            /*min=*/0x1p-126,    /*scale=*/0x1p32,
            /*shift=*/32,        /*l=*/kL32};
  return {/*fractionBits=*/52, /*root=*/0x3FE6A09E00000000,
          /*twoW=*/0x1p52,     /*bias=*/1023,
          /*min=*/0x1p-1022,   /*scale=*/0x1p64,
          /*shift=*/64,        /*l=*/kL64};
}

static constexpr double kInfinity = std::numeric_limits<double>::infinity();
static constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

SplitNumber snn::splitNormal(Number x) {
  Format format = getFormat(x);
  Number i = toBits(x) + (toBits(x(1)) - format.root);
  // The exponent, as the last bits of a float.
  Number exponent = (i >> format.fractionBits) | toBits(x(format.twoW));
  Number k = toFloat(exponent) - (format.twoW + format.bias);
  uint64_t fraction = (uint64_t(1) << format.fractionBits) - 1;
  Number m = toFloat((i & fraction) + format.root);
  return {k, m - 1};
}

SplitNumber snn::splitAny(Number x) {
  Format format = getFormat(x);
  Number isSubnormal = x < format.min;
  auto [k, f] = splitNormal(select(isSubnormal, x * format.scale, x));
  return {k + select(isSubnormal, x(-format.shift), x(0)), f};
}

/// log(2^k (1 + f)) as a sum of two.
static Pair buildParts(SplitNumber x) {
  auto [k, f] = x;
  Ln2 ln2 = getLn2(f);
  Number s = f / (2 + f);
  Number z = s * s;
  Number r = z * poly(getFormat(f).l, z);
  Number p = (0.5 * f) * f;
  auto [h, l] = fastTwoSum(k * ln2.high, f);
  Number q = p - ((s * (p + r)) + (k * ln2.low));
  return {h, l - q};
}

Number snn::buildLog(Number x) {
  auto [h, e] = buildParts(splitAny(x));
  Number y = select(x < kInfinity, h + e, x);
  y = select(x == 0, x(-kInfinity), y);
  return select(x < 0, x(kNaN), y);
}

Number snn::buildLog1p(Number x) {
  auto [u, e] = twoSum(x(1), x);
  auto [h, l] = buildParts(splitNormal(u));
  Number y = select(u < kInfinity, h + (l + (e / u)), x);
  y = select(x == -1, x(-kInfinity), y);
  y = select(x < -1, x(kNaN), y);
  return select(x == 0, x, y);
}
