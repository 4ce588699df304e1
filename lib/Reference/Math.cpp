//===- Math.cpp - The math dialect on numbers -----------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Functions.h"
#include "Program.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/bit.h"

#include <cmath>

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::reference;

/// f16 and bf16 compute in f32; all round once, to the type.
template <Kind kind, typename Op>
static void executeUnary(const Inst &inst, Frame &frame) {
  Word a = frame.registers[inst.a];
  if constexpr (kind == Kind::F64)
    frame.registers[inst.result] = toWord(Op::get(a.d));
  else
    frame.registers[inst.result] = roundTo(kind, Op::get(a.f));
}

template <Kind kind, typename Op>
static void executeBinary(const Inst &inst, Frame &frame) {
  Word a = frame.registers[inst.a], b = frame.registers[inst.b];
  if constexpr (kind == Kind::F64)
    frame.registers[inst.result] = toWord(Op::get(a.d, b.d));
  else
    frame.registers[inst.result] = roundTo(kind, Op::get(a.f, b.f));
}

template <Kind kind> static void executeFma(const Inst &inst, Frame &frame) {
  Word a = frame.registers[inst.a], b = frame.registers[inst.b],
       c = frame.registers[inst.c];
  if constexpr (kind == Kind::F64)
    frame.registers[inst.result] = toWord(std::fma(a.d, b.d, c.d));
  else
    frame.registers[inst.result] = roundTo(kind, std::fma(a.f, b.f, c.f));
}

template <Kind kind> static void executeSinCos(const Inst &inst, Frame &frame) {
  Word a = frame.registers[inst.a];
  if constexpr (kind == Kind::F64) {
    frame.registers[inst.result] = toWord(computeSin(a.d));
    frame.registers[inst.result + 1] = toWord(computeCos(a.d));
  } else {
    frame.registers[inst.result] = roundTo(kind, computeSin(a.f));
    frame.registers[inst.result + 1] = roundTo(kind, computeCos(a.f));
  }
}

/// A test of the value in its type. Whether it is normal depends on that.
template <Kind kind, typename Op>
static void executeTest(const Inst &inst, Frame &frame) {
  double value = toDouble(kind, frame.registers[inst.a]);
  frame.registers[inst.result].i = Op::get(value, kind);
}

#define SNN_UNARY(NAME, FUNCTION)                                              \
  struct NAME {                                                                \
    template <typename T> static T get(T x) { return FUNCTION; }               \
  };
#define SNN_TEST(NAME, EXPRESSION)                                             \
  struct NAME {                                                                \
    static bool get(double x, [[maybe_unused]] Kind kind) {                    \
      return EXPRESSION;                                                       \
    }                                                                          \
  };

static double getSmallestNormal(Kind kind) {
  return kind == Kind::F16 ? 0x1p-14 : kind == Kind::F64 ? 0x1p-1022 : 0x1p-126;
}

namespace {
SNN_UNARY(Exp, computeExp(x))
SNN_UNARY(ExpM1, computeExpM1(x))
SNN_UNARY(Log, computeLog(x))
SNN_UNARY(Log1P, computeLog1P(x))
SNN_UNARY(Tanh, computeTanh(x))
SNN_UNARY(Sin, computeSin(x))
SNN_UNARY(Cos, computeCos(x))
SNN_UNARY(Sqrt, std::sqrt(x))
SNN_UNARY(Rsqrt, T(1) / std::sqrt(x))
SNN_UNARY(Abs, std::fabs(x))
SNN_UNARY(Floor, std::floor(x))
SNN_UNARY(Ceil, std::ceil(x))
SNN_UNARY(Round, std::round(x))
SNN_UNARY(RoundEven, std::nearbyint(x))
SNN_UNARY(Trunc, std::trunc(x))
SNN_TEST(IsFinite, std::isfinite(x))
SNN_TEST(IsInf, std::isinf(x))
SNN_TEST(IsNaN, std::isnan(x))
SNN_TEST(IsNormal, std::isfinite(x) && std::fabs(x) >= getSmallestNormal(kind))
struct Pow {
  template <typename T> static T get(T x, T y) { return computePow(x, y); }
};
struct CopySign {
  template <typename T> static T get(T x, T y) { return std::copysign(x, y); }
};
} // namespace
#undef SNN_UNARY
#undef SNN_TEST

