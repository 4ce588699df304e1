//===- Raster.h - Pictures of spikes ----------------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_PROGRAM_RASTER_H
#define LIB_PROGRAM_RASTER_H

#include "Session.h"

namespace snn::rt {

/// The spikes of one layer on a grid: a cell is a step of a neuron, or several
/// of them where there are more than a picture can show.
struct LayerRaster {
  std::string name;
  int64_t neurons = 0;
  int64_t steps = 0;
  int64_t spikes = 0;
  int64_t stepsPerCell = 1, neuronsPerCell = 1;
  std::vector<uint8_t> cells; ///< [rows()][columns()]

  /// A grid for a layer, without spikes.
  static LayerRaster create(std::string name, int64_t neurons, int64_t steps);

  int64_t columns() const { return (steps - 1) / stepsPerCell + 1; }
  int64_t rows() const { return (neurons - 1) / neuronsPerCell + 1; }

  /// Marks a spike.
  void add(int64_t step, int64_t neuron);
};

/// A picture and what its titles say.
struct RasterPicture {
  std::string title;
  int64_t sample = 0, batch = 1, position = 0, steps = 0;
  std::vector<LayerRaster> layers;
};

/// Runs one sample of a session that has not run yet, and collects its spikes.
/// The session keeps its state.
Expected<RasterPicture> recordSample(Session &session, int64_t sample);

/// The picture as an SVG file.
std::string drawRaster(const RasterPicture &picture);

} // namespace snn::rt

#endif // LIB_PROGRAM_RASTER_H
