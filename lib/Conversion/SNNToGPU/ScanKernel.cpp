//===- ScanKernel.cpp - A linear neuron in one pass over memory -----------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScanKernel.h"

using namespace mlir;
using namespace mlir::snn;

/// Values of maps that a thread holds at most.
static constexpr size_t kMostEntries = 20;

/// Bytes of shared memory that maps and inputs of a block take at most, so that
/// a multiprocessor of any GPU has it; other inputs are read twice.
static constexpr int64_t kMostShared = 64 << 10;

static AffineStep getAffineStep(NeuronOp op) {
  return *AffineStep::get(
      op, llvm::to_vector(llvm::seq<unsigned>(0, op.getNumStates())));
}

ScanKernel::ScanKernel(NeuronOp op, const NeuronOperands &operands,
                       NeuronStep &step, NeuronStores &stores)
    : NeuronKernel(op, operands, step, stores, /*width=*/1),
      affine(getAffineStep(op)), isConstant(affine.getKnown() != Known::Step),
      numStates(op.getNumStates()), numEntries(numStates * (numStates + 1)),
      element(getElementTypeOrSelf(op.getFinals()[0])),
      numSteps(getNumSteps()) {
  reserveShared(element, kThreads * width * int64_t(numEntries));
  toldOffset = reserveShared(IntegerType::get(op.getContext(), 32), kThreads);
  numWords = int64_t(numEntries + numStates) * countWords(element);
  for (Value input : op.getInputs()) {
    Type type = getElementTypeOrSelf(input);
    int64_t bits = type.getIntOrFloatBitWidth();
    int64_t bytes = numSteps * kThreads * width * bits / 8;
    bool fits = bits >= 8 && bits <= 64 && llvm::isPowerOf2_64(bits) &&
                getSharedBytes() + bytes <= kMostShared;
    inputOffsets.push_back(
        fits ? reserveShared(type, numSteps * kThreads * width) : -1);
  }
}

bool ScanKernel::isEligible(NeuronOp op) {
  size_t count = op.getNumStates();
  if (count == 0 || count * (count + 1) > kMostEntries ||
      op.getInputs().empty())
    return false;
  auto isSame = [&](Value final) {
    return getElementTypeOrSelf(final) ==
           getElementTypeOrSelf(op.getFinals()[0]);
  };
  Type element = getElementTypeOrSelf(op.getFinals()[0]);
  return llvm::all_of(op.getFinals(), isSame) && !element.isInteger(1) &&
         AffineStep::get(op, llvm::to_vector(llvm::seq<unsigned>(0, count)));
}

/// As many as fit into the shared memory of several blocks, in code that stays
/// small; a power of two.
int64_t ScanKernel::getNumSteps() {
  constexpr int64_t mostOps = 1024, mostBytes = 128;
  int64_t ops = llvm::range_size(op.getStep().front()) + int64_t(numEntries) +
                4 * int64_t(stores.size());
  int64_t bytes = 0;
  for (Value input : op.getInputs())
    bytes += llvm::divideCeil(
        getElementTypeOrSelf(input).getIntOrFloatBitWidth(), 8);
  int64_t steps =
      std::min(mostOps / (ops * width), mostBytes / (bytes * width));
  return llvm::bit_floor(uint64_t(std::clamp<int64_t>(steps, 4, 32)));
}

//===----------------------------------------------------------------------===//
// Maps
//===----------------------------------------------------------------------===//

static Value add(Emit &emit, Value a, Value b) {
  if (isa<FloatType>(getElementTypeOrSelf(a)))
    return arith::AddFOp::create(emit, a, b);
  return arith::AddIOp::create(emit, a, b);
}

static Value multiply(Emit &emit, Value a, Value b) {
  if (isa<FloatType>(getElementTypeOrSelf(a)))
    return arith::MulFOp::create(emit, a, b);
  return arith::MulIOp::create(emit, a, b);
}

