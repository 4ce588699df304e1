//===- Synapse.cpp - snn.linear as register-blocked or event-driven loops ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Emit.h"

#include "snn/IR/Words.h"

using namespace mlir;
using namespace mlir::snn;

namespace {
/// y[m, o] = bias[o] + sum over k of w[o, k] x[m, k], on flattened operands.
/// Outputs are the lanes, so the sum of each is one chain in ascending k.
class LinearLoops {
public:
  LinearLoops(LinearOp op, PatternRewriter &rewriter,
              const ConvertSNNToLinalgPassOptions &options)
      : op(op), rewriter(rewriter), options(options) {}

  void emit();

private:
  void flattenOperands(Emit &emit);
  Value startSum(Emit &emit, Value column, int64_t width);
  Value readWeights(Emit &emit, Value k, Value column, int64_t width);
  void storeSum(Emit &emit, Value sum, Value row, Value column, Value &out);
  Value readBits(Emit &emit, Value row, Value first, int64_t count);
  Value readWords(Emit &emit, Value row, Value first, int64_t count);
  Value addEvents(Emit &emit, Value bits, Value first, Value column, Value sum);
  Value emitEvents(Emit &emit, Value row, Value column, int64_t width,
                   Value out);
  Value emitProduct(Emit &emit, Value row, int64_t rows, Value column,
                    int64_t width, Value out);
  Value emitColumns(Emit &emit, int64_t lanes, Value out,
                    function_ref<Value(Emit &, Value, int64_t, Value)> body);
  Value emitRows(Emit &emit, Value out);

  LinearOp op;
  PatternRewriter &rewriter;
  const ConvertSNNToLinalgPassOptions &options;
  Value source; ///< of spikes, maybe their words
  Value x, weights, bias, numRows;
  int64_t numInputs = 1, numOutputs = 1;
  Type element, sumType; // of weights and accumulators
};
} // namespace

/// x as M x K, or as the words of that; weights input-major, K x O, so that a
/// row is contiguous.
void LinearLoops::flattenOperands(Emit &emit) {
  RankedTensorType weight = op.getWeight().getType();
  int64_t contracted = weight.getRank() - 1;
  source = op.getInput();
  if (auto unpack = source.getDefiningOp<UnpackOp>();
      unpack && canReadWords(op.getInputMutable()))
    source = unpack.getInput();
  int64_t rank = getType(source).getRank();
  x = emit.collapse(source, rank - contracted, rank);
  x = emit.collapse(x, 0, rank - contracted);
  Value flat = emit.collapse(op.getWeight(), 1, weight.getRank());
  numOutputs = getType(flat).getDimSize(0);
  numInputs = getType(flat).getDimSize(1);
  element = weight.getElementType();
  sumType = getAccumulatorType(element);
  Value out = emit.empty(
      {emit.getIndexAttr(numInputs), emit.getIndexAttr(numOutputs)}, element);
  weights =
      linalg::TransposeOp::create(emit, flat, out, ArrayRef<int64_t>{1, 0})
          ->getResult(0);
  bias = op.getBias();
  numRows = emit.dim(x, 0);
}

/// Extends a vector or scalar to the type of the accumulator.
static Value extend(Emit &emit, Value value, Type element) {
  Type from = getElementTypeOrSelf(value.getType());
  if (from == element)
    return value;
  Type to = element;
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    to = VectorType::get(vector.getShape(), element);
  if (isa<FloatType>(element))
    return arith::ExtFOp::create(emit, to, value);
  return arith::ExtSIOp::create(emit, to, value);
}

/// The bias with -0 as +0, or +0.
Value LinearLoops::startSum(Emit &emit, Value column, int64_t width) {
  Value zero = emit.zero(VectorType::get(width, sumType));
  if (!bias)
    return zero;
  Value start = extend(emit, emit.read(bias, column, width), sumType);
  if (isa<FloatType>(sumType))
    return arith::AddFOp::create(emit, start, zero);
  return start;
}

Value LinearLoops::readWeights(Emit &emit, Value k, Value column,
                               int64_t width) {
  return extend(emit, emit.read(weights, {k, column}, width), sumType);
}

void LinearLoops::storeSum(Emit &emit, Value sum, Value row, Value column,
                           Value &out) {
  Type stored = getType(out).getElementType();
  if (stored != sumType)
    sum = arith::TruncFOp::create(
        emit,
        VectorType::get(cast<VectorType>(sum.getType()).getShape(), stored),
        sum);
  out = emit.write(sum, out, {row, column});
}

