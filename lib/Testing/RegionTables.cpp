//===- RegionTables.cpp - Random steps of snn.neuron ----------------------===//
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

static const std::vector<StringRef> kFunctions = {
    "none",     "exp",       "expm1",   "log",    "log1p", "tanh",  "pow",
    "sin",      "cos",       "sqrt",    "rsqrt",  "absf",  "floor", "ceil",
    "round",    "roundeven", "trunc",   "remf",   "divf",  "fma",   "copysign",
    "maximumf", "minimumf",  "maxnumf", "minnumf"};

/// A number, or a tensor of it with the sizes of `like`.
static Value makeConstant(OpBuilder &builder, Location loc, Value like,
                          TypedAttr number) {
  Value scalar = arith::ConstantOp::create(builder, loc, number);
  auto type = dyn_cast<RankedTensorType>(like.getType());
  if (!type)
    return scalar;
  Value empty = tensor::EmptyOp::create(
      builder, loc, tensor::getMixedSizes(builder, loc, like),
      type.getElementType());
  return linalg::FillOp::create(builder, loc, scalar, empty).getResult(0);
}

Value mlir::snn::testing::applyFunction(OpBuilder &builder, Location loc,
                                        StringRef name, Value x, Value y) {
#define UNARY(NAME, OP)                                                        \
  if (name == NAME)                                                            \
    return OP::create(builder, loc, x);
#define BINARY(NAME, OP)                                                       \
  if (name == NAME)                                                            \
    return OP::create(builder, loc, x, y);
  UNARY("exp", math::ExpOp)
  UNARY("expm1", math::ExpM1Op)
  UNARY("tanh", math::TanhOp)
  UNARY("sin", math::SinOp)
  UNARY("cos", math::CosOp)
  UNARY("absf", math::AbsFOp)
  UNARY("floor", math::FloorOp)
  UNARY("ceil", math::CeilOp)
  UNARY("round", math::RoundOp)
  UNARY("roundeven", math::RoundEvenOp)
  UNARY("trunc", math::TruncOp)
  UNARY("log1p", math::Log1pOp)
  BINARY("remf", arith::RemFOp)
  BINARY("divf", arith::DivFOp)
  BINARY("maximumf", arith::MaximumFOp)
  BINARY("minimumf", arith::MinimumFOp)
  BINARY("maxnumf", arith::MaxNumFOp)
  BINARY("minnumf", arith::MinNumFOp)
  if (name == "copysign") { // of a number: a NaN has either sign
    auto bound = [&](double value) {
      auto attr =
          builder.getFloatAttr(getElementTypeOrSelf(y.getType()), value);
      return makeConstant(builder, loc, y, attr);
    };
    y = arith::MaxNumFOp::create(builder, loc, y, bound(-1));
    y = arith::MinNumFOp::create(builder, loc, y, bound(1));
    return math::CopySignOp::create(builder, loc, x, y);
  }
  if (name == "fma")
    return math::FmaOp::create(builder, loc, x, y, x);
  // The rest is defined for positive numbers.
  x = math::AbsFOp::create(builder, loc, x);
  UNARY("log", math::LogOp)
  UNARY("sqrt", math::SqrtOp)
  UNARY("rsqrt", math::RsqrtOp)
  BINARY("pow", math::PowFOp)
#undef UNARY
#undef BINARY
  return x;
}

ArrayRef<StringRef> mlir::snn::testing::getFunctionNames() {
  return kFunctions;
}

namespace {
/// Operands of a neuron, and the scalars that stand for them in a step.
struct Operands {
  SmallVector<Value> inputs, params, tables, inits;
  SmallVector<Type> states;
  Value offset;
};

/// The scalar program of one step.
class StepBuilder {
public:
  StepBuilder(ModuleBuilder &b, const Draw &draw, Type element, double scale)
      : b(b), draw(draw), element(element), isFloat(isa<FloatType>(element)),
        scale(scale) {}

