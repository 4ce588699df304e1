//===- SNNFolds.cpp - Folds and canonicalizations -------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/IR/SNN.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::snn;

/// fire(constant, constant) -> true or false
OpFoldResult FireOp::fold(FoldAdaptor adaptor) {
  auto input = dyn_cast_or_null<FloatAttr>(adaptor.getInput());
  if (!input)
    return {};
  APFloat threshold = input.getValue();
  if (auto operand = dyn_cast_or_null<FloatAttr>(adaptor.getThresholds())) {
    threshold = operand.getValue();
  } else if (getThreshold()) {
    bool losesInfo;
    threshold = *getThreshold();
    threshold.convert(input.getValue().getSemantics(),
                      APFloat::rmNearestTiesToEven, &losesInfo);
  } else {
    return {};
  }
  APFloat::cmpResult order = input.getValue().compare(threshold);
  bool fires = order == APFloat::cmpGreaterThan ||
               (order == APFloat::cmpEqual && getCompare() == Compare::Ge);
  return BoolAttr::get(getContext(), fires);
}

/// A gate with nothing to hold back -> its candidates
LogicalResult RefractoryOp::canonicalize(RefractoryOp op,
                                         PatternRewriter &rewriter) {
  bool isIdentity = op.getKind() == RefractoryKind::Phase ? op.getPeriod() == 1
                                                          : op.getPeriod() == 0;
  // A counter from elsewhere may hold for some steps even with a period of 0.
  if (!op.getInits().empty() || !isIdentity || op.getSpikes().use_empty())
    return rewriter.notifyMatchFailure(op, "expected a gate that is open");
  rewriter.replaceAllUsesWith(op.getSpikes(), op.getInput());
  return success();
}

/// unpack(pack(s)) -> s. No fold, which every greedy driver would apply: spikes
/// that travel as words are such pairs. pack(unpack(w)) -> w is wrong where
/// unused bits are set.
LogicalResult UnpackOp::canonicalize(UnpackOp op, PatternRewriter &rewriter) {
  auto pack = op.getInput().getDefiningOp<PackOp>();
  if (!pack || pack.getInput().getType() != op.getType())
    return rewriter.notifyMatchFailure(op, "expected packed spikes");
  rewriter.replaceOp(op, pack.getInput());
  return success();
}

/// delay(x) by [0, ..] -> x; by [d, d, ..] per_source -> by [d]
LogicalResult DelayOp::canonicalize(DelayOp op, PatternRewriter &rewriter) {
  if (op.getHistory() == 0 && !op.getGroups()) {
    rewriter.replaceOp(op, op.getInput());
    return success();
  }
  if (!op.getPerSource() || !llvm::all_equal(op.getDelays()))
    return rewriter.notifyMatchFailure(op, "expected equal delays");
  rewriter.modifyOpInPlace(op, [&] {
    op.setPerSource(false);
    op.setDelays({op.getHistory()});
  });
  return success();
}

/// scan(x) by 1 -> scan(x)
LogicalResult ScanOp::canonicalize(ScanOp op, PatternRewriter &rewriter) {
  Attribute value;
  if (op.getKind() != ScanKind::Real || op.getCoefficients().empty() ||
      !matchPattern(op.getCoefficients().front(), m_Constant(&value)))
    return rewriter.notifyMatchFailure(op, "expected a constant coefficient");
  if (auto dense = dyn_cast<DenseElementsAttr>(value))
    value = dense.isSplat() ? dense.getSplatValue<Attribute>() : Attribute();
  auto real = dyn_cast_or_null<FloatAttr>(value);
  auto integer = dyn_cast_or_null<IntegerAttr>(value);
  if (!(real && real.getValue().isExactlyValue(1.0)) &&
      !(integer && integer.getValue().isOne()))
    return rewriter.notifyMatchFailure(op, "expected a coefficient of 1");
  rewriter.modifyOpInPlace(op, [&] { op.getCoefficientsMutable().clear(); });
  return success();
}

//===----------------------------------------------------------------------===//
// Synapses
//===----------------------------------------------------------------------===//

