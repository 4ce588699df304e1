//===- Models.cpp - Models written by hand --------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>

using namespace snn::test;

int64_t snn::test::numCalls, snn::test::maxSteps, snn::test::maxBatch;

namespace {
/// An argument of a window function, read as compiled code reads it.
template <typename T> struct View {
  const int64_t *words;
  int64_t rank;

  View(void *const *args, int index, int64_t rank)
      : words(static_cast<const int64_t *>(args[index])), rank(rank) {}
  int64_t size(int64_t d) const { return words[3 + d]; }
  template <typename... Index> T &at(Index... index) const {
    int64_t offset = words[2], d = 0;
    ((offset += index * words[3 + rank + d++]), ...);
    return reinterpret_cast<T *>(words[1])[offset];
  }
};

/// The three scalars behind the descriptors.
struct Window {
  int64_t position, offset;
  bool record;

  Window(void *const *args, int index)
      : position(*static_cast<int64_t *>(args[index])),
        offset(*static_cast<int64_t *>(args[index + 1])),
        record(*static_cast<int8_t *>(args[index + 2])) {}
};
} // namespace

static void note(int64_t steps, int64_t batch) {
  static std::mutex mutex;
  std::lock_guard<std::mutex> lock(mutex);
  ++numCalls;
  maxSteps = std::max(maxSteps, steps);
  maxBatch = std::max(maxBatch, batch);
}

/// inputs x; params w; states v, count, step; outputs s, rate, time.
static void runLif(void *const *args) {
  View<float> x(args, 0, 3), w(args, 1, 1), v0(args, 2, 2), count0(args, 3, 2);
  View<int64_t> step0(args, 4, 0);
  View<int8_t> s(args, 5, 3);
  View<float> rate(args, 6, 2);
  View<int64_t> time(args, 7, 1);
  View<float> v1(args, 8, 2), count1(args, 9, 2);
  View<int64_t> step1(args, 10, 0);
  View<int8_t> record(args, 11, 3);
  Window window(args, 12);
  int64_t steps = x.size(0), batch = x.size(1);
  note(steps, batch);
  step1.at() = step0.at() + steps;
  for (int64_t t = 0; t < steps; ++t)
    time.at(t) = step0.at() + t;
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t n = 0; n < numNeurons; ++n) {
      float v = v0.at(b, n), count = count0.at(b, n);
      for (int64_t t = 0; t < steps; ++t) {
        int64_t phase = (window.position + t) % 3 + window.offset + b;
        v = 0.75f * v + x.at(t, b, n) * w.at(n) + 0.01f * float(phase);
        bool spike = v > 1;
        v -= spike;
        count += spike;
        s.at(t, b, n) = spike;
        if (window.record)
          record.at(t, b, n) = spike;
      }
      v1.at(b, n) = v;
      count1.at(b, n) = rate.at(b, n) = count;
    }
}

/// The kernel of `cudaModel`, as FakeCuda.h runs it: the arguments of the
/// window and a counter.
extern "C" __attribute__((visibility("default"))) void
lifKernel(void **arguments) {
  runLif(*static_cast<void *const **>(arguments[0]));
  ++**static_cast<int64_t **>(arguments[1]);
}

int64_t snn::test::cudaLaunch[8] = {1, 1, 1, 32, 1, 1, 0, 0};

/// What a compiler generates for the host: blocks of a loop are one block.
static void runLifOnGpu(void *const *args) {
  void *run = args[15];
  int64_t *first = nullptr;
  for (int i = 0; i < 2; ++i) {
    auto *block = static_cast<int64_t *>(snn_cuda_alloc(run, 8, /*site=*/1));
    void *other = snn_cuda_alloc(run, 200, /*site=*/2);
    if (i && block != first)
      std::abort();
    first = block;
    snn_cuda_zero(run, block, 8);
    void *arguments[] = {&args, &block};
    const int64_t *n = cudaLaunch;
    snn_cuda_launch(run, 0, n[0], n[1], n[2], n[3], n[4], n[5], n[6],
                    int32_t(n[7]), arguments);
    snn_cuda_copy(run, other, block, 8);
    snn_cuda_free(run, block);
    snn_cuda_free(run, other);
  }
}

