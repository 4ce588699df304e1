//===- SvgCanvas.cpp - Pictures as SVG ------------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Formats/Utf8.h"
#include "Canvas.h"

#include <cmath>
#include <cstdarg>
#include <cstdio>

using namespace snn::rt;

namespace {
/// The text of a picture as it grows.
class SvgCanvas : public Canvas {
public:
  SvgCanvas(int64_t width, int64_t height);

  void fillRect(double x, double y, double width, double height,
                Color color) override;
  void drawLine(const std::vector<Point> &points, double width,
                Color color) override;
  void drawMarks(const std::vector<Mark> &marks, double thickness,
                 Color color) override;
  void drawText(Point at, const std::string &text,
                const TextStyle &style) override;
  Expected<std::string> finish() override { return svg + "</svg>\n"; }

private:
  void print(const char *format, ...) __attribute__((format(printf, 2, 3)));
  void add(double value);

  std::string svg;
};
} // namespace

void SvgCanvas::print(const char *format, ...) {
  char text[512];
  va_list args;
  va_start(args, format);
  std::vsnprintf(text, sizeof(text), format, args);
  va_end(args);
  svg += text;
}

/// Tenths of a pixel as a number, whatever the locale.
void SvgCanvas::add(double value) {
  auto tenths = static_cast<long long>(std::llround(value * 10));
  print("%s%lld", tenths < 0 ? "-" : "", std::llabs(tenths) / 10);
  if (tenths % 10)
    print(".%lld", std::llabs(tenths) % 10);
}

SvgCanvas::SvgCanvas(int64_t width, int64_t height) {
  auto w = static_cast<long long>(width), h = static_cast<long long>(height);
  print("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%lld\" "
        "height=\"%lld\" viewBox=\"0 0 %lld %lld\" font-family=\"system-ui, "
        "Helvetica, Arial, sans-serif\">\n"
        "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
        w, h, w, h);
}

void SvgCanvas::fillRect(double x, double y, double width, double height,
                         Color color) {
  svg += "<path d=\"M";
  add(x);
  svg += ' ';
  add(y);
  svg += 'h';
  add(width);
  svg += 'v';
  add(height);
  svg += 'h';
  add(-width);
  print("z\" fill=\"#%06x\"/>\n", color);
}

void SvgCanvas::drawLine(const std::vector<Point> &points, double width,
                         Color color) {
  char start = 'M';
  svg += "<path d=\"";
  for (Point point : points) {
    svg += start;
    add(point.x);
    svg += ' ';
    add(point.y);
    start = 'L';
  }
  print("\" fill=\"none\" stroke=\"#%06x\" stroke-linecap=\"round\" "
        "stroke-linejoin=\"round\" stroke-width=\"",
        color);
  add(width);
  svg += "\"/>\n";
}

// One path with relative coordinates in tenths of a pixel: there may be a
// hundred thousand marks.
void SvgCanvas::drawMarks(const std::vector<Mark> &marks, double thickness,
                          Color color) {
  print("<path transform=\"scale(.1)\" fill=\"none\" stroke=\"#%06x\" "
        "stroke-width=\"%lld\" d=\"M0 0",
        color, static_cast<long long>(std::llround(thickness * 10)));
  long long penX = 0, penY = 0;
  for (const Mark &mark : marks) {
    long long x = std::llround(mark.x * 10), y = std::llround(mark.y * 10);
    long long length = std::llround(mark.length * 10);
    print("m%lld %lldh%lld", x - penX, y - penY, length);
    penX = x + length;
    penY = y;
  }
  svg += "\"/>\n";
}

/// Text that is safe between tags.
static std::string escapeXml(const std::string &text) {
  bool isText = isUtf8(text);
  std::string result;
  for (char c : text) {
    if (c == '<')
      result += "&lt;";
    else if (c == '&')
      result += "&amp;";
    else
      result += (c >= 0 ? c < 0x20 || c == 0x7f : !isText) ? '?' : c;
  }
  return result;
}

void SvgCanvas::drawText(Point at, const std::string &text,
                         const TextStyle &style) {
  static const char *const anchors[] = {"start", "middle", "end"};
  svg += "<text transform=\"translate(";
  add(at.x);
  svg += ' ';
  add(at.y);
  print(")%s\" text-anchor=\"%s\" font-weight=\"%d\" fill=\"#%06x\" "
        "font-size=\"",
        style.isVertical ? " rotate(-90)" : "",
        anchors[static_cast<int>(style.anchor)], style.isBold ? 600 : 400,
        style.color);
  add(style.size);
  svg += "\">" + escapeXml(text) + "</text>\n";
}

std::unique_ptr<Canvas> snn::rt::makeSvgCanvas(int64_t width, int64_t height) {
  return std::make_unique<SvgCanvas>(width, height);
}
