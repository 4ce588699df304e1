//===- FourierConv.cpp - Convolutions along time by Fourier transforms ----===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Overlap-save: the n inputs before and at some steps are multiplied with the
// kernel as spectra. The product untangles the spectra of even and odd steps,
// Z = E + i O and X[k] = E[k] + w^k O[k], and tangles them again.
//
//===----------------------------------------------------------------------===//

#include "Fourier.h"
#include "TemporalConv.h"

using namespace mlir;
using namespace mlir::snn;

namespace {
/// Blocks of `size` inputs, the first K - 1 of which are before the outputs.
class FourierConv {
public:
  FourierConv(Emit &emit, TemporalConvOp op,
              const ConvertSNNToLinalgPassOptions &options);

  Value emitAll(Emit &emit);

private:
  Value emitSpectrum(Emit &emit, Value lane);
  Value loadBlock(Emit &emit, Value time, Value batch, Value lane);
  Complex loadEnds(Emit &emit, Value rows);
  std::pair<Complex, Complex> loadPair(Emit &emit, Value rows, Value p, Value q,
                                       Complex turn);
  Value emitProduct(Emit &emit, Value rows, Value spectrum);
  Value storeBlock(Emit &emit, Value rows, Value time, Value batch, Value lane,
                   Value out);
  Value emitBlocks(Emit &emit, Value batch, Value lane, Value spectrum,
                   Value out);

  bool reverse;
  int64_t taps, size;
  Type element, sumType;
  Lanes lanes;
  Fourier fourier;
  SmallVector<OpFoldResult> shape;
  Value input, past, kernel, steps;
};
} // namespace

FourierConv::FourierConv(Emit &emit, TemporalConvOp op,
                         const ConvertSNNToLinalgPassOptions &options)
    : reverse(op.getReverse()), taps(op.getNumTaps()), size(op.getBlockSize()),
      element(op.getInput().getType().getElementType()),
      sumType(getAccumulatorType(element)),
      lanes(countNeurons(op), options.vectorLanes, sumType),
      fourier(emit, size / 2, VectorType::get(lanes.width, sumType)),
      shape(tensor::getMixedSizes(emit, emit.getLoc(), op.getInput())),
      input(emit.collapse(op.getInput(), 2, shape.size())),
      past(emit.collapse(
          getHistory(emit, op.getInput(), op.getInits(), taps - 1), 2,
          shape.size())),
      kernel(op.getKernel()), steps(emit.dim(op.getInput(), 0)) {
  if (getType(kernel).getRank() > 2)
    kernel = emit.collapse(kernel, 1, getType(kernel).getRank());
}

/// Writes rows [from, to), each as `getRow` says.
static Value fillRows(Emit &emit, Value rows, Value from, Value to,
                      function_ref<Value(Emit &, Value)> getRow) {
  return emit.carry(from, to, emit.index(1), rows,
                    [&](Emit &at, Value row, SmallVectorImpl<Value> &inner) {
                      inner[0] = at.write(getRow(at, row), inner[0],
                                          {row, at.index(0)});
                    })[0];
}

/// The real values at k = 0 and k = m, which row 0 holds as their mean and half
/// their difference.
Complex FourierConv::loadEnds(Emit &emit, Value rows) {
  Complex first = fourier.load(emit, rows, emit.index(0));
  return {arith::AddFOp::create(emit, first.re, first.im),
          arith::SubFOp::create(emit, first.re, first.im)};
}

/// Twice the spectra of the even and of the odd values at rows p and q = m - p.
std::pair<Complex, Complex>
FourierConv::loadPair(Emit &emit, Value rows, Value p, Value q, Complex turn) {
  ComplexEmit math{emit};
  Complex a = fourier.load(emit, rows, p);
  Complex b = math.conj(fourier.load(emit, rows, q));
  return {math.add(a, b), math.mul(math.turn(math.sub(b, a)), turn)};
}

/// The spectrum of the taps over 4 m, which undoes the factors of the product;
/// in row 0 the real values of k = 0 and k = m.
Value FourierConv::emitSpectrum(Emit &emit, Value lane) {
  SmallVector<OpFoldResult> sizes = {emit.getIndexAttr(size),
                                     emit.getIndexAttr(lanes.width)};
  Value zero = emit.index(0), end = emit.index(taps);
  Value rows = fillRows(
      emit, emit.empty(sizes, sumType), zero, end, [&](Emit &at, Value k) {
        // Backwards, outputs are sums over what follows: taps in reverse.
        Value tap = reverse ? at.sub(at.index(taps - 1), k) : k;
        Value weight =
            getType(kernel).getRank() == 2
                ? at.read(kernel, {tap, lane}, lanes.width)
                : at.splat(tensor::ExtractOp::create(at, kernel, tap),
                           lanes.width);
        return extendTo(at, weight, sumType);
      });
  rows = fillRows(emit, rows, end, emit.index(size),
                  [&](Emit &at, Value) { return at.zero(fourier.type); });
  rows = fourier.emitForward(emit, rows, zero, size / 2);

  auto getScale = [&](Emit &at, double value) -> Value {
    return arith::ConstantOp::create(
        at, DenseElementsAttr::get(fourier.type,
                                   Attribute(at.getFloatAttr(sumType, value))));
  };
  auto scale = [&](Emit &at, Complex value, double by) -> Complex {
    Value factor = getScale(at, by);
    return {arith::MulFOp::create(at, value.re, factor),
            arith::MulFOp::create(at, value.im, factor)};
  };
  rows = fourier.store(emit, scale(emit, loadEnds(emit, rows), 1.0 / size),
                       rows, zero);
  return fourier.forPairs(
      emit, rows, [&](Emit &at, Value p, Value q, Complex turn, Value inner) {
        ComplexEmit math{at};
        auto [even, odd] = loadPair(at, inner, p, q, turn);
        double by = 0.25 / size;
        inner = fourier.store(at, scale(at, math.add(even, odd), by), inner, p);
        Complex partner = math.conj(math.sub(even, odd));
        return fourier.store(at, scale(at, partner, by), inner, q);
      });
}

