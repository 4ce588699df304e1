//===- Guard.cpp - Crashes, and what the system lacks ---------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Guard.h"
#include "snn/Driver/Driver.h"

#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/ErrorHandling.h"

#include <atomic>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

using namespace mlir;
using namespace mlir::snn;

/// Bytes of the stack that a model is compiled on, of which most is not used.
constexpr unsigned kStackBytes = 256 << 20;

/// Of memory; with less, a crash is taken to be for the lack of it.
constexpr size_t kLittleBytes = 64 << 20;

/// Whether any message so far was an error.
static std::atomic<bool> hasPrintedError = false;

void mlir::snn::noteError() { hasPrintedError = true; }

/// Ends the process with a message, and allocates nothing.
[[noreturn]] static void end(ExitCode code, const char *message) {
  for (const char *part : {"snnc: error: ", message, "\n"})
    if (::write(STDERR_FILENO, part, std::strlen(part)) < 0)
      break;
  std::_Exit(int(code));
}

[[noreturn]] static void endWithoutMemory() {
  end(ExitCode::ResourceError,
      "not enough memory: the system, or a limit such as that of ulimit -v, "
      "has no more for the compiler");
}

/// What LLVM cannot go on after. Streams that fail are noticed where they are
/// written, but for the pages of --help and --version.
static void handleFatalError(void *, const char *reason, bool) {
  if (StringRef(reason).starts_with("IO failure"))
    end(ExitCode::IOError, "cannot write to the standard output");
  if (hasPrintedError)
    std::_Exit(int(ExitCode::UserError));
  llvm::errs() << "snnc: error: " << reason << "\n";
  end(ExitCode::InternalError,
      "the compiler gave up; this is a bug of ours: please report it, with the "
      "model");
}

llvm::SmallVector<int> mlir::snn::findIgnoredSignals() {
  llvm::SmallVector<int> ignored;
  for (int signal : {SIGHUP, SIGINT, SIGTERM}) {
    struct sigaction action;
    if (::sigaction(signal, nullptr, &action) == 0 &&
        action.sa_handler == SIG_IGN)
      ignored.push_back(signal);
  }
  return ignored;
}

void mlir::snn::guardProcess(llvm::ArrayRef<int> ignored) {
  for (int signal : ignored)
    std::signal(signal, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN); // errors of write() say more
  std::signal(SIGXFSZ, SIG_IGN);
  std::set_new_handler(endWithoutMemory);
  llvm::install_bad_alloc_error_handler(
      [](void *, const char *, bool) { endWithoutMemory(); });
  llvm::install_fatal_error_handler(handleFatalError);
  for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(stream, F_GETFD) < 0) // the lowest one is the next to be opened
      (void)::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/// Whether the process can have so many bytes of addresses more.
static bool hasRoom(size_t bytes) {
  void *room =
      ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return room != MAP_FAILED && ::munmap(room, bytes) == 0;
}

ExitCode mlir::snn::runGuarded(llvm::function_ref<ExitCode()> run) {
  // LLVM would give up where it gets no stack.
  if (!hasRoom(kStackBytes))
    endWithoutMemory();
  ExitCode code = ExitCode::Ok;
  llvm::CrashRecoveryContext::Enable();
  llvm::CrashRecoveryContext crash;
  if (crash.RunSafelyOnThread([&] { code = run(); }, kStackBytes))
    return code;
  // Nothing that the crash has left is touched again.
  if (hasPrintedError)
    std::_Exit(int(ExitCode::UserError));
  // Not all libraries look at what malloc returns. The stack is free by now.
  if (!hasRoom(kStackBytes + kLittleBytes))
    endWithoutMemory();
  end(ExitCode::InternalError,
      "the compiler crashed; this is a bug of ours: please report it, "
      "with the model");
}
