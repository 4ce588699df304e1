//===- TemporalConv.cpp - Convolutions along time -------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TemporalConv.h"

using namespace mlir;
using namespace mlir::snn;

//===----------------------------------------------------------------------===//
// History, lanes and formats
//===----------------------------------------------------------------------===//

Value mlir::snn::getHistory(Emit &emit, Value input, OperandRange inits,
                            int64_t steps) {
  if (!inits.empty())
    return inits[0];
  SmallVector<OpFoldResult> shape =
      tensor::getMixedSizes(emit, emit.getLoc(), input);
  shape[0] = emit.getIndexAttr(steps);
  return emit.zeros(shape, getType(input).getElementType());
}

Extended::Extended(Emit &emit, Value input, OperandRange inits, int64_t history,
                   bool reverse)
    : all(input), past(getHistory(emit, input, inits, history)),
      reverse(reverse) {
  if (history > 0)
    all = reverse ? emit.concatTime(input, past) : emit.concatTime(past, input);
}

Value Extended::getFinal(Emit &emit, Value steps) {
  RankedTensorType historyType = getType(past);
  if (historyType.getDimSize(0) == 0)
    return past; // no steps: a slice of none may not start at the end
  OpFoldResult first =
      reverse ? OpFoldResult(emit.getIndexAttr(0)) : getAsOpFoldResult(steps);
  return emit.slice(all, first, emit.getIndexAttr(historyType.getDimSize(0)),
                    historyType);
}

int64_t mlir::snn::countNeurons(TemporalConvOp op) {
  return ShapedType::getNumElements(
      op.getInput().getType().getShape().drop_front(2));
}

int64_t mlir::snn::getRegisterWidth(int64_t vectorLanes, Type element) {
  return std::max<int64_t>(vectorLanes * 32 / element.getIntOrFloatBitWidth(),
                           1);
}

Lanes::Lanes(int64_t numNeurons, int64_t vectorLanes, Type element)
    : count(numNeurons),
      width(std::min<int64_t>(getRegisterWidth(vectorLanes, element),
                              llvm::bit_floor(uint64_t(numNeurons)))) {}

Value Lanes::forEach(Emit &emit, Value carried,
                     function_ref<Value(Emit &, Value, Value)> body) const {
  return emit.carry(emit.index(0), emit.index(count), emit.index(width),
                    carried,
                    [&](Emit &at, Value lane, SmallVectorImpl<Value> &inner) {
                      if (count % width != 0)
                        lane = at.min(lane, at.index(count - width));
                      inner[0] = body(at, lane, inner[0]);
                    })[0];
}

/// The type with another element.
static Type withElement(Type type, Type element) {
  return cast<VectorType>(type).clone(element);
}

Value mlir::snn::extendTo(Emit &emit, Value vector, Type element) {
  if (getElementTypeOrSelf(vector) == element)
    return vector;
  return arith::ExtFOp::create(emit, withElement(vector.getType(), element),
                               vector);
}

Value mlir::snn::truncateTo(Emit &emit, Value vector, Type element) {
  if (getElementTypeOrSelf(vector) == element)
    return vector;
  return arith::TruncFOp::create(emit, withElement(vector.getType(), element),
                                 vector);
}

//===----------------------------------------------------------------------===//
// The op
//===----------------------------------------------------------------------===//

/// The last inputs, which may be those of before.
static Value emitFinalHistory(Emit &emit, TemporalConvOp op) {
  int64_t history = op.getNumTaps() - 1;
  Value past = getHistory(emit, op.getInput(), op.getInits(), history);
  if (history == 0)
    return past;
  Value steps = emit.dim(op.getInput(), 0), size = emit.index(history);
  Value fresh = emit.min(steps, size), kept = emit.sub(size, fresh);
  Value zero = emit.index(0), all;
  auto slice = [&](Value sequence, Value first, Value count) {
    return emit.slice(sequence, getAsOpFoldResult(first),
                      getAsOpFoldResult(count));
  };
  if (op.getReverse())
    all = emit.concatTime(slice(op.getInput(), zero, fresh),
                          slice(past, zero, kept));
  else
    all = emit.concatTime(slice(past, fresh, kept),
                          slice(op.getInput(), emit.sub(steps, fresh), fresh));
  return emit.castTo(all, op.getRest()[0].getType());
}

/// Steps from which on blocks are worth their transforms.
static int64_t getLeastSteps(TemporalConvOp op) {
  return op.getBlockSize() / 8;
}

static Value emitOutput(Emit &emit, TemporalConvOp op,
                        const ConvertSNNToLinalgPassOptions &options) {
  if (countNeurons(op) == 0) // no lanes
    return op.getInput();
  if (!op.isFFT())
    return emitDirectConv(emit, op, options);
  int64_t known = op.getInput().getType().getDimSize(0);
  if (!ShapedType::isDynamic(known))
    return known < getLeastSteps(op) ? emitDirectConv(emit, op, options)
                                     : emitFourierConv(emit, op, options);
  Value isShort = arith::CmpIOp::create(emit, arith::CmpIPredicate::slt,
                                        emit.dim(op.getInput(), 0),
                                        emit.index(getLeastSteps(op)));
  auto branch = [&](auto emitForm) {
    return [&, emitForm](OpBuilder &builder, Location loc) {
      Emit inner(loc, builder);
      scf::YieldOp::create(inner, emitForm(inner, op, options));
    };
  };
  return scf::IfOp::create(emit, isShort, branch(emitDirectConv),
                           branch(emitFourierConv))
      .getResult(0);
}

namespace {
struct ConvertTemporalConv : OpRewritePattern<TemporalConvOp> {
  ConvertTemporalConv(MLIRContext *context,
                      const ConvertSNNToLinalgPassOptions &options)
      : OpRewritePattern(context), options(options) {}

  LogicalResult matchAndRewrite(TemporalConvOp op,
                                PatternRewriter &rewriter) const override {
    Emit emit(op.getLoc(), rewriter);
    Value output = emitOutput(emit, op, options);
    rewriter.replaceOp(op, {output, emitFinalHistory(emit, op)});
    return success();
  }

  ConvertSNNToLinalgPassOptions options;
};
} // namespace

void snn::populateTemporalConvToLinalgPatterns(
    RewritePatternSet &patterns, const ConvertSNNToLinalgPassOptions &options) {
  patterns.add<ConvertTemporalConv>(patterns.getContext(), options);
}
