//===- Stats.cpp - What a run did, as text --------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Stats.h"

#include "Runner.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>

using namespace snn::rt;

static void print(std::string &text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void print(std::string &text, const char *format, ...) {
  char line[512];
  va_list args;
  va_start(args, format);
  std::vsnprintf(line, sizeof(line), format, args);
  va_end(args);
  text += line;
}

static double countPlaces(const Session &session, const snn_tensor &record) {
  return double(countNeurons(record)) * double(session.steps) *
         double(session.batch);
}

/// A table of layers.
static std::string formatSpikes(const Session &session,
                                const std::vector<int64_t> &spikes) {
  const snn_model &model = *session.model;
  if (model.num_records == 0)
    return "";
  size_t width = 5;
  for (int32_t i = 0; i < model.num_records; ++i)
    width = std::max(width, std::strlen(model.records[i].name));
  std::string text = "layer";
  text.resize(width, ' ');
  text += "     neurons          spikes  spikes per neuron and step\n";
  for (int32_t i = 0; i < model.num_records; ++i) {
    const snn_tensor &record = model.records[i];
    double places = countPlaces(session, record);
    std::string name = record.name;
    name.resize(width, ' ');
    text += name;
    print(text, "  %10lld  %14lld  %.5f\n",
          static_cast<long long>(countNeurons(record)),
          static_cast<long long>(spikes[i]),
          places > 0 ? double(spikes[i]) / places : 0.0);
  }
  return text + "\n";
}

std::string snn::rt::formatStats(const Session &session, const Options &options,
                                 const std::vector<int64_t> &spikes,
                                 Timing timing) {
  const snn_model &model = *session.model;
  std::string text = model.name;
  print(text, ": T = %lld, B = %lld, %s\n\n",
        static_cast<long long>(session.steps),
        static_cast<long long>(session.batch),
        session.runner->describe().c_str());
  if (options.stats)
    text += formatSpikes(session, spikes);
  std::vector<double> &seconds = timing.seconds;
  std::sort(seconds.begin(), seconds.end());
  size_t count = seconds.size();
  double median = (seconds[(count - 1) / 2] + seconds[count / 2]) / 2;
  if (options.repeat >= 0)
    print(text,
          "time          %.6f s min, %.6f s median, %.6f s max of %zu "
          "run%s\n",
          seconds.front(), median, seconds.back(), count,
          count == 1 ? "" : "s");
  else
    print(text, "time          %.6f s\n", median);
  double rate = 1 / std::max(median, 1e-9);
  double batch = double(session.batch), steps = double(session.steps);
  print(text, "sequences/s   %.6g\n", batch * rate);
  print(text, "steps/s       %.6g\n", batch * steps * rate);
  double neuronSteps = 0;
  for (int32_t i = 0; i < model.num_records; ++i)
    neuronSteps += countPlaces(session, model.records[i]);
  if (model.num_records)
    print(text, "neuron-steps/s %.6g\n", neuronSteps * rate);
  return text;
}
