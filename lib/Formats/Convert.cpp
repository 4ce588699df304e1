//===- Convert.cpp - Lossless conversion of elements ----------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Formats/Tensor.h"

#include <cmath>
#include <cstring>

using namespace snn::rt;

namespace {
/// IEEE binary16 in memory.
struct Half {
  uint16_t bits;
};
/// The upper half of an IEEE binary32.
struct BFloat {
  uint16_t bits;
};
/// A spike.
struct Spike {
  uint8_t value;
};

/// What a conversion must know about a type: `digits` bits are exact.
struct Precision {
  bool isFloat;
  int digits;
};
} // namespace

/// Value of the elements, exact.
template <typename T> static T decode(T value) { return value; }
static uint8_t decode(Spike spike) { return spike.value; }
static float decode(BFloat value) {
  uint32_t bits = uint32_t(value.bits) << 16;
  float result;
  std::memcpy(&result, &bits, sizeof(result));
  return result;
}
static float decode(Half value) {
  int exponent = value.bits >> 10 & 31;
  uint32_t mantissa = value.bits & 1023;
  uint32_t sign = uint32_t(value.bits >> 15) << 31;
  if (exponent == 0) // a zero or a subnormal, exact in f32
    return (sign ? -1.0f : 1.0f) * std::ldexp(float(mantissa), -24);
  uint32_t wide = exponent == 31 ? 255 : exponent - 15 + 127;
  uint32_t bits = sign | wide << 23 | mantissa << 13;
  float result;
  std::memcpy(&result, &bits, sizeof(result));
  return result;
}

/// Stores a value that the type of `out` is known to hold.
template <typename From, typename To> static void encode(From value, To &out) {
  out = static_cast<To>(value);
}
template <typename From> static void encode(From value, Spike &out) {
  out.value = static_cast<uint8_t>(value);
}
template <typename From> static void encode(From value, BFloat &out) {
  float wide = static_cast<float>(value);
  uint32_t bits;
  std::memcpy(&bits, &wide, sizeof(bits));
  out.bits = static_cast<uint16_t>(bits >> 16);
}
/// Only integers become halves (see isConvertible), so none is subnormal.
template <typename From> static void encode(From value, Half &out) {
  float wide = static_cast<float>(value);
  uint32_t bits;
  std::memcpy(&bits, &wide, sizeof(bits));
  uint32_t sign = bits >> 31 << 15;
  uint32_t magnitude =
      wide == 0 ? 0 : ((bits >> 23 & 255) - 112) << 10 | (bits >> 13 & 1023);
  out.bits = static_cast<uint16_t>(sign | magnitude);
}

/// Calls `body` with a value of the C++ type of an element type.
template <typename Body> static void withType(ElementType type, Body body) {
  switch (type) {
  case ElementType::I1:
    return body(Spike());
  case ElementType::I8:
    return body(int8_t());
  case ElementType::I16:
    return body(int16_t());
  case ElementType::I32:
    return body(int32_t());
  case ElementType::I64:
    return body(int64_t());
  case ElementType::F16:
    return body(Half());
  case ElementType::BF16:
    return body(BFloat());
  case ElementType::F32:
    return body(float());
  case ElementType::F64:
    return body(double());
  case ElementType::U8:
    return body(uint8_t());
  }
}

static Precision getPrecision(ElementType type) {
  switch (type) {
  case ElementType::I1:
    return {false, 1};
  case ElementType::I8:
    return {false, 7};
  case ElementType::U8:
    return {false, 8};
  case ElementType::I16:
    return {false, 15};
  case ElementType::I32:
    return {false, 31};
  case ElementType::I64:
    return {false, 63};
  case ElementType::BF16:
    return {true, 8};
  case ElementType::F16:
    return {true, 11};
  case ElementType::F32:
    return {true, 24};
  case ElementType::F64:
    return {true, 53};
  }
  return {false, 0};
}

bool snn::rt::isConvertible(ElementType from, ElementType to) {
  if (from == to || (from == ElementType::U8 && to == ElementType::I1))
    return true;
  if (to == ElementType::U8 || to == ElementType::I1)
    return false;
  Precision source = getPrecision(from), target = getPrecision(to);
  if (source
          .isFloat) // a half has less range than a bfloat, whatever its digits
    return target.isFloat && target.digits >= 24 &&
           target.digits > source.digits;
  return source.digits <= target.digits;
}

Expected<Buffer> snn::rt::convertElements(const std::string &what,
                                          ElementType from, const char *data,
                                          int64_t count, ElementType to) {
  if (!isConvertible(from, to))
    return makeError(ErrorCode::Input,
                     "%s: expected elements of type %s, but got %s, which is "
                     "not converted silently",
                     what.c_str(), elementName(to), elementName(from));
  if (to == ElementType::I1)
    if (Error error = checkBooleans(what, data, count))
      return error;
  auto shape = CheckedShape::get({count}, to);
  if (!shape)
    return shape.takeError();
  auto buffer = Buffer::allocate(shape->bytes());
  if (!buffer)
    return buffer.takeError();
  if (from == to) {
    if (count)
      std::memcpy(buffer->data(), data, shape->bytes());
    return buffer;
  }
  withType(from, [&](auto source) {
    withType(to, [&](auto target) {
      for (int64_t i = 0; i < count; ++i) {
        std::memcpy(&source, data + i * sizeof(source), sizeof(source));
        encode(decode(source), target);
        std::memcpy(buffer->data() + i * sizeof(target), &target,
                    sizeof(target));
      }
    });
  });
  return buffer;
}
