//===- Run.h - What an executable does --------------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_PROGRAM_RUN_H
#define LIB_PROGRAM_RUN_H

#include "Options.h"

namespace snn::rt {

/// Everything after the command line: reads, runs, writes.
Error runModel(const snn_model &model, const Options &options);

} // namespace snn::rt

#endif // LIB_PROGRAM_RUN_H
