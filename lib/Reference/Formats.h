//===- Formats.h - Constants and steps of the math functions ----*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_REFERENCE_FORMATS_H
#define SNN_LIB_REFERENCE_FORMATS_H

#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

namespace mlir::snn::reference {

/// Constants of the two formats.
struct Single {
  using Float = float;
  using Bits = uint32_t;
  static constexpr Bits fraction = 23, bias = 127, root = 0x3F3504F3;
  static constexpr int shift = 32;
  static constexpr Float magic = 0x1.8p23f, log2e = 0x1.715476p+0f,
                         ln2High = 0x1.62e4p-1f, ln2Low = 0x1.7f7d1cp-20f;
  static constexpr Float most = 89.0f, least = -104.0f, leastM1 = -20.0f,
                         tiny = 0x1p-30f, top = 10.0f, limit = 0x1.19999ap-1f;
  static constexpr Float two = 0x1p23f, smallest = 0x1p-126f, scale = 0x1p32f;
  static constexpr Float exp[] = {0x1.555556p-3f, 0x1.555518p-5f,
                                  0x1.1110ccp-7f, 0x1.6d11a2p-10f,
                                  0x1.a15232p-13f};
  static constexpr Float tanh[] = {-0x1.555554p-2f, 0x1.110ff4p-3f,
                                   -0x1.b9a2d2p-5f, 0x1.5d3cdp-6f,
                                   -0x1.b1e47ep-8f};
  static constexpr Float log[] = {0x1.555556p-1f, 0x1.9999ecp-2f,
                                  0x1.245c02p-2f, 0x1.dddae4p-3f};
  // Sines and cosines of both are computed in f64.
  static constexpr double sine[] = {-0x1.555555545e21cp-3, 0x1.11110def19d83p-7,
                                    -0x1.a013a73a9f5ap-13,
                                    0x1.6dbdde00cc1a3p-19};
  static constexpr double cosine[] = {
      0x1.5555555502d0fp-5, -0x1.6c16bf54c3c18p-10, 0x1.a015c42a79787p-16,
      -0x1.25242b938604cp-22};
};
struct Double {
  using Float = double;
  using Bits = uint64_t;
  static constexpr Bits fraction = 52, bias = 1023, root = 0x3FE6A09E00000000;
  static constexpr int shift = 64;
  static constexpr Float magic = 0x1.8p52, log2e = 0x1.71547652b82fep+0,
                         ln2High = 0x1.62e42fefa4p-1,
                         ln2Low = -0x1.8432a1b0e2634p-43;
  static constexpr Float most = 710.0, least = -746.0, leastM1 = -40.0,
                         tiny = 0x1p-60, top = 20.0,
                         limit = 0x1.199999999999ap-1;
  static constexpr Float two = 0x1p52, smallest = 0x1p-1022, scale = 0x1p64;
  static constexpr Float exp[] = {0x1.5555555555556p-3,  0x1.5555555555556p-5,
                                  0x1.11111111109a2p-7,  0x1.6c16c16c15da5p-10,
                                  0x1.a01a01a7d1b0dp-13, 0x1.a01a01a946133p-16,
                                  0x1.71de0d79d67eep-19, 0x1.27e4d4a71260dp-22,
                                  0x1.af39264eacbbp-26,  0x1.1f7f7c3c5e32ep-29};
  static constexpr Float tanh[] = {
      -0x1.5555555555555p-2, 0x1.111111111103cp-3,  -0x1.ba1ba1b9ffc9cp-5,
      0x1.664f48776788p-6,   -0x1.226e32fe141d1p-7, 0x1.d6d33be1d6cd6p-9,
      -0x1.7d97f7c8627ap-10, 0x1.34c7194cffc04p-11, -0x1.ec209f43639c3p-13,
      0x1.652f165aac1dep-14, -0x1.5a2a35fb0ec8p-16};
  static constexpr Float log[] = {0x1.5555555555558p-1, 0x1.99999999951fep-2,
                                  0x1.2492492e08013p-2, 0x1.c71c62cb0101ap-3,
                                  0x1.7462bba51baa2p-3, 0x1.39fd87dde0f98p-3,
                                  0x1.2b6220cf76b04p-3};
  // Sines and cosines of both are computed in f64.
  static constexpr double sine[] = {
      -0x1.5555555555555p-3, 0x1.1111111110bb1p-7,   -0x1.a01a019e833aep-13,
      0x1.71de3795efb42p-19, -0x1.ae600a5a7e0e2p-26, 0x1.5e0adb412c4dcp-33};
  static constexpr double cosine[] = {
      0x1.5555555555555p-5,   -0x1.6c16c16c16966p-10, 0x1.a01a019f4e74ep-16,
      -0x1.27e4fa17893bap-22, 0x1.1eeb6891c0892p-29,  -0x1.907d627ec6fedp-37};
};

struct Pair {
  double high, low;
};

template <typename F> typename F::Bits toBits(typename F::Float value) {
  typename F::Bits bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

template <typename F> typename F::Float toFloat(typename F::Bits bits) {
  typename F::Float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

/// Horner's rule.
template <typename T, size_t size>
T evaluate(const T (&coefficients)[size], T x) {
  T p = coefficients[size - 1];
  for (size_t i = size - 1; i-- != 0;)
    p = (p * x) + coefficients[i];
  return p;
}

/// A sum and its error, |a| >= |b|.
inline Pair addFast(double a, double b) {
  double high = a + b;
  return {high, (a - high) + b};
}

/// A sum and its error.
template <typename T> std::pair<T, T> addTwo(T a, T b) {
  T h = a + b;
  T p = h - a;
  T q = h - p;
  return {h, (a - q) + (b - p)};
}

inline double getTop(double a) {
  return toFloat<Double>(toBits<Double>(a) & 0xFFFFFFFFF8000000);
}

/// A product and its error.
inline Pair multiply(double a, double b) {
  double h = a * b;
  double ah = getTop(a), al = a - ah;
  double bh = getTop(b), bl = b - bh;
  return {h, ((((ah * bh) - h) + (ah * bl)) + (al * bh)) + (al * bl)};
}

} // namespace mlir::snn::reference

#endif // SNN_LIB_REFERENCE_FORMATS_H
