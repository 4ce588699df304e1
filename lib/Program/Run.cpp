//===- Run.cpp - What an executable does ----------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Run.h"

#include "Output.h"
#include "Pictures.h"
#include "Progress.h"
#include "Runner.h"
#include "StateFile.h"
#include "Stats.h"
#include "Stream.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

using namespace snn::rt;

namespace {
/// The files of a run. They are opened before it, so that a wrong path costs
/// nothing, and appear after it.
struct OutputFiles {
  std::vector<std::optional<OutputWriter>> arrays; ///< one per output
  std::optional<AtomicFile> raster, rates, state;
};
} // namespace

/// Opens the files that do not depend on whether the input is a stream.
static Error openFiles(const Options &options, OutputFiles &files) {
  for (auto [path, file] : {std::pair(&options.stateOut, &files.state),
                            std::pair(&options.raster, &files.raster),
                            std::pair(&options.rates, &files.rates)}) {
    if (path->empty())
      continue;
    auto created = AtomicFile::create(*path);
    if (!created)
      return created.takeError();
    *file = std::move(*created);
  }
  return Error::success();
}

static Error openArrays(const Session &session, const Options &options,
                        OutputFiles &files) {
  for (int32_t i = 0; i < session.model->num_outputs; ++i) {
    files.arrays.emplace_back();
    if (options.outputs[i].empty())
      continue;
    auto writer = OutputWriter::create(options.outputs[i], options,
                                       session.model->outputs[i], session);
    if (!writer)
      return writer.takeError();
    files.arrays.back() = std::move(*writer);
  }
  return Error::success();
}

/// Writes the pictures of one sample.
static Error drawSample(Session &session, const Options &options,
                        OutputFiles &files) {
  if (!files.raster && !files.rates)
    return Error::success();
  int64_t sample = std::max<int64_t>(options.sample, 0);
  if (session.batch == 0)
    return makeError(
        ErrorCode::Input, "%s: the batch is empty, there is no sample %lld",
        files.raster ? "--raster" : "--rates", static_cast<long long>(sample));
  auto spikes = recordSample(session, sample);
  if (!spikes)
    return spikes.takeError();
  auto write = [](AtomicFile &file, Expected<std::string> picture) {
    if (!picture)
      return picture.takeError();
    return file.write(picture->data(), int64_t(picture->size()));
  };
  if (files.raster)
    if (Error error = write(*files.raster, drawRaster(*spikes, options.raster)))
      return error;
  if (files.rates)
    return write(*files.rates, drawRates(*spikes, options.rates));
  return Error::success();
}

/// Gives all files their names; the state is the last, so that where it is,
/// what led to it is.
static Error commitFiles(const Session &session, OutputFiles &files) {
  if (files.state)
    if (Error error = writeState(*session.model, session.batch,
                                 session.position + session.steps,
                                 session.states, *files.state))
      return error;
  for (auto &writer : files.arrays)
    if (writer)
      if (Error error = writer->commit())
        return error;
  for (auto *file : {&files.raster, &files.rates, &files.state})
    if (*file)
      if (Error error = (*file)->commit())
        return error;
  return Error::success();
}

/// The bytes of all states.
static Expected<std::vector<Buffer>> copyStates(const Session &session) {
  std::vector<Buffer> copies;
  for (const Buffer &state : session.states) {
    auto copy = Buffer::allocate(state.size());
    if (!copy)
      return copy.takeError();
    std::memcpy(copy->data(), state.data(), state.size());
    copies.push_back(std::move(*copy));
  }
  return copies;
}

/// Runs a session, and again from the same state as often as --repeat says:
/// then the first run only brings memory, caches and threads into place.
static Error runWhole(Session &session, const Options &options,
                      std::vector<int64_t> &spikes, Timing &timing) {
  std::vector<Buffer> initial;
  if (options.repeat >= 0) {
    auto copies = copyStates(session);
    if (!copies)
      return copies.takeError();
    initial = std::move(*copies);
  }
  int64_t done = 0, runs = options.repeat < 0 ? 1 : options.repeat + 1;
  snn_call call = session.makeCall();
  call.spike_counts = options.stats ? spikes.data() : nullptr;
  call.progress = &done;
  // As a product of doubles: it is only drawn.
  ProgressBar bar(done,
                  static_cast<int64_t>(double(session.steps) *
                                       double(session.batch) * double(runs)));
  for (int64_t run = 0; run < runs; ++run) {
    for (size_t i = 0; run && i < initial.size(); ++i)
      std::memcpy(session.states[i].data(), initial[i].data(),
                  initial[i].size());
    if (Error error = session.runner->run(call))
      return error;
    if (run || runs == 1)
      timing.seconds.push_back(session.runner->seconds);
    call.spike_counts = nullptr; // once is enough
  }
  return Error::success();
}

/// Runs a session whose inputs are in memory.
static Error runArrays(Session &session, const Options &options,
                       OutputFiles &files, std::vector<int64_t> &spikes,
                       Timing &timing) {
  if (options.checkInputs)
    if (Error error = checkInputs(session, options, 0))
      return error;
  if (Error error = session.allocate(session.steps))
    return error;
  if (Error error = openArrays(session, options, files))
    return error;
  if (Error error = drawSample(session, options, files))
    return error;
  if (Error error = runWhole(session, options, spikes, timing))
    return error;
  for (size_t i = 0; i < files.arrays.size(); ++i)
    if (files.arrays[i])
      if (Error error =
              files.arrays[i]->append(session.outputs[i].data(), session.steps))
        return error;
  return Error::success();
}

Error snn::rt::runModel(const snn_model &model, const Options &options) {
  auto runner = makeRunner(model, options);
  if (!runner)
    return runner.takeError();
  std::unique_ptr<StepReader> stream;
  if (options.isStream())
    stream = makeStepReader(model, options.getFormat("-"));
  auto session = loadSession(model, options, stream.get());
  if (!session)
    return session.takeError();
  session->runner = runner->get();
  OutputFiles files;
  if (Error error = openFiles(options, files))
    return error;
  std::vector<int64_t> spikes(model.num_records, 0);
  Timing timing;
  if (Error error = stream
                        ? runStream(*session, options, *stream, spikes, timing)
                        : runArrays(*session, options, files, spikes, timing))
    return error;
  if (Error error = commitFiles(*session, files))
    return error;
  bool isTimed = options.stats || options.repeat >= 0;
  if (options.outputArgs.empty() && !isTimed && !files.raster && !files.rates &&
      !files.state)
    std::fputs("note: nothing was written; see --output, --stats, --raster\n",
               stderr);
  if (isTimed)
    std::fputs(formatStats(*session, options, spikes, timing).c_str(),
               options.usesStandardOutput() ? stderr : stdout);
  return Error::success();
}
