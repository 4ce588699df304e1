//===- Emit.cpp - Small builders shared by the conversions ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit.h"

using namespace mlir;
using namespace mlir::snn;

Value Emit::index(int64_t value) {
  return arith::ConstantIndexOp::create(*this, value);
}

Value Emit::dim(Value tensor, int64_t dim) {
  return createOrFold<tensor::DimOp>(tensor, dim);
}

Value Emit::add(Value a, Value b) { return createOrFold<arith::AddIOp>(a, b); }

Value Emit::sub(Value a, Value b) { return createOrFold<arith::SubIOp>(a, b); }

Value Emit::mul(Value a, Value b) { return createOrFold<arith::MulIOp>(a, b); }

Value Emit::min(Value a, Value b) { return createOrFold<arith::MinSIOp>(a, b); }

Value Emit::max(Value a, Value b) { return createOrFold<arith::MaxSIOp>(a, b); }

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

Value Emit::castTo(Value tensor, Type type) {
  if (tensor.getType() == type)
    return tensor;
  return tensor::CastOp::create(*this, type, tensor);
}

Value Emit::empty(ArrayRef<OpFoldResult> shape, Type element) {
  return tensor::EmptyOp::create(*this, shape, element);
}

Value Emit::zeros(ArrayRef<OpFoldResult> shape, Type element) {
  Value zero = arith::ConstantOp::create(*this, getZeroAttr(element));
  return linalg::FillOp::create(*this, zero, empty(shape, element))
      .getResult(0);
}

/// Offsets, sizes and strides of steps of a sequence.
static void getWindow(Emit &emit, Value sequence, OpFoldResult first,
                      OpFoldResult steps, SmallVector<OpFoldResult> &offsets,
                      SmallVector<OpFoldResult> &sizes,
                      SmallVector<OpFoldResult> &strides) {
  sizes = tensor::getMixedSizes(emit, emit.getLoc(), sequence);
  offsets.assign(sizes.size(), emit.getIndexAttr(0));
  strides.assign(sizes.size(), emit.getIndexAttr(1));
  offsets[0] = first;
  sizes[0] = steps;
}

Value Emit::slice(Value sequence, OpFoldResult first, OpFoldResult steps,
                  RankedTensorType type) {
  SmallVector<OpFoldResult> offsets, sizes, strides;
  getWindow(*this, sequence,
            getAsOpFoldResult(
                getValueOrCreateConstantIndexOp(*this, getLoc(), first)),
            steps, offsets, sizes, strides);
  if (!type)
    return tensor::ExtractSliceOp::create(*this, sequence, offsets, sizes,
                                          strides);
  Value result =
      tensor::ExtractSliceOp::create(*this, sequence, offsets, sizes, strides);
  if (result.getType() != type)
    result = tensor::CastOp::create(*this, type, result);
  return result;
}

Value Emit::insert(Value window, Value sequence, OpFoldResult first) {
  SmallVector<OpFoldResult> offsets, sizes, strides;
  getWindow(*this, sequence, first,
            tensor::getMixedSize(*this, getLoc(), window, 0), offsets, sizes,
            strides);
  return tensor::InsertSliceOp::create(*this, window, sequence, offsets, sizes,
                                       strides);
}

Value Emit::concatTime(Value first, Value second) {
  Value steps = dim(first, 0);
  SmallVector<OpFoldResult> shape =
      tensor::getMixedSizes(*this, getLoc(), second);
  shape[0] = getAsOpFoldResult(add(steps, dim(second, 0)));
  Type element = cast<ShapedType>(first.getType()).getElementType();
  Value both = insert(first, empty(shape, element), getIndexAttr(0));
  return insert(second, both, getAsOpFoldResult(steps));
}

/// Groups that merge dimensions `[from, to)` of `rank`.
static SmallVector<ReassociationIndices> getGroups(int64_t rank, int64_t from,
                                                   int64_t to) {
  SmallVector<ReassociationIndices> groups;
  for (int64_t dim = 0; dim < rank; ++dim) {
    if (dim <= from || dim >= to)
      groups.emplace_back();
    groups.back().push_back(dim);
  }
  return groups;
}

Value Emit::collapse(Value tensor, int64_t from, int64_t to) {
  if (to - from == 1)
    return tensor;
  int64_t rank = cast<RankedTensorType>(tensor.getType()).getRank();
  return tensor::CollapseShapeOp::create(*this, tensor,
                                         getGroups(rank, from, to));
}

