//===- Product.cpp - Sums of products in canonical order ------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Product.h"

using namespace mlir;
using namespace mlir::snn;

static constexpr int64_t kThreads = 256;
/// Blocks that keep a large GPU busy.
static constexpr int64_t kManyBlocks = 128;

namespace {
/// A tile of outputs, and of it the one of a thread; `depth` inputs at a time.
struct TileShape {
  int64_t rows, columns, depth, threadRows, threadColumns;

  /// Neighbours of a thread are read at once, which wants them aligned; else
  /// neighbours of a slice are in different banks.
  int64_t getPadding() const { return threadRows == 1 ? 1 : 4; }
  int64_t getRowStride() const { return rows + getPadding(); }
  int64_t getColumnStride() const { return columns + getPadding(); }
};

class ProductKernel {
public:
  ProductKernel(const Product &product, ProductRows &rows, TileShape tile);

  Value countBlocks(Emit &emit);
  Value run(Emit &emit, Value out);

private:
  void begin(Emit &emit, Value block, Value thread);
  void findSlices(Emit &emit, Value block, Value thread);
  Value isInput(Emit &emit, Value k);
  Value readInput(Emit &emit, ArrayRef<Value> row, ArrayRef<Value> input,
                  Value isInside);
  Value readWeight(Emit &emit, Value column, Value k, Value isInside);
  SmallVector<Value> load(Emit &emit, Value slice);
  void store(Emit &emit, ArrayRef<Value> values);
  SmallVector<Value> start(Emit &emit);
  void addInput(Emit &emit, Value k, SmallVectorImpl<Value> &sums);
  SmallVector<Value> addSlice(Emit &emit, ArrayRef<Value> sums);
  SmallVector<Value> addAll(Emit &emit);
  void write(Emit &emit, ArrayRef<Value> sums, Value out);

  const Product &product;
  ProductRows &rows;
  TileShape tile;
  Type inputType; ///< in shared memory
  Value weight, bias;
  Value group, firstRow, firstColumn; ///< of the block
  Value threadRow, threadColumn;      ///< in the tile
  Value depthIndex;                   ///< of what the thread loads of rows
  SmallVector<Value> loadRows, loadColumns, loadDepths;
  SmallVector<SmallVector<Value>> sources; ///< of the rows that it loads
  Value sharedInputs, sharedWeights;
};
} // namespace

ProductKernel::ProductKernel(const Product &product, ProductRows &rows,
                             TileShape tile)
    : product(product), rows(rows), tile(tile), inputType(product.type) {
  // A spike is a mask.
  if (product.isSpikes)
    inputType = IntegerType::get(product.type.getContext(),
                                 product.type.getIntOrFloatBitWidth());
}

Value ProductKernel::countBlocks(Emit &emit) {
  int64_t columns = llvm::divideCeil(product.numOutputs, tile.columns);
  return emit.mul(snn::countBlocks(emit, product.numRows, tile.rows),
                  emit.index(columns * product.numGroups));
}

static Value emitLess(Emit &emit, Value a, Value b) {
  return arith::CmpIOp::create(emit, arith::CmpIPredicate::ult, a, b);
}

static Value emitRemainder(Emit &emit, Value a, int64_t b) {
  return emit.createOrFold<arith::RemUIOp>(a, emit.index(b));
}

static Value emitQuotient(Emit &emit, Value a, int64_t b) {
  return emit.createOrFold<arith::DivUIOp>(a, emit.index(b));
}

