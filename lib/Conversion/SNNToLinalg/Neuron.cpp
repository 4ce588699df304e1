//===- Neuron.cpp - snn.neuron as loops over vectors ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NeuronChunks.h"

using namespace mlir;
using namespace mlir::snn;

/// Pieces of whole pages per row, whose states stay in the second-level cache.
static constexpr int64_t kLeastPiece = 8192, kMostPiece = 65536;

namespace {
/// The loop nest of one neuron:
///
///   for each piece of the neurons, in parallel where they are many
///     for tb in 0 .. T step block
///       for b in 0 .. B
///         for each tile of neurons
///           states to registers
///           for t in tb .. tb + block: one step on vectors
///           states to memory
///
/// The block of steps is all of T, unless rows are long and come from memory:
/// then a few steps a visit keep the loads of a whole row in order, which is
/// what a prefetcher follows, at the price of moving the states once a visit.
/// Where neurons are few and share their parameters, batch and neurons are one
/// dimension of lanes.
///
/// Spikes that are packed leave as words: a tile is the neurons of a word, or
/// of two. So narrow a tile wants all loads in order, from caches too: a few
/// steps a visit, or one where rows are shorter than a page, which are one
/// stream.
class NeuronLoops {
public:
  NeuronLoops(NeuronOp op, PatternRewriter &rewriter,
              const ConvertSNNToLinalgPassOptions &options);

  void emit();

private:
  /// Steps that the states stay in registers for: so many, or `[from, to)`.
  struct Visit {
    Value from, to;
    int64_t count;
  };

  int64_t getTileWidth();
  bool isFlat();
  int64_t getTileStep();
  Value getStepsPerVisit(Emit &emit);
  SmallVector<Tile> getParts(int64_t width);
  void emitTiles(Emit &emit, const Visit &visit, Value batch,
                 SmallVectorImpl<Value> &carried);
  void emitTile(Emit &emit, const Visit &visit, Value batch, Value lane,
                int64_t width, SmallVectorImpl<Value> &carried);
  void emitStep(Emit &emit, Value time, Value batch, Value lane,
                ArrayRef<Tile> parts, ArrayRef<SmallVector<Value>> params,
                SmallVectorImpl<Value> &carried);
  SmallVector<Value> emitVisits(Emit &emit, Value from, Value to, Value block,
                                int64_t count, ArrayRef<Value> values);
  SmallVector<Value> emitPiece(Emit &emit, ArrayRef<Value> values);
  SmallVector<Value> emitLoop(Emit &emit, ArrayRef<Value> initial);
  void emitChoice(Emit &emit, NeuronChunks &chunks, NeuronStep &chunkStep);
  SmallVector<Value> reshapeLanes(Emit &emit, ArrayRef<Value> values,
                                  bool merge);
  SmallVector<int64_t> getFlatWidths(int64_t widest);

  NeuronOp op;
  PatternRewriter &rewriter;
  const ConvertSNNToLinalgPassOptions &options;
  int64_t numNeurons;
  NeuronStores stores;
  bool packs; ///< some spikes leave as words
  int64_t lanes;
  NeuronStep step;
  int64_t pieceSize; ///< neurons that are run together
};
} // namespace

NeuronLoops::NeuronLoops(NeuronOp op, PatternRewriter &rewriter,
                         const ConvertSNNToLinalgPassOptions &options)
    : op(op), rewriter(rewriter), options(options),
      numNeurons(ShapedType::getNumElements(op.getNeuronShape())), stores(op),
      packs(stores.writesWords()), lanes(getTileWidth()), step(op, isFlat()),
      pieceSize(numNeurons) {}

/// The states of a tile share the registers. Rows of a page and more are read
/// in narrow tiles: wide ones halve the rate from memory (C1).
int64_t NeuronLoops::getTileWidth() {
  int64_t states = std::max<int64_t>(op.getFinals().size(), 1);
  int64_t share = llvm::PowerOf2Ceil(states);
  if (numNeurons >= 1024 && !packs)
    share = std::max<int64_t>(share, 4);
  return std::max<int64_t>(options.lanes / share, 4);
}

/// Batch and neurons are one dimension where a tile of neurons would be short,
/// and no word would hold neurons of two elements.
bool NeuronLoops::isFlat() {
  return numNeurons < lanes && (!packs || numNeurons % 32 == 0) &&
         llvm::none_of(
             op.getParams(), [](Value v) { return isPerNeuron(v, 0); }) &&
         llvm::none_of(
             op.getTables(), [](Value v) { return isPerNeuron(v, 1); });
}

