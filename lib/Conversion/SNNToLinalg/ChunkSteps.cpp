//===- ChunkSteps.cpp - The steps of chunks of time -------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NeuronChunks.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::snn;

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
