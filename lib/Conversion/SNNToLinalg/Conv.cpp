//===- Conv.cpp - 2-d convolutions and pools ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Emit.h"

using namespace mlir;
using namespace mlir::snn;

/// T x B x C x H x W with `padding` zeros around H and W.
static Value pad(Emit &emit, Value input, ArrayRef<int64_t> padding) {
  if (padding[0] == 0 && padding[1] == 0)
    return input;
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(emit, emit.getLoc(), input);
  SmallVector<OpFoldResult> shape = sizes, offsets(5, emit.getIndexAttr(0)),
                            strides(5, emit.getIndexAttr(1));
  RankedTensorType type = getType(input);
  for (int64_t axis : {0, 1}) {
    shape[3 + axis] =
        emit.getIndexAttr(type.getDimSize(3 + axis) + 2 * padding[axis]);
    offsets[3 + axis] = emit.getIndexAttr(padding[axis]);
  }
  Value zeros = emit.zeros(shape, type.getElementType());
  return tensor::InsertSliceOp::create(emit, input, zeros, offsets, sizes,
                                       strides);
}

//===----------------------------------------------------------------------===//
// snn.conv2d
//===----------------------------------------------------------------------===//

/// Channels `[first, first + count)` of dimension `dim`.
static Value sliceDim(Emit &emit, Value tensor, int64_t dim, int64_t first,
                      int64_t count) {
  RankedTensorType type = getType(tensor);
  if (count == type.getDimSize(dim))
    return tensor;
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(emit, emit.getLoc(), tensor);
  SmallVector<OpFoldResult> offsets(sizes.size(), emit.getIndexAttr(0)),
      strides(sizes.size(), emit.getIndexAttr(1));
  sizes[dim] = emit.getIndexAttr(count);
  offsets[dim] = emit.getIndexAttr(first);
  return tensor::ExtractSliceOp::create(emit, tensor, offsets, sizes, strides);
}

/// The inputs of every output position as a row in canonical order (c, p, q):
/// T x B x OH x OW x C x KH x KW.
static Value gatherPatches(Emit &emit, Conv2dOp op, Value input, int64_t height,
                           int64_t width) {
  RankedTensorType weight = op.getWeight().getType();
  AffineExpr t, b, i, j, c, p, q;
  bindDims(emit.getContext(), t, b, i, j, c, p, q);
  auto source =
      AffineMap::get(7, 0,
                     {t, b, c, i * op.getStride()[0] + p * op.getDilation()[0],
                      j * op.getStride()[1] + q * op.getDilation()[1]},
                     emit.getContext());
  SmallVector<OpFoldResult> shape = {
      tensor::getMixedSize(emit, emit.getLoc(), input, 0),
      tensor::getMixedSize(emit, emit.getLoc(), input, 1),
      emit.getIndexAttr(height), emit.getIndexAttr(width)};
  for (int64_t dim : {1, 2, 3})
    shape.push_back(emit.getIndexAttr(weight.getDimSize(dim)));
  Value out = emit.empty(shape, getType(input).getElementType());
  // The window sizes are loops that only the output bounds.
  SmallVector<utils::IteratorType> loops(7, utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             emit, out.getType(), input, out,
             ArrayRef{source, emit.getMultiDimIdentityMap(7)}, loops,
             [](OpBuilder &builder, Location loc, ValueRange args) {
               linalg::YieldOp::create(builder, loc, args[0]);
             })
      .getResult(0);
}

/// conv2d(x, w) -> transpose(linear(patches of x, w)), group by group
static LogicalResult convertConv2d(Conv2dOp op, PatternRewriter &rewriter) {
  Emit emit(op.getLoc(), rewriter);
  RankedTensorType type = op.getOutput().getType();
  int64_t groups = op.getGroups();
  int64_t channels = op.getWeight().getType().getDimSize(1);
  int64_t outputs = type.getDimSize(2) / groups;
  int64_t height = type.getDimSize(3), width = type.getDimSize(4);
  Value input = pad(emit, op.getInput(), op.getPadding());
  SmallVector<OpFoldResult> shape =
      tensor::getMixedSizes(emit, emit.getLoc(), op.getInput());
  for (int64_t dim : {2, 3, 4})
    shape[dim] = emit.getIndexAttr(type.getDimSize(dim));
  Value result = emit.empty(shape, type.getElementType());
  for (int64_t g = 0; g < groups; ++g) {
    Value patches = gatherPatches(
        emit, op, sliceDim(emit, input, 2, g * channels, channels), height,
        width);
    Value weight = sliceDim(emit, op.getWeight(), 0, g * outputs, outputs);
    Value bias = op.getBias()
                     ? sliceDim(emit, op.getBias(), 0, g * outputs, outputs)
                     : Value();
    Value rows = LinearOp::create(emit, patches, weight, bias);
    SmallVector<OpFoldResult> part = shape;
    part[2] = emit.getIndexAttr(outputs);
    Value channelsFirst =
        linalg::TransposeOp::create(emit, rows,
                                    emit.empty(part, type.getElementType()),
                                    ArrayRef<int64_t>{0, 1, 4, 2, 3})
            ->getResult(0);
    if (groups == 1) {
      result = channelsFirst;
      break;
    }
    SmallVector<OpFoldResult> offsets(5, emit.getIndexAttr(0)),
        strides(5, emit.getIndexAttr(1));
    offsets[2] = emit.getIndexAttr(g * outputs);
    result = tensor::InsertSliceOp::create(emit, channelsFirst, result, offsets,
                                           part, strides);
  }
  result = emit.castTo(result, type);
  rewriter.replaceOp(op, result);
  return success();
}