/// A product of matrices with `size` rows and columns, and `columns` columns.
static SmallVector<Value> multiply(Emit &emit, ArrayRef<Value> a,
                                   ArrayRef<Value> b, size_t size,
                                   size_t columns) {
  SmallVector<Value> product;
  for (size_t i = 0; i != size; ++i)
    for (size_t j = 0; j != columns; ++j) {
      Value sum = multiply(emit, a[i * size], b[j]);
      for (size_t k = 1; k != size; ++k)
        sum =
            add(emit, sum, multiply(emit, a[i * size + k], b[k * columns + j]));
      product.push_back(sum);
    }
  return product;
}

SmallVector<Value> ScanKernel::apply(Emit &emit, ArrayRef<Value> map,
                                     ArrayRef<Value> states) {
  SmallVector<Value> next =
      multiply(emit, map.drop_back(numStates), states, numStates, 1);
  for (auto [state, bias] : llvm::zip(next, map.take_back(numStates)))
    state = add(emit, state, bias);
  return next;
}

ScanKernel::Map ScanKernel::compose(Emit &emit, ArrayRef<Value> later,
                                    ArrayRef<Value> earlier) {
  Map map = multiply(emit, later.drop_back(numStates),
                     earlier.drop_back(numStates), numStates, numStates);
  llvm::append_range(map, apply(emit, later, earlier.take_back(numStates)));
  return map;
}

ScanKernel::Map ScanKernel::makeIdentity(Emit &emit) {
  auto type = VectorType::get(width, element);
  TypedAttr one = emit.getOneAttr(element);
  Value zero = emit.zero(type),
        ones =
            arith::ConstantOp::create(emit, DenseElementsAttr::get(type, one));
  Map map(numEntries, zero);
  for (size_t i = 0; i != numStates; ++i)
    map[i * numStates + i] = ones;
  return map;
}

/// The matrix of a step, whose values `values` has.
SmallVector<Value> ScanKernel::emitFactors(Emit &emit, IRMapping &values) {
  SmallVector<Value> matrix;
  for (size_t i = 0; i != numStates; ++i)
    for (size_t j = 0; j != numStates; ++j)
      matrix.push_back(affine.getA(i, j).emit(
          emit, emit.getLoc(), VectorType::get(width, element), values,
          [&](Operation &scalar) { vectorize(emit, scalar, width, values); }));
  return matrix;
}

/// The map of all steps of a thread.
ScanKernel::Map ScanKernel::runFromZero(Emit &emit) {
  size_t numOutputs = op.getOutputs().size();
  Map map = makeIdentity(emit);
  SmallVector<Value> states(map.end() - numStates, map.end()), matrix;
  for (int64_t i = 0; i != numSteps; ++i) {
    IRMapping values;
    SmallVector<Value> results = compute(emit, emit.add(first, emit.index(i)),
                                         readStep(emit, i), states, values);
    states.assign(results.begin() + numOutputs, results.end());
    if (isConstant)
      continue;
    SmallVector<Value> factors = emitFactors(emit, values);
    matrix = i == 0 ? factors
                    : multiply(emit, factors, matrix, numStates, numStates);
  }
  if (isConstant) {
    IRMapping values = mapParams();
    matrix = emitFactors(emit, values);
    for (int64_t power = 1; power != numSteps; power *= 2)
      matrix = multiply(emit, matrix, matrix, numStates, numStates);
  }
  llvm::append_range(matrix, states);
  return matrix;
}

ScanKernel::Map ScanKernel::loadMap(Emit &emit, Value memory, Value row) {
  Map map;
  int64_t count = cast<MemRefType>(memory.getType()).getDimSize(1);
  for (int64_t i = 0; i != count; ++i)
    map.push_back(
        loadLanes(emit, memory, {row, emit.index(i), warpLane}, width));
  return map;
}

void ScanKernel::storeMap(Emit &emit, ArrayRef<Value> map, Value memory,
                          Value row) {
  for (auto [i, entry] : llvm::enumerate(map))
    storeLanes(emit, entry, memory, {row, emit.index(i), warpLane});
}

//===----------------------------------------------------------------------===//
// A block
//===----------------------------------------------------------------------===//

