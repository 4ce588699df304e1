//===- CommandLine.h - The command line of snnc -----------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_DRIVER_COMMANDLINE_H
#define SNN_DRIVER_COMMANDLINE_H

#include "snn/Driver/Driver.h"

namespace mlir::snn {

/// Does what the arguments of `snnc` say.
ExitCode runCommandLine(int argc, char **argv);

/// Compiles the program of a request into the user's cache, unless it is there
/// already, and sets `path` to it. The cache is $SNNC_CACHE, or snnc in
/// $XDG_CACHE_HOME or ~/.cache; nobody else may write to it.
ExitCode compileToCache(CompileRequest request, std::string &path);

/// Tells builds of the compiler apart: a hash of the tool and its runtime.
std::string getBuildId();

/// The text that completes the options of snnc in bash or zsh; "" for another
/// shell.
std::string
getCompletion(StringRef shell,
              ArrayRef<std::pair<std::string, std::string>> options);

} // namespace mlir::snn

#endif // SNN_DRIVER_COMMANDLINE_H
