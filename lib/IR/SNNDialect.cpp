//===- SNNDialect.cpp - The dialect and its attributes --------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/IR/Kernel.h"
#include "snn/IR/SNN.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Transforms/InliningUtils.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::snn;

#include "snn/IR/SNNEnums.cpp.inc"
#include "snn/IR/SNNInterfaces.cpp.inc"
#include "snn/IR/SNNOpsDialect.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "snn/IR/SNNAttrs.cpp.inc"

namespace {
/// A model may be written in functions: any op of ours may be inlined, and a
/// region of ours is a body like any other.
struct Inliner : DialectInlinerInterface {
  using DialectInlinerInterface::DialectInlinerInterface;

  bool isLegalToInline(Operation *, Region *, bool, IRMapping &) const final {
    return true;
  }
  bool isLegalToInline(Region *, Region *, bool, IRMapping &) const final {
    return true;
  }
};
} // namespace

void SNNDialect::initialize() {
  addInterfaces<Inliner>();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "snn/IR/SNNAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "snn/IR/SNNOps.cpp.inc"
      >();
}

Operation *SNNDialect::materializeConstant(OpBuilder &builder, Attribute value,
                                           Type type, Location loc) {
  return arith::ConstantOp::materialize(builder, value, type, loc);
}

//===----------------------------------------------------------------------===//
// Attributes of functions and ops
//===----------------------------------------------------------------------===//

LogicalResult SNNDialect::verifyOperationAttribute(Operation *op,
                                                   NamedAttribute attr) {
  if ((attr.getName() == kParallelAttr && isa<UnitAttr>(attr.getValue())) ||
      (attr.getName() == kBoundAttr && isa<DictionaryAttr>(attr.getValue())) ||
      (attr.getName() == kKernelAttr && isa<DictionaryAttr>(attr.getValue())))
    return success();
  if (attr.getName() == kReportAttr) {
    auto entries = dyn_cast<ArrayAttr>(attr.getValue());
    if (entries && llvm::all_of(entries, llvm::IsaPred<DictionaryAttr>))
      return success();
    return op->emitOpError("expected '")
           << kReportAttr << "' to be an array of dictionaries, but got "
           << attr.getValue();
  }
  if (attr.getName() == kSoftmaxAttr) {
    if (isa<RecurrentOp>(op) && isa<UnitAttr>(attr.getValue()))
      return success();
    return op->emitOpError("expected '")
           << kSoftmaxAttr << "' to have no value, on snn.recurrent, but got "
           << attr.getValue();
  }
  if (attr.getName() != kLayerAttr)
    return op->emitOpError("unknown attribute '")
           << attr.getName().strref() << "'";
  if (!isa<StringAttr>(attr.getValue()))
    return op->emitOpError("expected '")
           << kLayerAttr << "' to be a string, but got " << attr.getValue();
  return success();
}

/// `snn.grid = {step = 0.125, max = 8.0}`, perhaps with a `min`.
static LogicalResult verifyGrid(Operation *op, unsigned index,
                                Attribute attribute) {
  auto grid = dyn_cast<DictionaryAttr>(attribute);
  auto get = [&](StringRef name) {
    return grid ? grid.getAs<FloatAttr>(name) : FloatAttr();
  };
  FloatAttr step = get("step"), most = get("max"), least = get("min");
  bool isValid =
      step && most && grid.size() == (least ? 3 : 2) &&
      step.getValueAsDouble() > 0 && step.getValue().isFinite() &&
      most.getValueAsDouble() >= 0 && most.getValue().isFinite() &&
      (!least || least.getValueAsDouble() <= most.getValueAsDouble());
  if (!isValid)
    return op->emitOpError("expected '")
           << kGridAttr << "' to be {step, max} or {step, max, min}, floats "
           << "with step > 0 and max >= 0, but got " << attribute;
  auto function = dyn_cast<FunctionOpInterface>(op);
  if (!function)
    return success();
  Type type = function.getArgumentTypes()[index];
  if (function.getArgAttr(index, kParamAttr) ||
      function.getArgAttr(index, kStateAttr) ||
      !isa<FloatType>(getElementTypeOrSelf(type)))
    return op->emitOpError("expected '")
           << kGridAttr << "' on a sequence of floats, but got it on argument "
           << index;
  return success();
}

