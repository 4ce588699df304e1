//===- SNNVerifiers.cpp - Valid maps along time and synapses --------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verifiers.h"

#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::snn;

//===----------------------------------------------------------------------===//
// Shared checks
//===----------------------------------------------------------------------===//

RankedTensorType mlir::snn::getTensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

bool mlir::snn::isNumberOrTensor(Type type) {
  bool isScalarOrTensor = !isa<ShapedType>(type) || isa<RankedTensorType>(type);
  return isScalarOrTensor && getElementTypeOrSelf(type).isIntOrFloat();
}

LogicalResult mlir::snn::verifyParam(Operation *op, StringRef name, Value value,
                                     RankedTensorType sequence) {
  if (!value)
    return success();
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || type.getRank() == 0 ||
      type.getShape() == sequence.getShape().drop_front(2))
    return success();
  return op->emitOpError("expected ")
         << name << " to be a scalar or to have the neuron dimensions of "
         << sequence << ", but got " << type;
}

LogicalResult mlir::snn::verifyStates(SequenceOpInterface op) {
  OperandRange before = op.getInitialStates();
  ResultRange after = op.getFinalStates();
  if (before.empty())
    return success();
  if (before.size() != after.size())
    return op->emitOpError("expected ")
           << after.size() << " initial states, but got " << before.size();
  for (auto [i, init, final] : llvm::enumerate(before, after))
    if (init.getType() != final.getType())
      return op->emitOpError("expected initial state ")
             << i << " to be " << final.getType() << ", but got "
             << init.getType();
  return success();
}

LogicalResult mlir::snn::verifySteps(Operation *op, StringRef name,
                                     int64_t value, int64_t least) {
  int64_t most = std::numeric_limits<int32_t>::max();
  if (value >= least && value <= most)
    return success();
  return op->emitOpError("expected ")
         << name << " in [" << least << ", " << most << "], but got " << value;
}

bool mlir::snn::areCompatible(ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
  return succeeded(verifyCompatibleShape(a, b));
}

LogicalResult mlir::snn::verifySameShapes(Operation *op, ValueRange sequences) {
  for (Value value : sequences)
    if (!areCompatible(getTensorType(value).getShape(),
                       getTensorType(sequences.front()).getShape()))
      return op->emitOpError("expected sequences of one shape, but got ")
             << sequences.front().getType() << " and " << value.getType();
  return success();
}

bool mlir::snn::isCountable(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.getElementType().isIntOrFloat())
    return true;
  int64_t bytes = llvm::divideCeil(tensor.getElementTypeBitWidth(), 8);
  for (int64_t size : tensor.getShape())
    if (!ShapedType::isDynamic(size) && llvm::MulOverflow(bytes, size, bytes))
      return false;
  return true;
}

LogicalResult mlir::snn::verifySizes(Operation *op) {
  for (TypeRange types :
       {TypeRange(op->getOperandTypes()), TypeRange(op->getResultTypes())})
    for (Type type : types)
      if (!isCountable(type))
        return op->emitOpError("expected a tensor of less than 2^63 bytes, "
                               "but got ")
               << type;
  return success();
}

//===----------------------------------------------------------------------===//
// Linear maps along time
//===----------------------------------------------------------------------===//

/// As many coefficients as the kind of matrix has, and no input too many.
static LogicalResult verifyCounts(ScanOp op) {
  size_t components = op.getNumComponents(), inputs = op.getInputs().size();
  size_t given = op.getCoefficients().size();
  ScanKind kind = op.getKind();
  bool fits = kind == ScanKind::Real      ? given <= 1
              : kind == ScanKind::Complex ? given == 2
                                          : given == components * components;
  if (!fits)
    return op.emitOpError("expected ")
           << (kind == ScanKind::Real      ? "at most 1 coefficient"
               : kind == ScanKind::Complex ? "2 coefficients"
                                           : "m * m coefficients")
           << ", but got " << given;
  if (inputs > components)
    return op.emitOpError("expected at most ")
           << components << " inputs, but got " << inputs;
  return success();
}

