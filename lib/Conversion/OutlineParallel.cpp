//===- OutlineParallel.cpp - Bodies of parallel loops as functions --------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Conversion/Passes.h"
#include "snn/IR/SNN.h"

#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"

namespace mlir::snn {
#define GEN_PASS_DEF_OUTLINEPARALLELPASS
#include "snn/Conversion/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

/// Moves the body of a parallel loop into `loop`, a sequential one.
static void moveBody(scf::ParallelOp op, scf::ForOp loop, IRMapping &map,
                     OpBuilder &builder) {
  map.map(op.getInductionVars()[0], loop.getInductionVar());
  builder.setInsertionPoint(loop.getBody()->getTerminator());
  for (Operation &nested : op.getBody()->without_terminator())
    builder.clone(nested, map);
}

/// Values from outside the loop that its body reads. Constants are copied.
static SmallVector<Value> getCaptures(scf::ParallelOp op, IRMapping &map,
                                      OpBuilder &builder) {
  SetVector<Value> used;
  getUsedValuesDefinedAbove(op.getRegion(), used);
  SmallVector<Value> captures;
  for (Value value : used) {
    if (matchPattern(value, m_Constant()))
      map.map(value, builder.clone(*value.getDefiningOp())->getResult(0));
    else
      captures.push_back(value);
  }
  return captures;
}

namespace {
struct OutlineParallel : snn::impl::OutlineParallelPassBase<OutlineParallel> {
  void runOnOperation() override {
    SmallVector<scf::ParallelOp> loops;
    getOperation().walk([&](scf::ParallelOp op) {
      if (op.getNumLoops() == 1 && op.getNumReductions() == 0)
        loops.push_back(op);
    });
    llvm::StringMap<int> counts;
    for (scf::ParallelOp op : loops) {
      if (op->getParentOfType<scf::ParallelOp>())
        makeSequential(op);
      else
        outline(op, counts);
    }
  }

  /// parallel { body } -> for { body }
  void makeSequential(scf::ParallelOp op) {
    OpBuilder builder(op);
    auto loop = scf::ForOp::create(builder, op.getLoc(), op.getLowerBound()[0],
                                   op.getUpperBound()[0], op.getStep()[0]);
    IRMapping map;
    moveBody(op, loop, map, builder);
    op.erase();
  }

  /// parallel { body } -> call f(begin, end, captures)
  void outline(scf::ParallelOp op, llvm::StringMap<int> &counts) {
    auto parent = op->getParentOfType<func::FuncOp>();
    std::string name =
        (parent.getName() + "_parallel_" + Twine(counts[parent.getName()]++))
            .str();
    Location loc = op.getLoc();
    OpBuilder builder = OpBuilder::atBlockEnd(getOperation().getBody());
    auto function = func::FuncOp::create(builder, loc, name,
                                         builder.getFunctionType({}, {}));
    function.setPrivate();
    function->setAttr(kParallelAttr, builder.getUnitAttr());
    Block *entry = function.addEntryBlock();
    builder.setInsertionPointToStart(entry);
    IRMapping map;
    SmallVector<Value> captures = getCaptures(op, map, builder);
    Type index = builder.getIndexType();
    Value begin = entry->addArgument(index, loc);
    Value end = entry->addArgument(index, loc);
    for (Value capture : captures)
      map.map(capture, entry->addArgument(capture.getType(), loc));
    function.setFunctionType(
        builder.getFunctionType(entry->getArgumentTypes(), {}));
    Value step = map.lookupOrNull(op.getStep()[0]);
    if (!step)
      step = arith::ConstantIndexOp::create(builder, loc, 1);
    auto loop = scf::ForOp::create(builder, loc, begin, end, step);
    func::ReturnOp::create(builder, loc);
    moveBody(op, loop, map, builder);

    OpBuilder caller(op);
    SmallVector<Value> operands = {op.getLowerBound()[0],
                                   op.getUpperBound()[0]};
    llvm::append_range(operands, captures);
    func::CallOp::create(caller, loc, function, operands);
    op.erase();
  }
};
} // namespace
