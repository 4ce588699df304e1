//===- Linearity.cpp - What stands between a neuron and parallel time -----===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Analysis/Linearity.h"
#include "snn/Analysis/StepValues.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::snn;

StringRef mlir::snn::stringifyVerdict(Verdict verdict) {
  switch (verdict) {
  case Verdict::LinearConstant:
    return "linear, constant A";
  case Verdict::LinearKnown:
    return "linear, A known before the loop";
  case Verdict::FiniteState:
    return "finite-state";
  case Verdict::ClosedForm:
    return "closed form";
  case Verdict::OneSpikePerWindow:
    return "one spike per window";
  case Verdict::Contracting:
    return "contracting, with resets";
  case Verdict::Opaque:
    return "opaque";
  }
  llvm_unreachable("unknown verdict");
}

Linearity::Linearity(NeuronOp op) : op(op), states(op.getNumStates()) {
  findLinear();
  for (unsigned i = 0; i != states.size(); ++i)
    if (!llvm::is_contained(linear, i))
      findFinite(i);
  findOthers();
  neuron.verdict = Verdict::LinearConstant;
  neuron.reason = "it has no state";
  for (const StateVerdict &state : states)
    if (&state == states.begin() || state.verdict >= neuron.verdict)
      neuron = state;
}

//===----------------------------------------------------------------------===//
// Linear states
//===----------------------------------------------------------------------===//

static std::string toText(double number) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%g", number);
  return text;
}

static std::string describeFactor(const Coefficient &a) {
  if (a.isZero())
    return "0";
  if (std::optional<double> number = a.getConstant())
    return toText(*number);
  return a.getKnown() == Known::Layer ? "a parameter" : "an input";
}

/// Whether each state forgets as fast as its own factor says, in the end.
static bool isTriangularStep(const AffineStep &step) {
  return isTriangular(step.size(), [&](size_t i, size_t j) {
    return !step.getA(i, j).isZero();
  });
}

static void setFactor(StateVerdict &state, const Coefficient &factor,
                      bool isOwn) {
  state.factor = factor;
  state.decay = factor.getConstant();
  if (state.decay)
    state.decay = std::abs(*state.decay);
  state.forgets = isOwn && (state.decay ? *state.decay < 1
                                        : factor.getKnown() == Known::Layer);
}

/// The largest set of states that are affine in each other, and in nothing else
/// of the neuron's: all, less those that are not, until nothing changes.
void Linearity::findLinear() {
  for (unsigned i = 0; i != states.size(); ++i)
    linear.push_back(i);
  for (size_t before = 0; before != linear.size();) {
    before = linear.size();
    llvm::erase_if(linear, [&](unsigned i) {
      return !getAffineForm(op, op.getYield().getStates()[i], linear,
                            states[i].reason);
    });
  }
  std::optional<AffineStep> step = AffineStep::get(op, linear);
  for (auto [i, index] : llvm::enumerate(linear)) {
    StateVerdict &state = states[index];
    Known known = Known::Constant;
    for (size_t j = 0; j != linear.size(); ++j)
      known = std::max(known, step->getA(i, j).getKnown());
    state.verdict =
        known == Known::Step ? Verdict::LinearKnown : Verdict::LinearConstant;
    setFactor(state, step->getA(i, i),
              isTriangularStep(*step) &&
                  isa<FloatType>(op.getStateArguments()[index].getType()));
    state.reason = known == Known::Step
                       ? "no spike feeds back, and its factor is an input"
                       : "no spike feeds back; its factor is " +
                             describeFactor(state.factor);
    if (linear.size() > 1)
      state.reason += llvm::formatv(", one of {0} states", linear.size()).str();
  }
}

//===----------------------------------------------------------------------===//
// Finite states
//===----------------------------------------------------------------------===//

/// More values than this are not few.
static constexpr int64_t kMostValues = 1024;

void Linearity::findFinite(unsigned index) {
  std::optional<SmallVector<int64_t>> values =
      findReachable(op, index, kMostValues);
  if (!values)
    return;
  StateVerdict &state = states[index];
  state.verdict = Verdict::FiniteState;
  state.count = values->size();
  state.reason =
      llvm::formatv("it has {0} values, and spikes drive it", values->size())
          .str();
}

//===----------------------------------------------------------------------===//
// States with resets
//===----------------------------------------------------------------------===//

/// What two pasts differ by shrinks where every piece of the step shrinks it.
static bool shrinks(ArrayRef<AffineForm> pieces, StateVerdict &state,
                    unsigned index) {
  double most = 0;
  Coefficient factor;
  for (const AffineForm &piece : pieces) {
    const Coefficient &a = piece.coefficients[index];
    if (std::optional<double> number = a.getConstant())
      most = std::max(most, std::abs(*number));
    else if (a.getKnown() == Known::Layer)
      factor = a;
    else
      return false;
  }
  state.factor = factor.isZero() ? Coefficient::constant(most) : factor;
  if (factor.isZero())
    state.decay = most;
  state.forgets = most < 1;
  return state.forgets;
}

