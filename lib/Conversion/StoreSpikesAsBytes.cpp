//===- StoreSpikesAsBytes.cpp - Give spikes in memory one byte each ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::snn {
#define GEN_PASS_DEF_STORESPIKESASBYTESPASS
#include "snn/Conversion/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

/// tensor<... x i1> -> tensor<... x i8>, and memrefs likewise; other types as
/// they are.
static Type toBytes(Type type) {
  if (auto memref = dyn_cast<MemRefType>(type);
      memref && memref.getElementType().isInteger(1))
    return MemRefType::Builder(memref).setElementType(
        IntegerType::get(type.getContext(), 8));
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.getElementType().isInteger(1))
    return type;
  return RankedTensorType::get(tensor.getShape(),
                               IntegerType::get(type.getContext(), 8),
                               tensor.getEncoding());
}

/// i1, or a vector of it, with another width.
static Type withWidth(Type type, unsigned width) {
  Type element = IntegerType::get(type.getContext(), width);
  if (auto vector = dyn_cast<VectorType>(type))
    return VectorType::get(vector.getShape(), element);
  return element;
}

/// Turns a byte (or a vector of them), which `value` has become, back into i1
/// for its users.
static void readAsBit(Value value, OpBuilder &builder) {
  Type bytes = withWidth(value.getType(), 8);
  value.setType(bytes);
  Value zero = arith::ConstantOp::create(
      builder, value.getLoc(), cast<TypedAttr>(builder.getZeroAttr(bytes)));
  auto bit = arith::CmpIOp::create(builder, value.getLoc(),
                                   arith::CmpIPredicate::ne, value, zero);
  value.replaceUsesWithIf(bit, [&](OpOperand &use) {
    return use.getOwner() != bit.getOperation();
  });
}

/// Lets `operand` be written as a byte.
static void writeAsByte(OpOperand &operand, OpBuilder &builder) {
  Value value = operand.get();
  operand.set(arith::ExtUIOp::create(builder, value.getLoc(),
                                     withWidth(value.getType(), 8), value));
}

static bool holdsBits(Type type) {
  return isa<IntegerType, VectorType>(type) &&
         getElementTypeOrSelf(type).isInteger(1);
}

/// The scalars of a structured op's region are bytes as its tensors are.
static void convertBody(linalg::LinalgOp op) {
  Block &body = op->getRegion(0).front();
  OpBuilder builder(op->getContext());
  for (auto [operand, argument] :
       llvm::zip(op->getOperands(), body.getArguments())) {
    Type element = getElementTypeOrSelf(operand.getType());
    if (!element.isInteger(8) || !argument.getType().isInteger(1))
      continue;
    builder.setInsertionPointToStart(&body);
    readAsBit(argument, builder);
  }
  Operation *yield = body.getTerminator();
  builder.setInsertionPoint(yield);
  for (auto [init, operand] :
       llvm::zip(op.getDpsInits(), yield->getOpOperands()))
    if (operand.get().getType().isInteger(1) &&
        getElementTypeOrSelf(init.getType()).isInteger(8))
      writeAsByte(operand, builder);
}

/// A constant of spikes as bytes.
static Attribute toByteConstant(DenseElementsAttr bits) {
  SmallVector<int8_t> bytes;
  for (bool bit : bits.getValues<bool>())
    bytes.push_back(bit);
  auto type = cast<RankedTensorType>(toBytes(bits.getType()));
  if (bits.isSplat())
    return DenseElementsAttr::get(type, bytes.front());
  return DenseElementsAttr::get(type, ArrayRef<int8_t>(bytes));
}

