//===- RecurrentTables.cpp - Random recurrences ---------------------------===//
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
/// One feedback path of a recurrence.
struct Feedback {
  SmallVector<int64_t> neurons;
  Type element; ///< of the history
  SpanAttr span;
  Value operand; ///< taps, or a span known at run time; null otherwise

  /// The element type that the body sees.
  Type getSeenElement() const {
    return span.getKind() == SpanKind::Taps
               ? cast<RankedTensorType>(operand.getType()).getElementType()
               : element;
  }
};
} // namespace

namespace mlir::snn::testing {
/// Makes the body of a recurrence: a scope of its own.
struct BodyBuilder {
  BodyBuilder(ModuleBuilder &b, const Draw &draw) : b(b), draw(draw) {}

  bool build();
  Value makeTaps(int64_t count, Type element, bool isConstant);
  void delayRead();
  void delayFed();
  Feedback makeFeedback(StringRef kind, StringRef element);
  void openScope(Block &block, ArrayRef<Source> inputs);
  bool fillScope();
  void create(std::unique_ptr<Block> block, ArrayRef<Source> inputs);

  ModuleBuilder &b;
  const Draw &draw;
  SmallVector<Feedback> feedbacks;
  SmallVector<Value> outputs, yielded; ///< of the body
  ModuleBuilder::Scope outer;
};
} // namespace mlir::snn::testing

/// Weights of taps: a parameter, or constants that begin with zeros.
Value BodyBuilder::makeTaps(int64_t count, Type element, bool isConstant) {
  if (!isConstant) {
    DataSpec data;
    data.scale = 0.5;
    return b.makeParam(count, element, data);
  }
  SmallVector<Attribute> taps(count, b.builder.getFloatAttr(element, 0.0));
  int64_t first = b.random.below(count);
  taps[first] = b.builder.getFloatAttr(element, 1.0); // one-hot, perhaps
  if (b.random.chance(0.6))
    for (Attribute &tap : MutableArrayRef(taps).drop_front(first))
      tap = b.builder.getFloatAttr(element, b.random.between(-4, 4) * 0.125);
  return arith::ConstantOp::create(
      b.builder, b.loc,
      DenseElementsAttr::get(RankedTensorType::get(count, element), taps));
}

Feedback BodyBuilder::makeFeedback(StringRef kind, StringRef element) {
  Feedback feedback;
  feedback.neurons = {std::min<int64_t>(b.pickNeurons().front(), 65)};
  feedback.element = b.getElement(element);
  SpanKind spans = SpanKind::Layer;
  SmallVector<int64_t> values;
  int64_t most = b.random.pick({1, 2, 3, 7, 16, 40});
  if (kind == "layer") {
    values = {most};
  } else if (kind == "sources") {
    spans = SpanKind::Sources;
    int64_t least = b.random.between(1, most); // a window of several steps
    for (int64_t i = 0; i < feedback.neurons.front(); ++i)
      values.push_back(b.random.between(least, most));
  } else if (kind == "operand") {
    spans = SpanKind::Operand;
    values = {most};
    feedback.operand = arith::ConstantIntOp::create(
        b.builder, b.loc, b.random.between(0, most + 1), 64);
  } else {
    spans = SpanKind::Taps;
    values = {std::min<int64_t>(most, 9)};
    Type type = feedback.element.isInteger(1) ? b.builder.getF32Type()
                                              : feedback.element;
    feedback.operand = makeTaps(values.front(), type, kind == "constant taps");
  }
  feedback.span = SpanAttr::get(b.getContext(), spans, values);
  return feedback;
}

void BodyBuilder::openScope(Block &block, ArrayRef<Source> inputs) {
  outer = std::move(b.scope);
  b.scope = {};
  b.scope.body = &block;
  b.scope.depth = outer.depth + 1;
  auto add = [&](RankedTensorType type, double scale) {
    SmallVector<int64_t> shape(type.getShape());
    shape[0] = ShapedType::kDynamic;
    b.addSource(block.addArgument(
                    RankedTensorType::get(shape, type.getElementType()), b.loc),
                scale);
  };
  for (const Source &input : inputs)
    add(input.getType(), input.scale);
  for (const Feedback &feedback : feedbacks)
    add(b.getSequence(feedback.neurons, feedback.getSeenElement()),
        feedback.element.isInteger(1) ? 0.15 : 1);
  b.scope.numFixedArguments = block.getNumArguments();
}

/// Lets the body read the first feedback through a delay only.
void BodyBuilder::delayRead() {
  Source &source = b.scope.sources[b.scope.sources.size() - feedbacks.size()];
  bool perSource = b.random.chance(0.4);
  SmallVector<int64_t> delays(perSource ? source.getNeurons().back() : 1);
  for (int64_t &delay : delays)
    delay = b.random.between(0, 6);
  source.value = b.makeDelayed(source, delays, perSource ? "source" : "layer",
                               /*reverse=*/false, "");
}

/// Feeds back what a delay makes of the first feedback.
void BodyBuilder::delayFed() {
  yielded.front() =
      b.makeDelayed({yielded.front(), 1}, b.random.between(1, 6), "layer",
                    /*reverse=*/false, "");
}

