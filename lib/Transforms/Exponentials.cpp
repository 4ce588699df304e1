//===- Exponentials.cpp - Sums of exponentials in a sequence --------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Exponentials.h"

#include <algorithm>
#include <cmath>

using namespace mlir::snn;
using llvm::ArrayRef;
using llvm::SmallVector;
using Number = std::complex<double>;

//===----------------------------------------------------------------------===//
// The sum
//===----------------------------------------------------------------------===//

Number mlir::snn::power(Number base, int64_t exponent) {
  Number result = 1;
  for (; exponent > 0; exponent /= 2) {
    if (exponent % 2 != 0)
      result *= base;
    base *= base;
  }
  return result;
}

double Exponentials::at(int64_t k) const {
  double sum = 0;
  for (const Term &term : terms)
    sum += (term.scale * power(term.base, k)).real();
  return sum;
}

static Number roundToFloat(Number number) {
  return {double(float(number.real())), double(float(number.imag()))};
}

void Exponentials::roundToFloat() {
  for (Term &term : terms) {
    term.base = ::roundToFloat(term.base);
    term.scale = ::roundToFloat(term.scale);
  }
}

bool Exponentials::isDecaying() const {
  return llvm::all_of(terms,
                      [](const Term &term) { return std::abs(term.base) < 1; });
}

double Exponentials::getTail(int64_t k) const {
  double sum = 0;
  for (const Term &term : terms) {
    double radius = std::abs(term.base);
    sum += std::abs(term.scale) * std::pow(radius, double(k)) / (1 - radius);
  }
  return sum;
}

/// A step of a state of at most 1/(1-r) rounds twice, or four times a complex
/// one, and as often again where steps are composed; each error decays by r.
/// Then come the end of the kernel and the factors.
double Exponentials::getErrorCoefficient(ArrayRef<double> values,
                                         double roundoff,
                                         bool subtractsTail) const {
  double error = subtractsTail ? 0 : getTail(values.size());
  for (auto [k, value] : llvm::enumerate(values))
    error += std::abs(value - at(k));
  double rounds = kind == ExponentialKind::Pair ? 8 : 4;
  for (const Term &term : terms) {
    double radius = std::abs(term.base), memory = 1 / (1 - radius);
    double end = subtractsTail ? std::pow(radius, double(values.size())) : 0.0;
    double input = 1 + end;
    error += std::abs(term.scale) * roundoff * memory *
             (rounds * input * memory + 3 * input + 1 + 3 * end);
  }
  return 1.01 * error; // terms of higher order
}

double mlir::snn::getAbsoluteSum(ArrayRef<double> values) {
  double sum = 0;
  for (double value : values)
    sum += std::abs(value);
  return sum;
}

//===----------------------------------------------------------------------===//
// Least squares
//===----------------------------------------------------------------------===//

/// Solves a small dense symmetric system; false where it is singular.
static bool solve(SmallVector<SmallVector<double>> matrix,
                  SmallVector<double> &right) {
  size_t size = right.size();
  for (size_t column = 0; column != size; ++column) {
    size_t pivot = column;
    for (size_t row = column + 1; row != size; ++row)
      if (std::abs(matrix[row][column]) > std::abs(matrix[pivot][column]))
        pivot = row;
    if (!(std::abs(matrix[pivot][column]) > 0))
      return false;
    std::swap(matrix[pivot], matrix[column]);
    std::swap(right[pivot], right[column]);
    for (size_t row = 0; row != size; ++row) {
      if (row == column)
        continue;
      double factor = matrix[row][column] / matrix[column][column];
      for (size_t i = column; i != size; ++i)
        matrix[row][i] -= factor * matrix[column][i];
      right[row] -= factor * right[column];
    }
  }
  for (size_t i = 0; i != size; ++i)
    right[i] /= matrix[i][i];
  return llvm::all_of(right, [](double x) { return std::isfinite(x); });
}

/// The least squares solution of `rows * x = right`, its columns scaled.
static std::optional<SmallVector<double>>
solveLeastSquares(ArrayRef<SmallVector<double>> rows, ArrayRef<double> right) {
  size_t size = rows.front().size();
  SmallVector<double> scales(size, 0), sums(size, 0);
  for (ArrayRef<double> row : rows)
    for (size_t i = 0; i != size; ++i)
      scales[i] += row[i] * row[i];
  for (double &scale : scales)
    scale = scale > 0 ? 1 / std::sqrt(scale) : 0;
  SmallVector<SmallVector<double>> matrix(size, SmallVector<double>(size, 0));
  for (auto [row, value] : llvm::zip(rows, right))
    for (size_t i = 0; i != size; ++i) {
      sums[i] += scales[i] * row[i] * value;
      for (size_t j = 0; j != size; ++j)
        matrix[i][j] += scales[i] * row[i] * scales[j] * row[j];
    }
  if (!solve(matrix, sums))
    return std::nullopt;
  for (size_t i = 0; i != size; ++i)
    sums[i] *= scales[i];
  return sums;
}

