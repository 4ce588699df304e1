//===- NpyFuzzer.cpp - Any bytes as a .npy file ---------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fuzz.h"

#include "snn/Formats/Npy.h"

using namespace snn::rt;
using namespace snn::test;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto array = parseNpy("x.npy", data, int64_t(size));
  if (!array) {
    checkError(array.takeError(), "x.npy");
    return 0;
  }
  require(array->data.size() == array->shape.bytes(), "the bytes of the shape");
  touch(array->data.data(), array->data.size());
  for (ElementType type :
       {ElementType::I1, ElementType::F16, ElementType::F32, ElementType::I64})
    if (isConvertible(array->type, type))
      if (auto wide = convertElements("x.npy", array->type, array->data.data(),
                                      array->shape.elements(), type))
        touch(wide->data(), wide->size());
  return 0;
}
