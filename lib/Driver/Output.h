//===- Output.h - What a compilation writes ---------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An output file appears complete, or not at all: everything is made in memory
// or in a directory for temporary files, written beside the output without a
// name, synced, and then named.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_DRIVER_OUTPUT_H
#define SNN_LIB_DRIVER_OUTPUT_H

#include "snn/Driver/Driver.h"

namespace mlir::snn {

/// Says early where a file cannot be written; "" and "-" can.
ExitCode checkOutput(StringRef path);

/// Writes a file; "-" is the standard output.
ExitCode writeOutput(StringRef path, StringRef bytes, bool isExecutable,
                     StringRef end = "");

/// What a program in the cache ends with: a hash of the bytes before.
std::string makeSeal(StringRef bytes);

/// Links objects and the runtime into the program or shared library of the
/// request.
ExitCode linkBinary(ArrayRef<SmallVector<char, 0>> objects,
                    const CompileRequest &request);

/// Puts objects and the runtime into the archive of the request.
ExitCode writeArchive(ArrayRef<SmallVector<char, 0>> objects,
                      const CompileRequest &request);

/// The file with the runtime as bitcode for a processor.
std::string getRuntimeCode(const Processor &processor);

/// A symbol that an object wants and that a machine without a C library lacks;
/// "" if there is none.
std::string findForeignSymbol(ArrayRef<char> object);

} // namespace mlir::snn

#endif // SNN_LIB_DRIVER_OUTPUT_H
