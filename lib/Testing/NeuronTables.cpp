//===- NeuronTables.cpp - Random named neurons ----------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModuleBuilder.h"

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::testing;

namespace {
/// A decay or threshold: an attribute or an operand.
struct Param {
  FloatAttr attr;
  Value operand;
};

const std::vector<StringRef> kForms = {"attr", "scalar", "layer", "neuron"};
const std::vector<StringRef> kFloats = {"f16", "bf16", "f32", "f64"};
const std::vector<StringRef> kResets = {
    "none", "value", "value_amount", "subtract", "subtract_amount", "modulo"};
const std::vector<StringRef> kResetTimes = {"same", "next", "after_decay"};
const std::vector<StringRef> kNo = {"no", "yes"};
const std::vector<StringRef> kInits = {"absent", "state"};
const std::vector<StringRef> kCompares = {"ge", "gt"};
} // namespace

/// The type of numbers in the state of a neuron.
static Type getStateElement(Type element) {
  return getAccumulatorType(element);
}

/// `value` as an attribute, or as an operand of `form` with numbers near it.
static Param makeParam(ModuleBuilder &b, StringRef form, const Source &input,
                       double value, Content content) {
  if (form == "attr")
    return {getF64Attr(b.builder, value), Value()};
  Type element = getStateElement(input.getElement());
  if (form == "scalar")
    return {{},
            arith::ConstantOp::create(b.builder, b.loc,
                                      b.builder.getFloatAttr(element, value))};
  SmallVector<int64_t> shape;
  if (form == "neuron")
    shape.assign(input.getNeurons().begin(), input.getNeurons().end());
  return {{}, b.makeParam(shape, element, {content, {}, value})};
}

static double pickDecay(ModuleBuilder &b) {
  return b.random.pick({0.0, 0.25, 0.5, 0.75, 0.9, 0.96875, 1.0, 0.3});
}

/// The scale of a potential that leaks with `decay` and adds the input.
static double getPotentialScale(double input, double decay, bool decayInput) {
  double gain = 1 / std::sqrt(std::max(1 - decay * decay, 0.05));
  return input * gain * (decayInput ? std::max(1 - decay, 0.02) : 1);
}

static ResetAttr makeReset(ModuleBuilder &b, StringRef kind, double threshold) {
  auto get = [&](ResetKind reset, std::optional<double> amount = {}) {
    return ResetAttr::get(b.getContext(), reset,
                          amount ? getF64Attr(b.builder, *amount)
                                 : FloatAttr());
  };
  double part = threshold * b.random.pick({0.25, 0.5, 0.75});
  if (kind == "value")
    return get(ResetKind::Value);
  if (kind == "value_amount")
    return get(ResetKind::Value, b.random.pick({-part, part}));
  if (kind == "subtract")
    return get(ResetKind::Subtract);
  if (kind == "subtract_amount")
    return get(ResetKind::Subtract, part);
  return get(kind == "modulo" ? ResetKind::Modulo : ResetKind::None);
}

static SmallVector<Type> getStateTypes(ModuleBuilder &b, const Source &input,
                                       int64_t numFloats, bool hasCounter) {
  Type element = getStateElement(input.getElement());
  SmallVector<Type> types(numFloats, b.getState(input.getNeurons(), element));
  if (hasCounter)
    types.push_back(b.getState(input.getNeurons(), b.builder.getI32Type()));
  return types;
}

static bool makeLIF(ModuleBuilder &b, const Draw &draw) {
  Source input =
      b.pickSource(b.getElement(draw["dtype"]), draw["rank"] == "4" ? 2 : 1);
  if (!input.value)
    return false;
  double decay = pickDecay(b);
  bool decayInput = draw["decay_input"] == "yes";
  double scale = getPotentialScale(input.scale, decay, decayInput);
  double threshold = b.pickThreshold(scale);
  Param decays = makeParam(b, draw["decay"], input, decay, Content::Fraction);
  Param thresholds =
      makeParam(b, draw["threshold"], input, threshold, Content::Positive);
  int64_t refractory;
  (void)draw["refractory"].getAsInteger(10, refractory);
  SmallVector<Value> inits =
      b.makeInits(draw["init"], getStateTypes(b, input, 1, refractory > 0));
  auto op = LIFOp::create(
      b.builder, b.loc, input.value, decays.operand, thresholds.operand, inits,
      decays.attr, thresholds.attr, makeReset(b, draw["reset"], threshold),
      *symbolizeResetTime(draw["reset_time"]),
      *symbolizeCompare(draw["compare"]), decayInput, refractory,
      *symbolizeHold(draw["hold"]), *symbolizeCounterTest(draw["counter_test"]),
      *symbolizePotential(draw["potential"]), SurrogateAttr(),
      /*allow_nonpositive_threshold=*/true);
  b.addFinals(op.getFinalStates());
  b.addSource(op.getSpikes(), 0.15);
  if (draw["potential"] != "none")
    b.addSource(op.getRest().front(), scale);
  return true;
}

