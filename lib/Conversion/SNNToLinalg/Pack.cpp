//===- Pack.cpp - Spikes as bits of words ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Emit.h"

#include "snn/IR/Words.h"

using namespace mlir;
using namespace mlir::snn;

//===----------------------------------------------------------------------===//
// What is written and read as words
//===----------------------------------------------------------------------===//

bool snn::isWrittenPacked(Value spikes) {
  return canWriteWords(spikes) &&
         llvm::any_of(spikes.getUsers(), llvm::IsaPred<PackOp>);
}

bool snn::isWrittenOnlyPacked(Value spikes) {
  return isWrittenPacked(spikes) &&
         llvm::all_of(spikes.getUses(), [](OpOperand &use) {
           return isa<PackOp>(use.getOwner()) || isRecord(use);
         });
}

bool snn::isReadOnlyPacked(Value spikes) {
  return spikes.getDefiningOp<UnpackOp>() &&
         llvm::all_of(spikes.getUses(), canReadWords);
}

/// A mask as an integer of its width: lane i is bit i.
static Value emitBits(Emit &emit, Value mask) {
  int64_t width = cast<VectorType>(mask.getType()).getNumElements();
  Value packed = vector::BitCastOp::create(
      emit, VectorType::get(1, emit.getIntegerType(width)), mask);
  return vector::ExtractOp::create(emit, packed, 0);
}

SmallVector<Value> snn::emitWords(Emit &emit, ArrayRef<Tile> tiles,
                                  ArrayRef<Value> masks) {
  Type type = emit.getI32Type();
  SmallVector<Value> words;
  for (auto [tile, mask] : llvm::zip(tiles, masks)) {
    Value bits = emitBits(emit, mask);
    if (tile.width < 32)
      bits = arith::ExtUIOp::create(emit, type, bits);
    int64_t first = tile.first % 32;
    if (first == 0) {
      words.push_back(bits);
      continue;
    }
    bits = arith::ShLIOp::create(
        emit, bits, arith::ConstantIntOp::create(emit, type, first));
    words.back() = arith::OrIOp::create(emit, words.back(), bits);
  }
  return words;
}

//===----------------------------------------------------------------------===//
// snn.pack, snn.unpack
//===----------------------------------------------------------------------===//

/// Runs `body` for every index of all dimensions of `tensor` but the last.
static Value emitRows(Emit &emit, Value tensor, Value out,
                      SmallVectorImpl<Value> &row,
                      function_ref<Value(Emit &, ValueRange, Value)> body) {
  int64_t dim = row.size();
  if (dim + 1 == getType(tensor).getRank())
    return body(emit, row, out);
  return emit.carry(
      emit.index(0), emit.dim(tensor, dim), emit.index(1), out,
      [&](Emit &inner, Value index, SmallVectorImpl<Value> &carried) {
        row.push_back(index);
        carried[0] = emitRows(inner, tensor, carried[0], row, body);
        row.pop_back();
      })[0];
}

/// `indices` with one more.
static SmallVector<Value> append(ValueRange indices, Value last) {
  SmallVector<Value> all(indices);
  all.push_back(last);
  return all;
}

/// A word of `count` spikes from neuron `first` of a row.
static Value readWord(Emit &emit, Value spikes, ValueRange row, Value first,
                      int64_t count) {
  SmallVector<Tile> tiles = getTiles(count, 32);
  SmallVector<Value> masks;
  for (Tile tile : tiles)
    masks.push_back(
        emit.read(spikes, append(row, emit.add(first, emit.index(tile.first))),
                  tile.width));
  return emitWords(emit, tiles, masks)[0];
}

/// Whether the words are those of no more spikes a row.
static bool areClear(Value words, int64_t neurons) {
  auto pack = words.getDefiningOp<PackOp>();
  return pack && pack.getInput().getType().getShape().back() <= neurons;
}

/// The words of spikes of `neurons` a row, whose unused bits may be set.
static Value clearUnused(Emit &emit, Value words, int64_t neurons) {
  RankedTensorType type = getType(words);
  int64_t rank = type.getRank(), last = type.getShape().back() - 1;
  Value out = emit.empty(tensor::getMixedSizes(emit, emit.getLoc(), words),
                         type.getElementType());
  SmallVector<AffineMap> maps(2, emit.getMultiDimIdentityMap(rank));
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             emit, out.getType(), words, out, maps, loops,
             [&](OpBuilder &builder, Location loc, ValueRange args) {
               Emit at(loc, builder);
               Value isLast = arith::CmpIOp::create(
                   at, arith::CmpIPredicate::eq,
                   linalg::IndexOp::create(at, rank - 1), at.index(last));
               Value used = arith::ConstantIntOp::create(
                   at, at.getI32Type(), (int64_t(1) << neurons % 32) - 1);
               Value low = arith::AndIOp::create(at, args[0], used);
               Value word = arith::SelectOp::create(at, isLast, low, args[0]);
               linalg::YieldOp::create(at, word);
             })
      .getResult(0);
}

