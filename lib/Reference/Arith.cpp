//===- Arith.cpp - Arithmetic on numbers ----------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Program.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::reference;

using Execute = void (*)(const Inst &, Frame &);

//===----------------------------------------------------------------------===//
// Floats
//===----------------------------------------------------------------------===//

namespace {
/// The float types: f16 and bf16 compute in f32 and round once.
struct F16 {
  using Type = float;
  static float round(float value) { return roundToF16(value); }
};
struct BF16 {
  using Type = float;
  static float round(float value) { return roundToBF16(value); }
};
struct F32 {
  using Type = float;
  static float round(float value) { return value; }
};
struct F64 {
  using Type = double;
  static double round(double value) { return value; }
};

struct Negate {
  template <typename T> T operator()(T a) { return -a; }
};
struct Add {
  template <typename T> T operator()(T a, T b) { return a + b; }
};
struct Subtract {
  template <typename T> T operator()(T a, T b) { return a - b; }
};
struct Multiply {
  template <typename T> T operator()(T a, T b) { return a * b; }
};
struct Divide {
  template <typename T> T operator()(T a, T b) { return a / b; }
};
struct Remainder {
  template <typename T> T operator()(T a, T b) { return std::fmod(a, b); }
};

/// The larger of two numbers; +0 is larger than -0.
template <typename T> T getLarger(T a, T b) {
  if (a == b)
    return std::signbit(a) ? b : a;
  return a > b ? a : b;
}

struct Maximum {
  template <typename T> T operator()(T a, T b) {
    return std::isnan(a) || std::isnan(b) ? a + b : getLarger(a, b);
  }
};
struct Minimum {
  template <typename T> T operator()(T a, T b) { return -Maximum()(-a, -b); }
};
struct MaxNum {
  template <typename T> T operator()(T a, T b) {
    return std::isnan(a) ? b : std::isnan(b) ? a : getLarger(a, b);
  }
};
struct MinNum {
  template <typename T> T operator()(T a, T b) { return -MaxNum()(-a, -b); }
};
} // namespace

template <typename P, typename Op>
static void executeUnary(const Inst &inst, Frame &frame) {
  using T = typename P::Type;
  T a = get<T>(frame.registers[inst.a]);
  frame.registers[inst.result] = toWord(P::round(Op()(a)));
}

template <typename P, typename Op>
static void executeBinary(const Inst &inst, Frame &frame) {
  using T = typename P::Type;
  T a = get<T>(frame.registers[inst.a]), b = get<T>(frame.registers[inst.b]);
  frame.registers[inst.result] = toWord(P::round(Op()(a, b)));
}

template <typename Op> static Execute pickUnary(Kind kind) {
  switch (kind) {
  case Kind::F16:
    return executeUnary<F16, Op>;
  case Kind::BF16:
    return executeUnary<BF16, Op>;
  case Kind::F32:
    return executeUnary<F32, Op>;
  default:
    return executeUnary<F64, Op>;
  }
}

template <typename Op> static Execute pickBinary(Kind kind) {
  switch (kind) {
  case Kind::F16:
    return executeBinary<F16, Op>;
  case Kind::BF16:
    return executeBinary<BF16, Op>;
  case Kind::F32:
    return executeBinary<F32, Op>;
  default:
    return executeBinary<F64, Op>;
  }
}

template <typename T> static bool compare(int64_t predicate, T a, T b) {
  // A predicate's low three bits are what it accepts; see CmpFPredicate.
  bool isUnordered = std::isnan(a) || std::isnan(b);
  switch (arith::CmpFPredicate(predicate)) {
  case arith::CmpFPredicate::AlwaysFalse:
    return false;
  case arith::CmpFPredicate::OEQ:
    return a == b;
  case arith::CmpFPredicate::OGT:
    return a > b;
  case arith::CmpFPredicate::OGE:
    return a >= b;
  case arith::CmpFPredicate::OLT:
    return a < b;
  case arith::CmpFPredicate::OLE:
    return a <= b;
  case arith::CmpFPredicate::ONE:
    return !isUnordered && a != b;
  case arith::CmpFPredicate::ORD:
    return !isUnordered;
  case arith::CmpFPredicate::UEQ:
    return isUnordered || a == b;
  case arith::CmpFPredicate::UGT:
    return isUnordered || a > b;
  case arith::CmpFPredicate::UGE:
    return isUnordered || a >= b;
  case arith::CmpFPredicate::ULT:
    return isUnordered || a < b;
  case arith::CmpFPredicate::ULE:
    return isUnordered || a <= b;
  case arith::CmpFPredicate::UNE:
    return isUnordered || a != b;
  case arith::CmpFPredicate::UNO:
    return isUnordered;
  case arith::CmpFPredicate::AlwaysTrue:
    return true;
  }
  llvm_unreachable("unknown predicate");
}

