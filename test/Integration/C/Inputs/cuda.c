/* Runs a model on the CPU and, unless PLAIN, on a GPU. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

static float x[9 * 2 * 64];
static uint8_t s[9 * 2 * 64];

int main(void) {
  void *workspace = malloc((size_t)unit_workspace_bytes(9, 2));
  printf("run: %s\n", unit_strerror(unit_run(x, s, 9, 2, 0, workspace)));
#ifndef PLAIN
  printf("load: %s\n", unit_strerror(unit_load_cuda(0)));
  void *arena = malloc((size_t)unit_workspace_bytes_cuda(9, 2));
  printf("run on a GPU: %s\n",
         unit_strerror(unit_run_cuda(x, s, 9, 2, 0, arena, 0)));
  free(arena);
#endif
  free(workspace);
  return 0;
}
