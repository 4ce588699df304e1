//===- Time.cpp - Scans and recurrences on recorded spikes
//------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Replayer.h"

#include <deque>

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::testing;

//===----------------------------------------------------------------------===//
// snn.scan
//===----------------------------------------------------------------------===//

namespace {
/// The matrix of a scan at one step and neuron, applied to its state.
struct ScanStep {
  ScanKind kind;
  SmallVector<const Array *> coefficients;
  Format format;
  double factor;

  Number at(unsigned i, int64_t index) const {
    return coefficients[i]->get(index % coefficients[i]->size());
  }
  Number multiply(const Number &a, const Number &b) const {
    return testing::multiply(a, b, format, factor);
  }
  Number add(const Number &a, const Number &b) const {
    return testing::add(a, b, format, factor);
  }
  SmallVector<Number> apply(int64_t index, ArrayRef<Number> h) const;
};
} // namespace

SmallVector<Number> ScanStep::apply(int64_t index, ArrayRef<Number> h) const {
  if (coefficients.empty())
    return SmallVector<Number>(h);
  SmallVector<Number> next;
  if (kind == ScanKind::Complex) {
    Number re = at(0, index), im = at(1, index);
    next.push_back(add(multiply(re, h[0]), negate(multiply(im, h[1]))));
    next.push_back(add(multiply(re, h[1]), multiply(im, h[0])));
    return next;
  }
  for (size_t row = 0; row != h.size(); ++row) {
    Number sum = multiply(at(row * h.size(), index), h[0]);
    for (size_t i = 1; i != h.size(); ++i)
      sum = add(sum, multiply(at(row * h.size() + i, index), h[i]));
    next.push_back(sum);
  }
  return next;
}

LogicalResult Replayer::runScan(ScanOp op) {
  const Array &first = get(op.getInputs().front());
  if (!first.format.isFloat)
    return runMovement(*op); // exact
  ArrayRef<int64_t> shape = first.shape;
  size_t components = op.getNumComponents();
  ScanStep step{op.getKind(), {}, first.format, getFactor(op)};
  for (Value coefficient : op.getCoefficients())
    step.coefficients.push_back(&get(coefficient));
  SmallVector<Value> finals(op.getFinalStates());
  std::vector<Array> results(components, Array(first.type, shape));
  for (size_t c = 0; c != components; ++c)
    results.push_back(
        getState(op.getInits(), c, finals[c], shape.drop_front()));
  int64_t count = results.back().size();
  // Magnitudes of terms are carried beside the states.
  std::vector<SmallVector<Number>> states(count);
  for (int64_t n = 0; n != count; ++n)
    for (size_t c = 0; c != components; ++c)
      states[n].push_back(results[components + c].get(n));
  for (int64_t done = 0; done != shape[0]; ++done) {
    int64_t t = op.getReverse() ? shape[0] - 1 - done : done;
    for (int64_t n = 0; n != count; ++n) {
      int64_t at = t * count + n;
      states[n] = step.apply(at, states[n]);
      for (size_t c = 0; c != components; ++c) {
        Number &state = states[n][c];
        if (c < op.getInputs().size())
          state = step.add(state, get(op.getInputs()[c]).get(at));
        results[c].set(at, state);
        takeState(op, finals[c], t, done, n, state);
        results[components + c].set(n, state);
      }
      if (result->violation)
        return success();
    }
  }
  return setAll(op, std::move(results));
}

//===----------------------------------------------------------------------===//
// snn.recurrent
//===----------------------------------------------------------------------===//

/// Steps [t, t + 1) of a sequence.
static Array takeStep(const Array &sequence, int64_t t) {
  SmallVector<int64_t> shape(sequence.shape);
  shape[0] = 1;
  Array step(sequence.type, ArrayRef<int64_t>(shape));
  for (int64_t i = 0, count = step.size(); i != count; ++i)
    step.set(i, sequence.get(t * count + i));
  return step;
}

static TensorPtr takeStep(const reference::Tensor &sequence, int64_t t) {
  auto step = std::make_shared<reference::Tensor>();
  step->elementType = sequence.elementType;
  step->shape = sequence.shape;
  step->shape[0] = 1;
  int64_t bytes = sequence.data.size() / sequence.shape[0];
  step->data.assign(sequence.data.begin() + t * bytes,
                    sequence.data.begin() + (t + 1) * bytes);
  return step;
}

/// Steps in ascending order of time.
static Array joinSteps(ArrayRef<ArrayPtr> steps, Type type,
                       ArrayRef<int64_t> shape, bool reverse) {
  SmallVector<int64_t> sizes(shape);
  sizes[0] = steps.size();
  Array joined(type, ArrayRef<int64_t>(sizes));
  for (size_t s = 0; s != steps.size(); ++s) {
    const Array &step = *steps[reverse ? steps.size() - 1 - s : s];
    for (int64_t i = 0, count = step.size(); i != count; ++i)
      joined.set(s * count + i, step.get(i));
  }
  return joined;
}

namespace {
/// The last steps of one feedback, the latest at the end.
struct History {
  SpanAttr span;
  const Array *operand; ///< taps, or a span known at run time
  Type seen;            ///< elements that the body sees
  std::deque<ArrayPtr> steps;

  const Array &getStep(int64_t delay) const {
    return *steps[steps.size() - delay];
  }
  Array read() const;
  Array readTaps() const;
};
} // namespace

