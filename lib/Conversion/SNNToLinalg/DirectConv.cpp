//===- DirectConv.cpp - Convolutions along time in canonical order --------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tile is some steps of a vector of neurons. Its sums stay in registers while
// the taps go by; neighbouring steps read the same inputs, so a window of them
// stays there, too, and each tap reads one vector. Where neurons are fewer than
// lanes, the lanes are neighbours in memory instead: neurons, batch and time.
//
//===----------------------------------------------------------------------===//

#include "TemporalConv.h"

using namespace mlir;
using namespace mlir::snn;

namespace {
/// all[t + j] holds x[t - (K-1) + j], so the oldest step is j = 0, tap K - 1;
/// in reverse x[t + j], tap j, from the farthest.
class DirectConv {
public:
  DirectConv(Emit &emit, TemporalConvOp op, Value all,
             const ConvertSNNToLinalgPassOptions &options);

  /// The output in the shape of the input.
  Value emitAll(Emit &emit);

private:
  using TileBody = function_ref<Value(Emit &, Value, int64_t, Value)>;

  bool isFlat();
  Value emitRows(Emit &emit);
  Value emitFlat(Emit &emit);
  Value forTimes(Emit &emit, Value out, TileBody body);
  Value forBatch(Emit &emit, Value out,
                 function_ref<Value(Emit &, Value, Value)> body);
  void setTimes(Emit &emit);

  Value emitTile(Emit &emit, Value time, Value batch, Value lane, int64_t rows,
                 Value out);
  SmallVector<Value> startSums(Emit &emit, Value time, Value batch, Value lane,
                               int64_t rows);
  void emitTap(Emit &emit, Value i, Value time, Value batch, Value lane,
               int64_t rows, SmallVectorImpl<Value> &values);
  /// Runs a tap after the other, some in each turn of a loop.
  SmallVector<Value>
  forTaps(Emit &emit, ArrayRef<Value> values,
          function_ref<void(Emit &, Value, SmallVectorImpl<Value> &)> body);

  Value readInput(Emit &emit, Value row, Value batch, Value lane);
  Value readWeight(Emit &emit, Value tap, Value time, Value lane);
  Value repeatKernel(Emit &emit, int64_t width);
  Value emitFlatTile(Emit &emit, Value first, int64_t vectors, int64_t width,
                     Value out);

  TemporalConvOp op;
  const ConvertSNNToLinalgPassOptions &options;
  Type element, sumType;
  int64_t taps, numNeurons, stride;
  bool perStep, reverse;
  Lanes lanes;
  /// Steps of a tile.
  int64_t tileRows;
  SmallVector<OpFoldResult> shape;
  Value all, kernel, steps;
  /// Of the steps that are computed: one in `stride`.
  Value first, count;
  /// Elements of a step, where lanes are flat.
  Value rowSize;
};
} // namespace

/// Half of the registers of a product's block are sums, half a window.
static int64_t getTileRows(const ConvertSNNToLinalgPassOptions &options) {
  int64_t registers =
      options.rowBlock * options.columnLanes / options.vectorLanes;
  return std::clamp<int64_t>(registers * 3 / 4, 4, 12);
}

DirectConv::DirectConv(Emit &emit, TemporalConvOp op, Value all,
                       const ConvertSNNToLinalgPassOptions &options)
    : op(op), options(options),
      element(op.getInput().getType().getElementType()),
      sumType(getAccumulatorType(element)), taps(op.getNumTaps()),
      numNeurons(countNeurons(op)), stride(op.getPeriod().value_or(1)),
      perStep(op.getPerStep()), reverse(op.getReverse()),
      lanes(numNeurons, options.vectorLanes, sumType),
      tileRows(getTileRows(options)),
      shape(tensor::getMixedSizes(emit, emit.getLoc(), op.getInput())),
      all(all), kernel(op.getKernel()), steps(emit.dim(op.getInput(), 0)) {
  if (!perStep && getType(kernel).getRank() > 2)
    kernel = emit.collapse(kernel, 1, getType(kernel).getRank());
}

