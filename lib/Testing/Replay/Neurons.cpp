//===- Neurons.cpp - Neurons on recorded spikes
//-----------------------------===//
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

static int getSpike(const reference::Tensor *recorded, int64_t at) {
  return recorded ? recorded->data[at] & 1 : -1;
}

/// One of two numbers, or both where the condition is open.
static Number select(const Number &condition, const Number &a,
                     const Number &b) {
  if (!condition.isOpen)
    return condition.integer ? a : b;
  return join(a, b);
}

static Number selectInt(const Number &condition, const Number &a,
                        const Number &b) {
  if (!condition.isOpen)
    return condition.integer ? a : b;
  return a.isOpen || b.isOpen || a.integer != b.integer ? Number::open() : a;
}

Number Replayer::getParameter(std::optional<APFloat> attribute, Value operand,
                              const Format &format, int64_t neuron) const {
  if (!attribute) {
    const Array &array = get(operand);
    return array.get(array.shape.empty() ? 0 : neuron);
  }
  // Rounded once to the type of the state.
  double value = attribute->convertToDouble();
  return Number::ofFloat(format.width == 64 ? value : double(float(value)));
}

Array Replayer::getState(OperandRange inits, unsigned index, Value final,
                         ArrayRef<int64_t> shape) const {
  if (inits.empty())
    return Array(getElementType(final), shape);
  return get(inits[index]);
}

//===----------------------------------------------------------------------===//
// Spikes
//===----------------------------------------------------------------------===//

LogicalResult Replayer::runFire(FireOp op) {
  FailureOr<const Step *> step = getStep(op, nullptr);
  if (failed(step))
    return failure();
  const Array &input = get(op.getInput());
  const Array *thresholds =
      op.getThresholds() ? &get(op.getThresholds()) : nullptr;
  Frame frame(**step);
  ArrayRef<uint32_t> places = (*step)->code.front().operands;
  Array spikes(getElementType(op.getSpikes()), input.shape);
  const reference::Tensor *recorded = getKnown(op.getSpikes());
  for (int64_t at = 0, end = spikes.size(); at != end; ++at) {
    frame.registers[places[0]] = input.get(at);
    if (thresholds)
      frame.registers[places[1]] = thresholds->get(at % thresholds->size());
    if (failed(frame.run()))
      return failure();
    Number spike = frame.result(0);
    spikes.set(at, takeSpike(op,
                             spike.isOpen ? std::nullopt
                                          : std::optional(spike.integer != 0),
                             getSpike(recorded, at), frame.registers[places[0]],
                             frame.registers[places[1]], input.shape, at));
    if (result->violation)
      return success();
  }
  return set(op, op.getSpikes(), std::move(spikes));
}

/// The recorded spikes of a gate decide candidates where it is not shut.
LogicalResult Replayer::runGate(RefractoryOp op) {
  Array candidates = get(op.getInput());
  ArrayRef<int64_t> shape = candidates.shape;
  Array spikes(candidates.type, shape);
  Array silent =
      getState(op.getInits(), 0, op.getRest().front(), shape.drop_front());
  const reference::Tensor *recorded = getKnown(op.getSpikes());
  auto fire = op.getInput().getDefiningOp<FireOp>();
  Number period = Number::ofInt(op.getPeriod());
  bool isEvent = op.getKind() == RefractoryKind::Event;
  int64_t count = silent.size();
  for (int64_t at = 0, end = candidates.size(); at != end; ++at) {
    int64_t i = at % count, t = at / count;
    Number left = silent.get(i), candidate = candidates.get(at);
    Number isShut = left.isOpen ? left : Number::ofInt(left.integer > 0);
    Number spike = selectInt(isShut, Number::ofInt(0), candidate);
    if (int known = getSpike(recorded, at); known >= 0) {
      if (!spike.isOpen && spike.integer != known) {
        Number u = Number::ofFloat(double(candidate.integer));
        std::optional<double> threshold;
        if (fire && candidate.integer == spike.integer) {
          u = get(fire.getInput()).get(at);
          threshold = fire.getThresholds()
                          ? get(fire.getThresholds())
                                .get(at % get(fire.getThresholds()).size())
                                .value
                          : fire.getThreshold()->convertToDouble();
        }
        violate(op, u, threshold, u.error, known, getPlace(shape, at, true));
        return success();
      }
      spike = Number::ofInt(known);
      if (candidate.isOpen && !isShut.isOpen && !isShut.integer)
        candidate = spike;
    }
    spikes.set(at, spike);
    Number next = left.isOpen
                      ? left
                      : Number::ofInt(std::max<int64_t>(left.integer - 1, 0));
    Number state = selectInt(isEvent ? spike : candidate, period, next);
    takeState(op, op.getRest().front(), t, t, i, state);
    if (result->violation)
      return success();
    silent.set(i, state);
  }
  std::vector<Array> results;
  results.push_back(std::move(spikes));
  results.push_back(std::move(silent));
  return setAll(op, std::move(results));
}

