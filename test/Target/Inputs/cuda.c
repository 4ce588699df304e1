/* A model written by hand, y = scale * x + v where v counts calls, and a
 * program that runs it on the driver of test/Runtime/FakeCuda by the functions
 * of its header. */
#include "snn/Runtime/Runtime.h"
#include "unit.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* Pointers of a memref descriptor: of x, scale, matrix, v, y and the next v. */
static float *data(void *const *args, int index) {
  return ((float **)args[index])[1];
}

void addKernel(void **arguments) {
  void *const *args = *(void *const **)arguments[0];
  const int64_t *x = args[0], *matrix = args[2];
  int64_t steps = x[3], width = x[4] * x[5];
  printf("matrix: %d x %d\n", (int)matrix[3], (int)matrix[4]);
  for (int64_t t = 0; t < steps; ++t)
    for (int64_t i = 0; i < width; ++i)
      data(args, 4)[t * width + i] =
          data(args, 1)[0] * data(args, 0)[t * width + i] + data(args, 3)[i];
  for (int64_t i = 0; i < width; ++i)
    data(args, 5)[i] = data(args, 3)[i] + 1;
}

__attribute__((visibility("hidden"))) void unit_cpu(void *const *args) {
  void *arguments[] = {&args};
  addKernel(arguments);
}
__attribute__((visibility("hidden"))) int64_t unit_cpu_bytes(int64_t steps,
                                                             int64_t batch) {
  return 0 * steps * batch;
}
__attribute__((visibility("hidden"))) void unit_gpu(void *const *args) {
  void *arguments[] = {&args};
  snn_cuda_launch(args[9], 0, 2, 1, 1, 32, 1, 1, 0, 0, arguments);
}
__attribute__((visibility("hidden"))) int64_t unit_gpu_bytes(int64_t steps,
                                                             int64_t batch) {
  return 0 * steps * batch;
}

static void *allocate(int64_t bytes) {
  int (*function)(uint64_t *, size_t) = (int (*)(uint64_t *, size_t))dlsym(
      dlopen("libcuda.so.1", RTLD_NOW), "cuMemAlloc_v2");
  uint64_t address = 0;
  return function(&address, bytes) ? 0 : (void *)address;
}

int main(void) {
  int64_t state[UNIT_CUDA_STATE_BYTES / 8];
  if (sizeof(state) != sizeof(snn_cuda_state))
    return 1;
  printf("load: %d\n", unit_load_cuda(0));
  int (*retain)(void **, int) = (int (*)(void **, int))dlsym(
      dlopen("libcuda.so.1", RTLD_NOW), "cuDevicePrimaryCtxRetain");
  int (*push)(void *) = (int (*)(void *))dlsym(dlopen("libcuda.so.1", RTLD_NOW),
                                               "cuCtxPushCurrent_v2");
  void *context;
  retain(&context, 0);
  push(context);
  float *x = allocate(2 * 8 * 4), *y = allocate(2 * 8 * 4),
        *scale = allocate(4), *matrix = allocate(32);
  void *workspace = allocate(unit_workspace_bytes_cuda(2, 2));
  void *memory = allocate(unit_state_bytes_cuda(2));
  unit_weights weights = {scale, matrix};
  for (int i = 0; i < 16; ++i)
    x[i] = (float)i;
  *scale = 0.5f;
  printf("reset: %d\n", unit_reset_cuda(state, memory, 2, 0));
  printf("run: %d\n", unit_run_cuda(x, y, 2, 2, state, workspace, &weights, 0));
  printf("y: %g %g\n", y[1], y[15]);
  printf("step: %d\n", unit_step_cuda(x, y, 2, state, workspace, &weights, 0));
  printf("y: %g %g\n", y[1], y[7]);
  printf("host: %s\n", unit_strerror(unit_run_cuda((float *)state, y, 1, 2, 0,
                                                   workspace, &weights, 0)));
  printf("unload: %d\n", unit_unload_cuda());
  return 0;
}