/// Neurons of a tile. Packed: those of a word, or of two in long rows.
int64_t NeuronLoops::getTileStep() {
  if (!packs)
    return lanes;
  return lanes >= 64 && numNeurons >= kLeastPiece ? 64 : 32;
}

static Value isAtLeast(Emit &emit, Value a, int64_t b) {
  return arith::CmpIOp::create(emit, arith::CmpIPredicate::sge, a,
                               emit.index(b));
}

/// A few steps a visit where a row fills pages and the sequence exceeds caches;
/// otherwise all steps.
Value NeuronLoops::getStepsPerVisit(Emit &emit) {
  Value row = step.getRowBytes(emit, numNeurons),
        total = emit.mul(row, step.steps);
  Value isLong =
      arith::AndIOp::create(emit, isAtLeast(emit, row, options.rowBytes),
                            isAtLeast(emit, total, options.cacheBytes));
  return arith::SelectOp::create(emit, isLong,
                                 emit.index(options.stepsPerVisit),
                                 emit.max(step.steps, emit.index(1)));
}

/// The vectors of a tile: one, or those that make words.
SmallVector<Tile> NeuronLoops::getParts(int64_t width) {
  if (!packs)
    return {{0, 1, width}};
  return getSingleTiles(width, std::min<int64_t>(lanes, 32));
}

/// One step of a tile: carried are the tensors that are written, then the
/// states of each part (vectors).
void NeuronLoops::emitStep(Emit &emit, Value time, Value batch, Value lane,
                           ArrayRef<Tile> parts,
                           ArrayRef<SmallVector<Value>> params,
                           SmallVectorImpl<Value> &carried) {
  if (op.getReverse())
    time = emit.sub(emit.sub(step.steps, emit.index(1)), time);
  size_t numOutputs = op.getOutputs().size(), numStates = op.getNumStates();
  SmallVector<SmallVector<Value>> outputs(numOutputs);
  auto states = carried.begin() + stores.size();
  for (auto [part, partParams] : llvm::zip(parts, params)) {
    SmallVector<Value> before(states, states + numStates);
    SmallVector<Value> results =
        step.run(emit, time, batch, emit.add(lane, emit.index(part.first)),
                 part.width, partParams, before);
    for (size_t i = 0; i < numOutputs; ++i)
      outputs[i].push_back(results[i]);
    states = std::copy(results.begin() + numOutputs, results.end(), states);
  }
  stores.write(emit, step, time, batch, lane, parts, outputs,
               MutableArrayRef(carried).take_front(stores.size()));
}

void NeuronLoops::emitTile(Emit &emit, const Visit &visit, Value batch,
                           Value lane, int64_t width,
                           SmallVectorImpl<Value> &carried) {
  SmallVector<Tile> parts = getParts(width);
  SmallVector<SmallVector<Value>> params;
  size_t numStores = stores.size();
  SmallVector<Value> inner(carried.begin(), carried.begin() + numStores);
  auto state = [&](Tile part) {
    return step.at({}, batch, emit.add(lane, emit.index(part.first)));
  };
  for (Tile part : parts) {
    params.push_back(step.readParams(
        emit, emit.add(lane, emit.index(part.first)), part.width));
    for (Value tensor : ArrayRef(carried).drop_front(numStores))
      inner.push_back(emit.read(tensor, state(part), part.width));
  }
  if (visit.to)
    inner =
        emit.carry(visit.from, visit.to, emit.index(1), inner,
                   [&](Emit &body, Value time, SmallVectorImpl<Value> &values) {
                     emitStep(body, time, batch, lane, parts, params, values);
                   });
  for (int64_t i = 0; i < visit.count; ++i)
    emitStep(emit, emit.add(visit.from, emit.index(i)), batch, lane, parts,
             params, inner);
  std::copy_n(inner.begin(), numStores, carried.begin());
  auto vector = inner.begin() + numStores;
  for (Tile part : parts)
    for (Value &tensor : MutableArrayRef(carried).drop_front(numStores))
      tensor = emit.write(*vector++, tensor, state(part));
}

