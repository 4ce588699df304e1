//===- Cuts.cpp - How large windows and tiles are -------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <unistd.h>

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
  static const int64_t budget = [] {
    int64_t level2 = 0;
#ifdef _SC_LEVEL2_CACHE_SIZE
    level2 = sysconf(_SC_LEVEL2_CACHE_SIZE);
#endif
    if (level2 <= 0)
      level2 = 1 << 20;
    return std::clamp<int64_t>(level2, 256 << 10, 4 << 20) / 4 * 3;
  }();
  return budget;
}

static int64_t ceilDiv(int64_t value, int64_t divisor) {
  return value / divisor + (value % divisor != 0);
}

/// The positive number in an environment variable, else 0.
static int64_t readOverride(const char *name) {
  const char *text = std::getenv(name);
  return text ? std::max<int64_t>(std::atoll(text), 0) : 0;
}

/// True if dimension 0 of a sequence, or the batch dimension, may differ from
/// one call to the next.
static bool isFree(const std::vector<ArrayView> &views, int64_t placeholder) {
  return std::all_of(views.begin(), views.end(), [&](const ArrayView &view) {
    const snn_tensor &tensor = *view.tensor;
    int32_t dim = placeholder == SNN_DIM_BATCH ? tensor.batch_dim
                  : tensor.is_sequence         ? 0
                                               : -1;
    return dim < 0 || tensor.shape[dim] == placeholder;
  });
}

static bool mayCut(const Plan &plan, uint32_t flag, int64_t placeholder) {
  return (plan.model->flags & flag) && isFree(plan.inputs, placeholder) &&
         isFree(plan.before, placeholder) &&
         isFree(plan.outputs, placeholder) && isFree(plan.records, placeholder);
}

/// Steps of a window such that `bytesPerStep` for each element of a tile fit
/// into `budget`.
static int64_t limitWindow(const Plan &plan, int64_t bytesPerStep,
                           int64_t budget) {
  if (bytesPerStep <= 0)
    return std::numeric_limits<int64_t>::max();
  int64_t multiple = std::max<int64_t>(plan.model->window_multiple, 1);
  int64_t steps = std::max(budget / plan.tile / bytesPerStep, leastWindow);
  return std::max(steps - steps % multiple, multiple);
}

/// `size` in pieces of at most `piece`, made even, of a multiple of `multiple`.
static int64_t balance(int64_t size, int64_t piece, int64_t multiple) {
  if (piece >= size)
    return std::max<int64_t>(size, 1);
  return ceilDiv(ceilDiv(size, ceilDiv(size, piece)), multiple) * multiple;
}

/// Bytes of all records for one step of one element.
static int64_t getRecordBytes(const Plan &plan) {
  int64_t bytes = 0;
  if (plan.call->spike_counts && !plan.call->records)
    for (const ArrayView &view : plan.records)
      bytes += view.elementBytes * (view.tensor->batch_dim >= 0
                                        ? view.innerElements()
                                        : view.strides[0]);
  return bytes;
}

static void chooseTile(Plan &plan, bool mayCutTime) {
  int64_t batch = plan.call->batch, bytes = plan.model->bytes_per_step;
  int64_t tile = ceilDiv(batch, snn_get_threads());
  if (bytes > 0) {
    tile = std::min(tile, goodTile);
    int64_t steps = plan.call->steps;
    int64_t wanted = mayCutTime ? std::min(goodWindow, steps) : steps;
    while (tile > 1 && getCacheBudget() / tile / bytes < wanted)
      tile = (tile + 1) / 2;
  }
  plan.tile = balance(batch, tile, 1);
  if (int64_t override = readOverride("SNN_BATCH_TILE"))
    plan.tile = std::min(override, batch);
}

void snn::rt::chooseCuts(Plan &plan) {
  int64_t steps = plan.call->steps;
  bool mayCutTime = mayCut(plan, SNN_CAUSAL, SNN_DIM_TIME);
  plan.tile = std::max<int64_t>(plan.call->batch, 1);
  plan.window = std::max<int64_t>(steps, 1);
  if (plan.call->batch > 0 && mayCut(plan, SNN_BATCH_SEPARABLE, SNN_DIM_BATCH))
    chooseTile(plan, mayCutTime);
  if (!mayCutTime)
    return;
  int64_t window =
      std::min(limitWindow(plan, plan.model->bytes_per_step, getCacheBudget()),
               limitWindow(plan, getRecordBytes(plan), recordBudget));
  plan.window =
      balance(steps, window, std::max<int64_t>(plan.model->window_multiple, 1));
  if (int64_t override = readOverride("SNN_WINDOW"))
    plan.window = override;
}
