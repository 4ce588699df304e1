//===- ReinterpretExpandedShapes.cpp - Expand dense memrefs ---------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace mlir::snn {
#define GEN_PASS_DEF_REINTERPRETEXPANDEDSHAPESPASS
#include "snn/Conversion/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

/// expand_shape(dense) -> reinterpret_cast with dense strides
static LogicalResult reinterpret(memref::ExpandShapeOp op,
                                 PatternRewriter &rewriter) {
  if (!op.getSrcType().getLayout().isIdentity())
    return rewriter.notifyMatchFailure(op, "expected a dense memref");
  Emit emit(op.getLoc(), rewriter);
  SmallVector<OpFoldResult> sizes = op.getMixedOutputShape();
  SmallVector<OpFoldResult> strides(sizes.size());
  Value stride = emit.index(1);
  for (int64_t dim = sizes.size() - 1; dim >= 0; --dim) {
    strides[dim] = getAsOpFoldResult(stride);
    stride = emit.mul(
        stride, getValueOrCreateConstantIndexOp(emit, op.getLoc(), sizes[dim]));
  }
  Value view = memref::ReinterpretCastOp::create(
      emit, op.getSrc(), OpFoldResult(emit.getIndexAttr(0)), sizes, strides);
  if (view.getType() != op.getType())
    view = memref::CastOp::create(emit, op.getType(), view);
  rewriter.replaceOp(op, view);
  return success();
}

namespace {
struct ReinterpretExpandedShapes
    : snn::impl::ReinterpretExpandedShapesPassBase<ReinterpretExpandedShapes> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add(reinterpret);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
