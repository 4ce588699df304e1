//===- ScanToConv.cpp - A linear recurrence as a convolution --------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScanToConv.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;
using namespace mlir::snn;

namespace {
/// h[t] = sum over k < K of A^k x[t-k] + A^K h[t-K], where x[-1] = h[-1] is the
/// initial state and what is before it is zero.
class Conversion {
public:
  Conversion(ScanOp op, const ConvOptions &options)
      : op(op), options(options), builder(op.getLoc(), op),
        type(cast<RankedTensorType>(op.getInputs()[0].getType())),
        taps(options.taps), components(op.getNumComponents()) {}

  std::optional<ConvResult> run();

private:
  bool isPossible();
  std::optional<double> getConstantFactor();
  Value zeros(ArrayRef<OpFoldResult> sizes);
  Value row(Value sequence, int64_t step, RankedTensorType to);
  Value getHistory(Value state, int64_t steps);
  void makeResponse();
  SmallVector<Value> getPower();
  Value getKernel(size_t i, size_t j);
  SmallVector<Value> convolve();
  void addOlder(ArrayRef<Value> sums);
  void leaveOut(ArrayRef<Value> sums);
  SmallVector<OpFoldResult> getStateSizes();
  Value getInitial(size_t component);
  void finish(ValueRange sequences, ValueRange finals);

  ScanOp op;
  const ConvOptions &options;
  ImplicitLocOpBuilder builder;
  RankedTensorType type;
  int64_t taps;
  size_t components;
  bool isShared = false;       ///< one factor for all neurons
  SmallVector<Value> response; ///< by component: K steps
  Operation *layer = nullptr;
};
} // namespace

bool Conversion::isPossible() {
  if (op.getReverse() || op.getKind() == ScanKind::Dense ||
      !isa<FloatType>(type.getElementType()) || type.getRank() < 3)
    return false;
  isShared = true;
  for (auto [i, coefficient] : llvm::enumerate(op.getCoefficients())) {
    if (op.isSequenceOperand(op->getOpOperand(op.getInputs().size() + i)) ||
        getElementTypeOrSelf(coefficient) != type.getElementType())
      return false;
    auto tensor = dyn_cast<RankedTensorType>(coefficient.getType());
    isShared &= !tensor || tensor.getRank() == 0;
  }
  return true;
}

/// |A| of a scan with one real factor that is a constant.
std::optional<double> Conversion::getConstantFactor() {
  if (op.getKind() != ScanKind::Real)
    return std::nullopt;
  if (op.getCoefficients().empty())
    return 1.0;
  FloatAttr factor;
  if (!matchPattern(op.getCoefficients()[0], m_Constant(&factor)))
    return std::nullopt;
  return std::abs(factor.getValueAsDouble());
}

Value Conversion::zeros(ArrayRef<OpFoldResult> sizes) {
  Value zero = arith::ConstantOp::create(
      builder, builder.getZeroAttr(type.getElementType()));
  Value empty = tensor::EmptyOp::create(builder, sizes, type.getElementType());
  return linalg::FillOp::create(builder, zero, empty).getResult(0);
}

/// Step `step` of a sequence, without time.
Value Conversion::row(Value sequence, int64_t step, RankedTensorType to) {
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(builder, builder.getLoc(), sequence);
  SmallVector<OpFoldResult> offsets(sizes.size(), builder.getIndexAttr(0)),
      strides(sizes.size(), builder.getIndexAttr(1));
  offsets[0] = builder.getIndexAttr(step);
  sizes[0] = builder.getIndexAttr(1);
  return tensor::ExtractSliceOp::create(builder, to, sequence, offsets, sizes,
                                        strides);
}

SmallVector<OpFoldResult> Conversion::getStateSizes() {
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(builder, builder.getLoc(), op.getInputs()[0]);
  sizes.erase(sizes.begin());
  return sizes;
}

/// Null where it is zero.
Value Conversion::getInitial(size_t component) {
  return op.getInits().empty() ? Value() : Value(op.getInits()[component]);
}

/// `steps` steps of zeros, the last of which is the initial state.
Value Conversion::getHistory(Value state, int64_t steps) {
  SmallVector<OpFoldResult> sizes = getStateSizes();
  sizes.insert(sizes.begin(), builder.getIndexAttr(steps));
  Value history = zeros(sizes);
  if (!state)
    return history;
  SmallVector<OpFoldResult> offsets(sizes.size(), builder.getIndexAttr(0)),
      strides(sizes.size(), builder.getIndexAttr(1));
  offsets[0] = builder.getIndexAttr(steps - 1);
  sizes[0] = builder.getIndexAttr(1);
  return tensor::InsertSliceOp::create(builder, state, history, offsets, sizes,
                                       strides);
}

