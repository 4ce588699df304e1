//===- Scalar.cpp - Numbers as a model has them ---------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Scalar.h"

#include <cmath>
#include <cstring>

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::reference;

template <typename To, typename From> static To bitCast(From value) {
  static_assert(sizeof(To) == sizeof(From), "expected one size");
  To result;
  std::memcpy(&result, &value, sizeof(To));
  return result;
}

int64_t Tensor::getNumElements() const {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

int64_t Element::getBytes() const {
  switch (kind) {
  case Kind::F16:
  case Kind::BF16:
    return 2;
  case Kind::F32:
    return 4;
  case Kind::F64:
    return 8;
  case Kind::Int:
    return width <= 8 ? 1 : width <= 16 ? 2 : width <= 32 ? 4 : 8;
  }
  llvm_unreachable("unknown kind");
}

std::optional<Element> reference::getElement(Type type) {
  if (type.isF16())
    return Element{Kind::F16, 16};
  if (type.isBF16())
    return Element{Kind::BF16, 16};
  if (type.isF32())
    return Element{Kind::F32, 32};
  if (type.isF64())
    return Element{Kind::F64, 64};
  if (type.isIndex())
    return Element{Kind::Int, 64};
  if (type.isSignlessInteger() && type.getIntOrFloatBitWidth() >= 1 &&
      type.getIntOrFloatBitWidth() <= 64)
    return Element{Kind::Int, type.getIntOrFloatBitWidth()};
  return std::nullopt;
}

Type reference::getComputedType(Type type, Arithmetic arithmetic) {
  if (arithmetic == Arithmetic::F64 && isa<FloatType>(type))
    return Float64Type::get(type.getContext());
  return type;
}

//===----------------------------------------------------------------------===//
// Rounding
//===----------------------------------------------------------------------===//

/// Rounds to `digits` binary digits, the last of them worth 2^minLast or more.
/// Adding and taking away a large number leaves a multiple of the last place.
static double roundToDigits(double value, int digits, int minLast) {
  uint64_t bits = bitCast<uint64_t>(value);
  int exponent = int(bits >> 52 & 2047) - 1023;
  if (exponent > 128 || value == 0) // too large for the type, or not finite
    return value;
  int last = std::max(exponent - digits + 1, minLast);
  auto large = bitCast<double>((uint64_t(last + 52 + 1023) << 52) |
                               (uint64_t(1) << 51)); // 1.5 * 2^(last + 52)
  return std::copysign((value + large) - large, value);
}

float reference::roundToF16(double value) {
  double rounded = roundToDigits(value, 11, -24);
  if (std::fabs(rounded) > 65504)
    rounded = std::copysign(HUGE_VAL, value);
  return float(rounded);
}

float reference::roundToBF16(double value) {
  double rounded = roundToDigits(value, 8, -133);
  if (std::fabs(rounded) > 0x1.FEp127)
    rounded = std::copysign(HUGE_VAL, value);
  return float(rounded);
}

Word reference::roundTo(Kind kind, double value) {
  switch (kind) {
  case Kind::F16:
    return toWord(roundToF16(value));
  case Kind::BF16:
    return toWord(roundToBF16(value));
  case Kind::F32:
    return toWord(float(value));
  default:
    return toWord(value);
  }
}

double reference::toDouble(Kind kind, Word word) {
  return kind == Kind::F64 ? word.d : double(word.f);
}

//===----------------------------------------------------------------------===//
// Bits
//===----------------------------------------------------------------------===//

static float decodeF16(uint16_t bits) {
  uint32_t sign = uint32_t(bits & 0x8000) << 16;
  uint32_t rest = uint32_t(bits & 0x7FFF) << 13;
  if ((bits & 0x7C00) == 0x7C00)
    return bitCast<float>(sign | 0x7F800000 | rest);
  // The exponents of f32 begin 112 lower; the product is exact.
  float value = bitCast<float>(rest) * 0x1p112f;
  return bitCast<float>(sign | bitCast<uint32_t>(value));
}

static uint16_t encodeF16(float value) {
  uint16_t sign = bitCast<uint32_t>(value) >> 16 & 0x8000;
  if (std::isnan(value))
    return sign | 0x7E00;
  if (std::isinf(value))
    return sign | 0x7C00;
  return sign | bitCast<uint32_t>(std::fabs(value) * 0x1p-112f) >> 13;
}

static uint16_t encodeBF16(float value) {
  uint32_t bits = bitCast<uint32_t>(value);
  return bits >> 16 | (std::isnan(value) ? 0x40 : 0);
}

uint64_t reference::toBits(Kind kind, Word word) {
  switch (kind) {
  case Kind::F16:
    return encodeF16(word.f);
  case Kind::BF16:
    return encodeBF16(word.f);
  case Kind::F32:
    return bitCast<uint32_t>(word.f);
  default:
    return uint64_t(word.i);
  }
}

Word reference::fromBits(Kind kind, uint64_t bits) {
  switch (kind) {
  case Kind::F16:
    return toWord(decodeF16(bits));
  case Kind::BF16:
    return toWord(bitCast<float>(uint32_t(bits) << 16));
  case Kind::F32:
    return toWord(bitCast<float>(uint32_t(bits)));
  default:
    return toWord(int64_t(bits));
  }
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

template <typename T> static T read(const char *data) {
  T value;
  std::memcpy(&value, data, sizeof(T));
  return value;
}

template <typename T> static void write(char *data, T value) {
  std::memcpy(data, &value, sizeof(T));
}

LoadFn reference::getLoad(Element element) {
  switch (element.kind) {
  case Kind::F16:
    return [](const char *p) { return toWord(decodeF16(read<uint16_t>(p))); };
  case Kind::BF16:
    return
        [](const char *p) { return fromBits(Kind::BF16, read<uint16_t>(p)); };
  case Kind::F32:
    return [](const char *p) { return toWord(read<float>(p)); };
  case Kind::F64:
    return [](const char *p) { return toWord(read<double>(p)); };
  case Kind::Int:
    break;
  }
  switch (element.getBytes()) {
  case 1:
    return [](const char *p) { return toWord(int64_t(read<int8_t>(p))); };
  case 2:
    return [](const char *p) { return toWord(int64_t(read<int16_t>(p))); };
  case 4:
    return [](const char *p) { return toWord(int64_t(read<int32_t>(p))); };
  default:
    return [](const char *p) { return toWord(read<int64_t>(p)); };
  }
}

StoreFn reference::getStore(Element element) {
  switch (element.kind) {
  case Kind::F16:
    return [](char *p, Word w) { write(p, encodeF16(w.f)); };
  case Kind::BF16:
    return [](char *p, Word w) { write(p, encodeBF16(w.f)); };
  case Kind::F32:
    return [](char *p, Word w) { write(p, w.f); };
  case Kind::F64:
    return [](char *p, Word w) { write(p, w.d); };
  case Kind::Int:
    break;
  }
  switch (element.getBytes()) {
  case 1:
    return [](char *p, Word w) { write(p, int8_t(w.i)); };
  case 2:
    return [](char *p, Word w) { write(p, int16_t(w.i)); };
  case 4:
    return [](char *p, Word w) { write(p, int32_t(w.i)); };
  default:
    return [](char *p, Word w) { write(p, w.i); };
  }
}

Tensor reference::makeTensor(Type elementType, ArrayRef<int64_t> shape) {
  Tensor tensor{elementType, SmallVector<int64_t>(shape), {}};
  tensor.data.resize(tensor.getNumElements() *
                     getElement(elementType)->getBytes());
  return tensor;
}

Tensor reference::makeNumber(Type type, Word word) {
  Tensor tensor = makeTensor(type, {});
  getStore (*getElement(type))(tensor.data.data(), word);
  return tensor;
}

Word reference::getNumber(const Tensor &tensor) {
  return getLoad(*getElement(tensor.elementType))(tensor.data.data());
}

template <typename T> std::vector<T> reference::decode(const Tensor &tensor) {
  Element element = *getElement(tensor.elementType);
  LoadFn load = getLoad(element);
  int64_t bytes = element.getBytes();
  std::vector<T> values(tensor.getNumElements());
  const char *data = tensor.data.data();
  for (T &value : values) {
    Word word = load(data);
    value = element.isFloat() ? T(toDouble(element.kind, word)) : T(word.i);
    data += bytes;
  }
  return values;
}

template <typename T>
Tensor reference::encode(const std::vector<T> &values, Type elementType,
                         ArrayRef<int64_t> shape) {
  Tensor tensor = makeTensor(elementType, shape);
  Element element = *getElement(elementType);
  StoreFn store = getStore(element);
  int64_t bytes = element.getBytes();
  char *data = tensor.data.data();
  for (T value : values) {
    store(data, element.isFloat()
                    ? roundTo(element.kind, double(value))
                    : toWord(wrap(int64_t(value), element.width)));
    data += bytes;
  }
  return tensor;
}

template std::vector<float> reference::decode(const Tensor &);
template std::vector<double> reference::decode(const Tensor &);
template std::vector<int64_t> reference::decode(const Tensor &);
template Tensor reference::encode(const std::vector<float> &, Type,
                                  ArrayRef<int64_t>);
template Tensor reference::encode(const std::vector<double> &, Type,
                                  ArrayRef<int64_t>);
template Tensor reference::encode(const std::vector<int64_t> &, Type,
                                  ArrayRef<int64_t>);
