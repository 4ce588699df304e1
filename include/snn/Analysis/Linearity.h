//===- Linearity.h - What stands between a neuron and parallel time -*- C++
//-*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one analysis of time: each state of a neuron gets one of seven verdicts,
// with a reason in words. It reads the region of the step, so that a neuron
// written by hand gets the same verdict as a named one.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_ANALYSIS_LINEARITY_H
#define SNN_ANALYSIS_LINEARITY_H

#include "snn/Analysis/AffineStep.h"

namespace mlir::snn {

/// From what allows most to what allows least.
enum class Verdict {
  LinearConstant,    ///< v' = A v + b, A the same in all steps
  LinearKnown,       ///< A known before the loop
  FiniteState,       ///< few values, driven by spikes
  ClosedForm,        ///< a formula gives the spikes up to any step
  OneSpikePerWindow, ///< silent and constant for R steps after a spike
  Contracting,       ///< resets, and forgets in between
  Opaque             ///< none of these
};

/// "linear, constant A"
StringRef stringifyVerdict(Verdict verdict);

struct StateVerdict {
  Verdict verdict = Verdict::Opaque;
  std::string reason;
  /// Whether a difference between two pasts shrinks in every step by one
  /// factor: `decay`, or, where that is none, a parameter, `factor`.
  bool forgets = false;
  std::optional<double> decay;
  Coefficient factor;
  /// Of `FiniteState`: how many values; of `OneSpikePerWindow`: R.
  int64_t count = 0;
};

/// The verdicts of a neuron.
class Linearity {
public:
  explicit Linearity(NeuronOp op);

  ArrayRef<StateVerdict> getStates() const { return states; }
  /// Of the neuron: that of the state which allows least. A neuron without
  /// states is linear.
  const StateVerdict &getNeuron() const { return neuron; }
  /// Indices of the states with a linear verdict.
  ArrayRef<unsigned> getLinearStates() const { return linear; }

private:
  void findLinear();
  void findFinite(unsigned index);
  void findOthers();
  bool findWindow(unsigned index);
  bool findClosedForm(unsigned index);

  NeuronOp op;
  SmallVector<StateVerdict> states;
  SmallVector<unsigned> linear;
  StateVerdict neuron;
};

} // namespace mlir::snn

#endif // SNN_ANALYSIS_LINEARITY_H
