//===- WindowRefractory.cpp - Windows with one spike at most --------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A neuron that R silent steps follow each spike of, at the end of which its
// potential is a constant c, starts again from c exactly R + 1 steps after a
// spike. So its potential, where it may fire, is that of a free run which knows
// only the spikes R + 1 steps ago:
//
//   u[t] = step(c where s[t - R - 1], else u[t - 1])
//
// Within R + 1 steps no spike of theirs is needed. Where the neuron is held u
// is another number, but a gate lets no spike through there, and the next
// restart forgets it: the spikes are those of the same operations in the same
// order.
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"
#include "HeldNeurons.h"
#include "snn/Analysis/AffineStep.h"
#include "snn/Analysis/Report.h"
#include "snn/Transforms/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlir::snn {
#define GEN_PASS_DEF_WINDOWREFRACTORYPASS
#include "snn/Transforms/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

//===----------------------------------------------------------------------===//
// The body of a window
//===----------------------------------------------------------------------===//

/// Emits the step of the free run: inputs, the spikes R + 1 steps ago,
/// parameters, potential, and the steps for which the start is still held.
static void emitFreeStep(ImplicitLocOpBuilder &builder, NeuronOp op,
                         const Refractory &parts, Block &block) {
  IRMapping map;
  auto arguments = op.getStep().getArguments();
  size_t numInputs = op.getInputs().size();
  for (BlockArgument argument : arguments.drop_back(2)) {
    if (argument.getArgNumber() == numInputs)
      block.addArgument(builder.getI1Type(), op.getLoc());
    map.map(argument, block.addArgument(argument.getType(), op.getLoc()));
  }
  if (arguments.size() == numInputs + 2)
    block.addArgument(builder.getI1Type(), op.getLoc());
  Value before = block.addArgument(parts.reset.getType(), op.getLoc());
  Value held = block.addArgument(builder.getI32Type(), op.getLoc());
  auto constant = [&](int64_t number) -> Value {
    return arith::ConstantOp::create(builder,
                                     builder.getI32IntegerAttr(number));
  };
  Value reset = arith::ConstantOp::create(builder, parts.reset);
  Value zero = constant(0);
  map.map(op.getStateArguments()[parts.potential],
          arith::SelectOp::create(builder, block.getArgument(numInputs), reset,
                                  before));
  map.map(op.getStateArguments()[parts.counter], zero);
  for (Operation &nested : op.getStep().front().without_terminator())
    builder.clone(nested, map);
  auto compare = [&](arith::CmpIPredicate predicate) -> Value {
    return arith::CmpIOp::create(builder, predicate, held, zero);
  };
  Value isHeld = compare(arith::CmpIPredicate::sgt);
  Value isFree = compare(arith::CmpIPredicate::sle);
  Value potential =
      arith::SelectOp::create(builder, isHeld, before, map.lookup(parts.free));
  Value candidate = arith::AndIOp::create(
      builder, isFree, map.lookup(op.getYield().getOutputs()[0]));
  Value left = arith::MaxSIOp::create(
      builder, arith::SubIOp::create(builder, held, constant(1)), zero);
  YieldOp::create(builder, candidate, ValueRange(),
                  ValueRange{potential, left});
  for (Operation &nested : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&nested))
      nested.erase();
}

namespace {
/// What a window makes: spikes, and the states after it.
struct Window {
  Value spikes, potential, held, silent;
};
} // namespace

/// The free run, and the gate that lets its first crossing through.
static Window emitWindow(ImplicitLocOpBuilder &builder, NeuronOp op,
                         const Refractory &parts, ValueRange inputs,
                         Value spikesBefore, ValueRange states) {
  SmallVector<Value> sequences(inputs);
  sequences.push_back(spikesBefore);
  auto neuron = NeuronOp::create(
      builder, spikesBefore.getType(),
      TypeRange{states[0].getType(), states[1].getType()}, sequences,
      op.getParams(), /*tables=*/ValueRange(), states.take_front(2),
      /*offset=*/Value(), /*reverse=*/false, ScheduleAttr());
  {
    OpBuilder::InsertionGuard guard(builder);
    Block &block = neuron.getStep().emplaceBlock();
    builder.setInsertionPointToEnd(&block);
    emitFreeStep(builder, op, parts, block);
  }
  auto gate = RefractoryOp::create(builder, neuron.getOutputs()[0], states[2],
                                   /*offset=*/Value(), RefractoryKind::Event,
                                   parts.period, /*phase=*/0);
  return {gate.getSpikes(), neuron.getFinals()[0], neuron.getFinals()[1],
          gate.getRest()[0]};
}

