//===- Artifact.h - Runs what snnc has made ---------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_TESTING_ARTIFACT_H
#define SNN_LIB_TESTING_ARTIFACT_H

#include "snn/Driver/Driver.h"

#include "llvm/Support/Error.h"

namespace mlir::snn::testing {

/// The name of a tensor and, dense and in its type, its value.
struct NamedData {
  std::string name, path; ///< of the file that it was read from
  std::vector<char> data;
};

/// What an artifact is run on; outputs are made as large as they must be.
struct ArtifactRun {
  std::vector<NamedData> inputs, params, outputs;
  std::string weights; ///< the file of the parameters
  int64_t steps = 0, batch = 0;
};

/// An executable, or a shared library if its name ends with .so.
class Artifact {
public:
  virtual ~Artifact() = default;
  static llvm::Expected<std::unique_ptr<Artifact>> open(StringRef path);

  /// How it was compiled, as JSON.
  virtual llvm::Expected<std::string> getReport() = 0;
  /// The outputs and the report of a library.
  virtual llvm::Expected<ModelInterface> getInterface() = 0;
  /// Fills in the outputs. `isEmbedded`: it has values of its parameters.
  virtual llvm::Error run(ArtifactRun &run, bool isEmbedded) = 0;
};

} // namespace mlir::snn::testing

#endif // SNN_LIB_TESTING_ARTIFACT_H
