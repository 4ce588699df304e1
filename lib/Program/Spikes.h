//===- Spikes.h - The spikes of one sample ----------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_PROGRAM_SPIKES_H
#define LIB_PROGRAM_SPIKES_H

#include "Session.h"

namespace snn::rt {

/// The spikes of one layer on a grid: a cell is a step of a neuron, or several
/// of them where there are more than a picture can show.
struct LayerSpikes {
  std::string name;
  int64_t neurons = 0;
  int64_t steps = 0;
  int64_t spikes = 0;
  int64_t stepsPerCell = 1, neuronsPerCell = 1;
  std::vector<uint8_t> cells;        ///< [rows()][columns()]: 1 for a spike
  std::vector<int64_t> columnSpikes; ///< their number in each column
  std::vector<int64_t> neuronSpikes; ///< and of each neuron

  /// A grid for a layer, without spikes.
  static LayerSpikes create(std::string name, int64_t neurons, int64_t steps);

  int64_t columns() const { return (steps - 1) / stepsPerCell + 1; }
  int64_t rows() const { return (neurons - 1) / neuronsPerCell + 1; }

  /// Marks a spike.
  void add(int64_t step, int64_t neuron);
};

/// The spikes of one element of the batch, and what titles say.
struct SampleSpikes {
  std::string title;
  int64_t sample = 0, batch = 1, position = 0, steps = 0;
  std::vector<LayerSpikes> layers;
};

/// Runs one sample of a session that has not run yet, and collects its spikes.
/// The session keeps its state.
Expected<SampleSpikes> recordSample(Session &session, int64_t sample);

} // namespace snn::rt

#endif // LIB_PROGRAM_SPIKES_H
