//===- Neuron.cpp - snn.neuron as loops over vectors ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Emit.h"

using namespace mlir;
using namespace mlir::snn;

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
class NeuronLoops {
public:
  NeuronLoops(NeuronOp op, PatternRewriter &rewriter, int64_t lanes)
      : op(op), rewriter(rewriter), lanes(lanes) {}

  void emit();

private:
  int64_t getTileWidth();
  bool isFlat();
  Value flatten(Emit &emit, Value tensor, int64_t neuronDim);
  void flattenOperands(Emit &emit);
  SmallVector<Value> getInitialValues(Emit &emit);
  Value getStepsPerVisit(Emit &emit);
  void emitTiles(Emit &emit, Value batch, SmallVectorImpl<Value> &carried);
  void emitTile(Emit &emit, Value batch, Value lane, int64_t width,
                SmallVectorImpl<Value> &carried);
  void emitStep(Emit &emit, Value time, Value batch, Value lane, int64_t width,
                ArrayRef<Value> params, SmallVectorImpl<Value> &carried);
  SmallVector<Value> at(Value time, Value batch, Value lane);
  Value toGlobal(Emit &emit, Value lane);
  SmallVector<Value> emitPiece(Emit &emit, ArrayRef<Value> values);
  Value readParam(Emit &emit, Value param, Value lane, int64_t width);
  Value readTable(Emit &emit, Value table, Value time, Value lane,
                  int64_t width);
  void restore(Emit &emit, ArrayRef<Value> values);

  NeuronOp op;
  PatternRewriter &rewriter;
  int64_t lanes;
  bool flat = false;
  int64_t numNeurons = 1;
  /// Neurons that are run together, and the first of them: all, or a piece.
  int64_t pieceSize = 1;
  Value pieceFirst;
  Value steps, batchSize, visitFrom, visitTo;
  SmallVector<Value> inputs, params, tables;
};
} // namespace

static bool isPerNeuron(Value value, int64_t scalarRank) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.getRank() > scalarRank;
}

/// The states of a tile share the registers. Rows of a page and more are read
/// in narrow tiles: wide ones halve the rate from memory (C1).
int64_t NeuronLoops::getTileWidth() {
  int64_t states = std::max<int64_t>(op.getFinals().size(), 1);
  int64_t share = llvm::PowerOf2Ceil(states);
  if (numNeurons >= 1024)
    share = std::max<int64_t>(share, 4);
  return std::max<int64_t>(lanes / share, 4);
}

/// Batch and neurons are one dimension where a tile of neurons would be short.
bool NeuronLoops::isFlat() {
  return numNeurons < lanes &&
         llvm::none_of(
             op.getParams(), [](Value v) { return isPerNeuron(v, 0); }) &&
         llvm::none_of(
             op.getTables(), [](Value v) { return isPerNeuron(v, 1); });
}

/// Merges the neuron dimensions, which start at `neuronDim`, into one; with
/// them the batch, where lanes are flat.
Value NeuronLoops::flatten(Emit &emit, Value tensor, int64_t neuronDim) {
  int64_t first = flat ? neuronDim - 1 : neuronDim;
  return emit.collapse(tensor, first, getType(tensor).getRank());
}

void NeuronLoops::flattenOperands(Emit &emit) {
  for (Value input : op.getInputs())
    inputs.push_back(flatten(emit, input, 2));
  for (Value param : op.getParams())
    params.push_back(isPerNeuron(param, 0)
                         ? emit.collapse(param, 0, getType(param).getRank())
                         : param);
  for (Value table : op.getTables())
    tables.push_back(isPerNeuron(table, 1)
                         ? emit.collapse(table, 1, getType(table).getRank())
                         : table);
}