//===----------------------------------------------------------------------===//
// The fit
//===----------------------------------------------------------------------===//

/// The numbers p with `w[k + order] = sum of p[i] w[k + i]`, i < order.
static std::optional<SmallVector<double>> predict(ArrayRef<double> values,
                                                  size_t order) {
  SmallVector<SmallVector<double>> rows;
  SmallVector<double> right;
  for (size_t k = 0; k + order < values.size(); ++k) {
    rows.emplace_back(values.slice(k, order));
    right.push_back(values[k + order]);
  }
  return solveLeastSquares(rows, right);
}

/// The bases: roots of what predicts the next value.
static std::optional<SmallVector<Number>> findBases(ArrayRef<double> values,
                                                    ExponentialKind kind) {
  bool isOne = kind == ExponentialKind::One;
  auto next = predict(values, isOne ? 1 : 2);
  if (!next)
    return std::nullopt;
  if (isOne)
    return SmallVector<Number>{(*next)[0]};
  double half = (*next)[1] / 2, square = half * half + (*next)[0];
  bool isPair = kind == ExponentialKind::Pair;
  if (isPair != (square < 0))
    return std::nullopt;
  if (isPair)
    return SmallVector<Number>{Number(half, std::sqrt(-square))};
  return SmallVector<Number>{half + std::sqrt(square),
                             half - std::sqrt(square)};
}

/// The derivatives of `at(k)` in the scales and, if asked for, the bases.
static SmallVector<double> differentiate(const Exponentials &sum, int64_t k,
                                         bool inBases) {
  bool isPair = sum.kind == ExponentialKind::Pair;
  SmallVector<double> row;
  auto append = [&](Number factor) {
    row.push_back(factor.real());
    if (isPair)
      row.push_back(-factor.imag()); // Re(i f)
  };
  for (const Exponentials::Term &term : sum.terms)
    append(power(term.base, k));
  for (const Exponentials::Term &term : sum.terms)
    if (inBases)
      append(k == 0 ? 0.0 : term.scale * double(k) * power(term.base, k - 1));
  return row;
}

/// A step of Gauss and Newton; in the scales alone the exact solution.
static bool improve(Exponentials &sum, ArrayRef<double> values, bool inBases) {
  SmallVector<SmallVector<double>> rows;
  SmallVector<double> right;
  for (auto [k, value] : llvm::enumerate(values)) {
    rows.push_back(differentiate(sum, k, inBases));
    right.push_back(value - sum.at(k));
  }
  auto step = solveLeastSquares(rows, right);
  if (!step)
    return false;
  const double *next = step->begin();
  auto advance = [&](Number &number) {
    bool isPair = sum.kind == ExponentialKind::Pair;
    number += isPair ? Number(next[0], next[1]) : Number(next[0]);
    next += isPair ? 2 : 1;
  };
  for (Exponentials::Term &term : sum.terms)
    advance(term.scale);
  for (Exponentials::Term &term : sum.terms)
    if (inBases)
      advance(term.base);
  return true;
}

/// The largest difference from a value; powers that overflow differ most.
static double getResidual(const Exponentials &sum, ArrayRef<double> values) {
  double most = 0;
  for (auto [k, value] : llvm::enumerate(values))
    most = std::max(most, std::abs(value - sum.at(k)));
  return std::isfinite(sum.at(values.size() - 1)) ? most : HUGE_VAL;
}

std::optional<Exponentials> mlir::snn::fitExponentials(ArrayRef<double> values,
                                                       ExponentialKind kind,
                                                       double tolerance) {
  size_t numbers = kind == ExponentialKind::One ? 2 : 4;
  double largest = 0;
  for (double value : values)
    largest = std::max(largest, std::abs(value));
  // With fewer values, any would do.
  if (values.size() < 2 * numbers || !(largest > 0) || !std::isfinite(largest))
    return std::nullopt;
  auto bases = findBases(values, kind);
  if (!bases)
    return std::nullopt;
  Exponentials sum{kind, {}};
  for (Number base : *bases)
    sum.terms.push_back({base, 0.0});
  if (!improve(sum, values, /*inBases=*/false))
    return std::nullopt;
  Exponentials best = sum;
  double least = getResidual(best, values);
  constexpr int steps = 8;
  for (int i = 0; i < steps && improve(sum, values, /*inBases=*/true); ++i) {
    double residual = getResidual(sum, values);
    if (residual < least) {
      least = residual;
      best = sum;
    }
  }
  if (!(least <= tolerance * largest))
    return std::nullopt;
  return best;
}