/// A weighted sum, bounded for any order.
Array History::readTaps() const {
  Array sums(seen, getStep(1).shape);
  Format format = Format::get(getAccumulatorType(seen));
  for (int64_t at = 0, end = sums.size(); at != end; ++at) {
    Number sum;
    for (int64_t k = 1; k <= operand->size(); ++k) {
      Number tap = operand->get(k - 1), value = getStep(k).get(at);
      if (!getStep(k).format.isFloat) {
        if (!value.isOpen && value.integer == 0)
          continue;
        value = Number::ofFloat(1);
        if (getStep(k).get(at).isOpen)
          value = testing::join(value, Number::ofFloat(0));
      }
      sum.value += tap.value * value.value;
      sum.error += tap.error * (std::fabs(value.value) + value.error) +
                   value.error * std::fabs(tap.value);
      sum.terms += tap.terms * value.terms;
    }
    double roundings = operand->size() + 1;
    sum.error += roundings * format.unit * 1.01 * (sum.terms + sum.error) +
                 roundings * format.tiny;
    round(sum, sums.format, 1, /*isExact=*/true);
    sums.set(at, sum);
  }
  return sums;
}

Array History::read() const {
  switch (span.getKind()) {
  case SpanKind::Layer:
    return getStep(span.getMax());
  case SpanKind::Sources: {
    Array result = getStep(1);
    ArrayRef<int64_t> spans = span.getValues();
    for (int64_t i = 0, end = result.size(); i != end; ++i)
      result.set(i, getStep(spans[i % spans.size()]).get(i));
    return result;
  }
  case SpanKind::Operand:
    return getStep(
        std::clamp<int64_t>(operand->get(0).integer, 1, span.getMax()));
  case SpanKind::Taps:
    return readTaps();
  }
  llvm_unreachable("unknown span");
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

LogicalResult Replayer::runRecurrent(RecurrentOp op) {
  const Array &first = get(op.getInputs().front());
  int64_t numSteps = first.shape[0], batch = first.shape[1];
  int64_t position = windows.empty() ? options.position : 0;
  if (op.getPosition())
    position += get(op.getPosition()).get(0).integer;
  bool reverse = op.getReverse() != backwards;
  auto getInitial = [&](OperandRange inits, size_t i, Value final,
                        bool hasTime) {
    if (!inits.empty())
      return get(inits[i]);
    return Array(getElementType(final),
                 ArrayRef<int64_t>(getShape(final, numSteps, batch, hasTime)));
  };
  SmallVector<ArrayPtr> states;
  for (auto [i, value] : llvm::enumerate(op.getFinals()))
    states.push_back(std::make_shared<const Array>(
        getInitial(op.getInits(), i, value, false)));
  SmallVector<History> histories;
  for (auto [i, span] : llvm::enumerate(op.getSpanAttrs())) {
    Value final = op.getFinalHistories()[i], operand = op.getSpanOperand(i);
    histories.push_back({span,
                         operand ? &get(operand) : nullptr,
                         getElementType(op.getFeedbackArguments()[i]),
                         {}});
    Array before = getInitial(op.getHistories(), i, final, true);
    for (int64_t s = 0, e = before.shape[0]; s != e; ++s)
      histories.back().steps.push_back(std::make_shared<const Array>(
          takeStep(before, reverse ? e - 1 - s : s)));
  }
  YieldOp yield = op.getYield();
  SmallVector<SmallVector<ArrayPtr>> outputs(op.getOutputs().size());
  bool outer = std::exchange(backwards, reverse);
  for (int64_t done = 0; done != numSteps; ++done) {
    int64_t t = reverse ? numSteps - 1 - done : done;
    windows.push_back(options.position + t);
    for (auto [argument, input] :
         llvm::zip_equal(op.getInputArguments(), op.getInputs()))
      if (failed(set(op, argument, takeStep(get(input), t))))
        return failure();
    for (auto [argument, history] :
         llvm::zip_equal(op.getFeedbackArguments(), histories))
      if (failed(set(op, argument, history.read())))
        return failure();
    for (auto [argument, state] :
         llvm::zip_equal(op.getStateArguments(), states))
      if (failed(set(op, argument, state)))
        return failure();
    if (Value argument = op.getPositionArgument()) {
      Array array(argument.getType(), ArrayRef<int64_t>());
      array.set(0, Number::ofInt(position + t));
      if (failed(set(op, argument, std::move(array))))
        return failure();
    }
    // What is recorded of an output is so of what the body yields.
    for (auto [inner, value] :
         llvm::zip_equal(yield.getOutputs(), op.getOutputs())) {
      known.erase(inner);
      if (const reference::Tensor *tensor = getKnown(value))
        known[inner] = takeStep(*tensor, t);
    }
    if (failed(runBlock(op.getBody().front())))
      return failure();
    windows.pop_back();
    if (result->violation)
      return success();
    for (auto [list, value] : llvm::zip_equal(outputs, yield.getOutputs()))
      list.push_back(values[value]);
    for (auto [history, value] :
         llvm::zip_equal(histories, yield.getFeedback())) {
      history.steps.pop_front();
      history.steps.push_back(values[value]);
    }
    states = llvm::map_to_vector(yield.getStates(),
                                 [&](Value value) { return values[value]; });
  }
  backwards = outer;
  std::vector<Array> results;
  for (auto [value, list] : llvm::zip_equal(op.getOutputs(), outputs))
    results.push_back(joinSteps(list, getElementType(value),
                                getShape(value, numSteps, batch, true),
                                reverse));
  for (const ArrayPtr &state : states)
    results.push_back(*state);
  for (const History &history : histories)
    results.push_back(joinSteps(
        SmallVector<ArrayPtr>(history.steps.begin(), history.steps.end()),
        history.steps.front()->type, history.steps.front()->shape, reverse));
  return setAll(op, std::move(results));
}
