//===- Fourier.h - Fourier transforms along rows ----------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A transform runs along rows with a vector as each element, so no step of it
// shuffles lanes. 2 m rows of reals are m rows of complex numbers, even rows
// the real parts: so they lie in memory. The way there is decimated in
// frequency and leaves the spectrum in bit-reversed order, the way back is
// decimated in time and expects it, so nothing is reordered. There, the partner
// m - k of row p is p with all bits below its highest one flipped.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_CONVERSION_SNNTOLINALG_FOURIER_H
#define SNN_LIB_CONVERSION_SNNTOLINALG_FOURIER_H

#include "../Emit.h"

namespace mlir::snn {

struct Complex {
  Value re, im;
};

/// Arithmetic on vectors of complex numbers.
struct ComplexEmit {
  Emit &emit;

  Complex add(Complex a, Complex b) {
    return {arith::AddFOp::create(emit, a.re, b.re),
            arith::AddFOp::create(emit, a.im, b.im)};
  }
  Complex sub(Complex a, Complex b) {
    return {arith::SubFOp::create(emit, a.re, b.re),
            arith::SubFOp::create(emit, a.im, b.im)};
  }
  Complex conj(Complex a) { return {a.re, arith::NegFOp::create(emit, a.im)}; }
  /// i a
  Complex turn(Complex a) { return {arith::NegFOp::create(emit, a.im), a.re}; }
  /// Each part is a product and a fused multiply-add: 2 u (Jeannerod et al.,
  /// 2017).
  Complex mul(Complex a, Complex b) {
    Value cross = arith::MulFOp::create(emit, a.im, b.im);
    Value other = arith::MulFOp::create(emit, a.im, b.re);
    return {math::FmaOp::create(emit, a.re, b.re,
                                arith::NegFOp::create(emit, cross)),
            math::FmaOp::create(emit, a.re, b.im, other)};
  }
};

/// Transforms of `size` complex rows, in place.
class Fourier {
public:
  Fourier(Emit &emit, int64_t size, VectorType type);

  Complex load(Emit &emit, Value rows, Value row) const;
  Value store(Emit &emit, Complex value, Value rows, Value row) const;
  Value emitForward(Emit &emit, Value rows, Value base, int64_t size) const;
  Value emitInverse(Emit &emit, Value rows, Value base, int64_t size) const;
  /// Runs the body for each pair of rows k and m - k but the first row.
  Value forPairs(
      Emit &emit, Value rows,
      function_ref<Value(Emit &, Value, Value, Complex, Value)> body) const;

  int64_t size;
  VectorType type;

private:
  /// A stage runs over rows [base + j + i * size / 4), i = 0 .. 3.
  using Butterfly = Value (Fourier::*)(Emit &, Value, Value, Value,
                                       int64_t) const;

  /// What a butterfly works on, and where it is.
  struct Quarters {
    Value rows[4];
    Complex values[4];
  };

  Complex getConstant(Emit &emit, Value table, Value row, int64_t column) const;
  /// w^(j power), w the root of `size`.
  Complex getTwiddle(Emit &emit, Value j, int64_t size, int64_t power) const;
  Quarters loadQuarters(Emit &emit, Value rows, Value base, Value j,
                        int64_t size) const;
  Value forward4(Emit &emit, Value rows, Value base, Value j,
                 int64_t size) const;
  Value inverse4(Emit &emit, Value rows, Value base, Value j,
                 int64_t size) const;
  Value emitStage(Emit &emit, Value rows, Value base, int64_t size,
                  Butterfly butterfly) const;
  /// A stage of each of the parts of `total` rows.
  Value emitStages(Emit &emit, Value rows, Value base, int64_t total,
                   int64_t size, Butterfly butterfly) const;
  Value emitStages2(Emit &emit, Value rows, Value base, int64_t total) const;
  bool isLarge(int64_t size) const;

  /// Row `firstTwiddle[s] + j`: w^j, w^2j, w^3j, w the root of s.
  Value twiddles;
  llvm::SmallDenseMap<int64_t, int64_t> firstTwiddle;
  /// Row p: the root of 2 m to the power of k, p being k with its bits
  /// reversed.
  Value turns;
};

} // namespace mlir::snn

#endif // SNN_LIB_CONVERSION_SNNTOLINALG_FOURIER_H
