//===- ExpandMath.cpp - Turn math functions into arithmetic ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Math/Forms.h"

#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::snn {
#define GEN_PASS_DEF_EXPANDMATHPASS
#include "snn/Conversion/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

/// Whether values of the type are scalars or vectors of a format with forms.
static bool hasForm(Type type) {
  Type element = getElementTypeOrSelf(type);
  return isa<FloatType, VectorType>(type) &&
         (element.isF16() || element.isBF16() || element.isF32() ||
          element.isF64());
}

static bool isNarrow(Type element) {
  return element.isF16() || element.isBF16();
}

static bool isOfConstants(Operation *op) {
  return llvm::all_of(op->getOperands(), [](Value operand) {
    return matchPattern(operand, m_Constant());
  });
}

/// op(dense constant) -> op of each of its numbers
static LogicalResult splitConstants(Operation *op, PatternRewriter &rewriter) {
  SmallVector<DenseElementsAttr> constants(op->getNumOperands());
  bool isSplat = true;
  for (auto [constant, operand] : llvm::zip(constants, op->getOperands())) {
    if (!matchPattern(operand, m_Constant(&constant)))
      return rewriter.notifyMatchFailure(op, "expected dense constants");
    isSplat &= constant.isSplat();
  }
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  auto apply = [&](size_t index) {
    SmallVector<Value> operands;
    for (DenseElementsAttr constant : constants)
      operands.push_back(arith::ConstantOp::create(
          rewriter, op->getLoc(),
          constant.getValues<FloatAttr>()[isSplat ? 0 : index]));
    return rewriter
        .create(op->getLoc(), op->getName().getIdentifier(), operands,
                type.getElementType())
        ->getResult(0);
  };
  if (isSplat) {
    rewriter.replaceOpWithNewOp<tensor::SplatOp>(op, type, apply(0));
    return success();
  }
  SmallVector<Value> numbers;
  for (int64_t i = 0; i < type.getNumElements(); ++i)
    numbers.push_back(apply(i));
  rewriter.replaceOpWithNewOp<tensor::FromElementsOp>(op, type, numbers);
  return success();
}

namespace {
/// Builds a form in place of an op; f16 and bf16 are computed in f32.
template <typename Op, auto build> struct Expand : OpRewritePattern<Op> {
  Expand(MLIRContext *context, bool constantsOnly = false)
      : OpRewritePattern<Op>(context), constantsOnly(constantsOnly) {}

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    if (constantsOnly && !isOfConstants(op))
      return rewriter.notifyMatchFailure(op, "expected constant operands");
    if (constantsOnly && isa<RankedTensorType>(op.getType()))
      return splitConstants(op, rewriter);
    if (!hasForm(op.getType()))
      return rewriter.notifyMatchFailure(op, "not a scalar or vector of "
                                             "f16, bf16, f32 or f64");
    ImplicitLocOpBuilder builder(op.getLoc(), rewriter);
    auto element = cast<FloatType>(getElementTypeOrSelf(op.getType()));
    FloatType format = isNarrow(element) ? builder.getF32Type() : element;
    SmallVector<Number> operands;
    for (Value operand : op->getOperands())
      operands.push_back(convert({builder, operand}, format));
    rewriter.replaceOp(op, convert(apply(operands), element).getValue());
    return success();
  }

private:
  bool constantsOnly;

  static Number apply(ArrayRef<Number> operands) {
    if constexpr (std::is_invocable_v<decltype(build), Number, Number>)
      return build(operands[0], operands[1]);
    else
      return build(operands[0]);
  }
};

/// Computes an op that processors have for f32 and f64 in f32.
template <typename Op> struct Widen : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    Type element = getElementTypeOrSelf(op.getType());
    if (!hasForm(op.getType()) || !isNarrow(element))
      return rewriter.notifyMatchFailure(op, "not of f16 or bf16");
    ImplicitLocOpBuilder builder(op.getLoc(), rewriter);
    Number x = convert({builder, op.getOperand()}, builder.getF32Type());
    Number y = x.make<Op>(x.getValue());
    rewriter.replaceOp(op, convert(y, cast<FloatType>(element)).getValue());
    return success();
  }
};

/// sincos(x) -> sin(x), cos(x)
struct SplitSincos : OpRewritePattern<math::SincosOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::SincosOp op,
                                PatternRewriter &rewriter) const override {
    Value sin = math::SinOp::create(rewriter, op.getLoc(), op.getOperand());
    Value cos = math::CosOp::create(rewriter, op.getLoc(), op.getOperand());
    rewriter.replaceOp(op, ValueRange{sin, cos});
    return success();
  }
};

struct ExpandMath : snn::impl::ExpandMathPassBase<ExpandMath> {
  using ExpandMathPassBase::ExpandMathPassBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    addForms(patterns);
    if (!constantsOnly)
      addOthers(patterns);
    // Folding would compute functions of constants with the C library.
    GreedyRewriteConfig config;
    config.enableFolding(false);
    if (failed(
            applyPatternsGreedily(getOperation(), std::move(patterns), config)))
      signalPassFailure();
  }

private:
  void addForms(RewritePatternSet &patterns) {
    patterns.add<
        Expand<math::ExpOp, buildExp>, Expand<math::ExpM1Op, buildExpm1>,
        Expand<math::LogOp, buildLog>, Expand<math::Log1pOp, buildLog1p>,
        Expand<math::TanhOp, buildTanh>, Expand<math::PowFOp, buildPow>,
        Expand<math::SinOp, buildSin>, Expand<math::CosOp, buildCos>,
        Expand<math::RsqrtOp, buildRsqrt>, Expand<math::RoundOp, buildRound>,
        Expand<arith::RemFOp, buildRemainder>,
        Expand<arith::MaximumFOp, buildMaximum>,
        Expand<arith::MinimumFOp, buildMinimum>,
        Expand<arith::MaxNumFOp, buildMaxNum>,
        Expand<arith::MinNumFOp, buildMinNum>>(&getContext(), constantsOnly);
  }

  static void addOthers(RewritePatternSet &patterns) {
    patterns.add<SplitSincos, Widen<math::FloorOp>, Widen<math::CeilOp>,
                 Widen<math::SqrtOp>, Widen<math::TruncOp>,
                 Widen<math::RoundEvenOp>>(patterns.getContext());
    addUpstream(patterns);
  }

  /// What has no form of ours: upstream's polynomials of f32.
  static void addUpstream(RewritePatternSet &patterns) {
    static constexpr StringLiteral names[] = {
        "math.acos",  "math.acosh", "math.asin",  "math.asinh",
        "math.atan",  "math.atan2", "math.atanh", "math.cbrt",
        "math.cosh",  "math.erf",   "math.erfc",  "math.exp2",
        "math.log10", "math.log2",  "math.sinh",  "math.tan"};
    auto others = [](StringRef name) {
      return llvm::is_contained(names, name);
    };
    populateMathF32ExpansionPatterns(patterns, others);
    populateMathPolynomialApproximationPatterns(patterns, others);
  }
};
} // namespace
