//===- Synapses.cpp - Executes synapses -----------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Interpreter.h"
#include "Sums.h"

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::reference;

template <typename T> LogicalResult Interpreter::runLinear(LinearOp op) {
  const Tensor &input = *get(op.getInput()), &weight = *get(op.getWeight());
  int64_t outputs = weight.shape[0];
  int64_t inputs = getProduct(ArrayRef(weight.shape).drop_front());
  SmallVector<int64_t> shape(
      ArrayRef(input.shape).drop_back(weight.shape.size() - 1));
  int64_t rows = getProduct(shape);
  shape.push_back(outputs);
  bool isSpike = op.getInput().getType().getElementType().isInteger(1);
  std::vector<T> x = decode<T>(input), w = decode<T>(weight), bias(outputs);
  if (op.getBias())
    bias = decode<T>(*get(op.getBias()));
  std::vector<T> y(rows * outputs);
  for (int64_t row = 0; row != rows; ++row)
    for (int64_t o = 0; o != outputs; ++o) {
      T sum = toStart(bias[o]);
      for (int64_t k = 0; k != inputs; ++k)
        sum = addInput(isSpike, w[o * inputs + k], x[row * inputs + k], sum);
      y[row * outputs + o] = sum;
    }
  return set(op, op.getOutput(), encode(y, getElementType(op), shape));
}

template <typename T>
LogicalResult Interpreter::runSparseLinear(SparseLinearOp op) {
  const Tensor &input = *get(op.getInput());
  int64_t outputs = op.getOutputs(), inputs = op.getNumInputs(),
          edges = op.getNumEdges();
  SmallVector<int64_t> shape(
      ArrayRef(input.shape).drop_back(op.getInputs().size()));
  int64_t rows = getProduct(shape);
  shape.push_back(outputs);
  std::vector<int64_t> x = decode<int64_t>(input),
                       words = decode<int64_t>(*get(op.getEdges()));
  ArrayRef<int64_t> starts = ArrayRef(words).take_front(inputs + 1),
                    targets = ArrayRef(words).slice(inputs + 1, edges),
                    weights = ArrayRef(words).take_back(edges);
  if (starts[0] != 0 || starts[inputs] != edges || !llvm::is_sorted(starts))
    return op.emitOpError("expected ascending starts from 0 to ") << edges;
  for (int64_t target : targets)
    if (target < 0 || target >= outputs)
      return op.emitOpError("expected targets below ")
             << outputs << ", but got " << target;
  std::vector<T> bias(outputs), y;
  if (op.getBias())
    bias = decode<T>(*get(op.getBias()));
  for (int64_t row = 0; row != rows; ++row) {
    for (T start : bias)
      y.push_back(toStart(start));
    for (int64_t k = 0; k != inputs; ++k)
      for (int64_t e = starts[k]; e != starts[k + 1]; ++e) {
        float weight = llvm::bit_cast<float>(uint32_t(weights[e]));
        T &sum = y[row * outputs + targets[e]];
        sum = addInput(true, T(weight), T(x[row * inputs + k]), sum);
      }
  }
  return set(op, op.getOutput(), encode(y, getElementType(op), shape));
}

namespace {
/// Sizes of images and of the windows over them.
struct Images {
  int64_t count, channels, height, width;

  explicit Images(ArrayRef<int64_t> shape)
      : count(shape[0] * shape[1]), channels(shape[2]), height(shape[3]),
        width(shape[4]) {}

  /// Whether a pixel is not padding.
  bool contains(int64_t y, int64_t x) const {
    return y >= 0 && y < height && x >= 0 && x < width;
  }
  int64_t getOffset(int64_t image, int64_t channel, int64_t y,
                    int64_t x) const {
    return ((image * channels + channel) * height + y) * width + x;
  }
};
} // namespace

/// The shape of a result: sizes of the input where its type is dynamic.
static SmallVector<int64_t> getShape(RankedTensorType type,
                                     ArrayRef<int64_t> input) {
  SmallVector<int64_t> shape(type.getShape());
  shape[0] = input[0];
  shape[1] = input[1];
  return shape;
}

