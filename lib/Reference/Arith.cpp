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

void reference::selectArith(Operation &op, Arithmetic arithmetic, Inst &inst) {
  if (!isa<arith::ArithDialect>(op.getDialect()) || op.getNumOperands() == 0)
    return;
  Type from = getElementTypeOrSelf(op.getOperand(0).getType());
  if (isa<arith::SelectOp>(op)) {
    inst.execute = executeSelect;
    return;
  }
  if (selectCast(op, arithmetic, inst))
    return;
  Element element = *getElement(getComputedType(from, arithmetic));
  inst.execute = element.isFloat() ? selectFloat(op, element, inst)
                                   : selectInteger(op, element, inst);
}