/// A coefficient is a number like the inputs: a scalar, or one value per neuron
/// or step.
static LogicalResult verifyCoefficient(ScanOp op, OpOperand &operand) {
  RankedTensorType type = getTensorType(op.getInputs().front());
  Type given = operand.get().getType(), element = getElementTypeOrSelf(given);
  bool fits = isa<FloatType>(type.getElementType())
                  ? isa<FloatType>(element)
                  : element == type.getElementType();
  if (!isNumberOrTensor(given) || !fits)
    return op.emitOpError("expected coefficients of the kind of ")
           << type.getElementType() << ", but got " << given;
  if (op.isSequenceOperand(operand))
    return verifySameShapes(op, {op.getInputs().front(), operand.get()});
  return verifyParam(op, "coefficient", operand.get(), type);
}

LogicalResult ScanOp::verify() {
  if (failed(verifyCounts(*this)) ||
      failed(verifySameShapes(*this, getInputs())))
    return failure();
  RankedTensorType type = getTensorType(getInputs().front());
  for (Value input : getInputs())
    if (getTensorType(input).getElementType() != type.getElementType())
      return emitOpError("expected inputs of one element type, but got ")
             << type << " and " << input.getType();
  if (type.getElementType().isInteger(1))
    return emitOpError("expected numbers, but got spikes: ") << type;
  for (unsigned i = 0; i != getCoefficients().size(); ++i)
    if (failed(verifyCoefficient(
            *this, (*this)->getOpOperand(getInputs().size() + i))))
      return failure();
  return verifyStates(*this);
}

LogicalResult TemporalConvOp::verify() {
  RankedTensorType type = getInput().getType(), kernel = getKernel().getType();
  if (kernel.getElementType() != type.getElementType())
    return emitOpError("expected a kernel of ")
           << type.getElementType() << ", but got " << kernel;
  bool fits = getPerStep()
                  ? kernel.getRank() == 2
                  : kernel.getRank() == 1 || kernel.getShape().drop_front() ==
                                                 type.getShape().drop_front(2);
  if (!fits)
    return emitOpError("expected a kernel ")
           << (getPerStep() ? "L x K" : "K or K x N...") << " for " << type
           << ", but got " << kernel;
  if (!dependsOnPosition() && getOffset())
    return emitOpError("expected an offset with 'per_step' or 'period' only");
  if (getPeriod().has_value() != getPhase().has_value())
    return emitOpError("expected 'period' and 'phase' together");
  // As unsigned numbers: negative ones are too large.
  if (getPeriod() && (int64_t(*getPeriod()) < 1 || *getPhase() >= *getPeriod()))
    return emitOpError("expected a phase in [0, period), but got ")
           << int64_t(*getPhase()) << " of " << int64_t(*getPeriod());
  if (isFFT() && dependsOnPosition())
    return emitOpError("expected the form 'direct' with '")
           << (getPerStep() ? "per_step" : "period") << "'";
  return verifyStates(*this);
}

LogicalResult DelayOp::verify() {
  RankedTensorType type = getInput().getType();
  if (getPerSource() && getGroups())
    return emitOpError("expected 'per_source' or 'groups', but got both");
  size_t expected = getPerSource() ? type.getShape().back()
                    : getGroups()  ? getDelays().size()
                                   : 1;
  if (getDelays().size() != expected)
    return emitOpError("expected ") << expected << " delays for " << type
                                    << ", but got " << getDelays().size();
  return verifyStates(*this);
}

//===----------------------------------------------------------------------===//
// Synapses
//===----------------------------------------------------------------------===//

