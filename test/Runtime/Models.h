//===- Models.h - Models written by hand ------------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TEST_RUNTIME_MODELS_H
#define TEST_RUNTIME_MODELS_H

#include "snn/Runtime/Runtime.h"

namespace snn::test {

/// Neurons of every model.
constexpr int64_t numNeurons = 3;
/// Steps that `delay` looks back.
constexpr int64_t delaySpan = 4;

/// A leaky neuron with a parameter, a state, spikes, a static count of spikes
/// and a drive that depends on absolute time and batch index. At most 1000
/// steps. `step`, a state without a batch dimension, is also its output.
extern const snn_model lifModel;
/// The same; its parameter `w` is embedded.
extern const snn_model embeddedModel;
/// The same, with code for the GPUs of FakeCuda.h: a kernel runs
/// `embeddedModel` and increments what a block of the workspace holds.
extern const snn_model cudaModel;
/// The same with the parameter as an argument.
extern const snn_model cudaParamModel;
/// The code, whose images a test may replace.
extern snn_cuda cudaCode;
/// The next launch, to replace that of the models: blocks, threads, shared
/// memory, cooperative.
extern int64_t cudaLaunch[8];
/// The states that its runs without a state clear: the first, and how many; and
/// what the last run was told of its state.
extern int64_t cudaCleared[2];
extern int32_t cudaHasState;
/// Every element sees the mean of the batch: not separable.
extern const snn_model meanModel;
/// y[t] = x[t - delaySpan], from a history [delaySpan, B, N].
extern const snn_model delayModel;
/// y = sum of the steps that follow: not causal.
extern const snn_model reverseModel;
/// No input, static T = 5 and B = 2: y = 10 t + b.
extern const snn_model clockModel;

/// Calls of window functions since the last reset, and their largest T and B.
extern int64_t numCalls, maxSteps, maxBatch;

} // namespace snn::test

#endif // TEST_RUNTIME_MODELS_H
