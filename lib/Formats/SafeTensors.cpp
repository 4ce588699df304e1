//===- SafeTensors.cpp - .safetensors files -------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Formats/SafeTensors.h"

#include "TextCursor.h"
#include "snn/Formats/File.h"

#include <algorithm>

using namespace snn::rt;

namespace {
/// Reads the header; see HeaderParser::parse for its grammar.
class HeaderParser {
public:
  HeaderParser(const std::string &path, std::string_view text)
      : path(path), cursor(text) {}

  /// header   = "{" [ entry { "," entry } ] "}"
  /// entry    = "__metadata__" ":" "{" [ string ":" string, ... ] "}"
  ///          | string ":" "{" dtype, shape, data_offsets in any order "}"
  /// Fills `tensors` in the order of the file.
  Error parse();

  std::vector<SafeTensor> tensors;

private:
  template <typename Body> Error parseObject(Body parseMember);
  Error parseTensor(std::string tensorName);
  Error parseDtype(SafeTensor &tensor);
  Error parseIntegers(std::vector<int64_t> &values);
  Error finishTensor(SafeTensor tensor, std::vector<int64_t> shape,
                     const std::vector<int64_t> &offsets);
  Expected<std::string> parseString();
  bool parseEscape(std::string &text);
  bool parseHex(uint32_t &unit);
  Error unexpected(const char *expected);

  const std::string &path;
  TextCursor cursor;
};
} // namespace

Error HeaderParser::unexpected(const char *expected) {
  return makeError(ErrorCode::Input,
                   "%s: malformed header: expected %s, but got %s",
                   path.c_str(), expected,
                   cursor.atEnd() ? "its end" : quoted(cursor.ahead()).c_str());
}

/// Appends a code point as UTF-8.
static void appendUtf8(std::string &text, uint32_t c) {
  if (c < 0x80) {
    text += static_cast<char>(c);
    return;
  }
  int extra = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
  text += static_cast<char>(lead[extra] | c >> 6 * extra);
  while (extra-- > 0)
    text += static_cast<char>(0x80 | (c >> 6 * extra & 0x3f));
}

/// True if the text is UTF-8 without overlong forms and surrogates.
static bool isUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    unsigned char c = text[i];
    int extra = c < 0x80   ? 0
                : c < 0xc2 ? -1
                : c < 0xe0 ? 1
                : c < 0xf0 ? 2
                : c < 0xf5 ? 3
                           : -1;
    if (extra < 0 || text.size() - i <= size_t(extra))
      return false;
    uint32_t point = extra == 0 ? c : c & (0x3f >> extra);
    for (int k = 1; k <= extra; ++k) {
      unsigned char next = text[i + k];
      if ((next & 0xc0) != 0x80)
        return false;
      point = point << 6 | (next & 0x3f);
    }
    bool overlong = (extra == 2 && point < 0x800) ||
                    (extra == 3 && point < 0x10000) || point > 0x10ffff;
    if (overlong || (point >= 0xd800 && point < 0xe000))
      return false;
    i += extra + 1;
  }
  return true;
}

bool HeaderParser::parseHex(uint32_t &unit) {
  unit = 0;
  for (int i = 0; i < 4; ++i) {
    char c = cursor.take();
    if (c >= '0' && c <= '9')
      unit = unit << 4 | uint32_t(c - '0');
    else if ((c | 32) >= 'a' && (c | 32) <= 'f')
      unit = unit << 4 | uint32_t((c | 32) - 'a' + 10);
    else
      return false;
  }
  return true;
}

bool HeaderParser::parseEscape(std::string &text) {
  static constexpr std::string_view from = "\"\\/bfnrt", to = "\"\\/\b\f\n\r\t";
  char c = cursor.take();
  if (c != 'u') {
    size_t index = c ? from.find(c) : from.npos;
    if (index == from.npos)
      return false;
    text += to[index];
    return true;
  }
  uint32_t unit, low;
  if (!parseHex(unit) || (unit >= 0xdc00 && unit < 0xe000))
    return false;
  if (unit >= 0xd800 && unit < 0xdc00) {
    if (cursor.take() != '\\' || cursor.take() != 'u' || !parseHex(low) ||
        low < 0xdc00 || low >= 0xe000)
      return false;
    unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
  }
  appendUtf8(text, unit);
  return true;
}

Expected<std::string> HeaderParser::parseString() {
  constexpr size_t maxString = 4096;
  if (!cursor.accept("\""))
    return unexpected("a string");
  std::string text;
  while (cursor.peek() != '"') {
    if (static_cast<unsigned char>(cursor.peek()) < 0x20)
      return unexpected("a closing quote");
    char c = cursor.take();
    if (c != '\\')
      text += c;
    else if (!parseEscape(text))
      return unexpected("a valid escape sequence before this");
    if (text.size() > maxString)
      return unexpected("strings of at most 4096 bytes");
  }
  cursor.take();
  if (!isUtf8(text))
    return makeError(ErrorCode::Input,
                     "%s: malformed header: expected UTF-8, but got %s",
                     path.c_str(), quoted(text).c_str());
  return text;
}