template <Kind kind> static Execute selectFloat(Operation &op) {
#define SNN_CASE(OP, FUNCTION)                                                 \
  if (isa<math::OP>(op))                                                       \
    return FUNCTION;
  SNN_CASE(ExpOp, (executeUnary<kind, Exp>))
  SNN_CASE(ExpM1Op, (executeUnary<kind, ExpM1>))
  SNN_CASE(LogOp, (executeUnary<kind, Log>))
  SNN_CASE(Log1pOp, (executeUnary<kind, Log1P>))
  SNN_CASE(TanhOp, (executeUnary<kind, Tanh>))
  SNN_CASE(SinOp, (executeUnary<kind, Sin>))
  SNN_CASE(CosOp, (executeUnary<kind, Cos>))
  SNN_CASE(SqrtOp, (executeUnary<kind, Sqrt>))
  SNN_CASE(RsqrtOp, (executeUnary<kind, Rsqrt>))
  SNN_CASE(AbsFOp, (executeUnary<kind, Abs>))
  SNN_CASE(FloorOp, (executeUnary<kind, Floor>))
  SNN_CASE(CeilOp, (executeUnary<kind, Ceil>))
  SNN_CASE(RoundOp, (executeUnary<kind, Round>))
  SNN_CASE(RoundEvenOp, (executeUnary<kind, RoundEven>))
  SNN_CASE(TruncOp, (executeUnary<kind, Trunc>))
  SNN_CASE(PowFOp, (executeBinary<kind, Pow>))
  SNN_CASE(CopySignOp, (executeBinary<kind, CopySign>))
  SNN_CASE(FmaOp, executeFma<kind>)
  SNN_CASE(SincosOp, executeSinCos<kind>)
  SNN_CASE(IsFiniteOp, (executeTest<kind, IsFinite>))
  SNN_CASE(IsInfOp, (executeTest<kind, IsInf>))
  SNN_CASE(IsNaNOp, (executeTest<kind, IsNaN>))
  SNN_CASE(IsNormalOp, (executeTest<kind, IsNormal>))
#undef SNN_CASE
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

static void executeAbsInt(const Inst &inst, Frame &frame) {
  unsigned width = inst.immediate;
  int64_t value = toSigned(frame.registers[inst.a].i, width);
  frame.registers[inst.result].i =
      wrap(value < 0 ? int64_t(-uint64_t(value)) : value, width);
}

static void executeCountOnes(const Inst &inst, Frame &frame) {
  unsigned width = inst.immediate;
  frame.registers[inst.result].i =
      wrap(llvm::popcount(toUnsigned(frame.registers[inst.a].i, width)), width);
}

static void executeCountLeading(const Inst &inst, Frame &frame) {
  unsigned width = inst.immediate;
  uint64_t bits = toUnsigned(frame.registers[inst.a].i, width);
  frame.registers[inst.result].i =
      wrap(llvm::countl_zero(bits) - int64_t(64 - width), width);
}

static void executeCountTrailing(const Inst &inst, Frame &frame) {
  unsigned width = inst.immediate;
  uint64_t bits = toUnsigned(frame.registers[inst.a].i, width);
  frame.registers[inst.result].i =
      wrap(std::min<int64_t>(llvm::countr_zero(bits), width), width);
}

static Execute selectInt(Operation &op) {
  if (isa<math::AbsIOp>(op))
    return executeAbsInt;
  if (isa<math::CtPopOp>(op))
    return executeCountOnes;
  if (isa<math::CountLeadingZerosOp>(op))
    return executeCountLeading;
  if (isa<math::CountTrailingZerosOp>(op))
    return executeCountTrailing;
  return nullptr;
}

void reference::selectMath(Operation &op, Arithmetic arithmetic, Inst &inst) {
  if (!isa<math::MathDialect>(op.getDialect()) || op.getNumOperands() == 0)
    return;
  Element element = *getElement(getComputedType(
      getElementTypeOrSelf(op.getOperand(0).getType()), arithmetic));
  inst.immediate = element.width;
  switch (element.kind) {
  case Kind::Int:
    inst.execute = selectInt(op);
    return;
  case Kind::F16:
    inst.execute = selectFloat<Kind::F16>(op);
    return;
  case Kind::BF16:
    inst.execute = selectFloat<Kind::BF16>(op);
    return;
  case Kind::F32:
    inst.execute = selectFloat<Kind::F32>(op);
    return;
  case Kind::F64:
    inst.execute = selectFloat<Kind::F64>(op);
    return;
  }
}
