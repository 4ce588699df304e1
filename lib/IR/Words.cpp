//===- Words.cpp - Spikes that travel as words ----------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/IR/Words.h"

#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace mlir::snn;

/// Neurons are one dimension in a loop, so no word may end inside of it.
static bool hasWholeWords(RankedTensorType type) {
  return type.getRank() == 3 || type.getShape().back() % 32 == 0;
}

/// Whether the thresholds are those of a parameter of `snn.neuron`.
static bool hasThresholdsOfNeuron(FireOp op) {
  Value thresholds = op.getThresholds();
  auto type = thresholds ? dyn_cast<RankedTensorType>(thresholds.getType())
                         : RankedTensorType();
  return !type || type.getRank() == 0 ||
         type.getRank() + 2 == cast<RankedTensorType>(op.getType()).getRank();
}

bool snn::canWriteWords(Value spikes) {
  Operation *op = spikes.getDefiningOp();
  auto type = dyn_cast<RankedTensorType>(spikes.getType());
  if (!op || !type || !type.getElementType().isInteger(1) ||
      type.getRank() < 3 || !hasWholeWords(type))
    return false;
  if (auto neuron = dyn_cast<NeuronOp>(op))
    return llvm::is_contained(neuron.getOutputs(), spikes);
  if (auto fire = dyn_cast<FireOp>(op))
    return hasThresholdsOfNeuron(fire);
  auto named = dyn_cast<NeuronOpInterface>(op);
  auto sequence = dyn_cast<SequenceOpInterface>(op);
  return named && named.hasStep() && sequence &&
         sequence.isSequenceResult(cast<OpResult>(spikes));
}

bool snn::canReadWords(OpOperand &use) {
  Operation *op = use.getOwner();
  auto type = dyn_cast<RankedTensorType>(use.get().getType());
  if (!type || !type.getElementType().isInteger(1) || type.getRank() < 3)
    return false;
  if (auto linear = dyn_cast<LinearOp>(op))
    return use.getOperandNumber() == 0 &&
           (linear.getWeight().getType().getRank() == 2 ||
            type.getShape().back() % 32 == 0);
  if (auto sparse = dyn_cast<SparseLinearOp>(op))
    return use.getOperandNumber() == 0 &&
           (sparse.getInputs().size() == 1 || type.getShape().back() % 32 == 0);
  if (auto gate = dyn_cast<RefractoryOp>(op))
    return use.getOperandNumber() == 0 &&
           gate.getKind() != RefractoryKind::Phase;
  return isa<PackOp>(op);
}

bool snn::isRecord(OpOperand &use) {
  Operation *user = use.getOwner();
  auto function = dyn_cast<FunctionOpInterface>(user->getParentOp());
  return function && user->hasTrait<OpTrait::ReturnLike>() &&
         function.getResultAttr(use.getOperandNumber(), kRecordAttr);
}