  /// Fills the block; returns the outputs' element types.
  SmallVector<Type> build(Block &block, const Operands &operands);

private:
  Value constant(double value) {
    if (isFloat)
      return arith::ConstantOp::create(b.builder, b.loc,
                                       b.builder.getFloatAttr(element, value));
    return arith::ConstantIntOp::create(b.builder, b.loc, int64_t(value),
                                        element.getIntOrFloatBitWidth());
  }
  Value add(Value x, Value y) {
    return isFloat ? Value(arith::AddFOp::create(b.builder, b.loc, x, y))
                   : Value(arith::AddIOp::create(b.builder, b.loc, x, y));
  }
  Value sub(Value x, Value y) {
    return isFloat ? Value(arith::SubFOp::create(b.builder, b.loc, x, y))
                   : Value(arith::SubIOp::create(b.builder, b.loc, x, y));
  }
  Value mul(Value x, Value y) {
    return isFloat ? Value(arith::MulFOp::create(b.builder, b.loc, x, y))
                   : Value(arith::MulIOp::create(b.builder, b.loc, x, y));
  }
  Value select(Value s, Value x, Value y) {
    return arith::SelectOp::create(b.builder, b.loc, s, x, y);
  }
  Value toElement(Value x) {
    if (x.getType() == element)
      return x;
    if (!isFloat)
      return arith::ExtUIOp::create(b.builder, b.loc, element, x);
    return arith::UIToFPOp::create(b.builder, b.loc, element, x);
  }
  Value readInputs(Block &block, const Operands &operands);
  Value getDecay(Block &block, const Operands &operands);
  Value leak(Value v, Value decay, Value input);
  Value reset(Value spike, Value u, Value threshold);

  ModuleBuilder &b;
  const Draw &draw;
  Type element;
  bool isFloat;
  double scale;
};
} // namespace

/// The sum of inputs, parameters and tables.
Value StepBuilder::readInputs(Block &block, const Operands &operands) {
  unsigned next = 0;
  Value sum;
  for (size_t i = 0; i < operands.inputs.size(); ++i) {
    Value input = toElement(block.getArgument(next++));
    sum = sum ? add(sum, input) : input;
  }
  for (size_t i = 0; i < operands.params.size(); ++i) {
    Value param = block.getArgument(next++);
    sum = sum ? mul(sum, param) : param;
  }
  for (size_t i = 0; i < operands.tables.size(); ++i) {
    Value table = block.getArgument(next++);
    sum = sum ? add(sum, table) : table;
  }
  return sum ? sum : constant(1);
}

/// The factor of the first state; null: 1.
Value StepBuilder::getDecay(Block &block, const Operands &operands) {
  if (draw["decay"] == "input")
    return toElement(block.getArgument(1));
  if (draw["decay"] == "param")
    return block.getArgument(operands.inputs.size());
  if (!isFloat)
    return {};
  return constant(b.random.pick({0.0625, 0.25, 0.5, 0.9, 0.96875}));
}

Value StepBuilder::leak(Value v, Value decay, Value input) {
  if (!decay)
    return add(v, input);
  if (draw["update"] == "fma")
    return math::FmaOp::create(b.builder, b.loc, decay, v, input);
  return add(mul(decay, v), input);
}

Value StepBuilder::reset(Value spike, Value u, Value threshold) {
  StringRef kind = draw["reset"];
  if (kind == "value")
    return select(spike, constant(0), u);
  if (kind == "subtract")
    return select(spike, sub(u, threshold), u);
  if (kind == "remainder" && isFloat)
    return select(spike, arith::RemFOp::create(b.builder, b.loc, u, threshold),
                  u);
  if (kind == "clamp" && isFloat)
    return arith::MinimumFOp::create(
        b.builder, b.loc,
        arith::MaximumFOp::create(b.builder, b.loc, u, constant(-2)),
        constant(2));
  if (kind == "clamp")
    return arith::MaxSIOp::create(
        b.builder, b.loc,
        arith::MinSIOp::create(b.builder, b.loc, u, constant(7)), constant(-7));
  return u;
}

