//===- Object.cpp - From the llvm dialect to object files ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Target/Object.h"

#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "snn/Runtime/Runtime.h"

#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/Linker/Linker.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/Transforms/IPO/Internalize.h"

using namespace mlir;
using namespace mlir::snn;

static constexpr llvm::StringLiteral kX86 = "x86_64-unknown-linux-gnu";

ArrayRef<Processor> snn::getProcessors() {
  static const Processor processors[] = {
      {"x86-64-v4", "x86-64-v4", kX86, SNN_CPU_AVX2 | SNN_CPU_AVX512, 512, 32},
      {"x86-64-v3", "x86-64-v3", kX86, SNN_CPU_AVX2, 256, 16},
      {"x86-64-v2", "x86-64-v2", kX86, 0, 128, 16},
  };
  return processors;
}

StringRef snn::getProcessorNames() {
  return "native, x86-64-v2, x86-64-v3, x86-64-v4 or aarch64";
}

const Processor *snn::lookupProcessor(StringRef name) {
  static const Processor arm = {
      "aarch64", "generic", "aarch64-unknown-linux-gnu", 0, 128, 32};
  if (name == arm.name)
    return &arm;
  uint32_t machine = snn_cpu_features();
  for (const Processor &processor : getProcessors())
    if (name == processor.name ||
        processor.name.ends_with(("-" + name).str()) ||
        (name == "native" && (processor.features & ~machine) == 0))
      return &processor;
  return nullptr;
}

/// void symbol(void *const *args): unpacks the runtime's argument list and
/// calls the C interface of the entry.
static void addTrampoline(llvm::Module &module, StringRef entry,
                          StringRef symbol, ArrayRef<size_t> slots) {
  llvm::LLVMContext &context = module.getContext();
  auto *pointer = llvm::PointerType::getUnqual(context);
  auto *type =
      llvm::FunctionType::get(llvm::Type::getVoidTy(context), {pointer}, false);
  auto *function = llvm::Function::Create(
      type, llvm::GlobalValue::ExternalLinkage, symbol, module);
  function->setVisibility(llvm::GlobalValue::HiddenVisibility);
  llvm::IRBuilder<> builder(
      llvm::BasicBlock::Create(context, "entry", function));
  auto load = [&](size_t index) -> llvm::Value * {
    llvm::Value *slot =
        builder.CreateConstInBoundsGEP1_64(pointer, function->getArg(0), index);
    return builder.CreateLoad(pointer, slot);
  };
  llvm::SmallVector<llvm::Value *> arguments;
  for (size_t slot : slots)
    arguments.push_back(load(slot));
  for (size_t i : {slots.size(), slots.size() + 1})
    arguments.push_back(builder.CreateLoad(builder.getInt64Ty(), load(i)));
  llvm::Value *record =
      builder.CreateLoad(builder.getInt8Ty(), load(slots.size() + 2));
  arguments.push_back(builder.CreateICmpNE(
      record, llvm::ConstantInt::get(record->getType(), 0)));
  arguments.push_back(load(slots.size() + 3));
  builder.CreateCall(module.getFunction(("_mlir_ciface_" + entry).str()),
                     arguments);
  builder.CreateRetVoid();
}

/// i64 name() { return bytes(1, 1); }, which folds to a constant.
static void addStepBytes(llvm::Function &bytes, StringRef name) {
  auto *word = llvm::Type::getInt64Ty(bytes.getContext());
  auto *function = llvm::Function::Create(llvm::FunctionType::get(word, false),
                                          llvm::GlobalValue::ExternalLinkage,
                                          name, *bytes.getParent());
  llvm::IRBuilder<> builder(
      llvm::BasicBlock::Create(bytes.getContext(), "entry", function));
  llvm::Value *one = builder.getInt64(1);
  builder.CreateRet(builder.CreateCall(&bytes, {one, one}));
}

std::unique_ptr<llvm::Module>
snn::translateModel(ModuleOp module, llvm::LLVMContext &context,
                    StringRef entry, StringRef symbol, ArrayRef<size_t> slots) {
  registerBuiltinDialectTranslation(*module.getContext());
  registerLLVMDialectTranslation(*module.getContext());
  std::unique_ptr<llvm::Module> result =
      translateModuleToLLVMIR(module, context, symbol);
  if (!result)
    return nullptr;
  addTrampoline(*result, entry, symbol, slots);
  llvm::Function *bytes = result->getFunction("snn_workspace_bytes");
  bytes->setName((symbol + "_bytes").str());
  bytes->setVisibility(llvm::GlobalValue::HiddenVisibility);
  addStepBytes(*bytes, (symbol + "_step_bytes").str());
  for (llvm::Function &function : *result)
    if (!function.isDeclaration() && function.getName() != symbol &&
        !function.getName().ends_with("_bytes"))
      function.setLinkage(llvm::GlobalValue::InternalLinkage);
  return result;
}

