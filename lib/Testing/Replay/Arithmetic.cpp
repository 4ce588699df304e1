//===- Arithmetic.cpp - Ops on numbers with bounds ------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Step.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::testing;

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

static const Number &operand(const Instruction &inst, Frame &frame,
                             unsigned i) {
  return frame.registers[inst.operands[i]];
}

//===----------------------------------------------------------------------===//
// Floats
//===----------------------------------------------------------------------===//

using Binary = Number (*)(const Number &, const Number &, const Format &,
                          double);

template <Binary function>
static Number executeBinary(const Instruction &inst, Frame &frame) {
  return function(operand(inst, frame, 0), operand(inst, frame, 1), inst.to,
                  frame.factor);
}

static Number executeFma(const Instruction &inst, Frame &frame) {
  return multiplyAdd(operand(inst, frame, 0), operand(inst, frame, 1),
                     operand(inst, frame, 2), inst.to, frame.factor);
}

static Number executeRemainder(const Instruction &inst, Frame &frame) {
  return remainder(operand(inst, frame, 0), operand(inst, frame, 1));
}

static Number executeNegate(const Instruction &inst, Frame &frame) {
  return negate(operand(inst, frame, 0));
}

/// A maximum moves by no more than its operands do.
template <double (*function)(double, double)>
static Number executeExtremum(const Instruction &inst, Frame &frame) {
  const Number &a = operand(inst, frame, 0), &b = operand(inst, frame, 1);
  return Number::ofFloat(function(a.value, b.value),
                         std::max(a.error, b.error));
}

static double getMaximum(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? a + b : std::max(a, b);
}
static double getMinimum(double a, double b) { return -getMaximum(-a, -b); }

/// A function that grows, or falls, all over the bounds of its argument. Those
/// of docs/math.md are within one unit in the last place, which is at most two
/// unit roundoffs; the roots round once.
template <double (*function)(double)>
static Number executeMonotone(const Instruction &inst, Frame &frame) {
  const Number &a = operand(inst, frame, 0);
  Number result = Number::ofFloat(function(a.value));
  if (a.error != 0) {
    double low = function(a.least()), high = function(a.most());
    result.error =
        std::max(std::fabs(result.value - low), std::fabs(high - result.value));
    if (std::isnan(result.error))
      result.error = kInfinity;
  }
  round(result, inst.to, 1, /*isExact=*/false);
  round(result, inst.to, 1, /*isExact=*/false);
  round(result, inst.to, 1, /*isExact=*/false);
  return result;
}

static double getRoot(double x) { return 1 / std::sqrt(x); }

/// Neither the sine nor the cosine is steeper than 1.
template <double (*function)(double)>
static Number executeWave(const Instruction &inst, Frame &frame) {
  const Number &a = operand(inst, frame, 0);
  Number result = Number::ofFloat(function(a.value), std::min(a.error, 2.0));
  round(result, inst.to, 1, /*isExact=*/false);
  round(result, inst.to, 1, /*isExact=*/false);
  return result;
}

static Number executePow(const Instruction &inst, Frame &frame) {
  const Number &a = operand(inst, frame, 0), &b = operand(inst, frame, 1);
  Number result = Number::ofFloat(std::pow(a.value, b.value));
  if (a.error != 0 || b.error != 0) {
    if (a.least() <= 0 &&
        !(b.error == 0 && std::trunc(b.value) == b.value && b.value >= 0))
      return Number::ofFloat(result.value, kInfinity);
    // Of a positive base, extremes are at the corners; of an integer power, at
    // the ends or at 0.
    for (double x : {a.least(), a.most()})
      for (double y : {b.least(), b.most()})
        result.error =
            std::max(result.error, std::fabs(std::pow(x, y) - result.value));
    if (a.least() < 0 && a.most() > 0)
      result.error = std::max(result.error, std::fabs(result.value));
    if (std::isnan(result.error))
      result.error = kInfinity;
  }
  round(result, inst.to, 1, /*isExact=*/false);
  round(result, inst.to, 1, /*isExact=*/false);
  return result;
}

static Number executeAbs(const Instruction &inst, Frame &frame) {
  const Number &a = operand(inst, frame, 0);
  return Number::ofFloat(std::fabs(a.value), a.error);
}

