//===- Stream.h - Running a model on the standard input ---------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Steps are read as they arrive, run with what the model remembers, and
// answered before more is read. Memory does not depend on how many there are.
//
//===----------------------------------------------------------------------===//

#ifndef LIB_PROGRAM_STREAM_H
#define LIB_PROGRAM_STREAM_H

#include "Session.h"

#include <memory>

namespace snn::rt {

struct Timing;

/// Reads the inputs of a model step by step.
class StepReader {
public:
  virtual ~StepReader() = default;

  /// Reads what the stream says about T and B at its beginning.
  virtual Error open(const Options &options, Session &session) = 0;

  /// Prepares to read, now that B is known.
  virtual Error start(const Session &session) = 0;

  /// Reads at least one step, which may take long, and more, up to `limit`, if
  /// they are there already. 0 at the end of the stream.
  virtual Expected<int64_t> read(Session &session, int64_t limit) = 0;
};

/// The reader of a format, for all inputs of a model.
std::unique_ptr<StepReader> makeStepReader(const snn_model &model,
                                           Format format);

/// Runs a session to the end of its stream and writes the outputs; afterwards
/// the session has the number of steps that were run.
Error runStream(Session &session, const Options &options, StepReader &reader,
                std::vector<int64_t> &spikes, Timing &timing);

} // namespace snn::rt

#endif // LIB_PROGRAM_STREAM_H