/// Which steps of which neurons the thread has: blocks count neurons, then
/// time.
void ScanKernel::findPlace(Emit &emit, Value block, Value inner) {
  Value lanes = emit.index(kWarp);
  place = block;
  timeBlock = arith::DivUIOp::create(emit, place, groups);
  group = arith::RemUIOp::create(emit, place, groups);
  warp = arith::DivUIOp::create(emit, inner, lanes);
  Value lane = arith::RemUIOp::create(emit, inner, lanes);
  warpLane = emit.mul(lane, emit.index(width));
  beginAt(emit, emit.add(emit.mul(group, lanes), lane), inner);
  first = emit.mul(emit.add(emit.mul(timeBlock, emit.index(kWarps)), warp),
                   emit.index(numSteps));
  isWhole =
      arith::CmpIOp::create(emit, arith::CmpIPredicate::ule,
                            emit.add(first, emit.index(numSteps)), step.steps);
}

/// The inputs of one of the thread's steps.
SmallVector<Value> ScanKernel::readStep(Emit &emit, int64_t index) {
  SmallVector<Value> values;
  Value column = emit.mul(thread, emit.index(width));
  for (auto [input, shared] : llvm::zip(inputs, sharedInputs))
    values.push_back(
        shared ? loadLanes(emit, shared, {emit.index(index), column}, width)
               : loadLanes(emit, input,
                           locate(emit, emit.add(first, emit.index(index))),
                           width));
  return values;
}

/// Brings the inputs of the thread's steps, however they are in memory.
void ScanKernel::copyTile(Emit &emit) {
  Value column = emit.mul(thread, emit.index(width));
  for (auto [input, shared] : llvm::zip(inputs, sharedInputs)) {
    if (!shared)
      continue;
    SmallVector<Value> values; // all are on their way before the first is there
    for (int64_t i = 0; i != numSteps; ++i)
      values.push_back(loadLanes(
          emit, input, locate(emit, emit.add(first, emit.index(i))), width));
    for (auto [i, value] : llvm::enumerate(values))
      storeLanes(emit, value, shared, {emit.index(int64_t(i)), column});
  }
}

/// Neighbours of an input that a thread brings at once; 1 where it cannot.
int64_t ScanKernel::getCopyLanes(Value input) {
  int64_t lanes = 128 / getElementTypeOrSelf(input).getIntOrFloatBitWidth();
  return numNeurons % lanes == 0 && numSteps % lanes == 0 ? lanes : 1;
}

/// The same in the background, where rows are aligned: a thread brings
/// neighbours of the warp, for one of as many steps.
void ScanKernel::copyWideTile(Emit &emit) {
  for (auto [input, shared] : llvm::zip(inputs, sharedInputs)) {
    if (!shared)
      continue;
    int64_t lanes = getCopyLanes(input), rowThreads = kWarp / lanes;
    auto divide = [&](Value value, int64_t by) -> Value {
      return arith::DivUIOp::create(emit, value, emit.index(by));
    };
    auto remain = [&](Value value, int64_t by) -> Value {
      return arith::RemUIOp::create(emit, value, emit.index(by));
    };
    Value column = emit.mul(remain(warpLane, rowThreads), emit.index(lanes));
    Value row = divide(warpLane, rowThreads);
    Value number = emit.add(emit.mul(group, emit.index(kWarp)), column);
    Value from = emit.min(divide(number, getRowThreads()),
                          emit.sub(step.batchSize, emit.index(1)));
    Value neuron = emit.min(remain(number, getRowThreads()),
                            emit.index(numNeurons - lanes));
    Value to = emit.add(emit.mul(warp, emit.index(kWarp)), column);
    for (int64_t i = 0; i != numSteps; i += lanes) {
      Value at = emit.add(row, emit.index(i));
      Value time = locate(emit, emit.add(first, at))[0];
      copyToShared(emit, input, {time, from, neuron}, shared, {at, to}, lanes);
    }
  }
}

