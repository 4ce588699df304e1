//===- Source.h - Where the bytes of a file come from -----------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The readers take their bytes from a Source, so that each can read a file, a
// part of one, or memory that somebody else has filled.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_FORMATS_SOURCE_H
#define SNN_FORMATS_SOURCE_H

#include "snn/Formats/Error.h"

#include <cstdint>
#include <string>

namespace snn::rt {

/// Bytes that are read once, from the first to the last.
class Source {
public:
  virtual ~Source() = default;

  /// What messages begin with: a path, or what the caller calls the bytes.
  const std::string &name() const { return text; }

  /// The number of bytes, those included that have been read.
  int64_t size() const { return numBytes; }

  /// The next `bytes` bytes; an error if there are fewer.
  virtual Error read(void *data, int64_t bytes) = 0;

protected:
  Source() = default;
  Source(std::string name, int64_t size)
      : text(std::move(name)), numBytes(size) {}

  std::string text;
  int64_t numBytes = 0;
};

/// Memory of somebody else, which must outlive this.
class MemorySource final : public Source {
public:
  MemorySource(std::string name, const void *data, int64_t size)
      : Source(std::move(name), size), next(static_cast<const char *>(data)),
        missing(size) {}

  Error read(void *data, int64_t bytes) override;

private:
  const char *next;
  int64_t missing;
};

} // namespace snn::rt

#endif // SNN_FORMATS_SOURCE_H
