//===- GridCertificate.cpp - Sums that no order changes -------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Analysis/GridCertificate.h"
#include "snn/IR/SNN.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;
using namespace mlir::snn;

using Grid = GridCertificate::Grid;

/// The exponent of the last bit of a number; a large one of 0, which is a
/// multiple of everything.
static int getLastBit(double value) {
  if (value == 0)
    return 1 << 16;
  int exponent = 0;
  auto bits = uint64_t(std::ldexp(std::fabs(std::frexp(value, &exponent)), 53));
  return exponent - 53 + llvm::countr_zero(bits);
}

double Grid::getMagnitude() const {
  return std::max(std::fabs(least), std::fabs(most));
}

Grid Grid::join(const Grid &other) const {
  return {std::min(bit, other.bit), std::min(least, other.least),
          std::max(most, other.most)};
}

Grid Grid::ofNumbers(ArrayRef<double> numbers) {
  if (numbers.empty())
    return {1 << 16, 0, 0};
  Grid grid{getLastBit(numbers[0]), numbers[0], numbers[0]};
  for (double number : numbers.drop_front())
    grid = grid.join({getLastBit(number), number, number});
  return grid;
}

GridCertificate::GridCertificate(func::FuncOp function, GetWeights getWeights)
    : function(function), getWeights(getWeights) {
  for (auto [i, argument] : llvm::enumerate(function.getArguments())) {
    if (auto grid = function.getArgAttrOfType<DictionaryAttr>(i, kGridAttr)) {
      double most = grid.getAs<FloatAttr>("max").getValueAsDouble();
      auto least = grid.getAs<FloatAttr>("min");
      grids[argument] = {
          getLastBit(grid.getAs<FloatAttr>("step").getValueAsDouble()),
          least ? least.getValueAsDouble() : -most, most};
    } else if (auto numbers = getNumbers(argument)) {
      grids[argument] = Grid::ofNumbers(*numbers);
    }
  }
  visitBlock(function.front());
  this->getWeights = nullptr;
}

bool GridCertificate::isExact(Operation *op) const {
  auto found = verdicts.find(op);
  return found != verdicts.end() && found->second.isExact;
}

