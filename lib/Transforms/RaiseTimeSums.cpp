//===- RaiseTimeSums.cpp - Turn sums over time into scans ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/IR/SNN.h"
#include "snn/IR/Time.h"
#include "snn/Transforms/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace mlir::snn {
#define GEN_PASS_DEF_RAISETIMESUMSPASS
#include "snn/Transforms/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

/// Whether the body is `yield in + out`.
static bool isSum(linalg::ReduceOp op) {
  Block &body = op.getCombiner().front();
  if (body.getOperations().size() != 2)
    return false;
  Operation &add = body.front();
  return isa<arith::AddFOp, arith::AddIOp>(add) &&
         body.getTerminator()->getOperand(0) == add.getResult(0) &&
         llvm::is_contained(add.getOperands(), body.getArgument(0)) &&
         llvm::is_contained(add.getOperands(), body.getArgument(1));
}

static bool isZeroFill(Value value) {
  auto fill = value.getDefiningOp<linalg::FillOp>();
  return fill && (matchPattern(fill.getInputs()[0], m_AnyZeroFloat()) ||
                  matchPattern(fill.getInputs()[0], m_Zero()));
}

/// reduce(x, 0, +) over dimension 0 -> final state of scan(x) with A = 1
static LogicalResult raiseSum(linalg::ReduceOp op, PatternRewriter &rewriter) {
  if (op.getInputs().size() != 1 || op.getDimensions() != ArrayRef<int64_t>(0))
    return rewriter.notifyMatchFailure(op, "expected a sum over dimension 0");
  auto type = cast<RankedTensorType>(op.getInputs()[0].getType());
  bool keepsType = !type.getElementType().isF16() &&
                   !type.getElementType().isBF16() && type.getRank() >= 3;
  if (!keepsType ||
      llvm::any_of(type.getShape().drop_front(2), ShapedType::isDynamic))
    return rewriter.notifyMatchFailure(op,
                                       "expected a sequence of wide values");
  auto function = op->getParentOfType<func::FuncOp>();
  if (!function || op->getBlock() != &function.front() ||
      !TimeAnalysis(function.front(), getSequenceArguments(function))
           .isSequence(op.getInputs()[0]))
    return rewriter.notifyMatchFailure(op, "expected a sequence of the model");
  if (!isSum(op) || !isZeroFill(op.getInits()[0]))
    return rewriter.notifyMatchFailure(op, "expected a sum from zero");
  auto scan = ScanOp::create(rewriter, op.getLoc(), op.getInputs(),
                             /*coefficients=*/ValueRange(),
                             /*inits=*/ValueRange(), ScanKind::Real,
                             /*reverse=*/false, /*associative=*/false);
  rewriter.replaceOp(op, scan.getFinalStates());
  return success();
}

void snn::populateRaiseTimeSumsPatterns(RewritePatternSet &patterns) {
  patterns.add(raiseSum);
}

namespace {
struct RaiseTimeSums : snn::impl::RaiseTimeSumsPassBase<RaiseTimeSums> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateRaiseTimeSumsPatterns(patterns);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
