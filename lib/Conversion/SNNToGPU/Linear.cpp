//===- Linear.cpp - snn.linear as kernels ---------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../SNNToLinalg/DelayedLinear.h"
#include "../SNNToLinalg/TemporalConv.h"
#include "Product.h"

#include "snn/IR/Words.h"

using namespace mlir;
using namespace mlir::snn;

/// The words of spikes where an op can read them, or the spikes.
static Value getSource(OpOperand &use) {
  auto unpack = use.get().getDefiningOp<UnpackOp>();
  return unpack && canReadWords(use) ? Value(unpack.getInput()) : use.get();
}

/// Spike or value `index` of a row of memory, which may have words.
static Value readElement(Emit &emit, Value memory, bool areWords, Value row,
                         Value index) {
  if (!areWords)
    return memref::LoadOp::create(emit, memory, ValueRange{row, index});
  Value place = arith::DivUIOp::create(emit, index, emit.index(32));
  Value word = memref::LoadOp::create(emit, memory, ValueRange{row, place});
  Value bit = arith::IndexCastOp::create(
      emit, emit.getI32Type(),
      arith::RemUIOp::create(emit, index, emit.index(32)));
  return arith::TruncIOp::create(emit, emit.getI1Type(),
                                 arith::ShRUIOp::create(emit, word, bit));
}

namespace {
/// Rows of a matrix, maybe as words.
class MatrixRows : public ProductRows {
public:
  MatrixRows(Value matrix, bool areWords)
      : matrix(matrix), areWords(areWords) {}

  void begin(Emit &emit) override { memory = getMemory(emit, matrix); }
  SmallVector<Value> findRow(Emit &, Value row, Value) override {
    return {row};
  }
  SmallVector<Value> findInput(Emit &, Value k) override { return {k}; }
  Value read(Emit &emit, ArrayRef<Value> row, ArrayRef<Value> input) override {
    return readElement(emit, memory, areWords, row[0], input[0]);
  }
  SmallVector<Value> findOutput(Emit &, Value row, Value column) override {
    return {row, column};
  }

protected:
  Value matrix, memory;
  bool areWords;
};

/// Input (g, n) of row m is input n of the row of step t - d[g], where rows
/// begin at the oldest step.
class DelayedRows : public MatrixRows {
public:
  DelayedRows(Value matrix, bool areWords, Value shifts, Value batch,
              int64_t numSources)
      : MatrixRows(matrix, areWords), shifts(shifts), batch(batch),
        numSources(numSources) {}

  void begin(Emit &emit) override {
    MatrixRows::begin(emit);
    table = getMemory(emit, shifts);
  }
  SmallVector<Value> findInput(Emit &emit, Value k) override {
    Value group = emit.createOrFold<arith::DivUIOp>(k, emit.index(numSources));
    Value steps = memref::LoadOp::create(emit, table, group);
    Value rows = emit.mul(
        arith::IndexCastOp::create(emit, emit.getIndexType(), steps), batch);
    return {emit.createOrFold<arith::RemUIOp>(k, emit.index(numSources)), rows};
  }
  Value read(Emit &emit, ArrayRef<Value> row, ArrayRef<Value> input) override {
    return readElement(emit, memory, areWords, emit.add(row[0], input[1]),
                       input[0]);
  }

private:
  Value shifts, batch, table;
  int64_t numSources;
};
} // namespace

/// The product of an op, but for its rows.
static Product getProduct(Emit &emit, LinearOp op) {
  Value weight = op.getWeight();
  RankedTensorType type = getType(weight);
  Product product;
  product.name = getKernelName(op, "linear");
  product.type = getAccumulatorType(type.getElementType());
  product.isSpikes = op.getInput().getType().getElementType().isInteger(1);
  product.numOutputs = type.getDimSize(0);
  product.numInputs = type.getNumElements() / type.getDimSize(0);
  product.bias = op.getBias();
  // A matrix that the model has the other way round is read as it stands.
  auto transpose = weight.getDefiningOp<linalg::TransposeOp>();
  product.isInputMajor =
      transpose && type.getRank() == 2 && transpose.getPermutation()[0] == 1;
  product.weight = product.isInputMajor
                       ? transpose.getInput()
                       : emit.collapse(weight, 1, type.getRank());
  return product;
}

