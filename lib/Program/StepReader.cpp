//===- StepReader.cpp - Reading the steps of a stream ---------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ByteStream.h"
#include "Csv.h"
#include "Stream.h"
#include "snn/Formats/Npy.h"

#include <cstring>

using namespace snn::rt;

static const char *const streamName = "standard input";

namespace {
/// The standard input for who reads headers: its size is not known.
class StreamSource final : public Source {
public:
  explicit StreamSource(ByteStream &stream)
      : Source(streamName, INT64_MAX), stream(stream) {}

  Error read(void *data, int64_t bytes) override;

private:
  ByteStream &stream;
};

/// Elements of one step after the other, perhaps after the header of a .npy
/// file. A step has all inputs.
class BinaryReader : public StepReader {
public:
  BinaryReader(const snn_model &model, bool hasHeader)
      : model(model), hasHeader(hasHeader) {}

  Error open(const Options &options, Session &session) override;
  Error start(const Session &session) override;
  Expected<int64_t> read(Session &session, int64_t limit) override;

private:
  Error readHeader();
  Error checkEnd(const Session &session) const;
  Error store(Session &session, size_t input, const char *data, int64_t steps);

  const snn_model &model;
  const bool hasHeader;
  ByteStream stream;
  NpyHeader header;
  std::vector<int64_t> inputBytes; ///< of a step of each input, in the stream
  int64_t stepBytes = 0;           ///< their sum
  int64_t done = 0;                ///< steps
  std::vector<char> gathered;
};

/// A table with a line for each step of each element of the batch.
class TextReader : public StepReader {
public:
  explicit TextReader(const snn_model &model) : model(model) {}

  Error open(const Options &, Session &) override { return Error::success(); }
  Error start(const Session &session) override;
  Expected<int64_t> read(Session &session, int64_t limit) override;

private:
  const snn_model &model;
  std::optional<CsvReader> reader;
};
} // namespace

/// Waits until so many bytes have arrived; false if they do not.
static Expected<bool> wait(ByteStream &stream, size_t bytes) {
  while (stream.ahead().size() < bytes) {
    auto more = stream.fill();
    if (!more || !*more)
      return more;
  }
  return true;
}

Error StreamSource::read(void *data, int64_t bytes) {
  auto found = wait(stream, bytes);
  if (!found)
    return found.takeError();
  if (!*found)
    return makeError(ErrorCode::Input,
                     "%s: expected a .npy file, but it ends in the header",
                     streamName);
  std::memcpy(data, stream.ahead().data(), bytes);
  stream.take(bytes);
  return Error::success();
}

/// Reads the beginning of a .npy file.
Error BinaryReader::readHeader() {
  StreamSource source(stream);
  int64_t remaining = 0;
  auto parsed = readNpyHeader(source, remaining);
  if (!parsed)
    return parsed.takeError();
  header = std::move(*parsed);
  if (header.fortranOrder && header.dims.size() > 1)
    return makeError(ErrorCode::Input,
                     "%s: expected an array in C order, because its first step "
                     "is needed first",
                     streamName);
  return Error::success();
}

Error BinaryReader::open(const Options &options, Session &session) {
  if (!hasHeader)
    return Error::success();
  if (Error error = readHeader())
    return error;
  // A type that is refused is refused before a step has come.
  auto wanted = static_cast<ElementType>(model.inputs[0].dtype);
  auto nothing = convertElements(streamName, header.type, nullptr, 0, wanted);
  if (!nothing)
    return nothing.takeError();
  return setInputSizes(streamName, model.inputs[0], header.dims, options,
                       session);
}

Error BinaryReader::start(const Session &session) {
  for (int32_t i = 0; i < model.num_inputs; ++i) {
    auto shape = getShape(model.inputs[i], 1, session.batch);
    if (!shape)
      return shape.takeError();
    auto type = hasHeader ? header.type
                          : static_cast<ElementType>(model.inputs[i].dtype);
    inputBytes.push_back(shape->elements() * elementBytes(type));
    stepBytes += inputBytes.back();
  }
  if (stepBytes == 0 && !hasHeader)
    return makeError(ErrorCode::Usage,
                     "--input -: expected steps that are not empty, but got "
                     "B = 0");
  return Error::success();
}