/// What the thread brings into shared memory: neighbours of a warp are
/// neighbours in memory.
void ProductKernel::findSlices(Emit &emit, Value block, Value thread) {
  depthIndex = emitRemainder(emit, thread, tile.depth);
  Value first = emitQuotient(emit, thread, tile.depth);
  Value lastRow = emit.sub(product.numRows, emit.index(1));
  for (int64_t i = 0; i < tile.rows; i += kThreads / tile.depth) {
    loadRows.push_back(emit.add(first, emit.index(i)));
    Value row = emit.min(emit.add(firstRow, loadRows.back()), lastRow);
    sources.push_back(rows.findRow(emit, row, group));
  }
  if (!product.isInputMajor) {
    for (int64_t i = 0; i < tile.columns; i += kThreads / tile.depth) {
      loadColumns.push_back(emit.add(first, emit.index(i)));
      loadDepths.push_back(depthIndex);
    }
    return;
  }
  Value column = emitRemainder(emit, thread, tile.columns);
  first = emitQuotient(emit, thread, tile.columns);
  for (int64_t i = 0; i < tile.depth; i += kThreads / tile.columns) {
    loadColumns.push_back(column);
    loadDepths.push_back(emit.add(first, emit.index(i)));
  }
}

static int64_t getBytes(Type type) { return type.getIntOrFloatBitWidth() / 8; }

void ProductKernel::begin(Emit &emit, Value block, Value thread) {
  rows.begin(emit);
  weight = getMemory(emit, product.weight);
  if (product.bias)
    bias = getMemory(emit, product.bias);
  int64_t columns = llvm::divideCeil(product.numOutputs, tile.columns);
  firstColumn =
      emit.mul(emitRemainder(emit, block, columns), emit.index(tile.columns));
  block = emitQuotient(emit, block, columns);
  group = emitRemainder(emit, block, product.numGroups);
  firstRow = emit.mul(emitQuotient(emit, block, product.numGroups),
                      emit.index(tile.rows));
  findSlices(emit, block, thread);
  // Neighbours of a warp write neighbours.
  int64_t numThreads = product.isRowMinor ? tile.rows / tile.threadRows
                                          : tile.columns / tile.threadColumns;
  Value minor = emitRemainder(emit, thread, numThreads);
  Value major = emitQuotient(emit, thread, numThreads);
  threadRow =
      emit.mul(product.isRowMinor ? minor : major, emit.index(tile.threadRows));
  threadColumn = emit.mul(product.isRowMinor ? major : minor,
                          emit.index(tile.threadColumns));
  sharedInputs =
      getShared(emit, inputType, 0, {tile.depth, tile.getRowStride()});
  sharedWeights =
      getShared(emit, product.type,
                tile.depth * tile.getRowStride() * getBytes(inputType),
                {tile.depth, tile.getColumnStride()});
}

//===----------------------------------------------------------------------===//
// Slices
//===----------------------------------------------------------------------===//

Value mlir::snn::extendToSum(Emit &emit, Value value, Type type) {
  if (value.getType() == type)
    return value;
  if (isa<FloatType>(type))
    return arith::ExtFOp::create(emit, type, value);
  return arith::ExtSIOp::create(emit, type, value);
}

SmallVector<Value> mlir::snn::splitIndex(Emit &emit, Value number,
                                         ArrayRef<Value> sizes) {
  SmallVector<Value> indices(sizes.size());
  for (size_t i = sizes.size(); i-- > 1;) {
    indices[i] = emit.createOrFold<arith::RemUIOp>(number, sizes[i]);
    number = emit.createOrFold<arith::DivUIOp>(number, sizes[i]);
  }
  indices[0] = number;
  return indices;
}

/// Whether there is an input `k`; null where slices hold no others.
Value ProductKernel::isInput(Emit &emit, Value k) {
  if (product.numInputs % tile.depth == 0)
    return {};
  return emitLess(emit, k, emit.index(product.numInputs));
}

Value ProductKernel::readInput(Emit &emit, ArrayRef<Value> row,
                               ArrayRef<Value> input, Value isInside) {
  Value value = rows.read(emit, row, input);
  value = product.isSpikes
              ? Value(arith::ExtSIOp::create(emit, inputType, value))
              : extendToSum(emit, value, product.type);
  if (isInside)
    value = arith::SelectOp::create(emit, isInside, value,
                                    emit.zero(value.getType()));
  return value;
}

