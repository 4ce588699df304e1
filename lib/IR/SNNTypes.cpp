//===- SNNTypes.cpp - Result types and shapes -----------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/IR/SNN.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::snn;

Type mlir::snn::getAccumulatorType(Type element) {
  if (element.isF16() || element.isBF16())
    return Float32Type::get(element.getContext());
  if (element.isInteger(8))
    return IntegerType::get(element.getContext(), 32);
  return element;
}

namespace {
using Types = SmallVectorImpl<Type>;
using MaybeLoc = std::optional<Location>;

/// Emits at the op's location, where it has one.
InFlightDiagnostic emitAt(MaybeLoc loc, MLIRContext *context) {
  return mlir::emitError(loc.value_or(UnknownLoc::get(context)));
}

RankedTensorType withElement(RankedTensorType type, Type element) {
  return RankedTensorType::get(type.getShape(), element);
}

RankedTensorType withShape(RankedTensorType type, ArrayRef<int64_t> shape) {
  return RankedTensorType::get(shape, type.getElementType());
}

/// `B x N...` of a sequence `T x B x N...`, in the type that a state has.
RankedTensorType getStateTypeOf(RankedTensorType sequence) {
  Type element = sequence.getElementType();
  if (isa<FloatType>(element))
    element = getAccumulatorType(element);
  return RankedTensorType::get(sequence.getShape().drop_front(), element);
}

/// `steps x B x N...`: the last steps of a sequence.
RankedTensorType getHistoryType(RankedTensorType sequence, int64_t steps) {
  SmallVector<int64_t> shape(sequence.getShape());
  shape[0] = steps;
  return withShape(sequence, shape);
}

RankedTensorType getSpikeType(RankedTensorType type) {
  return withElement(type, IntegerType::get(type.getContext(), 1));
}

constexpr int64_t kZeros[] = {0, 0}, kOnes[] = {1, 1};

/// Attributes with a default are absent while an op is parsed.
ArrayRef<int64_t> orDefault(DenseI64ArrayAttr attr, ArrayRef<int64_t> value) {
  return attr ? attr.asArrayRef() : value;
}

int64_t orDefault(IntegerAttr attr, int64_t value) {
  return attr ? attr.getInt() : value;
}

LogicalResult checkSequence(MaybeLoc loc, Type type, int64_t rank = 3) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || tensor.getRank() < rank)
    return emitAt(loc, type.getContext())
           << "expected a sequence of rank " << rank
           << " or more (time, batch, neurons), but got " << type;
  for (int64_t size : tensor.getShape().drop_front(2))
    if (ShapedType::isDynamic(size))
      return emitAt(loc, type.getContext())
             << "expected static neuron dimensions, but got " << type;
  return success();
}
} // namespace

//===----------------------------------------------------------------------===//
// Neurons
//===----------------------------------------------------------------------===//

LogicalResult LIFOp::inferReturnTypes(MLIRContext *context, MaybeLoc loc,
                                      Adaptor op, Types &types) {
  if (failed(checkSequence(loc, op.getInput().getType())))
    return failure();
  auto type = cast<RankedTensorType>(op.getInput().getType());
  RankedTensorType state = getStateTypeOf(type);
  types.push_back(getSpikeType(type));
  PotentialAttr potential = op.getPotentialAttr();
  if (potential && potential.getValue() != Potential::None)
    types.push_back(type);
  types.push_back(state);
  if (orDefault(op.getRefractoryAttr(), 0) > 0)
    types.push_back(withElement(state, IntegerType::get(context, 32)));
  return success();
}

LogicalResult LIOp::inferReturnTypes(MLIRContext *, MaybeLoc loc, Adaptor op,
                                     Types &types) {
  if (failed(checkSequence(loc, op.getInput().getType())))
    return failure();
  auto type = cast<RankedTensorType>(op.getInput().getType());
  types.append({type, getStateTypeOf(type)});
  return success();
}

