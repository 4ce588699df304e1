//===- Compile.cpp - What snnc does ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "Contents.h"
#include "Explain.h"
#include "Output.h"
#include "Report.h"
#include "Source.h"
#include "snn/Conversion/Passes.h"
#include "snn/IR/SNN.h"
#include "snn/Target/Cuda.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/xxhash.h"

#include <chrono>

using namespace mlir;
using namespace mlir::snn;

/// Neurons that fill a large GPU with any batch.
static constexpr int64_t kGpuLanes = 1 << 18;

/// The numbers of the lowering that suit a processor's vector registers.
static void setLowerOptions(const CompileRequest &request,
                            const Processor &processor, LowerOptions &options) {
  bool isForced = request.strategy == "scan" || request.strategy == "speculate";
  if (isForced || request.chunkSteps) {
    options.chunkSteps = request.chunkSteps ? request.chunkSteps : 4;
    options.chunkLanes = std::numeric_limits<int32_t>::max();
  }
  int64_t lanes = processor.vectorBits / 32;
  // The states of a tile of neurons take half of the registers.
  options.lanes = processor.numRegisters / 2 * lanes;
  // A block of sums fills most registers, and leaves some for operands.
  options.rowBlock = processor.numRegisters >= 32 ? 6 : 4;
  options.columnLanes = (processor.numRegisters >= 32 ? 4 : 2) * lanes;
  options.eventLanes = processor.numRegisters / 2 * lanes;
  options.vectorLanes = lanes;
}

/// Whether the output has code for one processor only.
static bool isForOneProcessor(const CompileRequest &request) {
  return request.kind == OutputKind::Object ||
         request.kind == OutputKind::LLVM ||
         request.kind == OutputKind::Assembly;
}

