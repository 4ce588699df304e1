//===- Neurons.cpp - Executes neurons -------------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Interpreter.h"

#include <cmath>

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::reference;

int64_t Interpreter::getPosition(Value offset) const {
  int64_t own = offset ? getInteger(offset) : 0;
  // The body of a recurrence is given the position.
  return bodies ? own : own + options.position;
}

LogicalResult Interpreter::checkTable(Operation *op, int64_t position,
                                      int64_t steps, int64_t size) const {
  if (steps == 0 || (position >= 0 && position <= size - steps))
    return success();
  return op->emitOpError("expected a table for steps ")
         << position << " to " << position + steps - 1 << ", but got one of "
         << size;
}

template <typename T>
std::vector<T> Interpreter::getParameter(std::optional<APFloat> attribute,
                                         Value operand, int64_t neurons) const {
  if (attribute)
    return std::vector<T>(neurons, T(attribute->convertToDouble()));
  std::vector<T> values = decode<T>(*get(operand));
  if (get(operand)->shape.empty())
    values.assign(neurons, values.front());
  return values;
}

template <typename T>
std::vector<T> Interpreter::getState(OperandRange inits, unsigned index,
                                     int64_t count) const {
  if (inits.empty())
    return std::vector<T>(count, T(0));
  return decode<T>(*get(inits[index]));
}

template std::vector<int64_t> Interpreter::getState(OperandRange, unsigned,
                                                    int64_t) const;

//===----------------------------------------------------------------------===//
// snn.neuron
//===----------------------------------------------------------------------===//

namespace {
/// A tensor of which a step reads, or writes, one number.
struct Lane {
  Lane(char *data, Type type, uint32_t place)
      : data(data), load(getLoad(*getElement(type))),
        store(getStore(*getElement(type))), bytes(getElement(type)->getBytes()),
        place(place) {}

  void read(Frame &frame, int64_t at) const {
    frame.registers[place] = load(data + at * bytes);
  }
  void write(Frame &frame, int64_t at) const {
    store(data + at * bytes, frame.registers[place]);
  }

  char *data;
  LoadFn load;
  StoreFn store;
  int64_t bytes;
  uint32_t place;
  int64_t perStep = 0, perNeuron = 0; ///< strides in elements
};
} // namespace

namespace {
/// Everything that the steps of a neuron read and write.
struct Lanes {
  SmallVector<Lane> inputs, constants, tables, states, outputs;
  ArrayRef<uint32_t> next;    ///< registers of the states after a step
  SmallVector<int64_t> shape; ///< T x B x N...
  int64_t position = 0;

  LogicalResult runStep(Frame &frame, int64_t t) const;
};
} // namespace

LogicalResult Lanes::runStep(Frame &frame, int64_t t) const {
  int64_t count = getProduct(ArrayRef(shape).drop_front());
  int64_t neurons = getProduct(ArrayRef(shape).drop_front(2));
  for (int64_t at = 0; at != count; ++at) {
    int64_t neuron = at % neurons;
    for (const Lane &lane : inputs)
      lane.read(frame, t * count + at);
    for (const Lane &lane : constants)
      lane.read(frame, neuron * lane.perNeuron);
    for (const Lane &lane : tables)
      lane.read(frame, (position + t) * lane.perStep + neuron * lane.perNeuron);
    for (const Lane &lane : states)
      lane.read(frame, at);
    if (failed(frame.run()))
      return failure();
    for (const Lane &lane : outputs)
      lane.write(frame, t * count + at);
    for (auto [lane, place] : llvm::zip_equal(states, next))
      lane.store(lane.data + at * lane.bytes, frame.registers[place]);
  }
  return success();
}

/// A lane that reads a value into the next of the region's arguments.
static Lane makeLane(const TensorRef &tensor, ArrayRef<uint32_t> &places) {
  Lane lane(const_cast<char *>(tensor->data.data()), tensor->elementType,
            places.front());
  places = places.drop_front();
  return lane;
}

/// The lanes of outputs and states, which are in the tensors of the results.
static void addResults(Lanes &lanes, std::vector<Tensor> &results,
                       size_t numOutputs, ArrayRef<uint32_t> yields,
                       ArrayRef<uint32_t> states) {
  for (size_t i = 0; i != results.size(); ++i) {
    Tensor &tensor = results[i];
    if (i < numOutputs)
      lanes.outputs.emplace_back(tensor.data.data(), tensor.elementType,
                                 yields[i]);
    else
      lanes.states.emplace_back(tensor.data.data(), tensor.elementType,
                                states[i - numOutputs]);
  }
  lanes.next = yields.drop_front(numOutputs);
}

