//===- CsvFuzzer.cpp - Any bytes as a table of numbers --------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fuzz.h"

#include "../../lib/Program/Csv.h"
#include "snn/Formats/Source.h"

#include <cstring>

using namespace snn::rt;
using namespace snn::test;

static const int64_t sequence[] = {SNN_DIM_TIME, SNN_DIM_BATCH, 1, 2};

static Expected<Array> readText(const snn_tensor &tensor, const char *data,
                                size_t size) {
  return readCsv(std::make_unique<MemorySource>("x.csv", data, int64_t(size)),
                 tensor);
}

/// The first byte chooses the type of the elements, the rest is the file. What
/// is read is written and read again.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  int type = data[0] % (SNN_F64 + 1);
  snn_tensor tensor = {"x", type, 4, sequence, 1, 1, nullptr, 0};
  auto array =
      readText(tensor, reinterpret_cast<const char *>(data) + 1, size - 1);
  if (!array) {
    Error error = array.takeError();
    std::string place = error.message.substr(0, error.message.find(": "));
    require(place.rfind("x.csv", 0) == 0, "the name of the file");
    checkError(error, place);
    return 0;
  }
  require(array->shape.dims().size() == 4, "four dimensions");
  touch(array->data.data(), array->data.size());
  if (array->shape.elements() == 0)
    return 0; // without lines, T and B are not in the text
  int64_t steps = array->shape.dims()[0], batch = array->shape.dims()[1];
  auto lines = formatCsvLines(tensor, array->data.data(), steps, batch, 0);
  require(bool(lines), "text");
  std::string text = formatCsvHeader(tensor) + *lines;
  auto again = readText(tensor, text.data(), text.size());
  require(again && again->shape.dims() == array->shape.dims(), "one shape");
  auto rewritten = formatCsvLines(tensor, again->data.data(), steps, batch, 0);
  require(rewritten && *rewritten == *lines, "the same text"); // NaNs differ
  return 0;
}
