//===- NarrowWeights.cpp - Embedded matrices in fewer bits ----------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The model itself changes, before anything is compiled, and with it the values
// of its parameters. What is compiled keeps every bit of the changed model.
//
//===----------------------------------------------------------------------===//

#include "Model.h"
#include "snn/Analysis/Report.h"
#include "snn/IR/SNN.h"
#include "snn/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

#include <cmath>
#include <cstring>

using namespace mlir;
using namespace mlir::snn;

static constexpr StringLiteral kBf16 = "bf16-weights", kInt8 = "int8-weights";

ArrayRef<StringLiteral> mlir::snn::getAllowedRewrites() {
  static constexpr StringLiteral names[] = {kBf16, kInt8};
  return names;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

static std::vector<float> getFloats(const rt::NamedTensor &tensor) {
  std::vector<float> values(tensor.shape.elements());
  std::memcpy(values.data(), tensor.data, tensor.shape.bytes());
  return values;
}

/// The values to the nearest, ties to even.
static std::vector<char> toBf16(ArrayRef<float> values) {
  std::vector<char> result(values.size() * sizeof(uint16_t));
  for (auto [i, value] : llvm::enumerate(values)) {
    APFloat number(value);
    bool isInexact;
    number.convert(APFloat::BFloat(), APFloat::rmNearestTiesToEven, &isInexact);
    uint16_t bits = number.bitcastToAPInt().getZExtValue();
    std::memcpy(result.data() + i * sizeof(bits), &bits, sizeof(bits));
  }
  return result;
}

/// The rows as integers in [-127, 127], each in units of its own.
static std::vector<char> toInt8(ArrayRef<float> values,
                                MutableArrayRef<float> units) {
  size_t columns = values.size() / units.size();
  std::vector<char> result;
  for (auto [row, unit] : llvm::enumerate(units)) {
    ArrayRef<float> weights = values.slice(row * columns, columns);
    float largest = 0;
    for (float weight : weights)
      largest = std::max(largest, std::fabs(weight));
    unit = largest / 127.0f;
    for (float weight : weights) {
      float number = unit == 0 ? 0 : std::nearbyint(weight / unit);
      // A subnormal unit is less exact than the others.
      result.push_back(int8_t(std::clamp(number, -127.0f, 127.0f)));
    }
  }
  return result;
}

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

namespace {
class Narrowing {
public:
  Narrowing(func::FuncOp model, ArrayRef<std::string> allowed,
            rt::TensorFile &weights)
      : model(model), weights(weights),
        allowsBf16(llvm::is_contained(allowed, kBf16)),
        allowsInt8(llvm::is_contained(allowed, kInt8)) {}

  ExitCode run();

private:
  StringRef getObstacle(LinearOp op);
  const rt::NamedTensor *find(BlockArgument argument);
  ExitCode fail(const rt::Error &error) {
    model.emitError(error.message);
    return ExitCode(int(error.code));
  }
  ExitCode setValues(BlockArgument argument, Type element,
                     ArrayRef<char> bytes);
  ExitCode useBf16(BlockArgument argument, const rt::NamedTensor &tensor);
  ExitCode useInt8(BlockArgument argument, const rt::NamedTensor &tensor);
  void scale(LinearOp op, BlockArgument argument, DenseElementsAttr units);
  ExitCode narrow(BlockArgument argument);

  func::FuncOp model;
  rt::TensorFile &weights;
  bool allowsBf16, allowsInt8;
};
} // namespace

/// Why the op keeps its weights; empty where it need not.
StringRef Narrowing::getObstacle(LinearOp op) {
  if (!op.getWeight().getType().getElementType().isF32())
    return "its weights are not f32";
  if (!op.getInput().getType().getElementType().isInteger(1))
    return "its input is not spikes";
  auto argument = dyn_cast<BlockArgument>(op.getWeight());
  if (!argument || argument.getOwner() != &model.front() ||
      !model.getArgAttr(argument.getArgNumber(), kParamAttr))
    return "its weights are not a parameter";
  bool meetsSpikesOnly = areWeights(argument, [](LinearOp other) {
    return other.getInput().getType().getElementType().isInteger(1);
  });
  return meetsSpikesOnly ? "" : "something else reads its weights";
}

/// The finite f32 values of a parameter; null where there are none, of which
/// the binding of the weights tells.
const rt::NamedTensor *Narrowing::find(BlockArgument argument) {
  auto name =
      model.getArgAttrOfType<StringAttr>(argument.getArgNumber(), kParamAttr);
  const rt::NamedTensor *tensor = weights.find(name.str());
  ArrayRef<int64_t> shape =
      cast<RankedTensorType>(argument.getType()).getShape();
  if (!tensor || tensor->type != rt::ElementType::F32 ||
      ArrayRef<int64_t>(tensor->shape.dims()) != shape)
    return nullptr;
  bool areFinite = llvm::all_of(
      getFloats(*tensor), [](float value) { return std::isfinite(value); });
  return areFinite ? tensor : nullptr;
}

ExitCode Narrowing::setValues(BlockArgument argument, Type element,
                              ArrayRef<char> bytes) {
  auto type = cast<RankedTensorType>(argument.getType());
  argument.setType(type.clone(element));
  auto name =
      model.getArgAttrOfType<StringAttr>(argument.getArgNumber(), kParamAttr);
  auto to = element.isBF16() ? rt::ElementType::BF16 : rt::ElementType::I8;
  auto shape = rt::CheckedShape::get(type.getShape().vec(), to);
  if (!shape)
    return fail(shape.takeError());
  auto buffer = rt::Buffer::allocate(bytes.size());
  if (!buffer)
    return fail(buffer.takeError());
  char *data = buffer->data();
  std::memcpy(data, bytes.data(), bytes.size());
  weights.replace({name.str(), to, *shape, data}, std::move(*buffer));
  return ExitCode::Ok;
}

ExitCode Narrowing::useBf16(BlockArgument argument,
                            const rt::NamedTensor &tensor) {
  Builder builder(model.getContext());
  if (ExitCode code =
          setValues(argument, builder.getBF16Type(), toBf16(getFloats(tensor)));
      code != ExitCode::Ok)
    return code;
  for (Operation *user : argument.getUsers()) {
    cast<LinearOp>(user).setWide(true);
    setReport(user, report::kClass, "C");
    appendReport(user, report::kDone,
                 "bf16-weights: rounded to bf16, summed in f32");
  }
  return ExitCode::Ok;
}

/// y = unit * number(sum) + bias as a neuron without states, which becomes part
/// of the one that reads it.
void Narrowing::scale(LinearOp op, BlockArgument argument,
                      DenseElementsAttr units) {
  ImplicitLocOpBuilder builder(op.getLoc(), op);
  auto sums = LinearOp::create(builder, op.getInput(), argument, Value());
  sums.setFormAttr(op.getFormAttr());
  sums->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  SmallVector<Value> params = {arith::ConstantOp::create(builder, units)};
  if (op.getBias())
    params.push_back(op.getBias());
  auto neuron = NeuronOp::create(builder, op.getOutput().getType(), TypeRange(),
                                 sums.getOutput(), params, ValueRange(),
                                 ValueRange(), Value(), false, ScheduleAttr());
  Block &step = neuron.getStep().emplaceBlock();
  Type f32 = builder.getF32Type();
  Value y = step.addArgument(builder.getI32Type(), op.getLoc());
  for (size_t i = 0; i != params.size(); ++i)
    step.addArgument(f32, op.getLoc());
  builder.setInsertionPointToStart(&step);
  y = arith::SIToFPOp::create(builder, f32, y);
  y = arith::MulFOp::create(builder, step.getArgument(1), y);
  if (op.getBias())
    y = arith::AddFOp::create(builder, y, step.getArgument(2));
  YieldOp::create(builder, y, ValueRange(), ValueRange());
  op.replaceAllUsesWith(neuron.getOutputs()[0]);
  op.erase();
  setReport(sums, report::kClass, "C");
  appendReport(sums, report::kDone,
               "int8-weights: 1/127 of the largest of each output is the unit "
               "of its weights, summed in i32");
}

ExitCode Narrowing::useInt8(BlockArgument argument,
                            const rt::NamedTensor &tensor) {
  Builder builder(model.getContext());
  std::vector<float> units(tensor.shape.dims()[0]);
  std::vector<char> values = toInt8(getFloats(tensor), units);
  SmallVector<LinearOp> users;
  for (Operation *user : argument.getUsers())
    users.push_back(cast<LinearOp>(user));
  if (ExitCode code = setValues(argument, builder.getI8Type(), values);
      code != ExitCode::Ok)
    return code;
  auto type =
      RankedTensorType::get({int64_t(units.size())}, builder.getF32Type());
  for (LinearOp user : users)
    scale(user, argument, DenseElementsAttr::get(type, ArrayRef<float>(units)));
  return ExitCode::Ok;
}

ExitCode Narrowing::narrow(BlockArgument argument) {
  SmallVector<LinearOp> users;
  bool areSequences = true;
  for (Operation *user : argument.getUsers()) {
    auto linear = dyn_cast<LinearOp>(user);
    if (!linear || !getObstacle(linear).empty())
      return ExitCode::Ok;
    users.push_back(linear);
    areSequences &= linear.getOutput().getType().getRank() == 3;
  }
  const rt::NamedTensor *tensor = find(argument);
  if (!tensor || users.empty())
    return ExitCode::Ok;
  // Units of other shapes are not those of a neuron.
  if (allowsInt8 && areSequences)
    return useInt8(argument, *tensor);
  if (allowsBf16)
    return useBf16(argument, *tensor);
  for (LinearOp op : users)
    appendReport(op, report::kDone, "f32 weights: its result is not T x B x N");
  return ExitCode::Ok;
}

ExitCode Narrowing::run() {
  nameRecordedLayers(model.front());
  PatternRewriter rewriter(model.getContext());
  SmallVector<LinearOp> ops;
  model.walk([&](LinearOp op) { ops.push_back(op); });
  for (LinearOp op : ops) {
    rewriter.setInsertionPoint(op);
    (void)LinearOp::canonicalize(op, rewriter); // spikes as numbers are spikes
  }
  for (LinearOp op : ops) {
    setReport(op, report::kOp, "linear");
    setReport(op, report::kClass, "A");
    if (StringRef obstacle = getObstacle(op); !obstacle.empty())
      appendReport(op, report::kDone, "f32 weights: " + obstacle);
  }
  for (BlockArgument argument : model.getArguments())
    if (model.getArgAttr(argument.getArgNumber(), kParamAttr))
      if (ExitCode code = narrow(argument); code != ExitCode::Ok)
        return code;
  model.setFunctionType(FunctionType::get(model.getContext(),
                                          model.front().getArgumentTypes(),
                                          model.getResultTypes()));
  return ExitCode::Ok;
}

ExitCode mlir::snn::narrowWeights(func::FuncOp model,
                                  ArrayRef<std::string> allowed,
                                  rt::TensorFile &weights) {
  // Synapses may be written in functions.
  PassManager pm(model.getContext());
  pm.addPass(createKeepSizesPass());
  pm.addPass(createInlinerPass());
  if (failed(pm.run(model->getParentOfType<ModuleOp>())))
    return ExitCode::UserError;
  return Narrowing(model, allowed, weights).run();
}
