//===- SNNNeurons.cpp - Steps of the named neurons ------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/IR/SNN.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::snn;

namespace {
/// Writes scalar arithmetic in one float type, each operation rounded.
struct Step {
  OpBuilder &builder;
  Location loc;
  Type type;

  Value constant(double value) {
    return arith::ConstantOp::create(builder, loc,
                                     builder.getFloatAttr(type, value));
  }
  Value counter(int64_t value) {
    return arith::ConstantOp::create(builder, loc,
                                     builder.getI32IntegerAttr(value));
  }
  Value add(Value a, Value b) {
    return arith::AddFOp::create(builder, loc, a, b);
  }
  Value sub(Value a, Value b) {
    return arith::SubFOp::create(builder, loc, a, b);
  }
  Value mul(Value a, Value b) {
    return arith::MulFOp::create(builder, loc, a, b);
  }
  Value select(Value condition, Value a, Value b) {
    return arith::SelectOp::create(builder, loc, condition, a, b);
  }
  /// To or from the type of the step, where the sequence has another.
  Value convert(Value value, Type to) {
    unsigned from = value.getType().getIntOrFloatBitWidth();
    if (value.getType() == to)
      return value;
    if (from < to.getIntOrFloatBitWidth())
      return arith::ExtFOp::create(builder, loc, to, value);
    return arith::TruncFOp::create(builder, loc, to, value);
  }
  Value fire(Value potential, Value threshold, Compare compare) {
    auto predicate = compare == Compare::Ge ? arith::CmpFPredicate::OGE
                                            : arith::CmpFPredicate::OGT;
    return arith::CmpFOp::create(builder, loc, predicate, potential, threshold);
  }
  Value reset(ResetAttr reset, Value potential, Value threshold) {
    FloatAttr amount = reset.getAmount();
    switch (reset.getKind()) {
    case ResetKind::None:
      return potential;
    case ResetKind::Value:
      return constant(amount ? amount.getValueAsDouble() : 0.0);
    case ResetKind::Subtract:
      return sub(potential,
                 amount ? constant(amount.getValueAsDouble()) : threshold);
    case ResetKind::Modulo:
      return arith::RemFOp::create(builder, loc, potential, threshold);
    }
    llvm_unreachable("unknown reset");
  }
};

/// A refractory counter: whether it holds in this step, and what it becomes
/// where no spike sets it.
struct Counter {
  Value holds, next;

  Counter(Step &step, Value counter, CounterTest test) {
    Value zero = step.counter(0), one = step.counter(1);
    Value less = arith::SubIOp::create(step.builder, step.loc, counter, one);
    next = arith::MaxSIOp::create(step.builder, step.loc, less, zero);
    holds = arith::CmpIOp::create(
        step.builder, step.loc, arith::CmpIPredicate::sgt,
        test == CounterTest::Before ? counter : next, zero);
  }
};
} // namespace

/// The scalar of a parameter: an attribute, or the next argument.
static Value getParam(Step &step, const std::optional<APFloat> &attr,
                      ValueRange &args) {
  if (attr)
    return step.constant(attr->convertToDouble());
  Value value = args.front();
  args = args.drop_front();
  return step.convert(value, step.type);
}

/// x, or (1 - decay) x.
static Value scaleInput(Step &step, Value input, bool scaled, Value decay,
                        const std::optional<APFloat> &attr) {
  if (!scaled)
    return input;
  if (attr)
    return step.mul(step.constant(1.0 - attr->convertToDouble()), input);
  return step.mul(step.sub(step.constant(1.0), decay), input);
}

/// decay v + x; with a decay of exactly 1 there is no product.
static Value leak(Step &step, Value decay, const std::optional<APFloat> &attr,
                  Value state, Value input) {
  bool isOne = attr && attr->convertToDouble() == 1.0;
  return step.add(isOne ? state : step.mul(decay, state), input);
}

static Type getStepType(Value state) {
  return cast<ShapedType>(state.getType()).getElementType();
}

/// The operands among `values` that are present.
static SmallVector<Value> getPresent(ArrayRef<Value> values) {
  SmallVector<Value> present;
  llvm::copy_if(values, std::back_inserter(present),
                [](Value value) { return value != nullptr; });
  return present;
}

/// Start of a step with a late reset: the potential that the decay acts on.
static Value resetLate(Step &step, ResetAttr reset, ResetTime time,
                       ResetTime when, Value fired, Value potential,
                       Value threshold) {
  if (time != when || reset.getKind() == ResetKind::None)
    return potential;
  return step.select(fired, step.reset(reset, potential, threshold), potential);
}

//===----------------------------------------------------------------------===//
// snn.lif
//===----------------------------------------------------------------------===//

SmallVector<Value> LIFOp::getStepInputs() { return {getInput()}; }

SmallVector<Value> LIFOp::getStepParams() {
  return getPresent({getDecays(), getThresholds()});
}

