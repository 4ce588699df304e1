//===- Progress.h - A progress bar ------------------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_PROGRAM_PROGRESS_H
#define LIB_PROGRAM_PROGRESS_H

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <pthread.h>

namespace snn::rt {

/// Seconds on a clock that only goes forward.
double getSeconds();

/// Shows on stderr how far a counter has come, from its construction to its
/// destruction: only on a terminal, and only if that takes more than a second.
class ProgressBar {
public:
  /// Watches an atomic counter that goes from 0 to `total`.
  ProgressBar(const int64_t &counter, int64_t total);
  ~ProgressBar();
  ProgressBar(const ProgressBar &) = delete;
  ProgressBar &operator=(const ProgressBar &) = delete;

private:
  void watch();
  void draw(double elapsed) const;

  const int64_t &counter;
  const int64_t total;
  const double started;
  std::mutex mutex;
  std::condition_variable wake;
  bool finished = false;
  bool hasThread = false;
  pthread_t thread;
};

} // namespace snn::rt

#endif // LIB_PROGRAM_PROGRESS_H