/// What the scan makes of an impulse: column 0 of A^k.
void Conversion::makeResponse() {
  SmallVector<int64_t> shape = {taps, 1};
  if (isShared)
    shape.push_back(1);
  else
    llvm::append_range(shape, type.getShape().drop_front(2));
  auto impulseType = RankedTensorType::get(shape, type.getElementType());
  SmallVector<int64_t> first(shape);
  first[0] = 1;
  Value one = arith::ConstantOp::create(
      builder, DenseElementsAttr::get(
                   RankedTensorType::get(first, type.getElementType()),
                   builder.getFloatAttr(type.getElementType(), 1.0)));
  SmallVector<OpFoldResult> sizes;
  for (int64_t size : shape)
    sizes.push_back(builder.getIndexAttr(size));
  SmallVector<OpFoldResult> offsets(shape.size(), builder.getIndexAttr(0)),
      strides(shape.size(), builder.getIndexAttr(1)), firstSizes(sizes);
  firstSizes[0] = builder.getIndexAttr(1);
  Value impulse = tensor::InsertSliceOp::create(builder, one, zeros(sizes),
                                                offsets, firstSizes, strides);
  impulse.setType(impulseType);
  auto scan = ScanOp::create(builder, ValueRange{impulse}, op.getCoefficients(),
                             ValueRange(), op.getKind(),
                             /*reverse=*/false, /*associative=*/false);
  llvm::append_range(response, scan.getComponents().take_front(components));
}

/// A^K of the coefficients, by squaring: a factor, or two parts of one.
SmallVector<Value> Conversion::getPower() {
  SmallVector<Value> square(op.getCoefficients()), power;
  auto multiply = [&](ArrayRef<Value> a, ArrayRef<Value> b) {
    auto mul = [&](Value x, Value y) -> Value {
      return arith::MulFOp::create(builder, x, y);
    };
    if (components == 1)
      return SmallVector<Value>{mul(a[0], b[0])};
    return SmallVector<Value>{
        arith::SubFOp::create(builder, mul(a[0], b[0]), mul(a[1], b[1])),
        arith::AddFOp::create(builder, mul(a[0], b[1]), mul(a[1], b[0]))};
  };
  if (square.empty()) // a sum over time
    return {arith::ConstantOp::create(
        builder, builder.getFloatAttr(type.getElementType(), 1.0))};
  for (int64_t rest = taps; rest != 0; rest /= 2) {
    if (rest & 1)
      power = power.empty() ? square : multiply(power, square);
    if (rest > 1)
      square = multiply(square, square);
  }
  return power;
}

/// Taps 0 to K - 1 of how input `j` acts on component `i`. A complex product
/// has the matrix ((re, -im), (im, re)).
Value Conversion::getKernel(size_t i, size_t j) {
  Value sequence = response[i == j ? 0 : 1];
  auto from = cast<RankedTensorType>(sequence.getType());
  SmallVector<int64_t> shape = {taps};
  if (!isShared)
    llvm::append_range(shape, from.getShape().drop_front(2));
  SmallVector<OpFoldResult> sizes;
  for (int64_t size : from.getShape())
    sizes.push_back(builder.getIndexAttr(size));
  sizes[0] = builder.getIndexAttr(taps);
  SmallVector<OpFoldResult> offsets(sizes.size(), builder.getIndexAttr(0)),
      strides(sizes.size(), builder.getIndexAttr(1));
  Value kernel = tensor::ExtractSliceOp::create(
      builder, RankedTensorType::get(shape, type.getElementType()), sequence,
      offsets, sizes, strides);
  if (i == 0 && j == 1)
    kernel = arith::NegFOp::create(builder, kernel);
  return kernel;
}

/// For each component, the convolutions whose sum it is.
SmallVector<Value> Conversion::convolve() {
  SmallVector<Value> sums;
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(builder, builder.getLoc(), op.getInputs()[0]);
  for (size_t i = 0; i != components; ++i)
    for (size_t j = 0; j != components; ++j) {
      Value input =
          j < op.getInputs().size() ? Value(op.getInputs()[j]) : zeros(sizes);
      sums.push_back(TemporalConvOp::create(
                         builder, input, getKernel(i, j),
                         ValueRange{getHistory(getInitial(j), taps - 1)},
                         /*offset=*/Value(), /*per_step=*/false,
                         /*reverse=*/false, IntegerAttr(), IntegerAttr(),
                         ConvFormAttr())
                         .getOutput());
    }
  return sums;
}

void Conversion::finish(ValueRange sequences, ValueRange finals) {
  SmallVector<Value> results(sequences);
  llvm::append_range(results, finals);
  for (auto [before, after] : llvm::zip(op.getComponents(), results))
    if (before.getType() != after.getType())
      after = tensor::CastOp::create(builder, before.getType(), after);
  op->replaceAllUsesWith(results);
}

