//===- Library.cpp - Products by a library --------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The host asks the runtime, which tells whether it has queued the product; if
// not, it launches the kernels:
//
//   if snn_cuda_matmul(...) == 0
//     kernels
//
//===----------------------------------------------------------------------===//

#include "Product.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace mlir::snn;

static constexpr llvm::StringLiteral kMatmul = "snn_cuda_matmul";

/// Whether the host knows where the tensor is: constants are in the code of
/// kernels.
static bool hasAddress(Value tensor) {
  while (Operation *op = tensor.getDefiningOp()) {
    if (isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp, tensor::CastOp,
            tensor::ExtractSliceOp, linalg::TransposeOp>(op))
      tensor = op->getOperand(0);
    else
      return !isa<arith::ConstantOp, arith::SelectOp>(op);
  }
  return true;
}

bool mlir::snn::mayCallLibrary(LinearOp op) {
  auto bound = op->getAttrOfType<DictionaryAttr>(kBoundAttr);
  auto kind = bound ? bound.getAs<StringAttr>("kind") : StringAttr();
  bool areSingle = true;
  for (Value value : op->getOperands())
    areSingle &= getElementTypeOrSelf(value).isF32() && hasAddress(value);
  return kind && kind.getValue() == "sum" && areSingle &&
         op.getOutput().getType().getElementType().isF32();
}

namespace {
/// Rows in memory as a library reads them.
struct Rows {
  Value address, stride; ///< between rows; 0 if they are not evenly spaced
};
} // namespace

/// The rows of memory whose first `leading` dimensions count them.
static Rows findRows(Emit &emit, Value memory, int64_t leading) {
  Value address = memref::ExtractAlignedPointerAsIndexOp::create(emit, memory);
  auto metadata = memref::ExtractStridedMetadataOp::create(emit, memory);
  auto sizes = metadata.getSizes(), strides = metadata.getStrides();
  address = emit.add(address, emit.mul(metadata.getOffset(), emit.index(4)));
  auto differ = [&](Value a, Value b) -> Value {
    return arith::XOrIOp::create(emit, a, b);
  };
  Value wrong = differ(strides.back(), emit.index(1));
  for (int64_t dim = 0; dim + 1 < leading; ++dim)
    wrong = arith::OrIOp::create(
        emit, wrong,
        differ(strides[dim], emit.mul(sizes[dim + 1], strides[dim + 1])));
  Value isEven = arith::CmpIOp::create(emit, arith::CmpIPredicate::eq, wrong,
                                       emit.index(0));
  Value stride = leading ? strides[leading - 1] : emit.index(1);
  return {address,
          arith::SelectOp::create(emit, isEven, stride, emit.index(0))};
}

static void declareMatmul(Emit &emit, int64_t numArguments) {
  auto module = emit.getBlock()->getParentOp()->getParentOfType<ModuleOp>();
  if (module.lookupSymbol(kMatmul))
    return;
  OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
  Type index = builder.getIndexType();
  func::FuncOp::create(
      builder, module.getLoc(), kMatmul,
      builder.getFunctionType(SmallVector<Type>(numArguments, index), index))
      .setPrivate();
}

/// Whether the runtime has queued the product into `out`.
static Value callMatmul(Emit &emit, const Product &product, Value input,
                        int64_t leading, Value out) {
  Rows x = findRows(emit, getMemory(emit, input), leading);
  Rows w = findRows(emit, getMemory(emit, product.weight), 1);
  Rows y = findRows(emit, out, leading);
  Value bias = emit.index(0);
  if (product.bias)
    bias = findRows(emit, getMemory(emit, product.bias), 0).address;
  SmallVector<Value> arguments = {x.address,
                                  w.address,
                                  bias,
                                  y.address,
                                  product.numRows,
                                  emit.index(product.numInputs),
                                  emit.index(product.numOutputs),
                                  x.stride,
                                  w.stride,
                                  y.stride,
                                  emit.index(product.isInputMajor)};
  declareMatmul(emit, arguments.size());
  auto call =
      func::CallOp::create(emit, kMatmul, emit.getIndexType(), arguments);
  return arith::CmpIOp::create(emit, arith::CmpIPredicate::eq,
                               call.getResult(0), emit.index(0));
}

Value mlir::snn::emitLibraryProduct(Emit &emit, const Product &product,
                                    ProductRows &rows, Value input,
                                    int64_t leading, Value out) {
  return emitOnHost(
      emit, product.name + "_library", out, [&](Emit &host, Value memory) {
        Value isLeft = callMatmul(host, product, input, leading, memory);
        emitWhere(host, isLeft, [&](Emit &inner) {
          emitProduct(inner, product, rows, memory);
        });
      });
}
