//===- RecordSpikes.cpp - Return the spikes of every layer ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/IR/SNN.h"
#include "snn/Transforms/Passes.h"

#include "llvm/ADT/StringSet.h"

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

/// The layer's name, or the kind of op and a number; with the first number that
/// makes it distinct where it is taken.
static std::string getDistinctName(Operation *op, StringAttr layer,
                                   llvm::StringSet<> &names) {
  if (layer && names.insert(layer.getValue()).second)
    return layer.str();
  StringRef base = layer ? layer.getValue() : op->getName().stripDialect();
  for (unsigned number = 0;; ++number) {
    std::string name = (base + Twine(number)).str();
    if (names.insert(name).second)
      return name;
  }
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
    llvm::StringSet<> names;
    for (SequenceOpInterface op : ops) {
      auto layer = op->getAttrOfType<StringAttr>(kLayerAttr);
      if (anyMarked && !layer)
        continue;
      for (Value spikes : getSpikes(op)) {
        if (!layer && isIntermediate(op, spikes))
          continue;
        std::string name = getDistinctName(op, layer, names);
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
