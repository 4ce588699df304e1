//===- Raster.cpp - Drawing spikes as SVG ---------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One panel per layer under a common time axis. The spikes of a layer are one
// path: short horizontal strokes, one for each run of neighbouring cells, with
// relative coordinates in tenths of a pixel. So a picture has at most as many
// strokes as its grid has cells, however long the run was.
//
//===----------------------------------------------------------------------===//

#include "Raster.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>

using namespace snn::rt;

namespace {
/// Sizes of the picture in pixels.
constexpr int64_t width = 1120, left = 84, plotWidth = 1000, top = 76,
                  panelHeader = 26, panelGap = 18, footer = 74;

/// The text of a picture as it grows.
class Canvas {
public:
  explicit Canvas(const RasterPicture &picture) : picture(picture) {}

  std::string draw();

private:
  void print(const char *format, ...) __attribute__((format(printf, 2, 3)));
  void drawPanel(const LayerRaster &layer, int64_t y, const char *color);
  void drawNeuronTicks(const LayerRaster &layer, int64_t y);
  void drawStepTicks(int64_t y, int64_t height, bool labels);
  void drawSpikes(const LayerRaster &layer, int64_t y, const char *color);
  void drawFooter(int64_t y);

  const RasterPicture &picture;
  std::string svg;
};
} // namespace

void Canvas::print(const char *format, ...) {
  char text[512];
  va_list args;
  va_start(args, format);
  std::vsnprintf(text, sizeof(text), format, args);
  va_end(args);
  svg += text;
}

