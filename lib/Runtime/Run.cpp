//===- Run.cpp - Running a model ------------------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

using namespace snn::rt;

const char *snn_strerror(int status) {
  switch (status) {
  case SNN_OK:
    return "success";
  case SNN_ERROR_ABI:
    return "the model was compiled for another version of the runtime";
  case SNN_ERROR_NULL:
    return "a pointer that is needed is null";
  case SNN_ERROR_SIZE:
    return "a negative number of steps or of elements";
  case SNN_ERROR_SHAPE:
    return "the model was compiled for another number of steps or elements";
  case SNN_ERROR_MAX_STEPS:
    return "position + steps is beyond the steps that the model has tables for";
  case SNN_ERROR_OVERFLOW:
    return "an array of this size cannot exist";
  case SNN_ERROR_WORKSPACE:
    return "the workspace is too small";
  case SNN_ERROR_CPU:
    return "no variant of the model runs on this processor";
  case SNN_ERROR_ALIGNMENT:
    return "a pointer is not aligned to the size of its elements";
  case SNN_ERROR_OVERLAP:
    return "an array that is written overlaps another argument";
  case SNN_ERROR_STATE:
    return "the state is not one of this model, or of another version of it";
  case SNN_ERROR_BATCH:
    return "the state is one of another batch";
  case SNN_ERROR_BUSY:
    return "another thread is running this state";
  case SNN_ERROR_ARGUMENT:
    return "an array has another rank, shape, type, layout or device than the "
           "model expects";
  case SNN_ERROR_TARGET:
    return "the model was not compiled for GPUs; compile it with "
           "--target=cuda:sm_90 or another architecture";
  case SNN_ERROR_CUDA_DRIVER:
    return "there is no CUDA driver, or one too old: libcuda.so.1 of CUDA 12 "
           "or later is needed; the model runs on the CPU";
  case SNN_ERROR_CUDA_DEVICE:
    return "there is no such GPU; nvidia-smi and CUDA_VISIBLE_DEVICES say "
           "which there are";
  case SNN_ERROR_CUDA_CODE:
    return "the model has no code that this GPU and its driver can run; "
           "compile "
           "it for the architecture of the GPU, or update the driver";
  case SNN_ERROR_CUDA_MEMORY:
    return "the GPU has too little free memory";
  case SNN_ERROR_CUDA_POINTER:
    return "an array is not in the memory of the GPU that the stream belongs "
           "to; copy it there";
  case SNN_ERROR_CUDA_LAUNCH:
    return "a launch of this size is more than the GPU allows; run fewer steps "
           "or elements at once";
  case SNN_ERROR_CUDA_LOAD:
    return "the stream is being captured, and the model is not loaded yet; "
           "call "
           "snn_cuda_load() or run it once before";
  case SNN_ERROR_CUDA:
    return "the CUDA driver reports an error, which an earlier launch of this "
           "process may have caused";
  case SNN_ERROR_CUDA_CAPTURE:
    return "expected a stream that is not being captured, but got one that is: "
           "the host reads a parameter of this model (a learned span) in each "
           "run and waits for it; run it without a CUDA graph, or make the "
           "span a constant of the model";
  default:
    return "unknown status";
  }
}

/// Puts the parts of a plan into the workspace, and uses fewer threads if it is
/// too small for all; returns an snn_status.
static int placePlan(Plan &plan) {
  char *begin = static_cast<char *>(plan.call->workspace);
  if (!begin)
    return SNN_ERROR_NULL;
  int64_t padding = -uintptr_t(begin) & 63;
  int64_t room = plan.call->workspace_bytes - padding - plan.transposedBytes -
                 plan.sharedBytes;
  if (room < plan.layout.bytes)
    return SNN_ERROR_WORKSPACE;
  if (plan.numSlots > 1)
    plan.numSlots = int32_t(least(plan.numSlots, room / plan.layout.bytes));
  plan.transposed = begin + padding;
  plan.shared = plan.transposed + plan.transposedBytes;
  plan.slots = plan.shared + plan.sharedBytes;
  return SNN_OK;
}

/// Copies the states that all tiles read, so that the tile that writes them
/// may write the caller's array.
static void shareStates(const Plan &plan) {
  const TensorList &before = plan.lists[Before];
  char *copy = plan.shared;
  for (int32_t i = 0; plan.numTiles > 1 && i < before.count; ++i) {
    if (before.tensors[i].batch_dim >= 0)
      continue;
    int64_t bytes = plan.getBytes(before, i);
    if (const char *data = before.getData(i))
      memcpy(copy, data, bytes);
    copy += alignUp(bytes);
  }
}

namespace {
/// What the slots of a run share.
struct TileLoop {
  const Plan &plan;
  int64_t next; ///< tile
};
} // namespace

/// Runs tiles in the memory of slots [begin, end) until none is left.
static void runSlots(void *ctx, int64_t begin, int64_t) {
  auto &loop = *static_cast<TileLoop *>(ctx);
  const Plan &plan = loop.plan;
  char *slot = plan.slots + begin * plan.layout.bytes;
  for (;;) {
    int64_t tile = __atomic_fetch_add(&loop.next, 1, __ATOMIC_RELAXED);
    if (tile >= plan.numTiles)
      return;
    int64_t first = tile * plan.tile;
    runTile(plan, slot, first, least(plan.tile, plan.call->batch - first));
  }
}

/// The part of the workspace that a plan uses.
static Range getWorkspace(const Plan &plan) {
  int64_t padding = -uintptr_t(plan.call->workspace) & 63;
  return Range(plan.call->workspace, padding + plan.transposedBytes +
                                         plan.sharedBytes +
                                         plan.numSlots * plan.layout.bytes);
}

int snn::rt::checkCall(const snn_model &model, const snn_call &call,
                       Range state) {
  Plan plan;
  int status = makePlan(model, call, plan);
  return status ? status : checkPointers(plan, getWorkspace(plan), state);
}

int snn::rt::runCall(const snn_model &model, const snn_call &call,
                     Range state) {
  Plan plan;
  if (int status = makePlan(model, call, plan))
    return status;
  if (int status = checkPointers(plan, getWorkspace(plan), state))
    return status;
  if (call.batch == 0)
    return SNN_OK;
  if (int status = placePlan(plan))
    return status;
  transposeParams(plan);
  shareStates(plan);
  if (plan.numTiles == 1) {
    runTile(plan, plan.slots, 0, call.batch);
    return SNN_OK;
  }
  TileLoop loop{plan, 0};
  snn_parallel_for(plan.numSlots, 1, runSlots, &loop);
  return SNN_OK;
}

int snn_model_run(const snn_model *model, const snn_call *call) {
  if (!model || !call)
    return SNN_ERROR_NULL;
  return runCall(*model, *call, Range());
}

int64_t snn_model_workspace_bytes(const snn_model *model,
                                  const snn_call *call) {
  if (!model || !call)
    return -SNN_ERROR_NULL;
  Plan plan;
  if (int status = makePlan(*model, *call, plan))
    return -status;
  int64_t bytes;
  if (__builtin_mul_overflow(plan.layout.bytes, plan.numSlots, &bytes) ||
      __builtin_add_overflow(bytes, plan.sharedBytes + 63, &bytes) ||
      __builtin_add_overflow(bytes, plan.transposedBytes, &bytes))
    return -SNN_ERROR_OVERFLOW;
  return bytes;
}
