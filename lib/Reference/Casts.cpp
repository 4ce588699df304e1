//===- Casts.cpp - Casts between numbers ----------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Program.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <cmath>

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::reference;

namespace {
/// The types of a cast, as an instruction's number: those of the text, and
/// whether floats are f64 nevertheless.
struct Types {
  Element from, to;
  bool isF64;

  static int64_t pack(Element from, Element to, bool isF64) {
    return int64_t(from.kind) | int64_t(from.width) << 8 |
           int64_t(to.kind) << 16 | int64_t(to.width) << 24 |
           int64_t(isF64) << 32;
  }
  explicit Types(int64_t packed)
      : from{Kind(packed & 255), unsigned(packed >> 8 & 255)},
        to{Kind(packed >> 16 & 255), unsigned(packed >> 24 & 255)},
        isF64(packed >> 32) {}

  Kind getFromKind() const { return isF64 ? Kind::F64 : from.kind; }
  Kind getToKind() const { return isF64 ? Kind::F64 : to.kind; }
};
} // namespace

static void executeFloatToFloat(const Inst &inst, Frame &frame) {
  Types types(inst.immediate);
  frame.registers[inst.result] =
      roundTo(types.getToKind(),
              toDouble(types.getFromKind(), frame.registers[inst.a]));
}

/// Rounds once. Of more than 53 digits, those behind the 53rd are only asked
/// for being 0, which all that the narrower types need is kept by.
static Word roundInteger(Kind kind, uint64_t magnitude, bool isNegative) {
  if (kind == Kind::F64) {
    auto value = double(magnitude);
    return toWord(isNegative ? -value : value);
  }
  if (magnitude >> 53)
    magnitude = (magnitude & ~uint64_t(2047)) |
                ((magnitude & 2047) ? uint64_t(2048) : 0);
  auto value = double(magnitude);
  return roundTo(kind, isNegative ? -value : value);
}

static void executeSignedToFloat(const Inst &inst, Frame &frame) {
  Types types(inst.immediate);
  int64_t value = toSigned(frame.registers[inst.a].i, types.from.width);
  uint64_t magnitude = value < 0 ? -uint64_t(value) : uint64_t(value);
  frame.registers[inst.result] =
      roundInteger(types.getToKind(), magnitude, value < 0);
}

static void executeUnsignedToFloat(const Inst &inst, Frame &frame) {
  Types types(inst.immediate);
  frame.registers[inst.result] = roundInteger(
      types.getToKind(),
      toUnsigned(frame.registers[inst.a].i, types.from.width), false);
}

/// Towards zero; what is too large gives the nearest integer, NaN gives 0.
template <bool isSigned>
static void executeFloatToInt(const Inst &inst, Frame &frame) {
  Types types(inst.immediate);
  double value =
      std::trunc(toDouble(types.getFromKind(), frame.registers[inst.a]));
  unsigned digits = types.to.width - isSigned;
  double end = std::ldexp(1.0, digits), begin = isSigned ? -end : 0;
  uint64_t most = digits == 64 ? ~uint64_t(0) : (uint64_t(1) << digits) - 1;
  uint64_t bits;
  if (std::isnan(value))
    bits = 0;
  else if (value >= end)
    bits = most;
  else if (value <= begin)
    bits = isSigned ? ~most : 0;
  else
    bits = value < 0 ? uint64_t(int64_t(value)) : uint64_t(value);
  frame.registers[inst.result].i = wrap(int64_t(bits), types.to.width);
}

static void executeResize(const Inst &inst, Frame &frame) {
  Types types(inst.immediate);
  frame.registers[inst.result].i = wrap(
      toSigned(frame.registers[inst.a].i, types.from.width), types.to.width);
}

static void executeResizeUnsigned(const Inst &inst, Frame &frame) {
  Types types(inst.immediate);
  frame.registers[inst.result].i =
      wrap(int64_t(toUnsigned(frame.registers[inst.a].i, types.from.width)),
           types.to.width);
}

static void executeBitcast(const Inst &inst, Frame &frame) {
  Types types(inst.immediate);
  Word word = frame.registers[inst.a];
  uint64_t bits;
  if (!types.from.isFloat())
    bits = toUnsigned(word.i, types.from.width);
  else
    bits =
        toBits(types.from.kind,
               roundTo(types.from.kind, toDouble(types.getFromKind(), word)));
  if (!types.to.isFloat())
    word = toWord(wrap(int64_t(bits), types.to.width));
  else
    word = roundTo(types.getToKind(),
                   toDouble(types.to.kind, fromBits(types.to.kind, bits)));
  frame.registers[inst.result] = word;
}

static bool roundsToNearest(Operation &op) {
  auto interface = dyn_cast<arith::ArithRoundingModeInterface>(op);
  auto mode = interface ? interface.getRoundingModeAttr() : nullptr;
  return !mode || mode.getValue() == arith::RoundingMode::to_nearest_even;
}

static Execute select(Operation &op) {
  if (isa<arith::ExtFOp, arith::TruncFOp>(op))
    return roundsToNearest(op) ? executeFloatToFloat : nullptr;
  if (isa<arith::SIToFPOp>(op))
    return executeSignedToFloat;
  if (isa<arith::UIToFPOp>(op))
    return executeUnsignedToFloat;
  if (isa<arith::FPToSIOp>(op))
    return executeFloatToInt<true>;
  if (isa<arith::FPToUIOp>(op))
    return executeFloatToInt<false>;
  if (isa<arith::ExtSIOp, arith::TruncIOp, arith::IndexCastOp>(op))
    return executeResize;
  if (isa<arith::ExtUIOp, arith::IndexCastUIOp>(op))
    return executeResizeUnsigned;
  if (isa<arith::BitcastOp>(op))
    return executeBitcast;
  return nullptr;
}

bool reference::selectCast(Operation &op, Arithmetic arithmetic, Inst &inst) {
  Execute execute = select(op);
  if (!execute)
    return false;
  Type from = getElementTypeOrSelf(op.getOperand(0).getType());
  Type to = getElementTypeOrSelf(op.getResult(0).getType());
  inst.execute = execute;
  inst.immediate = Types::pack(*getElement(from), *getElement(to),
                               arithmetic == Arithmetic::F64);
  return true;
}
