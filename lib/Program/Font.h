//===- Font.h - A stroke font -----------------------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A picture in PNG has no fonts of the system to rely on. Ours is a sans serif
// of strokes: a glyph is a few polylines, which any pen can draw at any size.
//
//===----------------------------------------------------------------------===//

#ifndef LIB_PROGRAM_FONT_H
#define LIB_PROGRAM_FONT_H

#include "Canvas.h"

#include <string_view>

namespace snn::rt {

/// The size of a font is that many units of a glyph.
constexpr double fontUnits = 20;

/// A character: x goes right from its left edge, y up from the baseline.
struct Glyph {
  double advance = 0; ///< to the next character
  std::vector<std::vector<Point>> strokes;
};

/// The glyph of a byte; a character that is not printable ASCII is one box.
Glyph getGlyph(char c);

/// The length of a text in units.
double measureText(std::string_view text);

} // namespace snn::rt

#endif // LIB_PROGRAM_FONT_H
