//===- SNNRecurrentFolds.cpp - Canonicalizations of recurrences -----------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All are bit-exact, also in the states and histories after the run.
//
//===----------------------------------------------------------------------===//

#include "snn/IR/SNN.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace mlir::snn;

namespace {
/// What a recurrence is made of, beside the body.
struct Parts {
  explicit Parts(RecurrentOp op)
      : spans(op.getSpanAttrs()), operands(op.getSpans()), inits(op.getInits()),
        histories(op.getHistories()), finals(op.getFinals().getTypes()),
        finalHistories(op.getFinalHistories().getTypes()) {}

  /// Creates a recurrence of these parts, with the body of another. Its spans
  /// allow the windows of the other.
  RecurrentOp create(RecurrentOp op, PatternRewriter &rewriter) const;

  SmallVector<SpanAttr> spans;
  SmallVector<Value> operands, inits, histories;
  SmallVector<Type> finals, finalHistories;
};
} // namespace

RecurrentOp Parts::create(RecurrentOp op, PatternRewriter &rewriter) const {
  SmallVector<Attribute> skip(spans.begin(), spans.end());
  auto newOp = RecurrentOp::create(
      rewriter, op.getLoc(), op.getOutputs().getTypes(), finals, finalHistories,
      op.getInputs(), operands, inits, histories, op.getPosition(),
      rewriter.getArrayAttr(skip), op.getReverse(), op.getWindowAttr());
  newOp->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  rewriter.inlineRegionBefore(op.getBody(), newOp.getBody(),
                              newOp.getBody().end());
  return newOp;
}

//===----------------------------------------------------------------------===//
// Histories
//===----------------------------------------------------------------------===//

/// Offset and size along time of a history, other dimensions whole.
struct StepRange {
  StepRange(Value history, int64_t first, int64_t steps, OpBuilder &builder)
      : sizes(tensor::getMixedSizes(builder, history.getLoc(), history)),
        offsets(sizes.size(), builder.getIndexAttr(0)),
        strides(sizes.size(), builder.getIndexAttr(1)) {
    offsets[0] = builder.getIndexAttr(first);
    sizes[0] = builder.getIndexAttr(steps);
  }

  SmallVector<OpFoldResult> sizes, offsets, strides;
};

static int64_t getSteps(Value history) {
  return cast<RankedTensorType>(history.getType()).getDimSize(0);
}

static Value takeSteps(Value history, int64_t first, int64_t steps,
                       OpBuilder &builder) {
  StepRange range(history, first, steps, builder);
  return tensor::ExtractSliceOp::create(builder, history.getLoc(), history,
                                        range.offsets, range.sizes,
                                        range.strides);
}

/// One history after another.
static Value joinSteps(Value first, Value second, OpBuilder &builder) {
  Location loc = first.getLoc();
  int64_t steps = getSteps(first), more = getSteps(second);
  StepRange range(first, 0, steps + more, builder);
  Value joined = tensor::EmptyOp::create(
      builder, loc, range.sizes,
      cast<ShapedType>(first.getType()).getElementType());
  auto insert = [&](Value part, int64_t at) {
    StepRange place(part, at, getSteps(part), builder);
    joined = tensor::InsertSliceOp::create(
        builder, loc, part, joined, place.offsets, place.sizes, place.strides);
  };
  insert(first, 0);
  insert(second, steps);
  return joined;
}

/// `steps x B x N...` of a history type.
static Type withSteps(Type history, int64_t steps) {
  auto type = cast<RankedTensorType>(history);
  SmallVector<int64_t> shape(type.getShape());
  shape[0] = steps;
  return RankedTensorType::get(shape, type.getElementType());
}

//===----------------------------------------------------------------------===//
// Spans of a layer
//===----------------------------------------------------------------------===//

/// Lets the body, which read a weighted sum of taps, read the spikes: converts
/// them to the type that it expects.
static void retypeFeedback(BlockArgument argument, Type element,
                           PatternRewriter &rewriter) {
  auto expected = cast<RankedTensorType>(argument.getType());
  if (expected.getElementType() == element)
    return;
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPointToStart(argument.getOwner());
  argument.setType(RankedTensorType::get(expected.getShape(), element));
  auto converted =
      arith::UIToFPOp::create(rewriter, argument.getLoc(), expected, argument);
  rewriter.replaceAllUsesExcept(argument, converted, converted);
}

