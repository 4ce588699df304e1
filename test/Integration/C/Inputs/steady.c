/* Counts the allocations of 1,000 steps and runs, after the first of each. */
#include "net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *block, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void *block);

static volatile int counting, count;

static void note(void) {
  __atomic_fetch_add(&count, counting, __ATOMIC_RELAXED);
}

void *malloc(size_t bytes) {
  note();
  return __libc_malloc(bytes);
}
void *calloc(size_t number, size_t bytes) {
  note();
  return __libc_calloc(number, bytes);
}
void *realloc(void *block, size_t bytes) {
  note();
  return __libc_realloc(block, bytes);
}
void *aligned_alloc(size_t alignment, size_t bytes) {
  note();
  return __libc_memalign(alignment, bytes);
}
void free(void *block) {
  note();
  __libc_free(block);
}
void *mmap(void *at, size_t bytes, int access, int flags, int file,
           off_t offset) {
  note();
  return (void *)syscall(SYS_mmap, at, bytes, access, flags, file, offset);
}
int munmap(void *at, size_t bytes) {
  note();
  return (int)syscall(SYS_munmap, at, bytes);
}
int brk(void *end) {
  note();
  return syscall(SYS_brk, end) == (long)end ? 0 : -1;
}

enum { STEPS = 5, BATCH = 8 };

int main(void) {
  static float x[STEPS * BATCH * NET_X_SIZE];
  static uint8_t spikes[STEPS * BATCH * NET_S_SIZE];
  void *state = malloc((size_t)net_state_bytes(BATCH));
  void *workspace = malloc((size_t)net_workspace_bytes(STEPS, BATCH));
  int error = net_reset(state, BATCH);
  for (int i = 0; i <= 1000 && !error; ++i) {
    counting = i > 0;
    error = net_step(x, spikes, BATCH, state, workspace);
    if (!error)
      error = net_run(x, spikes, STEPS, BATCH, state, workspace);
    if (!error)
      error = net_run(x, spikes, STEPS, BATCH, NULL, workspace);
  }
  int steady = count;
  free(malloc(1)); /* which must be seen */
  counting = 0;
  printf("%d allocations, error %d, counter %s\n", steady, error,
         count == steady + 2 ? "works" : "fails");
  return 0;
}
