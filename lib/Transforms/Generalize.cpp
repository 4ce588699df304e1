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
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(NeuronOpInterface op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasStep())
      return rewriter.notifyMatchFailure(op, "expected a step");
    rewriter.replaceOp(op, buildNeuron(rewriter, op));
    return success();
  }
};
} // namespace

void snn::populateGeneralizePatterns(RewritePatternSet &patterns) {
  patterns.add<GeneralizeNeuron>(patterns.getContext());
}

namespace {
struct Generalize : snn::impl::GeneralizePassBase<Generalize> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateGeneralizePatterns(patterns);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