/// Brings the inputs of the thread's steps and finds their map. Where steps are
/// missing, nothing comes after them, so nobody needs it.
ScanKernel::Map ScanKernel::readTile(Emit &emit) {
  bool canBeWide = true;
  for (auto [input, shared] : llvm::zip(inputs, sharedInputs))
    canBeWide &= !shared || getCopyLanes(input) > 1;
  auto copy = [&](Emit &at) {
    if (!canBeWide)
      return copyTile(at);
    Value areAligned = arith::ConstantOp::create(at, at.getBoolAttr(true));
    for (auto [input, shared] : llvm::zip(inputs, sharedInputs))
      if (shared)
        areAligned = arith::AndIOp::create(
            at, areAligned, isAligned(at, input, getCopyLanes(input)));
    scf::IfOp::create(
        at, areAligned,
        [&](OpBuilder &builder, Location loc) {
          Emit inner(loc, builder);
          copyWideTile(inner);
          waitForCopies(inner);
          scf::YieldOp::create(inner);
        },
        [&](OpBuilder &builder, Location loc) {
          Emit inner(loc, builder);
          copyTile(inner);
          scf::YieldOp::create(inner);
        });
  };
  auto branch = scf::IfOp::create(
      emit, isWhole,
      [&](OpBuilder &builder, Location loc) {
        Emit inner(loc, builder);
        copy(inner);
        syncWarp(inner);
        scf::YieldOp::create(inner, runFromZero(inner));
      },
      [&](OpBuilder &builder, Location loc) {
        Emit inner(loc, builder);
        scf::YieldOp::create(inner, makeIdentity(inner));
      });
  return llvm::to_vector_of<Value>(branch.getResults());
}

/// The maps of all warps one after the other, and of those before this one.
ScanKernel::Map ScanKernel::foldWarps(Emit &emit, Map &before) {
  Map all = makeIdentity(emit);
  llvm::append_range(all, makeIdentity(emit));
  all = emit.carry(
      emit.index(0), emit.index(kWarps), emit.index(1), all,
      [&](Emit &body, Value other, SmallVectorImpl<Value> &values) {
        Map map(values.begin(), values.begin() + numEntries);
        Value isOwn = equals(body, other, warp);
        for (size_t i = 0; i != numEntries; ++i)
          values[numEntries + i] = arith::SelectOp::create(
              body, isOwn, map[i], values[numEntries + i]);
        llvm::copy(compose(body, loadMap(body, sharedMaps, other), map),
                   values.begin());
      });
  before.assign(all.begin() + numEntries, all.end());
  all.resize(numEntries);
  return all;
}

void ScanKernel::storeWord(Emit &emit, Value word, Value isRow, Value out,
                           Value time) {
  if (keepsWords)
    stepWords.push_back(word);
  else
    NeuronKernel::storeWord(emit, word, isRow, out, time);
}

/// Runs all of the thread's steps. Each lane keeps the words of one step, so
/// that the warp writes all of them at once.
SmallVector<Value> ScanKernel::runTile(Emit &emit, SmallVector<Value> states,
                                       ArrayRef<Value> outs) {
  SmallVector<Value> words;
  Value number =
      arith::IndexCastUIOp::create(emit, emit.getI32Type(), warpLane);
  keepsWords = true;
  for (int64_t i = 0; i != numSteps; ++i) {
    stepWords.clear();
    runStep(emit, emit.add(first, emit.index(i)), readStep(emit, i), states,
            outs);
    if (words.empty())
      words = stepWords;
    Value isOwn = equals(emit, number, makeInt32(emit, int32_t(i)));
    for (auto [word, kept] : llvm::zip_equal(stepWords, words))
      kept = arith::SelectOp::create(emit, isOwn, word, kept);
  }
  keepsWords = false;
  SmallVector<Value> to;
  for (auto [store, out] : llvm::zip(stores.getStores(), outs))
    if (store.words)
      to.push_back(out);
  if (to.empty())
    return states;
  // The words of a warp are of one row.
  Value isStep = arith::CmpIOp::create(emit, arith::CmpIPredicate::ult,
                                       warpLane, emit.index(numSteps));
  Value writes = arith::AndIOp::create(emit, askWarp(emit, isActive), isStep);
  emitWhere(emit, writes, [&](Emit &inner) {
    SmallVector<Value> at = locate(inner, inner.add(first, warpLane));
    at.back() = arith::DivUIOp::create(inner, lane, inner.index(kWarp));
    for (auto [word, out] : llvm::zip_equal(words, to))
      memref::StoreOp::create(inner, word, out, at);
  });
  return states;
}

