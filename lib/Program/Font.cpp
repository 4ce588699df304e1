//===- Font.cpp - A stroke font
//--------------------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Font.h"

#include <cmath>
#include <cstdlib>

using namespace snn::rt;

namespace {
/// A glyph as it is written down: capitals are 14 units high, small letters 10.
///   M x y                 lift the pen, and put it there
///   L x y                 a straight line
///   A x y rx ry from to   a part of an ellipse, in degrees, on from the pen
///   B x y rx ry from to   the same after lifting the pen
struct GlyphInfo {
  double width; ///< from the leftmost to the rightmost line
  const char *path;
};
} // namespace

/// Space between the lines of two characters.
static constexpr double glyphGap = 3.8;

/// From '!' to '~'.
static const GlyphInfo glyphs[] = {
    /* ! */ {0, "M0 14L0 4.5M0 .2L0 .2"},
    /* " */ {3, "M0 14L0 10M3 14L3 10"},
    /* # */ {9.4, "M2.4 1L4 13M6.4 1L8 13M.6 9L9.4 9M0 5L8.8 5"},
    /* $ */
    {8.5, "B4.25 10.5 4 3.6 30 270A4.25 3.3 4.25 3.6 90 -150M4.25 16L4.25 -2"},
    /* % */
    {12.5, "B2.6 10.9 2.6 3.1 0 360B9.9 3.1 2.6 3.1 0 360M10.4 14L2.1 0"},
    /* & */
    {10, "M10 0L2.7 9.5A4.4 11.3 2.5 2.7 225 -50L1.4 6.2A3.7 3.3 3.7 3.5 130 "
         "325L9.3 6.6"},
    /* ' */ {0, "M0 14L0 10"},
    /* ( */ {3.4, "B7.5 5.2 7.5 10.8 122 238"},
    /* ) */ {3.4, "B-4.1 5.2 7.5 10.8 58 -58"},
    /* * */ {5.2, "M2.6 14L2.6 8M0 12.5L5.2 9.5M5.2 12.5L0 9.5"},
    /* + */ {8, "M4 11L4 3M0 7L8 7"},
    /* , */ {1, "M1 .4L0 -2.6"},
    /* - */ {5, "M0 5.4L5 5.4"},
    /* . */ {0, "M0 .2L0 .2"},
    /* / */ {6, "M0 -2L6 15"},
    /* 0 */ {7.5, "B3.75 7 3.75 7.1 0 360"},
    /* 1 */ {7.5, "M1 11.2L4.6 14L4.6 0"},
    /* 2 */ {7.5, "B3.7 10.2 3.5 3.9 170 -35L0 0L7.5 0"},
    /* 3 */
    {7.5, "B3.6 10.6 3.3 3.5 155 -90L2.4 7.1L3.6 7.1A3.6 3.5 3.9 3.6 90 -155"},
    /* 4 */ {7.8, "M5.8 0L5.8 14L0 4.2L7.8 4.2"},
    /* 5 */ {7.5, "M6.8 14L1.3 14L.8 7.5A3.7 4.5 3.8 4.6 140 -148"},
    /* 6 */ {7.5, "B3.75 4.4 3.75 4.5 0 360M0 4.4L0 6A4.6 6 4.6 8 180 65"},
    /* 7 */ {7.5, "M0 14L7.5 14L2.5 0"},
    /* 8 */ {7.5, "B3.75 10.6 3.2 3.5 0 360B3.75 3.5 3.75 3.6 0 360"},
    /* 9 */ {7.5, "B3.75 9.6 3.75 4.5 0 360M7.5 9.6L7.5 8A2.9 8 4.6 8 0 -115"},
    /* : */ {0, "M0 9.4L0 9.4M0 .2L0 .2"},
    /* ; */ {1, "M1 9.4L1 9.4M1 .4L0 -2.6"},
    /* < */ {8, "M8 11.5L0 7L8 2.5"},
    /* = */ {8, "M0 9L8 9M0 5L8 5"},
    /* > */ {8, "M0 11.5L8 7L0 2.5"},
    /* ? */ {6.8, "B3.4 10.4 3.3 3.7 170 -45L3.4 6L3.4 4.4M3.4 .2L3.4 .2"},
    /* @ */
    {13.1, "B6.5 5.5 2.9 3.2 0 360M9.4 8.7L9.4 4.2A11.2 4.2 1.9 2 180 "
           "360L13.1 5.5A6.6 5.5 6.5 8 0 310"},
    /* A */ {11, "M0 0L5.5 14L11 0M2 4.8L9 4.8"},
    /* B */
    {8.6, "M0 0L0 14L4.6 14A4.6 10.75 3.25 3.25 90 -90L0 7.5M4.6 7.5A4.8 3.75 "
          "3.75 3.75 90 -90L0 0"},
    /* C */ {10.4, "B6 7 6 7.2 45 315"},
    /* D */ {9.8, "M0 0L0 14L3.8 14A3.8 7 6 7 90 -90L0 0"},
    /* E */ {7.8, "M7.8 14L0 14L0 0L7.8 0M0 7.3L7 7.3"},
    /* F */ {7.4, "M7.4 14L0 14L0 0M0 7.3L6.4 7.3"},
    /* G */ {11.4, "B6 7 6 7.2 45 337L11.4 6.6L7 6.6"},
    /* H */ {9.5, "M0 0L0 14M9.5 0L9.5 14M0 7.3L9.5 7.3"},
    /* I */ {0, "M0 0L0 14"},
    /* J */ {6, "M6 14L6 3.3A3 3.3 3 3.5 0 -165"},
    /* K */ {9, "M0 0L0 14M8.6 14L0 5.4M3.2 8.6L9 0"},
    /* L */ {7, "M0 14L0 0L7 0"},
    /* M */ {11.4, "M0 0L0 14L5.7 3.6L11.4 14L11.4 0"},
    /* N */ {9.5, "M0 0L0 14L9.5 0L9.5 14"},
    /* O */ {12, "B6 7 6 7.2 0 360"},
    /* P */ {8.5, "M0 0L0 14L4.7 14A4.7 10.2 3.8 3.8 90 -90L0 6.4"},
    /* Q */ {12, "B6 7 6 7.2 0 360M7.4 3.6L11.6 -.8"},
    /* R */
    {8.8, "M0 0L0 14L4.7 14A4.7 10.2 3.8 3.8 90 -90L0 6.4M4.8 6.4L8.8 0"},
    /* S */ {8.5, "B4.25 10.5 3.9 3.6 30 270A4.25 3.3 4.25 3.6 90 -150"},
    /* T */ {10, "M0 14L10 14M5 14L5 0"},
    /* U */ {9.5, "M0 14L0 4.6A4.75 4.6 4.75 4.8 180 360L9.5 14"},
    /* V */ {11, "M0 14L5.5 0L11 14"},
    /* W */ {15.2, "M0 14L3.8 0L7.6 14L11.4 0L15.2 14"},
    /* X */ {10, "M0 14L10 0M10 14L0 0"},
    /* Y */ {10, "M0 14L5 6.6L10 14M5 6.6L5 0"},
    /* Z */ {9, "M0 14L9 14L0 0L9 0"},
    /* [ */ {3, "M3 15L0 15L0 -3.5L3 -3.5"},
    /* \ */ {6, "M0 15L6 -2"},
    /* ] */ {3, "M0 15L3 15L3 -3.5L0 -3.5"},
    /* ^ */ {7, "M0 8L3.5 14L7 8"},
    /* _ */ {9, "M0 -3L9 -3"},
    /* ` */ {2, "M0 14L2 11.5"},
    /* a */
    {7.2, "B3.8 6.5 3.4 3.6 152 0L7.2 0M7.2 5.7L3.2 5.7A2.9 2.8 2.9 2.9 90 "
          "270A3.4 3.6 3.8 3.7 270 350"},
    /* b */ {7.8, "M0 14L0 0B3.9 5 3.9 5.1 0 360"},
    /* c */ {6.6, "B3.9 5 3.9 5.1 45 315"},
    /* d */ {7.8, "M7.8 14L7.8 0B3.9 5 3.9 5.1 0 360"},
    /* e */ {7.8, "M0 5.3L7.8 5.3A3.9 5 3.9 5.1 4 318"},
    /* f */ {4.8, "M4.8 14L4.3 14A4.3 11.4 2.6 2.6 90 180L1.7 0M0 10L4.6 10"},
    /* g */ {7.8, "B3.9 5 3.9 5.1 0 360M7.8 10L7.8 -.4A4 -.4 3.8 3.7 0 -150"},
    /* h */ {7.2, "M0 14L0 0M0 6.2A3.6 6.2 3.6 3.9 180 0L7.2 0"},
    /* i */ {0, "M0 10L0 0M0 13.7L0 13.7"},
    /* j */ {2, "M2 10L2 -1.2A-.4 -1.2 2.4 2.7 0 -85M2 13.7L2 13.7"},
    /* k */ {6.8, "M0 14L0 0M6.4 10L0 4M2.6 6.4L6.8 0"},
    /* l */ {1.8, "M0 14L0 2A1.8 2 1.8 2 180 270"},
    /* m */
    {12, "M0 10L0 0M0 6.5A3 6.5 3 3.6 180 0L6 0M6 6.5A9 6.5 3 3.6 180 0L12 0"},
    /* n */ {7.2, "M0 10L0 0M0 6.2A3.6 6.2 3.6 3.9 180 0L7.2 0"},
    /* o */ {7.8, "B3.9 5 3.9 5.1 0 360"},
    /* p */ {7.8, "M0 10L0 -4B3.9 5 3.9 5.1 0 360"},
    /* q */ {7.8, "M7.8 10L7.8 -4B3.9 5 3.9 5.1 0 360"},
    /* r */ {4.4, "M0 10L0 0M0 6A4 6 4 4.1 180 84"},
    /* s */ {6.6, "B3.3 7.55 3 2.55 30 270A3.3 2.45 3.3 2.55 90 -152"},
    /* t */ {5, "M1.8 13L1.8 2.5A4.3 2.5 2.5 2.5 180 270L5 0M0 10L4.8 10"},
    /* u */ {7.2, "M0 10L0 3.8A3.6 3.8 3.6 3.9 180 360M7.2 10L7.2 0"},
    /* v */ {7.8, "M0 10L3.9 0L7.8 10"},
    /* w */ {11.6, "M0 10L2.9 0L5.8 10L8.7 0L11.6 10"},
    /* x */ {7.4, "M0 10L7.4 0M7.4 10L0 0"},
    /* y */ {7.8, "M0 10L3.9 0M7.8 10L3.2 -1.9A.9 -1.7 2.3 2.3 -20 -85"},
    /* z */ {7, "M0 10L7 10L0 0L7 0"},
    /* { */
    {4, "M4 15A3.2 13.3 1.7 1.7 90 180L1.5 8L0 5.8L1.5 3.6L1.5 -1.8A3.2 -1.8 "
        "1.7 1.7 180 270L4 -3.5"},
    /* | */ {0, "M0 15L0 -3.5"},
    /* } */
    {4, "M0 15A.8 13.3 1.7 1.7 90 0L2.5 8L4 5.8L2.5 3.6L2.5 -1.8A.8 -1.8 1.7 "
        "1.7 0 -90L0 -3.5"},
    /* ~ */ {9, "B2.25 6 2.25 1.8 180 0A6.75 6 2.25 1.8 180 360"}};

