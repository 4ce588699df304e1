//===- NeuronChunks.cpp - A neuron in chunks of time that run at once -----===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NeuronChunks.h"
#include "snn/Analysis/Linearity.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::snn;

/// Vectors that hide each other's latency.
static constexpr int64_t kVectors = 8;

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

NeuronChunks::NeuronChunks(NeuronOp op, NeuronStep &step, NeuronStores &stores,
                           const ConvertSNNToLinalgPassOptions &options)
    : op(op), step(step), stores(stores), options(options),
      numNeurons(ShapedType::getNumElements(op.getNeuronShape())),
      lanes(options.vectorLanes), width(getWidth()),
      numStates(op.getNumStates()) {
  auto isMemory = [&](Value input) {
    // What a scan of a single batch element gathers has no reader behind the
    // loop over pieces, which would then allocate it itself.
    bool isSingle = isScan() && getType(input).getDimSize(1) == 1;
    return !getElementTypeOrSelf(input).isInteger(1) && !isSingle;
  };
  narrow = numNeurons == 1 && op.getTables().empty() &&
           llvm::all_of(op.getInputs(), isMemory);
  if (isScan()) {
    SmallVector<unsigned> all =
        llvm::to_vector(llvm::seq<unsigned>(0, numStates));
    map = AffineStep::get(op, all);
  }
  parts = countChunkParts();
}

bool NeuronChunks::isScan() {
  return op.getSchedule()->getKind() == ScheduleKind::Scan;
}

/// Neurons that are run together: all where they are few, or a part that
/// leaves nothing; 0 where there is none.
int64_t NeuronChunks::getWidth() {
  if (numNeurons <= kVectors * lanes)
    return numNeurons;
  for (int64_t part = 2 * lanes; part >= lanes; part /= 2)
    if (numNeurons % part == 0 && (!stores.writesWords() || part % 32 == 0))
      return part;
  return 0;
}

/// Chunks of a piece: lanes of a vector, or vectors.
int64_t NeuronChunks::countChunkParts() {
  if (op.getReverse() || op.getInputs().empty() || numStates == 0 ||
      width == 0 || op.getSchedule()->getKind() == ScheduleKind::Loop)
    return 0;
  if (isScan() && (!map || map->getKnown() == Known::Step))
    return 0;
  int64_t count = narrow ? lanes : kVectors / llvm::divideCeil(width, lanes);
  // Two runs of everything are not made up for by threads alone.
  return isScan() && count < kVectors / 2 ? 0 : std::max<int64_t>(count, 1);
}

/// The parameters of the step as vectors.
IRMapping NeuronChunks::mapParams(ArrayRef<Value> params) {
  IRMapping map;
  map.map(
      op.getStep().getArguments().slice(op.getInputs().size(), params.size()),
      params);
  return map;
}

/// The largest factor by which a difference of two pasts shrinks in a step.
Value NeuronChunks::emitFactor(Emit &emit) {
  Type f64 = emit.getF64Type();
  Value most = arith::ConstantOp::create(emit, emit.getF64FloatAttr(0));
  SmallVector<Value> params = step.readParams(emit, emit.index(0), numNeurons);
  Linearity linearity(op);
  for (auto [i, state] : llvm::enumerate(linearity.getStates())) {
    Coefficient known = state.factor;
    // A factor that is an input, or a number of integers, forgets nothing.
    bool isNumber = isa<FloatType>(op.getStateArguments()[i].getType());
    if (known.getKnown() == Known::Step || (!isNumber && !known.getConstant()))
      known = Coefficient::one();
    if (known.isZero())
      continue;
    IRMapping map = mapParams(params);
    Value factor = known.emit(
        emit, emit.getLoc(), VectorType::get(numNeurons, f64), map,
        [&](Operation &scalar) { vectorize(emit, scalar, numNeurons, map); });
    factor = math::AbsFOp::create(emit, factor);
    Value reduced = vector::ReductionOp::create(
        emit, vector::CombiningKind::MAXIMUMF, factor);
    most = arith::MaximumFOp::create(emit, most, reduced);
  }
  return most;
}

/// Steps after which two pasts are most likely the same float: so many that a
/// difference of 1 has shrunk to 2^-34. A power of two.
Value NeuronChunks::emitWarmup(Emit &emit) {
  if (isScan())
    return emit.index(0);
  if (int64_t steps = op.getSchedule()->getWarmup())
    return emit.index(steps);
  constexpr int64_t mostDoublings = 20;
  Value factor = emitFactor(emit);
  Value least = arith::ConstantOp::create(emit, emit.getF64FloatAttr(0x1p-34));
  return emit.carry(
      emit.index(0), emit.index(mostDoublings), emit.index(1),
      {emit.index(1), factor},
      [&](Emit &body, Value, SmallVectorImpl<Value> &carried) {
        // A NaN goes on to the end, and is too long for any chunk.
        Value more = arith::CmpFOp::create(body, arith::CmpFPredicate::UGT,
                                           carried[1], least);
        Value twice = body.add(carried[0], carried[0]);
        Value square = arith::MulFOp::create(body, carried[1], carried[1]);
        carried[0] = arith::SelectOp::create(body, more, twice, carried[0]);
        carried[1] = arith::SelectOp::create(body, more, square, carried[1]);
      })[0];
}

