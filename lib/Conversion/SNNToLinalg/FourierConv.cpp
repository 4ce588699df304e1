//===- FourierConv.cpp - Convolutions along time by Fourier transforms ----===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Overlap-save: the n inputs before and at some steps are multiplied with the
// kernel as spectra. A transform runs along time with a vector of neurons as
// its elements, so no step of it shuffles lanes.
//
// n rows of reals are m = n/2 rows of complex numbers, even steps the real
// parts: so they lie in memory. The way there is decimated in frequency and
// leaves the spectrum in bit-reversed order, the way back is decimated in time
// and expects it, so nothing is reordered. The product untangles the spectra of
// even and odd steps, Z = E + i O and X[k] = E[k] + w^k O[k], and tangles them
// again; in bit-reversed order, the partner m - k of row p is p with all bits
// below its highest one flipped.
//
//===----------------------------------------------------------------------===//

#include "TemporalConv.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlir::snn;

//===----------------------------------------------------------------------===//
// Complex vectors
//===----------------------------------------------------------------------===//

namespace {
struct Complex {
  Value re, im;
};

/// Arithmetic on vectors of complex numbers.
struct ComplexEmit {
  Emit &emit;

  Complex add(Complex a, Complex b) {
    return {arith::AddFOp::create(emit, a.re, b.re),
            arith::AddFOp::create(emit, a.im, b.im)};
  }
  Complex sub(Complex a, Complex b) {
    return {arith::SubFOp::create(emit, a.re, b.re),
            arith::SubFOp::create(emit, a.im, b.im)};
  }
  Complex conj(Complex a) { return {a.re, arith::NegFOp::create(emit, a.im)}; }
  /// i a
  Complex turn(Complex a) { return {arith::NegFOp::create(emit, a.im), a.re}; }
  /// Each part is a product and a fused multiply-add: 2 u (Jeannerod et al.,
  /// 2017).
  Complex mul(Complex a, Complex b) {
    Value cross = arith::MulFOp::create(emit, a.im, b.im);
    Value other = arith::MulFOp::create(emit, a.im, b.re);
    return {math::FmaOp::create(emit, a.re, b.re,
                                arith::NegFOp::create(emit, cross)),
            math::FmaOp::create(emit, a.re, b.im, other)};
  }
};
} // namespace

/// e^(-2 pi i k / n): quarter turns, which are exact, and an angle of at most
/// pi / 4.
static std::pair<double, double> getRoot(int64_t k, int64_t n) {
  int64_t quarters = (8 * k + n) / (2 * n);
  double angle = 2 * M_PI * double(4 * k - quarters * n) / double(4 * n);
  double re = std::cos(angle), im = std::sin(angle);
  for (int64_t i = 0; i < quarters % 4; ++i)
    std::tie(re, im) = std::pair(-im, re);
  return {re, -im};
}

/// A constant table of rows of roots.
static Value emitTable(Emit &emit, ArrayRef<double> values, int64_t columns,
                       Type element) {
  SmallVector<Attribute> attrs;
  for (double value : values)
    attrs.push_back(emit.getFloatAttr(element, value));
  int64_t rows = values.size() / columns;
  return arith::ConstantOp::create(
      emit, DenseElementsAttr::get(
                RankedTensorType::get({rows, columns}, element), attrs));
}

//===----------------------------------------------------------------------===//
// Transforms
//===----------------------------------------------------------------------===//

namespace {
/// Transforms of `size` complex rows, in place.
class Fourier {
public:
  Fourier(Emit &emit, int64_t size, VectorType type);

  Complex load(Emit &emit, Value rows, Value row) const;
  Value store(Emit &emit, Complex value, Value rows, Value row) const;
  Value emitForward(Emit &emit, Value rows, Value base, int64_t size) const;
  Value emitInverse(Emit &emit, Value rows, Value base, int64_t size) const;
  /// Runs the body for each pair of rows k and m - k but the first row.
  Value forPairs(
      Emit &emit, Value rows,
      function_ref<Value(Emit &, Value, Value, Complex, Value)> body) const;

