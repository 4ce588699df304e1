//===- CallLaunch.cpp - Launch kernels through the runtime ----------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Conversion/Passes.h"
#include "snn/IR/Kernel.h"

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::snn {
#define GEN_PASS_DEF_CALLLAUNCHPASS
#include "snn/Conversion/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;

static constexpr llvm::StringLiteral kLaunch = "snn_cuda_launch";

namespace {
struct CallLaunch : snn::impl::CallLaunchPassBase<CallLaunch> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    LLVMTypeConverter converter(&getContext());
    numberKernels();
    SmallVector<gpu::LaunchFuncOp> launches;
    module.walk([&](gpu::LaunchFuncOp op) { launches.push_back(op); });
    if (!launches.empty())
      declareLaunch();
    for (gpu::LaunchFuncOp op : launches)
      if (failed(callLaunch(op, converter)))
        return signalPassFailure();
    for (auto kernels :
         llvm::make_early_inc_range(module.getOps<gpu::GPUModuleOp>()))
      kernels.erase();
  }

  void numberKernels() {
    numbers.clear();
    for (auto kernels : getOperation().getOps<gpu::GPUModuleOp>())
      for (Operation &op : *kernels.getBody())
        if (op.hasAttr(gpu::GPUDialect::getKernelFuncAttrName()))
          numbers.try_emplace(SymbolTable::getSymbolName(&op), numbers.size());
  }

  void declareLaunch() {
    OpBuilder builder = OpBuilder::atBlockBegin(getOperation().getBody());
    Type pointer = LLVM::LLVMPointerType::get(&getContext()),
         i32 = builder.getI32Type(), i64 = builder.getI64Type();
    SmallVector<Type> types = {pointer, i32};
    types.append(7, i64);
    types.append({i32, pointer});
    LLVM::LLVMFuncOp::create(
        builder, getOperation().getLoc(), kLaunch,
        LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(&getContext()),
                                    types));
  }

  /// The scalars that a kernel reads an operand from.
  static LogicalResult unpack(ImplicitLocOpBuilder &builder, Value operand,
                              const LLVMTypeConverter &converter,
                              SmallVectorImpl<Value> &scalars) {
    Type type = converter.convertType(operand.getType());
    if (!type)
      return failure();
    Value value = operand;
    if (type != operand.getType())
      value = UnrealizedConversionCastOp::create(builder, type, operand)
                  .getResult(0);
    auto memref = dyn_cast<MemRefType>(operand.getType());
    if (memref)
      MemRefDescriptor::unpack(builder, builder.getLoc(), value, memref,
                               scalars);
    else
      scalars.push_back(value);
    return success();
  }

  LogicalResult callLaunch(gpu::LaunchFuncOp op,
                           const LLVMTypeConverter &converter) {
    auto function = op->getParentOfType<LLVM::LLVMFuncOp>();
    auto found = numbers.find(op.getKernelName());
    if (!function || found == numbers.end())
      return op.emitOpError("expected a kernel of this module in a function of "
                            "the llvm dialect");
    ImplicitLocOpBuilder builder(op.getLoc(), op);
    SmallVector<Value> scalars;
    for (Value operand : op.getKernelOperands())
      if (failed(unpack(builder, operand, converter, scalars)))
        return op.emitOpError("expected arguments that LLVM knows");
    Value list = makeList(builder, function, scalars);
    auto constant = [&](Type type, int64_t value) -> Value {
      return LLVM::ConstantOp::create(builder, type, value);
    };
    Type i32 = builder.getI32Type(), i64 = builder.getI64Type();
    SmallVector<Value> arguments = {function.getArguments().back(),
                                    constant(i32, found->second)};
    for (Value size :
         {op.getGridSizeX(), op.getGridSizeY(), op.getGridSizeZ(),
          op.getBlockSizeX(), op.getBlockSizeY(), op.getBlockSizeZ()}) {
      SmallVector<Value> word;
      if (failed(unpack(builder, size, converter, word)))
        return op.emitOpError("expected sizes that LLVM knows");
      arguments.push_back(word[0]);
    }
    Value shared = op.getDynamicSharedMemorySize();
    arguments.push_back(shared
                            ? Value(LLVM::ZExtOp::create(builder, i64, shared))
                            : constant(i64, 0));
    auto facts = op->getAttrOfType<DictionaryAttr>(snn::kKernelAttr);
    arguments.push_back(constant(i32, facts && facts.contains("cooperative")));
    arguments.push_back(list);
    LLVM::CallOp::create(builder, TypeRange(), kLaunch, arguments);
    op.erase();
    return success();
  }

  /// Pointers to the arguments, all on the stack of the function.
  static Value makeList(ImplicitLocOpBuilder &builder,
                        LLVM::LLVMFuncOp function, ArrayRef<Value> scalars) {
    Type pointer = LLVM::LLVMPointerType::get(builder.getContext());
    Value list;
    SmallVector<Value> slots;
    {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(&function.getBody().front());
      Value one = LLVM::ConstantOp::create(builder, builder.getI32Type(), 1);
      auto allocate = [&](Type type) {
        return LLVM::AllocaOp::create(builder, pointer, type, one);
      };
      list = allocate(LLVM::LLVMArrayType::get(pointer, scalars.size()));
      for (Value scalar : scalars)
        slots.push_back(allocate(scalar.getType()));
    }
    for (auto [i, scalar] : llvm::enumerate(scalars)) {
      LLVM::StoreOp::create(builder, scalar, slots[i]);
      Value place = LLVM::GEPOp::create(builder, pointer, pointer, list,
                                        ArrayRef<LLVM::GEPArg>{int32_t(i)});
      LLVM::StoreOp::create(builder, slots[i], place);
    }
    return list;
  }

  llvm::StringMap<int64_t> numbers;
};
} // namespace
