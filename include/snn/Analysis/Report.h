//===- Report.h - What is said about the time of each layer -----*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The report is the attribute `snn.report` of a model: one dictionary for each
// layer, in their order. `snnc --explain` prints it, a compiled model contains
// it, and tests read it in the IR.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_ANALYSIS_REPORT_H
#define SNN_ANALYSIS_REPORT_H

#include "mlir/IR/Operation.h"

namespace mlir::snn {

/// Keys of an entry, all strings.
namespace report {
constexpr llvm::StringLiteral kLayer = "layer";     ///< a name
constexpr llvm::StringLiteral kOp = "op";           ///< of the model
constexpr llvm::StringLiteral kVerdict = "verdict"; ///< of the analysis
constexpr llvm::StringLiteral kReason = "reason";   ///< for the verdict
constexpr llvm::StringLiteral kForm = "form";       ///< loop, scan, conv, ...
constexpr llvm::StringLiteral kWhy = "why";         ///< the form was chosen
constexpr llvm::StringLiteral kDone = "done";       ///< by passes: "pass: what"
constexpr llvm::StringLiteral kClass = "class";     ///< "A", "B" or "C"
constexpr llvm::StringLiteral kBound = "bound"; ///< of class B, as a formula
constexpr llvm::StringLiteral kGpu = "gpu";     ///< what runs on a GPU
/// "exact: ..." where no order of the layer's sums rounds, else "none: ...".
constexpr llvm::StringLiteral kCertificate = "certificate";
} // namespace report

/// The name of the op's layer: its `snn.layer`, or the kind of op and a number,
/// which the op is then marked with.
StringAttr nameLayer(Operation *op);

/// Where a layer has a name, only those with one are recorded: gives one to all
/// that are recorded now, so that naming one more changes no record.
void nameRecordedLayers(Block &model);

/// Sets a key of the entry of the op's layer, which is made where there is
/// none.
void setReport(Operation *op, StringRef key, const Twine &value);

/// Appends to a key, after "; " where it has a value.
void appendReport(Operation *op, StringRef key, const Twine &value);

/// The same for a layer of a function whose op is gone.
void appendReport(Operation *function, StringAttr layer, StringRef key,
                  const Twine &value);

/// A key of the entry of the op's layer; empty where there is none.
StringRef getReport(Operation *op, StringRef key);

} // namespace mlir::snn

#endif // SNN_ANALYSIS_REPORT_H
