//===- StepValues.cpp - What the values of a step may be ------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Analysis/StepValues.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::snn;

//===----------------------------------------------------------------------===//
// Affine forms
//===----------------------------------------------------------------------===//

bool StateDependence::operator()(Value value) {
  if (auto found = known.find(value); found != known.end())
    return found->second;
  bool depends = false;
  if (auto argument = dyn_cast<BlockArgument>(value))
    depends = llvm::is_contained(op.getStateArguments(), argument);
  else if (value.getDefiningOp()->getParentOp() == op.getOperation())
    depends = llvm::any_of(value.getDefiningOp()->getOperands(),
                           [&](Value operand) { return (*this)(operand); });
  return known[value] = depends;
}

static AffineForm scale(const AffineForm &form, const Coefficient &factor) {
  AffineForm result;
  for (const Coefficient &a : form.coefficients)
    result.coefficients.push_back(a * factor);
  result.bias = form.bias * factor;
  return result;
}

static AffineForm add(const AffineForm &a, const AffineForm &b) {
  AffineForm result;
  for (auto [x, y] : llvm::zip(a.coefficients, b.coefficients))
    result.coefficients.push_back(x + y);
  result.bias = a.bias + b.bias;
  return result;
}

/// Whether the form does not depend on states.
static bool isFree(const AffineForm &form) {
  return llvm::all_of(form.coefficients,
                      [](const Coefficient &a) { return a.isZero(); });
}

static std::optional<AffineForm>
multiply(Operation *op, ArrayRef<AffineForm> forms, std::string &reason) {
  if (!isFree(forms[0]) && !isFree(forms[1])) {
    reason = "it is multiplied by a state";
    return std::nullopt;
  }
  AffineForm product = isFree(forms[0]) ? scale(forms[1], forms[0].bias)
                                        : scale(forms[0], forms[1].bias);
  return isa<math::FmaOp>(op) ? add(product, forms[2]) : product;
}

static AffineForm choose(Value condition, const AffineForm &a,
                         const AffineForm &b) {
  AffineForm result;
  for (auto [x, y] : llvm::zip(a.coefficients, b.coefficients))
    result.coefficients.push_back(Coefficient::select(condition, x, y));
  result.bias = Coefficient::select(condition, a.bias, b.bias);
  return result;
}

std::optional<AffineForm> mlir::snn::combineForms(Operation *op,
                                                  ArrayRef<AffineForm> forms,
                                                  std::string &reason) {
  Coefficient minus = Coefficient::constant(-1);
  if (isa<arith::AddFOp, arith::AddIOp>(op))
    return add(forms[0], forms[1]);
  if (isa<arith::SubFOp, arith::SubIOp>(op))
    return add(forms[0], scale(forms[1], minus));
  if (isa<arith::NegFOp>(op))
    return scale(forms[0], minus);
  if (isa<arith::ExtFOp, arith::TruncFOp>(op))
    return forms[0];
  if (isa<arith::MulFOp, arith::MulIOp, math::FmaOp>(op))
    return multiply(op, forms, reason);
  if (isa<arith::DivFOp>(op) && isFree(forms[1])) {
    AffineForm result;
    for (const Coefficient &a : forms[0].coefficients)
      result.coefficients.push_back(a / forms[1].bias);
    result.bias = forms[0].bias / forms[1].bias;
    return result;
  }
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return choose(select.getCondition(), forms[0], forms[1]);
  reason = ("it goes through '" + op->getName().getStringRef() + "'").str();
  return std::nullopt;
}

static AffineForm makeForm(size_t numStates) {
  AffineForm form;
  form.coefficients.resize(numStates);
  return form;
}

namespace {
/// Values of a step as affine forms of some of its states.
struct FormFinder {
  size_t numStates;
  StateDependence dependsOnState;
  DenseMap<Value, std::optional<AffineForm>> found;
  std::string reason;

