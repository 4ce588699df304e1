//===- Time.cpp - What a program on sequences does with time ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/IR/Time.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::snn;

SmallVector<Value>
mlir::snn::getSequenceArguments(FunctionOpInterface function) {
  SmallVector<Value> sequences;
  for (BlockArgument argument : function.getArguments()) {
    unsigned index = argument.getArgNumber();
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (type && type.getRank() > 0 && !function.getArgAttr(index, kParamAttr) &&
        !function.getArgAttr(index, kStateAttr))
      sequences.push_back(argument);
  }
  return sequences;
}

TimeAnalysis::TimeAnalysis(Block &block, ValueRange values)
    : sequences(values.begin(), values.end()) {
  for (Operation &op : block)
    visit(op);
}

void TimeAnalysis::block(Obstacle &obstacle, Operation &op,
                         const Twine &reason) {
  if (!obstacle)
    obstacle = {&op, reason.str()};
}

/// All results of the op are sequences.
void TimeAnalysis::mark(Operation &op) {
  for (Value result : op.getResults())
    if (auto type = dyn_cast<RankedTensorType>(result.getType()))
      if (type.getRank() > 0)
        sequences.insert(result);
}

static bool isWholeDim(OpFoldResult offset, OpFoldResult stride) {
  return isConstantIntValue(offset, 0) && isConstantIntValue(stride, 1);
}

void TimeAnalysis::visit(Operation &op) {
  bool readsSequence = llvm::any_of(
      op.getOperands(), [&](Value value) { return isSequence(value); });

  if (auto sequence = dyn_cast<SequenceOpInterface>(op)) {
    if (!sequence.isCausal())
      block(time, op, "runs time backwards");
    for (OpResult result : op.getResults()) {
      // A synapse or a threshold on values without time has none either.
      bool isElementwise = sequence.getFinalStates().empty();
      if (sequence.isSequenceResult(result) &&
          isa<TensorType>(result.getType()) &&
          (!isElementwise || readsSequence))
        sequences.insert(result);
    }
    return;
  }
  if (isa<linalg::LinalgOp>(op))
    return visitLinalg(op);
  if (!readsSequence || op.hasTrait<OpTrait::IsTerminator>())
    return;
  if (OpTrait::hasElementwiseMappableTraits(&op))
    return mark(op);
  visitShape(op);
}

/// The dimension of the batch: 1 of a sequence, the only dynamic one of a
/// state.
static int64_t getBatchDim(Value value, bool isSequence) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type)
    return -1;
  if (isSequence)
    return type.getRank() > 1 ? 1 : -1;
  for (auto [dim, size] : llvm::enumerate(type.getShape()))
    if (ShapedType::isDynamic(size))
      return dim;
  return -1;
}

/// Why a structured op mixes what runs along dimension `getDim(operand)` of its
/// operands (-1: the operand has none); empty where it does not. It keeps the
/// elements apart if one parallel loop runs over all these dimensions and over
/// nothing else.
static StringRef findMixing(linalg::LinalgOp op,
                            function_ref<int64_t(OpOperand &)> getDim) {
  std::optional<unsigned> loop;
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  for (OpOperand &operand : op->getOpOperands()) {
    int64_t dim = getDim(operand);
    if (dim < 0)
      continue;
    AffineMap map = op.getMatchingIndexingMap(&operand);
    if (map.getNumResults() <= dim)
      return "mixes";
    auto expr = dyn_cast<AffineDimExpr>(map.getResult(dim));
    if (!expr || (loop && *loop != expr.getPosition()) ||
        iterators[expr.getPosition()] != utils::IteratorType::parallel)
      return "mixes";
    loop = expr.getPosition();
  }
  if (!loop)
    return "";
  for (OpOperand &operand : op->getOpOperands())
    for (auto [i, expr] :
         llvm::enumerate(op.getMatchingIndexingMap(&operand).getResults()))
      if (expr.isFunctionOfDim(*loop) && int64_t(i) != getDim(operand))
        return "mixes";
  bool usesIndex = false;
  op->walk(
      [&](linalg::IndexOp index) { usesIndex |= index.getDim() == *loop; });
  return usesIndex ? "depends on the index of" : "";
}

void TimeAnalysis::visitLinalg(Operation &op) {
  auto linalgOp = cast<linalg::LinalgOp>(op);
  bool readsSequence = llvm::any_of(
      op.getOperands(), [&](Value value) { return isSequence(value); });
  auto hasTime = [&](OpOperand &operand) {
    return isSequence(operand.get()) ||
           (readsSequence && linalgOp.isDpsInit(&operand));
  };
  StringRef steps = findMixing(linalgOp, [&](OpOperand &operand) -> int64_t {
    return hasTime(operand) ? 0 : -1;
  });
  StringRef elements = findMixing(linalgOp, [&](OpOperand &operand) {
    return getBatchDim(operand.get(), hasTime(operand));
  });
  if (!steps.empty())
    block(time, op, steps + " steps");
  if (!elements.empty())
    block(batch, op, elements + " elements of the batch");
  if (readsSequence)
    mark(op);
}

/// Reshapes and slices that leave time and batch alone.
void TimeAnalysis::visitShape(Operation &op) {
  auto keeps = [](ArrayRef<ReassociationIndices> groups, size_t dim) {
    return groups.size() > dim && groups[dim].size() == 1;
  };
  auto checkGroups = [&](ArrayRef<ReassociationIndices> groups) {
    if (!keeps(groups, 0))
      block(time, op, "mixes steps");
    if (!keeps(groups, 0) || !keeps(groups, 1))
      block(batch, op, "mixes elements of the batch");
    mark(op);
  };
  if (auto reshape = dyn_cast<tensor::CollapseShapeOp>(op))
    return checkGroups(reshape.getReassociationIndices());
  if (auto reshape = dyn_cast<tensor::ExpandShapeOp>(op))
    return checkGroups(reshape.getReassociationIndices());
  if (isa<tensor::CastOp>(op))
    return mark(op);
  if (auto dim = dyn_cast<tensor::DimOp>(op)) {
    // The size of a window is fine as the size of a new tensor only.
    bool isSize = llvm::all_of(op.getUsers(), [](Operation *user) {
      return isa<tensor::EmptyOp>(user);
    });
    std::optional<int64_t> index = dim.getConstantIndex();
    if (!isSize && (!index || *index == 0))
      block(time, op, "depends on the number of steps");
    if (!isSize && (!index || *index == 1))
      block(batch, op, "depends on the size of the batch");
    return;
  }
  if (auto slice = dyn_cast<OffsetSizeAndStrideOpInterface>(op)) {
    auto offsets = slice.getMixedOffsets(), strides = slice.getMixedStrides();
    auto isFull = [&](size_t dim) {
      auto source = dyn_cast<RankedTensorType>(op.getOperand(0).getType());
      OpFoldResult size = slice.getMixedSizes()[dim];
      bool sameSize =
          source &&
          (!source.isDynamicDim(dim)
               ? isConstantIntValue(size, source.getDimSize(dim))
               : isa<Value>(size) && isa_and_nonnull<tensor::DimOp>(
                                         cast<Value>(size).getDefiningOp()));
      return isWholeDim(offsets[dim], strides[dim]) && sameSize;
    };
    if (offsets.empty() || !isFull(0))
      block(time, op, "takes some of the steps");
    if (offsets.size() < 2 || !isFull(1))
      block(batch, op, "takes some of the batch");
    return mark(op);
  }
  block(time, op, "is not known to keep steps apart");
  block(batch, op, "is not known to keep elements of the batch apart");
  mark(op);
}
