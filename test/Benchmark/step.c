//===- step.c - Steps of a network, called from C -------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// OUTPUTS is the size of the output, which is named after a value of the model.
//
//===----------------------------------------------------------------------===//

#include "net.h"

#include <stdlib.h>
#include <time.h>

static float x[1024][NET_X_SIZE];
static uint8_t spikes[OUTPUTS];
static _Alignas(64) char state[NET_STATE_BYTES];
static _Alignas(64) char workspace[NET_STEP_WORKSPACE_BYTES];

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

int bench_open(void) {
  for (int t = 0; t < 1024; ++t)
    for (int i = 0; i < NET_X_SIZE; ++i)
      x[t][i] = (float)rand() / (float)RAND_MAX;
  return net_reset(state, 1);
}

/// Seconds of 1024 steps, each from the state of the one before; adds the
/// spikes that were put out to `*count`.
double bench_steps(long *count) {
  double start = now();
  for (int t = 0; t < 1024; ++t) {
    if (net_step(x[t], spikes, 1, state, workspace))
      return -1;
    for (int i = 0; i < OUTPUTS; ++i)
      *count += spikes[i];
  }
  return now() - start;
}