/// The stream has ended: an error unless that is between two steps.
Error BinaryReader::checkEnd(const Session &session) const {
  auto rest = static_cast<long long>(stream.ahead().size());
  if (rest)
    return makeError(ErrorCode::Input,
                     "%s: expected %lld bytes for step %lld, but it ends after "
                     "%lld of them",
                     streamName, static_cast<long long>(stepBytes),
                     static_cast<long long>(session.position), rest);
  if (hasHeader && done < header.dims[0])
    return makeError(ErrorCode::Input,
                     "%s: expected %lld steps, as its header says, but it ends "
                     "before step %lld",
                     streamName, static_cast<long long>(header.dims[0]),
                     static_cast<long long>(done));
  return Error::success();
}

/// Stores steps of one input as the model wants them.
Error BinaryReader::store(Session &session, size_t input, const char *data,
                          int64_t steps) {
  auto wanted = static_cast<ElementType>(model.inputs[input].dtype);
  ElementType type = hasHeader ? header.type : wanted;
  int64_t bytes = inputBytes[input] * steps, width = elementBytes(type);
  std::string what = std::string(streamName) + ", from step " +
                     std::to_string(session.position);
  if (type == wanted && !(hasHeader && header.bigEndian)) {
    if (type == ElementType::I1)
      if (Error error = checkBooleans(what, data, bytes))
        return error;
    std::memcpy(session.inputs[input].data(), data, bytes);
    return Error::success();
  }
  std::vector<char> swapped(data, data + bytes);
  if (hasHeader && header.bigEndian)
    swapBytes(swapped.data(), bytes / width, width);
  auto converted =
      convertElements(what, type, swapped.data(), bytes / width, wanted);
  if (!converted)
    return converted.takeError();
  std::memcpy(session.inputs[input].data(), converted->data(),
              converted->size());
  return Error::success();
}

Expected<int64_t> BinaryReader::read(Session &session, int64_t limit) {
  if (hasHeader)
    limit = std::min(limit, header.dims[0] - done);
  if (limit == 0 || stepBytes == 0) { // steps without elements take no bytes
    done += limit;
    return limit;
  }
  auto found = wait(stream, stepBytes);
  if (!found)
    return found.takeError();
  if (!*found) {
    if (Error error = checkEnd(session))
      return error;
    return int64_t(0);
  }
  const char *data = stream.ahead().data();
  auto steps =
      std::min(limit, static_cast<int64_t>(stream.ahead().size()) / stepBytes);
  int64_t offset = 0;
  for (size_t i = 0; i < inputBytes.size(); ++i) {
    gathered.resize(inputBytes[i] * steps);
    for (int64_t t = 0; t < steps; ++t)
      std::memcpy(gathered.data() + t * inputBytes[i],
                  data + t * stepBytes + offset, inputBytes[i]);
    if (Error error = store(session, i, gathered.data(), steps))
      return error;
    offset += inputBytes[i];
  }
  stream.take(steps * stepBytes);
  done += steps;
  return steps;
}

Error TextReader::start(const Session &session) {
  std::vector<const snn_tensor *> tensors;
  for (int32_t i = 0; i < model.num_inputs; ++i)
    tensors.push_back(&model.inputs[i]);
  reader.emplace(ByteStream(), std::move(tensors));
  return reader->readHeader(session.batch);
}

Expected<int64_t> TextReader::read(Session &session, int64_t limit) {
  int64_t lines = model.inputs[0].batch_dim >= 0 ? session.batch : 1;
  std::vector<char *> rows;
  for (Buffer &buffer : session.inputs)
    rows.push_back(buffer.data());
  for (int64_t step = 0; step < limit; ++step) {
    if (step && !reader->hasLines(lines))
      return step;
    for (int64_t b = 0; b < lines; ++b) {
      auto found = reader->readLine(rows);
      if (!found)
        return found.takeError();
      if (!*found && b == 0)
        return step;
      if (!*found)
        return makeError(ErrorCode::Input,
                         "%s: expected %lld lines for step %lld, one for each "
                         "element of the batch, but it ends after %lld of them",
                         streamName, static_cast<long long>(lines),
                         static_cast<long long>(session.position + step),
                         static_cast<long long>(b));
      for (int32_t i = 0; i < model.num_inputs; ++i)
        rows[i] +=
            countNeurons(model.inputs[i]) *
            elementBytes(static_cast<ElementType>(model.inputs[i].dtype));
    }
  }
  return limit;
}

std::unique_ptr<StepReader> snn::rt::makeStepReader(const snn_model &model,
                                                    Format format) {
  if (format == Format::Csv)
    return std::make_unique<TextReader>(model);
  return std::make_unique<BinaryReader>(model, format == Format::Npy);
}
