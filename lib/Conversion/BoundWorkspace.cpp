//===- BoundWorkspace.cpp - How much memory a window takes ----------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Conversion/Passes.h"
#include "snn/IR/SNN.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace mlir::snn {
#define GEN_PASS_DEF_BOUNDWORKSPACEPASS
#include "snn/Conversion/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

/// What the runtime puts before each block, and what blocks are aligned to.
static constexpr int64_t kBlock = 64;

namespace {
/// Builds upper bounds of sizes, which are not negative, from the steps and the
/// batch of a window.
class Bounds {
public:
  Bounds(ImplicitLocOpBuilder &builder, Value steps, Value batch)
      : builder(builder), steps(steps), batch(batch) {}

  /// Null where none is known.
  Value get(Value size);
  Value get(OpFoldResult size) {
    if (auto value = dyn_cast<Value>(size))
      return get(value);
    return constant(cast<IntegerAttr>(cast<Attribute>(size)).getInt());
  }
  /// The same of a product with a number.
  Value getProduct(int64_t factor, ValueRange sizes);
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(builder, value);
  }

private:
  Value compute(Value size);
  Value computeBinary(Operation *op);
  Value computeAffine(AffineMap map, ValueRange operands, bool isMin);
  Value ofDim(Value memref, int64_t dim);
  Value ofArgument(BlockArgument argument, int64_t dim);
  Value ofReshape(Operation *op, int64_t dim);

  template <typename OpTy> Value binary(Value a, Value b) {
    return a && b ? builder.createOrFold<OpTy>(a, b) : Value();
  }

  ImplicitLocOpBuilder &builder;
  Value steps, batch;
  DenseMap<Value, Value> known;
};
} // namespace

Value Bounds::get(Value size) {
  auto [it, isNew] = known.try_emplace(size, Value());
  if (!isNew)
    return it->second; // or null, on the way around a loop
  Value bound = compute(size);
  known[size] = bound;
  return bound;
}

/// M / R, where `size` is at most M / (`other` R) for numbers M and R: such
/// sizes share M things among `other` others. 0 where nothing is known.
static int64_t getShared(Value size, Value other) {
  Operation *op = size.getDefiningOp();
  if (isa_and_nonnull<arith::MinSIOp, arith::MinUIOp>(op)) {
    int64_t shared = getShared(op->getOperand(0), other);
    return shared ? shared : getShared(op->getOperand(1), other);
  }
  if (auto select = dyn_cast_or_null<arith::SelectOp>(op);
      select && matchPattern(select.getFalseValue(), m_Zero()))
    return getShared(select.getTrueValue(), other);
  APInt total, ratio(64, 1);
  auto division = dyn_cast_or_null<arith::DivUIOp>(op);
  if (!division || !matchPattern(division.getLhs(), m_ConstantInt(&total)))
    return 0;
  Value divisor = division.getRhs();
  Operation *max = divisor.getDefiningOp();
  if (isa_and_nonnull<arith::MaxSIOp, arith::MaxUIOp>(max) &&
      matchPattern(max->getOperand(1), m_Constant()))
    divisor = max->getOperand(0);
  if (auto product = divisor.getDefiningOp<arith::MulIOp>();
      product && matchPattern(product.getRhs(), m_ConstantInt(&ratio)))
    divisor = product.getLhs();
  return divisor == other && ratio.isStrictlyPositive() && !total.isNegative()
             ? total.udiv(ratio).getSExtValue()
             : 0;
}

Value Bounds::getProduct(int64_t factor, ValueRange sizes) {
  Value product = constant(factor);
  for (Value size : sizes)
    product = binary<arith::MulIOp>(product, get(size));
  if (!product || sizes.size() != 2)
    return product;
  for (unsigned i : {0, 1})
    if (int64_t shared = getShared(sizes[i], sizes[1 - i]))
      product = binary<arith::MinUIOp>(product, constant(shared * factor));
  return product;
}

Value Bounds::compute(Value size) {
  if (auto argument = dyn_cast<BlockArgument>(size)) {
    auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
    return loop && argument == loop.getInductionVar()
               ? get(loop.getUpperBound())
               : Value();
  }
  Operation *op = size.getDefiningOp();
  if (IntegerAttr value; matchPattern(op, m_Constant(&value)))
    return constant(value.getInt());
  if (auto dim = dyn_cast<memref::DimOp>(op)) {
    std::optional<int64_t> index = dim.getConstantIndex();
    return index ? ofDim(dim.getSource(), *index) : Value();
  }
  if (auto metadata = dyn_cast<memref::ExtractStridedMetadataOp>(op)) {
    auto sizes = metadata.getSizes();
    auto found = llvm::find(sizes, size);
    return found == sizes.end()
               ? Value()
               : ofDim(metadata.getSource(), found - sizes.begin());
  }
  if (auto apply = dyn_cast<affine::AffineApplyOp>(op))
    return computeAffine(apply.getAffineMap(), apply.getMapOperands(), true);
  if (auto min = dyn_cast<affine::AffineMinOp>(op))
    return computeAffine(min.getAffineMap(), min.getMapOperands(), true);
  if (auto max = dyn_cast<affine::AffineMaxOp>(op))
    return computeAffine(max.getAffineMap(), max.getMapOperands(), false);
  return computeBinary(op);
}