/// synapse(number(spikes), w) -> synapse(spikes, w), which leaves out what a
/// silent spike would have added: 0, or NaN where its weight is not finite.
template <typename OpTy>
static LogicalResult readSpikes(OpTy op, PatternRewriter &rewriter) {
  Operation *conversion = op.getInput().getDefiningOp();
  if (!isa_and_nonnull<arith::UIToFPOp, arith::ExtUIOp>(conversion))
    return rewriter.notifyMatchFailure(op, "expected converted spikes");
  Value spikes = conversion->getOperand(0);
  if (!getElementTypeOrSelf(spikes.getType()).isInteger(1))
    return rewriter.notifyMatchFailure(op, "expected spikes");
  rewriter.modifyOpInPlace(op, [&] { op.getInputMutable().assign(spikes); });
  return success();
}

LogicalResult LinearOp::canonicalize(LinearOp op, PatternRewriter &rewriter) {
  return readSpikes(op, rewriter);
}

LogicalResult Conv2dOp::canonicalize(Conv2dOp op, PatternRewriter &rewriter) {
  return readSpikes(op, rewriter);
}

//===----------------------------------------------------------------------===//
// snn.neuron
//===----------------------------------------------------------------------===//

/// Lets the step read one operand for all that are the same value.
static bool mergeEqual(OperandRange operands, Block &step, unsigned firstArg,
                       PatternRewriter &rewriter) {
  bool changed = false;
  for (auto [i, operand] : llvm::enumerate(operands)) {
    auto first = llvm::find(operands, operand) - operands.begin();
    BlockArgument argument = step.getArgument(firstArg + i);
    if (first == int64_t(i) || argument.use_empty())
      continue;
    rewriter.replaceAllUsesWith(argument, step.getArgument(firstArg + first));
    changed = true;
  }
  return changed;
}

/// Drops operands that the step does not read, as long as `keep` are left.
static bool dropUnused(MutableOperandRange operands, Block &step,
                       unsigned firstArg, unsigned keep) {
  bool changed = false;
  for (unsigned i = operands.size(); i-- > 0 && operands.size() > keep;) {
    if (!step.getArgument(firstArg + i).use_empty())
      continue;
    operands.erase(i);
    step.eraseArgument(firstArg + i);
    changed = true;
  }
  return changed;
}

/// Replaces a neuron by one without the outputs that nothing reads.
static LogicalResult dropUnusedOutputs(NeuronOp op, PatternRewriter &rewriter) {
  YieldOp yield = op.getYield();
  SmallVector<Type> types;
  SmallVector<Value> used, yielded;
  for (auto [output, value] : llvm::zip(op.getOutputs(), yield.getOutputs())) {
    if (output.use_empty())
      continue;
    types.push_back(output.getType());
    used.push_back(output);
    yielded.push_back(value);
  }
  if (used.size() == op.getOutputs().size())
    return rewriter.notifyMatchFailure(op, "expected an unused output");
  auto smaller = NeuronOp::create(
      rewriter, op.getLoc(), types, op.getFinals().getTypes(), op.getInputs(),
      op.getParams(), op.getTables(), op.getInits(), op.getOffset(),
      op.getReverse(), op.getScheduleAttr());
  smaller->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  rewriter.modifyOpInPlace(yield,
                           [&] { yield.getOutputsMutable().assign(yielded); });
  rewriter.inlineRegionBefore(op.getStep(), smaller.getStep(),
                              smaller.getStep().end());
  for (auto [before, after] : llvm::zip(used, smaller.getOutputs()))
    rewriter.replaceAllUsesWith(before, after);
  rewriter.replaceAllUsesWith(op.getFinals(), smaller.getFinals());
  rewriter.eraseOp(op);
  return success();
}

/// neuron ins(x, x, y) params(p, q) -> neuron ins(x, y) params(p), where the
/// step does not read q. Tables bound the run and one sequence gives time and
/// batch, so they stay.
LogicalResult NeuronOp::canonicalize(NeuronOp op, PatternRewriter &rewriter) {
  if (succeeded(dropUnusedOutputs(op, rewriter)))
    return success();
  Block &step = op.getStep().front();
  unsigned inputs = op.getInputs().size(), params = op.getParams().size();
  rewriter.startOpModification(op);
  bool changed = mergeEqual(op.getInputs(), step, 0, rewriter);
  changed |= mergeEqual(op.getParams(), step, inputs, rewriter);
  changed |= mergeEqual(op.getTables(), step, inputs + params, rewriter);
  changed |= dropUnused(op.getParamsMutable(), step, inputs, 0);
  changed |= dropUnused(op.getInputsMutable(), step, 0, 1);
  if (!changed) {
    rewriter.cancelOpModification(op);
    return rewriter.notifyMatchFailure(op, "expected an operand to drop");
  }
  rewriter.finalizeOpModification(op);
  return success();
}
