//===- Tensors.cpp - Executes ops of the tensor dialect -------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Interpreter.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cstring>

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::reference;

static int64_t getBytes(const Tensor &tensor) {
  return getElement(tensor.elementType)->getBytes();
}

/// The element at indices of all dimensions.
static int64_t getOffset(ArrayRef<int64_t> indices, ArrayRef<int64_t> shape) {
  int64_t offset = 0;
  for (auto [index, size] : llvm::zip_equal(indices, shape))
    offset = offset * size + index;
  return offset;
}

static LogicalResult checkIndices(Operation *op, ArrayRef<int64_t> indices,
                                  ArrayRef<int64_t> shape) {
  for (auto [index, size] : llvm::zip_equal(indices, shape))
    if (index < 0 || index >= size)
      return op->emitOpError("expected indices inside of [")
             << shape << "], but got [" << indices << "]";
  return success();
}

namespace {
/// The part of a tensor that a slice op names.
struct Slice {
  SmallVector<int64_t> offsets, sizes, strides;

  LogicalResult check(Operation *op, ArrayRef<int64_t> shape) const {
    for (auto [offset, size, stride, extent] :
         llvm::zip_equal(offsets, sizes, strides, shape)) {
      __int128 last = __int128(offset) + (__int128(size) - 1) * stride;
      bool fits = size == 0 || (offset >= 0 && offset < extent && last >= 0 &&
                                last < extent);
      if (size < 0 || !fits)
        return op->emitOpError("expected a slice inside of [")
               << shape << "], but got offsets [" << ArrayRef(offsets)
               << "], sizes [" << ArrayRef(sizes) << "] and strides ["
               << ArrayRef(strides) << "]";
    }
    return success();
  }

  /// Calls `visit` with the offset of each element in the tensor, in order.
  void forEach(ArrayRef<int64_t> shape,
               function_ref<void(int64_t)> visit) const {
    if (getProduct(sizes) == 0)
      return;
    SmallVector<int64_t> indices(sizes.size(), 0), at(sizes.size());
    do {
      for (size_t dim = 0; dim != at.size(); ++dim)
        at[dim] = offsets[dim] + indices[dim] * strides[dim];
      visit(getOffset(at, shape));
    } while (advance(indices, sizes));
  }
};
} // namespace

LogicalResult Interpreter::runTensor(Operation &op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(&op)
      .Case<tensor::EmptyOp, tensor::SplatOp, tensor::FromElementsOp,
            tensor::DimOp, tensor::RankOp, tensor::CastOp, tensor::ExtractOp,
            tensor::InsertOp, tensor::ExtractSliceOp, tensor::InsertSliceOp,
            tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::ConcatOp,
            tensor::PadOp, tensor::GenerateOp>([&](auto op) { return run(op); })
      .Default([](Operation *op) {
        return op->emitOpError("expected an op that the interpreter knows, but "
                               "got this one");
      });
}

LogicalResult Interpreter::run(tensor::EmptyOp op) {
  SmallVector<int64_t> shape = getIntegers(op.getMixedSizes());
  Type element = getElementType(op);
  if (failed(checkSize(op, element, shape)))
    return failure();
  return set(op, op, makeTensor(element, shape));
}

LogicalResult Interpreter::run(tensor::SplatOp op) {
  SmallVector<int64_t> shape(op.getType().getShape());
  unsigned next = 0;
  for (int64_t &size : shape)
    if (ShapedType::isDynamic(size))
      size = getInteger(op.getDynamicSizes()[next++]);
  if (failed(checkSize(op, getElementType(op), shape)))
    return failure();
  Tensor tensor = makeTensor(getElementType(op), shape);
  const std::vector<char> &number = get(op.getInput())->data;
  for (size_t at = 0; at != tensor.data.size(); at += number.size())
    std::memcpy(tensor.data.data() + at, number.data(), number.size());
  return set(op, op, std::move(tensor));
}

LogicalResult Interpreter::run(tensor::FromElementsOp op) {
  Tensor tensor{
      getElementType(op), SmallVector<int64_t>(op.getType().getShape()), {}};
  for (Value value : op.getElements())
    llvm::append_range(tensor.data, get(value)->data);
  return set(op, op, std::move(tensor));
}

LogicalResult Interpreter::run(tensor::DimOp op) {
  TensorRef source = get(op.getSource());
  int64_t index = getInteger(op.getIndex());
  if (index < 0 || index >= int64_t(source->shape.size()))
    return op.emitOpError("expected a dimension of ")
           << op.getSource().getType() << ", but got " << index;
  return set(op, op, encode<int64_t>({source->shape[index]}, op.getType(), {}));
}