Value Emit::expand(Value tensor, int64_t from, ArrayRef<OpFoldResult> sizes) {
  if (sizes.size() == 1)
    return tensor;
  auto type = cast<RankedTensorType>(tensor.getType());
  int64_t rank = type.getRank() - 1 + sizes.size();
  SmallVector<OpFoldResult> shape =
      tensor::getMixedSizes(*this, getLoc(), tensor);
  shape.erase(shape.begin() + from);
  shape.insert(shape.begin() + from, sizes.begin(), sizes.end());
  SmallVector<int64_t> staticShape;
  SmallVector<Value> dynamic;
  dispatchIndexOpFoldResults(shape, dynamic, staticShape);
  return tensor::ExpandShapeOp::create(
      *this, RankedTensorType::get(staticShape, type.getElementType()), tensor,
      getGroups(rank, from, from + sizes.size()), shape);
}

//===----------------------------------------------------------------------===//
// Vectors
//===----------------------------------------------------------------------===//

Value Emit::read(Value tensor, ValueRange indices, int64_t width) {
  Type element = cast<ShapedType>(tensor.getType()).getElementType();
  Value padding = arith::ConstantOp::create(*this, getZeroAttr(element));
  return vector::TransferReadOp::create(*this, VectorType::get(width, element),
                                        tensor, indices, padding,
                                        ArrayRef<bool>{true});
}

Value Emit::write(Value vector, Value tensor, ValueRange indices) {
  return vector::TransferWriteOp::create(*this, vector, tensor, indices,
                                         ArrayRef<bool>{true})
      .getResult();
}

Value Emit::splat(Value scalar, int64_t width) {
  return vector::BroadcastOp::create(
      *this, VectorType::get(width, scalar.getType()), scalar);
}

Value Emit::zero(Type type) {
  return arith::ConstantOp::create(*this, getZeroAttr(type));
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

SmallVector<Value> Emit::carry(Value from, Value to, Value step,
                               ArrayRef<Value> values, LoopBody body) {
  auto loop = scf::ForOp::create(
      *this, from, to, step, values,
      [&](OpBuilder &builder, Location loc, Value index, ValueRange carried) {
        Emit inner(loc, builder);
        SmallVector<Value> next(carried);
        body(inner, index, next);
        scf::YieldOp::create(inner, next);
      });
  return llvm::to_vector_of<Value>(loop.getResults());
}

SmallVector<Value> Emit::parallel(OpFoldResult count, ArrayRef<Value> values,
                                  ArrayRef<Cut> cuts, LoopBody body) {
  auto loop = scf::ForallOp::create(*this, count, values,
                                    /*mapping=*/std::nullopt);
  Emit inner(getLoc(), *this);
  inner.setInsertionPointToStart(loop.getBody());
  Value number = loop.getInductionVar(0);
  SmallVector<SmallVector<OpFoldResult>> offsets, sizes;
  SmallVector<OpFoldResult> strides;
  SmallVector<Value> pieces;
  for (auto [cut, whole] : llvm::zip(cuts, loop.getRegionIterArgs())) {
    sizes.push_back(tensor::getMixedSizes(inner, getLoc(), whole));
    offsets.emplace_back(sizes.back().size(), getIndexAttr(0));
    offsets.back()[cut.dim] = inner.mul(
        number, getValueOrCreateConstantIndexOp(inner, getLoc(), cut.size));
    sizes.back()[cut.dim] = cut.size;
    strides.assign(sizes.back().size(), getIndexAttr(1));
    pieces.push_back(tensor::ExtractSliceOp::create(
        inner, whole, offsets.back(), sizes.back(), strides));
  }
  body(inner, number, pieces);
  inner.setInsertionPointToStart(loop.getTerminator().getBody());
  for (size_t i = 0; i < pieces.size(); ++i) {
    strides.assign(sizes[i].size(), getIndexAttr(1));
    tensor::ParallelInsertSliceOp::create(inner, pieces[i],
                                          loop.getRegionIterArgs()[i],
                                          offsets[i], sizes[i], strides);
  }
  return llvm::to_vector_of<Value>(loop.getResults());
}

SmallVector<Tile> mlir::snn::getTiles(int64_t size, int64_t width) {
  SmallVector<Tile> tiles;
  if (size >= width)
    tiles.push_back({0, size / width, width});
  int64_t first = size / width * width;
  for (int64_t piece = width / 2; piece > 0; piece /= 2)
    if (size - first >= piece) {
      tiles.push_back({first, 1, piece});
      first += piece;
    }
  return tiles;
}

SmallVector<Tile> mlir::snn::getSingleTiles(int64_t size, int64_t width) {
  SmallVector<Tile> tiles;
  for (Tile tile : getTiles(size, width))
    for (int64_t i = 0; i < tile.count; ++i)
      tiles.push_back({tile.first + i * tile.width, 1, tile.width});
  return tiles;
}

int64_t mlir::snn::getPieceSize(int64_t size, int64_t least, int64_t most) {
  int64_t found = 0;
  for (int64_t piece = least; piece <= most; piece *= 2)
    if (size % piece == 0 && size >= 2 * piece &&
        (found == 0 || size >= 4 * piece))
      found = piece;
  return found;
}
