//===- Recorded.h - What a run of a model leaves to replay it ---*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_TESTING_RECORDED_H
#define SNN_LIB_TESTING_RECORDED_H

#include "snn/Driver/Driver.h"
#include "snn/Testing/Replay.h"

namespace mlir::snn::testing {

/// The element type of a tensor at the boundary.
Type getBoundaryType(MLIRContext *context, int32_t type);

/// Gives layers the names by which their spikes and states are recorded, unless
/// the model says which layers those are.
void nameLayers(func::FuncOp model);

/// Finds the values that the outputs of a compilation that records all are of.
/// `results` are those of the function that are outputs, in their order; what
/// is recorded follows them.
Recording makeRecording(func::FuncOp model, ArrayRef<unsigned> results,
                        const ModelInterface &interface,
                        ArrayRef<reference::Tensor> outputs);

/// The error terms that the report of a compiled model has, for a run of
/// `steps`.
llvm::Error addBounds(StringRef report, int64_t steps, ReplayOptions &options);

} // namespace mlir::snn::testing

#endif // SNN_LIB_TESTING_RECORDED_H
