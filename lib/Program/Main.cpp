//===- Main.cpp - The main function of a compiled model -------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Runtime/Cpu.h"
#include "Options.h"
#include "Progress.h"
#include "Raster.h"
#include "Session.h"
#include "StateFile.h"
#include "snn/Formats/Npy.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <new>
#include <unistd.h>

using namespace snn::rt;

namespace {
/// The files of a run. They are opened before it, so that a wrong path costs
/// nothing, and appear after it.
struct OutputFiles {
  std::vector<std::optional<NpyWriter>> arrays; ///< one per output
  std::optional<AtomicFile> state, raster;
};
} // namespace

/// The variant that --cpu or the machine asks for.
static Expected<const snn_variant *> chooseVariant(const snn_model &model,
                                                   const Options &options) {
  uint32_t wanted, machine = detectCpuFeatures();
  if (const char *level = std::getenv("SNN_CPU")) {
    if (!lookupCpuLevel(level, wanted))
      return makeError(ErrorCode::Usage,
                       "SNN_CPU: expected x86-64-v2, x86-64-v3 or x86-64-v4, "
                       "but got %s",
                       quoted(level).c_str());
    if (wanted & ~machine)
      return makeError(ErrorCode::Target,
                       "SNN_CPU: this processor is not of level %s", level);
  }
  if (options.cpu.empty()) {
    if (const snn_variant *best = snn_best_variant(&model))
      return best;
    return makeError(ErrorCode::Target, "%s", snn_strerror(SNN_ERROR_CPU));
  }
  std::string names;
  for (int32_t i = 0; i < model.num_variants; ++i) {
    const snn_variant &variant = model.variants[i];
    names += (i ? ", " : "") + std::string(variant.name);
    if (options.cpu != variant.name)
      continue;
    if (variant.features & ~snn_cpu_features())
      return makeError(ErrorCode::Target,
                       "--cpu: this processor is not of level %s",
                       variant.name);
    return &variant;
  }
  return makeError(ErrorCode::Usage, "--cpu: expected one of %s, but got %s",
                   names.c_str(), quoted(options.cpu).c_str());
}

static Error openFiles(const Session &session, const Options &options,
                       OutputFiles &files) {
  const snn_model &model = *session.model;
  for (int32_t i = 0; i < model.num_outputs; ++i) {
    files.arrays.emplace_back();
    if (options.outputs[i].empty())
      continue;
    auto shape = getShape(model.outputs[i], session.steps, session.batch);
    if (!shape)
      return shape.takeError();
    auto type = static_cast<ElementType>(model.outputs[i].dtype);
    auto writer = NpyWriter::create(options.outputs[i], type, *shape);
    if (!writer)
      return writer.takeError();
    files.arrays.back() = std::move(*writer);
  }
  for (auto [path, file] : {std::pair(&options.stateOut, &files.state),
                            std::pair(&options.raster, &files.raster)}) {
    if (path->empty())
      continue;
    auto created = AtomicFile::create(*path);
    if (!created)
      return created.takeError();
    *file = std::move(*created);
  }
  return Error::success();
}

static Error drawSample(Session &session, int64_t sample, AtomicFile &file) {
  if (session.batch == 0)
    return makeError(ErrorCode::Input,
                     "--raster: the batch is empty, there is no sample %lld",
                     static_cast<long long>(sample));
  auto picture = recordSample(session, sample);
  if (!picture)
    return picture.takeError();
  std::string text = drawRaster(*picture);
  return file.write(text.data(), text.size());
}

static Error writeFiles(const Session &session, OutputFiles &files) {
  for (size_t i = 0; i < files.arrays.size(); ++i)
    if (files.arrays[i])
      if (Error error = files.arrays[i]->append(session.outputs[i].data(),
                                                session.outputs[i].size()))
        return error;
  if (files.state)
    if (Error error = writeState(*session.model, session.batch,
                                 session.position + session.steps,
                                 session.states, *files.state))
      return error;
  for (auto &writer : files.arrays)
    if (writer)
      if (Error error = writer->commit())
        return error;
  for (auto *file : {&files.state, &files.raster})
    if (*file)
      if (Error error = (*file)->commit())
        return error;
  return Error::success();
}

