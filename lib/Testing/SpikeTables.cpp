//===- SpikeTables.cpp - Random ops on spikes -----------------------------===//
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

/// A threshold operand: a constant, a parameter, or a sequence.
static Value makeThreshold(ModuleBuilder &b, StringRef form,
                           const Source &input, double value) {
  Type element = input.getElement();
  bool isFloat = isa<FloatType>(element);
  if (form == "scalar")
    return arith::ConstantOp::create(
        b.builder, b.loc,
        isFloat ? TypedAttr(b.builder.getFloatAttr(element, value))
                : TypedAttr(b.builder.getIntegerAttr(element, 1)));
  if (form == "sequence")
    return b.makeSource(input.getNeurons(), element).value;
  DataSpec data{isFloat ? Content::Positive : Content::Counts, {}, value};
  ArrayRef<int64_t> shape;
  if (form == "neuron")
    shape = input.getNeurons();
  return b.makeParam(shape, element, data);
}

static bool makeFire(ModuleBuilder &b, const Draw &draw) {
  Source input =
      b.pickSource(b.getElement(draw["dtype"]), draw["rank"] == "4" ? 2 : 1);
  if (!input.value)
    return false;
  double value = b.pickThreshold(input.scale);
  FloatAttr attr;
  Value operand;
  if (draw["threshold"] == "attr")
    attr = getF64Attr(b.builder, value);
  else if (!(operand = makeThreshold(b, draw["threshold"], input, value)))
    return false;
  Value spikes =
      FireOp::create(b.builder, b.loc, input.value, operand, attr,
                     *symbolizeCompare(draw["compare"]), SurrogateAttr());
  b.addSource(spikes, 0.3);
  return true;
}

static bool makeRefractory(ModuleBuilder &b, const Draw &draw) {
  Source input =
      b.pickSource(b.builder.getI1Type(), draw["rank"] == "4" ? 2 : 1);
  if (!input.value)
    return false;
  RefractoryKind kind = *symbolizeRefractoryKind(draw["kind"]);
  int64_t period, phase = 0;
  (void)draw["period"].getAsInteger(10, period);
  Value offset;
  SmallVector<Value> inits;
  if (kind == RefractoryKind::Phase) {
    phase = b.random.below(period);
    offset = b.makeOffset(draw["offset"]);
  } else {
    inits = b.makeInits(draw["init"],
                        b.getState(input.getNeurons(), b.builder.getI32Type()));
  }
  auto op = RefractoryOp::create(b.builder, b.loc, input.value, inits, offset,
                                 kind, period, phase);
  if (kind != RefractoryKind::Phase)
    b.addFinals(op.getFinalStates());
  b.addSource(op.getSpikes(), input.scale / double(period + 1));
  return true;
}

static bool makeSample(ModuleBuilder &b, const Draw &draw) {
  Source input =
      b.pickSource(b.getElement(draw["dtype"]), draw["rank"] == "4" ? 2 : 1);
  if (!input.value)
    return false;
  Value offset = b.makeOffset(draw["offset"]), batch;
  if (draw["batch"] == "constant")
    batch =
        arith::ConstantIntOp::create(b.builder, b.loc, b.random.below(9), 64);
  int64_t seed = draw["seed"] == "default" ? 0 : b.random.next() >> 1;
  Value spikes = SampleOp::create(b.builder, b.loc, input.value, offset, batch,
                                  seed, b.random.below(1000));
  b.addSource(spikes, 0.3);
  return true;
}

static bool makePack(ModuleBuilder &b, const Draw &draw) {
  Source input =
      b.pickSource(b.builder.getI1Type(), draw["rank"] == "4" ? 2 : 1);
  if (!input.value)
    return false;
  Value words = PackOp::create(b.builder, b.loc, input.value);
  b.addSource(words, 1e9);
  return true;
}

static bool makeUnpack(ModuleBuilder &b, const Draw &draw) {
  Source input =
      b.pickSource(b.builder.getI1Type(), draw["rank"] == "4" ? 2 : 1);
  if (!input.value)
    return false;
  Value words = PackOp::create(b.builder, b.loc, input.value);
  int64_t neurons = input.getNeurons().back();
  if (draw["neurons"] == "other") // bits that pack left zero, or fewer
    neurons = 32 * ((neurons + 31) / 32) - b.random.below(32);
  Value spikes = UnpackOp::create(b.builder, b.loc, words, neurons);
  b.addSource(spikes, input.scale);
  return true;
}

void mlir::snn::testing::addSpikeTables(std::vector<OpTable> &tables) {
  const std::vector<StringRef> ranks = {"3", "4"};
  const std::vector<StringRef> floats = {"f16", "bf16", "f32", "f64"};
  tables.push_back(
      {"fire",
       {{"dtype", {"f16", "bf16", "f32", "f64", "i8", "i32"}},
        {"rank", ranks},
        {"threshold", {"attr", "scalar", "layer", "neuron", "sequence"}},
        {"compare", {"ge", "gt"}}},
       [](const Draw &draw) {
         return draw["threshold"] != "attr" || !draw["dtype"].starts_with("i");
       },
       makeFire});
  tables.push_back({"refractory",
                    {{"kind", {"event", "window", "phase"}},
                     {"rank", ranks},
                     {"period", {"0", "1", "2", "5"}},
                     {"init", {"absent", "state"}},
                     {"offset", {"absent", "constant"}}},
                    [](const Draw &draw) {
                      return draw["kind"] == "phase"
                                 ? draw["period"] != "0" &&
                                       draw["init"] == "absent"
                                 : draw["offset"] == "absent";
                    },
                    makeRefractory});
  tables.push_back({"sample",
                    {{"dtype", floats},
                     {"rank", ranks},
                     {"seed", {"default", "given"}},
                     {"offset", {"absent", "constant"}},
                     {"batch", {"absent", "constant"}}},
                    nullptr,
                    makeSample});
  tables.push_back({"pack", {{"rank", ranks}}, nullptr, makePack});
  tables.push_back({"unpack",
                    {{"rank", ranks}, {"neurons", {"same", "other"}}},
                    nullptr,
                    makeUnpack});
}