/// Neighbours in memory are lanes where a row does not fill them, and the
/// weights are those of any row that starts at a multiple of the lanes.
bool DirectConv::isFlat() {
  int64_t width = getRegisterWidth(options.vectorLanes, sumType);
  bool isShared = getType(kernel).getRank() == 1;
  return !op.dependsOnPosition() && numNeurons < width &&
         (isShared || width % numNeurons == 0);
}

Value DirectConv::emitAll(Emit &emit) {
  return isFlat() ? emitFlat(emit) : emitRows(emit);
}

//===--- A vector of neurons ------------------------------------------------//

Value DirectConv::forBatch(Emit &emit, Value out,
                           function_ref<Value(Emit &, Value, Value)> body) {
  return emit.carry(emit.index(0), emit.dim(out, 1), emit.index(1), out,
                    [&](Emit &at, Value batch, SmallVectorImpl<Value> &inner) {
                      inner[0] = body(at, batch, inner[0]);
                    })[0];
}

/// first = (phase - offset) mod period, as unsigned numbers.
void DirectConv::setTimes(Emit &emit) {
  first = emit.index(0);
  count = steps;
  if (!op.getPeriod())
    return;
  Value period = emit.index(stride), phase = emit.index(*op.getPhase());
  if (Value offset = op.getOffset()) {
    Value position =
        arith::IndexCastOp::create(emit, emit.getIndexType(), offset);
    Value behind = arith::RemUIOp::create(emit, position, period);
    Value ahead = emit.add(emit.sub(phase, behind), period);
    phase = arith::RemUIOp::create(emit, ahead, period);
  }
  first = phase;
  Value left = emit.max(emit.sub(steps, first), emit.index(0));
  count = arith::CeilDivUIOp::create(emit, left, period);
}

/// Tiles of as many steps as fit, then steps one by one.
Value DirectConv::forTimes(Emit &emit, Value out, TileBody body) {
  Value rows = emit.index(tileRows);
  Value end = emit.mul(arith::DivUIOp::create(emit, count, rows), rows);
  auto loop = [&](Value from, Value to, int64_t size) {
    out = emit.carry(from, to, emit.index(size), out,
                     [&](Emit &at, Value row, SmallVectorImpl<Value> &inner) {
                       Value time =
                           at.add(first, at.mul(row, at.index(stride)));
                       inner[0] = body(at, time, size, inner[0]);
                     })[0];
  };
  loop(emit.index(0), end, tileRows);
  loop(end, count, 1);
  return out;
}

/// Short kernels go through memory row by row; the rows of a long one would
/// leave the cache before they are read again.
Value DirectConv::emitRows(Emit &emit) {
  setTimes(emit);
  all = emit.collapse(all, 2, shape.size());
  Value out =
      op.getPeriod() ? emit.zeros(shape, element) : emit.empty(shape, element);
  out = emit.collapse(out, 2, shape.size());
  int64_t rows = taps + tileRows * stride;
  int64_t bytes = numNeurons * element.getIntOrFloatBitWidth() / 8;
  auto forLanes = [&](Emit &at, Value carried, auto body) {
    return forBatch(at, carried, [&](Emit &in, Value batch, Value inner) {
      return lanes.forEach(in, inner, [&](Emit &lanesAt, Value lane, Value y) {
        return body(lanesAt, batch, lane, y);
      });
    });
  };
  if (rows * bytes <= options.cacheBytes / 4)
    out = forTimes(emit, out, [&](Emit &at, Value time, int64_t n, Value y) {
      return forLanes(at, y, [&](Emit &in, Value batch, Value lane, Value z) {
        return emitTile(in, time, batch, lane, n, z);
      });
    });
  else
    out = forLanes(emit, out, [&](Emit &at, Value batch, Value lane, Value y) {
      return forTimes(at, y, [&](Emit &in, Value time, int64_t n, Value z) {
        return emitTile(in, time, batch, lane, n, z);
      });
    });
  return emit.expand(out, 2, ArrayRef(shape).drop_front(2));
}

