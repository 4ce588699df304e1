//===- Spikes.cpp - Thresholds, gates, samples and bits ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Emit.h"

using namespace mlir;
using namespace mlir::snn;

/// An elementwise op over `input`, whose result has its shape and `element`.
static Value emitElementwise(Emit &emit, ValueRange inputs,
                             ArrayRef<AffineMap> inputMaps, Type element,
                             function_ref<Value(Emit &, ValueRange)> body) {
  int64_t rank = getType(inputs[0]).getRank();
  Value out = emit.empty(tensor::getMixedSizes(emit, emit.getLoc(), inputs[0]),
                         element);
  SmallVector<AffineMap> maps(inputMaps);
  maps.push_back(emit.getMultiDimIdentityMap(rank));
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             emit, out.getType(), inputs, out, maps, loops,
             [&](OpBuilder &builder, Location loc, ValueRange args) {
               Emit inner(loc, builder);
               linalg::YieldOp::create(inner, body(inner, args));
             })
      .getResult(0);
}

/// Loop index `dim` as an i64.
static Value getLoopIndex(Emit &emit, int64_t dim) {
  return arith::IndexCastOp::create(emit, emit.getI64Type(),
                                    linalg::IndexOp::create(emit, dim));
}

static Value getConstant(Emit &emit, int64_t value) {
  return arith::ConstantIntOp::create(emit, emit.getI64Type(), value);
}

//===----------------------------------------------------------------------===//
// snn.fire
//===----------------------------------------------------------------------===//

static Value emitFire(Emit &emit, Value potential, Value threshold,
                      Compare compare) {
  bool isGe = compare == Compare::Ge;
  if (isa<FloatType>(potential.getType()))
    return arith::CmpFOp::create(
        emit, isGe ? arith::CmpFPredicate::OGE : arith::CmpFPredicate::OGT,
        potential, threshold);
  return arith::CmpIOp::create(
      emit, isGe ? arith::CmpIPredicate::sge : arith::CmpIPredicate::sgt,
      potential, threshold);
}

/// fire(u, theta) -> cmp u, theta
static LogicalResult convertFire(FireOp op, PatternRewriter &rewriter) {
  Emit emit(op.getLoc(), rewriter);
  Type element = getElementTypeOrSelf(op.getInput().getType());
  auto getThreshold = [&](Emit &at) -> Value {
    return arith::ConstantOp::create(
        at, at.getFloatAttr(element, op.getThreshold()->convertToDouble()));
  };
  auto type = dyn_cast<RankedTensorType>(op.getInput().getType());
  Value operand = op.getThresholds();
  if (!type) {
    Value threshold = operand ? operand : getThreshold(emit);
    rewriter.replaceOp(
        op, emitFire(emit, op.getInput(), threshold, op.getCompare()));
    return success();
  }
  SmallVector<Value> inputs = {op.getInput()};
  SmallVector<AffineMap> maps = {emit.getMultiDimIdentityMap(type.getRank())};
  auto thresholds =
      operand ? dyn_cast<RankedTensorType>(operand.getType()) : nullptr;
  if (thresholds) {
    SmallVector<AffineExpr> trailing;
    for (int64_t i = 0; i < thresholds.getRank(); ++i)
      trailing.push_back(
          emit.getAffineDimExpr(type.getRank() - thresholds.getRank() + i));
    inputs.push_back(operand);
    maps.push_back(
        AffineMap::get(type.getRank(), 0, trailing, emit.getContext()));
  }
  Value spikes = emitElementwise(
      emit, inputs, maps, emit.getI1Type(), [&](Emit &at, ValueRange args) {
        Value threshold = thresholds ? args[1]
                          : operand  ? operand
                                     : getThreshold(at);
        return emitFire(at, args[0], threshold, op.getCompare());
      });
  spikes = emit.castTo(spikes, op.getType());
  rewriter.replaceOp(op, spikes);
  return success();
}

//===----------------------------------------------------------------------===//
// snn.refractory phase
//===----------------------------------------------------------------------===//

