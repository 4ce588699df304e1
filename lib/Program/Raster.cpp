//===- Raster.cpp - Drawing spikes over time ------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One panel per layer over a common time axis. The spikes of a layer are short
// horizontal strokes, one for each run of neighbouring cells. So a picture has
// at most as many strokes as its grid has cells, however long the run was.
//
//===----------------------------------------------------------------------===//

#include "Axes.h"
#include "Pictures.h"

#include <algorithm>

using namespace snn::rt;

static constexpr int64_t panelGap = 18, footer = 76;

static double getPlotHeight(const LayerSpikes &layer) {
  return double(std::clamp<int64_t>(layer.neurons * 5, 40, 320));
}

/// The strokes of a layer, row by row.
static std::vector<Mark> findMarks(const LayerSpikes &layer, const Box &box,
                                   double mark) {
  std::vector<Mark> marks;
  int64_t columns = layer.columns(), rows = layer.rows();
  double cellWidth = box.width / double(columns);
  double cellHeight = box.height / double(rows);
  for (int64_t row = 0; row < rows; ++row) {
    const uint8_t *cells = &layer.cells[row * columns];
    for (int64_t begin = 0; begin < columns; ++begin) {
      if (!cells[begin])
        continue;
      int64_t end = begin + 1;
      while (cellWidth < 2 && end < columns && cells[end])
        ++end; // dots that touch are one stroke
      marks.push_back({box.x + (double(begin) + 0.5) * cellWidth - mark / 2,
                       box.y + (double(row) + 0.5) * cellHeight,
                       double(end - begin - 1) * cellWidth + mark});
      begin = end - 1;
    }
  }
  return marks;
}

static void drawSpikes(Canvas &canvas, const LayerSpikes &layer, const Box &box,
                       Color color) {
  if (layer.spikes == 0)
    return;
  double cellHeight = box.height / double(layer.rows());
  double thickness = std::clamp(cellHeight * 0.8, 1.6, 4.0);
  // A single spike is at least as wide as it is visible.
  double mark =
      std::clamp(box.width / double(layer.columns()) * 0.8, 1.4, thickness);
  canvas.drawMarks(findMarks(layer, box, mark), thickness, color);
}

static void drawPanel(Canvas &canvas, const SampleSpikes &sample,
                      const LayerSpikes &layer, const Box &box, Color color) {
  drawHeader(canvas, layer, box, color);
  drawTimeGrid(canvas, sample, box);
  drawFrame(canvas, box);
  drawLeftLabel(canvas, box, "neuron");
  int64_t tick = chooseWholeTick(
      layer.neurons, std::max<int64_t>(int64_t(box.height) / 28, 2));
  for (int64_t n = 0; n < layer.neurons; n += tick)
    drawLeftTick(canvas, box,
                 box.y + (double(n) + 0.5) * box.height / double(layer.neurons),
                 formatCount(n));
  drawSpikes(canvas, layer, box, color);
}

Expected<std::string> snn::rt::drawRaster(const SampleSpikes &sample,
                                          const std::string &path) {
  double height = pictureTop + footer;
  bool isExact = true;
  for (const LayerSpikes &layer : sample.layers) {
    height += panelHeader + getPlotHeight(layer) + panelGap;
    isExact &= layer.stepsPerCell == 1 && layer.neuronsPerCell == 1;
  }
  auto canvas = makeCanvas(path, pictureWidth, int64_t(height));
  if (!canvas)
    return canvas.takeError();
  drawTitle(**canvas, sample);
  Box box = {pictureLeft, pictureTop, plotWidth, 0};
  for (size_t i = 0; i < sample.layers.size(); ++i) {
    box.y += panelHeader + (i ? box.height + panelGap : 0);
    box.height = getPlotHeight(sample.layers[i]);
    drawPanel(**canvas, sample, sample.layers[i], box, getLayerColor(i));
  }
  drawTimeAxis(**canvas, sample, box);
  drawLowerLabel(**canvas, box, "time (steps)");
  (*canvas)->drawText({box.x, box.y + box.height + 60},
                      isExact ? "Each mark is one spike."
                              : "Each mark is at least one spike; neighbouring "
                                "steps or neurons share a mark.",
                      TextStyle());
  return (*canvas)->finish();
}
