//===- SafeTensors.h - .safetensors files -----------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A header in JSON, then the bytes of all tensors, without a hole or an
// overlap. The header has one fixed form three levels deep, so it is read
// without recursion, and anything else in it is an error.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_FORMATS_SAFETENSORS_H
#define SNN_FORMATS_SAFETENSORS_H

#include "snn/Formats/Tensor.h"

namespace snn::rt {

/// One tensor; its bytes are part of the SafeTensors it is from. They are
/// aligned only as the file aligns them.
struct SafeTensor {
  std::string name;
  ElementType type = ElementType::F32;
  CheckedShape shape;
  int64_t offset = 0; ///< of the first byte in the data
};

/// A file in memory.
class SafeTensors {
public:
  SafeTensors(std::vector<SafeTensor> tensors, Buffer data)
      : sorted(std::move(tensors)), data(std::move(data)) {}

  /// All tensors by ascending name.
  const std::vector<SafeTensor> &tensors() const { return sorted; }

  /// The tensor of that name, or null.
  const SafeTensor *find(std::string_view name) const;

  /// The `tensor.shape.bytes()` bytes of a tensor of this file.
  const char *bytes(const SafeTensor &tensor) const {
    return data.data() + tensor.offset;
  }

private:
  std::vector<SafeTensor> sorted;
  Buffer data;
};

/// Reads and checks a whole file.
Expected<SafeTensors> readSafeTensors(const std::string &path);

} // namespace snn::rt

#endif // SNN_FORMATS_SAFETENSORS_H
