//===- Check.h - What a model is warned about -------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_DRIVER_CHECK_H
#define SNN_LIB_DRIVER_CHECK_H

#include "Model.h"

namespace mlir::snn {

/// Warns about what a valid model does not mean to do: spans and refractory
/// periods beyond the end of a run.
void warnAboutModel(func::FuncOp model);

/// Warns about embedded weights that are all 0 (vectors may be: they are
/// biases), and about subnormal ones.
void warnAboutWeights(func::FuncOp model, const ModelInterface &interface,
                      StringRef file);

} // namespace mlir::snn

#endif // SNN_LIB_DRIVER_CHECK_H
