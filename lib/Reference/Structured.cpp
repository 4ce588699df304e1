//===- Structured.cpp - Executes ops of the linalg dialect ----------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A structured op runs its region for every point of its loops, in ascending
// row-major order: what is reduced is so in that order, from the initial value.
//
//===----------------------------------------------------------------------===//

#include "Functions.h"
#include "Interpreter.h"

#include <cmath>

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::reference;

namespace {
/// Where an operand is read or written at each point of the loops.
struct Access {
  AffineMap map;
  SmallVector<int64_t> shape;
  char *data;
  LoadFn load;
  StoreFn store;
  int64_t bytes;
  uint32_t place; ///< the register of the region's argument
  bool isRead;
  bool isLinear = true;
  int64_t start = 0;            ///< offset at the first point, in elements
  SmallVector<int64_t> strides; ///< for each loop

  /// The offset at a point; negative where it is outside of the tensor.
  int64_t getOffset(ArrayRef<int64_t> point) const {
    int64_t offset = 0;
    if (isLinear) {
      offset = start;
      for (auto [stride, index] : llvm::zip_equal(strides, point))
        offset += stride * index;
      return offset;
    }
    SmallVector<int64_t> indices = map.compose(point);
    for (auto [index, size] : llvm::zip_equal(indices, shape)) {
      if (index < 0 || index >= size)
        return -1;
      offset = offset * size + index;
    }
    return offset;
  }
};
} // namespace

/// A map whose indices are loops, or constants, inside of the tensor has fixed
/// strides.
static void findStrides(Access &access, ArrayRef<int64_t> loops) {
  access.strides.assign(loops.size(), 0);
  SmallVector<int64_t> strides = getStrides(access.shape);
  for (auto [dim, expression] : llvm::enumerate(access.map.getResults())) {
    int64_t size = access.shape[dim];
    if (auto loop = dyn_cast<AffineDimExpr>(expression);
        loop && loops[loop.getPosition()] <= size) {
      access.strides[loop.getPosition()] += strides[dim];
    } else if (auto constant = dyn_cast<AffineConstantExpr>(expression);
               constant && constant.getValue() >= 0 &&
               constant.getValue() < size) {
      access.start += constant.getValue() * strides[dim];
    } else {
      access.isLinear = false;
    }
  }
}

/// The sizes of the loops, from the shapes of all operands.
static FailureOr<SmallVector<int64_t>> getLoops(linalg::LinalgOp op,
                                                ArrayRef<Access> accesses) {
  AffineMap map = op.getShapesToLoopsMap();
  if (!map)
    return op.emitOpError("expected loops whose sizes the operands give");
  SmallVector<int64_t> sizes;
  for (const Access &access : accesses)
    llvm::append_range(sizes, access.shape);
  return SmallVector<int64_t>(map.compose(sizes));
}

/// Runs the program at every point of the loops; the results are the last of
/// the accesses.
static LogicalResult runLoops(linalg::LinalgOp op, Frame &frame,
                              ArrayRef<Access> accesses,
                              ArrayRef<int64_t> loops) {
  frame.indices.assign(loops.size(), 0);
  if (getProduct(loops) == 0)
    return success();
  auto getPlace = [&](const Access &access) -> char * {
    int64_t offset = access.getOffset(frame.indices);
    return offset < 0 ? nullptr : access.data + offset * access.bytes;
  };
  ArrayRef<Access> outputs = accesses.drop_front(op.getNumDpsInputs());
  do {
    for (const Access &access : accesses) {
      if (!access.isRead)
        continue;
      char *place = getPlace(access);
      if (!place)
        return op.emitOpError("expected indices inside of the operands");
      frame.registers[access.place] = access.load(place);
    }
    if (failed(frame.run()))
      return failure();
    for (auto [access, result] :
         llvm::zip_equal(outputs, frame.program.results)) {
      char *place = getPlace(access);
      if (!place)
        return op.emitOpError("expected indices inside of the operands");
      access.store(place, frame.registers[result]);
    }
  } while (advance(frame.indices, loops));
  return success();
}

