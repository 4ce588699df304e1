//===- Pack.cpp - Spikes as words, and words as spikes --------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Product.h"

#include "snn/IR/Words.h"

using namespace mlir;
using namespace mlir::snn;

/// The words of rows of bytes: a warp reads what becomes one word.
static Value emitPack(Emit &emit, Value spikes) {
  constexpr int64_t threads = 256;
  int64_t neurons = getType(spikes).getShape().back();
  int64_t words = llvm::divideCeil(neurons, kWarp);
  SmallVector<OpFoldResult> shape =
      tensor::getMixedSizes(emit, emit.getLoc(), spikes);
  shape.back() = emit.getIndexAttr(words);
  Value out = emit.empty(shape, emit.getI32Type());
  SmallVector<Value> sizes;
  Value rows = emit.index(1);
  for (int64_t dim = 0; dim + 1 < getType(spikes).getRank(); ++dim) {
    sizes.push_back(emit.dim(spikes, dim));
    rows = emit.mul(rows, sizes.back());
  }
  Value total = emit.mul(rows, emit.index(words * kWarp));
  return emitKernel(
      emit, {"pack", threads}, countBlocks(emit, total, threads), out,
      [&](Emit &body, Value block, Value thread, ArrayRef<Value> outs) {
        Value number = body.add(body.mul(block, body.index(threads)), thread);
        Value size = body.index(words * kWarp);
        Value row = arith::DivUIOp::create(body, number, size);
        Value neuron = arith::RemUIOp::create(body, number, size);
        Value isRow =
            arith::CmpIOp::create(body, arith::CmpIPredicate::ult, row, rows);
        Value isInside = isRow;
        if (neurons % kWarp != 0)
          isInside = arith::AndIOp::create(
              body, isRow,
              arith::CmpIOp::create(body, arith::CmpIPredicate::ult, neuron,
                                    body.index(neurons)));
        Value place = body.min(neuron, body.index(neurons - 1));
        SmallVector<Value> at = splitIndex(
            body, body.min(row, body.sub(rows, body.index(1))), sizes);
        at.push_back(place);
        Value bit = memref::LoadOp::create(body, getMemory(body, spikes), at);
        bit = arith::AndIOp::create(body, bit, isInside);
        Value word = emitWord(body, body.splat(bit, 1), thread);
        Value isFirst = arith::CmpIOp::create(
            body, arith::CmpIPredicate::eq,
            arith::RemUIOp::create(body, thread, body.index(kWarp)),
            body.index(0));
        emitWhere(body, arith::AndIOp::create(body, isFirst, isRow),
                  [&](Emit &inner) {
                    at.back() = arith::DivUIOp::create(inner, neuron,
                                                       inner.index(kWarp));
                    memref::StoreOp::create(inner, word, outs[0], at);
                  });
      })[0];
}

/// pack -> a kernel
static LogicalResult convertPack(PackOp op, PatternRewriter &rewriter) {
  Value spikes = op.getInput();
  RankedTensorType type = getType(spikes);
  if (isWrittenPacked(spikes) || spikes.getDefiningOp<UnpackOp>() ||
      type.getRank() < 2 || type.getShape().back() == 0 || !isOnHost(op))
    return rewriter.notifyMatchFailure(
        op, "expected spikes in memory, outside of loops of a length that is "
            "data");
  Emit emit(op.getLoc(), rewriter);
  rewriter.replaceOp(op, emit.castTo(emitPack(emit, spikes), op.getType()));
  return success();
}

Value mlir::snn::emitUnpackedBits(Emit &emit, Value words,
                                  RankedTensorType type) {
  int64_t rank = type.getRank();
  SmallVector<OpFoldResult> shape =
      tensor::getMixedSizes(emit, emit.getLoc(), words);
  shape.back() = emit.getIndexAttr(type.getShape().back());
  Value out = emit.empty(shape, type.getElementType());
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
  Value bits =
      linalg::GenericOp::create(
          emit, out.getType(), ValueRange(), out,
          ArrayRef{emit.getMultiDimIdentityMap(rank)}, loops,
          [&](OpBuilder &builder, Location loc, ValueRange) {
            Emit at(loc, builder);
            SmallVector<Value> indices;
            for (int64_t dim = 0; dim < rank; ++dim)
              indices.push_back(linalg::IndexOp::create(at, dim));
            Value bit = arith::IndexCastOp::create(
                at, at.getI32Type(),
                arith::RemUIOp::create(at, indices.back(), at.index(kWarp)));
            indices.back() =
                arith::DivUIOp::create(at, indices.back(), at.index(kWarp));
            Value word = tensor::ExtractOp::create(at, words, indices);
            word = arith::ShRUIOp::create(at, word, bit);
            Value spike = arith::TruncIOp::create(at, at.getI1Type(), word);
            linalg::YieldOp::create(at, spike);
          })
          .getResult(0);
  return emit.castTo(bits, type);
}

/// unpack -> one element after the other
static LogicalResult convertUnpack(UnpackOp op, PatternRewriter &rewriter) {
  if (llvm::any_of(op->getUses(), canReadWords))
    return rewriter.notifyMatchFailure(op, "expected readers of bytes");
  Emit emit(op.getLoc(), rewriter);
  rewriter.replaceOp(op, emitUnpackedBits(emit, op.getInput(), op.getType()));
  return success();
}

void mlir::snn::populatePackToGPUPatterns(RewritePatternSet &patterns) {
  patterns.add(convertPack);
  patterns.add(convertUnpack);
}
