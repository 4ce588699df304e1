//===- Stream.cpp - Running a model on the standard input -----------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Stream.h"

#include "Output.h"
#include "Runner.h"
#include "Stats.h"

#include <algorithm>

using namespace snn::rt;

namespace {
/// A run that goes on as long as its input does.
class StreamRun {
public:
  StreamRun(Session &session, const Options &options, StepReader &reader)
      : session(session), model(*session.model), options(options),
        reader(reader), total(session.steps) {}

  Error prepare();
  Error run(std::vector<int64_t> &spikes, Timing &timing);
  Error finish();

private:
  Error chooseLimit();
  Expected<int64_t> readSteps();

  Session &session;
  const snn_model &model;
  const Options &options;
  StepReader &reader;
  std::vector<std::optional<OutputWriter>> writers;
  const int64_t total; ///< steps to run, or -1: all that come
  int64_t limit = 1;   ///< steps to run at once, if they are there
  int64_t done = 0;    ///< steps
};
} // namespace

/// Chooses how many steps are run at once: as many as need little memory.
Error StreamRun::chooseLimit() {
  constexpr int64_t budget = 1 << 20, most = 4096;
  int64_t stepBytes = 1;
  for (auto [tensors, count] : {std::pair(model.inputs, model.num_inputs),
                                std::pair(model.outputs, model.num_outputs)})
    for (int32_t i = 0; i < count; ++i) {
      auto shape = getShape(tensors[i], 1, session.batch);
      if (!shape)
        return shape.takeError();
      if (tensors[i].is_sequence)
        stepBytes = std::max(stepBytes, shape->bytes());
    }
  limit = std::clamp<int64_t>(budget / stepBytes, 1, most);
  return Error::success();
}

Error StreamRun::prepare() {
  if (Error error = chooseLimit())
    return error;
  for (int32_t i = 0; i < model.num_inputs; ++i) {
    auto shape = getShape(model.inputs[i], limit, session.batch);
    if (!shape)
      return shape.takeError();
    auto buffer = Buffer::allocate(shape->bytes());
    if (!buffer)
      return buffer.takeError();
    session.inputs.push_back(std::move(*buffer));
  }
  if (Error error = session.allocate(limit))
    return error;
  for (int32_t i = 0; i < model.num_outputs; ++i) {
    writers.emplace_back();
    if (options.outputs[i].empty())
      continue;
    auto writer = OutputWriter::create(options.outputs[i], options,
                                       model.outputs[i], session);
    if (!writer)
      return writer.takeError();
    writers.back() = std::move(*writer);
  }
  return reader.start(session);
}

/// Reads the next steps into the session; 0 when the run is over.
Expected<int64_t> StreamRun::readSteps() {
  if (done == total)
    return int64_t(0);
  int64_t left = limit;
  if (total >= 0)
    left = std::min(left, total - done);
  bool isLimited = model.max_steps >= 0;
  if (isLimited) // one step too many is an error, but those before it count
    left = std::clamp<int64_t>(model.max_steps - session.position, 1, left);
  auto steps = reader.read(session, left);
  if (!steps)
    return steps;
  if (*steps == 0 && total > 0)
    return makeError(ErrorCode::Input,
                     "standard input: expected %lld steps, but it ends before "
                     "step %lld",
                     static_cast<long long>(total),
                     static_cast<long long>(done));
  if (isLimited && *steps > model.max_steps - session.position)
    return makeError(ErrorCode::Input,
                     "standard input: expected at most %lld steps in all, but "
                     "got more",
                     static_cast<long long>(model.max_steps));
  return steps;
}

Error StreamRun::run(std::vector<int64_t> &spikes, Timing &timing) {
  double seconds = 0;
  // Without any step, a call of none writes the static outputs.
  for (bool isFirst = true;; isFirst = false) {
    auto steps = readSteps();
    if (!steps)
      return steps.takeError();
    if (*steps == 0 && !isFirst)
      break;
    session.steps = *steps;
    if (options.checkInputs)
      if (Error error = checkInputs(session, options, done))
        return error;
    snn_call call = session.makeCall();
    call.spike_counts = options.stats ? spikes.data() : nullptr;
    if (Error error = session.runner->run(call))
      return error;
    seconds += session.runner->seconds;
    for (size_t i = 0; i < writers.size(); ++i)
      if (writers[i] && model.outputs[i].is_sequence)
        if (Error error = writers[i]->append(session.outputs[i].data(), *steps))
          return error;
    done += *steps;
    session.position += *steps;
    if (*steps == 0)
      break;
  }
  timing.seconds = {seconds};
  return Error::success();
}

/// Writes what is known at the end.
Error StreamRun::finish() {
  for (size_t i = 0; i < writers.size(); ++i)
    if (writers[i] && !model.outputs[i].is_sequence)
      if (Error error = writers[i]->append(session.outputs[i].data(), done))
        return error;
  for (auto &writer : writers)
    if (writer)
      if (Error error = writer->commit())
        return error;
  session.steps = done;
  session.position -= done;
  return Error::success();
}

Error snn::rt::runStream(Session &session, const Options &options,
                         StepReader &reader, std::vector<int64_t> &spikes,
                         Timing &timing) {
  StreamRun run(session, options, reader);
  if (Error error = run.prepare())
    return error;
  if (Error error = run.run(spikes, timing))
    return error;
  return run.finish();
}