/// The same from words. Unused bits of the last may be set.
Value LinearLoops::readWords(Emit &emit, Value row, Value first,
                             int64_t count) {
  Type type = emit.getI64Type();
  Value word = arith::DivUIOp::create(emit, first, emit.index(32));
  int64_t size = llvm::divideCeil(count, 32);
  Value words = emit.read(x, {row, word}, size);
  Value bits = vector::BitCastOp::create(
      emit, VectorType::get(1, emit.getIntegerType(32 * size)), words);
  bits = vector::ExtractOp::create(emit, bits, 0);
  if (size == 1)
    bits = arith::ExtUIOp::create(emit, type, bits);
  if (count % 32 == 0)
    return bits;
  return arith::AndIOp::create(
      emit, bits,
      arith::ConstantIntOp::create(emit, type, (int64_t(1) << count) - 1));
}

/// `count` (at most 64) spikes of a row from input `first` as bits of an i64.
Value LinearLoops::readBits(Emit &emit, Value row, Value first, int64_t count) {
  if (source != op.getInput())
    return readWords(emit, row, first, count);
  Type word = emit.getI64Type();
  Value bits;
  for (Tile tile : getTiles(count, 64)) {
    Value from = emit.add(first, emit.index(tile.first));
    Value spikes = emit.read(x, {row, from}, tile.width);
    Type piece = emit.getIntegerType(tile.width);
    Value packed =
        vector::BitCastOp::create(emit, VectorType::get(1, piece), spikes);
    Value value = vector::ExtractOp::create(emit, packed, 0);
    if (tile.width < 64)
      value = arith::ExtUIOp::create(emit, word, value);
    if (tile.first > 0)
      value = arith::ShLIOp::create(
          emit, value, arith::ConstantIntOp::create(emit, word, tile.first));
    bits = bits ? Value(arith::OrIOp::create(emit, bits, value)) : value;
  }
  return bits;
}

/// Adds the weight row of every set bit, lowest first.
Value LinearLoops::addEvents(Emit &emit, Value bits, Value first, Value column,
                             Value sum) {
  int64_t width = cast<VectorType>(sum.getType()).getDimSize(0);
  auto loop = scf::WhileOp::create(
      emit, TypeRange{bits.getType(), sum.getType()}, ValueRange{bits, sum},
      [&](OpBuilder &builder, Location loc, ValueRange args) {
        Emit inner(loc, builder);
        Value any = arith::CmpIOp::create(inner, arith::CmpIPredicate::ne,
                                          args[0], inner.zero(bits.getType()));
        scf::ConditionOp::create(inner, any, args);
      },
      [&](OpBuilder &builder, Location loc, ValueRange args) {
        Emit inner(loc, builder);
        Value lowest = math::CountTrailingZerosOp::create(inner, args[0]);
        Value k = inner.add(first, arith::IndexCastUIOp::create(
                                       inner, inner.getIndexType(), lowest));
        Value row = readWeights(inner, k, column, width);
        Value next = isa<FloatType>(sumType)
                         ? Value(arith::AddFOp::create(inner, args[1], row))
                         : Value(arith::AddIOp::create(inner, args[1], row));
        Value one = arith::ConstantIntOp::create(inner, bits.getType(), 1);
        Value rest = arith::AndIOp::create(
            inner, args[0], arith::SubIOp::create(inner, args[0], one));
        scf::YieldOp::create(inner, ValueRange{rest, next});
      });
  return loop.getResult(1);
}

/// One row of spikes: the weights of set bits, 64 inputs at a time.
Value LinearLoops::emitEvents(Emit &emit, Value row, Value column,
                              int64_t width, Value out) {
  Value sum = startSum(emit, column, width);
  int64_t whole = numInputs / 64 * 64;
  if (whole > 0)
    sum = emit.carry(
        emit.index(0), emit.index(whole), emit.index(64), sum,
        [&](Emit &body, Value first, SmallVectorImpl<Value> &carried) {
          Value bits = readBits(body, row, first, 64);
          carried[0] = addEvents(body, bits, first, column, carried[0]);
        })[0];
  if (numInputs > whole) {
    Value first = emit.index(whole);
    Value bits = readBits(emit, row, first, numInputs - whole);
    sum = addEvents(emit, bits, first, column, sum);
  }
  storeSum(emit, sum, row, column, out);
  return out;
}

