//===- shim.c - Lets a benchmark call a compiled model in its process -----===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Linked into a model instead of the runtime's main function; the result is a
// shared library that harness.py loads.
//
//===----------------------------------------------------------------------===//

#include "snn/Runtime/Runtime.h"

#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv);

static const snn_model *model;
static void *workspace;
static int64_t workspaceBytes;

/// The model's own main hands its description over.
int snn_main(const snn_model *description, int argc, char **argv) {
  (void)argc, (void)argv;
  model = description;
  return 0;
}

/// Runs the model `repeats` times; returns seconds for all, or -status.
double bench_run(const void *const *inputs, const void *const *params,
                 void *const *outputs, int64_t *spikes, int64_t steps,
                 int64_t batch, int threads, int repeats) {
  if (!model)
    main(0, 0);
  snn_call call = {0};
  call.inputs = inputs;
  call.params = params;
  call.outputs = outputs;
  call.spike_counts = spikes;
  call.steps = steps;
  call.batch = batch;
  snn_set_threads(threads);
  int64_t bytes = snn_model_workspace_bytes(model, &call);
  if (bytes < 0)
    return (double)bytes;
  if (bytes > workspaceBytes) { // it grows, and is never given back
    free(workspace);
    workspace = malloc((size_t)bytes);
    workspaceBytes = bytes;
  }
  call.workspace = workspace;
  call.workspace_bytes = bytes;
  struct timespec from, to;
  clock_gettime(CLOCK_MONOTONIC, &from);
  for (int i = 0; i < repeats; ++i) {
    int status = snn_model_run(model, &call);
    if (status != SNN_OK)
      return -status;
  }
  clock_gettime(CLOCK_MONOTONIC, &to);
  return (double)(to.tv_sec - from.tv_sec) +
         1e-9 * (double)(to.tv_nsec - from.tv_nsec);
}