/// Widths of tiles, widest first, of which the last leaves nothing.
SmallVector<int64_t> NeuronLoops::getFlatWidths(int64_t widest) {
  constexpr int64_t narrow = 8, wide = 16; // lanes of one or two registers
  int64_t exact = std::min(numNeurons & -numNeurons, widest);
  if (exact >= narrow)
    return exact == widest ? SmallVector<int64_t>{widest}
                           : SmallVector<int64_t>{widest, exact};
  if (widest > wide)
    return {widest, wide, 1};
  return {widest, 1};
}

void NeuronLoops::emitTiles(Emit &emit, const Visit &visit, Value batch,
                            SmallVectorImpl<Value> &carried) {
  auto loop = [&](Value from, Value to, int64_t width) {
    SmallVector<Value> next =
        emit.carry(from, to, emit.index(width), carried,
                   [&](Emit &body, Value lane, SmallVectorImpl<Value> &values) {
                     emitTile(body, visit, batch, lane, width, values);
                   });
    carried.assign(next.begin(), next.end());
  };
  int64_t width = getTileStep();
  if (step.flat) {
    // The number of lanes is known at run time: what is left of wide tiles goes
    // in narrower ones.
    Value total = emit.mul(step.batchSize, emit.index(numNeurons));
    if (packs)
      return loop(emit.index(0), total, width); // whole words
    Value from = emit.index(0);
    for (int64_t next : getFlatWidths(width)) {
      Value rest =
          arith::RemUIOp::create(emit, emit.sub(total, from), emit.index(next));
      Value to = emit.sub(total, rest);
      loop(from, to, next);
      from = to;
    }
    return;
  }
  int64_t whole = pieceSize / width * width;
  if (whole == width)
    emitTile(emit, visit, batch, emit.index(0), width, carried);
  else if (whole > 0)
    loop(emit.index(0), emit.index(whole), width);
  if (packs && whole < pieceSize) // in several parts
    return emitTile(emit, visit, batch, emit.index(whole), pieceSize - whole,
                    carried);
  for (Tile tile : getTiles(pieceSize - whole, width))
    emitTile(emit, visit, batch, emit.index(whole + tile.first), tile.width,
             carried);
}

/// Steps `[from, to)` in visits of `block`: of `count`, where that is known.
SmallVector<Value> NeuronLoops::emitVisits(Emit &emit, Value from, Value to,
                                           Value block, int64_t count,
                                           ArrayRef<Value> values) {
  return emit.carry(
      from, to, block, values,
      [&](Emit &body, Value first, SmallVectorImpl<Value> &carried) {
        Visit visit{first, {}, count};
        if (count == 0)
          visit.to = body.min(body.add(first, block), to);
        if (step.flat)
          return emitTiles(body, visit, {}, carried);
        SmallVector<Value> next = body.carry(
            body.index(0), step.batchSize, body.index(1), carried,
            [&](Emit &row, Value batch, SmallVectorImpl<Value> &inner) {
              emitTiles(row, visit, batch, inner);
            });
        carried.assign(next.begin(), next.end());
      });
}

/// All steps of a piece of the neurons.
SmallVector<Value> NeuronLoops::emitPiece(Emit &emit, ArrayRef<Value> values) {
  Value zero = emit.index(0), one = emit.index(1);
  if (!packs)
    return emitVisits(emit, zero, step.steps, getStepsPerVisit(emit), 0,
                      values);
  Value block = emit.index(options.stepsPerVisit);
  Value rest = arith::RemUIOp::create(emit, step.steps, block);
  Value whole = arith::SelectOp::create(
      emit,
      isAtLeast(emit, step.getRowBytes(emit, numNeurons), options.rowBytes),
      emit.sub(step.steps, rest), zero);
  SmallVector<Value> next =
      emitVisits(emit, zero, whole, block, options.stepsPerVisit, values);
  return emitVisits(emit, whole, step.steps, one, 1, next);
}

void NeuronLoops::emit() {
  Emit emit(op.getLoc(), rewriter);
  bool hasInputs = !op.getInputs().empty();
  Value first = hasInputs ? op.getInputs()[0] : op.getTables()[0];
  step.steps = emit.dim(first, 0);
  step.batchSize =
      hasInputs ? emit.dim(first, 1) : emit.dim(op.getInits()[0], 0);
  step.flattenOperands(emit);
  NeuronStep chunkStep(op, /*flat=*/false);
  std::optional<NeuronChunks> chunks;
  if (op.getSchedule())
    chunks.emplace(op, chunkStep, stores, options);
  if (chunks && chunks->isEligible()) {
    emitChoice(emit, *chunks, chunkStep);
    return;
  }
  SmallVector<Value> values = stores.getInitialValues(emit, step);
  stores.replaceOp(emit, step, emitLoop(emit, values), rewriter);
}