//===----------------------------------------------------------------------===//
// The recurrence around it
//===----------------------------------------------------------------------===//

/// A tensor of zeros with the batch of `like`.
static Value emitZeros(ImplicitLocOpBuilder &builder, RankedTensorType type,
                       Value like, int64_t likeBatch) {
  SmallVector<Value> sizes;
  if (!type.hasStaticShape())
    sizes.push_back(tensor::DimOp::create(builder, like, likeBatch));
  Value zero = arith::ConstantOp::create(
      builder, cast<TypedAttr>(builder.getZeroAttr(type.getElementType())));
  return tensor::SplatOp::create(builder, type, zero, sizes);
}

/// The last R + 1 steps of spikes.
static RankedTensorType getHistoryType(NeuronOp op, int64_t period) {
  auto type = cast<RankedTensorType>(op.getFinals()[0].getType());
  SmallVector<int64_t> shape = {period + 1};
  llvm::append_range(shape, type.getShape());
  return RankedTensorType::get(shape, IntegerType::get(op.getContext(), 1));
}

static RankedTensorType getWindowType(Value sequence) {
  auto type = cast<RankedTensorType>(sequence.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[0] = ShapedType::kDynamic;
  return type.clone(shape);
}

/// The potential after the run: a spike in its last R + 1 steps has left the
/// constant.
static Value emitFinalPotential(ImplicitLocOpBuilder &builder,
                                const Refractory &parts, Value potential,
                                Value history) {
  auto type = cast<RankedTensorType>(potential.getType());
  Value none =
      emitZeros(builder, type.clone(builder.getI1Type()), potential, 0);
  auto any = linalg::ReduceOp::create(
      builder, history, none, ArrayRef<int64_t>(0),
      [](OpBuilder &inner, Location loc, ValueRange args) {
        Value either = arith::OrIOp::create(inner, loc, args[0], args[1]);
        linalg::YieldOp::create(inner, loc, either);
      });
  return emitElementwise(
      builder, {any.getResult(0), potential}, type.getElementType(),
      [&](ImplicitLocOpBuilder &at, ValueRange args) {
        Value reset = arith::ConstantOp::create(at, parts.reset);
        Value chosen = arith::SelectOp::create(at, args[0], reset, args[1]);
        return chosen;
      });
}

/// The count after the run: that of the last spike, or else of the start, which
/// may be negative where there was no step.
static Value emitFinalCount(ImplicitLocOpBuilder &builder, Value held,
                            Value silent) {
  return emitElementwise(
      builder, {held, silent}, builder.getI32Type(),
      [](ImplicitLocOpBuilder &at, ValueRange args) {
        Value zero = arith::ConstantOp::create(at, at.getI32IntegerAttr(0));
        Value isSilent =
            arith::CmpIOp::create(at, arith::CmpIPredicate::sgt, args[1], zero);
        Value count = arith::SelectOp::create(at, isSilent, args[1], args[0]);
        return count;
      });
}

static SpanAttr getSpan(MLIRContext *context, int64_t period) {
  return SpanAttr::get(context, SpanKind::Layer, {period + 1});
}

/// Replaces a neuron of the model by a recurrence.
static Operation *wrap(NeuronOp op, const Refractory &parts) {
  ImplicitLocOpBuilder builder(op.getLoc(), op);
  Type potential = op.getFinals()[parts.potential].getType();
  Type counter = op.getFinals()[parts.counter].getType();
  RankedTensorType history = getHistoryType(op, parts.period);
  SmallVector<Value> inits, histories;
  if (!op.getInits().empty()) {
    Value start = op.getInits()[parts.potential];
    inits = {start, op.getInits()[parts.counter],
             emitZeros(builder, cast<RankedTensorType>(counter), start, 0)};
    histories = {emitZeros(builder, history, start, 0)};
  }
  auto recurrent = RecurrentOp::create(
      builder, op.getOutputs().getTypes(),
      TypeRange{potential, counter, counter}, TypeRange{history},
      op.getInputs(), /*spans=*/ValueRange(), inits, histories,
      /*position=*/Value(),
      builder.getArrayAttr(getSpan(op.getContext(), parts.period)),
      /*reverse=*/false, /*window=*/IntegerAttr());
  recurrent->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  Block &body = recurrent.getBody().emplaceBlock();
  for (Value input : op.getInputs())
    body.addArgument(getWindowType(input), op.getLoc());
  Value before =
      body.addArgument(getWindowType(op.getOutputs()[0]), op.getLoc());
  for (Type type : {potential, counter, counter})
    body.addArgument(type, op.getLoc());
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToEnd(&body);
    auto arguments = ValueRange(body.getArguments());
    Window window = emitWindow(builder, op, parts,
                               arguments.take_front(op.getInputs().size()),
                               before, arguments.take_back(3));
    YieldOp::create(builder, window.spikes, window.spikes,
                    ValueRange{window.potential, window.held, window.silent});
  }
  op.getOutputs()[0].replaceAllUsesWith(recurrent.getOutputs()[0]);
  ValueRange finals = recurrent.getFinals();
  Value last = op.getFinals()[parts.potential],
        count = op.getFinals()[parts.counter];
  if (!last.use_empty())
    last.replaceAllUsesWith(emitFinalPotential(
        builder, parts, finals[0], recurrent.getFinalHistories()[0]));
  if (!count.use_empty())
    count.replaceAllUsesWith(emitFinalCount(builder, finals[1], finals[2]));
  op.erase();
  return recurrent;
}

