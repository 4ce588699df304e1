//===- Explain.h - What a compiled model says about itself ------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_DRIVER_EXPLAIN_H
#define SNN_LIB_DRIVER_EXPLAIN_H

#include "snn/Driver/Driver.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::snn {

/// Notes in the report of a model, before any pass, which sums are exact in any
/// order because all numbers are on a grid (see GridCertificate.h); `weights`
/// are those that are embedded. Nothing is noted of a model without `snn.grid`.
void certifyGrid(func::FuncOp model, const ::snn::rt::TensorFile *weights);

/// Gives all layers names and entries in the report, which can tell of each.
void nameLayers(func::FuncOp model);

/// The report of a model after its passes, as JSON: what a compilation needs to
/// be repeated, what the passes promise, and an entry for each layer.
std::string makeReport(func::FuncOp model, const CompileRequest &request,
                       const ModelInterface &interface);

/// The entries of the layers as a text for people.
std::string explainLayers(func::FuncOp model);

} // namespace mlir::snn

#endif // SNN_LIB_DRIVER_EXPLAIN_H