Value DirectConv::readInput(Emit &emit, Value row, Value batch, Value lane) {
  return extendTo(emit, emit.read(all, {row, batch, lane}, lanes.width),
                  sumType);
}

Value DirectConv::readWeight(Emit &emit, Value tap, Value time, Value lane) {
  if (!perStep && getType(kernel).getRank() == 2)
    return extendTo(emit, emit.read(kernel, {tap, lane}, lanes.width), sumType);
  SmallVector<Value> indices = {tap};
  if (perStep) {
    if (Value offset = op.getOffset())
      time = emit.add(
          time, arith::IndexCastOp::create(emit, emit.getIndexType(), offset));
    indices = {time, tap};
  }
  Value weight = tensor::ExtractOp::create(emit, kernel, indices);
  return extendTo(emit, emit.splat(weight, lanes.width), sumType);
}

/// Sums of +0, and the inputs of the first tap but the one that `emitTap`
/// reads.
SmallVector<Value> DirectConv::startSums(Emit &emit, Value time, Value batch,
                                         Value lane, int64_t rows) {
  SmallVector<Value> values(rows,
                            emit.zero(VectorType::get(lanes.width, sumType)));
  for (int64_t row = 0; stride == 1 && row < rows - 1; ++row) {
    Value ahead = emit.index(reverse ? taps + row : row);
    values.push_back(readInput(emit, emit.add(time, ahead), batch, lane));
  }
  return values;
}

void DirectConv::emitTap(Emit &emit, Value i, Value time, Value batch,
                         Value lane, int64_t rows,
                         SmallVectorImpl<Value> &values) {
  Value tap = emit.sub(emit.index(taps - 1), i);
  Value base = emit.add(time, reverse ? tap : i);
  auto read = [&](int64_t row) {
    return readInput(emit, emit.add(base, emit.index(row * stride)), batch,
                     lane);
  };
  // x[t + tap] of each row; the next tap is one step on, or back.
  SmallVector<Value> x(ArrayRef(values).drop_front(rows));
  values.truncate(rows);
  if (stride == 1) {
    x.insert(reverse ? x.begin() : x.end(), read(reverse ? 0 : rows - 1));
    llvm::append_range(values, reverse ? ArrayRef(x).drop_back()
                                       : ArrayRef(x).drop_front());
  } else {
    for (int64_t row = 0; row < rows; ++row)
      x.push_back(read(row));
  }
  Value weight;
  for (int64_t row = 0; row < rows; ++row) {
    if (row == 0 || perStep)
      weight =
          readWeight(emit, tap, emit.add(time, emit.index(row * stride)), lane);
    values[row] = math::FmaOp::create(emit, weight, x[row], values[row]);
  }
}

SmallVector<Value> DirectConv::forTaps(
    Emit &emit, ArrayRef<Value> values,
    function_ref<void(Emit &, Value, SmallVectorImpl<Value> &)> body) {
  constexpr int64_t unroll = 4;
  int64_t whole = taps / unroll * unroll;
  SmallVector<Value> carried(values);
  if (whole > 0)
    carried = emit.carry(emit.index(0), emit.index(whole), emit.index(unroll),
                         carried,
                         [&](Emit &at, Value i, SmallVectorImpl<Value> &inner) {
                           for (int64_t part = 0; part < unroll; ++part)
                             body(at, at.add(i, at.index(part)), inner);
                         });
  for (int64_t i = whole; i < taps; ++i)
    body(emit, emit.index(i), carried);
  return carried;
}

Value DirectConv::emitTile(Emit &emit, Value time, Value batch, Value lane,
                           int64_t rows, Value out) {
  SmallVector<Value> sums =
      forTaps(emit, startSums(emit, time, batch, lane, rows),
              [&](Emit &at, Value i, SmallVectorImpl<Value> &values) {
                emitTap(at, i, time, batch, lane, rows, values);
              });
  for (int64_t row = 0; row < rows; ++row) {
    Value to = emit.add(time, emit.index(row * stride));
    out = emit.write(truncateTo(emit, sums[row], element), out,
                     {to, batch, lane});
  }
  return out;
}

//===--- Neighbours in memory -----------------------------------------------//

