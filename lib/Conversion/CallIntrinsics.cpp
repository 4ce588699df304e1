//===- CallIntrinsics.cpp - Call LLVM's intrinsics by their names ---------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Conversion/Passes.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace mlir::snn {
#define GEN_PASS_DEF_CALLINTRINSICSPASS
#include "snn/Conversion/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;

/// The name of an intrinsic that upstream would have a library compute.
static StringRef getIntrinsic(Operation *op) {
  if (isa<LLVM::FAbsOp>(op))
    return "llvm.fabs";
  if (isa<LLVM::SqrtOp>(op))
    return "llvm.sqrt";
  if (isa<LLVM::CopySignOp>(op))
    return "llvm.copysign";
  if (isa<LLVM::FFloorOp>(op))
    return "llvm.floor";
  if (isa<LLVM::FCeilOp>(op))
    return "llvm.ceil";
  if (isa<LLVM::RoundEvenOp>(op))
    return "llvm.roundeven";
  if (isa<LLVM::RoundOp>(op))
    return "llvm.round";
  return "";
}

namespace {
struct CallIntrinsics : snn::impl::CallIntrinsicsPassBase<CallIntrinsics> {
  void runOnOperation() override {
    getOperation()->walk([](Operation *op) {
      StringRef name = getIntrinsic(op);
      if (name.empty())
        return;
      OpBuilder builder(op);
      auto call = LLVM::CallIntrinsicOp::create(
          builder, op->getLoc(), op->getResult(0).getType(),
          builder.getStringAttr(name), op->getOperands());
      op->replaceAllUsesWith(call->getResults());
      op->erase();
    });
  }
};
} // namespace