/// Multiplies with a spectrum.
Value FourierConv::emitProduct(Emit &emit, Value rows, Value spectrum) {
  Value zero = emit.index(0);
  Complex ends = loadEnds(emit, rows);
  Complex others = fourier.load(emit, spectrum, zero);
  Value low = arith::MulFOp::create(emit, ends.re, others.re);
  Value high = arith::MulFOp::create(emit, ends.im, others.im);
  rows = fourier.store(emit,
                       {arith::AddFOp::create(emit, low, high),
                        arith::SubFOp::create(emit, low, high)},
                       rows, zero);
  return fourier.forPairs(
      emit, rows, [&](Emit &at, Value p, Value q, Complex turn, Value inner) {
        ComplexEmit math{at};
        auto [even, odd] = loadPair(at, inner, p, q, turn);
        Complex x =
            math.mul(math.add(even, odd), fourier.load(at, spectrum, p));
        Complex y = math.conj(math.mul(math.conj(math.sub(even, odd)),
                                       fourier.load(at, spectrum, q)));
        even = math.add(x, y);
        odd = math.turn(math.mul(math.sub(x, y), math.conj(turn)));
        inner = fourier.store(at, math.add(even, odd), inner, p);
        return fourier.store(at, math.conj(math.sub(even, odd)), inner, q);
      });
}

/// Inputs from the K - 1 before step `time` on (backwards, from `time` on), and
/// zeros behind the last.
Value FourierConv::loadBlock(Emit &emit, Value time, Value batch, Value lane) {
  SmallVector<OpFoldResult> sizes = {emit.getIndexAttr(size),
                                     emit.getIndexAttr(lanes.width)};
  Value history = emit.index(taps - 1);
  Value first = reverse ? input : past, second = reverse ? past : input;
  Value firstSteps = reverse ? steps : history;
  Value zero = emit.index(0), end = emit.index(size);
  auto limit = [&](Value step) {
    return emit.min(emit.max(emit.sub(step, time), zero), end);
  };
  Value middle = limit(firstSteps), last = limit(emit.add(steps, history));
  Value rows = emit.empty(sizes, sumType);
  auto copy = [&](Value sequence, Value from, Value to, Value start) {
    rows = fillRows(emit, rows, from, to, [&](Emit &at, Value row) {
      Value step = at.sub(at.add(time, row), start);
      Value x = at.read(sequence, {step, batch, lane}, lanes.width);
      return extendTo(at, x, sumType);
    });
  };
  copy(first, zero, middle, zero);
  copy(second, middle, last, firstSteps);
  return fillRows(emit, rows, last, end,
                  [&](Emit &at, Value) { return at.zero(fourier.type); });
}

/// The rows from K - 1 on are outputs; those before have wrapped around.
Value FourierConv::storeBlock(Emit &emit, Value rows, Value time, Value batch,
                              Value lane, Value out) {
  Value count = emit.min(emit.index(size - taps + 1), emit.sub(steps, time));
  return emit.carry(emit.index(0), count, emit.index(1), out,
                    [&](Emit &at, Value row, SmallVectorImpl<Value> &inner) {
                      Value from = at.add(row, at.index(taps - 1));
                      Value y = at.read(rows, {from, at.index(0)}, lanes.width);
                      inner[0] = at.write(truncateTo(at, y, element), inner[0],
                                          {at.add(time, row), batch, lane});
                    })[0];
}

Value FourierConv::emitBlocks(Emit &emit, Value batch, Value lane,
                              Value spectrum, Value out) {
  return emit.carry(emit.index(0), steps, emit.index(size - taps + 1), out,
                    [&](Emit &at, Value time, SmallVectorImpl<Value> &inner) {
                      Value zero = at.index(0);
                      Value rows = loadBlock(at, time, batch, lane);
                      rows = fourier.emitForward(at, rows, zero, size / 2);
                      rows = emitProduct(at, rows, spectrum);
                      rows = fourier.emitInverse(at, rows, zero, size / 2);
                      inner[0] =
                          storeBlock(at, rows, time, batch, lane, inner[0]);
                    })[0];
}

/// A spectrum serves all blocks of its neurons, that of a shared kernel all.
Value FourierConv::emitAll(Emit &emit) {
  Value out = emit.collapse(emit.empty(shape, element), 2, shape.size());
  Value shared;
  if (getType(kernel).getRank() == 1)
    shared = emitSpectrum(emit, emit.index(0));
  out = lanes.forEach(emit, out, [&](Emit &at, Value lane, Value carried) {
    Value spectrum = shared ? shared : emitSpectrum(at, lane);
    return at.carry(at.index(0), at.dim(input, 1), at.index(1), carried,
                    [&](Emit &in, Value batch, SmallVectorImpl<Value> &inner) {
                      inner[0] =
                          emitBlocks(in, batch, lane, spectrum, inner[0]);
                    })[0];
  });
  return emit.expand(out, 2, ArrayRef(shape).drop_front(2));
}

Value mlir::snn::emitFourierConv(Emit &emit, TemporalConvOp op,
                                 const ConvertSNNToLinalgPassOptions &options) {
  Value out = FourierConv(emit, op, options).emitAll(emit);
  return emit.castTo(out, op.getOutput().getType());
}
