//===- ByteStream.h - Bytes as they arrive ----------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is read piece by piece: the standard input, which may be a pipe that
// never ends, or a file. Memory is bounded by what the reader has not taken.
//
//===----------------------------------------------------------------------===//

#ifndef LIB_PROGRAM_BYTESTREAM_H
#define LIB_PROGRAM_BYTESTREAM_H

#include "snn/Formats/Source.h"

#include <memory>
#include <string_view>

namespace snn::rt {

/// A window of the bytes of a stream.
class ByteStream {
public:
  /// The standard input.
  ByteStream() = default;
  explicit ByteStream(std::unique_ptr<Source> source);

  /// What messages call it.
  std::string name() const {
    return source ? source->name() : "standard input";
  }

  /// The bytes that have arrived and are not taken.
  std::string_view ahead() const {
    return std::string_view(buffer).substr(begin);
  }

  void take(size_t bytes) { begin += bytes; }

  /// Waits for more bytes and appends at most 64 KiB of them; false at the end.
  Expected<bool> fill();

private:
  Expected<int64_t> readBlock(char *data, int64_t bytes);

  std::unique_ptr<Source> source; ///< null: the standard input
  int64_t remaining = 0;          ///< bytes of the source
  std::string buffer;
  size_t begin = 0;
};

/// Writes all bytes to the standard output at once.
Error writeStandardOutput(const char *data, int64_t bytes);

} // namespace snn::rt

#endif // LIB_PROGRAM_BYTESTREAM_H