/// Replaces span `index` by a constant span of the whole layer. A history keeps
/// only what the new span reads, so a longer one must not be asked for.
static LogicalResult setLayerSpan(RecurrentOp op, int64_t index, int64_t steps,
                                  PatternRewriter &rewriter) {
  Parts parts(op);
  int64_t before = parts.spans[index].getMax();
  if (steps != before && !op.getFinalHistories()[index].use_empty())
    return rewriter.notifyMatchFailure(op, "expected an unused final history");

  if (parts.spans[index].hasOperand())
    parts.operands.erase(
        parts.operands.begin() +
        llvm::count_if(ArrayRef(parts.spans).take_front(index),
                       [](SpanAttr span) { return span.hasOperand(); }));
  // The steps that are nearest to the run.
  if (!parts.histories.empty() && steps != before)
    parts.histories[index] =
        takeSteps(parts.histories[index], op.getReverse() ? 0 : before - steps,
                  steps, rewriter);
  Type &history = parts.finalHistories[index];
  history = withSteps(history, steps);
  parts.spans[index] = SpanAttr::get(op.getContext(), SpanKind::Layer, steps);

  RecurrentOp newOp = parts.create(op, rewriter);
  retypeFeedback(newOp.getFeedbackArguments()[index],
                 cast<ShapedType>(history).getElementType(), rewriter);
  for (auto [before, after] : llvm::zip(op.getResults(), newOp.getResults()))
    if (before.getType() == after.getType())
      rewriter.replaceAllUsesWith(before, after);
  rewriter.eraseOp(op);
  return success();
}

/// skip [d, d, ..] -> skip d
static LogicalResult mergeEqualSources(RecurrentOp op,
                                       PatternRewriter &rewriter) {
  for (auto [i, span] : llvm::enumerate(op.getSpanAttrs()))
    if (span.getKind() == SpanKind::Sources &&
        llvm::all_equal(span.getValues()))
      return setLayerSpan(op, i, span.getMax(), rewriter);
  return rewriter.notifyMatchFailure(op, "expected equal spans of sources");
}

/// skip upto K (constant d) -> skip d
static LogicalResult foldConstantSpan(RecurrentOp op,
                                      PatternRewriter &rewriter) {
  for (auto [i, span] : llvm::enumerate(op.getSpanAttrs())) {
    APInt value;
    if (span.getKind() != SpanKind::Operand ||
        !matchPattern(op.getSpanOperand(i), m_ConstantInt(&value)))
      continue;
    int64_t steps = std::clamp<int64_t>(value.getSExtValue(), 1, span.getMax());
    if (succeeded(setLayerSpan(op, i, steps, rewriter)))
      return success();
  }
  return rewriter.notifyMatchFailure(op, "expected a constant span");
}

/// The tap that is 1 where all others are 0; -1 where there is none.
static int64_t getOnlyTap(DenseElementsAttr taps) {
  int64_t only = -1;
  for (auto [i, tap] : llvm::enumerate(taps.getValues<APFloat>())) {
    if (tap.isZero())
      continue;
    if (only >= 0 || !tap.isExactlyValue(1.0))
      return -1;
    only = i;
  }
  return only;
}

/// skip taps (one-hot at k) -> skip k + 1
static LogicalResult foldOneHotTaps(RecurrentOp op, PatternRewriter &rewriter) {
  for (auto [i, span] : llvm::enumerate(op.getSpanAttrs())) {
    DenseElementsAttr taps;
    if (span.getKind() != SpanKind::Taps ||
        !matchPattern(op.getSpanOperand(i), m_Constant(&taps)))
      continue;
    // Values are left alone: a tap of 0 on an infinite one gives NaN.
    auto feedback = cast<ShapedType>(op.getFinalHistories()[i].getType());
    int64_t only = getOnlyTap(taps);
    if (only < 0 || !feedback.getElementType().isInteger(1))
      continue;
    if (succeeded(setLayerSpan(op, i, only + 1, rewriter)))
      return success();
  }
  return rewriter.notifyMatchFailure(op, "expected constant one-hot taps");
}

//===----------------------------------------------------------------------===//
// Delays in a cycle
//===----------------------------------------------------------------------===//

namespace {
/// A delay that all of a feedback passes, where the body reads it or before it
/// is fed back.
struct CycleDelay {
  DelayOp op;
  int64_t feedback;
  bool isRead;
};
} // namespace

/// Whether a model keeps the state under a name: it shall find it there again.
static bool isNamedState(Value state) {
  auto argument = dyn_cast<BlockArgument>(state);
  auto function =
      argument
          ? dyn_cast<FunctionOpInterface>(argument.getOwner()->getParentOp())
          : FunctionOpInterface();
  return function && function.getArgAttr(argument.getArgNumber(), kStateAttr);
}

/// Whether the delay is added to a span by joining its state and the history.
/// Delays of sources before a history shift it source by source.
static bool canAddToSpan(CycleDelay delay, RecurrentOp recurrent) {
  DelayOp op = delay.op;
  int64_t span = recurrent.getSpanAttrs()[delay.feedback].getMax();
  return op && op->getParentOp() == recurrent && !op.getGroups() &&
         op.getHistory() > 0 && (delay.isRead || !op.getPerSource()) &&
         op.getHistory() <= std::numeric_limits<int32_t>::max() - span;
}

