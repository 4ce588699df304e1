//===- Gate.cpp - Refractory gates on words -------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GatePlanes.h"

#include "snn/IR/Words.h"

using namespace mlir;
using namespace mlir::snn;

/// Words of a tile: 512 neurons, a register of AVX-512.
static constexpr int64_t kTileWords = 16;
/// Fewer steps do not pay for turning counters into planes and back.
static constexpr int64_t kLeastSteps = 8;

namespace {
/// A gate on words, which are one dimension of lanes, as rows of counters are
/// one:
///
///   for each word: its counters to planes
///   for each word, where planes do not do: for t in 0 .. T: its counters
///   for each tile of words
///     for t in 0 .. T: one step on planes in registers
///   for each word: its planes to counters
///
/// Planes do not do where there are few steps, or a counter from elsewhere is
/// outside [0, R].
class GateLoops {
public:
  GateLoops(RefractoryOp op, PatternRewriter &rewriter)
      : op(op), rewriter(rewriter), planes(op) {}

  void emit();

private:
  using WordBody = function_ref<void(Emit &, Value row, Value word,
                                     int64_t count, SmallVectorImpl<Value> &)>;

  void flattenOperands(Emit &emit);
  SmallVector<Value> emitWordLoop(Emit &emit, Value from, Value to,
                                  ArrayRef<Value> values, WordBody body);
  SmallVector<Value> readCounters(Emit &emit, Value row, Value word,
                                  int64_t count);
  Value writeCounters(Emit &emit, ArrayRef<Value> vectors, Value row,
                      Value word, int64_t count, Value tensor);
  Value getLane(Emit &emit, Value row, Value word);
  Value loadPlanes(Emit &emit, Value rows, Value &outside);
  void emitTile(Emit &emit, Value lane, int64_t width,
                SmallVectorImpl<Value> &carried);
  void emitTiles(Emit &emit, Value length);
  void storePlanes(Emit &emit, Value rows);
  void emitCounters(Emit &emit, Value from);
  void replaceOp(Emit &emit);

  RefractoryOp op;
  PatternRewriter &rewriter;
  GatePlanes planes;
  int64_t numNeurons, numWords; ///< of a row
  SmallVector<OpFoldResult> sizes;
  Value words, counters; ///< T x lanes, rows x neurons
  Value steps, numLanes, numRows;
  Value out, finals;
  Value memory; ///< planes x lanes
};
} // namespace

//===----------------------------------------------------------------------===//
// Words and counters
//===----------------------------------------------------------------------===//

void GateLoops::flattenOperands(Emit &emit) {
  numNeurons = op.getInput().getType().getShape().back();
  auto unpack = op.getInput().getDefiningOp<UnpackOp>();
  Value source =
      unpack ? unpack.getInput() : PackOp::create(emit, op.getInput());
  int64_t rank = getType(source).getRank();
  numWords = getType(source).getShape().back();
  sizes = tensor::getMixedSizes(emit, emit.getLoc(), source);
  words = emit.collapse(source, 1, rank);
  SmallVector<OpFoldResult> state(ArrayRef(sizes).drop_front());
  state.back() = emit.getIndexAttr(numNeurons);
  counters = op.getInits().empty() ? emit.zeros(state, emit.getI32Type())
                                   : Value(op.getInits()[0]);
  counters = emit.collapse(counters, 0, rank - 2);
  steps = emit.dim(words, 0);
  numLanes = emit.dim(words, 1);
  numRows = emit.dim(counters, 0);
  out = emit.empty({getAsOpFoldResult(steps), getAsOpFoldResult(numLanes)},
                   emit.getI32Type());
  finals =
      emit.empty({getAsOpFoldResult(numRows), emit.getIndexAttr(numNeurons)},
                 emit.getI32Type());
}

