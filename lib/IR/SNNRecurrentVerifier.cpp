//===- SNNRecurrentVerifier.cpp - Valid programs on windows ---------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verifiers.h"

#include "snn/IR/Time.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::snn;

//===----------------------------------------------------------------------===//
// Operands and results
//===----------------------------------------------------------------------===//

/// Sequences have time, and agree on it and on the batch.
static LogicalResult verifySequences(RecurrentOp op) {
  if (op.getInputs().empty())
    return op.emitOpError("expected at least one input, but got none");
  for (Value input : op.getInputs())
    if (getTensorType(input).getRank() < 1)
      return op.emitOpError("expected sequences, but got ") << input.getType();
  RankedTensorType first = getTensorType(op.getInputs().front());
  if (first.getRank() < 2)
    return op.emitOpError("expected the first input to have time and batch, "
                          "but got ")
           << first;
  // A table has time only.
  auto agrees = [&](RankedTensorType type) {
    int64_t shared = std::min<int64_t>(type.getRank(), 2);
    return areCompatible(type.getShape().take_front(shared),
                         first.getShape().take_front(shared));
  };
  for (Value input : op.getInputs())
    if (!agrees(getTensorType(input)))
      return op.emitOpError("expected inputs of one length and batch, but got ")
             << first << " and " << input.getType();
  for (Value output : op.getOutputs())
    if (getTensorType(output).getRank() < 2 || !agrees(getTensorType(output)))
      return op.emitOpError("expected outputs of the length and batch of ")
             << first << ", but got " << output.getType();
  return success();
}

/// A span fits the history that it reads and has the operand that it needs.
static LogicalResult verifySpan(RecurrentOp op, int64_t i, SpanAttr span) {
  RankedTensorType history = getTensorType(op.getFinalHistories()[i]);
  RankedTensorType first = getTensorType(op.getInputs().front());
  if (history.getRank() < 3 || history.getDimSize(0) != span.getMax() ||
      !areCompatible(history.getDimSize(1), first.getDimSize(1)))
    return op.emitOpError("expected history ")
           << i << " to be " << span.getMax() << " x B x N... for " << first
           << ", but got " << history;
  if (span.getKind() == SpanKind::Sources &&
      int64_t(span.getValues().size()) != history.getShape().back())
    return op.emitOpError("expected ")
           << history.getShape().back() << " spans for " << history
           << ", but got " << span.getValues().size();
  Value operand = op.getSpanOperand(i);
  if (span.getKind() == SpanKind::Operand && !operand.getType().isInteger(64))
    return op.emitOpError("expected a span of i64, but got ")
           << operand.getType();
  if (span.getKind() != SpanKind::Taps)
    return success();
  auto taps = dyn_cast<RankedTensorType>(operand.getType());
  if (!taps || taps.getShape() != ArrayRef<int64_t>(span.getMax()) ||
      !isa<FloatType>(taps.getElementType()))
    return op.emitOpError("expected taps of ")
           << span.getMax() << " floats, but got " << operand.getType();
  Type element = history.getElementType();
  if (!element.isInteger(1) && element != taps.getElementType())
    return op.emitOpError("expected taps on spikes or on values of their type "
                          "")
           << taps.getElementType() << ", but got " << history;
  return success();
}

/// Constant taps that are said to be shares are such, to 0.001 or to a unit in
/// the last place of 1.
static LogicalResult verifyShares(RecurrentOp op, int64_t i) {
  DenseElementsAttr taps;
  if (!matchPattern(op.getSpanOperand(i), m_Constant(&taps)))
    return success();
  double sum = 0;
  for (auto [k, tap] : llvm::enumerate(taps.getValues<APFloat>())) {
    double share = tap.convertToDouble();
    if (!(share >= 0))
      return op.emitOpError("expected taps of '")
             << kSoftmaxAttr << "' that are 0 or more, but got " << share
             << " as tap " << k << " of feedback " << i;
    sum += share;
  }
  const auto &semantics =
      cast<FloatType>(taps.getElementType()).getFloatSemantics();
  double ulp = std::ldexp(1.0, 1 - int(APFloat::semanticsPrecision(semantics)));
  if (std::abs(sum - 1) <= std::max(0.001, ulp))
    return success();
  return op.emitOpError("expected taps of '")
         << kSoftmaxAttr << "' with a sum of 1, but got " << sum
         << " of feedback " << i;
}

/// Values before the run, where given, have the types of those after it.
static LogicalResult verifyPairs(Operation *op, StringRef what,
                                 ValueRange before, ValueRange after) {
  if (before.empty())
    return success();
  if (before.size() != after.size())
    return op->emitOpError("expected ")
           << after.size() << " " << what << ", but got " << before.size();
  for (auto [i, first, last] : llvm::enumerate(before, after))
    if (first.getType() != last.getType())
      return op->emitOpError("expected ")
             << what << " " << i << " to be " << last.getType() << ", but got "
             << first.getType();
  return success();
}

