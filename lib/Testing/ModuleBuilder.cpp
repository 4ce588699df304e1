//===- ModuleBuilder.cpp - A random model under construction --------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModuleBuilder.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::testing;

FloatAttr mlir::snn::testing::getF64Attr(OpBuilder &builder, double value) {
  return builder.getF64FloatAttr(value);
}

ModuleBuilder::ModuleBuilder(MLIRContext *context, Random &random,
                             TestModule &test)
    : random(random), builder(context), loc(builder.getUnknownLoc()),
      test(test), module(ModuleOp::create(loc)) {
  bool isStaticTime = random.chance(0.2) && test.edge != "no steps";
  bool isStaticBatch = random.chance(0.2);
  for (RunSpec &run : test.runs) { // static sizes are those of every run
    run.steps = isStaticTime ? test.runs.front().steps : run.steps;
    run.batch = isStaticBatch ? test.runs.front().batch : run.batch;
  }
  steps = isStaticTime ? test.runs.front().steps : ShapedType::kDynamic;
  batch = isStaticBatch ? test.runs.front().batch : ShapedType::kDynamic;
  maxSteps = maxSize = 1;
  for (const RunSpec &run : test.runs) {
    maxSteps = std::max(maxSteps, run.position + run.steps);
    maxSize = std::max(maxSize, run.steps * run.batch);
  }
  builder.setInsertionPointToStart(module->getBody());
  function = func::FuncOp::create(builder, loc, "model",
                                  builder.getFunctionType({}, {}));
  builder.setInsertionPointToStart(function.addEntryBlock());
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

Type ModuleBuilder::getElement(StringRef name) {
  if (name == "f16")
    return builder.getF16Type();
  if (name == "bf16")
    return builder.getBF16Type();
  if (name == "f32")
    return builder.getF32Type();
  if (name == "f64")
    return builder.getF64Type();
  unsigned width = 0;
  (void)name.drop_front().getAsInteger(10, width);
  return builder.getIntegerType(width);
}

RankedTensorType ModuleBuilder::getSequence(ArrayRef<int64_t> neurons,
                                            Type element) {
  SmallVector<int64_t> shape{isInBody() ? ShapedType::kDynamic : steps, batch};
  llvm::append_range(shape, neurons);
  return RankedTensorType::get(shape, element);
}

RankedTensorType ModuleBuilder::getState(ArrayRef<int64_t> neurons,
                                         Type element) {
  SmallVector<int64_t> shape{batch};
  llvm::append_range(shape, neurons);
  return RankedTensorType::get(shape, element);
}

SmallVector<int64_t> ModuleBuilder::pickNeurons(int64_t rank) {
  if (isWide())
    return rank == 2 ? SmallVector<int64_t>{4, 4096}
                     : SmallVector<int64_t>{random.pick({16384, 24576})};
  int64_t budget = std::max<int64_t>(40000 / maxSize, 2);
  if (rank == 3)
    return {random.between(1, 4), random.between(3, 7), random.between(3, 7)};
  if (rank == 2)
    return {random.between(1, 5), std::min(random.between(1, 19), budget)};
  if (test.hasChunks && rank == 1)
    return {random.pick({1, 1, 1, 1, 2, 3, 8, 16, 33, 64})};
  if (random.chance(maxSteps >= 1000 ? 0.5 : 0.15)) // chunks of time are lanes
    return {1};
  static constexpr int64_t sizes[] = {1,  2,   3,   5,   7,   8,   9,  15, 16,
                                      17, 31,  32,  33,  40,  63,  64, 65, 96,
                                      97, 127, 128, 129, 255, 256, 257};
  int64_t size = random.pick(ArrayRef(sizes).drop_back(random.chance(0.4) * 6));
  return {std::min(size, budget)};
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

BlockArgument ModuleBuilder::addArgument(Type type, DataSpec data,
                                         StringRef attr, const Twine &name) {
  argumentAttrs.push_back(attr.empty()
                              ? builder.getDictionaryAttr({})
                              : builder.getDictionaryAttr(builder.getNamedAttr(
                                    attr, builder.getStringAttr(name))));
  test.arguments.push_back(data);
  return function.front().addArgument(type, loc);
}

/// What numbers a sequence or a state of the type holds.
static DataSpec pickData(Random &random, Type element) {
  if (element.isInteger(1))
    return {Content::Spikes, {}, random.pick({0.05, 0.2, 0.5})};
  if (isa<IntegerType>(element))
    return {Content::Counts, {}, 1.5};
  Family family = random.pick({Family::Normal, Family::BinaryGrid,
                               Family::BinaryGrid, Family::DecimalGrid});
  return {Content::Analog, family, 1};
}

Source ModuleBuilder::makeInput(ArrayRef<int64_t> neurons, Type element) {
  DataSpec data = pickData(random, element);
  if (test.hasChunks && data.content == Content::Counts)
    data = {Content::Spikes, {}, 0.2}; // some wrong guesses, none in between
  Value value = addArgument(getSequence(neurons, element), data, "", "");
  addSource(value, data.scale);
  return scope.sources.back();
}

Value ModuleBuilder::makeParam(ArrayRef<int64_t> shape, Type element,
                               DataSpec data) {
  auto type = RankedTensorType::get(shape, element);
  if (random.chance(0.15)) // one that is shared
    for (auto [i, argument] : llvm::enumerate(function.getArguments()))
      if (argument.getType() == type && argumentAttrs[i].contains(kParamAttr) &&
          test.arguments[i].content == data.content)
        return argument;
  return addArgument(type, data, kParamAttr,
                     "p" + Twine(test.arguments.size()));
}

DataSpec ModuleBuilder::pickWeights(const Source &source, int64_t fanIn,
                                    double target, Type element) {
  static constexpr Family families[] = {
      Family::Normal,       Family::Normal,   Family::BinaryGrid,
      Family::DecimalGrid,  Family::Sparse,   Family::AllEqual,
      Family::Cancellation, Family::Subnormal};
  DataSpec data;
  data.family = random.pick(ArrayRef(families));
  double square = source.getElement().isInteger(1)
                      ? std::max(source.scale, 0.02)
                      : source.scale * source.scale;
  data.scale = target / std::sqrt(std::max(square, 1e-30) * double(fanIn));
  data.equal = source.getElement().isInteger(1)
                   ? target / (std::max(source.scale, 0.02) * double(fanIn))
                   : data.scale;
  data.scale = std::min(data.scale, 100.0); // finite in every type
  data.equal = std::min(data.equal, 100.0);
  if (random.chance(0.5)) // sums reach a threshold
    data.equal = std::ldexp(1.0, std::ilogb(data.equal));
  if (!isa<FloatType>(element))
    data.family = Family::Normal;
  return data;
}

double ModuleBuilder::pickThreshold(double scale) {
  double value = std::max(scale, 1e-44) * random.uniform(0.6, 1.4);
  double grid = std::ldexp(1.0, std::ilogb(value) - 3);
  if (random.chance(0.5))
    return std::nearbyint(value / grid) * grid;
  return value;
}

//===----------------------------------------------------------------------===//
// State and time
//===----------------------------------------------------------------------===//

SmallVector<Value> ModuleBuilder::makeInits(StringRef choice, TypeRange types) {
  SmallVector<Value> inits;
  for (Type type : types) {
    State state;
    if (isInBody()) {
      unsigned index = scope.numFixedArguments + scope.states.size();
      state.initial = scope.body->insertArgument(index, type, loc);
    } else if (choice == "state") {
      Type element = getElementTypeOrSelf(type);
      DataSpec data = pickData(random, element);
      data.scale *= 0.5;
      state.initial =
          addArgument(type, data, kStateAttr, "s" + Twine(numStates++));
    }
    if (state.initial)
      inits.push_back(state.initial);
    scope.states.push_back(state);
  }
  return inits;
}

void ModuleBuilder::addFinals(ValueRange finals) {
  for (auto [state, final] : llvm::zip(
           MutableArrayRef(scope.states).take_back(finals.size()), finals))
    state.final = final;
}

Value ModuleBuilder::makeDelayed(const Source &input, ArrayRef<int64_t> delays,
                                 StringRef form, bool reverse, StringRef init) {
  SmallVector<Value> inits;
  if (int64_t longest = *llvm::max_element(delays); longest > 0) {
    SmallVector<int64_t> history{longest, batch};
    llvm::append_range(history, input.getNeurons());
    inits = makeInits(init,
                      Type(RankedTensorType::get(history, input.getElement())));
  }
  auto op = DelayOp::create(builder, loc, input.value, inits, delays,
                            form == "source", form == "groups", reverse);
  addFinals(op.getFinalStates());
  return op.getOutput();
}

Value ModuleBuilder::makeOffset(StringRef choice) {
  if (isInBody()) {
    if (!scope.position)
      scope.position = scope.body->addArgument(builder.getI64Type(), loc);
    return scope.position;
  }
  if (choice != "constant")
    return {};
  return arith::ConstantIntOp::create(builder, loc, random.between(1, 5), 64);
}

int64_t ModuleBuilder::getTableLength(Value offset) {
  // The position of a recurrence is at most 5 as well.
  return std::max<int64_t>(maxSteps + (offset ? 5 : 0), 1) +
         (random.chance(0.5) ? random.below(4) : 0);
}

//===----------------------------------------------------------------------===//
// Sources
//===----------------------------------------------------------------------===//

Source ModuleBuilder::pickSource(Type element, int64_t neuronRank) {
  SmallVector<Source> fitting;
  for (const Source &source : scope.sources)
    if (source.getElement() == element && source.getType().getRank() >= 3 &&
        (neuronRank == 0 || int64_t(source.getNeurons().size()) == neuronRank))
      fitting.push_back(source);
  if (!fitting.empty() && random.chance(0.8))
    return random.chance(0.5) ? fitting.back()
                              : random.pick(ArrayRef<Source>(fitting));
  return makeSource(pickNeurons(neuronRank ? neuronRank : 1), element);
}

Source ModuleBuilder::makeSource(ArrayRef<int64_t> neurons, Type element) {
  for (const Source &source : scope.sources)
    if (source.getElement() == element && source.getNeurons() == neurons &&
        random.chance(0.7))
      return source;
  bool isInput = !isInBody() && (scope.sources.empty() || neurons.size() > 1 ||
                                 isWide() || random.chance(0.4));
  if (isInput)
    return makeInput(neurons, element);
  if (neurons.size() > 1 || scope.sources.empty())
    return {};
  Source from = random.pick(ArrayRef<Source>(scope.sources));
  return convert(from, neurons, element);
}

/// A sequence of `neurons` numbers or spikes that depend on the source.
Source ModuleBuilder::convert(Source source, ArrayRef<int64_t> neurons,
                              Type element) {
  Type f32 = builder.getF32Type();
  if (element.isInteger(1)) {
    Source number = convert(source, neurons, f32);
    Value spikes = FireOp::create(
        builder, loc, number.value, Value(),
        getF64Attr(builder, pickThreshold(number.scale)),
        CompareAttr::get(getContext(), Compare::Ge), SurrogateAttr());
    return {spikes, 0.2};
  }
  if (isa<IntegerType>(element)) {
    Source spikes = convert(source, neurons, builder.getI1Type());
    Value number = arith::ExtUIOp::create(
        builder, loc, getSequence(neurons, element), spikes.value);
    return {number, spikes.scale};
  }
  if (!source.getElement().isInteger(1) && source.getElement() != element) {
    auto type = source.getType().clone(element);
    if (isa<IntegerType>(source.getElement()))
      source.value = arith::SIToFPOp::create(builder, loc, type, source.value);
    else if (source.getElement().getIntOrFloatBitWidth() <
             element.getIntOrFloatBitWidth())
      source.value = arith::ExtFOp::create(builder, loc, type, source.value);
    else if (source.getElement().getIntOrFloatBitWidth() >
             element.getIntOrFloatBitWidth())
      source.value = arith::TruncFOp::create(builder, loc, type, source.value);
    else // f16 and bf16, by way of f32
      source.value = arith::TruncFOp::create(
          builder, loc, type,
          arith::ExtFOp::create(builder, loc, source.getType().clone(f32),
                                source.value));
  }
  SmallVector<int64_t> shape(neurons);
  llvm::append_range(shape, source.getNeurons());
  int64_t fanIn = ShapedType::getNumElements(source.getNeurons());
  DataSpec data = pickWeights(source, fanIn, 1, element);
  Value weight = makeParam(shape, element, data);
  Value sums = LinearOp::create(builder, loc, source.value, weight, Value());
  bool isSubnormal = data.family == Family::Subnormal;
  return {sums, isSubnormal ? data.scale * 1e-30 : 1};
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

/// What the whole model decides.
void ModuleBuilder::setModelChoices(Draw &draw) const {
  bool isOneStep = llvm::all_of(
      test.runs, [](const RunSpec &run) { return run.steps == 1; });
  MutableArrayRef<size_t> last = MutableArrayRef(draw.values).take_back(3);
  last[0] = isStaticTime();
  last[1] = !ShapedType::isDynamic(batch);
  last[2] = isOneStep;
}

/// Often what fits the last value, so that ops read what ops give.
void ModuleBuilder::followLast(Draw &draw) {
  if (scope.sources.empty() || random.chance(0.5))
    return;
  Draw changed = draw;
  const Source &last = scope.sources.back();
  StringRef rank = last.getType().getRank() == 3 ? "3" : "4";
  for (auto [choice, value] : llvm::zip(draw.table->choices, changed.values))
    for (auto [i, name] : llvm::enumerate(choice.values))
      if (choice.name == "dtype" ? getElement(name) == last.getElement()
                                 : choice.name == "rank" && name == rank)
        value = i;
  if (!draw.table->isValid || draw.table->isValid(changed))
    draw = changed;
}

/// Whether the cost of an op of many neurons is that of each of them.
static bool mayBeWide(const OpTable &table) {
  return llvm::is_contained(
      {"lif", "li", "cuba_lif", "neuron", "refractory", "scan", "fire", "pack"},
      table.name);
}

void ModuleBuilder::addOps(int64_t count) {
  ArrayRef<OpTable> tables = getOpTables();
  for (int64_t made = 0, tries = 0; made < count && tries < 12 * count;
       ++tries) {
    // Neurons, the first, and recurrence, the last, more often than others.
    double kind = random.uniform();
    const OpTable &table = random.pick(kind < 0.2    ? tables.take_front(5)
                                       : kind < 0.35 ? tables.take_back(1)
                                                     : tables);
    if (isWide() && !mayBeWide(table))
      continue;
    Draw draw = table.draw(random);
    followLast(draw);
    setModelChoices(draw);
    if (!table.make(*this, draw))
      continue;
    test.draws.push_back(draw);
    ++made;
  }
}

/// Results of ops that nothing reads, most of them, and some that are read;
/// spikes as they are or packed.
SmallVector<Value> ModuleBuilder::pickResults() {
  SmallVector<Value> results;
  for (const Source &source : scope.sources) {
    if (isa<BlockArgument>(source.value))
      continue;
    double probability = source.value.use_empty() ? 0.9 : 0.15;
    bool isLast = &source == &scope.sources.back();
    if (!random.chance(probability) && !(isLast && results.empty()))
      continue;
    bool packs = source.getElement().isInteger(1) && random.chance(0.3);
    results.push_back(packs ? Value(PackOp::create(builder, loc, source.value))
                            : source.value);
  }
  return results;
}

void ModuleBuilder::closeFunction() {
  SmallVector<Value> results = pickResults();
  SmallVector<DictionaryAttr> attrs(results.size(),
                                    builder.getDictionaryAttr({}));
  auto append = [&](Value value, NamedAttribute attr) {
    results.push_back(value);
    attrs.push_back(builder.getDictionaryAttr(attr));
  };
  for (const State &state : scope.states) {
    if (state.initial) {
      unsigned index = cast<BlockArgument>(state.initial).getArgNumber();
      append(state.final, {builder.getStringAttr(kStateAttr),
                           argumentAttrs[index].get(kStateAttr)});
    } else if (random.chance(0.15)) {
      append(state.final,
             {builder.getStringAttr(kStaticAttr), builder.getUnitAttr()});
    }
  }
  func::ReturnOp::create(builder, loc, results);
  function.setFunctionType(builder.getFunctionType(
      function.front().getArgumentTypes(), TypeRange(ValueRange(results))));
  function.setAllArgAttrs(argumentAttrs);
  function.setAllResultAttrs(attrs);
}

void ModuleBuilder::build() {
  if (isWholeRun() && !isWide() && random.chance(0.5))
    makeUndrivenNeuron();
  if (test.hasChunks && makeChunkedNeuron())
    addOps(random.between(0, 1));
  else
    addOps(isWide() ? 2 : random.between(1, 5));
  closeFunction();
}
