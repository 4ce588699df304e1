//===- Rates.cpp - Drawing firing rates -----------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One row per layer. Left: the share of its neurons that spike, over time, as
// it is and smoothed with a Gaussian. Right: how many of the neurons that are
// not silent have which rate. A model has no unit of time but its step, so
// rates are spikes per step.
//
//===----------------------------------------------------------------------===//

#include "Axes.h"
#include "Pictures.h"

#include <algorithm>
#include <cmath>

using namespace snn::rt;

static constexpr double timeWidth = 690, histogramWidth = 214, plotHeight = 150,
                        rowGap = 34, footer = 78;
/// Runs that are shorter are not smoothed.
static constexpr int64_t minSmoothSteps = 20;

/// Spikes per neuron and step in every column of a layer.
static std::vector<double> getRates(const LayerSpikes &layer) {
  std::vector<double> rates;
  for (size_t i = 0; i < layer.columnSpikes.size(); ++i) {
    int64_t begin = int64_t(i) * layer.stepsPerCell;
    int64_t steps = std::min(layer.stepsPerCell, layer.steps - begin);
    rates.push_back(double(layer.columnSpikes[i]) /
                    (double(layer.neurons) * double(steps)));
  }
  return rates;
}

/// The standard deviation of the Gaussian, about a hundredth of the time.
static int64_t chooseDeviation(int64_t steps) {
  return chooseWholeTick(steps, 120);
}

/// The mean of the neighbours, with the weights of a Gaussian.
static std::vector<double> smooth(const std::vector<double> &rates,
                                  double deviation) {
  std::vector<double> result;
  auto count = static_cast<int64_t>(rates.size());
  auto reach = static_cast<int64_t>(std::ceil(3 * deviation));
  for (int64_t i = 0; i < count; ++i) {
    double sum = 0, total = 0;
    for (int64_t k = std::max<int64_t>(i - reach, 0);
         k <= std::min(i + reach, count - 1); ++k) {
      double distance = double(k - i) / deviation;
      double weight = std::exp(-0.5 * distance * distance);
      sum += weight * rates[k];
      total += weight;
    }
    result.push_back(sum / total);
  }
  return result;
}

/// An axis of numbers from 0 to a tick at or above `high`, at the left.
static double drawNumbers(Canvas &canvas, const Box &box, double high,
                          double tick) {
  double end = std::ceil(high / tick - 1e-9) * tick;
  for (int i = 0; i * tick <= end * (1 + 1e-9); ++i) {
    double y = box.y + box.height * (1 - i * tick / end);
    if (i && i * tick < end * (1 - 1e-9))
      canvas.drawLine({{box.x, y}, {box.x + box.width, y}}, 1, gridColor);
    drawLeftTick(canvas, box, y, formatNumber(i * tick, 4));
  }
  return end;
}

static void drawOverTime(Canvas &canvas, const SampleSpikes &sample,
                         const LayerSpikes &layer, const Box &box,
                         Color color) {
  std::vector<double> rates = getRates(layer);
  double high = 0;
  for (double rate : rates)
    high = std::max(high, rate);
  high = high > 0 ? high : 1;
  drawTimeGrid(canvas, sample, box);
  double end = drawNumbers(canvas, box, high, chooseTick(high, 4));
  double column = box.width / double(std::max<size_t>(rates.size(), 1));
  bool isSmoothed = layer.steps >= minSmoothSteps;
  for (size_t i = 0; i < rates.size(); ++i) {
    double height = rates[i] / end * box.height;
    if (height > 0)
      canvas.fillRect(box.x + double(i) * column, box.y + box.height - height,
                      column, height, isSmoothed ? lighten(color) : color);
  }
  drawFrame(canvas, box);
  drawTimeAxis(canvas, sample, box);
  drawLeftLabel(canvas, box, "rate (spikes/step)");
  if (!isSmoothed)
    return;
  double deviation =
      double(chooseDeviation(layer.steps)) / double(layer.stepsPerCell);
  std::vector<Point> line;
  for (double rate : smooth(rates, deviation))
    line.push_back({box.x + (double(line.size()) + 0.5) * column,
                    box.y + box.height * (1 - rate / end)});
  canvas.drawLine(line, 1.8, color);
}

/// The numbers of active neurons whose rates are in [i, i + 1) times `width`.
static std::vector<int64_t> countRates(const LayerSpikes &layer, double width,
                                       int64_t bins) {
  std::vector<int64_t> counts(bins, 0);
  for (int64_t spikes : layer.neuronSpikes) {
    if (spikes == 0)
      continue;
    double rate = double(spikes) / double(layer.steps);
    auto bin = static_cast<int64_t>(rate / width + 1e-9);
    ++counts[std::min(bin, bins - 1)];
  }
  return counts;
}