/// inputs x; states m; outputs y.
static void runMean(void *const *args) {
  View<float> x(args, 0, 3), m0(args, 1, 0), y(args, 2, 3), m1(args, 3, 0);
  int64_t steps = x.size(0), batch = x.size(1);
  note(steps, batch);
  float m = m0.at();
  for (int64_t t = 0; t < steps; ++t) {
    float sum = 0;
    for (int64_t b = 0; b < batch; ++b)
      for (int64_t n = 0; n < numNeurons; ++n) {
        y.at(t, b, n) = x.at(t, b, n) - m;
        sum += y.at(t, b, n);
      }
    m = 0.5f * m + sum / float(batch);
  }
  m1.at() = m;
}

/// inputs x; states history; outputs y.
static void runDelay(void *const *args) {
  View<float> x(args, 0, 3), h0(args, 1, 3), y(args, 2, 3), h1(args, 3, 3);
  int64_t steps = x.size(0), batch = x.size(1);
  note(steps, batch);
  auto past = [&](int64_t t, int64_t b, int64_t n) {
    return t < delaySpan ? h0.at(t, b, n) : x.at(t - delaySpan, b, n);
  };
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t n = 0; n < numNeurons; ++n) {
      for (int64_t t = 0; t < steps; ++t)
        y.at(t, b, n) = past(t, b, n);
      for (int64_t k = 0; k < delaySpan; ++k)
        h1.at(k, b, n) = past(steps + k, b, n);
    }
}

/// inputs x; outputs y.
static void runReverse(void *const *args) {
  View<float> x(args, 0, 3), y(args, 1, 3);
  int64_t steps = x.size(0), batch = x.size(1);
  note(steps, batch);
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t n = 0; n < numNeurons; ++n) {
      float sum = 0;
      for (int64_t t = steps; t-- > 0;)
        y.at(t, b, n) = sum += x.at(t, b, n);
    }
}

/// outputs y.
static void runClock(void *const *args) {
  View<int32_t> y(args, 0, 2);
  note(y.size(0), y.size(1));
  for (int64_t t = 0; t < y.size(0); ++t)
    for (int64_t b = 0; b < y.size(1); ++b)
      y.at(t, b) = int32_t(10 * t + b);
}

static const int64_t sequence[] = {SNN_DIM_TIME, SNN_DIM_BATCH, numNeurons};
static const int64_t history[] = {delaySpan, SNN_DIM_BATCH, numNeurons};
static const int64_t timeOnly[] = {SNN_DIM_TIME};
static const int64_t perElement[] = {SNN_DIM_BATCH, numNeurons};
static const int64_t perNeuron[] = {numNeurons};
static const int64_t clockShape[] = {5, 2};
static const float weights[] = {0.5f, 0.625f, 0.8125f};

static const snn_tensor xTensor = {"x", SNN_F32, 3, sequence, 1, 1, nullptr};
static const snn_tensor yTensor = {"y", SNN_F32, 3, sequence, 1, 1, nullptr};
static const snn_tensor wTensor = {"w", SNN_F32, 1, perNeuron, 0, -1, nullptr};
static const snn_tensor wEmbedded = {"w", SNN_F32, 1,      perNeuron,
                                     0,   -1,      weights};
static const snn_tensor lifStates[] = {
    {"v", SNN_F32, 2, perElement, 0, 0, nullptr},
    {"count", SNN_F32, 2, perElement, 0, 0, nullptr},
    {"step", SNN_I64, 0, nullptr, 0, -1, nullptr}};
static const snn_tensor lifOutputs[] = {
    {"s", SNN_I1, 3, sequence, 1, 1, nullptr},
    {"rate", SNN_F32, 2, perElement, 0, 0, nullptr},
    {"time", SNN_I64, 1, timeOnly, 1, -1, nullptr}};
static const snn_tensor lifRecord = {"lif", SNN_I1, 3, sequence, 1, 1, nullptr};
static const snn_tensor meanState = {"m", SNN_F32, 0, nullptr, 0, -1, nullptr};
static const snn_tensor delayState = {"h", SNN_F32, 3, history, 0, 1, nullptr};
static const snn_tensor clockOutput = {"y", SNN_I32, 2,      clockShape,
                                       1,   1,       nullptr};

/// They need no memory.
static int64_t needNothing(int64_t, int64_t) { return 0; }

