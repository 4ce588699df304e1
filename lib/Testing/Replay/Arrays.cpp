//===- Arrays.cpp - Values of a replay, and ops that move them ------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Replayer.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::testing;

int64_t testing::getProduct(ArrayRef<int64_t> shape) {
  int64_t product = 1;
  for (int64_t size : shape)
    product *= size;
  return product;
}

static int64_t getBytes(const Format &format) {
  return llvm::PowerOf2Ceil((format.width + 7) / 8);
}

template <typename T> static T read(const char *data) {
  T value;
  std::memcpy(&value, data, sizeof(T));
  return value;
}

Number testing::getElement(const reference::Tensor &tensor, Type type,
                           int64_t at) {
  Format format = Format::get(tensor.elementType ? tensor.elementType : type);
  const char *data = tensor.data.data() + at * getBytes(format);
  if (tensor.elementType.isF64())
    return Number::ofFloat(read<double>(data));
  if (tensor.elementType.isF32())
    return Number::ofFloat(read<float>(data));
  if (auto narrow = dyn_cast<FloatType>(tensor.elementType))
    return Number::ofFloat(
        APFloat(narrow.getFloatSemantics(), APInt(16, read<uint16_t>(data)))
            .convertToDouble());
  switch (getBytes(format)) {
  case 1:
    return Number::ofInt(read<int8_t>(data));
  case 2:
    return Number::ofInt(read<int16_t>(data));
  case 4:
    return Number::ofInt(read<int32_t>(data));
  default:
    return Number::ofInt(read<int64_t>(data));
  }
}

Array::Array(Type type, ArrayRef<int64_t> shape)
    : type(type), format(Format::get(type)), shape(shape) {
  int64_t count = getProduct(shape);
  if (format.isFloat) {
    values.resize(count);
    errors.resize(count);
  } else {
    integers.resize(count);
    open.resize(count);
  }
}

Array::Array(Type type, const reference::Tensor &tensor)
    : Array(type, ArrayRef<int64_t>(tensor.shape)) {
  for (int64_t at = 0, end = size(); at != end; ++at)
    set(at, getElement(tensor, type, at));
}

int64_t Array::size() const { return getProduct(shape); }

bool Array::hasErrors() const {
  return llvm::any_of(errors, [](double error) { return error != 0; });
}

bool Array::hasOpen() const {
  return llvm::any_of(open, [](char isOpen) { return isOpen; });
}

/// A part of an array in the arithmetic of f64.
static reference::Tensor toTensor(const Array &array, Part part) {
  Type type = array.format.isFloat ? Float64Type::get(array.type.getContext())
                                   : array.type;
  reference::Tensor tensor{type, array.shape, {}};
  int64_t bytes = array.format.isFloat ? 8 : getBytes(array.format);
  tensor.data.resize(array.size() * bytes);
  char *data = tensor.data.data();
  auto getFloat = [&](int64_t at) -> double {
    double value = array.values[at], error = array.errors[at];
    switch (part) {
    case Part::Error:
      return error;
    case Part::Magnitude:
      return std::fabs(value);
    case Part::Most:
      return std::fabs(value) + error;
    case Part::Mask:
      return 0;
    case Part::One:
      return 1;
    case Part::Value:
      return value;
    }
    llvm_unreachable("unknown part");
  };
  // Of an open bit both values count where magnitudes do.
  auto getInt = [&](int64_t at) -> int64_t {
    bool isOpen = array.open[at];
    if (part == Part::Mask)
      return isOpen ? wrapInteger(-1, array.format.width) : 0;
    if (isOpen)
      return part == Part::Value || part == Part::Error ? 0 : 1;
    return array.integers[at];
  };
  for (int64_t at = 0, end = array.size(); at != end; ++at, data += bytes) {
    if (array.format.isFloat) {
      double value = getFloat(at);
      std::memcpy(data, &value, 8);
    } else {
      int64_t value = getInt(at); // little-endian, as every target is
      std::memcpy(data, &value, bytes);
    }
  }
  return tensor;
}

//===----------------------------------------------------------------------===//
// Ops that the reference runs
//===----------------------------------------------------------------------===//

/// Time of the body of a reversed recurrence runs backwards.
static void reverseTime(Operation *op) {
  llvm::TypeSwitch<Operation *>(op).Case<DelayOp, TemporalConvOp>(
      [](auto op) { op.setReverse(!op.getReverse()); });
}

/// Makes what a pad adds zero.
static void padWithZeros(Operation *op) {
  auto pad = dyn_cast<tensor::PadOp>(op);
  if (!pad)
    return;
  Block &block = pad.getRegion().front();
  Type type = pad.getResultType().getElementType();
  OpBuilder builder(op->getContext());
  builder.setInsertionPointToStart(&block);
  Value zero = arith::ConstantOp::create(builder, op->getLoc(),
                                         builder.getZeroAttr(type));
  block.getTerminator()->setOperand(0, zero);
}

