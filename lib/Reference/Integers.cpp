//===- Integers.cpp - Arithmetic on integers ------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Program.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::reference;

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

Execute reference::selectInteger(Operation &op, Element element, Inst &inst) {
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
