//===- Report.h - Messages of the tool --------------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_DRIVER_REPORT_H
#define SNN_LIB_DRIVER_REPORT_H

#include "snn/Driver/Driver.h"

#include "llvm/Support/WithColor.h"

namespace mlir::snn {

/// Prints an error that has no place in a file; the code is that of the tool.
inline ExitCode report(ExitCode code, const Twine &message,
                       StringRef tool = "snnc") {
  llvm::WithColor::error(llvm::errs(), tool) << message << "\n";
  return code;
}

/// The same for an error of the file formats.
inline ExitCode report(const ::snn::rt::Error &error) {
  return report(ExitCode(int(error.code)), error.message);
}

} // namespace mlir::snn

#endif // SNN_LIB_DRIVER_REPORT_H