FailureOr<std::vector<reference::Tensor>>
Replayer::evaluate(Operation *op, ArrayRef<reference::Tensor> operands,
                   bool zeroPadding) {
  OwningOpRef<func::FuncOp> &wrapper =
      wrappers[{op, int(zeroPadding) + 2 * int(backwards)}];
  if (!wrapper) {
    OpBuilder builder(op->getContext());
    auto type =
        builder.getFunctionType(op->getOperandTypes(), op->getResultTypes());
    wrapper = func::FuncOp::create(builder, op->getLoc(), "op", type);
    Block *block = wrapper->addEntryBlock();
    builder.setInsertionPointToStart(block);
    IRMapping mapping;
    Operation *clone = builder.clone(*op, mapping);
    clone->setOperands(block->getArguments());
    if (backwards)
      reverseTime(clone);
    if (zeroPadding)
      padWithZeros(clone);
    func::ReturnOp::create(builder, op->getLoc(), clone->getResults());
  }
  reference::Options settings;
  settings.arithmetic = reference::Arithmetic::F64;
  // The body of a recurrence is given its position.
  settings.position = windows.empty() ? options.position : 0;
  settings.batchOffset = options.batchOffset;
  return reference::run(*wrapper, operands, settings);
}

FailureOr<std::vector<reference::Tensor>>
Replayer::evaluate(Operation *op, function_ref<Part(unsigned)> part) {
  std::vector<reference::Tensor> operands;
  bool movesErrors = false;
  for (auto [i, operand] : llvm::enumerate(op->getOperands())) {
    movesErrors |= part(i) == Part::Error;
    operands.push_back(toTensor(get(operand), part(i)));
  }
  return evaluate(op, operands, movesErrors);
}

LogicalResult Replayer::setAll(Operation *op, std::vector<Array> arrays) {
  for (auto [value, array] : llvm::zip_equal(op->getResults(), arrays))
    if (failed(set(op, value, std::move(array))))
      return failure();
  return success();
}

LogicalResult Replayer::runMovement(Operation &op) {
  bool hasErrors = false, hasOpen = false;
  for (Value operand : op.getOperands()) {
    const Array &array = get(operand);
    hasErrors |= array.hasErrors();
    hasOpen |= array.hasOpen();
    if (array.type.isIndex() && array.hasOpen())
      return op.emitOpError("expected known indices");
  }
  auto run = [&](Part part) {
    return evaluate(&op, [&](unsigned i) {
      return get(op.getOperand(i)).type.isIndex() ? Part::Value : part;
    });
  };
  auto moved = run(Part::Value);
  if (failed(moved))
    return failure();
  std::vector<Array> results;
  for (auto [value, tensor] : llvm::zip_equal(op.getResults(), *moved))
    results.emplace_back(getElementType(value), tensor);
  if (hasErrors) {
    auto errors = run(Part::Error);
    if (failed(errors))
      return failure();
    for (auto [array, tensor] : llvm::zip_equal(results, *errors))
      if (array.format.isFloat)
        array.errors = Array(array.type, tensor).values;
  }
  if (hasOpen) {
    auto masks = run(Part::Mask);
    if (failed(masks))
      return failure();
    for (auto [array, tensor] : llvm::zip_equal(results, *masks))
      if (!array.format.isFloat)
        for (auto [at, mask] :
             llvm::enumerate(Array(array.type, tensor).integers))
          array.open[at] = mask != 0;
  }
  return setAll(&op, std::move(results));
}

/// A spike with probability p is one with any larger probability.
LogicalResult Replayer::runSample(SampleOp op) {
  const Array &p = get(op.getInput());
  auto sample = [&](double side) {
    Array moved = p;
    for (int64_t at = 0, end = p.size(); at != end; ++at)
      moved.values[at] += side * p.errors[at];
    std::vector<reference::Tensor> operands = {toTensor(moved, Part::Value)};
    for (Value operand : llvm::drop_begin(op->getOperands()))
      operands.push_back(toTensor(get(operand), Part::Value));
    return evaluate(op, operands);
  };
  auto least = sample(-1), most = sample(1);
  if (failed(least) || failed(most))
    return failure();
  Array spikes(getElementType(op.getSpikes()), least->front());
  Array other(getElementType(op.getSpikes()), most->front());
  const reference::Tensor *recorded = getKnown(op.getSpikes());
  for (int64_t at = 0, end = spikes.size(); at != end; ++at) {
    std::optional<bool> outcome;
    if (spikes.integers[at] == other.integers[at])
      outcome = spikes.integers[at];
    // The number that p is compared with is not known here.
    spikes.set(at, takeSpike(op, outcome, recorded ? recorded->data[at] : -1,
                             p.get(at), p.get(at), p.shape, at));
    if (result->violation)
      return success();
  }
  return set(op, op.getSpikes(), std::move(spikes));
}
