//===- Weights.cpp - Parameters embedded from a file ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Model.h"
#include "Report.h"
#include "snn/IR/SNN.h"
#include "snn/Runtime/Runtime.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::snn;

/// The format of a parameter's elements; null for integers.
static const llvm::fltSemantics *getSemantics(snn_dtype type) {
  switch (type) {
  case SNN_F16:
    return &APFloat::IEEEhalf();
  case SNN_BF16:
    return &APFloat::BFloat();
  case SNN_F32:
    return &APFloat::IEEEsingle();
  case SNN_F64:
    return &APFloat::IEEEdouble();
  default:
    return nullptr;
  }
}

template <typename WordTy>
static WordTy getBits(ArrayRef<char> data, size_t element) {
  WordTy bits; // little-endian, as the file
  std::memcpy(&bits, data.data() + element * sizeof(WordTy), sizeof(WordTy));
  return bits;
}

/// The first element whose bits hold all of an infinity, if there is one.
template <typename WordTy>
static std::optional<size_t> findNonFinite(ArrayRef<char> data,
                                           uint64_t infinity) {
  for (size_t i = 0, size = data.size() / sizeof(WordTy); i != size; ++i)
    if ((getBits<WordTy>(data, i) & infinity) == infinity)
      return i;
  return std::nullopt;
}

static std::optional<size_t>
findNonFinite(ArrayRef<char> data, const llvm::fltSemantics &semantics) {
  uint64_t infinity =
      APFloat::getInf(semantics).bitcastToAPInt().getZExtValue();
  switch (APFloat::getSizeInBits(semantics)) {
  case 16:
    return findNonFinite<uint16_t>(data, infinity);
  case 32:
    return findNonFinite<uint32_t>(data, infinity);
  default:
    return findNonFinite<uint64_t>(data, infinity);
  }
}

/// Elements that have no bit of the exponent and some bit of the fraction.
template <typename WordTy>
static size_t countSubnormal(ArrayRef<char> data, uint64_t infinity) {
  size_t count = 0;
  for (size_t i = 0, size = data.size() / sizeof(WordTy); i != size; ++i) {
    WordTy bits = getBits<WordTy>(data, i);
    count += (bits & infinity) == 0 && WordTy(bits << 1) != 0;
  }
  return count;
}

size_t mlir::snn::countSubnormal(const BoundaryTensor &tensor) {
  const llvm::fltSemantics *semantics = getSemantics(tensor.type);
  if (!semantics)
    return 0;
  uint64_t infinity =
      APFloat::getInf(*semantics).bitcastToAPInt().getZExtValue();
  switch (APFloat::getSizeInBits(*semantics)) {
  case 16: // computed in f32, where they are not subnormal
    return 0;
  case 32:
    return ::countSubnormal<uint32_t>(tensor.data, infinity);
  default:
    return ::countSubnormal<uint64_t>(tensor.data, infinity);
  }
}

static double getValue(ArrayRef<char> data, const llvm::fltSemantics &semantics,
                       size_t element) {
  unsigned width = APFloat::getSizeInBits(semantics);
  uint64_t bits = width == 16   ? getBits<uint16_t>(data, element)
                  : width == 32 ? getBits<uint32_t>(data, element)
                                : getBits<uint64_t>(data, element);
  return APFloat(semantics, APInt(width, bits)).convertToDouble();
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
  const llvm::fltSemantics *semantics = getSemantics(tensor.type);
  if (!semantics)
    return success();
  if (std::optional<size_t> i = findNonFinite(tensor.data, *semantics))
    return model.emitOpError("expected finite values of parameter '")
           << tensor.name << "', but got "
           << getValue(tensor.data, *semantics, *i) << " at "
           << getIndex(*i, tensor.shape) << " in " << file;
  size_t size = tensor.data.size() * 8 / APFloat::getSizeInBits(*semantics);
  for (const ParamRange &range : ranges) {
    if (range.param != tensor.name)
      continue;
    for (size_t i = 0; i != size; ++i) {
      double value = getValue(tensor.data, *semantics, i);
      if (range.isDecay ? value < 0 || value > 1 : value <= 0)
        return mlir::emitError(range.loc)
               << "expected " << range.what << " '" << tensor.name << "' in "
               << (range.isDecay ? "[0, 1]" : "(0, inf)") << ", but got "
               << value << " in " << file;
    }
  }
  return success();
}

ExitCode mlir::snn::readWeights(StringRef file,
                                std::optional<rt::TensorFile> &weights) {
  if (file.empty())
    return ExitCode::Ok;
  auto read = rt::readTensors(file.str());
  if (!read)
    return report(read.takeError());
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

bool mlir::snn::areWeights(BlockArgument argument,
                           function_ref<bool(LinearOp)> accepts) {
  return !argument.use_empty() &&
         llvm::all_of(argument.getUses(), [&](OpOperand &use) {
           auto linear = dyn_cast<LinearOp>(use.getOwner());
           return linear && use.getOperandNumber() == 1 && accepts(linear);
         });
}

/// The transpose of an embedded value.
static std::vector<char> transpose(const BoundaryTensor &param) {
  int64_t rows = param.shape[0], columns = 1;
  for (int64_t size : ArrayRef(param.shape).drop_front())
    columns *= size;
  std::vector<char> result(param.data.size());
  snn_transpose(param.data.data(), result.data(), rows, columns,
                param.data.size() / (rows * columns));
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
    if (!areWeights(argument, [](LinearOp) { return true; }))
      continue;
    // A loader knows matrices only, not those of grouped delays.
    auto type = cast<RankedTensorType>(argument.getType());
    if (type.getRank() > 2 && param.data.empty())
      continue;
    param.isTransposed = type.getRank() == 2;
    if (!param.data.empty()) {
      interface.reordered.push_back(transpose(param));
      param.data = interface.reordered.back();
    }

    int64_t rows = type.getDimSize(0), columns = type.getNumElements() / rows;
    argument.setType(
        RankedTensorType::get({columns, rows}, type.getElementType()));
    Value empty = tensor::EmptyOp::create(
        builder, model.getLoc(), {rows, columns}, type.getElementType());
    auto transposed = linalg::TransposeOp::create(
        builder, model.getLoc(), argument, empty, ArrayRef<int64_t>{1, 0});
    Value back = transposed->getResult(0);
    if (type.getRank() > 2) // grouped delays
      back = tensor::ExpandShapeOp::create(
          builder, model.getLoc(), type, back,
          ArrayRef<ReassociationIndices>{
              {0}, llvm::to_vector(llvm::seq<int64_t>(1, type.getRank()))});
    argument.replaceAllUsesExcept(back, transposed);
  }
  model.setFunctionType(builder.getFunctionType(
      model.front().getArgumentTypes(), model.getResultTypes()));
}