LogicalResult SNNDialect::verifyRegionArgAttribute(Operation *op, unsigned,
                                                   unsigned index,
                                                   NamedAttribute attr) {
  StringRef name = attr.getName();
  if (name == kPositionAttr || name == kBatchAttr || name == kSequenceAttr)
    return success();
  if (name == kGridAttr)
    return verifyGrid(op, index, attr.getValue());
  if (name != kParamAttr && name != kStateAttr)
    return op->emitOpError("expected argument ")
           << index << " to be marked '" << kParamAttr << "' or '" << kStateAttr
           << "', but got '" << name << "'";
  auto value = dyn_cast<StringAttr>(attr.getValue());
  if (!value || value.getValue().empty())
    return op->emitOpError("expected '")
           << name << "' to be a non-empty string, but got " << attr.getValue();

  auto function = dyn_cast<FunctionOpInterface>(op);
  if (!function)
    return success();
  if (function.getArgAttr(index, kParamAttr) &&
      function.getArgAttr(index, kStateAttr))
    return op->emitOpError("expected argument ")
           << index << " to be a parameter or a state, but got both";
  for (unsigned other = 0; other != index; ++other)
    for (StringRef kind : {kParamAttr, kStateAttr})
      if (function.getArgAttr(other, kind) == value)
        return op->emitOpError("expected distinct names, but arguments ")
               << other << " and " << index << " are both called " << value;
  return success();
}

LogicalResult SNNDialect::verifyRegionResultAttribute(Operation *op, unsigned,
                                                      unsigned index,
                                                      NamedAttribute attr) {
  StringRef name = attr.getName();
  auto function = dyn_cast<FunctionOpInterface>(op);
  if ((name == kStaticAttr && isa<UnitAttr>(attr.getValue())) ||
      (name == kRecordAttr && isa<StringAttr>(attr.getValue())))
    return success();
  auto value = dyn_cast<StringAttr>(attr.getValue());
  if (name != kStateAttr || !value || !function)
    return op->emitOpError("expected result ")
           << index << " to be marked '" << kStaticAttr << "' or '"
           << kStateAttr << " = <name>', but got '" << name << "'";

  for (unsigned other = 0; other != index; ++other)
    if (function.getResultAttr(other, kStateAttr) == value)
      return op->emitOpError("expected distinct names, but results ")
             << other << " and " << index << " are both the state " << value;
  for (unsigned arg = 0; arg != function.getNumArguments(); ++arg) {
    if (function.getArgAttr(arg, kStateAttr) != value)
      continue;
    Type before = function.getArgumentTypes()[arg];
    Type after = function.getResultTypes()[index];
    if (before != after)
      return op->emitOpError("expected state ")
             << value << " to be " << before << " after the run as before it, "
             << "but got " << after;
    return success();
  }
  return op->emitOpError("expected an argument with state ")
         << value << " for result " << index;
}

//===----------------------------------------------------------------------===//
// Attribute verifiers
//===----------------------------------------------------------------------===//

LogicalResult ResetAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                ResetKind kind, FloatAttr amount) {
  if (!amount)
    return success();
  if (kind != ResetKind::Value && kind != ResetKind::Subtract)
    return emitError() << "expected no amount with reset '"
                       << stringifyResetKind(kind) << "', but got "
                       << amount.getValueAsDouble();
  if (!amount.getValue().isFinite())
    return emitError() << "expected a finite reset amount, but got "
                       << amount.getValueAsDouble();
  return success();
}

LogicalResult
SurrogateAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                      SurrogateFamily, FloatAttr slope) {
  double value = slope.getValueAsDouble();
  if (value > 0 && slope.getValue().isFinite())
    return success();
  return emitError() << "expected a positive, finite surrogate slope, but got "
                     << value;
}

LogicalResult ScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   ScheduleKind kind, int64_t warmup) {
  if (warmup == 0 || (kind == ScheduleKind::Speculate && warmup > 0))
    return success();
  if (kind != ScheduleKind::Speculate)
    return emitError() << "expected no warm-up with schedule '"
                       << stringifyScheduleKind(kind) << "', but got "
                       << warmup;
  return emitError() << "expected a warm-up of 1 step or more, but got "
                     << warmup;
}

LogicalResult SynapseAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  SynapseForm form, int64_t percent) {
  if (form != SynapseForm::Adaptive && percent != 0)
    return emitError() << "expected no share of spikes with form '"
                       << stringifySynapseForm(form) << "', but got "
                       << percent;
  if (form == SynapseForm::Adaptive && (percent < 1 || percent > 100))
    return emitError() << "expected a share of spikes in [1, 100] percent, but "
                          "got "
                       << percent;
  return success();
}

LogicalResult SpanAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               SpanKind kind, ArrayRef<int64_t> values) {
  if (values.empty() || (kind != SpanKind::Sources && values.size() != 1))
    return emitError() << "expected "
                       << (kind == SpanKind::Sources ? "one span per source"
                                                     : "one span")
                       << ", but got " << values.size();
  for (int64_t value : values)
    if (value < 1 || value > std::numeric_limits<int32_t>::max())
      return emitError() << "expected a span in [1, 2147483647], but got "
                         << value;
  return success();
}

int64_t SpanAttr::getMax() const { return *llvm::max_element(getValues()); }

int64_t SpanAttr::getMin() const {
  return hasOperand() ? 1 : *llvm::min_element(getValues());
}

bool SpanAttr::hasOperand() const {
  return getKind() == SpanKind::Taps || getKind() == SpanKind::Operand;
}
