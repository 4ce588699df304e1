//===- Recurrent.cpp - Executes recurrences -------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A recurrence runs in windows of one step, in the order of its time. The last
// steps of a feedback are kept in that order, the latest at the end.
//
//===----------------------------------------------------------------------===//

#include "Interpreter.h"
#include "Sums.h"

#include <deque>

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::reference;

/// One step of a sequence, as a sequence of one step.
static Tensor takeStep(const Tensor &sequence, int64_t t) {
  Tensor step{sequence.elementType, sequence.shape, {}};
  step.shape[0] = 1;
  int64_t bytes =
      getProduct(step.shape) * getElement(sequence.elementType)->getBytes();
  step.data.assign(sequence.data.begin() + t * bytes,
                   sequence.data.begin() + (t + 1) * bytes);
  return step;
}

namespace {
/// The last steps of one feedback, each a sequence of one step.
struct History {
  SpanAttr span;
  TensorRef operand; ///< taps, or a span known at run time
  bool isSpike;
  Type elementType; ///< of what the body sees
  std::deque<TensorRef> steps;

  /// What was fed back `delay` steps before.
  const Tensor &getStep(int64_t delay) const {
    return *steps[steps.size() - delay];
  }

  /// Takes the steps of a value, which are in ascending order of time.
  void fill(const Tensor &before, bool reverse) {
    for (int64_t i = 0, e = before.shape[0]; i != e; ++i)
      steps.push_back(std::make_shared<const Tensor>(
          takeStep(before, reverse ? e - 1 - i : i)));
  }
  /// Adds a step and forgets the oldest.
  void push(TensorRef step) {
    steps.pop_front();
    steps.push_back(std::move(step));
  }

  /// The value that it is in the end.
  Tensor toTensor(bool reverse) const;

  Tensor read() const;
  Tensor readSources() const;
  template <typename T> Tensor readTaps() const;
};
} // namespace

Tensor History::readSources() const {
  ArrayRef<int64_t> spans = span.getValues();
  Tensor result = getStep(1);
  int64_t bytes = getElement(result.elementType)->getBytes();
  for (int64_t i = 0, e = result.getNumElements(); i != e; ++i)
    std::copy_n(getStep(spans[i % spans.size()]).data.begin() + i * bytes,
                bytes, result.data.begin() + i * bytes);
  return result;
}

template <typename T> Tensor History::readTaps() const {
  std::vector<T> taps = decode<T>(*operand);
  std::vector<T> sums(getStep(1).getNumElements());
  for (size_t k = 1; k <= taps.size(); ++k) {
    std::vector<T> values = decode<T>(getStep(k));
    for (size_t i = 0; i != sums.size(); ++i)
      sums[i] = addInput(isSpike, taps[k - 1], values[i], sums[i]);
  }
  return encode(sums, elementType, getStep(1).shape);
}

Tensor History::read() const {
  switch (span.getKind()) {
  case SpanKind::Layer:
    return getStep(span.getMax());
  case SpanKind::Sources:
    return readSources();
  case SpanKind::Operand:
    return getStep(std::clamp<int64_t>(decode<int64_t>(*operand).front(), 1,
                                       span.getMax()));
  case SpanKind::Taps:
    return elementType.isF64() ? readTaps<double>() : readTaps<float>();
  }
  llvm_unreachable("unknown span");
}

/// The steps of a result, in the order in which they were computed.
static Tensor join(ArrayRef<TensorRef> steps, Type element,
                   ArrayRef<int64_t> shape, bool reverse) {
  Tensor tensor{element, SmallVector<int64_t>(shape), {}};
  for (size_t i = 0; i != steps.size(); ++i)
    llvm::append_range(tensor.data,
                       steps[reverse ? steps.size() - 1 - i : i]->data);
  return tensor;
}

Tensor History::toTensor(bool reverse) const {
  SmallVector<int64_t> shape(steps.front()->shape);
  shape[0] = steps.size();
  SmallVector<TensorRef> list(steps.begin(), steps.end());
  return join(list, steps.front()->elementType, shape, reverse);
}

/// Fails unless all inputs have as many steps as the first.
static LogicalResult checkSteps(RecurrentOp op, ArrayRef<TensorRef> inputs) {
  for (const TensorRef &input : inputs)
    if (input->shape[0] != inputs.front()->shape[0])
      return op.emitOpError("expected inputs of ")
             << inputs.front()->shape[0] << " steps, but got one of "
             << input->shape[0];
  return success();
}