static const snn_variant lifVariants[] = {
    {"x86-64-v4", SNN_CPU_AVX2 | SNN_CPU_AVX512, runLif, needNothing},
    {"x86-64-v3", SNN_CPU_AVX2, runLif, needNothing},
    {"x86-64-v2", 0, runLif, needNothing}};
static const snn_variant meanVariant = {"x86-64-v2", 0, runMean, needNothing};
static const snn_variant delayVariant = {"x86-64-v2", 0, runDelay, needNothing};
static const snn_variant reverseVariant = {"x86-64-v2", 0, runReverse,
                                           needNothing};
static const snn_variant clockVariant = {"x86-64-v2", 0, runClock, needNothing};

static constexpr uint32_t anyCut = SNN_CAUSAL | SNN_BATCH_SEPARABLE;

static const snn_cuda_image cudaImages[] = {
    {80, 0, 6, "sm_80"}, {90, 0, 6, "sm_90"}, {80, 1, 11, "compute_80"}};
static const char *const cudaKernels[] = {"lifKernel"};
/// Two blocks, as the compiler counts them.
static int64_t needBlocks(int64_t, int64_t) { return 128 + 320; }

snn_cuda snn::test::cudaCode = {
    3, 1, cudaImages, cudaKernels, runLifOnGpu, needBlocks, 0};

static constexpr snn_model makeLif(const char *name, uint64_t hash,
                                   const snn_tensor *param,
                                   const snn_cuda *cuda = nullptr) {
  return {SNN_ABI_VERSION,
          anyCut,
          name,
          "hand 1.0",
          hash,
          1,
          1,
          3,
          3,
          1,
          3,
          &xTensor,
          param,
          lifStates,
          lifOutputs,
          &lifRecord,
          lifVariants,
          1000,
          4096,
          4,
          1,
          nullptr,
          R"({"layers":[]})",
          cuda};
}

const snn_model snn::test::lifModel = makeLif("lif", 0x1234, &wTensor);
const snn_model snn::test::cudaModel =
    makeLif("cuda", 0x4321, &wEmbedded, &cudaCode);
const snn_model snn::test::cudaParamModel =
    makeLif("cuda", 0x4322, &wTensor, &cudaCode);
const snn_model snn::test::embeddedModel =
    makeLif("embedded", 0x1235, &wEmbedded);
const snn_model snn::test::meanModel = {SNN_ABI_VERSION,
                                        SNN_CAUSAL,
                                        "mean",
                                        "hand 1.0",
                                        1,
                                        1,
                                        0,
                                        1,
                                        1,
                                        0,
                                        1,
                                        &xTensor,
                                        nullptr,
                                        &meanState,
                                        &yTensor,
                                        nullptr,
                                        &meanVariant,
                                        -1,
                                        100,
                                        1,
                                        1,
                                        nullptr,
                                        nullptr};
const snn_model snn::test::delayModel = {SNN_ABI_VERSION,
                                         anyCut,
                                         "delay",
                                         "hand 1.0",
                                         2,
                                         1,
                                         0,
                                         1,
                                         1,
                                         0,
                                         1,
                                         &xTensor,
                                         nullptr,
                                         &delayState,
                                         &yTensor,
                                         nullptr,
                                         &delayVariant,
                                         -1,
                                         0,
                                         1,
                                         1,
                                         nullptr,
                                         nullptr};
const snn_model snn::test::reverseModel = {SNN_ABI_VERSION,
                                           SNN_BATCH_SEPARABLE,
                                           "reverse",
                                           "hand 1.0",
                                           3,
                                           1,
                                           0,
                                           0,
                                           1,
                                           0,
                                           1,
                                           &xTensor,
                                           nullptr,
                                           nullptr,
                                           &yTensor,
                                           nullptr,
                                           &reverseVariant,
                                           -1,
                                           1000,
                                           1,
                                           1,
                                           nullptr,
                                           nullptr};
const snn_model snn::test::clockModel = {SNN_ABI_VERSION,
                                         anyCut,
                                         "clock",
                                         "hand 1.0",
                                         4,
                                         0,
                                         0,
                                         0,
                                         1,
                                         0,
                                         1,
                                         nullptr,
                                         nullptr,
                                         nullptr,
                                         &clockOutput,
                                         nullptr,
                                         &clockVariant,
                                         5,
                                         8,
                                         1,
                                         1,
                                         nullptr,
                                         nullptr};
