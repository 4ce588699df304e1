//===- Weights.cpp - Parameters embedded from a file ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Model.h"
#include "snn/IR/SNN.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::snn;

/// The values of a parameter of f32 or f64, as f64; empty for other types.
static SmallVector<double> getValues(const BoundaryTensor &tensor) {
  SmallVector<double> values;
  auto append = [&](auto zero) {
    for (size_t at = 0; at < tensor.data.size(); at += sizeof(zero)) {
      decltype(zero) value;
      std::memcpy(&value, tensor.data.data() + at, sizeof(value));
      values.push_back(value);
    }
  };
  if (tensor.type == SNN_F32)
    append(float());
  else if (tensor.type == SNN_F64)
    append(double());
  return values;
}

/// Whether a float of 16 bits is NaN or infinite: all exponent bits are set.
static bool hasNonFinite16(const BoundaryTensor &tensor) {
  uint16_t exponent = tensor.type == SNN_F16 ? 0x7C00 : 0x7F80;
  for (size_t at = 0; at < tensor.data.size(); at += 2) {
    uint16_t bits;
    std::memcpy(&bits, tensor.data.data() + at, sizeof(bits));
    if ((bits & exponent) == exponent)
      return true;
  }
  return false;
}

static bool isFinite(const BoundaryTensor &tensor) {
  if (tensor.type == SNN_F16 || tensor.type == SNN_BF16)
    return !hasNonFinite16(tensor);
  return llvm::all_of(getValues(tensor),
                      [](double value) { return std::isfinite(value); });
}

/// A parameter that is an op's decay must be in [0, 1], a threshold positive.
static LogicalResult checkUses(Value param, const BoundaryTensor &tensor) {
  SmallVector<double> values = getValues(tensor);
  auto check = [&](Operation *op, Value operand, StringRef what, auto isValid,
                   StringRef range) -> LogicalResult {
    if (operand != param)
      return success();
    for (double value : values)
      if (!isValid(value))
        return op->emitOpError("expected ")
               << what << " '" << tensor.name << "' in " << range
               << ", but got " << value;
    return success();
  };
  auto isDecay = [](double value) { return value >= 0 && value <= 1; };
  auto isThreshold = [](double value) { return value > 0; };
  for (Operation *user : param.getUsers()) {
    LogicalResult valid = success();
    if (auto lif = dyn_cast<LIFOp>(user)) {
      valid = check(user, lif.getDecays(), "decay", isDecay, "[0, 1]");
      if (succeeded(valid) && !lif.getAllowNonpositiveThreshold())
        valid = check(user, lif.getThresholds(), "threshold", isThreshold,
                      "(0, inf)");
    } else if (auto li = dyn_cast<LIOp>(user)) {
      valid = check(user, li.getDecays(), "decay", isDecay, "[0, 1]");
    } else if (auto cuba = dyn_cast<CubaLIFOp>(user)) {
      valid = check(user, cuba.getDecays(), "decay", isDecay, "[0, 1]");
      if (succeeded(valid))
        valid =
            check(user, cuba.getSynapseDecays(), "decay", isDecay, "[0, 1]");
      if (succeeded(valid) && !cuba.getAllowNonpositiveThreshold())
        valid = check(user, cuba.getThresholds(), "threshold", isThreshold,
                      "(0, inf)");
    }
    if (failed(valid))
      return failure();
  }
  return success();
}

static std::string toText(ArrayRef<int64_t> shape) {
  std::string text = "[";
  llvm::raw_string_ostream stream(text);
  llvm::interleaveComma(shape, stream);
  return text + "]";
}

LogicalResult mlir::snn::embedWeights(func::FuncOp model,
                                      const rt::SafeTensors &weights,
                                      StringRef file,
                                      ModelInterface &interface) {
  size_t next = 0;
  for (BlockArgument argument : model.getArguments()) {
    if (!model.getArgAttr(argument.getArgNumber(), kParamAttr))
      continue;
    BoundaryTensor &param = interface.params[next++];
    const rt::SafeTensor *tensor = weights.find(param.name);
    if (!tensor) {
      InFlightDiagnostic error = model.emitOpError("expected parameter '")
                                 << param.name << "' in " << file
                                 << ", but got none of that name";
      Diagnostic &note = error.attachNote() << "the file has";
      for (const rt::SafeTensor &other : weights.tensors())
        note << " '" << other.name << "'";
      return failure();
    }
    std::vector<int64_t> shape(tensor->shape.dims().begin(),
                               tensor->shape.dims().end());
    if (int32_t(tensor->type) != int32_t(param.type) || shape != param.shape)
      return model.emitOpError("expected parameter '")
             << param.name << "' of shape " << toText(param.shape)
             << " and type "
             << cast<ShapedType>(argument.getType()).getElementType()
             << ", but got shape " << toText(shape) << " and type "
             << rt::elementName(tensor->type) << " in " << file;
    param.data = ArrayRef<char>(weights.bytes(*tensor), tensor->shape.bytes());
    if (!isFinite(param))
      return model.emitOpError("expected finite values of parameter '")
             << param.name << "', but got NaN or infinity in " << file;
    if (failed(checkUses(argument, param)))
      return failure();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Layout
//===----------------------------------------------------------------------===//

static bool isMatrixOfLinearOps(BlockArgument argument) {
  auto type = dyn_cast<RankedTensorType>(argument.getType());
  return type && type.getRank() == 2 && !argument.use_empty() &&
         llvm::all_of(argument.getUses(), [](OpOperand &use) {
           auto linear = dyn_cast<LinearOp>(use.getOwner());
           return linear && use.get() == linear.getWeight() &&
                  use.getOperandNumber() == 1;
         });
}

/// The transpose of a dense row-major matrix of elements of `width` bytes.
static std::vector<char> transpose(ArrayRef<char> data, int64_t rows,
                                   int64_t columns, size_t width) {
  std::vector<char> result(data.size());
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column)
      std::memcpy(result.data() + (column * rows + row) * width,
                  data.data() + (row * columns + column) * width, width);
  return result;
}

void mlir::snn::transposeWeights(func::FuncOp model,
                                 ModelInterface &interface) {
  OpBuilder builder(model.getContext());
  builder.setInsertionPointToStart(&model.front());
  size_t next = 0;
  for (BlockArgument argument : model.getArguments()) {
    if (!model.getArgAttr(argument.getArgNumber(), kParamAttr))
      continue;
    BoundaryTensor &param = interface.params[next++];
    if (param.data.empty() || !isMatrixOfLinearOps(argument))
      continue;
    auto type = cast<RankedTensorType>(argument.getType());
    int64_t rows = type.getDimSize(0), columns = type.getDimSize(1);
    size_t width = param.data.size() / type.getNumElements();
    interface.reordered.push_back(transpose(param.data, rows, columns, width));
    param.data = interface.reordered.back();

    argument.setType(
        RankedTensorType::get({columns, rows}, type.getElementType()));
    Value empty = tensor::EmptyOp::create(
        builder, model.getLoc(), type.getShape(), type.getElementType());
    auto back = linalg::TransposeOp::create(builder, model.getLoc(), argument,
                                            empty, ArrayRef<int64_t>{1, 0});
    argument.replaceAllUsesExcept(back->getResult(0), back);
  }
  model.setFunctionType(builder.getFunctionType(
      model.front().getArgumentTypes(), model.getResultTypes()));
}
