//===- Compile.cpp - What snnc does ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "Contents.h"
#include "Source.h"
#include "snn/IR/SNN.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace mlir::snn;

static ExitCode report(ExitCode code, const Twine &message) {
  llvm::WithColor::error(llvm::errs(), "snnc") << message << "\n";
  return code;
}

/// The numbers of the lowering that suit a processor's vector registers.
static void setLowerOptions(const Processor &processor, LowerOptions &options) {
  int64_t lanes = processor.vectorBits / 32;
  // The states of a tile of neurons take half of the registers.
  options.lanes = processor.numRegisters / 2 * lanes;
  // A block of sums fills most registers, and leaves some for operands.
  options.rowBlock = processor.numRegisters >= 32 ? 6 : 4;
  options.columnLanes = (processor.numRegisters >= 32 ? 4 : 2) * lanes;
  options.eventLanes = processor.numRegisters / 2 * lanes;
}

namespace {
/// One run of the compiler.
class Compilation {
public:
  Compilation(const CompileRequest &request, llvm::raw_ostream &out,
              CompiledModel &compiled)
      : request(request), out(out), compiled(compiled),
        handler(sources, context) {
    request.trustIr ? prepareContext(context) : prepareToRead(context);
  }

  /// Reads the files of the request and does what it asks for.
  ExitCode run();
  /// Compiles a text to objects, with `model.weights` embedded.
  ExitCode run(std::unique_ptr<llvm::MemoryBuffer> text);

private:
  ExitCode parse();
  ExitCode prepare();
  ExitCode embed();
  ExitCode selectProcessors();
  ExitCode print(const LowerOptions &options);
  ExitCode emitVariant(const Processor &processor);
  ExitCode emitVariants();
  ExitCode emitModel();

  const CompileRequest &request;
  llvm::raw_ostream &out;
  CompiledModel &compiled;
  MLIRContext context;
  llvm::SourceMgr sources;
  MessagePrinter handler;
  llvm::LLVMContext llvmContext;
  OwningOpRef<ModuleOp> module;
  func::FuncOp model;
  SmallVector<size_t> slots;
  std::vector<ParamRange> ranges;
  SmallVector<Processor> processors;
};
} // namespace

ExitCode Compilation::parse() {
  uint64_t hash = llvm::xxh3_64bits(
      sources.getMemoryBuffer(sources.getMainFileID())->getBuffer());
  ModelFile file;
  if (ExitCode code = readModel(sources, context, request, file);
      code != ExitCode::Ok)
    return code;
  prepareContext(context);
  module = std::move(file.module);
  model = file.model;
  ranges = getParamRanges(model); // while neurons have their names
  if (!request.input.empty())
    warnAboutModel(model);
  std::string name = model.getName().str();

  PassManager pm(&context);
  buildModelPipeline(pm, request.optimize,
                     request.stopAfter.value_or(Stage::Space));
  if (failed(pm.run(*module)))
    return ExitCode::UserError;
  model = module->lookupSymbol<func::FuncOp>(name);
  if (request.stopAfter && *request.stopAfter < Stage::Space)
    return ExitCode::Ok;
  // A sum over time has become a scan by now.
  compiled.interface = describeModel(model, file.names, slots);
  compiled.interface.hash = hash;
  for (auto other : llvm::make_early_inc_range(module->getOps<func::FuncOp>()))
    if (other != model)
      other.erase();
  return ExitCode::Ok;
}

ExitCode Compilation::embed() {
  if (!compiled.weights)
    return ExitCode::Ok;
  if (failed(embedWeights(model, *compiled.weights, request.weights, ranges,
                          compiled.interface)))
    return ExitCode::UserError;
  warnAboutWeights(model, compiled.interface, request.weights);
  if (request.optimize)
    transposeWeights(model, compiled.interface);
  return ExitCode::Ok;
}

ExitCode Compilation::selectProcessors() {
  ArrayRef<Processor> all = getProcessors();
  if (request.targets.empty()) {
    processors.assign(all.begin(), all.end());
    return ExitCode::Ok;
  }
  for (const std::string &target : request.targets) {
    const auto *found = llvm::find_if(
        all, [&](const Processor &p) { return p.name == target; });
    if (found == all.end())
      return report(ExitCode::UsageError,
                    "expected a target x86-64-v2, x86-64-v3 or x86-64-v4, but "
                    "got '" +
                        target + "'");
    processors.push_back(*found);
  }
  llvm::sort(processors, [](const Processor &a, const Processor &b) {
    return a.vectorBits > b.vectorBits;
  });
  return ExitCode::Ok;
}