static Number executeCopySign(const Instruction &inst, Frame &frame) {
  const Number &a = operand(inst, frame, 0), &b = operand(inst, frame, 1);
  Number result = Number::ofFloat(std::copysign(a.value, b.value), a.error);
  return b.error == 0 || std::fabs(b.value) > b.error
             ? result
             : join(result, negate(result));
}

/// A step function: all that lies between its values at the ends.
template <double (*function)(double)>
static Number executeSteps(const Instruction &inst, Frame &frame) {
  const Number &a = operand(inst, frame, 0);
  if (a.error == 0)
    return Number::ofFloat(function(a.value));
  return join(Number::ofFloat(function(a.least())),
              Number::ofFloat(function(a.most())));
}

/// Rounds to another type of floats.
static Number executeResize(const Instruction &inst, Frame &frame) {
  Number result = operand(inst, frame, 0);
  round(result, inst.to, 1, /*isExact=*/true);
  return result;
}

static Number executeSelect(const Instruction &inst, Frame &frame) {
  const Number &condition = operand(inst, frame, 0);
  const Number &a = operand(inst, frame, 1), &b = operand(inst, frame, 2);
  if (!condition.isOpen)
    return condition.integer ? a : b;
  if (inst.to.isFloat)
    return join(a, b);
  return a.isOpen || b.isOpen || a.integer != b.integer ? Number::open() : a;
}

/// Whether two floats are equal; none if that is open.
static std::optional<bool> areEqual(const Number &a, const Number &b) {
  if (a.error == 0 && b.error == 0)
    return a.value == b.value;
  if (std::fabs(a.value - b.value) > a.error + b.error)
    return false;
  return std::nullopt;
}

static std::optional<bool> negate(std::optional<bool> outcome) {
  return outcome ? std::optional(!*outcome) : outcome;
}

static Number executeCompare(const Instruction &inst, Frame &frame) {
  const Number &a = operand(inst, frame, 0), &b = operand(inst, frame, 1);
  using P = arith::CmpFPredicate;
  auto predicate = P(inst.number);
  bool isUnordered = std::isnan(a.value) || std::isnan(b.value);
  if (isUnordered && a.error == 0 && b.error == 0) // what is so in every type
    return decide(inst, frame, predicate >= P::UEQ);
  switch (predicate) {
  case P::AlwaysFalse:
    return Number::ofInt(0);
  case P::AlwaysTrue:
    return Number::ofInt(1);
  case P::OEQ:
  case P::UEQ:
    return decide(inst, frame, areEqual(a, b));
  case P::ONE:
  case P::UNE:
    return decide(inst, frame, negate(areEqual(a, b)));
  case P::OGT:
  case P::UGT:
    return decide(inst, frame, compare(a, b, /*isStrict=*/true));
  case P::OGE:
  case P::UGE:
    return decide(inst, frame, compare(a, b, /*isStrict=*/false));
  case P::OLT:
  case P::ULT:
    return decide(inst, frame, compare(b, a, /*isStrict=*/true));
  case P::OLE:
  case P::ULE:
    return decide(inst, frame, compare(b, a, /*isStrict=*/false));
  case P::ORD:
  case P::UNO: {
    bool isFinite = std::isfinite(a.error) && std::isfinite(b.error);
    return decide(inst, frame,
                  isFinite ? std::optional(predicate == P::ORD) : std::nullopt);
  }
  }
  return Number::open();
}

/// A test for infinity or NaN.
template <bool (*test)(double)>
static Number executeTest(const Instruction &inst, Frame &frame) {
  const Number &a = operand(inst, frame, 0);
  return std::isfinite(a.error) ? Number::ofInt(test(a.value)) : Number::open();
}
static bool isFiniteNumber(double x) { return std::isfinite(x); }
static bool isInfinite(double x) { return std::isinf(x); }
static bool isNotANumber(double x) { return std::isnan(x); }

//===----------------------------------------------------------------------===//
// Casts
//===----------------------------------------------------------------------===//

static uint64_t toUnsigned(int64_t value, unsigned width) {
  return width == 64 ? value : value & ((uint64_t(1) << width) - 1);
}
static int64_t toSigned(int64_t value, unsigned width) {
  return width == 1 ? -value : value;
}

