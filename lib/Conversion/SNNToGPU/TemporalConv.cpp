//===- TemporalConv.cpp - Convolutions along time as kernels --------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../SNNToLinalg/TemporalConv.h"
#include "ConvKernel.h"

using namespace mlir;
using namespace mlir::snn;

/// Taps of which registers hold the inputs.
static constexpr int64_t kMostTaps = 32;

static Value truncate(Emit &emit, Value value, Type type) {
  return value.getType() == type
             ? value
             : arith::TruncFOp::create(emit, type, value).getResult();
}

ConvKernel::ConvKernel(Emit &emit, TemporalConvOp op)
    : op(op), element(op.getInput().getType().getElementType()),
      sumType(getAccumulatorType(element)), taps(op.getNumTaps()),
      numNeurons(countNeurons(op)),
      shape(tensor::getMixedSizes(emit, emit.getLoc(), op.getInput())),
      weights(op.getKernel()), steps(emit.dim(op.getInput(), 0)) {
  int64_t rank = shape.size();
  input = emit.collapse(op.getInput(), 2, rank);
  if (!op.getInits().empty() && taps > 1)
    past = emit.collapse(op.getInits()[0], 2, rank);
  if (!op.getPerStep() && getType(weights).getRank() > 2)
    weights = emit.collapse(weights, 1, getType(weights).getRank());
  lanes = emit.mul(emit.dim(op.getInput(), 1), emit.index(numNeurons));
  setTimes(emit);
}