SmallVector<Type> StepBuilder::build(Block &block, const Operands &operands) {
  OpBuilder::InsertionGuard guard(b.builder);
  b.builder.setInsertionPointToStart(&block);
  Value input = readInputs(block, operands);
  auto states = block.getArguments().take_back(operands.states.size());
  Value u = states.empty() ? input
                           : leak(states[0], getDecay(block, operands), input);
  Value threshold = constant(isFloat ? b.pickThreshold(scale * 1.3) : 2);
  if (states.size() > 1) // a trace that spikes raise
    threshold = add(threshold, states[1]);
  Value spike =
      isFloat
          ? Value(FireOp::create(b.builder, b.loc, u, threshold, FloatAttr(),
                                 *symbolizeCompare(draw["compare"]),
                                 SurrogateAttr()))
          : Value(arith::CmpIOp::create(
                b.builder, b.loc, arith::CmpIPredicate::sge, u, threshold));
  SmallVector<Value> outputs, next;
  if (draw["outputs"] != "numbers")
    outputs.push_back(spike);
  if (draw["outputs"] != "spikes")
    outputs.push_back(draw["function"] == "none"
                          ? u
                          : applyFunction(b.builder, b.loc, draw["function"], u,
                                          add(input, constant(0.5))));
  if (!states.empty())
    next.push_back(reset(spike, u, threshold));
  if (states.size() > 1) {
    Value less = isFloat ? mul(states[1], constant(0.75)) : states[1];
    next.push_back(select(spike, add(less, constant(isFloat ? scale : 1)),
                          isFloat ? less : constant(0)));
  }
  if (states.size() > 2) { // a count
    Type i32 = states[2].getType();
    Value one = arith::ConstantIntOp::create(b.builder, b.loc, i32, 1);
    Value more = arith::AddIOp::create(b.builder, b.loc, states[2], one);
    next.push_back(select(spike, more, states[2]));
  }
  YieldOp::create(b.builder, b.loc, outputs, ValueRange(), next);
  return llvm::to_vector(TypeRange(ValueRange(outputs)));
}

/// Parameters or tables of one value, or of one per neuron.
static void addOperand(ModuleBuilder &b, StringRef form,
                       SmallVector<int64_t> shape, ArrayRef<int64_t> neurons,
                       Type element, SmallVectorImpl<Value> &values) {
  if (form == "none")
    return;
  if (form == "scalar") {
    values.push_back(arith::ConstantOp::create(
        b.builder, b.loc,
        isa<FloatType>(element)
            ? TypedAttr(b.builder.getFloatAttr(element, 0.75))
            : TypedAttr(b.builder.getIntegerAttr(element, 1))));
    return;
  }
  if (form == "neuron")
    llvm::append_range(shape, neurons);
  DataSpec data{
      isa<FloatType>(element) ? Content::Positive : Content::Counts, {}, 0.8};
  values.push_back(b.makeParam(shape, element, data));
}

/// How time is run: chunks of any neuron may start from guesses.
static ScheduleAttr getSchedule(ModuleBuilder &b, const Draw &draw) {
  StringRef schedule = draw["schedule"];
  if (schedule == "absent")
    return {};
  int64_t warmup = 0; // found at run time
  (void)schedule.getAsInteger(10, warmup);
  return ScheduleAttr::get(b.getContext(), ScheduleKind::Speculate, warmup);
}

/// Number of states that a draw says.
static size_t getNumStates(const Draw &draw) {
  size_t count;
  (void)draw["states"].getAsInteger(10, count);
  return count;
}

static bool makeNeuron(ModuleBuilder &b, const Draw &draw) {
  Type element = b.getElement(draw["dtype"]);
  bool hasInputs = draw["inputs"] != "none";
  if (b.isInBody() && (!hasInputs || draw["reverse"] == "yes"))
    return false;
  if (!hasInputs && !b.isWholeRun())
    return false; // its length would be that of the tables
  int64_t rank = draw["rank"] == "4" ? 2 : 1;
  Source input = b.pickSource(element, rank);
  if (!input.value)
    return false;
  SmallVector<int64_t> neurons(input.getNeurons());
  Operands operands;
  if (hasInputs)
    operands.inputs.push_back(input.value);
  if (draw["inputs"] == "two" || draw["inputs"] == "spikes") {
    Source other = b.makeSource(
        neurons, draw["inputs"] == "two" ? element : b.builder.getI1Type());
    if (!other.value)
      return false;
    operands.inputs.push_back(other.value);
  }
  addOperand(b, draw["param"], {}, neurons, element, operands.params);
  if (draw["table"] != "none") {
    operands.offset = hasInputs ? b.makeOffset(draw["offset"]) : Value();
    int64_t length =
        hasInputs ? b.getTableLength(operands.offset) : b.getSteps();
    addOperand(b, draw["table"], {length}, neurons, element, operands.tables);
  }
  for (size_t i = 0; i < getNumStates(draw); ++i)
    operands.states.push_back(
        b.getState(neurons, i < 2 ? element : b.builder.getI32Type()));
  operands.inits =
      b.makeInits(hasInputs ? draw["init"] : "state", operands.states);

  auto block = std::make_unique<Block>();
  for (ValueRange values :
       {ValueRange(operands.inputs), ValueRange(operands.params),
        ValueRange(operands.tables)})
    for (Value value : values)
      block->addArgument(getElementTypeOrSelf(value.getType()), b.loc);
  for (Type state : operands.states)
    block->addArgument(getElementTypeOrSelf(state), b.loc);
  SmallVector<Type> outputs =
      StepBuilder(b, draw, element, input.scale).build(*block, operands);
  for (Type &output : outputs)
    output = b.getSequence(neurons, output);
  auto op = NeuronOp::create(b.builder, b.loc, outputs, operands.states,
                             operands.inputs, operands.params, operands.tables,
                             operands.inits, operands.offset,
                             draw["reverse"] == "yes", getSchedule(b, draw));
  op.getStep().push_back(block.release());
  b.addFinals(op.getFinals());
  for (Value output : op.getOutputs())
    b.addSource(output,
                getElementTypeOrSelf(output.getType()).isInteger(1) ? 0.2 : 1);
  return true;
}