int64_t testing::wrapInteger(int64_t value, unsigned width) {
  if (width == 1)
    return value & 1;
  return int64_t(uint64_t(value) << (64 - width)) >> (64 - width);
}

template <bool isSigned>
static Number executeToFloat(const Instruction &inst, Frame &frame) {
  const Number &a = operand(inst, frame, 0);
  if (a.isOpen) // of one bit it is one of two numbers
    return inst.from.width == 1
               ? join(Number::ofFloat(0), Number::ofFloat(isSigned ? -1 : 1))
               : Number::ofFloat(0, kInfinity);
  unsigned width = inst.from.width;
  Number result =
      Number::ofFloat(isSigned ? double(toSigned(a.integer, width))
                               : double(toUnsigned(a.integer, width)));
  round(result, inst.to, 1, std::fabs(result.value) < 0x1p53);
  return result;
}

/// Towards zero; what is too large gives the nearest integer, NaN gives 0.
template <bool isSigned>
static Number executeToInt(const Instruction &inst, Frame &frame) {
  const Number &a = operand(inst, frame, 0);
  int digits = int(inst.to.width) - isSigned;
  double end = std::ldexp(1.0, digits), begin = isSigned ? -end : 0;
  auto clamp = [&](double x) { return std::clamp(std::trunc(x), begin, end); };
  if (std::isnan(a.value) && a.error == 0)
    return Number::ofInt(0);
  if (!std::isfinite(a.error) || clamp(a.least()) != clamp(a.most()))
    return Number::open();
  double value = clamp(a.value);
  uint64_t most = digits == 64 ? ~uint64_t(0) : (uint64_t(1) << digits) - 1;
  uint64_t bits = value >= end ? most
                  : value < 0  ? uint64_t(int64_t(value))
                               : uint64_t(value);
  return Number::ofInt(wrapInteger(int64_t(bits), inst.to.width));
}

template <bool isSigned>
static Number executeIntResize(const Instruction &inst, Frame &frame) {
  const Number &a = operand(inst, frame, 0);
  if (a.isOpen)
    return a;
  int64_t value = isSigned ? toSigned(a.integer, inst.from.width)
                           : int64_t(toUnsigned(a.integer, inst.from.width));
  return Number::ofInt(wrapInteger(value, inst.to.width));
}

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

using IntFunction = int64_t (*)(int64_t, int64_t, unsigned);

/// Numbers whose bits are open stay so, but for a bit that decides.
template <IntFunction function>
static Number executeInt(const Instruction &inst, Frame &frame) {
  const Number &a = operand(inst, frame, 0);
  const Number &b = operand(inst, frame, inst.operands.size() > 1 ? 1 : 0);
  for (const Number *number : {&a, &b}) {
    if (number->isOpen || inst.from.width != 1)
      continue;
    if ((isa<arith::AndIOp>(inst.op) && number->integer == 0) ||
        (isa<arith::OrIOp>(inst.op) && number->integer == 1))
      return *number;
  }
  if (a.isOpen || b.isOpen)
    return Number::open();
  return Number::ofInt(wrapInteger(
      function(a.integer, b.integer, inst.from.width), inst.to.width));
}

template <IntFunction function>
static Number executeDivision(const Instruction &inst, Frame &frame) {
  const Number &divisor = operand(inst, frame, 1);
  if (divisor.isOpen || divisor.integer != 0)
    return executeInt<function>(inst, frame);
  inst.op->emitOpError("expected a divisor other than 0, but got 0");
  frame.failed = true;
  return Number::open();
}

static int64_t getQuotient(int64_t a, int64_t b) {
  return b == -1 ? int64_t(-uint64_t(a)) : a / b;
}
static int64_t getRest(int64_t a, int64_t b) { return b == -1 ? 0 : a % b; }

#define SNN_INT(NAME, EXPRESSION)                                              \
  static int64_t NAME(int64_t x, int64_t y, unsigned width) {                  \
    [[maybe_unused]] uint64_t a = toUnsigned(x, width),                        \
                              b = toUnsigned(y, width);                        \
    [[maybe_unused]] int64_t s = toSigned(x, width), t = toSigned(y, width);   \
    return int64_t(EXPRESSION);                                                \
  }
