//===- Control.cpp - Executes functions, calls, branches and loops --------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Interpreter.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::reference;

FailureOr<std::vector<TensorRef>>
Interpreter::call(func::FuncOp function, ArrayRef<TensorRef> arguments) {
  if (llvm::is_contained(calls, function))
    return function.emitOpError("expected a function that does not call "
                                "itself");
  if (!function.getBody().hasOneBlock())
    return function.emitOpError("expected a function of one block");
  if (function.getNumArguments() != arguments.size())
    return function.emitOpError("expected ")
           << function.getNumArguments() << " arguments, but got "
           << arguments.size();
  calls.push_back(function);
  for (auto [argument, tensor] :
       llvm::zip_equal(function.getArguments(), arguments))
    if (failed(set(function, argument, tensor)))
      return failure();
  if (failed(runBlock(function.front())))
    return failure();
  calls.pop_back();
  std::vector<TensorRef> results;
  for (Value value : function.front().getTerminator()->getOperands())
    results.push_back(get(value));
  return results;
}

LogicalResult Interpreter::runCall(func::CallOp op) {
  auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
      op, op.getCalleeAttr());
  if (!callee || callee.isExternal())
    return op.emitOpError("expected a function with a body, but got '")
           << op.getCallee() << "'";
  SmallVector<TensorRef> arguments;
  for (Value operand : op.getOperands())
    arguments.push_back(get(operand));
  FailureOr<std::vector<TensorRef>> results = call(callee, arguments);
  if (failed(results))
    return failure();
  for (auto [result, tensor] : llvm::zip_equal(op.getResults(), *results))
    if (failed(set(op, result, tensor)))
      return failure();
  return success();
}

LogicalResult Interpreter::run(scf::IfOp op) {
  Region &region =
      getInteger(op.getCondition()) ? op.getThenRegion() : op.getElseRegion();
  if (region.empty())
    return success();
  if (failed(runBlock(region.front())))
    return failure();
  for (auto [result, value] : llvm::zip_equal(
           op.getResults(), region.front().getTerminator()->getOperands()))
    if (failed(set(op, result, get(value))))
      return failure();
  return success();
}

LogicalResult Interpreter::run(scf::ForOp op) {
  int64_t begin = getInteger(op.getLowerBound());
  int64_t end = getInteger(op.getUpperBound()), step = getInteger(op.getStep());
  if (step <= 0)
    return op.emitOpError("expected a step > 0, but got ") << step;
  SmallVector<TensorRef> carried;
  for (Value value : op.getInitArgs())
    carried.push_back(get(value));
  for (int64_t i = begin; i < end;) {
    if (failed(set(op, op.getInductionVar(),
                   makeNumber(op.getInductionVar().getType(), toWord(i)))))
      return failure();
    for (auto [argument, tensor] :
         llvm::zip_equal(op.getRegionIterArgs(), carried))
      if (failed(set(op, argument, tensor)))
        return failure();
    if (failed(runBlock(*op.getBody())))
      return failure();
    carried.clear();
    for (Value value : op.getBody()->getTerminator()->getOperands())
      carried.push_back(get(value));
    if (llvm::AddOverflow(i, step, i))
      break;
  }
  for (auto [result, tensor] : llvm::zip_equal(op.getResults(), carried))
    if (failed(set(op, result, tensor)))
      return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

/// An argument in the chosen arithmetic; f64 takes floats of any type.
static FailureOr<TensorRef> toArgument(func::FuncOp model, unsigned index,
                                       const Tensor &tensor,
                                       Arithmetic arithmetic) {
  Type expected = getElementTypeOrSelf(model.getArgumentTypes()[index]);
  Type computed = getComputedType(expected, arithmetic);
  std::optional<Element> element = getElement(tensor.elementType);
  bool fits = element && (tensor.elementType == expected ||
                          tensor.elementType == computed);
  if (!fits)
    return model.emitOpError("expected argument ")
           << index << " to have elements of type " << expected << ", but got "
           << tensor.elementType;
  if (int64_t(tensor.data.size()) !=
      tensor.getNumElements() * element->getBytes())
    return model.emitOpError("expected argument ")
           << index << " to have "
           << tensor.getNumElements() * element->getBytes()
           << " bytes, but got " << tensor.data.size();
  if (tensor.elementType == computed)
    return std::make_shared<const Tensor>(tensor);
  return std::make_shared<const Tensor>(
      encode(decode<double>(tensor), computed, tensor.shape));
}

FailureOr<std::vector<Tensor>> reference::run(func::FuncOp model,
                                              ArrayRef<Tensor> arguments,
                                              const Options &options) {
  if (model.isExternal())
    return model.emitOpError("expected a function with a body");
  if (arguments.size() != model.getNumArguments())
    return model.emitOpError("expected ")
           << model.getNumArguments() << " arguments, but got "
           << arguments.size();
  SmallVector<TensorRef> values;
  for (auto [i, tensor] : llvm::enumerate(arguments)) {
    FailureOr<TensorRef> value =
        toArgument(model, i, tensor, options.arithmetic);
    if (failed(value))
      return failure();
    values.push_back(*value);
  }
  FailureOr<std::vector<TensorRef>> results =
      Interpreter(options).call(model, values);
  if (failed(results))
    return failure();
  std::vector<Tensor> tensors;
  for (const TensorRef &result : *results)
    tensors.push_back(*result);
  return tensors;
}