/// Runs the thread's steps and writes what they make; the last step's states
/// are the final ones.
void ScanKernel::finish(Emit &emit, ArrayRef<Value> states,
                        ArrayRef<Value> outs, ArrayRef<Value> finals) {
  Value end = emit.min(emit.add(first, emit.index(numSteps)), step.steps);
  auto branch = scf::IfOp::create(
      emit, isWhole,
      [&](OpBuilder &builder, Location loc) {
        Emit inner(loc, builder);
        scf::YieldOp::create(inner,
                             runTile(inner, SmallVector<Value>(states), outs));
      },
      [&](OpBuilder &builder, Location loc) {
        Emit inner(loc, builder);
        scf::YieldOp::create(
            inner,
            inner.carry(
                first, end, inner.index(1), states,
                [&](Emit &body, Value time, SmallVectorImpl<Value> &now) {
                  runStep(body, time, loadInputs(body, time), now, outs);
                }));
      });
  Value hasSteps =
      arith::CmpIOp::create(emit, arith::CmpIPredicate::ult, first, step.steps);
  Value isLast =
      arith::AndIOp::create(emit, hasSteps, equals(emit, end, step.steps));
  emitWhere(emit, isLast, [&](Emit &inner) {
    storeFinals(inner, SmallVector<Value>(branch.getResults()), finals);
  });
}

void ScanKernel::run(Emit &emit, Value block, Value inner,
                     ArrayRef<Value> memory) {
  size_t numStores = stores.size();
  ArrayRef<Value> outs = memory.take_front(numStores),
                  finals = memory.slice(numStores, numStates);
  Value told = memory.back(), zero = emit.index(0);
  auto shape = {kWarps, int64_t(numEntries), kWarp * width};
  sharedMaps = getShared(emit, element, 0, shape);
  sharedTold =
      getShared(emit, emit.getI32Type(), toldOffset, {kWarps, int64_t(kWarp)});
  sharedInputs.clear();
  for (auto [input, offset] : llvm::zip(op.getInputs(), inputOffsets))
    sharedInputs.push_back(
        offset < 0 ? Value()
                   : getShared(emit, getElementTypeOrSelf(input), offset,
                               {numSteps, kThreads * width}));
  findPlace(emit, block, inner);
  storeMap(emit, readTile(emit), sharedMaps, warp);
  gpu::BarrierOp::create(emit);
  Map before, all = foldWarps(emit, before);
  // The first blocks tell only their ends, so that who looks back finds one.
  Value isFirstWarp = equals(emit, warp, zero);
  Value tellsMap = arith::AndIOp::create(
      emit, isFirstWarp, isNot(emit, equals(emit, timeBlock, zero)));
  emitWhere(emit, tellsMap, [&](Emit &at) { tell(at, all, told, 0); });
  SmallVector<Value> start = lookBack(emit, told);
  emitWhere(emit, isFirstWarp, [&](Emit &at) {
    tell(at, apply(at, all, start), told,
         int64_t(numEntries) * countWords(element));
  });
  finish(emit, apply(emit, before, start), outs, finals);
}

SmallVector<Value> ScanKernel::launch(Emit &emit, ArrayRef<Value> results,
                                      Value isChosen) {
  Value none = emit.index(0);
  groups = snn::countBlocks(emit, countThreads(emit), kWarp);
  Value blocks = emit.mul(
      emit.createOrFold<arith::CeilDivUIOp>(step.steps, emit.index(getSpan())),
      groups);
  blocks = arith::SelectOp::create(emit, isChosen, blocks, none);
  SmallVector<Value> outs(results);
  Value words = emit.mul(blocks, emit.index(numWords * kWarp));
  outs.push_back(emit.zeros(getAsOpFoldResult(words), emit.getI64Type()));
  std::string name = getName("scan");
  KernelShape shape{name, kThreads, getSharedBytes()};
  SmallVector<Value> written = emitKernel(
      emit, shape, blocks, outs,
      [&](Emit &body, Value block, Value inner, ArrayRef<Value> memory) {
        run(body, block, inner, memory);
      });
  written.resize(results.size());
  return written;
}
