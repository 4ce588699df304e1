//===- SNNNeuronVerifiers.cpp - Valid neurons and spikes ------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verifiers.h"

#include "mlir/IR/Matchers.h"
#include <cmath>

using namespace mlir;
using namespace mlir::snn;

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

/// A parameter is an attribute or an operand: exactly one.
static LogicalResult verifyOneOf(Operation *op, StringRef name, bool attr,
                                 bool operand) {
  if (attr != operand)
    return success();
  return op->emitOpError("expected ")
         << name << " as an attribute or as an operand, but got "
         << (attr ? "both" : "none");
}

/// The first known value of a parameter, an attribute or a constant operand,
/// for which `isBad` holds.
static std::optional<double> findBad(const std::optional<APFloat> &attr,
                                     Value operand,
                                     function_ref<bool(double)> isBad) {
  auto test = [&](const APFloat &value) -> std::optional<double> {
    double number = value.convertToDouble();
    return isBad(number) ? std::optional(number) : std::nullopt;
  };
  if (attr)
    return test(*attr);
  Attribute constant;
  if (!operand || !matchPattern(operand, m_Constant(&constant)))
    return std::nullopt;
  if (auto scalar = dyn_cast<FloatAttr>(constant))
    return test(scalar.getValue());
  auto dense = dyn_cast<DenseFPElementsAttr>(constant);
  if (dense && dense.isSplat())
    return test(dense.getSplatValue<APFloat>());
  if (dense)
    for (const APFloat &value : dense)
      if (std::optional<double> bad = test(value))
        return bad;
  return std::nullopt;
}

/// Whether a number stays finite in a type of floats.
static bool isFiniteIn(Type type, APFloat value) {
  bool losesInfo;
  value.convert(cast<FloatType>(type).getFloatSemantics(),
                APFloat::rmNearestTiesToEven, &losesInfo);
  return value.isFinite();
}

/// A number that is finite in the type that a neuron computes in: f64 for f64,
/// else f32.
static LogicalResult verifyRange(Operation *op, StringRef name,
                                 const APFloat &value,
                                 RankedTensorType sequence) {
  Type type = sequence.getElementType();
  if (!type.isF64())
    type = Float32Type::get(type.getContext());
  if (isFiniteIn(type, value))
    return success();
  return op->emitOpError("expected ")
         << name << " in the range of " << type << ", but got "
         << value.convertToDouble();
}

/// A parameter is given once, has a value per neuron at most, and is finite
/// where it is known.
static LogicalResult verifyNumber(Operation *op, StringRef name,
                                  const std::optional<APFloat> &attr,
                                  Value operand, RankedTensorType sequence) {
  if (failed(verifyOneOf(op, name, attr.has_value(), operand != nullptr)) ||
      failed(verifyParam(op, name, operand, sequence)))
    return failure();
  if (auto bad = findBad(attr, operand,
                         [](double value) { return !std::isfinite(value); }))
    return op->emitOpError("expected a finite ")
           << name << ", but got " << *bad;
  return attr ? verifyRange(op, name, *attr, sequence) : success();
}

static LogicalResult verifyDecay(Operation *op, StringRef name,
                                 const std::optional<APFloat> &attr,
                                 Value operand, RankedTensorType sequence) {
  if (failed(verifyNumber(op, name, attr, operand, sequence)))
    return failure();
  if (auto bad = findBad(attr, operand,
                         [](double value) { return value < 0 || value > 1; }))
    return op->emitOpError("expected ")
           << name << " in [0, 1], but got " << *bad;
  return success();
}

/// A neuron that fires at rest, or at the value it is reset to, fires forever.
template <typename OpTy> static LogicalResult verifyThreshold(OpTy op) {
  std::optional<APFloat> attr = op.getThreshold();
  Value operand = op.getThresholds();
  if (failed(verifyNumber(op, "threshold", attr, operand,
                          op.getInput().getType())))
    return failure();
  FloatAttr amount = op.getReset().getAmount();
  if (amount && failed(verifyRange(op, "a reset amount", amount.getValue(),
                                   op.getInput().getType())))
    return failure();
  if (op.getAllowNonpositiveThreshold())
    return success();
  auto round = [isF64 = op.getInput().getType().getElementType().isF64()](
                   double value) { return isF64 ? value : float(value); };
  if (auto bad = findBad(attr, operand,
                         [&](double value) { return round(value) <= 0; }))
    return op.emitOpError("expected a threshold > 0 (or "
                          "'allow_nonpositive_threshold'), but got ")
           << *bad;
  if (!amount || op.getReset().getKind() != ResetKind::Value)
    return success();
  double value = amount.getValueAsDouble();
  if (auto bad = findBad(attr, operand, [&](double other) {
        return round(value) >= round(other);
      }))
    return op.emitOpError("expected a reset below the threshold ")
           << *bad << " (or 'allow_nonpositive_threshold'), but got " << value;
  return success();
}

