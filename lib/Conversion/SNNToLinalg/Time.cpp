//===- Time.cpp - Delays and convolutions along time ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Emit.h"

using namespace mlir;
using namespace mlir::snn;

/// The history of an op with one: its operand, or zeros.
static Value getHistory(Emit &emit, Value input, OperandRange inits,
                        int64_t steps) {
  if (!inits.empty())
    return inits[0];
  SmallVector<OpFoldResult> shape =
      tensor::getMixedSizes(emit, emit.getLoc(), input);
  shape[0] = emit.getIndexAttr(steps);
  return emit.zeros(shape, getType(input).getElementType());
}

namespace {
/// A sequence with the steps around it: history before it, or, where time runs
/// backwards, after it.
struct Extended {
  Value all, past;
  bool reverse;

  Extended(Emit &emit, Value input, OperandRange inits, int64_t history,
           bool reverse)
      : all(input), past(getHistory(emit, input, inits, history)),
        reverse(reverse) {
    if (history > 0)
      all =
          reverse ? emit.concatTime(input, past) : emit.concatTime(past, input);
  }
  /// The history that the next window needs.
  Value getFinal(Emit &emit, Value steps) {
    RankedTensorType historyType = getType(past);
    if (historyType.getDimSize(0) == 0)
      return past; // no steps: a slice of none may not start at the end
    OpFoldResult first =
        reverse ? OpFoldResult(emit.getIndexAttr(0)) : getAsOpFoldResult(steps);
    return emit.slice(all, first, emit.getIndexAttr(historyType.getDimSize(0)),
                      historyType);
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// snn.delay
//===----------------------------------------------------------------------===//

/// y[...] = all[t + shift[source], b, n...] where the source is the loop `from`
/// and dimension `dropped` of the result (a group) is none of the input's.
static Value emitGather(Emit &emit, DelayOp op, Value all, int64_t from,
                        int64_t dropped) {
  int64_t history = op.getHistory();
  SmallVector<int64_t> shifts;
  for (int64_t delay : op.getDelays())
    shifts.push_back(op.getReverse() ? delay : history - delay);
  auto tableType = RankedTensorType::get(shifts.size(), emit.getI64Type());
  Value table = arith::ConstantOp::create(
      emit, DenseElementsAttr::get(tableType, ArrayRef<int64_t>(shifts)));
  RankedTensorType type = op.getOutput().getType();
  int64_t rank = type.getRank();
  SmallVector<OpFoldResult> shape =
      tensor::getMixedSizes(emit, emit.getLoc(), op.getInput());
  if (dropped >= 0)
    shape.insert(shape.begin() + dropped,
                 emit.getIndexAttr(type.getDimSize(dropped)));
  Value out = emit.empty(shape, type.getElementType());
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             emit, out.getType(), table, out,
             ArrayRef{AffineMap::get(rank, 0, emit.getAffineDimExpr(from)),
                      emit.getMultiDimIdentityMap(rank)},
             loops,
             [&](OpBuilder &builder, Location loc, ValueRange args) {
               Emit at(loc, builder);
               SmallVector<Value> indices;
               for (int64_t dim = 0; dim < rank; ++dim)
                 if (dim != dropped)
                   indices.push_back(linalg::IndexOp::create(at, dim));
               Value shift =
                   arith::IndexCastOp::create(at, at.getIndexType(), args[0]);
               indices[0] = at.add(indices[0], shift);
               Value value = tensor::ExtractOp::create(at, all, indices);
               linalg::YieldOp::create(at, value);
             })
      .getResult(0);
}

/// delay(x) -> steps of (history, x)
static LogicalResult convertDelay(DelayOp op, PatternRewriter &rewriter) {
  Emit emit(op.getLoc(), rewriter);
  int64_t history = op.getHistory();
  Extended extended(emit, op.getInput(), op.getInits(), history,
                    op.getReverse());
  Value steps = emit.dim(op.getInput(), 0);
  Value output;
  if (op.getPerSource())
    output = emitGather(emit, op, extended.all,
                        op.getInput().getType().getRank() - 1, -1);
  else if (op.getGroups())
    output = emitGather(emit, op, extended.all, 2, 2);
  else
    output = emit.slice(extended.all,
                        emit.getIndexAttr(op.getReverse() ? history : 0),
                        getAsOpFoldResult(steps));
  SmallVector<Value> results = {emit.castTo(output, op.getOutput().getType())};
  if (history > 0)
    results.push_back(extended.getFinal(emit, steps));
  rewriter.replaceOp(op, results);
  return success();
}

//===----------------------------------------------------------------------===//
// snn.temporal_conv
//===----------------------------------------------------------------------===//

namespace {
/// For batch, tiles of neurons and time: one sum over the taps, oldest first.
class ConvLoops {
public:
  ConvLoops(TemporalConvOp op, PatternRewriter &rewriter, int64_t lanes)
      : op(op), rewriter(rewriter), lanes(lanes) {}

  void emit();

private:
  Value readTap(Emit &emit, Value k, Value time, Value lane, int64_t width);
  Value emitSum(Emit &emit, Value time, Value batch, Value lane, int64_t width);
  Value emitTile(Emit &emit, Value batch, Value lane, int64_t width, Value out);