/// What a step of floats and one of integers have in common.
static bool isValidNeuron(const Draw &draw) {
  bool hasTable = draw["table"] != "none", hasStates = draw["states"] != "0";
  if (draw["inputs"] == "none" && // as many steps as the table has
      (!hasTable || !hasStates || draw["init"] == "absent" ||
       draw["offset"] == "constant" || draw["time"] == "dynamic"))
    return false;
  if (draw["offset"] == "constant" && !hasTable)
    return false;
  if (draw["outputs"] == "spikes" && draw["function"] != "none")
    return false;
  if ((draw["decay"] == "param" && draw["param"] == "none") ||
      (draw["decay"] == "input" && draw["inputs"] != "two" &&
       draw["inputs"] != "spikes"))
    return false;
  return hasStates || draw["reset"] == "none";
}

static OpTable makeTable(StringRef name, std::vector<StringRef> types,
                         std::vector<StringRef> updates,
                         std::vector<StringRef> resets,
                         std::vector<StringRef> compares,
                         std::vector<StringRef> functions) {
  return {name,
          {{"dtype", std::move(types)},
           {"rank", {"3", "4"}},
           {"inputs", {"none", "one", "two", "spikes"}},
           {"param", {"none", "scalar", "layer", "neuron"}},
           {"table", {"none", "layer", "neuron"}},
           {"states", {"0", "1", "2", "3"}},
           {"update", std::move(updates)},
           {"decay", {"constant", "param", "input"}},
           {"reset", std::move(resets)},
           {"compare", std::move(compares)},
           {"outputs", {"spikes", "numbers", "both"}},
           {"function", std::move(functions)},
           {"offset", {"absent", "constant"}},
           {"reverse", {"no", "yes"}},
           {"init", {"absent", "state"}},
           {"schedule", {"absent", "1", "3", "found"}}},
          isValidNeuron,
          makeNeuron};
}

void mlir::snn::testing::addRegionTables(std::vector<OpTable> &tables) {
  tables.push_back(
      makeTable("neuron", {"f16", "bf16", "f32", "f64"}, {"mul_add", "fma"},
                {"none", "value", "subtract", "remainder", "clamp"},
                {"ge", "gt"}, kFunctions));
  tables.push_back(makeTable("neuron of integers", {"i8", "i32"}, {"mul_add"},
                             {"none", "value", "subtract", "clamp"}, {"ge"},
                             {"none"}));
}

bool ModuleBuilder::makeUndrivenNeuron() {
  for (int tries = 0; tries < 500; ++tries) {
    const OpTable &table = getOpTables()[random.chance(0.75) ? 3 : 4];
    Draw draw = table.draw(random);
    if (draw["inputs"] != "none")
      continue;
    setModelChoices(draw);
    if (!table.make(*this, draw))
      return false;
    test.draws.push_back(draw);
    return true;
  }
  return false;
}

bool ModuleBuilder::makeChunkedNeuron() {
  bool isNarrow = random.chance(0.6); // chunks of one neuron are lanes
  for (int tries = 0; tries < 500; ++tries) {
    const OpTable &table = getOpTables()[random.chance(0.65) ? 3 : 4];
    Draw draw = table.draw(random);
    if (draw["schedule"] == "absent" || draw["inputs"] == "none" ||
        draw["reverse"] == "yes" || draw["states"] == "0" ||
        draw["init"] == "absent")
      continue;
    if (isNarrow && (draw["table"] != "none" || draw["inputs"] == "spikes" ||
                     draw["rank"] == "4"))
      continue;
    setModelChoices(draw);
    if (!table.make(*this, draw))
      continue;
    test.draws.push_back(draw);
    return true;
  }
  return false;
}