/// Reads an object and calls `parseMember(key)` before each value.
template <typename Body> Error HeaderParser::parseObject(Body parseMember) {
  if (!cursor.accept("{"))
    return unexpected("an object");
  if (cursor.accept("}"))
    return Error::success();
  do {
    auto key = parseString();
    if (!key)
      return key.takeError();
    if (!cursor.accept(":"))
      return unexpected("a colon");
    if (Error error = parseMember(std::move(*key)))
      return error;
  } while (cursor.accept(","));
  return cursor.accept("}") ? Error::success() : unexpected("'}'");
}

Error HeaderParser::parseDtype(SafeTensor &tensor) {
  static constexpr std::pair<const char *, ElementType> names[] = {
      {"BOOL", ElementType::I1}, {"U8", ElementType::U8},
      {"I8", ElementType::I8},   {"I16", ElementType::I16},
      {"I32", ElementType::I32}, {"I64", ElementType::I64},
      {"F16", ElementType::F16}, {"BF16", ElementType::BF16},
      {"F32", ElementType::F32}, {"F64", ElementType::F64}};
  auto dtype = parseString();
  if (!dtype)
    return dtype.takeError();
  for (auto [name, type] : names)
    if (*dtype == name) {
      tensor.type = type;
      return Error::success();
    }
  return makeError(ErrorCode::Input,
                   "%s: tensor %s: expected dtype BOOL, U8, I8, I16, I32, I64, "
                   "F16, BF16, F32 or F64, but got %s",
                   path.c_str(), quoted(tensor.name).c_str(),
                   quoted(*dtype).c_str());
}

Error HeaderParser::parseIntegers(std::vector<int64_t> &values) {
  if (!cursor.accept("["))
    return unexpected("a list of integers");
  if (cursor.accept("]"))
    return Error::success();
  do {
    int64_t value;
    if (!cursor.acceptInteger(value))
      return unexpected("an integer from 0 to 2^63-1");
    if (values.size() >= CheckedShape::maxRank)
      return unexpected("at most 32 dimensions");
    values.push_back(value);
  } while (cursor.accept(","));
  return cursor.accept("]") ? Error::success() : unexpected("']'");
}

Error HeaderParser::parseTensor(std::string tensorName) {
  SafeTensor tensor;
  tensor.name = std::move(tensorName);
  std::vector<int64_t> shape, offsets;
  bool hasDtype = false, hasShape = false, hasOffsets = false;
  Error error = parseObject([&](const std::string &key) -> Error {
    if (key == "dtype" && !std::exchange(hasDtype, true))
      return parseDtype(tensor);
    if (key == "shape" && !std::exchange(hasShape, true))
      return parseIntegers(shape);
    if (key == "data_offsets" && !std::exchange(hasOffsets, true))
      return parseIntegers(offsets);
    return makeError(ErrorCode::Input,
                     "%s: tensor %s: expected dtype, shape and data_offsets "
                     "once each, but got %s",
                     path.c_str(), quoted(tensor.name).c_str(),
                     quoted(key).c_str());
  });
  if (error)
    return error;
  if (!hasDtype || !hasShape || !hasOffsets)
    return makeError(ErrorCode::Input,
                     "%s: tensor %s: expected dtype, shape and data_offsets",
                     path.c_str(), quoted(tensor.name).c_str());
  return finishTensor(std::move(tensor), std::move(shape), offsets);
}

Error HeaderParser::finishTensor(SafeTensor tensor, std::vector<int64_t> shape,
                                 const std::vector<int64_t> &offsets) {
  std::string what = path + ": tensor " + quoted(tensor.name);
  auto checked = CheckedShape::get(std::move(shape), tensor.type);
  if (!checked)
    return makeError(ErrorCode::Input, "%s: %s", what.c_str(),
                     checked.takeError().message.c_str());
  tensor.shape = std::move(*checked);
  if (offsets.size() != 2 || offsets[1] < offsets[0] ||
      offsets[1] - offsets[0] != tensor.shape.bytes())
    return makeError(ErrorCode::Input,
                     "%s: expected two offsets %lld bytes apart for shape %s "
                     "of %s, but got %s",
                     what.c_str(), static_cast<long long>(tensor.shape.bytes()),
                     formatShape(tensor.shape.dims()).c_str(),
                     elementName(tensor.type), formatShape(offsets).c_str());
  tensor.offset = offsets[0];
  tensors.push_back(std::move(tensor));
  return Error::success();
}

