//===- Synapse.cpp - snn.linear as register-blocked or event-driven loops ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Events.h"

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
      : op(op), rewriter(rewriter), options(options),
        isSpikes(op.getInput().getType().getElementType().isInteger(1)) {
    if (SynapseAttr attribute = op.getFormAttr())
      form = attribute.getForm();
  }

  void emit();

private:
  void flattenOperands(Emit &emit);
  Value emitEvents(Emit &emit, Value row, Value column, int64_t width,
                   Value out);
  Value emitTerm(Emit &emit, Value value, Value weight, Value sum);
  Value emitProduct(Emit &emit, Value values, ArrayRef<Value> valueRows,
                    ArrayRef<Value> rows, Value column, int64_t width,
                    Value out, Value panel = {});
  Value emitMasks(Emit &emit, Value row, int64_t rows);
  Value emitDense(Emit &emit, Value row, int64_t rows, Value out);
  Value copyPanel(Emit &emit, Value column, int64_t width);
  Value emitPanels(Emit &emit, Value whole, Value out);
  bool hasLargeWeights();
  Value isBusy(Emit &emit, Value row, int64_t rows, int64_t percent);
  Value forRows(Emit &emit, Value from, Value to, int64_t rows, Value out,
                function_ref<Value(Emit &, Value, Value)> body);
  Value emitEventRows(Emit &emit, Value from, Value to, Value out);
  Value emitAdaptive(Emit &emit, Value row, int64_t percent, Value out);
  Value emitBlocks(Emit &emit, Value whole, Value out);
  Value emitAnalog(Emit &emit, Value whole, Value out);
  Value emitRows(Emit &emit, Value out);

  LinearOp op;
  PatternRewriter &rewriter;
  const ConvertSNNToLinalgPassOptions &options;
  bool isSpikes;
  SynapseForm form = SynapseForm::Event;
  Value source; ///< of spikes, maybe their words
  Value x, numRows;
  SpikeRows spikes; ///< x, where it is spikes
  std::optional<SynapseSums> sums;
};
} // namespace

/// x as M x K, or as the words of that.
void LinearLoops::flattenOperands(Emit &emit) {
  int64_t contracted = op.getWeight().getType().getRank() - 1;
  source = op.getInput();
  if (auto unpack = source.getDefiningOp<UnpackOp>();
      unpack && canReadWords(op.getInputMutable()))
    source = unpack.getInput();
  int64_t rank = getType(source).getRank();
  x = emit.collapse(source, rank - contracted, rank);
  x = emit.collapse(x, 0, rank - contracted);
  spikes = {x, source != op.getInput()};
  sums.emplace(emit, op.getWeight(), op.getBias());
  numRows = emit.dim(x, 0);
}

//===----------------------------------------------------------------------===//
// By events
//===----------------------------------------------------------------------===//

/// One row of spikes: the weights of set bits.
Value LinearLoops::emitEvents(Emit &emit, Value row, Value column,
                              int64_t width, Value out) {
  Value sum =
      forInputs(emit, sums->numInputs, sums->start(emit, column, width),
                [&](Emit &inner, Value first, int64_t count, Value partial) {
                  Value bits = spikes.readBits(inner, row, first, count);
                  return sums->addEvents(inner, bits, first, column, partial);
                });
  sums->store(emit, sum, row, column, out);
  return out;
}

Value LinearLoops::emitEventRows(Emit &emit, Value from, Value to, Value out) {
  return forRows(emit, from, to, 1, out,
                 [&](Emit &body, Value row, Value tensor) {
                   return sums->forColumns(
                       body, options.eventLanes, tensor,
                       [&](Emit &inner, Value column, int64_t width, Value t) {
                         return emitEvents(inner, row, column, width, t);
                       });
                 });
}

//===----------------------------------------------------------------------===//
// Dense
//===----------------------------------------------------------------------===//

/// sum + weight * value; of a spike, which is a mask: sum + weight, or sum.
Value LinearLoops::emitTerm(Emit &emit, Value value, Value weight, Value sum) {
  if (!isSpikes)
    return sums->addProduct(emit, value, weight, sum);
  // Bits that are masked away make +0, even of a weight that is not finite.
  Value bits = vector::BitCastOp::create(emit, value.getType(), weight);
  bits = arith::AndIOp::create(emit, bits, value);
  Value term = vector::BitCastOp::create(emit, sum.getType(), bits);
  return sums->addWeight(emit, term, sum);
}

