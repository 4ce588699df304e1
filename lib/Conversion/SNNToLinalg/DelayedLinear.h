//===- DelayedLinear.h - Synapses that read delayed sources -----*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_CONVERSION_SNNTOLINALG_DELAYEDLINEAR_H
#define SNN_LIB_CONVERSION_SNNTOLINALG_DELAYEDLINEAR_H

#include "../Emit.h"

namespace mlir::snn {

/// The `groups` delay whose output only this synapse reads, maybe as words, and
/// sums over groups and neurons; null where there is none.
DelayOp findDelayOf(LinearOp op);
/// The synapse of which this is the delay; null where there is none.
LinearOp findReaderOf(DelayOp op);

void populateDelayedLinearPatterns(
    RewritePatternSet &patterns, const ConvertSNNToLinalgPassOptions &options);

} // namespace mlir::snn

#endif // SNN_LIB_CONVERSION_SNNTOLINALG_DELAYEDLINEAR_H
