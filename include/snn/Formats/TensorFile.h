//===- TensorFile.h - Named tensors of one file -----------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the formats of weights have in common: tensors with names.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_FORMATS_TENSORFILE_H
#define SNN_FORMATS_TENSORFILE_H

#include "snn/Formats/Tensor.h"

namespace snn::rt {

/// A dense row-major tensor whose bytes somebody else owns. They may be
/// aligned to nothing.
struct NamedTensor {
  std::string name;
  ElementType type = ElementType::F32;
  CheckedShape shape;
  const char *data = nullptr; ///< shape.bytes() bytes
};

/// The tensors of a file, and the memory that they are in.
class TensorFile {
public:
  /// The names must differ. What `storage` does not hold must outlive this.
  TensorFile(std::vector<NamedTensor> tensors, std::vector<Buffer> storage);

  /// All tensors by ascending name.
  const std::vector<NamedTensor> &tensors() const { return sorted; }

  /// The tensor of that name, or null.
  const NamedTensor *find(std::string_view name) const;

  /// Replaces the tensor of the same name, which must be there, by one whose
  /// bytes are in `bytes`.
  void replace(NamedTensor tensor, Buffer bytes);

private:
  std::vector<NamedTensor> sorted;
  std::vector<Buffer> storage;
};

/// Reads a .safetensors or .npz file. Its first bytes say which, not its name.
Expected<TensorFile> readTensors(const std::string &path);

/// The same for bytes in memory, called `name` in messages. The tensors may be
/// parts of these bytes, which must therefore outlive the result.
Expected<TensorFile> parseTensors(const std::string &name, const void *bytes,
                                  int64_t size);

} // namespace snn::rt

#endif // SNN_FORMATS_TENSORFILE_H
