//===- ClosedForms.cpp - Which neurons have closed forms ------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ClosedForms.h"
#include "InputRange.h"
#include "snn/Analysis/StepValues.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;
using namespace mlir::snn;

using Grid = GridCertificate::Grid;

/// The input of the step behind conversions to the type of the state.
static BlockArgument getDrive(NeuronOp op, Value value) {
  while (auto convert = value.getDefiningOp<arith::ExtFOp>())
    value = convert.getIn();
  auto argument = dyn_cast<BlockArgument>(value);
  bool isInput = argument && argument.getOwner() == &op.getStep().front() &&
                 argument.getArgNumber() < op.getInputs().size();
  return isInput ? argument : BlockArgument();
}

std::optional<ClosedForm> mlir::snn::matchClosedForm(NeuronOp op,
                                                     std::string &reason) {
  ClosedForm form;
  form.next = op.getYield().getStates()[0].getDefiningOp<arith::SelectOp>();
  ThresholdTest test = *matchThreshold(form.next.getCondition());
  form.isStrict = test.isStrict;
  form.isModulo = isa<arith::RemFOp, arith::RemSIOp>(
      form.next.getTrueValue().getDefiningOp());
  form.sum = form.next.getFalseValue().getDefiningOp();
  Value state = op.getStateArguments()[0];
  if (isa_and_present<arith::AddFOp, arith::AddIOp>(form.sum))
    for (unsigned i : {0, 1})
      if (form.sum->getOperand(i) == state)
        form.drive = getDrive(op, form.sum->getOperand(1 - i));
  if (!form.drive) {
    reason = "its step adds more than an input to the potential";
    return std::nullopt;
  }
  if (!test.number) {
    reason = "its threshold is not known when it is compiled";
    return std::nullopt;
  }
  form.threshold =
      state.getType().isF32() ? double(float(*test.number)) : *test.number;
  if (form.threshold <= 0) {
    reason = "its threshold is not positive";
    return std::nullopt;
  }
  return form;
}

/// The initial potentials, where they are known.
static std::optional<Grid> getStart(NeuronOp op) {
  if (op.getInits().empty())
    return Grid::ofNumbers({0.0});
  auto numbers = getConstantNumbers(op.getInits()[0]);
  if (!numbers || llvm::any_of(*numbers, [](double number) {
        return number == 0 && std::signbit(number); // a sum from it is not
      }))
    return std::nullopt;
  return Grid::ofNumbers(*numbers);
}

/// Whether the type holds all sums, and their quotients by the threshold round
/// to no wrong integer: |sum| + threshold < 2^(bit + precision).
static bool holdsSums(Type type, int bit, double most) {
  if (auto integer = dyn_cast<IntegerType>(type))
    return most < std::ldexp(1.0, integer.getWidth() - 1);
  int precision =
      APFloat::semanticsPrecision(cast<FloatType>(type).getFloatSemantics());
  return bit >= -100 && most < std::ldexp(1.0, bit + precision);
}

std::string mlir::snn::findFormObstacle(NeuronOp op, const ClosedForm &form,
                                        const GridCertificate &certificate) {
  Value input = op.getInputs()[form.drive.getArgNumber()];
  Type state = op.getStateArguments()[0].getType();
  std::optional<Grid> x = getInputRange(input, certificate);
  std::optional<Grid> start = getStart(op);
  if (!x)
    return isa<FloatType>(state) ? "the floor of a rounded sum may flip, for "
                                   "its input is not proven to be on a grid"
                                 : "its input may be any number";
  if (!start)
    return "its initial potential may be any number";
  if (form.isModulo && form.isStrict)
    return "a remainder after '>' depends on more than the sum";
  if (form.isModulo && (x->least < 0 || start->least < 0))
    return "its input may be negative";
  if (!form.isModulo && x->most > form.threshold)
    return llvm::formatv("its input may be {0}, above the threshold", x->most);
  if (start->most > form.threshold ||
      (start->most == form.threshold && !form.isStrict))
    return "its initial potential reaches the threshold";
  int64_t steps = cast<RankedTensorType>(input.getType()).getDimSize(0);
  if (ShapedType::isDynamic(steps))
    return "a sum over time is bounded only for a static number of steps";
  double most = start->getMagnitude() + double(steps) * x->getMagnitude() +
                form.threshold;
  int bit =
      std::min({x->bit, start->bit, Grid::ofNumbers({form.threshold}).bit});
  if (!holdsSums(state, bit, most))
    return llvm::formatv("its sums reach {0}, more than {1} holds", most,
                         state);
  return "";
}