/// All steps in chunks where they are worth it, which is known when the model
/// runs; otherwise one after the other.
void NeuronLoops::emitChoice(Emit &emit, NeuronChunks &chunks,
                             NeuronStep &chunkStep) {
  Value condition = chunks.emitCondition(emit);
  SmallVector<Value> values = stores.getInitialValues(emit, chunkStep);
  auto branch = scf::IfOp::create(
      emit, condition,
      [&](OpBuilder &builder, Location loc) {
        Emit inner(loc, builder);
        SmallVector<Value> next = chunks.emit(inner, values);
        next = reshapeLanes(inner, next, /*merge=*/true);
        next = emitVisits(inner, chunks.getEnd(inner), step.steps,
                          inner.max(step.steps, inner.index(1)), 0, next);
        scf::YieldOp::create(inner, reshapeLanes(inner, next, false));
      },
      [&](OpBuilder &builder, Location loc) {
        Emit inner(loc, builder);
        SmallVector<Value> next =
            emitLoop(inner, reshapeLanes(inner, values, /*merge=*/true));
        scf::YieldOp::create(inner, reshapeLanes(inner, next, false));
      });
  stores.replaceOp(emit, chunkStep, SmallVector<Value>(branch.getResults()),
                   rewriter);
}

/// Values of flat lanes with the batch as a dimension of its own, or back.
SmallVector<Value> NeuronLoops::reshapeLanes(Emit &emit, ArrayRef<Value> values,
                                             bool merge) {
  SmallVector<Value> reshaped(values);
  if (!step.flat)
    return reshaped;
  for (auto [i, value] : llvm::enumerate(reshaped)) {
    int64_t lane = i < stores.size() ? 1 : 0;
    bool words = i < stores.size() && stores.getStores()[i].words;
    if (merge)
      value = emit.collapse(value, lane, lane + 2);
    else
      value = emit.expand(
          value, lane,
          {getAsOpFoldResult(step.batchSize),
           emit.getIndexAttr(words ? numNeurons / 32 : numNeurons)});
  }
  return reshaped;
}

/// All steps, one after the other.
SmallVector<Value> NeuronLoops::emitLoop(Emit &emit, ArrayRef<Value> initial) {
  SmallVector<Value> values(initial);
  int64_t piece =
      step.flat ? 0 : getPieceSize(numNeurons, kLeastPiece, kMostPiece);
  if (piece) {
    pieceSize = piece;
    values = emit.parallel(
        emit.getIndexAttr(numNeurons / piece), values,
        stores.getCuts(values, piece),
        [&](Emit &inner, Value number, SmallVectorImpl<Value> &pieces) {
          step.pieceFirst = inner.mul(number, inner.index(piece));
          SmallVector<Value> next = emitPiece(inner, pieces);
          pieces.assign(next.begin(), next.end());
        });
    step.pieceFirst = {};
  } else {
    values = emitPiece(emit, values);
  }
  return values;
}

namespace {
struct ConvertNeuron : OpRewritePattern<NeuronOp> {
  ConvertNeuron(MLIRContext *context,
                const ConvertSNNToLinalgPassOptions &options)
      : OpRewritePattern(context), options(options) {}

  LogicalResult matchAndRewrite(NeuronOp op,
                                PatternRewriter &rewriter) const override {
    for (Operation &nested : op.getStep().front().without_terminator())
      if (!isa<arith::ConstantOp>(nested) &&
          !OpTrait::hasElementwiseMappableTraits(&nested))
        return rewriter.notifyMatchFailure(
            &nested, "expected an op that also works on vectors");
    if (op.getNeuronShape().empty())
      return rewriter.notifyMatchFailure(op, "expected a neuron dimension");
    NeuronLoops(op, rewriter, options).emit();
    return success();
  }

  ConvertSNNToLinalgPassOptions options;
};
} // namespace

void snn::populateNeuronToVectorPatterns(
    RewritePatternSet &patterns, const ConvertSNNToLinalgPassOptions &options) {
  patterns.add<ConvertNeuron>(patterns.getContext(), options);
}