template <typename T>
static void executeCompare(const Inst &inst, Frame &frame) {
  frame.registers[inst.result].i =
      compare(inst.immediate, get<T>(frame.registers[inst.a]),
              get<T>(frame.registers[inst.b]));
}

template <typename T, bool isStrict>
static void executeFire(const Inst &inst, Frame &frame) {
  T a = get<T>(frame.registers[inst.a]), b = get<T>(frame.registers[inst.b]);
  frame.registers[inst.result].i = isStrict ? a > b : a >= b;
}

void reference::selectFire(Element element, bool isStrict, Inst &inst) {
  if (!element.isFloat())
    inst.execute =
        isStrict ? executeFire<int64_t, true> : executeFire<int64_t, false>;
  else if (element.kind == Kind::F64)
    inst.execute =
        isStrict ? executeFire<double, true> : executeFire<double, false>;
  else
    inst.execute =
        isStrict ? executeFire<float, true> : executeFire<float, false>;
}

static void executeSelect(const Inst &inst, Frame &frame) {
  frame.registers[inst.result] =
      frame.registers[frame.registers[inst.a].i ? inst.b : inst.c];
}

/// An op on floats of one type.
static Execute selectFloat(Operation &op, Element element, Inst &inst) {
  Kind kind = element.kind;
  bool isDouble = kind == Kind::F64;
  return llvm::TypeSwitch<Operation *, Execute>(&op)
      .Case([&](arith::NegFOp) { return pickUnary<Negate>(kind); })
      .Case([&](arith::AddFOp) { return pickBinary<Add>(kind); })
      .Case([&](arith::SubFOp) { return pickBinary<Subtract>(kind); })
      .Case([&](arith::MulFOp) { return pickBinary<Multiply>(kind); })
      .Case([&](arith::DivFOp) { return pickBinary<Divide>(kind); })
      .Case([&](arith::RemFOp) { return pickBinary<Remainder>(kind); })
      .Case([&](arith::MaximumFOp) { return pickBinary<Maximum>(kind); })
      .Case([&](arith::MinimumFOp) { return pickBinary<Minimum>(kind); })
      .Case([&](arith::MaxNumFOp) { return pickBinary<MaxNum>(kind); })
      .Case([&](arith::MinNumFOp) { return pickBinary<MinNum>(kind); })
      .Case([&](arith::CmpFOp compare) {
        inst.immediate = int64_t(compare.getPredicate());
        return isDouble ? executeCompare<double> : executeCompare<float>;
      })
      .Default([](Operation *) { return Execute(); });
}

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

/// `Op` gives the result as 64 bits, of which the type keeps some.
template <typename Op> static void executeInt(const Inst &inst, Frame &frame) {
  unsigned width = inst.immediate;
  int64_t a = frame.registers[inst.a].i, b = frame.registers[inst.b].i;
  frame.registers[inst.result].i = wrap(Op::get(a, b, width), width);
}

#define SNN_SIGNED(NAME, EXPRESSION)                                           \
  struct NAME {                                                                \
    static int64_t get(int64_t x, int64_t y, unsigned width) {                 \
      [[maybe_unused]] int64_t a = toSigned(x, width), b = toSigned(y, width); \
      return EXPRESSION;                                                       \
    }                                                                          \
  };