/// The sums are all there is; the last of them is the final state.
void Conversion::leaveOut(ArrayRef<Value> sums) {
  auto delay = DelayOp::create(
      builder, sums[0], ValueRange{getHistory(getInitial(0), 1)},
      builder.getDenseI64ArrayAttr({1}), /*per_source=*/false,
      /*groups=*/false, /*reverse=*/false);
  auto stateType = cast<RankedTensorType>(op.getComponents()[1].getType());
  layer = sums[0].getDefiningOp();
  finish(sums[0], row(delay.getRest()[0], 0, stateType));
}

/// A recurrence over K steps adds A^K h[t-K] to the sums.
void Conversion::addOlder(ArrayRef<Value> sums) {
  SmallVector<Value> power = getPower(), histories;
  SmallVector<Attribute> spans;
  for (size_t i = 0; i != components; ++i) {
    histories.push_back(getHistory(getInitial(i), taps));
    spans.push_back(SpanAttr::get(builder.getContext(), SpanKind::Layer, taps));
  }
  SmallVector<Type> sequences(components, type), historyTypes;
  for (Value history : histories)
    historyTypes.push_back(history.getType());
  auto recurrent = RecurrentOp::create(
      builder, sequences, TypeRange(), historyTypes, sums, ValueRange(),
      ValueRange(), histories, Value(), builder.getArrayAttr(spans),
      /*reverse=*/false, /*window=*/IntegerAttr());
  Block &body = recurrent.getBody().emplaceBlock();
  SmallVector<int64_t> windowShape(type.getShape());
  windowShape[0] = ShapedType::kDynamic;
  RankedTensorType window = type.clone(windowShape);
  for (size_t i = 0; i != sums.size() + components; ++i)
    body.addArgument(window, op.getLoc());
  builder.setInsertionPointToEnd(&body);
  SmallVector<Type> windows(components, window);
  auto neuron = NeuronOp::create(
      builder, windows, TypeRange(), body.getArguments(), power, ValueRange(),
      ValueRange(), Value(), /*reverse=*/false, ScheduleAttr());
  YieldOp::create(builder, neuron.getOutputs(), neuron.getOutputs(),
                  ValueRange());
  Block &step = neuron.getStep().emplaceBlock();
  for (size_t i = 0; i != sums.size() + 2 * components; ++i)
    step.addArgument(type.getElementType(), op.getLoc());
  builder.setInsertionPointToEnd(&step);
  ValueRange arguments = step.getArguments();
  ValueRange older = arguments.slice(sums.size(), components),
             factors = arguments.take_back(components);
  SmallVector<Value> outputs;
  for (size_t i = 0; i != components; ++i) {
    Value sum;
    for (size_t j = 0; j != components; ++j) {
      Value product =
          arith::MulFOp::create(builder, factors[i == j ? 0 : 1], older[j]);
      Value term = arguments[i * components + j];
      term = i == 0 && j == 1
                 ? Value(arith::SubFOp::create(builder, term, product))
                 : Value(arith::AddFOp::create(builder, term, product));
      sum = sum ? Value(arith::AddFOp::create(builder, sum, term)) : term;
    }
    outputs.push_back(sum);
  }
  YieldOp::create(builder, outputs, ValueRange(), ValueRange());
  builder.setInsertionPointAfter(recurrent);
  SmallVector<Value> finals;
  for (auto [i, history] : llvm::enumerate(recurrent.getFinalHistories()))
    finals.push_back(row(
        history, taps - 1,
        cast<RankedTensorType>(op.getComponents()[components + i].getType())));
  layer = recurrent;
  finish(recurrent.getOutputs(), finals);
}

std::optional<ConvResult> Conversion::run() {
  if (!isPossible())
    return std::nullopt;
  makeResponse();
  SmallVector<Value> sums = convolve();
  std::optional<double> factor = getConstantFactor();
  std::string bound = "(K + 4) u sum |A|^k |x|, K = " + std::to_string(taps);
  NamedAttrList attributes;
  attributes.set("kind", builder.getStringAttr("conv"));
  attributes.set("taps", builder.getI64IntegerAttr(taps));
  double cut =
      factor && *factor < 1 ? std::pow(*factor, taps) / (1 - *factor) : 1;
  if (cut <= options.tolerance) {
    leaveOut(sums);
    attributes.set("truncation", builder.getF64FloatAttr(cut));
    bound += llvm::formatv(" + {0} max |x|", cut).str();
  } else {
    addOlder(sums);
  }
  layer->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  layer->setAttr(kBoundAttr, attributes.getDictionary(builder.getContext()));
  op.erase();
  return ConvResult{layer, bound};
}

std::optional<ConvResult>
mlir::snn::convertScanToConv(ScanOp op, const ConvOptions &options) {
  return Conversion(op, options).run();
}
