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

#include "snn/Formats/Source.h"
#include "snn/Formats/TensorFile.h"

namespace snn::rt {

/// Reads and checks a whole file.
Expected<TensorFile> readSafeTensors(const std::string &path);

/// The same for any source of bytes.
Expected<TensorFile> readSafeTensors(Source &source);

/// The same for bytes in memory. Nothing is copied: the tensors are parts of
/// these bytes.
Expected<TensorFile> parseSafeTensors(const std::string &name,
                                      const void *bytes, int64_t size);

} // namespace snn::rt

#endif // SNN_FORMATS_SAFETENSORS_H
