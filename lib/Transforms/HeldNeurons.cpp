//===- HeldNeurons.cpp - Neurons that a counter holds ---------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HeldNeurons.h"
#include "snn/Analysis/Linearity.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::snn;

/// The next value of a state: a constant where it fires, else something.
static arith::SelectOp getReset(NeuronOp op, unsigned state) {
  auto next = op.getYield().getStates()[state].getDefiningOp<arith::SelectOp>();
  bool isReset = next && next.getCondition() == op.getYield().getOutputs()[0] &&
                 matchPattern(next.getTrueValue(), m_Constant());
  return isReset ? next : arith::SelectOp();
}

/// Whether the value is `max(counter - 1, 0)`.
static bool countsDown(Value value, Value counter) {
  auto max = value.getDefiningOp<arith::MaxSIOp>();
  auto less =
      max ? max.getLhs().getDefiningOp<arith::SubIOp>() : arith::SubIOp();
  return less && less.getLhs() == counter &&
         matchPattern(less.getRhs(), m_One()) &&
         matchPattern(max.getRhs(), m_Zero());
}

/// Whether the step tells no positive count from another, but to count down.
static bool isCountdown(NeuronOp op, unsigned index) {
  Value counter = op.getStateArguments()[index];
  arith::SelectOp next = getReset(op, index);
  if (!next || !countsDown(next.getFalseValue(), counter))
    return false;
  return llvm::all_of(counter.getUsers(), [](Operation *user) {
    auto compare = dyn_cast<arith::CmpIOp>(user);
    return isa<arith::SubIOp>(user) ||
           (compare && matchPattern(compare.getRhs(), m_Zero()) &&
            (compare.getPredicate() == arith::CmpIPredicate::sgt ||
             compare.getPredicate() == arith::CmpIPredicate::sle));
  });
}

std::optional<Refractory> mlir::snn::matchRefractory(NeuronOp op,
                                                     std::string &reason) {
  Linearity linearity(op);
  Refractory found;
  int64_t windows = 0, counters = 0;
  for (auto [i, state] : llvm::enumerate(linearity.getStates())) {
    if (state.verdict == Verdict::OneSpikePerWindow) {
      found.potential = i;
      found.period = state.count;
      ++windows;
    } else if (state.verdict == Verdict::FiniteState) {
      found.counter = i;
      ++counters;
    }
  }
  if (windows == 0)
    reason = "no counter holds its potential at a constant after a spike";
  else if (windows + counters != op.getNumStates() || op.getNumStates() != 2)
    reason = "it has other states than a potential and a counter";
  else if (op.getYield().getOutputs().size() != 1)
    reason = "its potential is an output";
  else if (op.getReverse())
    reason = "its time runs backwards";
  else if (!op.getTables().empty())
    reason = "its step reads tables";
  if (!reason.empty())
    return std::nullopt;
  arith::SelectOp next = getReset(op, found.potential);
  if (!next || !isCountdown(op, found.counter)) {
    reason = "its reset is not a constant, or its counter is no countdown";
    return std::nullopt;
  }
  matchPattern(next.getTrueValue(), m_Constant(&found.reset));
  found.free = next.getFalseValue();
  return found;
}
