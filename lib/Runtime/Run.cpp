//===- Run.cpp - Running a model ------------------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

#include <algorithm>
#include <atomic>

using namespace snn::rt;

const char *snn_strerror(int status) {
  static const char *const texts[] = {
      "success",
      "the model was compiled for another version of the runtime",
      "a pointer that is needed is null",
      "a negative number of steps or of elements",
      "the model was compiled for another number of steps or elements",
      "position + steps is beyond the steps that the model has tables for",
      "an array of this size cannot exist",
      "not enough memory",
      "no variant of the model runs on this processor"};
  constexpr int count = sizeof(texts) / sizeof(texts[0]);
  return status >= 0 && status < count ? texts[status] : "unknown status";
}

namespace {
/// What the tiles of a run share.
struct TileLoop {
  const Plan &plan;
  std::atomic<int> status{SNN_OK};
};
} // namespace

/// Runs tiles [begin, end).
static void runTiles(void *ctx, int64_t begin, int64_t end) {
  auto &loop = *static_cast<TileLoop *>(ctx);
  const Plan &plan = loop.plan;
  for (int64_t i = begin; i < end; ++i) {
    int64_t first = i * plan.tile;
    int status =
        runTile(plan, first, std::min(plan.tile, plan.call->batch - first));
    if (status != SNN_OK)
      loop.status = status;
  }
}

int snn_model_run(const snn_model *model, const snn_call *call) {
  if (!model || !call)
    return SNN_ERROR_NULL;
  Plan plan;
  if (int status = makePlan(*model, *call, plan))
    return status;
  if (call->batch == 0)
    return SNN_OK;
  chooseCuts(plan);
  TileLoop loop{plan};
  int64_t tiles = (call->batch - 1) / plan.tile + 1;
  snn_parallel_for(tiles, 1, runTiles, &loop);
  return loop.status;
}
