//===- Progress.cpp - A progress bar --------------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Progress.h"

#include <chrono>
#include <cstdio>
#include <string>
#include <unistd.h>

using namespace snn::rt;

double snn::rt::getSeconds() {
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

ProgressBar::ProgressBar(const int64_t &counter, int64_t total)
    : counter(counter), total(total), started(getSeconds()) {
  if (!::isatty(STDERR_FILENO))
    return;
  auto start = [](void *self) -> void * {
    static_cast<ProgressBar *>(self)->watch();
    return nullptr;
  };
  hasThread = pthread_create(&thread, nullptr, start, this) == 0;
}

ProgressBar::~ProgressBar() {
  if (!hasThread)
    return;
  {
    std::lock_guard<std::mutex> lock(mutex);
    finished = true;
  }
  wake.notify_one();
  pthread_join(thread, nullptr);
}

/// Seconds as 12 s or 3:05 min.
static std::string formatDuration(double seconds) {
  char text[32];
  auto whole = static_cast<long long>(seconds + 0.5);
  if (whole < 100)
    std::snprintf(text, sizeof(text), "%lld s", whole);
  else
    std::snprintf(text, sizeof(text), "%lld:%02lld min", whole / 60,
                  whole % 60);
  return text;
}

void ProgressBar::draw(double elapsed) const {
  constexpr int width = 30;
  int64_t count = __atomic_load_n(&counter, __ATOMIC_RELAXED);
  double share = total > 0 ? double(count) / double(total) : 1;
  std::string bar(static_cast<size_t>(share * width), '#');
  bar.resize(width, '.');
  std::string rest =
      count ? formatDuration(elapsed * (1 - share) / share) : "unknown";
  std::fprintf(stderr, "\r\033[K[%s] %3d %%  %s, %s left", bar.c_str(),
               static_cast<int>(share * 100), formatDuration(elapsed).c_str(),
               rest.c_str());
}

void ProgressBar::watch() {
  std::unique_lock<std::mutex> lock(mutex);
  bool drawn = false;
  auto pause = std::chrono::milliseconds(1000);
  while (!wake.wait_for(lock, pause, [&] { return finished; })) {
    draw(getSeconds() - started);
    drawn = true;
    pause = std::chrono::milliseconds(200);
  }
  if (drawn)
    std::fputs("\r\033[K", stderr);
}
