//===- NeuronKernel.cpp - What a thread does with its neurons -------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NeuronKernel.h"
#include "snn/Analysis/Linearity.h"

using namespace mlir;
using namespace mlir::snn;

/// Whether the run only gives a value to the next one.
static bool isNextState(Value final) {
  return llvm::all_of(final.getUses(), [](OpOperand &use) {
    auto function = dyn_cast<func::FuncOp>(use.getOwner()->getParentOp());
    return function && isa<func::ReturnOp>(use.getOwner()) &&
           function.getResultAttr(use.getOperandNumber(), kStateAttr);
  });
}

NeuronOperands::NeuronOperands(Emit &emit, NeuronOp op) {
  auto flatten = [&](Value value, int64_t dim) {
    return isPerNeuron(value, dim)
               ? emit.collapse(value, dim, getType(value).getRank())
               : value;
  };
  for (Value input : op.getInputs())
    inputs.push_back(flatten(input, 2));
  for (Value param : op.getParams())
    params.push_back(flatten(param, 0));
  for (Value table : op.getTables())
    tables.push_back(flatten(table, 1));
  for (Value init : op.getInits())
    inits.push_back(flatten(init, 1));
  if (!startsRun(op))
    return;
  hasState = findHasState(op->getParentOfType<func::FuncOp>());
  isNextRuns = llvm::all_of(op.getFinals(), isNextState);
}

NeuronKernel::NeuronKernel(NeuronOp op, const NeuronOperands &operands,
                           NeuronStep &step, NeuronStores &stores,
                           int64_t width)
    : op(op), operands(operands), step(step), stores(stores), width(width),
      numNeurons(ShapedType::getNumElements(op.getNeuronShape())) {}

SmallVector<Value> mlir::snn::makeStates(Emit &emit, NeuronOp op,
                                         NeuronStep &step, Value chunks) {
  SmallVector<Value> states;
  SmallVector<OpFoldResult> shape;
  if (chunks)
    shape.push_back(getAsOpFoldResult(chunks));
  shape.push_back(getAsOpFoldResult(step.batchSize));
  shape.push_back(
      emit.getIndexAttr(ShapedType::getNumElements(op.getNeuronShape())));
  for (Value final : op.getFinals())
    states.push_back(emit.empty(shape, getElementTypeOrSelf(final)));
  return states;
}

int64_t NeuronKernel::getRowThreads() {
  int64_t count = llvm::divideCeil(numNeurons, width);
  return stores.writesWords() ? llvm::alignTo(count, kWarp) : count;
}

Value NeuronKernel::countThreads(Emit &emit) {
  return emit.mul(step.batchSize, emit.index(getRowThreads()));
}

int64_t NeuronKernel::reserveShared(Type type, int64_t count) {
  int64_t offset = sharedBytes;
  sharedBytes += llvm::alignTo(
      count * llvm::divideCeil(type.getIntOrFloatBitWidth(), 8), 16);
  return offset;
}

std::string NeuronKernel::getName(StringRef what) {
  auto layer = op->getAttrOfType<StringAttr>(kLayerAttr);
  return ((layer ? layer.getValue() : "neuron") + "_" + what +
          std::to_string(width))
      .str();
}

/// Steps that are read ahead: as many as registers hold of inputs, in code that
/// stays small.
int64_t NeuronKernel::getBlockSteps(bool writes, int64_t most) {
  constexpr int64_t mostOps = 512, mostInputs = 32;
  int64_t ops = llvm::range_size(op.getStep().front()) +
                (writes ? 4 * int64_t(stores.size()) : 0);
  int64_t values = std::max<int64_t>(op.getInputs().size(), 1) * width;
  int64_t steps = std::min(mostOps / (ops * width), mostInputs / values);
  return std::clamp<int64_t>(
      llvm::bit_floor(uint64_t(std::max<int64_t>(steps, 1))), 1, most);
}

Value NeuronKernel::begin(Emit &emit, Value block, Value inner, Value chunks) {
  Value number = emit.add(emit.mul(block, emit.index(threads)), inner);
  if (!chunks) {
    beginAt(emit, number, inner);
    return {};
  }
  Value lanes = countThreads(emit);
  Value chunk = arith::DivUIOp::create(emit, number, lanes);
  beginAt(emit, arith::RemUIOp::create(emit, number, lanes), inner);
  // Threads behind the last chunk run it again.
  Value isChunk =
      arith::CmpIOp::create(emit, arith::CmpIPredicate::ult, chunk, chunks);
  isActive = arith::AndIOp::create(emit, isActive, isChunk);
  return emit.min(chunk, emit.sub(chunks, emit.index(1)));
}