std::string GridCertificate::getReason(Operation *op) const {
  auto found = verdicts.find(op);
  return found == verdicts.end() ? "nothing is known of this op"
                                 : found->second.reason;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

GridCertificate::Result GridCertificate::get(Value value) const {
  if (auto found = grids.find(value); found != grids.end())
    return found->second;
  if (getElementTypeOrSelf(value.getType()).isInteger(1)) // spikes
    return Grid{0, 0, 1};
  return std::nullopt;
}

std::optional<std::vector<double>>
GridCertificate::getNumbers(Value value) const {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return argument.getOwner() == &function.front() &&
                   function.getArgAttr(argument.getArgNumber(), kParamAttr) &&
                   isa<FloatType>(getElementTypeOrSelf(value.getType()))
               ? getWeights(argument)
               : std::nullopt;
  auto constant = value.getDefiningOp<arith::ConstantOp>();
  if (!constant)
    return std::nullopt;
  if (auto number = dyn_cast<FloatAttr>(constant.getValue()))
    return std::vector<double>{number.getValueAsDouble()};
  auto dense = dyn_cast<DenseFPElementsAttr>(constant.getValue());
  if (!dense)
    return std::nullopt;
  std::vector<double> numbers;
  for (const APFloat &number : dense.getValues<APFloat>())
    numbers.push_back(number.convertToDouble());
  return numbers;
}

bool GridCertificate::isOne(std::optional<APFloat> attribute,
                            Value operand) const {
  if (attribute)
    return attribute->convertToDouble() == 1;
  auto numbers = getNumbers(operand);
  return numbers && llvm::all_of(*numbers, [](double x) { return x == 1; });
}

std::optional<int64_t> GridCertificate::getSteps(Operation *op) const {
  // A window of a recurrence continues the one before it.
  while (auto recurrent = op->getParentOfType<RecurrentOp>())
    op = recurrent;
  auto type = dyn_cast<RankedTensorType>(op->getOperand(0).getType());
  if (!type || type.getRank() == 0 || type.isDynamicDim(0))
    return std::nullopt;
  return type.getDimSize(0);
}

GridCertificate::Result GridCertificate::getState(Operation *op,
                                                  unsigned index) const {
  auto sequence = cast<SequenceOpInterface>(op);
  SmallVector<Value> inits(sequence.getInitialStates());
  if (inits.empty())
    return Grid{1 << 16, 0, 0};
  auto argument = dyn_cast<BlockArgument>(inits[index]);
  auto recurrent =
      argument ? dyn_cast<RecurrentOp>(argument.getOwner()->getParentOp())
               : RecurrentOp();
  if (!recurrent)
    return get(inits[index]);
  // The state that this op leaves, which its own bounds hold for.
  auto states = recurrent.getStateArguments();
  unsigned number = argument.getArgNumber() - states.front().getArgNumber();
  if (recurrent.getYield().getStates()[number] !=
      sequence.getFinalStates()[index])
    return std::nullopt;
  return recurrent.getInits().empty() ? Grid{1 << 16, 0, 0}
                                      : get(recurrent.getInits()[number]);
}

GridCertificate::Result GridCertificate::fail(Operation *op,
                                              const Twine &reason) {
  verdicts[op] = {false, reason.str()};
  return std::nullopt;
}

static int getPrecision(Type type) {
  return APFloat::semanticsPrecision(cast<FloatType>(type).getFloatSemantics());
}

GridCertificate::Result GridCertificate::prove(Operation *op, Type element,
                                               const Grid &grid,
                                               const Twine &what) {
  double most = grid.getMagnitude();
  Type accumulator = getAccumulatorType(element);
  int bits = getPrecision(accumulator);
  std::string text;
  llvm::raw_string_ostream(text)
      << what << " are multiples of 2^" << (most == 0 ? 0 : grid.bit)
      << llvm::format(" up to %g", most);
  // Numbers that are stored in a narrower type must be in it, too.
  for (Type type : {accumulator, element})
    if (!(most < std::ldexp(1.0, grid.bit + getPrecision(type))) && most != 0)
      return fail(op,
                  text + llvm::formatv(", more than the {0} bits of {1} hold",
                                       getPrecision(type), type)
                             .str());
  if (most != 0 && grid.bit < -100)
    return fail(op, text + ", which may be subnormal");
  verdicts[op] = {true,
                  text + llvm::formatv(", exact in {0} bits", bits).str()};
  return grid;
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

static std::string describe(Value value, func::FuncOp function) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    if (argument.getOwner() == &function.front()) {
      unsigned i = argument.getArgNumber();
      if (auto name = function.getArgAttrOfType<StringAttr>(i, kParamAttr))
        return ("the values of '" + name.getValue() +
                "' are not known when it is compiled")
            .str();
      if (auto name = function.getArgAttrOfType<StringAttr>(i, kStateAttr))
        return ("the state '" + name.getValue() + "' may hold any number")
            .str();
      return "argument " + std::to_string(i) + " has no 'snn.grid'";
    }
  return "its input is not proven to be on a grid";
}

/// The largest sum of magnitudes of a row of weights.
static double getLargestRow(ArrayRef<double> numbers, int64_t rows) {
  double largest = 0;
  for (int64_t row = 0; row < rows; ++row) {
    double sum = 0;
    size_t size = numbers.size() / rows;
    for (double number : numbers.slice(row * size, size))
      sum += std::fabs(number);
    largest = std::max(largest, sum);
  }
  return largest;
}

GridCertificate::Result GridCertificate::visitSum(Operation *op, Value input,
                                                  Value weight, Value bias) {
  auto x = get(input);
  auto numbers = getNumbers(weight);
  if (!numbers)
    return fail(op, describe(weight, function));
  if (!x)
    return fail(op, describe(input, function));
  auto type = cast<RankedTensorType>(weight.getType());
  // A convolution along time has a kernel of K taps x N, or one of K.
  int64_t rows = type.getDimSize(0);
  double largest;
  if (isa<TemporalConvOp>(op)) {
    largest = 0;
    for (double number : *numbers)
      largest += std::fabs(number);
  } else {
    largest = getLargestRow(*numbers, rows);
  }
  Grid weights = Grid::ofNumbers(*numbers);
  double most = largest * x->getMagnitude();
  Grid sum{weights.bit + x->bit, -most, most};
  // Where nothing is negative, no sum is.
  if (weights.least >= 0 && x->least >= 0)
    sum.least = 0;
  if (bias) {
    auto start = get(bias);
    if (!start)
      return fail(op, describe(bias, function));
    sum = {std::min(sum.bit, start->bit),
           sum.least + std::min(start->least, 0.0),
           sum.most + std::max(start->most, 0.0)};
  }
  return prove(op, getElementTypeOrSelf(op->getResult(0)), sum, "its sums");
}

GridCertificate::Result GridCertificate::visitPool(Operation *op) {
  auto x = get(op->getOperand(0));
  if (!x)
    return fail(op, describe(op->getOperand(0), function));
  auto kernel = op->getAttrOfType<DenseI64ArrayAttr>("kernel").asArrayRef();
  double count = double(kernel[0]) * double(kernel[1]);
  Grid sum{x->bit, std::min(0.0, count * x->least),
           std::max(0.0, count * x->most)};
  Type element = getElementTypeOrSelf(op->getResult(0));
  if (!isa<FloatType>(element))
    return fail(op, "its sums are integers");
  auto proven = prove(op, element, sum, "its sums");
  if (!proven || isa<SumPool2dOp>(op))
    return proven;
  int exponent = 0;
  if (std::frexp(count, &exponent) != 0.5)
    return fail(op, "a mean of " + Twine(int64_t(count)) +
                        " numbers is not on a grid");
  return Grid{sum.bit - (exponent - 1), sum.least / count, sum.most / count};
}

/// A sum over time.
GridCertificate::Result GridCertificate::visitIntegrator(Operation *op,
                                                         Value input) {
  auto x = get(input), start = getState(op, 0);
  if (!x)
    return fail(op, describe(input, function));
  if (!start)
    return fail(op, "its initial state may be any number");
  auto steps = getSteps(op);
  if (!steps)
    return fail(op, "a sum over time is bounded only for a static number of "
                    "steps");
  Grid sum{std::min(x->bit, start->bit),
           std::min(0.0, start->least) + *steps * std::min(0.0, x->least),
           std::max(0.0, start->most) + *steps * std::max(0.0, x->most)};
  return prove(op, getElementTypeOrSelf(op->getResult(0)), sum,
               "sums over time");
}

GridCertificate::Result GridCertificate::visitLIF(Operation *op) {
  auto lif = cast<LIFOp>(op);
  if (!isOne(lif.getDecay(), lif.getDecays()))
    return fail(op, "the potential leaks");
  if (lif.getDecayInput())
    return fail(op, "the input is scaled with the leak");
  auto x = get(lif.getInput()), start = getState(op, 0);
  if (!x)
    return fail(op, describe(lif.getInput(), function));
  if (!start)
    return fail(op, "its initial state may be any number");
  Result threshold;
  if (auto attribute = lif.getThreshold())
    threshold = Grid::ofNumbers({attribute->convertToDouble()});
  else
    threshold = get(lif.getThresholds());
  if (!threshold)
    return fail(op, describe(lif.getThresholds(), function));
  ResetKind kind = lif.getReset().getKind();
  if (kind == ResetKind::Modulo)
    return fail(op, "a modulo reset is a division");
  // What is taken away, or put in its place.
  Grid amount = *threshold;
  if (FloatAttr attribute = lif.getReset().getAmount())
    amount = Grid::ofNumbers({attribute.getValueAsDouble()});
  else if (kind == ResetKind::Value)
    amount = Grid::ofNumbers({0});
  auto steps = getSteps(op);
  double up = std::max(0.0, x->most), down = std::min(0.0, x->least);
  double high = std::max({0.0, start->most, threshold->most, amount.most});
  // A potential below the threshold gains one input; a spike takes that away.
  // Twice, for a reset may come a step late.
  bool isHeld = kind == ResetKind::Value ||
                (kind == ResetKind::Subtract && amount.least >= up);
  double least = std::min({0.0, start->least, amount.least});
  if (kind == ResetKind::Subtract)
    least = std::min(least, threshold->least - amount.most);
  if ((!isHeld || down < 0) && !steps)
    return fail(op, isHeld ? "negative inputs lower the potential without end, "
                             "but for a static number of steps"
                           : "inputs raise the potential without end, but for "
                             "a static number of steps");
  double total = steps ? double(*steps) : 0;
  high += 2 * up + (isHeld ? 0 : total * up);
  least += 2 * down + (down < 0 ? total * down : 0);
  if (kind == ResetKind::Subtract && amount.least < 0)
    return fail(op, "the reset raises the potential");
  Grid potential{std::min({x->bit, start->bit, threshold->bit, amount.bit}),
                 least - std::max(0.0, amount.most), high};
  Type state = getElementTypeOrSelf(lif.getFinalStates()[0].getType());
  if (!prove(op, state, potential, "its potentials"))
    return std::nullopt;
  if (lif.getPotential() != Potential::None)
    grids[lif.getRest()[0]] = potential;
  return Grid{0, 0, 1};
}

GridCertificate::Result GridCertificate::visitElementwise(Operation *op) {
  SmallVector<Grid> operands;
  for (Value operand : op->getOperands()) {
    auto grid = get(operand);
    if (!grid)
      return fail(op, describe(operand, function));
    operands.push_back(*grid);
  }
  const Grid &a = operands[0], &b = operands.back();
  int bit = std::min(a.bit, b.bit);
  Grid result;
  if (isa<arith::AddFOp>(op)) {
    result = {bit, a.least + b.least, a.most + b.most};
  } else if (isa<arith::SubFOp>(op)) {
    result = {bit, a.least - b.most, a.most - b.least};
  } else if (isa<arith::MulFOp>(op)) {
    double ends[] = {a.least * b.least, a.least * b.most, a.most * b.least,
                     a.most * b.most};
    result = {a.bit + b.bit, *llvm::min_element(ends),
              *llvm::max_element(ends)};
  } else if (isa<arith::NegFOp>(op)) {
    result = {bit, -a.most, -a.least};
  } else if (isa<arith::UIToFPOp>(op) &&
             getElementTypeOrSelf(op->getOperand(0)).isInteger(1)) {
    result = {0, 0, 1};
  } else if (isa<arith::SelectOp>(op)) {
    result = operands[1].join(operands[2]);
  } else if (isa<arith::MaximumFOp>(op)) {
    result = {bit, std::max(a.least, b.least), std::max(a.most, b.most)};
  } else if (isa<arith::MinimumFOp>(op)) {
    result = {bit, std::min(a.least, b.least), std::min(a.most, b.most)};
  } else {
    return fail(op, "this op is not a sum or a product");
  }
  Type element = getElementTypeOrSelf(op->getResult(0));
  if (!isa<FloatType>(element))
    return result;
  return prove(op, element, result, "its numbers");
}

/// Ops that only move numbers, or zeros.
static bool isMovement(Operation *op) {
  return isa<DelayOp, tensor::ExtractSliceOp, tensor::ExpandShapeOp,
             tensor::CollapseShapeOp, tensor::CastOp, tensor::ConcatOp,
             tensor::SplatOp>(op);
}

void GridCertificate::visitRecurrent(Operation *op) {
  auto recurrent = cast<RecurrentOp>(op);
  for (auto [argument, input] :
       llvm::zip_equal(recurrent.getInputArguments(), recurrent.getInputs()))
    if (auto grid = get(input))
      grids[argument] = *grid;
  visitBlock(recurrent.getBody().front());
  for (auto [result, value] : llvm::zip_equal(
           recurrent.getOutputs(), recurrent.getYield().getOutputs()))
    if (auto grid = get(value))
      grids[result] = *grid;
  bool areAll = true;
  recurrent.getBody().walk([&](Operation *inner) {
    if (auto found = verdicts.find(inner); found != verdicts.end())
      areAll &= found->second.isExact;
  });
  verdicts[op] = {areAll, areAll ? "all ops of its body are exact"
                                 : "not all ops of its body are exact"};
}

void GridCertificate::visit(Operation *op) {
  Result result;
  if (auto numbers = op->getNumResults() == 1 ? getNumbers(op->getResult(0))
                                              : std::nullopt)
    result = Grid::ofNumbers(*numbers);
  else if (auto linear = dyn_cast<LinearOp>(op))
    result =
        visitSum(op, linear.getInput(), linear.getWeight(), linear.getBias());
  else if (auto conv = dyn_cast<Conv2dOp>(op))
    result = visitSum(op, conv.getInput(), conv.getWeight(), conv.getBias());
  else if (auto conv = dyn_cast<TemporalConvOp>(op);
           conv && conv.getInits().empty())
    result = visitSum(op, conv.getInput(), conv.getKernel(), Value());
  else if (isa<SumPool2dOp, AvgPool2dOp>(op))
    result = visitPool(op);
  else if (auto li = dyn_cast<LIOp>(op))
    result = isOne(li.getDecay(), li.getDecays()) && !li.getDecayInput()
                 ? visitIntegrator(op, li.getInput())
                 : fail(op, "the potential leaks");
  else if (auto scan = dyn_cast<ScanOp>(op))
    result = scan.getKind() == ScanKind::Real &&
                     (scan.getCoefficients().empty() ||
                      isOne(std::nullopt, scan.getCoefficients()[0]))
                 ? visitIntegrator(op, scan.getInputs()[0])
                 : fail(op, "the state leaks, or rotates");
  else if (isa<LIFOp>(op))
    result = visitLIF(op);
  else if (isa<RecurrentOp>(op))
    return visitRecurrent(op);
  else if (isa<arith::ArithDialect>(op->getDialect()) &&
           op->getNumOperands() > 0 && op->getNumResults() == 1)
    result = visitElementwise(op);
  else if (isMovement(op))
    result = get(op->getOperand(0));
  else if (isa<NeuronOp, CubaLIFOp>(op))
    fail(op, "the certificate does not know this neuron");
  if (isa<DelayOp>(op) && result)
    result = result->join({1 << 16, 0, 0});
  if (result)
    for (Value value : op->getResults())
      if (isa<FloatType>(getElementTypeOrSelf(value.getType())))
        grids.try_emplace(value, *result);
}

void GridCertificate::visitBlock(Block &block) {
  for (Operation &op : block.without_terminator())
    visit(&op);
}
