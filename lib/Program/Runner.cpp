//===- Runner.cpp - Where the calls of an executable run ------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Runner.h"

#include "../Runtime/Cpu.h"
#include "Progress.h"
#include "snn/Formats/Tensor.h"

#include <algorithm>
#include <cstdlib>

using namespace snn::rt;

/// The variant that --cpu or the machine asks for.
static Expected<const snn_variant *> chooseVariant(const snn_model &model,
                                                   const Options &options) {
  uint32_t wanted, machine = detectCpuFeatures();
  if (const char *level = std::getenv("SNN_CPU")) {
    if (!lookupCpuLevel(level, wanted))
      return makeError(ErrorCode::Usage,
                       "SNN_CPU: expected x86-64-v2, x86-64-v3 or x86-64-v4, "
                       "but got %s",
                       quoted(level).c_str());
    if (wanted & ~machine)
      return makeError(ErrorCode::Target,
                       "SNN_CPU: this processor is not of level %s", level);
  }
  if (options.cpu.empty()) {
    if (const snn_variant *best = snn_best_variant(&model))
      return best;
    std::string compiled;
    for (int32_t i = 0; i < model.num_variants; ++i)
      compiled += (i ? ", " : "") + std::string(model.variants[i].name);
    return makeError(ErrorCode::Target,
                     "this processor%s is not of a level that the model was "
                     "compiled for: %s (--target=x86-64-v2 of snnc runs "
                     "everywhere)",
                     std::getenv("SNN_CPU") ? ", as SNN_CPU limits it," : "",
                     compiled.c_str());
  }
  std::string names;
  for (int32_t i = 0; i < model.num_variants; ++i) {
    const snn_variant &variant = model.variants[i];
    names += (i ? ", " : "") + std::string(variant.name);
    if (options.cpu != variant.name)
      continue;
    if (variant.features & ~snn_cpu_features())
      return makeError(ErrorCode::Target,
                       "--cpu: this processor is not of level %s",
                       variant.name);
    return &variant;
  }
  return makeError(ErrorCode::Usage, "--cpu: expected one of %s, but got %s",
                   names.c_str(), quoted(options.cpu).c_str());
}

Error snn::rt::makeStatusError(int status) {
  switch (status) {
  case SNN_OK:
    return Error::success();
  case SNN_ERROR_SHAPE:
  case SNN_ERROR_MAX_STEPS:
    return makeError(ErrorCode::Input, "%s", snn_strerror(status));
  case SNN_ERROR_OVERFLOW:
  case SNN_ERROR_CUDA_MEMORY:
  case SNN_ERROR_CUDA_LAUNCH:
    return makeError(ErrorCode::Limit, "%s", snn_strerror(status));
  case SNN_ERROR_CPU:
  case SNN_ERROR_TARGET:
  case SNN_ERROR_CUDA_DRIVER:
  case SNN_ERROR_CUDA_DEVICE:
  case SNN_ERROR_CUDA_CODE:
    return makeError(ErrorCode::Target, "%s", snn_strerror(status));
  default:
    return makeError(ErrorCode::Internal, "%s", snn_strerror(status));
  }
}

namespace {
/// Runs calls on the processor.
class CpuRunner : public Runner {
public:
  CpuRunner(const snn_model &model, const snn_variant &variant)
      : model(model), variant(variant) {}

  Error run(snn_call call) override;
  std::string describe() const override {
    int threads = snn_get_threads();
    return std::string(variant.name) + ", " + std::to_string(threads) +
           (threads == 1 ? " thread" : " threads");
  }

private:
  const snn_model &model;
  const snn_variant &variant;
  Buffer workspace;
};
} // namespace

Error CpuRunner::run(snn_call call) {
  double started = getSeconds();
  call.variant = &variant;
  int64_t bytes = snn_model_workspace_bytes(&model, &call);
  if (bytes < 0)
    return makeStatusError(int(-bytes));
  if (workspace.size() < bytes) {
    auto larger = Buffer::allocate(bytes);
    if (!larger)
      return makeError(ErrorCode::Limit,
                       "%s for the intermediates; try a smaller --batch",
                       larger.takeError().message.c_str());
    workspace = std::move(*larger);
  }
  call.workspace = workspace.data();
  call.workspace_bytes = workspace.size();
  int status = snn_model_run(&model, &call);
  seconds = getSeconds() - started;
  return makeStatusError(status);
}

Expected<std::unique_ptr<Runner>> snn::rt::makeRunner(const snn_model &model,
                                                      const Options &options) {
  auto gpu = options.getGpu();
  if (!gpu)
    return gpu.takeError();
  if (*gpu >= 0)
    return makeGpuRunner(model, *gpu);
  auto variant = chooseVariant(model, options);
  if (!variant)
    return variant.takeError();
  snn_set_threads(static_cast<int>(std::min<int64_t>(options.threads, 1024)));
  return std::unique_ptr<Runner>(new CpuRunner(model, **variant));
}