/// Rows of `width` weights: those of the neurons, again and again.
Value DirectConv::repeatKernel(Emit &emit, int64_t width) {
  SmallVector<OpFoldResult> sizes = {emit.getIndexAttr(taps),
                                     emit.getIndexAttr(width)};
  Value table = emit.empty(sizes, element);
  SmallVector<utils::IteratorType> loops(2, utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             emit, table.getType(), ValueRange(), table,
             ArrayRef{emit.getMultiDimIdentityMap(2)}, loops,
             [&](OpBuilder &builder, Location loc, ValueRange) {
               Emit at(loc, builder);
               Value tap = linalg::IndexOp::create(at, 0);
               Value neuron = arith::RemUIOp::create(
                   at, linalg::IndexOp::create(at, 1), at.index(numNeurons));
               Value weight = tensor::ExtractOp::create(
                   at, kernel, ValueRange{tap, neuron});
               linalg::YieldOp::create(at, weight);
             })
      .getResult(0);
}

/// Element o of the output is the sum of w[k] all[o + step * rowSize].
Value DirectConv::emitFlatTile(Emit &emit, Value first, int64_t vectors,
                               int64_t width, Value out) {
  auto type = VectorType::get(width, sumType);
  SmallVector<Value> sums = forTaps(
      emit, SmallVector<Value>(vectors, emit.zero(type)),
      [&](Emit &at, Value i, SmallVectorImpl<Value> &values) {
        Value tap = at.sub(at.index(taps - 1), i);
        Value weight =
            getType(kernel).getRank() == 2
                ? at.read(kernel, {tap, at.index(0)}, width)
                : at.splat(tensor::ExtractOp::create(at, kernel, tap), width);
        weight = extendTo(at, weight, sumType);
        Value from = at.add(first, at.mul(reverse ? tap : i, rowSize));
        for (auto [part, sum] : llvm::enumerate(values)) {
          Value x = at.read(all, at.add(from, at.index(part * width)), width);
          sum = math::FmaOp::create(at, weight, extendTo(at, x, sumType), sum);
        }
      });
  for (auto [part, sum] : llvm::enumerate(sums))
    out = emit.write(truncateTo(emit, sum, element), out,
                     emit.add(first, emit.index(part * width)));
  return out;
}

Value DirectConv::emitFlat(Emit &emit) {
  int64_t width = getRegisterWidth(options.vectorLanes, sumType);
  int64_t rank = shape.size();
  rowSize = emit.mul(emit.dim(all, 1), emit.index(numNeurons));
  all = emit.collapse(all, 0, rank);
  if (getType(kernel).getRank() == 2)
    kernel = repeatKernel(emit, width);
  Value out = emit.collapse(emit.empty(shape, element), 0, rank);
  Value total = emit.mul(steps, rowSize), from = emit.index(0);
  auto loop = [&](int64_t vectors, int64_t size) {
    Value step = emit.index(vectors * size);
    Value pieces = arith::DivUIOp::create(emit, emit.sub(total, from), step);
    Value to = emit.add(from, emit.mul(pieces, step));
    out = emit.carry(from, to, step, out,
                     [&](Emit &at, Value first, SmallVectorImpl<Value> &inner) {
                       inner[0] =
                           emitFlatTile(at, first, vectors, size, inner[0]);
                     })[0];
    from = to;
  };
  loop(tileRows, width);
  // What is left is a multiple of a row, and so of the smallest of these.
  bool isRepeated = getType(kernel).getRank() == 2;
  int64_t least = isRepeated ? numNeurons : 1;
  for (int64_t size = width; size >= least; size /= 2)
    loop(1, size);
  return emit.expand(out, 0, shape);
}

Value mlir::snn::emitDirectConv(Emit &emit, TemporalConvOp op,
                                const ConvertSNNToLinalgPassOptions &options) {
  Extended extended(emit, op.getInput(), op.getInits(), op.getNumTaps() - 1,
                    op.getReverse());
  Value out = DirectConv(emit, op, extended.all, options).emitAll(emit);
  return emit.castTo(out, op.getOutput().getType());
}
