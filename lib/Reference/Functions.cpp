//===- Functions.cpp - The math functions ---------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Functions.h"
#include "Formats.h"

using namespace mlir::snn;
using namespace mlir::snn::reference;

//===----------------------------------------------------------------------===//
// exp, expm1, tanh
//===----------------------------------------------------------------------===//

namespace {
/// x = n ln 2 + r, and q = e^r - 1 - r.
template <typename F> struct Reduced {
  typename F::Bits n;
  typename F::Float r, q;
};
} // namespace

/// `low`, for pow, is the low part of the argument.
template <typename F>
static Reduced<F> reduce(typename F::Float x,
                         const typename F::Float *low = nullptr) {
  using T = typename F::Float;
  T t = (x * F::log2e) + F::magic;
  T k = t - F::magic;
  typename F::Bits n = toBits<F>(t) - toBits<F>(F::magic);
  T a = x - (k * F::ln2High);
  T b = k * F::ln2Low;
  T r = a - b;
  T c = (a - r) - b;
  if (low) {
    c = c + *low;
    T s = r + c;
    c = (r - s) + c;
    r = s;
  }
  c = c + (c * r);
  T z = r * r;
  T w = (z * (r * evaluate(F::exp, r))) + c;
  return {n, r, (T(0.5) * z) + w};
}

template <typename F> static typename F::Float finish(const Reduced<F> &x) {
  using T = typename F::Float;
  T h = T(1) + x.r;
  T l = (T(1) - h) + x.r;
  T y = h + (l + x.q);
  typename F::Bits m = x.n + 2 * F::bias;
  typename F::Bits i = m >> 1, j = m - i;
  return (y * toFloat<F>(i << F::fraction)) * toFloat<F>(j << F::fraction);
}

template <typename T> static T clampArgument(T x, T most, T least) {
  x = x > most ? most : x;
  return x < least ? least : x;
}

template <typename F> static typename F::Float getExp(typename F::Float x) {
  return finish<F>(reduce<F>(clampArgument(x, F::most, F::least)));
}

template <typename F> static typename F::Float getExpM1(typename F::Float x) {
  using T = typename F::Float;
  auto [n, r, q] = reduce<F>(clampArgument(x, F::most, F::leastM1));
  T s = toFloat<F>((n + (F::bias - 1)) << F::fraction);
  T u = s - T(0.5);
  T ul = (s - u) - T(0.5);
  T v = s * r;
  T h = u + v;
  T l = (u - h) + v;
  T y = h + ((l + (s * q)) + ul);
  return std::fabs(x) < F::tiny ? x : y + y;
}

template <typename F> static typename F::Float getTanh(typename F::Float x) {
  using T = typename F::Float;
  T a = std::fabs(x);
  T a1 = a > F::top ? F::top : a;
  auto [n, r, q] = reduce<F>(a1 + a1);
  T s = toFloat<F>((n + F::bias) << F::fraction);
  T u = s + T(1);
  T v = s * r;
  T h = u + v;
  T l = (u - h) + v;
  T w = l + (s * q);
  T d = h + w;
  T e = (h - d) + w;
  T t = T(2) / d;
  T g = ((T(0.5) * t) * t) * e;
  T h2 = T(1) - t;
  T l2 = (T(1) - h2) - t;
  T big = h2 + (l2 + g);
  T z = a * a;
  T small = a + ((a * z) * evaluate(F::tanh, z));
  return std::copysign(a < F::limit ? small : big, x);
}

//===----------------------------------------------------------------------===//
// log, log1p
//===----------------------------------------------------------------------===//

/// x = 2^k (1 + f).
template <typename F>
static std::pair<typename F::Float, typename F::Float>
split(typename F::Float x) {
  using T = typename F::Float;
  typename F::Bits i = toBits<F>(x) + (toBits<F>(T(1)) - F::root);
  T k = toFloat<F>((i >> F::fraction) | toBits<F>(F::two)) -
        (F::two + T(F::bias));
  typename F::Bits mask = (typename F::Bits(1) << F::fraction) - 1;
  T m = toFloat<F>((i & mask) + F::root);
  return {k, m - T(1)};
}

/// The same of subnormal numbers too.
template <typename F>
static std::pair<typename F::Float, typename F::Float>
splitAll(typename F::Float x) {
  using T = typename F::Float;
  bool isSmall = x < F::smallest;
  auto [k, f] = split<F>(isSmall ? x * F::scale : x);
  return {k + T(isSmall ? -F::shift : 0), f};
}

/// The logarithm, as a sum of two.
template <typename F>
static std::pair<typename F::Float, typename F::Float>
getLogParts(std::pair<typename F::Float, typename F::Float> parts) {
  using T = typename F::Float;
  auto [k, f] = parts;
  T s = f / (T(2) + f);
  T z = s * s;
  T r = z * evaluate(F::log, z);
  T p = (T(0.5) * f) * f;
  T a = k * F::ln2High;
  T h = a + f;
  T l = (a - h) + f;
  T q = p - ((s * (p + r)) + (k * F::ln2Low));
  return {h, l - q};
}

