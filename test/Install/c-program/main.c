/* Runs a layer of four neurons for four steps and prints its spikes. */
#include "layer.h"

#include <stdio.h>
#include <stdlib.h>

enum { STEPS = 4, BATCH = 1, INPUTS = 3, NEURONS = 4 };

static void *allocate(size_t bytes) {
  return aligned_alloc(64, (bytes + 63) / 64 * 64);
}

int main(void) {
  float x[STEPS * BATCH * INPUTS];
  uint8_t spikes[STEPS * BATCH * NEURONS];
  for (int i = 0; i < STEPS * BATCH * INPUTS; ++i)
    x[i] = 1;
  void *state = allocate(layer_state_bytes(BATCH));
  void *workspace = allocate(layer_workspace_bytes(STEPS, BATCH));
  int error = layer_reset(state, BATCH);
  if (!error)
    error = layer_run(x, spikes, STEPS, BATCH, state, workspace);
  if (error) {
    fprintf(stderr, "%s\n", layer_strerror(error));
    return 1;
  }
  for (int t = 0; t < STEPS; ++t) {
    for (int n = 0; n < NEURONS; ++n)
      printf("%d", spikes[t * NEURONS + n]);
    printf("\n");
  }
  free(state);
  free(workspace);
  return 0;
}
