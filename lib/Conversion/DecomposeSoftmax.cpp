//===- DecomposeSoftmax.cpp - linalg.softmax as loops of one operation ----===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Conversion/Passes.h"

#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace mlir::snn {
#define GEN_PASS_DEF_DECOMPOSESOFTMAXPASS
#include "snn/Conversion/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;

static LogicalResult decompose(linalg::SoftmaxOp op,
                               PatternRewriter &rewriter) {
  FailureOr<SmallVector<Value>> results = op.decomposeOperation(rewriter);
  if (failed(results))
    return failure();
  rewriter.replaceOp(op, *results);
  return success();
}

namespace {
struct DecomposeSoftmax
    : snn::impl::DecomposeSoftmaxPassBase<DecomposeSoftmax> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add(decompose);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