/// `rows` rows of values: an outer product per input into registers.
Value LinearLoops::emitProduct(Emit &emit, Value row, int64_t rows,
                               Value column, int64_t width, Value out) {
  Value start = startSum(emit, column, width);
  SmallVector<Value> rowIndices, sums(rows, start);
  for (int64_t r = 0; r < rows; ++r)
    rowIndices.push_back(emit.add(row, emit.index(r)));
  sums = emit.carry(
      emit.index(0), emit.index(numInputs), emit.index(1), sums,
      [&](Emit &body, Value k, SmallVectorImpl<Value> &carried) {
        Value weight = readWeights(body, k, column, width);
        for (int64_t r = 0; r < rows; ++r) {
          Value value =
              tensor::ExtractOp::create(body, x, ValueRange{rowIndices[r], k});
          value = body.splat(extend(body, value, sumType), width);
          if (isa<FloatType>(sumType))
            carried[r] = math::FmaOp::create(body, value, weight, carried[r]);
          else
            carried[r] = body.add(carried[r],
                                  arith::MulIOp::create(body, value, weight));
        }
      });
  for (int64_t r = 0; r < rows; ++r)
    storeSum(emit, sums[r], rowIndices[r], column, out);
  return out;
}

/// The columns of a block of rows, `lanes` at a time.
Value LinearLoops::emitColumns(
    Emit &emit, int64_t lanes, Value out,
    function_ref<Value(Emit &, Value, int64_t, Value)> body) {
  for (Tile tile : getTiles(numOutputs, lanes)) {
    Value first = emit.index(tile.first);
    if (tile.count == 1) {
      out = body(emit, first, tile.width, out);
      continue;
    }
    Value end = emit.index(tile.first + tile.count * tile.width);
    out = emit.carry(
        first, end, emit.index(tile.width), out,
        [&](Emit &inner, Value column, SmallVectorImpl<Value> &carried) {
          carried[0] = body(inner, column, tile.width, carried[0]);
        })[0];
  }
  return out;
}

Value LinearLoops::emitRows(Emit &emit, Value out) {
  auto rowLoop = [&](Value from, Value to, int64_t rows, Value out,
                     auto &&emitTile, int64_t lanes) {
    return emit.carry(
        from, to, emit.index(rows), out,
        [&](Emit &body, Value row, SmallVectorImpl<Value> &carried) {
          carried[0] = emitColumns(
              body, lanes, carried[0],
              [&](Emit &inner, Value column, int64_t width, Value tensor) {
                return emitTile(inner, row, rows, column, width, tensor);
              });
        })[0];
  };
  if (op.getInput().getType().getElementType().isInteger(1)) {
    auto events = [&](Emit &inner, Value row, int64_t, Value column,
                      int64_t width, Value tensor) {
      return emitEvents(inner, row, column, width, tensor);
    };
    return rowLoop(emit.index(0), numRows, 1, out, events, options.eventLanes);
  }
  auto product = [&](Emit &inner, Value row, int64_t rows, Value column,
                     int64_t width, Value tensor) {
    return emitProduct(inner, row, rows, column, width, tensor);
  };
  Value block = emit.index(options.rowBlock);
  Value rest = arith::RemUIOp::create(emit, numRows, block);
  Value whole = emit.sub(numRows, rest);
  out = rowLoop(emit.index(0), whole, options.rowBlock, out, product,
                options.columnLanes);
  return rowLoop(whole, numRows, 1, out, product, options.columnLanes);
}

void LinearLoops::emit() {
  Emit emit(op.getLoc(), rewriter);
  flattenOperands(emit);
  RankedTensorType type = op.getOutput().getType();
  Value out =
      emit.empty({getAsOpFoldResult(numRows), emit.getIndexAttr(numOutputs)},
                 type.getElementType());
  out = emitRows(emit, out);
  SmallVector<OpFoldResult> leading =
      tensor::getMixedSizes(emit, emit.getLoc(), source);
  leading.resize(type.getRank() - 1);
  out = emit.expand(out, 0, leading);
  out = emit.castTo(out, type);
  rewriter.replaceOp(op, out);
}

namespace {
struct ConvertLinear : OpRewritePattern<LinearOp> {
  ConvertLinear(MLIRContext *context,
                const ConvertSNNToLinalgPassOptions &options)
      : OpRewritePattern(context), options(options) {}

  LogicalResult matchAndRewrite(LinearOp op,
                                PatternRewriter &rewriter) const override {
    LinearLoops(op, rewriter, options).emit();
    return success();
  }

  ConvertSNNToLinalgPassOptions options;
};
} // namespace

void snn::populateSynapseToVectorPatterns(
    RewritePatternSet &patterns, const ConvertSNNToLinalgPassOptions &options) {
  patterns.add<ConvertLinear>(patterns.getContext(), options);
}