  int64_t size;
  VectorType type;

private:
  /// A stage runs over rows [base + j + i * size / 4), i = 0 .. 3.
  using Butterfly = Value (Fourier::*)(Emit &, Value, Value, Value,
                                       int64_t) const;

  Complex getConstant(Emit &emit, Value table, Value row, int64_t column) const;
  Value forward4(Emit &emit, Value rows, Value base, Value j,
                 int64_t size) const;
  Value inverse4(Emit &emit, Value rows, Value base, Value j,
                 int64_t size) const;
  Value emitStage(Emit &emit, Value rows, Value base, int64_t size,
                  Butterfly butterfly) const;
  /// A stage of each of the parts of `total` rows.
  Value emitStages(Emit &emit, Value rows, Value base, int64_t total,
                   int64_t size, Butterfly butterfly) const;
  Value emitStages2(Emit &emit, Value rows, Value base, int64_t total) const;
  bool isLarge(int64_t size) const;

  /// Row `firstTwiddle[s] + j`: w^j, w^2j, w^3j, w the root of s.
  Value twiddles;
  llvm::SmallDenseMap<int64_t, int64_t> firstTwiddle;
  /// Row p: the root of 2 m to the power of k, p being k with its bits
  /// reversed.
  Value turns;
};
} // namespace

Fourier::Fourier(Emit &emit, int64_t size, VectorType type)
    : size(size), type(type) {
  SmallVector<double> values;
  auto append = [&](int64_t k, int64_t n) {
    auto [re, im] = getRoot(k, n);
    values.append({re, im});
  };
  for (int64_t stage = size; stage >= 4; stage /= 4) {
    firstTwiddle[stage] = values.size() / 6;
    for (int64_t j = 0; j < stage / 4; ++j)
      for (int64_t power = 1; power <= 3; ++power)
        append(power * j, stage);
  }
  twiddles = emitTable(emit, values, 6, type.getElementType());
  values.clear();
  unsigned unused = 64 - llvm::Log2_64(size);
  for (int64_t row = 0; row < size; ++row)
    append(llvm::reverseBits(uint64_t(row)) >> unused, 2 * size);
  turns = emitTable(emit, values, 2, type.getElementType());
}

Complex Fourier::load(Emit &emit, Value rows, Value row) const {
  Value re = emit.mul(row, emit.index(2)), zero = emit.index(0);
  Value im = emit.add(re, emit.index(1));
  return {emit.read(rows, {re, zero}, type.getNumElements()),
          emit.read(rows, {im, zero}, type.getNumElements())};
}

Value Fourier::store(Emit &emit, Complex value, Value rows, Value row) const {
  Value re = emit.mul(row, emit.index(2)), zero = emit.index(0);
  Value im = emit.add(re, emit.index(1));
  return emit.write(value.im, emit.write(value.re, rows, {re, zero}),
                    {im, zero});
}

Complex Fourier::getConstant(Emit &emit, Value table, Value row,
                             int64_t column) const {
  auto read = [&](int64_t at) {
    return emit.splat(
        tensor::ExtractOp::create(emit, table, ValueRange{row, emit.index(at)}),
        type.getNumElements());
  };
  return {read(column), read(column + 1)};
}

Value Fourier::forward4(Emit &emit, Value rows, Value base, Value j,
                        int64_t size) const {
  ComplexEmit math{emit};
  Value first = emit.index(firstTwiddle.lookup(size)), row[4];
  Complex x[4];
  for (int64_t i = 0; i < 4; ++i) {
    row[i] = emit.add(emit.add(base, j), emit.index(i * size / 4));
    x[i] = load(emit, rows, row[i]);
  }
  auto twist = [&](Complex value, int64_t power) {
    return math.mul(value, getConstant(emit, twiddles, emit.add(first, j),
                                       2 * (power - 1)));
  };
  Complex even = math.add(x[0], x[2]), odd = math.add(x[1], x[3]);
  Complex left = math.sub(x[0], x[2]);
  Complex right = math.turn(math.sub(x[1], x[3]));
  rows = store(emit, math.add(even, odd), rows, row[0]);
  rows = store(emit, twist(math.sub(even, odd), 2), rows, row[1]);
  rows = store(emit, twist(math.sub(left, right), 1), rows, row[2]);
  return store(emit, twist(math.add(left, right), 3), rows, row[3]);
}