/// Whether chunks pay for themselves by their number alone, or with threads.
static bool fillsVectors(int64_t parts) { return parts >= kVectors / 2; }

void NeuronChunks::chooseSizes(Emit &emit) {
  warmup = emitWarmup(emit);
  Value factor = emit.index(fillsVectors(parts) ? 2 : 16);
  leastSteps =
      emit.max(emit.mul(warmup, factor), emit.index(options.chunkSteps));
  Value count = arith::DivUIOp::create(emit, step.steps,
                                       emit.mul(leastSteps, emit.index(parts)));
  pieces = emit.max(emit.min(count, emit.index(kMostPieces)), emit.index(1));
  chunkSteps = arith::DivUIOp::create(emit, step.steps,
                                      emit.mul(pieces, emit.index(parts)));
}

/// The inputs of one neuron as memory in which time is dense. Where it is not,
/// the condition says so.
void NeuronChunks::prepareInputs(Emit &emit) {
  for (Value input : op.getInputs()) {
    RankedTensorType type = getType(input);
    Value buffer = bufferization::ToBufferOp::create(
        emit, bufferization::getMemRefTypeWithFullyDynamicLayout(type), input,
        /*read_only=*/true);
    auto metadata = memref::ExtractStridedMetadataOp::create(emit, buffer);
    auto flat = MemRefType::get(
        ShapedType::kDynamic, type.getElementType(),
        StridedLayoutAttr::get(emit.getContext(), ShapedType::kDynamic, {1}));
    flatInputs.push_back(memref::ReinterpretCastOp::create(
        emit, flat, metadata.getBaseBuffer(), metadata.getOffset(),
        ArrayRef<OpFoldResult>{getAsOpFoldResult(step.steps)},
        ArrayRef<OpFoldResult>{emit.getIndexAttr(1)}));
    flatStrides.push_back(metadata.getStrides()[0]);
  }
}

Value NeuronChunks::emitCondition(Emit &emit) {
  step.steps = emit.dim(op.getInputs()[0], 0);
  step.batchSize = emit.dim(op.getInputs()[0], 1);
  step.flattenOperands(emit);
  chooseSizes(emit);
  auto compare = [&](arith::CmpIPredicate predicate, Value a, int64_t b) {
    return arith::CmpIOp::create(emit, predicate, a, emit.index(b));
  };
  Value condition = arith::CmpIOp::create(emit, arith::CmpIPredicate::uge,
                                          chunkSteps, leastSteps);
  // More than two vectors of lanes are busy one step after the other.
  int64_t most = options.chunkLanes ? options.chunkLanes : 2 * lanes;
  if (!fillsVectors(parts) && !options.chunkLanes)
    most = numNeurons;
  Value isSmall =
      compare(arith::CmpIPredicate::ule,
              emit.mul(step.batchSize, emit.index(numNeurons)), most);
  condition = arith::AndIOp::create(emit, condition, isSmall);
  if (!narrow)
    return condition;
  prepareInputs(emit);
  condition = arith::AndIOp::create(
      emit, condition, compare(arith::CmpIPredicate::eq, step.batchSize, 1));
  for (Value stride : flatStrides)
    condition = arith::AndIOp::create(
        emit, condition, compare(arith::CmpIPredicate::eq, stride, 1));
  return condition;
}

VectorType NeuronChunks::getVectorType(size_t state) {
  return VectorType::get(width, op.getStateArguments()[state].getType());
}

/// The vectors in which outputs are stored: one, or those that make words.
SmallVector<Tile> NeuronChunks::getStoreTiles() {
  if (!stores.writesWords())
    return {{0, 1, width}};
  return getSingleTiles(width, 32);
}

//===----------------------------------------------------------------------===//
// States of chunks
//===----------------------------------------------------------------------===//

static SmallVector<Value> getIndices(Emit &emit, bool narrow, Value chunk) {
  if (narrow)
    return {chunk};
  return {chunk, emit.index(0)};
}

/// The states of one chunk, of all neurons.
SmallVector<Value> NeuronChunks::readStates(Emit &emit, ArrayRef<Value> tensors,
                                            Value chunk) {
  SmallVector<Value> states;
  for (Value tensor : tensors)
    states.push_back(emit.read(tensor, getIndices(emit, narrow, chunk), width));
  return states;
}

void NeuronChunks::writeStates(Emit &emit, MutableArrayRef<Value> tensors,
                               Value chunk, ArrayRef<Value> states) {
  for (auto [tensor, state] : llvm::zip(tensors, states))
    tensor = emit.write(state, tensor, getIndices(emit, narrow, chunk));
}
