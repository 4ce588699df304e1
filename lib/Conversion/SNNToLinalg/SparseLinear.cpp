//===- SparseLinear.cpp - snn.sparse_linear as a scatter of edges ---------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Events.h"

#include "snn/IR/Words.h"

using namespace mlir;
using namespace mlir::snn;

namespace {
/// A row of outputs begins at the bias; each spike adds its edges to it. Spikes
/// come in ascending order, so each sum is the chain of `snn.linear`.
class SparseLoops {
public:
  SparseLoops(SparseLinearOp op, const ConvertSNNToLinalgPassOptions &options)
      : op(op), options(options) {}

  Value emit(Emit &emit);

private:
  Value readWord(Emit &emit, Value index);
  Value readIndex(Emit &emit, Value index);
  Value addEdges(Emit &emit, Value row, Value k, Value out);
  Value emitRow(Emit &emit, const SynapseSums &sums, Value row, Value out);

  SparseLinearOp op;
  const ConvertSNNToLinalgPassOptions &options;
  SpikeRows spikes;
};
} // namespace

Value SparseLoops::readWord(Emit &emit, Value index) {
  return tensor::ExtractOp::create(emit, op.getEdges(), index);
}

Value SparseLoops::readIndex(Emit &emit, Value index) {
  return arith::IndexCastUIOp::create(emit, emit.getIndexType(),
                                      readWord(emit, index));
}

/// Adds the edges of input `k` to a row of outputs.
Value SparseLoops::addEdges(Emit &emit, Value row, Value k, Value out) {
  Value from = readIndex(emit, k),
        to = readIndex(emit, emit.add(k, emit.index(1)));
  int64_t targets = op.getNumInputs() + 1, weights = targets + op.getNumEdges();
  return emit.carry(
      from, to, emit.index(1), out,
      [&](Emit &inner, Value edge, SmallVectorImpl<Value> &carried) {
        Value target = readIndex(inner, inner.add(edge, inner.index(targets)));
        Value bits = readWord(inner, inner.add(edge, inner.index(weights)));
        Value weight =
            arith::BitcastOp::create(inner, inner.getF32Type(), bits);
        SmallVector<Value, 2> place = {row, target};
        Value sum = tensor::ExtractOp::create(inner, carried[0], place);
        sum = arith::AddFOp::create(inner, sum, weight);
        carried[0] = tensor::InsertOp::create(inner, sum, carried[0], place);
      })[0];
}

Value SparseLoops::emitRow(Emit &emit, const SynapseSums &sums, Value row,
                           Value out) {
  out = sums.forColumns(
      emit, options.eventLanes, out,
      [&](Emit &inner, Value column, int64_t width, Value tensor) {
        sums.store(inner, sums.start(inner, column, width), row, column,
                   tensor);
        return tensor;
      });
  return forInputs(
      emit, sums.numInputs, out,
      [&](Emit &inner, Value first, int64_t count, Value tensor) {
        Value bits = spikes.readBits(inner, row, first, count);
        return forSetBits(
            inner, bits, tensor, [&](Emit &body, Value bit, Value carried) {
              return addEdges(body, row, body.add(first, bit), carried);
            });
      });
}

Value SparseLoops::emit(Emit &emit) {
  Value source = op.getInput();
  if (auto unpack = source.getDefiningOp<UnpackOp>();
      unpack && canReadWords(op.getInputMutable()))
    source = unpack.getInput();
  int64_t rank = getType(source).getRank(), kept = rank - op.getInputs().size();
  Value rows = emit.collapse(source, kept, rank);
  spikes = {emit.collapse(rows, 0, kept), source != op.getInput()};
  SynapseSums sums(emit, op.getNumInputs(), op.getOutputs(), op.getBias());
  Value numRows = emit.dim(spikes.rows, 0);
  RankedTensorType type = op.getOutput().getType();
  Value out = emit.empty(
      {getAsOpFoldResult(numRows), emit.getIndexAttr(sums.numOutputs)},
      type.getElementType());
  out = emit.carry(emit.index(0), numRows, emit.index(1), out,
                   [&](Emit &inner, Value row, SmallVectorImpl<Value> &next) {
                     next[0] = emitRow(inner, sums, row, next[0]);
                   })[0];
  SmallVector<OpFoldResult> leading =
      tensor::getMixedSizes(emit, emit.getLoc(), source);
  leading.resize(kept);
  return emit.castTo(emit.expand(out, 0, leading), type);
}

namespace {
struct ConvertSparseLinear : OpRewritePattern<SparseLinearOp> {
  ConvertSparseLinear(MLIRContext *context,
                      const ConvertSNNToLinalgPassOptions &options)
      : OpRewritePattern(context), options(options) {}

  LogicalResult matchAndRewrite(SparseLinearOp op,
                                PatternRewriter &rewriter) const override {
    Emit emit(op.getLoc(), rewriter);
    rewriter.replaceOp(op, SparseLoops(op, options).emit(emit));
    return success();
  }

  ConvertSNNToLinalgPassOptions options;
};
} // namespace

void snn::populateSparseSynapsePatterns(
    RewritePatternSet &patterns, const ConvertSNNToLinalgPassOptions &options) {
  patterns.add<ConvertSparseLinear>(patterns.getContext(), options);
}
