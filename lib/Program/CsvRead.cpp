//===- CsvRead.cpp - Reading tables of numbers ----------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Csv.h"
#include "Session.h"
#include "snn/Formats/File.h"

#include <algorithm>
#include <cstring>

using namespace snn::rt;

/// "x.csv:3:14: message", with line and column from 1.
Error CsvReader::fail(size_t offset, const std::string &message) const {
  return makeError(ErrorCode::Input, "%s:%lld:%zu: %s", stream.name().c_str(),
                   static_cast<long long>(number), offset + 1, message.c_str());
}

/// Puts the next line that is not empty into `line`.
Expected<bool> CsvReader::fetchLine() {
  // Hostile input must not fill the memory before it is an error.
  size_t limit = 4096 + 64 * static_cast<size_t>(columns);
  if (columns == 0)
    for (const snn_tensor *tensor : tensors)
      limit += countNeurons(*tensor) * (std::strlen(tensor->name) + 64);
  do {
    size_t seen = 0, end;
    while ((end = stream.ahead().find('\n', seen)) == std::string_view::npos) {
      seen = stream.ahead().size();
      if (seen > limit)
        break;
      auto more = stream.fill();
      if (!more)
        return more.takeError();
      if (!*more)
        break;
    }
    std::string_view ahead = stream.ahead();
    if (ahead.empty())
      return false;
    ++number;
    next = 0;
    line = ahead.substr(0, std::min(end, ahead.size()));
    if (line.size() > limit)
      return fail(limit, "expected a line of at most " + std::to_string(limit) +
                             " bytes");
    stream.take(std::min(end, ahead.size() - 1) + 1);
    if (!line.empty() && line.back() == '\r')
      line.pop_back();
  } while (line.empty());
  return true;
}

/// The next field without spaces and quotes around it; false behind the last.
bool CsvReader::takeField(Field &field) {
  field = {{}, line.size()};
  if (next > line.size())
    return false;
  size_t end = std::min(line.find(',', next), line.size());
  field = {std::string_view(line).substr(next, end - next), next};
  next = end + 1;
  auto isSpace = [](char c) { return c == ' ' || c == '\t'; };
  std::string_view &text = field.text;
  while (!text.empty() && isSpace(text.front())) {
    text.remove_prefix(1);
    ++field.offset;
  }
  while (!text.empty() && isSpace(text.back()))
    text.remove_suffix(1);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    text = text.substr(1, text.size() - 2);
  return true;
}

Error CsvReader::expectColumn(const std::string &name) {
  Field field;
  if (!takeField(field))
    return fail(field.offset, "expected the column " + quoted(name) +
                                  ", but got the end of the line");
  if (field.text != name)
    return fail(field.offset, "expected the column " + quoted(name) +
                                  ", but got " + quoted(field.text));
  return Error::success();
}

Error CsvReader::readHeader(int64_t knownBatch) {
  batch = knownBatch;
  auto found = fetchLine();
  if (!found)
    return found.takeError();
  if (!*found)
    return makeError(ErrorCode::Input,
                     "%s: expected a line with the names of columns, but got "
                     "nothing",
                     stream.name().c_str());
  if (line.compare(0, 3, "\xef\xbb\xbf") == 0)
    next = 3; // a byte order mark
  auto accept = [&](const char *name) {
    size_t before = next;
    Field field;
    if (takeField(field) && field.text == name)
      return true;
    next = before;
    return false;
  };
  hasStep = accept("step");
  hasBatch = tensors.front()->batch_dim >= 0 && accept("batch");
  if (!hasBatch && batch > 1 && tensors.front()->batch_dim >= 0)
    return fail(next, "expected the column 'batch', because B = " +
                          std::to_string(batch));
  if (!hasBatch)
    batch = 1;
  for (const snn_tensor *tensor : tensors) {
    int64_t count = countNeurons(*tensor);
    for (int64_t i = 0; i < count; ++i)
      if (Error error = expectColumn(formatColumn(*tensor, i)))
        return error;
    columns += count;
  }
  Field field;
  if (takeField(field))
    return fail(field.offset,
                "expected no more columns, but got " + quoted(field.text));
  columns += hasStep + hasBatch;
  return Error::success();
}

/// The error of a step or batch that does not go on from the line before.
Error CsvReader::failIndex(const Field &field, const std::string &expected) {
  return fail(field.offset,
              "expected " + expected + ", but got " + quoted(field.text));
}

/// The first element of the second step says what B is, if nothing else did.
Error CsvReader::checkBatch(const Field &field) {
  int64_t value = -1;
  parseElement(field.text, ElementType::I64, reinterpret_cast<char *>(&value));
  bool mayWrap = batch < 0 && nextBatch > 0;
  if (mayWrap && value == 0) {
    batch = nextBatch;
    nextBatch = 0;
  } else if (value != nextBatch) {
    return failIndex(field, "batch " + std::to_string(nextBatch) +
                                (mayWrap ? " or 0" : ""));
  }
  return Error::success();
}

