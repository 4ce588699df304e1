//===- ChooseLibrary.cpp - Products that a library may form ---------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Analysis/Report.h"
#include "snn/IR/SNN.h"
#include "snn/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Matchers.h"

namespace mlir::snn {
#define GEN_PASS_DEF_CHOOSELIBRARYPASS
#include "snn/Transforms/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

namespace {
struct ChooseLibrary : snn::impl::ChooseLibraryPassBase<ChooseLibrary> {
  using Base::Base;

  void runOnOperation() override {
    if (leastSize < 1) {
      getOperation().emitOpError("snn-choose-library: expected a least-size of "
                                 "1 or more, but got ")
          << int64_t(leastSize);
      return signalPassFailure();
    }
    getOperation().walk([&](LinearOp op) {
      if (isForLibrary(op))
        mark(op);
    });
  }

private:
  static int64_t getNumInputs(LinearOp op) {
    return ShapedType::getNumElements(
        op.getWeight().getType().getShape().drop_front());
  }

  bool isForLibrary(LinearOp op) {
    for (Value value : op->getOperands())
      if (!getElementTypeOrSelf(value).isF32() ||
          matchPattern(value, m_Constant()))
        return false;
    // Groups of a delay are read where they are.
    auto delay = op.getInput().getDefiningOp<DelayOp>();
    return !(delay && delay.getGroups()) && getNumInputs(op) >= leastSize &&
           op.getWeight().getType().getDimSize(0) >= leastSize;
  }

  /// Any order of n products and a bias: n roundings, to first order.
  void mark(LinearOp op) {
    Builder builder(&getContext());
    double coefficient = double(getNumInputs(op) + 1) * 0x1p-24;
    op->setAttr(
        kBoundAttr,
        builder.getDictionaryAttr(
            {builder.getNamedAttr("kind", builder.getStringAttr("sum")),
             builder.getNamedAttr("coefficient",
                                  builder.getF64FloatAttr(coefficient))}));
    setReport(op, report::kOp, op->getName().stripDialect());
    setReport(op, report::kForm, "product");
    setReport(op, report::kClass, "B");
    setReport(op, report::kWhy,
              "cuBLASLt on a GPU where it is there, else kernels; the same "
              "bits as ever on the CPU");
    setReport(op, report::kBound,
              Twine(std::to_string(coefficient * 1e6)) +
                  "e-6 * (abs(w) * abs(x) + abs(bias))");
  }
};
} // namespace