/// Empty outputs, then initial states.
SmallVector<Value> NeuronLoops::getInitialValues(Emit &emit) {
  SmallVector<Value> values;
  SmallVector<OpFoldResult> shape;
  for (int64_t size : op.getNeuronShape())
    shape.push_back(emit.getIndexAttr(size));
  SmallVector<OpFoldResult> state = {getAsOpFoldResult(batchSize)};
  llvm::append_range(state, shape);
  SmallVector<OpFoldResult> sequence = {getAsOpFoldResult(steps)};
  llvm::append_range(sequence, state);
  for (Value output : op.getOutputs())
    values.push_back(flatten(
        emit, emit.empty(sequence, getType(output).getElementType()), 2));
  for (auto [i, final] : llvm::enumerate(op.getFinals())) {
    Value init = op.getInits().empty()
                     ? emit.zeros(state, getType(final).getElementType())
                     : Value(op.getInits()[i]);
    values.push_back(flatten(emit, init, 1));
  }
  return values;
}

/// Four steps a visit where a row fills pages and the sequence exceeds caches;
/// otherwise all steps.
Value NeuronLoops::getStepsPerVisit(Emit &emit) {
  constexpr int64_t kRowBytes = 4096, kCacheBytes = 2 << 20;
  if (inputs.empty())
    return emit.max(steps, emit.index(1));
  int64_t bytes =
      std::max<int64_t>(1, getType(inputs[0]).getElementTypeBitWidth() / 8);
  Value row = emit.mul(batchSize, emit.index(numNeurons * bytes));
  Value total = emit.mul(row, steps);
  auto atLeast = [&](Value a, int64_t b) {
    return arith::CmpIOp::create(emit, arith::CmpIPredicate::sge, a,
                                 emit.index(b));
  };
  Value isLong = arith::AndIOp::create(emit, atLeast(row, kRowBytes),
                                       atLeast(total, kCacheBytes));
  Value all = emit.max(steps, emit.index(1));
  return arith::SelectOp::create(emit, isLong, emit.index(4), all);
}

SmallVector<Value> NeuronLoops::at(Value time, Value batch, Value lane) {
  SmallVector<Value> indices;
  if (time)
    indices.push_back(time);
  if (!flat)
    indices.push_back(batch);
  indices.push_back(lane);
  return indices;
}

/// A lane of a piece as a lane of all neurons.
Value NeuronLoops::toGlobal(Emit &emit, Value lane) {
  return pieceFirst ? emit.add(pieceFirst, lane) : lane;
}

Value NeuronLoops::readParam(Emit &emit, Value param, Value lane,
                             int64_t width) {
  if (isPerNeuron(param, 0))
    return emit.read(param, toGlobal(emit, lane), width);
  if (isa<RankedTensorType>(param.getType()))
    param = tensor::ExtractOp::create(emit, param, ValueRange());
  return emit.splat(param, width);
}

Value NeuronLoops::readTable(Emit &emit, Value table, Value time, Value lane,
                             int64_t width) {
  Value row = time;
  if (Value offset = op.getOffset())
    row = emit.add(
        row, arith::IndexCastOp::create(emit, emit.getIndexType(), offset));
  if (isPerNeuron(table, 1))
    return emit.read(table, {row, toGlobal(emit, lane)}, width);
  return emit.splat(tensor::ExtractOp::create(emit, table, row), width);
}

/// A scalar op of the step, on vectors.
static void vectorize(Emit &emit, Operation &scalar, int64_t width,
                      IRMapping &map) {
  auto vectorOf = [&](Type type) { return VectorType::get(width, type); };
  if (auto constant = dyn_cast<arith::ConstantOp>(scalar)) {
    auto splat = DenseElementsAttr::get(vectorOf(constant.getType()),
                                        constant.getValue());
    map.map(constant.getResult(), arith::ConstantOp::create(emit, splat));
    return;
  }
  // Values from outside the step are scalars of the whole layer.
  for (Value operand : scalar.getOperands())
    if (!map.contains(operand))
      map.map(operand, emit.splat(operand, width));
  Operation *vector = emit.clone(scalar, map);
  for (auto [from, to] : llvm::zip(scalar.getResults(), vector->getResults())) {
    to.setType(vectorOf(from.getType()));
    map.map(from, to);
  }
}

