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
  PatchRows(Conv2dOp op, Value images)
      : op(op), images(images), input(op.getInput().getType().getShape()),
        weight(op.getWeight().getType().getShape()),
        output(op.getOutput().getType().getShape()) {}

  void begin(Emit &emit) override { memory = getMemory(emit, images); }
  SmallVector<Value> findRow(Emit &emit, Value row, Value group) override;
  SmallVector<Value> findInput(Emit &emit, Value k) override;
  Value read(Emit &emit, ArrayRef<Value> row, ArrayRef<Value> input) override;
  SmallVector<Value> findOutput(Emit &emit, Value row, Value column) override {
    auto [image, i, j] = split(emit, row, output[3], output[4]);
    return {image, column, i, j};
  }

private:
  /// The digits of a number, of which the last two are below `middle` and
  /// `last`.
  static std::tuple<Value, Value, Value> split(Emit &emit, Value number,
                                               int64_t middle, int64_t last);

  Conv2dOp op;
  Value images, memory;
  ArrayRef<int64_t> input, weight, output; ///< shapes
};
} // namespace

std::tuple<Value, Value, Value> PatchRows::split(Emit &emit, Value number,
                                                 int64_t middle, int64_t last) {
  auto divide = [&](Value a, int64_t b) {
    return emit.createOrFold<arith::DivUIOp>(a, emit.index(b));
  };
  auto rest = [&](Value a, int64_t b) {
    return emit.createOrFold<arith::RemUIOp>(a, emit.index(b));
  };
  Value upper = divide(number, last);
  return {divide(upper, middle), rest(upper, middle), rest(number, last)};
}

/// Its image and first channel, and where the patch begins, which may be in the
/// padding.
SmallVector<Value> PatchRows::findRow(Emit &emit, Value row, Value group) {
  auto [image, i, j] = split(emit, row, output[3], output[4]);
  auto begin = [&](Value position, int64_t axis) {
    return emit.sub(emit.mul(position, emit.index(op.getStride()[axis])),
                    emit.index(op.getPadding()[axis]));
  };
  return {image, emit.mul(group, emit.index(weight[1])), begin(i, 0),
          begin(j, 1)};
}

SmallVector<Value> PatchRows::findInput(Emit &emit, Value k) {
  auto [channel, p, q] = split(emit, k, weight[2], weight[3]);
  return {channel, emit.mul(p, emit.index(op.getDilation()[0])),
          emit.mul(q, emit.index(op.getDilation()[1]))};
}

/// An element, or the zero of the padding.
Value PatchRows::read(Emit &emit, ArrayRef<Value> row, ArrayRef<Value> tap) {
  Value channel = emit.add(row[1], tap[0]), isInside;
  SmallVector<Value> place = {row[0], channel};
  for (int64_t axis : {0, 1}) {
    Value at = emit.add(row[2 + axis], tap[1 + axis]);
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
        op, "expected weights of whole bytes, outside of loops of a length "
            "that is data");
  Emit emit(op.getLoc(), rewriter);
  Value images = emit.collapse(op.getInput(), 0, 2);
  Product product;
  product.name = getKernelName(op, "conv2d");
  product.type = getAccumulatorType(weight.getElementType());
  product.isSpikes = op.getInput().getType().getElementType().isInteger(1);
  product.numGroups = op.getGroups();
  product.numOutputs = weight.getDimSize(0) / product.numGroups;
  product.numInputs = weight.getNumElements() / weight.getDimSize(0);
  product.numRows = emit.mul(
      emit.dim(images, 0), emit.index(type.getDimSize(3) * type.getDimSize(4)));
  product.weight = emit.collapse(op.getWeight(), 1, 4);
  product.bias = op.getBias();
  product.isRowMinor = true;
  SmallVector<OpFoldResult> leading =
      tensor::getMixedSizes(emit, emit.getLoc(), op.getInput());
  leading.resize(2);
  SmallVector<OpFoldResult> shape = {getAsOpFoldResult(emit.dim(images, 0))};
  for (int64_t dim : {2, 3, 4})
    shape.push_back(emit.getIndexAttr(type.getDimSize(dim)));
  PatchRows rows(op, images);
  Value out = emitProduct(emit, product, rows,
                          emit.empty(shape, type.getElementType()));
  rewriter.replaceOp(op, emit.castTo(emit.expand(out, 0, leading), type));
  return success();
}

void mlir::snn::populateConvToGPUPatterns(RewritePatternSet &patterns) {
  patterns.add(convertConv2d);
}
