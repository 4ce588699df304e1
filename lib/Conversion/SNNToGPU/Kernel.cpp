//===- Kernel.cpp - Builders of kernels -----------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernel.h"

#include "mlir/Analysis/SliceAnalysis.h"

using namespace mlir;
using namespace mlir::snn;

/// memref<... strided<[?, .., 1], offset: ?>>
static MemRefType getMemoryType(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<int64_t> strides(type.getRank(), ShapedType::kDynamic);
  if (!strides.empty())
    strides.back() = 1;
  return MemRefType::get(
      type.getShape(), type.getElementType(),
      StridedLayoutAttr::get(type.getContext(), ShapedType::kDynamic, strides));
}

Value mlir::snn::getMemory(Emit &emit, Value tensor) {
  return bufferization::ToBufferOp::create(emit, getMemoryType(tensor), tensor,
                                           /*read_only=*/true);
}

SmallVector<Value> mlir::snn::emitKernel(Emit &emit, const KernelShape &shape,
                                         Value blocks, ArrayRef<Value> outs,
                                         KernelBody body) {
  auto mapping =
      gpu::GPUBlockMappingAttr::get(emit.getContext(), gpu::MappingId::DimX);
  auto loop = scf::ForallOp::create(
      emit, ArrayRef<OpFoldResult>{getAsOpFoldResult(blocks)}, outs,
      emit.getArrayAttr({mapping}));
  loop->setAttr("snn.kernel", emit.getStringAttr(shape.name));
  loop->setAttr("snn.threads", emit.getI64IntegerAttr(shape.threads));
  if (shape.sharedBytes)
    loop->setAttr("snn.shared", emit.getI64IntegerAttr(shape.sharedBytes));
  if (shape.isCooperative)
    loop->setAttr("snn.cooperative", emit.getUnitAttr());
  Emit inner(emit.getLoc(), emit);
  inner.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> memory;
  for (Value out : loop.getRegionIterArgs())
    memory.push_back(
        bufferization::ToBufferOp::create(inner, getMemoryType(out), out));
  Value thread = gpu::ThreadIdOp::create(inner, gpu::Dimension::x);
  body(inner, loop.getInductionVar(0), thread, memory);
  return llvm::to_vector_of<Value>(loop.getResults());
}

Value mlir::snn::countBlocks(Emit &emit, Value count, int64_t threads) {
  return emit.createOrFold<arith::CeilDivUIOp>(count, emit.index(threads));
}

static int64_t getBytes(Value memory) {
  Type element = cast<MemRefType>(memory.getType()).getElementType();
  return llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
}

Value mlir::snn::loadLanes(Emit &emit, Value memory, ArrayRef<Value> indices,
                           int64_t width) {
  auto type = cast<MemRefType>(memory.getType());
  auto vector = VectorType::get(width, type.getElementType());
  if (width == 1)
    return vector::BroadcastOp::create(
        emit, vector, memref::LoadOp::create(emit, memory, indices));
  return vector::LoadOp::create(emit, vector, memory, indices,
                                /*nontemporal=*/false,
                                llvm::MaybeAlign(width * getBytes(memory)));
}

void mlir::snn::storeLanes(Emit &emit, Value vector, Value memory,
                           ArrayRef<Value> indices) {
  int64_t width = cast<VectorType>(vector.getType()).getNumElements();
  if (width == 1) {
    Value scalar = vector::ExtractOp::create(emit, vector, 0);
    memref::StoreOp::create(emit, scalar, memory, indices);
    return;
  }
  vector::StoreOp::create(emit, vector, memory, indices, /*nontemporal=*/false,
                          llvm::MaybeAlign(width * getBytes(memory)));
}

static Value makeInt(Emit &emit, int64_t value) {
  return arith::ConstantOp::create(emit, emit.getI32IntegerAttr(value));
}

Value mlir::snn::emitWord(Emit &emit, Value bits, Value thread) {
  int64_t width = cast<VectorType>(bits.getType()).getNumElements();
  Type i32 = emit.getI32Type();
  Value all = makeInt(emit, -1);
  if (width == 1) {
    Value bit = vector::ExtractOp::create(emit, bits, 0);
    return NVVM::VoteSyncOp::create(emit, i32, all, bit,
                                    NVVM::VoteSyncKind::ballot);
  }
  // Each thread has its bits in place; threads of a word are or-ed.
  Value word = makeInt(emit, 0);
  for (int64_t i = 0; i != width; ++i) {
    Value bit = vector::ExtractOp::create(emit, bits, i);
    word = arith::OrIOp::create(emit, word,
                                arith::SelectOp::create(emit, bit,
                                                        makeInt(emit, 1 << i),
                                                        makeInt(emit, 0)));
  }
  int64_t threads = 32 / width;
  Value lane = arith::IndexCastOp::create(
      emit, i32, arith::RemUIOp::create(emit, thread, emit.index(threads)));
  word = arith::ShLIOp::create(
      emit, word, arith::MulIOp::create(emit, lane, makeInt(emit, width)));
  for (int64_t distance = 1; distance < threads; distance *= 2) {
    auto other = gpu::ShuffleOp::create(emit, word, distance, kWarp,
                                        gpu::ShuffleMode::XOR);
    word = arith::OrIOp::create(emit, word, other.getShuffleResult());
  }
  return word;
}

void mlir::snn::emitWhere(Emit &emit, Value condition,
                          function_ref<void(Emit &)> body) {
  auto branch = scf::IfOp::create(emit, condition, /*withElseRegion=*/false);
  Emit inner(emit.getLoc(), branch.thenYield());
  body(inner);
}

/// Whether what the value is computed from is data.
static bool dependsOnData(Value value) {
  SetVector<Operation *> slice;
  BackwardSliceOptions options;
  options.inclusive = true;
  options.omitUsesFromAbove = false;
  (void)getBackwardSlice(value, &slice, options);
  return llvm::any_of(slice, llvm::IsaPred<tensor::ExtractOp>);
}

bool mlir::snn::isOnHost(Operation *op) {
  for (Operation *parent = op->getParentOp(); parent;
       parent = parent->getParentOp()) {
    if (isa<scf::WhileOp>(parent))
      return false;
    if (auto loop = dyn_cast<scf::ForOp>(parent))
      for (Value bound :
           {loop.getLowerBound(), loop.getUpperBound(), loop.getStep()})
        if (dependsOnData(bound))
          return false;
    if (auto branch = dyn_cast<scf::IfOp>(parent))
      if (dependsOnData(branch.getCondition()))
        return false;
  }
  return true;
}
