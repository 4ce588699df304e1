//===- Replayer.cpp - Executes a model on the spikes of a run -------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Replayer.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Index/IR/IndexOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/InterleavedRange.h"

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::testing;

//===----------------------------------------------------------------------===//
// Points
//===----------------------------------------------------------------------===//

double Replayer::getFactor(Operation *op) const {
  auto found = options.bounds.find(names.lookup(op));
  return found == options.bounds.end() ? 1 : found->second.factor;
}

std::string Replayer::getPlace(ArrayRef<int64_t> shape, int64_t at,
                               bool isSequence) {
  SmallVector<int64_t> indices;
  for (int64_t size : llvm::reverse(shape)) {
    indices.insert(indices.begin(), at % size);
    at /= size;
  }
  std::string text;
  ArrayRef<int64_t> rest = indices;
  if (!windows.empty())
    text = "step " + std::to_string(windows.front());
  else if (isSequence && !rest.empty())
    text = "step " + std::to_string(options.position + rest.front());
  if (isSequence && !rest.empty())
    rest = rest.drop_front();
  if (!rest.empty()) {
    text +=
        (text.empty() ? "batch " : ", batch ") + std::to_string(rest.front());
    rest = rest.drop_front();
  }
  if (rest.empty())
    return text;
  text += ", neuron ";
  llvm::raw_string_ostream stream(text);
  if (rest.size() > 1)
    stream << "[" << llvm::interleaved(rest) << "]";
  else
    stream << rest.front();
  return text;
}

void Replayer::violate(Operation *op, const Number &potential,
                       std::optional<double> threshold, double bound,
                       double recorded, const std::string &place) {
  if (result->violation)
    return;
  result->violation = Violation{
      names.lookup(op), place, potential.value, bound, threshold, recorded};
}

Number Replayer::takeSpike(Operation *op, std::optional<bool> outcome,
                           int recorded, const Number &potential,
                           const Number &threshold, ArrayRef<int64_t> shape,
                           int64_t at) {
  ++result->points;
  result->band += !outcome;
  if (recorded >= 0 && outcome && *outcome != bool(recorded))
    violate(op, potential, threshold.value, potential.error + threshold.error,
            recorded, getPlace(shape, at, /*isSequence=*/true));
  if (recorded >= 0)
    return Number::ofInt(recorded != 0);
  return outcome ? Number::ofInt(*outcome) : Number::open();
}

void Replayer::checkNumber(Operation *op, const Number &number,
                           const Number &recorded, ArrayRef<int64_t> shape,
                           int64_t at, bool isSequence) {
  if (std::isinf(number.error))
    return;
  double distance = std::fabs(recorded.value - number.value);
  if (!(distance <= number.error)) {
    if (!(std::isnan(recorded.value) && std::isnan(number.value)))
      violate(op, number, std::nullopt, number.error, recorded.value,
              getPlace(shape, at, isSequence));
    return;
  }
  double use = number.error == 0 ? 0 : distance / number.error;
  if (use <= result->largestUse)
    return;
  result->largestUse = use;
  result->largestLayer = names.lookup(op);
  result->largestPlace = getPlace(shape, at, isSequence);
}

