//===- ConvertSNNRecurrenceToSCF.cpp - Windows in a loop ------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit.h"

#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace mlir::snn {
#define GEN_PASS_DEF_CONVERTSNNRECURRENCETOSCFPASS
#include "snn/Conversion/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

namespace {
/// The loop over windows of one recurrence.
class WindowLoop {
public:
  WindowLoop(RecurrentOp op, PatternRewriter &rewriter)
      : op(op), rewriter(rewriter), spans(op.getSpanAttrs()) {}

  void emit();

private:
  Value getSpan(Emit &emit, int64_t feedback);
  Value getStep(Emit &emit);
  SmallVector<Value> getInitialValues(Emit &emit);
  Value readFeedback(Emit &emit, int64_t feedback, Value history, Value length);
  Value readSources(Emit &emit, SpanAttr span, Value history, Value length);
  Value readTaps(Emit &emit, int64_t feedback, Value history, Value length);
  Value appendHistory(Emit &emit, Value history, Value window);
  void emitWindow(Emit &emit, Value time, SmallVectorImpl<Value> &carried);

  RecurrentOp op;
  PatternRewriter &rewriter;
  SmallVector<SpanAttr> spans;
  SmallVector<Value> spanValues; // steps, of each feedback
  Value steps, step;
};
} // namespace

/// The span of a feedback in steps, or the window that it allows; of an
/// operand, clamped to its range.
Value WindowLoop::getSpan(Emit &emit, int64_t feedback) {
  SpanAttr span = spans[feedback];
  if (span.getKind() != SpanKind::Operand)
    return emit.index(op.getLongestWindow(feedback));
  Value steps = arith::IndexCastOp::create(emit, emit.getIndexType(),
                                           op.getSpanOperand(feedback));
  return emit.min(emit.max(steps, emit.index(1)), emit.index(span.getMax()));
}

/// The length of a window: the smallest span, unless the op says less.
Value WindowLoop::getStep(Emit &emit) {
  Value smallest;
  for (int64_t i = 0; i < op.getNumFeedbacks(); ++i) {
    spanValues.push_back(getSpan(emit, i));
    smallest = smallest ? emit.min(smallest, spanValues[i]) : spanValues[i];
  }
  if (std::optional<int64_t> window = op.getWindow())
    return emit.index(*window);
  return smallest;
}

/// Empty outputs, then initial states and histories.
SmallVector<Value> WindowLoop::getInitialValues(Emit &emit) {
  SmallVector<Value> values;
  Value batch = emit.dim(op.getInputs()[0], 1);
  auto sizes = [&](RankedTensorType type, bool isOutput) {
    SmallVector<OpFoldResult> shape;
    for (auto [dim, size] : llvm::enumerate(type.getShape()))
      shape.push_back(
          !ShapedType::isDynamic(size)
              ? OpFoldResult(emit.getIndexAttr(size))
              : getAsOpFoldResult(isOutput && dim == 0 ? steps : batch));
    return shape;
  };
  for (Value output : op.getOutputs())
    values.push_back(emit.empty(sizes(getType(output), true),
                                getType(output).getElementType()));
  auto append = [&](OperandRange inits, ResultRange finals) {
    for (auto [i, final] : llvm::enumerate(finals))
      values.push_back(inits.empty()
                           ? emit.zeros(sizes(getType(final), false),
                                        getType(final).getElementType())
                           : inits[i]);
  };
  append(op.getInits(), op.getFinals());
  append(op.getHistories(), op.getFinalHistories());
  return values;
}

/// fb[t,b,n] = history[D - d[n] + t, b, n]; in reverse d[n] steps ahead.
Value WindowLoop::readSources(Emit &emit, SpanAttr span, Value history,
                              Value length) {
  RankedTensorType type = getType(history);
  SmallVector<int64_t> delays(span.getValues());
  Value table = arith::ConstantOp::create(
      emit, DenseElementsAttr::get(
                RankedTensorType::get(delays.size(), emit.getI64Type()),
                ArrayRef<int64_t>(delays)));
  SmallVector<OpFoldResult> shape =
      tensor::getMixedSizes(emit, emit.getLoc(), history);
  shape[0] = getAsOpFoldResult(length);
  int64_t rank = type.getRank();
  auto identity = emit.getMultiDimIdentityMap(rank);
  auto source = AffineMap::get(rank, 0, emit.getAffineDimExpr(rank - 1));
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
  Value out = emit.empty(shape, type.getElementType());
  return linalg::GenericOp::create(
             emit, out.getType(), table, out, ArrayRef{source, identity}, loops,
             [&](OpBuilder &builder, Location loc, ValueRange args) {
               Emit inner(loc, builder);
               SmallVector<Value> indices;
               for (int64_t dim = 0; dim < rank; ++dim)
                 indices.push_back(linalg::IndexOp::create(inner, dim));
               Value delay = arith::IndexCastOp::create(
                   inner, inner.getIndexType(), args[0]);
               // The window is the last `length` steps before the history's
               // end, or, in reverse, after its start.
               Value shift = op.getReverse()
                                 ? inner.sub(delay, length)
                                 : inner.sub(inner.index(span.getMax()), delay);
               indices[0] = inner.add(indices[0], shift);
               Value value = tensor::ExtractOp::create(inner, history, indices);
               linalg::YieldOp::create(inner, value);
             })
      .getResult(0);
}