static bool makeLI(ModuleBuilder &b, const Draw &draw) {
  Source input =
      b.pickSource(b.getElement(draw["dtype"]), draw["rank"] == "4" ? 2 : 1);
  if (!input.value)
    return false;
  double decay = pickDecay(b);
  bool decayInput = draw["decay_input"] == "yes";
  Param decays = makeParam(b, draw["decay"], input, decay, Content::Fraction);
  SmallVector<Value> inits =
      b.makeInits(draw["init"], getStateTypes(b, input, 1, false));
  auto op = LIOp::create(b.builder, b.loc, input.value, decays.operand, inits,
                         decays.attr, decayInput);
  b.addFinals(op.getFinalStates());
  b.addSource(op.getOutput(),
              getPotentialScale(input.scale, decay, decayInput));
  return true;
}

static bool makeCubaLIF(ModuleBuilder &b, const Draw &draw) {
  Source input =
      b.pickSource(b.getElement(draw["dtype"]), draw["rank"] == "4" ? 2 : 1);
  if (!input.value)
    return false;
  double decay = pickDecay(b), synapseDecay = pickDecay(b);
  double scale = getPotentialScale(
      getPotentialScale(input.scale, synapseDecay, false), decay, false);
  double threshold = b.pickThreshold(scale);
  Param synapses = makeParam(b, draw["synapse_decay"], input, synapseDecay,
                             Content::Fraction);
  Param decays = makeParam(b, draw["decay"], input, decay, Content::Fraction);
  Param thresholds =
      makeParam(b, draw["threshold"], input, threshold, Content::Positive);
  SmallVector<Value> inits =
      b.makeInits(draw["init"], getStateTypes(b, input, 2, false));
  auto op = CubaLIFOp::create(
      b.builder, b.loc, input.value, synapses.operand, decays.operand,
      thresholds.operand, inits, synapses.attr, decays.attr, thresholds.attr,
      makeReset(b, draw["reset"], threshold),
      *symbolizeResetTime(draw["reset_time"]),
      *symbolizeCompare(draw["compare"]), *symbolizeCurrent(draw["current"]),
      SurrogateAttr(), /*allow_nonpositive_threshold=*/true);
  b.addFinals(op.getFinalStates());
  b.addSource(op.getSpikes(), 0.15);
  return true;
}

void mlir::snn::testing::addNeuronTables(std::vector<OpTable> &tables) {
  tables.push_back({"lif",
                    {{"dtype", kFloats},
                     {"rank", {"3", "4"}},
                     {"decay", kForms},
                     {"threshold", kForms},
                     {"reset", kResets},
                     {"reset_time", kResetTimes},
                     {"compare", kCompares},
                     {"decay_input", kNo},
                     {"refractory", {"0", "1", "2", "5"}},
                     {"hold", {"emission", "input", "state"}},
                     {"counter_test", {"before", "after"}},
                     {"potential", {"none", "before_reset", "after_reset"}},
                     {"init", kInits}},
                    nullptr,
                    makeLIF});
  tables.push_back({"li",
                    {{"dtype", kFloats},
                     {"rank", {"3", "4"}},
                     {"decay", kForms},
                     {"decay_input", kNo},
                     {"init", kInits}},
                    nullptr,
                    makeLI});
  tables.push_back({"cuba_lif",
                    {{"dtype", kFloats},
                     {"rank", {"3", "4"}},
                     {"synapse_decay", kForms},
                     {"decay", kForms},
                     {"threshold", kForms},
                     {"reset", kResets},
                     {"reset_time", kResetTimes},
                     {"compare", kCompares},
                     {"current", {"new", "old"}},
                     {"init", kInits}},
                    nullptr,
                    makeCubaLIF});
}
