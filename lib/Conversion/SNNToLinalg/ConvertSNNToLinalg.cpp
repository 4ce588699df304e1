//===- ConvertSNNToLinalg.cpp - Lower snn to linalg, scf and vector ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Emit.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::snn {
#define GEN_PASS_DEF_CONVERTSNNTOLINALGPASS
#include "snn/Conversion/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

namespace {
struct ConvertSNNToLinalg
    : snn::impl::ConvertSNNToLinalgPassBase<ConvertSNNToLinalg> {
  using ConvertSNNToLinalgPassBase::ConvertSNNToLinalgPassBase;

  void runOnOperation() override {
    ConvertSNNToLinalgPassOptions options{
        lanes,    rowBlock,   columnLanes, eventLanes, stepsPerVisit,
        rowBytes, cacheBytes, vectorLanes, chunkSteps, chunkLanes};
    for (int64_t count : {options.lanes, options.columnLanes,
                          options.eventLanes, options.vectorLanes})
      if (!llvm::isPowerOf2_64(count)) {
        getOperation()->emitError("expected lanes that are a power of two, but "
                                  "got ")
            << count;
        return signalPassFailure();
      }
    if (rowBlock < 1) {
      getOperation()->emitError("expected a row block of at least 1, but got ")
          << options.rowBlock;
      return signalPassFailure();
    }
    if (stepsPerVisit < 1) {
      getOperation()->emitError("expected at least 1 step per visit, but got ")
          << options.stepsPerVisit;
      return signalPassFailure();
    }
    // Convolutions become synapses and thresholds in steps become comparisons
    // before the loops around them are built.
    RewritePatternSet first(&getContext());
    populateSpikesToLinalgPatterns(first);
    populateConvToLinalgPatterns(first);
    if (failed(applyPatternsGreedily(getOperation(), std::move(first))))
      return signalPassFailure();
    RewritePatternSet second(&getContext());
    populateNeuronToVectorPatterns(second, options);
    populatePackToVectorPatterns(second);
    populateGatePatterns(second);
    populateSynapseToVectorPatterns(second, options);
    populateSparseSynapsePatterns(second, options);
    populateTimeToLinalgPatterns(second, options);
    if (failed(applyPatternsGreedily(getOperation(), std::move(second))))
      return signalPassFailure();
    checkNothingLeft();
  }

  /// A lowering that cannot apply says so.
  void checkNothingLeft() {
    getOperation()->walk([&](Operation *op) {
      if (!isa_and_nonnull<SNNDialect>(op->getDialect()) || isa<YieldOp>(op))
        return;
      auto error = op->emitOpError("expected an op that can be lowered");
      if (isa<RecurrentOp>(op))
        error.attachNote() << "run convert-snn-recurrence-to-scf before";
      else if (isa<NeuronOpInterface>(op))
        error.attachNote() << "run snn-generalize before";
      else if (isa<NeuronOp>(op))
        error.attachNote() << "every op of a step must be elementwise, and a "
                              "neuron needs a neuron dimension";
      signalPassFailure();
    });
  }
};
} // namespace