SNN_INT(addInts, a + b)
SNN_INT(subtractInts, a - b)
SNN_INT(multiplyInts, a *b)
SNN_INT(getAnd, a &b)
SNN_INT(getOr, a | b)
SNN_INT(getXor, a ^ b)
SNN_INT(shiftLeft, b >= width ? 0 : a << b)
SNN_INT(shiftRight, b >= width ? 0 : a >> b)
SNN_INT(shiftRightSigned, s >> std::min<uint64_t>(b, width - 1))
SNN_INT(getMaxUnsigned, std::max(a, b))
SNN_INT(getMinUnsigned, std::min(a, b))
SNN_INT(getMaxSigned, std::max(s, t))
SNN_INT(getMinSigned, std::min(s, t))
SNN_INT(divideUnsigned, a / b)
SNN_INT(getRestUnsigned, a % b)
SNN_INT(divideUp, a / b + (a % b != 0))
SNN_INT(divideSigned, getQuotient(s, t))
SNN_INT(getRestSigned, getRest(s, t))
SNN_INT(divideSignedUp,
        getQuotient(s, t) + (getRest(s, t) != 0 && (s > 0) == (t > 0)))
SNN_INT(divideSignedDown,
        getQuotient(s, t) - (getRest(s, t) != 0 && (s > 0) != (t > 0)))
SNN_INT(getIntAbs, s < 0 ? -a : a)
SNN_INT(countOnes, llvm::popcount(a))
SNN_INT(countLeadingZeros, int64_t(llvm::countl_zero(a)) - 64 + width)
SNN_INT(countTrailingZeros, a == 0 ? width : unsigned(llvm::countr_zero(a)))
#undef SNN_INT

static Number executeCompareInts(const Instruction &inst, Frame &frame) {
  const Number &x = operand(inst, frame, 0), &y = operand(inst, frame, 1);
  if (x.isOpen || y.isOpen)
    return Number::open();
  unsigned width = inst.from.width;
  return Number::ofInt(
      arith::applyCmpPredicate(arith::CmpIPredicate(inst.number),
                               APInt(width, toUnsigned(x.integer, width)),
                               APInt(width, toUnsigned(y.integer, width))));
}

//===----------------------------------------------------------------------===//
// Selection
//===----------------------------------------------------------------------===//

#define SNN_CASE(OP, EXECUTE) .Case([](OP) -> Execute { return EXECUTE; })

Execute testing::selectFloat(Operation &op, Instruction &inst) {
  if (auto compare = dyn_cast<arith::CmpFOp>(op))
    inst.number = int64_t(compare.getPredicate());
  return llvm::TypeSwitch<Operation *, Execute>(&op)
      // clang-format off
  SNN_CASE(arith::AddFOp, executeBinary<add>)
  SNN_CASE(arith::SubFOp, executeBinary<subtract>)
  SNN_CASE(arith::MulFOp, executeBinary<multiply>)
  SNN_CASE(arith::DivFOp, executeBinary<divide>)
  SNN_CASE(arith::RemFOp, executeRemainder)
  SNN_CASE(arith::NegFOp, executeNegate)
  SNN_CASE(arith::MaximumFOp, executeExtremum<getMaximum>)
  SNN_CASE(arith::MinimumFOp, executeExtremum<getMinimum>)
  SNN_CASE(arith::MaxNumFOp, executeExtremum<std::fmax>)
  SNN_CASE(arith::MinNumFOp, executeExtremum<std::fmin>)
  SNN_CASE(arith::CmpFOp, executeCompare)
  SNN_CASE(arith::SelectOp, executeSelect)
  SNN_CASE(arith::ExtFOp, executeResize)
  SNN_CASE(arith::TruncFOp, executeResize)
  SNN_CASE(arith::SIToFPOp, executeToFloat<true>)
  SNN_CASE(arith::UIToFPOp, executeToFloat<false>)
  SNN_CASE(arith::FPToSIOp, executeToInt<true>)
  SNN_CASE(arith::FPToUIOp, executeToInt<false>)
  SNN_CASE(math::FmaOp, executeFma)
  SNN_CASE(math::ExpOp, executeMonotone<std::exp>)
  SNN_CASE(math::ExpM1Op, executeMonotone<std::expm1>)
  SNN_CASE(math::LogOp, executeMonotone<std::log>)
  SNN_CASE(math::Log1pOp, executeMonotone<std::log1p>)
  SNN_CASE(math::TanhOp, executeMonotone<std::tanh>)
  SNN_CASE(math::SqrtOp, executeMonotone<std::sqrt>)
  SNN_CASE(math::RsqrtOp, executeMonotone<getRoot>)
  SNN_CASE(math::SinOp, executeWave<std::sin>)
  SNN_CASE(math::CosOp, executeWave<std::cos>)
  SNN_CASE(math::PowFOp, executePow)
  SNN_CASE(math::AbsFOp, executeAbs)
  SNN_CASE(math::CopySignOp, executeCopySign)
  SNN_CASE(math::FloorOp, executeSteps<std::floor>)
  SNN_CASE(math::CeilOp, executeSteps<std::ceil>)
  SNN_CASE(math::RoundOp, executeSteps<std::round>)
  SNN_CASE(math::RoundEvenOp, executeSteps<std::nearbyint>)
  SNN_CASE(math::TruncOp, executeSteps<std::trunc>)
  SNN_CASE(math::IsFiniteOp, executeTest<isFiniteNumber>)
  SNN_CASE(math::IsInfOp, executeTest<isInfinite>)
  SNN_CASE(math::IsNaNOp, executeTest<isNotANumber>)
                                                                  // clang-format on
                                                                  .Default(
                                                                      [](Operation
                                                                             *) {
                                                                        return Execute();
                                                                      });
}

