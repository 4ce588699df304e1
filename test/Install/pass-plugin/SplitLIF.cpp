//===- SplitLIF.cpp - A pass of one's own on the snn dialect ---===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/IR/SNN.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

using namespace mlir;

/// lif without reset -> fire(li): what never resets is a linear filter, then a
/// threshold. The same bits.
static LogicalResult splitLIF(snn::LIFOp op, PatternRewriter &rewriter) {
  if (op.getReset().getKind() != snn::ResetKind::None || op.getRefractory())
    return rewriter.notifyMatchFailure(op, "expected a neuron without reset");
  Type element = getElementTypeOrSelf(op.getInput().getType());
  if (!element.isF32() && !element.isF64())
    return rewriter.notifyMatchFailure(op, "expected a state like the input");
  if (op.getThresholds())
    return rewriter.notifyMatchFailure(op, "expected a threshold attribute");

  auto filter = snn::LIOp::create(rewriter, op.getLoc(), op.getInput(),
                                  op.getDecays(), op.getInits(),
                                  op.getDecayAttr(), op.getDecayInputAttr());
  auto fire = snn::FireOp::create(rewriter, op.getLoc(), filter.getOutput(),
                                  /*thresholds=*/Value(), op.getThresholdAttr(),
                                  op.getCompareAttr(), op.getSurrogateAttr());
  fire->setDiscardableAttrs(op->getDiscardableAttrDictionary());

  SmallVector<Value> results = {fire.getSpikes()};
  if (op.getPotential() != snn::Potential::None)
    results.push_back(filter.getOutput());
  llvm::append_range(results, filter.getRest());
  rewriter.replaceOp(op, results);
  return success();
}

namespace {
struct SplitLIF : PassWrapper<SplitLIF, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(SplitLIF)

  StringRef getArgument() const override { return "split-lif"; }
  StringRef getDescription() const override {
    return "Split neurons without reset into a filter and a threshold";
  }

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add(splitLIF);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace

extern "C" LLVM_ATTRIBUTE_WEAK PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "split-lif", "1.0",
          [] { PassRegistration<SplitLIF>(); }};
}
