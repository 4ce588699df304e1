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

/// Element `index` of a row of memory, which may have words.
static Value readElement(Emit &emit, Value memory, bool areWords,
                         ArrayRef<Value> row, Value index) {
  SmallVector<Value> place(row);
  place.push_back(index);
  if (!areWords)
    return memref::LoadOp::create(emit, memory, place);
  place.back() = arith::DivUIOp::create(emit, index, emit.index(32));
  Value word = memref::LoadOp::create(emit, memory, place);
  Value bit = arith::IndexCastOp::create(
      emit, emit.getI32Type(),
      arith::RemUIOp::create(emit, index, emit.index(32)));
  return arith::TruncIOp::create(emit, emit.getI1Type(),
                                 arith::ShRUIOp::create(emit, word, bit));
}

namespace {
/// All dimensions of a sequence but the last, which may be of words, as rows.
class SequenceRows : public ProductRows {
public:
  SequenceRows(Value sequence, bool areWords, ArrayRef<Value> sizes)
      : sequence(sequence), areWords(areWords), sizes(sizes) {}

  void begin(Emit &emit) override { memory = getMemory(emit, sequence); }
  SmallVector<Value> findRow(Emit &emit, Value row, Value) override {
    return splitIndex(emit, row, sizes);
  }
  SmallVector<Value> findInput(Emit &, Value k) override { return {k}; }
  Value read(Emit &emit, ArrayRef<Value> row, ArrayRef<Value> input) override {
    return readElement(emit, memory, areWords, row, input[0]);
  }
  SmallVector<Value> findOutput(Emit &emit, Value row, Value column) override {
    SmallVector<Value> place = splitIndex(emit, row, sizes);
    place.push_back(column);
    return place;
  }

protected:
  Value sequence, memory;
  bool areWords;
  ArrayRef<Value> sizes; ///< of the dimensions of a row's number
};

/// Input (g, n) of step t is input n of step t - d[g], in a sequence that
/// begins with the history.
class DelayedRows : public SequenceRows {
public:
  DelayedRows(Value sequence, bool areWords, ArrayRef<Value> sizes,
              Value shifts, int64_t numSources)
      : SequenceRows(sequence, areWords, sizes), shifts(shifts),
        numSources(numSources) {}

  void begin(Emit &emit) override {
    SequenceRows::begin(emit);
    table = getMemory(emit, shifts);
  }
  SmallVector<Value> findInput(Emit &emit, Value k) override {
    Value group = emit.createOrFold<arith::DivUIOp>(k, emit.index(numSources));
    Value steps = memref::LoadOp::create(emit, table, group);
    return {emit.createOrFold<arith::RemUIOp>(k, emit.index(numSources)),
            arith::IndexCastOp::create(emit, emit.getIndexType(), steps)};
  }
  Value read(Emit &emit, ArrayRef<Value> row, ArrayRef<Value> input) override {
    SmallVector<Value> shifted(row);
    shifted[0] = emit.add(shifted[0], input[1]);
    return readElement(emit, memory, areWords, shifted, input[0]);
  }

private:
  Value shifts, table;
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
      op, "expected weights, of 8 to 64 bits, outside of loops of a length "
          "that is data");
}

/// The output before anything is written.
static Value makeOutput(Emit &emit, LinearOp op, Product &product,
                        ArrayRef<Value> sizes) {
  product.numRows = emit.index(1);
  for (Value size : sizes)
    product.numRows = emit.mul(product.numRows, size);
  SmallVector<OpFoldResult> shape = getAsOpFoldResult(sizes);
  shape.push_back(emit.getIndexAttr(product.numOutputs));
  return emit.empty(shape, op.getOutput().getType().getElementType());
}

/// linear -> kernels, or a call of a library
static LogicalResult convertLinear(LinearOp op, PatternRewriter &rewriter) {
  if (failed(checkOp(op, rewriter)))
    return failure();
  Emit emit(op.getLoc(), rewriter);
  Value source = getSource(op.getInputMutable());
  int64_t rank = getType(source).getRank();
  int64_t leading = rank - (op.getWeight().getType().getRank() - 1);
  if (leading < 1)
    return rewriter.notifyMatchFailure(
        op, "expected an input with rows, but got one row");
  Product product = getProduct(emit, op);
  SmallVector<Value> sizes;
  for (int64_t dim = 0; dim < leading; ++dim)
    sizes.push_back(emit.dim(source, dim));
  Value input = emit.collapse(source, leading, rank);
  SequenceRows rows(input, source != op.getInput(), sizes);
  Value out = makeOutput(emit, op, product, sizes);
  out = mayCallLibrary(op)
            ? emitLibraryProduct(emit, product, rows, input, leading, out)
            : emitProduct(emit, product, rows, out);
  rewriter.replaceOp(op, emit.castTo(out, op.getOutput().getType()));
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
  SmallVector<Value> sizes = {steps, emit.dim(delay.getInput(), 1)};
  DelayedRows rows(
      emit.collapse(extended.all, 2, getType(extended.all).getRank()),
      op.getInput() != delay.getOutput(), sizes, table,
      product.numInputs / shifts.size());
  Value out =
      emitProduct(emit, product, rows, makeOutput(emit, op, product, sizes));
  rewriter.replaceOp(op, emit.castTo(out, op.getOutput().getType()));
  return success();
}

void mlir::snn::populateLinearToGPUPatterns(RewritePatternSet &patterns) {
  patterns.add(convertLinear);
  patterns.add<ConvertDelayedLinear>(patterns.getContext());
}
