//===- FewSpikes.cpp - The bits of a number as spikes ---------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A neuron that takes theta[t] from its potential where it reaches theta[t],
// with theta[t] = 2^(q + T-1-t), writes floor(v / 2^q), limited to T bits, one
// bit a step, the highest first. Each difference is exact. It codes values as
// in Stoeckl and Maass, 2021.
//
//===----------------------------------------------------------------------===//

#include "ClosedForms.h"
#include "Elementwise.h"
#include "InputRange.h"
#include "snn/Analysis/StepValues.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

using namespace mlir;
using namespace mlir::snn;

namespace {
/// v' = v - h where it fires; y' = y + d where it fires.
struct FewSpikes {
  bool isStrict = false;
  Value thresholds, amounts, values; ///< tables; the last may be absent
};
} // namespace

/// The table of an argument of the step.
static Value getTable(NeuronOp op, Value value) {
  auto argument = dyn_cast_if_present<BlockArgument>(value);
  if (!argument || argument.getOwner() != &op.getStep().front())
    return {};
  size_t first = op.getInputs().size() + op.getParams().size();
  size_t number = argument.getArgNumber();
  return number >= first && number < first + op.getTables().size()
             ? op.getTables()[number - first]
             : Value();
}

/// The table that `OpTy` combines a state with where it fires.
template <typename OpTy>
static Value matchUpdate(NeuronOp op, unsigned index, Value spike) {
  Value state = op.getStateArguments()[index];
  auto select =
      op.getYield().getStates()[index].getDefiningOp<arith::SelectOp>();
  if (!select || select.getCondition() != spike ||
      select.getFalseValue() != state)
    return {};
  auto update = select.getTrueValue().getDefiningOp<OpTy>();
  if (!update || update.getLhs() != state)
    return {};
  return getTable(op, update.getRhs());
}

static std::optional<FewSpikes> match(NeuronOp op) {
  ValueRange outputs = op.getYield().getOutputs();
  unsigned states = op.getNumStates();
  if (!op.getInputs().empty() || outputs.size() != 1 || states < 1 ||
      states > 2)
    return std::nullopt;
  auto test = matchThreshold(outputs[0]);
  if (!test || test->potential != op.getStateArguments()[0] ||
      !isa<FloatType>(test->potential.getType()))
    return std::nullopt;
  FewSpikes found;
  found.isStrict = test->isStrict;
  found.thresholds = getTable(op, test->threshold);
  found.amounts = matchUpdate<arith::SubFOp>(op, 0, outputs[0]);
  if (states == 2)
    found.values = matchUpdate<arith::AddFOp>(op, 1, outputs[0]);
  bool isComplete =
      found.thresholds && found.amounts && (states == 1 || found.values);
  return isComplete ? std::optional(found) : std::nullopt;
}

bool mlir::snn::isFewSpikes(NeuronOp op) { return match(op).has_value(); }

/// The entries of a table of one dimension, if they are positive powers of two,
/// each half of the one before.
static std::optional<std::vector<double>> getHalving(Value table) {
  auto numbers = getConstantNumbers(table);
  if (cast<RankedTensorType>(table.getType()).getRank() != 1 || !numbers ||
      numbers->empty())
    return std::nullopt;
  int exponent;
  if (std::frexp(numbers->front(), &exponent) != 0.5)
    return std::nullopt;
  for (size_t i = 1; i < numbers->size(); ++i)
    if ((*numbers)[i] != (*numbers)[i - 1] / 2)
      return std::nullopt;
  return numbers;
}

/// Why the spikes are not the bits of a number; empty where they are.
static std::string findObstacle(NeuronOp op, const FewSpikes &found) {
  auto thresholds = getHalving(found.thresholds);
  if (!thresholds)
    return "its thresholds are not known powers of two, each half of the last";
  if (getConstantNumbers(found.amounts) != thresholds)
    return "it takes other amounts than its thresholds";
  if (thresholds->size() > 24)
    return "it has more than 24 steps";
  // Where a value is beyond the largest code, that is rounded in each step.
  if (!op.getFinals()[0].use_empty())
    return "what is left of its value is read";
  if (op.getOffset())
    return "it does not start at the start of its tables";
  if (!found.values)
    return "";
  auto values = getHalving(found.values);
  if (!values || values->size() != thresholds->size())
    return "what its spikes are worth does not halve";
  auto start = getConstantNumbers(op.getInits()[1]);
  if (!start || llvm::any_of(*start, [](double number) {
        return number != 0 || std::signbit(number);
      }))
    return "what its spikes are worth is added to another value";
  return "";
}

