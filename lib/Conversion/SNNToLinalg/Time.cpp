//===- Time.cpp - Delays along time ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DelayedLinear.h"
#include "TemporalConv.h"

using namespace mlir;
using namespace mlir::snn;

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
  if (findReaderOf(op))
    return rewriter.notifyMatchFailure(op, "expected no synapse over groups");
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

void snn::populateTimeToLinalgPatterns(
    RewritePatternSet &patterns, const ConvertSNNToLinalgPassOptions &options) {
  patterns.add(convertDelay);
  populateDelayedLinearPatterns(patterns, options);
  populateTemporalConvToLinalgPatterns(patterns, options);
}