template <typename F> static typename F::Float getLog(typename F::Float x) {
  using T = typename F::Float;
  auto [h, e] = getLogParts<F>(splitAll<F>(x));
  T y = h + e;
  y = x < T(HUGE_VAL) ? y : x;
  y = x == 0 ? T(-HUGE_VAL) : y;
  return x < 0 ? T(NAN) : y;
}

template <typename F> static typename F::Float getLog1P(typename F::Float x) {
  using T = typename F::Float;
  auto [u, e] = addTwo(T(1), x);
  auto [h, l] = getLogParts<F>(split<F>(u));
  T y = h + (l + (e / u));
  y = u < T(HUGE_VAL) ? y : x;
  y = x == -1 ? T(-HUGE_VAL) : y;
  y = x < -1 ? T(NAN) : y;
  return x == 0 ? x : y;
}

//===----------------------------------------------------------------------===//
// pow
//===----------------------------------------------------------------------===//

/// The result where |x|^y is `e`.
static double selectPow(double x, double y, double e) {
  double half = y * 0.5;
  bool isInt = std::trunc(y) == y;
  bool isOdd = isInt && !(std::trunc(half) == half);
  e = isOdd && std::signbit(x) ? -e : e;
  e = x < 0 && x > -HUGE_VAL && !isInt ? NAN : e;
  e = std::fabs(x) == 1 && std::fabs(y) == HUGE_VAL ? 1 : e;
  return y == 0 || x == 1 ? 1 : e;
}

/// The logarithm of a number >= 0, with more digits than f64 has.
static Pair getLongLog(double ax) {
  static constexpr double coefficients[] = {
      0x1.999999999999ep-3, 0x1.2492492485956p-3, 0x1.c71c72952867dp-4,
      0x1.745ace8b7f673p-4, 0x1.3db86030f21afp-4};
  static constexpr double thirdHigh = 0x1.5555555555555p-2,
                          thirdLow = 0x1.5555555555555p-56;
  auto [k, f0] = splitAll<Double>(ax);
  double m = f0 + 1;
  bool isLow = m < 0.890625, isHigh = m >= 1.125;
  double c = isLow ? 0.796875 : isHigh ? 1.25 : 1;
  double ch = isLow ? -0x1.d1037f2658p-3 : isHigh ? 0x1.c8ff7c79a8p-3 : 0;
  double cl = isLow    ? 0x1.0c253f3adb7b7p-42
              : isHigh ? 0x1.a21ac25d81ef3p-43
                       : 0;
  double f = m - c;
  auto [d, dl] = addFast(c, m);
  double s = f / d;
  auto [p, pl] = multiply(s, d);
  double sl = (((f - p) - pl) - (s * dl)) / d;
  auto [z, z0] = multiply(s, s);
  double g = s + s, gl = sl + sl;
  double zl = z0 + (g * sl);
  double w = (z * z) * evaluate(coefficients, z);
  auto [t0, t1] = multiply(z, thirdHigh);
  double u = t1 + ((z * thirdLow) + (zl * thirdHigh));
  auto [th, t2] = addFast(t0, w);
  double tl = t2 + u;
  auto [v, v0] = multiply(g, th);
  double vl = v0 + ((g * tl) + (gl * th));
  auto [h1, l1] = addFast((k * Double::ln2High) + ch, g);
  auto [h2, l2] = addFast(h1, v);
  double o = (l1 + l2) + (((k * Double::ln2Low) + cl) + (gl + vl));
  auto [high, low] = addFast(h2, o);
  high = ax < HUGE_VAL ? high : ax;
  return {ax == 0 ? -HUGE_VAL : high, low};
}

double reference::computePow(double x, double y) {
  auto [high, low] = getLongLog(std::fabs(x));
  auto [b, bl] = multiply(y, high);
  double b1 = bl + (y * low);
  double xl = std::fabs(b) < 1024 ? b1 : 0;
  double x2 = clampArgument(b, Double::most, Double::least);
  return selectPow(x, y, finish<Double>(reduce<Double>(x2, &xl)));
}

float reference::computePow(float x, float y) {
  double e = computeExp(double(y) * computeLog(std::fabs(double(x))));
  return float(selectPow(x, y, e));
}

//===----------------------------------------------------------------------===//
// sin, cos
//===----------------------------------------------------------------------===//

namespace {
/// x = n pi/2 + r + low.
struct Angle {
  uint64_t n;
  double r, low;
};
} // namespace

/// Of |x| < 2^19.
static Angle reduceNear(double x, bool isDouble) {
  double t = (x * 0x1.45f306dc9c883p-1) + Double::magic;
  double k = t - Double::magic;
  uint64_t n = toBits<Double>(t);
  double a = x - (k * 0x1.921fb544p+0);
  if (!isDouble)
    return {n, a - (k * 0x1.0b4611a626331p-34), 0};
  auto [r1, e1] = addTwo(a, -(k * 0x1.0b4611a6p-34));
  auto [r2, e2] = addTwo(r1, -(k * 0x1.3198a2ep-69));
  double o = (e1 + e2) - (k * 0x1.b839a252049c1p-104);
  auto [r, low] = addFast(r2, o);
  return {n, r, low};
}