  FormFinder(NeuronOp op, ArrayRef<unsigned> indices)
      : numStates(indices.size()), dependsOnState(op) {
    for (auto [i, index] : llvm::enumerate(indices)) {
      AffineForm form = makeForm(numStates);
      form.coefficients[i] = Coefficient::one();
      found[op.getStateArguments()[index]] = std::move(form);
    }
  }

  std::optional<AffineForm> find(Value value) {
    if (auto known = found.find(value); known != found.end())
      return known->second;
    std::optional<AffineForm> form;
    if (!dependsOnState(value)) {
      form = makeForm(numStates);
      form->bias = Coefficient::of(value);
    } else if (Operation *definition = value.getDefiningOp()) {
      form = findOp(definition);
    } else {
      reason = "it depends on a state that is not linear";
    }
    found[value] = form;
    return form;
  }

  /// A select whose condition is known before the loop chooses coefficients.
  std::optional<AffineForm> findOp(Operation *op) {
    SmallVector<AffineForm> forms;
    auto select = dyn_cast<arith::SelectOp>(op);
    if (select && dependsOnState(select.getCondition())) {
      reason = "a comparison of states decides what it becomes";
      return std::nullopt;
    }
    for (Value operand : op->getOperands().drop_front(select ? 1 : 0)) {
      std::optional<AffineForm> form = find(operand);
      if (!form)
        return std::nullopt;
      forms.push_back(std::move(*form));
    }
    return combineForms(op, forms, reason);
  }
};
} // namespace

std::optional<AffineForm> mlir::snn::getAffineForm(NeuronOp op, Value value,
                                                   ArrayRef<unsigned> indices,
                                                   std::string &reason) {
  FormFinder finder(op, indices);
  std::optional<AffineForm> form = finder.find(value);
  reason = finder.reason;
  return form;
}

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

std::optional<int64_t> IntegerValues::find(Value value) {
  if (auto found = numbers.find(value); found != numbers.end())
    return found->second;
  IntegerAttr constant;
  std::optional<int64_t> number;
  if (matchPattern(value, m_Constant(&constant)))
    number = constant.getType().isInteger(1)
                 ? constant.getValue().getZExtValue()
                 : constant.getInt();
  else if (Operation *op = value.getDefiningOp())
    number = findOp(op);
  return numbers[value] = number;
}

/// Of a select, `and` and `or`, one operand may be enough.
std::optional<int64_t> IntegerValues::findOp(Operation *op) {
  if (auto select = dyn_cast<arith::SelectOp>(op)) {
    std::optional<int64_t> condition = find(select.getCondition());
    if (!condition)
      return std::nullopt;
    return find(*condition ? select.getTrueValue() : select.getFalseValue());
  }
  if (op->getNumOperands() == 0 || op->getNumResults() != 1 ||
      !op->getOperand(0).getType().isIntOrIndex())
    return std::nullopt;
  std::optional<int64_t> a = find(op->getOperand(0)), b = a;
  if (op->getNumOperands() > 1)
    b = find(op->getOperand(1));
  if (isa<arith::AndIOp>(op) && (a == 0 || b == 0))
    return 0;
  if (isa<arith::OrIOp>(op) && op->getResult(0).getType().isInteger(1) &&
      (a == 1 || b == 1))
    return 1;
  if (!a || !b)
    return std::nullopt;
  return llvm::TypeSwitch<Operation *, std::optional<int64_t>>(op)
      .Case([&](arith::AddIOp) { return *a + *b; })
      .Case([&](arith::SubIOp) { return *a - *b; })
      .Case([&](arith::MulIOp) { return *a * *b; })
      .Case([&](arith::MaxSIOp) { return std::max(*a, *b); })
      .Case([&](arith::MinSIOp) { return std::min(*a, *b); })
      .Case([&](arith::AndIOp) { return *a & *b; })
      .Case([&](arith::OrIOp) { return *a | *b; })
      .Case([&](arith::XOrIOp) { return *a ^ *b; })
      .Case([&](arith::ExtUIOp) { return *a; })
      .Case([&](arith::ExtSIOp cast) {
        return cast.getIn().getType().isInteger(1) ? -*a : *a;
      })
      .Case([&](arith::CmpIOp compare) -> std::optional<int64_t> {
        return arith::applyCmpPredicate(
            compare.getPredicate(), APInt(64, *a, true), APInt(64, *b, true));
      })
      .Default([](Operation *) { return std::nullopt; });
}