/// floor(v / last), limited to the bits; 0 of NaN.
static Value emitCode(ImplicitLocOpBuilder &at, Value v, double last,
                      int64_t bits, bool isStrict) {
  auto constant = [&](double number) -> Value {
    return arith::ConstantOp::create(at, at.getFloatAttr(v.getType(), number));
  };
  Value unit = constant(last);
  Value quotient = arith::DivFOp::create(at, v, unit); // exact
  Value whole;
  if (isStrict)
    whole = arith::SubFOp::create(at, math::CeilOp::create(at, quotient),
                                  constant(1));
  else
    whole = math::FloorOp::create(at, quotient);
  Value most = constant(std::ldexp(1.0, bits) - 1);
  Value limited = arith::MinimumFOp::create(at, whole, most);
  Value fires = arith::CmpFOp::create(
      at, isStrict ? arith::CmpFPredicate::OGT : arith::CmpFPredicate::OGE, v,
      unit);
  Value code = arith::SelectOp::create(at, fires, limited, constant(0));
  return arith::FPToSIOp::create(at, at.getI32Type(), code);
}

/// A neuron that gives the bits of its state, the highest first.
static NeuronOp makeBits(ImplicitLocOpBuilder &builder, NeuronOp op, Value code,
                         int64_t bits) {
  SmallVector<int32_t> masks;
  for (int64_t i = bits - 1; i >= 0; --i)
    masks.push_back(int32_t(1) << i);
  Value table =
      arith::ConstantOp::create(builder, builder.getI32TensorAttr(masks));
  auto neuron = NeuronOp::create(
      builder, op.getOutputs().getTypes(), code.getType(),
      /*inputs=*/ValueRange(), /*params=*/ValueRange(), table, code,
      /*offset=*/Value(), /*reverse=*/false, ScheduleAttr());
  neuron->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  Type type = builder.getI32Type();
  Block &block = neuron.getStep().emplaceBlock();
  block.addArguments({type, type}, {op.getLoc(), op.getLoc()});
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(&block);
  Value state = block.getArgument(1);
  Value bit = arith::AndIOp::create(builder, state, block.getArgument(0));
  Value none = arith::ConstantOp::create(builder, builder.getI32IntegerAttr(0));
  Value spike =
      arith::CmpIOp::create(builder, arith::CmpIPredicate::ne, bit, none);
  YieldOp::create(builder, spike, ValueRange(), state);
  return neuron;
}

NeuronOp mlir::snn::closeFewSpikes(NeuronOp op, std::string &reason) {
  FewSpikes found = *match(op);
  reason = findObstacle(op, found);
  if (!reason.empty())
    return {};
  ImplicitLocOpBuilder builder(op.getLoc(), op);
  auto thresholds = *getHalving(found.thresholds);
  int64_t bits = thresholds.size();
  Value code = emitElementwise(builder, op.getInits()[0], builder.getI32Type(),
                               [&](ImplicitLocOpBuilder &at, ValueRange args) {
                                 return emitCode(at, args[0], thresholds.back(),
                                                 bits, found.isStrict);
                               });
  NeuronOp neuron = makeBits(builder, op, code, bits);
  if (found.values) {
    Type type = op.getStateArguments()[1].getType();
    double unit = getHalving(found.values)->back();
    Value sum = emitElementwise(
        builder, code, type, [&](ImplicitLocOpBuilder &at, ValueRange args) {
          Value count = arith::SIToFPOp::create(at, type, args[0]);
          Value factor =
              arith::ConstantOp::create(at, at.getFloatAttr(type, unit));
          Value product = arith::MulFOp::create(at, factor, count);
          return product;
        });
    op.getFinals()[1].replaceAllUsesWith(sum);
  }
  op.getOutputs().replaceAllUsesWith(neuron.getOutputs());
  op.erase();
  return neuron;
}