LogicalResult RecurrentOp::verify() {
  if (failed(verifySequences(*this)))
    return failure();
  if (getSkip().empty())
    return emitOpError("expected at least one feedback span, but got none");
  size_t withOperand = llvm::count_if(
      getSpanAttrs(), [](SpanAttr span) { return span.hasOperand(); });
  if (getSpans().size() != withOperand)
    return emitOpError("expected ")
           << withOperand << " operands of spans, but got "
           << getSpans().size();
  if (getFinalHistories().size() != size_t(getNumFeedbacks()))
    return emitOpError("expected ")
           << getNumFeedbacks() << " histories, but got "
           << getFinalHistories().size();
  for (auto [i, span] : llvm::enumerate(getSpanAttrs()))
    if (failed(verifySpan(*this, i, span)) ||
        (span.getKind() == SpanKind::Taps && (*this)->hasAttr(kSoftmaxAttr) &&
         failed(verifyShares(*this, i))))
      return failure();
  if (std::optional<int64_t> window = getWindow())
    if (*window < 1 || *window > getLongestWindow())
      return emitOpError("expected a window in [1, ")
             << getLongestWindow() << "], the smallest span, but got "
             << *window;
  if (failed(verifyPairs(*this, "initial states", getInits(), getFinals())) ||
      failed(verifyPairs(*this, "initial histories", getHistories(),
                         getFinalHistories())))
    return failure();
  return verifySizes(*this);
}

//===----------------------------------------------------------------------===//
// Body
//===----------------------------------------------------------------------===//

/// The type of a window of a sequence: any number of steps.
static RankedTensorType getWindowType(RankedTensorType type) {
  SmallVector<int64_t> shape(type.getShape());
  shape[0] = ShapedType::kDynamic;
  return RankedTensorType::get(shape, type.getElementType());
}

/// Checks the types of a list of values against those expected.
static LogicalResult verifyTypes(Operation *op, StringRef what,
                                 TypeRange values, ArrayRef<Type> expected) {
  if (values.size() != expected.size())
    return op->emitOpError("expected ")
           << expected.size() << " " << what << ", but got " << values.size();
  for (auto [i, value, type] : llvm::enumerate(values, expected))
    if (value != type)
      return op->emitOpError("expected ")
             << what << " " << i << " to be " << type << ", but got " << value;
  return success();
}

/// Whether a state argument is the initial state of one op in the body, and
/// nothing else.
static bool startsOneOp(BlockArgument state) {
  if (!state.hasOneUse())
    return false;
  auto op = dyn_cast<SequenceOpInterface>(*state.user_begin());
  return op && op->getBlock() == state.getOwner() &&
         llvm::is_contained(op.getInitialStates(), state);
}

/// A state argument is the initial state of one op whose final state is yielded
/// for it, or is yielded as it is. Anything else would let the body see where a
/// window begins.
static LogicalResult verifyStateArguments(RecurrentOp recurrent) {
  YieldOp yield = recurrent.getYield();
  for (auto [i, argument] : llvm::enumerate(recurrent.getStateArguments())) {
    Value next = yield.getStates()[i];
    if (next == argument)
      continue;
    if (!startsOneOp(argument))
      return recurrent.emitOpError("expected state argument ")
             << i << " to be the initial state of one op, or to be yielded";
  }
  return success();
}

/// The states of an op in the body are carried from window to window: they come
/// from state arguments, and go to the yield only.
static LogicalResult verifyCarried(RecurrentOp recurrent,
                                   SequenceOpInterface op) {
  OperandRange before = op.getInitialStates();
  ResultRange after = op.getFinalStates();
  if (before.size() != after.size())
    return op->emitOpError("expected ")
           << after.size() << " initial states in the body of a recurrence, "
           << "but got " << before.size();
  for (auto [i, init] : llvm::enumerate(before)) {
    auto states = recurrent.getStateArguments();
    auto found = llvm::find(states, init);
    if (found == states.end())
      return op->emitOpError("expected initial state ")
             << i << " to be a state argument of the recurrence";
    if (recurrent.getYield().getStates()[found - states.begin()] != after[i])
      return op->emitOpError("expected final state ")
             << i << " to be yielded for the state argument it started from";
  }
  for (auto [i, final] : llvm::enumerate(after))
    if (!final.hasOneUse() || !isa<YieldOp>(*final.user_begin()))
      return op->emitOpError("expected final state ")
             << i << " to be yielded and not used in the body";
  return success();
}