Value Bounds::computeBinary(Operation *op) {
  if (isa<arith::IndexCastOp, arith::IndexCastUIOp>(op))
    return get(op->getOperand(0));
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return binary<arith::MaxUIOp>(get(select.getTrueValue()),
                                  get(select.getFalseValue()));
  if (op->getNumOperands() != 2)
    return {};
  Value a = get(op->getOperand(0));
  // What is taken away is at least nothing.
  APInt constant;
  bool takesNegative =
      isa<arith::SubIOp>(op) &&
      matchPattern(op->getOperand(1), m_ConstantInt(&constant)) &&
      constant.isNegative();
  if (isa<arith::SubIOp, arith::RemUIOp, arith::RemSIOp, arith::ShRUIOp>(op))
    return takesNegative ? Value() : a;
  Value b = get(op->getOperand(1));
  if (isa<arith::AddIOp>(op))
    return binary<arith::AddIOp>(a, b);
  if (isa<arith::MulIOp>(op))
    return binary<arith::MulIOp>(a, b);
  if (isa<arith::MinSIOp, arith::MinUIOp>(op))
    return a && b ? binary<arith::MinUIOp>(a, b) : a ? a : b;
  if (isa<arith::MaxSIOp, arith::MaxUIOp>(op))
    return binary<arith::MaxUIOp>(a, b);
  bool isDivision = isa<arith::DivUIOp, arith::DivSIOp, arith::CeilDivUIOp,
                        arith::CeilDivSIOp, arith::FloorDivSIOp>(op);
  if (isDivision && matchPattern(op->getOperand(1), m_Constant()))
    return isa<arith::CeilDivUIOp, arith::CeilDivSIOp>(op)
               ? binary<arith::CeilDivUIOp>(a, b)
               : binary<arith::DivUIOp>(a, b);
  return isDivision ? a : Value();
}

/// A sum without the terms of a negative factor, which take at least nothing
/// away.
static AffineExpr dropNegativeTerms(AffineExpr expr) {
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (binary && binary.getKind() == AffineExprKind::Add)
    return dropNegativeTerms(binary.getLHS()) +
           dropNegativeTerms(binary.getRHS());
  auto constant = dyn_cast<AffineConstantExpr>(expr);
  if (binary && binary.getKind() == AffineExprKind::Mul)
    constant = dyn_cast<AffineConstantExpr>(binary.getRHS());
  bool isNegative = constant && constant.getValue() < 0;
  return isNegative ? getAffineConstantExpr(0, expr.getContext()) : expr;
}

/// The least, or the greatest, result of a map.
Value Bounds::computeAffine(AffineMap map, ValueRange operands, bool isMin) {
  Value bound;
  for (AffineExpr result : map.getResults()) {
    AffineExpr positive = dropNegativeTerms(result);
    bool isMonotonic = true;
    positive.walk([&](AffineExpr expr) {
      auto constant = dyn_cast<AffineConstantExpr>(expr);
      isMonotonic &= expr.getKind() != AffineExprKind::Mod &&
                     (!constant || constant.getValue() >= 0);
    });
    SmallVector<Value> bounds;
    for (Value operand : operands)
      bounds.push_back(isMonotonic ? get(operand) : Value());
    Value value;
    if (llvm::all_of(bounds, [](Value v) { return bool(v); }))
      value = affine::expandAffineExpr(
          builder, builder.getLoc(), positive,
          ArrayRef(bounds).take_front(map.getNumDims()),
          ArrayRef(bounds).drop_front(map.getNumDims()));
    if (!value && !isMin)
      return {};
    if (value && bound)
      value = isMin ? binary<arith::MinUIOp>(bound, value)
                    : binary<arith::MaxUIOp>(bound, value);
    bound = value ? value : bound;
  }
  return bound;
}

/// The size of a memref along a dimension.
Value Bounds::ofDim(Value memref, int64_t dim) {
  auto type = cast<MemRefType>(memref.getType());
  if (!type.isDynamicDim(dim))
    return constant(type.getDimSize(dim));
  if (auto argument = dyn_cast<BlockArgument>(memref))
    return ofArgument(argument, dim);
  Operation *op = memref.getDefiningOp();
  if (auto alloc = dyn_cast<memref::AllocOp>(op))
    return get(alloc.getDynamicSizes()[type.getDynamicDimIndex(dim)]);
  if (auto view = dyn_cast<memref::SubViewOp>(op)) {
    llvm::SmallBitVector dropped = view.getDroppedDims();
    for (unsigned i = 0, kept = 0; i != dropped.size(); ++i)
      if (!dropped[i] && kept++ == dim)
        return get(view.getMixedSizes()[i]);
  }
  if (auto cast = dyn_cast<memref::ReinterpretCastOp>(op))
    return get(cast.getMixedSizes()[dim]);
  if (auto cast = dyn_cast<memref::CastOp>(op))
    return ofDim(cast.getSource(), dim);
  if (auto loop = dyn_cast<LoopLikeOpInterface>(op))
    if (OpOperand *init = loop.getTiedLoopInit(cast<OpResult>(memref)))
      return ofDim(init->get(), dim);
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return binary<arith::MaxUIOp>(ofDim(select.getTrueValue(), dim),
                                  ofDim(select.getFalseValue(), dim));
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    unsigned result = cast<OpResult>(memref).getResultNumber();
    return binary<arith::MaxUIOp>(
        ofDim(branch.thenYield().getOperand(result), dim),
        ofDim(branch.elseYield().getOperand(result), dim));
  }
  return ofReshape(op, dim);
}

