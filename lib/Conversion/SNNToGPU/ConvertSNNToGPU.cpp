//===- ConvertSNNToGPU.cpp - Lower snn ops that have kernels --------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernel.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::snn {
#define GEN_PASS_DEF_CONVERTSNNTOGPUPASS
#include "snn/Conversion/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

namespace {
struct ConvertSNNToGPU : snn::impl::ConvertSNNToGPUPassBase<ConvertSNNToGPU> {
  void runOnOperation() override {
    // Thresholds in steps become comparisons before kernels are built.
    RewritePatternSet thresholds(&getContext());
    populateSpikesToLinalgPatterns(thresholds);
    if (failed(applyPatternsGreedily(getOperation(), std::move(thresholds))))
      return signalPassFailure();
    RewritePatternSet patterns(&getContext());
    populateNeuronToGPUPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