//===----------------------------------------------------------------------===//
// snn.neuron
//===----------------------------------------------------------------------===//

LogicalResult Replayer::runNeuron(NeuronOp op) {
  FailureOr<const Step *> step = getStep(op, &op.getStep().front());
  if (failed(step))
    return failure();
  Frame frame(**step);
  if (failed(bind(op, frame)))
    return failure();
  SmallVector<int64_t> shape;
  if (op.getInputs().empty()) {
    shape = {get(op.getTables().front()).shape[0]};
    llvm::append_range(shape, get(op.getInits().front()).shape);
  } else {
    shape = get(op.getInputs().front()).shape;
  }
  int64_t stepsDone = 0, numSteps = shape[0];
  int64_t count = getProduct(ArrayRef(shape).drop_front());
  int64_t neurons = getProduct(ArrayRef(shape).drop_front(2));
  int64_t position = windows.empty() ? options.position : 0;
  if (op.getOffset())
    position += get(op.getOffset()).get(0).integer;
  for (Value value : op.getTables())
    if (position < 0 || position + numSteps > get(value).shape[0])
      return op.emitOpError("expected a table for steps ")
             << position << " to " << position + numSteps - 1
             << ", but got one of " << get(value).shape[0];
  std::vector<Array> results;
  SmallVector<std::pair<unsigned, const reference::Tensor *>> recordings;
  for (auto [i, value] : llvm::enumerate(op.getOutputs())) {
    results.emplace_back(getElementType(value), ArrayRef<int64_t>(shape));
    if (getElementType(value).isInteger(1) && getKnown(value))
      recordings.emplace_back(i, getKnown(value));
  }
  for (auto [i, value] : llvm::enumerate(op.getFinals()))
    results.push_back(
        getState(op.getInits(), i, value, ArrayRef(shape).drop_front()));
  size_t numOutputs = op.getOutputs().size();
  SmallVector<std::pair<unsigned, bool>> spikes(recordings.size());
  for (; stepsDone != numSteps; ++stepsDone) {
    int64_t t = op.getReverse() ? numSteps - 1 - stepsDone : stepsDone;
    for (int64_t i = 0; i != count; ++i) {
      const uint32_t *place = (*step)->arguments.begin();
      for (Value value : op.getInputs())
        frame.registers[*place++] = get(value).get(t * count + i);
      for (Value value : op.getParams()) {
        const Array &array = get(value);
        frame.registers[*place++] =
            array.get(array.shape.empty() ? 0 : i % neurons);
      }
      for (Value value : op.getTables()) {
        const Array &table = get(value);
        int64_t row = table.size() / table.shape[0];
        frame.registers[*place++] =
            table.get((position + t) * row + (row == 1 ? 0 : i % neurons));
      }
      for (size_t s = numOutputs; s != results.size(); ++s)
        frame.registers[*place++] = results[s].get(i);
      for (auto [spike, known] : llvm::zip_equal(spikes, recordings))
        spike = {known.first, known.second->data[t * count + i] & 1};
      FailureOr<int64_t> wrong = frame.run(spikes);
      if (failed(wrong))
        return failure();
      if (*wrong >= 0) {
        const Instruction *compare =
            (*step)->findCompare((*step)->results[*wrong]);
        Number u, threshold;
        if (compare) {
          u = frame.registers[compare->operands[0]];
          threshold = frame.registers[compare->operands[1]];
        }
        bool recorded = !frame.result(*wrong).integer;
        violate(op, u, compare ? std::optional(threshold.value) : std::nullopt,
                u.error + threshold.error, recorded,
                getPlace(shape, t * count + i, true));
        return success();
      }
      for (size_t r = 0; r != results.size(); ++r) {
        Number number = frame.result(r);
        if (r < numOutputs) {
          results[r].set(t * count + i, number);
          continue;
        }
        takeState(op, op.getFinals()[r - numOutputs], t, stepsDone, i, number);
        results[r].set(i, number);
      }
      if (result->violation)
        return success();
    }
  }
  result->points += frame.points.all;
  result->band += frame.points.open;
  return setAll(op, std::move(results));
}

//===----------------------------------------------------------------------===//
// Named neurons
//===----------------------------------------------------------------------===//

