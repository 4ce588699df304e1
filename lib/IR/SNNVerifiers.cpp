//===- SNNVerifiers.cpp - What a valid op is ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/IR/SNN.h"
#include "snn/IR/Time.h"

using namespace mlir;
using namespace mlir::snn;

static RankedTensorType getTensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

//===----------------------------------------------------------------------===//
// Parameters and states
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

/// An operand that is a parameter: a scalar, or one value per neuron.
static LogicalResult verifyParam(Operation *op, StringRef name, Value value,
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

static LogicalResult verifyFinite(Operation *op, StringRef name,
                                  const std::optional<APFloat> &value) {
  if (!value || value->isFinite())
    return success();
  return op->emitOpError("expected a finite ")
         << name << ", but got " << value->convertToDouble();
}

static LogicalResult verifyDecay(Operation *op, StringRef name,
                                 const std::optional<APFloat> &attr,
                                 Value operand, RankedTensorType sequence) {
  if (failed(verifyOneOf(op, name, attr.has_value(), operand != nullptr)) ||
      failed(verifyFinite(op, name, attr)) ||
      failed(verifyParam(op, name, operand, sequence)))
    return failure();
  if (attr && (attr->convertToDouble() < 0 || attr->convertToDouble() > 1))
    return op->emitOpError("expected ")
           << name << " in [0, 1], but got " << attr->convertToDouble();
  return success();
}

static LogicalResult verifyThreshold(Operation *op,
                                     const std::optional<APFloat> &attr,
                                     Value operand, bool allowNonpositive,
                                     RankedTensorType sequence) {
  if (failed(
          verifyOneOf(op, "threshold", attr.has_value(), operand != nullptr)) ||
      failed(verifyFinite(op, "threshold", attr)) ||
      failed(verifyParam(op, "threshold", operand, sequence)))
    return failure();
  if (attr && !allowNonpositive && attr->convertToDouble() <= 0)
    return op->emitOpError("expected a threshold > 0 (or "
                           "'allow_nonpositive_threshold'), but got ")
           << attr->convertToDouble();
  return success();
}

/// Initial states, where given, have the types of the final ones.
static LogicalResult verifyStates(SequenceOpInterface op) {
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

static LogicalResult verifyPeriod(Operation *op, StringRef name, int64_t value,
                                  int64_t least) {
  int64_t most = std::numeric_limits<int32_t>::max();
  if (value >= least && value <= most)
    return success();
  return op->emitOpError("expected ")
         << name << " in [" << least << ", " << most << "], but got " << value;
}

//===----------------------------------------------------------------------===//
// Named neurons
//===----------------------------------------------------------------------===//

LogicalResult LIFOp::verify() {
  RankedTensorType type = getInput().getType();
  if (failed(verifyDecay(*this, "decay", getDecay(), getDecays(), type)) ||
      failed(verifyThreshold(*this, getThreshold(), getThresholds(),
                             getAllowNonpositiveThreshold(), type)) ||
      failed(verifyPeriod(*this, "refractory", getRefractory(), 0)))
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
      failed(verifyThreshold(*this, getThreshold(), getThresholds(),
                             getAllowNonpositiveThreshold(), type)))
    return failure();
  return verifyStates(*this);
}

//===----------------------------------------------------------------------===//
// Spikes
//===----------------------------------------------------------------------===//

LogicalResult FireOp::verify() {
  Type element = getElementTypeOrSelf(getInput().getType());
  if (!element.isIntOrFloat())
    return emitOpError("expected floats or integers, but got ")
           << getInput().getType();
  if (failed(verifyOneOf(*this, "threshold", getThreshold().has_value(),
                         getThresholds() != nullptr)) ||
      failed(verifyFinite(*this, "threshold", getThreshold())))
    return failure();
  if (getThreshold() && !isa<FloatType>(element))
    return emitOpError("expected a threshold operand for integers, but got an "
                       "attribute");
  if (!getThresholds())
    return success();
  Type type = getThresholds().getType();
  auto tensor = dyn_cast<RankedTensorType>(type);
  auto input = dyn_cast<RankedTensorType>(getInput().getType());
  bool fits = getElementTypeOrSelf(type) == element &&
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
  if (failed(verifyPeriod(*this, "period", getPeriod(), isPhase ? 1 : 0)))
    return failure();
  if (!isPhase && getPhase() != 0)
    return emitOpError("expected a phase with kind 'phase' only, but got ")
           << getPhase();
  if (int64_t(getPhase()) < 0 ||
      (isPhase && int64_t(getPhase()) >= int64_t(getPeriod())))
    return emitOpError("expected phase in [0, ")
           << getPeriod() << "), but got " << getPhase();
  if (!isPhase && getOffset())
    return emitOpError("expected an offset with kind 'phase' only");
  return verifyStates(*this);
}

LogicalResult SampleOp::verify() {
  if (int64_t(getId()) < 0)
    return emitOpError("expected id >= 0, but got ") << int64_t(getId());
  return success();
}

LogicalResult PackOp::verify() { return success(); }

LogicalResult UnpackOp::verify() {
  int64_t words = getInput().getType().getShape().back();
  int64_t neurons = getNeurons();
  if (neurons >= 0 && (neurons + 31) / 32 == words)
    return success();
  return emitOpError("expected neurons that fill ")
         << words << " words of 32, but got " << neurons;
}

//===----------------------------------------------------------------------===//
// Linear maps along time
//===----------------------------------------------------------------------===//

/// Shapes agree where both are static.
static bool areCompatible(ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
  return succeeded(verifyCompatibleShape(a, b));
}

/// Further sequences of an op have the shape of the first.
static LogicalResult verifySameShapes(Operation *op, ValueRange sequences) {
  for (Value value : sequences)
    if (!areCompatible(getTensorType(value).getShape(),
                       getTensorType(sequences.front()).getShape()))
      return op->emitOpError("expected sequences of one shape, but got ")
             << sequences.front().getType() << " and " << value.getType();
  return success();
}

LogicalResult ScanOp::verify() {
  size_t components = getNumComponents(), given = getCoefficients().size();
  bool fits = getKind() == ScanKind::Real ? given <= 1
              : getKind() == ScanKind::Complex
                  ? given == 2
                  : given == components * components;
  if (!fits)
    return emitOpError("expected ")
           << (getKind() == ScanKind::Real      ? "at most 1 coefficient"
               : getKind() == ScanKind::Complex ? "2 coefficients"
                                                : "m * m coefficients")
           << ", but got " << given;
  if (getInputs().size() > components)
    return emitOpError("expected at most ")
           << components << " inputs, but got " << getInputs().size();
  if (failed(verifySameShapes(*this, getInputs())))
    return failure();
  RankedTensorType type = getTensorType(getInputs().front());
  for (Value input : getInputs())
    if (getTensorType(input).getElementType() != type.getElementType())
      return emitOpError("expected inputs of one element type, but got ")
             << type << " and " << input.getType();
  for (auto [i, coefficient] : llvm::enumerate(getCoefficients())) {
    OpOperand &operand = (*this)->getOpOperand(getInputs().size() + i);
    if (isa<FloatType>(getElementTypeOrSelf(coefficient.getType())) !=
        isa<FloatType>(type.getElementType()))
      return emitOpError("expected coefficients of the kind of ")
             << type.getElementType() << ", but got " << coefficient.getType();
    if (isSequenceOperand(operand)) {
      if (failed(verifySameShapes(*this, {getInputs().front(), coefficient})))
        return failure();
    } else if (failed(verifyParam(*this, "coefficient", coefficient, type))) {
      return failure();
    }
  }
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
  if (!getPerStep() && getOffset())
    return emitOpError("expected an offset with 'per_step' only");
  if (getPerStep() && getReverse())
    return emitOpError("expected 'per_step' without 'reverse'");
  return verifyStates(*this);
}

LogicalResult DelayOp::verify() {
  RankedTensorType type = getInput().getType();
  for (int64_t delay : getDelays())
    if (delay < 0)
      return emitOpError("expected delays >= 0, but got ") << delay;
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
  if (bias.getShape() != ArrayRef<int64_t>(weight.getDimSize(0)) ||
      bias.getElementType() != output)
    return op.emitOpError("expected a bias tensor<")
           << weight.getDimSize(0) << "x" << output << ">, but got " << bias;
  return success();
}

LogicalResult LinearOp::verify() { return verifySynapse(*this); }

LogicalResult Conv2dOp::verify() { return verifySynapse(*this); }

template <typename OpTy>
static LogicalResult verifyPool(OpTy op, bool needsFloat) {
  Type input = op.getInput().getType().getElementType();
  Type output = op.getOutput().getType().getElementType();
  if (op.getElementType() && !input.isInteger(1))
    return op.emitOpError("expected 'element_type' with spikes only, but got ")
           << op.getInput().getType();
  if (needsFloat && !isa<FloatType>(output))
    return op.emitOpError("expected a mean of floats, but got ") << output;
  if (!output.isIntOrFloat())
    return op.emitOpError("expected a number type, but got ") << output;
  return success();
}

LogicalResult SumPool2dOp::verify() { return verifyPool(*this, false); }

LogicalResult AvgPool2dOp::verify() { return verifyPool(*this, true); }

//===----------------------------------------------------------------------===//
// snn.neuron
//===----------------------------------------------------------------------===//

LogicalResult NeuronOp::verify() {
  if (getInputs().empty() && (getTables().empty() || getInits().empty()))
    return emitOpError(
        "expected sequence inputs, or tables and initial states, "
        "but got neither");
  for (Value input : getInputs())
    if (getTensorType(input).getRank() < 3)
      return emitOpError("expected sequences of rank 3 or more (time, batch, "
                         "neurons), but got ")
             << input.getType();
  if (failed(verifySameShapes(*this, getInputs())))
    return failure();

  ArrayRef<int64_t> neurons = getNeuronShape();
  if (llvm::any_of(neurons, ShapedType::isDynamic))
    return emitOpError("expected static neuron dimensions, but got ")
           << (getInputs().empty() ? getFinals().front().getType()
                                   : getInputs().front().getType());
  auto isBroadcast = [&](ArrayRef<int64_t> shape) {
    return shape.empty() || shape == neurons;
  };
  for (Value param : getParams())
    if (auto type = dyn_cast<RankedTensorType>(param.getType()))
      if (!isBroadcast(type.getShape()))
        return emitOpError("expected a parameter to be a scalar or to have the "
                           "neuron dimensions, but got ")
               << type;
  for (Value table : getTables())
    if (getTensorType(table).getRank() < 1 ||
        !isBroadcast(getTensorType(table).getShape().drop_front()))
      return emitOpError("expected a table L or L x N..., but got ")
             << table.getType();
  for (Value output : getOutputs())
    if (getTensorType(output).getRank() < 2 ||
        getTensorType(output).getShape().drop_front(2) != neurons)
      return emitOpError("expected an output with the neuron dimensions, but "
                         "got ")
             << output.getType();
  for (Value state : getFinals())
    if (getTensorType(state).getRank() < 1 ||
        getTensorType(state).getShape().drop_front() != neurons)
      return emitOpError(
                 "expected a state B x N... with the neuron dimensions, "
                 "but got ")
             << state.getType();
  if (getTables().empty() && getOffset())
    return emitOpError("expected an offset with tables only");
  return verifyStates(*this);
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

//===----------------------------------------------------------------------===//
// snn.recurrent
//===----------------------------------------------------------------------===//

LogicalResult RecurrentOp::verify() {
  if (getInputs().empty())
    return emitOpError("expected at least one input, but got none");
  for (Value input : getInputs())
    if (getTensorType(input).getRank() < 1)
      return emitOpError("expected sequences, but got ") << input.getType();
  if (getTensorType(getInputs().front()).getRank() < 2)
    return emitOpError("expected the first input to have time and batch, but "
                       "got ")
           << getInputs().front().getType();
  if (getSkip().empty())
    return emitOpError("expected at least one feedback span, but got none");
  size_t withOperand = llvm::count_if(
      getSpanAttrs(), [](SpanAttr span) { return span.hasOperand(); });
  if (getSpans().size() != withOperand)
    return emitOpError("expected ")
           << withOperand << " operands of spans, but got "
           << getSpans().size();
  if (getFinalHistories().size() != size_t(getNumFeedbacks()))
    return emitOpError("expected ")
           << getNumFeedbacks() << " histories, but got "
           << getFinalHistories().size();
  for (auto [i, span] : llvm::enumerate(getSpanAttrs())) {
    RankedTensorType history = getTensorType(getFinalHistories()[i]);
    if (history.getRank() < 3 || history.getDimSize(0) != span.getMax())
      return emitOpError("expected history ")
             << i << " to be " << span.getMax() << " x B x N..., but got "
             << history;
    if (span.getKind() == SpanKind::Sources &&
        int64_t(span.getValues().size()) != history.getShape().back())
      return emitOpError("expected ")
             << history.getShape().back() << " spans for " << history
             << ", but got " << span.getValues().size();
    if (span.getKind() == SpanKind::Operand &&
        !getSpanOperand(i).getType().isInteger(64))
      return emitOpError("expected a span of i64, but got ")
             << getSpanOperand(i).getType();
  }
  if (!getInits().empty() && getInits().size() != getFinals().size())
    return emitOpError("expected ")
           << getFinals().size() << " initial states, but got "
           << getInits().size();
  if (!getHistories().empty() &&
      getHistories().size() != getFinalHistories().size())
    return emitOpError("expected ")
           << getFinalHistories().size() << " initial histories, but got "
           << getHistories().size();
  for (auto [before, after] : llvm::zip(getInits(), getFinals()))
    if (before.getType() != after.getType())
      return emitOpError("expected an initial state of ")
             << after.getType() << ", but got " << before.getType();
  for (auto [before, after] : llvm::zip(getHistories(), getFinalHistories()))
    if (before.getType() != after.getType())
      return emitOpError("expected an initial history of ")
             << after.getType() << ", but got " << before.getType();
  return success();
}

/// The type of a window of a sequence: any number of steps.
static RankedTensorType getWindowType(RankedTensorType type) {
  SmallVector<int64_t> shape(type.getShape());
  shape[0] = ShapedType::kDynamic;
  return RankedTensorType::get(shape, type.getElementType());
}

/// Checks the types of a list of values against those expected.
static LogicalResult verifyTypes(Operation *op, StringRef what,
                                 TypeRange values, ArrayRef<Type> expected) {
  if (values.size() != expected.size())
    return op->emitOpError("expected ")
           << expected.size() << " " << what << ", but got " << values.size();
  for (auto [i, value, type] : llvm::enumerate(values, expected))
    if (value != type)
      return op->emitOpError("expected ")
             << what << " " << i << " to be " << type << ", but got " << value;
  return success();
}

/// A state of an op in the body comes from a state argument, and goes to the
/// same place of the yield: so it is carried from window to window.
static LogicalResult verifyCarried(RecurrentOp recurrent,
                                   SequenceOpInterface op) {
  YieldOp yield = recurrent.getYield();
  OperandRange before = op.getInitialStates();
  ResultRange after = op.getFinalStates();
  if (before.empty() && !after.empty())
    return op->emitOpError(
        "expected initial states in the body of a recurrence, "
        "but got none");
  for (auto [i, init] : llvm::enumerate(before)) {
    auto argument = dyn_cast<BlockArgument>(init);
    auto states = recurrent.getStateArguments();
    auto found = argument ? llvm::find(states, argument) : states.end();
    if (found == states.end())
      return op->emitOpError("expected initial state ")
             << i << " to be a state argument of the recurrence";
    if (yield.getStates()[found - states.begin()] != after[i])
      return op->emitOpError("expected final state ")
             << i << " to be yielded for the state argument it started from";
  }
  return success();
}

/// Values from outside the body must not carry time.
static LogicalResult verifyCaptures(RecurrentOp recurrent) {
  auto function = recurrent->getParentOfType<FunctionOpInterface>();
  if (!function)
    return success();
  SmallVector<Value> sequences = getSequenceArguments(function);
  auto carriesTime = [&](Value value) {
    if (auto result = dyn_cast<OpResult>(value)) {
      auto op = dyn_cast<SequenceOpInterface>(result.getOwner());
      return op && op.isSequenceResult(result) &&
             cast<ShapedType>(value.getType()).getRank() > 2;
    }
    return llvm::is_contained(sequences, value);
  };
  WalkResult result = recurrent.getBody().walk([&](Operation *op) {
    for (Value operand : op->getOperands())
      if (!recurrent.getBody().isAncestor(operand.getParentRegion()) &&
          carriesTime(operand)) {
        op->emitOpError(
            "expected sequences in the body of a recurrence to come "
            "through its 'ins', but got ")
            << operand.getType() << " from outside";
        return WalkResult::interrupt();
      }
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

LogicalResult RecurrentOp::verifyRegions() {
  SmallVector<Type> arguments, outputs, feedback, states;
  for (Value input : getInputs())
    arguments.push_back(getWindowType(getTensorType(input)));
  for (auto [i, span] : llvm::enumerate(getSpanAttrs())) {
    RankedTensorType type =
        getWindowType(getTensorType(getFinalHistories()[i]));
    feedback.push_back(type);
    if (span.getKind() == SpanKind::Taps)
      type = RankedTensorType::get(
          type.getShape(), getTensorType(getSpanOperand(i)).getElementType());
    arguments.push_back(type);
  }
  llvm::append_range(states, getFinals().getTypes());
  llvm::append_range(arguments, states);
  if (getPosition())
    arguments.push_back(getPosition().getType());
  for (Value output : getOutputs())
    outputs.push_back(getWindowType(getTensorType(output)));

  YieldOp yield = getYield();
  if (failed(verifyTypes(*this, "region arguments",
                         getBody().getArgumentTypes(), arguments)) ||
      failed(verifyTypes(yield, "outputs", yield.getOutputs().getTypes(),
                         outputs)) ||
      failed(verifyTypes(yield, "feedback", yield.getFeedback().getTypes(),
                         feedback)) ||
      failed(
          verifyTypes(yield, "states", yield.getStates().getTypes(), states)) ||
      failed(verifyCaptures(*this)))
    return failure();

  SmallVector<Value> sequences(getInputArguments());
  llvm::append_range(sequences, getFeedbackArguments());
  TimeAnalysis time(getBody().front(), sequences);
  if (const Obstacle &obstacle = time.getTimeObstacle())
    return obstacle.op->emitOpError("expected a body whose result does not "
                                    "depend on the window, but it ")
           << obstacle.reason;
  for (Operation &op : getBody().front()) {
    auto sequence = dyn_cast<SequenceOpInterface>(op);
    if (!sequence)
      continue;
    if (failed(verifyCarried(*this, sequence)))
      return failure();
    if (getPosition() && sequence.dependsOnPosition() &&
        sequence.getPositionOperand() != getPositionArgument())
      return op.emitOpError("expected the window's position as the offset");
  }
  return success();
}
