//===- DelayedLinear.cpp - Synapses that read delayed sources -------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A synapse over groups (each with a delay) and neurons needs no sequence with
// a dimension of groups: it reads the steps t - d[g] of the input. A block of
// rows runs through one group after another, so that the weights of a group are
// read from a cache; sums wait in a tile in between.
//
//===----------------------------------------------------------------------===//

#include "DelayedLinear.h"
#include "Events.h"
#include "TemporalConv.h"

#include "snn/IR/Words.h"

using namespace mlir;
using namespace mlir::snn;

/// Rows that share what is read of the weights. Their sums of some columns fit
/// into a first-level cache.
static constexpr int64_t kBlockRows = 64;

DelayOp snn::findDelayOf(LinearOp op) {
  Value input = op.getInput();
  if (auto unpack = input.getDefiningOp<UnpackOp>();
      unpack && input.hasOneUse() && canReadWords(op.getInputMutable()))
    input = unpack.getInput();
  auto delay = input.getDefiningOp<DelayOp>();
  bool isDelayed = delay && delay.getGroups() && input.hasOneUse() &&
                   input == delay.getOutput() &&
                   delay->getBlock() == op->getBlock() &&
                   op.getWeight().getType().getRank() ==
                       delay.getInput().getType().getRank();
  return isDelayed ? delay : DelayOp();
}

LinearOp snn::findReaderOf(DelayOp op) {
  if (!op.getOutput().hasOneUse())
    return {};
  Operation *user = *op.getOutput().user_begin();
  if (isa<UnpackOp>(user) && user->hasOneUse())
    user = *user->user_begin();
  auto linear = dyn_cast<LinearOp>(user);
  return linear && findDelayOf(linear) == op ? linear : LinearOp();
}

namespace {
/// y[t,b,o] = bias[o] + sum over g, n of w[o,g,n] x[t - d[g],b,n]. Row (t, b)
/// of group g is row (t - d[g], b) of x after its history.
class DelayedLoops {
public:
  DelayedLoops(LinearOp op, DelayOp delay, Emit &emit,
               const ConvertSNNToLinalgPassOptions &options);

  /// The output, rows by columns. `all` is the input after its history.
  Value emit(Emit &emit, Value all);

private:
  Value readShift(Emit &emit, Value group);
  Value addSpikes(Emit &emit, Value row, Value weight, Value column, Value sum);
  SmallVector<Value> addProducts(Emit &emit, ArrayRef<Value> rows, Value weight,
                                 Value column, ArrayRef<Value> partial);
  Value addGroup(Emit &emit, Value group, Value first, Value count,
                 Value column, int64_t width, Value tile);
  Value addRows(Emit &emit, Value from, Value to, int64_t rows, Value shift,
                Value weight, Value column, int64_t width, Value tile);
  Value emitTile(Emit &emit, Value first, Value count, Value column,
                 int64_t width, Value out);

  LinearOp op;
  const ConvertSNNToLinalgPassOptions &options;
  SynapseSums sums;
  bool isSpikes, areWords;
  int64_t numGroups, numSources;
  Value shifts, batch, numRows, x;
};
} // namespace

DelayedLoops::DelayedLoops(LinearOp op, DelayOp delay, Emit &emit,
                           const ConvertSNNToLinalgPassOptions &options)
    : op(op), options(options), sums(emit, op.getWeight(), op.getBias()),
      isSpikes(op.getInput().getType().getElementType().isInteger(1)),
      areWords(op.getInput() != delay.getOutput()),
      numGroups(delay.getDelays().size()),
      numSources(sums.numInputs / numGroups) {
  SmallVector<int64_t> steps;
  for (int64_t by : delay.getDelays())
    steps.push_back(delay.getReverse() ? by : delay.getHistory() - by);
  shifts = arith::ConstantOp::create(
      emit, DenseElementsAttr::get(
                RankedTensorType::get(steps.size(), emit.getI64Type()),
                ArrayRef<int64_t>(steps)));
  batch = emit.dim(delay.getInput(), 1);
  numRows = emit.mul(emit.dim(delay.getInput(), 0), batch);
}

/// Rows from one of the output to that of a group.
Value DelayedLoops::readShift(Emit &emit, Value group) {
  Value steps = tensor::ExtractOp::create(emit, shifts, group);
  return emit.mul(arith::IndexCastOp::create(emit, emit.getIndexType(), steps),
                  batch);
}

/// Adds the events of a row, whose first source has row `weight` of the
/// weights.
Value DelayedLoops::addSpikes(Emit &emit, Value row, Value weight, Value column,
                              Value sum) {
  SpikeRows spikes{x, areWords};
  return forInputs(emit, numSources, sum,
                   [&](Emit &at, Value first, int64_t count, Value partial) {
                     Value bits = spikes.readBits(at, row, first, count);
                     return sums.addEvents(at, bits, at.add(weight, first),
                                           column, partial);
                   });
}

/// Adds the products of rows of values: an outer product per source.
SmallVector<Value> DelayedLoops::addProducts(Emit &emit, ArrayRef<Value> rows,
                                             Value weight, Value column,
                                             ArrayRef<Value> partial) {
  int64_t width = cast<VectorType>(partial[0].getType()).getDimSize(0);
  return emit.carry(
      emit.index(0), emit.index(numSources), emit.index(1), partial,
      [&](Emit &body, Value source, SmallVectorImpl<Value> &carried) {
        Value weights =
            sums.readWeights(body, body.add(weight, source), column, width);
        for (auto [row, sum] : llvm::zip(rows, carried)) {
          Value value =
              tensor::ExtractOp::create(body, x, ValueRange{row, source});
          value = body.splat(sums.extend(body, value), width);
          sum = sums.addProduct(body, value, weights, sum);
        }
      });
}

