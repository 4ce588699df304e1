//===- SynapseTables.cpp - Random synapses --------------------------------===//
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
static const std::vector<StringRef> kNumbers = {"f16", "bf16", "f32", "f64",
                                                "i8",  "i16",  "i32", "i64"};

/// The type of a synapse's sums.
static Type getOutputElement(Type weight) {
  return isa<IntegerType>(weight) ? getAccumulatorType(weight) : weight;
}

static double getScale(const DataSpec &data, Type element) {
  if (isa<IntegerType>(element))
    return 10;
  return data.family == Family::Subnormal ? data.scale * 1e-30 : 1;
}

/// A bias of `count` numbers, or none.
static Value makeBias(ModuleBuilder &b, StringRef choice, int64_t count,
                      Type weight) {
  if (choice == "no")
    return {};
  DataSpec data;
  data.family = b.random.pick({Family::Normal, Family::Sparse}); // -0 as well
  data.scale = 0.2;
  return b.makeParam(count, getOutputElement(weight), data);
}

static int64_t toInteger(StringRef text) {
  int64_t value;
  (void)text.getAsInteger(10, value);
  return value;
}

/// The sources in a few groups with a delay each.
static Value delayGroups(ModuleBuilder &b, const Source &input) {
  int64_t most = b.random.pick({0, 1, 3, 7, 40});
  SmallVector<int64_t> delays(b.random.between(1, 4));
  for (int64_t &delay : delays)
    delay = b.random.between(0, most);
  bool reverse = !b.isInBody() && b.random.chance(0.2);
  return b.makeDelayed(input, delays, "groups", reverse,
                       b.random.chance(0.5) ? "state" : "absent");
}

static bool makeLinear(ModuleBuilder &b, const Draw &draw) {
  Type element = b.getElement(draw["dtype"]);
  bool isSpikes = draw["input"] == "spikes";
  bool isDelayed = draw["delay"] == "groups";
  int64_t contracted = toInteger(draw["contracted"]);
  Source input = b.pickSource(isSpikes ? b.builder.getI1Type() : element,
                              contracted == 2 || isDelayed ? contracted : 0);
  if (!input.value)
    return false;
  if (isDelayed) {
    ++contracted;
    input.value = delayGroups(b, input);
  }
  SmallVector<int64_t> shape{b.pickNeurons().front()};
  llvm::append_range(shape, input.getNeurons().take_back(contracted));
  int64_t fanIn = ShapedType::getNumElements(ArrayRef(shape).drop_front());
  if (shape.front() * fanIn > 20000)
    shape.front() = std::max<int64_t>(20000 / fanIn, 1);
  DataSpec data = b.pickWeights(input, fanIn, 1, element);
  Value weight = b.makeParam(shape, element, data);
  Value bias = makeBias(b, draw["bias"], shape.front(), element);
  auto sums = LinearOp::create(b.builder, b.loc, input.value, weight, bias);
  if (std::optional<SynapseForm> form = symbolizeSynapseForm(draw["form"]);
      form && isSpikes)
    sums.setFormAttr(SynapseAttr::get(
        b.builder.getContext(), *form,
        *form == SynapseForm::Adaptive ? b.random.between(1, 60) : 0));
  b.addSource(sums, getScale(data, element));
  return true;
}

