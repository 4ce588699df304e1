//===- ExpandCopies.cpp - Copy strided memrefs in loops ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Conversion/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace mlir::snn {
#define GEN_PASS_DEF_EXPANDCOPIESPASS
#include "snn/Conversion/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;

static bool isDense(Value value) {
  return cast<MemRefType>(value.getType()).getLayout().isIdentity();
}

/// copy(strided) -> linalg.generic { yield in }
static LogicalResult expandCopy(memref::CopyOp op, PatternRewriter &rewriter) {
  if (isDense(op.getSource()) && isDense(op.getTarget()))
    return rewriter.notifyMatchFailure(op, "expected a strided memref");
  linalg::makeMemRefCopyOp(rewriter, op.getLoc(), op.getSource(),
                           op.getTarget());
  rewriter.eraseOp(op);
  return success();
}

namespace {
struct ExpandCopies : snn::impl::ExpandCopiesPassBase<ExpandCopies> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add(expandCopy);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
