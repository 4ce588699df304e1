/* 16 threads run 16 streams of one model at the same time, each 1,000 calls,
 * and get the bits of one thread that runs them one after the other. */
#include "net.h"
#include "snn/Runtime/Runtime.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  THREADS = 16,
  CALLS = 1000,
  BATCH = 8,
  LONGEST = 3,
  INPUTS = BATCH * NET_X_SIZE,
  OUTPUTS = BATCH * NET_S_SIZE
};

typedef struct stream {
  uint64_t seed, hash;
  void *state, *workspace;
  float x[LONGEST * INPUTS];
  uint8_t spikes[LONGEST * OUTPUTS];
  int64_t fired;
  int status;
} stream;

static void open_stream(stream *s, uint64_t seed) {
  memset(s, 0, sizeof(*s));
  s->seed = seed;
  s->state = malloc((size_t)net_state_bytes(BATCH));
  s->workspace = malloc((size_t)net_workspace_bytes(LONGEST, BATCH));
  s->status = net_reset(s->state, BATCH);
}

static void close_stream(stream *s) {
  free(s->state);
  free(s->workspace);
}

/* One call of 1 to 3 steps; its outputs go into the hash. */
static void call_once(stream *s) {
  int64_t steps = 1 + (int64_t)(s->seed % LONGEST);
  for (int64_t i = 0; i < steps * INPUTS; ++i) {
    s->seed = s->seed * 6364136223846793005u + 1442695040888963407u;
    s->x[i] = (float)(s->seed >> 40) / (float)(1 << 24);
  }
  s->status |=
      steps == 1
          ? net_step(s->x, s->spikes, BATCH, s->state, s->workspace)
          : net_run(s->x, s->spikes, steps, BATCH, s->state, s->workspace);
  for (int64_t i = 0; i < steps * OUTPUTS; ++i) {
    s->hash = (s->hash ^ s->spikes[i]) * 1099511628211u;
    s->fired += s->spikes[i];
  }
}

static void *run_stream(void *argument) {
  stream *s = (stream *)argument;
  for (int i = 0; i < CALLS; ++i)
    call_once(s);
  return NULL;
}

/* A state that another thread runs is refused, whoever asks. */
static void *share_stream(void *argument) {
  static float x[INPUTS];
  stream *mine = (stream *)malloc(sizeof(stream));
  stream *s = (stream *)argument;
  int64_t *busy = (int64_t *)calloc(1, sizeof(*busy));
  open_stream(mine, 1);
  for (int i = 0; i < CALLS;) {
    int status = net_step(x, mine->spikes, BATCH, s->state, mine->workspace);
    if (status == SNN_ERROR_BUSY)
      ++*busy;
    else if (status)
      *busy = -1000000;
    else
      ++i;
  }
  close_stream(mine);
  free(mine);
  return busy;
}

int main(int argc, char **argv) {
  static stream serial[THREADS], parallel[THREADS], shared;
  pthread_t threads[THREADS];
  int different = 0;
  int64_t fired = 0, busy = 0;
  (void)argc;
  for (int i = 0; i < THREADS; ++i) {
    open_stream(&serial[i], 77u + (uint64_t)i);
    open_stream(&parallel[i], 77u + (uint64_t)i);
  }
  if (snn_get_threads() != atoi(argv[1])) {
    printf("expected %s threads, but got %d\n", argv[1], snn_get_threads());
    return 1;
  }
  for (int i = 0; i < THREADS; ++i)
    pthread_create(&threads[i], NULL, run_stream, &parallel[i]);
  for (int i = 0; i < THREADS; ++i)
    run_stream(&serial[i]);
  for (int i = 0; i < THREADS; ++i) {
    pthread_join(threads[i], NULL);
    different += serial[i].hash != parallel[i].hash || serial[i].status ||
                 parallel[i].status ||
                 memcmp(serial[i].state, parallel[i].state,
                        (size_t)net_state_bytes(BATCH)) != 0;
    fired += serial[i].fired;
    close_stream(&serial[i]);
    close_stream(&parallel[i]);
  }
  printf("%d streams of %d differ, %s\n", different, THREADS,
         fired > 0 ? "with spikes" : "without spikes");

  open_stream(&shared, 1);
  for (int i = 0; i < 4; ++i)
    pthread_create(&threads[i], NULL, share_stream, &shared);
  for (int i = 0; i < 4; ++i) {
    void *count;
    pthread_join(threads[i], &count);
    busy += *(int64_t *)count;
    free(count);
  }
  printf("shared state: %lld steps, %s\n",
         (long long)((snn_state_header *)shared.state)->position,
         busy < 0 ? "other errors" : "busy or done");
  close_stream(&shared);
  return 0;
}
