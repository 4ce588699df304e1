//===- ExpandMath.cpp - Turn math functions into arithmetic ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Conversion/Passes.h"

#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::snn {
#define GEN_PASS_DEF_EXPANDMATHPASS
#include "snn/Conversion/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;

/// rsqrt(x) -> 1 / sqrt(x)
static LogicalResult expandRsqrt(math::RsqrtOp op, PatternRewriter &rewriter) {
  Type type = op.getType();
  TypedAttr one = rewriter.getFloatAttr(getElementTypeOrSelf(type), 1.0);
  if (auto vector = dyn_cast<VectorType>(type))
    one = DenseElementsAttr::get(vector, one);
  Value numerator = arith::ConstantOp::create(rewriter, op.getLoc(), one);
  Value root = math::SqrtOp::create(rewriter, op.getLoc(), op.getOperand());
  rewriter.replaceOpWithNewOp<arith::DivFOp>(op, numerator, root);
  return success();
}

namespace {
struct ExpandMath : snn::impl::ExpandMathPassBase<ExpandMath> {
  void runOnOperation() override {
    auto all = [](StringRef name) { return name != "math.rsqrt"; };
    RewritePatternSet patterns(&getContext());
    patterns.add(expandRsqrt);
    populateMathF32ExpansionPatterns(patterns, all);
    populateMathPolynomialApproximationPatterns(patterns, all);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
