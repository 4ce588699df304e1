//===- Interrupt.cpp - Signals that ask snnc to end -----------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Interrupt.h"

#include <atomic>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace mlir;
using namespace mlir::snn;

/// The first signal that came, or 0, and the command that runs, or 0.
static std::atomic<int> pending;
static std::atomic<pid_t> child;
static bool isGuarded = false; // one thread compiles
static_assert(std::atomic<int>::is_always_lock_free, "for signal handlers");

/// The command leads a process group of its own, with all that it starts.
static void endChild() {
  if (pid_t pid = child)
    ::kill(-pid, SIGKILL);
}

static void handleSignal(int signal) {
  int none = 0;
  pending.compare_exchange_strong(none, signal);
  endChild();
}

InterruptGuard::InterruptGuard()
    : isOutermost(!std::exchange(isGuarded, true)) {
  if (!isOutermost)
    return;
  pending = 0;
  struct sigaction action = {};
  action.sa_handler = handleSignal;
  action.sa_flags = SA_RESTART;
  for (auto [signal, old] : llvm::zip(kSignals, previous)) {
    ::sigaction(signal, nullptr, &old);
    if (old.sa_handler != SIG_IGN) // as nohup asks for
      ::sigaction(signal, &action, nullptr);
  }
}

InterruptGuard::~InterruptGuard() {
  if (!isOutermost)
    return;
  isGuarded = false;
  for (auto [signal, old] : llvm::zip(kSignals, previous))
    ::sigaction(signal, &old, nullptr);
  if (int signal = pending)
    ::raise(signal); // to this thread, which goes no further
}

bool InterruptGuard::isInterrupted() const { return pending != 0; }

bool InterruptGuard::execute(ArrayRef<std::string> command,
                             const std::string &directory, std::string &error) {
  SmallVector<char *> arguments;
  for (const std::string &word : command)
    arguments.push_back(const_cast<char *>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
  pid_t pid = 0;
  int failed = ::posix_spawn(&pid, arguments[0], &actions, &attributes,
                             arguments.data(), ::environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (failed) {
    error = std::strerror(failed);
    return false;
  }
  child = pid;
  if (pending) // it came before the handler knew of the command
    endChild();
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR)
    ;
  child = 0;
  if (WIFSIGNALED(status))
    error = std::string("it was ended by the signal ") +
            ::strsignal(WTERMSIG(status));
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
