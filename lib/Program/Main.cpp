//===- Main.cpp - The main function of a compiled model -------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Run.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <unistd.h>

using namespace snn::rt;

/// Says on request how the model was compiled, and runs it.
static Error runVerbosely(const snn_model &model, const Options &options) {
  const char *verbose = std::getenv("SNN_VERBOSE");
  if (verbose && std::strcmp(verbose, "1") == 0)
    std::fprintf(stderr, "%s\n", model.report ? model.report : "{}");
  return runModel(model, options);
}

static Error runProgram(const snn_model &model, int argc, char **argv) {
  if (model.abi_version != SNN_ABI_VERSION)
    return makeError(ErrorCode::Internal, "%s", snn_strerror(SNN_ERROR_ABI));
  const char *program = argc > 0 && argv[0] ? argv[0] : model.name;
  auto options = parseOptions(model, argc, argv);
  if (!options)
    return options.takeError();
  if (options->help)
    std::fputs(formatHelp(model, program).c_str(), stdout);
  else if (options->version)
    std::printf("%s %016llx, compiled by %s, runtime ABI %d\n", model.name,
                static_cast<unsigned long long>(model.hash), model.compiler,
                SNN_ABI_VERSION);
  else if (options->report)
    std::printf("%s\n", model.report ? model.report : "{}");
  else if (Error error = runVerbosely(model, *options))
    return error;
  if (std::fflush(stdout) != 0 || std::ferror(stdout))
    return makeError(ErrorCode::IO, "cannot write to the standard output");
  return Error::success();
}

/// Small allocations have no other way to fail without exceptions.
[[noreturn]] static void failAllocation() {
  static const char text[] = "error: not enough memory\n";
  (void)!::write(STDERR_FILENO, text, sizeof(text) - 1);
  ::_exit(static_cast<int>(ErrorCode::Limit));
}

int snn_main(const snn_model *model, int argc, char **argv) {
  // A closed pipe and a full quota become errors of write().
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  std::set_new_handler(failAllocation);
  Error error = runProgram(*model, argc, argv);
  if (!error)
    return 0;
  std::fprintf(stderr, "%s: error: %s\n",
               argc > 0 && argv[0] ? argv[0] : model->name,
               error.message.c_str());
  return static_cast<int>(error.code);
}
