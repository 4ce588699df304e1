/* Steps through a layer of 128 neurons, with the weights of fc.safetensors. */
#include "layer.h"

#include <stdio.h>
#include <stdlib.h>

int main(void) {
  float x[LAYER_X_SIZE];
  uint8_t spikes[LAYER_S_SIZE];
  void *state = malloc(LAYER_STATE_BYTES);
  void *workspace = malloc(LAYER_STEP_WORKSPACE_BYTES);
  int error = layer_reset(state, 1);
  for (int t = 0; t < 10 && !error; ++t) {
    for (int i = 0; i < LAYER_X_SIZE; ++i)
      x[i] = (i + t) % 8 == 0; /* what a sensor says */
    error = layer_step(x, spikes, 1, state, workspace);
    int count = 0;
    for (int i = 0; i < LAYER_S_SIZE; ++i)
      count += spikes[i];
    printf("step %d: %d spikes\n", t, count);
  }
  free(state);
  free(workspace);
  if (error)
    fprintf(stderr, "layer: %s\n", layer_strerror(error));
  return error;
}
