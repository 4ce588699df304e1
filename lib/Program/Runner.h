//===- Runner.h - Where the calls of an executable run ----------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_PROGRAM_RUNNER_H
#define LIB_PROGRAM_RUNNER_H

#include "Options.h"

#include <memory>

namespace snn::rt {

/// Runs calls whose arrays are in the memory of the host, on the processor or
/// on a GPU. The memory that this takes is kept for the next call.
class Runner {
public:
  virtual ~Runner() = default;

  /// Runs a call, which has neither variant nor workspace; the error says what
  /// a status means for the command line.
  virtual Error run(snn_call call) = 0;

  /// What runs them, as a text.
  virtual std::string describe() const = 0;

  double seconds = 0; ///< of the last call, without copies from and to a GPU
};

/// The runner that the options ask for.
Expected<std::unique_ptr<Runner>> makeRunner(const snn_model &model,
                                             const Options &options);

/// That of a GPU.
Expected<std::unique_ptr<Runner>> makeGpuRunner(const snn_model &model,
                                                int device);

/// What a status means for the command line.
Error makeStatusError(int status);

} // namespace snn::rt

#endif // LIB_PROGRAM_RUNNER_H
