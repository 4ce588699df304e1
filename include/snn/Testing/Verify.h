//===- Verify.h - Whether an artifact computes its model --------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_TESTING_VERIFY_H
#define SNN_TESTING_VERIFY_H

#include "snn/Driver/Driver.h"

namespace mlir::snn::testing {

/// A run of an artifact that is to be verified.
struct VerifyRequest {
  std::string model, artifact;
  std::vector<std::string> inputs; ///< [NAME=]FILE.npy
  std::string weights;             ///< a .safetensors or .npz file; or none
  std::string outputs; ///< a folder with 0.npy, 1.npy, ... of a run elsewhere
};

/// Runs an executable or a shared library and, with the options of its report,
/// a compilation of the model that records its layers. Their outputs must be
/// equal bit for bit; then the recorded run is replayed (see Replay.h), and the
/// result is printed. `UserError` if anything is wrong with it.
///
/// With `outputs` nothing runs: these are replayed, which a library that
/// records its layers (`--record=all`, of the text of printNamed) has written
/// on another machine or device.
ExitCode verifyArtifact(const VerifyRequest &request);

/// Prints a model whose layers all have the names by which they are recorded.
ExitCode printNamed(const std::string &model);

} // namespace mlir::snn::testing

#endif // SNN_TESTING_VERIFY_H