namespace {
/// When a neuron fires, and what that does to its potential.
struct Firing {
  template <typename OpTy>
  Firing(OpTy op, const Format &format, double factor)
      : kind(op.getReset().getKind()), time(op.getResetTime()),
        isStrict(op.getCompare() == Compare::Gt), format(format),
        factor(factor) {
    if (FloatAttr attribute = op.getReset().getAmount()) {
      double value = attribute.getValueAsDouble();
      amount = Number::ofFloat(format.width == 64 ? value : float(value));
    }
  }

  Number reset(const Number &u, const Number &threshold) const {
    switch (kind) {
    case ResetKind::None:
      return u;
    case ResetKind::Value:
      return amount.value_or(Number::ofFloat(0));
    case ResetKind::Subtract:
      return subtract(u, amount.value_or(threshold), format, factor);
    case ResetKind::Modulo:
      return remainder(u, threshold);
    }
    llvm_unreachable("unknown reset");
  }

  /// The potential after leak and input; `fired` says whether the neuron did in
  /// the step before.
  Number integrate(Number v, const Number &decay, const Number &input,
                   const Number &threshold, const Number &fired) const {
    if (time == ResetTime::Next)
      v = select(fired, reset(v, threshold), v);
    Number u = add(multiply(decay, v, format, factor), input, format, factor);
    if (time == ResetTime::AfterDecay)
      u = select(fired, reset(u, threshold), u);
    return u;
  }

  /// Of a spike of the step before the first, which only the potential tells.
  Number getFired(const Number &v, const Number &threshold) const {
    std::optional<bool> outcome = compare(v, threshold, isStrict);
    return outcome ? Number::ofInt(*outcome) : Number::open();
  }

  ResetKind kind;
  ResetTime time;
  bool isStrict;
  Format format;
  double factor;
  std::optional<Number> amount;
};
} // namespace

/// What the input is multiplied with: 1 - decay, of an attribute computed in
/// f64 and rounded once.
static Number getInputFactor(std::optional<APFloat> attribute,
                             const Number &decay, const Format &format) {
  if (!attribute)
    return subtract(Number::ofFloat(1), decay, format, 1);
  double rest = 1 - attribute->convertToDouble();
  return Number::ofFloat(format.width == 64 ? rest : double(float(rest)));
}

LogicalResult Replayer::runLIF(LIFOp op) {
  const Array &input = get(op.getInput());
  ArrayRef<int64_t> shape = input.shape;
  SmallVector<Value> finals(op.getFinalStates());
  Array v = getState(op.getInits(), 0, finals[0], shape.drop_front());
  int64_t count = v.size(), neurons = getProduct(shape.drop_front(2));
  int64_t period = op.getRefractory();
  Array counters(IntegerType::get(op.getContext(), 32), shape.drop_front());
  if (period > 0)
    counters = getState(op.getInits(), 1, finals[1], shape.drop_front());
  Firing firing(op, v.format, getFactor(op));
  Array spikes(getElementType(op.getSpikes()), shape);
  Array potentials(input.type, shape);
  const reference::Tensor *recorded = getKnown(op.getSpikes());
  for (int64_t at = 0, end = input.size(); at != end; ++at) {
    int64_t i = at % count, n = i % neurons, t = at / count;
    Number old = v.get(i), x = input.get(at), counter = counters.get(i);
    Number decay = getParameter(op.getDecay(), op.getDecays(), v.format, n);
    Number threshold =
        getParameter(op.getThreshold(), op.getThresholds(), v.format, n);
    Number fired =
        t > 0 ? spikes.get(at - count) : firing.getFired(old, threshold);
    if (period > 0)
      fired =
          counter.isOpen ? counter : Number::ofInt(counter.integer == period);
    Number less =
        counter.isOpen
            ? counter
            : Number::ofInt(std::max<int64_t>(counter.integer - 1, 0));
    Number tested = op.getCounterTest() == CounterTest::After ? less : counter;
    Number isHeld = tested.isOpen ? tested : Number::ofInt(tested.integer > 0);
    if (op.getHold() == Hold::Input)
      x = select(isHeld, Number::ofFloat(0), x);
    if (op.getDecayInput())
      x = multiply(getInputFactor(op.getDecay(), decay, v.format), x, v.format,
                   firing.factor);
    Number u = firing.integrate(old, decay, x, threshold, fired);
    if (op.getHold() == Hold::State) {
      Number kept = firing.time == ResetTime::Same
                        ? old
                        : select(fired, firing.reset(old, threshold), old);
      u = select(isHeld, kept, u);
    }
    std::optional<bool> outcome = compare(u, threshold, firing.isStrict);
    if (!isHeld.isOpen && isHeld.integer)
      outcome = false;
    else if (isHeld.isOpen && outcome.value_or(true))
      outcome.reset();
    Number spike =
        takeSpike(op, outcome, getSpike(recorded, at), u, threshold, shape, at);
    Number left = u;
    if (firing.time == ResetTime::Same)
      left = select(spike, firing.reset(u, threshold), u);
    if (period > 0) {
      Number next = selectInt(spike, Number::ofInt(period), less);
      takeState(op, finals[1], t, t, i, next);
      counters.set(i, next);
    }
    takeState(op, finals[0], t, t, i, left);
    if (result->violation)
      return success();
    spikes.set(at, spike);
    Number given = op.getPotential() == Potential::BeforeReset ? u : left;
    round(given, input.format, 1, /*isExact=*/true);
    potentials.set(at, given);
    v.set(i, left);
  }
  std::vector<Array> results;
  results.push_back(std::move(spikes));
  if (op.getPotential() != Potential::None)
    results.push_back(std::move(potentials));
  results.push_back(std::move(v));
  if (period > 0)
    results.push_back(std::move(counters));
  return setAll(op, std::move(results));
}

