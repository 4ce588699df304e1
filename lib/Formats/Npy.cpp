//===- Npy.cpp - NumPy's .npy files ---------------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Formats/Npy.h"

#include "TextCursor.h"

#include <algorithm>
#include <cstring>

using namespace snn::rt;

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "files are little endian, and so must be the machine");

namespace {
using Header = NpyHeader;

/// Reads the dictionary of a header.
class HeaderParser {
public:
  HeaderParser(const std::string &path, std::string_view text)
      : path(path), cursor(text) {}

  Expected<Header> parse();

private:
  Error parseEntry();
  Error parseDescr();
  Error parseOrder();
  Error parseShape();
  Error unexpected(const char *expected);
  Expected<std::string> parseString(const char *expected);

  const std::string &path;
  TextCursor cursor;
  Header header;
  bool hasDescr = false, hasOrder = false, hasShape = false;
};
} // namespace

/// The .npy spelling of every element type.
static constexpr std::pair<ElementType, const char *> typeCodes[] = {
    {ElementType::I1, "b1"},   {ElementType::I8, "i1"},
    {ElementType::I16, "i2"},  {ElementType::I32, "i4"},
    {ElementType::I64, "i8"},  {ElementType::F16, "f2"},
    {ElementType::BF16, "V2"}, {ElementType::F32, "f4"},
    {ElementType::F64, "f8"},  {ElementType::U8, "u1"}};

Error HeaderParser::unexpected(const char *expected) {
  return makeError(ErrorCode::Input,
                   "%s: malformed header at its byte %zu: expected %s, but got "
                   "%s",
                   path.c_str(), cursor.position(), expected,
                   cursor.atEnd() ? "its end" : quoted(cursor.ahead()).c_str());
}

Expected<std::string> HeaderParser::parseString(const char *expected) {
  cursor.skipSpace();
  char quote = cursor.peek();
  if (quote != '\'' && quote != '"')
    return unexpected(expected);
  cursor.take();
  std::string text;
  while (!cursor.atEnd() && cursor.peek() != quote)
    text += cursor.take();
  if (cursor.take() != quote)
    return unexpected("a closing quote");
  return text;
}

Error HeaderParser::parseDescr() {
  if (cursor.accept("["))
    return makeError(ErrorCode::Input,
                     "%s: expected an array of numbers, but got one of "
                     "structures",
                     path.c_str());
  auto descr = parseString("an element type");
  if (!descr)
    return descr.takeError();
  std::string_view code = *descr;
  char order = code.empty() ? '\0' : code.front();
  if (code.substr(order == '|' || order == '<' || order == '>', 1) == "O")
    return makeError(
        ErrorCode::Input,
        "%s: expected an array of numbers, but got Python objects, "
        "which are never unpickled",
        path.c_str());
  for (auto [type, spelling] : typeCodes) {
    bool ordered = elementBytes(type) > 1 && type != ElementType::BF16;
    if (code.empty() || code.substr(1) != spelling ||
        (order != '<' && order != '>' && (ordered || order != '|')))
      continue;
    header.type = type;
    header.bigEndian = order == '>';
    return Error::success();
  }
  return makeError(ErrorCode::Input,
                   "%s: expected elements of bool, int8, int16, int32, int64, "
                   "uint8, float16, bfloat16, float32 or float64, but got %s",
                   path.c_str(), quoted(*descr).c_str());
}

Error HeaderParser::parseOrder() {
  if (cursor.accept("True"))
    header.fortranOrder = true;
  else if (!cursor.accept("False"))
    return unexpected("True or False");
  return Error::success();
}

Error HeaderParser::parseShape() {
  if (!cursor.accept("("))
    return unexpected("a shape in parentheses");
  while (!cursor.accept(")")) {
    int64_t dim;
    if (!cursor.acceptInteger(dim))
      return unexpected("a size from 0 to 2^63-1");
    if (header.dims.size() >= CheckedShape::maxRank)
      return unexpected("at most 32 dimensions");
    header.dims.push_back(dim);
    if (!cursor.accept(",") &&
        (header.dims.size() == 1 || (cursor.skipSpace(), cursor.peek() != ')')))
      return unexpected("a comma");
  }
  return Error::success();
}

