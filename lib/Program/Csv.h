//===- Csv.h - Tables of numbers as text ------------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A line is one step of one element of the batch; time comes first:
//
//   step,batch,x[0],x[1],x[2]
//   0,0,0.25,1,0
//   0,1,-1.5e-07,0,1
//   1,0,...
//
// Columns are called as the elements of the tensor, `x[i][j]`, in row-major
// order. An array without time has no column `step`, and one without a batch no
// column `batch`; what is read may lack them, too: then the lines are the steps
// of one sequence. Steps count from the initial state of the model when they
// are written, and from any number when they are read.
//
// Numbers are the shortest that are read back as the same float (f16 and bf16:
// as the same f32) whatever the locale; spikes are 0 and 1.
//
//===----------------------------------------------------------------------===//

#ifndef LIB_PROGRAM_CSV_H
#define LIB_PROGRAM_CSV_H

#include "ByteStream.h"
#include "snn/Formats/Tensor.h"

namespace snn::rt {

/// Reads a table line by line. Its columns are those of one tensor, or of
/// several one after another.
class CsvReader {
public:
  CsvReader(ByteStream stream, std::vector<const snn_tensor *> tensors)
      : stream(std::move(stream)), tensors(std::move(tensors)) {}

  /// Reads the first line. `batch` is the size of the batch, or -1: then the
  /// lines of the first step say it.
  Error readHeader(int64_t batch);

  /// Reads the next line: for each tensor, the values of a step of an element
  /// of the batch. False at the end.
  Expected<bool> readLine(const std::vector<char *> &rows);

  /// The size of the batch as far as it is known, else -1.
  int64_t getBatch() const { return batch; }
  /// Lines read of the step that is not complete.
  int64_t getPartialLines() const { return nextBatch; }
  /// True if `count` more lines can be read without waiting.
  bool hasLines(int64_t count) const;

private:
  /// A part of the line between two commas.
  struct Field {
    std::string_view text;
    size_t offset = 0;
  };

  Expected<bool> fetchLine();
  Error fail(size_t offset, const std::string &message) const;
  bool takeField(Field &field);
  Error expectColumn(const std::string &name);
  Error failIndex(const Field &field, const std::string &expected);
  Error checkBatch(const Field &field);
  Error checkStep(const Field &field);
  Error readIndices();

  ByteStream stream;
  std::vector<const snn_tensor *> tensors;
  std::string line;
  size_t next = 0;    ///< of the line that is read
  int64_t number = 0; ///< of that line, from 1
  bool hasStep = false, hasBatch = false;
  int64_t columns = 0;
  int64_t batch = -1, nextBatch = 0, step = -1;
};

/// Reads a file that holds one tensor.
Expected<Array> readCsv(const std::string &path, const snn_tensor &tensor);

/// The same for any source of bytes.
Expected<Array> readCsv(std::unique_ptr<Source> source,
                        const snn_tensor &tensor);

/// Stores a number as an element of a type; false if it is none of the type.
bool parseElement(std::string_view text, ElementType type, char *out);

/// The name of a column: element `index` of a step of an element of the batch.
std::string formatColumn(const snn_tensor &tensor, int64_t index);

/// The first line of a table.
std::string formatCsvHeader(const snn_tensor &tensor);

/// The lines of an array of a tensor, whose first step is `position`.
Expected<std::string> formatCsvLines(const snn_tensor &tensor, const char *data,
                                     int64_t steps, int64_t batch,
                                     int64_t position);

} // namespace snn::rt

#endif // LIB_PROGRAM_CSV_H