//===----------------------------------------------------------------------===//
// In a recurrence that is there
//===----------------------------------------------------------------------===//

/// A copy of the recurrence with one feedback more, of spikes, and one state
/// more, of counts; its body is moved.
static RecurrentOp addFeedback(RecurrentOp old, NeuronOp op,
                               const Refractory &parts) {
  ImplicitLocOpBuilder builder(old.getLoc(), old);
  RankedTensorType history = getHistoryType(op, parts.period);
  auto counter =
      cast<RankedTensorType>(op.getFinals()[parts.counter].getType());
  SmallVector<Attribute> spans(old.getSkip().getValue());
  spans.push_back(getSpan(old.getContext(), parts.period));
  SmallVector<Type> finals(old.getFinals().getTypes()),
      lasts(old.getFinalHistories().getTypes());
  finals.push_back(counter);
  lasts.push_back(history);
  SmallVector<Value> inits(old.getInits()), histories(old.getHistories());
  Value input = old.getInputs()[0];
  if (!inits.empty())
    inits.push_back(emitZeros(builder, counter, input, 1));
  if (!histories.empty())
    histories.push_back(emitZeros(builder, history, input, 1));
  auto recurrent = RecurrentOp::create(
      builder, old.getOutputs().getTypes(), finals, lasts, old.getInputs(),
      old.getSpans(), inits, histories, old.getPosition(),
      builder.getArrayAttr(spans), old.getReverse(), old.getWindowAttr());
  recurrent->setDiscardableAttrs(old->getDiscardableAttrDictionary());
  Block &body = old.getBody().front();
  unsigned feedback = old.getInputs().size() + old.getNumFeedbacks();
  unsigned state = feedback + old.getFinals().size();
  body.insertArgument(state, counter, op.getLoc());
  body.insertArgument(feedback, getWindowType(op.getOutputs()[0]), op.getLoc());
  recurrent.getBody().takeBody(old.getBody());
  return recurrent;
}

