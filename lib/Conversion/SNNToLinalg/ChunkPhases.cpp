//===- ChunkPhases.cpp - Guesses, runs, repairs and carries of chunks -===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NeuronChunks.h"

using namespace mlir;
using namespace mlir::snn;

/// Times that pieces with a wrong guess run again before what is left is run
/// chunk by chunk.
static constexpr int64_t kSweeps = 3;

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

/// Runs all chunks from zero, and keeps only the states after them.
void NeuronChunks::emitStates(Emit &emit, MutableArrayRef<Value> tensors,
                              Value batch) {
  forPieces(emit, tensors, /*numStores=*/0,
            [&](Emit &body, Value piece, SmallVectorImpl<Value> &inner) {
              SmallVector<Value> states = makeZeros(body);
              runSteps(body, piece, batch, body.index(0), chunkSteps, states);
              storePiece(body, inner, states);
            });
}

/// Runs a piece from its starts; buffers are its parts.
void NeuronChunks::emitRun(Emit &emit, Value piece, Value batch,
                           SmallVectorImpl<Value> &values) {
  Buffers buffers{values, stores.size(), numStates};
  SmallVector<Value> carried = loadPiece(emit, buffers.starts());
  size_t count = carried.size();
  llvm::append_range(carried, buffers.stores());
  llvm::append_range(carried, buffers.rows());
  runSteps(emit, piece, batch, emit.index(0), chunkSteps, carried);
  storePiece(emit, buffers.ends(), ArrayRef(carried).take_front(count));
  llvm::copy(ArrayRef(carried).slice(count, stores.size()),
             buffers.stores().begin());
  llvm::copy(ArrayRef(carried).drop_front(count + stores.size()),
             buffers.rows().begin());
}

/// The starts of a piece, from the steps before its chunks; that of the first
/// chunk of all is known.
void NeuronChunks::emitGuess(Emit &emit, Value piece, Value batch,
                             ArrayRef<Value> initial,
                             SmallVectorImpl<Value> &values) {
  Buffers buffers{values, stores.size(), numStates};
  SmallVector<Value> states = makeZeros(emit);
  Value zero = emit.index(0);
  runSteps(emit, piece, batch, emit.sub(zero, warmup), zero, states);
  Value isFirst =
      arith::CmpIOp::create(emit, arith::CmpIPredicate::eq, piece, zero);
  for (auto [state, known] : llvm::zip(states, initial)) {
    Value first = known;
    if (narrow)
      first = vector::InsertOp::create(
          emit, vector::ExtractOp::create(emit, known, 0), state, 0);
    state = arith::SelectOp::create(emit, isFirst, first, state);
  }
  storePiece(emit, buffers.starts(), states);
}

/// Replaces values by those of `body`, where a condition holds.
static void emitIf(Emit &emit, Value condition, SmallVectorImpl<Value> &values,
                   function_ref<void(Emit &, SmallVectorImpl<Value> &)> body) {
  auto branch = scf::IfOp::create(
      emit, condition,
      [&](OpBuilder &builder, Location loc) {
        Emit inner(loc, builder);
        SmallVector<Value> own(values.begin(), values.end());
        body(inner, own);
        scf::YieldOp::create(inner, own);
      },
      [&](OpBuilder &builder, Location loc) {
        scf::YieldOp::create(builder, loc, values);
      });
  values.assign(branch.getResults().begin(), branch.getResults().end());
}

/// Runs the pieces that have a mark, in the first sweep from guesses.
void NeuronChunks::emitSweep(Emit &emit, Value sweep, Value batch,
                             ArrayRef<Value> initial,
                             SmallVectorImpl<Value> &values) {
  Value isFirst = arith::CmpIOp::create(emit, arith::CmpIPredicate::eq, sweep,
                                        emit.index(0));
  forPieces(emit, values, stores.size(),
            [&](Emit &body, Value piece, SmallVectorImpl<Value> &inner) {
              emitIf(body, isFirst, inner,
                     [&](Emit &at, SmallVectorImpl<Value> &own) {
                       emitGuess(at, piece, batch, initial, own);
                     });
              Buffers buffers{inner, stores.size(), numStates};
              Value marks = body.read(buffers.marks(), body.index(0), parts);
              Value any = vector::ReductionOp::create(
                  body, vector::CombiningKind::OR, marks);
              Value isMarked =
                  arith::CmpIOp::create(body, arith::CmpIPredicate::ne, any,
                                        body.zero(any.getType()));
              emitIf(body, isMarked, inner,
                     [&](Emit &at, SmallVectorImpl<Value> &own) {
                       emitRun(at, piece, batch, own);
                     });
            });
}