/// Runs `body` for the words of rows `[from, to)`, with how many neurons they
/// have.
SmallVector<Value> GateLoops::emitWordLoop(Emit &emit, Value from, Value to,
                                           ArrayRef<Value> values,
                                           WordBody body) {
  int64_t whole = numNeurons / 32, rest = numNeurons % 32;
  return emit.carry(from, to, emit.index(1), values,
                    [&](Emit &at, Value row, SmallVectorImpl<Value> &carried) {
                      if (whole > 0)
                        carried = at.carry(at.index(0), at.index(whole),
                                           at.index(1), carried,
                                           [&](Emit &inner, Value word,
                                               SmallVectorImpl<Value> &next) {
                                             body(inner, row, word, 32, next);
                                           });
                      if (rest > 0)
                        body(at, row, at.index(whole), rest, carried);
                    });
}

/// The counters of a word, in pieces.
SmallVector<Value> GateLoops::readCounters(Emit &emit, Value row, Value word,
                                           int64_t count) {
  Value first = emit.mul(word, emit.index(32));
  SmallVector<Value> vectors;
  for (Tile tile : getTiles(count, 32))
    vectors.push_back(emit.read(
        counters, {row, emit.add(first, emit.index(tile.first))}, tile.width));
  return vectors;
}

Value GateLoops::writeCounters(Emit &emit, ArrayRef<Value> vectors, Value row,
                               Value word, int64_t count, Value tensor) {
  Value first = emit.mul(word, emit.index(32));
  for (auto [tile, vector] : llvm::zip(getTiles(count, 32), vectors))
    tensor = emit.write(vector, tensor,
                        {row, emit.add(first, emit.index(tile.first))});
  return tensor;
}

/// The bits of a word that belong to a tile, as a mask.
static Value emitMask(Emit &emit, Value word, Tile tile) {
  Value bits = word;
  if (tile.first > 0)
    bits = arith::ShRUIOp::create(
        emit, word,
        arith::ConstantIntOp::create(emit, word.getType(), tile.first));
  Type type = emit.getIntegerType(tile.width);
  if (tile.width < 32)
    bits = arith::TruncIOp::create(emit, type, bits);
  return vector::BitCastOp::create(
      emit, VectorType::get(tile.width, emit.getI1Type()), emit.splat(bits, 1));
}

