//===- Source.cpp - Where the bytes of a file come from -------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Formats/Source.h"

#include <cstring>

using namespace snn::rt;

Error MemorySource::read(void *data, int64_t bytes) {
  if (bytes > missing)
    return makeError(ErrorCode::Input,
                     "%s: expected %lld more bytes, but got "
                     "%lld",
                     name().c_str(), static_cast<long long>(bytes),
                     static_cast<long long>(missing));
  if (bytes > 0)
    std::memcpy(data, next, bytes);
  next += bytes;
  missing -= bytes;
  return Error::success();
}
