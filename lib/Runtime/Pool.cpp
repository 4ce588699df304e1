//===- Pool.cpp - Threads behind one parallel loop ------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One loop runs at a time. Its chunks are taken from an atomic counter by the
// caller and by all workers; a worker that finds none left reports itself done,
// and the loop ends when all have. Workers are created at the first loop that
// wants them. They are POSIX threads, because a library that a C program links
// should not need a C++ one.
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

using namespace snn::rt;

#if defined(SNN_FREESTANDING)

void snn_parallel_for(int64_t n, int64_t, snn_loop_body body, void *ctx) {
  if (n > 0)
    body(ctx, 0, n);
}

int32_t snn::rt::getThreads(const snn_model &) { return 1; }

#else

#include <pthread.h>
#include <unistd.h>

namespace {
/// A loop that is running.
struct Loop {
  int64_t n;
  int64_t grain;
  snn_loop_body body;
  void *ctx;
  int64_t next;

  /// Runs chunks until none is left.
  void work() {
    for (;;) {
      int64_t begin = __atomic_fetch_add(&next, grain, __ATOMIC_RELAXED);
      if (begin >= n)
        return;
      body(ctx, begin, begin + least(grain, n - begin));
    }
  }
};

constexpr int32_t maxThreads = 1024;

/// The workers.
struct Pool {
  pthread_mutex_t busy = PTHREAD_MUTEX_INITIALIZER; ///< while a loop runs
  /// Protects all that follows.
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
  pthread_cond_t done = PTHREAD_COND_INITIALIZER;
  pthread_t workers[maxThreads] = {};
  int32_t numWorkers = 0;
  Loop *loop = nullptr;
  uint64_t generation = 0; ///< counts loops, so that a worker joins each once
  int32_t pending = 0;     ///< workers that have not finished the loop
  bool stop = false;

  /// Runs a loop on `threads` threads, the caller included; false if another
  /// loop is running.
  bool run(Loop &loop, int32_t threads);

  /// Ends the workers, unless a loop is running.
  void shutDown();

private:
  void resize(int32_t wanted);
  void workerMain();
};

struct Lock {
  explicit Lock(pthread_mutex_t &mutex) : mutex(mutex) {
    pthread_mutex_lock(&mutex);
  }
  ~Lock() { pthread_mutex_unlock(&mutex); }

  pthread_mutex_t &mutex;
};
} // namespace

/// True on a thread that is inside a loop.
static thread_local bool insideLoop = false;

static int32_t numThreads = 0; ///< 0: nobody has chosen
static decltype(&snn_parallel_for) replacement = nullptr;
static Pool pool;

void Pool::workerMain() {
  insideLoop = true;
  Lock lock(mutex);
  // A loop that starts before this thread gets here has counted it already.
  uint64_t seen = generation - (loop ? 1 : 0);
  for (;;) {
    while (!stop && (!loop || generation == seen))
      pthread_cond_wait(&wake, &mutex);
    if (stop)
      return;
    seen = generation;
    Loop *current = loop;
    pthread_mutex_unlock(&mutex);
    current->work();
    pthread_mutex_lock(&mutex);
    if (--pending == 0)
      pthread_cond_signal(&done);
  }
}

/// Called with `busy` held and no loop running.
void Pool::resize(int32_t wanted) {
  if (numWorkers > wanted) {
    {
      Lock lock(mutex);
      stop = true;
    }
    pthread_cond_broadcast(&wake);
    for (int32_t i = 0; i < numWorkers; ++i)
      pthread_join(workers[i], nullptr);
    numWorkers = 0;
    stop = false;
  }
  auto start = [](void *self) -> void * {
    static_cast<Pool *>(self)->workerMain();
    return nullptr;
  };
  // Fewer threads than wanted give the same result.
  while (numWorkers < wanted &&
         pthread_create(&workers[numWorkers], nullptr, start, this) == 0)
    ++numWorkers;
}

bool Pool::run(Loop &newLoop, int32_t threads) {
  if (pthread_mutex_trylock(&busy) != 0)
    return false;
  if (numWorkers != threads - 1)
    resize(threads - 1);
  {
    Lock lock(mutex);
    loop = &newLoop;
    ++generation;
    pending = numWorkers;
  }
  pthread_cond_broadcast(&wake);
  insideLoop = true;
  newLoop.work();
  insideLoop = false;
  {
    Lock lock(mutex);
    while (pending != 0)
      pthread_cond_wait(&done, &mutex);
    loop = nullptr;
  }
  pthread_mutex_unlock(&busy);
  return true;
}

void Pool::shutDown() {
  if (pthread_mutex_trylock(&busy) != 0)
    return;
  resize(0);
  pthread_mutex_unlock(&busy);
}

/// Ends the workers before their code is unmapped by exit() or dlclose().
__attribute__((destructor)) static void shutDownPool() { pool.shutDown(); }

/// A child of fork() has none of its parent's threads, so it starts anew.
static void renewPool() { pool = Pool(); }

void snn_parallel_for(int64_t n, int64_t grain, snn_loop_body body, void *ctx) {
  if (n <= 0)
    return;
  if (auto function = __atomic_load_n(&replacement, __ATOMIC_ACQUIRE))
    return function(n, grain, body, ctx);
  grain = greatest(grain, 1);
  int32_t threads = snn_get_threads();
  if (threads > 1 && n > grain && !insideLoop) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, [] { pthread_atfork(nullptr, nullptr, renewPool); });
    Loop loop{n, grain, body, ctx, 0};
    if (pool.run(loop, threads))
      return;
  }
  body(ctx, 0, n);
}

void snn_set_parallel_for(void (*function)(int64_t n, int64_t grain,
                                           snn_loop_body body, void *ctx)) {
  __atomic_store_n(&replacement, function, __ATOMIC_RELEASE);
}

void snn_set_threads(int threads) {
  int64_t wanted = threads;
  if (wanted <= 0)
    wanted = sysconf(_SC_NPROCESSORS_ONLN);
  wanted = least(greatest(wanted, 1), maxThreads);
  __atomic_store_n(&numThreads, int32_t(wanted), __ATOMIC_RELAXED);
}

int snn_get_threads(void) {
  return int(greatest(__atomic_load_n(&numThreads, __ATOMIC_RELAXED), 1));
}

int32_t snn::rt::getThreads(const snn_model &model) {
  if (__atomic_load_n(&numThreads, __ATOMIC_RELAXED) == 0)
    snn_set_threads(model.threads);
  return snn_get_threads();
}

#endif // SNN_FREESTANDING