/// Text that is safe between tags, cut to what a line holds.
static std::string escapeXml(const std::string &text) {
  std::string result;
  for (char c : text.substr(0, 60)) {
    if (c == '<')
      result += "&lt;";
    else if (c == '&')
      result += "&amp;";
    else
      result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return result;
}

/// 1234567 as 1,234,567.
static std::string formatCount(int64_t value) {
  std::string text = std::to_string(value);
  for (size_t i = text.size(); i > 3; i -= 3)
    text.insert(i - 3, ",");
  return text;
}

/// The distance of ticks, 1, 2 or 5 times a power of ten, so that `range` has
/// at most `count` of them.
static int64_t chooseTick(int64_t range, int64_t count) {
  for (int64_t power = 1;; power *= 10)
    for (int64_t factor : {1, 2, 5})
      if (range / (power * factor) < count || power > range)
        return power * factor;
}

static int64_t getPlotHeight(const LayerRaster &layer) {
  return std::clamp<int64_t>(layer.neurons * 5, 40, 320);
}

void Canvas::drawNeuronTicks(const LayerRaster &layer, int64_t y) {
  int64_t height = getPlotHeight(layer);
  int64_t tick = chooseTick(layer.neurons, std::max<int64_t>(height / 28, 2));
  for (int64_t n = 0; n < layer.neurons; n += tick) {
    double center = y + (n + 0.5) * height / layer.neurons;
    print("<path d=\"M%lld %.1fh5\" stroke=\"#888\"/>"
          "<text x=\"%lld\" y=\"%.1f\" text-anchor=\"end\">%lld</text>\n",
          static_cast<long long>(left - 5), center,
          static_cast<long long>(left - 9), center + 4,
          static_cast<long long>(n));
  }
}

void Canvas::drawStepTicks(int64_t y, int64_t height, bool labels) {
  int64_t steps = picture.steps, tick = chooseTick(steps, 12);
  int64_t first = (picture.position + tick - 1) / tick * tick;
  for (int64_t t = first; t - picture.position < steps; t += tick) {
    double x = left + (t - picture.position + 0.5) * plotWidth / steps;
    if (labels)
      print("<path d=\"M%.1f %lldv6\" stroke=\"#888\"/>"
            "<text x=\"%.1f\" y=\"%lld\" text-anchor=\"middle\">%lld</text>\n",
            x, static_cast<long long>(y), x, static_cast<long long>(y + 20),
            static_cast<long long>(t));
    else
      print("<path d=\"M%.1f %lldv%lld\" stroke=\"#eee\"/>\n", x,
            static_cast<long long>(y), static_cast<long long>(height));
  }
}

void Canvas::drawSpikes(const LayerRaster &layer, int64_t y,
                        const char *color) {
  if (layer.spikes == 0)
    return;
  int64_t columns = layer.columns(), rows = layer.rows();
  double cellWidth = 10.0 * plotWidth / columns;
  double cellHeight = 10.0 * getPlotHeight(layer) / rows;
  double stroke = std::clamp(cellHeight * 0.8, 13.0, 40.0);
  // A single spike is at least as wide as it is visible.
  double mark = std::clamp(cellWidth * 0.8, 11.0, stroke);
  print("<path transform=\"translate(%lld %lld) scale(.1)\" fill=\"none\" "
        "stroke=\"%s\" stroke-width=\"%.0f\" d=\"M0 0",
        static_cast<long long>(left), static_cast<long long>(y), color, stroke);
  int64_t penX = 0, penY = 0;
  for (int64_t row = 0; row < rows; ++row) {
    const uint8_t *cells = &layer.cells[row * columns];
    for (int64_t begin = 0; begin < columns; ++begin) {
      if (!cells[begin])
        continue;
      int64_t end = begin + 1;
      while (cellWidth < 20 && end < columns && cells[end])
        ++end; // dots that touch are one stroke
      auto x = static_cast<int64_t>((begin + 0.5) * cellWidth - mark / 2);
      auto center = static_cast<int64_t>((row + 0.5) * cellHeight);
      auto length = static_cast<int64_t>((end - begin - 1) * cellWidth + mark);
      print("m%lld %lldh%lld", static_cast<long long>(x - penX),
            static_cast<long long>(center - penY),
            static_cast<long long>(length));
      penX = x + length;
      penY = center;
      begin = end - 1;
    }
  }
  svg += "\"/>\n";
}

void Canvas::drawPanel(const LayerRaster &layer, int64_t y, const char *color) {
  int64_t height = getPlotHeight(layer);
  double places = double(layer.neurons) * double(layer.steps);
  print("<rect x=\"%lld\" y=\"%lld\" width=\"11\" height=\"11\" rx=\"2\" "
        "fill=\"%s\"/>",
        static_cast<long long>(left), static_cast<long long>(y + 6), color);
  print("<text x=\"%lld\" y=\"%lld\" font-size=\"14\" fill=\"#111\">"
        "<tspan font-weight=\"600\">%s</tspan>",
        static_cast<long long>(left + 18), static_cast<long long>(y + 16),
        escapeXml(layer.name).c_str());
  print("<tspan fill=\"#666\" dx=\"10\">%s neuron%s, %s spike%s, %.3g %% of "
        "neurons per step</tspan></text>\n",
        formatCount(layer.neurons).c_str(), layer.neurons == 1 ? "" : "s",
        formatCount(layer.spikes).c_str(), layer.spikes == 1 ? "" : "s",
        places > 0 ? 100 * double(layer.spikes) / places : 0.0);
  y += panelHeader;
  if (picture.steps > 0)
    drawStepTicks(y, height, false);
  print("<rect x=\"%lld\" y=\"%lld\" width=\"%lld\" height=\"%lld\" "
        "fill=\"none\" stroke=\"#bbb\"/>\n",
        static_cast<long long>(left), static_cast<long long>(y),
        static_cast<long long>(plotWidth), static_cast<long long>(height));
  print("<text transform=\"translate(%lld %lld) rotate(-90)\" "
        "text-anchor=\"middle\" fill=\"#666\">neuron</text>\n",
        static_cast<long long>(left - 54),
        static_cast<long long>(y + height / 2));
  drawNeuronTicks(layer, y);
  drawSpikes(layer, y, color);
}

/// The time axis and what a mark means.
void Canvas::drawFooter(int64_t y) {
  if (picture.steps > 0)
    drawStepTicks(y, 0, true);
  print("<text x=\"%lld\" y=\"%lld\" text-anchor=\"middle\" fill=\"#666\">step"
        "</text>\n",
        static_cast<long long>(left + plotWidth / 2),
        static_cast<long long>(y + 38));
  bool isExact = std::all_of(
      picture.layers.begin(), picture.layers.end(), [](const auto &layer) {
        return layer.stepsPerCell == 1 && layer.neuronsPerCell == 1;
      });
  print("<text x=\"%lld\" y=\"%lld\" fill=\"#666\">",
        static_cast<long long>(left), static_cast<long long>(y + 60));
  svg += isExact ? "Each mark is one spike."
                 : "Each mark is at least one spike; neighbouring steps or "
                   "neurons share a mark.";
  svg += "</text>\n";
}

std::string Canvas::draw() {
  // Okabe and Ito's colours: different for colour-blind readers as well.
  static const char *const colors[] = {"#0072b2", "#d55e00", "#009e73",
                                       "#aa4499", "#b8860b", "#3a8fc2"};
  int64_t height = top + footer;
  int64_t spikes = 0;
  for (const LayerRaster &layer : picture.layers) {
    height += panelHeader + getPlotHeight(layer) + panelGap;
    spikes += layer.spikes;
  }
  print("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%lld\" "
        "height=\"%lld\" viewBox=\"0 0 %lld %lld\" font-family=\"system-ui, "
        "Helvetica, Arial, sans-serif\" font-size=\"12\" fill=\"#444\">\n"
        "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
        static_cast<long long>(width), static_cast<long long>(height),
        static_cast<long long>(width), static_cast<long long>(height));
  print("<text x=\"%lld\" y=\"34\" font-size=\"20\" font-weight=\"600\" "
        "fill=\"#111\">%s</text>\n",
        static_cast<long long>(left), escapeXml(picture.title).c_str());
  print("<text x=\"%lld\" y=\"56\" font-size=\"14\" fill=\"#666\">sample %s of "
        "%s, %s steps, %s spikes</text>\n",
        static_cast<long long>(left), formatCount(picture.sample).c_str(),
        formatCount(picture.batch).c_str(), formatCount(picture.steps).c_str(),
        formatCount(spikes).c_str());
  int64_t y = top;
  for (size_t i = 0; i < picture.layers.size(); ++i) {
    drawPanel(picture.layers[i], y, colors[i % 6]);
    y += panelHeader + getPlotHeight(picture.layers[i]) + panelGap;
  }
  drawFooter(y - panelGap);
  svg += "</svg>\n";
  return std::move(svg);
}

std::string snn::rt::drawRaster(const RasterPicture &picture) {
  return Canvas(picture).draw();
}
