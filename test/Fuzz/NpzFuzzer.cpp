//===- NpzFuzzer.cpp - Any bytes as a .npz file ---------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fuzz.h"

#include "snn/Formats/Npz.h"

using namespace snn::rt;
using namespace snn::test;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto file = parseNpz("x.npz", data, int64_t(size));
  if (!file) {
    checkError(file.takeError(), "x.npz");
    return 0;
  }
  checkTensors(*file);
  require(bool(parseTensors("x.npz", data, int64_t(size))),
          "that its first bytes say what it is");
  return 0;
}
