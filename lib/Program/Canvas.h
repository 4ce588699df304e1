//===- Canvas.h - What pictures are drawn on --------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A picture is drawn once, on a Canvas, and becomes an SVG or a PNG file that
// show the same. Lengths are in pixels of a screen of 96 dots per inch; the
// origin is the upper left corner.
//
//===----------------------------------------------------------------------===//

#ifndef LIB_PROGRAM_CANVAS_H
#define LIB_PROGRAM_CANVAS_H

#include "snn/Formats/Error.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace snn::rt {

/// 0xRRGGBB.
using Color = uint32_t;

struct Point {
  double x, y;
};

/// The part of a text that its point is at.
enum class Anchor { Start, Middle, End };

/// How a text looks.
struct TextStyle {
  double size = 12;
  Color color = 0x555555;
  Anchor anchor = Anchor::Start;
  bool isBold = false;
  bool isVertical = false; ///< read from below
};

/// A horizontal stroke; its point is the middle of its left end.
struct Mark {
  double x, y, length;
};

/// A picture as it is drawn. What is drawn later covers what was before.
class Canvas {
public:
  virtual ~Canvas() = default;

  virtual void fillRect(double x, double y, double width, double height,
                        Color color) = 0;
  /// Lines from point to point with round ends.
  virtual void drawLine(const std::vector<Point> &points, double width,
                        Color color) = 0;
  /// Strokes of one layer of a raster, in the order of rows.
  virtual void drawMarks(const std::vector<Mark> &marks, double thickness,
                         Color color) = 0;
  /// One line of text; `at` is on its baseline.
  virtual void drawText(Point at, const std::string &text,
                        const TextStyle &style) = 0;
  /// The bytes of the file.
  virtual Expected<std::string> finish() = 0;
};

/// True if a picture can be written to a file of that name.
bool isPicturePath(const std::string &path);

/// A white picture, PNG if the path ends in `.png` and else SVG.
Expected<std::unique_ptr<Canvas>> makeCanvas(const std::string &path,
                                             int64_t width, int64_t height);

/// The two kinds of pictures.
std::unique_ptr<Canvas> makeSvgCanvas(int64_t width, int64_t height);
Expected<std::unique_ptr<Canvas>> makePngCanvas(int64_t width, int64_t height);

} // namespace snn::rt

#endif // LIB_PROGRAM_CANVAS_H