LogicalResult Interpreter::run(linalg::LinalgOp op) {
  if (!op.hasPureTensorSemantics())
    return op.emitOpError("expected an op on tensors");
  Block &block = *op.getBlock();
  FailureOr<const Program *> program = getProgram(op, block);
  if (failed(program))
    return failure();
  Frame frame(**program);
  if (failed(bind(op, frame)))
    return failure();
  std::vector<Tensor> results;
  for (OpOperand &init : op.getDpsInitsMutable())
    results.push_back(*get(init.get()));
  SmallVector<Access> accesses;
  for (OpOperand &operand : op->getOpOperands()) {
    TensorRef input = get(operand.get());
    Element element = *getElement(input->elementType);
    unsigned number = operand.getOperandNumber();
    char *data = op.isDpsInit(&operand)
                     ? results[number - op.getNumDpsInputs()].data.data()
                     : const_cast<char *>(input->data.data());
    // A map's region may have no argument for its result.
    bool isRead = number < block.getNumArguments() &&
                  !block.getArgument(number).use_empty();
    accesses.push_back({op.getMatchingIndexingMap(&operand),
                        input->shape,
                        data,
                        getLoad(element),
                        getStore(element),
                        element.getBytes(),
                        isRead ? (*program)->arguments[number] : 0,
                        isRead,
                        true,
                        0,
                        {}});
  }
  FailureOr<SmallVector<int64_t>> loops = getLoops(op, accesses);
  if (failed(loops))
    return failure();
  for (Access &access : accesses)
    findStrides(access, *loops);
  if (failed(runLoops(op, frame, accesses, *loops)))
    return failure();
  return setResults(op, std::move(results));
}

/// Along one dimension: the maximum, differences to it, their exponentials, the
/// sum of these in ascending order from +0, quotients. T holds the type's
/// numbers, and each operation rounds to the type.
template <typename T>
static void computeSoftmax(Kind kind, int64_t size, int64_t stride, T *data) {
  auto round = [&](T value) { return T(toDouble(kind, roundTo(kind, value))); };
  T largest = -HUGE_VAL, sum = 0;
  for (int64_t i = 0; i != size; ++i) {
    T value = data[i * stride];
    if (std::isnan(largest) || value > largest || std::isnan(value))
      largest = std::isnan(largest) ? largest : value;
  }
  for (int64_t i = 0; i != size; ++i) {
    T &value = data[i * stride];
    value = round(computeExp(round(value - largest)));
    sum = round(sum + value);
  }
  for (int64_t i = 0; i != size; ++i)
    data[i * stride] = round(data[i * stride] / sum);
}

template <typename T>
static Tensor runSoftmax(const Tensor &input, Type element, int64_t dim) {
  std::vector<T> values = decode<T>(input);
  int64_t size = input.shape[dim];
  int64_t inner = getProduct(ArrayRef(input.shape).drop_front(dim + 1));
  int64_t outer = getProduct(ArrayRef(input.shape).take_front(dim));
  for (int64_t i = 0; i != outer; ++i)
    for (int64_t j = 0; j != inner; ++j)
      computeSoftmax(getElement(element)->kind, size, inner,
                     values.data() + i * size * inner + j);
  return encode(values, element, input.shape);
}

LogicalResult Interpreter::run(linalg::SoftmaxOp op) {
  if (op->getNumResults() != 1)
    return op.emitOpError("expected an op on tensors");
  TensorRef input = get(op.getInput());
  Type element = getElementType(op.getOutput());
  if (!isa<FloatType>(element) || element != input->elementType)
    return op.emitOpError("expected floats of one type, but got ")
           << op.getInput().getType() << " and " << op.getOutput().getType();
  int64_t dim = op.getDimension();
  return set(op, op->getResult(0),
             isDouble(element) ? runSoftmax<double>(*input, element, dim)
                               : runSoftmax<float>(*input, element, dim));
}
