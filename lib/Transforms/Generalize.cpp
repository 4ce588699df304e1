//===- Generalize.cpp - Turn named neurons into snn.neuron ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Analysis/AffineStep.h"
#include "snn/Transforms/Passes.h"

#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace mlir::snn {
#define GEN_PASS_DEF_GENERALIZEPASS
#include "snn/Transforms/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

namespace {
/// named(x, p) -> neuron ins(x) params(p) { the named neuron's step }
struct GeneralizeNeuron : OpInterfaceRewritePattern<NeuronOpInterface> {
  GeneralizeNeuron(MLIRContext *context, bool wordGates)
      : OpInterfaceRewritePattern(context), wordGates(wordGates) {}

  LogicalResult matchAndRewrite(NeuronOpInterface op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasStep())
      return rewriter.notifyMatchFailure(op, "expected a step");
    auto gate = dyn_cast<RefractoryOp>(op.getOperation());
    if (wordGates && gate && gate.getInput().getDefiningOp<UnpackOp>())
      return rewriter.notifyMatchFailure(op, "expected spikes that are bytes");
    rewriter.replaceOp(op, buildNeuron(rewriter, op));
    return success();
  }

  bool wordGates;
};
} // namespace

void snn::populateGeneralizePatterns(RewritePatternSet &patterns,
                                     bool wordGates) {
  patterns.add<GeneralizeNeuron>(patterns.getContext(), wordGates);
}

namespace {
struct Generalize : snn::impl::GeneralizePassBase<Generalize> {
  using GeneralizePassBase::GeneralizePassBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateGeneralizePatterns(patterns, wordGates);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
