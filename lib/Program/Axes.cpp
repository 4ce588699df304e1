//===- Axes.cpp - What all pictures have ----------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Axes.h"

#include <cmath>
#include <cstdio>

using namespace snn::rt;

Color snn::rt::getLayerColor(size_t layer) {
  // Okabe and Ito's colours: different for colour-blind readers as well.
  static constexpr Color colors[] = {0x0072b2, 0xd55e00, 0x009e73,
                                     0xaa4499, 0xb8860b, 0x3a8fc2};
  return colors[layer % std::size(colors)];
}

Color snn::rt::lighten(Color color) {
  Color result = 0;
  for (int shift : {16, 8, 0})
    result |= (255 - (255 - (color >> shift & 255)) * 3 / 8) << shift;
  return result;
}

std::string snn::rt::formatCount(int64_t value) {
  std::string text = std::to_string(value);
  for (size_t i = text.size(); i > 3; i -= 3)
    text.insert(i - 3, ",");
  return text;
}

std::string snn::rt::formatCounted(int64_t value, const char *text) {
  return formatCount(value) + " " + text + (value == 1 ? "" : "s");
}

std::string snn::rt::formatNumber(double value, int digits) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.*g", digits, value);
  return text;
}

double snn::rt::chooseTick(double range, int64_t count) {
  double power = std::pow(10, std::floor(std::log10(range / double(count))));
  for (double factor : {1, 2, 5})
    if (range / (power * factor) <= double(count))
      return power * factor;
  return power * 10;
}

int64_t snn::rt::chooseWholeTick(int64_t range, int64_t count) {
  for (int64_t power = 1;; power *= 10)
    for (int64_t factor : {1, 2, 5})
      if (range / (power * factor) < count || power > range)
        return power * factor;
}

/// A text that fits beside others.
static std::string shorten(const std::string &text) {
  constexpr size_t limit = 44;
  if (text.size() <= limit)
    return text;
  size_t end = limit - 3;
  while (end > 0 && (text[end] & 0xc0) == 0x80)
    --end; // not within a character of UTF-8
  return text.substr(0, end) + "...";
}

void snn::rt::drawTitle(Canvas &canvas, const SampleSpikes &sample) {
  int64_t spikes = 0;
  for (const LayerSpikes &layer : sample.layers)
    spikes += layer.spikes;
  TextStyle title{20, black, Anchor::Start, true, false};
  canvas.drawText({pictureLeft, 34}, shorten(sample.title), title);
  canvas.drawText({pictureLeft, 56},
                  "sample " + formatCount(sample.sample) + " of " +
                      formatCount(sample.batch) + ", " +
                      formatCounted(sample.steps, "step") + ", " +
                      formatCounted(spikes, "spike"),
                  {14, grey, Anchor::Start, false, false});
}

void snn::rt::drawHeader(Canvas &canvas, const LayerSpikes &layer,
                         const Box &box, Color color) {
  double places = double(layer.neurons) * double(layer.steps);
  double rate = places > 0 ? 100 * double(layer.spikes) / places : 0;
  canvas.fillRect(box.x, box.y - 19, 11, 11, color);
  canvas.drawText({box.x + 18, box.y - 9}, shorten(layer.name),
                  {14, black, Anchor::Start, true, false});
  canvas.drawText({box.x + box.width, box.y - 9},
                  formatCounted(layer.neurons, "neuron") + ", " +
                      formatCounted(layer.spikes, "spike") + ", " +
                      formatNumber(rate, 3) + " % of neurons per step",
                  {12, grey, Anchor::End, false, false});
}

void snn::rt::drawFrame(Canvas &canvas, const Box &box) {
  double right = box.x + box.width, bottom = box.y + box.height;
  canvas.drawLine({{box.x, box.y},
                   {right, box.y},
                   {right, bottom},
                   {box.x, bottom},
                   {box.x, box.y}},
                  1, frameColor);
}

void snn::rt::drawLeftTick(Canvas &canvas, const Box &box, double y,
                           const std::string &label) {
  canvas.drawLine({{box.x - 5, y}, {box.x, y}}, 1, tickColor);
  canvas.drawText({box.x - 9, y + 4}, label,
                  {12, grey, Anchor::End, false, false});
}

void snn::rt::drawLowerTick(Canvas &canvas, const Box &box, double x,
                            const std::string &label) {
  double y = box.y + box.height;
  canvas.drawLine({{x, y}, {x, y + 5}}, 1, tickColor);
  canvas.drawText({x, y + 19}, label, {12, grey, Anchor::Middle, false, false});
}

void snn::rt::drawLeftLabel(Canvas &canvas, const Box &box,
                            const std::string &text) {
  canvas.drawText({box.x - 54, box.y + box.height / 2}, text,
                  {12, grey, Anchor::Middle, false, true});
}

void snn::rt::drawLowerLabel(Canvas &canvas, const Box &box,
                             const std::string &text) {
  canvas.drawText({box.x + box.width / 2, box.y + box.height + 38}, text,
                  {12, grey, Anchor::Middle, false, false});
}

/// Calls `body` with step and place of every tick of the time axis.
template <typename Body>
static void forEachTick(const SampleSpikes &sample, const Box &box, Body body) {
  if (sample.steps == 0)
    return;
  int64_t tick = chooseWholeTick(
      sample.steps, std::max<int64_t>(static_cast<int64_t>(box.width) / 80, 1));
  int64_t first = (sample.position + tick - 1) / tick * tick;
  for (int64_t t = first; t - sample.position < sample.steps; t += tick)
    body(t, box.x + (double(t - sample.position) + 0.5) * box.width /
                        double(sample.steps));
}

void snn::rt::drawTimeGrid(Canvas &canvas, const SampleSpikes &sample,
                           const Box &box) {
  forEachTick(sample, box, [&](int64_t, double x) {
    canvas.drawLine({{x, box.y}, {x, box.y + box.height}}, 1, gridColor);
  });
}

void snn::rt::drawTimeAxis(Canvas &canvas, const SampleSpikes &sample,
                           const Box &box) {
  forEachTick(sample, box, [&](int64_t t, double x) {
    drawLowerTick(canvas, box, x, formatCount(t));
  });
}
