//===- Data.cpp - Values of a random model's arguments --------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Testing/Generator.h"

#include "llvm/ADT/APFloat.h"

#include <cstring>

using namespace mlir;
using namespace mlir::snn::testing;

/// The smallest positive number of a type.
static double getSmallest(Type element) {
  const llvm::fltSemantics &semantics =
      cast<FloatType>(element).getFloatSemantics();
  return std::ldexp(1.0, llvm::APFloat::semanticsMinExponent(semantics) -
                             int(llvm::APFloat::semanticsPrecision(semantics)) +
                             1);
}

static double roundTo(double value, double grid) {
  return std::nearbyint(value / grid) * grid;
}

static double drawAnalog(Random &random, const DataSpec &spec, Type element) {
  double scale = spec.scale, normal = random.normal();
  switch (spec.family) {
  case Family::Normal:
    return normal * scale;
  case Family::BinaryGrid:
    return roundTo(normal * scale, std::ldexp(1.0, std::ilogb(scale) - 3));
  case Family::DecimalGrid:
    return roundTo(normal * scale, std::pow(10, std::floor(std::log10(scale))));
  case Family::Cancellation:
    return normal * scale *
           (!random.chance(0.03) ? 1
            : element.isF16()    ? 100
                                 : 1e5);
  case Family::Sparse:
    return random.chance(0.01) ? normal * scale * 10
                               : std::copysign(0.0, normal);
  case Family::AllEqual:
    return spec.equal;
  case Family::Subnormal:
    return double(random.between(-8, 8)) * getSmallest(element);
  }
  llvm_unreachable("no such family");
}

static double drawNumber(Random &random, const DataSpec &spec, Type element) {
  switch (spec.content) {
  case Content::Analog:
    if (isa<IntegerType>(element))
      return double(random.between(-9, 9));
    return drawAnalog(random, spec, element);
  case Content::Spikes:
    return random.chance(spec.scale) ? 1 : 0;
  case Content::Counts:
    return double(random.below(4));
  case Content::Positive: {
    double value = spec.scale * random.uniform(0.75, 1.5);
    if (random.chance(0.5)) // sums reach it
      value = roundTo(value, std::ldexp(1.0, std::ilogb(spec.scale) - 3));
    return std::max(value, getSmallest(element));
  }
  case Content::Fraction:
    return random.chance(0.1) ? double(random.below(2)) : random.uniform();
  case Content::Zero:
    return 0;
  }
  llvm_unreachable("no such content");
}

/// The bits of a number, rounded to the element type.
static uint64_t getBits(double value, Type element) {
  if (isa<IntegerType>(element))
    return uint64_t(int64_t(value));
  llvm::APFloat number(value);
  bool losesInfo;
  number.convert(cast<FloatType>(element).getFloatSemantics(),
                 llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  return number.bitcastToAPInt().getZExtValue();
}

std::vector<char> mlir::snn::testing::drawData(Random &random,
                                               const DataSpec &spec,
                                               Type element, int64_t count) {
  size_t width = (element.getIntOrFloatBitWidth() + 7) / 8;
  std::vector<char> data(width * count);
  for (int64_t i = 0; i < count; ++i) {
    uint64_t bits = getBits(drawNumber(random, spec, element), element);
    std::memcpy(data.data() + i * width, &bits, width); // little-endian
  }
  return data;
}
