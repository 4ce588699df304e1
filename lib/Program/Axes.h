//===- Axes.h - What all pictures have --------------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_PROGRAM_AXES_H
#define LIB_PROGRAM_AXES_H

#include "Canvas.h"
#include "Spikes.h"

namespace snn::rt {

/// Sizes of a picture in pixels.
constexpr int64_t pictureWidth = 1120, pictureLeft = 84, plotWidth = 1000,
                  pictureTop = 78, panelHeader = 26;

constexpr Color black = 0x111111, grey = 0x555555, tickColor = 0x888888,
                frameColor = 0xbbbbbb, gridColor = 0xececec;

/// A panel of a picture.
struct Box {
  double x, y, width, height;
};

/// The colour of a layer.
Color getLayerColor(size_t layer);

/// A colour with white in it.
Color lighten(Color color);

/// 1234567 as 1,234,567.
std::string formatCount(int64_t value);

/// `text` with its number before it: "1 spike", "2,000 spikes".
std::string formatCounted(int64_t value, const char *text);

/// A number as %g prints it.
std::string formatNumber(double value, int digits);

/// The distance of ticks, 1, 2 or 5 times a power of ten, so that `range` has
/// at most `count` of them; for whole numbers, at least 1.
double chooseTick(double range, int64_t count);
int64_t chooseWholeTick(int64_t range, int64_t count);

/// The title of a picture and what was run.
void drawTitle(Canvas &canvas, const SampleSpikes &sample);

/// The line above a panel: a layer and its numbers.
void drawHeader(Canvas &canvas, const LayerSpikes &layer, const Box &box,
                Color color);

/// The frame of a panel.
void drawFrame(Canvas &canvas, const Box &box);

/// One tick with its label at the left of a panel.
void drawLeftTick(Canvas &canvas, const Box &box, double y,
                  const std::string &label);

/// One tick with its label below a panel.
void drawLowerTick(Canvas &canvas, const Box &box, double x,
                   const std::string &label);

/// What the axes of a panel are.
void drawLeftLabel(Canvas &canvas, const Box &box, const std::string &text);
void drawLowerLabel(Canvas &canvas, const Box &box, const std::string &text);

/// Lines across a panel where the ticks of its time axis are.
void drawTimeGrid(Canvas &canvas, const SampleSpikes &sample, const Box &box);

/// The time axis below a panel.
void drawTimeAxis(Canvas &canvas, const SampleSpikes &sample, const Box &box);

} // namespace snn::rt

#endif // LIB_PROGRAM_AXES_H