/// Booleans that decide what a value is and that nothing tells, such as
/// comparisons of floats.
static void collectUnknown(Value value, llvm::SetVector<Value> &unknown) {
  SmallVector<Value> work = {value};
  llvm::DenseSet<Value> seen;
  while (!work.empty()) {
    Value next = work.pop_back_val();
    if (!seen.insert(next).second || matchPattern(next, m_Constant()))
      continue;
    Operation *definition = next.getDefiningOp();
    bool isInteger =
        definition && llvm::all_of(definition->getOperands(), [](Value v) {
          return v.getType().isIntOrIndex();
        });
    if (next.getType().isInteger(1) && !isInteger)
      unknown.insert(next);
    else if (definition)
      llvm::append_range(work, definition->getOperands());
  }
}

std::optional<SmallVector<int64_t>>
mlir::snn::findReachable(NeuronOp op, unsigned index, size_t most) {
  Value state = op.getStateArguments()[index];
  Value next = op.getYield().getStates()[index];
  constexpr size_t mostUnknown = 6;
  llvm::SetVector<Value> unknown;
  if (!isa<IntegerType>(state.getType()))
    return std::nullopt;
  collectUnknown(next, unknown);
  if (unknown.size() > mostUnknown)
    return std::nullopt;
  llvm::SetVector<int64_t> reached;
  reached.insert(0);
  for (size_t i = 0; i != reached.size(); ++i) {
    for (unsigned mask = 0; mask != 1u << unknown.size(); ++mask) {
      IntegerValues integers;
      integers.assume(state, reached[i]);
      for (auto [bit, value] : llvm::enumerate(unknown))
        integers.assume(value, mask >> bit & 1);
      std::optional<int64_t> number = integers.find(next);
      if (!number)
        return std::nullopt;
      reached.insert(*number);
    }
    if (reached.size() > most)
      return std::nullopt;
  }
  return SmallVector<int64_t>(reached.getArrayRef());
}

//===----------------------------------------------------------------------===//
// Pieces
//===----------------------------------------------------------------------===//

/// More ways through a step than this are not followed.
static constexpr size_t kMostPieces = 32;

StepValues::StepValues(NeuronOp op, ArrayRef<std::pair<Value, int64_t>> known)
    : op(op), dependsOnState(op), pieces(op.getNumStates()) {
  for (auto [value, number] : known)
    integers.assume(value, number);
  checkThresholds();
  for (auto [i, next] : llvm::enumerate(op.getYield().getStates()))
    if (isa<FloatType>(next.getType()) && obstacle.empty())
      pieces[i] = find(next);
}

/// A threshold that spikes move decides how long two pasts stay apart.
void StepValues::checkThresholds() {
  for (Operation &nested : op.getStep().front()) {
    bool compares = isa<arith::CmpFOp>(nested) ||
                    (isa<FireOp>(nested) && nested.getNumOperands() == 2);
    if (compares && dependsOnState(nested.getOperand(0)) &&
        dependsOnState(nested.getOperand(1)))
      obstacle = "its threshold is a state";
  }
}

StepPieces StepValues::find(Value value) {
  AffineForm form = makeForm(op.getNumStates());
  for (auto [i, state] : llvm::enumerate(op.getStateArguments()))
    if (value == state) {
      form.coefficients[i] = Coefficient::one();
      return {form};
    }
  if (!dependsOnState(value)) {
    form.bias = Coefficient::of(value);
    return {form};
  }
  return findOp(value.getDefiningOp());
}