LogicalResult Replayer::runLI(LIOp op) {
  const Array &input = get(op.getInput());
  ArrayRef<int64_t> shape = input.shape;
  Value final = op.getFinalStates()[0];
  Array v = getState(op.getInits(), 0, final, shape.drop_front());
  Array output(input.type, shape);
  int64_t count = v.size(), neurons = getProduct(shape.drop_front(2));
  double factor = getFactor(op);
  for (int64_t at = 0, end = input.size(); at != end; ++at) {
    int64_t i = at % count, t = at / count;
    Number decay =
        getParameter(op.getDecay(), op.getDecays(), v.format, i % neurons);
    Number x = input.get(at);
    if (op.getDecayInput())
      x = multiply(getInputFactor(op.getDecay(), decay, v.format), x, v.format,
                   factor);
    Number u =
        add(multiply(decay, v.get(i), v.format, factor), x, v.format, factor);
    Number given = u;
    round(given, input.format, 1, /*isExact=*/true);
    output.set(at, given);
    takeState(op, final, t, t, i, u);
    if (result->violation)
      return success();
    v.set(i, u);
  }
  std::vector<Array> results;
  results.push_back(std::move(output));
  results.push_back(std::move(v));
  return setAll(op, std::move(results));
}

LogicalResult Replayer::runCubaLIF(CubaLIFOp op) {
  const Array &input = get(op.getInput());
  ArrayRef<int64_t> shape = input.shape;
  SmallVector<Value> finals(op.getFinalStates());
  Array v = getState(op.getInits(), 0, finals[0], shape.drop_front());
  Array c = getState(op.getInits(), 1, finals[1], shape.drop_front());
  int64_t count = v.size(), neurons = getProduct(shape.drop_front(2));
  Firing firing(op, v.format, getFactor(op));
  Array spikes(getElementType(op.getSpikes()), shape);
  const reference::Tensor *recorded = getKnown(op.getSpikes());
  for (int64_t at = 0, end = input.size(); at != end; ++at) {
    int64_t i = at % count, n = i % neurons, t = at / count;
    Number synapse =
        getParameter(op.getSynapseDecay(), op.getSynapseDecays(), v.format, n);
    Number decay = getParameter(op.getDecay(), op.getDecays(), v.format, n);
    Number threshold =
        getParameter(op.getThreshold(), op.getThresholds(), v.format, n);
    Number old = c.get(i);
    Number next = add(multiply(synapse, old, v.format, firing.factor),
                      input.get(at), v.format, firing.factor);
    Number fired =
        t > 0 ? spikes.get(at - count) : firing.getFired(v.get(i), threshold);
    Number u = firing.integrate(v.get(i), decay,
                                op.getCurrent() == Current::New ? next : old,
                                threshold, fired);
    Number spike = takeSpike(op, compare(u, threshold, firing.isStrict),
                             getSpike(recorded, at), u, threshold, shape, at);
    if (firing.time == ResetTime::Same)
      u = select(spike, firing.reset(u, threshold), u);
    takeState(op, finals[0], t, t, i, u);
    takeState(op, finals[1], t, t, i, next);
    if (result->violation)
      return success();
    spikes.set(at, spike);
    v.set(i, u);
    c.set(i, next);
  }
  std::vector<Array> results;
  results.push_back(std::move(spikes));
  results.push_back(std::move(v));
  results.push_back(std::move(c));
  return setAll(op, std::move(results));
}
