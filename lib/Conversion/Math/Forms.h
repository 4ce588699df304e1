//===- Forms.h - The forms of docs/math.md ----------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_CONVERSION_MATH_FORMS_H
#define SNN_LIB_CONVERSION_MATH_FORMS_H

#include "Number.h"

namespace mlir::snn {

//===--- Functions of f32 and f64 -----------------------------------------===//

Number buildExp(Number x);
Number buildExpm1(Number x);
Number buildTanh(Number x);
Number buildLog(Number x);
Number buildLog1p(Number x);
Number buildPow(Number x, Number y);
Number buildSin(Number x);
Number buildCos(Number x);
Number buildRsqrt(Number x);
/// The nearest integer, halves away from zero.
Number buildRound(Number x);
/// What is left of x after whole multiples of y, exactly.
Number buildRemainder(Number x, Number y);
/// Of maximumf, minimumf, maxnumf and minnumf.
Number buildMaximum(Number x, Number y);
Number buildMinimum(Number x, Number y);
Number buildMaxNum(Number x, Number y);
Number buildMinNum(Number x, Number y);

//===--- Parts that forms share -------------------------------------------===//

/// x = n ln 2 + r, and q = e^r - 1 - r.
struct Reduced {
  Number n, r, q;
};
/// Of x, or of x + low.
Reduced reduceExp(Number x, const Number *low = nullptr);
/// e^x from its parts.
Number finishExp(const Reduced &parts);
/// x where neither overflow nor underflow has long been certain.
Number clampExp(Number x);

/// x = 2^k (1 + f) with 1 + f from sqrt(1/2) to sqrt(2).
struct SplitNumber {
  Number k, f;
};
SplitNumber splitNormal(Number x);
/// Of subnormal numbers too.
SplitNumber splitAny(Number x);

/// ln 2 in two parts: the product of the first and any exponent is exact.
struct Ln2 {
  double high, low;
};
Ln2 getLn2(Number x);

} // namespace mlir::snn

#endif // SNN_LIB_CONVERSION_MATH_FORMS_H