/// Prints spikes per layer and the speed of the run.
static void printStats(const Session &session,
                       const std::vector<int64_t> &spikes, double seconds) {
  const snn_model &model = *session.model;
  size_t width = 5;
  for (int32_t i = 0; i < model.num_records; ++i)
    width = std::max(width, std::strlen(model.records[i].name));
  std::printf("%s: T = %lld, B = %lld, %s, %d thread%s\n\n", model.name,
              static_cast<long long>(session.steps),
              static_cast<long long>(session.batch), session.variant->name,
              snn_get_threads(), snn_get_threads() == 1 ? "" : "s");
  double neuronSteps = 0;
  if (model.num_records)
    std::printf("%-*s  %10s  %14s  %s\n", static_cast<int>(width), "layer",
                "neurons", "spikes", "spikes per neuron and step");
  for (int32_t i = 0; i < model.num_records; ++i) {
    int64_t neurons = countNeurons(model.records[i]);
    double places =
        double(neurons) * double(session.steps) * double(session.batch);
    neuronSteps += places;
    std::printf("%-*s  %10lld  %14lld  %.5f\n", static_cast<int>(width),
                model.records[i].name, static_cast<long long>(neurons),
                static_cast<long long>(spikes[i]),
                places > 0 ? double(spikes[i]) / places : 0.0);
  }
  double rate = 1 / std::max(seconds, 1e-9);
  std::printf("%stime          %.6f s\nsequences/s   %.6g\n",
              model.num_records ? "\n" : "", seconds,
              double(session.batch) * rate);
  if (model.num_records)
    std::printf("neuron-steps/s %.6g\n", neuronSteps * rate);
}

/// Everything after the command line.
static Error runModel(const snn_model &model, const Options &options) {
  auto variant = chooseVariant(model, options);
  if (!variant)
    return variant.takeError();
  snn_set_threads(static_cast<int>(std::min<int64_t>(options.threads, 1024)));
  auto session = loadSession(model, options);
  if (!session)
    return session.takeError();
  session->variant = *variant;
  if (Error error = session->allocate(session->steps))
    return error;
  OutputFiles files;
  if (Error error = openFiles(*session, options, files))
    return error;
  if (files.raster)
    if (Error error = drawSample(*session, std::max<int64_t>(options.sample, 0),
                                 *files.raster))
      return error;

  std::vector<int64_t> spikes(model.num_records, 0);
  int64_t done = 0;
  snn_call call = session->makeCall();
  call.spike_counts = options.stats ? spikes.data() : nullptr;
  call.progress = &done;
  double started = getSeconds();
  {
    // As a product of doubles: it is only drawn.
    ProgressBar bar(done, static_cast<int64_t>(double(session->steps) *
                                               double(session->batch)));
    if (Error error = runCall(model, call))
      return error;
  }
  double seconds = getSeconds() - started;
  if (Error error = writeFiles(*session, files))
    return error;
  if (options.outputArgs.empty() && !options.stats && !files.raster &&
      !files.state)
    std::fputs("note: nothing was written; see --output, --stats, --raster\n",
               stderr);
  if (options.stats)
    printStats(*session, spikes, seconds);
  return Error::success();
}

static Error runProgram(const snn_model &model, int argc, char **argv) {
  if (model.abi_version != SNN_ABI_VERSION)
    return makeError(ErrorCode::Internal, "%s", snn_strerror(SNN_ERROR_ABI));
  const char *program = argc > 0 && argv[0] ? argv[0] : model.name;
  auto options = parseOptions(model, argc, argv);
  if (!options)
    return options.takeError();
  if (options->help)
    std::fputs(formatHelp(model, program).c_str(), stdout);
  else if (options->version)
    std::printf("%s %016llx, compiled by %s, runtime ABI %d\n", model.name,
                static_cast<unsigned long long>(model.hash), model.compiler,
                SNN_ABI_VERSION);
  else if (Error error = runModel(model, *options))
    return error;
  if (std::fflush(stdout) != 0 || std::ferror(stdout))
    return makeError(ErrorCode::IO, "cannot write to the standard output");
  return Error::success();
}

/// Small allocations have no other way to fail without exceptions.
[[noreturn]] static void failAllocation() {
  static const char text[] = "error: not enough memory\n";
  (void)!::write(STDERR_FILENO, text, sizeof(text) - 1);
  ::_exit(static_cast<int>(ErrorCode::Limit));
}

int snn_main(const snn_model *model, int argc, char **argv) {
  // A closed pipe and a full quota become errors of write().
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  std::set_new_handler(failAllocation);
  Error error = runProgram(*model, argc, argv);
  if (!error)
    return 0;
  std::fprintf(stderr, "%s: error: %s\n",
               argc > 0 && argv[0] ? argv[0] : model->name,
               error.message.c_str());
  return static_cast<int>(error.code);
}