void Linearity::findOthers() {
  StepValues values(op);
  std::string obstacle = values.getObstacle().str();
  for (unsigned i = 0; i != states.size(); ++i) {
    StateVerdict &state = states[i];
    if (state.verdict != Verdict::Opaque)
      continue;
    if (findClosedForm(i) || findWindow(i))
      continue;
    if (!obstacle.empty()) {
      state.reason = obstacle;
      continue;
    }
    if (!values.isTriangular()) {
      state.reason = "states with resets drive each other both ways";
      continue;
    }
    if (shrinks(values.getPieces()[i], state, i)) {
      state.verdict = Verdict::Contracting;
      state.reason =
          "a spike resets it; in between it forgets, with the factor " +
          (state.decay ? describeFactor(Coefficient::constant(*state.decay))
                       : std::string("of a parameter"));
      continue;
    }
    state.reason = "a spike resets it, and in between it forgets nothing";
  }
}

/// Whether, at a positive count, the step keeps the state and does not fire.
static bool isHeld(NeuronOp op, unsigned index, Value counter, int64_t count) {
  StepValues values(op, {{counter, count}});
  for (Value output : op.getYield().getOutputs())
    if (output.getType().isInteger(1) && !values.isFalse(output))
      return false;
  ArrayRef<AffineForm> pieces = values.getPieces()[index];
  if (!values.getObstacle().empty() || pieces.size() != 1 ||
      !pieces[0].bias.isZero())
    return false;
  for (auto [i, a] : llvm::enumerate(pieces[0].coefficients))
    if (i == index ? !a.isOne() : !a.isZero())
      return false;
  return true;
}

/// Whether the piece is a number that is the same in all steps.
static bool isConstant(const AffineForm &piece) {
  return piece.bias.getKnown() != Known::Step &&
         llvm::all_of(piece.coefficients,
                      [](const Coefficient &a) { return a.isZero(); });
}

/// Whether a counter of the neuron holds the potential constant: with every
/// positive count the step keeps the state and does not fire, and a spike sets
/// the state to a constant.
bool Linearity::findWindow(unsigned index) {
  for (unsigned other = 0; other != states.size(); ++other) {
    if (states[other].verdict != Verdict::FiniteState)
      continue;
    Value counter = op.getStateArguments()[other];
    auto counts = findReachable(op, other, kMostValues);
    if (!counts || llvm::any_of(*counts, [&](int64_t count) {
          return count != 0 && !isHeld(op, index, counter, count);
        }))
      continue;
    StepValues values(op, {{counter, 0}});
    ArrayRef<AffineForm> pieces = values.getPieces()[index];
    StateVerdict &state = states[index];
    state.count = *llvm::max_element(*counts);
    if (state.count == 0 || !llvm::any_of(pieces, isConstant))
      continue;
    state.verdict = Verdict::OneSpikePerWindow;
    state.reason =
        llvm::formatv("a spike sets it to a constant and holds it for {0} "
                      "steps, so there is at most one in {1}",
                      state.count, state.count + 1)
            .str();
    (void)shrinks(pieces, state, index);
    return true;
  }
  return false;
}

/// v' = v + x, less the threshold where it fires; or v' = (v + x) mod
/// threshold.
bool Linearity::findClosedForm(unsigned index) {
  auto select =
      op.getYield().getStates()[index].getDefiningOp<arith::SelectOp>();
  if (!select)
    return false;
  Value sum = select.getFalseValue();
  std::string reason;
  std::optional<AffineForm> form = getAffineForm(op, sum, {index}, reason);
  std::optional<ThresholdTest> test = matchThreshold(select.getCondition());
  Operation *reset = select.getTrueValue().getDefiningOp();
  if (!form || !form->coefficients[0].isOne() || !test ||
      test->potential != sum || !reset || reset->getNumOperands() != 2 ||
      reset->getOperand(0) != sum || !isThreshold(reset->getOperand(1), *test))
    return false;
  bool subtracts = isa<arith::SubFOp, arith::SubIOp>(reset);
  if (!subtracts && !isa<arith::RemFOp, arith::RemSIOp>(reset))
    return false;
  StateVerdict &state = states[index];
  state.verdict = Verdict::ClosedForm;
  state.reason =
      subtracts ? "it does not leak, and a spike subtracts the threshold: for "
                  "inputs below the threshold the spikes so far are the "
                  "running maximum of floor(sum / threshold)"
                : "it does not leak, and a spike leaves the remainder: for "
                  "inputs >= 0 the spikes follow floor(sum / threshold)";
  return true;
}
