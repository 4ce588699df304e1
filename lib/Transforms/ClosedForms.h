//===- ClosedForms.h - Spikes from a formula --------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_TRANSFORMS_CLOSEDFORMS_H
#define SNN_LIB_TRANSFORMS_CLOSEDFORMS_H

#include "snn/Analysis/GridCertificate.h"
#include "snn/IR/SNN.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::snn {

/// A step `u = v + x`, `s = [u >= threshold]`, `v = u - threshold` or
/// `u mod threshold` where it fires.
struct ClosedForm {
  arith::SelectOp next;
  Operation *sum = nullptr;
  BlockArgument drive; ///< the input that is summed
  bool isModulo = false, isStrict = false;
  double threshold = 0;
};

/// The parts of a step with the verdict of a closed form; none, with a reason,
/// where they are not those of a sum.
std::optional<ClosedForm> matchClosedForm(NeuronOp op, std::string &reason);

/// Why the formula does not give the bits of the steps; empty where it does.
std::string findFormObstacle(NeuronOp op, const ClosedForm &form,
                             const GridCertificate &certificate);

/// Whether the neuron codes its initial potential in spikes: it has no inputs,
/// and takes the entries of a table away where it reaches those of another.
bool isFewSpikes(NeuronOp op);

/// Makes the spikes of such a neuron the bits of a number. Returns the neuron
/// that makes them; none, with a reason, where its tables do not halve.
NeuronOp closeFewSpikes(NeuronOp op, std::string &reason);

} // namespace mlir::snn

#endif // SNN_LIB_TRANSFORMS_CLOSEDFORMS_H
