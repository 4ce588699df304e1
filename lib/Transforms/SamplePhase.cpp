//===- SamplePhase.cpp - Convolutions that a phase gate reads -------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Analysis/Report.h"
#include "snn/IR/SNN.h"
#include "snn/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlir::snn {
#define GEN_PASS_DEF_SAMPLEPHASEPASS
#include "snn/Transforms/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

/// Whether step t of the results depends on step t of the operands alone, and
/// no one else sees it.
static bool isPointwise(Operation *op) {
  if (op->hasAttr(kLayerAttr)) // its spikes may be recorded
    return false;
  if (isa<FireOp>(op))
    return true;
  return OpTrait::hasElementwiseMappableTraits(op) && isPure(op);
}

/// The phase gates that are all that reads a value, through pointwise ops.
static LogicalResult collectGates(Value value,
                                  SmallVectorImpl<RefractoryOp> &gates) {
  for (Operation *user : value.getUsers()) {
    auto gate = dyn_cast<RefractoryOp>(user);
    if (gate && gate.getKind() == RefractoryKind::Phase) {
      gates.push_back(gate);
      continue;
    }
    if (!isPointwise(user))
      return failure();
    for (Value result : user->getResults())
      if (failed(collectGates(result, gates)))
        return failure();
  }
  return success();
}

namespace {
struct SamplePhase : snn::impl::SamplePhasePassBase<SamplePhase> {
  void runOnOperation() override {
    for (auto op : getOperation().getOps<TemporalConvOp>())
      sample(op);
  }

private:
  static void sample(TemporalConvOp op);
};
} // namespace

void SamplePhase::sample(TemporalConvOp op) {
  SmallVector<RefractoryOp> gates;
  if (op.dependsOnPosition() || op.isFFT() ||
      failed(collectGates(op.getOutput(), gates)) || gates.empty())
    return;
  RefractoryOp first = gates.front();
  bool isSame = llvm::all_of(gates, [&](RefractoryOp gate) {
    return gate.getPeriod() == first.getPeriod() &&
           gate.getPhase() == first.getPhase() &&
           gate.getOffset() == first.getOffset();
  });
  if (!isSame || first.getPeriod() == 1)
    return;
  if (Value offset = first.getOffset()) {
    // Ops stand in their order: the gate's offset may come after this one.
    Operation *maker = offset.getDefiningOp();
    if (maker && !maker->isBeforeInBlock(op))
      return;
    op.getOffsetMutable().assign(offset);
  }
  op.setPeriod(first.getPeriod());
  op.setPhase(first.getPhase());
  if (op->hasAttr(kLayerAttr))
    appendReport(op, report::kDone,
                 "snn-sample-phase: one step in " + Twine(first.getPeriod()));
}