Error HeaderParser::parse() {
  bool hasMetadata = false;
  if (cursor.peek() != '{')
    return unexpected("'{' as its first byte");
  Error error = parseObject([&](std::string key) -> Error {
    if (key != "__metadata__")
      return parseTensor(std::move(key));
    if (std::exchange(hasMetadata, true))
      return unexpected("__metadata__ only once, before this");
    return parseObject([&](const std::string &) -> Error {
      auto value = parseString();
      return value ? Error::success() : value.takeError();
    });
  });
  if (error)
    return error;
  cursor.skipSpace();
  return cursor.atEnd() ? Error::success() : unexpected("nothing more");
}

/// Checks that the tensors have different names and cover the data exactly;
/// leaves them sorted by name.
static Error checkTensors(const std::string &path,
                          std::vector<SafeTensor> &tensors, int64_t dataBytes) {
  std::sort(tensors.begin(), tensors.end(), [](const auto &a, const auto &b) {
    return std::make_pair(a.offset, a.shape.bytes()) <
           std::make_pair(b.offset, b.shape.bytes());
  });
  int64_t end = 0;
  for (const SafeTensor &tensor : tensors) {
    if (tensor.offset != end)
      return makeError(ErrorCode::Input,
                       "%s: tensor %s: expected its data at offset %lld, but "
                       "got %lld (%s)",
                       path.c_str(), quoted(tensor.name).c_str(),
                       static_cast<long long>(end),
                       static_cast<long long>(tensor.offset),
                       tensor.offset < end ? "an overlap" : "a hole");
    end += tensor.shape.bytes(); // offset + bytes was read as one integer
  }
  if (end != dataBytes)
    return makeError(ErrorCode::Input,
                     "%s: expected %lld bytes of data, but got %lld",
                     path.c_str(), static_cast<long long>(end),
                     static_cast<long long>(dataBytes));
  std::sort(tensors.begin(), tensors.end(),
            [](const auto &a, const auto &b) { return a.name < b.name; });
  auto twin = std::adjacent_find(
      tensors.begin(), tensors.end(),
      [](const auto &a, const auto &b) { return a.name == b.name; });
  if (twin != tensors.end())
    return makeError(ErrorCode::Input, "%s: tensor %s occurs twice",
                     path.c_str(), quoted(twin->name).c_str());
  return Error::success();
}

const SafeTensor *SafeTensors::find(std::string_view name) const {
  auto found =
      std::lower_bound(sorted.begin(), sorted.end(), name,
                       [](const SafeTensor &tensor, std::string_view n) {
                         return tensor.name < n;
                       });
  return found != sorted.end() && found->name == name ? &*found : nullptr;
}

/// The length in the first eight bytes, checked.
static Expected<int64_t> readHeaderLength(InputFile &file) {
  constexpr uint64_t maxHeader = 100 * 1000 * 1000;
  if (file.size() < 8)
    return makeError(
        ErrorCode::Input,
        "%s: expected a .safetensors file, but got only %lld bytes",
        file.path().c_str(), static_cast<long long>(file.size()));
  uint64_t length;
  if (Error error = file.read(&length, sizeof(length)))
    return error;
  uint64_t limit = std::min<uint64_t>(maxHeader, file.size() - 8);
  if (length > limit)
    return makeError(
        ErrorCode::Input,
        "%s: expected a .safetensors header of at most %llu bytes, "
        "but got a declared length of %llu",
        file.path().c_str(), static_cast<unsigned long long>(limit),
        static_cast<unsigned long long>(length));
  return static_cast<int64_t>(length);
}

Expected<SafeTensors> snn::rt::readSafeTensors(const std::string &path) {
  auto file = InputFile::open(path);
  if (!file)
    return file.takeError();
  auto length = readHeaderLength(*file);
  if (!length)
    return length.takeError();
  auto header = Buffer::allocate(*length);
  if (!header)
    return header.takeError();
  if (Error error = file->read(header->data(), *length))
    return error;
  HeaderParser parser(path, {header->data(), size_t(*length)});
  if (Error error = parser.parse())
    return error;
  int64_t dataBytes = file->size() - 8 - *length;
  if (Error error = checkTensors(path, parser.tensors, dataBytes))
    return error;
  auto data = Buffer::allocate(dataBytes);
  if (!data)
    return makeError(ErrorCode::Limit, "%s: %s", path.c_str(),
                     data.takeError().message.c_str());
  if (Error error = file->read(data->data(), dataBytes))
    return error;
  SafeTensors result(std::move(parser.tensors), std::move(*data));
  for (const SafeTensor &tensor : result.tensors())
    if (tensor.type == ElementType::I1)
      if (Error error =
              checkBooleans(path + ": tensor " + quoted(tensor.name),
                            result.bytes(tensor), tensor.shape.bytes()))
        return error;
  return result;
}