/// The shape of a result, whose dynamic sizes are the batch after the time.
static SmallVector<int64_t> getShape(Value value, int64_t steps, int64_t batch,
                                     bool hasTime) {
  SmallVector<int64_t> shape(
      cast<RankedTensorType>(value.getType()).getShape());
  for (auto [dim, size] : llvm::enumerate(shape))
    if (ShapedType::isDynamic(size))
      size = hasTime && dim == 0 ? steps : batch;
  return shape;
}

LogicalResult Interpreter::runWindow(RecurrentOp op, int64_t t,
                                     int64_t position,
                                     ArrayRef<Tensor> feedback,
                                     ArrayRef<TensorRef> states) {
  for (auto [argument, input] :
       llvm::zip_equal(op.getInputArguments(), op.getInputs()))
    if (failed(set(op, argument, takeStep(*get(input), t))))
      return failure();
  for (auto [argument, tensor] :
       llvm::zip_equal(op.getFeedbackArguments(), feedback))
    if (failed(set(op, argument, tensor)))
      return failure();
  for (auto [argument, state] : llvm::zip_equal(op.getStateArguments(), states))
    if (failed(set(op, argument, state)))
      return failure();
  if (Value argument = op.getPositionArgument())
    if (failed(set(op, argument,
                   encode<int64_t>({position}, argument.getType(), {}))))
      return failure();
  return runBlock(op.getBody().front());
}

LogicalResult Interpreter::run(RecurrentOp op) {
  const Tensor &first = *get(op.getInputs().front());
  int64_t steps = first.shape[0], batch = first.shape[1];
  int64_t position = op.getPosition() ? getPosition(op.getPosition()) : 0;
  bool reverse = op.getReverse() != backwards;
  if (failed(checkSteps(op, llvm::map_to_vector(op.getInputs(), [&](Value v) {
                          return get(v);
                        }))))
    return failure();
  auto getInitial = [&](OperandRange inits, size_t i, Value final,
                        bool hasTime) -> TensorRef {
    if (!inits.empty())
      return get(inits[i]);
    return std::make_shared<const Tensor>(makeTensor(
        getElementType(final), getShape(final, steps, batch, hasTime)));
  };
  SmallVector<TensorRef, 6> states;
  for (auto [i, value] : llvm::enumerate(op.getFinals()))
    states.push_back(getInitial(op.getInits(), i, value, false));
  SmallVector<History> histories;
  for (auto [i, span] : llvm::enumerate(op.getSpanAttrs())) {
    Value value = op.getFinalHistories()[i], operand = op.getSpanOperand(i);
    histories.push_back({span,
                         operand ? get(operand) : nullptr,
                         getElementTypeOrSelf(value.getType()).isInteger(1),
                         getElementType(op.getFeedbackArguments()[i]),
                         {}});
    histories.back().fill(*getInitial(op.getHistories(), i, value, true),
                          reverse);
  }
  SmallVector<SmallVector<TensorRef>> outputs(op.getOutputs().size());
  YieldOp yield = op.getYield();
  ++bodies;
  bool outer = std::exchange(backwards, reverse);
  for (int64_t i = 0; i != steps; ++i) {
    int64_t t = reverse ? steps - 1 - i : i;
    auto feedback = llvm::map_to_vector(
        histories, [](const History &history) { return history.read(); });
    if (failed(runWindow(op, t, position + t, feedback, states)))
      return failure();
    for (auto [list, value] : llvm::zip_equal(outputs, yield.getOutputs()))
      list.push_back(get(value));
    for (auto [history, value] :
         llvm::zip_equal(histories, yield.getFeedback()))
      history.push(get(value));
    states = llvm::map_to_vector<6>(yield.getStates(),
                                    [&](Value value) { return get(value); });
  }
  --bodies;
  backwards = outer;
  std::vector<Tensor> results;
  for (auto [value, list] : llvm::zip_equal(op.getOutputs(), outputs)) {
    SmallVector<int64_t> shape = getShape(value, steps, batch, true);
    shape[0] = steps;
    results.push_back(join(list, getElementType(value), shape, reverse));
  }
  for (const TensorRef &state : states)
    results.push_back(*state);
  for (const History &history : histories)
    results.push_back(history.toTensor(reverse));
  return setResults(op, std::move(results));
}