//===----------------------------------------------------------------------===//
// Pools
//===----------------------------------------------------------------------===//

/// A value as an element of a sum.
static Value toSum(Emit &emit, Value value, Type sum) {
  Type type = value.getType();
  if (type == sum)
    return value;
  if (type.isInteger(1))
    return isa<FloatType>(sum)
               ? Value(arith::UIToFPOp::create(emit, sum, value))
               : Value(arith::ExtUIOp::create(emit, sum, value));
  return arith::ExtFOp::create(emit, sum, value);
}

/// The scaled sum of every window, in row-major order.
template <typename PoolOp>
static LogicalResult convertPool(PoolOp op, PatternRewriter &rewriter,
                                 double divisor) {
  Emit emit(op.getLoc(), rewriter);
  RankedTensorType type = op.getOutput().getType();
  Type element = type.getElementType();
  Type sum = isa<FloatType>(element) ? getAccumulatorType(element) : element;
  ArrayRef<int64_t> kernel = op.getKernel();
  ArrayRef<int64_t> stride = op.getStride() ? *op.getStride() : kernel;
  Value input = pad(emit, op.getInput(), op.getPadding());

  AffineExpr t, b, c, i, j, p, q;
  bindDims(emit.getContext(), t, b, c, i, j, p, q);
  MLIRContext *context = emit.getContext();
  auto source = AffineMap::get(
      7, 0, {t, b, c, i * stride[0] + p, j * stride[1] + q}, context);
  auto window = AffineMap::get(7, 0, {p, q}, context);
  auto target = AffineMap::get(7, 0, {t, b, c, i, j}, context);
  SmallVector<utils::IteratorType> loops(7, utils::IteratorType::parallel);
  loops[5] = loops[6] = utils::IteratorType::reduction;
  SmallVector<OpFoldResult> shape =
      tensor::getMixedSizes(emit, emit.getLoc(), op.getInput());
  for (int64_t dim : {3, 4})
    shape[dim] = emit.getIndexAttr(type.getDimSize(dim));
  // An unread tensor gives the window's loops their bounds.
  Value bounds = emit.empty(
      {emit.getIndexAttr(kernel[0]), emit.getIndexAttr(kernel[1])}, sum);
  Value zeros = emit.zeros(shape, sum);
  Value sums = linalg::GenericOp::create(
                   emit, zeros.getType(), ValueRange{input, bounds}, zeros,
                   ArrayRef{source, window, target}, loops,
                   [&](OpBuilder &builder, Location loc, ValueRange args) {
                     Emit at(loc, builder);
                     Value value = toSum(at, args[0], sum);
                     Value next =
                         isa<FloatType>(sum)
                             ? Value(arith::AddFOp::create(at, args[2], value))
                             : Value(arith::AddIOp::create(at, args[2], value));
                     linalg::YieldOp::create(at, next);
                   })
                   .getResult(0);
  Value out = emit.empty(shape, element);
  auto identity = emit.getMultiDimIdentityMap(5);
  loops.resize(5);
  Value result =
      linalg::GenericOp::create(
          emit, out.getType(), sums, out, ArrayRef{identity, identity}, loops,
          [&](OpBuilder &builder, Location loc, ValueRange args) {
            Emit at(loc, builder);
            Value value = args[0];
            if (divisor != 1.0)
              value = arith::DivFOp::create(
                  at, value,
                  arith::ConstantOp::create(at, at.getFloatAttr(sum, divisor)));
            if (sum != element)
              value = arith::TruncFOp::create(at, element, value);
            linalg::YieldOp::create(at, value);
          })
          .getResult(0);
  result = emit.castTo(result, type);
  rewriter.replaceOp(op, result);
  return success();
}

static LogicalResult convertSumPool(SumPool2dOp op, PatternRewriter &rewriter) {
  return convertPool(op, rewriter, 1.0);
}

static LogicalResult convertAvgPool(AvgPool2dOp op, PatternRewriter &rewriter) {
  return convertPool(op, rewriter,
                     double(op.getKernel()[0]) * op.getKernel()[1]);
}

void snn::populateConvToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add(convertConv2d);
  patterns.add(convertSumPool);
  patterns.add(convertAvgPool);
}
