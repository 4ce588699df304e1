//===- Sequences.cpp - Executes linear maps along time --------------------===//
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

//===----------------------------------------------------------------------===//
// snn.scan
//===----------------------------------------------------------------------===//

namespace {
/// A coefficient at each step and neuron.
template <typename T> struct Coefficient {
  std::vector<T> values;

  /// One for the layer, one for each neuron, or one for each number of a
  /// sequence: the trailing dimensions of the sequence.
  T at(int64_t index) const { return values[index % values.size()]; }
};
} // namespace

/// `A h + x` of a dense matrix, or of the one number of `real`.
template <typename T>
static T sumRow(ArrayRef<Coefficient<T>> row, int64_t at,
                ArrayRef<T> components) {
  T sum = multiplyNumbers(row[0].at(at), components[0]);
  for (size_t i = 1; i != components.size(); ++i)
    sum = addNumbers(sum, multiplyNumbers(row[i].at(at), components[i]));
  return sum;
}

template <typename T>
static SmallVector<T> stepScan(ScanOp op, ArrayRef<Coefficient<T>> a,
                               int64_t at, ArrayRef<T> h) {
  if (a.empty())
    return SmallVector<T>(h);
  SmallVector<T> next;
  if (op.getKind() == ScanKind::Complex) {
    T re = a[0].at(at), im = a[1].at(at);
    next.push_back(re * h[0] - im * h[1]);
    next.push_back(
        addNumbers(multiplyNumbers(re, h[1]), multiplyNumbers(im, h[0])));
    return next;
  }
  for (size_t i = 0; i != h.size(); ++i)
    next.push_back(sumRow(a.slice(i * h.size(), h.size()), at, h));
  return next;
}

template <typename T> LogicalResult Interpreter::runScan(ScanOp op) {
  const Tensor &first = *get(op.getInputs().front());
  SmallVector<int64_t> shape(first.shape);
  int64_t steps = shape[0], count = getProduct(ArrayRef(shape).drop_front());
  size_t components = op.getNumComponents();
  SmallVector<std::vector<T>> x, h, states;
  for (Value input : op.getInputs()) {
    if (ArrayRef(get(input)->shape) != ArrayRef(shape))
      return op.emitOpError("expected inputs of one shape, but got [")
             << ArrayRef(shape) << "] and [" << ArrayRef(get(input)->shape)
             << "]";
    x.push_back(decode<T>(*get(input)));
  }
  SmallVector<Coefficient<T>> a;
  for (Value coefficient : op.getCoefficients())
    a.push_back({decode<T>(*get(coefficient))});
  for (size_t i = 0; i != components; ++i) {
    states.push_back(getState<T>(op.getInits(), i, count));
    h.emplace_back(steps * count);
  }
  unsigned width = getElement(first.elementType)->width;
  for (int64_t step = 0; step != steps; ++step)
    for (int64_t n = 0; n != count; ++n) {
      int64_t t = op.getReverse() ? steps - 1 - step : step;
      int64_t at = t * count + n;
      SmallVector<T> old;
      for (const std::vector<T> &state : states)
        old.push_back(state[n]);
      SmallVector<T> next = stepScan<T>(op, a, at, old);
      for (size_t i = 0; i != components; ++i) {
        if (i < x.size())
          next[i] = addNumbers(next[i], x[i][at]);
        if constexpr (std::is_integral_v<T>)
          next[i] = wrap(next[i], width);
        states[i][n] = h[i][at] = next[i];
      }
    }
  std::vector<Tensor> results;
  for (const std::vector<T> &component : h)
    results.push_back(encode(component, first.elementType, shape));
  for (const std::vector<T> &state : states)
    results.push_back(encode(state,
                             getElementType(op.getResult(results.size())),
                             ArrayRef(shape).drop_front()));
  return setResults(op, std::move(results));
}

LogicalResult Interpreter::run(ScanOp op) {
  Type element = getElementTypeOrSelf(op.getInputs().front().getType());
  if (!isa<FloatType>(element))
    return runScan<int64_t>(op);
  return isDouble(element) ? runScan<double>(op) : runScan<float>(op);
}

//===----------------------------------------------------------------------===//
// History
//===----------------------------------------------------------------------===//

Tensor Interpreter::joinHistory(const Tensor &sequence, OperandRange inits,
                                int64_t steps, bool reverse) const {
  Tensor history{sequence.elementType, sequence.shape, {}};
  history.shape[0] = steps;
  if (inits.empty())
    history = makeTensor(sequence.elementType, history.shape);
  else
    history = *get(inits.front());
  const Tensor &first = reverse ? sequence : history;
  const Tensor &last = reverse ? history : sequence;
  Tensor joined{sequence.elementType, sequence.shape, first.data};
  joined.shape[0] += steps;
  llvm::append_range(joined.data, last.data);
  return joined;
}

