//===- Interrupt.h - Signals that ask snnc to end ---------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_DRIVER_INTERRUPT_H
#define SNN_LIB_DRIVER_INTERRUPT_H

#include "snn/Driver/Driver.h"

#include <csignal>

namespace mlir::snn {

/// While one of these exists, SIGHUP, SIGINT and SIGTERM end a command that
/// runs, but snnc only when it is destroyed: what was begun is finished or
/// taken back first. Only the outermost of several counts.
class InterruptGuard {
public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard &) = delete;
  InterruptGuard &operator=(const InterruptGuard &) = delete;

  /// Runs a command in a directory and waits for it; whether it ended with exit
  /// code 0. Otherwise `error` says why, where the command itself cannot have.
  bool execute(ArrayRef<std::string> command, const std::string &directory,
               std::string &error);

  /// Whether one of the signals has come.
  bool isInterrupted() const;

private:
  static constexpr int kSignals[] = {SIGHUP, SIGINT, SIGTERM};
  bool isOutermost;
  struct sigaction previous[std::size(kSignals)];
};

} // namespace mlir::snn

#endif // SNN_LIB_DRIVER_INTERRUPT_H