Value Fourier::inverse4(Emit &emit, Value rows, Value base, Value j,
                        int64_t size) const {
  ComplexEmit math{emit};
  Value first = emit.index(firstTwiddle.lookup(size)), row[4];
  Complex x[4];
  for (int64_t i = 0; i < 4; ++i) {
    row[i] = emit.add(emit.add(base, j), emit.index(i * size / 4));
    x[i] = load(emit, rows, row[i]);
  }
  auto untwist = [&](Complex value, int64_t power) {
    return math.mul(value,
                    math.conj(getConstant(emit, twiddles, emit.add(first, j),
                                          2 * (power - 1))));
  };
  Complex b = untwist(x[1], 2), c = untwist(x[2], 1), d = untwist(x[3], 3);
  Complex even = math.add(x[0], b), left = math.sub(x[0], b);
  Complex odd = math.add(c, d), right = math.turn(math.sub(c, d));
  rows = store(emit, math.add(even, odd), rows, row[0]);
  rows = store(emit, math.add(left, right), rows, row[1]);
  rows = store(emit, math.sub(even, odd), rows, row[2]);
  return store(emit, math.sub(left, right), rows, row[3]);
}

Value Fourier::emitStage(Emit &emit, Value rows, Value base, int64_t size,
                         Butterfly butterfly) const {
  return emit.carry(emit.index(0), emit.index(size / 4), emit.index(1), rows,
                    [&](Emit &at, Value j, SmallVectorImpl<Value> &inner) {
                      inner[0] =
                          (this->*butterfly)(at, inner[0], base, j, size);
                    })[0];
}

Value Fourier::emitStages(Emit &emit, Value rows, Value base, int64_t total,
                          int64_t size, Butterfly butterfly) const {
  return emit.carry(emit.index(0), emit.index(total), emit.index(size), rows,
                    [&](Emit &at, Value part, SmallVectorImpl<Value> &inner) {
                      inner[0] = emitStage(at, inner[0], at.add(base, part),
                                           size, butterfly);
                    })[0];
}

Value Fourier::emitStages2(Emit &emit, Value rows, Value base,
                           int64_t total) const {
  return emit.carry(emit.index(0), emit.index(total), emit.index(2), rows,
                    [&](Emit &at, Value part, SmallVectorImpl<Value> &inner) {
                      ComplexEmit math{at};
                      Value first = at.add(base, part),
                            second = at.add(first, at.index(1));
                      Complex a = load(at, inner[0], first),
                              b = load(at, inner[0], second);
                      inner[0] = store(at, math.add(a, b), inner[0], first);
                      inner[0] = store(at, math.sub(a, b), inner[0], second);
                    })[0];
}

/// Whether the rows leave no room in a first-level cache: then their parts are
/// transformed one after the other.
bool Fourier::isLarge(int64_t size) const {
  constexpr int64_t cacheBytes = 32 << 10;
  int64_t bytes = type.getElementTypeBitWidth() / 8 * type.getNumElements();
  return size > 4 && 2 * size * bytes > cacheBytes;
}

Value Fourier::emitForward(Emit &emit, Value rows, Value base,
                           int64_t size) const {
  if (isLarge(size)) {
    rows = emitStage(emit, rows, base, size, &Fourier::forward4);
    return emit.carry(
        emit.index(0), emit.index(size), emit.index(size / 4), rows,
        [&](Emit &at, Value part, SmallVectorImpl<Value> &inner) {
          inner[0] = emitForward(at, inner[0], at.add(base, part), size / 4);
        })[0];
  }
  int64_t stage = size;
  for (; stage >= 4; stage /= 4)
    rows = emitStages(emit, rows, base, size, stage, &Fourier::forward4);
  return stage == 2 ? emitStages2(emit, rows, base, size) : rows;
}