/// The IR after a stage, for the first processor.
ExitCode Compilation::print(const LowerOptions &options) {
  if (*request.stopAfter > Stage::Space) {
    PassManager pm(&context);
    buildLowerPipeline(pm, options);
    if (*request.stopAfter == Stage::Upstream)
      buildUpstreamPipeline(pm);
    if (failed(pm.run(*module)))
      return ExitCode::InternalError;
  }
  module->print(out);
  return ExitCode::Ok;
}

ExitCode Compilation::emitVariant(const Processor &processor) {
  LowerOptions options;
  setLowerOptions(processor, options);
  if (request.stopAfter)
    return print(options);
  OwningOpRef<ModuleOp> clone(module->clone());
  StringRef entry = compiled.interface.name;
  PassManager pm(&context);
  buildLowerPipeline(pm, options);
  if (failed(pm.run(*clone)))
    return ExitCode::InternalError;
  clone->lookupSymbol(entry)->setAttr("llvm.emit_c_interface",
                                      UnitAttr::get(&context));
  PassManager upstream(&context);
  buildUpstreamPipeline(upstream);
  if (failed(upstream.run(*clone)))
    return ExitCode::InternalError;
  std::string symbol =
      "snn_window_v" + std::to_string(compiled.variants.size());
  std::unique_ptr<llvm::Module> code =
      translateModel(*clone, llvmContext, entry, symbol, slots);
  if (!code)
    return ExitCode::InternalError;
  std::string error =
      emitObject(*code, processor, compiled.objects.emplace_back());
  if (!error.empty())
    return report(ExitCode::TargetError, error);
  compiled.variants.emplace_back(processor, symbol);
  return ExitCode::Ok;
}

ExitCode Compilation::emitVariants() {
  for (const Processor &processor : processors) {
    if (request.verbose)
      llvm::errs() << "snnc: " << compiled.interface.name << " for "
                   << processor.name << "\n";
    ExitCode code = emitVariant(processor);
    if (code != ExitCode::Ok || request.stopAfter)
      return code;
  }
  return ExitCode::Ok;
}

ExitCode Compilation::emitModel() {
  std::unique_ptr<llvm::Module> description =
      makeModelModule(compiled.interface, compiled.variants, llvmContext);
  std::string error = emitObject(*description, getProcessors().back(),
                                 compiled.objects.emplace_back());
  if (!error.empty())
    return report(ExitCode::TargetError, error);
  return linkExecutable(compiled.objects, request.output, request.verbose);
}

ExitCode Compilation::run() {
  if (ExitCode code = selectProcessors(); code != ExitCode::Ok)
    return code;
  if (ExitCode code = readWeights(request.weights, compiled.weights);
      code != ExitCode::Ok)
    return code;
  if (ExitCode code = readSource(request.input, request, sources);
      code != ExitCode::Ok)
    return code;
  if (ExitCode code = parse(); code != ExitCode::Ok)
    return code;
  if (request.stopAfter && *request.stopAfter <= Stage::Space) {
    module->print(out);
    return ExitCode::Ok;
  }
  for (auto step : {&Compilation::embed, &Compilation::emitVariants})
    if (ExitCode code = (this->*step)(); code != ExitCode::Ok)
      return code;
  return request.stopAfter ? ExitCode::Ok : emitModel();
}

ExitCode Compilation::run(std::unique_ptr<llvm::MemoryBuffer> text) {
  sources.AddNewSourceBuffer(std::move(text), SMLoc());
  if (ExitCode code = scanSource(request.input, request, sources);
      code != ExitCode::Ok)
    return code;
  for (auto step : {&Compilation::selectProcessors, &Compilation::parse,
                    &Compilation::embed, &Compilation::emitVariants})
    if (ExitCode code = (this->*step)(); code != ExitCode::Ok)
      return code;
  return ExitCode::Ok;
}

ExitCode mlir::snn::compile(const CompileRequest &request,
                            llvm::raw_ostream &out) {
  CompiledModel compiled;
  return Compilation(request, out, compiled).run();
}

ExitCode mlir::snn::compileInMemory(const CompileRequest &request,
                                    std::unique_ptr<llvm::MemoryBuffer> text,
                                    std::optional<rt::TensorFile> weights,
                                    CompiledModel &compiled) {
  compiled.weights = std::move(weights);
  return Compilation(request, llvm::nulls(), compiled).run(std::move(text));
}
