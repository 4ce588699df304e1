//===- CheckInputs.cpp - Looking for numbers that are none ----------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Session.h"

#include <algorithm>
#include <cstring>

using namespace snn::rt;

/// The index of the first element whose bits of the exponent are all set, or
/// `count`; `T` has the bits of a float, of which `exponent` is a mask.
template <typename T>
static int64_t findSpecial(const char *data, int64_t count, T exponent) {
  for (int64_t i = 0; i < count; ++i) {
    T bits;
    std::memcpy(&bits, data + i * int64_t(sizeof(T)), sizeof(T));
    if ((bits & exponent) == exponent)
      return i;
  }
  return count;
}

static int64_t findSpecial(ElementType type, const char *data, int64_t count) {
  switch (type) {
  case ElementType::F16:
    return findSpecial<uint16_t>(data, count, 0x7c00);
  case ElementType::BF16:
    return findSpecial<uint16_t>(data, count, 0x7f80);
  case ElementType::F32:
    return findSpecial<uint32_t>(data, count, 0x7f800000);
  case ElementType::F64:
    return findSpecial<uint64_t>(data, count, uint64_t(0x7ff) << 52);
  default:
    return count;
  }
}

/// "inf", "-inf" or "nan" for an element that is one of them.
static const char *nameSpecial(ElementType type, const char *data) {
  int64_t width = elementBytes(type);
  uint64_t bits = 0;
  std::memcpy(&bits, data, width); // little endian
  int64_t mantissa = type == ElementType::F16    ? 10
                     : type == ElementType::BF16 ? 7
                     : type == ElementType::F32  ? 23
                                                 : 52;
  if (bits & ((uint64_t(1) << mantissa) - 1))
    return "nan";
  return bits >> (width * 8 - 1) ? "-inf" : "inf";
}

Error snn::rt::checkInputs(const Session &session, const Options &options,
                           int64_t first) {
  for (int32_t i = 0; i < session.model->num_inputs; ++i) {
    const snn_tensor &tensor = session.model->inputs[i];
    auto type = static_cast<ElementType>(tensor.dtype);
    auto shape = getShape(tensor, session.steps, session.batch);
    if (!shape)
      return shape.takeError();
    const char *data = session.inputs[i].data();
    int64_t place = findSpecial(type, data, shape->elements());
    if (place == shape->elements())
      continue;
    const char *value = nameSpecial(type, data + place * elementBytes(type));
    std::vector<int64_t> index(tensor.rank);
    for (int32_t d = tensor.rank; d-- > 0;) {
      index[d] = place % shape->dims()[d];
      place /= shape->dims()[d];
    }
    if (tensor.is_sequence)
      index[0] += first;
    const std::string &path = options.inputs[i];
    return makeError(ErrorCode::Input,
                     "input %s (%s): expected finite numbers, but got %s at %s",
                     quoted(tensor.name).c_str(),
                     path == "-" ? "standard input" : path.c_str(), value,
                     formatShape(index).c_str());
  }
  return Error::success();
}
