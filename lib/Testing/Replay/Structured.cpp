//===- Structured.cpp - Structured ops on numbers with bounds
//---------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Replayer.h"

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::testing;

/// Advances indices in row-major order; false after the last.
static bool advance(MutableArrayRef<int64_t> indices, ArrayRef<int64_t> shape) {
  for (size_t dim = shape.size(); dim-- != 0;) {
    if (++indices[dim] < shape[dim])
      return true;
    indices[dim] = 0;
  }
  return false;
}

/// Where a point of the loops is in an operand; negative outside of it.
static int64_t getOffset(AffineMap map, ArrayRef<int64_t> shape,
                         ArrayRef<int64_t> point) {
  int64_t offset = 0;
  for (auto [dim, expression] : llvm::enumerate(map.getResults())) {
    auto loop = dyn_cast<AffineDimExpr>(expression);
    int64_t index = loop ? point[loop.getPosition()]
                         : map.getSubMap(unsigned(dim)).compose(point).front();
    if (index < 0 || index >= shape[dim])
      return -1;
    offset = offset * shape[dim] + index;
  }
  return offset;
}

LogicalResult Replayer::runStructured(linalg::LinalgOp op) {
  AffineMap toLoops = op.getShapesToLoopsMap();
  if (!op.hasPureTensorSemantics() || !toLoops)
    return op.emitOpError("expected an op on tensors whose sizes give those of "
                          "the loops");
  Block &block = *op.getBlock();
  FailureOr<const Step *> step = getStep(op, &block);
  if (failed(step))
    return failure();
  Frame frame(**step);
  if (failed(bind(op, frame)))
    return failure();
  unsigned numInputs = op.getNumDpsInputs();
  std::vector<Array> results;
  for (OpOperand &init : op.getDpsInitsMutable())
    results.push_back(get(init.get()));
  SmallVector<int64_t> sizes;
  SmallVector<AffineMap> maps;
  auto getArray = [&](unsigned i) -> const Array & {
    return i < numInputs ? get(op->getOperand(i)) : results[i - numInputs];
  };
  for (OpOperand &operand : op->getOpOperands()) {
    maps.push_back(op.getMatchingIndexingMap(&operand));
    llvm::append_range(sizes, getArray(operand.getOperandNumber()).shape);
  }
  SmallVector<int64_t> loops = toLoops.compose(sizes);
  frame.indices.assign(loops.size(), 0);
  if (getProduct(loops) == 0)
    return setAll(op, std::move(results));
  SmallVector<int64_t> offsets(maps.size());
  do {
    for (unsigned i = 0; i != maps.size(); ++i) {
      offsets[i] = getOffset(maps[i], getArray(i).shape, frame.indices);
      if (offsets[i] < 0)
        return op.emitOpError("expected indices inside of the operands");
      // A map's region may have no argument for its result.
      if (i < block.getNumArguments())
        frame.registers[(*step)->arguments[i]] = getArray(i).get(offsets[i]);
    }
    if (failed(frame.run()))
      return failure();
    for (unsigned i = 0; i != results.size(); ++i)
      results[i].set(offsets[numInputs + i], frame.result(i));
  } while (advance(frame.indices, loops));
  result->points += frame.points.all;
  result->band += frame.points.open;
  return setAll(op, std::move(results));
}

/// Along one dimension: the maximum, differences to it, their exponentials,
/// their sum, quotients.
LogicalResult Replayer::runSoftmax(Operation &op) {
  auto softmax = cast<linalg::SoftmaxOp>(op);
  const Array &input = get(softmax.getInput());
  Array array = input;
  int64_t dim = softmax.getDimension(), size = input.shape[dim];
  int64_t inner = getProduct(ArrayRef(input.shape).drop_front(dim + 1));
  const Format &format = array.format;
  for (int64_t row = 0, rows = array.size() / std::max<int64_t>(size, 1);
       row != rows; ++row) {
    int64_t begin = row / inner * size * inner + row % inner;
    Number largest = array.get(begin), sum = Number::ofFloat(0);
    for (int64_t i = 1; i < size; ++i) {
      Number value = array.get(begin + i * inner);
      largest = Number::ofFloat(std::max(largest.value, value.value),
                                std::max(largest.error, value.error));
    }
    for (int64_t i = 0; i < size; ++i) {
      Number x = subtract(array.get(begin + i * inner), largest, format, 1);
      Number e = Number::ofFloat(std::exp(x.value));
      e.error = std::exp(x.most()) - e.value;
      for (int rounding = 0; rounding != 3; ++rounding)
        round(e, format, 1, /*isExact=*/false);
      sum = add(sum, e, format, 1);
      array.set(begin + i * inner, e);
    }
    for (int64_t i = 0; i < size; ++i)
      array.set(begin + i * inner,
                divide(array.get(begin + i * inner), sum, format, 1));
  }
  return set(&op, op.getResult(0), std::move(array));
}

LogicalResult Replayer::runGenerate(tensor::GenerateOp op) {
  FailureOr<const Step *> step = getStep(op, &op.getBody().front());
  if (failed(step))
    return failure();
  Frame frame(**step);
  if (failed(bind(op, frame)))
    return failure();
  SmallVector<int64_t> shape(op.getType().getShape());
  auto extents = op.getDynamicExtents().begin();
  for (int64_t &size : shape)
    if (ShapedType::isDynamic(size))
      size = get(*extents++).get(0).integer;
  Array array(getElementType(op.getResult()), ArrayRef<int64_t>(shape));
  SmallVector<int64_t> indices(shape.size());
  for (int64_t at = 0, end = array.size(); at != end; ++at) {
    for (auto [place, index] : llvm::zip_equal((*step)->arguments, indices))
      frame.registers[place] = Number::ofInt(index);
    if (failed(frame.run()))
      return failure();
    array.set(at, frame.result(0));
    advance(indices, shape);
  }
  return set(op, op.getResult(), std::move(array));
}
