//===- TeamKernel.cpp - Chunks of time in one block -----------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TeamKernel.h"

using namespace mlir;
using namespace mlir::snn;

TeamKernel::TeamKernel(NeuronOp op, const NeuronOperands &operands,
                       NeuronStep &step, NeuronStores &stores)
    : NeuronKernel(op, operands, step, stores, /*width=*/1) {
  for (Value state : op.getStateArguments())
    endOffsets.push_back(reserveShared(state.getType(), kThreads));
  wrongOffset = reserveShared(IntegerType::get(op.getContext(), 32), kWarps);
}

/// Which chunk of which neurons the thread has. Warps that are left over work
/// for no team.
void TeamKernel::findPlace(Emit &emit, Value block, Value inner) {
  Value lanes = emit.index(kWarp);
  warp = arith::DivUIOp::create(emit, inner, lanes);
  warpLane = arith::RemUIOp::create(emit, inner, lanes);
  Value team = arith::DivUIOp::create(emit, warp, chunks);
  chunk = arith::RemUIOp::create(emit, warp, chunks);
  isWorking =
      arith::CmpIOp::create(emit, arith::CmpIPredicate::ult, team, teams);
  Value group = emit.add(emit.mul(block, teams), team);
  Value number = emit.add(emit.mul(group, lanes), warpLane);
  beginAt(emit, number, inner);
  isActive = arith::AndIOp::create(emit, isActive, isWorking);
}

/// The states at the end of the chunk of a warp.
SmallVector<Value> TeamKernel::readEnds(Emit &emit, Value of) {
  SmallVector<Value> states;
  for (Value end : ends)
    states.push_back(loadLanes(emit, end, {of, warpLane}, width));
  return states;
}

void TeamKernel::runChunk(Emit &emit, SmallVector<Value> states,
                          ArrayRef<Value> outs) {
  Value from = emit.mul(chunk, length);
  Value to = emit.min(emit.add(from, length), step.steps);
  runSteps(emit, from, to, states, outs);
  for (auto [state, end] : llvm::zip(states, ends))
    storeLanes(emit, state, end, {warp, warpLane});
}

/// Whether the start of any warp of the block is wrong. All threads come here.
Value TeamKernel::isAnyWrong(Emit &emit, Value isWrong) {
  Value zero = emit.index(0);
  Type i32 = emit.getI32Type();
  Value isFirst =
      arith::CmpIOp::create(emit, arith::CmpIPredicate::eq, warpLane, zero);
  emitWhere(emit, isFirst, [&](Emit &inner) {
    memref::StoreOp::create(inner, arith::ExtUIOp::create(inner, i32, isWrong),
                            wrongs, warp);
  });
  gpu::BarrierOp::create(emit);
  // Each lane reads one of them, and the warp asks all.
  Value other = arith::RemUIOp::create(emit, warpLane, emit.index(kWarps));
  Value told = memref::LoadOp::create(emit, wrongs, other);
  Value isTold = arith::CmpIOp::create(emit, arith::CmpIPredicate::ne, told,
                                       emit.zero(i32));
  return askWarp(emit, isTold);
}

void TeamKernel::run(Emit &emit, Value block, Value inner,
                     ArrayRef<Value> memory) {
  ArrayRef<Value> outs = memory.take_front(stores.size()),
                  finals = memory.drop_front(stores.size());
  auto shape = {kWarps, int64_t(kWarp)};
  ends.clear();
  for (auto [state, offset] : llvm::zip(op.getStateArguments(), endOffsets))
    ends.push_back(getShared(emit, state.getType(), offset, shape));
  wrongs = getShared(emit, emit.getI32Type(), wrongOffset, {kWarps});
  findPlace(emit, block, inner);
  Value zero = emit.index(0), one = emit.index(1);
  Value isFirst =
      arith::CmpIOp::create(emit, arith::CmpIPredicate::eq, chunk, zero);
  // The starts, and whether the warp runs from them.
  SmallVector<Value> carried = guess(emit, emit.mul(chunk, length), chunk);
  carried.push_back(isWorking);
  scf::WhileOp::create(
      emit, llvm::to_vector_of<Type>(ValueRange(carried).getTypes()), carried,
      [&](OpBuilder &builder, Location loc, ValueRange values) {
        Emit at(loc, builder);
        SmallVector<Value> starts(values.drop_back());
        emitWhere(at, values.back(),
                  [&](Emit &again) { runChunk(again, starts, outs); });
        gpu::BarrierOp::create(at);
        Value before = at.sub(at.max(warp, one), one);
        SmallVector<Value> known = readEnds(at, before);
        for (auto [state, start] : llvm::zip(known, starts))
          state = arith::SelectOp::create(at, isFirst, start, state);
        Value isWrong =
            arith::AndIOp::create(at, isWorking, isAnyOther(at, known, starts));
        known.push_back(isWrong);
        scf::ConditionOp::create(at, isAnyWrong(at, isWrong), known);
      },
      [&](OpBuilder &builder, Location loc, ValueRange values) {
        scf::YieldOp::create(builder, loc, values);
      });
  Value isLast = arith::AndIOp::create(
      emit, isWorking,
      arith::CmpIOp::create(emit, arith::CmpIPredicate::eq,
                            emit.add(chunk, one), chunks));
  emitWhere(emit, isLast,
            [&](Emit &at) { storeFinals(at, readEnds(at, warp), finals); });
}

SmallVector<Value> TeamKernel::launch(Emit &emit, ArrayRef<Value> results,
                                      Value count, Value isChosen) {
  Value one = emit.index(1);
  length = getChunkLength(emit, count);
  chunks = emit.createOrFold<arith::CeilDivUIOp>(step.steps, length);
  chunks = emit.max(emit.min(chunks, count), one);
  teams = arith::DivUIOp::create(emit, emit.index(kWarps), chunks);
  Value groups = snn::countBlocks(emit, countThreads(emit), kWarp);
  Value blocks =
      emit.createOrFold<arith::CeilDivUIOp>(groups, emit.max(teams, one));
  blocks = arith::SelectOp::create(emit, isChosen, blocks, emit.index(0));
  std::string name = getName("team");
  return emitKernel(
      emit, {name, kThreads, getSharedBytes()}, blocks, results,
      [&](Emit &body, Value block, Value inner, ArrayRef<Value> memory) {
        run(body, block, inner, memory);
      });
}