/// The upper half of a product.
static uint64_t multiplyHigh(uint64_t a, uint64_t b) {
  return uint64_t((unsigned __int128)a * b >> 64);
}

/// Of |x| >= 2^19.
static Angle reduceFar(double x) {
  static constexpr uint64_t bits[] = {
      0x0000000000000000, 0xA2F9836E4E441529, 0xFC2757D1F534DDC0,
      0xDB6295993C439041, 0xFE5163ABDEBBC561, 0xB7246E3A424DD2E0,
      0x06492EEA09D1921C, 0xFE1DEB1CB129A73E, 0xE88235F52EBB4484,
      0xE99C7026B45F7E41, 0x3991D639835339F4, 0x9C845F8BBDF9283B,
      0x1FF897FFDE05980F, 0xEF2F118B5A0A6D1F, 0x6D367ECF27CB09B7,
      0x4F463F669E5FEA2D, 0x7527BAC7EBE5F17B, 0x3D0739F78A5292EA,
      0x6BFB5FB11F8D5D08, 0x56033046FC7B6BAB};
  uint64_t b = toBits<Double>(x);
  uint64_t one = uint64_t(1) << 52, m = (b & (one - 1)) | one;
  uint64_t s = ((b >> 52) & 2047) - 1013;
  uint64_t i = s >> 6, j = s & 63;
  auto get = [&](uint64_t k) {
    return (bits[i + k] << j) | ((bits[i + k + 1] >> 1) >> (63 - j));
  };
  uint64_t middle = (m * get(1)) + multiplyHigh(m, get(2));
  uint64_t carry = middle < m * get(1);
  uint64_t top = ((m * get(0)) + multiplyHigh(m, get(1))) + carry;
  uint64_t n = (top + (uint64_t(1) << 61)) >> 62;
  top = top - (n << 62);
  bool isMinus = top >> 63;
  if (isMinus) {
    middle = -middle;
    top = ~top + (middle == 0);
  }
  double a = double(top >> 32) * 0x1p-30;
  double b1 = double(top & 0xFFFFFFFF) * 0x1p-62;
  double c1 = double(middle >> 32) * 0x1p-94;
  double d1 = double(middle & 0xFFFFFFFF) * 0x1p-126;
  auto [f0, f1] = addFast(a, b1);
  auto [fh, f2] = addFast(f0, f1 + (c1 + d1));
  auto [p, pl] = multiply(fh, 0x1.921fb54442d18p+0);
  auto [r, low] = addFast(
      p, pl + ((fh * 0x1.1a62633145c07p-54) + (f2 * 0x1.921fb54442d18p+0)));
  if (isMinus != (x < 0)) {
    r = -r;
    low = -low;
  }
  return {x < 0 ? -n : n, r, low};
}

/// The sine after `quarters` of a turn.
template <typename F> static double getSine(double x, uint64_t quarters) {
  constexpr bool isDouble = std::is_same_v<F, Double>;
  if (!(std::fabs(x) < HUGE_VAL))
    return x - x;
  auto [n, r, low] =
      std::fabs(x) < 0x1p19 ? reduceNear(x, isDouble) : reduceFar(x);
  n += quarters;
  double z = r * r, sine, cosine;
  if (isDouble) {
    double g = 0.5 * z;
    sine = r + (((z * r) * evaluate(F::sine, z)) + (low - (g * low)));
    double w = 1 - g;
    cosine =
        w + (((1 - w) - g) + (((z * z) * evaluate(F::cosine, z)) - (r * low)));
  } else {
    sine = r + ((z * r) * evaluate(F::sine, z));
    cosine = (1 - (0.5 * z)) + ((z * z) * evaluate(F::cosine, z));
  }
  double y = n & 1 ? cosine : sine;
  return n & 2 ? -y : y;
}

#define SNN_FUNCTION(NAME, FUNCTION)                                           \
  float reference::NAME(float x) { return FUNCTION<Single>(x); }               \
  double reference::NAME(double x) { return FUNCTION<Double>(x); }
SNN_FUNCTION(computeExp, getExp)
SNN_FUNCTION(computeExpM1, getExpM1)
SNN_FUNCTION(computeLog, getLog)
SNN_FUNCTION(computeLog1P, getLog1P)
SNN_FUNCTION(computeTanh, getTanh)
#undef SNN_FUNCTION

float reference::computeSin(float x) {
  return x == 0 ? x : float(getSine<Single>(x, 0));
}
double reference::computeSin(double x) {
  return x == 0 ? x : getSine<Double>(x, 0);
}
float reference::computeCos(float x) { return float(getSine<Single>(x, 1)); }
double reference::computeCos(double x) { return getSine<Double>(x, 1); }
