//===- ModelModule.cpp - The constant that describes a model ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Target/Object.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

using namespace mlir;
using namespace mlir::snn;

namespace {
/// Writes the structs of Runtime/Model.h as constants. LLVM lays out a struct
/// of naturally aligned fields as C does.
class ConstantWriter {
public:
  ConstantWriter(llvm::Module &module)
      : module(module), context(module.getContext()),
        pointer(llvm::PointerType::getUnqual(context)) {}

  llvm::Constant *i32(uint64_t value) {
    return llvm::ConstantInt::get(llvm::Type::getInt32Ty(context), value);
  }
  llvm::Constant *i64(uint64_t value) {
    return llvm::ConstantInt::get(llvm::Type::getInt64Ty(context), value);
  }
  llvm::Constant *null() { return llvm::ConstantPointerNull::get(pointer); }
  llvm::Constant *global(llvm::Constant *value, unsigned alignment = 8) {
    auto *variable =
        new llvm::GlobalVariable(module, value->getType(), /*isConstant=*/true,
                                 llvm::GlobalValue::PrivateLinkage, value);
    variable->setAlignment(llvm::Align(alignment));
    return variable;
  }
  llvm::Constant *text(StringRef value) {
    return global(llvm::ConstantDataArray::getString(context, value), 1);
  }
  /// Raw bytes, aligned for vector loads.
  llvm::Constant *bytes(ArrayRef<char> data) {
    return global(llvm::ConstantDataArray::getRaw(
                      StringRef(data.data(), data.size()), data.size(),
                      llvm::Type::getInt8Ty(context)),
                  64);
  }
  llvm::Constant *structure(ArrayRef<llvm::Constant *> fields) {
    return llvm::ConstantStruct::getAnon(fields);
  }
  llvm::Constant *array(ArrayRef<llvm::Constant *> elements) {
    if (elements.empty())
      return null();
    return global(llvm::ConstantArray::get(
        llvm::ArrayType::get(elements[0]->getType(), elements.size()),
        elements));
  }

  llvm::Constant *tensor(const BoundaryTensor &tensor) {
    llvm::SmallVector<llvm::Constant *> shape;
    for (int64_t size : tensor.shape)
      shape.push_back(i64(size));
    return structure({text(tensor.name), i32(tensor.type),
                      i32(tensor.shape.size()), array(shape),
                      i32(tensor.isSequence), i32(tensor.batchDim),
                      tensor.data.empty() ? null() : bytes(tensor.data)});
  }
  llvm::Constant *tensors(ArrayRef<BoundaryTensor> list) {
    llvm::SmallVector<llvm::Constant *> elements;
    for (const BoundaryTensor &element : list)
      elements.push_back(tensor(element));
    return array(elements);
  }

private:
  llvm::Module &module;
  llvm::LLVMContext &context;
  llvm::PointerType *pointer;
};
} // namespace

/// int main(int argc, char **argv) { return snn_main(&model, argc, argv); }
static void addMain(llvm::Module &module, llvm::Constant *model) {
  llvm::LLVMContext &context = module.getContext();
  auto *i32 = llvm::Type::getInt32Ty(context);
  auto *pointer = llvm::PointerType::getUnqual(context);
  auto run = module.getOrInsertFunction(
      "snn_main", llvm::FunctionType::get(i32, {pointer, i32, pointer}, false));
  auto *function = llvm::Function::Create(
      llvm::FunctionType::get(i32, {i32, pointer}, false),
      llvm::GlobalValue::ExternalLinkage, "main", module);
  llvm::IRBuilder<> builder(
      llvm::BasicBlock::Create(context, "entry", function));
  builder.CreateRet(builder.CreateCall(
      run, {model, function->getArg(0), function->getArg(1)}));
}

std::unique_ptr<llvm::Module>
snn::makeModelModule(const ModelInterface &interface,
                     ArrayRef<std::pair<Processor, std::string>> variants,
                     llvm::LLVMContext &context) {
  auto module = std::make_unique<llvm::Module>("model", context);
  ConstantWriter writer(*module);
  auto *pointer = llvm::PointerType::getUnqual(context);
  auto *i64 = llvm::Type::getInt64Ty(context);
  auto *window =
      llvm::FunctionType::get(llvm::Type::getVoidTy(context), {pointer}, false);
  llvm::SmallVector<llvm::Constant *> entries;
  for (const auto &[processor, symbol] : variants) {
    auto callee = module->getOrInsertFunction(symbol, window);
    cast<llvm::Function>(callee.getCallee())
        ->setVisibility(llvm::GlobalValue::HiddenVisibility);
    auto bytes = module->getOrInsertFunction(
        symbol + "_bytes", llvm::FunctionType::get(i64, {i64, i64}, false));
    cast<llvm::Function>(bytes.getCallee())
        ->setVisibility(llvm::GlobalValue::HiddenVisibility);
    entries.push_back(writer.structure(
        {writer.text(processor.name), writer.i32(processor.features),
         cast<llvm::Constant>(callee.getCallee()),
         cast<llvm::Constant>(bytes.getCallee())}));
  }
  llvm::Constant *model =
      writer.global(writer.structure({writer.i32(SNN_ABI_VERSION),
                                      writer.i32(interface.flags),
                                      writer.text(interface.name),
                                      writer.text("snnc 0.1.0"),
                                      writer.i64(interface.hash),
                                      writer.i32(interface.inputs.size()),
                                      writer.i32(interface.params.size()),
                                      writer.i32(interface.states.size()),
                                      writer.i32(interface.outputs.size()),
                                      writer.i32(interface.records.size()),
                                      writer.i32(entries.size()),
                                      writer.tensors(interface.inputs),
                                      writer.tensors(interface.params),
                                      writer.tensors(interface.states),
                                      writer.tensors(interface.outputs),
                                      writer.tensors(interface.records),
                                      writer.array(entries),
                                      writer.i64(interface.maxSteps),
                                      writer.i64(interface.bytesPerStep),
                                      writer.i64(interface.windowMultiple),
                                      writer.i32(interface.threads)}));
  addMain(*module, model);
  return module;
}
