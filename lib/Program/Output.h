//===- Output.h - Writing an output of a model ------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_PROGRAM_OUTPUT_H
#define LIB_PROGRAM_OUTPUT_H

#include "Session.h"
#include "snn/Formats/File.h"

namespace snn::rt {

/// Writes one output piece by piece, to a file that appears with commit(), or
/// to the standard output, where every piece appears at once.
class OutputWriter {
public:
  /// Opens the file and writes what comes before the data. T of the session may
  /// be unknown (-1) if the format can do without.
  static Expected<OutputWriter> create(const std::string &path,
                                       const Options &options,
                                       const snn_tensor &tensor,
                                       const Session &session);

  /// Appends the next steps; of a tensor without time, all of it.
  Error append(const char *data, int64_t steps);

  /// Gives the file its name.
  Error commit();

private:
  Error write(const char *data, int64_t bytes);

  std::optional<AtomicFile> file;
  const snn_tensor *tensor = nullptr;
  Format format = Format::Npy;
  int64_t batch = 0, position = 0;
};

} // namespace snn::rt

#endif // LIB_PROGRAM_OUTPUT_H