#define SNN_UNSIGNED(NAME, EXPRESSION)                                         \
  struct NAME {                                                                \
    static int64_t get(int64_t x, int64_t y, unsigned width) {                 \
      [[maybe_unused]] uint64_t a = toUnsigned(x, width),                      \
                                b = toUnsigned(y, width);                      \
      return EXPRESSION;                                                       \
    }                                                                          \
  };
namespace {
SNN_UNSIGNED(AddInt, a + b)
SNN_UNSIGNED(SubtractInt, a - b)
SNN_UNSIGNED(MultiplyInt, a *b)
SNN_UNSIGNED(And, a &b)
SNN_UNSIGNED(Or, a | b)
SNN_UNSIGNED(Xor, a ^ b)
SNN_UNSIGNED(ShiftLeft, b >= width ? 0 : a << b)
SNN_UNSIGNED(ShiftRightUnsigned, b >= width ? 0 : a >> b)
SNN_UNSIGNED(MaxUnsigned, std::max(a, b))
SNN_UNSIGNED(MinUnsigned, std::min(a, b))
SNN_SIGNED(MaxSigned, std::max(a, b))
SNN_SIGNED(MinSigned, std::min(a, b))
// Divisions: b is not 0, and -1 is apart because of overflow.
SNN_UNSIGNED(DivideUnsigned, a / b)
SNN_UNSIGNED(RemainderUnsigned, a % b)
SNN_UNSIGNED(CeilDivideUnsigned, a / b + (a % b != 0))
SNN_SIGNED(DivideSigned, b == -1 ? int64_t(-uint64_t(a)) : a / b)
SNN_SIGNED(RemainderSigned, b == -1 ? 0 : a % b)
SNN_SIGNED(CeilDivideSigned, b == -1
                                 ? int64_t(-uint64_t(a))
                                 : a / b + (a % b != 0 && (a > 0) == (b > 0)))
SNN_SIGNED(FloorDivideSigned, b == -1
                                  ? int64_t(-uint64_t(a))
                                  : a / b - (a % b != 0 && (a > 0) != (b > 0)))
/// The amount of a shift has no sign.
struct ShiftRightSigned {
  static int64_t get(int64_t a, int64_t b, unsigned width) {
    uint64_t amount = std::min<uint64_t>(toUnsigned(b, width), width - 1);
    return toSigned(a, width) >> amount;
  }
};
} // namespace
#undef SNN_SIGNED
#undef SNN_UNSIGNED

template <typename Op>
static void executeDivision(const Inst &inst, Frame &frame) {
  if (frame.registers[inst.b].i == 0)
    return frame.fail(inst, "expected a divisor other than 0, but got 0");
  executeInt<Op>(inst, frame);
}

/// The predicate is in the low byte, the width above.
static void executeCompareInt(const Inst &inst, Frame &frame) {
  unsigned width = inst.immediate >> 8;
  int64_t x = frame.registers[inst.a].i, y = frame.registers[inst.b].i;
  int64_t a = toSigned(x, width), b = toSigned(y, width);
  uint64_t ua = toUnsigned(x, width), ub = toUnsigned(y, width);
  auto test = [&] {
    switch (arith::CmpIPredicate(inst.immediate & 255)) {
    case arith::CmpIPredicate::eq:
      return a == b;
    case arith::CmpIPredicate::ne:
      return a != b;
    case arith::CmpIPredicate::slt:
      return a < b;
    case arith::CmpIPredicate::sle:
      return a <= b;
    case arith::CmpIPredicate::sgt:
      return a > b;
    case arith::CmpIPredicate::sge:
      return a >= b;
    case arith::CmpIPredicate::ult:
      return ua < ub;
    case arith::CmpIPredicate::ule:
      return ua <= ub;
    case arith::CmpIPredicate::ugt:
      return ua > ub;
    case arith::CmpIPredicate::uge:
      return ua >= ub;
    }
    llvm_unreachable("unknown predicate");
  };
  frame.registers[inst.result].i = test();
}

