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
#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"

using namespace mlir;
using namespace mlir::snn;

ArrayRef<Processor> snn::getProcessors() {
  static const Processor processors[] = {
      {"x86-64-v4", SNN_CPU_AVX2 | SNN_CPU_AVX512, 512, 32},
      {"x86-64-v3", SNN_CPU_AVX2, 256, 16},
      {"x86-64-v2", 0, 128, 16},
  };
  return processors;
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
  for (llvm::Function &function : *result)
    if (!function.isDeclaration() && function.getName() != symbol &&
        &function != bytes)
      function.setLinkage(llvm::GlobalValue::InternalLinkage);
  return result;
}

static std::unique_ptr<llvm::TargetMachine>
createTargetMachine(const Processor &processor, std::string &error) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  llvm::Triple triple("x86_64-unknown-linux-gnu");
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict; // nothing is contracted
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, processor.name, "", options, llvm::Reloc::PIC_, std::nullopt,
      llvm::CodeGenOptLevel::Aggressive));
}

static void optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PipelineTuningOptions tuning;
  tuning.SLPVectorization = false; // neurons and products are vectors already
  tuning.LoopUnrolling = false;    // and hold several registers of them
  llvm::PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3)
      .run(module, modules);
}

std::string snn::emitObject(llvm::Module &module, const Processor &processor,
                            llvm::SmallVectorImpl<char> &object) {
  std::string error;
  std::unique_ptr<llvm::TargetMachine> machine =
      createTargetMachine(processor, error);
  if (!machine)
    return error;
  module.setTargetTriple(machine->getTargetTriple());
  module.setDataLayout(machine->createDataLayout());
  std::string width = std::to_string(processor.vectorBits);
  for (llvm::Function &function : module) {
    function.addFnAttr("target-cpu", processor.name);
    function.addFnAttr("prefer-vector-width", width);
    function.addFnAttr("min-legal-vector-width", width);
  }
  optimize(module, *machine);
  llvm::raw_svector_ostream stream(object);
  llvm::legacy::PassManager codegen;
  if (machine->addPassesToEmitFile(codegen, stream, nullptr,
                                   llvm::CodeGenFileType::ObjectFile))
    return "expected a target that can write object files";
  codegen.run(module);
  return "";
}
