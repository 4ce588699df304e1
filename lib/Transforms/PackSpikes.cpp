//===- PackSpikes.cpp - Let spikes travel between layers as bits ----------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Analysis/Report.h"
#include "snn/IR/Words.h"
#include "snn/Transforms/Passes.h"

namespace mlir::snn {
#define GEN_PASS_DEF_PACKSPIKESPASS
#include "snn/Transforms/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

/// Whether something reads the spikes, and nothing reads them but from words
/// and as records.
static bool areReadAsWords(Value spikes);

/// A delay of words gives words, so it depends on who reads those.
static bool canDelayWords(OpOperand &use) {
  auto delay = dyn_cast<DelayOp>(use.getOwner());
  return delay && use.getOperandNumber() == 0 && !delay.getPerSource() &&
         areReadAsWords(delay.getOutput());
}

static bool areReadAsWords(Value spikes) {
  bool isRead = false;
  for (OpOperand &use : spikes.getUses()) {
    if (isRecord(use))
      continue;
    if (!canReadWords(use) && !canDelayWords(use))
      return false;
    isRead = true;
  }
  return isRead;
}

static int64_t getNumNeurons(Value spikes) {
  return cast<RankedTensorType>(spikes.getType()).getShape().back();
}

static Value unpack(OpBuilder &builder, Location loc, Value words,
                    int64_t neurons) {
  return UnpackOp::create(builder, loc, words, neurons);
}

/// delay(unpack(w), history) -> unpack(delay(w, pack(history)))
static void delayWords(DelayOp op) {
  OpBuilder builder(op);
  auto before = op.getInput().getDefiningOp<UnpackOp>();
  int64_t neurons = getNumNeurons(op.getInput());
  SmallVector<Value> histories;
  for (Value history : op.getInits())
    histories.push_back(PackOp::create(builder, op.getLoc(), history));
  auto delay = DelayOp::create(builder, op.getLoc(), before.getInput(),
                               histories, op.getDelays(), op.getPerSource(),
                               op.getGroups(), op.getReverse());
  delay->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  for (auto [bits, words] : llvm::zip(op.getResults(), delay.getResults()))
    if (!bits.use_empty())
      bits.replaceAllUsesWith(unpack(builder, op.getLoc(), words, neurons));
  op.erase();
}

/// Lets all readers but records read the spikes from words.
static void packSpikes(Value spikes) {
  OpBuilder builder(spikes.getContext());
  builder.setInsertionPointAfterValue(spikes);
  Location loc = spikes.getLoc();
  auto words = PackOp::create(builder, loc, spikes);
  Value bits = unpack(builder, loc, words, getNumNeurons(spikes));
  spikes.replaceUsesWithIf(bits, [&](OpOperand &use) {
    return use.getOwner() != words && !isRecord(use);
  });
  Operation *maker = spikes.getDefiningOp();
  if (maker->hasAttr(kLayerAttr))
    appendReport(maker, report::kDone, "snn-pack-spikes: spikes as words");
}

/// Whether packs are all that reads the spikes, beside records.
static bool areAlreadyPacked(Value spikes) {
  return llvm::all_of(spikes.getUses(), [](OpOperand &use) {
    return isa<PackOp>(use.getOwner()) || isRecord(use);
  });
}

namespace {
struct PackSpikes : snn::impl::PackSpikesPassBase<PackSpikes> {
  using PackSpikesPassBase::PackSpikesPassBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal() || !function.getBody().hasOneBlock())
      return;
    for (Operation &op : llvm::make_early_inc_range(function.front())) {
      auto delay = dyn_cast<DelayOp>(op);
      if (delay && delay.getInput().getDefiningOp<UnpackOp>() &&
          canDelayWords(op.getOpOperand(0))) {
        delayWords(delay);
        continue;
      }
      for (Value spikes : op.getResults())
        if (canWriteWords(spikes) && getNumNeurons(spikes) >= leastNeurons &&
            areReadAsWords(spikes) && !areAlreadyPacked(spikes))
          packSpikes(spikes);
    }
  }
};
} // namespace
