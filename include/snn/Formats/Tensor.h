//===- Tensor.h - Element types, checked shapes, memory ---------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sizes come from files and command lines, so they are hostile. CheckedShape is
// the only way from sizes to a number of bytes: it multiplies with a check for
// overflow, once, and whoever holds one need not check again. Buffer is the
// only way from a number of bytes to memory: it fails with an error, not with
// an exception.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_FORMATS_TENSOR_H
#define SNN_FORMATS_TENSOR_H

#include "snn/Formats/Error.h"
#include "snn/Runtime/Model.h"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

namespace snn::rt {

/// Element types of files: those of a model, and U8, which only files have.
enum class ElementType : int32_t {
  I1 = SNN_I1,
  I8 = SNN_I8,
  I16 = SNN_I16,
  I32 = SNN_I32,
  I64 = SNN_I64,
  F16 = SNN_F16,
  BF16 = SNN_BF16,
  F32 = SNN_F32,
  F64 = SNN_F64,
  U8 = SNN_F64 + 1
};

/// Bytes of one element in memory and in files.
int64_t elementBytes(ElementType type);

/// The name that users see: `i1`, `bf16`, ...
const char *elementName(ElementType type);

/// Sizes whose element and byte counts are known to fit in 63 bits.
class CheckedShape {
public:
  /// The largest rank that any format may declare.
  static constexpr size_t maxRank = 32;

  /// The shape of a scalar of one byte.
  CheckedShape() = default;

  /// Checks the rank, the sign of every size and the products. Sizes of zero
  /// count as one in the check, so that strides fit as well.
  static Expected<CheckedShape> get(std::vector<int64_t> dims,
                                    ElementType type);

  const std::vector<int64_t> &dims() const { return sizes; }
  int64_t elements() const { return numElements; }
  int64_t bytes() const { return numBytes; }

private:
  std::vector<int64_t> sizes;
  int64_t numElements = 1;
  int64_t numBytes = 1;
};

/// Owned memory, aligned to a cache line.
class Buffer {
public:
  Buffer() = default;

  /// Uninitialised memory; an error if there is not enough, or if the machine
  /// has less than that altogether. No bytes give a pointer that is not null.
  static Expected<Buffer> allocate(int64_t bytes);

  char *data() { return memory.get(); }
  const char *data() const { return memory.get(); }
  int64_t size() const { return numBytes; }

private:
  struct Free {
    void operator()(char *pointer) const { std::free(pointer); }
  };
  std::unique_ptr<char, Free> memory;
  int64_t numBytes = 0;
};

/// A dense row-major array in memory.
struct Array {
  ElementType type = ElementType::F32;
  CheckedShape shape;
  Buffer data;
};

/// Reverses the bytes of each element in place.
void swapBytes(char *data, int64_t elements, int64_t elementBytes);

/// An error unless every byte of an i1 array is 0 or 1.
Error checkBooleans(const std::string &what, const char *data, int64_t bytes);

/// True if every value of `from` is a value of `to`, or if it is U8 to I1,
/// where convertElements looks at the values.
bool isConvertible(ElementType from, ElementType to);

/// `count` elements as another type; never rounds. `what` begins the message of
/// an error.
Expected<Buffer> convertElements(const std::string &what, ElementType from,
                                 const char *data, int64_t count,
                                 ElementType to);

} // namespace snn::rt

#endif // SNN_FORMATS_TENSOR_H