static bool makeConv2d(ModuleBuilder &b, const Draw &draw) {
  Type element = b.getElement(draw["dtype"]);
  bool isSpikes = draw["input"] == "spikes";
  Source input = b.pickSource(isSpikes ? b.builder.getI1Type() : element, 3);
  if (!input.value || input.getType().getRank() != 5)
    return false;
  int64_t groups = toInteger(draw["groups"]), channels = input.getNeurons()[0];
  if (channels % groups)
    return false;
  auto pair = [&](StringRef name, int64_t least) {
    int64_t most = toInteger(draw[name]);
    return SmallVector<int64_t>{most, b.random.between(least, most)};
  };
  SmallVector<int64_t> stride = pair("stride", 1), padding = pair("padding", 0),
                       dilation = pair("dilation", 1);
  int64_t outputs = groups * b.random.between(1, 4);
  SmallVector<int64_t> shape{outputs, channels / groups};
  for (int64_t axis : {0, 1}) { // the kernel fits into the padded image
    int64_t room = input.getNeurons()[1 + axis] + 2 * padding[axis];
    shape.push_back(b.random.between(
        1, std::min<int64_t>(3, (room - 1) / dilation[axis] + 1)));
  }
  int64_t fanIn = ShapedType::getNumElements(ArrayRef(shape).drop_front());
  DataSpec data = b.pickWeights(input, fanIn, 1, element);
  Value weight = b.makeParam(shape, element, data);
  Value bias = makeBias(b, draw["bias"], outputs, element);
  Value sums = Conv2dOp::create(
      b.builder, b.loc, input.value, weight, bias, ArrayRef<int64_t>(stride),
      ArrayRef<int64_t>(padding), ArrayRef<int64_t>(dilation), groups);
  b.addSource(sums, getScale(data, element));
  return true;
}

template <typename OpTy>
static bool makePool(ModuleBuilder &b, const Draw &draw) {
  Type element = b.getElement(draw["dtype"]);
  bool isSpikes = draw["input"] == "spikes";
  Source input = b.pickSource(isSpikes ? b.builder.getI1Type() : element, 3);
  if (!input.value || input.getType().getRank() != 5)
    return false;
  SmallVector<int64_t> kernel, padding;
  for (int64_t axis : {0, 1}) {
    padding.push_back(b.random.between(0, toInteger(draw["padding"])));
    int64_t room = input.getNeurons()[1 + axis] + 2 * padding[axis];
    kernel.push_back(b.random.between(1, std::min<int64_t>(3, room)));
  }
  DenseI64ArrayAttr stride;
  if (draw["stride"] == "given")
    stride = b.builder.getDenseI64ArrayAttr(
        {b.random.between(1, 3), b.random.between(1, 2)});
  TypeAttr type;
  if (isSpikes && draw["dtype"] != "f32")
    type = TypeAttr::get(element);
  Value sums =
      OpTy::create(b.builder, b.loc, input.value, ArrayRef<int64_t>(kernel),
                   stride, ArrayRef<int64_t>(padding), type);
  b.addSource(sums, input.scale);
  return true;
}

void mlir::snn::testing::addSynapseTables(std::vector<OpTable> &tables) {
  const std::vector<StringRef> inputs = {"spikes", "numbers"};
  tables.push_back({"linear",
                    {{"dtype", kNumbers},
                     {"input", inputs},
                     {"contracted", {"1", "2"}},
                     {"delay", {"no", "groups"}},
                     {"form", {"none", "event", "dense", "adaptive"}},
                     {"bias", kNo}},
                    nullptr,
                    makeLinear});
  tables.push_back({"conv2d",
                    {{"dtype", kNumbers},
                     {"input", inputs},
                     {"bias", kNo},
                     {"stride", {"1", "2"}},
                     {"padding", {"0", "2"}},
                     {"dilation", {"1", "2"}},
                     {"groups", {"1", "2"}}},
                    nullptr,
                    makeConv2d});
  tables.push_back({"sum_pool2d",
                    {{"dtype", kNumbers},
                     {"input", inputs},
                     {"padding", {"0", "1"}},
                     {"stride", {"absent", "given"}}},
                    nullptr,
                    makePool<SumPool2dOp>});
  tables.push_back({"avg_pool2d",
                    {{"dtype", {"f16", "bf16", "f32", "f64"}},
                     {"input", inputs},
                     {"padding", {"0", "1"}},
                     {"stride", {"absent", "given"}}},
                    nullptr,
                    makePool<AvgPool2dOp>});
}
