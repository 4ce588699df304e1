//===- Cuts.cpp - Whether a run may be cut --------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Model.h"
#include "snn/IR/Time.h"

#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace mlir::snn;

static StringAttr getState(func::FuncOp model, Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument || argument.getOwner() != &model.front())
    return {};
  return model.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                            kStateAttr);
}

/// The result that is the state after the run.
static Value getStateAfter(func::FuncOp model, StringAttr name) {
  for (auto [i, value] :
       llvm::enumerate(model.front().getTerminator()->getOperands()))
    if (model.getResultAttr(i, kStateAttr) == name)
      return value;
  return {};
}

/// What is packed, or unpacked, here: the same state in another form.
template <typename OpTy> static Value lookThrough(Value state) {
  auto op = state ? state.getDefiningOp<OpTy>() : OpTy();
  return op ? Value(op.getInput()) : state;
}

/// Whether each state of the op is an argument, and its final state the result
/// of that name: otherwise the next window would start from something else.
static bool isCarried(func::FuncOp model, SequenceOpInterface op) {
  for (auto [before, after] :
       llvm::zip(op.getInitialStates(), op.getFinalStates())) {
    StringAttr name = getState(model, lookThrough<PackOp>(before));
    if (!name || lookThrough<UnpackOp>(getStateAfter(model, name)) != after)
      return false;
  }
  return true;
}

/// Whether a state argument is read as an initial state only, maybe packed, or
/// handed on.
static bool isInitialOnly(func::FuncOp model, StringAttr name, Value state) {
  return llvm::all_of(state.getUses(), [&](OpOperand &use) {
    Operation *user = use.getOwner();
    if (user == model.front().getTerminator())
      return model.getResultAttr(use.getOperandNumber(), kStateAttr) == name;
    if (auto pack = dyn_cast<PackOp>(user))
      return isInitialOnly(model, name, pack.getWords());
    auto op = dyn_cast<SequenceOpInterface>(user);
    return op && llvm::is_contained(op.getInitialStates(), state) &&
           llvm::count(user->getOperands(), state) == 1;
  });
}

/// Whether an op with state or absolute time runs over the steps of the model.
static bool runsOverModel(SequenceOpInterface op, const TimeAnalysis &time) {
  if (op.getFinalStates().empty() && !op.dependsOnPosition())
    return true;
  return llvm::any_of(op->getOpOperands(), [&](OpOperand &operand) {
    return op.isSequenceOperand(operand) && time.isSequence(operand.get());
  });
}

/// Whether some step reads a final state, which is that of the window:
/// directly, or through values without time.
static bool readsFinalStates(func::FuncOp model, const TimeAnalysis &time) {
  DenseSet<Value> late;
  for (Operation &op : model.front().without_terminator()) {
    SetVector<Value> read(op.operand_begin(), op.operand_end());
    getUsedValuesDefinedAbove(op.getRegions(), read);
    bool readsLate =
        llvm::any_of(read, [&](Value value) { return late.contains(value); });
    for (Value result : op.getResults()) {
      if (readsLate && time.isSequence(result))
        return true;
      if (readsLate)
        late.insert(result);
    }
    if (auto sequence = dyn_cast<SequenceOpInterface>(op))
      late.insert(sequence.getFinalStates().begin(),
                  sequence.getFinalStates().end());
  }
  return false;
}

uint32_t mlir::snn::getCuts(func::FuncOp model) {
  TimeAnalysis time(model.front(), getSequenceArguments(model));
  bool isCausal = !time.getTimeObstacle() && !readsFinalStates(model, time);
  for (auto op : model.front().getOps<SequenceOpInterface>())
    isCausal &= isCarried(model, op) && runsOverModel(op, time);
  for (BlockArgument argument : model.getArguments())
    if (StringAttr name = getState(model, argument))
      isCausal &= isInitialOnly(model, name, argument);
  uint32_t flags = isCausal ? SNN_CAUSAL : 0;
  if (!time.getBatchObstacle())
    flags |= SNN_BATCH_SEPARABLE;
  return flags;
}