Value Bounds::ofReshape(Operation *op, int64_t dim) {
  if (auto expand = dyn_cast<memref::ExpandShapeOp>(op))
    return get(expand.getMixedOutputShape()[dim]);
  auto collapse = dyn_cast<memref::CollapseShapeOp>(op);
  if (!collapse)
    return {};
  Value product = constant(1);
  ReassociationIndices merged = collapse.getReassociationIndices()[dim];
  for (int64_t source : merged)
    product = binary<arith::MulIOp>(product, ofDim(collapse.getSrc(), source));
  return product;
}

/// A memref that a loop carries keeps the sizes that it starts with; that of
/// the entry has those of the window.
Value Bounds::ofArgument(BlockArgument argument, int64_t dim) {
  Operation *parent = argument.getOwner()->getParentOp();
  if (auto loop = dyn_cast<LoopLikeOpInterface>(parent)) {
    OpOperand *init = loop.getTiedLoopInit(argument);
    return init ? ofDim(init->get(), dim) : Value();
  }
  auto function = dyn_cast<func::FuncOp>(parent);
  if (!function)
    return {};
  bool isTime =
      dim == 0 && function.getArgAttr(argument.getArgNumber(), kSequenceAttr);
  return isTime ? steps : batch;
}

/// How many blocks of one allocation can exist at a time.
static int64_t countInstances(memref::AllocOp alloc) {
  auto isFreedHere = [&](Operation *user) {
    return isa<memref::DeallocOp>(user) &&
           user->getBlock() == alloc->getBlock();
  };
  if (llvm::any_of(alloc->getUsers(), isFreedHere))
    return 1;
  int64_t carried = 0;
  for (Operation *op = alloc->getParentOp(); !isa<func::FuncOp>(op);
       op = op->getParentOp())
    carried += llvm::count_if(op->getResultTypes(), llvm::IsaPred<MemRefType>);
  return 1 + carried;
}

namespace {
struct BoundWorkspace : snn::impl::BoundWorkspacePassBase<BoundWorkspace> {
  void runOnOperation() override {
    for (auto entry : llvm::to_vector(getOperation().getOps<func::FuncOp>()))
      if (entry.isPublic() && !entry.isExternal() && failed(emitBound(entry)))
        return signalPassFailure();
  }

  LogicalResult emitBound(func::FuncOp entry) {
    ImplicitLocOpBuilder builder(entry.getLoc(), entry);
    Type word = builder.getI64Type();
    auto function =
        func::FuncOp::create(builder, "snn_workspace_bytes",
                             builder.getFunctionType({word, word}, {word}));
    Block *block = function.addEntryBlock();
    builder.setInsertionPointToStart(block);
    auto sizes = llvm::map_to_vector(block->getArguments(), [&](Value size) {
      return Value(
          arith::IndexCastOp::create(builder, builder.getIndexType(), size));
    });
    Bounds bounds(builder, sizes[0], sizes[1]);
    Value total = bounds.constant(0);
    WalkResult walk = entry.walk([&](memref::AllocOp alloc) {
      Value bytes = emitBytes(alloc, bounds, builder);
      if (!bytes) {
        alloc.emitOpError("expected a size that steps and batch bound");
        return WalkResult::interrupt();
      }
      total = builder.createOrFold<arith::AddIOp>(total, bytes);
      return WalkResult::advance();
    });
    func::ReturnOp::create(
        builder, ValueRange{arith::IndexCastOp::create(builder, word, total)});
    for (unsigned i = 0; i != entry.getNumArguments(); ++i)
      entry.removeArgAttr(i, kSequenceAttr); // which LLVM does not know
    return failure(walk.wasInterrupted());
  }

  static Value emitBytes(memref::AllocOp alloc, Bounds &bounds,
                         ImplicitLocOpBuilder &builder) {
    MemRefType type = alloc.getType();
    Type element = type.getElementType();
    int64_t fixed = isa<IndexType>(element)
                        ? 8
                        : llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
    for (int64_t size : type.getShape())
      fixed *= ShapedType::isDynamic(size) ? 1 : size;
    Value bytes = bounds.getProduct(fixed, alloc.getDynamicSizes());
    if (!bytes)
      return {};
    bytes = builder.createOrFold<arith::AddIOp>(
        bytes, bounds.constant(2 * kBlock - 1));
    bytes =
        builder.createOrFold<arith::AndIOp>(bytes, bounds.constant(-kBlock));
    return builder.createOrFold<arith::MulIOp>(
        bytes, bounds.constant(countInstances(alloc)));
  }
};
} // namespace