LogicalResult CubaLIFOp::inferReturnTypes(MLIRContext *, MaybeLoc loc,
                                          Adaptor op, Types &types) {
  if (failed(checkSequence(loc, op.getInput().getType())))
    return failure();
  auto type = cast<RankedTensorType>(op.getInput().getType());
  types.append(
      {getSpikeType(type), getStateTypeOf(type), getStateTypeOf(type)});
  return success();
}

LogicalResult FireOp::inferReturnTypes(MLIRContext *context, MaybeLoc,
                                       Adaptor op, Types &types) {
  Type spike = IntegerType::get(context, 1);
  auto type = dyn_cast<RankedTensorType>(op.getInput().getType());
  types.push_back(type ? Type(withElement(type, spike)) : spike);
  return success();
}

LogicalResult RefractoryOp::inferReturnTypes(MLIRContext *context, MaybeLoc loc,
                                             Adaptor op, Types &types) {
  if (failed(checkSequence(loc, op.getInput().getType())))
    return failure();
  auto type = cast<RankedTensorType>(op.getInput().getType());
  types.push_back(type);
  if (op.getKind() != RefractoryKind::Phase)
    types.push_back(
        withElement(getStateTypeOf(type), IntegerType::get(context, 32)));
  return success();
}

LogicalResult SampleOp::inferReturnTypes(MLIRContext *, MaybeLoc loc,
                                         Adaptor op, Types &types) {
  if (failed(checkSequence(loc, op.getInput().getType())))
    return failure();
  types.push_back(
      getSpikeType(cast<RankedTensorType>(op.getInput().getType())));
  return success();
}

