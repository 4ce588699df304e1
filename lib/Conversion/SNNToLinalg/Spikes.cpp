//===- Spikes.cpp - Thresholds, phase gates and samples ===//
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

/// fire(u, theta) -> neuron ins(u) params(theta) { fire }, which writes words
static void makeNeuron(FireOp op, PatternRewriter &rewriter) {
  SmallVector<Value> params;
  if (Value thresholds = op.getThresholds())
    params.push_back(thresholds);
  auto neuron = NeuronOp::create(
      rewriter, op.getLoc(), op.getType(), /*finals=*/TypeRange(),
      op.getInput(), params, /*tables=*/ValueRange(), /*inits=*/ValueRange(),
      /*offset=*/Value(), /*reverse=*/false, /*schedule=*/ScheduleAttr());
  Block &step = neuron.getStep().emplaceBlock();
  for (Value operand : op->getOperands())
    step.addArgument(getElementTypeOrSelf(operand), operand.getLoc());
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPointToEnd(&step);
  auto fire = cast<FireOp>(rewriter.clone(*op));
  fire->setOperands(step.getArguments());
  fire.getSpikes().setType(rewriter.getI1Type());
  YieldOp::create(rewriter, op.getLoc(), fire.getSpikes(), ValueRange(),
                  ValueRange());
  rewriter.replaceOp(op, neuron);
}

/// fire(u, theta) -> cmp u, theta
static LogicalResult convertFire(FireOp op, PatternRewriter &rewriter) {
  if (isWrittenPacked(op.getSpikes())) {
    makeNeuron(op, rewriter);
    return success();
  }
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

void snn::populateSpikesToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add(convertFire);
  patterns.add(convertPhaseGate);
  patterns.add(convertSample);
}