Error HeaderParser::parseEntry() {
  auto key = parseString("a key");
  if (!key)
    return key.takeError();
  if (!cursor.accept(":"))
    return unexpected("a colon");
  if (*key == "descr" && !std::exchange(hasDescr, true))
    return parseDescr();
  if (*key == "fortran_order" && !std::exchange(hasOrder, true))
    return parseOrder();
  if (*key == "shape" && !std::exchange(hasShape, true))
    return parseShape();
  return makeError(ErrorCode::Input,
                   "%s: malformed header: expected descr, fortran_order and "
                   "shape once each, but got %s",
                   path.c_str(), quoted(*key).c_str());
}

Expected<Header> HeaderParser::parse() {
  if (!cursor.accept("{"))
    return unexpected("a dictionary");
  while (!cursor.accept("}")) {
    if (Error error = parseEntry())
      return error;
    if (!cursor.accept(",") && (cursor.skipSpace(), cursor.peek() != '}'))
      return unexpected("a comma");
  }
  cursor.skipSpace();
  if (!cursor.atEnd())
    return unexpected("nothing after the dictionary");
  if (!hasDescr || !hasOrder || !hasShape)
    return unexpected("descr, fortran_order and shape");
  return std::move(header);
}

Expected<NpyHeader> snn::rt::readNpyHeader(Source &file, int64_t &remaining) {
  constexpr int64_t maxHeader = 65535;
  const char *path = file.name().c_str();
  unsigned char start[12] = {};
  if (file.size() < 10)
    return makeError(ErrorCode::Input,
                     "%s: expected a .npy file, but got only %lld bytes", path,
                     static_cast<long long>(file.size()));
  if (Error error = file.read(start, 10))
    return error;
  if (std::memcmp(start, "\x93NUMPY", 6) != 0)
    return makeError(ErrorCode::Input,
                     "%s: expected a .npy file, but it does not begin with the "
                     "magic bytes of one",
                     path);
  if (start[6] < 1 || start[6] > 3 || start[7] != 0)
    return makeError(ErrorCode::Input,
                     "%s: expected .npy version 1.0, 2.0 or 3.0, but got %d.%d",
                     path, start[6], start[7]);
  int64_t length = start[8] | start[9] << 8, used = 10;
  if (start[6] > 1) {
    if (file.size() < 12)
      return makeError(ErrorCode::Input, "%s: the header is cut off", path);
    if (Error error = file.read(start + 10, 2))
      return error;
    length |= int64_t(start[10]) << 16 | int64_t(start[11]) << 24;
    used = 12;
  }
  if (length > maxHeader || length > file.size() - used)
    return makeError(
        ErrorCode::Input,
        "%s: expected a header of at most %lld bytes, but got a "
        "declared length of %lld",
        path, static_cast<long long>(std::min(maxHeader, file.size() - used)),
        static_cast<long long>(length));
  std::string text(length, '\0');
  if (Error error = file.read(text.data(), length))
    return error;
  remaining = file.size() - used - length;
  return HeaderParser(file.name(), text).parse();
}

/// An array in Fortran order, in C order.
static Expected<Buffer> transpose(const Buffer &data, const CheckedShape &shape,
                                  int64_t elementBytes) {
  auto result = Buffer::allocate(shape.bytes());
  if (!result)
    return result;
  const auto &dims = shape.dims();
  size_t rank = dims.size();
  std::vector<int64_t> strides(rank, elementBytes), index(rank, 0);
  for (size_t d = 1; d < rank; ++d)
    strides[d] = strides[d - 1] * dims[d - 1];
  int64_t from = 0;
  for (int64_t i = 0; i < shape.elements(); ++i) {
    std::memcpy(result->data() + i * elementBytes, data.data() + from,
                elementBytes);
    for (size_t d = rank; d-- > 0;) {
      from += strides[d];
      if (++index[d] < dims[d])
        break;
      from -= strides[d] * dims[d];
      index[d] = 0;
    }
  }
  return result;
}

