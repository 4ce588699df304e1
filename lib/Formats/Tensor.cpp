//===- Tensor.cpp - Element types, checked shapes, memory -----------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Formats/Tensor.h"

#include <algorithm>
#include <unistd.h>

using namespace snn::rt;

int64_t snn::rt::elementBytes(ElementType type) {
  switch (type) {
  case ElementType::I1:
  case ElementType::I8:
  case ElementType::U8:
    return 1;
  case ElementType::I16:
  case ElementType::F16:
  case ElementType::BF16:
    return 2;
  case ElementType::I32:
  case ElementType::F32:
    return 4;
  case ElementType::I64:
  case ElementType::F64:
    return 8;
  }
  return 0;
}

const char *snn::rt::elementName(ElementType type) {
  static const char *const names[] = {"i1",  "i8",   "i16", "i32", "i64",
                                      "f16", "bf16", "f32", "f64", "u8"};
  return names[static_cast<int32_t>(type)];
}

Expected<CheckedShape> CheckedShape::get(std::vector<int64_t> dims,
                                         ElementType type) {
  if (dims.size() > maxRank)
    return makeError(ErrorCode::Limit,
                     "expected at most %zu dimensions, but got %zu", maxRank,
                     dims.size());
  CheckedShape shape;
  int64_t bytes = elementBytes(type);
  bool empty = false;
  for (int64_t dim : dims) {
    if (dim < 0)
      return makeError(ErrorCode::Input,
                       "expected sizes that are not negative, but got shape %s",
                       formatShape(dims).c_str());
    if (__builtin_mul_overflow(bytes, std::max<int64_t>(dim, 1), &bytes))
      return makeError(ErrorCode::Limit,
                       "expected less than 2^63 bytes, but got shape %s of %s",
                       formatShape(dims).c_str(), elementName(type));
    empty |= dim == 0;
  }
  shape.numBytes = empty ? 0 : bytes;
  shape.numElements = shape.numBytes / elementBytes(type);
  shape.sizes = std::move(dims);
  return shape;
}

Expected<Buffer> Buffer::allocate(int64_t bytes) {
  constexpr int64_t alignment = 64;
  static const int64_t machine =
      int64_t(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  Buffer buffer;
  if (bytes <= machine)
    buffer.memory.reset(static_cast<char *>(std::aligned_alloc(
        alignment, (std::max<int64_t>(bytes, 1) + alignment - 1) / alignment *
                       alignment)));
  if (!buffer.memory)
    return makeError(ErrorCode::Limit, "not enough memory for %lld bytes",
                     static_cast<long long>(bytes));
  buffer.numBytes = bytes;
  return buffer;
}

void snn::rt::swapBytes(char *data, int64_t elements, int64_t elementBytes) {
  for (int64_t i = 0; i < elements; ++i)
    std::reverse(data + i * elementBytes, data + (i + 1) * elementBytes);
}

Error snn::rt::checkBooleans(const std::string &what, const char *data,
                             int64_t bytes) {
  const char *bad =
      std::find_if(data, data + bytes, [](char c) { return c & ~1; });
  if (bad == data + bytes)
    return Error::success();
  return makeError(ErrorCode::Input,
                   "%s: expected 0 or 1 in an i1 array, but got %d at element "
                   "%lld",
                   what.c_str(), static_cast<unsigned char>(*bad),
                   static_cast<long long>(bad - data));
}
