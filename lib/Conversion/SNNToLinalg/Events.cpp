//===- Events.cpp - Spikes as events, and the sums of synapses ------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Events.h"

using namespace mlir;
using namespace mlir::snn;

//===----------------------------------------------------------------------===//
// Spikes
//===----------------------------------------------------------------------===//

/// The same from words. Unused bits of the last may be set.
Value SpikeRows::readWords(Emit &emit, Value row, Value first,
                           int64_t count) const {
  Type type = emit.getI64Type();
  Value word = arith::DivUIOp::create(emit, first, emit.index(32));
  int64_t size = llvm::divideCeil(count, 32);
  Value words = emit.read(rows, {row, word}, size);
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

Value SpikeRows::readBits(Emit &emit, Value row, Value first,
                          int64_t count) const {
  if (areWords)
    return readWords(emit, row, first, count);
  Type word = emit.getI64Type();
  Value bits;
  for (Tile tile : getTiles(count, 64)) {
    Value from = emit.add(first, emit.index(tile.first));
    Value spikes = emit.read(rows, {row, from}, tile.width);
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

Value snn::forInputs(Emit &emit, int64_t numInputs, Value carried,
                     function_ref<Value(Emit &, Value, int64_t, Value)> body) {
  int64_t whole = numInputs / 64 * 64;
  if (whole > 0)
    carried = emit.carry(
        emit.index(0), emit.index(whole), emit.index(64), carried,
        [&](Emit &inner, Value first, SmallVectorImpl<Value> &values) {
          values[0] = body(inner, first, 64, values[0]);
        })[0];
  if (numInputs > whole)
    carried = body(emit, emit.index(whole), numInputs - whole, carried);
  return carried;
}

Value snn::forSetBits(Emit &emit, Value bits, Value carried,
                      function_ref<Value(Emit &, Value, Value)> body) {
  auto loop = scf::WhileOp::create(
      emit, TypeRange{bits.getType(), carried.getType()},
      ValueRange{bits, carried},
      [&](OpBuilder &builder, Location loc, ValueRange args) {
        Emit inner(loc, builder);
        Value any = arith::CmpIOp::create(inner, arith::CmpIPredicate::ne,
                                          args[0], inner.zero(bits.getType()));
        scf::ConditionOp::create(inner, any, args);
      },
      [&](OpBuilder &builder, Location loc, ValueRange args) {
        Emit inner(loc, builder);
        Value lowest = math::CountTrailingZerosOp::create(inner, args[0]);
        Value index =
            arith::IndexCastUIOp::create(inner, inner.getIndexType(), lowest);
        Value next = body(inner, index, args[1]);
        Value one = arith::ConstantIntOp::create(inner, bits.getType(), 1);
        Value rest = arith::AndIOp::create(
            inner, args[0], arith::SubIOp::create(inner, args[0], one));
        scf::YieldOp::create(inner, ValueRange{rest, next});
      });
  return loop.getResult(1);
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

SynapseSums::SynapseSums(Emit &emit, Value weight, Value bias) : bias(bias) {
  Value flat = emit.collapse(weight, 1, getType(weight).getRank());
  numOutputs = getType(flat).getDimSize(0);
  numInputs = getType(flat).getDimSize(1);
  Type element = getType(weight).getElementType();
  type = getAccumulatorType(element);
  Value out = emit.empty(
      {emit.getIndexAttr(numInputs), emit.getIndexAttr(numOutputs)}, element);
  weights =
      linalg::TransposeOp::create(emit, flat, out, ArrayRef<int64_t>{1, 0})
          ->getResult(0);
}

Value SynapseSums::extend(Emit &emit, Value value) const {
  if (getElementTypeOrSelf(value.getType()) == type)
    return value;
  Type to = type;
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    to = VectorType::get(vector.getShape(), type);
  if (isa<FloatType>(type))
    return arith::ExtFOp::create(emit, to, value);
  return arith::ExtSIOp::create(emit, to, value);
}

Value SynapseSums::start(Emit &emit, Value column, int64_t width) const {
  Value zero = emit.zero(VectorType::get(width, type));
  if (!bias)
    return zero;
  Value start = extend(emit, emit.read(bias, column, width));
  if (isa<FloatType>(type))
    return arith::AddFOp::create(emit, start, zero);
  return start;
}

Value SynapseSums::readWeights(Emit &emit, Value k, Value column,
                               int64_t width) const {
  return extend(emit, emit.read(weights, {k, column}, width));
}

Value SynapseSums::addEvents(Emit &emit, Value bits, Value first, Value column,
                             Value sum) const {
  int64_t width = cast<VectorType>(sum.getType()).getDimSize(0);
  return forSetBits(
      emit, bits, sum, [&](Emit &inner, Value bit, Value carried) {
        Value row = readWeights(inner, inner.add(first, bit), column, width);
        return addWeight(inner, row, carried);
      });
}

Value SynapseSums::addWeight(Emit &emit, Value weight, Value sum) const {
  if (isa<FloatType>(type))
    return arith::AddFOp::create(emit, sum, weight);
  return emit.add(sum, weight);
}

Value SynapseSums::addProduct(Emit &emit, Value value, Value weight,
                              Value sum) const {
  if (isa<FloatType>(type))
    return math::FmaOp::create(emit, value, weight, sum);
  return emit.add(sum, arith::MulIOp::create(emit, value, weight));
}

void SynapseSums::store(Emit &emit, Value sum, Value row, Value column,
                        Value &out) const {
  Type stored = getType(out).getElementType();
  if (stored != type)
    sum = arith::TruncFOp::create(
        emit,
        VectorType::get(cast<VectorType>(sum.getType()).getShape(), stored),
        sum);
  out = emit.write(sum, out, {row, column});
}

Value SynapseSums::forColumns(
    Emit &emit, int64_t lanes, Value out,
    function_ref<Value(Emit &, Value, int64_t, Value)> body) const {
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