/// An input that there is not has a weight of -0: +0 times it is -0, which
/// changes no sum, not even one of -0.
Value ProductKernel::readWeight(Emit &emit, Value column, Value k,
                                Value isInside) {
  column = emit.add(firstColumn, column);
  if (product.numOutputs % tile.columns != 0)
    column = emit.min(column, emit.index(product.numOutputs - 1));
  if (product.numGroups > 1)
    column = emit.add(emit.mul(group, emit.index(product.numOutputs)), column);
  SmallVector<Value> place = {column, k};
  if (product.isInputMajor)
    std::swap(place[0], place[1]);
  Value value = memref::LoadOp::create(emit, weight, place);
  value = extendToSum(emit, value, product.type);
  if (!isInside)
    return value;
  Value none = emit.zero(product.type);
  if (isa<FloatType>(product.type))
    none =
        arith::ConstantOp::create(emit, emit.getFloatAttr(product.type, -0.0));
  return arith::SelectOp::create(emit, isInside, value, none);
}

/// The thread's part of the slice that begins at input `slice`.
SmallVector<Value> ProductKernel::load(Emit &emit, Value slice) {
  Value last = emit.index(product.numInputs - 1);
  auto clamp = [&](Value k) {
    return product.numInputs % tile.depth == 0 ? k : emit.min(k, last);
  };
  SmallVector<Value> values;
  Value k = emit.add(slice, depthIndex), isInside = isInput(emit, k);
  SmallVector<Value> input = rows.findInput(emit, clamp(k));
  for (ArrayRef<Value> source : sources)
    values.push_back(readInput(emit, source, input, isInside));
  for (auto [column, depth] : llvm::zip(loadColumns, loadDepths)) {
    Value at = emit.add(slice, depth);
    values.push_back(readWeight(emit, column, clamp(at), isInput(emit, at)));
  }
  return values;
}