/// Converts what goes between scalars or vectors and the tensors of an op whose
/// tensor types have been converted.
static void convertAccess(Operation *op) {
  OpBuilder builder(op);
  if (auto fill = dyn_cast<linalg::FillOp>(op)) {
    if (getElementTypeOrSelf(fill.getOutputs()[0].getType()).isInteger(8) &&
        fill.getInputs()[0].getType().isInteger(1)) {
      writeAsByte(op->getOpOperand(0), builder);
      for (BlockArgument argument : fill->getRegion(0).getArguments())
        argument.setType(builder.getI8Type());
    }
    return;
  }
  if (isa<linalg::LinalgOp>(op) && op->getNumRegions() == 1)
    convertBody(cast<linalg::LinalgOp>(op));
  if (isa<tensor::YieldOp>(op) && // of tensor.generate or tensor.pad
      getElementTypeOrSelf(op->getParentOp()->getResult(0)).isInteger(8) &&
      holdsBits(op->getOperand(0).getType()))
    writeAsByte(op->getOpOperand(0), builder);
  if (isa<tensor::ExtractOp, vector::TransferReadOp, memref::LoadOp,
          vector::LoadOp>(op) &&
      holdsBits(op->getResult(0).getType())) {
    builder.setInsertionPointAfter(op);
    readAsBit(op->getResult(0), builder);
  }
  bool writes = isa<tensor::InsertOp, vector::TransferWriteOp, tensor::SplatOp,
                    tensor::FromElementsOp, vector::TransferReadOp,
                    memref::StoreOp, vector::StoreOp>(op);
  builder.setInsertionPoint(op);
  for (OpOperand &operand : op->getOpOperands())
    if (writes && holdsBits(operand.get().getType()) &&
        // A mask is not written.
        !(isa<VectorType>(operand.get().getType()) &&
          operand.getOperandNumber() > 0))
      writeAsByte(operand, builder);
}

namespace {
struct StoreSpikesAsBytes
    : snn::impl::StoreSpikesAsBytesPassBase<StoreSpikesAsBytes> {
  void runOnOperation() override {
    if (failed(checkLowered()))
      return signalPassFailure();
    SmallVector<Operation *> accesses;
    getOperation()->walk([&](Operation *op) {
      convertTypes(op);
      accesses.push_back(op);
    });
    for (Operation *op : accesses)
      convertAccess(op);
  }

  /// Only ops whose bodies and accesses are known may touch spikes.
  LogicalResult checkLowered() {
    WalkResult result = getOperation()->walk([&](Operation *op) -> WalkResult {
      if (isa<SNNDialect>(op->getDialect()) ||
          (OpTrait::hasElementwiseMappableTraits(op) &&
           llvm::any_of(op->getOperandTypes(), llvm::IsaPred<TensorType>)))
        return op->emitOpError("expected snn and elementwise ops on tensors to "
                               "have been lowered");
      auto constant = dyn_cast<arith::ConstantOp>(op);
      if (constant && toBytes(constant.getType()) != constant.getType() &&
          !isa<DenseElementsAttr>(constant.getValue()))
        return op->emitOpError("expected a dense constant of spikes, but got a "
                               "resource");
      return WalkResult::advance();
    });
    return failure(result.wasInterrupted());
  }

  void convertTypes(Operation *op) {
    if (auto function = dyn_cast<FunctionOpInterface>(op)) {
      auto convert = [](TypeRange types) {
        return llvm::map_to_vector(types, toBytes);
      };
      function.setFunctionTypeAttr(TypeAttr::get(
          function.cloneTypeWith(convert(function.getArgumentTypes()),
                                 convert(function.getResultTypes()))));
    }
    if (auto constant = dyn_cast<arith::ConstantOp>(op))
      if (toBytes(constant.getType()) != constant.getType())
        constant.setValueAttr(cast<TypedAttr>(
            toByteConstant(cast<DenseElementsAttr>(constant.getValue()))));
    for (Value result : op->getResults())
      result.setType(toBytes(result.getType()));
    for (Region &region : op->getRegions())
      for (Block &block : region)
        for (BlockArgument argument : block.getArguments())
          argument.setType(toBytes(argument.getType()));
  }
};
} // namespace
