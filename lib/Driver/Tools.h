//===- Tools.h - What is installed beside the compiler ----------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_DRIVER_TOOLS_H
#define SNN_LIB_DRIVER_TOOLS_H

#include <string>

namespace mlir::snn {

/// Where the runtime's archives are: in lib beside the tool's bin.
std::string getLibraryDir();

} // namespace mlir::snn

#endif // SNN_LIB_DRIVER_TOOLS_H