static std::optional<CycleDelay> findCycleDelay(RecurrentOp recurrent) {
  for (auto [i, span] : llvm::enumerate(recurrent.getSpanAttrs())) {
    if (span.getKind() != SpanKind::Layer)
      continue;
    BlockArgument argument = recurrent.getFeedbackArguments()[i];
    Value fed = recurrent.getYield().getFeedback()[i];
    CycleDelay read{{}, int64_t(i), true}, written{{}, int64_t(i), false};
    if (argument.hasOneUse())
      read.op = dyn_cast<DelayOp>(*argument.user_begin());
    if (fed.hasOneUse())
      written.op = fed.getDefiningOp<DelayOp>();
    for (CycleDelay delay : {read, written})
      if (canAddToSpan(delay, recurrent))
        return delay;
  }
  return std::nullopt;
}

static SpanAttr addDelays(SpanAttr span, DelayOp delay) {
  SmallVector<int64_t> values(delay.getDelays());
  for (int64_t &value : values)
    value += span.getMax();
  return SpanAttr::get(
      delay.getContext(),
      delay.getPerSource() ? SpanKind::Sources : SpanKind::Layer, values);
}

/// recurrent skip s { delay(feedback) by [d] } -> recurrent skip s + d, and the
/// same where the body feeds back delay(z) by [d]. The state of the delay is
/// the part of the new history that is farther from the run, or, of a delay
/// before the feedback, that is nearer.
static LogicalResult foldCycleDelay(RecurrentOp op, PatternRewriter &rewriter) {
  std::optional<CycleDelay> found = findCycleDelay(op);
  if (!found)
    return rewriter.notifyMatchFailure(op, "expected a delay of a feedback");
  if (op.getInits().empty() != op.getHistories().empty())
    return rewriter.notifyMatchFailure(op, "expected states with histories");
  if (llvm::any_of(op.getInits(), isNamedState) ||
      llvm::any_of(op.getHistories(), isNamedState))
    return rewriter.notifyMatchFailure(op, "expected states without a name");
  // States of a recurrence in another are those of its body, as they are.
  if (!op.getInits().empty() && isa<RecurrentOp>(op->getParentOp()))
    return rewriter.notifyMatchFailure(op, "expected the outermost recurrence");
  auto [delay, feedback, isRead] = *found;
  Value stateArgument = delay.getInits().front();
  int64_t state = llvm::find(op.getStateArguments(), stateArgument) -
                  op.getStateArguments().begin();
  bool stateIsFirst = isRead != op.getReverse(); // in the order of time

  Parts parts(op);
  int64_t steps = parts.spans[feedback].getMax(), more = delay.getHistory();
  parts.spans[feedback] = addDelays(parts.spans[feedback], delay);
  parts.finals.erase(parts.finals.begin() + state);
  Type &history = parts.finalHistories[feedback];
  history = withSteps(history, steps + more);
  if (!parts.inits.empty()) {
    Value first = parts.inits[state], second = parts.histories[feedback];
    parts.inits.erase(parts.inits.begin() + state);
    if (!stateIsFirst)
      std::swap(first, second);
    parts.histories[feedback] = joinSteps(first, second, rewriter);
  }

  SmallVector<Value> finals(op.getFinals());
  finals.erase(finals.begin() + state);
  YieldOp yield = op.getYield();
  rewriter.modifyOpInPlace(yield,
                           [&] { yield.getStatesMutable().erase(state); });
  RecurrentOp newOp = parts.create(op, rewriter);
  rewriter.replaceOp(delay,
                     {delay.getInput(), stateArgument}); // the state is unused
  newOp.getBody().eraseArgument(
      cast<BlockArgument>(stateArgument).getArgNumber());

  rewriter.replaceAllUsesWith(op.getOutputs(), newOp.getOutputs());
  rewriter.replaceAllUsesWith(finals, newOp.getFinals());
  Value joined = newOp.getFinalHistories()[feedback];
  rewriter.replaceAllUsesWith(
      op.getFinals()[state],
      takeSteps(joined, stateIsFirst ? 0 : steps, more, rewriter));
  for (auto [i, before] : llvm::enumerate(op.getFinalHistories()))
    rewriter.replaceAllUsesWith(
        before,
        int64_t(i) == feedback
            ? takeSteps(joined, stateIsFirst ? more : 0, steps, rewriter)
            : newOp.getFinalHistories()[i]);
  rewriter.eraseOp(op);
  return success();
}

void RecurrentOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *) {
  patterns.add(mergeEqualSources);
  patterns.add(foldConstantSpan);
  patterns.add(foldOneHotTaps);
  patterns.add(foldCycleDelay);
}