LogicalResult Interpreter::run(tensor::RankOp op) {
  int64_t rank = get(op.getTensor())->shape.size();
  return set(op, op, encode<int64_t>({rank}, op.getType(), {}));
}

LogicalResult Interpreter::run(tensor::CastOp op) {
  return set(op, op, get(op.getSource()));
}

LogicalResult Interpreter::run(tensor::ExtractOp op) {
  const Tensor &source = *get(op.getTensor());
  SmallVector<int64_t> indices;
  for (Value index : op.getIndices())
    indices.push_back(getInteger(index));
  if (failed(checkIndices(op, indices, source.shape)))
    return failure();
  Tensor number = makeTensor(source.elementType, {});
  int64_t bytes = getBytes(source);
  std::memcpy(number.data.data(),
              source.data.data() + getOffset(indices, source.shape) * bytes,
              bytes);
  return set(op, op, std::move(number));
}

LogicalResult Interpreter::run(tensor::InsertOp op) {
  Tensor tensor = *get(op.getDest());
  SmallVector<int64_t> indices;
  for (Value index : op.getIndices())
    indices.push_back(getInteger(index));
  if (failed(checkIndices(op, indices, tensor.shape)))
    return failure();
  int64_t bytes = getBytes(tensor);
  std::memcpy(tensor.data.data() + getOffset(indices, tensor.shape) * bytes,
              get(op.getScalar())->data.data(), bytes);
  return set(op, op, std::move(tensor));
}

LogicalResult Interpreter::run(tensor::ExtractSliceOp op) {
  const Tensor &source = *get(op.getSource());
  Slice slice{getIntegers(op.getMixedOffsets()),
              getIntegers(op.getMixedSizes()),
              getIntegers(op.getMixedStrides())};
  if (failed(slice.check(op, source.shape)))
    return failure();
  SmallVector<int64_t> shape;
  llvm::SmallBitVector dropped = op.getDroppedDims();
  for (auto [dim, size] : llvm::enumerate(slice.sizes))
    if (!dropped.test(dim))
      shape.push_back(size);
  Tensor tensor = makeTensor(source.elementType, shape);
  int64_t bytes = getBytes(source);
  char *data = tensor.data.data();
  slice.forEach(source.shape, [&](int64_t offset) {
    std::memcpy(data, source.data.data() + offset * bytes, bytes);
    data += bytes;
  });
  return set(op, op, std::move(tensor));
}

LogicalResult Interpreter::run(tensor::InsertSliceOp op) {
  Tensor tensor = *get(op.getDest());
  const Tensor &source = *get(op.getSource());
  Slice slice{getIntegers(op.getMixedOffsets()),
              getIntegers(op.getMixedSizes()),
              getIntegers(op.getMixedStrides())};
  if (failed(slice.check(op, tensor.shape)))
    return failure();
  if (getProduct(slice.sizes) != source.getNumElements())
    return op.emitOpError("expected a source of the slice's sizes [")
           << ArrayRef(slice.sizes) << "], but got [" << ArrayRef(source.shape)
           << "]";
  int64_t bytes = getBytes(source);
  const char *data = source.data.data();
  slice.forEach(tensor.shape, [&](int64_t offset) {
    std::memcpy(tensor.data.data() + offset * bytes, data, bytes);
    data += bytes;
  });
  return set(op, op, std::move(tensor));
}

LogicalResult Interpreter::run(tensor::ExpandShapeOp op) {
  Tensor tensor = *get(op.getSrc());
  SmallVector<int64_t> shape = getIntegers(op.getMixedOutputShape());
  for (auto [dim, group] : llvm::enumerate(op.getReassociationIndices())) {
    __int128 product = 1;
    for (int64_t index : group)
      product *=
          shape[index] < 0 ? -1 : std::min(shape[index], int64_t(1) << 40);
    if (product != tensor.shape[dim])
      return op.emitOpError("expected sizes whose product is dimension ")
             << dim << " of [" << ArrayRef(tensor.shape) << "], but got ["
             << ArrayRef(shape) << "]";
  }
  tensor.shape = shape;
  return set(op, op, std::move(tensor));
}

LogicalResult Interpreter::run(tensor::CollapseShapeOp op) {
  Tensor tensor = *get(op.getSrc());
  SmallVector<int64_t> shape;
  for (const ReassociationIndices &group : op.getReassociationIndices()) {
    shape.push_back(1);
    for (int64_t index : group)
      shape.back() *= tensor.shape[index];
  }
  tensor.shape = shape;
  return set(op, op, std::move(tensor));
}

