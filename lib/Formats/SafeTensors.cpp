//===- SafeTensors.cpp - .safetensors files -------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Formats/SafeTensors.h"

#include "TextCursor.h"
#include "Utf8.h"
#include "snn/Formats/File.h"

#include <algorithm>

using namespace snn::rt;

namespace {
/// A tensor as the header declares it.
struct Entry : NamedTensor {
  int64_t offset = 0; ///< of its first byte in the data
};

/// Reads the header; see HeaderParser::parse for its grammar.
class HeaderParser {
public:
  HeaderParser(const std::string &path, std::string_view text)
      : path(path), cursor(text) {}

  /// header   = "{" [ entry { "," entry } ] "}"
  /// entry    = "__metadata__" ":" "{" [ string ":" string, ... ] "}"
  ///          | string ":" "{" dtype, shape, data_offsets in any order "}"
  /// Fills `entries` in the order of the file.
  Error parse();

  std::vector<Entry> entries;

private:
  template <typename Body> Error parseObject(Body parseMember);
  Error parseTensor(std::string tensorName);
  Error parseDtype(Entry &tensor);
  Error parseIntegers(std::vector<int64_t> &values);
  Error finishTensor(Entry tensor, std::vector<int64_t> shape,
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
                   "%s: malformed header at its byte %zu: expected %s, but got "
                   "%s",
                   path.c_str(), cursor.position(), expected,
                   cursor.atEnd() ? "its end" : quoted(cursor.ahead()).c_str());
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
    return makeError(
        ErrorCode::Input,
        "%s: malformed header before its byte %zu: expected UTF-8, "
        "but got %s",
        path.c_str(), cursor.position(), quoted(text).c_str());
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

Error HeaderParser::parseDtype(Entry &tensor) {
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
  Entry tensor;
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

Error HeaderParser::finishTensor(Entry tensor, std::vector<int64_t> shape,
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
  entries.push_back(std::move(tensor));
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

/// Checks that the tensors have different names and cover the data exactly.
static Error checkEntries(const std::string &path, std::vector<Entry> &entries,
                          int64_t dataBytes) {
  std::sort(entries.begin(), entries.end(), [](const auto &a, const auto &b) {
    return std::make_pair(a.offset, a.shape.bytes()) <
           std::make_pair(b.offset, b.shape.bytes());
  });
  int64_t end = 0;
  for (const Entry &entry : entries) {
    if (entry.offset != end)
      return makeError(ErrorCode::Input,
                       "%s: tensor %s: expected its data at offset %lld, but "
                       "got %lld (%s)",
                       path.c_str(), quoted(entry.name).c_str(),
                       static_cast<long long>(end),
                       static_cast<long long>(entry.offset),
                       entry.offset < end ? "an overlap" : "a hole");
    end += entry.shape.bytes(); // offset + bytes was read as one integer
  }
  if (end != dataBytes)
    return makeError(ErrorCode::Input,
                     "%s: expected %lld bytes of data, but got %lld",
                     path.c_str(), static_cast<long long>(end),
                     static_cast<long long>(dataBytes));
  std::vector<std::string_view> names;
  for (const Entry &entry : entries)
    names.push_back(entry.name);
  std::sort(names.begin(), names.end());
  auto twin = std::adjacent_find(names.begin(), names.end());
  if (twin != names.end())
    return makeError(ErrorCode::Input,
                     "%s: expected different names, but tensor %s occurs twice",
                     path.c_str(), quoted(*twin).c_str());
  return Error::success();
}

/// Reads and checks the header; `dataBytes` becomes the size of the data.
static Expected<std::vector<Entry>> readHeader(Source &source,
                                               int64_t &dataBytes) {
  constexpr uint64_t maxHeader = 100 * 1000 * 1000;
  const char *name = source.name().c_str();
  if (source.size() < 8)
    return makeError(
        ErrorCode::Input,
        "%s: expected a .safetensors file, but got only %lld bytes", name,
        static_cast<long long>(source.size()));
  uint64_t length;
  if (Error error = source.read(&length, sizeof(length)))
    return error;
  uint64_t limit = std::min<uint64_t>(maxHeader, source.size() - 8);
  if (length > limit)
    return makeError(
        ErrorCode::Input,
        "%s: expected a .safetensors header of at most %llu bytes, "
        "but got a declared length of %llu",
        name, static_cast<unsigned long long>(limit),
        static_cast<unsigned long long>(length));
  auto header = Buffer::allocate(length);
  if (!header)
    return header.takeError();
  if (Error error = source.read(header->data(), length))
    return error;
  HeaderParser parser(source.name(), {header->data(), length});
  if (Error error = parser.parse())
    return error;
  dataBytes = source.size() - 8 - int64_t(length);
  if (Error error = checkEntries(source.name(), parser.entries, dataBytes))
    return error;
  return std::move(parser.entries);
}

/// The tensors in `data`, with the values checked that a type restricts.
static Expected<TensorFile> makeFile(const std::string &path,
                                     std::vector<Entry> entries,
                                     const char *data,
                                     std::vector<Buffer> storage) {
  std::vector<NamedTensor> tensors;
  for (Entry &entry : entries) {
    entry.data = data + entry.offset;
    if (entry.type == ElementType::I1)
      if (Error error = checkBooleans(path + ": tensor " + quoted(entry.name),
                                      entry.data, entry.shape.bytes()))
        return error;
    tensors.push_back(std::move(entry));
  }
  return TensorFile(std::move(tensors), std::move(storage));
}

Expected<TensorFile> snn::rt::readSafeTensors(Source &source) {
  int64_t dataBytes = 0;
  auto entries = readHeader(source, dataBytes);
  if (!entries)
    return entries.takeError();
  auto data = Buffer::allocate(dataBytes);
  if (!data)
    return makeError(ErrorCode::Limit, "%s: %s", source.name().c_str(),
                     data.takeError().message.c_str());
  if (Error error = source.read(data->data(), dataBytes))
    return error;
  const char *bytes = data->data();
  std::vector<Buffer> storage;
  storage.push_back(std::move(*data));
  return makeFile(source.name(), std::move(*entries), bytes,
                  std::move(storage));
}

Expected<TensorFile> snn::rt::readSafeTensors(const std::string &path) {
  auto file = InputFile::open(path);
  if (!file)
    return file.takeError();
  return readSafeTensors(*file);
}

Expected<TensorFile> snn::rt::parseSafeTensors(const std::string &name,
                                               const void *bytes,
                                               int64_t size) {
  MemorySource source(name, bytes, size);
  int64_t dataBytes = 0;
  auto entries = readHeader(source, dataBytes);
  if (!entries)
    return entries.takeError();
  const char *end = static_cast<const char *>(bytes) + size;
  return makeFile(name, std::move(*entries), end - dataBytes, {});
}