void Replayer::takeState(Operation *op, Value final, int64_t t, int64_t done,
                         int64_t i, Number &state) {
  auto found = recording.states.find(final);
  if (found == recording.states.end())
    return;
  const reference::Tensor &tensor = found->second;
  int64_t count = getProduct(ArrayRef<int64_t>(tensor.shape).drop_front());
  int64_t at = t * count + i;
  Number recorded = getElement(tensor, getElementType(final), at);
  if (Format::get(getElementType(final)).isFloat)
    checkNumber(op, state, recorded, tensor.shape, at, /*isSequence=*/true);
  else if (!state.isOpen && state.integer != recorded.integer)
    violate(op, Number::ofFloat(double(state.integer)), std::nullopt, 0,
            double(recorded.integer),
            getPlace(tensor.shape, at, /*isSequence=*/true));
  if ((done + 1) % options.resyncSteps == 0)
    state = recorded;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

void Replayer::addDeclaredError(Operation *op, Array &array) {
  auto found = options.bounds.find(names.lookup(op));
  if (found == options.bounds.end() || !array.format.isFloat)
    return;
  const ErrorTerm &term = found->second;
  double added = term.absolute, largest = 0, squares = 0;
  if (term.relative != 0 || term.norm != 0)
    for (double value : get(op->getOperand(0)).values) {
      largest = std::max(largest, std::fabs(value));
      squares += value * value;
    }
  added += term.relative * largest + term.norm * std::sqrt(squares);
  for (double &error : array.errors)
    error += added;
}

/// Compares a value with what is recorded of it, which decides open spikes.
void Replayer::checkValues(Operation *op, Value value, Array &array) {
  const reference::Tensor *tensor = getKnown(value);
  if (!tensor)
    return;
  bool isSequence = tensor->shape.size() >= 3;
  for (int64_t at = 0, end = array.size(); at != end; ++at) {
    Number number = array.get(at);
    Number recorded = getElement(*tensor, array.type, at);
    if (array.format.width == 1)
      recorded.integer &= 1;
    if (array.format.isFloat)
      checkNumber(op, number, recorded, array.shape, at, isSequence);
    else if (number.isOpen)
      array.set(at, recorded);
    else if (number.integer != recorded.integer)
      violate(op, Number::ofFloat(double(number.integer)), std::nullopt, 0,
              double(recorded.integer), getPlace(array.shape, at, isSequence));
    if (result->violation)
      return;
  }
}

LogicalResult Replayer::set(Operation *op, Value value, ArrayPtr array) {
  if (auto type = dyn_cast<RankedTensorType>(value.getType()))
    if (failed(verifyCompatibleShape(type.getShape(), array->shape)))
      return op->emitOpError("expected a tensor of type ")
             << type << ", but got shape [" << ArrayRef(array->shape) << "]";
  values[value] = std::move(array);
  return success();
}

LogicalResult Replayer::set(Operation *op, Value value, Array array) {
  addDeclaredError(op, array);
  if (!result->violation)
    checkValues(op, value, array);
  return set(op, value, std::make_shared<const Array>(std::move(array)));
}

LogicalResult Replayer::bind(Operation *op, Frame &frame) {
  for (auto [value, place] : frame.step.captures) {
    if (isa<ShapedType>(value.getType()) || !values.contains(value))
      return op->emitOpError("expected numbers from outside of a region, but "
                             "got ")
             << value.getType();
    frame.registers[place] = get(value).get(0);
  }
  frame.factor = getFactor(op);
  frame.read = [this](Value tensor,
                      ArrayRef<int64_t> indices) -> std::optional<Number> {
    const Array &array = get(tensor);
    int64_t at = 0;
    for (auto [index, size] : llvm::zip_equal(indices, array.shape)) {
      if (index < 0 || index >= size)
        return std::nullopt;
      at = at * size + index;
    }
    return array.get(at);
  };
  return success();
}

FailureOr<const Step *> Replayer::getStep(Operation *op, Block *block) {
  std::unique_ptr<Step> &step = steps[op];
  if (!step) {
    auto compiled = std::make_unique<Step>();
    if (failed(block ? compiled->compile(*block) : compiled->compile(*op)))
      return failure();
    step = std::move(compiled);
  }
  return step.get();
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

LogicalResult Replayer::runBlock(Block &block) {
  for (Operation &op : block.without_terminator()) {
    if (failed(runOp(op)))
      return failure();
    if (result->violation)
      return success();
  }
  return success();
}

LogicalResult Replayer::runOp(Operation &op) {
  if (isa<arith::ConstantOp, index::ConstantOp>(op))
    return runConstant(op);
  if (isa<func::CallOp>(op))
    return runCall(op);
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return runIf(branch);
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return runFor(loop);
  if (auto gate = dyn_cast<RefractoryOp>(op);
      gate && gate.getKind() != RefractoryKind::Phase)
    return runGate(gate);
  if (auto neuron = dyn_cast<NeuronOp>(op))
    return runNeuron(neuron);
  if (auto neuron = dyn_cast<LIFOp>(op))
    return runLIF(neuron);
  if (auto neuron = dyn_cast<LIOp>(op))
    return runLI(neuron);
  if (auto neuron = dyn_cast<CubaLIFOp>(op))
    return runCubaLIF(neuron);
  if (auto fire = dyn_cast<FireOp>(op))
    return runFire(fire);
  if (auto sample = dyn_cast<SampleOp>(op))
    return runSample(sample);
  if (auto scan = dyn_cast<ScanOp>(op))
    return runScan(scan);
  if (auto recurrent = dyn_cast<RecurrentOp>(op))
    return runRecurrent(recurrent);
  if (isa<LinearOp, Conv2dOp, SumPool2dOp, AvgPool2dOp, TemporalConvOp>(op))
    return runSums(op);
  if (auto generate = dyn_cast<tensor::GenerateOp>(op))
    return runGenerate(generate);
  bool isMovement = isa<SNNDialect, tensor::TensorDialect>(op.getDialect());
  if (isMovement && !isa<SparseLinearOp>(op))
    return runMovement(op);
  if (isa<linalg::SoftmaxOp>(op))
    return runSoftmax(op);
  if (auto structured = dyn_cast<linalg::LinalgOp>(op))
    return runStructured(structured);
  if (isa<arith::ArithDialect, math::MathDialect>(op.getDialect()))
    return runElementwise(op);
  return op.emitOpError("expected an op that the replay knows, but got this "
                        "one");
}

LogicalResult Replayer::runConstant(Operation &op) {
  auto tensors = evaluate(&op, ArrayRef<reference::Tensor>());
  if (failed(tensors))
    return failure();
  return set(&op, op.getResult(0),
             Array(getElementType(op.getResult(0)), tensors->front()));
}

LogicalResult Replayer::runElementwise(Operation &op) {
  FailureOr<const Step *> step = getStep(&op, nullptr);
  if (failed(step))
    return failure();
  Frame frame(**step);
  frame.factor = getFactor(&op);
  SmallVector<const Array *> operands;
  SmallVector<int64_t> shape;
  bool isTensor = isa<ShapedType>(op.getResult(0).getType());
  for (Value value : op.getOperands()) {
    operands.push_back(&get(value));
    if (isTensor && isa<ShapedType>(value.getType()))
      shape = operands.back()->shape;
  }
  Array array(getElementType(op.getResult(0)), shape);
  const reference::Tensor *recorded = getKnown(op.getResult(0));
  bool isCompare = isa<arith::CmpFOp>(op);
  for (int64_t at = 0, end = array.size(); at != end; ++at) {
    for (auto [operand, place] : llvm::zip_equal(operands, (*step)->arguments))
      frame.registers[place] = operand->get(operand->shape.empty() ? 0 : at);
    if (failed(frame.run()))
      return failure();
    Number number = frame.result(0);
    if (isCompare)
      number = takeSpike(&op,
                         number.isOpen ? std::nullopt
                                       : std::optional(number.integer != 0),
                         recorded ? recorded->data[at] & 1 : -1,
                         frame.registers[(*step)->arguments[0]],
                         frame.registers[(*step)->arguments[1]], shape, at);
    array.set(at, number);
  }
  return set(&op, op.getResult(0), std::move(array));
}

LogicalResult Replayer::runCall(Operation &op) {
  auto call = cast<func::CallOp>(op);
  auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
      &op, call.getCalleeAttr());
  if (!callee || !callee.getBody().hasOneBlock())
    return op.emitOpError("expected a function of one block, but got '")
           << call.getCallee() << "'";
  Operation *terminator = callee.front().getTerminator();
  // What is recorded of the results is so of what the function returns.
  for (auto [value, inner] :
       llvm::zip_equal(op.getResults(), terminator->getOperands())) {
    known.erase(inner);
    if (auto found = known.find(value); found != known.end())
      known[inner] = TensorPtr(found->second);
  }
  SmallVector<ArrayPtr> arguments;
  for (Value operand : op.getOperands())
    arguments.push_back(values[operand]);
  if (failed(this->call(callee, arguments)))
    return failure();
  if (result->violation)
    return success();
  for (auto [value, inner] :
       llvm::zip_equal(op.getResults(), terminator->getOperands()))
    if (failed(set(&op, value, ArrayPtr(values[inner]))))
      return failure();
  return success();
}

LogicalResult Replayer::call(func::FuncOp function,
                             ArrayRef<ArrayPtr> arguments) {
  for (auto [argument, array] :
       llvm::zip_equal(function.getArguments(), arguments))
    if (failed(set(function, argument, array)))
      return failure();
  return runBlock(function.front());
}

LogicalResult Replayer::runIf(scf::IfOp op) {
  Number condition = get(op.getCondition()).get(0);
  if (condition.isOpen)
    return op.emitOpError("expected a condition that no rounding changes");
  Region &region = condition.integer ? op.getThenRegion() : op.getElseRegion();
  if (region.empty())
    return success();
  if (failed(runBlock(region.front())))
    return failure();
  if (result->violation)
    return success();
  for (auto [value, inner] : llvm::zip_equal(
           op.getResults(), region.front().getTerminator()->getOperands()))
    if (failed(set(op, value, Array(get(inner)))))
      return failure();
  return success();
}

LogicalResult Replayer::runFor(scf::ForOp op) {
  auto getIndex = [&](Value value) { return get(value).get(0).integer; };
  int64_t begin = getIndex(op.getLowerBound()),
          end = getIndex(op.getUpperBound()), step = getIndex(op.getStep());
  if (step <= 0)
    return op.emitOpError("expected a step > 0, but got ") << step;
  SmallVector<ArrayPtr> carried;
  for (Value value : op.getInitArgs())
    carried.push_back(values[value]);
  for (int64_t i = begin; i < end; i += step) {
    Array index(op.getInductionVar().getType(), ArrayRef<int64_t>());
    index.set(0, Number::ofInt(i));
    if (failed(set(op, op.getInductionVar(), std::move(index))))
      return failure();
    for (auto [argument, array] :
         llvm::zip_equal(op.getRegionIterArgs(), carried))
      if (failed(set(op, argument, array)))
        return failure();
    if (failed(runBlock(*op.getBody())))
      return failure();
    if (result->violation)
      return success();
    carried.clear();
    for (Value value : op.getBody()->getTerminator()->getOperands())
      carried.push_back(values[value]);
  }
  for (auto [value, array] : llvm::zip_equal(op.getResults(), carried))
    if (failed(set(op, value, Array(*array))))
      return failure();
  return success();
}

LogicalResult Replayer::run(ArrayRef<reference::Tensor> arguments,
                            ReplayResult &into) {
  result = &into;
  for (const auto &[value, tensor] : recording.values)
    known[value] = std::make_shared<const reference::Tensor>(tensor);
  SmallVector<ArrayPtr> arrays;
  for (auto [type, tensor] :
       llvm::zip_equal(model.getArgumentTypes(), arguments))
    arrays.push_back(
        std::make_shared<const Array>(getElementTypeOrSelf(type), tensor));
  return call(model, arrays);
}