Value GateLoops::getLane(Emit &emit, Value row, Value word) {
  return emit.add(emit.mul(row, emit.index(numWords)), word);
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

/// The planes of `rows` rows, then, where words are not whole, the bits that
/// are neurons. `outside` is not zero if a counter is outside [0, R].
Value GateLoops::loadPlanes(Emit &emit, Value rows, Value &outside) {
  int64_t size = planes.size();
  bool isWhole = numNeurons % 32 == 0;
  memory = emit.empty(
      {emit.getIndexAttr(size + !isWhole), getAsOpFoldResult(numLanes)},
      emit.getI32Type());
  Value none = emit.zero(emit.getI32Type());
  SmallVector<Value> loaded = emitWordLoop(
      emit, emit.index(0), rows, {memory, none},
      [&](Emit &at, Value row, Value word, int64_t count,
          SmallVectorImpl<Value> &carried) {
        SmallVector<Tile> tiles = getTiles(count, 32);
        SmallVector<Value> vectors = readCounters(at, row, word, count);
        Value lane = getLane(at, row, word);
        auto collect = [&](function_ref<Value(Value)> test) {
          return emitWords(at, tiles, llvm::map_to_vector(vectors, test))[0];
        };
        auto insert = [&](Value bits, int64_t plane) {
          carried[0] = tensor::InsertOp::create(
              at, bits, carried[0], ValueRange{at.index(plane), lane});
        };
        for (int64_t i = 0; i < size; ++i)
          insert(collect([&](Value v) { return planes.test(at, v, i); }), i);
        if (!isWhole)
          insert(arith::ConstantIntOp::create(at, at.getI32Type(),
                                              (int64_t(1) << count) - 1),
                 size);
        Value outsideHere = collect([&](Value v) -> Value {
          return arith::CmpIOp::create(at, arith::CmpIPredicate::ugt, v,
                                       getConstant(at, v, op.getPeriod()));
        });
        carried[1] = arith::OrIOp::create(at, carried[1], outsideHere);
      });
  outside = loaded[1];
  return loaded[0];
}

/// All steps of `width` words: carried are the words that are written and the
/// planes.
void GateLoops::emitTile(Emit &emit, Value lane, int64_t width,
                         SmallVectorImpl<Value> &carried) {
  int64_t size = planes.size();
  auto readPlane = [&](int64_t i) {
    return emit.read(carried[1], {emit.index(i), lane}, width);
  };
  SmallVector<Value> inner = {carried[0]};
  for (int64_t i = 0; i < size; ++i)
    inner.push_back(readPlane(i));
  Value neurons = numNeurons % 32 != 0 ? readPlane(size) : Value();
  inner = emit.carry(
      emit.index(0), steps, emit.index(1), inner,
      [&](Emit &at, Value time, SmallVectorImpl<Value> &values) {
        Value candidates = at.read(words, {time, lane}, width);
        if (neurons)
          candidates = arith::AndIOp::create(at, candidates, neurons);
        Value spikes =
            planes.step(at, candidates, MutableArrayRef(values).drop_front());
        values[0] = at.write(spikes, values[0], {time, lane});
      });
  carried[0] = inner[0];
  for (int64_t i = 0; i < size; ++i)
    carried[1] = emit.write(inner[i + 1], carried[1], {emit.index(i), lane});
}

/// The first `length` lanes, in tiles of which the last leaves nothing.
void GateLoops::emitTiles(Emit &emit, Value length) {
  int64_t exact = numWords & -numWords;
  SmallVector<int64_t> widths = {kTileWords};
  if (exact == 1)
    widths.append({4, 1});
  else if (exact < kTileWords)
    widths.push_back(exact);
  SmallVector<Value> carried = {out, memory};
  Value from = emit.index(0);
  for (int64_t width : widths) {
    Value rest =
        arith::RemUIOp::create(emit, emit.sub(length, from), emit.index(width));
    Value to = emit.sub(length, rest);
    carried =
        emit.carry(from, to, emit.index(width), carried,
                   [&](Emit &at, Value lane, SmallVectorImpl<Value> &values) {
                     emitTile(at, lane, width, values);
                   });
    from = to;
  }
  out = carried[0];
  memory = carried[1];
}

void GateLoops::storePlanes(Emit &emit, Value rows) {
  auto body = [&](Emit &at, Value row, Value word, int64_t count,
                  SmallVectorImpl<Value> &carried) {
    Value lane = getLane(at, row, word);
    SmallVector<Tile> tiles = getTiles(count, 32);
    SmallVector<Value> vectors;
    for (Tile tile : tiles)
      vectors.push_back(at.zero(VectorType::get(tile.width, at.getI32Type())));
    for (int64_t i = planes.size(); i-- > 0;) {
      Value bits =
          tensor::ExtractOp::create(at, memory, ValueRange{at.index(i), lane});
      for (auto [tile, vector] : llvm::zip(tiles, vectors))
        vector = planes.add(at, vector, emitMask(at, bits, tile), i);
    }
    carried[0] = writeCounters(at, vectors, row, word, count, carried[0]);
  };
  finals = emitWordLoop(emit, emit.index(0), rows, finals, body)[0];
}

/// One step of the counters of some neurons, as `snn.refractory` has it.
static Value countStep(Emit &emit, RefractoryOp op, Value candidates,
                       Value &counters) {
  Value zero = getConstant(emit, counters, 0);
  Value open =
      arith::CmpIOp::create(emit, arith::CmpIPredicate::sle, counters, zero);
  Value spikes = arith::AndIOp::create(emit, candidates, open);
  Value less = emit.sub(counters, getConstant(emit, counters, 1));
  counters = arith::SelectOp::create(
      emit, op.getKind() == RefractoryKind::Event ? spikes : candidates,
      getConstant(emit, counters, op.getPeriod()), emit.max(less, zero));
  return spikes;
}

/// Rows from `from` on, by their counters.
void GateLoops::emitCounters(Emit &emit, Value from) {
  auto body = [&](Emit &at, Value row, Value word, int64_t count,
                  SmallVectorImpl<Value> &carried) {
    Value lane = getLane(at, row, word);
    SmallVector<Tile> tiles = getTiles(count, 32);
    SmallVector<Value> inner = {carried[0]};
    llvm::append_range(inner, readCounters(at, row, word, count));
    inner = at.carry(
        at.index(0), steps, at.index(1), inner,
        [&](Emit &step, Value time, SmallVectorImpl<Value> &values) {
          Value bits =
              tensor::ExtractOp::create(step, words, ValueRange{time, lane});
          SmallVector<Value> masks;
          for (auto [tile, vector] :
               llvm::zip(tiles, MutableArrayRef(values).drop_front()))
            masks.push_back(
                countStep(step, op, emitMask(step, bits, tile), vector));
          values[0] =
              tensor::InsertOp::create(step, emitWords(step, tiles, masks)[0],
                                       values[0], ValueRange{time, lane});
        });
    carried[0] = inner[0];
    carried[1] = writeCounters(at, ArrayRef(inner).drop_front(), row, word,
                               count, carried[1]);
  };
  SmallVector<Value> next =
      emitWordLoop(emit, from, numRows, {out, finals}, body);
  out = next[0];
  finals = next[1];
}

/// Packs read the words; what reads spikes beside, their unpacked bits.
void GateLoops::replaceOp(Emit &emit) {
  Value result = emit.expand(out, 1, ArrayRef(sizes).drop_front());
  Value spikes = op.getSpikes();
  for (Operation *user : llvm::make_early_inc_range(spikes.getUsers()))
    if (auto pack = dyn_cast<PackOp>(user))
      rewriter.replaceOp(pack, emit.castTo(result, pack.getType()));
  if (!spikes.use_empty())
    rewriter.replaceAllUsesWith(spikes,
                                emitUnpack(emit, result, getType(spikes)));
  SmallVector<OpFoldResult> rows(ArrayRef(sizes).drop_front().drop_back());
  Value rest = emit.expand(finals, 0, rows);
  rewriter.replaceAllUsesWith(op.getRest()[0],
                              emit.castTo(rest, op.getRest()[0].getType()));
  rewriter.eraseOp(op);
}

void GateLoops::emit() {
  Emit emit(op.getLoc(), rewriter);
  flattenOperands(emit);
  Value zero = emit.index(0), fitting = zero;
  if (planes.exist()) {
    Value isLong = arith::CmpIOp::create(emit, arith::CmpIPredicate::sge, steps,
                                         emit.index(kLeastSteps));
    Value outside;
    memory = loadPlanes(
        emit, arith::SelectOp::create(emit, isLong, numRows, zero), outside);
    Value fits = arith::AndIOp::create(
        emit, isLong,
        arith::CmpIOp::create(emit, arith::CmpIPredicate::eq, outside,
                              emit.zero(outside.getType())));
    fitting = arith::SelectOp::create(emit, fits, numRows, zero);
  }
  // First what differs between gates of one period: equal loops become one,
  // and no two results should be what the same tensor becomes.
  emitCounters(emit, fitting);
  if (planes.exist()) {
    emitTiles(emit, emit.mul(fitting, emit.index(numWords)));
    storePlanes(emit, fitting);
  }
  replaceOp(emit);
}

/// refractory(unpack(c)) -> words that packs read
static LogicalResult convertGate(RefractoryOp op, PatternRewriter &rewriter) {
  if (op.getKind() == RefractoryKind::Phase)
    return rewriter.notifyMatchFailure(op, "expected a gate with counters");
  GateLoops(op, rewriter).emit();
  return success();
}

void snn::populateGatePatterns(RewritePatternSet &patterns) {
  patterns.add(convertGate);
}
