//===- Guard.h - Crashes, and what the system lacks -------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_DRIVER_GUARD_H
#define SNN_LIB_DRIVER_GUARD_H

#include "llvm/ADT/SmallVector.h"

namespace mlir::snn {

/// The signals that were ignored when the process started, as nohup asks for;
/// LLVM would handle them.
llvm::SmallVector<int> findIgnoredSignals();

/// Makes a process that has no memory, or whose LLVM gives up, end with a
/// message and the exit code for it; and closed standard streams fail, instead
/// of becoming the next file that is opened. `ignored` signals stay so.
void guardProcess(llvm::ArrayRef<int> ignored);

/// Notes that a message has told what is wrong with the model.
void noteError();

} // namespace mlir::snn

#endif // SNN_LIB_DRIVER_GUARD_H
