//===- PngCanvas.cpp - Pictures as PNG ------------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two by two points per pixel, which the file says, so that it has the size of
// the SVG on a screen and in print. Everything is one of two shapes: a
// rectangle, or what a round pen leaves along a polyline. Both cover a part of
// the points at their edges, and mix their colour with what is there.
//
//===----------------------------------------------------------------------===//

#include "Font.h"
#include "snn/Formats/Tensor.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <zlib.h>

using namespace snn::rt;

namespace {
/// Points per pixel.
constexpr int64_t scale = 2;

class PngCanvas : public Canvas {
public:
  PngCanvas(int64_t width, int64_t height, Buffer points)
      : width(width), height(height), points(std::move(points)) {}

  void fillRect(double x, double y, double width, double height,
                Color color) override;
  void drawLine(const std::vector<Point> &line, double width,
                Color color) override;
  void drawMarks(const std::vector<Mark> &marks, double thickness,
                 Color color) override;
  void drawText(Point at, const std::string &text,
                const TextStyle &style) override;
  Expected<std::string> finish() override;

private:
  char *row(int64_t y) { return points.data() + y * (1 + 3 * width) + 1; }
  void mix(int64_t x, int64_t y, double share, Color color);
  void stroke(const std::vector<Point> &line, double pen, Color color);

  const int64_t width, height; ///< in points
  Buffer points;               ///< rows of a zero (no filter) and RGB
};
} // namespace

/// Puts a colour on a share of a point.
void PngCanvas::mix(int64_t x, int64_t y, double share, Color color) {
  auto *rgb = reinterpret_cast<uint8_t *>(row(y) + 3 * x);
  for (int i = 0; i < 3; ++i) {
    double target = color >> (16 - 8 * i) & 255;
    rgb[i] = static_cast<uint8_t>(rgb[i] + (target - rgb[i]) * share + 0.5);
  }
}

void PngCanvas::fillRect(double x, double y, double rectWidth,
                         double rectHeight, Color color) {
  double left = x * scale, right = (x + rectWidth) * scale;
  double top = y * scale, bottom = (y + rectHeight) * scale;
  auto cover = [](double begin, double end, int64_t at) {
    return std::min<double>(end, at + 1) - std::max<double>(begin, at);
  };
  auto first = [](double begin) {
    return std::max<int64_t>(static_cast<int64_t>(std::floor(begin)), 0);
  };
  for (int64_t v = first(top); v < std::min<double>(bottom, height); ++v)
    for (int64_t u = first(left); u < std::min<double>(right, width); ++u)
      mix(u, v, cover(left, right, u) * cover(top, bottom, v), color);
}

/// The distance of a point from a line between two points.
static double getDistance(Point p, Point a, Point b) {
  double dx = b.x - a.x, dy = b.y - a.y, square = dx * dx + dy * dy;
  double along =
      square > 0 ? ((p.x - a.x) * dx + (p.y - a.y) * dy) / square : 0;
  along = std::clamp(along, 0.0, 1.0);
  return std::hypot(p.x - a.x - along * dx, p.y - a.y - along * dy);
}

/// Draws a line in units of points with a round pen of that width. The lines
/// of one stroke are first put together, so that joints are not covered twice.
void PngCanvas::stroke(const std::vector<Point> &line, double pen,
                       Color color) {
  if (line.empty())
    return;
  double reach = pen / 2 + 1;
  auto getRange = [&](double low, double high, int64_t limit) {
    return std::pair(
        std::clamp<int64_t>(int64_t(std::floor(low - reach)), 0, limit),
        std::clamp<int64_t>(int64_t(std::ceil(high + reach)), 0, limit));
  };
  auto byX = [](Point a, Point b) { return a.x < b.x; };
  auto byY = [](Point a, Point b) { return a.y < b.y; };
  auto [minX, maxX] = std::minmax_element(line.begin(), line.end(), byX);
  auto [minY, maxY] = std::minmax_element(line.begin(), line.end(), byY);
  auto [left, right] = getRange(minX->x, maxX->x, width);
  auto [top, bottom] = getRange(minY->y, maxY->y, height);
  std::vector<float> mask((right - left) * (bottom - top), 0.0f);
  for (size_t i = 0; i < line.size(); ++i) {
    Point a = line[i ? i - 1 : 0], b = line[i];
    auto [x0, x1] = getRange(std::min(a.x, b.x), std::max(a.x, b.x), width);
    auto [y0, y1] = getRange(std::min(a.y, b.y), std::max(a.y, b.y), height);
    for (int64_t y = y0; y < y1; ++y)
      for (int64_t x = x0; x < x1; ++x) {
        double distance = getDistance({x + 0.5, y + 0.5}, a, b);
        double cover = std::clamp(pen / 2 + 0.5 - distance, 0.0, 1.0);
        float &place = mask[(y - top) * (right - left) + x - left];
        place = std::max(place, static_cast<float>(cover));
      }
  }
  for (int64_t y = top; y < bottom; ++y)
    for (int64_t x = left; x < right; ++x)
      if (float cover = mask[(y - top) * (right - left) + x - left])
        mix(x, y, cover, color);
}

