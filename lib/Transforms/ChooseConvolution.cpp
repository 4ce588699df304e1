//===- ChooseConvolution.cpp - Forms of convolutions along time -----------===//
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

#include "llvm/Support/MathExtras.h"

namespace mlir::snn {
#define GEN_PASS_DEF_CHOOSECONVOLUTIONPASS
#include "snn/Transforms/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

/// What an output's error is at most in units of norm2(w) norm2(x). Each of the
/// log2(m) stages of three transforms of m complex numbers adds and twists:
/// 2.5 u in the norm for those of the inputs, and as much for a single output
/// for the one back. The spectra of two reals each are untangled, multiplied
/// and tangled: 17 u. Rounded up for terms of higher order.
static double getCoefficient(TemporalConvOp op) {
  Type element = op.getInput().getType().getElementType();
  double roundoff = element.isF64() ? 0x1p-53 : 0x1p-24;
  return (12 + 8 * double(llvm::Log2_64(op.getBlockSize()))) * roundoff;
}

static DictionaryAttr makeBound(TemporalConvOp op) {
  Builder builder(op.getContext());
  auto number = [&](StringRef name, double value) {
    return builder.getNamedAttr(name, builder.getF64FloatAttr(value));
  };
  return builder.getDictionaryAttr(
      {builder.getNamedAttr("kind", builder.getStringAttr("fft")),
       number("coefficient", getCoefficient(op)),
       number("block", double(op.getBlockSize()))});
}

namespace {
struct ChooseConvolution
    : snn::impl::ChooseConvolutionPassBase<ChooseConvolution> {
  using Base::Base;

  void runOnOperation() override {
    for (auto op : getOperation().getOps<TemporalConvOp>())
      if (failed(choose(op)))
        return signalPassFailure();
  }

private:
  LogicalResult checkOptions(TemporalConvOp op);
  LogicalResult choose(TemporalConvOp op);
  std::string findObstacle(TemporalConvOp op);
};
} // namespace

LogicalResult ChooseConvolution::checkOptions(TemporalConvOp op) {
  if (numerics != "bounded" && numerics != "exact" && numerics != "fast")
    return op.emitOpError("snn-choose-convolution: expected numerics bounded, "
                          "exact or fast, but got ")
           << numerics;
  if (form != "auto" && form != "direct" && form != "fft")
    return op.emitOpError("snn-choose-convolution: expected form auto, direct "
                          "or fft, but got ")
           << form;
  bool isForced = op.getForm() ? op.isFFT() : form == "fft";
  if (isForced && numerics == "exact")
    return op.emitOpError("snn-choose-convolution: expected numerics bounded "
                          "or fast for the form fft, but got exact");
  return success();
}

/// Why the form `fft` is not for the op; empty where it is.
std::string ChooseConvolution::findObstacle(TemporalConvOp op) {
  if (op.getPerStep())
    return "a kernel per step";
  if (op.getPeriod())
    return "one step of a period";
  if (getCoefficient(op) > maxError)
    return "the bound of fft is above max-error";
  if (form == "fft")
    return "";
  if (form == "direct" || numerics == "exact")
    return (form == "direct" ? "form " : "numerics ") +
           (form == "direct" ? form : numerics);
  int64_t neurons = ShapedType::getNumElements(
      op.getInput().getType().getShape().drop_front(2));
  if (op.getNumTaps() < leastTaps)
    return std::to_string(op.getNumTaps()) + " taps are few";
  if (neurons < leastNeurons)
    return std::to_string(neurons) + " neurons are few";
  return "";
}

LogicalResult ChooseConvolution::choose(TemporalConvOp op) {
  if (failed(checkOptions(op)))
    return failure();
  std::string obstacle;
  if (!op.getForm()) {
    obstacle = findObstacle(op);
    op.setForm(obstacle.empty() ? ConvForm::FFT : ConvForm::Direct);
  }
  if (op.isFFT())
    op->setAttr(kBoundAttr, makeBound(op));
  if (!op->hasAttr(kLayerAttr))
    return success();
  setReport(op, report::kForm,
            op.isFFT() ? "fft convolution" : "direct convolution");
  setReport(op, report::kClass, op.isFFT() ? "B" : "A");
  setReport(op, report::kWhy,
            op.isFFT() ? Twine(op.getNumTaps()) + " taps are many"
                       : Twine(obstacle.empty() ? "as written" : obstacle));
  if (op.isFFT())
    setReport(op, report::kBound,
              Twine(std::to_string(getCoefficient(op) * 1e6)) +
                  "e-6 * norm2(w) * norm2(x of a block)");
  return success();
}
