//===- Interpreter.cpp - Executes ops on tensors --------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Interpreter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Index/IR/IndexOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::reference;

bool reference::advance(MutableArrayRef<int64_t> indices,
                        ArrayRef<int64_t> shape) {
  for (size_t dim = shape.size(); dim-- != 0;) {
    if (++indices[dim] < shape[dim])
      return true;
    indices[dim] = 0;
  }
  return false;
}

SmallVector<int64_t> reference::getStrides(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (size_t dim = shape.size(); dim-- > 1;)
    strides[dim - 1] = strides[dim] * shape[dim];
  return strides;
}

int64_t reference::getProduct(ArrayRef<int64_t> shape) {
  int64_t product = 1;
  for (int64_t size : shape)
    product *= size;
  return product;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

LogicalResult Interpreter::set(Operation *op, Value value, TensorRef tensor) {
  if (auto type = dyn_cast<RankedTensorType>(value.getType()))
    if (failed(verifyCompatibleShape(type.getShape(), tensor->shape)))
      return op->emitOpError("expected a tensor of type ")
             << type << ", but got shape [" << ArrayRef(tensor->shape) << "]";
  if (options.observe)
    options.observe(value, *tensor);
  values[value] = std::move(tensor);
  return success();
}

LogicalResult Interpreter::setResults(Operation *op,
                                      std::vector<Tensor> tensors) {
  for (auto [result, tensor] : llvm::zip_equal(op->getResults(), tensors))
    if (failed(set(op, result, std::move(tensor))))
      return failure();
  return success();
}

int64_t Interpreter::getInteger(Value value) const {
  return getNumber(*get(value)).i;
}

SmallVector<int64_t>
Interpreter::getIntegers(ArrayRef<OpFoldResult> values) const {
  return llvm::map_to_vector(values, [&](OpFoldResult value) {
    if (auto attribute = dyn_cast<Attribute>(value))
      return cast<IntegerAttr>(attribute).getInt();
    return getInteger(cast<Value>(value));
  });
}

Type Interpreter::getElementType(Value value) const {
  return getComputedType(getElementTypeOrSelf(value.getType()),
                         options.arithmetic);
}

LogicalResult Interpreter::checkSize(Operation *op, Type type,
                                     ArrayRef<int64_t> shape) const {
  std::optional<Element> element = getElement(type);
  if (!element)
    return op->emitOpError("expected numbers of f16, bf16, f32, f64, index or "
                           "at most 64 bits, but got ")
           << type;
  int64_t bytes = element->getBytes();
  for (int64_t size : shape) {
    if (size < 0)
      return op->emitOpError("expected sizes >= 0, but got ") << size;
    if (llvm::MulOverflow(bytes, size, bytes) || bytes >> 33)
      return op->emitOpError("expected a tensor of less than 8 GiB, but got "
                             "shape [")
             << shape << "]";
  }
  return success();
}

FailureOr<const Program *>
Interpreter::getProgram(Operation *op,
                        function_ref<LogicalResult(Program &)> compile) {
  auto [place, isNew] = programs.try_emplace(op);
  if (isNew) {
    auto program = std::make_unique<Program>(options.arithmetic);
    if (failed(compile(*program)))
      return failure();
    place->second = std::move(program);
  }
  return place->second.get();
}

FailureOr<const Program *> Interpreter::getProgram(Operation *op,
                                                   Block &block) {
  return getProgram(op, [&](Program &p) { return p.compile(block); });
}

LogicalResult Interpreter::bind(Operation *op, Frame &frame) const {
  for (auto [value, place] : frame.program.captures) {
    if (isa<ShapedType>(value.getType()) || !get(value))
      return op->emitOpError("expected numbers from outside of a region, but "
                             "got ")
             << value.getType();
    frame.registers[place] = getNumber(*get(value));
  }
  for (const TensorRead &read : frame.program.reads) {
    TensorRef tensor = get(read.tensor);
    if (!tensor)
      return op->emitOpError("expected tensors from outside of a region");
    frame.tensors.push_back(tensor.get());
  }
  return success();
}

bool Interpreter::isDouble(Type element) const {
  return element.isF64() || options.arithmetic == Arithmetic::F64;
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

LogicalResult Interpreter::runBlock(Block &block) {
  for (Operation &op : block.without_terminator())
    if (failed(runOp(op)))
      return failure();
  return success();
}

LogicalResult Interpreter::runOp(Operation &op) {
  for (Value result : op.getResults())
    if (auto type = dyn_cast<RankedTensorType>(result.getType())) {
      SmallVector<int64_t> shape(type.getShape());
      llvm::replace(shape, ShapedType::kDynamic, int64_t(1));
      if (failed(checkSize(&op, getElementType(result), shape)))
        return failure();
    }
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return runConstant(constant);
  if (auto constant = dyn_cast<index::ConstantOp>(op))
    return set(&op, constant.getResult(),
               makeNumber(constant.getType(),
                          toWord(constant.getValue().getSExtValue())));
  if (auto call = dyn_cast<func::CallOp>(op))
    return runCall(call);
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return run(branch);
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return run(loop);
  if (isa<SNNDialect>(op.getDialect()))
    return runSNN(op);
  if (isa<tensor::TensorDialect>(op.getDialect()))
    return runTensor(op);
  if (auto softmax = dyn_cast<linalg::SoftmaxOp>(op))
    return run(softmax);
  if (auto structured = dyn_cast<linalg::LinalgOp>(op))
    return run(structured);
  if (isa<arith::ArithDialect, math::MathDialect>(op.getDialect()))
    return runElementwise(op);
  return op.emitOpError("expected an op that the interpreter knows, but got "
                        "this one");
}

LogicalResult Interpreter::runSNN(Operation &op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(&op)
      .Case<NeuronOp, LIFOp, LIOp, CubaLIFOp, FireOp, RefractoryOp, SampleOp,
            PackOp, UnpackOp, ScanOp, TemporalConvOp, DelayOp, RecurrentOp,
            LinearOp, SparseLinearOp, Conv2dOp, SumPool2dOp, AvgPool2dOp>(
          [&](auto op) { return run(op); })
      .Default([](Operation *op) {
        return op->emitOpError("expected an op that the interpreter knows, but "
                               "got this one");
      });
}

LogicalResult Interpreter::runConstant(arith::ConstantOp op) {
  Type type = getElementType(op.getResult());
  std::optional<Element> element = getElement(type);
  if (auto number = dyn_cast<FloatAttr>(op.getValue()); number && element)
    return set(op, op.getResult(),
               makeNumber(type, roundTo(element->kind,
                                        number.getValue().convertToDouble())));
  if (auto number = dyn_cast<IntegerAttr>(op.getValue()); number && element)
    return set(op, op.getResult(),
               makeNumber(type, toWord(wrap(number.getValue().getSExtValue(),
                                            element->width))));
  auto dense = dyn_cast<DenseElementsAttr>(op.getValue());
  if (!dense || !element)
    return op.emitOpError("expected dense numbers, but got ") << op.getValue();
  Tensor tensor = makeTensor(type, dense.getType().getShape());
  StoreFn store = getStore(*element);
  char *data = tensor.data.data();
  auto append = [&](Word word) {
    store(data, word);
    data += element->getBytes();
  };
  if (element->isFloat())
    for (const APFloat &value : dense.getValues<APFloat>())
      append(roundTo(element->kind, value.convertToDouble()));
  else
    for (const APInt &value : dense.getValues<APInt>())
      append(toWord(wrap(value.getSExtValue(), element->width)));
  return set(op, op.getResult(), std::move(tensor));
}

/// An arithmetic op on numbers, or on each element of tensors of one shape;
/// numbers stand beside tensors.
LogicalResult Interpreter::runElementwise(Operation &op) {
  FailureOr<const Program *> program =
      getProgram(&op, [&](Program &p) { return p.compileElementwise(&op); });
  if (failed(program))
    return failure();
  Frame frame(**program);
  struct Operand {
    const char *data;
    LoadFn load;
    int64_t bytes;
  };
  SmallVector<Operand> operands;
  ArrayRef<int64_t> shape;
  bool isTensor = isa<ShapedType>(op.getResult(0).getType());
  for (Value value : op.getOperands()) {
    const Tensor &tensor = *get(value);
    Element element = *getElement(tensor.elementType);
    bool isBroadcast = isTensor && !isa<ShapedType>(value.getType());
    if (!isBroadcast && !operands.empty() && isTensor && !shape.empty() &&
        shape != ArrayRef(tensor.shape))
      return op.emitOpError("expected operands of one shape, but got [")
             << shape << "] and [" << ArrayRef(tensor.shape) << "]";
    if (!isBroadcast)
      shape = tensor.shape;
    operands.push_back({tensor.data.data(), getLoad(element),
                        isBroadcast ? 0 : element.getBytes()});
  }
  std::vector<Tensor> results;
  for (Value result : op.getResults())
    results.push_back(makeTensor(getElementType(result), shape));
  int64_t count = getProduct(shape);
  for (int64_t i = 0; i != count; ++i) {
    for (auto [operand, place] :
         llvm::zip_equal(operands, (*program)->arguments))
      frame.registers[place] = operand.load(operand.data + i * operand.bytes);
    if (failed(frame.run()))
      return failure();
    for (auto [result, place] : llvm::zip_equal(results, (*program)->results)) {
      Element element = *getElement(result.elementType);
      getStore(element)(result.data.data() + i * element.getBytes(),
                        frame.registers[place]);
    }
  }
  return setResults(&op, std::move(results));
}
