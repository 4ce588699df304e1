//===- TimeTables.cpp - Random maps along time ----------------------------===//
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

static const std::vector<StringRef> kNo = {"no", "yes"};
static const std::vector<StringRef> kRanks = {"3", "4"};
static const std::vector<StringRef> kInits = {"absent", "state"};
static const std::vector<StringRef> kFloats = {"f16", "bf16", "f32", "f64"};

//===----------------------------------------------------------------------===//
// snn.scan
//===----------------------------------------------------------------------===//

/// A coefficient of a scan; together they must not make the state grow.
static Value makeCoefficient(ModuleBuilder &b, StringRef form,
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
  DataSpec data{Content::Positive, {}, value / 1.5};
  if (!isFloat)
    data = {Content::Spikes, {}, 0.5};
  ArrayRef<int64_t> shape;
  if (form == "neuron")
    shape = input.getNeurons();
  return b.makeParam(shape, element, data);
}

static bool makeScan(ModuleBuilder &b, const Draw &draw) {
  bool reverse = draw["reverse"] == "yes";
  if (reverse && b.isInBody())
    return false;
  Source input =
      b.pickSource(b.getElement(draw["dtype"]), draw["rank"] == "4" ? 2 : 1);
  if (!input.value)
    return false;
  ScanKind kind = *symbolizeScanKind(draw["kind"]);
  int64_t components = kind == ScanKind::Real      ? 1
                       : kind == ScanKind::Complex ? 2
                                                   : b.random.between(1, 3);
  int64_t count = kind == ScanKind::Real      ? draw["coefficient"] != "none"
                  : kind == ScanKind::Complex ? 2
                                              : components * components;
  SmallVector<Value> inputs{input.value}, coefficients;
  while (draw["inputs"] == "all" && int64_t(inputs.size()) < components) {
    Source other = b.makeSource(input.getNeurons(), input.getElement());
    if (!other.value)
      return false;
    inputs.push_back(other.value);
  }
  double value = b.random.pick({0.25, 0.5, 0.9}) / double(components);
  for (int64_t i = 0; i < count; ++i) {
    Value coefficient = makeCoefficient(b, draw["coefficient"], input, value);
    if (!coefficient)
      return false;
    coefficients.push_back(coefficient);
  }
  SmallVector<Type> states(
      components, b.getState(input.getNeurons(),
                             isa<FloatType>(input.getElement())
                                 ? getAccumulatorType(input.getElement())
                                 : input.getElement()));
  SmallVector<Value> inits = b.makeInits(draw["init"], states);
  auto op = ScanOp::create(b.builder, b.loc, inputs, coefficients, inits, kind,
                           reverse, /*associative=*/false);
  b.addFinals(op.getFinalStates());
  for (Value component : op.getComponents().take_front(components))
    b.addSource(component, input.scale * 1.3);
  return true;
}

//===----------------------------------------------------------------------===//
// snn.temporal_conv
//===----------------------------------------------------------------------===//

static bool makeTemporalConv(ModuleBuilder &b, const Draw &draw) {
  bool reverse = draw["reverse"] == "yes", perStep = draw["kernel"] == "step";
  if (reverse && b.isInBody())
    return false;
  Source input =
      b.pickSource(b.getElement(draw["dtype"]), draw["rank"] == "4" ? 2 : 1);
  if (!input.value)
    return false;
  int64_t taps;
  (void)draw["taps"].getAsInteger(10, taps);
  IntegerAttr period, phase;
  if (draw["period"] != "none") {
    int64_t steps;
    (void)draw["period"].getAsInteger(10, steps);
    period = b.builder.getI64IntegerAttr(steps);
    phase = b.builder.getI64IntegerAttr(steps / 2);
  }
  Value offset;
  if (perStep || period)
    offset = b.makeOffset(draw["offset"]);
  SmallVector<int64_t> shape{taps};
  if (perStep)
    shape.insert(shape.begin(), b.getTableLength(offset));
  else if (draw["kernel"] == "neuron")
    llvm::append_range(shape, input.getNeurons());
  DataSpec data = b.pickWeights(input, taps, 1, input.getElement());
  Value kernel = b.makeParam(shape, input.getElement(), data);
  auto type = b.getState(input.getNeurons(), input.getElement());
  SmallVector<int64_t> history{taps - 1};
  llvm::append_range(history, type.getShape());
  SmallVector<Value> inits =
      b.makeInits(draw["init"],
                  Type(RankedTensorType::get(history, type.getElementType())));
  auto op = TemporalConvOp::create(b.builder, b.loc, input.value, kernel, inits,
                                   offset, perStep, reverse, period, phase,
                                   ConvFormAttr());
  b.addFinals(op.getFinalStates());
  b.addSource(op.getOutput(),
              data.family == Family::Subnormal ? data.scale * 1e-30 : 1);
  return true;
}

//===----------------------------------------------------------------------===//
// snn.delay
//===----------------------------------------------------------------------===//

static bool makeDelay(ModuleBuilder &b, const Draw &draw) {
  bool reverse = draw["reverse"] == "yes";
  if (reverse && b.isInBody())
    return false;
  Source input =
      b.pickSource(b.getElement(draw["dtype"]), draw["rank"] == "4" ? 2 : 1);
  if (!input.value)
    return false;
  bool perSource = draw["form"] == "source", groups = draw["form"] == "groups";
  int64_t count = perSource ? input.getNeurons().back()
                  : groups  ? b.random.between(1, 3)
                            : 1;
  SmallVector<int64_t> delays;
  int64_t most = b.random.pick({0, 1, 3, 7, 40});
  for (int64_t i = 0; i < count; ++i)
    delays.push_back(b.random.between(0, most));
  b.addSource(b.makeDelayed(input, delays, draw["form"], reverse, draw["init"]),
              input.scale);
  return true;
}

void mlir::snn::testing::addTimeTables(std::vector<OpTable> &tables) {
  tables.push_back(
      {"scan",
       {{"dtype", {"f16", "bf16", "f32", "f64", "i32", "i64"}},
        {"rank", kRanks},
        {"kind", {"real", "complex", "dense"}},
        {"coefficient", {"none", "scalar", "layer", "neuron", "sequence"}},
        {"inputs", {"one", "all"}},
        {"reverse", kNo},
        {"init", kInits}},
       [](const Draw &draw) {
         return draw["kind"] == "real" || draw["coefficient"] != "none";
       },
       makeScan});
  tables.push_back({"temporal_conv",
                    {{"dtype", kFloats},
                     {"rank", kRanks},
                     {"kernel", {"shared", "neuron", "step"}},
                     {"taps", {"1", "2", "5", "33"}},
                     {"period", {"none", "1", "3"}},
                     {"reverse", kNo},
                     {"offset", {"absent", "constant"}},
                     {"init", kInits}},
                    [](const Draw &draw) {
                      return draw["kernel"] == "step" ||
                             draw["period"] != "none" ||
                             draw["offset"] == "absent";
                    },
                    makeTemporalConv});
  tables.push_back({"delay",
                    {{"dtype", {"i1", "i8", "i32", "f16", "f32", "f64"}},
                     {"rank", kRanks},
                     {"form", {"layer", "source", "groups"}},
                     {"reverse", kNo},
                     {"init", kInits}},
                    nullptr,
                    makeDelay});
}