static void drawHistogram(Canvas &canvas, const LayerSpikes &layer,
                          const Box &box, Color color) {
  int64_t silent = 0, most = 1;
  for (int64_t spikes : layer.neuronSpikes) {
    silent += spikes == 0;
    most = std::max(most, spikes);
  }
  canvas.drawText({box.x + box.width, box.y - 9},
                  formatCount(silent) + " of " +
                      formatCounted(layer.neurons, "neuron") + " silent",
                  {12, grey, Anchor::End, false, false});
  drawLeftLabel(canvas, box, "active neurons");
  if (layer.spikes == 0)
    return drawFrame(canvas, box);
  double high = double(most) / double(layer.steps), tick = chooseTick(high, 4);
  double width = tick / 5; // of a bin, but not less than one spike
  width = std::ceil(width * double(layer.steps)) / double(layer.steps);
  auto bins = static_cast<int64_t>(high / width + 1e-9) + 1;
  double range = double(bins) * width;
  std::vector<int64_t> counts = countRates(layer, width, bins);
  int64_t highest = *std::max_element(counts.begin(), counts.end());
  double end = drawNumbers(canvas, box, double(highest),
                           double(chooseWholeTick(highest, 5)));
  double place = box.width / double(bins);
  for (int64_t i = 0; i < bins; ++i) {
    double height = double(counts[i]) / end * box.height;
    if (height > 0)
      canvas.fillRect(box.x + double(i) * place + 0.5,
                      box.y + box.height - height, place - 1, height, color);
  }
  drawFrame(canvas, box);
  for (int i = 0; i * tick <= range; ++i)
    drawLowerTick(canvas, box, box.x + i * tick / range * box.width,
                  formatNumber(i * tick, 3));
  double mean =
      double(layer.spikes) / double(layer.neurons) / double(layer.steps);
  double x = box.x + mean / range * box.width;
  canvas.drawLine({{x, box.y}, {x, box.y + box.height}}, 1.5, black);
}

/// What colours and lines mean.
static void drawLegend(Canvas &canvas, const SampleSpikes &sample, double y) {
  Color color = getLayerColor(0);
  int64_t perCell =
      sample.layers.empty() ? 1 : sample.layers.front().stepsPerCell;
  std::string unit = perCell == 1 ? "step" : formatCount(perCell) + " steps";
  double x = pictureLeft;
  bool isSmoothed = sample.steps >= minSmoothSteps;
  canvas.fillRect(x, y - 9, 11, 11, isSmoothed ? lighten(color) : color);
  canvas.drawText({x + 18, y}, "mean of the layer, per " + unit, TextStyle());
  if (isSmoothed) {
    x += 290;
    canvas.drawLine({{x, y - 4}, {x + 20, y - 4}}, 1.8, color);
    canvas.drawText({x + 28, y},
                    "smoothed with a Gaussian, s.d. " +
                        formatCounted(chooseDeviation(sample.steps), "step"),
                    TextStyle());
  }
  x = pictureLeft + plotWidth - histogramWidth;
  canvas.drawLine({{x + 5, y - 10}, {x + 5, y + 3}}, 1.5, black);
  canvas.drawText({x + 18, y}, "mean of all neurons", TextStyle());
}

Expected<std::string> snn::rt::drawRates(const SampleSpikes &sample,
                                         const std::string &path) {
  double height =
      pictureTop + footer +
      double(sample.layers.size()) * (panelHeader + plotHeight + rowGap) -
      rowGap;
  auto canvas = makeCanvas(path, pictureWidth, int64_t(height));
  if (!canvas)
    return canvas.takeError();
  drawTitle(**canvas, sample);
  Box time = {pictureLeft, pictureTop + panelHeader, timeWidth, plotHeight};
  Box histogram = time;
  histogram.x += plotWidth - histogramWidth;
  histogram.width = histogramWidth;
  for (size_t i = 0; i < sample.layers.size(); ++i) {
    double y = pictureTop + panelHeader +
               double(i) * (panelHeader + plotHeight + rowGap);
    time.y = histogram.y = y;
    const LayerSpikes &layer = sample.layers[i];
    drawHeader(**canvas, layer, time, getLayerColor(i));
    drawOverTime(**canvas, sample, layer, time, getLayerColor(i));
    drawHistogram(**canvas, layer, histogram, getLayerColor(i));
  }
  drawLowerLabel(**canvas, time, "time (steps)");
  drawLowerLabel(**canvas, histogram, "rate of a neuron (spikes/step)");
  drawLegend(**canvas, sample, time.y + plotHeight + 64);
  return (*canvas)->finish();
}
