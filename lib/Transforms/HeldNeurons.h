//===- HeldNeurons.h - Neurons that a counter holds -------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_TRANSFORMS_HELDNEURONS_H
#define SNN_LIB_TRANSFORMS_HELDNEURONS_H

#include "snn/IR/SNN.h"

namespace mlir::snn {

/// The parts of a neuron that a counter holds at a constant after a spike.
struct Refractory {
  unsigned potential = 0, counter = 0; ///< states
  Value free;                          ///< the potential before the reset
  FloatAttr reset;
  int64_t period = 0; ///< R
};

/// The parts of the neuron; none, with a reason, where it may fire twice in
/// R + 1 steps, or where what it becomes is not known before.
std::optional<Refractory> matchRefractory(NeuronOp op, std::string &reason);

} // namespace mlir::snn

#endif // SNN_LIB_TRANSFORMS_HELDNEURONS_H
