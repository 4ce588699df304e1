//===- Fourier.cpp - Fourier transforms along rows ------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fourier.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlir::snn;

/// e^(-2 pi i k / n): quarter turns, which are exact, and an angle of at most
/// pi / 4, in more than f64 so that each part is rounded once.
static std::pair<double, double> getRoot(int64_t k, int64_t n) {
  int64_t quarters = (8 * k + n) / (2 * n);
  constexpr long double pi = 3.14159265358979323846264338327950288L;
  long double angle = 2 * pi * (4 * k - quarters * n) / (4 * n);
  double re = double(std::cos(angle)), im = double(std::sin(angle));
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

Complex Fourier::getTwiddle(Emit &emit, Value j, int64_t size,
                            int64_t power) const {
  Value first = emit.index(firstTwiddle.lookup(size));
  return getConstant(emit, twiddles, emit.add(first, j), 2 * (power - 1));
}

Fourier::Quarters Fourier::loadQuarters(Emit &emit, Value rows, Value base,
                                        Value j, int64_t size) const {
  Quarters quarters;
  for (int64_t i = 0; i < 4; ++i) {
    quarters.rows[i] = emit.add(emit.add(base, j), emit.index(i * size / 4));
    quarters.values[i] = load(emit, rows, quarters.rows[i]);
  }
  return quarters;
}

Value Fourier::forward4(Emit &emit, Value rows, Value base, Value j,
                        int64_t size) const {
  ComplexEmit math{emit};
  auto [row, x] = loadQuarters(emit, rows, base, j, size);
  auto twist = [&](Complex value, int64_t power) {
    return math.mul(value, getTwiddle(emit, j, size, power));
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
  auto [row, x] = loadQuarters(emit, rows, base, j, size);
  auto untwist = [&](Complex value, int64_t power) {
    return math.mul(value, math.conj(getTwiddle(emit, j, size, power)));
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
