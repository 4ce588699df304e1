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

/// Functions of the runtime that passes before have called without the run.
static constexpr llvm::StringLiteral kOfRun[] = {
    "snn_cuda_read", "snn_cuda_has_state", "snn_cuda_clear_states",
    "snn_cuda_matmul"};

/// The names that MLIR's memref lowering calls, and the runtime's.
static constexpr llvm::StringLiteral kAlloc =
    "_mlir_memref_to_llvm_aligned_alloc";
static constexpr llvm::StringLiteral kFree = "_mlir_memref_to_llvm_free";

namespace {
struct UseWorkspace : snn::impl::UseWorkspacePassBase<UseWorkspace> {
  using UseWorkspacePassBase::UseWorkspacePassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    numSites = 0;
    Type pointer = LLVM::LLVMPointerType::get(&getContext()),
         word = IntegerType::get(&getContext(), 64);
    SmallVector<Type> freed(gpu ? 2 : 1, pointer);
    declare(kFree, getFunction("free"), LLVM::LLVMVoidType::get(&getContext()),
            freed);
    declare(kAlloc, getFunction("alloc"), pointer, {pointer, word, word});
    for (StringRef name : kOfRun)
      addRun(name);
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
      bool isFree =
          callee && (*callee == kFree || llvm::is_contained(kOfRun, *callee));
      if (!isAlloc && !isFree && !(callee && names.contains(*callee)))
        return WalkResult::advance();
      auto parent = call->getParentOfType<LLVM::LLVMFuncOp>();
      if (!names.contains(parent.getName())) {
        call.emitOpError("expected allocations in the entry only");
        return WalkResult::interrupt();
      }
      passWorkspace(call, parent.getArguments().back());
      return WalkResult::advance();
    });
    if (walk.wasInterrupted())
      signalPassFailure();
  }

  /// A function of the runtime.
  std::string getFunction(StringRef what) {
    return ((gpu ? "snn_cuda_" : "snn_workspace_") + what).str();
  }

  /// Declares a function of the runtime in place of an upstream one.
  void declare(StringRef upstream, StringRef name, Type result,
               ArrayRef<Type> params) {
    auto function = getOperation().lookupSymbol<LLVM::LLVMFuncOp>(upstream);
    if (!function)
      return;
    function.setSymName(name);
    function.setFunctionType(LLVM::LLVMFunctionType::get(result, params));
  }

  /// f(...) -> f(run, ...)
  void addRun(StringRef name) {
    auto function = getOperation().lookupSymbol<LLVM::LLVMFuncOp>(name);
    if (!function)
      return;
    LLVM::LLVMFunctionType type = function.getFunctionType();
    SmallVector<Type> params = {LLVM::LLVMPointerType::get(&getContext())};
    llvm::append_range(params, type.getParams());
    declare(name, name, type.getReturnType(), params);
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
  /// free(block) -> free(block), on a GPU free(workspace, block)
  /// f(...) -> f(..., workspace)
  void passWorkspace(LLVM::CallOp call, Value workspace) {
    OpBuilder builder(call);
    SmallVector<Value> arguments(call.getArgOperands());
    std::string callee = call.getCallee()->str();
    if (callee == kAlloc) { // blocks are aligned for any vector register
      arguments[0] = workspace;
      arguments.push_back(LLVM::ConstantOp::create(
          builder, call.getLoc(), builder.getI64IntegerAttr(numSites++)));
      callee = getFunction("alloc");
    } else if (callee == kFree || llvm::is_contained(kOfRun, callee)) {
      if (gpu) // its blocks have no header
        arguments.insert(arguments.begin(), workspace);
      if (callee == kFree)
        callee = getFunction("free");
    } else {
      arguments.push_back(workspace);
    }
    auto replacement = LLVM::CallOp::create(
        builder, call.getLoc(), call.getResultTypes(), callee, arguments);
    call->replaceAllUsesWith(replacement);
    call.erase();
  }

  int64_t numSites = 0;
};
} // namespace