/// `steps` steps of a sequence.
static Tensor takeSteps(const Tensor &sequence, int64_t begin, int64_t steps) {
  Tensor taken{sequence.elementType, sequence.shape, {}};
  taken.shape[0] = steps;
  int64_t bytes = getProduct(ArrayRef(sequence.shape).drop_front()) *
                  getElement(sequence.elementType)->getBytes();
  taken.data.assign(sequence.data.begin() + begin * bytes,
                    sequence.data.begin() + (begin + steps) * bytes);
  return taken;
}

/// The state after all steps of a joined sequence: the steps that time came to
/// last.
static Tensor takeHistory(const Tensor &joined, int64_t steps, bool reverse) {
  return takeSteps(joined, reverse ? 0 : joined.shape[0] - steps, steps);
}

//===----------------------------------------------------------------------===//
// snn.temporal_conv
//===----------------------------------------------------------------------===//

template <typename T>
LogicalResult Interpreter::runTemporalConv(TemporalConvOp op) {
  const Tensor &input = *get(op.getInput()), &kernel = *get(op.getKernel());
  int64_t taps = op.getNumTaps(), history = taps - 1, steps = input.shape[0];
  int64_t count = getProduct(ArrayRef(input.shape).drop_front());
  int64_t position = op.dependsOnPosition() ? getPosition(op.getOffset()) : 0;
  if (op.getPerStep() &&
      failed(checkTable(op, position, steps, kernel.shape[0])))
    return failure();
  bool reverse = op.getReverse() != backwards;
  Tensor joined = joinHistory(input, op.getInits(), history, reverse);
  std::vector<T> x = decode<T>(joined), w = decode<T>(kernel);
  int64_t neurons = op.getPerStep() ? 1 : w.size() / taps;
  std::vector<T> y(steps * count);
  for (int64_t t = 0; t != steps; ++t) {
    if (op.getPeriod() &&
        uint64_t(position + t) % *op.getPeriod() != *op.getPhase())
      continue;
    for (int64_t n = 0; n != count; ++n) {
      T sum = 0;
      for (int64_t k = taps; k-- != 0;) {
        int64_t from = reverse ? t + k : t + history - k;
        int64_t tap = op.getPerStep() ? (position + t) * taps + k
                                      : k * neurons + n % neurons;
        sum = multiplyAdd(w[tap], x[from * count + n], sum);
      }
      y[t * count + n] = sum;
    }
  }
  std::vector<Tensor> results;
  results.push_back(encode(y, input.elementType, input.shape));
  results.push_back(takeHistory(joined, history, reverse));
  return setResults(op, std::move(results));
}

LogicalResult Interpreter::run(TemporalConvOp op) {
  return isDouble(op.getInput().getType().getElementType())
             ? runTemporalConv<double>(op)
             : runTemporalConv<float>(op);
}

//===----------------------------------------------------------------------===//
// snn.delay
//===----------------------------------------------------------------------===//

LogicalResult Interpreter::run(DelayOp op) {
  const Tensor &input = *get(op.getInput());
  int64_t history = op.getHistory(), steps = input.shape[0];
  int64_t batch = input.shape[1], last = input.shape.back();
  int64_t neurons = getProduct(ArrayRef(input.shape).drop_front(2));
  ArrayRef<int64_t> delays = op.getDelays();
  int64_t groups = op.getGroups() ? delays.size() : 1;
  bool reverse = op.getReverse() != backwards;
  Tensor joined = joinHistory(input, op.getInits(), history, reverse);
  SmallVector<int64_t> shape(input.shape);
  if (op.getGroups())
    shape.insert(shape.begin() + 2, groups);
  Tensor output = makeTensor(input.elementType, shape);
  int64_t bytes = getElement(input.elementType)->getBytes();
  char *data = output.data.data();
  for (int64_t t = 0; t != steps; ++t)
    for (int64_t b = 0; b != batch; ++b)
      for (int64_t g = 0; g != groups; ++g)
        for (int64_t n = 0; n != neurons; ++n, data += bytes) {
          int64_t delay = op.getGroups()      ? delays[g]
                          : op.getPerSource() ? delays[n % last]
                                              : delays[0];
          int64_t from = reverse ? t + delay : t + history - delay;
          int64_t at = (from * batch + b) * neurons + n;
          std::copy_n(joined.data.begin() + at * bytes, bytes, data);
        }
  std::vector<Tensor> results;
  results.push_back(std::move(output));
  if (history > 0)
    results.push_back(takeHistory(joined, history, reverse));
  return setResults(op, std::move(results));
}
