//===- Freestanding.cpp - The runtime of objects for small machines -------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiled to bitcode for each architecture, and linked into an object that
// then needs no library: no heap, threads, environment or input and output.
//
//===----------------------------------------------------------------------===//

#define SNN_FREESTANDING

#include <stdint.h>

/// a * b + c, rounded once, for processors without such an instruction. The
/// product is exact as a double. Where the sum is not, it is made odd, so that
/// rounding it again cannot meet a tie that is none (S. Boldo, G. Melquiond:
/// Emulation of FMA and correctly rounded sums, 2008). Calls of it appear only
/// when machine code is made.
extern "C" __attribute__((used)) float fmaf(float a, float b, float c) {
  double product = double(a) * double(b), addend = c;
  double sum = product + addend;
  double part = sum - product;
  double error = (product - (sum - part)) + (addend - part);
  uint64_t bits;
  __builtin_memcpy(&bits, &sum, sizeof(bits));
  bool isFinite = (bits >> 52 & 0x7ff) != 0x7ff;
  if (isFinite && error != 0 && !(bits & 1)) {
    // One unit towards the exact sum.
    bits += (error > 0) == (sum > 0) ? 1 : -1;
    __builtin_memcpy(&sum, &bits, sizeof(bits));
  }
  return float(sum);
}

#include "Cpu.cpp"
#include "Cuts.cpp"
#include "Plan.cpp"
#include "Pool.cpp"
#include "Run.cpp"
#include "Stream.cpp"
#include "Tile.cpp"
#include "Transpose.cpp"
#include "Workspace.cpp"
