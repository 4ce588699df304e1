//===- CsvWrite.cpp - Numbers as text, and tables of them -----------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Csv.h"
#include "Session.h"

#include <charconv>
#include <cmath>
#include <cstring>

using namespace snn::rt;

/// Stores a value in memory.
template <typename T> static bool store(T value, char *out) {
  std::memcpy(out, &value, sizeof(value));
  return true;
}

/// The nearest f16, ties to even.
static uint16_t roundToHalf(float value) {
  uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  float size = std::fabs(value);
  if (std::isnan(value))
    return sign | 0x7e00;
  if (size == 0)
    return sign;
  if (size >= 65520)
    return sign | 0x7c00;
  int exponent = 0;
  std::frexp(size, &exponent);
  exponent = std::max(exponent - 1, -14); // size = 1.x * 2^exponent
  // A mantissa that is rounded up to 2 carries into the exponent.
  auto mantissa =
      static_cast<int>(std::nearbyint(std::ldexp(size, 10 - exponent)));
  return static_cast<uint16_t>(sign + ((exponent + 14) << 10) + mantissa);
}

/// The nearest bf16, ties to even.
static uint16_t roundToBFloat(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  if (std::isnan(value))
    return static_cast<uint16_t>(bits >> 16 | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/// Reads all of a text as a number.
template <typename T> static bool parse(std::string_view text, T &value) {
  const char *begin = text.data(), *end = begin + text.size();
  if (text.size() > 1 && text[0] == '+' && text[1] != '-')
    ++begin;
  auto [rest, error] = std::from_chars(begin, end, value);
  return error == std::errc() && rest == end;
}

/// The nearest f32 or f64 of a text. One that is too large is no number, one
/// that is too small is zero or subnormal.
template <typename T> static bool parseFloat(std::string_view text, T &value) {
  if (!parse(text, value)) {
    double wide = 0; // too small for from_chars of f32
    if (!parse(text, wide) || std::fabs(wide) >= 1)
      return false;
    value = static_cast<T>(wide);
  }
  return !std::isinf(value) || text.find_first_of("iI") != text.npos;
}

static bool parseSpike(std::string_view text, char *out) {
  for (const char *one : {"1", "True", "TRUE", "true"})
    if (text == one)
      return store(char(1), out);
  for (const char *zero : {"0", "False", "FALSE", "false"})
    if (text == zero)
      return store(char(0), out);
  return false;
}

template <typename T> static bool parseAs(std::string_view text, char *out) {
  T value;
  return parse(text, value) && store(value, out);
}

bool snn::rt::parseElement(std::string_view text, ElementType type, char *out) {
  float single;
  double wide;
  switch (type) {
  case ElementType::I1:
    return parseSpike(text, out);
  case ElementType::I8:
    return parseAs<int8_t>(text, out);
  case ElementType::U8:
    return parseAs<uint8_t>(text, out);
  case ElementType::I16:
    return parseAs<int16_t>(text, out);
  case ElementType::I32:
    return parseAs<int32_t>(text, out);
  case ElementType::I64:
    return parseAs<int64_t>(text, out);
  case ElementType::F16:
    return parseFloat(text, single) && store(roundToHalf(single), out);
  case ElementType::BF16:
    return parseFloat(text, single) && store(roundToBFloat(single), out);
  case ElementType::F32:
    return parseFloat(text, single) && store(single, out);
  case ElementType::F64:
    return parseFloat(text, wide) && store(wide, out);
  }
  return false;
}

template <typename T> static void append(std::string &text, const char *data) {
  T value;
  std::memcpy(&value, data, sizeof(value));
  char digits[32];
  auto [end, error] = std::to_chars(digits, digits + sizeof(digits), value);
  text.append(digits, end);
}

/// The same for floats: a NaN has no sign that anybody wants to see.
template <typename T>
static void appendFloat(std::string &text, const char *data) {
  T value;
  std::memcpy(&value, data, sizeof(value));
  if (std::isnan(value))
    text += "nan";
  else
    append<T>(text, data);
}

/// Appends an element; not of f16 or bf16.
static void appendElement(std::string &text, ElementType type,
                          const char *data) {
  switch (type) {
  case ElementType::I1:
  case ElementType::U8:
    return append<uint8_t>(text, data);
  case ElementType::I8:
    return append<int8_t>(text, data);
  case ElementType::I16:
    return append<int16_t>(text, data);
  case ElementType::I32:
    return append<int32_t>(text, data);
  case ElementType::I64:
    return append<int64_t>(text, data);
  case ElementType::F64:
    return appendFloat<double>(text, data);
  case ElementType::F32:
  case ElementType::F16:
  case ElementType::BF16:
    return appendFloat<float>(text, data);
  }
}

/// True for dimensions that are columns: neither time nor batch.
static bool isColumn(const snn_tensor &tensor, int32_t dim) {
  return dim != tensor.batch_dim && !(dim == 0 && tensor.is_sequence);
}

std::string snn::rt::formatColumn(const snn_tensor &tensor, int64_t index) {
  std::string indices;
  for (int32_t d = tensor.rank; d-- > 0;)
    if (isColumn(tensor, d)) {
      indices = "[" + std::to_string(index % tensor.shape[d]) + "]" + indices;
      index /= tensor.shape[d];
    }
  return tensor.name + indices;
}

std::string snn::rt::formatCsvHeader(const snn_tensor &tensor) {
  std::string text = tensor.is_sequence ? "step," : "";
  text += tensor.batch_dim >= 0 ? "batch," : "";
  for (int64_t i = 0, count = countNeurons(tensor); i < count; ++i)
    text += formatColumn(tensor, i) + ",";
  if (!text.empty())
    text.pop_back();
  return text + "\n";
}

Expected<std::string> snn::rt::formatCsvLines(const snn_tensor &tensor,
                                              const char *data, int64_t steps,
                                              int64_t batch, int64_t position) {
  auto type = static_cast<ElementType>(tensor.dtype);
  int64_t lines = tensor.batch_dim >= 0 ? batch : 1;
  if (!tensor.is_sequence)
    steps = 1;
  int64_t columns = countNeurons(tensor), width = elementBytes(type);
  Buffer converted;
  if (type == ElementType::F16 || type == ElementType::BF16) {
    auto floats = convertElements(tensor.name, type, data,
                                  steps * lines * columns, ElementType::F32);
    if (!floats)
      return floats.takeError();
    converted = std::move(*floats);
    data = converted.data();
    width = sizeof(float);
  }
  // Columns before the batch are apart in memory, those behind it are not.
  int64_t inner = 1;
  for (int32_t d = tensor.batch_dim + 1; d < tensor.rank; ++d)
    inner *= isColumn(tensor, d) ? tensor.shape[d] : 1;
  std::string text;
  for (int64_t t = 0; t < steps; ++t)
    for (int64_t b = 0; b < lines; ++b) {
      text += tensor.is_sequence ? std::to_string(position + t) + "," : "";
      text += tensor.batch_dim >= 0 ? std::to_string(b) + "," : "";
      for (int64_t i = 0; i < columns; ++i) {
        int64_t outer = t * (columns / inner) + i / inner;
        int64_t element = (outer * lines + b) * inner + i % inner;
        appendElement(text, type, data + element * width);
        text += ',';
      }
      if (!text.empty())
        text.pop_back();
      text += '\n';
    }
  return text;
}