/// One step of a tile: carried are outputs (tensors), then states (vectors).
void NeuronLoops::emitStep(Emit &emit, Value time, Value batch, Value lane,
                           int64_t width, ArrayRef<Value> params,
                           SmallVectorImpl<Value> &carried) {
  if (op.getReverse())
    time = emit.sub(emit.sub(steps, emit.index(1)), time);
  size_t numOutputs = op.getOutputs().size();
  SmallVector<Value> arguments;
  Value global = toGlobal(emit, lane);
  for (Value input : inputs)
    arguments.push_back(emit.read(input, at(time, batch, global), width));
  llvm::append_range(arguments, params);
  for (Value table : tables)
    arguments.push_back(readTable(emit, table, time, lane, width));
  arguments.append(carried.begin() + numOutputs, carried.end());

  IRMapping map;
  map.map(op.getStep().getArguments(), arguments);
  for (Operation &scalar : op.getStep().front().without_terminator())
    vectorize(emit, scalar, width, map);
  auto yielded = [&](Value value) {
    if (!map.contains(value))
      map.map(value, emit.splat(value, width));
    return map.lookup(value);
  };
  YieldOp yield = op.getYield();
  for (auto [i, output] : llvm::enumerate(yield.getOutputs()))
    carried[i] = emit.write(yielded(output), carried[i], at(time, batch, lane));
  for (auto [i, state] : llvm::enumerate(yield.getStates()))
    carried[numOutputs + i] = yielded(state);
}

void NeuronLoops::emitTile(Emit &emit, Value batch, Value lane, int64_t width,
                           SmallVectorImpl<Value> &carried) {
  size_t numOutputs = op.getOutputs().size();
  SmallVector<Value> vectors, inner(carried.begin(), carried.end());
  for (Value param : params)
    vectors.push_back(readParam(emit, param, lane, width));
  for (Value &state : MutableArrayRef(inner).drop_front(numOutputs))
    state = emit.read(state, at({}, batch, lane), width);
  inner =
      emit.carry(visitFrom, visitTo, emit.index(1), inner,
                 [&](Emit &body, Value time, SmallVectorImpl<Value> &values) {
                   emitStep(body, time, batch, lane, width, vectors, values);
                 });
  for (size_t i = 0; i < carried.size(); ++i)
    carried[i] = i < numOutputs
                     ? inner[i]
                     : emit.write(inner[i], carried[i], at({}, batch, lane));
}

void NeuronLoops::emitTiles(Emit &emit, Value batch,
                            SmallVectorImpl<Value> &carried) {
  auto loop = [&](Value from, Value to, int64_t width) {
    SmallVector<Value> next =
        emit.carry(from, to, emit.index(width), carried,
                   [&](Emit &body, Value lane, SmallVectorImpl<Value> &values) {
                     emitTile(body, batch, lane, width, values);
                   });
    carried.assign(next.begin(), next.end());
  };
  if (flat) {
    // The number of lanes is known at run time: what is left goes one by one.
    Value total = emit.mul(batchSize, emit.index(numNeurons));
    Value rest = arith::RemUIOp::create(emit, total, emit.index(lanes));
    Value whole = emit.sub(total, rest);
    loop(emit.index(0), whole, lanes);
    return loop(whole, total, 1);
  }
  for (Tile tile : getTiles(pieceSize, lanes)) {
    Value first = emit.index(tile.first);
    if (tile.count == 1)
      emitTile(emit, batch, first, tile.width, carried);
    else
      loop(first, emit.index(tile.first + tile.count * tile.width), tile.width);
  }
}

