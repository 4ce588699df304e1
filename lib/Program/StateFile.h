//===- StateFile.h - The state of a stream in a file ------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A state file continues a stream in another process. It is bound to its model
// by the model's hash: a header (magic, version, number of tensors, hash, B,
// position), then the bytes of every state in the order of the model.
//
//===----------------------------------------------------------------------===//

#ifndef LIB_PROGRAM_STATEFILE_H
#define LIB_PROGRAM_STATEFILE_H

#include "snn/Formats/File.h"
#include "snn/Formats/Tensor.h"

namespace snn::rt {

/// The contents of a state file.
struct StreamState {
  int64_t batch = 0;
  int64_t position = 0;
  std::vector<Buffer> tensors;
};

/// Reads a state of this model; refuses every other.
Expected<StreamState> readState(const snn_model &model,
                                const std::string &path);

/// The same for any source of bytes.
Expected<StreamState> readState(const snn_model &model, Source &source);

/// Writes a state, but does not commit the file.
Error writeState(const snn_model &model, int64_t batch, int64_t position,
                 const std::vector<Buffer> &tensors, AtomicFile &file);

} // namespace snn::rt

#endif // LIB_PROGRAM_STATEFILE_H
