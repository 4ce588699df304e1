//===- RecordSpikes.cpp - Return the spikes of every layer ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/IR/SNN.h"
#include "snn/Transforms/Passes.h"

namespace mlir::snn {
#define GEN_PASS_DEF_RECORDSPIKESPASS
#include "snn/Transforms/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

/// Sequences of spikes that the op makes.
static SmallVector<Value> getSpikes(SequenceOpInterface op) {
  SmallVector<Value> spikes;
  for (OpResult result : op->getResults()) {
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (type && type.getElementType().isInteger(1) && type.getRank() >= 3 &&
        op.isSequenceResult(result))
      spikes.push_back(result);
  }
  return spikes;
}

/// Whether spikes are only the candidates of a gate, or moved in time or
/// layout.
static bool isIntermediate(SequenceOpInterface op, Value spikes) {
  if (isa<DelayOp, UnpackOp>(op.getOperation()))
    return true;
  return !spikes.use_empty() &&
         llvm::all_of(spikes.getUsers(),
                      [](Operation *user) { return isa<RefractoryOp>(user); });
}

namespace {
struct RecordSpikes : snn::impl::RecordSpikesPassBase<RecordSpikes> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal() || !function.getBody().hasOneBlock())
      return;
    SmallVector<SequenceOpInterface> ops(
        function.front().getOps<SequenceOpInterface>());
    bool anyMarked = llvm::any_of(
        ops, [](Operation *op) { return op->hasAttr(kLayerAttr); });

    OpBuilder builder(&getContext());
    Operation *terminator = function.front().getTerminator();
    llvm::StringMap<int> counts;
    for (SequenceOpInterface op : ops) {
      auto layer = op->getAttrOfType<StringAttr>(kLayerAttr);
      if (anyMarked && !layer)
        continue;
      for (Value spikes : getSpikes(op)) {
        if (!layer && isIntermediate(op, spikes))
          continue;
        StringRef kind =
            layer ? layer.getValue() : op->getName().stripDialect();
        int number = counts[kind]++;
        std::string name =
            layer && number == 0 ? kind.str() : (kind + Twine(number)).str();
        auto attrs = builder.getDictionaryAttr(
            builder.getNamedAttr(kRecordAttr, builder.getStringAttr(name)));
        (void)function.insertResult(function.getNumResults(), spikes.getType(),
                                    attrs);
        terminator->insertOperands(terminator->getNumOperands(), spikes);
      }
    }
  }
};
} // namespace
