//===- InMemoryModel.cpp - Compiled code in this process ------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InMemoryModel.h"
#include "snn/Runtime/Runtime.h"

#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::testing;

/// What generated code calls: our runtime, which this program is linked with,
/// and the C library.
static llvm::Error addRuntime(llvm::orc::LLJIT &jit) {
  llvm::orc::SymbolMap symbols;
  auto add = [&](StringRef name, auto *function) {
    symbols[jit.mangleAndIntern(name)] = {
        llvm::orc::ExecutorAddr::fromPtr(function),
        llvm::JITSymbolFlags::Exported};
  };
  add("snn_parallel_for", &snn_parallel_for);
  add("snn_workspace_alloc", &snn_workspace_alloc);
  add("snn_workspace_free", &snn_workspace_free);
  if (llvm::Error error = jit.getMainJITDylib().define(
          llvm::orc::absoluteSymbols(std::move(symbols))))
    return error;
  auto library = llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
      jit.getDataLayout().getGlobalPrefix());
  if (!library)
    return library.takeError();
  jit.getMainJITDylib().addGenerator(std::move(*library));
  return llvm::Error::success();
}

llvm::Error InMemoryModel::link() {
  auto created = llvm::orc::LLJITBuilder().create();
  if (!created)
    return created.takeError();
  jit = std::move(*created);
  if (llvm::Error error = addRuntime(*jit))
    return error;
  for (const auto &object : compiled.objects)
    if (llvm::Error error =
            jit->addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(
                StringRef(object.data(), object.size()))))
      return error;
  std::vector<snn_variant> variants;
  for (const Variant &variant : compiled.variants) {
    auto address = jit->lookup(variant.symbol);
    if (!address)
      return address.takeError();
    auto bytes = jit->lookup(variant.symbol + "_bytes");
    if (!bytes)
      return bytes.takeError();
    variants.push_back({variant.processor.name.data(),
                        variant.processor.features,
                        address->toPtr<snn_window_fn>(),
                        bytes->toPtr<int64_t(int64_t, int64_t)>()});
  }
  description.emplace(compiled.interface, std::move(variants));
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<InMemoryModel>>
InMemoryModel::load(CompiledModel compiled) {
  std::unique_ptr<InMemoryModel> result(new InMemoryModel(std::move(compiled)));
  if (llvm::Error error = result->link())
    return error;
  return result;
}