/// An op that keeps state or counts time runs as many steps as the window has,
/// and counts from the window's position.
static LogicalResult verifyRun(RecurrentOp recurrent, SequenceOpInterface op,
                               const TimeAnalysis &time) {
  if (op.getFinalStates().empty() && !op.dependsOnPosition())
    return success();
  bool runsOnWindow = false;
  for (OpOperand &operand : op->getOpOperands()) {
    if (!op.isSequenceOperand(operand))
      continue;
    runsOnWindow = true;
    if (!time.isSequence(operand.get()))
      return op->emitOpError("expected a sequence of the window, but got ")
             << operand.get().getType() << " from outside";
  }
  if (!runsOnWindow)
    return op->emitOpError("expected sequence inputs in the body of a "
                           "recurrence, but got none");
  if (!op.dependsOnPosition())
    return success();
  if (!recurrent.getPosition())
    return op->emitOpError("expected a 'position' of the recurrence for an op "
                           "that depends on absolute time, but got none");
  if (op.getPositionOperand() != recurrent.getPositionArgument())
    return op->emitOpError("expected the window's position as the offset");
  return success();
}

/// The sequences of the function or the body that a recurrence is in.
static SmallVector<Value> getSequencesOf(Operation *parent) {
  if (auto function = dyn_cast_or_null<FunctionOpInterface>(parent))
    return getSequenceArguments(function);
  auto recurrent = dyn_cast_or_null<RecurrentOp>(parent);
  if (!recurrent)
    return {};
  // The arguments of an enclosing body are not verified yet.
  size_t count = recurrent.getInputs().size() + recurrent.getNumFeedbacks();
  auto arguments = recurrent.getBody().getArguments();
  return llvm::to_vector_of<Value>(
      arguments.take_front(std::min(count, arguments.size())));
}

/// Values from outside the body must not carry time.
static LogicalResult verifyCaptures(RecurrentOp recurrent) {
  for (Operation *op = recurrent; op->getParentOp(); op = op->getParentOp()) {
    // Later ops are not verified yet, and cannot be captured.
    TimeAnalysis outside(*op->getBlock(), getSequencesOf(op->getParentOp()),
                         op);
    WalkResult result = recurrent.getBody().walk([&](Operation *user) {
      for (Value operand : user->getOperands())
        if (outside.isSequence(operand)) {
          user->emitOpError("expected sequences in the body of a recurrence to "
                            "come through its 'ins', but got ")
              << operand.getType() << " from outside";
          return WalkResult::interrupt();
        }
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      return failure();
    if (isa<FunctionOpInterface>(op->getParentOp()))
      break;
  }
  return success();
}

/// The result of the body does not depend on how time is cut into windows.
static LogicalResult verifyWindow(RecurrentOp recurrent) {
  Block &body = recurrent.getBody().front();
  TimeAnalysis time(body, getSequencesOf(recurrent));
  if (const Obstacle &obstacle = time.getTimeObstacle())
    return obstacle.op->emitOpError("expected a body whose result does not "
                                    "depend on the window, but it ")
           << obstacle.reason;
  for (Operation &op : body) {
    auto sequence = dyn_cast<SequenceOpInterface>(op);
    if (sequence && (failed(verifyCarried(recurrent, sequence)) ||
                     failed(verifyRun(recurrent, sequence, time))))
      return failure();
  }
  YieldOp yield = recurrent.getYield();
  for (OperandRange values : {yield.getOutputs(), yield.getFeedback()})
    for (Value value : values)
      if (!time.isSequence(value))
        return yield.emitOpError("expected a sequence of the window, but got ")
               << value.getType() << " without time";
  return success();
}

LogicalResult RecurrentOp::verifyRegions() {
  SmallVector<Type> arguments, outputs, feedback, states;
  for (Value input : getInputs())
    arguments.push_back(getWindowType(getTensorType(input)));
  for (auto [i, span] : llvm::enumerate(getSpanAttrs())) {
    RankedTensorType type =
        getWindowType(getTensorType(getFinalHistories()[i]));
    feedback.push_back(type);
    if (span.getKind() == SpanKind::Taps)
      type = RankedTensorType::get(
          type.getShape(), getTensorType(getSpanOperand(i)).getElementType());
    arguments.push_back(type);
  }
  llvm::append_range(states, getFinals().getTypes());
  llvm::append_range(arguments, states);
  if (getPosition())
    arguments.push_back(getPosition().getType());
  for (Value output : getOutputs())
    outputs.push_back(getWindowType(getTensorType(output)));

  YieldOp yield = getYield();
  if (failed(verifyTypes(*this, "region arguments",
                         getBody().getArgumentTypes(), arguments)) ||
      failed(verifyTypes(yield, "outputs", yield.getOutputs().getTypes(),
                         outputs)) ||
      failed(verifyTypes(yield, "feedback", yield.getFeedback().getTypes(),
                         feedback)) ||
      failed(
          verifyTypes(yield, "states", yield.getStates().getTypes(), states)) ||
      failed(verifyCaptures(*this)) || failed(verifyStateArguments(*this)))
    return failure();
  return verifyWindow(*this);
}