Value Fourier::emitInverse(Emit &emit, Value rows, Value base,
                           int64_t size) const {
  if (isLarge(size)) {
    rows = emit.carry(
        emit.index(0), emit.index(size), emit.index(size / 4), rows,
        [&](Emit &at, Value part, SmallVectorImpl<Value> &inner) {
          inner[0] = emitInverse(at, inner[0], at.add(base, part), size / 4);
        })[0];
    return emitStage(emit, rows, base, size, &Fourier::inverse4);
  }
  bool isOdd = llvm::Log2_64(size) % 2 != 0;
  if (isOdd)
    rows = emitStages2(emit, rows, base, size);
  for (int64_t stage = isOdd ? 8 : 4; stage <= size; stage *= 4)
    rows = emitStages(emit, rows, base, size, stage, &Fourier::inverse4);
  return rows;
}

/// Rows p = b .. 3/2 b - 1 have their partners from 2 b - 1 down, b = 2, 4,
/// ...; row 1 is its own partner.
Value Fourier::forPairs(
    Emit &emit, Value rows,
    function_ref<Value(Emit &, Value, Value, Complex, Value)> body) const {
  return emit.carry(
      emit.index(0), emit.index(llvm::Log2_64(size)), emit.index(1), rows,
      [&](Emit &at, Value bit, SmallVectorImpl<Value> &outer) {
        Value one = at.index(1), begin = arith::ShLIOp::create(at, one, bit);
        Value last = at.sub(at.mul(begin, at.index(2)), one);
        Value half = arith::ShRUIOp::create(at, begin, one);
        outer[0] = at.carry(
            at.index(0), at.max(half, one), one, outer[0],
            [&](Emit &in, Value i, SmallVectorImpl<Value> &inner) {
              Value p = in.add(begin, i), q = in.sub(last, i);
              inner[0] = body(in, p, q, getConstant(in, turns, p, 0), inner[0]);
            })[0];
      })[0];
}

//===----------------------------------------------------------------------===//
// Overlap-save
//===----------------------------------------------------------------------===//

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

/// Neurons of one batch element.
static int64_t countNeurons(TemporalConvOp op) {
  return ShapedType::getNumElements(
      op.getInput().getType().getShape().drop_front(2));
}

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
  Complex first = fourier.load(emit, rows, zero);
  Complex ends = {arith::AddFOp::create(emit, first.re, first.im),
                  arith::SubFOp::create(emit, first.re, first.im)};
  rows = fourier.store(emit, scale(emit, ends, 1.0 / size), rows, zero);
  return fourier.forPairs(
      emit, rows, [&](Emit &at, Value p, Value q, Complex turn, Value inner) {
        ComplexEmit math{at};
        Complex a = fourier.load(at, inner, p);
        Complex b = math.conj(fourier.load(at, inner, q));
        Complex even = math.add(a, b);
        Complex odd = math.mul(math.turn(math.sub(b, a)), turn);
        double by = 0.25 / size;
        inner = fourier.store(at, scale(at, math.add(even, odd), by), inner, p);
        Complex partner = math.conj(math.sub(even, odd));
        return fourier.store(at, scale(at, partner, by), inner, q);
      });
}

/// Multiplies with a spectrum.
Value FourierConv::emitProduct(Emit &emit, Value rows, Value spectrum) {
  Value zero = emit.index(0);
  Complex first = fourier.load(emit, rows, zero);
  Complex ends = fourier.load(emit, spectrum, zero);
  Value low = arith::MulFOp::create(
      emit, arith::AddFOp::create(emit, first.re, first.im), ends.re);
  Value high = arith::MulFOp::create(
      emit, arith::SubFOp::create(emit, first.re, first.im), ends.im);
  rows = fourier.store(emit,
                       {arith::AddFOp::create(emit, low, high),
                        arith::SubFOp::create(emit, low, high)},
                       rows, zero);
  return fourier.forPairs(
      emit, rows, [&](Emit &at, Value p, Value q, Complex turn, Value inner) {
        ComplexEmit math{at};
        Complex a = fourier.load(at, inner, p);
        Complex b = math.conj(fourier.load(at, inner, q));
        Complex even = math.add(a, b);
        Complex odd = math.mul(math.turn(math.sub(b, a)), turn);
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
