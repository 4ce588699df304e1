//===- Output.cpp - Writing an output of a model --------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Output.h"

#include "ByteStream.h"
#include "Csv.h"
#include "snn/Formats/Npy.h"

#include <algorithm>

using namespace snn::rt;

Expected<OutputWriter> OutputWriter::create(const std::string &path,
                                            const Options &options,
                                            const snn_tensor &tensor,
                                            const Session &session) {
  OutputWriter writer;
  writer.tensor = &tensor;
  writer.format = options.getFormat(path);
  writer.batch = session.batch;
  writer.position = session.position;
  std::string header;
  if (writer.format == Format::Csv)
    header = formatCsvHeader(tensor);
  if (writer.format == Format::Npy) {
    if (tensor.is_sequence && session.steps < 0)
      return makeError(ErrorCode::Usage,
                       "--output %s: a .npy file begins with the number of "
                       "steps, which a stream does not say; expected --steps N "
                       "or --format=csv",
                       path.c_str());
    auto shape =
        getShape(tensor, std::max<int64_t>(session.steps, 0), session.batch);
    if (!shape)
      return shape.takeError();
    header = makeNpyHeader(static_cast<ElementType>(tensor.dtype), *shape);
  }
  if (path != "-") {
    auto file = AtomicFile::create(path);
    if (!file)
      return file.takeError();
    writer.file = std::move(*file);
  }
  if (Error error = writer.write(header.data(), int64_t(header.size())))
    return error;
  return writer;
}

Error OutputWriter::write(const char *data, int64_t bytes) {
  return file ? file->write(data, bytes) : writeStandardOutput(data, bytes);
}

Error OutputWriter::append(const char *data, int64_t steps) {
  auto shape = getShape(*tensor, steps, batch);
  if (!shape)
    return shape.takeError();
  if (format != Format::Csv)
    return write(data, shape->bytes());
  // Text is made in parts, so that it needs little memory.
  int64_t part = steps;
  if (tensor->is_sequence && steps > 0)
    part = std::max<int64_t>((1 << 16) / (shape->elements() / steps + 1), 1);
  int64_t stepBytes = steps > 0 ? shape->bytes() / steps : 0, start = 0;
  do {
    int64_t count = std::min(part, steps - start);
    auto text = formatCsvLines(*tensor, data + start * stepBytes, count, batch,
                               position);
    if (!text)
      return text.takeError();
    if (Error error = write(text->data(), int64_t(text->size())))
      return error;
    start += count;
    position += count;
  } while (start < steps && tensor->is_sequence);
  return Error::success();
}

Error OutputWriter::commit() {
  return file ? file->commit() : Error::success();
}