/// Results in the shapes of the op.
void NeuronLoops::restore(Emit &emit, ArrayRef<Value> values) {
  SmallVector<Value> results;
  for (auto [result, flatValue] : llvm::zip(op.getResults(), values)) {
    bool isOutput = results.size() < op.getOutputs().size();
    SmallVector<OpFoldResult> sizes;
    if (flat)
      sizes.push_back(getAsOpFoldResult(batchSize));
    for (int64_t size : op.getNeuronShape())
      sizes.push_back(emit.getIndexAttr(size));
    Value value = emit.expand(flatValue, (isOutput ? 2 : 1) - flat, sizes);
    value = emit.castTo(value, result.getType());
    results.push_back(value);
  }
  rewriter.replaceOp(op, results);
}

/// All steps of a piece of the neurons.
SmallVector<Value> NeuronLoops::emitPiece(Emit &emit, ArrayRef<Value> values) {
  Value block = getStepsPerVisit(emit);
  return emit.carry(
      emit.index(0), steps, block, values,
      [&](Emit &visit, Value from, SmallVectorImpl<Value> &carried) {
        visitFrom = from;
        visitTo = visit.min(visit.add(from, block), steps);
        if (flat)
          return emitTiles(visit, {}, carried);
        SmallVector<Value> next = visit.carry(
            visit.index(0), batchSize, visit.index(1), carried,
            [&](Emit &body, Value batch, SmallVectorImpl<Value> &inner) {
              emitTiles(body, batch, inner);
            });
        carried.assign(next.begin(), next.end());
      });
}

void NeuronLoops::emit() {
  Emit emit(op.getLoc(), rewriter);
  for (int64_t size : op.getNeuronShape())
    numNeurons *= size;
  lanes = getTileWidth();
  flat = isFlat();
  steps = op.getInputs().empty() ? emit.dim(op.getTables()[0], 0)
                                 : emit.dim(op.getInputs()[0], 0);
  batchSize = op.getInputs().empty() ? emit.dim(op.getInits()[0], 0)
                                     : emit.dim(op.getInputs()[0], 1);
  flattenOperands(emit);
  SmallVector<Value> values = getInitialValues(emit);
  // Pieces of whole pages per row, whose states stay in the second-level cache.
  constexpr int64_t kLeast = 8192, kMost = 32768;
  int64_t piece = flat ? 0 : getPieceSize(numNeurons, kLeast, kMost);
  pieceSize = piece ? piece : numNeurons;
  if (!piece)
    return restore(emit, emitPiece(emit, values));
  // Neurons are the last dimension of outputs and states.
  SmallVector<int64_t> dims;
  for (Value value : values)
    dims.push_back(getType(value).getRank() - 1);
  values = emit.parallel(
      numNeurons / piece, piece, values, dims,
      [&](Emit &inner, Value first, SmallVectorImpl<Value> &pieces) {
        pieceFirst = first;
        SmallVector<Value> next = emitPiece(inner, pieces);
        pieces.assign(next.begin(), next.end());
      });
  restore(emit, values);
}

namespace {
struct ConvertNeuron : OpRewritePattern<NeuronOp> {
  ConvertNeuron(MLIRContext *context, int64_t lanes)
      : OpRewritePattern(context), lanes(lanes) {}

  LogicalResult matchAndRewrite(NeuronOp op,
                                PatternRewriter &rewriter) const override {
    for (Operation &nested : op.getStep().front().without_terminator())
      if (!isa<arith::ConstantOp>(nested) &&
          !OpTrait::hasElementwiseMappableTraits(&nested))
        return rewriter.notifyMatchFailure(
            &nested, "expected an op that also works on vectors");
    if (op.getNeuronShape().empty())
      return rewriter.notifyMatchFailure(op, "expected a neuron dimension");
    NeuronLoops(op, rewriter, lanes).emit();
    return success();
  }

  int64_t lanes;
};
} // namespace

void snn::populateNeuronToVectorPatterns(
    RewritePatternSet &patterns, const ConvertSNNToLinalgPassOptions &options) {
  patterns.add<ConvertNeuron>(patterns.getContext(), options.lanes);
}