static bool isIdentifier(StringRef name) {
  return !name.empty() && !llvm::isDigit(name.front()) &&
         llvm::all_of(name,
                      [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

static std::string escape(StringRef name) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::printEscapedString(name.take_front(64), stream);
  return text;
}

/// A program can always draw and count the spikes of its layers.
static RecordKind getRecords(const CompileRequest &request) {
  bool isProgram = request.kind == OutputKind::Executable ||
                   request.kind == OutputKind::MLIR;
  return isProgram ? std::max(request.record, RecordKind::Spikes)
                   : request.record;
}

/// Makes what is recorded outputs like the others. Spikes stay records as well,
/// which a program draws and counts.
static void returnRecords(func::FuncOp model, BoundaryNames &names) {
  Operation *terminator = model.front().getTerminator();
  unsigned count = model.getNumResults();
  names.results.resize(count);
  for (unsigned i = 0; i != count; ++i) {
    auto record = model.getResultAttrOfType<StringAttr>(i, kRecordAttr);
    if (!record)
      continue;
    Value value = terminator->getOperand(i);
    if (!getElementTypeOrSelf(value).isInteger(1)) {
      model.removeResultAttr(i,
                             StringAttr::get(model.getContext(), kRecordAttr));
      names.results[i] = record.str();
      continue;
    }
    (void)model.insertResult(model.getNumResults(), value.getType(), {});
    terminator->insertOperands(terminator->getNumOperands(), value);
    names.results.push_back(record.str());
  }
}

namespace {
/// One run of the compiler.
class Compilation {
public:
  Compilation(const CompileRequest &request, CompiledModel &compiled)
      : request(request), compiled(compiled), handler(sources, context) {
    request.trustIr ? prepareContext(context) : prepareToRead(context);
  }

  /// Reads the files of the request and does what it asks for.
  ExitCode run();
  /// Compiles a text to objects, with `model.weights` embedded.
  ExitCode run(std::unique_ptr<llvm::MemoryBuffer> text);

private:
  ExitCode checkRequest();
  ExitCode openFiles();
  ExitCode parse();
  ExitCode nameModel();
  ExitCode addWeights();
  void layOutWeights();
  ExitCode explain();
  ExitCode lowerForGpus();
  ExitCode selectProcessors();
  ExitCode printStage();
  ExitCode emitVariant(const Processor &processor);
  ExitCode emitVariants();
  ExitCode emitCudaCode();
  ExitCode keepImages(const CudaCode &cuda);
  ExitCode addTarget(const std::string &target);
  ExitCode emitText();
  ExitCode emitBinary();
  ExitCode emitWhole();
  ExitCode writeHeader();
  ExitCode keep(StringRef suffix,
                function_ref<void(llvm::raw_ostream &)> print);
  void reportTime(StringRef what);

  const CompileRequest &request;
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
  SmallVector<int> architectures; ///< of GPUs, as in sm_90
  /// The model for them, before what is upstream's.
  OwningOpRef<ModuleOp> gpuModule;
  bool isFromFile = false; ///< somebody reads warnings
  /// The code of the one processor, where it is wanted as a module.
  std::unique_ptr<llvm::Module> code;
  std::chrono::steady_clock::time_point since =
      std::chrono::steady_clock::now();
};
} // namespace

/// Says on request how long the last part has taken.
void Compilation::reportTime(StringRef what) {
  auto now = std::chrono::steady_clock::now();
  if (request.time)
    llvm::errs() << llvm::format(
                        "%8.3f s  ",
                        std::chrono::duration<double>(now - since).count())
                 << what << "\n";
  since = now;
}

/// Keeps a text that is made on the way, on request.
ExitCode Compilation::keep(StringRef suffix,
                           function_ref<void(llvm::raw_ostream &)> print) {
  if (!request.saveTemps)
    return ExitCode::Ok;
  std::string text;
  llvm::raw_string_ostream stream(text);
  print(stream);
  return writeOutput(request.output + suffix.str(), text,
                     /*isExecutable=*/false);
}

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
  if (isFromFile)
    warnAboutModel(model);
  if (!request.allow.empty() && compiled.weights)
    if (ExitCode code = narrowWeights(model, request.allow, *compiled.weights);
        code != ExitCode::Ok)
      return code;
  bool isEmbedded =
      compiled.weights && request.weightsKind != WeightsKind::External;
  certifyGrid(model, isEmbedded ? &*compiled.weights : nullptr);
  std::string name = model.getName().str();

  PassManager pm(&context);
  buildModelPipeline(
      pm, request.optimize, request.stopAfter.value_or(Stage::Space),
      getRecords(request),
      TimeOptions{request.strategy, request.numerics, request.timePasses,
                  request.packSpikes, architectures.empty() ? 0 : kGpuLanes});
  if (failed(pm.run(*module)))
    return ExitCode::UserError;
  model = module->lookupSymbol<func::FuncOp>(name);
  if (request.stopAfter && *request.stopAfter < Stage::Space)
    return ExitCode::Ok;
  if (request.record != RecordKind::None)
    returnRecords(model, file.names);
  // A sum over time has become a scan by now.
  compiled.interface = describeModel(model, file.names, slots);
  compiled.interface.hash = hash;
  for (auto other : llvm::make_early_inc_range(module->getOps<func::FuncOp>()))
    if (other != model)
      other.erase();
  return ExitCode::Ok;
}

/// Checks the name that symbols begin with.
ExitCode Compilation::nameModel() {
  std::string &name = compiled.interface.name;
  if (!request.name.empty())
    name = request.name;
  compiled.interface.threads = request.threads;
  bool isLibrary = request.kind == OutputKind::Shared ||
                   request.kind == OutputKind::Static ||
                   request.kind == OutputKind::Object ||
                   request.kind == OutputKind::Header;
  if (isLibrary && !isIdentifier(name))
    return report(ExitCode::UserError,
                  "expected a name that C allows for the functions of the "
                  "library, but the model is called '" +
                      Twine(escape(name)) + "'; give --name=IDENT");
  return ExitCode::Ok;
}

/// Checks the values of parameters, even if they are read again when the
/// program starts.
ExitCode Compilation::addWeights() {
  if (!compiled.weights)
    return ExitCode::Ok;
  ModelInterface checked = compiled.interface;
  if (failed(embedWeights(model, *compiled.weights, request.weights, ranges,
                          checked)))
    return ExitCode::UserError;
  warnAboutWeights(model, checked, request.weights);
  if (request.weightsKind == WeightsKind::External) {
    compiled.interface.weightsFile = request.weights;
    return ExitCode::Ok;
  }
  compiled.interface = std::move(checked);
  return ExitCode::Ok;
}

/// Orders parameters as the code reads them.
void Compilation::layOutWeights() {
  if (!request.optimize)
    return;
  compressWeights(model, compiled.interface);
  transposeWeights(model, compiled.interface);
}

/// Takes what passes have said about the layers out of the model.
ExitCode Compilation::explain() {
  compiled.interface.report = makeReport(model, request, compiled.interface);
  model->removeAttr(kReportAttr);
  return ExitCode::Ok;
}

/// A processor or a kind of GPU.
ExitCode Compilation::addTarget(const std::string &target) {
  if (std::optional<int> architecture = parseCudaTarget(target)) {
    if (!llvm::is_contained(architectures, *architecture))
      architectures.push_back(*architecture);
    return ExitCode::Ok;
  }
  const Processor *found = lookupProcessor(target);
  if (!found)
    return report(ExitCode::UsageError,
                  "expected a target " + getProcessorNames() +
                      ", or cuda:sm_N with N from 80 to 121, but got '" +
                      target + "'");
  if (!processors.empty() && processors[0].triple != found->triple)
    return report(ExitCode::UsageError,
                  "expected targets of one architecture, but got '" +
                      *llvm::find_if_not(request.targets, parseCudaTarget) +
                      "' and '" + target + "'");
  if (llvm::none_of(processors, [&](const Processor &other) {
        return other.name == found->name;
      }))
    processors.push_back(*found);
  return ExitCode::Ok;
}

ExitCode Compilation::selectProcessors() {
  ArrayRef<Processor> all = getProcessors();
  for (const std::string &target : request.targets)
    if (ExitCode code = addTarget(target); code != ExitCode::Ok)
      return code;
  if (!architectures.empty())
    prepareForCuda(context);
  if (processors.empty()) {
    if (isForOneProcessor(request))
      processors.push_back(all.back());
    else
      processors.assign(all.begin(), all.end());
  }
  llvm::sort(processors, [](const Processor &a, const Processor &b) {
    return a.vectorBits > b.vectorBits;
  });
  return checkRequest();
}

/// What cannot be done for these targets.
ExitCode Compilation::checkRequest() {
  if (isForOneProcessor(request) && processors.size() > 1)
    return report(ExitCode::UsageError,
                  "expected one --target for this kind of output, but got " +
                      Twine(processors.size()));
  bool isText =
      request.kind == OutputKind::Object || request.kind == OutputKind::LLVM;
  if (isText && !architectures.empty())
    return report(ExitCode::TargetError,
                  "expected --emit=exe, shared or static, or asm for PTX, for "
                  "a target cuda:sm_N: its code loads the driver");
  if (request.kind == OutputKind::Assembly && architectures.size() > 1)
    return report(ExitCode::UsageError,
                  "expected one --target for this kind of output, but got " +
                      Twine(architectures.size()));
  bool isLinked = request.kind == OutputKind::Executable ||
                  request.kind == OutputKind::Shared ||
                  request.kind == OutputKind::Static;
  if (isLinked && processors[0].triple != getProcessors()[0].triple)
    return report(ExitCode::TargetError,
                  "expected --emit=object, header, llvm or asm for the target "
                  "'" +
                      processors[0].name +
                      "': the library to link with is there for x86-64 only");
  return ExitCode::Ok;
}

/// Prints the IR after a stage, for GPUs or for the first processor.
ExitCode Compilation::printStage() {
  Stage last = request.stopAfter.value_or(Stage::Space);
  if (last > Stage::Space) {
    LowerOptions options;
    setLowerOptions(request, processors[0], options);
    PassManager pm(&context);
    bool isCuda = !architectures.empty();
    isCuda ? buildCudaLowerPipeline(pm) : buildLowerPipeline(pm, options);
    if (last == Stage::Upstream)
      isCuda ? buildCudaUpstreamPipeline(pm) : buildUpstreamPipeline(pm);
    if (failed(pm.run(*module)))
      return ExitCode::InternalError;
  }
  std::string text;
  llvm::raw_string_ostream stream(text);
  module->print(stream);
  return writeOutput(request.output.empty() ? "-" : request.output, text,
                     /*isExecutable=*/false);
}

ExitCode Compilation::emitVariant(const Processor &processor) {
  LowerOptions options;
  setLowerOptions(request, processor, options);
  OwningOpRef<ModuleOp> clone(module->clone());
  StringRef entry = model.getName();
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
  reportTime(("lower for " + processor.name).str());
  Variant variant{processor, "snn_" + compiled.interface.name + "_v" +
                                 std::to_string(compiled.variants.size())};
  code = translateModel(*clone, llvmContext, entry, variant.symbol, slots);
  if (!code)
    return ExitCode::InternalError;
  if (std::string error = optimizeCode(*code, processor); !error.empty())
    return report(ExitCode::TargetError, error);
  variant.stepBytes = takeStepBytes(*code, variant.symbol);
  reportTime(("optimise for " + processor.name).str());
  if (ExitCode kept = keep(("." + processor.name + ".ll").str(),
                           [&](auto &os) { code->print(os, nullptr); });
      kept != ExitCode::Ok)
    return kept;
  compiled.variants.push_back(std::move(variant));
  return ExitCode::Ok;
}

ExitCode Compilation::emitVariants() {
  if (ExitCode kept = keep(".space.mlir", [&](auto &os) { module->print(os); });
      kept != ExitCode::Ok)
    return kept;
  for (const Processor &processor : processors) {
    if (request.verbose)
      llvm::errs() << "snnc: " << compiled.interface.name << " for "
                   << processor.name << "\n";
    if (ExitCode code = emitVariant(processor); code != ExitCode::Ok)
      return code;
    if (isForOneProcessor(request))
      return ExitCode::Ok; // as a module
    if (std::string error = emitCode(*code, processor, CodeKind::Object,
                                     compiled.objects.emplace_back());
        !error.empty())
      return report(ExitCode::TargetError, error);
    reportTime(("emit for " + processor.name).str());
  }
  return ExitCode::Ok;
}

/// Makes kernels of the layers, which the report then names.
ExitCode Compilation::lowerForGpus() {
  if (architectures.empty())
    return ExitCode::Ok;
  gpuModule = module->clone();
  auto clone = gpuModule->lookupSymbol<func::FuncOp>(model.getName());
  nameLayers(clone);
  PassManager pm(&context);
  buildCudaKernelPipeline(pm);
  if (failed(pm.run(*gpuModule)))
    return ExitCode::InternalError;
  if (Attribute report = clone->removeAttr(kReportAttr))
    model->setAttr(kReportAttr, report);
  reportTime("lower for GPUs");
  return ExitCode::Ok;
}

/// The kernels for GPUs, and the function on the host that launches them.
ExitCode Compilation::emitCudaCode() {
  if (!gpuModule)
    return ExitCode::Ok;
  OwningOpRef<ModuleOp> clone = std::move(gpuModule);
  StringRef entry = model.getName();
  PassManager pm(&context);
  pm.addPass(createEmitEntryPass());
  if (failed(pm.run(*clone)))
    return ExitCode::InternalError;
  clone->lookupSymbol(entry)->setAttr("llvm.emit_c_interface",
                                      UnitAttr::get(&context));
  PassManager upstream(&context);
  buildCudaUpstreamPipeline(upstream);
  if (failed(upstream.run(*clone)))
    return ExitCode::InternalError;
  reportTime("make launches");
  CudaCode &cuda = compiled.cuda.emplace();
  cuda.waits = clone->lookupSymbol("snn_cuda_read") != nullptr;
  for (auto kernels : clone->getOps<gpu::GPUModuleOp>())
    if (std::string error = emitCuda(kernels, architectures, cuda);
        !error.empty())
      return report(ExitCode::TargetError, error);
  reportTime("make kernels");
  if (ExitCode kept = keepImages(cuda); kept != ExitCode::Ok)
    return kept;
  PassManager launch(&context);
  buildCudaLaunchPipeline(launch);
  if (failed(launch.run(*clone)))
    return ExitCode::InternalError;
  cuda.symbol = "snn_" + compiled.interface.name + "_cuda";
  cuda.usesCublasLt = bool(clone->lookupSymbol("snn_cuda_matmul"));
  const Processor &baseline = processors.back();
  std::unique_ptr<llvm::Module> host =
      translateModel(*clone, llvmContext, entry, cuda.symbol, slots);
  if (!host)
    return ExitCode::InternalError;
  std::string error = optimizeCode(*host, baseline, /*isSmall=*/true);
  if (error.empty())
    error = emitCode(*host, baseline, CodeKind::Object,
                     compiled.objects.emplace_back());
  reportTime("emit launches");
  return error.empty() ? ExitCode::Ok : report(ExitCode::TargetError, error);
}

/// Keeps the texts of kernels, on request.
ExitCode Compilation::keepImages(const CudaCode &cuda) {
  for (const CudaImage &image : cuda.images)
    if (image.isPtx)
      if (ExitCode kept =
              keep(".sm_" + std::to_string(image.architecture) + ".ptx",
                   [&](llvm::raw_ostream &os) { os << image.bytes; });
          kept != ExitCode::Ok)
        return kept;
  return ExitCode::Ok;
}

/// The code of one processor, or of a GPU, as text.
ExitCode Compilation::emitText() {
  if (compiled.cuda) {
    for (const CudaImage &image : compiled.cuda->images)
      if (image.isPtx)
        return writeOutput(request.output, image.bytes,
                           /*isExecutable=*/false);
  }
  SmallVector<char, 0> text;
  CodeKind kind =
      request.kind == OutputKind::LLVM ? CodeKind::LLVM : CodeKind::Assembly;
  if (std::string error = emitCode(*code, processors[0], kind, text);
      !error.empty())
    return report(ExitCode::TargetError, error);
  return writeOutput(request.output, StringRef(text.data(), text.size()),
                     /*isExecutable=*/false);
}

/// All variants, the values of parameters and the model as objects.
ExitCode Compilation::emitBinary() {
  Entry entry = request.kind == OutputKind::Executable ? Entry::Main
                : request.kind == OutputKind::Shared   ? Entry::Plugin
                                                       : Entry::Library;
  const ModelInterface &interface = compiled.interface;
  bool isEmbedded = llvm::any_of(
      interface.params, [](const auto &param) { return !param.data.empty(); });
  std::unique_ptr<llvm::Module> description = makeModelModule(
      interface, compiled.variants, entry,
      isEmbedded ? WeightsPlace::OtherObject : WeightsPlace::Here, llvmContext,
      compiled.cuda ? &*compiled.cuda : nullptr);
  const Processor &baseline = processors.back();
  std::string error = optimizeCode(*description, baseline);
  if (error.empty())
    error = emitCode(*description, baseline, CodeKind::Object,
                     compiled.objects.emplace_back());
  if (error.empty() && isEmbedded)
    error = emitWeights(interface, baseline.triple,
                        compiled.objects.emplace_back());
  if (!error.empty())
    return report(ExitCode::TargetError, error);
  reportTime("describe the model");
  ExitCode code = request.kind == OutputKind::Static
                      ? writeArchive(compiled.objects, request)
                      : linkBinary(compiled.objects, request);
  reportTime("link");
  return code;
}

/// One object with all that it needs.
ExitCode Compilation::emitWhole() {
  const Processor &processor = processors[0];
  std::unique_ptr<llvm::Module> description =
      makeModelModule(compiled.interface, compiled.variants, Entry::Library,
                      WeightsPlace::Here, llvmContext);
  description->setTargetTriple(code->getTargetTriple());
  description->setDataLayout(code->getDataLayout());
  llvm::Linker::linkModules(*code, std::move(description));
  std::string error =
      linkRuntime(*code, getRuntimeCode(processor), compiled.interface.name);
  if (error.empty())
    error = optimizeCode(*code, processor, /*isSmall=*/true);
  SmallVector<char, 0> object;
  if (error.empty())
    error = emitCode(*code, processor, CodeKind::Object, object);
  if (!error.empty())
    return report(ExitCode::TargetError, error);
  if (std::string symbol = findForeignSymbol(object); !symbol.empty())
    return report(ExitCode::TargetError,
                  "expected a model that needs no library, but it calls '" +
                      symbol + "'; --emit=static has no such limit");
  return writeOutput(request.output, StringRef(object.data(), object.size()),
                     /*isExecutable=*/false);
}

ExitCode Compilation::writeHeader() {
  return writeOutput(request.output,
                     makeHeader(compiled.interface, compiled.variants,
                                compiled.cuda.has_value()),
                     /*isExecutable=*/false);
}

/// Reads what is read, and tries what is written, before any work is done.
ExitCode Compilation::openFiles() {
  if (ExitCode code = checkOutput(request.output); code != ExitCode::Ok)
    return code;
  if (ExitCode code = readSource(request.input, request, sources);
      code != ExitCode::Ok)
    return code;
  return readWeights(request.weights, compiled.weights);
}

ExitCode Compilation::run() {
  isFromFile = true;
  if (ExitCode code = selectProcessors(); code != ExitCode::Ok)
    return code;
  if (ExitCode code = openFiles(); code != ExitCode::Ok)
    return code;
  if (ExitCode code = parse(); code != ExitCode::Ok)
    return code;
  reportTime("read and check");
  bool isBound = !request.stopAfter || *request.stopAfter >= Stage::Space;
  if (isBound) {
    if (ExitCode code = addWeights(); code != ExitCode::Ok)
      return code;
    layOutWeights();
  }
  if (isBound && (request.explain || request.kind != OutputKind::MLIR))
    if (ExitCode code = lowerForGpus(); code != ExitCode::Ok)
      return code;
  if (request.explain)
    llvm::outs() << explainLayers(model);
  if (request.explain && request.output.empty() &&
      request.kind != OutputKind::MLIR)
    return ExitCode::Ok;
  if (request.kind == OutputKind::MLIR)
    return printStage();
  for (auto step : {&Compilation::nameModel, &Compilation::explain,
                    &Compilation::emitVariants, &Compilation::emitCudaCode})
    if (ExitCode code = (this->*step)(); code != ExitCode::Ok)
      return code;
  switch (request.kind) {
  case OutputKind::Header:
    return writeHeader();
  case OutputKind::Object:
    return emitWhole();
  case OutputKind::LLVM:
  case OutputKind::Assembly:
    return emitText();
  default:
    return emitBinary();
  }
}

ExitCode Compilation::run(std::unique_ptr<llvm::MemoryBuffer> text) {
  sources.AddNewSourceBuffer(std::move(text), SMLoc());
  if (ExitCode code = scanSource(request.input, request, sources);
      code != ExitCode::Ok)
    return code;
  for (auto step : {&Compilation::selectProcessors, &Compilation::parse})
    if (ExitCode code = (this->*step)(); code != ExitCode::Ok)
      return code;
  if (compiled.weights) {
    if (failed(embedWeights(model, *compiled.weights, request.weights, ranges,
                            compiled.interface)))
      return ExitCode::UserError;
  }
  layOutWeights();
  if (ExitCode code = explain(); code != ExitCode::Ok)
    return code;
  return emitVariants();
}

ExitCode mlir::snn::compile(const CompileRequest &request) {
  CompiledModel compiled;
  return Compilation(request, compiled).run();
}

ExitCode mlir::snn::compileInMemory(const CompileRequest &request,
                                    std::unique_ptr<llvm::MemoryBuffer> text,
                                    std::optional<rt::TensorFile> weights,
                                    CompiledModel &compiled) {
  compiled.weights = std::move(weights);
  return Compilation(request, compiled).run(std::move(text));
}
