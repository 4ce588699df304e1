//===- ExpandNarrowFloats.cpp - Round to f16 and bf16 once ----------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Conversion/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::snn {
#define GEN_PASS_DEF_EXPANDNARROWFLOATSPASS
#include "snn/Conversion/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;

static Type withElement(Type type, Type element) {
  if (auto vector = dyn_cast<VectorType>(type))
    return vector.clone(element);
  return element;
}

static bool isNarrow(Type type) {
  Type element = getElementTypeOrSelf(type);
  return element.isF16() || element.isBF16();
}

namespace {
/// Scalars and vectors of constants.
struct Bits {
  OpBuilder &builder;
  Location loc;
  Type type; ///< i32, or vectors of it

  Value constant(int64_t value) const {
    Attribute one = builder.getI32IntegerAttr(int32_t(value));
    if (auto vector = dyn_cast<VectorType>(type))
      one = DenseElementsAttr::get(vector, one);
    return arith::ConstantOp::create(builder, loc, cast<TypedAttr>(one));
  }
};
} // namespace

/// The f32 next to an f64 whose last bit is 1 unless it is exact. It has more
/// than two bits more than f16 and bf16, so rounding it gives what rounding the
/// f64 at once would.
static Value roundToOdd(OpBuilder &builder, Location loc, Value wide) {
  Type f64 = wide.getType();
  Type f32 = withElement(f64, builder.getF32Type());
  Type i32 = withElement(f64, builder.getI32Type());
  Bits bits{builder, loc, i32};
  Value nearest = arith::TruncFOp::create(builder, loc, f32, wide);
  Value back = arith::ExtFOp::create(builder, loc, f64, nearest);
  auto compare = [&](arith::CmpFPredicate predicate, Value a, Value b) {
    return arith::CmpFOp::create(builder, loc, predicate, a, b);
  };
  // Away from zero: one step back. The sign is not part of the step.
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(f64));
  Value isAbove = compare(arith::CmpFPredicate::OGT, back, wide);
  Value isBelow = compare(arith::CmpFPredicate::OLT, back, wide);
  Value isPositive = compare(arith::CmpFPredicate::OGT, wide, zero);
  Value isAway =
      arith::SelectOp::create(builder, loc, isPositive, isAbove, isBelow);
  Value isInexact = arith::OrIOp::create(builder, loc, isAbove, isBelow);
  Value raw = arith::BitcastOp::create(builder, loc, i32, nearest);
  Value less = arith::SubIOp::create(builder, loc, raw, bits.constant(1));
  Value down = arith::SelectOp::create(builder, loc, isAway, less, raw);
  Value odd = arith::OrIOp::create(builder, loc, down, bits.constant(1));
  Value result = arith::SelectOp::create(builder, loc, isInexact, odd, raw);
  return arith::BitcastOp::create(builder, loc, f32, result);
}

/// f64 -> f16 or bf16, by way of an f32 that does not round twice.
static LogicalResult expandTruncation(arith::TruncFOp op,
                                      PatternRewriter &rewriter) {
  if (!isNarrow(op.getType()) ||
      !getElementTypeOrSelf(op.getIn().getType()).isF64())
    return failure();
  Value odd = roundToOdd(rewriter, op.getLoc(), op.getIn());
  rewriter.replaceOpWithNewOp<arith::TruncFOp>(op, op.getType(), odd);
  return success();
}

/// f16 or bf16 -> f64, by way of f32, which holds all of them.
static LogicalResult expandExtension(arith::ExtFOp op,
                                     PatternRewriter &rewriter) {
  if (!isNarrow(op.getIn().getType()) ||
      !getElementTypeOrSelf(op.getType()).isF64())
    return failure();
  Type f32 = withElement(op.getType(), rewriter.getF32Type());
  Value middle = arith::ExtFOp::create(rewriter, op.getLoc(), f32, op.getIn());
  rewriter.replaceOpWithNewOp<arith::ExtFOp>(op, op.getType(), middle);
  return success();
}

/// An integer of more bits than f32 has, by way of f64, which has them all.
template <typename OpTy>
static LogicalResult expandConversion(OpTy op, PatternRewriter &rewriter) {
  if (!isNarrow(op.getType()))
    return failure();
  unsigned width =
      getElementTypeOrSelf(op.getIn().getType()).getIntOrFloatBitWidth();
  Type wide = width > 24 ? Type(rewriter.getF64Type()) : rewriter.getF32Type();
  Value number = OpTy::create(rewriter, op.getLoc(),
                              withElement(op.getType(), wide), op.getIn());
  rewriter.replaceOpWithNewOp<arith::TruncFOp>(op, op.getType(), number);
  return success();
}

/// f16 and bf16 are functions of f32, rounded.
static LogicalResult expandFma(math::FmaOp op, PatternRewriter &rewriter) {
  if (!isNarrow(op.getType()))
    return failure();
  Type f32 = withElement(op.getType(), rewriter.getF32Type());
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(
        arith::ExtFOp::create(rewriter, op.getLoc(), f32, operand));
  Value result = math::FmaOp::create(rewriter, op.getLoc(), f32, operands);
  rewriter.replaceOpWithNewOp<arith::TruncFOp>(op, op.getType(), result);
  return success();
}

/// Arithmetic of f16 and bf16 -> of f32, each result rounded.
static LogicalResult emulateArithmetic(Operation *root) {
  MLIRContext *context = root->getContext();
  TypeConverter converter;
  arith::populateEmulateUnsupportedFloatsConversions(
      converter, {Float16Type::get(context), BFloat16Type::get(context)},
      Float32Type::get(context));
  RewritePatternSet patterns(context);
  arith::populateEmulateUnsupportedFloatsPatterns(patterns, converter);
  ConversionTarget target(*context);
  arith::populateEmulateUnsupportedFloatsLegality(target, converter);
  if (failed(applyPartialConversion(root, target, std::move(patterns))))
    return failure();
  // The flags that it sets let a rounding followed by an extension vanish.
  root->walk([](Operation *op) {
    if (isa<arith::ExtFOp, arith::TruncFOp>(op))
      op->removeAttr("fastmath");
  });
  return success();
}

namespace {
struct ExpandNarrowFloats
    : snn::impl::ExpandNarrowFloatsPassBase<ExpandNarrowFloats> {
  void runOnOperation() override {
    // Conversions first, or those of integers would round to f32 and again.
    RewritePatternSet patterns(&getContext());
    patterns.add(expandTruncation);
    patterns.add(expandExtension);
    patterns.add(expandFma);
    patterns.add(expandConversion<arith::SIToFPOp>);
    patterns.add(expandConversion<arith::UIToFPOp>);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))) ||
        failed(emulateArithmetic(getOperation())))
      signalPassFailure();
  }
};
} // namespace