/// Makes the ops of the body, and finds what it yields.
bool BodyBuilder::fillScope() {
  b.addOps(b.random.between(1, 3));
  for (const Feedback &feedback : feedbacks) {
    Source source = b.makeSource(feedback.neurons, feedback.element);
    if (!source.value)
      return false;
    yielded.push_back(source.value);
  }
  if (draw["cycle"] == "delay fed")
    delayFed();
  outputs = b.pickResults();
  if (outputs.empty())
    outputs.push_back(yielded.front());
  return true;
}

/// Makes the op around the body, in the scope outside.
void BodyBuilder::create(std::unique_ptr<Block> block,
                         ArrayRef<Source> inputs) {
  ModuleBuilder::Scope body = std::move(b.scope);
  b.scope = std::move(outer);
  SmallVector<Value> nextStates, operands;
  for (const auto &state : body.states)
    nextStates.push_back(state.final);
  YieldOp::create(b.builder, b.loc, outputs, yielded, nextStates);

  b.builder.setInsertionPointToEnd(b.scope.body ? b.scope.body
                                                : &b.function.front());
  SmallVector<Type> outputTypes, states, histories;
  for (Value output : outputs) {
    auto type = cast<RankedTensorType>(output.getType());
    outputTypes.push_back(
        b.getSequence(type.getShape().drop_front(2), type.getElementType()));
  }
  for (Value state : nextStates)
    states.push_back(state.getType());
  SmallVector<Attribute> spans;
  for (const Feedback &feedback : feedbacks) {
    auto type = b.getState(feedback.neurons, feedback.element);
    SmallVector<int64_t> shape{feedback.span.getMax()};
    llvm::append_range(shape, type.getShape());
    histories.push_back(RankedTensorType::get(shape, type.getElementType()));
    spans.push_back(feedback.span);
    if (feedback.operand)
      operands.push_back(feedback.operand);
  }
  SmallVector<Type> all(states);
  llvm::append_range(all, histories);
  SmallVector<Value> inits = b.makeInits(draw["init"], all);
  SmallVector<Value> given;
  if (!inits.empty())
    given.assign(inits.begin() + states.size(), inits.end());
  inits.resize(inits.empty() ? 0 : states.size());
  Value position;
  if (body.position)
    position = b.scope.body ? b.makeOffset("")
                            : arith::ConstantIntOp::create(
                                  b.builder, b.loc, b.random.below(6), 64);
  SmallVector<Value> values;
  for (const Source &input : inputs)
    values.push_back(input.value);
  auto op = RecurrentOp::create(
      b.builder, b.loc, outputTypes, states, histories, values, operands, inits,
      given, position, b.builder.getArrayAttr(spans),
      draw["reverse"] == "yes" ? b.builder.getUnitAttr() : UnitAttr(),
      /*window=*/IntegerAttr());
  op.getBody().push_back(block.release());
  bool isKnown = llvm::none_of(feedbacks, [](const Feedback &feedback) {
    return feedback.span.getKind() == SpanKind::Operand;
  });
  if (isKnown && b.random.chance(0.4))
    op.setWindow(b.random.between(1, op.getLongestWindow()));
  b.addFinals(op.getFinalStates());
  for (Value output : op.getOutputs())
    b.addSource(output,
                getElementTypeOrSelf(output.getType()).isInteger(1) ? 0.2 : 1);
}

bool BodyBuilder::build() {
  SmallVector<Source> inputs;
  inputs.push_back(b.pickSource(b.getElement(draw["input"]), 1));
  if (!inputs[0].value)
    return false;
  if (b.random.chance(0.4))
    inputs.push_back(b.pickSource(b.getElement("i1"), 1));
  if (!inputs.back().value)
    return false;
  feedbacks.push_back(makeFeedback(draw["span"], draw["feedback"]));
  if (draw["paths"] == "two")
    feedbacks.push_back(makeFeedback(b.random.pick({"layer", "sources"}),
                                     b.random.pick({"i1", "f32"})));
  auto block = std::make_unique<Block>();
  Block *outside = b.builder.getInsertionBlock();
  openScope(*block, inputs);
  b.builder.setInsertionPointToStart(block.get());
  if (draw["cycle"] == "delay read")
    delayRead();
  if (fillScope()) {
    create(std::move(block), inputs);
    return true;
  }
  b.scope = std::move(outer);
  b.builder.setInsertionPointToEnd(outside);
  block->dropAllReferences();
  return false;
}

bool ModuleBuilder::makeRecurrent(const Draw &draw) {
  if (scope.depth >= 2 || (isInBody() && draw["reverse"] == "yes"))
    return false;
  size_t numDraws = test.draws.size();
  if (BodyBuilder(*this, draw).build())
    return true;
  test.draws.resize(numDraws, {nullptr, {}});
  return false;
}

void mlir::snn::testing::addRecurrentTables(std::vector<OpTable> &tables) {
  tables.push_back(
      {"recurrent",
       {{"input", {"i1", "f16", "f32", "f64", "i32"}},
        {"feedback", {"i1", "f16", "bf16", "f32", "f64", "i32"}},
        {"span", {"layer", "sources", "operand", "taps", "constant taps"}},
        {"cycle", {"plain", "delay read", "delay fed"}},
        {"paths", {"one", "two"}},
        {"reverse", {"no", "yes"}},
        {"init", {"absent", "state"}}},
       [](const Draw &draw) {
         return !draw["span"].ends_with("taps") || draw["feedback"] != "i32";
       },
       [](ModuleBuilder &builder, const Draw &draw) {
         return builder.makeRecurrent(draw);
       }});
}