/// first = (phase - offset) mod period, as unsigned numbers.
void ConvKernel::setTimes(Emit &emit) {
  first = emit.index(0);
  count = steps;
  if (!op.getPeriod())
    return;
  Value period = emit.index(*op.getPeriod()),
        phase = emit.index(*op.getPhase());
  if (Value offset = op.getOffset()) {
    Value position =
        arith::IndexCastOp::create(emit, emit.getIndexType(), offset);
    Value behind = arith::RemUIOp::create(emit, position, period);
    Value ahead = emit.add(emit.sub(phase, behind), period);
    phase = arith::RemUIOp::create(emit, ahead, period);
  }
  first = phase;
  Value left = emit.max(emit.sub(steps, first), emit.index(0));
  count = arith::CeilDivUIOp::create(emit, left, period);
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

void ConvKernel::begin(Emit &emit) {
  inputs = getMemory(emit, input);
  if (past)
    pasts = getMemory(emit, past);
  weightMemory = getMemory(emit, weights);
}

/// Finds the neuron of a thread. The result numbers what threads count beside.
Value ConvKernel::findLane(Emit &emit, Value block, Value thread) {
  begin(emit);
  Value number = emit.add(emit.mul(block, emit.index(kConvThreads)), thread);
  setLane(emit, arith::RemUIOp::create(emit, number, lanes));
  return arith::DivUIOp::create(emit, number, lanes);
}

void ConvKernel::setLane(Emit &emit, Value lane) {
  batch = arith::DivUIOp::create(emit, lane, emit.index(numNeurons));
  neuron = arith::RemUIOp::create(emit, lane, emit.index(numNeurons));
}

Value ConvKernel::toTime(Emit &emit, Value step) {
  if (!op.getReverse())
    return step;
  return emit.sub(emit.sub(steps, emit.index(1)), step);
}

/// The input of a step that is not before 0; behind the last, that one.
Value ConvKernel::readNow(Emit &emit, Value step) {
  if (!isInside)
    step = emit.min(step, emit.sub(steps, emit.index(1)));
  Value value = memref::LoadOp::create(
      emit, inputs, ValueRange{toTime(emit, step), batch, neuron});
  return extendToSum(emit, value, sumType);
}

/// The input of a step before 0.
Value ConvKernel::readPast(Emit &emit, Value step) {
  if (!past)
    return emit.zero(sumType);
  Value place = emit.add(step, emit.index(taps - 1));
  place = emit.max(emit.min(place, emit.index(taps - 2)), emit.index(0));
  if (op.getReverse())
    place = emit.sub(emit.index(taps - 2), place);
  Value value =
      memref::LoadOp::create(emit, pasts, ValueRange{place, batch, neuron});
  return extendToSum(emit, value, sumType);
}

Value ConvKernel::readAny(Emit &emit, Value step) {
  if (isInside)
    return readNow(emit, step);
  Value isNow = arith::CmpIOp::create(emit, arith::CmpIPredicate::sge, step,
                                      emit.index(0));
  auto branch = scf::IfOp::create(
      emit, isNow,
      [&](OpBuilder &builder, Location loc) {
        Emit inner(loc, builder);
        scf::YieldOp::create(inner, readNow(inner, step));
      },
      [&](OpBuilder &builder, Location loc) {
        Emit inner(loc, builder);
        scf::YieldOp::create(inner, readPast(inner, step));
      });
  return branch.getResult(0);
}

Value ConvKernel::readWeight(Emit &emit, Value tap, Value step) {
  SmallVector<Value> place = {tap};
  if (op.getPerStep()) {
    Value time = toTime(emit, emit.min(step, emit.sub(steps, emit.index(1))));
    if (Value offset = op.getOffset())
      time = emit.add(
          time, arith::IndexCastOp::create(emit, emit.getIndexType(), offset));
    place = {time, tap};
  } else if (getType(weights).getRank() == 2) {
    place.push_back(neuron);
  }
  return extendToSum(emit, memref::LoadOp::create(emit, weightMemory, place),
                     sumType);
}

void ConvKernel::write(Emit &emit, Value sum, Value step, Value out) {
  memref::StoreOp::create(emit, truncate(emit, sum, element), out,
                          ValueRange{toTime(emit, step), batch, neuron});
}

//===----------------------------------------------------------------------===//
// Kernels in registers
//===----------------------------------------------------------------------===//

/// Whether registers hold the weights and the inputs that they meet.
bool ConvKernel::isShort() {
  int64_t most = sumType.isF64() ? kMostTaps / 2 : kMostTaps;
  return taps <= most && !op.getPerStep() && !op.getPeriod();
}

/// The sum of a step, whose input is the last of `taps` inputs.
Value ConvKernel::addTaps(Emit &emit, ArrayRef<Value> taps,
                          ArrayRef<Value> inputs) {
  Value sum = emit.zero(sumType);
  for (auto [weight, input] : llvm::zip(llvm::reverse(taps), inputs))
    sum = math::FmaOp::create(emit, weight, input, sum);
  return sum;
}

/// Steps `[from, to)` of a neuron: a block of them at once, while the next is
/// read.
void ConvKernel::runChunk(Emit &emit, Value from, Value to, Value out) {
  int64_t history = taps - 1;
  SmallVector<Value> kernel, carried;
  for (int64_t tap = 0; tap != taps; ++tap)
    kernel.push_back(readWeight(emit, emit.index(tap), from));
  for (int64_t i = 0; i != history; ++i)
    carried.push_back(readAny(emit, emit.add(from, emit.index(i - history))));
  for (int64_t i = 0; i != kConvSteps; ++i)
    carried.push_back(readNow(emit, emit.add(from, emit.index(i))));
  Value size = emit.index(kConvSteps);
  Value rest = arith::RemUIOp::create(emit, emit.sub(to, from), size);
  Value whole = emit.sub(to, rest);
  carried = emit.carry(
      from, whole, size, carried,
      [&](Emit &at, Value step, SmallVectorImpl<Value> &values) {
        SmallVector<Value> next(ArrayRef<Value>(values).take_back(history));
        for (int64_t i = 0; i != kConvSteps; ++i)
          next.push_back(readNow(at, at.add(step, at.index(kConvSteps + i))));
        for (int64_t i = 0; i != kConvSteps; ++i)
          write(at, addTaps(at, kernel, ArrayRef<Value>(values).slice(i, taps)),
                at.add(step, at.index(i)), out);
        values.assign(next.begin(), next.end());
      });
  carried.truncate(history);
  emit.carry(whole, to, emit.index(1), carried,
             [&](Emit &at, Value step, SmallVectorImpl<Value> &values) {
               values.push_back(readNow(at, step));
               write(at, addTaps(at, kernel, values), step, out);
               values.erase(values.begin());
             });
}

/// As many chunks of time as fill the GPU, if they are long enough.
Value ConvKernel::emitShort(Emit &emit) {
  int64_t least = std::max<int64_t>(4 * taps, 4 * kConvSteps);
  Value one = emit.index(1);
  Value most = arith::DivUIOp::create(emit, steps, emit.index(least));
  Value wanted = arith::DivUIOp::create(emit, emit.index(kManyThreads),
                                        emit.max(lanes, one));
  Value chunks = emit.max(emit.min(most, wanted), one);
  Value length = arith::CeilDivUIOp::create(emit, steps, chunks);
  length = emit.max(length, one);
  chunks = arith::CeilDivUIOp::create(emit, steps, length);
  Value out = emit.collapse(emit.empty(shape, element), 2, shape.size());
  std::string name = getKernelName(op, "temporal_conv");
  return emitKernel(
      emit, {name, kConvThreads},
      countBlocks(emit, emit.mul(chunks, lanes), kConvThreads), out,
      [&](Emit &at, Value block, Value thread, ArrayRef<Value> outs) {
        Value chunk = findLane(at, block, thread);
        Value isActive =
            arith::CmpIOp::create(at, arith::CmpIPredicate::ult, chunk, chunks);
        emitWhere(at, isActive, [&](Emit &in) {
          Value from = in.mul(chunk, length);
          Value to = in.min(in.add(from, length), steps);
          runChunk(in, from, to, outs[0]);
        });
      })[0];
}

//===----------------------------------------------------------------------===//
// The op
//===----------------------------------------------------------------------===//

Value ConvKernel::emitOutput(Emit &emit) {
  Value out = isShort() ? emitShort(emit) : emitLong(emit);
  out = emit.expand(out, 2, ArrayRef(shape).drop_front(2));
  return emit.castTo(out, op.getOutput().getType());
}

/// The last inputs, which may be those of before.
Value ConvKernel::emitHistory(Emit &emit) {
  Type type = op.getRest()[0].getType();
  int64_t history = taps - 1;
  if (history == 0)
    return emit.castTo(getHistory(emit, op.getInput(), op.getInits(), history),
                       type);
  SmallVector<OpFoldResult> sizes = shape;
  sizes[0] = emit.getIndexAttr(history);
  Value out = emit.collapse(emit.empty(sizes, element), 2, sizes.size());
  Value total = emit.mul(lanes, emit.index(history));
  std::string name = getKernelName(op, "history");
  out = emitKernel(
      emit, {name, kConvThreads}, countBlocks(emit, total, kConvThreads), out,
      [&](Emit &at, Value block, Value thread, ArrayRef<Value> outs) {
        Value number = findLane(at, block, thread);
        Value isActive = arith::CmpIOp::create(at, arith::CmpIPredicate::ult,
                                               number, at.index(history));
        emitWhere(at, isActive, [&](Emit &in) {
          Value step = op.getReverse()
                           ? toTime(in, number)
                           : in.add(in.sub(steps, in.index(history)), number);
          Value value = truncate(in, readAny(in, step), element);
          memref::StoreOp::create(in, value, outs[0],
                                  ValueRange{number, batch, neuron});
        });
      })[0];
  out = emit.expand(out, 2, ArrayRef(shape).drop_front(2));
  return emit.castTo(out, type);
}

/// temporal_conv -> a kernel
static LogicalResult convertTemporalConv(TemporalConvOp op,
                                         PatternRewriter &rewriter) {
  if (op.getInput().getType().getRank() < 3 || countNeurons(op) == 0 ||
      op.getNumTaps() == 0 || !isOnHost(op))
    return rewriter.notifyMatchFailure(
        op, "expected neurons, outside of loops of a length that is data");
  Emit emit(op.getLoc(), rewriter);
  ConvKernel kernel(emit, op);
  Value output = kernel.emitOutput(emit);
  // Few need the history.
  if (!op.getRest()[0].use_empty())
    rewriter.replaceAllUsesWith(op.getRest()[0], kernel.emitHistory(emit));
  rewriter.replaceAllUsesWith(op.getOutput(), output);
  rewriter.eraseOp(op);
  return success();
}

void mlir::snn::populateTemporalConvToGPUPatterns(RewritePatternSet &patterns) {
  patterns.add(convertTemporalConv);
}
