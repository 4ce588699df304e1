//===- Utf8.cpp - Text in UTF-8 -------------------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Utf8.h"

void snn::rt::appendUtf8(std::string &text, uint32_t c) {
  if (c < 0x80) {
    text += static_cast<char>(c);
    return;
  }
  int extra = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
  text += static_cast<char>(lead[extra] | c >> 6 * extra);
  while (extra-- > 0)
    text += static_cast<char>(0x80 | (c >> 6 * extra & 0x3f));
}

bool snn::rt::isUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    unsigned char c = text[i];
    int extra = c < 0x80   ? 0
                : c < 0xc2 ? -1
                : c < 0xe0 ? 1
                : c < 0xf0 ? 2
                : c < 0xf5 ? 3
                           : -1;
    if (extra < 0 || text.size() - i <= size_t(extra))
      return false;
    uint32_t point = extra == 0 ? c : c & (0x3f >> extra);
    for (int k = 1; k <= extra; ++k) {
      unsigned char next = text[i + k];
      if ((next & 0xc0) != 0x80)
        return false;
      point = point << 6 | (next & 0x3f);
    }
    bool overlong = (extra == 2 && point < 0x800) ||
                    (extra == 3 && point < 0x10000) || point > 0x10ffff;
    if (overlong || (point >= 0xd800 && point < 0xe000))
      return false;
    i += extra + 1;
  }
  return true;
}