/// Spikes, or values of the weight's type; a bias of the accumulator's or the
/// result's type.
template <typename OpTy> static LogicalResult verifySynapse(OpTy op) {
  RankedTensorType input = op.getInput().getType();
  RankedTensorType weight = op.getWeight().getType();
  Type element = input.getElementType();
  if (!element.isInteger(1) && element != weight.getElementType())
    return op.emitOpError("expected spikes or the element type of the weight ")
           << weight << ", but got " << input;
  if (weight.getElementType().isInteger(1))
    return op.emitOpError("expected weights that are numbers, but got ")
           << weight;
  if (!op.getBias())
    return success();
  RankedTensorType bias = op.getBias().getType();
  Type output = op.getOutput().getType().getElementType();
  auto expected = RankedTensorType::get({weight.getDimSize(0)}, output);
  if (bias != expected)
    return op.emitOpError("expected a bias ")
           << expected << ", but got " << bias;
  return success();
}

LogicalResult LinearOp::verify() {
  if (getForm() && !getInput().getType().getElementType().isInteger(1))
    return emitOpError("expected 'form' with spikes only, but got ")
           << getInput().getType();
  return verifySynapse(*this);
}

int64_t SparseLinearOp::getNumInputs() {
  return ShapedType::getNumElements(getInputs());
}

int64_t SparseLinearOp::getNumEdges() {
  return (getEdges().getType().getNumElements() - getNumInputs() - 1) / 2;
}

/// Lists from 0 to the number of edges, with targets that there are, each once.
static LogicalResult verifyEdges(SparseLinearOp op, ArrayRef<int64_t> words) {
  int64_t inputs = op.getNumInputs(), edges = op.getNumEdges();
  ArrayRef<int64_t> starts = words.take_front(inputs + 1),
                    targets = words.slice(inputs + 1, edges);
  if (starts.front() != 0 || starts.back() != edges || !llvm::is_sorted(starts))
    return op.emitOpError("expected ascending starts from 0 to ")
           << edges << ", but got [" << starts << "]";
  for (int64_t k = 0; k != inputs; ++k) {
    int64_t least = 0;
    for (int64_t target : targets.slice(starts[k], starts[k + 1] - starts[k])) {
      if (target < least || target >= int64_t(op.getOutputs()))
        return op.emitOpError("expected targets of input ")
               << k << " to ascend and be below " << op.getOutputs()
               << ", but got " << target;
      least = target + 1;
    }
  }
  return success();
}

LogicalResult SparseLinearOp::verify() {
  RankedTensorType edges = getEdges().getType();
  int64_t starts = getNumInputs() + 1;
  bool holdsLists = edges.getRank() == 1 && edges.hasStaticShape() &&
                    edges.getDimSize(0) >= starts &&
                    (edges.getDimSize(0) - starts) % 2 == 0;
  if (!holdsLists)
    return emitOpError("expected ")
           << starts << " starts and two words of each edge, but got " << edges;
  DenseIntElementsAttr words;
  if (matchPattern(getEdges(), m_Constant(&words)) &&
      failed(verifyEdges(
          *this, llvm::to_vector_of<int64_t>(words.getValues<int32_t>()))))
    return failure();
  auto bias = RankedTensorType::get({int64_t(getOutputs())},
                                    Float32Type::get(getContext()));
  if (getBias() && getBias().getType() != bias)
    return emitOpError("expected a bias ")
           << bias << ", but got " << getBias().getType();
  return success();
}

LogicalResult Conv2dOp::verify() { return verifySynapse(*this); }

template <typename OpTy>
static LogicalResult verifyPool(OpTy op, bool needsFloat) {
  Type output = op.getOutput().getType().getElementType();
  if (op.getElementType() &&
      !op.getInput().getType().getElementType().isInteger(1))
    return op.emitOpError("expected 'element_type' with spikes only, but got ")
           << op.getInput().getType();
  if (needsFloat && !isa<FloatType>(output))
    return op.emitOpError("expected a mean of floats, but got ") << output;
  return success();
}

LogicalResult SumPool2dOp::verify() { return verifyPool(*this, false); }

LogicalResult AvgPool2dOp::verify() { return verifyPool(*this, true); }