//===----------------------------------------------------------------------===//
// Named neurons
//===----------------------------------------------------------------------===//

LogicalResult LIFOp::verify() {
  RankedTensorType type = getInput().getType();
  if (failed(verifyDecay(*this, "decay", getDecay(), getDecays(), type)) ||
      failed(verifyThreshold(*this)) ||
      failed(verifySteps(*this, "refractory", getRefractory(), 0)))
    return failure();
  return verifyStates(*this);
}

LogicalResult LIOp::verify() {
  if (failed(verifyDecay(*this, "decay", getDecay(), getDecays(),
                         getInput().getType())))
    return failure();
  return verifyStates(*this);
}

LogicalResult CubaLIFOp::verify() {
  RankedTensorType type = getInput().getType();
  if (failed(verifyDecay(*this, "synapse_decay", getSynapseDecay(),
                         getSynapseDecays(), type)) ||
      failed(verifyDecay(*this, "decay", getDecay(), getDecays(), type)) ||
      failed(verifyThreshold(*this)))
    return failure();
  return verifyStates(*this);
}

//===----------------------------------------------------------------------===//
// Spikes
//===----------------------------------------------------------------------===//

LogicalResult FireOp::verify() {
  Type element = getElementTypeOrSelf(getInput().getType());
  if (!isNumberOrTensor(getInput().getType()))
    return emitOpError("expected numbers, or a ranked tensor of them, but got ")
           << getInput().getType();
  if (failed(verifyOneOf(*this, "threshold", getThreshold().has_value(),
                         getThresholds() != nullptr)))
    return failure();
  if (getThreshold() && !isa<FloatType>(element))
    return emitOpError("expected a threshold operand for integers, but got an "
                       "attribute");
  if (getThreshold() && !getThreshold()->isFinite())
    return emitOpError("expected a finite threshold, but got ")
           << getThreshold()->convertToDouble();
  if (getThreshold() && !isFiniteIn(element, *getThreshold()))
    return emitOpError("expected a threshold in the range of ")
           << element << ", but got " << getThreshold()->convertToDouble();
  if (!getThresholds())
    return success();
  Type type = getThresholds().getType();
  auto tensor = dyn_cast<RankedTensorType>(type);
  auto input = dyn_cast<RankedTensorType>(getInput().getType());
  bool fits = isNumberOrTensor(type) && getElementTypeOrSelf(type) == element &&
              (!tensor || (input && tensor.getRank() <= input.getRank() &&
                           tensor.getShape() ==
                               input.getShape().take_back(tensor.getRank())));
  if (!fits)
    return emitOpError("expected a threshold of ")
           << element << " with the trailing dimensions of "
           << getInput().getType() << ", but got " << type;
  return success();
}

LogicalResult RefractoryOp::verify() {
  bool isPhase = getKind() == RefractoryKind::Phase;
  if (failed(verifySteps(*this, "period", getPeriod(), isPhase ? 1 : 0)))
    return failure();
  int64_t phase = getPhase(), period = getPeriod();
  if (!isPhase && phase != 0)
    return emitOpError("expected a phase with kind 'phase' only, but got ")
           << phase;
  if (isPhase && (phase < 0 || phase >= period))
    return emitOpError("expected phase in [0, ")
           << period << "), but got " << phase;
  if (!isPhase && getOffset())
    return emitOpError("expected an offset with kind 'phase' only");
  return verifyStates(*this);
}

LogicalResult SampleOp::verify() {
  if (int64_t(getId()) < 0)
    return emitOpError("expected id >= 0, but got ") << int64_t(getId());
  return success();
}

//===----------------------------------------------------------------------===//
// snn.neuron
//===----------------------------------------------------------------------===//

/// The sequences, or the tables and states, that give a neuron time, batch and
/// neurons.
static LogicalResult verifySource(NeuronOp op) {
  if (failed(verifyStates(op)))
    return failure();
  if (op.getInputs().empty() &&
      (op.getTables().empty() || op.getInits().empty()))
    return op.emitOpError("expected sequence inputs, or tables and initial "
                          "states, but got neither");
  for (Value input : op.getInputs())
    if (getTensorType(input).getRank() < 3)
      return op.emitOpError(
                 "expected sequences of rank 3 or more (time, batch, "
                 "neurons), but got ")
             << input.getType();
  for (Value state : op.getFinals())
    if (getTensorType(state).getRank() < 2)
      return op.emitOpError("expected a state B x N..., but got ")
             << state.getType();
  if (failed(verifySameShapes(op, op.getInputs())))
    return failure();
  if (llvm::any_of(op.getNeuronShape(), ShapedType::isDynamic))
    return op.emitOpError("expected static neuron dimensions, but got ")
           << (op.getInputs().empty() ? op.getFinals().front().getType()
                                      : op.getInputs().front().getType());
  return success();
}