/// sum + tap * value in the type of the sum; a silent spike adds nothing.
static Value addTap(Emit &emit, Value tap, Value value, Value sum) {
  auto extend = [&](Value narrow) -> Value {
    return narrow.getType() == sum.getType()
               ? narrow
               : arith::ExtFOp::create(emit, sum.getType(), narrow);
  };
  if (!value.getType().isInteger(1))
    return math::FmaOp::create(emit, extend(tap), extend(value), sum);
  Value added = arith::AddFOp::create(emit, sum, extend(tap));
  return arith::SelectOp::create(emit, value, added, sum);
}

/// fb[t] = sum over k = 1..K of p[k-1] history[K-k+t], in reverse of
/// history[k-1+t-(length-1)]. Taps of steps inside the window are 0 and left
/// out.
Value WindowLoop::readTaps(Emit &emit, int64_t feedback, Value history,
                           Value length) {
  Value taps = op.getSpanOperand(feedback);
  Type element = getType(taps).getElementType();
  Type sum = getAccumulatorType(element);
  int64_t numTaps = spans[feedback].getMax();
  int64_t numZeros = op.getLongestWindow(feedback) - 1;
  if (numZeros > 0)
    taps = emit.slice(taps, emit.getIndexAttr(numZeros),
                      emit.getIndexAttr(numTaps - numZeros));
  SmallVector<OpFoldResult> shape =
      tensor::getMixedSizes(emit, emit.getLoc(), history);
  shape[0] = getAsOpFoldResult(length);
  // Loops: time and batch, k ascending, then neurons, which are neighbours.
  int64_t rank = shape.size() + 1;
  SmallVector<AffineExpr> lanes;
  for (int64_t dim = 0; dim < rank; ++dim)
    if (dim != 2)
      lanes.push_back(emit.getAffineDimExpr(dim));
  SmallVector<AffineMap> maps = {
      AffineMap::get(rank, 0, emit.getAffineDimExpr(2)),
      AffineMap::get(rank, 0, lanes, emit.getContext())};
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
  loops[2] = utils::IteratorType::reduction;
  // The oldest is first in the history; in reverse, the nearest.
  Value first = op.getReverse() ? emit.sub(emit.index(numZeros + 1), length)
                                : emit.index(numTaps - 1 - numZeros);
  Value zeros = emit.zeros(shape, sum);
  Value result =
      linalg::GenericOp::create(
          emit, zeros.getType(), taps, zeros, maps, loops,
          [&](OpBuilder &builder, Location loc, ValueRange args) {
            Emit inner(loc, builder);
            SmallVector<Value> indices;
            for (int64_t dim = 0; dim < rank; ++dim)
              indices.push_back(linalg::IndexOp::create(inner, dim));
            Value k = indices[2];
            indices.erase(indices.begin() + 2);
            Value from = inner.add(indices[0], first);
            indices[0] =
                op.getReverse() ? inner.add(from, k) : inner.sub(from, k);
            Value value = tensor::ExtractOp::create(inner, history, indices);
            linalg::YieldOp::create(inner,
                                    addTap(inner, args[0], value, args[1]));
          })
          .getResult(0);
  if (element != sum)
    result = arith::TruncFOp::create(
        emit, RankedTensorType::get(getType(result).getShape(), element),
        result);
  return result;
}

/// The delayed feedback of a window, from the history before it.
Value WindowLoop::readFeedback(Emit &emit, int64_t feedback, Value history,
                               Value length) {
  SpanAttr span = spans[feedback];
  if (span.getKind() == SpanKind::Sources)
    return readSources(emit, span, history, length);
  if (span.getKind() == SpanKind::Taps)
    return readTaps(emit, feedback, history, length);
  Value first = op.getReverse()
                    ? emit.sub(spanValues[feedback], length)
                    : emit.sub(emit.index(span.getMax()), spanValues[feedback]);
  return emit.slice(history, first, length);
}