/// Words from bits: 32 spikes as a vector of i1 are one word.
static LogicalResult convertPack(PackOp op, PatternRewriter &rewriter) {
  if (isWrittenPacked(op.getInput()))
    return rewriter.notifyMatchFailure(op, "expected spikes in memory");
  Emit emit(op.getLoc(), rewriter);
  int64_t neurons = op.getInput().getType().getShape().back();
  int64_t whole = neurons / 32, rest = neurons % 32;
  Value spikes = op.getInput();
  if (auto unpack = spikes.getDefiningOp<UnpackOp>()) {
    Value words = unpack.getInput();
    if (rest > 0 && !areClear(words, neurons))
      words = clearUnused(emit, words, neurons);
    rewriter.replaceOp(op, emit.castTo(words, op.getType()));
    return success();
  }
  SmallVector<OpFoldResult> shape =
      tensor::getMixedSizes(emit, emit.getLoc(), spikes);
  shape.back() = emit.getIndexAttr(op.getType().getShape().back());
  Value out = emit.empty(shape, emit.getI32Type());
  SmallVector<Value> indices;
  out = emitRows(
      emit, spikes, out, indices, [&](Emit &at, ValueRange row, Value words) {
        words =
            at.carry(at.index(0), at.index(whole), at.index(1), words,
                     [&](Emit &body, Value w, SmallVectorImpl<Value> &carried) {
                       Value word = readWord(body, spikes, row,
                                             body.mul(w, body.index(32)), 32);
                       carried[0] = tensor::InsertOp::create(
                           body, word, carried[0], append(row, w));
                     })[0];
        if (rest == 0)
          return words;
        Value last = readWord(at, spikes, row, at.index(whole * 32), rest);
        return Value(tensor::InsertOp::create(at, last, words,
                                              append(row, at.index(whole))));
      });
  out = emit.castTo(out, op.getType());
  rewriter.replaceOp(op, out);
  return success();
}

/// Writes the first `count` spikes of a word.
static Value writeWord(Emit &emit, Value word, Value spikes, ValueRange row,
                       Value first, int64_t count) {
  Value bits = vector::BroadcastOp::create(
      emit, VectorType::get(1, word.getType()), word);
  bits = vector::BitCastOp::create(emit, VectorType::get(32, emit.getI1Type()),
                                   bits);
  if (count < 32)
    bits = vector::ExtractStridedSliceOp::create(emit, bits, 0, count, 1);
  return emit.write(bits, spikes, append(row, first));
}

Value snn::emitUnpack(Emit &emit, Value words, RankedTensorType type) {
  SmallVector<OpFoldResult> shape =
      tensor::getMixedSizes(emit, emit.getLoc(), words);
  int64_t neurons = type.getShape().back(), whole = neurons / 32;
  shape.back() = emit.getIndexAttr(neurons);
  Value out = emit.empty(shape, type.getElementType());
  SmallVector<Value> indices;
  auto unpack = [&](Emit &at, ValueRange row, Value w, int64_t count,
                    Value spikes) {
    Value word = tensor::ExtractOp::create(at, words, append(row, w));
    return writeWord(at, word, spikes, row, at.mul(w, at.index(32)), count);
  };
  out = emitRows(
      emit, words, out, indices, [&](Emit &at, ValueRange row, Value spikes) {
        spikes =
            at.carry(at.index(0), at.index(whole), at.index(1), spikes,
                     [&](Emit &body, Value w, SmallVectorImpl<Value> &carried) {
                       carried[0] = unpack(body, row, w, 32, carried[0]);
                     })[0];
        if (neurons % 32 == 0)
          return spikes;
        return unpack(at, row, at.index(whole), neurons % 32, spikes);
      });
  return emit.castTo(out, type);
}

/// s[..., n] = bit n mod 32 of word n / 32
static LogicalResult convertUnpack(UnpackOp op, PatternRewriter &rewriter) {
  if (llvm::any_of(op->getUses(), canReadWords))
    return rewriter.notifyMatchFailure(op, "expected readers of bytes");
  Emit emit(op.getLoc(), rewriter);
  rewriter.replaceOp(op, emitUnpack(emit, op.getInput(), op.getType()));
  return success();
}

void snn::populatePackToVectorPatterns(RewritePatternSet &patterns) {
  patterns.add(convertPack);
  patterns.add(convertUnpack);
}