void LIFOp::buildStep(OpBuilder &builder, ValueRange args,
                      SmallVectorImpl<Value> &outputs,
                      SmallVectorImpl<Value> &states) {
  Step step{builder, getLoc(), getStepType(getFinalStates()[0])};
  Value x = step.convert(args[0], step.type);
  args = args.drop_front();
  Value decay = getParam(step, getDecay(), args);
  Value threshold = getParam(step, getThreshold(), args);
  Value v = args[0];

  std::optional<Counter> counter;
  if (getRefractory() > 0)
    counter.emplace(step, args[1], getCounterTest());
  Value input = scaleInput(step, x, getDecayInput(), decay, getDecay());
  if (counter && getHold() == Hold::Input)
    input = step.select(counter->holds, step.constant(0.0), input);

  // Where the reset is late, the last step fired if its potential says so, or
  // if its counter was just set.
  Value fired;
  if (getResetTime() != ResetTime::Same)
    fired = counter
                ? Value(arith::CmpIOp::create(builder, getLoc(),
                                              arith::CmpIPredicate::eq, args[1],
                                              step.counter(getRefractory())))
                : step.fire(v, threshold, getCompare());
  Value start = resetLate(step, getReset(), getResetTime(), ResetTime::Next,
                          fired, v, threshold);
  Value u = leak(step, decay, getDecay(), start, input);
  u = resetLate(step, getReset(), getResetTime(), ResetTime::AfterDecay, fired,
                u, threshold);
  if (counter && getHold() == Hold::State) {
    // What is held is after the reset, late or not.
    Value held = resetLate(step, getReset(), getResetTime(),
                           ResetTime::AfterDecay, fired, start, threshold);
    u = step.select(counter->holds, held, u);
  }

  Value spike = step.fire(u, threshold, getCompare());
  if (counter) {
    Value yes =
        arith::ConstantOp::create(builder, getLoc(), builder.getBoolAttr(true));
    Value free = arith::XOrIOp::create(builder, getLoc(), counter->holds, yes);
    spike = arith::AndIOp::create(builder, getLoc(), spike, free);
  }
  Value next = u;
  if (getResetTime() == ResetTime::Same &&
      getReset().getKind() != ResetKind::None)
    next = step.select(spike, step.reset(getReset(), u, threshold), u);

  outputs.push_back(spike);
  if (getPotential() != Potential::None)
    outputs.push_back(
        step.convert(getPotential() == Potential::BeforeReset ? u : next,
                     getInput().getType().getElementType()));
  states.push_back(next);
  if (counter)
    states.push_back(
        step.select(spike, step.counter(getRefractory()), counter->next));
}

//===----------------------------------------------------------------------===//
// snn.li
//===----------------------------------------------------------------------===//

SmallVector<Value> LIOp::getStepInputs() { return {getInput()}; }

SmallVector<Value> LIOp::getStepParams() { return getPresent({getDecays()}); }

void LIOp::buildStep(OpBuilder &builder, ValueRange args,
                     SmallVectorImpl<Value> &outputs,
                     SmallVectorImpl<Value> &states) {
  Step step{builder, getLoc(), getStepType(getFinalStates()[0])};
  Value x = step.convert(args[0], step.type);
  args = args.drop_front();
  Value decay = getParam(step, getDecay(), args);
  Value input = scaleInput(step, x, getDecayInput(), decay, getDecay());
  Value v = leak(step, decay, getDecay(), args[0], input);
  outputs.push_back(step.convert(v, getInput().getType().getElementType()));
  states.push_back(v);
}

//===----------------------------------------------------------------------===//
// snn.cuba_lif
//===----------------------------------------------------------------------===//

SmallVector<Value> CubaLIFOp::getStepInputs() { return {getInput()}; }

SmallVector<Value> CubaLIFOp::getStepParams() {
  return getPresent({getSynapseDecays(), getDecays(), getThresholds()});
}

void CubaLIFOp::buildStep(OpBuilder &builder, ValueRange args,
                          SmallVectorImpl<Value> &outputs,
                          SmallVectorImpl<Value> &states) {
  Step step{builder, getLoc(), getStepType(getFinalStates()[0])};
  Value x = step.convert(args[0], step.type);
  args = args.drop_front();
  Value synapseDecay = getParam(step, getSynapseDecay(), args);
  Value decay = getParam(step, getDecay(), args);
  Value threshold = getParam(step, getThreshold(), args);
  Value v = args[0], c = args[1];

  Value current = leak(step, synapseDecay, getSynapseDecay(), c, x);
  Value fired = step.fire(v, threshold, getCompare());
  Value start = resetLate(step, getReset(), getResetTime(), ResetTime::Next,
                          fired, v, threshold);
  Value u = leak(step, decay, getDecay(), start,
                 getCurrent() == Current::New ? current : c);
  u = resetLate(step, getReset(), getResetTime(), ResetTime::AfterDecay, fired,
                u, threshold);
  Value spike = step.fire(u, threshold, getCompare());
  Value next = u;
  if (getResetTime() == ResetTime::Same &&
      getReset().getKind() != ResetKind::None)
    next = step.select(spike, step.reset(getReset(), u, threshold), u);
  outputs.push_back(spike);
  states.append({next, current});
}

