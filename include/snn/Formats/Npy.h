//===- Npy.h - NumPy's .npy files -------------------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Versions 1 to 3, little and big endian, C and Fortran order (transposed on
// reading). Elements: bool as i1, int8 to int64, uint8, float16 to float64, and
// bfloat16, which NumPy stores as two opaque bytes (`V2`). Objects are never
// unpickled, structured types and trailing bytes are refused.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_FORMATS_NPY_H
#define SNN_FORMATS_NPY_H

#include "snn/Formats/File.h"
#include "snn/Formats/Tensor.h"

namespace snn::rt {

/// Reads a whole file. Its size is compared with its header before memory is
/// asked for.
Expected<Array> readNpy(const std::string &path);

/// The same for any source of bytes.
Expected<Array> readNpy(Source &source);

/// The same for bytes in memory, which need not outlive the result; messages
/// call them `name`.
Expected<Array> parseNpy(const std::string &name, const void *bytes,
                         int64_t size);

/// What the header of a file declares.
struct NpyHeader {
  ElementType type = ElementType::F32;
  bool bigEndian = false;
  bool fortranOrder = false;
  std::vector<int64_t> dims;
};

/// Reads a header, and no byte behind it; `remaining` becomes the number of
/// those that the source has left.
Expected<NpyHeader> readNpyHeader(Source &source, int64_t &remaining);

/// All bytes of a file before its data.
std::string makeNpyHeader(ElementType type, const CheckedShape &shape);

/// Writes a file piece by piece.
class NpyWriter {
public:
  /// Starts the file; its data must then be exactly those of `shape`.
  static Expected<NpyWriter> create(const std::string &path, ElementType type,
                                    const CheckedShape &shape);

  /// Appends elements.
  Error append(const void *data, int64_t bytes);

  /// Gives the file its name; an error if elements are missing.
  Error commit();

private:
  NpyWriter(AtomicFile file, int64_t missing)
      : file(std::move(file)), missing(missing) {}

  AtomicFile file;
  int64_t missing; ///< bytes that are still to come
};

} // namespace snn::rt

#endif // SNN_FORMATS_NPY_H