LogicalResult Interpreter::run(NeuronOp op) {
  FailureOr<const Program *> program = getProgram(op, op.getStep().front());
  if (failed(program))
    return failure();
  Frame frame(**program);
  if (failed(bind(op, frame)))
    return failure();
  Lanes lanes;
  lanes.position = getPosition(op.getOffset());
  if (!op.getInputs().empty()) {
    lanes.shape = get(op.getInputs().front())->shape;
  } else {
    lanes.shape = {get(op.getTables().front())->shape[0]};
    llvm::append_range(lanes.shape, get(op.getInits().front())->shape);
  }
  ArrayRef<int64_t> shape = lanes.shape, stateShape = shape.drop_front();
  ArrayRef<uint32_t> places = (*program)->arguments;
  for (Value value : op.getInputs()) {
    if (ArrayRef(get(value)->shape) != shape)
      return op.emitOpError("expected inputs of one shape, but got [")
             << shape << "] and [" << ArrayRef(get(value)->shape) << "]";
    lanes.inputs.push_back(makeLane(get(value), places));
  }
  for (Value value : op.getParams()) {
    lanes.constants.push_back(makeLane(get(value), places));
    lanes.constants.back().perNeuron = !get(value)->shape.empty();
  }
  for (Value value : op.getTables()) {
    ArrayRef<int64_t> sizes = get(value)->shape;
    if (failed(checkTable(op, lanes.position, shape[0], sizes[0])))
      return failure();
    lanes.tables.push_back(makeLane(get(value), places));
    lanes.tables.back().perStep = getProduct(sizes.drop_front());
    lanes.tables.back().perNeuron = sizes.size() != 1;
  }
  std::vector<Tensor> results;
  for (Value value : op.getOutputs())
    results.push_back(makeTensor(getElementType(value), shape));
  for (auto [i, value] : llvm::enumerate(op.getFinals())) {
    results.push_back(op.getInits().empty()
                          ? makeTensor(getElementType(value), stateShape)
                          : *get(op.getInits()[i]));
    if (ArrayRef(results.back().shape) != stateShape)
      return op.emitOpError("expected states of shape [")
             << stateShape << "], but got [" << ArrayRef(results.back().shape)
             << "]";
  }
  addResults(lanes, results, op.getOutputs().size(), (*program)->results,
             places);
  for (int64_t i = 0; i != shape[0]; ++i)
    if (failed(lanes.runStep(frame, op.getReverse() ? shape[0] - 1 - i : i)))
      return failure();
  return setResults(op, std::move(results));
}

//===----------------------------------------------------------------------===//
// Named neurons
//===----------------------------------------------------------------------===//

/// The numbers of a step of `N...` neurons: T x B of them.
static int64_t getNeurons(const Tensor &sequence) {
  return getProduct(ArrayRef(sequence.shape).drop_front(2));
}

namespace {
/// When a neuron fires, and what that does to its potential.
template <typename T> struct Firing {
  template <typename OpTy>
  explicit Firing(OpTy op)
      : kind(op.getReset().getKind()), time(op.getResetTime()),
        isStrict(op.getCompare() == Compare::Gt) {
    if (FloatAttr value = op.getReset().getAmount())
      amount = T(value.getValueAsDouble());
  }

  bool fires(T u, T threshold) const {
    return isStrict ? u > threshold : u >= threshold;
  }

  T reset(T u, T threshold) const {
    switch (kind) {
    case ResetKind::None:
      return u;
    case ResetKind::Value:
      return amount.value_or(T(0));
    case ResetKind::Subtract:
      return u - amount.value_or(threshold);
    case ResetKind::Modulo:
      return std::fmod(u, threshold);
    }
    llvm_unreachable("unknown reset");
  }

  /// The potential after leak and input, from the one stored; `fired` says
  /// whether the neuron did in the step before.
  T integrate(T v, T decay, T input, T threshold, bool fired) const {
    if (fired && time == ResetTime::Next)
      v = reset(v, threshold);
    T u = decay * v;
    u = u + input;
    if (fired && time == ResetTime::AfterDecay)
      u = reset(u, threshold);
    return u;
  }

  ResetKind kind;
  ResetTime time;
  bool isStrict;
  std::optional<T> amount;
};
} // namespace

