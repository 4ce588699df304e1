//===- InputRange.cpp - What an input of a neuron may be ------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InputRange.h"
#include "snn/IR/SNN.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

#include <cmath>

using namespace mlir;
using namespace mlir::snn;

using Grid = GridCertificate::Grid;

std::optional<std::vector<double>> mlir::snn::getConstantNumbers(Value value) {
  if (auto splat = value.getDefiningOp<tensor::SplatOp>())
    value = splat.getInput();
  Attribute attribute;
  if (!matchPattern(value, m_Constant(&attribute)))
    return std::nullopt;
  if (auto number = dyn_cast<FloatAttr>(attribute))
    return std::vector<double>{number.getValueAsDouble()};
  if (auto number = dyn_cast<IntegerAttr>(attribute))
    return std::vector<double>{double(number.getInt())};
  std::vector<double> numbers;
  if (auto dense = dyn_cast<DenseFPElementsAttr>(attribute)) {
    for (APFloat number : dense.getValues<APFloat>())
      numbers.push_back(number.convertToDouble());
    return numbers;
  }
  auto dense = dyn_cast<DenseIntElementsAttr>(attribute);
  if (!dense)
    return std::nullopt;
  for (const APInt &number : dense.getValues<APInt>())
    numbers.push_back(double(number.getSExtValue()));
  return numbers;
}

/// The range, where the integers of the type hold it.
static std::optional<Grid> fit(double least, double most, Type type) {
  double end = std::ldexp(1.0, type.getIntOrFloatBitWidth() - 1);
  if (least < -end || most >= end)
    return std::nullopt;
  return Grid{0, least, most};
}

/// A sum of products with known weights, of which the largest row counts.
static std::optional<Grid> getLinearRange(LinearOp op, const Grid &x) {
  auto weights = getConstantNumbers(op.getWeight());
  auto bias = op.getBias() ? getConstantNumbers(op.getBias())
                           : std::vector<double>(1, 0.0);
  if (!weights || !bias)
    return std::nullopt;
  size_t rows = op.getWeight().getType().getDimSize(0);
  size_t columns = weights->size() / rows;
  double least = 0, most = 0;
  for (size_t row = 0; row != rows; ++row) {
    double low = 0, high = 0;
    for (size_t i = 0; i != columns; ++i) {
      double weight = (*weights)[row * columns + i];
      low += std::min({weight * x.least, weight * x.most, 0.0});
      high += std::max({weight * x.least, weight * x.most, 0.0});
    }
    least = std::min(least, low);
    most = std::max(most, high);
  }
  Grid start = Grid::ofNumbers(*bias);
  return fit(least + std::min(start.least, 0.0),
             most + std::max(start.most, 0.0),
             getElementTypeOrSelf(op.getOutput()));
}

static std::optional<Grid> getIntegerRange(Value value);

/// Of an op with two operands, both known.
static std::optional<Grid> getBinaryRange(Operation *op, const Grid &a,
                                          const Grid &b) {
  Type type = getElementTypeOrSelf(op->getResult(0));
  if (isa<arith::AddIOp>(op))
    return fit(a.least + b.least, a.most + b.most, type);
  if (isa<arith::SubIOp>(op))
    return fit(a.least - b.most, a.most - b.least, type);
  if (isa<arith::MaxSIOp>(op))
    return Grid{0, std::max(a.least, b.least), std::max(a.most, b.most)};
  if (isa<arith::MinSIOp>(op))
    return Grid{0, std::min(a.least, b.least), std::min(a.most, b.most)};
  if (!isa<arith::MulIOp>(op))
    return std::nullopt;
  double ends[] = {a.least * b.least, a.least * b.most, a.most * b.least,
                   a.most * b.most};
  return fit(*llvm::min_element(ends), *llvm::max_element(ends), type);
}

/// What the type alone tells; of i32 and wider, nothing that a sum allows.
static std::optional<Grid> getTypeRange(Value value) {
  unsigned width = getElementTypeOrSelf(value).getIntOrFloatBitWidth();
  if (width > 16)
    return std::nullopt;
  double end = std::ldexp(1.0, width - 1);
  return Grid{0, -end, end - 1};
}

static std::optional<Grid> getIntegerRange(Value value) {
  if (!isa<IntegerType>(getElementTypeOrSelf(value)))
    return std::nullopt;
  if (auto numbers = getConstantNumbers(value))
    return Grid::ofNumbers(*numbers);
  Operation *op = value.getDefiningOp();
  std::optional<Grid> found;
  if (auto cast = dyn_cast_if_present<arith::ExtUIOp>(op)) {
    unsigned width = getElementTypeOrSelf(cast.getIn()).getIntOrFloatBitWidth();
    return Grid{0, 0, std::ldexp(1.0, width) - 1};
  }
  if (auto cast = dyn_cast_if_present<arith::ExtSIOp>(op))
    return getIntegerRange(cast.getIn());
  if (auto linear = dyn_cast_if_present<LinearOp>(op)) {
    Value input = linear.getInput();
    auto x = getElementTypeOrSelf(input).isInteger(1) ? Grid{0, 0, 1}
                                                      : getIntegerRange(input);
    found = x ? getLinearRange(linear, *x) : std::nullopt;
  } else if (op && op->getNumOperands() == 2) {
    auto a = getIntegerRange(op->getOperand(0));
    auto b = getIntegerRange(op->getOperand(1));
    found = a && b ? getBinaryRange(op, *a, *b) : std::nullopt;
  }
  return found ? found : getTypeRange(value);
}

std::optional<Grid>
mlir::snn::getInputRange(Value value, const GridCertificate &certificate) {
  if (isa<IntegerType>(getElementTypeOrSelf(value)))
    return getIntegerRange(value);
  return certificate.get(value);
}