/// s[t] = c[t] and (offset + t) mod P = phase
static LogicalResult convertPhaseGate(RefractoryOp op,
                                      PatternRewriter &rewriter) {
  if (op.getKind() != RefractoryKind::Phase)
    return rewriter.notifyMatchFailure(op, "expected a phase gate");
  Emit emit(op.getLoc(), rewriter);
  int64_t rank = op.getInput().getType().getRank();
  Value spikes = emitElementwise(
      emit, op.getInput(), emit.getMultiDimIdentityMap(rank), emit.getI1Type(),
      [&](Emit &at, ValueRange args) -> Value {
        Value time = getLoopIndex(at, 0);
        if (op.getOffset())
          time = at.add(time, op.getOffset());
        Value phase =
            arith::RemUIOp::create(at, time, getConstant(at, op.getPeriod()));
        Value open = arith::CmpIOp::create(at, arith::CmpIPredicate::eq, phase,
                                           getConstant(at, op.getPhase()));
        return arith::AndIOp::create(at, args[0], open);
      });
  spikes = emit.castTo(spikes, op.getSpikes().getType());
  rewriter.replaceOp(op, spikes);
  return success();
}

//===----------------------------------------------------------------------===//
// snn.sample
//===----------------------------------------------------------------------===//

namespace {
/// Philox4x32-10 (Salmon et al. 2011), each word in the low half of an i64.
struct Philox {
  Emit &emit;

  Value constant(uint64_t value) { return getConstant(emit, int64_t(value)); }
  Value low(Value value) {
    return arith::AndIOp::create(emit, value, constant(0xFFFFFFFF));
  }
  Value high(Value value) {
    return arith::ShRUIOp::create(emit, value, constant(32));
  }
  Value exclusiveOr(Value a, Value b) {
    return arith::XOrIOp::create(emit, a, b);
  }

  /// Word 0 of the block with this counter and key.
  Value draw(SmallVector<Value> counter, Value key0, Value key1) {
    for (int round = 0; round < 10; ++round) {
      Value a = emit.mul(counter[0], constant(0xD2511F53));
      Value b = emit.mul(counter[2], constant(0xCD9E8D57));
      counter = {exclusiveOr(exclusiveOr(high(b), counter[1]), key0), low(b),
                 exclusiveOr(exclusiveOr(high(a), counter[3]), key1), low(a)};
      key0 = low(emit.add(key0, constant(0x9E3779B9)));
      key1 = low(emit.add(key1, constant(0xBB67AE85)));
    }
    return counter[0];
  }
};
} // namespace