LogicalResult PackOp::inferReturnTypes(MLIRContext *context, MaybeLoc loc,
                                       Adaptor op, Types &types) {
  if (failed(checkSequence(loc, op.getInput().getType())))
    return failure();
  auto type = cast<RankedTensorType>(op.getInput().getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = llvm::divideCeil(shape.back(), 32);
  types.push_back(RankedTensorType::get(shape, IntegerType::get(context, 32)));
  return success();
}

LogicalResult UnpackOp::inferReturnTypes(MLIRContext *context, MaybeLoc loc,
                                         Adaptor op, Types &types) {
  if (failed(checkSequence(loc, op.getInput().getType())))
    return failure();
  if (!op.getNeuronsAttr())
    return emitAt(loc, context) << "expected attribute 'neurons', but got none";
  auto type = cast<RankedTensorType>(op.getInput().getType());
  int64_t neurons = op.getNeurons(), words = type.getShape().back();
  if (neurons < 0 || neurons / 32 + (neurons % 32 != 0) != words)
    return emitAt(loc, context) << "expected neurons that fill " << words
                                << " words of 32, but got " << neurons;
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = neurons;
  types.push_back(RankedTensorType::get(shape, IntegerType::get(context, 1)));
  return success();
}

//===----------------------------------------------------------------------===//
// Linear maps along time
//===----------------------------------------------------------------------===//

LogicalResult ScanOp::inferReturnTypes(MLIRContext *context, MaybeLoc loc,
                                       Adaptor op, Types &types) {
  if (op.getInputs().empty())
    return emitAt(loc, context) << "expected at least one input, but got none";
  for (Value input : op.getInputs())
    if (failed(checkSequence(loc, input.getType())))
      return failure();
  auto type = cast<RankedTensorType>(op.getInputs().front().getType());
  size_t components = op.getKind() == ScanKind::Complex ? 2 : 1;
  if (op.getKind() == ScanKind::Dense)
    while (components * components < op.getCoefficients().size())
      ++components;
  types.append(components, type);
  types.append(components, getStateTypeOf(type));
  return success();
}

LogicalResult TemporalConvOp::inferReturnTypes(MLIRContext *context,
                                               MaybeLoc loc, Adaptor op,
                                               Types &types) {
  if (failed(checkSequence(loc, op.getInput().getType())))
    return failure();
  auto type = cast<RankedTensorType>(op.getInput().getType());
  auto kernel = cast<RankedTensorType>(op.getKernel().getType());
  int64_t dim = op.getPerStep() ? 1 : 0;
  if (kernel.getRank() <= dim || kernel.isDynamicDim(dim) ||
      kernel.getDimSize(dim) < 1)
    return emitAt(loc, context)
           << "expected a kernel with a static number of taps (1 or more) in "
              "dimension "
           << dim << ", but got " << kernel;
  types.push_back(type);
  types.push_back(getHistoryType(type, kernel.getDimSize(dim) - 1));
  return success();
}

LogicalResult DelayOp::inferReturnTypes(MLIRContext *context, MaybeLoc loc,
                                        Adaptor op, Types &types) {
  if (failed(checkSequence(loc, op.getInput().getType())))
    return failure();
  if (op.getDelays().empty())
    return emitAt(loc, context) << "expected at least one delay, but got none";
  // Here, for the number of results depends on it.
  for (int64_t delay : op.getDelays())
    if (delay < 0 || delay > std::numeric_limits<int32_t>::max())
      return emitAt(loc, context)
             << "expected delay in [0, " << std::numeric_limits<int32_t>::max()
             << "], but got " << delay;
  auto type = cast<RankedTensorType>(op.getInput().getType());
  SmallVector<int64_t> shape(type.getShape());
  if (op.getGroups())
    shape.insert(shape.begin() + 2, op.getDelays().size());
  types.push_back(withShape(type, shape));
  int64_t steps = *llvm::max_element(op.getDelays());
  if (steps == 0)
    return success();
  RankedTensorType history = getHistoryType(type, steps);
  if (op.getInits().size() == 1 && op.getInits()[0].getType() != history)
    return emitAt(loc, context)
           << "expected a history as long as the largest delay, " << history
           << ", but got " << op.getInits()[0].getType();
  types.push_back(history);
  return success();
}

//===----------------------------------------------------------------------===//
// Synapses
//===----------------------------------------------------------------------===//

LogicalResult LinearOp::inferReturnTypes(MLIRContext *context, MaybeLoc loc,
                                         Adaptor op, Types &types) {
  auto input = cast<RankedTensorType>(op.getInput().getType());
  auto weight = cast<RankedTensorType>(op.getWeight().getType());
  int64_t contracted = weight.getRank() - 1;
  if (contracted < 1 || !weight.hasStaticShape())
    return emitAt(loc, context)
           << "expected a static weight of rank 2 or more (outputs, inputs...),"
              " but got "
           << weight;
  if (input.getRank() <= contracted ||
      input.getShape().take_back(contracted) != weight.getShape().drop_front())
    return emitAt(loc, context) << "expected the trailing dimensions of the "
                                   "input to be those of the "
                                   "weight after its first, but got "
                                << input << " and " << weight;
  SmallVector<int64_t> shape(input.getShape().drop_back(contracted));
  if (shape.size() > 2 && failed(checkSequence(loc, input)))
    return failure();
  shape.push_back(weight.getDimSize(0));
  Type element = weight.getElementType();
  if (isa<IntegerType>(element) || op.getWide())
    element = getAccumulatorType(element);
  types.push_back(RankedTensorType::get(shape, element));
  return success();
}

LogicalResult SparseLinearOp::inferReturnTypes(MLIRContext *context,
                                               MaybeLoc loc, Adaptor op,
                                               Types &types) {
  auto input = cast<RankedTensorType>(op.getInput().getType());
  ArrayRef<int64_t> inputs = op.getInputs();
  if (inputs.empty() || input.getRank() <= int64_t(inputs.size()) ||
      input.getShape().take_back(inputs.size()) != inputs)
    return emitAt(loc, context) << "expected 'inputs' to be trailing dimensions"
                                   " of the input, but got ["
                                << inputs << "] and " << input;
  if (llvm::any_of(inputs, [](int64_t size) { return size < 1; }))
    return emitAt(loc, context)
           << "expected inputs of 1 or more, but got [" << inputs << "]";
  if (int64_t(op.getOutputs()) < 1)
    return emitAt(loc, context)
           << "expected outputs of 1 or more, but got " << op.getOutputs();
  SmallVector<int64_t> shape(input.getShape().drop_back(inputs.size()));
  if (shape.size() > 2 && failed(checkSequence(loc, input)))
    return failure();
  shape.push_back(op.getOutputs());
  types.push_back(RankedTensorType::get(shape, Float32Type::get(context)));
  return success();
}

/// Size of a convolution or pool along one axis; none where nothing fits, or
/// where the padded input is larger than a size can be.
static std::optional<int64_t> getWindowedSize(int64_t size, int64_t kernel,
                                              int64_t stride, int64_t padding,
                                              int64_t dilation) {
  int64_t reach, pads, padded;
  if (llvm::MulOverflow(dilation, kernel - 1, reach) ||
      llvm::MulOverflow<int64_t>(padding, 2, pads) ||
      llvm::AddOverflow(size, pads, padded) || padded <= reach)
    return std::nullopt;
  return (padded - reach - 1) / stride + 1;
}

static LogicalResult checkPairs(MaybeLoc loc, MLIRContext *context,
                                StringRef name, ArrayRef<int64_t> values,
                                int64_t least) {
  if (values.size() == 2 && values[0] >= least && values[1] >= least)
    return success();
  return emitAt(loc, context)
         << "expected " << name << " to be two values of " << least
         << " or more, but got [" << values << "]";
}

/// An image per step: rank 5, its neuron dimensions static.
static LogicalResult checkImages(MaybeLoc loc, RankedTensorType input) {
  if (input.getRank() != 5)
    return emitAt(loc, input.getContext())
           << "expected input T x B x C x H x W, but got " << input;
  return checkSequence(loc, input);
}

/// The sizes of windows over the last two dimensions of the input.
struct Windows {
  ArrayRef<int64_t> kernel, stride, padding, dilation;

  /// Replaces the last two sizes by those of the result.
  LogicalResult apply(MaybeLoc loc, RankedTensorType input,
                      MutableArrayRef<int64_t> shape) {
    MLIRContext *context = input.getContext();
    if (failed(checkPairs(loc, context, "kernel", kernel, 1)) ||
        failed(checkPairs(loc, context, "stride", stride, 1)) ||
        failed(checkPairs(loc, context, "padding", padding, 0)) ||
        failed(checkPairs(loc, context, "dilation", dilation, 1)))
      return failure();
    for (int64_t axis : {0, 1}) {
      std::optional<int64_t> size =
          getWindowedSize(shape[3 + axis], kernel[axis], stride[axis],
                          padding[axis], dilation[axis]);
      if (!size)
        return emitAt(loc, context)
               << "expected a kernel no larger than the padded input, but got "
               << "kernel [" << kernel << "] and " << input;
      shape[3 + axis] = *size;
    }
    return success();
  }
};

LogicalResult Conv2dOp::inferReturnTypes(MLIRContext *context, MaybeLoc loc,
                                         Adaptor op, Types &types) {
  auto input = cast<RankedTensorType>(op.getInput().getType());
  auto weight = cast<RankedTensorType>(op.getWeight().getType());
  if (failed(checkImages(loc, input)))
    return failure();
  if (weight.getRank() != 4 || !weight.hasStaticShape())
    return emitAt(loc, context)
           << "expected a static weight O x C/groups x KH x KW, but got "
           << weight;
  int64_t groups = orDefault(op.getGroupsAttr(), 1);
  int64_t channels = input.getDimSize(2);
  if (groups < 1 || weight.getDimSize(0) % groups || channels % groups ||
      channels / groups != weight.getDimSize(1))
    return emitAt(loc, context)
           << "expected " << groups << " groups to divide the outputs and to "
           << "give the input's channels, but got " << input << " and "
           << weight;
  SmallVector<int64_t> shape(input.getShape());
  shape[2] = weight.getDimSize(0);
  Windows windows{weight.getShape().take_back(2),
                  orDefault(op.getStrideAttr(), kOnes),
                  orDefault(op.getPaddingAttr(), kZeros),
                  orDefault(op.getDilationAttr(), kOnes)};
  if (failed(windows.apply(loc, input, shape)))
    return failure();
  Type element = weight.getElementType();
  if (isa<IntegerType>(element))
    element = getAccumulatorType(element);
  types.push_back(RankedTensorType::get(shape, element));
  return success();
}

template <typename Adaptor>
static LogicalResult inferPool(MLIRContext *context, MaybeLoc loc, Adaptor op,
                               Types &types) {
  auto input = cast<RankedTensorType>(op.getInput().getType());
  if (failed(checkImages(loc, input)))
    return failure();
  if (!op.getKernelAttr())
    return emitAt(loc, context) << "expected attribute 'kernel', but got none";
  SmallVector<int64_t> shape(input.getShape());
  Windows windows{op.getKernel(), orDefault(op.getStrideAttr(), op.getKernel()),
                  orDefault(op.getPaddingAttr(), kZeros), kOnes};
  if (failed(windows.apply(loc, input, shape)))
    return failure();
  Type element = input.getElementType();
  if (element.isInteger(1))
    element = op.getElementType().value_or(Float32Type::get(context));
  if (!element.isSignlessIntOrFloat() || element.isInteger(1))
    return emitAt(loc, context)
           << "expected 'element_type' to be a number, but got " << element;
  types.push_back(RankedTensorType::get(shape, element));
  return success();
}

LogicalResult SumPool2dOp::inferReturnTypes(MLIRContext *context, MaybeLoc loc,
                                            Adaptor op, Types &types) {
  return inferPool(context, loc, op, types);
}

LogicalResult AvgPool2dOp::inferReturnTypes(MLIRContext *context, MaybeLoc loc,
                                            Adaptor op, Types &types) {
  return inferPool(context, loc, op, types);
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

/// Result shapes from a sequence operand: a dynamic dimension of a sequence is
/// the operand's of the same index, that of a state or history is the batch.
static LogicalResult reify(Operation *op, Value sequence, Value batchSource,
                           int64_t batchDim, OpBuilder &builder,
                           ReifiedRankedShapedTypeDims &shapes) {
  auto interface = cast<SequenceOpInterface>(op);
  for (OpResult result : op->getResults()) {
    auto type = cast<RankedTensorType>(result.getType());
    bool isSequence = interface.isSequenceResult(result);
    SmallVector<OpFoldResult> &shape = shapes.emplace_back();
    for (auto [dim, size] : llvm::enumerate(type.getShape())) {
      if (!ShapedType::isDynamic(size))
        shape.push_back(builder.getIndexAttr(size));
      else if (isSequence && !(dim == 1 && batchSource != sequence))
        shape.push_back(
            tensor::getMixedSize(builder, op->getLoc(), sequence, dim));
      else
        shape.push_back(
            tensor::getMixedSize(builder, op->getLoc(), batchSource, batchDim));
    }
  }
  return success();
}

LogicalResult NeuronOp::reifyResultShapes(OpBuilder &builder,
                                          ReifiedRankedShapedTypeDims &shapes) {
  if (!getInputs().empty())
    return reify(*this, getInputs()[0], getInputs()[0], 1, builder, shapes);
  return reify(*this, getTables()[0], getInits()[0], 0, builder, shapes);
}

#define SNN_REIFY(OP, SEQUENCE)                                                \
  LogicalResult OP::reifyResultShapes(OpBuilder &builder,                      \
                                      ReifiedRankedShapedTypeDims &shapes) {   \
    return reify(*this, SEQUENCE, SEQUENCE, 1, builder, shapes);               \
  }
SNN_REIFY(LIFOp, getInput())
SNN_REIFY(LIOp, getInput())
SNN_REIFY(CubaLIFOp, getInput())
SNN_REIFY(RefractoryOp, getInput())
SNN_REIFY(SampleOp, getInput())
SNN_REIFY(PackOp, getInput())
SNN_REIFY(UnpackOp, getInput())
SNN_REIFY(ScanOp, getInputs()[0])
SNN_REIFY(TemporalConvOp, getInput())
SNN_REIFY(DelayOp, getInput())
SNN_REIFY(RecurrentOp, getInputs()[0])
SNN_REIFY(LinearOp, getInput())
SNN_REIFY(SparseLinearOp, getInput())
SNN_REIFY(Conv2dOp, getInput())
SNN_REIFY(SumPool2dOp, getInput())
SNN_REIFY(AvgPool2dOp, getInput())
#undef SNN_REIFY
