//===- Passes.h - Passes from snn to upstream -------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_CONVERSION_PASSES_H
#define SNN_CONVERSION_PASSES_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::snn {

#define GEN_PASS_DECL
#include "snn/Conversion/Passes.h.inc"

/// Patterns of `convert-snn-recurrence-to-scf`. Ops in the body of a reverse
/// recurrence must have been reversed, which the pass does first.
void populateRecurrenceToSCFPatterns(RewritePatternSet &patterns);

/// Patterns of `convert-snn-to-linalg`, one family each: neurons; thresholds,
/// phase gates and samples; bits; other gates; synapses; those with lists of
/// edges; delays and convolutions along time. Some produce ops of another
/// family, so apply them together, greedily.
void populateNeuronToVectorPatterns(
    RewritePatternSet &patterns, const ConvertSNNToLinalgPassOptions &options);
void populateSpikesToLinalgPatterns(RewritePatternSet &patterns);
void populatePackToVectorPatterns(RewritePatternSet &patterns);
void populateGatePatterns(RewritePatternSet &patterns);
void populateSynapseToVectorPatterns(
    RewritePatternSet &patterns, const ConvertSNNToLinalgPassOptions &options);
void populateSparseSynapsePatterns(
    RewritePatternSet &patterns, const ConvertSNNToLinalgPassOptions &options);
void populateConvToLinalgPatterns(RewritePatternSet &patterns);
void populateTimeToLinalgPatterns(RewritePatternSet &patterns,
                                  const ConvertSNNToLinalgPassOptions &options);

/// Whether the op that makes these spikes writes them as words, because they
/// are packed; and whether it writes nothing else, because only records read
/// them beside.
bool isWrittenPacked(Value spikes);
bool isWrittenOnlyPacked(Value spikes);
/// Whether spikes are unpacked for ops that read their words.
bool isReadOnlyPacked(Value spikes);

#define GEN_PASS_REGISTRATION
#include "snn/Conversion/Passes.h.inc"

} // namespace mlir::snn

#endif // SNN_CONVERSION_PASSES_H