/// s = uniform(seed, id, t, b, n) < p
static LogicalResult convertSample(SampleOp op, PatternRewriter &rewriter) {
  Emit emit(op.getLoc(), rewriter);
  RankedTensorType type = op.getInput().getType();
  Type element = type.getElementType();
  uint64_t key =
      uint64_t(op.getSeed()) + uint64_t(op.getId()) * 0x9E3779B97F4A7C15ULL;
  Value spikes = emitElementwise(
      emit, op.getInput(), emit.getMultiDimIdentityMap(type.getRank()),
      emit.getI1Type(), [&](Emit &at, ValueRange args) -> Value {
        Philox philox{at};
        Value time = getLoopIndex(at, 0), batch = getLoopIndex(at, 1);
        if (op.getOffset())
          time = at.add(time, op.getOffset());
        if (op.getBatch())
          batch = at.add(batch, op.getBatch());
        Value neuron = getConstant(at, 0);
        for (int64_t dim = 2; dim < type.getRank(); ++dim)
          neuron = at.add(at.mul(neuron, getConstant(at, type.getDimSize(dim))),
                          getLoopIndex(at, dim));
        Value word = philox.draw({philox.low(neuron), philox.low(time),
                                  philox.high(time), philox.low(batch)},
                                 philox.constant(key & 0xFFFFFFFF),
                                 philox.constant(key >> 32));
        Type compared = element.isF64() ? element : Type(at.getF32Type());
        Value bits = arith::ShRUIOp::create(at, word, getConstant(at, 8));
        Value uniform = arith::MulFOp::create(
            at, arith::UIToFPOp::create(at, compared, bits),
            arith::ConstantOp::create(at, at.getFloatAttr(compared, 0x1p-24)));
        Value probability = args[0];
        if (element != compared)
          probability = arith::ExtFOp::create(at, compared, probability);
        return arith::CmpFOp::create(at, arith::CmpFPredicate::OLT, uniform,
                                     probability);
      });
  spikes = emit.castTo(spikes, op.getType());
  rewriter.replaceOp(op, spikes);
  return success();
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

/// `width` spikes from neuron `first` of a row as an integer of that width.
static Value readBits(Emit &emit, Value spikes, ValueRange row, Value first,
                      int64_t width) {
  Value bits = emit.read(spikes, append(row, first), width);
  Value packed = vector::BitCastOp::create(
      emit, VectorType::get(1, emit.getIntegerType(width)), bits);
  return vector::ExtractOp::create(emit, packed, 0);
}

/// The last word of a row, of fewer than 32 spikes.
static Value readLastWord(Emit &emit, Value spikes, ValueRange row,
                          int64_t first, int64_t count) {
  Type type = emit.getI32Type();
  Value word = emit.zero(type);
  for (Tile tile : getTiles(count, 32)) {
    Value bits =
        readBits(emit, spikes, row, emit.index(first + tile.first), tile.width);
    bits = arith::ExtUIOp::create(emit, type, bits);
    Value shift = arith::ConstantIntOp::create(emit, type, tile.first);
    word = arith::OrIOp::create(emit, word,
                                arith::ShLIOp::create(emit, bits, shift));
  }
  return word;
}

/// Words from bits: 32 spikes as a vector of i1 are one word.
static LogicalResult convertPack(PackOp op, PatternRewriter &rewriter) {
  Emit emit(op.getLoc(), rewriter);
  int64_t neurons = op.getInput().getType().getShape().back();
  int64_t whole = neurons / 32, rest = neurons % 32;
  Value spikes = op.getInput();
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
                       Value bits = readBits(body, spikes, row,
                                             body.mul(w, body.index(32)), 32);
                       carried[0] = tensor::InsertOp::create(
                           body, bits, carried[0], append(row, w));
                     })[0];
        if (rest == 0)
          return words;
        Value last = readLastWord(at, spikes, row, whole * 32, rest);
        return Value(tensor::InsertOp::create(at, last, words,
                                              append(row, at.index(whole))));
      });
  out = emit.castTo(out, op.getType());
  rewriter.replaceOp(op, out);
  return success();
}

/// s[..., n] = bit n mod 32 of word n / 32
static LogicalResult convertUnpack(UnpackOp op, PatternRewriter &rewriter) {
  Emit emit(op.getLoc(), rewriter);
  RankedTensorType type = op.getType();
  int64_t rank = type.getRank();
  SmallVector<OpFoldResult> shape =
      tensor::getMixedSizes(emit, emit.getLoc(), op.getInput());
  shape.back() = emit.getIndexAttr(type.getShape().back());
  Value out = emit.empty(shape, type.getElementType());
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
  Value spikes =
      linalg::GenericOp::create(
          emit, out.getType(), ValueRange(), out,
          emit.getMultiDimIdentityMap(rank), loops,
          [&](OpBuilder &builder, Location loc, ValueRange) {
            Emit at(loc, builder);
            SmallVector<Value> indices;
            for (int64_t dim = 0; dim < rank; ++dim)
              indices.push_back(linalg::IndexOp::create(at, dim));
            Value bit =
                arith::RemUIOp::create(at, indices.back(), at.index(32));
            indices.back() =
                arith::DivUIOp::create(at, indices.back(), at.index(32));
            Value word = tensor::ExtractOp::create(at, op.getInput(), indices);
            Value shift = arith::IndexCastOp::create(at, word.getType(), bit);
            Value low = arith::ShRUIOp::create(at, word, shift);
            Value spike = arith::TruncIOp::create(at, at.getI1Type(), low);
            linalg::YieldOp::create(at, spike);
          })
          .getResult(0);
  spikes = emit.castTo(spikes, type);
  rewriter.replaceOp(op, spikes);
  return success();
}

void snn::populateSpikesToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add(convertFire);
  patterns.add(convertPhaseGate);
  patterns.add(convertSample);
  patterns.add(convertPack);
  patterns.add(convertUnpack);
}
