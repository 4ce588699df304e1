//===- Time.cpp - What a program on sequences does with time --------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/IR/Time.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

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

TimeAnalysis::TimeAnalysis(Block &block, ValueRange values, Operation *end)
    : sequences(values.begin(), values.end()) {
  for (Operation &op : block) {
    if (&op == end)
      break;
    visit(op);
  }
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

/// Whether the op, or one in its regions, reads a sequence.
bool TimeAnalysis::readsSequence(Operation &op) const {
  WalkResult result = op.walk([&](Operation *nested) {
    bool reads = llvm::any_of(nested->getOperands(),
                              [&](Value value) { return isSequence(value); });
    return reads ? WalkResult::interrupt() : WalkResult::advance();
  });
  return result.wasInterrupted();
}

void TimeAnalysis::visit(Operation &op) {
  if (auto sequence = dyn_cast<SequenceOpInterface>(op))
    return visitSequence(sequence);
  if (isa<linalg::LinalgOp>(op))
    return visitLinalg(op);
  if (auto softmax = dyn_cast<linalg::SoftmaxOp>(op))
    return visitSoftmax(softmax);
  if (op.hasTrait<OpTrait::IsTerminator>())
    return;
  if (isa<CallOpInterface>(op))
    return visitCall(op);
  if (!readsSequence(op))
    return visitState(op);
  if (OpTrait::hasElementwiseMappableTraits(&op))
    return visitElementwise(op);
  visitShape(op);
}

/// All operands are sequences, or one number.
void TimeAnalysis::visitElementwise(Operation &op) {
  for (Value operand : op.getOperands()) {
    SplatElementsAttr number;
    if (isSequence(operand) || !isa<RankedTensorType>(operand.getType()) ||
        matchPattern(operand, m_Constant(&number)))
      continue;
    block(time, op, "reads a value without time for every step");
    block(batch, op, "reads a value without a batch for every element");
  }
  mark(op);
}

/// What is called is judged once it is inlined; until then it keeps steps and
/// elements apart.
void TimeAnalysis::visitCall(Operation &op) {
  if (!readsSequence(op))
    return;
  for (Value result : op.getResults()) {
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (type && type.getRank() > 2)
      sequences.insert(result);
  }
}

/// An op on values without time: those with a batch are cut with it.
void TimeAnalysis::visitState(Operation &op) {
  auto hasBatch = [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && !tensor.hasStaticShape();
  };
  if (OpTrait::hasElementwiseMappableTraits(&op) ||
      llvm::none_of(op.getOperandTypes(), hasBatch))
    return;
  // The size of the batch is fine as the size of a new tensor.
  if (isa<tensor::DimOp>(op) &&
      llvm::all_of(op.getUsers(), llvm::IsaPred<tensor::EmptyOp>))
    return;
  block(batch, op, "is not known to keep elements of the batch apart");
}

void TimeAnalysis::visitSequence(SequenceOpInterface op) {
  if (!op.isCausal())
    block(time, *op, "runs time backwards");
  for (OpOperand &operand : op->getOpOperands())
    if (isSequence(operand.get()) && !op.isSequenceOperand(operand)) {
      block(time, *op, "takes a sequence for a value without time");
      block(batch, *op, "takes a sequence for a value without a batch");
    }
  // A synapse or a threshold on values without time has none either.
  bool isElementwise = op.getFinalStates().empty();
  for (OpResult result : op->getResults())
    if (op.isSequenceResult(result) && isa<TensorType>(result.getType()) &&
        (!isElementwise || readsSequence(*op)))
      sequences.insert(result);
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
  bool reads = readsSequence(op);
  auto hasTime = [&](OpOperand &operand) {
    return isSequence(operand.get()) || (reads && linalgOp.isDpsInit(&operand));
  };
  StringRef steps = findMixing(linalgOp, [&](OpOperand &operand) -> int64_t {
    return hasTime(operand) ? 0 : -1;
  });
  StringRef elements = findMixing(linalgOp, [&](OpOperand &operand) {
    return getBatchDim(operand.get(), hasTime(operand));
  });
  // What the body reads of whole tensors is read for every step and element.
  SetVector<Value> captured;
  getUsedValuesDefinedAbove(op.getRegions(), captured);
  for (Value value : captured) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (isSequence(value))
      block(time, op, "reads a whole sequence");
    if (type && (isSequence(value) || !type.hasStaticShape()))
      block(batch, op, "reads a whole batch");
  }
  if (!steps.empty())
    block(time, op, steps + " steps");
  if (!elements.empty())
    block(batch, op, elements + " elements of the batch");
  if (reads)
    mark(op);
}

