//===- snn-verify.cpp - Whether an artifact computes its model ------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Testing/Verify.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/WithColor.h"

namespace cl = llvm::cl;
using namespace mlir::snn;

namespace {
/// The command line. Options are members, for they can be registered only once
/// those of libLLVM, some of which have the same names, are gone.
struct Options {
  cl::OptionCategory category{"snn-verify options"};
  cl::opt<std::string> model{cl::Positional, cl::desc("MODEL.mlir")};
  cl::opt<std::string> artifact{cl::Positional, cl::desc("ARTIFACT")};
  cl::list<std::string> inputs{
      "input", cl::desc("an input; NAME is needed if there are several"),
      cl::value_desc("[NAME=]FILE.npy"), cl::cat(category)};
  cl::opt<std::string> weights{
      "weights", cl::desc("values of the parameters, embedded or not"),
      cl::value_desc("embed:FILE"), cl::cat(category)};
  cl::opt<std::string> outputs{
      "outputs",
      cl::desc("replay what a library that records all has written to\n"
               "0.npy, 1.npy, ... elsewhere, in place of running it"),
      cl::value_desc("FOLDER"), cl::cat(category)};
  cl::opt<bool> nameLayers{
      "name-layers",
      cl::desc("print the model with names of layers, to compile it\n"
               "with --record=all"),
      cl::cat(category)};
};
} // namespace

static int fail(llvm::StringRef message) {
  llvm::WithColor::error(llvm::errs(), "snn-verify") << message << "\n";
  return int(ExitCode::UsageError);
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ResetCommandLineParser();
  Options options;
  std::string errors;
  llvm::raw_string_ostream errorStream(errors);
  if (!cl::ParseCommandLineOptions(
          argc, argv,
          "Replay a run of a compiled model in f64 on its own spikes\n",
          &errorStream)) {
    llvm::errs() << errors;
    return int(ExitCode::UsageError);
  }
  if (options.nameLayers && !options.model.empty())
    return int(runGuarded([&] { return testing::printNamed(options.model); }));
  if (options.model.empty() || options.artifact.empty())
    return fail("expected a model and an artifact: snn-verify MODEL.mlir "
                "ARTIFACT --input FILE.npy");
  llvm::StringRef weights = options.weights;
  if (!weights.consume_front("embed:"))
    weights.consume_front("external:");
  testing::VerifyRequest request{options.model,
                                 options.artifact,
                                 {options.inputs.begin(), options.inputs.end()},
                                 weights.str(),
                                 options.outputs};
  return int(runGuarded([&] { return testing::verifyArtifact(request); }));
}
