//===- KeepPartialWrites.cpp - Show that a write leaves the rest alone ----===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Conversion/Passes.h"

#include "mlir/IR/Matchers.h"

namespace mlir::snn {
#define GEN_PASS_DEF_KEEPPARTIALWRITESPASS
#include "snn/Conversion/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;

/// Whether bufferization would take the write for one of the whole tensor.
static bool looksWhole(vector::TransferWriteOp op) {
  auto tensor = dyn_cast<RankedTensorType>(op.getBase().getType());
  return tensor && tensor.hasStaticShape() &&
         tensor.getRank() > op.getVectorType().getRank() &&
         tensor.getNumElements() > op.getVectorType().getNumElements() &&
         llvm::all_of(op.getIndices(), [](Value index) {
           return matchPattern(index, m_Zero());
         });
}

namespace {
struct KeepPartialWrites
    : snn::impl::KeepPartialWritesPassBase<KeepPartialWrites> {
  void runOnOperation() override {
    getOperation()->walk([](vector::TransferWriteOp op) {
      if (!looksWhole(op))
        return;
      OpBuilder builder(op);
      Value zero = arith::ConstantIntOp::create(builder, op.getLoc(), 0, 64);
      Value index = arith::IndexCastOp::create(builder, op.getLoc(),
                                               builder.getIndexType(), zero);
      op.getIndicesMutable()[0].set(index);
    });
  }
};
} // namespace