/// Rows `[from, to)` of the tile, `rows` at a time.
Value DelayedLoops::addRows(Emit &emit, Value from, Value to, int64_t rows,
                            Value shift, Value weight, Value column,
                            int64_t width, Value tile) {
  return emit.carry(
      from, to, emit.index(rows), tile,
      [&](Emit &body, Value row, SmallVectorImpl<Value> &carried) {
        SmallVector<Value> places, sources, partial;
        for (int64_t r = 0; r < rows; ++r) {
          places.push_back(body.add(row, body.index(r)));
          sources.push_back(body.add(places[r], shift));
          partial.push_back(
              body.read(carried[0], {places[r], body.index(0)}, width));
        }
        if (isSpikes)
          partial[0] = addSpikes(body, sources[0], weight, column, partial[0]);
        else
          partial = addProducts(body, sources, weight, column, partial);
        for (int64_t r = 0; r < rows; ++r)
          carried[0] =
              body.write(partial[r], carried[0], {places[r], body.index(0)});
      })[0];
}

/// Adds one group to the `count` rows from `first` on.
Value DelayedLoops::addGroup(Emit &emit, Value group, Value first, Value count,
                             Value column, int64_t width, Value tile) {
  Value shift = emit.add(first, readShift(emit, group));
  Value weight = emit.mul(group, emit.index(numSources));
  Value zero = emit.index(0);
  if (isSpikes)
    return addRows(emit, zero, count, 1, shift, weight, column, width, tile);
  Value rest =
      arith::RemUIOp::create(emit, count, emit.index(options.rowBlock));
  Value whole = emit.sub(count, rest);
  tile = addRows(emit, zero, whole, options.rowBlock, shift, weight, column,
                 width, tile);
  return addRows(emit, whole, count, 1, shift, weight, column, width, tile);
}

/// Some columns of the `count` rows from `first` on.
Value DelayedLoops::emitTile(Emit &emit, Value first, Value count, Value column,
                             int64_t width, Value out) {
  Value zero = emit.index(0), one = emit.index(1);
  Value start = sums.start(emit, column, width);
  Value tile = emit.empty(
      {emit.getIndexAttr(kBlockRows), emit.getIndexAttr(width)}, sums.type);
  tile =
      emit.carry(zero, count, one, tile,
                 [&](Emit &body, Value row, SmallVectorImpl<Value> &carried) {
                   carried[0] = body.write(start, carried[0], {row, zero});
                 })[0];
  tile =
      emit.carry(zero, emit.index(numGroups), one, tile,
                 [&](Emit &body, Value group, SmallVectorImpl<Value> &carried) {
                   carried[0] = addGroup(body, group, first, count, column,
                                         width, carried[0]);
                 })[0];
  return emit.carry(
      zero, count, one, out,
      [&](Emit &body, Value row, SmallVectorImpl<Value> &carried) {
        Value sum = body.read(tile, {row, zero}, width);
        sums.store(body, sum, body.add(first, row), column, carried[0]);
      })[0];
}

Value DelayedLoops::emit(Emit &emit, Value all) {
  x = emit.collapse(all, 2, getType(all).getRank());
  x = emit.collapse(x, 0, 2);
  Value out = emit.empty(
      {getAsOpFoldResult(numRows), emit.getIndexAttr(sums.numOutputs)},
      op.getOutput().getType().getElementType());
  return emit.carry(
      emit.index(0), numRows, emit.index(kBlockRows), out,
      [&](Emit &body, Value first, SmallVectorImpl<Value> &carried) {
        Value count =
            body.min(body.sub(numRows, first), body.index(kBlockRows));
        carried[0] = sums.forColumns(
            body, isSpikes ? options.eventLanes : options.columnLanes,
            carried[0],
            [&](Emit &inner, Value column, int64_t width, Value tensor) {
              return emitTile(inner, first, count, column, width, tensor);
            });
      })[0];
}

namespace {
/// linear(delay(x) by [..] groups) -> sums over shifted steps of x
struct ConvertDelayedLinear : OpRewritePattern<LinearOp> {
  ConvertDelayedLinear(MLIRContext *context,
                       const ConvertSNNToLinalgPassOptions &options)
      : OpRewritePattern(context, /*benefit=*/2), options(options) {}

  LogicalResult matchAndRewrite(LinearOp op,
                                PatternRewriter &rewriter) const override {
    DelayOp delay = findDelayOf(op);
    if (!delay)
      return rewriter.notifyMatchFailure(op, "expected delayed groups");
    Emit before(delay.getLoc(), rewriter), emit(op.getLoc(), rewriter);
    before.setInsertionPoint(delay);
    Extended extended(before, delay.getInput(), delay.getInits(),
                      delay.getHistory(), delay.getReverse());
    Value steps = before.dim(delay.getInput(), 0);
    if (!delay.getRest().empty())
      rewriter.replaceAllUsesWith(delay.getRest()[0],
                                  extended.getFinal(before, steps));
    Value out = DelayedLoops(op, delay, emit, options).emit(emit, extended.all);
    out = emit.expand(
        out, 0,
        {getAsOpFoldResult(steps),
         tensor::getMixedSize(emit, emit.getLoc(), delay.getInput(), 1)});
    // The delay and its words have no readers any more.
    rewriter.replaceOp(op, emit.castTo(out, op.getOutput().getType()));
    return success();
  }

  ConvertSNNToLinalgPassOptions options;
};
} // namespace

void snn::populateDelayedLinearPatterns(
    RewritePatternSet &patterns, const ConvertSNNToLinalgPassOptions &options) {
  patterns.add<ConvertDelayedLinear>(patterns.getContext(), options);
}
