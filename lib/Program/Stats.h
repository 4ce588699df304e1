//===- Stats.h - What a run did, as text ------------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_PROGRAM_STATS_H
#define LIB_PROGRAM_STATS_H

#include "Session.h"

namespace snn::rt {

/// How long the runs of a session took; with --repeat there are several.
struct Timing {
  std::vector<double> seconds;
};

/// Spikes per layer, if --stats asks for them, and times. Speeds are those of
/// the median run.
std::string formatStats(const Session &session, const Options &options,
                        const std::vector<int64_t> &spikes, Timing timing);

} // namespace snn::rt

#endif // LIB_PROGRAM_STATS_H
