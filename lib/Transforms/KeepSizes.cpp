//===- KeepSizes.cpp - Keep the sizes of a difference of equal tensors ----===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Transforms/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace mlir::snn {
#define GEN_PASS_DEF_KEEPSIZESPASS
#include "snn/Transforms/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;

/// x op x -> zeros of the sizes of x
template <typename OpTy>
static LogicalResult makeZeros(OpTy op, PatternRewriter &rewriter) {
  auto type = dyn_cast<RankedTensorType>(op.getType());
  if (!type || type.hasStaticShape() || op.getLhs() != op.getRhs())
    return failure();
  Value empty = tensor::EmptyOp::create(
      rewriter, op.getLoc(),
      tensor::getMixedSizes(rewriter, op.getLoc(), op.getLhs()),
      type.getElementType());
  Value zero = arith::ConstantOp::create(
      rewriter, op.getLoc(), rewriter.getZeroAttr(type.getElementType()));
  rewriter.replaceOpWithNewOp<linalg::FillOp>(op, zero, empty);
  return success();
}

namespace {
struct KeepSizes : snn::impl::KeepSizesPassBase<KeepSizes> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add(makeZeros<arith::SubIOp>);
    patterns.add(makeZeros<arith::XOrIOp>);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