void NeuronKernel::beginAt(Emit &emit, Value number, Value inner) {
  thread = inner;
  Value row = emit.index(getRowThreads());
  batch = arith::DivUIOp::create(emit, number, row);
  lane = emit.mul(arith::RemUIOp::create(emit, number, row), emit.index(width));
  isActive = arith::CmpIOp::create(emit, arith::CmpIPredicate::ult, batch,
                                   step.batchSize);
  if (getRowThreads() * width != numNeurons) {
    Value isNeuron = arith::CmpIOp::create(emit, arith::CmpIPredicate::ult,
                                           lane, emit.index(numNeurons));
    isActive = arith::AndIOp::create(emit, isActive, isNeuron);
    lane = emit.min(lane, emit.index(numNeurons - width));
  }
  batch = emit.min(batch, emit.sub(step.batchSize, emit.index(1)));

  inputs.clear();
  tables.clear();
  params.clear();
  for (Value input : operands.inputs)
    inputs.push_back(getMemory(emit, input));
  for (Value table : operands.tables)
    tables.push_back(getMemory(emit, table));
  for (Value param : operands.params) {
    if (isPerNeuron(param, 0)) {
      params.push_back(loadLanes(emit, getMemory(emit, param), lane, width));
      continue;
    }
    if (isa<RankedTensorType>(param.getType()))
      param = tensor::ExtractOp::create(emit, param, ValueRange());
    params.push_back(emit.splat(param, width));
  }
}

IRMapping NeuronKernel::mapParams() {
  IRMapping map;
  map.map(
      op.getStep().getArguments().slice(op.getInputs().size(), params.size()),
      params);
  return map;
}

static Value isGiven(Emit &emit, Value hasState) {
  return arith::CmpIOp::create(emit, arith::CmpIPredicate::ne, hasState,
                               emit.zero(hasState.getType()));
}

SmallVector<Value> NeuronKernel::loadInits(Emit &emit, Value condition) {
  SmallVector<Value> zeros;
  for (Value state : op.getStateArguments())
    zeros.push_back(emit.zero(VectorType::get(width, state.getType())));
  if (operands.inits.empty())
    return zeros;
  auto load = [&](Emit &at) {
    SmallVector<Value> states;
    for (Value init : operands.inits)
      states.push_back(
          loadLanes(at, getMemory(at, init), {batch, lane}, width));
    return states;
  };
  if (Value hasState = operands.hasState) {
    Value given = isGiven(emit, hasState);
    condition =
        condition ? arith::AndIOp::create(emit, condition, given) : given;
  }
  if (!condition)
    return load(emit);
  auto branch = scf::IfOp::create(
      emit, condition,
      [&](OpBuilder &builder, Location loc) {
        Emit inner(loc, builder);
        scf::YieldOp::create(inner, load(inner));
      },
      [&](OpBuilder &builder, Location loc) {
        scf::YieldOp::create(builder, loc, zeros);
      });
  return llvm::to_vector_of<Value>(branch.getResults());
}

static SmallVector<Value> getIndices(Value chunk, Value batch, Value lane) {
  if (chunk)
    return {chunk, batch, lane};
  return {batch, lane};
}

SmallVector<Value> NeuronKernel::loadStates(Emit &emit, ArrayRef<Value> memory,
                                            Value chunk) {
  SmallVector<Value> states;
  for (Value state : memory)
    states.push_back(
        loadLanes(emit, state, getIndices(chunk, batch, lane), width));
  return states;
}

void NeuronKernel::storeStates(Emit &emit, ArrayRef<Value> states,
                               ArrayRef<Value> memory, Value chunk) {
  emitWhere(emit, isActive, [&](Emit &inner) {
    for (auto [state, to] : llvm::zip(states, memory))
      storeLanes(inner, state, to, getIndices(chunk, batch, lane));
  });
}

void NeuronKernel::storeFinals(Emit &emit, ArrayRef<Value> states,
                               ArrayRef<Value> memory) {
  if (!operands.hasState || !operands.isNextRuns)
    return storeStates(emit, states, memory, {});
  emitWhere(emit, isGiven(emit, operands.hasState),
            [&](Emit &inner) { storeStates(inner, states, memory, {}); });
}

/// Where step `time` of a sequence is.
static Value getTime(Emit &emit, NeuronOp op, NeuronStep &step, Value time) {
  if (!op.getReverse())
    return time;
  return emit.sub(emit.sub(step.steps, emit.index(1)), time);
}

SmallVector<Value> NeuronKernel::locate(Emit &emit, Value time) {
  return {getTime(emit, op, step, time), batch, lane};
}

SmallVector<Value> NeuronKernel::loadInputs(Emit &emit, Value time) {
  SmallVector<Value> vectors;
  for (Value input : inputs)
    vectors.push_back(loadLanes(emit, input, locate(emit, time), width));
  return vectors;
}