/// The low and the high half of a product, or the sum and its carry.
template <bool isSigned>
static void executeWideProduct(const Inst &inst, Frame &frame) {
  unsigned width = inst.immediate;
  int64_t x = frame.registers[inst.a].i, y = frame.registers[inst.b].i;
  __int128 product = isSigned
                         ? __int128(toSigned(x, width)) * toSigned(y, width)
                         : __int128((unsigned __int128)(toUnsigned(x, width)) *
                                    toUnsigned(y, width));
  frame.registers[inst.result].i = wrap(int64_t(product), width);
  frame.registers[inst.result + 1].i = wrap(int64_t(product >> width), width);
}

static void executeSumWithCarry(const Inst &inst, Frame &frame) {
  unsigned width = inst.immediate;
  unsigned __int128 sum =
      (unsigned __int128)(toUnsigned(frame.registers[inst.a].i, width)) +
      toUnsigned(frame.registers[inst.b].i, width);
  frame.registers[inst.result].i = wrap(int64_t(sum), width);
  frame.registers[inst.result + 1].i = int64_t(sum >> width);
}

/// An op on integers of one type.
static Execute selectInt(Operation &op, Element element, Inst &inst) {
  inst.immediate = element.width;
  if (auto compare = dyn_cast<arith::CmpIOp>(op)) {
    inst.immediate =
        int64_t(element.width) << 8 | int64_t(compare.getPredicate());
    return executeCompareInt;
  }
#define SNN_CASE(OP, FUNCTION)                                                 \
  if (isa<arith::OP>(op))                                                      \
    return FUNCTION;
  SNN_CASE(AddIOp, executeInt<AddInt>)
  SNN_CASE(SubIOp, executeInt<SubtractInt>)
  SNN_CASE(MulIOp, executeInt<MultiplyInt>)
  SNN_CASE(AndIOp, executeInt<And>)
  SNN_CASE(OrIOp, executeInt<Or>)
  SNN_CASE(XOrIOp, executeInt<Xor>)
  SNN_CASE(ShLIOp, executeInt<ShiftLeft>)
  SNN_CASE(ShRUIOp, executeInt<ShiftRightUnsigned>)
  SNN_CASE(ShRSIOp, executeInt<ShiftRightSigned>)
  SNN_CASE(MaxSIOp, executeInt<MaxSigned>)
  SNN_CASE(MinSIOp, executeInt<MinSigned>)
  SNN_CASE(MaxUIOp, executeInt<MaxUnsigned>)
  SNN_CASE(MinUIOp, executeInt<MinUnsigned>)
  SNN_CASE(DivSIOp, executeDivision<DivideSigned>)
  SNN_CASE(DivUIOp, executeDivision<DivideUnsigned>)
  SNN_CASE(RemSIOp, executeDivision<RemainderSigned>)
  SNN_CASE(RemUIOp, executeDivision<RemainderUnsigned>)
  SNN_CASE(CeilDivSIOp, executeDivision<CeilDivideSigned>)
  SNN_CASE(CeilDivUIOp, executeDivision<CeilDivideUnsigned>)
  SNN_CASE(FloorDivSIOp, executeDivision<FloorDivideSigned>)
  SNN_CASE(MulSIExtendedOp, executeWideProduct<true>)
  SNN_CASE(MulUIExtendedOp, executeWideProduct<false>)
  SNN_CASE(AddUIExtendedOp, executeSumWithCarry)
#undef SNN_CASE
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Casts
//===----------------------------------------------------------------------===//

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

static Execute selectCast(Operation &op) {
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

void reference::selectArith(Operation &op, Arithmetic arithmetic, Inst &inst) {
  if (!isa<arith::ArithDialect>(op.getDialect()) || op.getNumOperands() == 0)
    return;
  Type from = getElementTypeOrSelf(op.getOperand(0).getType());
  Type to = getElementTypeOrSelf(op.getResult(0).getType());
  if (isa<arith::SelectOp>(op)) {
    inst.execute = executeSelect;
    return;
  }
  if (Execute cast = selectCast(op)) {
    inst.execute = cast;
    inst.immediate = Types::pack(*getElement(from), *getElement(to),
                                 arithmetic == Arithmetic::F64);
    return;
  }
  Element element = *getElement(getComputedType(from, arithmetic));
  inst.execute = element.isFloat() ? selectFloat(op, element, inst)
                                   : selectInt(op, element, inst);
}
