//===- Source.h - The bytes of a model file ---------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// MLIR's parser is recursive and trusts its input: a text that nests too deeply
// overflows its stack, and bytecode can do worse. So bytes are looked at before
// it sees them.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_DRIVER_SOURCE_H
#define SNN_LIB_DRIVER_SOURCE_H

#include "snn/Driver/Driver.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/SourceMgr.h"

namespace mlir::snn {

/// Reads the file called `path` ("-" is standard input) into `sources`, and
/// scans it. Messages go to stderr, with the name of the tool.
ExitCode readSource(StringRef path, const CompileRequest &request,
                    llvm::SourceMgr &sources, StringRef tool = "snnc");

/// Checks the main file of `sources`, which is called `path` in messages: that
/// it is text (or bytecode, where the request allows it), and nests no deeper
/// than its limit.
ExitCode scanSource(StringRef path, const CompileRequest &request,
                    const llvm::SourceMgr &sources);

/// Prints messages with the lines that they are about, unless a line of the
/// file is too long to be read.
class MessagePrinter : public SourceMgrDiagnosticHandler {
public:
  MessagePrinter(llvm::SourceMgr &sources, MLIRContext &context);
};

/// Whether a file is MLIR bytecode, by its first bytes.
bool isBytecodeFile(StringRef bytes);

} // namespace mlir::snn

#endif // SNN_LIB_DRIVER_SOURCE_H
