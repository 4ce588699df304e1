//===- SeparateDestinations.cpp - A destination of its own for each op ----===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Conversion/Passes.h"

namespace mlir::snn {
#define GEN_PASS_DEF_SEPARATEDESTINATIONSPASS
#include "snn/Conversion/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;

/// Whether the op of the use writes its result there.
static bool isDestination(OpOperand &use) {
  auto op = dyn_cast<DestinationStyleOpInterface>(use.getOwner());
  return op && op.isDpsInit(&use);
}

/// Gives each use that `isMine` holds for, except the first and those that
/// never meet it, a copy of the op.
static void separate(Operation *op, function_ref<bool(OpOperand &)> isMine) {
  SmallVector<OpOperand *> uses;
  for (OpOperand &use : op->getUses())
    if (isMine(use))
      uses.push_back(&use);
  if (uses.empty() || op->hasOneUse())
    return;
  SmallVector<OpOperand *> kept = {uses.front()};
  for (OpOperand *use : ArrayRef(uses).drop_front()) {
    if (llvm::all_of(kept, [&](OpOperand *other) {
          return insideMutuallyExclusiveRegions(use->getOwner(),
                                                other->getOwner());
        })) {
      kept.push_back(use);
      continue;
    }
    OpBuilder builder(op);
    use->set(builder.clone(*op)->getResult(0));
  }
}

namespace {
struct SeparateDestinations
    : snn::impl::SeparateDestinationsPassBase<SeparateDestinations> {
  void runOnOperation() override {
    SmallVector<Operation *> fills, empties;
    getOperation()->walk([&](linalg::FillOp op) {
      if (op->getNumResults() == 1)
        fills.push_back(op);
    });
    for (Operation *fill : fills)
      separate(fill, isDestination);
    getOperation()->walk([&](tensor::EmptyOp op) { empties.push_back(op); });
    for (Operation *empty : empties)
      separate(empty, [](OpOperand &) { return true; });
  }
};
} // namespace
