//===- Npz.h - NumPy's .npz files -------------------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A zip archive of .npy files, as numpy.savez and savez_compressed write it:
// members NAME.npy, stored or deflated, with or without zip64. zlib inflates.
//
// The archive must be nothing but its members, in the order of its directory
// and one behind the other: bytes before, between, in common or after are
// refused, as is a member that its directory and its own header describe
// differently. So no two readers can see two things in one file.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_FORMATS_NPZ_H
#define SNN_FORMATS_NPZ_H

#include "snn/Formats/TensorFile.h"

namespace snn::rt {

/// Reads and checks a whole file; member `NAME.npy` is the tensor NAME.
Expected<TensorFile> readNpz(const std::string &path);

/// The same for bytes in memory, which need not outlive the result.
Expected<TensorFile> parseNpz(const std::string &name, const void *bytes,
                              int64_t size);

} // namespace snn::rt

#endif // SNN_FORMATS_NPZ_H
