//===- Exponentials.h - Sums of exponentials in a sequence ------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_TRANSFORMS_EXPONENTIALS_H
#define SNN_LIB_TRANSFORMS_EXPONENTIALS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <complex>
#include <optional>

namespace mlir::snn {

enum class ExponentialKind {
  One,  ///< c a^k
  Two,  ///< c a^k + d b^k
  Pair, ///< Re(c a^k), a and c complex
};

/// A sequence `w[k]`, the sum of the real parts of some `scale * base^k`.
struct Exponentials {
  struct Term {
    std::complex<double> base, scale;
  };
  ExponentialKind kind;
  llvm::SmallVector<Term, 2> terms;

  double at(int64_t k) const;
  /// All numbers become numbers of f32.
  void roundToFloat();
  /// Whether all bases are less than 1 in magnitude.
  bool isDecaying() const;
  /// The sum of all that is at `k` and behind it is at most this.
  double getTail(int64_t k) const;
  /// By how much a recurrence, whose operations are rounded by `roundoff`,
  /// differs at most from the exact convolution with `values`, in units of the
  /// largest input. It ends with the values where it subtracts what is behind.
  double getErrorCoefficient(llvm::ArrayRef<double> values, double roundoff,
                             bool subtractsTail) const;
};

/// The power, by squaring: 1 where the exponent is 0, whatever the base.
std::complex<double> power(std::complex<double> base, int64_t exponent);

double getAbsoluteSum(llvm::ArrayRef<double> values);

/// The sum that differs by at most `tolerance` times the largest value from
/// each value, if there is one. Linear prediction finds the bases, least
/// squares all numbers.
std::optional<Exponentials> fitExponentials(llvm::ArrayRef<double> values,
                                            ExponentialKind kind,
                                            double tolerance);

} // namespace mlir::snn

#endif // SNN_LIB_TRANSFORMS_EXPONENTIALS_H