/// Every element depends on all others along the dimension.
void TimeAnalysis::visitSoftmax(linalg::SoftmaxOp op) {
  bool hasTime = isSequence(op.getInput());
  int64_t dim = op.getDimension();
  if (hasTime && dim == 0)
    block(time, *op, "mixes steps");
  if (dim == getBatchDim(op.getInput(), hasTime))
    block(batch, *op, "mixes elements of the batch");
  if (hasTime)
    mark(*op);
}

/// Whether a slice of a sequence has the size among its sizes only.
bool TimeAnalysis::takesWhole(Operation &user, tensor::DimOp size) {
  auto slice = dyn_cast<OffsetSizeAndStrideOpInterface>(user);
  if (!slice || !isa<tensor::ExtractSliceOp, tensor::InsertSliceOp>(user))
    return false;
  return readsSequence(user) &&
         !llvm::is_contained(slice.getOffsets(), size.getResult()) &&
         !llvm::is_contained(slice.getStrides(), size.getResult());
}

/// Whether an expanded sequence keeps the size where it is.
bool TimeAnalysis::keepsSize(Operation &user, tensor::DimOp size) {
  auto expand = dyn_cast<tensor::ExpandShapeOp>(user);
  std::optional<int64_t> index = size.getConstantIndex();
  if (!expand || !index || !isSequence(expand.getSrc()) ||
      !isSequence(size.getSource()))
    return false;
  for (auto [dim, value] : llvm::enumerate(expand.getMixedOutputShape()))
    if (value == getAsOpFoldResult(size.getResult()) && int64_t(dim) != *index)
      return false;
  return true;
}

/// The size of a window or a batch is fine as that size of another tensor, of
/// which it makes a sequence, and of a slice or an expanded sequence.
void TimeAnalysis::visitSize(tensor::DimOp op) {
  std::optional<int64_t> index = op.getConstantIndex();
  bool isSize = index.has_value();
  for (Operation *user : op->getUsers()) {
    auto empty = dyn_cast<tensor::EmptyOp>(user);
    if (empty && index && *index >= 0 && *index < empty.getType().getRank() &&
        getAsOpFoldResult(op.getResult()) == empty.getMixedSizes()[*index]) {
      if (*index == 0)
        sequences.insert(empty);
      isSize &= llvm::count(empty.getDynamicSizes(), op.getResult()) == 1;
    } else if (!takesWhole(*user, op) && !keepsSize(*user, op)) {
      isSize = false;
    }
  }
  if (!isSize && (!index || *index == 0))
    block(time, *op, "depends on the number of steps");
  if (!isSize && (!index || *index == 1))
    block(batch, *op, "depends on the size of the batch");
}

/// Slices that take all steps and the whole batch.
void TimeAnalysis::visitSlice(OffsetSizeAndStrideOpInterface slice) {
  auto insert = dyn_cast<tensor::InsertSliceOp>(*slice);
  Value whole = insert ? insert.getDest() : slice->getOperand(0);
  auto type = cast<RankedTensorType>(whole.getType());
  auto offsets = slice.getMixedOffsets(), sizes = slice.getMixedSizes();
  auto strides = slice.getMixedStrides();
  auto isSizeOf = [&](Value size, int64_t dim) {
    auto op = size.getDefiningOp<tensor::DimOp>();
    return op && op.getConstantIndex() == dim && isSequence(op.getSource());
  };
  auto isWhole = [&](int64_t dim) {
    if (type.getRank() <= dim || !isConstantIntValue(offsets[dim], 0) ||
        !isConstantIntValue(strides[dim], 1))
      return false;
    return type.isDynamicDim(dim)
               ? isa<Value>(sizes[dim]) &&
                     isSizeOf(cast<Value>(sizes[dim]), dim)
               : isConstantIntValue(sizes[dim], type.getDimSize(dim));
  };
  auto extract = dyn_cast<tensor::ExtractSliceOp>(*slice);
  bool dropsTime = extract && extract.getDroppedDims().test(0);
  if (!isWhole(0) || dropsTime || (insert && !isSequence(insert.getSource())))
    block(time, *slice, "takes some of the steps");
  if (!isWhole(1) || dropsTime)
    block(batch, *slice, "takes some of the batch");
  mark(*slice);
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
  if (auto dim = dyn_cast<tensor::DimOp>(op))
    return visitSize(dim);
  if (isa<tensor::ExtractSliceOp, tensor::InsertSliceOp>(op))
    return visitSlice(cast<OffsetSizeAndStrideOpInterface>(op));
  block(time, op, "is not known to keep steps apart");
  block(batch, op, "is not known to keep elements of the batch apart");
  mark(op);
}
