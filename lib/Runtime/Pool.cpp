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
// wants them.
//
//===----------------------------------------------------------------------===//

#include "snn/Runtime/Runtime.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <vector>

namespace {
/// A loop that is running.
struct Loop {
  int64_t n;
  int64_t grain;
  snn_loop_body body;
  void *ctx;
  std::atomic<int64_t> next{0};

  /// Runs chunks until none is left.
  void work() {
    for (;;) {
      int64_t begin = next.fetch_add(grain, std::memory_order_relaxed);
      if (begin >= n)
        return;
      body(ctx, begin, begin + std::min(grain, n - begin));
    }
  }
};

/// The workers.
class Pool {
public:
  /// Runs a loop on `threads` threads, the caller included; false if another
  /// loop is running.
  bool run(Loop &loop, int threads);

  /// Ends the workers, unless a loop is running.
  void shutDown();

private:
  void resize(size_t numWorkers);
  void workerMain();

  std::mutex busy;  ///< held while a loop runs
  std::mutex mutex; ///< protects all that follows
  std::condition_variable wake, done;
  std::vector<pthread_t> workers;
  Loop *loop = nullptr;
  uint64_t generation = 0; ///< counts loops, so that a worker joins each once
  size_t pending = 0;      ///< workers that have not finished the loop
  bool stop = false;
};
} // namespace

/// True on a thread that is inside a loop.
static thread_local bool insideLoop = false;

static std::atomic<int> numThreads{1};
static std::atomic<decltype(&snn_parallel_for)> replacement{nullptr};
static std::atomic<Pool *> pool{nullptr};

void Pool::workerMain() {
  insideLoop = true;
  std::unique_lock<std::mutex> lock(mutex);
  // A loop that starts before this thread gets here has counted it already.
  uint64_t seen = generation - (loop ? 1 : 0);
  for (;;) {
    wake.wait(lock, [&] { return stop || (loop && generation != seen); });
    if (stop)
      return;
    seen = generation;
    Loop *current = loop;
    lock.unlock();
    current->work();
    lock.lock();
    if (--pending == 0)
      done.notify_one();
  }
}

/// Called with `busy` held and no loop running.
void Pool::resize(size_t numWorkers) {
  if (workers.size() > numWorkers) {
    {
      std::lock_guard<std::mutex> lock(mutex);
      stop = true;
    }
    wake.notify_all();
    for (pthread_t worker : workers)
      pthread_join(worker, nullptr);
    workers.clear();
    stop = false;
  }
  auto start = [](void *self) -> void * {
    static_cast<Pool *>(self)->workerMain();
    return nullptr;
  };
  while (workers.size() < numWorkers) {
    pthread_t worker;
    if (pthread_create(&worker, nullptr, start, this) != 0)
      return; // fewer threads give the same result
    workers.push_back(worker);
  }
}

bool Pool::run(Loop &newLoop, int threads) {
  std::unique_lock<std::mutex> owner(busy, std::try_to_lock);
  if (!owner)
    return false;
  if (workers.size() != size_t(threads) - 1)
    resize(size_t(threads) - 1);
  {
    std::lock_guard<std::mutex> lock(mutex);
    loop = &newLoop;
    ++generation;
    pending = workers.size();
  }
  wake.notify_all();
  insideLoop = true;
  newLoop.work();
  insideLoop = false;
  std::unique_lock<std::mutex> lock(mutex);
  done.wait(lock, [&] { return pending == 0; });
  loop = nullptr;
  return true;
}

void Pool::shutDown() {
  std::unique_lock<std::mutex> owner(busy, std::try_to_lock);
  if (owner)
    resize(0);
}

/// Ends the workers before their code is unmapped by exit() or dlclose().
__attribute__((destructor)) static void shutDownPool() {
  if (Pool *current = pool)
    current->shutDown();
}

/// The pool of this process. A child of fork() has none of its parent's
/// threads, so it starts with a new pool.
static Pool &getPool() {
  static const int registered =
      pthread_atfork(nullptr, nullptr, [] { pool = nullptr; });
  (void)registered;
  Pool *current = pool;
  if (!current) {
    auto *created = new Pool;
    if (pool.compare_exchange_strong(current, created))
      return *created;
    delete created;
  }
  return *current;
}

void snn_parallel_for(int64_t n, int64_t grain, snn_loop_body body, void *ctx) {
  if (n <= 0)
    return;
  if (auto function = replacement.load())
    return function(n, grain, body, ctx);
  grain = std::max<int64_t>(grain, 1);
  int threads = numThreads;
  if (threads > 1 && n > grain && !insideLoop) {
    Loop loop{n, grain, body, ctx};
    if (getPool().run(loop, threads))
      return;
  }
  body(ctx, 0, n);
}

void snn_set_parallel_for(void (*function)(int64_t n, int64_t grain,
                                           snn_loop_body body, void *ctx)) {
  replacement = function;
}

void snn_set_threads(int threads) {
  if (threads <= 0)
    threads = static_cast<int>(std::thread::hardware_concurrency());
  numThreads = std::clamp(threads, 1, 1024);
}

int snn_get_threads(void) { return numThreads; }