Expected<Array> snn::rt::readNpy(Source &source) {
  const std::string &path = source.name();
  int64_t remaining = 0;
  auto header = readNpyHeader(source, remaining);
  if (!header)
    return header.takeError();
  auto shape = CheckedShape::get(header->dims, header->type);
  if (!shape) {
    Error error = shape.takeError();
    return makeError(ErrorCode::Input, "%s: %s", path.c_str(),
                     error.message.c_str());
  }
  if (shape->bytes() != remaining)
    return makeError(ErrorCode::Input,
                     "%s: expected %lld bytes for shape %s of %s, but got %lld",
                     path.c_str(), static_cast<long long>(shape->bytes()),
                     formatShape(header->dims).c_str(),
                     elementName(header->type),
                     static_cast<long long>(remaining));
  auto data = Buffer::allocate(shape->bytes());
  if (!data)
    return makeError(ErrorCode::Limit, "%s: %s", path.c_str(),
                     data.takeError().message.c_str());
  if (Error error = source.read(data->data(), shape->bytes()))
    return error;
  int64_t width = elementBytes(header->type);
  if (header->bigEndian)
    swapBytes(data->data(), shape->elements(), width);
  if (header->type == ElementType::I1)
    if (Error error = checkBooleans(path, data->data(), shape->bytes()))
      return error;
  if (header->fortranOrder && header->dims.size() > 1) {
    data = transpose(*data, *shape, width);
    if (!data)
      return data.takeError();
  }
  return Array{header->type, std::move(*shape), std::move(*data)};
}

Expected<Array> snn::rt::readNpy(const std::string &path) {
  auto file = InputFile::open(path);
  if (!file)
    return file.takeError();
  return readNpy(*file);
}

Expected<Array> snn::rt::parseNpy(const std::string &name, const void *bytes,
                                  int64_t size) {
  MemorySource source(name, bytes, size);
  return readNpy(source);
}

std::string snn::rt::makeNpyHeader(ElementType type,
                                   const CheckedShape &shape) {
  constexpr size_t prefix = 10, alignment = 64;
  std::string text = "{'descr': '";
  text += elementBytes(type) == 1 ? '|' : '<';
  for (auto [candidate, spelling] : typeCodes)
    if (candidate == type)
      text += spelling;
  text += "', 'fortran_order': False, 'shape': (";
  for (int64_t dim : shape.dims())
    text += std::to_string(dim) + (shape.dims().size() == 1 ? "," : ", ");
  if (shape.dims().size() > 1)
    text.resize(text.size() - 2);
  text += "), }";
  text.append(alignment - 1 - (prefix + text.size()) % alignment, ' ');
  text += '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(text.size() & 255);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

Expected<NpyWriter> NpyWriter::create(const std::string &path, ElementType type,
                                      const CheckedShape &shape) {
  auto file = AtomicFile::create(path);
  if (!file)
    return file.takeError();
  std::string header = makeNpyHeader(type, shape);
  if (Error error = file->write(header.data(), header.size()))
    return error;
  return NpyWriter(std::move(*file), shape.bytes());
}

Error NpyWriter::append(const void *data, int64_t bytes) {
  if (bytes < 0 || bytes > missing)
    return makeError(ErrorCode::Internal,
                     "more data appended than the shape holds");
  missing -= bytes;
  return file.write(data, bytes);
}

Error NpyWriter::commit() {
  if (missing)
    return makeError(ErrorCode::Internal, "%lld bytes were never appended",
                     static_cast<long long>(missing));
  return file.commit();
}