/// Replaces a neuron in the body of a recurrence.
static Operation *rewriteInBody(NeuronOp op, const Refractory &parts) {
  auto old = cast<RecurrentOp>(op->getParentOp());
  RecurrentOp recurrent = addFeedback(old, op, parts);
  auto states = recurrent.getStateArguments();
  YieldOp yield = recurrent.getYield();
  ImplicitLocOpBuilder builder(op.getLoc(), op);
  Value potential = op.getInits()[parts.potential];
  Value counter = op.getInits()[parts.counter];
  unsigned first = states.front().getArgNumber();
  unsigned last = cast<BlockArgument>(potential).getArgNumber() - first;
  unsigned count = cast<BlockArgument>(counter).getArgNumber() - first;
  Window window = emitWindow(builder, op, parts, op.getInputs(),
                             recurrent.getFeedbackArguments().back(),
                             ValueRange{potential, counter, states.back()});
  window.spikes.getDefiningOp()->setDiscardableAttrs(
      op->getDiscardableAttrDictionary());
  op.getOutputs()[0].replaceAllUsesWith(window.spikes);
  op.getFinals()[parts.potential].replaceAllUsesWith(window.potential);
  op.getFinals()[parts.counter].replaceAllUsesWith(window.held);
  yield.getFeedbackMutable().append(window.spikes);
  yield.getStatesMutable().append(window.silent);
  op.erase();

  builder.setInsertionPointAfter(recurrent);
  ValueRange finals = recurrent.getFinals();
  for (auto [i, result] : llvm::enumerate(old.getFinals())) {
    Value final = finals[i];
    if (i == last && !result.use_empty())
      final = emitFinalPotential(builder, parts, final,
                                 recurrent.getFinalHistories().back());
    else if (i == count && !result.use_empty())
      final = emitFinalCount(builder, final, finals.back());
    result.replaceAllUsesWith(final);
  }
  old.getOutputs().replaceAllUsesWith(recurrent.getOutputs());
  old.getFinalHistories().replaceAllUsesWith(
      recurrent.getFinalHistories().drop_back());
  old.erase();
  return window.spikes.getDefiningOp();
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

namespace {
struct WindowRefractory
    : snn::impl::WindowRefractoryPassBase<WindowRefractory> {
  using WindowRefractoryPassBase::WindowRefractoryPassBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal() || !function.getBody().hasOneBlock())
      return;
    isNamed = llvm::any_of(
        function.front(), [](Operation &op) { return op.hasAttr(kLayerAttr); });
    SmallVector<Operation *> ops;
    function.walk([&](Operation *op) {
      auto named = dyn_cast<NeuronOpInterface>(op);
      if (isa<NeuronOp>(op) ||
          (named && named.hasStep() && !isa<RefractoryOp>(op)))
        ops.push_back(op);
    });
    for (Operation *op : ops)
      rewrite(op);
  }

  /// Why the neuron cannot run in the windows of the recurrence that it is in.
  static std::string findObstacle(NeuronOp op, const Refractory &parts) {
    auto recurrent = dyn_cast<RecurrentOp>(op->getParentOp());
    if (!recurrent)
      return "";
    if (recurrent.getReverse())
      return "its time runs backwards";
    if (recurrent.getLongestWindow() > parts.period + 1)
      return ("its recurrence runs " + Twine(recurrent.getLongestWindow()) +
              " steps together, more than " + Twine(parts.period + 1))
          .str();
    return "";
  }

  void rewrite(Operation *op) {
    auto named = dyn_cast<NeuronOpInterface>(op);
    OpBuilder builder(op);
    NeuronOp neuron = named ? buildNeuron(builder, named) : cast<NeuronOp>(op);
    std::string reason;
    std::optional<Refractory> parts;
    bool hasStates = neuron.getNumStates() > 0 && !neuron.getInputs().empty() &&
                     !neuron.getScheduleAttr();
    bool reports = !isNamed || op->hasAttr(kLayerAttr);
    if (hasStates)
      parts = matchRefractory(neuron, reason);
    if (parts)
      reason = findObstacle(neuron, *parts);
    if (!parts || !reason.empty()) {
      if (hasStates && reports)
        note(op, "not done, " + reason);
      if (named)
        neuron->erase();
      return;
    }
    if (reports) {
      nameRecordedLayers(getOperation().front());
      nameLayer(op);
    }
    if (named) {
      neuron->setDiscardableAttrs(op->getDiscardableAttrDictionary());
      op->replaceAllUsesWith(neuron);
      op->erase();
    }
    Operation *made = isa<RecurrentOp>(neuron->getParentOp())
                          ? rewriteInBody(neuron, *parts)
                          : wrap(neuron, *parts);
    if (reports)
      note(made, "windows of " + Twine(parts->period + 1) + " steps");
  }

  void note(Operation *op, const Twine &what) {
    nameRecordedLayers(getOperation().front());
    appendReport(op, report::kDone, "window-refractory: " + what);
  }

  bool isNamed = false;
};
} // namespace