Value NeuronKernel::loadTable(Emit &emit, Value table, Value memory,
                              Value time) {
  if (Value offset = op.getOffset())
    time = emit.add(
        time, arith::IndexCastOp::create(emit, emit.getIndexType(), offset));
  if (isPerNeuron(table, 1))
    return loadLanes(emit, memory, {time, lane}, width);
  return emit.splat(memref::LoadOp::create(emit, memory, time), width);
}

SmallVector<Value> NeuronKernel::compute(Emit &emit, Value time,
                                         ArrayRef<Value> values,
                                         ArrayRef<Value> states,
                                         IRMapping &map) {
  Value at = getTime(emit, op, step, time);
  SmallVector<Value> arguments(values);
  llvm::append_range(arguments, params);
  for (auto [table, memory] : llvm::zip(op.getTables(), tables))
    arguments.push_back(loadTable(emit, table, memory, at));
  llvm::append_range(arguments, states);
  return step.compute(emit, width, arguments, map);
}

void NeuronKernel::runStep(Emit &emit, Value time, ArrayRef<Value> values,
                           SmallVectorImpl<Value> &states,
                           ArrayRef<Value> outs) {
  IRMapping map;
  SmallVector<Value> results = compute(emit, time, values, states, map);
  Value at = getTime(emit, op, step, time);
  size_t numOutputs = op.getOutputs().size();
  states.assign(results.begin() + numOutputs, results.end());
  for (auto [store, to] : llvm::zip(stores.getStores(), outs)) {
    Value value = results[store.output], out = to;
    if (!store.words) {
      emitWhere(emit, isActive, [&](Emit &inner) {
        storeLanes(inner, value, out, {at, batch, lane});
      });
      continue;
    }
    Value isRow = isActive;
    Value bits = arith::AndIOp::create(emit, value, emit.splat(isRow, width));
    storeWord(emit, emitWord(emit, bits, thread), isRow, out, at);
  }
}

void NeuronKernel::storeWord(Emit &emit, Value word, Value isRow, Value out,
                             Value time) {
  int64_t wordThreads = kWarp / width;
  Value isFirst = arith::CmpIOp::create(
      emit, arith::CmpIPredicate::eq,
      arith::RemUIOp::create(emit, thread, emit.index(wordThreads)),
      emit.index(0));
  Value writes = arith::AndIOp::create(emit, isFirst, isRow);
  emitWhere(emit, writes, [&](Emit &inner) {
    Value column = arith::DivUIOp::create(inner, lane, inner.index(kWarp));
    memref::StoreOp::create(inner, word, out, ValueRange{time, batch, column});
  });
}

Value NeuronKernel::runBlocks(Emit &emit, int64_t block, Value from, Value to,
                              SmallVector<Value> &states,
                              ArrayRef<Value> outs) {
  Value size = emit.index(block);
  size_t numStates = states.size(), numInputs = inputs.size();
  auto loadBlock = [&](Emit &at, Value first, SmallVectorImpl<Value> &values) {
    for (int64_t i = 0; i != block; ++i)
      llvm::append_range(values, loadInputs(at, at.add(first, at.index(i))));
  };
  auto runBlock = [&](Emit &at, Value first, SmallVectorImpl<Value> &values) {
    SmallVector<Value> now(values.begin(), values.begin() + numStates);
    ArrayRef<Value> read = ArrayRef<Value>(values).drop_front(numStates);
    for (int64_t i = 0; i != block; ++i)
      runStep(at, at.add(first, at.index(i)),
              read.slice(i * numInputs, numInputs), now, outs);
    values.assign(now.begin(), now.end());
  };
  Value whole = emit.add(
      from,
      emit.mul(arith::DivUIOp::create(emit, emit.sub(to, from), size), size));
  Value isAny =
      arith::CmpIOp::create(emit, arith::CmpIPredicate::ult, from, whole);
  auto branch = scf::IfOp::create(
      emit, isAny,
      [&](OpBuilder &builder, Location loc) {
        Emit inner(loc, builder);
        SmallVector<Value> carried(states);
        loadBlock(inner, from, carried);
        Value last = inner.sub(whole, size);
        carried = inner.carry(
            from, last, size, carried,
            [&](Emit &body, Value first, SmallVectorImpl<Value> &values) {
              SmallVector<Value> ahead;
              loadBlock(body, body.add(first, size), ahead);
              runBlock(body, first, values);
              llvm::append_range(values, ahead);
            });
        runBlock(inner, last, carried);
        scf::YieldOp::create(inner, carried);
      },
      [&](OpBuilder &builder, Location loc) {
        scf::YieldOp::create(builder, loc, states);
      });
  states.assign(branch.getResults().begin(), branch.getResults().end());
  return whole;
}

