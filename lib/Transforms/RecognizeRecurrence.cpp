//===- RecognizeRecurrence.cpp - Kernels that are exponentials ------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"
#include "Exponentials.h"
#include "snn/Analysis/Report.h"
#include "snn/IR/SNN.h"
#include "snn/Transforms/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"

namespace mlir::snn {
#define GEN_PASS_DEF_RECOGNIZERECURRENCEPASS
#include "snn/Transforms/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

namespace {
/// The kernels of all neurons, which are sums of the same kind.
struct Recognized {
  ExponentialKind kind;
  SmallVector<Exponentials> neurons;
  bool hasTail = false;
  double coefficient = 0;
};
} // namespace

static double getRoundoff(Type element) {
  return element.isF64() ? 0x1p-53 : 0x1p-24;
}

/// Kernels of neurons one after the other, each a row.
static SmallVector<SmallVector<double>> getKernels(DenseElementsAttr weights,
                                                   int64_t taps) {
  int64_t neurons = weights.getNumElements() / taps;
  SmallVector<SmallVector<double>> kernels(neurons);
  auto values = weights.getValues<APFloat>();
  for (int64_t i = 0; i < taps * neurons; ++i) {
    APFloat value = values[i];
    kernels[i % neurons].push_back(value.convertToDouble());
  }
  return kernels;
}

/// All kernels as sums of one kind, in the format of the taps.
static std::optional<Recognized>
recognize(ArrayRef<SmallVector<double>> kernels, ExponentialKind kind,
          Type element, double tolerance) {
  double roundoff = getRoundoff(element);
  Recognized result{kind, {}};
  for (ArrayRef<double> kernel : kernels) {
    std::optional<Exponentials> found =
        fitExponentials(kernel, kind, tolerance * roundoff);
    if (!found)
      return std::nullopt;
    if (!element.isF64())
      found->roundToFloat();
    if (!found->isDecaying())
      return std::nullopt;
    result.hasTail |=
        found->getTail(kernel.size()) > roundoff * getAbsoluteSum(kernel);
    result.neurons.push_back(*found);
  }
  for (auto [kernel, found] : llvm::zip(kernels, result.neurons))
    result.coefficient =
        std::max(result.coefficient,
                 found.getErrorCoefficient(kernel, roundoff, result.hasTail));
  return result;
}

//===----------------------------------------------------------------------===//
// Rewriting
//===----------------------------------------------------------------------===//

namespace {
/// Builds the recurrence of a convolution.
class Recurrence {
public:
  Recurrence(TemporalConvOp op, const Recognized &found)
      : op(op), found(found), builder(op.getLoc(), op),
        type(op.getInput().getType()) {}

  Value emit();

private:
  using Select = function_ref<double(const Exponentials &)>;
  using Body = function_ref<Value(ImplicitLocOpBuilder &, ValueRange)>;

  Value getCoefficient(Select select);
  bool isAll(double value, Select select);
  Value emitPointwise(ArrayRef<Value> operands, Body body) {
    return emitElementwise(builder, operands, type.getElementType(), body);
  }
  Value multiply(Value sequence, Select select);
  Value add(Value a, Value b);
  Value subtractTail(Select getEnd);
  Value getLate();
  ScanOp emitScan(ScanKind kind, ArrayRef<Value> inputs,
                  ArrayRef<Value> coefficients);
  Value emitReal(int64_t term);
  Value emitPair();

