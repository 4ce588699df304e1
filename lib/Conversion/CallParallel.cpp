//===- CallParallel.cpp - Run functions on the pool -----------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Conversion/Passes.h"
#include "snn/IR/SNN.h"

namespace mlir::snn {
#define GEN_PASS_DEF_CALLPARALLELPASS
#include "snn/Conversion/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

namespace {
/// The types that every call of the pool needs.
struct PoolTypes {
  Type pointer, word, none;
  explicit PoolTypes(MLIRContext *context)
      : pointer(LLVM::LLVMPointerType::get(context)),
        word(IntegerType::get(context, 64)),
        none(LLVM::LLVMVoidType::get(context)) {}
};

struct CallParallel : snn::impl::CallParallelPassBase<CallParallel> {
  void runOnOperation() override {
    SmallVector<LLVM::CallOp> calls;
    getOperation().walk([&](LLVM::CallOp call) {
      auto callee = call.getCallee();
      auto function =
          callee ? getOperation().lookupSymbol<LLVM::LLVMFuncOp>(*callee)
                 : LLVM::LLVMFuncOp();
      if (function && function->hasAttr(kParallelAttr))
        calls.push_back(call);
    });
    if (calls.empty())
      return;
    PoolTypes types(&getContext());
    OpBuilder builder(getOperation().getBodyRegion());
    auto pool = LLVM::LLVMFuncOp::create(
        builder, getOperation().getLoc(), "snn_parallel_for",
        LLVM::LLVMFunctionType::get(
            types.none,
            {types.word, types.word, types.pointer, types.pointer}));
    for (LLVM::CallOp call : calls)
      callPool(call, pool, types);
  }

  /// f(begin, end, ...) -> snn_parallel_for(end - begin, 1, thunk, context)
  void callPool(LLVM::CallOp call, LLVM::LLVMFuncOp pool,
                const PoolTypes &types) {
    Location loc = call.getLoc();
    auto function =
        getOperation().lookupSymbol<LLVM::LLVMFuncOp>(*call.getCallee());
    OperandRange captures = call.getArgOperands().drop_front(2);
    auto context = LLVM::LLVMStructType::getLiteral(
        &getContext(), llvm::to_vector(captures.getTypes()));
    LLVM::LLVMFuncOp thunk = makeThunk(function, context, types);

    auto parent = call->getParentOfType<LLVM::LLVMFuncOp>();
    OpBuilder entry = OpBuilder::atBlockBegin(&parent.getBody().front());
    Value one = LLVM::ConstantOp::create(entry, loc, types.word,
                                         entry.getI64IntegerAttr(1));
    Value memory =
        LLVM::AllocaOp::create(entry, loc, types.pointer, context, one);
    OpBuilder builder(call);
    for (auto [i, capture] : llvm::enumerate(captures)) {
      Value slot =
          LLVM::GEPOp::create(builder, loc, types.pointer, context, memory,
                              ArrayRef<LLVM::GEPArg>{0, int32_t(i)});
      LLVM::StoreOp::create(builder, loc, capture, slot);
    }
    Value address = LLVM::AddressOfOp::create(builder, loc, thunk);
    // Iterations are numbered from 0, where the lowering starts all its loops.
    LLVM::CallOp::create(
        builder, loc, pool,
        ValueRange{call.getArgOperands()[1], one, address, memory});
    call.erase();
  }

  /// thunk(context, begin, end): f(begin, end, fields of the context)
  LLVM::LLVMFuncOp makeThunk(LLVM::LLVMFuncOp function, Type context,
                             const PoolTypes &types) {
    Location loc = function.getLoc();
    OpBuilder builder(function);
    auto thunk = LLVM::LLVMFuncOp::create(
        builder, loc, (function.getName() + "_thunk").str(),
        LLVM::LLVMFunctionType::get(types.none,
                                    {types.pointer, types.word, types.word}));
    Block *entry = thunk.addEntryBlock(builder);
    builder.setInsertionPointToStart(entry);
    SmallVector<Value> arguments = {entry->getArgument(1),
                                    entry->getArgument(2)};
    auto fields = cast<LLVM::LLVMStructType>(context).getBody();
    for (auto [i, type] : llvm::enumerate(fields)) {
      Value slot = LLVM::GEPOp::create(builder, loc, types.pointer, context,
                                       entry->getArgument(0),
                                       ArrayRef<LLVM::GEPArg>{0, int32_t(i)});
      arguments.push_back(LLVM::LoadOp::create(builder, loc, type, slot));
    }
    LLVM::CallOp::create(builder, loc, function, arguments);
    LLVM::ReturnOp::create(builder, loc, ValueRange());
    return thunk;
  }
};
} // namespace
