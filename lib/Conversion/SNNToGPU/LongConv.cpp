//===- LongConv.cpp - Convolutions along time with many taps --------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConvKernel.h"

using namespace mlir;
using namespace mlir::snn;

/// Threads of a block of tiles.
static constexpr int64_t kTileThreads = 256;
/// Steps of a thread where there are many: each weight and each input is read
/// once for so many products.
static constexpr int64_t kManySteps = 16;

/// Adds tap `taps - 1 - i` to all rows. What follows the sums are the inputs
/// but the last that the rows meet, which are neighbours; of a single row there
/// are none.
void ConvKernel::addTap(Emit &emit, Value i, ArrayRef<Value> rows,
                        SmallVectorImpl<Value> &values) {
  Value tap = emit.sub(emit.index(taps - 1), i), weight;
  values.push_back(readAny(emit, emit.sub(rows.back(), tap)));
  for (auto [r, row] : llvm::enumerate(rows)) {
    if (r == 0 || op.getPerStep())
      weight = readWeight(emit, tap, row);
    values[r] =
        math::FmaOp::create(emit, weight, values[rows.size() + r], values[r]);
  }
  values.erase(values.begin() + rows.size());
}

/// The sums of rows.
SmallVector<Value> ConvKernel::addAllTaps(Emit &emit, ArrayRef<Value> rows) {
  SmallVector<Value> values(rows.size(), emit.zero(sumType));
  for (Value ahead : rows.drop_back())
    values.push_back(readAny(emit, emit.sub(ahead, emit.index(taps - 1))));
  int64_t unroll = std::max<int64_t>(kConvSteps, rows.size());
  int64_t whole = taps / unroll * unroll;
  if (whole > 0)
    values =
        emit.carry(emit.index(0), emit.index(whole), emit.index(unroll), values,
                   [&](Emit &at, Value i, SmallVectorImpl<Value> &next) {
                     for (int64_t part = 0; part < unroll; ++part)
                       addTap(at, at.add(i, at.index(part)), rows, next);
                   });
  for (int64_t i = whole; i < taps; ++i)
    addTap(emit, emit.index(i), rows, values);
  return values;
}

/// `size` outputs of a neuron from number `row` on.
void ConvKernel::runRows(Emit &emit, Value row, int64_t size, Value out) {
  SmallVector<Value> rows;
  if (op.getPeriod())
    rows.push_back(toTime(
        emit, emit.add(first, emit.mul(row, emit.index(*op.getPeriod())))));
  else
    for (int64_t i = 0; i != size; ++i)
      rows.push_back(emit.add(row, emit.index(i)));
  SmallVector<Value> values = addAllTaps(emit, rows);
  for (auto [r, to] : llvm::enumerate(rows)) {
    if (isInside) {
      write(emit, values[r], to, out);
      continue;
    }
    Value isStep =
        arith::CmpIOp::create(emit, arith::CmpIPredicate::ult, to, steps);
    emitWhere(emit, isStep, [&, sum = values[r], step = to](Emit &inner) {
      write(inner, sum, step, out);
    });
  }
}

/// The same; most read nothing of the history, and all that they read is there.
void ConvKernel::runTile(Emit &emit, Value row, int64_t size, Value out) {
  Value isLate = arith::CmpIOp::create(emit, arith::CmpIPredicate::uge, row,
                                       emit.index(taps - 1));
  Value isWhole = arith::CmpIOp::create(emit, arith::CmpIPredicate::ule,
                                        emit.add(row, emit.index(size)), steps);
  auto branch = scf::IfOp::create(
      emit, arith::AndIOp::create(emit, isLate, isWhole), /*withElse=*/true);
  Emit inside(emit.getLoc(), branch.thenYield());
  isInside = true;
  runRows(inside, row, size, out);
  isInside = false;
  Emit others(emit.getLoc(), branch.elseYield());
  runRows(others, row, size, out);
}

/// Each thread has `size` steps of a neuron. Warps of a block are of the same
/// neurons and of times that follow each other: they read the same weights, and
/// inputs that overlap, at about the same time, so that the first-level cache
/// has them.
Value ConvKernel::emitTiles(Emit &emit, int64_t size, Value out) {
  Value threads = emit.index(kTileThreads);
  // Neurons of a block: as many for each, at most a warp.
  Value groups = countBlocks(emit, lanes, kWarp);
  Value width =
      arith::CeilDivUIOp::create(emit, lanes, emit.max(groups, emit.index(1)));
  width = emit.max(width, emit.index(1));
  Value tiles = arith::DivUIOp::create(emit, threads, width);
  Value count = arith::CeilDivUIOp::create(emit, steps,
                                           emit.mul(tiles, emit.index(size)));
  std::string name = getKernelName(op, "temporal_conv_" + Twine(size));
  return emitKernel(
      emit, {name, kTileThreads}, emit.mul(groups, count), out,
      [&](Emit &at, Value block, Value thread, ArrayRef<Value> outs) {
        begin(at);
        Value group = arith::RemUIOp::create(at, block, groups);
        Value tile =
            at.add(at.mul(arith::DivUIOp::create(at, block, groups), tiles),
                   arith::DivUIOp::create(at, thread, width));
        Value lane = at.add(at.mul(group, width),
                            arith::RemUIOp::create(at, thread, width));
        Value row = at.mul(tile, at.index(size));
        auto isLess = [&](Value a, Value b) -> Value {
          return arith::CmpIOp::create(at, arith::CmpIPredicate::ult, a, b);
        };
        Value isActive =
            arith::AndIOp::create(at, isLess(lane, lanes), isLess(row, steps));
        isActive = arith::AndIOp::create(at, isActive,
                                         isLess(thread, at.mul(tiles, width)));
        setLane(at, lane);
        emitWhere(at, isActive,
                  [&](Emit &in) { runTile(in, row, size, outs[0]); });
      })[0];
}

/// A thread has some outputs of a neuron, one after the other in time; with a
/// period, one.
Value ConvKernel::emitLong(Emit &emit) {
  Value out =
      op.getPeriod() ? emit.zeros(shape, element) : emit.empty(shape, element);
  out = emit.collapse(out, 2, shape.size());
  if (!op.getPeriod()) {
    if (op.getPerStep()) // a weight is for one step
      return emitTiles(emit, kConvSteps, out);
    Value isMany = arith::CmpIOp::create(emit, arith::CmpIPredicate::uge,
                                         emit.mul(steps, lanes),
                                         emit.index(kManySteps * kManyThreads));
    auto branch = scf::IfOp::create(
        emit, isMany,
        [&](OpBuilder &builder, Location loc) {
          Emit inner(loc, builder);
          scf::YieldOp::create(inner, emitTiles(inner, kManySteps, out));
        },
        [&](OpBuilder &builder, Location loc) {
          Emit inner(loc, builder);
          scf::YieldOp::create(inner, emitTiles(inner, kConvSteps, out));
        });
    return branch.getResult(0);
  }
  std::string name = getKernelName(op, "temporal_conv_long");
  return emitKernel(
      emit, {name, kConvThreads},
      countBlocks(emit, emit.mul(count, lanes), kConvThreads), out,
      [&](Emit &at, Value block, Value thread, ArrayRef<Value> outs) {
        Value number = findLane(at, block, thread);
        Value isActive =
            arith::CmpIOp::create(at, arith::CmpIPredicate::ult, number, count);
        emitWhere(at, isActive,
                  [&](Emit &in) { runRows(in, number, 1, outs[0]); });
      })[0];
}