void ProductKernel::store(Emit &emit, ArrayRef<Value> values) {
  for (auto [row, value] : llvm::zip(loadRows, values))
    memref::StoreOp::create(emit, value, sharedInputs,
                            ValueRange{depthIndex, row});
  for (auto [column, depth, value] :
       llvm::zip(loadColumns, loadDepths, values.drop_front(loadRows.size())))
    memref::StoreOp::create(emit, value, sharedWeights,
                            ValueRange{depth, column});
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

/// The bias with -0 as +0, or +0.
SmallVector<Value> ProductKernel::start(Emit &emit) {
  Value zero = emit.zero(product.type);
  SmallVector<Value> columns(tile.threadColumns, zero), sums;
  for (int64_t i = 0; bias && i != tile.threadColumns; ++i) {
    Value column = emit.add(emit.add(firstColumn, threadColumn), emit.index(i));
    column = emit.min(column, emit.index(product.numOutputs - 1));
    column = emit.add(emit.mul(group, emit.index(product.numOutputs)), column);
    Value value = memref::LoadOp::create(emit, bias, column);
    value = extendToSum(emit, value, product.type);
    if (isa<FloatType>(product.type))
      value = arith::AddFOp::create(emit, value, zero);
    columns[i] = value;
  }
  for (int64_t i = 0; i != tile.threadRows; ++i)
    llvm::append_range(sums, columns);
  return sums;
}

/// sum + weight * value; of a spike, which is a mask, sum + weight, or sum.
/// Bits that are masked away make +0, even of a weight that is not finite.
static Value emitTerm(Emit &emit, const Product &product, Value value,
                      Value weight, Value sum) {
  bool isFloat = isa<FloatType>(product.type);
  if (!product.isSpikes) {
    if (isFloat)
      return math::FmaOp::create(emit, value, weight, sum);
    return emit.add(sum, arith::MulIOp::create(emit, value, weight));
  }
  if (!isFloat)
    return emit.add(sum, arith::AndIOp::create(emit, weight, value));
  Value bits = arith::BitcastOp::create(emit, value.getType(), weight);
  bits = arith::AndIOp::create(emit, bits, value);
  Value term = arith::BitcastOp::create(emit, product.type, bits);
  return arith::AddFOp::create(emit, sum, term);
}

/// `count` neighbours of a slice, each a scalar.
static SmallVector<Value> readShared(Emit &emit, Value memory, Value k,
                                     Value first, int64_t count) {
  SmallVector<Value> values;
  Type element = cast<MemRefType>(memory.getType()).getElementType();
  int64_t width = std::min<int64_t>(count, 4);
  for (int64_t i = 0; i != count; i += width) {
    SmallVector<Value> place = {k, emit.add(first, emit.index(i))};
    if (width == 1) {
      values.push_back(memref::LoadOp::create(emit, memory, place));
      continue;
    }
    Value vector = vector::LoadOp::create(
        emit, VectorType::get(width, element), memory, place,
        /*nontemporal=*/false, llvm::MaybeAlign(width * getBytes(element)));
    for (int64_t j = 0; j != width; ++j)
      values.push_back(vector::ExtractOp::create(emit, vector, j));
  }
  return values;
}

/// An outer product of input `k` of the slice.
void ProductKernel::addInput(Emit &emit, Value k,
                             SmallVectorImpl<Value> &sums) {
  SmallVector<Value> values =
      readShared(emit, sharedInputs, k, threadRow, tile.threadRows);
  SmallVector<Value> weights =
      readShared(emit, sharedWeights, k, threadColumn, tile.threadColumns);
  for (auto [i, value] : llvm::enumerate(values))
    for (auto [j, weight] : llvm::enumerate(weights)) {
      Value &sum = sums[i * tile.threadColumns + j];
      sum = emitTerm(emit, product, value, weight, sum);
    }
}

SmallVector<Value> ProductKernel::addSlice(Emit &emit, ArrayRef<Value> sums) {
  int64_t unroll = std::min<int64_t>(tile.depth, 8);
  return emit.carry(emit.index(0), emit.index(tile.depth), emit.index(unroll),
                    sums,
                    [&](Emit &at, Value first, SmallVectorImpl<Value> &next) {
                      for (int64_t i = 0; i != unroll; ++i)
                        addInput(at, at.add(first, at.index(i)), next);
                    });
}

/// Slice after slice, of which the next is read ahead (the last one again).
SmallVector<Value> ProductKernel::addAll(Emit &emit) {
  int64_t numSlices = llvm::divideCeil(product.numInputs, tile.depth);
  Value last = emit.index((numSlices - 1) * tile.depth);
  SmallVector<Value> carried = start(emit);
  size_t numSums = carried.size();
  llvm::append_range(carried, load(emit, emit.index(0)));
  carried = emit.carry(
      emit.index(0), emit.index(numSlices * tile.depth), emit.index(tile.depth),
      carried, [&](Emit &at, Value slice, SmallVectorImpl<Value> &values) {
        gpu::BarrierOp::create(at);
        store(at, ArrayRef<Value>(values).drop_front(numSums));
        gpu::BarrierOp::create(at);
        SmallVector<Value> ahead =
            load(at, at.min(at.add(slice, at.index(tile.depth)), last));
        SmallVector<Value> next =
            addSlice(at, ArrayRef<Value>(values).take_front(numSums));
        values.assign(next.begin(), next.end());
        llvm::append_range(values, ahead);
      });
  carried.truncate(numSums);
  return carried;
}

void ProductKernel::write(Emit &emit, ArrayRef<Value> sums, Value out) {
  Type stored = cast<MemRefType>(out.getType()).getElementType();
  for (int64_t i = 0; i != tile.threadRows; ++i)
    for (int64_t j = 0; j != tile.threadColumns; ++j) {
      Value row = emit.add(emit.add(firstRow, threadRow), emit.index(i));
      Value column =
          emit.add(emit.add(firstColumn, threadColumn), emit.index(j));
      Value isInside = emitLess(emit, row, product.numRows);
      if (product.numOutputs % tile.columns != 0)
        isInside = arith::AndIOp::create(
            emit, isInside,
            emitLess(emit, column, emit.index(product.numOutputs)));
      emitWhere(emit, isInside, [&](Emit &inner) {
        Value sum = sums[i * tile.threadColumns + j];
        if (stored != product.type)
          sum = arith::TruncFOp::create(inner, stored, sum);
        Value first = inner.mul(group, inner.index(product.numOutputs));
        memref::StoreOp::create(
            inner, sum, out,
            rows.findOutput(inner, row, inner.add(first, column)));
      });
    }
}

Value ProductKernel::run(Emit &emit, Value out) {
  int64_t bytes =
      tile.depth * (tile.getRowStride() * getBytes(inputType) +
                    tile.getColumnStride() * getBytes(product.type));
  std::string name = product.name + "_" + std::to_string(tile.rows) + "x" +
                     std::to_string(tile.columns);
  bool isMemory = isa<MemRefType>(out.getType());
  SmallVector<Value> results = emitKernel(
      emit, {name, kThreads, bytes}, countBlocks(emit),
      isMemory ? ArrayRef<Value>() : ArrayRef<Value>(out),
      [&](Emit &body, Value block, Value thread, ArrayRef<Value> outs) {
        begin(body, block, thread);
        write(body, addAll(body), isMemory ? out : outs[0]);
      });
  return isMemory ? Value() : results[0];
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

/// The largest tiles of which there are enough to keep all of the GPU busy. Few
/// rows are in small ones, in deep slices that hide the time of a read.
static Value emitLargest(Emit &emit, const Product &product, ProductRows &rows,
                         ArrayRef<TileShape> tiles, Value out) {
  ProductKernel kernel(product, rows, tiles.front());
  if (tiles.size() == 1)
    return kernel.run(emit, out);
  Value isMany =
      arith::CmpIOp::create(emit, arith::CmpIPredicate::uge,
                            kernel.countBlocks(emit), emit.index(kManyBlocks));
  Value isTall =
      arith::CmpIOp::create(emit, arith::CmpIPredicate::uge, product.numRows,
                            emit.index(tiles.front().rows / 2));
  auto yield = [](Emit &inner, Value result) {
    scf::YieldOp::create(inner, result ? ValueRange(result) : ValueRange());
  };
  auto branch = scf::IfOp::create(
      emit, arith::AndIOp::create(emit, isMany, isTall),
      [&](OpBuilder &builder, Location loc) {
        Emit inner(loc, builder);
        yield(inner, kernel.run(inner, out));
      },
      [&](OpBuilder &builder, Location loc) {
        Emit inner(loc, builder);
        yield(inner,
              emitLargest(inner, product, rows, tiles.drop_front(), out));
      });
  return branch.getNumResults() ? branch.getResult(0) : Value();
}

bool mlir::snn::canMultiply(RankedTensorType weight) {
  unsigned bits = weight.getElementTypeBitWidth();
  return bits >= 8 && bits <= 64 && llvm::isPowerOf2_32(bits) &&
         weight.getNumElements() > 0;
}

Value mlir::snn::emitProduct(Emit &emit, const Product &product,
                             ProductRows &rows, Value out) {
  SmallVector<TileShape> tiles;
  bool isNarrow = product.type.getIntOrFloatBitWidth() <= 32;
  if (isNarrow && product.numOutputs > 64)
    tiles.push_back({128, 128, 8, 8, 8});
  if (product.numOutputs > 8)
    tiles.push_back({64, 64, 16, 4, 4});
  tiles.push_back({8, 32, 128, 1, 1});
  return emitLargest(emit, product, rows, tiles, out);
}