  TemporalConvOp op;
  const Recognized &found;
  ImplicitLocOpBuilder builder;
  RankedTensorType type;
  Value late;
};
} // namespace

bool Recurrence::isAll(double value, Select select) {
  return llvm::all_of(found.neurons, [&](const Exponentials &neuron) {
    return select(neuron) == value;
  });
}

/// A scalar of a shared kernel, else a number for each neuron.
Value Recurrence::getCoefficient(Select select) {
  Type element = type.getElementType();
  SmallVector<Attribute> values;
  for (const Exponentials &neuron : found.neurons)
    values.push_back(builder.getFloatAttr(element, select(neuron)));
  if (op.getKernel().getType().getRank() == 1)
    return arith::ConstantOp::create(builder, cast<TypedAttr>(values[0]));
  auto neurons = RankedTensorType::get(type.getShape().drop_front(2), element);
  return arith::ConstantOp::create(builder,
                                   DenseElementsAttr::get(neurons, values));
}

/// `number * sequence`; the sequence itself where all numbers are 1.
Value Recurrence::multiply(Value sequence, Select select) {
  if (isAll(1, select))
    return sequence;
  return emitPointwise({getCoefficient(select), sequence},
                       [](ImplicitLocOpBuilder &at, ValueRange args) {
                         Value product =
                             arith::MulFOp::create(at, args[0], args[1]);
                         return product;
                       });
}

/// x[t] - end x[t - K], which ends the kernel after its taps.
Value Recurrence::subtractTail(Select getEnd) {
  return emitPointwise({op.getInput(), getLate(), getCoefficient(getEnd)},
                       [](ImplicitLocOpBuilder &at, ValueRange args) {
                         Value product =
                             arith::MulFOp::create(at, args[2], args[1]);
                         Value difference =
                             arith::SubFOp::create(at, args[0], product);
                         return difference;
                       });
}

Value Recurrence::getLate() {
  if (!late)
    late =
        DelayOp::create(builder, op.getInput(), /*inits=*/ValueRange(),
                        ArrayRef<int64_t>(op.getNumTaps()),
                        /*per_source=*/false, /*groups=*/false, op.getReverse())
            .getOutput();
  return late;
}

ScanOp Recurrence::emitScan(ScanKind kind, ArrayRef<Value> inputs,
                            ArrayRef<Value> coefficients) {
  auto scan = ScanOp::create(builder, inputs, coefficients,
                             /*inits=*/ValueRange(), kind, op.getReverse(),
                             /*associative=*/true);
  auto number = builder.getF64FloatAttr(found.coefficient);
  scan->setAttr(
      kBoundAttr,
      builder.getDictionaryAttr(
          {builder.getNamedAttr("kind", builder.getStringAttr("recurrence")),
           builder.getNamedAttr("coefficient", number)}));
  return scan;
}

/// The number that scales what is `taps` steps behind.
static std::complex<double> getEnd(const Exponentials &neuron, int64_t term,
                                   int64_t taps) {
  return power(neuron.terms[term].base, taps);
}

Value Recurrence::emitReal(int64_t term) {
  Value input = op.getInput();
  if (found.hasTail)
    input = subtractTail([&](const Exponentials &neuron) {
      return getEnd(neuron, term, op.getNumTaps()).real();
    });
  Value base = getCoefficient([&](const Exponentials &neuron) {
    return neuron.terms[term].base.real();
  });
  return multiply(emitScan(ScanKind::Real, input, base).getResult(0),
                  [&](const Exponentials &neuron) {
                    return neuron.terms[term].scale.real();
                  });
}

/// Re(c h) = Re(c) Re(h) - Im(c) Im(h)
Value Recurrence::emitPair() {
  SmallVector<Value> inputs = {op.getInput()};
  if (found.hasTail) {
    int64_t taps = op.getNumTaps();
    inputs[0] = subtractTail([&](const Exponentials &neuron) {
      return getEnd(neuron, 0, taps).real();
    });
    inputs.push_back(multiply(getLate(), [&](const Exponentials &neuron) {
      return -getEnd(neuron, 0, taps).imag();
    }));
  }
  auto getBase = [&](auto part) {
    return getCoefficient(
        [&](const Exponentials &neuron) { return part(neuron.terms[0].base); });
  };
  auto re = [](std::complex<double> number) { return number.real(); };
  auto im = [](std::complex<double> number) { return number.imag(); };
  ScanOp scan = emitScan(ScanKind::Complex, inputs, {getBase(re), getBase(im)});
  Value real = multiply(scan.getResult(0), [](const Exponentials &neuron) {
    return neuron.terms[0].scale.real();
  });
  auto getMinusImaginary = [](const Exponentials &neuron) {
    return -neuron.terms[0].scale.imag();
  };
  if (isAll(0, getMinusImaginary))
    return real;
  return add(real, multiply(scan.getResult(1), getMinusImaginary));
}

Value Recurrence::add(Value a, Value b) {
  return emitPointwise({a, b}, [](ImplicitLocOpBuilder &at, ValueRange args) {
    Value sum = arith::AddFOp::create(at, args[0], args[1]);
    return sum;
  });
}

Value Recurrence::emit() {
  switch (found.kind) {
  case ExponentialKind::One:
    return emitReal(0);
  case ExponentialKind::Two:
    return add(emitReal(0), emitReal(1));
  case ExponentialKind::Pair:
    return emitPair();
  }
  llvm_unreachable("unknown kind of exponentials");
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct RecognizeRecurrence
    : snn::impl::RecognizeRecurrencePassBase<RecognizeRecurrence> {
  using Base::Base;

  void runOnOperation() override {
    if (numerics != "bounded" && numerics != "exact" && numerics != "fast") {
      getOperation().emitOpError("snn-recognize-recurrence: expected numerics "
                                 "bounded, exact or fast, but got ")
          << numerics;
      return signalPassFailure();
    }
    if (numerics == "exact")
      return;
    getOperation().walk([&](TemporalConvOp op) { rewrite(op); });
  }

private:
  void rewrite(TemporalConvOp op);
};
} // namespace

void RecognizeRecurrence::rewrite(TemporalConvOp op) {
  Type element = op.getInput().getType().getElementType();
  DenseElementsAttr weights;
  // The state would be another one.
  bool showsState = !op.getInits().empty() || !op.getRest().front().use_empty();
  if (showsState || op.dependsOnPosition() ||
      !matchPattern(op.getKernel(), m_Constant(&weights)) ||
      !(element.isF32() || element.isF64()))
    return;
  auto kernels = getKernels(weights, op.getNumTaps());
  for (ExponentialKind kind :
       {ExponentialKind::One, ExponentialKind::Two, ExponentialKind::Pair}) {
    std::optional<Recognized> found =
        recognize(kernels, kind, element, tolerance);
    if (!found)
      continue;
    double largest = 0;
    for (ArrayRef<double> kernel : kernels)
      largest = std::max(largest, getAbsoluteSum(kernel));
    if (found->coefficient > maxError * largest)
      return;
    op.getOutput().replaceAllUsesWith(Recurrence(op, *found).emit());
    op.erase();
    return;
  }
}