static std::unique_ptr<llvm::TargetMachine>
createTargetMachine(const Processor &processor, std::string &error) {
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
  LLVMInitializeX86AsmParser(); // the runtime reads a register of the system
  LLVMInitializeAArch64TargetInfo();
  LLVMInitializeAArch64Target();
  LLVMInitializeAArch64TargetMC();
  LLVMInitializeAArch64AsmPrinter();
  llvm::Triple triple(processor.triple);
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict; // nothing is contracted
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, processor.cpu, "", options, llvm::Reloc::PIC_, std::nullopt,
      llvm::CodeGenOptLevel::Aggressive));
}

std::string snn::optimizeCode(llvm::Module &module, const Processor &processor,
                              bool isSmall) {
  std::string error;
  std::unique_ptr<llvm::TargetMachine> machine =
      createTargetMachine(processor, error);
  if (!machine)
    return error;
  module.setTargetTriple(machine->getTargetTriple());
  module.setDataLayout(machine->createDataLayout());
  std::string width = std::to_string(processor.vectorBits);
  for (llvm::Function &function : module) {
    function.removeFnAttr("target-features"); // of the runtime's own compiler
    function.addFnAttr("target-cpu", processor.cpu);
    function.addFnAttr("prefer-vector-width", width);
    function.addFnAttr("min-legal-vector-width", width);
    if (isSmall)
      function.addFnAttr(llvm::Attribute::OptimizeForSize);
  }
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PipelineTuningOptions tuning;
  tuning.SLPVectorization = false; // neurons and products are vectors already
  tuning.LoopUnrolling = false;    // and hold several registers of them
  llvm::PassBuilder builder(machine.get(), tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  builder
      .buildPerModuleDefaultPipeline(isSmall ? llvm::OptimizationLevel::Os
                                             : llvm::OptimizationLevel::O3)
      .run(module, modules);
  return "";
}

std::string snn::emitCode(llvm::Module &module, const Processor &processor,
                          CodeKind kind, llvm::SmallVectorImpl<char> &code) {
  llvm::raw_svector_ostream stream(code);
  if (kind == CodeKind::LLVM) {
    module.print(stream, nullptr);
    return "";
  }
  std::string error;
  std::unique_ptr<llvm::TargetMachine> machine =
      createTargetMachine(processor, error);
  if (!machine)
    return error;
  llvm::legacy::PassManager codegen;
  if (machine->addPassesToEmitFile(codegen, stream, nullptr,
                                   kind == CodeKind::Assembly
                                       ? llvm::CodeGenFileType::AssemblyFile
                                       : llvm::CodeGenFileType::ObjectFile))
    return "expected a target that can write object files";
  codegen.run(module);
  return "";
}

int64_t snn::takeStepBytes(llvm::Module &module, StringRef symbol) {
  llvm::Function *bytes = module.getFunction((symbol + "_step_bytes").str());
  auto *result = cast<llvm::ReturnInst>(bytes->getEntryBlock().getTerminator());
  int64_t value =
      cast<llvm::ConstantInt>(result->getReturnValue())->getSExtValue();
  bytes->eraseFromParent();
  return value;
}

std::string snn::linkRuntime(llvm::Module &module, StringRef runtime,
                             StringRef name) {
  auto buffer = llvm::MemoryBuffer::getFile(runtime);
  if (!buffer)
    return ("cannot read '" + runtime + "': " + buffer.getError().message())
        .str();
  auto code = llvm::parseBitcodeFile(**buffer, module.getContext());
  if (!code)
    return llvm::toString(code.takeError());
  (*code)->setTargetTriple(module.getTargetTriple());
  (*code)->setDataLayout(module.getDataLayout());
  if (llvm::Linker::linkModules(module, std::move(*code)))
    return "expected a runtime of this version in '" + runtime.str() + "'";
  std::string prefix = (name + "_").str();
  llvm::internalizeModule(module, [&](const llvm::GlobalValue &value) {
    return value.hasDefaultVisibility() && value.getName().starts_with(prefix);
  });
  return "";
}