LogicalResult Interpreter::run(tensor::ConcatOp op) {
  int64_t dim = op.getDim();
  SmallVector<int64_t> shape(get(op.getInputs().front())->shape);
  shape[dim] = 0;
  for (Value input : op.getInputs()) {
    ArrayRef<int64_t> sizes = get(input)->shape;
    for (size_t other = 0; other != shape.size(); ++other)
      if (int64_t(other) != dim && sizes[other] != shape[other])
        return op.emitOpError("expected inputs that differ in dimension ")
               << dim << " only, but got [" << ArrayRef(shape) << "] and ["
               << sizes << "]";
    shape[dim] += sizes[dim];
  }
  if (failed(checkSize(op, getElementType(op), shape)))
    return failure();
  Tensor tensor{getElementType(op), shape, {}};
  int64_t outer = getProduct(ArrayRef(shape).take_front(dim));
  for (int64_t i = 0; i != outer; ++i)
    for (Value input : op.getInputs()) {
      const std::vector<char> &data = get(input)->data;
      int64_t bytes = data.size() / outer;
      tensor.data.insert(tensor.data.end(), data.begin() + i * bytes,
                         data.begin() + (i + 1) * bytes);
    }
  return set(op, op, std::move(tensor));
}

LogicalResult Interpreter::run(tensor::PadOp op) {
  const Tensor &source = *get(op.getSource());
  SmallVector<int64_t> low = getIntegers(op.getMixedLowPad());
  SmallVector<int64_t> high = getIntegers(op.getMixedHighPad()), shape;
  for (auto [before, size, after] : llvm::zip_equal(low, source.shape, high)) {
    if (before < 0 || after < 0)
      return op.emitOpError("expected paddings >= 0, but got low [")
             << ArrayRef(low) << "] and high [" << ArrayRef(high) << "]";
    shape.push_back(before + size + after);
  }
  if (failed(checkSize(op, getElementType(op), shape)))
    return failure();
  FailureOr<const Program *> program = getProgram(op, op.getRegion().front());
  if (failed(program))
    return failure();
  Frame frame(**program);
  if (failed(bind(op, frame)))
    return failure();
  Tensor tensor = makeTensor(source.elementType, shape);
  StoreFn store = getStore(*getElement(source.elementType));
  int64_t bytes = getBytes(source), count = tensor.getNumElements();
  SmallVector<int64_t> indices(shape.size(), 0);
  char *data = tensor.data.data();
  for (int64_t i = 0; i != count; ++i, data += bytes, advance(indices, shape)) {
    bool isInside = true;
    SmallVector<int64_t> at;
    for (size_t dim = 0; dim != shape.size(); ++dim) {
      at.push_back(indices[dim] - low[dim]);
      isInside &= at[dim] >= 0 && at[dim] < source.shape[dim];
    }
    if (isInside) {
      std::memcpy(data,
                  source.data.data() + getOffset(at, source.shape) * bytes,
                  bytes);
      continue;
    }
    for (auto [index, place] : llvm::zip_equal(indices, (*program)->arguments))
      frame.registers[place].i = index;
    if (failed(frame.run()))
      return failure();
    store(data, frame.registers[(*program)->results.front()]);
  }
  return set(op, op, std::move(tensor));
}

LogicalResult Interpreter::run(tensor::GenerateOp op) {
  SmallVector<int64_t> shape(op.getType().getShape());
  unsigned next = 0;
  for (int64_t &size : shape)
    if (ShapedType::isDynamic(size))
      size = getInteger(op.getDynamicExtents()[next++]);
  if (failed(checkSize(op, getElementType(op), shape)))
    return failure();
  FailureOr<const Program *> program = getProgram(op, op.getBody().front());
  if (failed(program))
    return failure();
  Frame frame(**program);
  if (failed(bind(op, frame)))
    return failure();
  Tensor tensor = makeTensor(getElementType(op), shape);
  StoreFn store = getStore(*getElement(tensor.elementType));
  int64_t bytes = getBytes(tensor), count = tensor.getNumElements();
  SmallVector<int64_t> indices(shape.size(), 0);
  for (int64_t i = 0; i != count; ++i, advance(indices, shape)) {
    for (auto [index, place] : llvm::zip_equal(indices, (*program)->arguments))
      frame.registers[place].i = index;
    if (failed(frame.run()))
      return failure();
    store(tensor.data.data() + i * bytes,
          frame.registers[(*program)->results.front()]);
  }
  return set(op, op, std::move(tensor));
}