Error CsvReader::checkStep(const Field &field) {
  int64_t value = -1;
  parseElement(field.text, ElementType::I64, reinterpret_cast<char *>(&value));
  bool isFirst = step < 0;
  if (isFirst && (value < 0 || value > INT64_MAX / 2)) // may it never overflow
    return failIndex(field, "the number of a step");
  int64_t expected = isFirst ? value : step + (nextBatch == 0);
  if (value != expected)
    return failIndex(field, "step " + std::to_string(expected));
  step = value;
  return Error::success();
}

/// Reads step and batch of a line.
Error CsvReader::readIndices() {
  Field stepField, batchField;
  if (hasStep)
    takeField(stepField);
  if (hasBatch)
    takeField(batchField);
  if (hasBatch)
    if (Error error = checkBatch(batchField))
      return error;
  return hasStep ? checkStep(stepField) : Error::success();
}

Expected<bool> CsvReader::readLine(const std::vector<char *> &rows) {
  auto found = fetchLine();
  if (!found || !*found)
    return found;
  if (Error error = readIndices())
    return error;
  Field field;
  int64_t used = hasStep + hasBatch;
  for (size_t i = 0; i < tensors.size(); ++i) {
    auto type = static_cast<ElementType>(tensors[i]->dtype);
    int64_t count = countNeurons(*tensors[i]), width = elementBytes(type);
    for (int64_t k = 0; k < count; ++k, ++used) {
      if (!takeField(field))
        return fail(field.offset, "expected " + std::to_string(columns) +
                                      " columns, but got " +
                                      std::to_string(used));
      if (!parseElement(field.text, type, rows[i] + k * width))
        return fail(field.offset, std::string("expected a number of type ") +
                                      elementName(type) + ", but got " +
                                      quoted(field.text));
    }
  }
  if (takeField(field))
    return fail(field.offset,
                "expected " + std::to_string(columns) +
                    " columns, but got one more: " + quoted(field.text));
  if (++nextBatch == batch)
    nextBatch = 0;
  return true;
}

bool CsvReader::hasLines(int64_t count) const {
  std::string_view ahead = stream.ahead();
  size_t at = 0;
  for (; count > 0; --count) {
    at = ahead.find('\n', at);
    if (at == ahead.npos)
      return false;
    ++at;
  }
  return true;
}

/// Doubles a buffer.
static Error grow(Buffer &buffer, int64_t used) {
  auto larger = Buffer::allocate(std::max<int64_t>(used * 2, 1 << 16));
  if (!larger)
    return larger.takeError();
  if (used)
    std::memcpy(larger->data(), buffer.data(), used);
  buffer = std::move(*larger);
  return Error::success();
}

Expected<Array> snn::rt::readCsv(std::unique_ptr<Source> source,
                                 const snn_tensor &tensor) {
  std::string path = source->name();
  CsvReader reader(ByteStream(std::move(source)), {&tensor});
  if (Error error = reader.readHeader(-1))
    return error;
  auto type = static_cast<ElementType>(tensor.dtype);
  int64_t bytes = countNeurons(tensor) * elementBytes(type), lines = 0;
  Buffer data;
  while (true) {
    while (data.size() < (lines + 1) * bytes)
      if (Error error = grow(data, lines * bytes))
        return error;
    auto found = reader.readLine({data.data() + lines * bytes});
    if (!found)
      return found.takeError();
    if (!*found)
      break;
    ++lines;
  }
  bool isOneStep = reader.getBatch() < 0;
  int64_t batch = isOneStep ? lines : reader.getBatch();
  if (!isOneStep && reader.getPartialLines())
    return makeError(ErrorCode::Input,
                     "%s: expected %lld elements of the batch in every step, "
                     "but the last one has %lld",
                     path.c_str(), static_cast<long long>(batch),
                     static_cast<long long>(reader.getPartialLines()));
  std::vector<int64_t> dims(tensor.shape, tensor.shape + tensor.rank);
  dims[0] = batch ? lines / batch : 0;
  if (tensor.batch_dim >= 0)
    dims[tensor.batch_dim] = batch;
  auto shape = CheckedShape::get(std::move(dims), type);
  if (!shape)
    return shape.takeError();
  auto exact = Buffer::allocate(shape->bytes());
  if (!exact)
    return exact.takeError();
  if (shape->bytes())
    std::memcpy(exact->data(), data.data(), shape->bytes());
  return Array{type, std::move(*shape), std::move(*exact)};
}

Expected<Array> snn::rt::readCsv(const std::string &path,
                                 const snn_tensor &tensor) {
  auto file = InputFile::open(path);
  if (!file)
    return file.takeError();
  return readCsv(std::make_unique<InputFile>(std::move(*file)), tensor);
}
