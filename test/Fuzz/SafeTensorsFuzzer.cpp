//===- SafeTensorsFuzzer.cpp - Any bytes as weights -----------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fuzz.h"

#include "snn/Formats/SafeTensors.h"

#include <cstring>

using namespace snn::rt;
using namespace snn::test;

/// Both readers see the same tensors; one copies them.
static void checkCopy(const TensorFile &view, const TensorFile &copy) {
  require(view.tensors().size() == copy.tensors().size(), "as many tensors");
  for (const NamedTensor &tensor : view.tensors()) {
    const NamedTensor *other = copy.find(tensor.name);
    require(other && other->type == tensor.type &&
                other->shape.dims() == tensor.shape.dims() &&
                std::memcmp(other->data, tensor.data, tensor.shape.bytes()) ==
                    0,
            "the same tensor");
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string name = "x.safetensors";
  auto any = parseTensors(name, data, int64_t(size));
  auto file = parseSafeTensors(name, data, int64_t(size));
  MemorySource source(name, data, int64_t(size));
  auto copy = readSafeTensors(source);
  require(bool(copy) == bool(file), "one answer of both readers");
  require(bool(any) || !file, "that its first bytes say what it is");
  if (!any)
    checkError(any.takeError(), name);
  if (!file) {
    checkError(file.takeError(), name);
    return 0;
  }
  checkTensors(*file);
  checkCopy(*file, *copy);
  return 0;
}
