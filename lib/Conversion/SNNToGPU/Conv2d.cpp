//===- Conv2d.cpp - 2-d convolutions as kernels ---------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A convolution is a product whose rows are the patches of output positions,
// read where they are. Pools are reductions that linalg has.
//
//===----------------------------------------------------------------------===//

#include "Product.h"

using namespace mlir;
using namespace mlir::snn;

namespace {
/// Row (tb, i, j): the patch of output position (i, j) in canonical order
/// (c, p, q).
class PatchRows : public ProductRows {
public:
  PatchRows(Conv2dOp op, ArrayRef<Value> sizes)
      : op(op), sizes(sizes), input(op.getInput().getType().getShape()),
        weight(op.getWeight().getType().getShape()),
        output(op.getOutput().getType().getShape()) {}

  void begin(Emit &emit) override { memory = getMemory(emit, op.getInput()); }
  SmallVector<Value> findRow(Emit &emit, Value row, Value group) override;
  SmallVector<Value> findInput(Emit &emit, Value k) override;
  Value read(Emit &emit, ArrayRef<Value> row, ArrayRef<Value> input) override;
  SmallVector<Value> findOutput(Emit &emit, Value row, Value column) override {
    SmallVector<Value> place = splitIndex(emit, row, sizes);
    place.insert(place.begin() + 2, column);
    return place;
  }

private:
  Conv2dOp op;
  Value memory;
  ArrayRef<Value> sizes; ///< of the dimensions of a row's number
  ArrayRef<int64_t> input, weight, output; ///< shapes
};
} // namespace

/// Its image, first channel, and where the patch begins, which may be in the
/// padding.
SmallVector<Value> PatchRows::findRow(Emit &emit, Value row, Value group) {
  SmallVector<Value> at = splitIndex(emit, row, sizes);
  auto begin = [&](Value position, int64_t axis) {
    return emit.sub(emit.mul(position, emit.index(op.getStride()[axis])),
                    emit.index(op.getPadding()[axis]));
  };
  return {at[0], at[1], emit.mul(group, emit.index(weight[1])), begin(at[2], 0),
          begin(at[3], 1)};
}

SmallVector<Value> PatchRows::findInput(Emit &emit, Value k) {
  SmallVector<Value> at = splitIndex(
      emit, k,
      {emit.index(weight[1]), emit.index(weight[2]), emit.index(weight[3])});
  return {at[0], emit.mul(at[1], emit.index(op.getDilation()[0])),
          emit.mul(at[2], emit.index(op.getDilation()[1]))};
}

/// An element, or the zero of the padding.
Value PatchRows::read(Emit &emit, ArrayRef<Value> row, ArrayRef<Value> tap) {
  Value channel = emit.add(row[2], tap[0]), isInside;
  SmallVector<Value> place = {row[0], row[1], channel};
  for (int64_t axis : {0, 1}) {
    Value at = emit.add(row[3 + axis], tap[1 + axis]);
    if (op.getPadding()[axis] > 0) {
      int64_t size = input[3 + axis];
      // A place before the first is a large number without a sign.
      Value here = arith::CmpIOp::create(emit, arith::CmpIPredicate::ult, at,
                                         emit.index(size));
      isInside = isInside ? arith::AndIOp::create(emit, isInside, here) : here;
      at = emit.max(emit.min(at, emit.index(size - 1)), emit.index(0));
    }
    place.push_back(at);
  }
  Value value = memref::LoadOp::create(emit, memory, place);
  if (!isInside)
    return value;
  return arith::SelectOp::create(emit, isInside, value,
                                 emit.zero(value.getType()));
}

/// conv2d -> kernels
static LogicalResult convertConv2d(Conv2dOp op, PatternRewriter &rewriter) {
  RankedTensorType weight = op.getWeight().getType();
  RankedTensorType type = op.getOutput().getType();
  ArrayRef<int64_t> image = op.getInput().getType().getShape().drop_front(2);
  if (!canMultiply(weight) || ShapedType::getNumElements(image) == 0 ||
      !isOnHost(op))
    return rewriter.notifyMatchFailure(
        op, "expected an image and weights, of 8 to 64 bits, outside of loops "
            "of a length that is data");
  Emit emit(op.getLoc(), rewriter);
  SmallVector<Value> sizes = {emit.dim(op.getInput(), 0),
                              emit.dim(op.getInput(), 1)};
  for (int64_t dim : {3, 4})
    sizes.push_back(emit.index(type.getDimSize(dim)));
  Product product;
  product.name = getKernelName(op, "conv2d");
  product.type = getAccumulatorType(weight.getElementType());
  product.isSpikes = op.getInput().getType().getElementType().isInteger(1);
  product.numGroups = op.getGroups();
  product.numOutputs = weight.getDimSize(0) / product.numGroups;
  product.numInputs = weight.getNumElements() / weight.getDimSize(0);
  product.numRows = emit.index(1);
  for (Value size : sizes)
    product.numRows = emit.mul(product.numRows, size);
  product.weight = emit.collapse(op.getWeight(), 1, 4);
  product.bias = op.getBias();
  product.isRowMinor = true;
  SmallVector<OpFoldResult> shape =
      tensor::getMixedSizes(emit, emit.getLoc(), op.getInput());
  for (int64_t dim : {2, 3, 4})
    shape[dim] = emit.getIndexAttr(type.getDimSize(dim));
  PatchRows rows(op, sizes);
  Value out = emitProduct(emit, product, rows,
                          emit.empty(shape, type.getElementType()));
  rewriter.replaceOp(op, emit.castTo(out, type));
  return success();
}

void mlir::snn::populateConvToGPUPatterns(RewritePatternSet &patterns) {
  patterns.add(convertConv2d);
}