  TemporalConvOp op;
  PatternRewriter &rewriter;
  int64_t lanes;
  Value all, kernel, steps;
  Type element, sumType;
};
} // namespace

static Value extend(Emit &emit, Value value, Type element) {
  auto type = cast<VectorType>(value.getType());
  if (type.getElementType() == element)
    return value;
  return arith::ExtFOp::create(emit, VectorType::get(type.getShape(), element),
                               value);
}

Value ConvLoops::readTap(Emit &emit, Value k, Value time, Value lane,
                         int64_t width) {
  if (!op.getPerStep() && getType(kernel).getRank() == 2)
    return emit.read(kernel, {k, lane}, width);
  SmallVector<Value> indices = {k};
  if (op.getPerStep()) {
    if (Value offset = op.getOffset())
      time = emit.add(
          time, arith::IndexCastOp::create(emit, emit.getIndexType(), offset));
    indices = {time, k};
  }
  return emit.splat(tensor::ExtractOp::create(emit, kernel, indices), width);
}

/// all[t + j] holds x[t - (K-1) + j], so the oldest step is j = 0, tap K - 1;
/// in reverse x[t + j], tap j, from the farthest.
Value ConvLoops::emitSum(Emit &emit, Value time, Value batch, Value lane,
                         int64_t width) {
  int64_t taps = op.getNumTaps();
  Value last = emit.index(taps - 1);
  Value start = emit.zero(VectorType::get(width, sumType));
  return emit.carry(
      emit.index(0), emit.index(taps), emit.index(1), start,
      [&](Emit &body, Value i, SmallVectorImpl<Value> &carried) {
        Value tap = body.sub(last, i);
        Value step = body.add(time, op.getReverse() ? tap : i);
        Value x =
            extend(body, body.read(all, {step, batch, lane}, width), sumType);
        Value w = extend(body, readTap(body, tap, time, lane, width), sumType);
        carried[0] = math::FmaOp::create(body, w, x, carried[0]);
      })[0];
}

Value ConvLoops::emitTile(Emit &emit, Value batch, Value lane, int64_t width,
                          Value out) {
  return emit.carry(
      emit.index(0), steps, emit.index(1), out,
      [&](Emit &body, Value time, SmallVectorImpl<Value> &carried) {
        Value sum = emitSum(body, time, batch, lane, width);
        if (element != sumType)
          sum = arith::TruncFOp::create(body, VectorType::get(width, element),
                                        sum);
        carried[0] = body.write(sum, carried[0], {time, batch, lane});
      })[0];
}

void ConvLoops::emit() {
  Emit emit(op.getLoc(), rewriter);
  RankedTensorType type = op.getInput().getType();
  element = type.getElementType();
  sumType = getAccumulatorType(element);
  Extended extended(emit, op.getInput(), op.getInits(), op.getNumTaps() - 1,
                    op.getReverse());
  steps = emit.dim(op.getInput(), 0);
  all = emit.collapse(extended.all, 2, type.getRank());
  kernel = op.getKernel();
  if (!op.getPerStep() && getType(kernel).getRank() > 2)
    kernel = emit.collapse(kernel, 1, getType(kernel).getRank());
  SmallVector<OpFoldResult> shape =
      tensor::getMixedSizes(emit, emit.getLoc(), op.getInput());
  Value out = emit.collapse(emit.empty(shape, element), 2, type.getRank());
  int64_t numNeurons = getType(out).getDimSize(2);
  out = emit.carry(
      emit.index(0), emit.dim(op.getInput(), 1), emit.index(1), out,
      [&](Emit &body, Value batch, SmallVectorImpl<Value> &carried) {
        for (Tile tile : getTiles(numNeurons, lanes)) {
          Value end = body.index(tile.first + tile.count * tile.width);
          carried[0] = body.carry(
              body.index(tile.first), end, body.index(tile.width), carried[0],
              [&](Emit &at, Value lane, SmallVectorImpl<Value> &inner) {
                inner[0] = emitTile(at, batch, lane, tile.width, inner[0]);
              })[0];
        }
      })[0];
  out = emit.expand(out, 2, ArrayRef(shape).drop_front(2));
  rewriter.replaceOp(op, {emit.castTo(out, op.getOutput().getType()),
                          extended.getFinal(emit, steps)});
}

namespace {
struct ConvertTemporalConv : OpRewritePattern<TemporalConvOp> {
  ConvertTemporalConv(MLIRContext *context, int64_t lanes)
      : OpRewritePattern(context), lanes(lanes) {}

  LogicalResult matchAndRewrite(TemporalConvOp op,
                                PatternRewriter &rewriter) const override {
    ConvLoops(op, rewriter, lanes).emit();
    return success();
  }

  int64_t lanes;
};
} // namespace

void snn::populateTimeToLinalgPatterns(
    RewritePatternSet &patterns, const ConvertSNNToLinalgPassOptions &options) {
  patterns.add(convertDelay);
  patterns.add<ConvertTemporalConv>(patterns.getContext(), options.lanes);
}