/// The last steps of history and window; in reverse the first of window and
/// history.
Value WindowLoop::appendHistory(Emit &emit, Value history, Value window) {
  RankedTensorType type = getType(history);
  OpFoldResult steps = emit.getIndexAttr(type.getDimSize(0));
  if (op.getReverse())
    return emit.slice(emit.concatTime(window, history), emit.getIndexAttr(0),
                      steps, type);
  return emit.slice(emit.concatTime(history, window),
                    getAsOpFoldResult(emit.dim(window, 0)), steps, type);
}

void WindowLoop::emitWindow(Emit &emit, Value time,
                            SmallVectorImpl<Value> &carried) {
  Value left = emit.sub(steps, time);
  Value length = emit.min(left, step);
  Value first = op.getReverse() ? emit.sub(left, length) : time;
  size_t numOutputs = op.getOutputs().size(), numStates = op.getFinals().size();
  MutableArrayRef<Value> all(carried);
  auto outputs = all.take_front(numOutputs);
  auto states = all.slice(numOutputs, numStates);
  auto histories = all.drop_front(numOutputs + numStates);

  SmallVector<Value> arguments;
  for (auto [argument, input] :
       llvm::zip(op.getInputArguments(), op.getInputs()))
    arguments.push_back(emit.slice(input, first, length, getType(argument)));
  for (auto [i, argument] : llvm::enumerate(op.getFeedbackArguments())) {
    Value window = readFeedback(emit, i, histories[i], length);
    window = emit.castTo(window, argument.getType());
    arguments.push_back(window);
  }
  llvm::append_range(arguments, states);
  if (Value position = op.getPosition()) {
    Value offset = arith::IndexCastOp::create(emit, emit.getI64Type(), first);
    arguments.push_back(emit.add(position, offset));
  }

  IRMapping map;
  map.map(op.getBody().getArguments(), arguments);
  for (Operation &nested : op.getBody().front().without_terminator())
    emit.clone(nested, map);
  YieldOp yield = op.getYield();
  for (auto [output, value] : llvm::zip(outputs, yield.getOutputs()))
    output = emit.insert(map.lookupOrDefault(value), output, first);
  for (auto [state, value] : llvm::zip(states, yield.getStates()))
    state = map.lookupOrDefault(value);
  for (auto [history, value] : llvm::zip(histories, yield.getFeedback()))
    history = appendHistory(emit, history, map.lookupOrDefault(value));
}

void WindowLoop::emit() {
  Emit emit(op.getLoc(), rewriter);
  steps = emit.dim(op.getInputs()[0], 0);
  step = getStep(emit);
  SmallVector<Value> results =
      emit.carry(emit.index(0), steps, step, getInitialValues(emit),
                 [&](Emit &inner, Value time, SmallVectorImpl<Value> &carried) {
                   emitWindow(inner, time, carried);
                 });
  rewriter.replaceOp(op, results);
}

/// Lets the ops of a body run from the last step to the first.
static LogicalResult reverseBody(RecurrentOp op) {
  for (Operation &nested : op.getBody().front()) {
    auto sequence = dyn_cast<SequenceOpInterface>(nested);
    if (!sequence || sequence.getFinalStates().empty())
      continue;
    if (!isa<NeuronOp, TemporalConvOp, DelayOp, RecurrentOp>(nested))
      return nested.emitOpError("expected a generalized neuron in a reverse "
                                "recurrence");
    if (nested.hasAttr("reverse"))
      nested.removeAttr("reverse");
    else
      nested.setAttr("reverse", UnitAttr::get(op.getContext()));
  }
  return success();
}

/// recurrent { body } -> for each window { body }
static LogicalResult convertRecurrent(RecurrentOp op,
                                      PatternRewriter &rewriter) {
  WindowLoop(op, rewriter).emit();
  return success();
}

void snn::populateRecurrenceToSCFPatterns(RewritePatternSet &patterns) {
  patterns.add(convertRecurrent);
}

namespace {
struct ConvertSNNRecurrenceToSCF
    : snn::impl::ConvertSNNRecurrenceToSCFPassBase<ConvertSNNRecurrenceToSCF> {
  void runOnOperation() override {
    // Outer recurrences first: they turn the inner ones round.
    WalkResult reversed = getOperation()->walk<WalkOrder::PreOrder>(
        [](RecurrentOp op) -> WalkResult {
          return WalkResult(op.getReverse() ? reverseBody(op) : success());
        });
    if (reversed.wasInterrupted())
      return signalPassFailure();
    RewritePatternSet patterns(&getContext());
    populateRecurrenceToSCFPatterns(patterns);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