/// Parameters and tables are broadcast to the neuron dimensions.
static LogicalResult verifyBroadcasts(NeuronOp op) {
  ArrayRef<int64_t> neurons = op.getNeuronShape();
  auto isBroadcast = [&](ArrayRef<int64_t> shape) {
    return shape.empty() || shape == neurons;
  };
  for (Value param : op.getParams()) {
    auto type = dyn_cast<RankedTensorType>(param.getType());
    if (!isNumberOrTensor(param.getType()) ||
        (type && !isBroadcast(type.getShape())))
      return op.emitOpError(
                 "expected a parameter to be a number or to have the "
                 "neuron dimensions, but got ")
             << param.getType();
  }
  for (Value table : op.getTables())
    if (getTensorType(table).getRank() < 1 ||
        !isBroadcast(getTensorType(table).getShape().drop_front()))
      return op.emitOpError("expected a table L or L x N..., but got ")
             << table.getType();
  return success();
}

LogicalResult NeuronOp::verify() {
  if (failed(verifySource(*this)) || failed(verifyBroadcasts(*this)))
    return failure();
  // T x B x N...; the time of several tables is not known here.
  SmallVector<int64_t> shape;
  if (getInputs().empty()) {
    shape = {ShapedType::kDynamic};
    if (getTables().size() == 1)
      shape = {getTensorType(getTables().front()).getDimSize(0)};
    llvm::append_range(shape, getTensorType(getFinals().front()).getShape());
  } else {
    llvm::append_range(shape, getTensorType(getInputs().front()).getShape());
  }
  for (Value output : getOutputs())
    if (!areCompatible(getTensorType(output).getShape(), shape) ||
        getTensorType(output).getShape().drop_front(2) != getNeuronShape())
      return emitOpError(
                 "expected an output T x B x N... with the sizes of the "
                 "inputs, but got ")
             << output.getType();
  for (Value state : getFinals())
    if (!areCompatible(getTensorType(state).getShape(),
                       ArrayRef(shape).drop_front()) ||
        getTensorType(state).getShape().drop_front() != getNeuronShape())
      return emitOpError("expected a state B x N... with the sizes of the "
                         "inputs, but got ")
             << state.getType();
  if (getTables().empty() && getOffset())
    return emitOpError("expected an offset with tables only");
  return verifySizes(*this);
}

/// Checks that values have the element types of the tensors they stand for.
static LogicalResult verifyScalars(Operation *op, StringRef what,
                                   TypeRange scalars, TypeRange tensors) {
  if (scalars.size() != tensors.size())
    return op->emitOpError("expected ")
           << tensors.size() << " " << what << ", but got " << scalars.size();
  for (auto [i, scalar, tensor] : llvm::enumerate(scalars, tensors))
    if (scalar != getElementTypeOrSelf(tensor))
      return op->emitOpError("expected ")
             << what << " " << i << " to be " << getElementTypeOrSelf(tensor)
             << ", but got " << scalar;
  return success();
}

LogicalResult NeuronOp::verifyRegions() {
  SmallVector<Type> types;
  for (ValueRange values : {ValueRange(getInputs()), ValueRange(getParams()),
                            ValueRange(getTables()), ValueRange(getFinals())})
    llvm::append_range(types, values.getTypes());
  YieldOp yield = getYield();
  if (failed(verifyScalars(*this, "region arguments",
                           getStep().getArgumentTypes(), types)) ||
      failed(verifyScalars(yield, "outputs", yield.getOutputs().getTypes(),
                           getOutputs().getTypes())) ||
      failed(verifyScalars(yield, "states", yield.getStates().getTypes(),
                           getFinals().getTypes())))
    return failure();
  if (!yield.getFeedback().empty())
    return yield.emitOpError("expected no feedback from a neuron's step");
  for (Operation &op : getStep().front().without_terminator()) {
    auto isScalar = [](Type type) { return type.isIntOrIndexOrFloat(); };
    if (!llvm::all_of(op.getOperandTypes(), isScalar) ||
        !llvm::all_of(op.getResultTypes(), isScalar))
      return op.emitOpError("expected scalars in a neuron's step");
    if (!isPure(&op) || op.getNumRegions() != 0)
      return op.emitOpError("expected pure ops without regions in a neuron's "
                            "step");
  }
  return success();
}