Execute testing::selectInteger(Operation &op, Instruction &inst) {
  if (auto compare = dyn_cast<arith::CmpIOp>(op))
    inst.number = int64_t(compare.getPredicate());
  return llvm::TypeSwitch<Operation *, Execute>(&op)
      // clang-format off
  SNN_CASE(arith::AddIOp, executeInt<addInts>)
  SNN_CASE(arith::SubIOp, executeInt<subtractInts>)
  SNN_CASE(arith::MulIOp, executeInt<multiplyInts>)
  SNN_CASE(arith::AndIOp, executeInt<getAnd>)
  SNN_CASE(arith::OrIOp, executeInt<getOr>)
  SNN_CASE(arith::XOrIOp, executeInt<getXor>)
  SNN_CASE(arith::ShLIOp, executeInt<shiftLeft>)
  SNN_CASE(arith::ShRUIOp, executeInt<shiftRight>)
  SNN_CASE(arith::ShRSIOp, executeInt<shiftRightSigned>)
  SNN_CASE(arith::MaxSIOp, executeInt<getMaxSigned>)
  SNN_CASE(arith::MinSIOp, executeInt<getMinSigned>)
  SNN_CASE(arith::MaxUIOp, executeInt<getMaxUnsigned>)
  SNN_CASE(arith::MinUIOp, executeInt<getMinUnsigned>)
  SNN_CASE(arith::DivUIOp, executeDivision<divideUnsigned>)
  SNN_CASE(arith::RemUIOp, executeDivision<getRestUnsigned>)
  SNN_CASE(arith::CeilDivUIOp, executeDivision<divideUp>)
  SNN_CASE(arith::DivSIOp, executeDivision<divideSigned>)
  SNN_CASE(arith::RemSIOp, executeDivision<getRestSigned>)
  SNN_CASE(arith::CeilDivSIOp, executeDivision<divideSignedUp>)
  SNN_CASE(arith::FloorDivSIOp, executeDivision<divideSignedDown>)
  SNN_CASE(arith::CmpIOp, executeCompareInts)
  SNN_CASE(arith::ExtSIOp, executeIntResize<true>)
  SNN_CASE(arith::TruncIOp, executeIntResize<true>)
  SNN_CASE(arith::IndexCastOp, executeIntResize<true>)
  SNN_CASE(arith::ExtUIOp, executeIntResize<false>)
  SNN_CASE(arith::IndexCastUIOp, executeIntResize<false>)
  SNN_CASE(math::AbsIOp, executeInt<getIntAbs>)
  SNN_CASE(math::CtPopOp, executeInt<countOnes>)
  SNN_CASE(math::CountLeadingZerosOp, executeInt<countLeadingZeros>)
  SNN_CASE(math::CountTrailingZerosOp, executeInt<countTrailingZeros>)
                                                          // clang-format on
                                                          .Default([](Operation
                                                                          *) {
                                                            return Execute();
                                                          });
}
#undef SNN_CASE
