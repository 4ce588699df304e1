//===- Elementwise.cpp - One op on the elements of sequences --------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

static int64_t getRank(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type ? type.getRank() : 0;
}

Value mlir::snn::emitElementwise(
    ImplicitLocOpBuilder &builder, ArrayRef<Value> operands, Type element,
    function_ref<Value(ImplicitLocOpBuilder &, ValueRange)> body) {
  Value whole = *llvm::max_element(
      operands, [](Value a, Value b) { return getRank(a) < getRank(b); });
  int64_t rank = getRank(whole);
  AffineMap all = builder.getMultiDimIdentityMap(rank);
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  for (Value operand : operands)
    if (isa<RankedTensorType>(operand.getType())) {
      inputs.push_back(operand);
      maps.push_back(all.getMinorSubMap(getRank(operand)));
    }
  maps.push_back(all);
  Value out = tensor::EmptyOp::create(
      builder, tensor::getMixedSizes(builder, builder.getLoc(), whole),
      element);
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      builder, out.getType(), inputs, out, maps, loops,
      [&](OpBuilder &inner, Location loc, ValueRange args) {
        ImplicitLocOpBuilder at(loc, inner);
        SmallVector<Value> values;
        for (Value operand : operands) {
          bool isScalar = !isa<RankedTensorType>(operand.getType());
          values.push_back(isScalar ? operand : args.front());
          args = isScalar ? args : args.drop_front();
        }
        linalg::YieldOp::create(at, body(at, values));
      });
  return generic.getResult(0);
}