/// Starts become the ends before them; those that change are marked. Whether
/// any does.
Value NeuronChunks::emitVerify(Emit &emit, SmallVectorImpl<Value> &values) {
  Value one = emit.index(1);
  Value count = countChunks(emit);
  Buffers all{values, stores.size(), numStates};
  all.marks() = tensor::InsertOp::create(emit, emit.zero(emit.getI32Type()),
                                         all.marks(), emit.index(0));
  SmallVector<Value> carried(values.begin(), values.end());
  carried.push_back(emit.zero(emit.getI1Type()));
  SmallVector<Value> next = emit.carry(
      one, count, one, carried,
      [&](Emit &body, Value chunk, SmallVectorImpl<Value> &inner) {
        Value any = inner.pop_back_val();
        Buffers buffers{inner, stores.size(), numStates};
        SmallVector<Value> starts = readStates(body, buffers.starts(), chunk);
        SmallVector<Value> ends =
            readStates(body, buffers.ends(), body.sub(chunk, one));
        Value differs = emitDiffers(body, starts, ends);
        Value mark = arith::ExtUIOp::create(body, body.getI32Type(), differs);
        buffers.marks() =
            tensor::InsertOp::create(body, mark, buffers.marks(), chunk);
        writeStates(body, buffers.starts(), chunk, ends);
        inner.push_back(arith::OrIOp::create(body, any, differs));
      });
  Value any = next.pop_back_val();
  values.assign(next.begin(), next.end());
  return any;
}

/// Runs all chunks from guesses, then those again whose guess was wrong, until
/// none is, or some times; what is left is run chunk by chunk.
void NeuronChunks::emitSpeculation(Emit &emit, Value batch,
                                   ArrayRef<Value> initial,
                                   SmallVectorImpl<Value> &values) {
  Buffers buffers{values, stores.size(), numStates};
  Value one = arith::ConstantIntOp::create(emit, emit.getI32Type(), 1);
  buffers.marks() =
      linalg::FillOp::create(emit, one, buffers.marks()).getResult(0);
  SmallVector<Value> carried(values.begin(), values.end());
  carried.push_back(arith::ConstantOp::create(emit, emit.getBoolAttr(true)));
  SmallVector<Value> next = emit.carry(
      emit.index(0), emit.index(kSweeps), emit.index(1), carried,
      [&](Emit &body, Value sweep, SmallVectorImpl<Value> &inner) {
        Value any = inner.back();
        emitIf(body, any, inner, [&](Emit &at, SmallVectorImpl<Value> &own) {
          own.pop_back();
          emitSweep(at, sweep, batch, initial, own);
          own.push_back(emitVerify(at, own));
        });
      });
  Value any = next.pop_back_val();
  values.assign(next.begin(), next.end());
  emitIf(emit, any, values, [&](Emit &at, SmallVectorImpl<Value> &own) {
    emitFinish(at, own, batch);
  });
}

/// Runs every chunk that is still marked from the end of the one before.
void NeuronChunks::emitFinish(Emit &emit, SmallVectorImpl<Value> &values,
                              Value batch) {
  Value one = emit.index(1);
  Value count = countChunks(emit);
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
        emitIf(body, isMarked, inner,
               [&](Emit &at, SmallVectorImpl<Value> &own) {
                 run(at, chunk, own);
               });
      });
  values.assign(next.begin(), next.end());
}

/// The matrix of a whole chunk, A to the power of its steps, by squaring.
SmallVector<Value> NeuronChunks::emitPower(Emit &emit) {
  constexpr int64_t mostBits = 40;
  SmallVector<Value> params = step.readParams(emit, lane, width);
  IRMapping values = mapParams(params);
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
  Value count = countChunks(emit);
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

/// All chunks from zero, their starts from the maps of those before, and all
/// chunks again.
void NeuronChunks::emitScan(Emit &emit, Value batch, ArrayRef<Value> initial,
                            SmallVectorImpl<Value> &values) {
  Buffers buffers{values, stores.size(), numStates};
  emitStates(emit, buffers.ends(), batch);
  writeStates(emit, buffers.starts(), emit.index(0), initial);
  emitCarries(emit, values);
  forPieces(emit, values, stores.size(),
            [&](Emit &body, Value piece, SmallVectorImpl<Value> &inner) {
              emitRun(body, piece, batch, inner);
            });
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
  if (isScan())
    emitScan(emit, batch, initial, carried);
  else
    emitSpeculation(emit, batch, initial, carried);
  Buffers buffers{carried, stores.size(), numStates};
  Value count = countChunks(emit);
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

Value NeuronChunks::countChunks(Emit &emit) {
  return emit.mul(pieces, emit.index(parts));
}

Value NeuronChunks::getEnd(Emit &emit) {
  return emit.mul(chunkSteps, countChunks(emit));
}
