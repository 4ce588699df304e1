//===- snnc.cpp - Compile a model to a native binary ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Driver/Driver.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"

namespace cl = llvm::cl;
using namespace mlir::snn;

namespace {
/// The command line. Options are members, for they can be registered only once
/// those of libLLVM, some of which have the same names, are gone.
struct Options {
  cl::OptionCategory category{"snnc options"};
  cl::opt<std::string> input{cl::Positional, cl::desc("MODEL.mlir"),
                             cl::value_desc("MODEL.mlir")};
  cl::opt<std::string> output{"o", cl::desc("the executable to write"),
                              cl::value_desc("OUT"), cl::cat(category)};
  cl::opt<std::string> weights{
      "weights",
      cl::desc("embed parameters (otherwise the executable is given them)"),
      cl::value_desc("embed:FILE.safetensors"), cl::cat(category)};
  cl::opt<std::string> function{"function",
                                cl::desc("the model, if the file has several"),
                                cl::value_desc("NAME"), cl::cat(category)};
  cl::list<std::string> targets{
      "target",
      cl::desc("x86-64-v2, x86-64-v3, x86-64-v4; several make one file, chosen "
               "at run time (default: all)"),
      cl::CommaSeparated, cl::value_desc("CPU,..."), cl::cat(category)};
  cl::opt<std::string> stopAfter{
      "stop-after",
      cl::desc("print the IR after verify, time, space, lower or upstream"),
      cl::value_desc("STAGE"), cl::cat(category)};
  cl::opt<int64_t> maxFileBytes{
      "max-file-bytes", cl::desc("limit of the model's text"),
      cl::init(Limits().maxFileBytes), cl::value_desc("N"), cl::cat(category)};
  cl::opt<int64_t> maxDepth{"max-depth", cl::desc("limit of its nesting"),
                            cl::init(Limits().maxDepth), cl::value_desc("N"),
                            cl::cat(category)};
  cl::opt<int64_t> maxParamBytes{
      "max-param-bytes", cl::desc("limit of parameters and constants"),
      cl::init(Limits().maxParamBytes), cl::value_desc("N"), cl::cat(category)};
  cl::opt<int64_t> maxOps{"max-ops", cl::desc("limit of its ops"),
                          cl::init(Limits().maxOps), cl::value_desc("N"),
                          cl::cat(category)};
  cl::opt<bool> allowBytecode{
      "allow-bytecode", cl::desc("read MLIR bytecode (of a trusted source)"),
      cl::cat(category)};
  cl::opt<bool> trustIr{"trust-ir",
                        cl::desc("compile ops of any dialect (the program can "
                                 "then do anything)"),
                        cl::cat(category)};
  cl::opt<bool> checkOnly{"check-only", cl::desc("report all problems"),
                          cl::Hidden, cl::cat(category)};
  cl::opt<bool> noOptimize{"no-optimize",
                           cl::desc("the plain sequential lowering"),
                           cl::cat(category)};
  cl::opt<bool> verbose{"v", cl::desc("print what is done"), cl::cat(category)};
};
} // namespace

static int fail(const llvm::Twine &message) {
  llvm::errs() << "snnc: error: " << message << "\n";
  return int(ExitCode::UsageError);
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ResetCommandLineParser();
  Options options;
  std::string errors;
  llvm::raw_string_ostream errorStream(errors);
  if (!cl::ParseCommandLineOptions(
          argc, argv, "Compile a spiking network to a native binary\n",
          &errorStream)) {
    llvm::errs() << errors;
    return int(ExitCode::UsageError);
  }
  CompileRequest request;
  request.input = options.input;
  request.output = options.output;
  request.function = options.function;
  request.targets.assign(options.targets.begin(), options.targets.end());
  request.limits = {options.maxFileBytes, options.maxDepth,
                    options.maxParamBytes, options.maxOps};
  request.allowBytecode = options.allowBytecode;
  request.trustIr = options.trustIr;
  request.optimize = !options.noOptimize;
  request.verbose = options.verbose;
  if (request.input.empty())
    return fail("expected a model: snnc MODEL.mlir -o OUT");
  llvm::StringRef file = options.weights;
  if (options.weights.getNumOccurrences() > 0 &&
      (!file.consume_front("embed:") || file.empty()))
    return fail("expected --weights=embed:FILE.safetensors, but got '" + file +
                "'");
  request.weights = file.str();
  if (options.checkOnly)
    return int(runGuarded([&] { return checkFile(request); }));
  if (!options.stopAfter.empty()) {
    request.stopAfter = symbolizeStage(options.stopAfter);
    if (!request.stopAfter)
      return fail("expected a stage verify, time, space, lower or upstream, "
                  "but got '" +
                  options.stopAfter + "'");
  } else if (request.output.empty()) {
    return fail("expected an output file: -o OUT");
  }
  return int(runGuarded([&] { return compile(request, llvm::outs()); }));
}
