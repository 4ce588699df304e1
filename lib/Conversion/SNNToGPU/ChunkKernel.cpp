//===- ChunkKernel.cpp - Chunks of time in many blocks --------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChunkKernel.h"

using namespace mlir;
using namespace mlir::snn;

ChunkKernel::Memory ChunkKernel::split(ArrayRef<Value> memory) {
  size_t numStores = stores.size(), numStates = op.getNumStates();
  return {memory.take_front(numStores), memory.slice(numStores, numStates),
          memory.slice(numStores + numStates, numStates),
          memory[numStores + 2 * numStates]};
}

void ChunkKernel::runChunk(Emit &emit, Value chunk, SmallVector<Value> states,
                           const Memory &memory) {
  storeStates(emit, states, memory.starts, chunk);
  Value from = emit.mul(chunk, length);
  Value to = emit.min(emit.add(from, length), step.steps);
  runSteps(emit, from, to, states, memory.outs);
  storeStates(emit, states, memory.ends, chunk);
}

/// Whether some neuron of the warp has not started from the end before it,
/// which `states` become.
Value ChunkKernel::isStartWrong(Emit &emit, Value chunk, const Memory &memory,
                                SmallVector<Value> &states) {
  // The first chunk is compared with itself.
  Value isFirst = arith::CmpIOp::create(emit, arith::CmpIPredicate::eq, chunk,
                                        emit.index(0));
  Value before = emit.sub(emit.max(chunk, emit.index(1)), emit.index(1));
  states = loadStates(emit, memory.ends, before);
  SmallVector<Value> assumed = loadStates(emit, memory.starts, chunk);
  for (auto [state, start] : llvm::zip(states, assumed))
    state = arith::SelectOp::create(emit, isFirst, start, state);
  return isAnyOther(emit, states, assumed);
}

Value ChunkKernel::isFlagged(Emit &emit, int64_t sweep, const Memory &memory) {
  Value flag = memref::LoadOp::create(emit, memory.flags, emit.index(sweep));
  return arith::CmpIOp::create(emit, arith::CmpIPredicate::ne, flag,
                               emit.zero(flag.getType()));
}

/// All chunks from guesses; no sweep has repaired anything yet.
void ChunkKernel::runGuesses(Emit &emit, Value block, Value inner,
                             const Memory &memory) {
  Value chunk = begin(emit, block, inner, chunks);
  SmallVector<Value> states = guess(emit, emit.mul(chunk, length), chunk);
  runChunk(emit, chunk, states, memory);
  Value isFirst = arith::CmpIOp::create(
      emit, arith::CmpIPredicate::eq, arith::OrIOp::create(emit, block, inner),
      emit.index(0));
  emitWhere(emit, isFirst, [&](Emit &at) {
    Value zero = at.zero(at.getI32Type());
    for (int64_t i = 0; i != kSweeps; ++i)
      memref::StoreOp::create(at, zero, memory.flags, at.index(i));
  });
}

/// All chunks with a wrong start, if the sweep before has left any.
void ChunkKernel::repair(Emit &emit, Value block, Value inner, int64_t sweep,
                         const Memory &memory) {
  auto run = [&](Emit &at) {
    Value chunk = begin(at, block, inner, chunks);
    SmallVector<Value> states;
    Value isWrong = isStartWrong(at, chunk, memory, states);
    emitWhere(at, isWrong, [&](Emit &again) {
      runChunk(again, chunk, states, memory);
      Value one = arith::ConstantOp::create(again, again.getI32IntegerAttr(1));
      memref::StoreOp::create(again, one, memory.flags, again.index(sweep));
    });
  };
  if (sweep == 0)
    return run(emit);
  emitWhere(emit, isFlagged(emit, sweep - 1, memory), run);
}

/// What is still wrong, chunk by chunk, and the final states.
void ChunkKernel::finish(Emit &emit, Value block, Value inner,
                         const Memory &memory, ArrayRef<Value> finals) {
  begin(emit, block, inner);
  emitWhere(emit, isFlagged(emit, kSweeps - 1, memory), [&](Emit &at) {
    at.carry(at.index(1), chunks, at.index(1), {},
             [&](Emit &body, Value chunk, SmallVectorImpl<Value> &) {
               SmallVector<Value> states;
               Value isWrong = isStartWrong(body, chunk, memory, states);
               emitWhere(body, isWrong, [&](Emit &again) {
                 runChunk(again, chunk, states, memory);
               });
             });
  });
  Value last = emit.sub(chunks, emit.index(1));
  storeFinals(emit, loadStates(emit, memory.ends, last), finals);
}

SmallVector<Value> ChunkKernel::launch(Emit &emit, ArrayRef<Value> results,
                                       Value count, Value isChosen) {
  auto choose = [&](Value number) -> Value {
    return arith::SelectOp::create(emit, isChosen, number, emit.index(0));
  };
  chunks = choose(count);
  length = getChunkLength(emit, chunks);
  chunks = emit.min(emit.createOrFold<arith::CeilDivUIOp>(step.steps, length),
                    chunks); // which is what is left of it, and bounds it
  Value lanes = countThreads(emit);
  SmallVector<Value> outs(results.take_front(stores.size()));
  llvm::append_range(outs, makeStates(emit, op, step, chunks));
  llvm::append_range(outs, makeStates(emit, op, step, chunks));
  outs.push_back(emit.empty({emit.getIndexAttr(kSweeps)}, emit.getI32Type()));
  Value blocks = countBlocks(emit, emit.mul(chunks, lanes), threads);
  std::string name = getName("chunks");
  outs = emitKernel(
      emit, {name, threads}, blocks, outs,
      [&](Emit &body, Value block, Value inner, ArrayRef<Value> memory) {
        runGuesses(body, block, inner, split(memory));
      });
  name = getName("repair");
  for (int64_t sweep = 0; sweep != kSweeps; ++sweep)
    outs = emitKernel(
        emit, {name, threads}, blocks, outs,
        [&](Emit &body, Value block, Value inner, ArrayRef<Value> memory) {
          repair(body, block, inner, sweep, split(memory));
        });
  ArrayRef<Value> finals = results.drop_front(stores.size());
  llvm::append_range(outs, finals);
  name = getName("finish");
  outs = emitKernel(
      emit, {name, threads}, choose(countBlocks(emit, lanes, threads)), outs,
      [&](Emit &body, Value block, Value inner, ArrayRef<Value> memory) {
        finish(body, block, inner, split(memory),
               memory.take_back(finals.size()));
      });
  SmallVector<Value> written(outs.begin(), outs.begin() + stores.size());
  llvm::append_range(written, ArrayRef(outs).take_back(finals.size()));
  return written;
}
