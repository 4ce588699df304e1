//===- Sums.cpp - Sums of products in any order ---------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Replayer.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::testing;

/// The number of terms of a sum of the op, beside a bias.
static int64_t getNumTerms(Operation *op) {
  return llvm::TypeSwitch<Operation *, int64_t>(op)
      .Case<LinearOp, Conv2dOp>([](auto op) {
        return getProduct(op.getWeight().getType().getShape().drop_front());
      })
      .Case<SumPool2dOp, AvgPool2dOp>(
          [](auto op) { return getProduct(op.getKernel()); })
      .Case([](TemporalConvOp op) { return op.getNumTaps(); });
}

/// All numbers of the array are multiples of 2 to this; a lot for zeros.
static int getLastBit(const Array &array) {
  int least = std::numeric_limits<int>::max() / 4;
  if (!array.format.isFloat)
    return 0;
  for (double value : array.values)
    if (value != 0)
      least = std::min(least, testing::getLastBit(value));
  return least;
}

namespace {
/// The bounds of sums, for any order of their terms.
struct Bounds {
  int64_t terms;
  const Array *counts = nullptr; ///< of the terms; null: always all
  Format format;                 ///< of the accumulator
  double exactBelow;             ///< sums of magnitudes are exact

  /// `magnitude` sums those of all terms, `error` what operands bring along.
  double get(int64_t at, double magnitude, double error) const {
    double count = counts ? counts->values[at] : double(terms);
    if (error == 0 && magnitude < exactBelow)
      return 0;
    // A product, a sum, and the bias: a rounding more than there are terms.
    double k = (count + 1) * format.unit,
           gamma = k < 0.5 ? k / (1 - k) : HUGE_VAL;
    double bound =
        error + gamma * (magnitude + error) + (count + 1) * format.tiny;
    return magnitude + bound <= format.largest ? bound : HUGE_VAL;
  }
};
} // namespace

/// Below this, a sum of magnitudes says that every order of the sum is exact:
/// all terms are multiples of one power of two.
static double getExactLimit(ArrayRef<const Array *> operands, bool isConv,
                            const Format &format) {
  int last = getLastBit(*operands[0]);
  if (operands.size() > 1)
    last += getLastBit(*operands[1]);
  for (const Array *operand :
       operands.drop_front(std::min<size_t>(2, operands.size())))
    if (operand->format.isFloat) // the bias, or the input before
      last = std::min(last, getLastBit(*operand) +
                                (isConv ? getLastBit(*operands[1]) : 0));
  if (last < format.leastExponent)
    return 0;
  return std::ldexp(1.0, std::min(last + int(format.precision), 1000));
}

LogicalResult Replayer::runSums(Operation &op) {
  Type element = getElementType(op.getResult(0));
  SmallVector<const Array *> operands;
  bool hasErrors = false, hasOpen = false;
  for (Value operand : op.getOperands()) {
    operands.push_back(&get(operand));
    hasErrors |= operands.back()->hasErrors();
    hasOpen |= operands.back()->hasOpen();
  }
  // The sums with a part of each operand: the input, the weights, the rest.
  auto sum = [&](Part input, Part weight, Part rest) {
    return evaluate(&op, [=](unsigned i) {
      bool isOffset = i > 0 && !operands[i]->format.isFloat;
      return isOffset ? Part::Value : i == 0 ? input : i == 1 ? weight : rest;
    });
  };
  auto moved = sum(Part::Value, Part::Value, Part::Value);
  if (failed(moved))
    return failure();
  std::vector<Array> results;
  for (auto [value, tensor] : llvm::zip_equal(op.getResults(), *moved))
    results.emplace_back(getElementType(value), tensor);
  Array &sums = results[0];
  if (!sums.format.isFloat) {
    llvm::fill(sums.open, hasOpen);
    return setAll(&op, std::move(results));
  }
  SmallVector<Array> parts;
  auto addPart = [&](bool isNeeded, Part input, Part weight, Part rest) {
    parts.emplace_back(element, ArrayRef<int64_t>());
    if (!isNeeded)
      return success();
    auto tensors = sum(input, weight, rest);
    if (failed(tensors))
      return failure();
    parts.back() = Array(element, tensors->front());
    // A convolution also gives its last inputs.
    if (input == Part::Error && results.size() > 1)
      results[1].errors = Array(element, tensors->back()).values;
    return success();
  };
  bool isPool = isa<SumPool2dOp, AvgPool2dOp>(op);
  bool isConv = isa<TemporalConvOp>(op);
  bool counts = !operands[0]->format.isFloat && !isPool;
  if (failed(
          addPart(true, Part::Magnitude, Part::Magnitude, Part::Magnitude)) ||
      failed(addPart(hasErrors, Part::Most, Part::Most, Part::Most)) ||
      // An open spike is its weight, or nothing.
      failed(addPart(hasOpen, Part::Mask, Part::Most, Part::Mask)) ||
      // A silent spike is no term.
      failed(addPart(counts, Part::Magnitude, Part::One, Part::One)) ||
      failed(addPart(hasErrors && isConv, Part::Error, Part::Magnitude,
                     Part::Error)))
    return failure();
  Format format = Format::get(getAccumulatorType(element));
  Bounds bounds{getNumTerms(&op), counts ? &parts[3] : nullptr, format, 0};
  if (!isa<AvgPool2dOp>(op))
    bounds.exactBelow = getExactLimit(operands, isConv, format);
  double factor = getFactor(&op);
  for (int64_t at = 0, end = sums.size(); at != end; ++at) {
    double magnitude = parts[0].values[at], error = 0;
    if (hasErrors) // what the f64 of the two sums may have lost, too
      error = parts[1].values[at] - magnitude + 0x1p-40 * parts[1].values[at];
    if (hasOpen)
      error += parts[2].values[at];
    Number number = Number::ofFloat(sums.values[at],
                                    factor * bounds.get(at, magnitude, error));
    if (format.precision != sums.format.precision)
      round(number, sums.format, 1, /*isExact=*/true);
    sums.set(at, number);
  }
  return setAll(&op, std::move(results));
}
