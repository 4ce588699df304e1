//===- BlockRecurrence.cpp - How many steps of a recurrence run together --===//
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

namespace mlir::snn {
#define GEN_PASS_DEF_BLOCKRECURRENCEPASS
#include "snn/Transforms/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

/// Bytes of one step of one element of the batch of all sequences in a body.
static int64_t getBytesPerStep(RecurrentOp op) {
  int64_t bytes = 0;
  auto add = [&](Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type || type.getRank() < 3 || !type.isDynamicDim(0))
      return;
    int64_t elements = 1;
    for (int64_t size : type.getShape().drop_front(2))
      elements *= ShapedType::isDynamic(size) ? 1 : size;
    bytes += elements * llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  };
  llvm::for_each(op.getBody().getArguments(), add);
  for (Operation &nested : op.getBody().front())
    llvm::for_each(nested.getResults(), add);
  return std::max<int64_t>(bytes, 1);
}

/// `span` in the fewest even parts of at most `most` steps.
static int64_t getPart(int64_t span, int64_t most) {
  return llvm::divideCeil(span, llvm::divideCeil(span, most));
}

namespace {
struct BlockRecurrence : snn::impl::BlockRecurrencePassBase<BlockRecurrence> {
  using Base::Base;

  void runOnOperation() override {
    if (window < 0 || windowBytes < 1) {
      getOperation().emitOpError("snn-block-recurrence: expected window >= 0 "
                                 "and window-bytes >= 1, but got ")
          << int64_t(window) << " and " << int64_t(windowBytes);
      return signalPassFailure();
    }
    getOperation().walk([&](RecurrentOp op) { block(op); });
  }

private:
  void block(RecurrentOp op);
};
} // namespace

void BlockRecurrence::block(RecurrentOp op) {
  bool isKnown = llvm::none_of(op.getSpanAttrs(), [](SpanAttr span) {
    return span.getKind() == SpanKind::Operand;
  });
  if (op.getWindow() || !isKnown)
    return;
  int64_t span = op.getLongestWindow();
  int64_t most = std::max<int64_t>(windowBytes / getBytesPerStep(op), 1);
  op.setWindow(getPart(span, window ? int64_t(window) : most));
  if (!op->hasAttr(kLayerAttr))
    return;
  std::string steps = std::to_string(*op.getWindow());
  appendReport(op, report::kDone,
               Twine("snn-block-recurrence: windows of ") + steps +
                   " steps: one product of " + steps +
                   " rows for each element of the batch");
}