static LogicalResult checkOp(LinearOp op, PatternRewriter &rewriter) {
  if (canMultiply(op.getWeight().getType()) && isOnHost(op))
    return success();
  return rewriter.notifyMatchFailure(
      op, "expected weights of whole bytes, outside of loops of a length that "
          "is data");
}

/// The output as a matrix, and back.
static Value emitMatrix(Emit &emit, LinearOp op, const Product &product,
                        ProductRows &rows, ArrayRef<OpFoldResult> leading) {
  RankedTensorType type = op.getOutput().getType();
  Value out = emit.empty({getAsOpFoldResult(product.numRows),
                          emit.getIndexAttr(product.numOutputs)},
                         type.getElementType());
  out = emitProduct(emit, product, rows, out);
  return emit.castTo(emit.expand(out, 0, leading), type);
}

/// linear -> kernels
static LogicalResult convertLinear(LinearOp op, PatternRewriter &rewriter) {
  if (failed(checkOp(op, rewriter)))
    return failure();
  Emit emit(op.getLoc(), rewriter);
  Value source = getSource(op.getInputMutable());
  int64_t rank = getType(source).getRank();
  int64_t leading = rank - (op.getWeight().getType().getRank() - 1);
  Product product = getProduct(emit, op);
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(emit, emit.getLoc(), source);
  sizes.resize(leading);
  Value matrix = emit.collapse(source, leading, rank);
  matrix = emit.collapse(matrix, 0, leading);
  product.numRows = emit.dim(matrix, 0);
  MatrixRows rows(matrix, source != op.getInput());
  rewriter.replaceOp(op, emitMatrix(emit, op, product, rows, sizes));
  return success();
}

namespace {
/// linear(delay(x) by [..] groups) -> kernels that read shifted steps of x
struct ConvertDelayedLinear : OpRewritePattern<LinearOp> {
  ConvertDelayedLinear(MLIRContext *context)
      : OpRewritePattern(context, /*benefit=*/2) {}

  LogicalResult matchAndRewrite(LinearOp op,
                                PatternRewriter &rewriter) const override;
};
} // namespace

LogicalResult
ConvertDelayedLinear::matchAndRewrite(LinearOp op,
                                      PatternRewriter &rewriter) const {
  DelayOp delay = findDelayOf(op);
  if (!delay || failed(checkOp(op, rewriter)))
    return failure();
  Emit before(delay.getLoc(), rewriter), emit(op.getLoc(), rewriter);
  before.setInsertionPoint(delay);
  Extended extended(before, delay.getInput(), delay.getInits(),
                    delay.getHistory(), delay.getReverse());
  Value steps = before.dim(delay.getInput(), 0);
  if (!delay.getRest().empty())
    rewriter.replaceAllUsesWith(delay.getRest()[0],
                                extended.getFinal(before, steps));
  SmallVector<int64_t> shifts;
  for (int64_t by : delay.getDelays())
    shifts.push_back(delay.getReverse() ? by : delay.getHistory() - by);
  auto type = RankedTensorType::get(shifts.size(), emit.getI64Type());
  Value table = arith::ConstantOp::create(
      emit, DenseElementsAttr::get(type, ArrayRef<int64_t>(shifts)));
  Product product = getProduct(emit, op);
  Value batch = emit.dim(delay.getInput(), 1);
  product.numRows = emit.mul(steps, batch);
  Value matrix =
      emit.collapse(extended.all, 2, getType(extended.all).getRank());
  matrix = emit.collapse(matrix, 0, 2);
  DelayedRows rows(matrix, op.getInput() != delay.getOutput(), table, batch,
                   product.numInputs / shifts.size());
  rewriter.replaceOp(op,
                     emitMatrix(emit, op, product, rows,
                                {getAsOpFoldResult(steps),
                                 tensor::getMixedSize(emit, emit.getLoc(),
                                                      delay.getInput(), 1)}));
  return success();
}

void mlir::snn::populateLinearToGPUPatterns(RewritePatternSet &patterns) {
  patterns.add(convertLinear);
  patterns.add<ConvertDelayedLinear>(patterns.getContext());
}
