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
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace mlir::snn;

/// The values of a parameter of floats, as f64; empty for integers.
static SmallVector<double> getValues(const BoundaryTensor &tensor) {
  SmallVector<double> values;
  auto append = [&](const llvm::fltSemantics &semantics, unsigned width) {
    for (size_t at = 0; at < tensor.data.size(); at += width) {
      uint64_t bits = 0; // little-endian, as the file
      std::memcpy(&bits, tensor.data.data() + at, width);
      APFloat value(semantics, APInt(8 * width, bits));
      bool losesInfo;
      value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                    &losesInfo);
      values.push_back(value.convertToDouble());
    }
  };
  if (tensor.type == SNN_F16)
    append(APFloat::IEEEhalf(), 2);
  else if (tensor.type == SNN_BF16)
    append(APFloat::BFloat(), 2);
  else if (tensor.type == SNN_F32)
    append(APFloat::IEEEsingle(), 4);
  else if (tensor.type == SNN_F64)
    append(APFloat::IEEEdouble(), 8);
  return values;
}

std::vector<ParamRange> mlir::snn::getParamRanges(func::FuncOp model) {
  std::vector<ParamRange> ranges;
  auto append = [&](Operation *op, Value operand, StringRef what,
                    bool isDecay) {
    auto argument = dyn_cast_if_present<BlockArgument>(operand);
    if (!argument || argument.getOwner() != &model.front())
      return;
    if (auto param = model.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                                        kParamAttr))
      ranges.push_back({param.str(), what.str(), isDecay, op->getLoc()});
  };
  auto appendThreshold = [&](auto op) {
    if (!op.getAllowNonpositiveThreshold())
      append(op, op.getThresholds(), "threshold", false);
  };
  model.walk([&](LIFOp op) {
    append(op, op.getDecays(), "decay", true);
    appendThreshold(op);
  });
  model.walk([&](LIOp op) { append(op, op.getDecays(), "decay", true); });
  model.walk([&](CubaLIFOp op) {
    append(op, op.getDecays(), "decay", true);
    append(op, op.getSynapseDecays(), "decay", true);
    appendThreshold(op);
  });
  return ranges;
}

static std::string toText(ArrayRef<int64_t> shape) {
  std::string text = "[";
  llvm::raw_string_ostream stream(text);
  llvm::interleaveComma(shape, stream);
  return text + "]";
}

/// The index of an element in row-major order, as text.
static std::string getIndex(size_t element, ArrayRef<int64_t> shape) {
  SmallVector<int64_t> index(shape.size());
  for (size_t dim = shape.size(); dim-- > 0; element /= shape[dim])
    index[dim] = element % shape[dim];
  return toText(index);
}

/// Embedded values are finite, and in the range of where they are used.
static LogicalResult checkValues(func::FuncOp model,
                                 const BoundaryTensor &tensor, StringRef file,
                                 ArrayRef<ParamRange> ranges) {
  SmallVector<double> values = getValues(tensor);
  for (auto [i, value] : llvm::enumerate(values))
    if (!std::isfinite(value))
      return model.emitOpError("expected finite values of parameter '")
             << tensor.name << "', but got " << value << " at "
             << getIndex(i, tensor.shape) << " in " << file;
  for (const ParamRange &range : ranges) {
    if (range.param != tensor.name)
      continue;
    for (double value : values)
      if (range.isDecay ? value < 0 || value > 1 : value <= 0)
        return mlir::emitError(range.loc)
               << "expected " << range.what << " '" << tensor.name << "' in "
               << (range.isDecay ? "[0, 1]" : "(0, inf)") << ", but got "
               << value << " in " << file;
  }
  return success();
}

ExitCode mlir::snn::readWeights(StringRef file,
                                std::optional<rt::TensorFile> &weights) {
  if (file.empty())
    return ExitCode::Ok;
  auto read = rt::readTensors(file.str());
  if (!read) {
    rt::Error error = read.takeError();
    llvm::WithColor::error(llvm::errs(), "snnc") << error.message << "\n";
    return ExitCode(int(error.code));
  }
  weights = std::move(*read);
  return ExitCode::Ok;
}

/// Binds one parameter.
static LogicalResult embedParam(func::FuncOp model, Type type,
                                const rt::TensorFile &weights, StringRef file,
                                ArrayRef<ParamRange> ranges,
                                BoundaryTensor &param) {
  const rt::NamedTensor *tensor = weights.find(param.name);
  if (!tensor) {
    InFlightDiagnostic error = model.emitOpError("expected parameter '")
                               << param.name << "' in " << file
                               << ", but got none of that name";
    Diagnostic &note = error.attachNote() << "the file has";
    for (const rt::NamedTensor &other : weights.tensors())
      note << " '" << other.name << "'";
    return failure();
  }
  std::vector<int64_t> shape(tensor->shape.dims().begin(),
                             tensor->shape.dims().end());
  if (int32_t(tensor->type) != int32_t(param.type) || shape != param.shape)
    return model.emitOpError("expected parameter '")
           << param.name << "' of shape " << toText(param.shape) << " and type "
           << cast<ShapedType>(type).getElementType() << ", but got shape "
           << toText(shape) << " and type " << rt::elementName(tensor->type)
           << " in " << file;
  param.data = ArrayRef<char>(tensor->data, tensor->shape.bytes());
  return checkValues(model, param, file, ranges);
}

LogicalResult mlir::snn::embedWeights(func::FuncOp model,
                                      const rt::TensorFile &weights,
                                      StringRef file,
                                      ArrayRef<ParamRange> ranges,
                                      ModelInterface &interface) {
  size_t next = 0;
  bool hasFailed = false;
  for (BlockArgument argument : model.getArguments())
    if (model.getArgAttr(argument.getArgNumber(), kParamAttr))
      hasFailed |= failed(embedParam(model, argument.getType(), weights, file,
                                     ranges, interface.params[next++]));
  return failure(hasFailed);
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