template <typename T> LogicalResult Interpreter::runConv2d(Conv2dOp op) {
  const Tensor &input = *get(op.getInput()), &weight = *get(op.getWeight());
  SmallVector<int64_t> shape = getShape(op.getOutput().getType(), input.shape);
  Images from(input.shape), to(shape);
  int64_t depth = weight.shape[1], height = weight.shape[2],
          width = weight.shape[3];
  int64_t perGroup = to.channels / op.getGroups();
  bool isSpike = op.getInput().getType().getElementType().isInteger(1);
  std::vector<T> x = decode<T>(input), w = decode<T>(weight);
  std::vector<T> bias(to.channels), y;
  if (op.getBias())
    bias = decode<T>(*get(op.getBias()));
  auto sumWindow = [&](int64_t image, int64_t o, int64_t i, int64_t j) {
    T sum = toStart(bias[o]);
    for (int64_t c = 0; c != depth; ++c)
      for (int64_t p = 0; p != height; ++p)
        for (int64_t q = 0; q != width; ++q) {
          int64_t row = i * op.getStride()[0] + p * op.getDilation()[0] -
                        op.getPadding()[0];
          int64_t column = j * op.getStride()[1] + q * op.getDilation()[1] -
                           op.getPadding()[1];
          int64_t channel = o / perGroup * depth + c;
          T pixel = from.contains(row, column)
                        ? x[from.getOffset(image, channel, row, column)]
                        : T(0);
          sum = addInput(isSpike, w[((o * depth + c) * height + p) * width + q],
                         pixel, sum);
        }
    return sum;
  };
  y.reserve(getProduct(shape));
  for (int64_t image = 0; image != to.count; ++image)
    for (int64_t o = 0; o != to.channels; ++o)
      for (int64_t i = 0; i != to.height; ++i)
        for (int64_t j = 0; j != to.width; ++j)
          y.push_back(sumWindow(image, o, i, j));
  return set(op, op.getOutput(), encode(y, getElementType(op), shape));
}

/// A sum over windows; for a mean, divided before it is rounded to its type.
template <typename T, typename OpTy>
LogicalResult Interpreter::runPool(OpTy op) {
  const Tensor &input = *get(op.getInput());
  SmallVector<int64_t> shape = getShape(op.getOutput().getType(), input.shape);
  Images from(input.shape), to(shape);
  ArrayRef<int64_t> kernel = op.getKernel(), padding = op.getPadding();
  ArrayRef<int64_t> stride = op.getStride().value_or(kernel);
  std::vector<T> x = decode<T>(input), y;
  auto sumWindow = [&](int64_t image, int64_t c, int64_t i, int64_t j) {
    T sum = 0;
    for (int64_t p = 0; p != kernel[0]; ++p)
      for (int64_t q = 0; q != kernel[1]; ++q) {
        int64_t row = i * stride[0] + p - padding[0];
        int64_t column = j * stride[1] + q - padding[1];
        if (from.contains(row, column))
          sum = addNumbers(sum, x[from.getOffset(image, c, row, column)]);
      }
    return sum;
  };
  y.reserve(getProduct(shape));
  for (int64_t image = 0; image != to.count; ++image)
    for (int64_t c = 0; c != to.channels; ++c)
      for (int64_t i = 0; i != to.height; ++i)
        for (int64_t j = 0; j != to.width; ++j) {
          T sum = sumWindow(image, c, i, j);
          if (std::is_same_v<OpTy, AvgPool2dOp>)
            sum = sum / T(kernel[0] * kernel[1]);
          y.push_back(sum);
        }
  return set(op, op.getOutput(), encode(y, getElementType(op), shape));
}

LogicalResult Interpreter::run(SparseLinearOp op) {
  return isDouble(op.getOutput().getType().getElementType())
             ? runSparseLinear<double>(op)
             : runSparseLinear<float>(op);
}

#define SNN_RUN(OP, METHOD)                                                    \
  LogicalResult Interpreter::run(OP op) {                                      \
    Type element = op.getOutput().getType().getElementType();                  \
    if (!isa<FloatType>(element))                                              \
      return METHOD<int64_t>(op);                                              \
    return isDouble(element) ? METHOD<double>(op) : METHOD<float>(op);         \
  }
SNN_RUN(LinearOp, runLinear)
SNN_RUN(Conv2dOp, runConv2d)
SNN_RUN(SumPool2dOp, runPool)
SNN_RUN(AvgPool2dOp, runPool)
#undef SNN_RUN
