//===- SNNSequences.cpp - State, causality and position of the ops --------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/IR/SNN.h"

using namespace mlir;
using namespace mlir::snn;

/// Ops whose states are `inits` and whose results end with the final states.
#define SNN_STATE(OP, RESULTS, FIRST)                                          \
  OperandRange OP::getInitialStates() { return getInits(); }                   \
  void OP::setInitialStates(ValueRange states) {                               \
    getInitsMutable().assign(states);                                          \
  }                                                                            \
  ResultRange OP::getFinalStates() { return (RESULTS).drop_front(FIRST); }
SNN_STATE(LIFOp, getRest(), getPotential() == Potential::None ? 0 : 1)
SNN_STATE(LIOp, getRest(), 0)
SNN_STATE(CubaLIFOp, getRest(), 0)
SNN_STATE(RefractoryOp, getRest(), 0)
SNN_STATE(TemporalConvOp, getRest(), 0)
SNN_STATE(DelayOp, getRest(), 0)
SNN_STATE(ScanOp, getComponents(), getNumComponents())
SNN_STATE(NeuronOp, getFinals(), 0)
#undef SNN_STATE

/// Ops with an optional `offset` operand.
#define SNN_OFFSET(OP, DEPENDS)                                                \
  bool OP::dependsOnPosition() { return DEPENDS; }                             \
  Value OP::getPositionOperand() { return getOffset(); }                       \
  void OP::setPositionOperand(Value position) {                                \
    getOffsetMutable().assign(position);                                       \
  }
SNN_OFFSET(RefractoryOp, getKind() == RefractoryKind::Phase)
SNN_OFFSET(SampleOp, true)
SNN_OFFSET(TemporalConvOp, getPerStep() || getPeriod())
SNN_OFFSET(NeuronOp, !getTables().empty())
#undef SNN_OFFSET

bool FireOp::isSequenceOperand(OpOperand &operand) {
  // A threshold of full rank has time, too.
  auto input = dyn_cast<RankedTensorType>(getInput().getType());
  auto type = dyn_cast<RankedTensorType>(operand.get().getType());
  return operand.getOperandNumber() == 0 ||
         (input && type && input.getRank() == type.getRank());
}

bool LIFOp::isSequenceResult(OpResult result) {
  return result.getResultNumber() < getNumResults() - getFinalStates().size();
}

bool TemporalConvOp::isCausal() { return !getReverse(); }

int64_t TemporalConvOp::getMaxSteps() {
  auto kernel = cast<RankedTensorType>(getKernel().getType());
  return getPerStep() && !kernel.isDynamicDim(0) ? kernel.getDimSize(0) : -1;
}

bool DelayOp::isCausal() { return !getReverse(); }

//===----------------------------------------------------------------------===//
// snn.scan
//===----------------------------------------------------------------------===//

bool ScanOp::isCausal() { return !getReverse(); }

bool ScanOp::isSequenceOperand(OpOperand &operand) {
  unsigned index = operand.getOperandNumber();
  if (index < getInputs().size())
    return true;
  if (index >= getInputs().size() + getCoefficients().size())
    return false;
  // A time-varying coefficient has the rank of the inputs.
  auto type = dyn_cast<RankedTensorType>(operand.get().getType());
  auto input = cast<RankedTensorType>(getInputs().front().getType());
  return type && type.getRank() == input.getRank();
}

bool ScanOp::isSequenceResult(OpResult result) {
  return result.getResultNumber() < getNumComponents();
}

//===----------------------------------------------------------------------===//
// snn.neuron
//===----------------------------------------------------------------------===//

bool NeuronOp::isCausal() { return !getReverse(); }

int64_t NeuronOp::getMaxSteps() {
  int64_t steps = -1;
  for (Value table : getTables()) {
    int64_t size = cast<RankedTensorType>(table.getType()).getDimSize(0);
    if (!ShapedType::isDynamic(size))
      steps = steps < 0 ? size : std::min(steps, size);
  }
  return steps;
}

bool NeuronOp::isSequenceOperand(OpOperand &operand) {
  return operand.getOperandNumber() < getInputs().size();
}

bool NeuronOp::isSequenceResult(OpResult result) {
  return result.getResultNumber() < getOutputs().size();
}

//===----------------------------------------------------------------------===//
// snn.recurrent
//===----------------------------------------------------------------------===//

bool RecurrentOp::isCausal() { return !getReverse(); }

OperandRange RecurrentOp::getInitialStates() {
  // States and histories are neighbours.
  unsigned first = getInputs().size() + getSpans().size();
  return getOperation()->getOperands().slice(first, getInits().size() +
                                                        getHistories().size());
}

void RecurrentOp::setInitialStates(ValueRange states) {
  getInitsMutable().assign(states.take_front(getFinals().size()));
  getHistoriesMutable().assign(states.drop_front(getFinals().size()));
}

ResultRange RecurrentOp::getFinalStates() {
  return getOperation()->getResults().drop_front(getOutputs().size());
}

bool RecurrentOp::dependsOnPosition() {
  bool depends = false;
  getBody().walk(
      [&](SequenceOpInterface op) { depends |= op.dependsOnPosition(); });
  return depends;
}

Value RecurrentOp::getPositionOperand() { return getPosition(); }

/// Gives the body a position argument and lets its ops count from there.
void RecurrentOp::setPositionOperand(Value position) {
  bool hadPosition = getPosition() != nullptr;
  getPositionMutable().assign(position);
  if (hadPosition)
    return;
  Value argument = getBody().addArgument(position.getType(), getLoc());
  for (Operation &op : getBody().front())
    if (auto sequence = dyn_cast<SequenceOpInterface>(op))
      if (sequence.dependsOnPosition() && !sequence.getPositionOperand())
        sequence.setPositionOperand(argument);
}

bool RecurrentOp::isSequenceOperand(OpOperand &operand) {
  return operand.getOperandNumber() < getInputs().size();
}

bool RecurrentOp::isSequenceResult(OpResult result) {
  return result.getResultNumber() < getOutputs().size();
}
