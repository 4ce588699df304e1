//===- snnc.cpp - Compile a model to a native binary ----------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Driver/CommandLine.h"

int main(int argc, char **argv) {
  return int(mlir::snn::runCommandLine(argc, argv));
}
