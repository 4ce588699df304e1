//===- ScanKernel.cpp - A linear neuron in one pass over memory -----------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScanKernel.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace mlir::snn;

/// Values of maps that a thread holds at most.
static constexpr size_t kMostEntries = 20;

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
  auto reserve = [&](Type type, int64_t count) {
    int64_t offset = sharedBytes;
    sharedBytes += llvm::alignTo(
        count * llvm::divideCeil(type.getIntOrFloatBitWidth(), 8), 16);
    return offset;
  };
  reserve(element, kThreads * width * int64_t(numEntries));
  toldOffset = reserve(IntegerType::get(op.getContext(), 32), kWarps);
  for (Value input : op.getInputs()) {
    Type type = getElementTypeOrSelf(input);
    inputOffsets.push_back(canCopyToShared(type, width)
                               ? reserve(type, numSteps * kThreads * width)
                               : -1);
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
// What blocks tell each other
//===----------------------------------------------------------------------===//

/// Where an i32 is in global memory.
static Value getPointer(Emit &emit, Value memory, Value index) {
  Value address = memref::ExtractAlignedPointerAsIndexOp::create(emit, memory);
  auto metadata = memref::ExtractStridedMetadataOp::create(emit, memory);
  Value offset =
      emit.add(metadata.getOffset(), emit.mul(index, metadata.getStrides()[0]));
  address = emit.add(address, emit.mul(offset, emit.index(4)));
  Value number = arith::IndexCastOp::create(emit, emit.getI64Type(), address);
  constexpr unsigned global = 1;
  return LLVM::IntToPtrOp::create(
      emit, LLVM::LLVMPointerType::get(emit.getContext(), global), number);
}

static Value makeInt(Emit &emit, int64_t value) {
  return arith::ConstantOp::create(emit, emit.getI32IntegerAttr(value));
}

static Value equals(Emit &emit, Value a, Value b) {
  return arith::CmpIOp::create(emit, arith::CmpIPredicate::eq, a, b);
}

/// What a block has told, once it has told something; what was written before
/// can be read then.
static Value emitWait(Emit &emit, Value told, Value block) {
  Value pointer = getPointer(emit, told, block);
  auto loop = scf::WhileOp::create(
      emit, TypeRange{emit.getI32Type()}, ValueRange(),
      [&](OpBuilder &builder, Location loc, ValueRange) {
        Emit inner(loc, builder);
        Value what = LLVM::LoadOp::create(
            inner, inner.getI32Type(), pointer, /*alignment=*/4,
            /*isVolatile=*/false, /*isNonTemporal=*/false,
            /*isInvariant=*/false, /*isInvariantGroup=*/false,
            LLVM::AtomicOrdering::acquire, "device");
        scf::ConditionOp::create(inner, equals(inner, what, makeInt(inner, 0)),
                                 what);
      },
      [&](OpBuilder &builder, Location loc, ValueRange) {
        scf::YieldOp::create(builder, loc);
      });
  return loop.getResult(0);
}

/// Writes entries of all lanes, which the first warp has, where others see them
/// before they see `what`. The first blocks tell only their ends, so that who
/// looks back finds one.
void ScanKernel::tell(Emit &emit, ArrayRef<Value> entries, Value memory,
                      Value told, Told what) {
  Value zero = emit.index(0);
  emitWhere(emit, equals(emit, warp, zero),
            [&](Emit &inner) { storeMap(inner, entries, memory, place); });
  gpu::BarrierOp::create(emit);
  Value tells = equals(emit, thread, zero);
  if (what == ItsMap) {
    Value isLater =
        arith::CmpIOp::create(emit, arith::CmpIPredicate::ne, timeBlock, zero);
    tells = arith::AndIOp::create(emit, tells, isLater);
  }
  emitWhere(emit, tells, [&](Emit &inner) {
    LLVM::StoreOp::create(inner, makeInt(inner, what),
                          getPointer(inner, told, place), /*alignment=*/4,
                          /*isVolatile=*/false, /*isNonTemporal=*/false,
                          /*isInvariantGroup=*/false,
                          LLVM::AtomicOrdering::release, "device");
  });
}

/// The states at the start of the block: each warp reads what one of the blocks
/// before has told, from near to far, until one has told its end.
SmallVector<Value> ScanKernel::lookBack(Emit &emit, const Map &identity,
                                        Value told, Value maps, Value ends) {
  Type i1 = emit.getI1Type(), index = emit.getIndexType();
  Value zero = emit.index(0), one = emit.index(1), count = emit.index(kWarps);
  Value isFirst = equals(emit, timeBlock, zero);
  auto known = scf::IfOp::create(
      emit, isFirst,
      [&](OpBuilder &builder, Location loc) {
        Emit inner(loc, builder);
        scf::YieldOp::create(inner, loadInits(inner));
      },
      [&](OpBuilder &builder, Location loc) {
        scf::YieldOp::create(builder, loc,
                             ArrayRef(identity).take_back(numStates));
      });
  // Whether it is found, how far this was, the state, and the map from there.
  SmallVector<Value> carried = {isFirst, zero};
  llvm::append_range(carried, known.getResults());
  llvm::append_range(carried, identity);
  SmallVector<Type> types = {i1, index};
  types.append(numStates + numEntries, VectorType::get(width, element));
  auto readOne = [&](Emit &inner, Value done) {
    Value distance = inner.add(inner.add(done, warp), one);
    Value isBlock = arith::CmpIOp::create(inner, arith::CmpIPredicate::ule,
                                          distance, timeBlock);
    auto branch = scf::IfOp::create(
        inner, isBlock,
        [&](OpBuilder &builder, Location loc) {
          Emit at(loc, builder);
          Value before = at.sub(place, at.mul(distance, groups));
          Value what = emitWait(at, told, before);
          Value isEnd = equals(at, what, makeInt(at, ItsEnd));
          scf::IfOp::create(
              at, isEnd,
              [&](OpBuilder &b, Location l) {
                Emit in(l, b);
                Map map(identity);
                llvm::copy(loadMap(in, ends, before), map.end() - numStates);
                storeMap(in, map, sharedMaps, warp);
                scf::YieldOp::create(in);
              },
              [&](OpBuilder &b, Location l) {
                Emit in(l, b);
                storeMap(in, loadMap(in, maps, before), sharedMaps, warp);
                scf::YieldOp::create(in);
              });
          scf::YieldOp::create(at, what);
        },
        [&](OpBuilder &builder, Location loc) {
          Emit at(loc, builder);
          scf::YieldOp::create(at, makeInt(at, Nothing));
        });
    emitWhere(inner, equals(inner, warpLane, zero), [&](Emit &at) {
      memref::StoreOp::create(at, branch.getResult(0), sharedTold, warp);
    });
    gpu::BarrierOp::create(inner);
  };
  auto loop = scf::WhileOp::create(
      emit, types, carried,
      [&](OpBuilder &builder, Location loc, ValueRange values) {
        Emit at(loc, builder);
        Value isFound = values[0];
        Value isOpen = arith::XOrIOp::create(
            at, isFound, arith::ConstantOp::create(at, at.getBoolAttr(true)));
        scf::ConditionOp::create(at, isOpen, values);
      },
      [&](OpBuilder &builder, Location loc, ValueRange values) {
        Emit at(loc, builder);
        readOne(at, values[1]);
        SmallVector<Value> inner(values.begin(), values.end());
        inner.erase(inner.begin() + 1);
        inner = at.carry(
            zero, count, one, inner,
            [&](Emit &body, Value other, SmallVectorImpl<Value> &v) {
              Value what = memref::LoadOp::create(body, sharedTold, other);
              Value isOpen = arith::XOrIOp::create(
                  body, v[0],
                  arith::ConstantOp::create(body, body.getBoolAttr(true)));
              Value isEnd = arith::AndIOp::create(
                  body, isOpen, equals(body, what, makeInt(body, ItsEnd)));
              Value isMap = arith::AndIOp::create(
                  body, isOpen, equals(body, what, makeInt(body, ItsMap)));
              Map found = loadMap(body, sharedMaps, other);
              Map before(v.end() - numEntries, v.end());
              Map more = compose(body, before, found);
              for (size_t i = 0; i != numStates; ++i)
                v[1 + i] = arith::SelectOp::create(
                    body, isEnd, more[numEntries - numStates + i], v[1 + i]);
              for (size_t i = 0; i != numEntries; ++i)
                v[1 + numStates + i] = arith::SelectOp::create(
                    body, isMap, more[i], v[1 + numStates + i]);
              v[0] = arith::OrIOp::create(body, v[0], isEnd);
            });
        gpu::BarrierOp::create(at);
        inner.insert(inner.begin() + 1, at.add(values[1], count));
        scf::YieldOp::create(at, inner);
      });
  return SmallVector<Value>(loop.getResults().slice(2, numStates));
}

//===----------------------------------------------------------------------===//
// A block
//===----------------------------------------------------------------------===//

/// Which steps of which neurons the thread has: blocks count in the order in
/// which they begin, first neurons, then time.
void ScanKernel::findPlace(Emit &emit, Value inner, Value told) {
  Value zero = emit.index(0), lanes = emit.index(kWarp);
  emitWhere(emit, equals(emit, inner, zero), [&](Emit &at) {
    // Behind what the blocks tell.
    Value counter = at.sub(memref::DimOp::create(at, told, 0), at.index(1));
    Value number = memref::AtomicRMWOp::create(at, arith::AtomicRMWKind::addi,
                                               makeInt(at, 1), told, counter);
    memref::StoreOp::create(at, number, sharedTold, zero);
  });
  gpu::BarrierOp::create(emit);
  place = arith::IndexCastUIOp::create(
      emit, emit.getIndexType(),
      memref::LoadOp::create(emit, sharedTold, zero));
  timeBlock = arith::DivUIOp::create(emit, place, groups);
  Value group = arith::RemUIOp::create(emit, place, groups);
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

/// Brings the inputs of the thread's steps and finds their map. Where steps are
/// missing, nothing comes after them, so nobody needs it.
ScanKernel::Map ScanKernel::readTile(Emit &emit) {
  auto branch = scf::IfOp::create(
      emit, isWhole,
      [&](OpBuilder &builder, Location loc) {
        Emit inner(loc, builder);
        Value column = inner.mul(thread, inner.index(width));
        for (int64_t i = 0; i != numSteps; ++i)
          for (auto [input, shared] : llvm::zip(inputs, sharedInputs))
            if (shared)
              copyToShared(inner, input,
                           locate(inner, inner.add(first, inner.index(i))),
                           shared, {inner.index(i), column}, width);
        waitForCopies(inner);
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

/// Runs the thread's steps and writes what they make; the last step's states
/// are the final ones.
void ScanKernel::finish(Emit &emit, ArrayRef<Value> states,
                        ArrayRef<Value> outs, ArrayRef<Value> finals) {
  Value end = emit.min(emit.add(first, emit.index(numSteps)), step.steps);
  auto branch = scf::IfOp::create(
      emit, isWhole,
      [&](OpBuilder &builder, Location loc) {
        Emit inner(loc, builder);
        SmallVector<Value> now(states);
        for (int64_t i = 0; i != numSteps; ++i)
          runStep(inner, inner.add(first, inner.index(i)), readStep(inner, i),
                  now, outs);
        scf::YieldOp::create(inner, now);
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

void ScanKernel::run(Emit &emit, Value inner, ArrayRef<Value> memory) {
  size_t numStores = stores.size();
  ArrayRef<Value> outs = memory.take_front(numStores),
                  finals = memory.slice(numStores, numStates);
  ArrayRef<Value> scratch = memory.drop_front(numStores + numStates);
  Value maps = scratch[0], ends = scratch[1], told = scratch[2];
  sharedMaps =
      getShared(emit, element, 0, {kWarps, int64_t(numEntries), kWarp * width});
  sharedTold = getShared(emit, emit.getI32Type(), toldOffset, {kWarps});
  sharedInputs.clear();
  for (auto [input, offset] : llvm::zip(op.getInputs(), inputOffsets))
    sharedInputs.push_back(
        offset < 0 ? Value()
                   : getShared(emit, getElementTypeOrSelf(input), offset,
                               {numSteps, kThreads * width}));
  findPlace(emit, inner, told);
  Map before;
  storeMap(emit, readTile(emit), sharedMaps, warp);
  gpu::BarrierOp::create(emit);
  Map all = foldWarps(emit, before);
  tell(emit, all, maps, told, ItsMap);
  SmallVector<Value> start =
      lookBack(emit, makeIdentity(emit), told, maps, ends);
  tell(emit, apply(emit, all, start), ends, told, ItsEnd);
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
  auto addScratch = [&](size_t entries) {
    outs.push_back(
        emit.empty({getAsOpFoldResult(blocks), emit.getIndexAttr(entries),
                    emit.getIndexAttr(kWarp * width)},
                   element));
  };
  addScratch(numEntries);
  addScratch(numStates);
  outs.push_back(emit.zeros(getAsOpFoldResult(emit.add(blocks, emit.index(1))),
                            emit.getI32Type()));
  std::string name = getName("scan");
  KernelShape shape{name, kThreads, sharedBytes};
  SmallVector<Value> written =
      emitKernel(emit, shape, blocks, outs,
                 [&](Emit &body, Value, Value inner, ArrayRef<Value> memory) {
                   run(body, inner, memory);
                 });
  written.resize(results.size());
  return written;
}
