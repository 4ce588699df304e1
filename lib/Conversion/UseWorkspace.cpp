//===- UseWorkspace.cpp - Allocate from the caller's workspace ------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Conversion/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringSet.h"

namespace mlir::snn {
#define GEN_PASS_DEF_USEWORKSPACEPASS
#include "snn/Conversion/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;

/// The names that MLIR's memref lowering calls, and the runtime's.
static constexpr llvm::StringLiteral kAlloc =
    "_mlir_memref_to_llvm_aligned_alloc";
static constexpr llvm::StringLiteral kFree = "_mlir_memref_to_llvm_free";
static constexpr llvm::StringLiteral kWorkspaceAlloc = "snn_workspace_alloc";
static constexpr llvm::StringLiteral kWorkspaceFree = "snn_workspace_free";

namespace {
struct UseWorkspace : snn::impl::UseWorkspacePassBase<UseWorkspace> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    numSites = 0;
    if (auto free = module.lookupSymbol<LLVM::LLVMFuncOp>(kFree)) {
      auto name = StringAttr::get(&getContext(), kWorkspaceFree);
      if (failed(SymbolTable::replaceAllSymbolUses(free, name, module)))
        return signalPassFailure();
      free.setSymNameAttr(name);
    }
    if (auto alloc = module.lookupSymbol<LLVM::LLVMFuncOp>(kAlloc)) {
      declareAlloc(alloc);
      alloc.erase();
    }
    // The wrapper of the C interface calls the entry, which allocates.
    SmallVector<LLVM::LLVMFuncOp> entries;
    for (auto function : module.getOps<LLVM::LLVMFuncOp>())
      if (function.isPublic() && !function.isExternal() &&
          function.getName() != "snn_workspace_bytes")
        entries.push_back(function);
    llvm::StringSet<> names;
    for (LLVM::LLVMFuncOp entry : entries) {
      addArgument(entry);
      names.insert(entry.getName());
    }
    WalkResult walk = module.walk([&](LLVM::CallOp call) {
      auto callee = call.getCallee();
      bool isAlloc = callee && *callee == kAlloc;
      if (!isAlloc && !(callee && names.contains(*callee)))
        return WalkResult::advance();
      auto parent = call->getParentOfType<LLVM::LLVMFuncOp>();
      if (!names.contains(parent.getName())) {
        call.emitOpError("expected allocations in the entry only");
        return WalkResult::interrupt();
      }
      passWorkspace(call, parent.getArguments().back(), isAlloc);
      return WalkResult::advance();
    });
    if (walk.wasInterrupted())
      signalPassFailure();
  }

  void declareAlloc(LLVM::LLVMFuncOp alloc) {
    OpBuilder builder(alloc);
    Type pointer = LLVM::LLVMPointerType::get(&getContext());
    Type word = builder.getI64Type();
    LLVM::LLVMFuncOp::create(
        builder, alloc.getLoc(), kWorkspaceAlloc,
        LLVM::LLVMFunctionType::get(pointer, {pointer, word, word}));
  }

  void addArgument(LLVM::LLVMFuncOp function) {
    Type pointer = LLVM::LLVMPointerType::get(&getContext());
    LLVM::LLVMFunctionType type = function.getFunctionType();
    SmallVector<Type> params(type.getParams());
    params.push_back(pointer);
    function.setFunctionType(
        LLVM::LLVMFunctionType::get(type.getReturnType(), params));
    if (ArrayAttr attrs = function.getAllArgAttrs()) {
      SmallVector<Attribute> all(attrs.begin(), attrs.end());
      all.push_back(DictionaryAttr::get(&getContext()));
      function.setAllArgAttrs(ArrayAttr::get(&getContext(), all));
    }
    function.getBody().front().addArgument(pointer, function.getLoc());
  }

  /// aligned_alloc(alignment, bytes) -> alloc(workspace, bytes, site)
  /// f(...) -> f(..., workspace)
  void passWorkspace(LLVM::CallOp call, Value workspace, bool isAlloc) {
    OpBuilder builder(call);
    SmallVector<Value> arguments(call.getArgOperands());
    if (isAlloc) { // blocks are aligned for any vector register already
      arguments[0] = workspace;
      arguments.push_back(LLVM::ConstantOp::create(
          builder, call.getLoc(), builder.getI64IntegerAttr(numSites++)));
    } else {
      arguments.push_back(workspace);
    }
    StringRef callee = isAlloc ? StringRef(kWorkspaceAlloc) : *call.getCallee();
    auto replacement = LLVM::CallOp::create(
        builder, call.getLoc(), call.getResultTypes(), callee, arguments);
    call->replaceAllUsesWith(replacement);
    call.erase();
  }

  int64_t numSites = 0;
};
} // namespace
