//===- SpeculateTime.cpp - Chunks of time that start from guesses ---------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Analysis/Linearity.h"
#include "snn/Analysis/Report.h"
#include "snn/Transforms/Passes.h"

#include <cmath>

namespace mlir::snn {
#define GEN_PASS_DEF_SPECULATETIMEPASS
#include "snn/Transforms/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

/// A warm-up that is longer than this is never worth it.
static constexpr int64_t kMostWarmup = 1 << 16;

/// Steps after which a difference of 1 has shrunk to 2^-34.
static int64_t getWarmup(double decay) {
  if (decay <= 0)
    return 1;
  return int64_t(std::ceil(34 * std::log(2.0) / -std::log(decay)));
}

/// Bytes of a step of one batch element of all sequences that are computed: a
/// window of time is as long as they fit into a cache.
static int64_t getBytesPerStep(func::FuncOp function) {
  int64_t bytes = 0;
  for (Operation &op : function.getBody().front())
    if (auto sequence = dyn_cast<SequenceOpInterface>(op))
      for (OpResult result : op.getResults()) {
        auto type = dyn_cast<RankedTensorType>(result.getType());
        if (!type || type.getRank() < 3 || !sequence.isSequenceResult(result))
          continue;
        int64_t elements = 1;
        for (int64_t size : type.getShape().drop_front(2))
          elements *= size;
        bytes += elements * llvm::divideCeil(type.getElementTypeBitWidth(), 8);
      }
  return bytes;
}

namespace {
/// Whether two pasts of a neuron become one, and after how many steps.
struct Forgetting {
  int64_t warmup = 1; ///< 0: known when the model runs
  std::string obstacle;

  explicit Forgetting(NeuronOp op) {
    Linearity linearity(op);
    bool isKnown = true;
    for (const StateVerdict &state : linearity.getStates()) {
      if (state.verdict == Verdict::FiniteState) {
        warmup = std::max(warmup, 2 * state.count);
        continue;
      }
      bool hasFactor = !state.decay && state.factor.getKnown() == Known::Layer;
      if (!state.forgets || !(hasFactor || state.decay < 1)) {
        obstacle = "it does not forget";
        return;
      }
      isKnown &= !hasFactor;
      if (!hasFactor)
        warmup = std::max(warmup, getWarmup(*state.decay));
    }
    if (warmup > kMostWarmup)
      obstacle = "it forgets too slowly";
    if (!isKnown)
      warmup = 0;
  }
};

struct SpeculateTime : snn::impl::SpeculateTimePassBase<SpeculateTime> {
  using SpeculateTimePassBase::SpeculateTimePassBase;

  void runOnOperation() override {
    if (getOperation().isExternal() || !getOperation().getBody().hasOneBlock())
      return;
    for (Operation &op :
         llvm::make_early_inc_range(getOperation().getBody().front())) {
      OpBuilder builder(&op);
      if (auto neuron = dyn_cast<NeuronOp>(op)) {
        speculate(&op, neuron);
        continue;
      }
      auto named = dyn_cast<NeuronOpInterface>(op);
      if (!named || !named.hasStep() || isa<RefractoryOp>(op))
        continue;
      nameLayer(&op);
      NeuronOp neuron = buildNeuron(builder, named);
      if (!speculate(&op, neuron)) {
        neuron->erase();
        continue;
      }
      op.replaceAllUsesWith(neuron);
      op.erase();
    }
  }

  /// Sets the schedule where it is worth it; says why not in the report of
  /// `op`.
  bool speculate(Operation *op, NeuronOp neuron) {
    int64_t neurons = ShapedType::getNumElements(neuron.getNeuronShape());
    if (neuron.getNumStates() == 0 || neuron.getInputs().empty() ||
        neuron.getReverse() || neuron.getScheduleAttr() ||
        neuron.getNeuronShape().empty())
      return false;
    Forgetting forgetting(neuron);
    if (!forgetting.obstacle.empty()) {
      if (force)
        setReport(op, report::kWhy, "not speculated: " + forgetting.obstacle);
      return false;
    }
    if (neurons > lanes && !force)
      return false;
    int64_t bytes = getBytesPerStep(getOperation());
    if (bytes > stepBytes && !force) {
      setReport(op, report::kWhy,
                Twine(bytes) +
                    " bytes per step make windows too short for chunks");
      return false;
    }
    neuron.setScheduleAttr(ScheduleAttr::get(
        &getContext(), ScheduleKind::Speculate, forgetting.warmup));
    setReport(op, report::kForm, "speculate");
    setReport(op, report::kWhy,
              force ? Twine("asked for, and it forgets")
                    : Twine(neurons) +
                          " neurons do not fill the lanes, and it forgets");
    appendReport(op, report::kDone,
                 forgetting.warmup
                     ? "speculate: " + Twine(forgetting.warmup) +
                           " steps of warm-up"
                     : Twine("speculate: the decay gives the warm-up"));
    return true;
  }
};
} // namespace
