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

/// Pieces that threads share.
static constexpr int64_t kMostPieces = 8;
/// Vectors that hide each other's latency.
static constexpr int64_t kVectors = 8;
/// Steps of one neuron that are gathered before they go to memory.
static constexpr int64_t kRow = 256;
/// Times that pieces with a wrong guess run again before what is left is run
/// chunk by chunk.
static constexpr int64_t kSweeps = 3;

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

NeuronChunks::NeuronChunks(NeuronOp op, NeuronStep &step, NeuronStores &stores,
                           const ConvertSNNToLinalgPassOptions &options)
    : op(op), step(step), stores(stores), options(options),
      numNeurons(ShapedType::getNumElements(op.getNeuronShape())),
      lanes(options.vectorLanes), width(getWidth()),
      numStates(op.getNumStates()) {
  auto hasSpikes = [](Value input) {
    return getElementTypeOrSelf(input).isInteger(1);
  };
  narrow = numNeurons == 1 && op.getTables().empty() &&
           llvm::none_of(op.getInputs(), hasSpikes);
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
    IRMapping map;
    size_t first = op.getInputs().size();
    map.map(op.getStep().getArguments().slice(first, params.size()), params);
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
  Value least =
      emit.max(emit.mul(warmup, factor), emit.index(options.chunkSteps));
  Value count = arith::DivUIOp::create(emit, step.steps,
                                       emit.mul(least, emit.index(parts)));
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
  Value factor = emit.index(fillsVectors(parts) ? 2 : 16);
  Value least =
      emit.max(emit.mul(warmup, factor), emit.index(options.chunkSteps));
  Value condition =
      arith::CmpIOp::create(emit, arith::CmpIPredicate::uge, chunkSteps, least);
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
  SmallVector<Tile> tiles;
  for (Tile tile : getTiles(width, 32))
    for (int64_t i = 0; i < tile.count; ++i)
      tiles.push_back({tile.first + i * tile.width, 1, tile.width});
  return tiles;
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

/// Whether any bit of a start differs from the end before it.
static Value emitDiffers(Emit &emit, ArrayRef<Value> starts,
                         ArrayRef<Value> ends) {
  Value differs;
  for (auto [start, end] : llvm::zip(starts, ends)) {
    auto type = cast<VectorType>(start.getType());
    Type bits = type.clone(emit.getIntegerType(type.getElementTypeBitWidth()));
    Value a = start, b = end;
    if (isa<FloatType>(type.getElementType())) {
      a = arith::BitcastOp::create(emit, bits, a);
      b = arith::BitcastOp::create(emit, bits, b);
    }
    Value any = vector::ReductionOp::create(
        emit, vector::CombiningKind::OR,
        arith::CmpIOp::create(emit, arith::CmpIPredicate::ne, a, b));
    differs = differs ? Value(arith::OrIOp::create(emit, differs, any)) : any;
  }
  return differs;
}

//===----------------------------------------------------------------------===//
// Steps of a piece
//===----------------------------------------------------------------------===//

/// Step `step` of a chunk in absolute time; before time began, its first step.
Value NeuronChunks::getTime(Emit &emit, Value piece, int64_t part, Value step) {
  Value chunk = emit.add(emit.mul(piece, emit.index(parts)), emit.index(part));
  return emit.max(emit.add(emit.mul(chunk, chunkSteps), step), emit.index(0));
}

/// A vector in the tiles that words consist of.
static SmallVector<Value> split(Emit &emit, Value vector,
                                ArrayRef<Tile> tiles) {
  if (tiles.size() == 1)
    return {vector};
  SmallVector<Value> pieces;
  for (Tile tile : tiles)
    pieces.push_back(vector::ExtractStridedSliceOp::create(
        emit, vector, ArrayRef<int64_t>{tile.first},
        ArrayRef<int64_t>{tile.width}, ArrayRef<int64_t>{1}));
  return pieces;
}

/// One step of every chunk of a piece, each in vectors of its own.
void NeuronChunks::runWide(Emit &emit, Value piece, Value batch, Value at,
                           ArrayRef<Value> params,
                           MutableArrayRef<Value> states,
                           MutableArrayRef<Value> writes) {
  SmallVector<Tile> tiles = getStoreTiles();
  size_t numOutputs = op.getOutputs().size();
  for (int64_t part = 0; part < parts; ++part) {
    MutableArrayRef<Value> own = states.slice(part * numStates, numStates);
    SmallVector<Value> results =
        step.run(emit, getTime(emit, piece, part, at), batch, lane, width,
                 params, SmallVector<Value>(own));
    std::copy(results.begin() + numOutputs, results.end(), own.begin());
    if (writes.empty())
      continue;
    SmallVector<SmallVector<Value>> outputs;
    for (Value output : ArrayRef(results).take_front(numOutputs))
      outputs.push_back(split(emit, output, tiles));
    Value time = emit.add(emit.mul(emit.index(part), chunkSteps), at);
    stores.write(emit, step, time, batch, lane, tiles, outputs, writes);
  }
}

/// Rows of `lanes` lanes as columns.
static void transpose(Emit &emit, MutableArrayRef<Value> rows) {
  int64_t lanes = rows.size();
  for (int64_t distance = 1; distance < lanes; distance *= 2) {
    SmallVector<int64_t> low, high;
    for (int64_t i = 0; i < lanes; ++i) {
      bool isUpper = i & distance;
      low.push_back(isUpper ? lanes + i - distance : i);
      high.push_back(isUpper ? lanes + i : i + distance);
    }
    for (int64_t i = 0; i < lanes; ++i) {
      if (i & distance)
        continue;
      Value a = rows[i], b = rows[i + distance];
      rows[i] = vector::ShuffleOp::create(emit, a, b, low);
      rows[i + distance] = vector::ShuffleOp::create(emit, a, b, high);
    }
  }
}

/// The same with bits, as bytes.
static void transposeAny(Emit &emit, MutableArrayRef<Value> rows) {
  auto type = cast<VectorType>(rows[0].getType());
  if (!type.getElementType().isInteger(1))
    return transpose(emit, rows);
  for (Value &row : rows)
    row = arith::ExtUIOp::create(emit, type.clone(emit.getI8Type()), row);
  transpose(emit, rows);
  for (Value &row : rows)
    row = arith::TruncIOp::create(emit, type, row);
}

/// One step of chunks that are lanes: the next states, and what each store is
/// given.
SmallVector<Value> NeuronChunks::runLanes(Emit &emit, ArrayRef<Value> inputs,
                                          ArrayRef<Value> params,
                                          MutableArrayRef<Value> states) {
  SmallVector<Value> arguments(inputs);
  llvm::append_range(arguments, params);
  llvm::append_range(arguments, states);
  IRMapping map;
  SmallVector<Value> results = step.compute(emit, lanes, arguments, map);
  std::copy(results.begin() + op.getOutputs().size(), results.end(),
            states.begin());
  SmallVector<Value> stored;
  for (NeuronStores::Store store : stores.getStores()) {
    Value value = results[store.output];
    if (store.words) // of one neuron
      value = arith::ExtUIOp::create(
          emit, VectorType::get(lanes, emit.getI32Type()), value);
    stored.push_back(value);
  }
  return stored;
}

/// As many steps as there are lanes, from `at`: rows of a chunk are read and
/// written, and transposed on the way.
void NeuronChunks::runBlock(Emit &emit, Value piece, Value at, Value column,
                            ArrayRef<Value> params,
                            MutableArrayRef<Value> states,
                            MutableArrayRef<Value> rows) {
  SmallVector<SmallVector<Value>> inputs;
  for (Value flat : flatInputs) {
    SmallVector<Value> &vectors = inputs.emplace_back();
    Type element = cast<MemRefType>(flat.getType()).getElementType();
    Value padding = emit.zero(element);
    for (int64_t lane = 0; lane < lanes; ++lane)
      vectors.push_back(vector::TransferReadOp::create(
          emit, VectorType::get(lanes, element), flat,
          ValueRange{getTime(emit, piece, lane, at)}, padding,
          ArrayRef<bool>{true}));
    transposeAny(emit, vectors);
  }
  SmallVector<SmallVector<Value>> outputs(rows.size());
  for (int64_t i = 0; i < lanes; ++i) {
    SmallVector<Value> arguments;
    for (auto &vectors : inputs)
      arguments.push_back(vectors[i]);
    SmallVector<Value> stored = runLanes(emit, arguments, params, states);
    for (size_t k = 0; k < rows.size(); ++k)
      outputs[k].push_back(stored[k]);
  }
  for (auto [row, vectors] : llvm::zip(rows, outputs)) {
    transposeAny(emit, vectors);
    for (int64_t lane = 0; lane < lanes; ++lane)
      row = emit.write(vectors[lane], row, {emit.index(lane), column});
  }
}

/// One step, element by element.
void NeuronChunks::runGathered(Emit &emit, Value piece, Value at, Value column,
                               ArrayRef<Value> params,
                               MutableArrayRef<Value> states,
                               MutableArrayRef<Value> rows) {
  SmallVector<Value> inputs;
  for (Value flat : flatInputs) {
    Type element = cast<MemRefType>(flat.getType()).getElementType();
    SmallVector<Value> elements;
    for (int64_t lane = 0; lane < lanes; ++lane)
      elements.push_back(memref::LoadOp::create(
          emit, flat, ValueRange{getTime(emit, piece, lane, at)}));
    inputs.push_back(vector::FromElementsOp::create(
        emit, VectorType::get(lanes, element), elements));
  }
  SmallVector<Value> stored = runLanes(emit, inputs, params, states);
  for (auto [row, vector] : llvm::zip(rows, ArrayRef(stored)))
    for (int64_t lane = 0; lane < lanes; ++lane)
      row = tensor::InsertOp::create(
          emit, vector::ExtractOp::create(emit, vector, lane), row,
          ValueRange{emit.index(lane), column});
}

/// What rows hold goes to its place in time.
static Value emitFlush(Emit &emit, Value row, Value store, int64_t lanes,
                       Value chunkSteps, Value first, Value steps,
                       Value batch) {
  OpFoldResult one = emit.getIndexAttr(1);
  return emit.carry(
      emit.index(0), emit.index(lanes), emit.index(1), store,
      [&](Emit &body, Value lane, SmallVectorImpl<Value> &carried) {
        auto type = RankedTensorType::get(ShapedType::kDynamic,
                                          getType(row).getElementType());
        Value slice = tensor::ExtractSliceOp::create(
            body, type, row, ArrayRef<OpFoldResult>{lane, body.getIndexAttr(0)},
            ArrayRef<OpFoldResult>{one, steps},
            ArrayRef<OpFoldResult>{one, one});
        Value time = body.add(body.mul(lane, chunkSteps), first);
        carried[0] = tensor::InsertSliceOp::create(
            body, slice, carried[0],
            ArrayRef<OpFoldResult>{time, batch, body.getIndexAttr(0)},
            ArrayRef<OpFoldResult>{steps, one, one},
            ArrayRef<OpFoldResult>{one, one, one});
      })[0];
}

/// Steps `[from, to)` of chunks that are lanes, `kRow` at a time. `carried` are
/// states, stores and rows; the stores and rows may be missing.
void NeuronChunks::runRows(Emit &emit, Value piece, Value batch, Value from,
                           Value to, SmallVectorImpl<Value> &carried) {
  SmallVector<Value> params = step.splatParams(emit, lanes);
  size_t numStores = (carried.size() - numStates) / 2;
  size_t firstRow = numStates + numStores;
  SmallVector<Value> next = emit.carry(
      from, to, emit.index(kRow), carried,
      [&](Emit &body, Value first, SmallVectorImpl<Value> &values) {
        Value count = body.min(body.sub(to, first), body.index(kRow));
        Value rest = arith::RemUIOp::create(body, count, body.index(lanes));
        Value whole = body.sub(count, rest);
        SmallVector<Value> inner(values.begin(), values.begin() + numStates);
        inner.append(values.begin() + firstRow, values.end());
        auto loop = [&](Value begin, Value end, int64_t width, auto run) {
          inner = body.carry(
              begin, end, body.index(width), inner,
              [&](Emit &at, Value column, SmallVectorImpl<Value> &v) {
                MutableArrayRef<Value> all(v);
                (this->*run)(at, piece, at.add(first, column), column, params,
                             all.take_front(numStates),
                             all.drop_front(numStates));
              });
        };
        loop(body.index(0), whole, lanes, &NeuronChunks::runBlock);
        loop(whole, count, 1, &NeuronChunks::runGathered);
        llvm::copy(ArrayRef(inner).take_front(numStates), values.begin());
        for (size_t i = 0; i < numStores; ++i) {
          values[firstRow + i] = inner[numStates + i];
          values[numStates + i] =
              emitFlush(body, inner[numStates + i], values[numStates + i],
                        lanes, chunkSteps, first, count, batch);
        }
      });
  carried.assign(next.begin(), next.end());
}

/// Steps `[from, to)` of all chunks of a piece. `carried` are states, of part
/// after part, then stores and rows, unless nothing is written.
void NeuronChunks::runSteps(Emit &emit, Value piece, Value batch, Value from,
                            Value to, SmallVectorImpl<Value> &carried) {
  if (narrow)
    return runRows(emit, piece, batch, from, to, carried);
  SmallVector<Value> params = step.readParams(emit, lane, width);
  size_t count = numStates * parts;
  SmallVector<Value> next =
      emit.carry(from, to, emit.index(1), carried,
                 [&](Emit &body, Value at, SmallVectorImpl<Value> &values) {
                   MutableArrayRef<Value> all(values);
                   runWide(body, piece, batch, at, params,
                           all.take_front(count), all.drop_front(count));
                 });
  carried.assign(next.begin(), next.end());
}

//===----------------------------------------------------------------------===//
// Phases
//===----------------------------------------------------------------------===//

/// The states that all chunks of a piece start from, as `runSteps` has them.
SmallVector<Value> NeuronChunks::loadPiece(Emit &emit,
                                           ArrayRef<Value> tensors) {
  SmallVector<Value> states;
  if (narrow) {
    for (Value tensor : tensors)
      states.push_back(emit.read(tensor, emit.index(0), lanes));
    return states;
  }
  for (int64_t part = 0; part < parts; ++part)
    llvm::append_range(states, readStates(emit, tensors, emit.index(part)));
  return states;
}

void NeuronChunks::storePiece(Emit &emit, MutableArrayRef<Value> tensors,
                              ArrayRef<Value> states) {
  if (narrow) {
    for (auto [tensor, state] : llvm::zip(tensors, states))
      tensor = emit.write(state, tensor, emit.index(0));
    return;
  }
  for (int64_t part = 0; part < parts; ++part)
    writeStates(emit, tensors, emit.index(part),
                states.slice(part * numStates, numStates));
}

/// What all chunks of a piece start from where nothing is known.
SmallVector<Value> NeuronChunks::makeZeros(Emit &emit) {
  SmallVector<Value> states;
  for (int64_t part = 0; part < (narrow ? 1 : parts); ++part)
    for (Value state : op.getStateArguments())
      states.push_back(
          emit.zero(VectorType::get(narrow ? lanes : width, state.getType())));
  return states;
}

namespace {
/// The values that the loops of a batch element carry.
struct Buffers {
  SmallVectorImpl<Value> &values;
  size_t numStores, numStates;

  MutableArrayRef<Value> slice(size_t first, size_t count) {
    return MutableArrayRef<Value>(values).slice(first, count);
  }
  MutableArrayRef<Value> stores() { return slice(0, numStores); }
  MutableArrayRef<Value> ends() { return slice(numStores, numStates); }
  MutableArrayRef<Value> starts() {
    return slice(numStores + numStates, numStates);
  }
  Value &marks() { return values[numStores + 2 * numStates]; }
  MutableArrayRef<Value> rows() {
    return MutableArrayRef<Value>(values).drop_front(numStores + 2 * numStates +
                                                     1);
  }
};
} // namespace

/// Runs a body for every piece, with its part of each value, of which the first
/// are stores.
void NeuronChunks::forPieces(
    Emit &emit, MutableArrayRef<Value> values, size_t numStores,
    function_ref<void(Emit &, Value, SmallVectorImpl<Value> &)> body) {
  SmallVector<Emit::Cut> cuts;
  OpFoldResult steps = emit.mul(chunkSteps, emit.index(parts));
  for (size_t i = 0; i < values.size(); ++i)
    cuts.push_back(
        {0, i < numStores ? steps : OpFoldResult(emit.getIndexAttr(parts))});
  SmallVector<Value> next =
      emit.parallel(getAsOpFoldResult(pieces), values, cuts, body);
  llvm::copy(next, values.begin());
}

/// Runs steps of all chunks from zero, and keeps only the states after them.
void NeuronChunks::emitStates(Emit &emit, MutableArrayRef<Value> tensors,
                              Value batch, Value from, Value to) {
  forPieces(emit, tensors, /*numStores=*/0,
            [&](Emit &body, Value piece, SmallVectorImpl<Value> &inner) {
              SmallVector<Value> states = makeZeros(body);
              runSteps(body, piece, batch, from, to, states);
              storePiece(body, inner, states);
            });
}

/// Runs the pieces that have a mark; all where `marked` is false.
void NeuronChunks::emitRuns(Emit &emit, SmallVectorImpl<Value> &values,
                            Value batch, bool marked) {
  auto run = [&](Emit &body, Value piece, SmallVectorImpl<Value> &inner) {
    Buffers buffers{inner, stores.size(), numStates};
    SmallVector<Value> carried = loadPiece(body, buffers.starts());
    size_t count = carried.size();
    llvm::append_range(carried, buffers.stores());
    llvm::append_range(carried, buffers.rows());
    runSteps(body, piece, batch, body.index(0), chunkSteps, carried);
    storePiece(body, buffers.ends(), ArrayRef(carried).take_front(count));
    llvm::copy(ArrayRef(carried).slice(count, stores.size()),
               buffers.stores().begin());
    llvm::copy(ArrayRef(carried).drop_front(count + stores.size()),
               buffers.rows().begin());
  };
  forPieces(
      emit, values, stores.size(),
      [&](Emit &body, Value piece, SmallVectorImpl<Value> &inner) {
        if (!marked)
          return run(body, piece, inner);
        Buffers buffers{inner, stores.size(), numStates};
        Value marks = body.read(buffers.marks(), body.index(0), parts);
        Value any =
            vector::ReductionOp::create(body, vector::CombiningKind::OR, marks);
        Value isMarked = arith::CmpIOp::create(body, arith::CmpIPredicate::ne,
                                               any, body.zero(any.getType()));
        auto branch = scf::IfOp::create(
            body, isMarked,
            [&](OpBuilder &builder, Location loc) {
              Emit at(loc, builder);
              SmallVector<Value> own(inner.begin(), inner.end());
              run(at, piece, own);
              scf::YieldOp::create(at, own);
            },
            [&](OpBuilder &builder, Location loc) {
              scf::YieldOp::create(builder, loc, inner);
            });
        inner.assign(branch.getResults().begin(), branch.getResults().end());
      });
}

/// Starts become the ends before them; those that change are marked.
void NeuronChunks::emitVerify(Emit &emit, SmallVectorImpl<Value> &values) {
  Value one = emit.index(1);
  Value count = emit.mul(pieces, emit.index(parts));
  {
    Buffers buffers{values, stores.size(), numStates};
    buffers.marks() = tensor::InsertOp::create(
        emit, emit.zero(emit.getI32Type()), buffers.marks(), emit.index(0));
  }
  SmallVector<Value> next = emit.carry(
      one, count, one, values,
      [&](Emit &body, Value chunk, SmallVectorImpl<Value> &inner) {
        Buffers buffers{inner, stores.size(), numStates};
        SmallVector<Value> starts = readStates(body, buffers.starts(), chunk);
        SmallVector<Value> ends =
            readStates(body, buffers.ends(), body.sub(chunk, one));
        Value mark = arith::ExtUIOp::create(body, body.getI32Type(),
                                            emitDiffers(body, starts, ends));
        buffers.marks() =
            tensor::InsertOp::create(body, mark, buffers.marks(), chunk);
        writeStates(body, buffers.starts(), chunk, ends);
      });
  values.assign(next.begin(), next.end());
}

/// Runs every chunk that is still marked from the end of the one before.
void NeuronChunks::emitFinish(Emit &emit, SmallVectorImpl<Value> &values,
                              Value batch) {
  Value one = emit.index(1);
  Value count = emit.mul(pieces, emit.index(parts));
  Value zero = emit.zero(emit.getI32Type());
  auto run = [&](Emit &body, Value chunk, SmallVectorImpl<Value> &inner) {
    Buffers buffers{inner, stores.size(), numStates};
    SmallVector<Value> carried = readStates(body, buffers.starts(), chunk);
    llvm::append_range(carried, buffers.stores());
    Value first = body.mul(chunk, chunkSteps);
    carried =
        runAlone(body, batch, first, body.add(first, chunkSteps), carried);
    ArrayRef<Value> states = ArrayRef(carried).take_front(numStates);
    llvm::copy(ArrayRef(carried).drop_front(numStates),
               buffers.stores().begin());
    writeStates(body, buffers.ends(), chunk, states);
    // There is room for one chunk more than there are.
    Value after = body.add(chunk, one);
    SmallVector<Value> starts = readStates(body, buffers.starts(), after);
    Value mark = tensor::ExtractOp::create(body, buffers.marks(), after);
    mark = arith::OrIOp::create(
        body, mark,
        arith::ExtUIOp::create(body, body.getI32Type(),
                               emitDiffers(body, starts, states)));
    buffers.marks() =
        tensor::InsertOp::create(body, mark, buffers.marks(), after);
    writeStates(body, buffers.starts(), after, states);
  };
  SmallVector<Value> next = emit.carry(
      emit.index(0), count, one, values,
      [&](Emit &body, Value chunk, SmallVectorImpl<Value> &inner) {
        Buffers buffers{inner, stores.size(), numStates};
        Value mark = tensor::ExtractOp::create(body, buffers.marks(), chunk);
        Value isMarked =
            arith::CmpIOp::create(body, arith::CmpIPredicate::ne, mark, zero);
        auto branch = scf::IfOp::create(
            body, isMarked,
            [&](OpBuilder &builder, Location loc) {
              Emit at(loc, builder);
              SmallVector<Value> own(inner.begin(), inner.end());
              run(at, chunk, own);
              scf::YieldOp::create(at, own);
            },
            [&](OpBuilder &builder, Location loc) {
              scf::YieldOp::create(builder, loc, inner);
            });
        inner.assign(branch.getResults().begin(), branch.getResults().end());
      });
  values.assign(next.begin(), next.end());
}

/// Steps `[from, to)` of absolute time as the loop has them; `carried` are
/// states and stores.
SmallVector<Value> NeuronChunks::runAlone(Emit &emit, Value batch, Value from,
                                          Value to, ArrayRef<Value> carried) {
  SmallVector<Value> params = step.readParams(emit, lane, width);
  SmallVector<Tile> tiles = getStoreTiles();
  size_t numOutputs = op.getOutputs().size();
  return emit.carry(
      from, to, emit.index(1), carried,
      [&](Emit &body, Value time, SmallVectorImpl<Value> &values) {
        SmallVector<Value> before(values.begin(), values.begin() + numStates);
        SmallVector<Value> results =
            step.run(body, time, batch, lane, width, params, before);
        std::copy(results.begin() + numOutputs, results.end(), values.begin());
        SmallVector<SmallVector<Value>> outputs;
        for (Value output : ArrayRef(results).take_front(numOutputs))
          outputs.push_back(split(body, output, tiles));
        stores.write(body, step, time, batch, lane, tiles, outputs,
                     MutableArrayRef<Value>(values).drop_front(numStates));
      });
}

/// The matrix of a whole chunk, A to the power of its steps, by squaring.
SmallVector<Value> NeuronChunks::emitPower(Emit &emit) {
  constexpr int64_t mostBits = 40;
  SmallVector<Value> params = step.readParams(emit, lane, width);
  IRMapping values;
  values.map(
      op.getStep().getArguments().slice(op.getInputs().size(), params.size()),
      params);
  SmallVector<Value> carried;
  AffineStep identity = AffineStep::identity(numStates);
  for (const AffineStep *factor : {&identity, &*map})
    for (size_t i = 0; i != numStates; ++i)
      for (size_t j = 0; j != numStates; ++j)
        carried.push_back(factor->getA(i, j).emit(
            emit, emit.getLoc(), getVectorType(i), values,
            [&](Operation &op) { vectorize(emit, op, width, values); }));
  size_t size = numStates * numStates;
  SmallVector<Value> powers = emit.carry(
      emit.index(0), emit.index(mostBits), emit.index(1), carried,
      [&](Emit &body, Value bit, SmallVectorImpl<Value> &matrices) {
        ArrayRef<Value> power(matrices.data(), size),
            square(matrices.data() + size, size);
        Value shifted = arith::ShRUIOp::create(body, chunkSteps, bit);
        Value isSet = arith::CmpIOp::create(
            body, arith::CmpIPredicate::ne,
            arith::AndIOp::create(body, shifted, body.index(1)), body.index(0));
        SmallVector<Value> more = multiply(body, square, power),
                           twice = multiply(body, square, square);
        for (size_t i = 0; i != size; ++i)
          matrices[i] = arith::SelectOp::create(body, isSet, more[i], power[i]);
        llvm::copy(twice, matrices.begin() + size);
      });
  powers.resize(size);
  return powers;
}

static Value addAny(Emit &emit, Value a, Value b) {
  if (isa<FloatType>(getElementTypeOrSelf(a)))
    return arith::AddFOp::create(emit, a, b);
  return arith::AddIOp::create(emit, a, b);
}

static Value multiplyAny(Emit &emit, Value a, Value b) {
  if (isa<FloatType>(getElementTypeOrSelf(a)))
    return arith::MulFOp::create(emit, a, b);
  return arith::MulIOp::create(emit, a, b);
}

/// A product of matrices of vectors, row after row.
SmallVector<Value> NeuronChunks::multiply(Emit &emit, ArrayRef<Value> a,
                                          ArrayRef<Value> b) {
  SmallVector<Value> product;
  size_t columns = b.size() / numStates;
  for (size_t i = 0; i != numStates; ++i)
    for (size_t j = 0; j != columns; ++j) {
      Value sum = multiplyAny(emit, a[i * numStates], b[j]);
      for (size_t k = 1; k != numStates; ++k)
        sum =
            addAny(emit, sum,
                   multiplyAny(emit, a[i * numStates + k], b[k * columns + j]));
      product.push_back(sum);
    }
  return product;
}

/// The starts of all chunks from their maps: `s[c+1] = A^L s[c] + end[c]`.
void NeuronChunks::emitCarries(Emit &emit, SmallVectorImpl<Value> &values) {
  SmallVector<Value> power = emitPower(emit);
  Value one = emit.index(1);
  Value count = emit.mul(pieces, emit.index(parts));
  SmallVector<Value> next = emit.carry(
      one, count, one, values,
      [&](Emit &body, Value chunk, SmallVectorImpl<Value> &inner) {
        Buffers buffers{inner, stores.size(), numStates};
        Value previous = body.sub(chunk, one);
        SmallVector<Value> start = readStates(body, buffers.starts(), previous);
        SmallVector<Value> end = readStates(body, buffers.ends(), previous);
        SmallVector<Value> carried = multiply(body, power, start);
        for (size_t i = 0; i != numStates; ++i)
          carried[i] = addAny(body, carried[i], end[i]);
        writeStates(body, buffers.starts(), chunk, carried);
      });
  values.assign(next.begin(), next.end());
}

/// All chunks of one batch element. `values` are stores, states, and what
/// `makeScratch` made.
void NeuronChunks::emitBatch(Emit &emit, Value batch,
                             SmallVectorImpl<Value> &values) {
  size_t firstScratch = stores.size() + numStates;
  SmallVector<Value> carried(values.begin(), values.begin() + stores.size());
  carried.append(values.begin() + firstScratch, values.end());
  SmallVector<Value> initial;
  for (Value state : ArrayRef(values).slice(stores.size(), numStates))
    initial.push_back(emit.read(state, ValueRange{batch, lane}, width));
  {
    Buffers buffers{carried, stores.size(), numStates};
    Value zero = emit.index(0);
    if (isScan())
      emitStates(emit, buffers.ends(), batch, zero, chunkSteps);
    else
      emitStates(emit, buffers.starts(), batch, emit.sub(zero, warmup), zero);
    writeStates(emit, buffers.starts(), emit.index(0), initial);
  }
  if (isScan()) {
    emitCarries(emit, carried);
    emitRuns(emit, carried, batch, /*marked=*/false);
  } else {
    Buffers buffers{carried, stores.size(), numStates};
    Value one = arith::ConstantIntOp::create(emit, emit.getI32Type(), 1);
    buffers.marks() =
        linalg::FillOp::create(emit, one, buffers.marks()).getResult(0);
    carried =
        emit.carry(emit.index(0), emit.index(kSweeps), emit.index(1), carried,
                   [&](Emit &body, Value, SmallVectorImpl<Value> &inner) {
                     emitRuns(body, inner, batch, /*marked=*/true);
                     emitVerify(body, inner);
                   });
    emitFinish(emit, carried, batch);
  }
  Buffers buffers{carried, stores.size(), numStates};
  Value count = emit.mul(pieces, emit.index(parts));
  SmallVector<Value> ends =
      readStates(emit, buffers.ends(), emit.sub(count, emit.index(1)));
  llvm::copy(buffers.stores(), values.begin());
  llvm::copy(ArrayRef(carried).drop_front(stores.size()),
             values.begin() + firstScratch);
  for (auto [i, end] : llvm::enumerate(ends))
    values[stores.size() + i] =
        emit.write(end, values[stores.size() + i], ValueRange{batch, lane});
}

/// Ends, starts, marks and rows.
SmallVector<Value> NeuronChunks::makeScratch(Emit &emit) {
  int64_t count = kMostPieces * parts + 1;
  SmallVector<Value> scratch;
  auto make = [&](ArrayRef<int64_t> shape, Type element) {
    scratch.push_back(tensor::EmptyOp::create(emit, shape, element));
  };
  for (int kind = 0; kind < 2; ++kind)
    for (Value state : op.getStateArguments())
      narrow ? make({count}, state.getType())
             : make({count, width}, state.getType());
  make({count}, emit.getI32Type());
  if (narrow)
    for (NeuronStores::Store store : stores.getStores())
      make({kMostPieces * parts, kRow},
           store.words ? emit.getI32Type()
                       : getElementTypeOrSelf(op.getOutputs()[store.output]));
  return scratch;
}

SmallVector<Value> NeuronChunks::emit(Emit &emit, ArrayRef<Value> values) {
  SmallVector<Value> all(values);
  llvm::append_range(all, makeScratch(emit));
  SmallVector<Value> next = emit.carry(
      emit.index(0), step.batchSize, emit.index(1), all,
      [&](Emit &body, Value batch, SmallVectorImpl<Value> &carried) {
        SmallVector<Value> inner = body.carry(
            body.index(0), body.index(numNeurons), body.index(width),
            SmallVector<Value>(carried.begin(), carried.end()),
            [&](Emit &tile, Value first, SmallVectorImpl<Value> &tiles) {
              lane = first;
              emitBatch(tile, batch, tiles);
            });
        carried.assign(inner.begin(), inner.end());
      });
  next.resize(values.size());
  return next;
}

Value NeuronChunks::getEnd(Emit &emit) {
  return emit.mul(chunkSteps, emit.mul(pieces, emit.index(parts)));
}
