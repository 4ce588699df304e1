//===- Transpose.cpp - Matrices as the code reads them --------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

using namespace snn::rt;

/// Moves the bits of elements of the size of a word, of any alignment, in
/// squares that stay in the first-level cache.
template <typename WordTy>
static void transposeWords(const char *from, char *to, int64_t rows,
                           int64_t columns) {
  constexpr int64_t side = 16, size = sizeof(WordTy);
  for (int64_t top = 0; top < rows; top += side)
    for (int64_t left = 0; left < columns; left += side)
      for (int64_t c = left; c < least(left + side, columns); ++c)
        for (int64_t r = top; r < least(top + side, rows); ++r)
          memcpy(to + (c * rows + r) * size, from + (r * columns + c) * size,
                 size);
}

void snn_transpose(const void *matrix, void *transpose, int64_t rows,
                   int64_t columns, int64_t element_bytes) {
  const char *from = static_cast<const char *>(matrix);
  char *to = static_cast<char *>(transpose);
  switch (element_bytes) {
  case 1:
    return transposeWords<uint8_t>(from, to, rows, columns);
  case 2:
    return transposeWords<uint16_t>(from, to, rows, columns);
  case 4:
    return transposeWords<uint32_t>(from, to, rows, columns);
  default:
    return transposeWords<uint64_t>(from, to, rows, columns);
  }
}