//===----------------------------------------------------------------------===//
// snn.refractory
//===----------------------------------------------------------------------===//

bool RefractoryOp::hasStep() { return getKind() != RefractoryKind::Phase; }

SmallVector<Value> RefractoryOp::getStepInputs() { return {getInput()}; }

SmallVector<Value> RefractoryOp::getStepParams() { return {}; }

void RefractoryOp::buildStep(OpBuilder &builder, ValueRange args,
                             SmallVectorImpl<Value> &outputs,
                             SmallVectorImpl<Value> &states) {
  Step step{builder, getLoc(), builder.getI32Type()};
  Value candidate = args[0];
  Counter counter(step, args[1], CounterTest::Before);
  Value no =
      arith::ConstantOp::create(builder, getLoc(), builder.getBoolAttr(false));
  Value spike = step.select(counter.holds, no, candidate);
  Value sets = getKind() == RefractoryKind::Event ? spike : candidate;
  outputs.push_back(spike);
  states.push_back(step.select(sets, step.counter(getPeriod()), counter.next));
}

//===----------------------------------------------------------------------===//
// snn.scan
//===----------------------------------------------------------------------===//

/// A coefficient that varies with time is an input of the step.
static bool isVarying(ScanOp op, unsigned index) {
  return op.isSequenceOperand(op->getOpOperand(op.getInputs().size() + index));
}

bool ScanOp::isReverse() { return getReverse(); }

ScheduleAttr ScanOp::getStepSchedule() {
  return getAssociative()
             ? ScheduleAttr::get(getContext(), ScheduleKind::Scan, 0)
             : ScheduleAttr();
}

SmallVector<Value> ScanOp::getStepInputs() {
  SmallVector<Value> inputs(getInputs());
  for (auto [i, coefficient] : llvm::enumerate(getCoefficients()))
    if (isVarying(*this, i))
      inputs.push_back(coefficient);
  return inputs;
}

SmallVector<Value> ScanOp::getStepParams() {
  SmallVector<Value> params;
  for (auto [i, coefficient] : llvm::enumerate(getCoefficients()))
    if (!isVarying(*this, i))
      params.push_back(coefficient);
  return params;
}

namespace {
/// The sums and products of a scan, in floats or integers.
struct ScanStep {
  OpBuilder &builder;
  Location loc;
  bool isFloat;

  template <typename FloatOp, typename IntOp> Value emit(Value a, Value b) {
    if (isFloat)
      return FloatOp::create(builder, loc, a, b);
    return IntOp::create(builder, loc, a, b);
  }
  Value add(Value a, Value b) {
    return emit<arith::AddFOp, arith::AddIOp>(a, b);
  }
  Value sub(Value a, Value b) {
    return emit<arith::SubFOp, arith::SubIOp>(a, b);
  }
  Value mul(Value a, Value b) {
    return emit<arith::MulFOp, arith::MulIOp>(a, b);
  }
  /// Component `i` of A h.
  Value row(ScanKind kind, size_t i, ArrayRef<Value> a, ValueRange h) {
    if (kind == ScanKind::Real)
      return a.empty() ? Value(h[0]) : mul(a[0], h[0]);
    if (kind == ScanKind::Complex)
      return i == 0 ? sub(mul(a[0], h[0]), mul(a[1], h[1]))
                    : add(mul(a[0], h[1]), mul(a[1], h[0]));
    Value sum = mul(a[i * h.size()], h[0]);
    for (size_t j = 1; j < h.size(); ++j)
      sum = add(sum, mul(a[i * h.size() + j], h[j]));
    return sum;
  }
};
} // namespace

void ScanOp::buildStep(OpBuilder &builder, ValueRange args,
                       SmallVectorImpl<Value> &outputs,
                       SmallVectorImpl<Value> &states) {
  Type type = getStepType(getFinalStates()[0]);
  Step convert{builder, getLoc(), type};
  ScanStep step{builder, getLoc(), isa<FloatType>(type)};
  auto toStep = [&](Value value) {
    return step.isFloat ? convert.convert(value, type) : value;
  };
  ValueRange inputs = args.take_front(getInputs().size());
  ValueRange h = args.take_back(getNumComponents());
  ValueRange varying = args.drop_front(getInputs().size());
  ValueRange constant =
      varying.drop_front(getStepInputs().size() - getInputs().size());
  SmallVector<Value> a;
  for (unsigned i = 0; i != getCoefficients().size(); ++i) {
    ValueRange &from = isVarying(*this, i) ? varying : constant;
    a.push_back(toStep(from.front()));
    from = from.drop_front();
  }
  for (size_t i = 0; i != h.size(); ++i) {
    Value next = step.row(getKind(), i, a, h);
    if (i < inputs.size())
      next = step.add(next, toStep(inputs[i]));
    states.push_back(next);
  }
  Type element =
      cast<ShapedType>(getInputs().front().getType()).getElementType();
  for (Value state : states)
    outputs.push_back(step.isFloat ? convert.convert(state, element) : state);
}
