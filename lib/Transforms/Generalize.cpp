//===- Generalize.cpp - Turn named neurons into snn.neuron ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/IR/SNN.h"
#include "snn/Transforms/Passes.h"

#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace mlir::snn {
#define GEN_PASS_DEF_GENERALIZEPASS
#include "snn/Transforms/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

static SmallVector<Value> concat(ArrayRef<Value> a, ArrayRef<Value> b) {
  SmallVector<Value> all(a);
  llvm::append_range(all, b);
  return all;
}

namespace {
/// named(x, p) -> neuron ins(x) params(p) { the named neuron's step }
struct GeneralizeNeuron : OpInterfaceRewritePattern<NeuronOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(NeuronOpInterface op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasStep())
      return rewriter.notifyMatchFailure(op, "expected a step");
    auto sequence = cast<SequenceOpInterface>(op.getOperation());
    SmallVector<Value> inputs = op.getStepInputs(), params = op.getStepParams();
    size_t numStates = sequence.getFinalStates().size();
    TypeRange types = op->getResultTypes();

    auto neuron = NeuronOp::create(
        rewriter, op.getLoc(), types.drop_back(numStates),
        types.take_back(numStates), inputs, params, /*tables=*/ValueRange(),
        sequence.getInitialStates(), /*offset=*/Value(), op.isReverse(),
        op.getStepSchedule());
    neuron->setDiscardableAttrs(op->getDiscardableAttrDictionary());

    Block &step = neuron.getStep().emplaceBlock();
    for (Value operand : concat(inputs, params))
      step.addArgument(getElementTypeOrSelf(operand), operand.getLoc());
    for (Type type : types.take_back(numStates))
      step.addArgument(getElementTypeOrSelf(type), op.getLoc());
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPointToEnd(&step);
    SmallVector<Value> outputs, states;
    op.buildStep(rewriter, step.getArguments(), outputs, states);
    YieldOp::create(rewriter, op.getLoc(), outputs, ValueRange(), states);

    rewriter.replaceOp(op, neuron);
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
