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

/// copy -> linalg.generic { yield in }
static void expandCopy(memref::CopyOp op) {
  OpBuilder builder(op);
  linalg::makeMemRefCopyOp(builder, op.getLoc(), op.getSource(),
                           op.getTarget());
  op.erase();
}

namespace {
struct ExpandCopies : snn::impl::ExpandCopiesPassBase<ExpandCopies> {
  using ExpandCopiesPassBase::ExpandCopiesPassBase;

  void runOnOperation() override {
    getOperation()->walk([&](memref::CopyOp op) {
      if (all || !isDense(op.getSource()) || !isDense(op.getTarget()))
        expandCopy(op);
    });
  }
};
} // namespace