StepPieces StepValues::findOp(Operation *op) {
  if (auto select = dyn_cast<arith::SelectOp>(op)) {
    std::optional<int64_t> condition = integers.find(select.getCondition());
    StepPieces all;
    if (!condition || *condition)
      all = find(select.getTrueValue());
    if (!condition || !*condition)
      llvm::append_range(all, find(select.getFalseValue()));
    return all;
  }
  SmallVector<SmallVector<AffineForm>> ways = {{}};
  for (Value operand : op->getOperands()) {
    if (!isa<FloatType>(operand.getType())) {
      obstacle = "an integer state drives its potential";
      return {};
    }
    SmallVector<SmallVector<AffineForm>> next;
    for (const AffineForm &piece : find(operand))
      for (const auto &way : ways)
        (next.emplace_back(way)).push_back(piece);
    ways = std::move(next);
  }
  if (ways.size() > kMostPieces)
    obstacle = "its step has too many cases";
  StepPieces all;
  for (const auto &way : ways) {
    std::string reason;
    std::optional<AffineForm> form;
    if (obstacle.empty())
      form = combineForms(op, way, reason);
    if (!form) {
      if (obstacle.empty())
        obstacle = reason;
      return {};
    }
    all.push_back(std::move(*form));
  }
  return all;
}

bool mlir::snn::isTriangular(size_t count,
                             function_ref<bool(size_t, size_t)> depends) {
  SmallVector<bool> done(count, false);
  for (size_t round = 0; round != count; ++round)
    for (size_t i = 0; i != count; ++i) {
      bool isFree = true;
      for (size_t j = 0; j != count; ++j)
        isFree &= j == i || done[j] || !depends(i, j);
      done[i] = done[i] || isFree;
    }
  return llvm::all_of(done, [](bool isDone) { return isDone; });
}

bool StepValues::isTriangular() const {
  return snn::isTriangular(pieces.size(), [&](size_t i, size_t j) {
    return llvm::any_of(pieces[i], [&](const AffineForm &piece) {
      return !piece.coefficients[j].isZero();
    });
  });
}

//===----------------------------------------------------------------------===//
// Thresholds
//===----------------------------------------------------------------------===//

std::optional<ThresholdTest> mlir::snn::matchThreshold(Value spike) {
  Operation *op = spike.getDefiningOp();
  ThresholdTest test;
  if (auto fire = dyn_cast_if_present<FireOp>(op)) {
    test.potential = fire.getInput();
    test.threshold = fire.getThresholds();
    test.isStrict = fire.getCompare() == Compare::Gt;
    if (fire.getThreshold())
      test.number = fire.getThreshold()->convertToDouble();
  } else if (auto compare = dyn_cast_if_present<arith::CmpFOp>(op)) {
    arith::CmpFPredicate predicate = compare.getPredicate();
    test.isStrict = predicate == arith::CmpFPredicate::OGT;
    if (!test.isStrict && predicate != arith::CmpFPredicate::OGE)
      return std::nullopt;
    test.potential = compare.getLhs();
    test.threshold = compare.getRhs();
  } else if (auto compare = dyn_cast_if_present<arith::CmpIOp>(op)) {
    arith::CmpIPredicate predicate = compare.getPredicate();
    test.isStrict = predicate == arith::CmpIPredicate::sgt;
    if (!test.isStrict && predicate != arith::CmpIPredicate::sge)
      return std::nullopt;
    test.potential = compare.getLhs();
    test.threshold = compare.getRhs();
  } else {
    return std::nullopt;
  }
  if (test.threshold)
    test.number = Coefficient::of(test.threshold).getConstant();
  return test;
}

bool mlir::snn::isThreshold(Value value, const ThresholdTest &test) {
  return value == test.threshold ||
         (test.number && Coefficient::of(value).getConstant() == test.number);
}
