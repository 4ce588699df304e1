//===- Cuts.cpp - How large windows and tiles are -------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

#ifndef SNN_FREESTANDING
#include <stdlib.h>
#include <unistd.h>
#endif

using namespace snn::rt;

/// Windows shorter than this pay too much for their start.
static constexpr int64_t goodWindow = 32;
/// Steps of any window: states are read and written once for all of them.
static constexpr int64_t leastWindow = 8;
/// More elements than this gain nothing from being together.
static constexpr int64_t goodTile = 16;
/// Spikes that are only counted are held for a window.
static constexpr int64_t recordBudget = 4 << 20;

/// Bytes that the intermediates of one window may take: three quarters of the
/// second-level cache, of 1 MiB if its size is not known.
static int64_t getCacheBudget() {
#if defined(SNN_FREESTANDING)
  return 32 << 10; // a small machine has little memory of any kind
#else
  static int64_t known = 0;
  int64_t budget = __atomic_load_n(&known, __ATOMIC_RELAXED);
  if (budget)
    return budget;
  int64_t level2 = 0;
#ifdef _SC_LEVEL2_CACHE_SIZE
  level2 = sysconf(_SC_LEVEL2_CACHE_SIZE);
#endif
  if (level2 <= 0)
    level2 = 1 << 20;
  budget = least(greatest(level2, 256 << 10), 4 << 20) / 4 * 3;
  __atomic_store_n(&known, budget, __ATOMIC_RELAXED);
  return budget;
#endif
}

static int64_t ceilDiv(int64_t value, int64_t divisor) {
  return value / divisor + (value % divisor != 0);
}

int64_t snn::rt::readOverride([[maybe_unused]] const char *name) {
#if defined(SNN_FREESTANDING)
  return 0;
#else
  const char *text = getenv(name);
  return text ? greatest(atoll(text), 0) : 0;
#endif
}

/// True if dimension 0 of a sequence, or the batch dimension, may differ from
/// one call to the next.
static bool isFree(const TensorList &list, int64_t placeholder) {
  for (int32_t i = 0; i < list.count; ++i) {
    const snn_tensor &tensor = list.tensors[i];
    int32_t dim = placeholder == SNN_DIM_BATCH ? tensor.batch_dim
                  : tensor.is_sequence         ? 0
                                               : -1;
    if (dim >= 0 && tensor.shape[dim] != placeholder)
      return false;
  }
  return true;
}

static bool mayCut(const Plan &plan, uint32_t flag, int64_t placeholder) {
  return (plan.model->flags & flag) &&
         isFree(plan.lists[Inputs], placeholder) &&
         isFree(plan.lists[Before], placeholder) &&
         isFree(plan.lists[Outputs], placeholder) &&
         isFree(plan.lists[Records], placeholder);
}

/// Steps of a window such that `bytesPerStep` for each element of a tile fit
/// into `budget`.
static int64_t limitWindow(const Plan &plan, int64_t bytesPerStep,
                           int64_t budget) {
  if (bytesPerStep <= 0)
    return INT64_MAX;
  int64_t multiple = greatest(plan.model->window_multiple, 1);
  int64_t steps = greatest(budget / plan.tile / bytesPerStep, leastWindow);
  return greatest(steps - steps % multiple, multiple);
}

/// `size` in pieces of at most `piece`, made even, of a multiple of `multiple`.
static int64_t balance(int64_t size, int64_t piece, int64_t multiple) {
  if (piece >= size)
    return greatest(size, 1);
  return ceilDiv(ceilDiv(size, ceilDiv(size, piece)), multiple) * multiple;
}

/// Bytes of all records for one step of one element.
static int64_t getRecordBytes(const Plan &plan) {
  int64_t bytes = 0;
  const TensorList &records = plan.lists[Records];
  if (plan.call->spike_counts && !plan.call->records)
    for (int32_t i = 0; i < records.count; ++i)
      bytes += Plan::getBytes(records.tensors[i], 1, 1);
  return bytes;
}

static void chooseTile(Plan &plan, bool mayCutTime) {
  int64_t batch = plan.call->batch, bytes = plan.model->bytes_per_step;
  int64_t tile = ceilDiv(batch, getThreads(*plan.model));
  if (bytes > 0) {
    tile = least(tile, goodTile);
    int64_t steps = plan.call->steps;
    int64_t wanted = mayCutTime ? least(goodWindow, steps) : steps;
    while (tile > 1 && getCacheBudget() / tile / bytes < wanted)
      tile = (tile + 1) / 2;
  }
  plan.tile = balance(batch, tile, 1);
  if (int64_t override = readOverride("SNN_BATCH_TILE"))
    plan.tile = least(override, batch);
}

bool snn::rt::mayCutTime(const Plan &plan) {
  return mayCut(plan, SNN_CAUSAL, SNN_DIM_TIME);
}

void snn::rt::chooseCuts(Plan &plan) {
  int64_t steps = plan.call->steps;
  plan.tile = greatest(plan.call->batch, 1);
  plan.window = greatest(steps, 1);
  if (steps <= 1 && plan.call->batch <= 1)
    return; // nothing to cut
  bool isCut = mayCutTime(plan);
  if (plan.call->batch > 0 && mayCut(plan, SNN_BATCH_SEPARABLE, SNN_DIM_BATCH))
    chooseTile(plan, isCut);
  if (!isCut)
    return;
  int64_t window =
      least(limitWindow(plan, plan.model->bytes_per_step, getCacheBudget()),
            limitWindow(plan, getRecordBytes(plan), recordBudget));
  plan.window =
      balance(steps, window, greatest(plan.model->window_multiple, 1));
  if (int64_t override = readOverride("SNN_WINDOW"))
    plan.window = override;
}
