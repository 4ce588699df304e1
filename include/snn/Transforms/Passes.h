//===- Passes.h - Passes from snn to snn ------------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_TRANSFORMS_PASSES_H
#define SNN_TRANSFORMS_PASSES_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir {
class RewritePatternSet;
}

namespace mlir::snn {

/// Patterns of `snn-generalize`: a named neuron becomes an `snn.neuron`; with
/// `wordGates`, gates of packed candidates stay.
void populateGeneralizePatterns(RewritePatternSet &patterns,
                                bool wordGates = true);

/// Patterns of `snn-fuse-neurons`: a neuron's step takes in what feeds it.
void populateFuseNeuronsPatterns(RewritePatternSet &patterns);

/// Patterns of `snn-raise-time-sums`: a sum over time becomes an `snn.scan`.
void populateRaiseTimeSumsPatterns(RewritePatternSet &patterns);

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "snn/Transforms/Passes.h.inc"

} // namespace mlir::snn

#endif // SNN_TRANSFORMS_PASSES_H
