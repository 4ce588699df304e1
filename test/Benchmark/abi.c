//===- abi.c - What one step of a small layer costs -----------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Linked with the archive of layer.mlir into a shared library that abi.py
// loads: the step as users call it, its checks, and the code of the layer
// alone.
//
//===----------------------------------------------------------------------===//

#include "layer.h"
#include "snn/Runtime/Runtime.h"

#include <time.h>

enum { NEURONS = LAYER_S_SIZE };

static float x[NEURONS];
static uint8_t spikes[NEURONS];
static _Alignas(64) char state[LAYER_STATE_BYTES];
static _Alignas(64) char emptyState[64];
static _Alignas(64) char workspace[LAYER_STEP_WORKSPACE_BYTES];

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/// Fills the input with a current that makes some neurons fire.
int bench_open(void) {
  for (int i = 0; i < NEURONS; ++i)
    x[i] = 0.001f * (float)(i * 97 % 257);
  return layer_reset(state, 1) || layer_reset(emptyState, 0);
}

/// Seconds of `count` steps.
double bench_step(int count) {
  double start = now();
  for (int i = 0; i < count; ++i)
    if (layer_step(x, spikes, 1, state, workspace))
      return -1;
  return now() - start;
}

/// Seconds of `count` steps of no sequence: all checks, and nothing to run.
double bench_checks(int count) {
  double start = now();
  for (int i = 0; i < count; ++i)
    if (layer_step(x, spikes, 0, emptyState, workspace))
      return -1;
  return now() - start;
}

/// The descriptor of a dense array of `rank` dimensions, of which only the last
/// is not one.
static void describe(int64_t *words, void *data, int rank) {
  words[0] = words[1] = (int64_t)data;
  words[2] = 0;
  for (int d = 0; d < rank; ++d) {
    words[3 + d] = d == rank - 1 ? NEURONS : 1;
    words[3 + rank + d] = d == rank - 1 ? 1 : NEURONS;
  }
}

/// Seconds of `count` calls of the code of the layer.
double bench_layer(int count) {
  static _Alignas(64) float states[2][NEURONS];
  int64_t in[9], before[7], out[9], after[7], record[9] = {0};
  int64_t position = 0, offset = 0;
  int8_t isRecording = 0;
  describe(in, x, 3);
  describe(out, spikes, 3);
  const snn_variant *variant = snn_best_variant(layer_info());
  double start = now();
  for (int i = 0; i < count; ++i) {
    describe(before, states[i % 2], 2);
    describe(after, states[1 - i % 2], 2);
    void *arena = snn_workspace_open(workspace, sizeof(workspace));
    void *args[9] = {in, before, out, after};
    int at = 4;
    if (layer_info()->num_records)
      args[at++] = record;
    args[at++] = &position, args[at++] = &offset, args[at++] = &isRecording;
    args[at] = arena;
    variant->run((void *const *)args);
  }
  return now() - start;
}