/// A block of rows: an outer product per input into registers. The weights of
/// these columns may stand in a panel of their own.
Value LinearLoops::emitProduct(Emit &emit, Value values,
                               ArrayRef<Value> valueRows, ArrayRef<Value> rows,
                               Value column, int64_t width, Value out,
                               Value panel) {
  SmallVector<Value> partial(rows.size(), sums->start(emit, column, width));
  partial = emit.carry(
      emit.index(0), emit.index(sums->numInputs), emit.index(1), partial,
      [&](Emit &body, Value k, SmallVectorImpl<Value> &carried) {
        Value weight =
            panel ? sums->extend(body,
                                 body.read(panel, {k, body.index(0)}, width))
                  : sums->readWeights(body, k, column, width);
        for (auto [row, sum] : llvm::zip(valueRows, carried)) {
          Value value =
              tensor::ExtractOp::create(body, values, ValueRange{row, k});
          if (!isSpikes)
            value = sums->extend(body, value);
          sum = emitTerm(body, body.splat(value, width), weight, sum);
        }
      });
  for (auto [row, sum] : llvm::zip(rows, partial))
    sums->store(emit, sum, row, column, out);
  return out;
}

/// The spikes of some rows as integers of the accumulator's width: all bits, or
/// none.
Value LinearLoops::emitMasks(Emit &emit, Value row, int64_t rows) {
  Type element = emit.getIntegerType(sums->type.getIntOrFloatBitWidth());
  Value masks = emit.empty(
      {emit.getIndexAttr(rows), emit.getIndexAttr(sums->numInputs)}, element);
  return forInputs(
      emit, sums->numInputs, masks,
      [&](Emit &inner, Value first, int64_t count, Value tensor) {
        for (int64_t r = 0; r < rows; ++r) {
          Value bits = spikes.readBits(inner, inner.add(row, inner.index(r)),
                                       first, count);
          Value lanes = vector::BroadcastOp::create(
              inner, VectorType::get(1, bits.getType()), bits);
          lanes = vector::BitCastOp::create(
              inner, VectorType::get(64, inner.getI1Type()), lanes);
          if (count < 64)
            lanes = vector::ExtractStridedSliceOp::create(inner, lanes, 0,
                                                          count, 1);
          Value mask = arith::ExtSIOp::create(
              inner, VectorType::get(count, element), lanes);
          tensor = inner.write(mask, tensor, {inner.index(r), first});
        }
        return tensor;
      });
}

/// A block of rows of values or spikes.
Value LinearLoops::emitDense(Emit &emit, Value row, int64_t rows, Value out) {
  Value values = isSpikes ? emitMasks(emit, row, rows) : x;
  SmallVector<Value> from, to;
  for (int64_t r = 0; r < rows; ++r) {
    to.push_back(emit.add(row, emit.index(r)));
    from.push_back(isSpikes ? emit.index(r) : to.back());
  }
  return sums->forColumns(
      emit, options.columnLanes, out,
      [&](Emit &inner, Value column, int64_t width, Value tensor) {
        return emitProduct(inner, values, from, to, column, width, tensor);
      });
}

/// The weights of some columns, K x width, one input after the other.
Value LinearLoops::copyPanel(Emit &emit, Value column, int64_t width) {
  Value panel =
      emit.empty({emit.getIndexAttr(sums->numInputs), emit.getIndexAttr(width)},
                 getType(sums->weights).getElementType());
  return emit.carry(
      emit.index(0), emit.index(sums->numInputs), emit.index(1), panel,
      [&](Emit &inner, Value k, SmallVectorImpl<Value> &carried) {
        Value weight = inner.read(sums->weights, {k, column}, width);
        carried[0] = inner.write(weight, carried[0], {k, inner.index(0)});
      })[0];
}

/// Blocks of rows, columns first: the panel of a tile of columns stays in a
/// cache for all rows, which the whole matrix would not.
Value LinearLoops::emitPanels(Emit &emit, Value whole, Value out) {
  auto blocks = [&](Emit &at, Value from, Value to, int64_t rows, Value column,
                    int64_t width, Value panel, Value tensor) {
    return forRows(
        at, from, to, rows, tensor, [&](Emit &inner, Value row, Value t) {
          SmallVector<Value> block;
          for (int64_t r = 0; r < rows; ++r)
            block.push_back(inner.add(row, inner.index(r)));
          return emitProduct(inner, x, block, block, column, width, t, panel);
        });
  };
  return sums->forColumns(
      emit, options.columnLanes, out,
      [&](Emit &inner, Value column, int64_t width, Value tensor) {
        Value panel = copyPanel(inner, column, width);
        tensor = blocks(inner, inner.index(0), whole, options.rowBlock, column,
                        width, panel, tensor);
        return blocks(inner, whole, numRows, 1, column, width, panel, tensor);
      });
}

/// Whether the weights leave the second-level cache before they are read again.
bool LinearLoops::hasLargeWeights() {
  constexpr int64_t large = 1 << 20;
  RankedTensorType type = getType(sums->weights);
  return type.getNumElements() *
             llvm::divideCeil(type.getElementTypeBitWidth(), 8) >=
         large;
}