void NeuronKernel::runSteps(Emit &emit, Value from, Value to,
                            SmallVector<Value> &states, ArrayRef<Value> outs,
                            int64_t most) {
  constexpr int64_t few = 8; // of what long blocks leave
  int64_t block = getBlockSteps(!outs.empty(), most);
  if (block > 1)
    from = runBlocks(emit, block, from, to, states, outs);
  if (block > mostBlockSteps)
    from = runBlocks(emit, few, from, to, states, outs);
  states =
      emit.carry(from, to, emit.index(1), states,
                 [&](Emit &body, Value time, SmallVectorImpl<Value> &values) {
                   runStep(body, time, loadInputs(body, time), values, outs);
                 });
}

/// Steps after which two pasts of the thread's neurons are most likely the same
/// floats: so many that a difference of 1 has shrunk to 2^-34.
Value NeuronKernel::emitWarmup(Emit &emit) {
  if (int64_t steps = op.getSchedule()->getWarmup())
    return emit.index(llvm::alignTo(steps, mostBlockSteps)); // whole blocks
  Type f64 = emit.getF64Type();
  Value most = arith::ConstantOp::create(emit, emit.getF64FloatAttr(0));
  Linearity linearity(op);
  IRMapping map = mapParams();
  for (auto [i, state] : llvm::enumerate(linearity.getStates())) {
    Coefficient known = state.factor;
    bool isNumber = isa<FloatType>(op.getStateArguments()[i].getType());
    if (known.getKnown() == Known::Step || (!isNumber && !known.getConstant()))
      known = Coefficient::one();
    if (known.isZero())
      continue;
    Value factor = known.emit(
        emit, emit.getLoc(), VectorType::get(width, f64), map,
        [&](Operation &scalar) { vectorize(emit, scalar, width, map); });
    factor = math::AbsFOp::create(emit, factor);
    for (int64_t j = 0; j != width; ++j)
      most = arith::MaximumFOp::create(
          emit, most, vector::ExtractOp::create(emit, factor, j));
  }
  constexpr int64_t mostDoublings = 12;
  Value least = arith::ConstantOp::create(emit, emit.getF64FloatAttr(0x1p-34));
  return emit.carry(
      emit.index(0), emit.index(mostDoublings), emit.index(1),
      {emit.index(1), most},
      [&](Emit &body, Value, SmallVectorImpl<Value> &carried) {
        Value more = arith::CmpFOp::create(body, arith::CmpFPredicate::UGT,
                                           carried[1], least);
        Value twice = body.add(carried[0], carried[0]);
        Value square = arith::MulFOp::create(body, carried[1], carried[1]);
        carried[0] = arith::SelectOp::create(body, more, twice, carried[0]);
        carried[1] = arith::SelectOp::create(body, more, square, carried[1]);
      })[0];
}

SmallVector<Value> NeuronKernel::guess(Emit &emit, Value from, Value chunk) {
  Value isFirst = arith::CmpIOp::create(emit, arith::CmpIPredicate::eq, chunk,
                                        emit.index(0));
  Value steps = emitWarmup(emit);
  // As far as the sequence goes back, where the state is known again.
  Value reaches =
      arith::CmpIOp::create(emit, arith::CmpIPredicate::ule, from, steps);
  SmallVector<Value> states =
      loadInits(emit, arith::OrIOp::create(emit, isFirst, reaches));
  Value begin = emit.sub(from, emit.min(from, steps));
  runSteps(emit, begin, from, states, {});
  return states;
}

Value NeuronKernel::isAnyOther(Emit &emit, ArrayRef<Value> states,
                               ArrayRef<Value> others) {
  Value isOther = arith::ConstantOp::create(emit, emit.getBoolAttr(false));
  for (auto [state, other] : llvm::zip(states, others)) {
    Value a = state, b = other;
    auto type = cast<VectorType>(a.getType());
    if (isa<FloatType>(type.getElementType())) {
      Type bits =
          type.clone(emit.getIntegerType(type.getElementTypeBitWidth()));
      a = arith::BitcastOp::create(emit, bits, a);
      b = arith::BitcastOp::create(emit, bits, b);
    }
    Value differs = arith::CmpIOp::create(emit, arith::CmpIPredicate::ne, a, b);
    for (int64_t i = 0; i != width; ++i)
      isOther = arith::OrIOp::create(
          emit, isOther, vector::ExtractOp::create(emit, differs, i));
  }
  return askWarp(emit, isOther);
}

Value NeuronKernel::getChunkLength(Emit &emit, Value chunks) {
  Value block = emit.index(mostBlockSteps);
  Value length = arith::CeilDivUIOp::create(emit, step.steps,
                                            emit.max(chunks, emit.index(1)));
  length = emit.mul(arith::CeilDivUIOp::create(emit, length, block), block);
  return emit.max(length, block);
}