void PngCanvas::drawLine(const std::vector<Point> &line, double lineWidth,
                         Color color) {
  std::vector<Point> scaled;
  for (Point point : line)
    scaled.push_back({point.x * scale, point.y * scale});
  stroke(scaled, lineWidth * scale, color);
}

void PngCanvas::drawMarks(const std::vector<Mark> &marks, double thickness,
                          Color color) {
  for (const Mark &mark : marks)
    fillRect(mark.x, mark.y - thickness / 2, mark.length, thickness, color);
}

void PngCanvas::drawText(Point at, const std::string &text,
                         const TextStyle &style) {
  double unit = style.size / fontUnits * scale;
  double pen = (style.isBold ? 2.35 : 1.65) * unit;
  double length = measureText(text) * unit;
  double along = style.anchor == Anchor::Start    ? 0
                 : style.anchor == Anchor::Middle ? -length / 2
                                                  : -length;
  for (char c : text) {
    Glyph glyph = getGlyph(c);
    for (auto &line : glyph.strokes) {
      for (Point &p : line) {
        double x = along + p.x * unit, y = -p.y * unit;
        p = style.isVertical ? Point{at.x * scale + y, at.y * scale - x}
                             : Point{at.x * scale + x, at.y * scale + y};
      }
      stroke(line, pen, style.color);
    }
    along += glyph.advance * unit;
  }
}

/// Appends a number as PNG writes it.
static void addNumber(std::string &bytes, uint64_t value) {
  for (int shift : {24, 16, 8, 0})
    bytes += static_cast<char>(value >> shift & 255);
}

static void addChunk(std::string &png, const char *type,
                     const std::string &data) {
  std::string body = type + data;
  addNumber(png, data.size());
  png += body;
  addNumber(png, crc32(0, reinterpret_cast<const Bytef *>(body.data()),
                       static_cast<uInt>(body.size())));
}

Expected<std::string> PngCanvas::finish() {
  // 96 dots per inch, in points per metre.
  constexpr uint64_t density = scale * 96 * 10000 / 254;
  std::string header, physical, png("\x89PNG\r\n\x1a\n");
  addNumber(header, width);
  addNumber(header, height);
  header += std::string("\x08\x02\0\0\0", 5); // 8 bits of RGB
  addNumber(physical, density);
  addNumber(physical, density);
  physical += '\1'; // metres
  uLongf size = compressBound(points.size());
  std::string data(size, '\0');
  if (compress2(reinterpret_cast<Bytef *>(data.data()), &size,
                reinterpret_cast<const Bytef *>(points.data()), points.size(),
                Z_DEFAULT_COMPRESSION) != Z_OK)
    return makeError(ErrorCode::Limit, "not enough memory for a PNG file");
  data.resize(size);
  addChunk(png, "IHDR", header);
  addChunk(png, "pHYs", physical);
  addChunk(png, "IDAT", data);
  addChunk(png, "IEND", "");
  return png;
}

Expected<std::unique_ptr<Canvas>> snn::rt::makePngCanvas(int64_t width,
                                                         int64_t height) {
  width *= scale;
  height *= scale;
  auto shape = CheckedShape::get({height, 1 + 3 * width}, ElementType::U8);
  // One chunk holds the picture, and its size has 31 bits.
  if (!shape || shape->bytes() > 1 << 30)
    return makeError(ErrorCode::Limit,
                     "expected a PNG file of at most 2^30 bytes before "
                     "compression, but got %lld x %lld points; draw an SVG",
                     static_cast<long long>(width),
                     static_cast<long long>(height));
  auto points = Buffer::allocate(shape->bytes());
  if (!points)
    return points.takeError();
  std::memset(points->data(), 255, points->size());
  for (int64_t y = 0; y < height; ++y)
    points->data()[y * (1 + 3 * width)] = 0;
  return std::unique_ptr<Canvas>(
      std::make_unique<PngCanvas>(width, height, std::move(*points)));
}

/// True if a path ends like that.
static bool hasSuffix(const std::string &path, std::string_view suffix) {
  return path.size() > suffix.size() &&
         path.compare(path.size() - suffix.size(), suffix.npos, suffix) == 0;
}

bool snn::rt::isPicturePath(const std::string &path) {
  return hasSuffix(path, ".svg") || hasSuffix(path, ".png");
}

Expected<std::unique_ptr<Canvas>>
snn::rt::makeCanvas(const std::string &path, int64_t width, int64_t height) {
  if (hasSuffix(path, ".png"))
    return makePngCanvas(width, height);
  return makeSvgCanvas(width, height);
}