//===----------------------------------------------------------------------===//
// Either
//===----------------------------------------------------------------------===//

/// Whether so many of the inputs of some rows spike, or more.
Value LinearLoops::isBusy(Emit &emit, Value row, int64_t rows,
                          int64_t percent) {
  Value count =
      forInputs(emit, sums->numInputs,
                arith::ConstantIntOp::create(emit, emit.getI64Type(), 0),
                [&](Emit &inner, Value first, int64_t size, Value sum) {
                  for (int64_t r = 0; r < rows; ++r) {
                    Value bits = spikes.readBits(
                        inner, inner.add(row, inner.index(r)), first, size);
                    sum = inner.add(sum, math::CtPopOp::create(inner, bits));
                  }
                  return sum;
                });
  int64_t least = llvm::divideCeil(sums->numInputs * rows * percent, 100);
  return arith::CmpIOp::create(
      emit, arith::CmpIPredicate::sge, count,
      arith::ConstantIntOp::create(emit, emit.getI64Type(), least));
}

Value LinearLoops::emitAdaptive(Emit &emit, Value row, int64_t percent,
                                Value out) {
  int64_t rows = options.rowBlock;
  auto branch = scf::IfOp::create(
      emit, isBusy(emit, row, rows, percent),
      [&](OpBuilder &builder, Location loc) {
        Emit inner(loc, builder);
        scf::YieldOp::create(inner, emitDense(inner, row, rows, out));
      },
      [&](OpBuilder &builder, Location loc) {
        Emit inner(loc, builder);
        Value end = inner.add(row, inner.index(rows));
        scf::YieldOp::create(inner, emitEventRows(inner, row, end, out));
      });
  return branch.getResult(0);
}

Value LinearLoops::forRows(Emit &emit, Value from, Value to, int64_t rows,
                           Value out,
                           function_ref<Value(Emit &, Value, Value)> body) {
  return emit.carry(
      from, to, emit.index(rows), out,
      [&](Emit &inner, Value row, SmallVectorImpl<Value> &carried) {
        carried[0] = body(inner, row, carried[0]);
      })[0];
}

/// Where weights are large and rows are many, which is known when the model
/// runs, panels pay for their copies.
Value LinearLoops::emitAnalog(Emit &emit, Value whole, Value out) {
  if (!hasLargeWeights())
    return emitBlocks(emit, whole, out);
  constexpr int64_t manyBlocks = 8;
  Value isMany =
      arith::CmpIOp::create(emit, arith::CmpIPredicate::sge, numRows,
                            emit.index(manyBlocks * options.rowBlock));
  auto branch = scf::IfOp::create(
      emit, isMany,
      [&](OpBuilder &builder, Location loc) {
        Emit inner(loc, builder);
        scf::YieldOp::create(inner, emitPanels(inner, whole, out));
      },
      [&](OpBuilder &builder, Location loc) {
        Emit inner(loc, builder);
        scf::YieldOp::create(inner, emitBlocks(inner, whole, out));
      });
  return branch.getResult(0);
}

Value LinearLoops::emitRows(Emit &emit, Value out) {
  if (isSpikes && form == SynapseForm::Event)
    return emitEventRows(emit, emit.index(0), numRows, out);
  Value rest =
      arith::RemUIOp::create(emit, numRows, emit.index(options.rowBlock));
  Value whole = emit.sub(numRows, rest);
  return isSpikes ? emitBlocks(emit, whole, out) : emitAnalog(emit, whole, out);
}

/// Blocks of rows, and the rows that are left.
Value LinearLoops::emitBlocks(Emit &emit, Value whole, Value out) {
  Value zero = emit.index(0);
  bool isAdaptive = isSpikes && form == SynapseForm::Adaptive;
  out =
      forRows(emit, zero, whole, options.rowBlock, out,
              [&](Emit &inner, Value row, Value tensor) {
                return isAdaptive
                           ? emitAdaptive(inner, row,
                                          op.getFormAttr().getPercent(), tensor)
                           : emitDense(inner, row, options.rowBlock, tensor);
              });
  // One row shares no weights with others, so nothing makes up for silence.
  if (isAdaptive)
    return emitEventRows(emit, whole, numRows, out);
  return forRows(emit, whole, numRows, 1, out,
                 [&](Emit &inner, Value row, Value tensor) {
                   return emitDense(inner, row, 1, tensor);
                 });
}

void LinearLoops::emit() {
  Emit emit(op.getLoc(), rewriter);
  flattenOperands(emit);
  RankedTensorType type = op.getOutput().getType();
  Value out = emit.empty(
      {getAsOpFoldResult(numRows), emit.getIndexAttr(sums->numOutputs)},
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