template <typename T> LogicalResult Interpreter::runLIF(LIFOp op) {
  const Tensor &input = *get(op.getInput());
  int64_t neurons = getNeurons(input), count = input.shape[1] * neurons;
  std::vector<T> x = decode<T>(input), potentials(x.size());
  std::vector<int64_t> spikes(x.size());
  auto decays = getParameter<T>(op.getDecay(), op.getDecays(), neurons);
  auto thresholds =
      getParameter<T>(op.getThreshold(), op.getThresholds(), neurons);
  auto v = getState<T>(op.getInits(), 0, count);
  int64_t period = op.getRefractory();
  std::vector<int64_t> counters(count);
  if (period > 0)
    counters = getState<int64_t>(op.getInits(), 1, count);
  Firing<T> firing(op);
  bool givesBefore = op.getPotential() == Potential::BeforeReset;
  for (size_t at = 0; at != x.size(); ++at) {
    int64_t i = at % count, n = i % neurons;
    int64_t &counter = counters[i];
    // A spike in the step before has left the whole period.
    bool fired =
        period > 0 ? counter == period : firing.fires(v[i], thresholds[n]);
    if (op.getCounterTest() == CounterTest::After)
      counter = std::max<int64_t>(counter - 1, 0);
    bool isHeld = counter > 0;
    if (op.getCounterTest() == CounterTest::Before)
      counter = std::max<int64_t>(counter - 1, 0);
    T xt = isHeld && op.getHold() == Hold::Input ? T(0) : x[at];
    if (op.getDecayInput()) {
      // One subtraction: of f64 for an attribute, which is then rounded.
      T rest = op.getDecay() ? T(1.0 - op.getDecay()->convertToDouble())
                             : T(1) - decays[n];
      xt = rest * xt;
    }
    T u = firing.integrate(v[i], decays[n], xt, thresholds[n], fired);
    if (isHeld && op.getHold() == Hold::State)
      u = fired && firing.time != ResetTime::Same
              ? firing.reset(v[i], thresholds[n])
              : v[i];
    bool fires = !isHeld && firing.fires(u, thresholds[n]);
    bool resets = fires && firing.time == ResetTime::Same;
    v[i] = resets ? firing.reset(u, thresholds[n]) : u;
    if (fires)
      counter = period;
    spikes[at] = fires;
    potentials[at] = givesBefore ? u : v[i];
  }
  std::vector<Tensor> results;
  results.push_back(
      encode(spikes, getElementType(op.getSpikes()), input.shape));
  if (op.getPotential() != Potential::None)
    results.push_back(encode(potentials, input.elementType, input.shape));
  ArrayRef<int64_t> stateShape = ArrayRef(input.shape).drop_front();
  results.push_back(
      encode(v, getElementType(op.getRest()[results.size() - 1]), stateShape));
  if (period > 0)
    results.push_back(
        encode(counters, getElementType(op.getRest().back()), stateShape));
  return setResults(op, std::move(results));
}

template <typename T> LogicalResult Interpreter::runLI(LIOp op) {
  const Tensor &input = *get(op.getInput());
  int64_t neurons = getNeurons(input), count = input.shape[1] * neurons;
  std::vector<T> x = decode<T>(input);
  auto decays = getParameter<T>(op.getDecay(), op.getDecays(), neurons);
  auto v = getState<T>(op.getInits(), 0, count);
  for (size_t at = 0; at != x.size(); ++at) {
    int64_t i = at % count, n = i % neurons;
    if (op.getDecayInput()) {
      T rest = op.getDecay() ? T(1.0 - op.getDecay()->convertToDouble())
                             : T(1) - decays[n];
      x[at] = rest * x[at];
    }
    v[i] = decays[n] * v[i];
    v[i] = v[i] + x[at];
    x[at] = v[i];
  }
  std::vector<Tensor> results;
  results.push_back(encode(x, input.elementType, input.shape));
  results.push_back(encode(v, getElementType(op.getRest().front()),
                           ArrayRef(input.shape).drop_front()));
  return setResults(op, std::move(results));
}

template <typename T> LogicalResult Interpreter::runCubaLIF(CubaLIFOp op) {
  const Tensor &input = *get(op.getInput());
  int64_t neurons = getNeurons(input), count = input.shape[1] * neurons;
  std::vector<T> x = decode<T>(input);
  std::vector<int64_t> spikes(x.size());
  auto synapseDecays =
      getParameter<T>(op.getSynapseDecay(), op.getSynapseDecays(), neurons);
  auto decays = getParameter<T>(op.getDecay(), op.getDecays(), neurons);
  auto thresholds =
      getParameter<T>(op.getThreshold(), op.getThresholds(), neurons);
  auto v = getState<T>(op.getInits(), 0, count);
  auto c = getState<T>(op.getInits(), 1, count);
  Firing<T> firing(op);
  for (size_t at = 0; at != x.size(); ++at) {
    int64_t i = at % count, n = i % neurons;
    T old = c[i];
    c[i] = synapseDecays[n] * c[i];
    c[i] = c[i] + x[at];
    T current = op.getCurrent() == Current::New ? c[i] : old;
    bool fired = firing.fires(v[i], thresholds[n]);
    T u = firing.integrate(v[i], decays[n], current, thresholds[n], fired);
    bool fires = firing.fires(u, thresholds[n]);
    bool resets = fires && firing.time == ResetTime::Same;
    v[i] = resets ? firing.reset(u, thresholds[n]) : u;
    spikes[at] = fires;
  }
  std::vector<Tensor> results;
  ArrayRef<int64_t> stateShape = ArrayRef(input.shape).drop_front();
  results.push_back(
      encode(spikes, getElementType(op.getSpikes()), input.shape));
  results.push_back(encode(v, getElementType(op.getRest()[0]), stateShape));
  results.push_back(encode(c, getElementType(op.getRest()[1]), stateShape));
  return setResults(op, std::move(results));
}

LogicalResult Interpreter::run(LIFOp op) {
  return isDouble(op.getInput().getType().getElementType()) ? runLIF<double>(op)
                                                            : runLIF<float>(op);
}

LogicalResult Interpreter::run(LIOp op) {
  return isDouble(op.getInput().getType().getElementType()) ? runLI<double>(op)
                                                            : runLI<float>(op);
}

LogicalResult Interpreter::run(CubaLIFOp op) {
  return isDouble(op.getInput().getType().getElementType())
             ? runCubaLIF<double>(op)
             : runCubaLIF<float>(op);
}