static_assert(std::size(glyphs) == '~' - ' ', "one per printable character");

/// Appends points of a part of an ellipse.
static void addArc(std::vector<Point> &stroke, const double (&numbers)[6]) {
  constexpr double degree = 0.017453292519943295;
  auto [x, y, rx, ry, from, to] = numbers;
  int pieces = std::max(int(std::fabs(to - from) / 12), 2);
  for (int i = 0; i <= pieces; ++i) {
    double angle = (from + (to - from) * i / pieces) * degree;
    stroke.push_back({x + rx * std::cos(angle), y + ry * std::sin(angle)});
  }
}

/// The next number of a path, which has a fraction of one digit or two.
static double takeNumber(const char *&path) {
  while (*path == ' ')
    ++path;
  double sign = *path == '-' ? -1 : 1, value = 0, place = 1;
  path += *path == '-';
  for (; *path >= '0' && *path <= '9'; ++path)
    value = value * 10 + (*path - '0');
  if (*path == '.')
    for (++path; *path >= '0' && *path <= '9'; ++path)
      value += (*path - '0') * (place /= 10);
  return sign * value;
}

Glyph snn::rt::getGlyph(char c) {
  Glyph glyph;
  if (c == ' ')
    return {5.6, {}};
  if ((c & 0xc0) == 0x80) // goes on with a character of UTF-8
    return {};
  bool isPrintable = c > ' ' && c <= '~';
  GlyphInfo info = isPrintable ? glyphs[c - '!']
                               : GlyphInfo{7.5, "M0 0L7.5 0L7.5 14L0 14L0 0"};
  glyph.advance = info.width + glyphGap;
  for (const char *path = info.path; *path;) {
    char op = *path++;
    double numbers[6] = {};
    for (int i = 0; i < (op == 'A' || op == 'B' ? 6 : 2); ++i)
      numbers[i] = takeNumber(path);
    if (op == 'M' || op == 'B')
      glyph.strokes.emplace_back();
    if (op == 'A' || op == 'B')
      addArc(glyph.strokes.back(), numbers);
    else
      glyph.strokes.back().push_back({numbers[0], numbers[1]});
  }
  for (auto &stroke : glyph.strokes)
    for (Point &point : stroke)
      point.x += glyphGap / 2;
  return glyph;
}

double snn::rt::measureText(std::string_view text) {
  double length = 0;
  for (char c : text)
    length += getGlyph(c).advance;
  return length;
}
