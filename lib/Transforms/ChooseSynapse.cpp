//===- ChooseSynapse.cpp - How spikes meet weights ------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/IR/SNN.h"
#include "snn/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::snn {
#define GEN_PASS_DEF_CHOOSESYNAPSEPASS
#include "snn/Transforms/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

namespace {
struct ChooseSynapse : snn::impl::ChooseSynapsePassBase<ChooseSynapse> {
  using Base::Base;

  void runOnOperation() override {
    std::optional<SynapseForm> forced = symbolizeSynapseForm(form);
    if (form != "auto" && !forced) {
      getOperation().emitOpError("snn-choose-synapse: expected form auto, "
                                 "event, dense or adaptive, but got ")
          << form;
      return signalPassFailure();
    }
    if (percent < 1 || percent > 100) {
      getOperation().emitOpError("snn-choose-synapse: expected a percent in "
                                 "[1, 100], but got ")
          << int64_t(percent);
      return signalPassFailure();
    }
    getOperation().walk([&](LinearOp op) {
      // What reads grouped delays runs by events in any case.
      auto delay = op.getInput().getDefiningOp<DelayOp>();
      if (op.getForm() || (delay && delay.getGroups()) ||
          !op.getInput().getType().getElementType().isInteger(1))
        return;
      SynapseForm chosen = forced.value_or(choose(op));
      op.setFormAttr(SynapseAttr::get(
          &getContext(), chosen,
          chosen == SynapseForm::Adaptive ? int64_t(percent) : 0));
    });
  }

private:
  /// A product of few inputs or outputs takes no time that a count would save.
  SynapseForm choose(LinearOp op) {
    RankedTensorType weight = op.getWeight().getType();
    int64_t outputs = weight.getDimSize(0);
    int64_t inputs = ShapedType::getNumElements(weight.getShape()) / outputs;
    return std::min(inputs, outputs) >= leastSize ? SynapseForm::Adaptive
                                                  : SynapseForm::Event;
  }
};
} // namespace
