//===- AnalyzeTime.cpp - What stands between a layer and parallel time ----===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Analysis/Linearity.h"
#include "snn/Analysis/Report.h"
#include "snn/Transforms/Passes.h"

namespace mlir::snn {
#define GEN_PASS_DEF_ANALYZETIMEPASS
#include "snn/Transforms/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

/// What runs the time of one lane beside itself; empty where nothing does.
static StringRef getFormOfOne(Verdict verdict) {
  switch (verdict) {
  case Verdict::LinearConstant:
    return "a scan, or speculated where it forgets";
  case Verdict::FiniteState:
  case Verdict::OneSpikePerWindow:
  case Verdict::Contracting:
    return "speculated";
  case Verdict::ClosedForm:
    return "sums and floors, where those are exact";
  case Verdict::LinearKnown:
  case Verdict::Opaque:
    return "";
  }
  llvm_unreachable("unknown verdict");
}

/// Why one step follows the other, as long as no pass decides otherwise.
static std::string getWhy(Operation *op, Verdict verdict, int64_t lanes) {
  RankedTensorType type;
  if (op->getNumOperands() > 0)
    type = dyn_cast<RankedTensorType>(op->getOperand(0).getType());
  int64_t neurons = 0;
  if (type && type.getRank() > 2)
    neurons = ShapedType::getNumElements(type.getShape().drop_front(2));
  StringRef one = getFormOfOne(verdict);
  if (neurons <= lanes || one.empty())
    return "one step after the other is its meaning";
  return (Twine(neurons) +
          " neurons fill the lanes with any batch, so that time need not; one "
          "lane would be " +
          one)
      .str();
}

static void describe(Operation *op, Verdict verdict, const Twine &reason,
                     int64_t lanes) {
  // A form that is there already was chosen for the layer as it was written.
  if (op->hasAttr(kLayerAttr) && !getReport(op, report::kForm).empty())
    return;
  setReport(op, report::kOp, op->getName().stripDialect());
  setReport(op, report::kVerdict, stringifyVerdict(verdict));
  setReport(op, report::kReason, reason);
  setReport(op, report::kForm, "loop");
  setReport(op, report::kWhy, getWhy(op, verdict, lanes));
  setReport(op, report::kClass, "A");
}

namespace {
struct AnalyzeTime : snn::impl::AnalyzeTimePassBase<AnalyzeTime> {
  using AnalyzeTimePassBase::AnalyzeTimePassBase;

  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    getOperation().walk<WalkOrder::PreOrder>([&](SequenceOpInterface op) {
      if (auto neuron = dyn_cast<NeuronOp>(op.getOperation()))
        return analyze(op, neuron);
      if (auto named = dyn_cast<NeuronOpInterface>(op.getOperation());
          named && named.hasStep()) {
        OpBuilder builder(&getContext());
        NeuronOp neuron = buildNeuron(builder, named);
        analyze(op, neuron);
        return neuron->erase();
      }
      describeOther(op);
    });
  }

  void analyze(Operation *op, NeuronOp neuron) {
    if (neuron.getNumStates() == 0)
      return;
    Linearity linearity(neuron);
    describe(op, linearity.getNeuron().verdict, linearity.getNeuron().reason,
             lanes);
    if (!remarks)
      return;
    for (auto [i, state] : llvm::enumerate(linearity.getStates()))
      op->emitRemark("state ") << i << " is " << stringifyVerdict(state.verdict)
                               << ": " << state.reason;
  }

  /// Ops that look along time without a step of their own.
  void describeOther(Operation *op) {
    if (auto gate = dyn_cast<RefractoryOp>(op))
      describe(op, Verdict::FiniteState,
               "it is open in one step of " + Twine(gate.getPeriod()), lanes);
    else if (isa<TemporalConvOp>(op))
      describe(op, Verdict::LinearConstant,
               "a sum of the last inputs: no spike feeds back", lanes);
    else if (auto recurrent = dyn_cast<RecurrentOp>(op))
      describe(op, Verdict::Opaque,
               "what it makes feeds back after " +
                   Twine(recurrent.getLongestWindow()) + " steps or later",
               lanes);
  }
};
} // namespace
