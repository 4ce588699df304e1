//===- Kernel.cpp - Builders of kernels -----------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernel.h"
#include "snn/IR/Kernel.h"
#include "snn/IR/SNN.h"

using namespace mlir;
using namespace mlir::snn;

/// memref<... strided<[?, .., ?], offset: ?>>, which no buffer need be copied
/// for.
static MemRefType getMemoryType(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<int64_t> strides(type.getRank(), ShapedType::kDynamic);
  return MemRefType::get(
      type.getShape(), type.getElementType(),
      StridedLayoutAttr::get(type.getContext(), ShapedType::kDynamic, strides));
}

Value mlir::snn::getMemory(Emit &emit, Value tensor) {
  return bufferization::ToBufferOp::create(emit, getMemoryType(tensor), tensor,
                                           /*read_only=*/true);
}

/// A loop over blocks whose body is given the memory of the outputs.
static scf::ForallOp
emitBlocks(Emit &emit, Value blocks, ArrayRef<Value> outs,
           ArrayRef<NamedAttribute> facts,
           function_ref<void(Emit &, Value, ArrayRef<Value>)> body) {
  auto mapping =
      gpu::GPUBlockMappingAttr::get(emit.getContext(), gpu::MappingId::DimX);
  auto loop = scf::ForallOp::create(
      emit, ArrayRef<OpFoldResult>{getAsOpFoldResult(blocks)}, outs,
      emit.getArrayAttr({mapping}));
  loop->setAttr(kKernelAttr, emit.getDictionaryAttr(facts));
  Emit inner(emit.getLoc(), emit);
  inner.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> memory;
  for (Value out : loop.getRegionIterArgs())
    memory.push_back(
        bufferization::ToBufferOp::create(inner, getMemoryType(out), out));
  body(inner, loop.getInductionVar(0), memory);
  return loop;
}

std::string mlir::snn::getKernelName(Operation *op, const Twine &what) {
  auto layer = op->getAttrOfType<StringAttr>(kLayerAttr);
  return (layer ? layer.getValue() + "_" + what : what).str();
}

SmallVector<Value> mlir::snn::emitKernel(Emit &emit, const KernelShape &shape,
                                         Value blocks, ArrayRef<Value> outs,
                                         KernelBody body) {
  SmallVector<NamedAttribute> facts = {
      emit.getNamedAttr("name", emit.getStringAttr(shape.name)),
      emit.getNamedAttr("threads", emit.getI64IntegerAttr(shape.threads))};
  if (shape.sharedBytes)
    facts.push_back(
        emit.getNamedAttr("shared", emit.getI64IntegerAttr(shape.sharedBytes)));
  scf::ForallOp loop =
      emitBlocks(emit, blocks, outs, facts,
                 [&](Emit &inner, Value block, ArrayRef<Value> memory) {
                   Value thread =
                       gpu::ThreadIdOp::create(inner, gpu::Dimension::x);
                   body(inner, block, thread, memory);
                 });
  return llvm::to_vector_of<Value>(loop.getResults());
}

Value mlir::snn::emitOnHost(Emit &emit, StringRef name, Value out,
                            function_ref<void(Emit &, Value)> body) {
  NamedAttribute facts[] = {emit.getNamedAttr("name", emit.getStringAttr(name)),
                            emit.getNamedAttr("host", emit.getUnitAttr())};
  scf::ForallOp loop =
      emitBlocks(emit, emit.index(1), out, facts,
                 [&](Emit &inner, Value, ArrayRef<Value> memory) {
                   body(inner, memory[0]);
                 });
  return loop.getResult(0);
}

static int64_t getBytes(Value memory) {
  Type element = cast<MemRefType>(memory.getType()).getElementType();
  return llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
}

Value mlir::snn::getPointer(Emit &emit, Value memory, ArrayRef<Value> indices) {
  Value address = memref::ExtractAlignedPointerAsIndexOp::create(emit, memory);
  auto metadata = memref::ExtractStridedMetadataOp::create(emit, memory);
  Value offset = metadata.getOffset();
  for (auto [index, stride] : llvm::zip_equal(indices, metadata.getStrides()))
    offset = emit.add(offset, emit.mul(index, stride));
  address = emit.add(address, emit.mul(offset, emit.index(getBytes(memory))));
  Value number = arith::IndexCastOp::create(emit, emit.getI64Type(), address);
  constexpr unsigned global = 1;
  return LLVM::IntToPtrOp::create(
      emit, LLVM::LLVMPointerType::get(emit.getContext(), global), number);
}

Value mlir::snn::getShared(Emit &emit, Type element, int64_t offset,
                           ArrayRef<int64_t> shape) {
  Attribute space = gpu::AddressSpaceAttr::get(emit.getContext(),
                                               gpu::AddressSpace::Workgroup);
  Value all = gpu::DynamicSharedMemoryOp::create(
      emit, MemRefType::get({ShapedType::kDynamic}, emit.getI8Type(),
                            MemRefLayoutAttrInterface(), space));
  auto type =
      MemRefType::get(shape, element, MemRefLayoutAttrInterface(), space);
  return memref::ViewOp::create(emit, type, all, emit.index(offset),
                                ValueRange());
}

Value mlir::snn::makeInt32(Emit &emit, int32_t value) {
  return arith::ConstantOp::create(emit, emit.getI32IntegerAttr(value));
}

Value mlir::snn::equals(Emit &emit, Value a, Value b) {
  return arith::CmpIOp::create(emit, arith::CmpIPredicate::eq, a, b);
}

Value mlir::snn::askWarp(Emit &emit, Value condition) {
  return NVVM::VoteSyncOp::create(emit, emit.getI1Type(), makeInt32(emit, -1),
                                  condition, NVVM::VoteSyncKind::any);
}

Value mlir::snn::isNot(Emit &emit, Value condition) {
  return arith::XOrIOp::create(
      emit, condition, arith::ConstantOp::create(emit, emit.getBoolAttr(true)));
}

Value mlir::snn::countBlocks(Emit &emit, Value count, int64_t threads) {
  return emit.createOrFold<arith::CeilDivUIOp>(count, emit.index(threads));
}

/// Whether the type says that elements of the last dimension are neighbours.
static bool isDense(Value memory) {
  SmallVector<int64_t> strides;
  int64_t offset;
  return succeeded(cast<MemRefType>(memory.getType())
                       .getStridesAndOffset(strides, offset)) &&
         strides.back() == 1;
}

/// The same memory, whose last dimension is known to be dense.
static Value getNeighbours(Emit &emit, Value memory) {
  if (isDense(memory))
    return memory;
  auto metadata = memref::ExtractStridedMetadataOp::create(emit, memory);
  SmallVector<OpFoldResult> strides = getAsOpFoldResult(metadata.getStrides());
  strides.back() = emit.getIndexAttr(1);
  SmallVector<OpFoldResult> sizes = getAsOpFoldResult(metadata.getSizes());
  SmallVector<int64_t> shape(cast<MemRefType>(memory.getType()).getShape()),
      lengths(shape.size(), ShapedType::kDynamic);
  lengths.back() = 1;
  for (auto [size, length] : llvm::zip(sizes, shape))
    if (!ShapedType::isDynamic(length))
      size = emit.getIndexAttr(length);
  auto type = MemRefType::get(
      shape, cast<MemRefType>(memory.getType()).getElementType(),
      StridedLayoutAttr::get(emit.getContext(), ShapedType::kDynamic, lengths));
  return memref::ReinterpretCastOp::create(
      emit, type, metadata.getBaseBuffer(),
      getAsOpFoldResult(metadata.getOffset()), sizes, strides);
}

Value mlir::snn::isAligned(Emit &emit, Value memory, int64_t width) {
  int64_t bytes = getBytes(memory);
  Value address = memref::ExtractAlignedPointerAsIndexOp::create(emit, memory);
  auto metadata = memref::ExtractStridedMetadataOp::create(emit, memory);
  Value misaligned =
      emit.add(address, emit.mul(metadata.getOffset(), emit.index(bytes)));
  auto strides = metadata.getStrides();
  for (Value stride : strides.drop_back())
    misaligned = arith::OrIOp::create(emit, misaligned,
                                      emit.mul(stride, emit.index(bytes)));
  misaligned =
      arith::AndIOp::create(emit, misaligned, emit.index(width * bytes - 1));
  misaligned = arith::OrIOp::create(
      emit, misaligned,
      arith::XOrIOp::create(emit, strides.back(), emit.index(1)));
  return arith::CmpIOp::create(emit, arith::CmpIPredicate::eq, misaligned,
                               emit.index(0));
}

Value mlir::snn::loadLanes(Emit &emit, Value memory, ArrayRef<Value> indices,
                           int64_t width) {
  auto type = cast<MemRefType>(memory.getType());
  auto vector = VectorType::get(width, type.getElementType());
  if (width == 1)
    return vector::BroadcastOp::create(
        emit, vector, memref::LoadOp::create(emit, memory, indices));
  return vector::LoadOp::create(emit, vector, getNeighbours(emit, memory),
                                indices, /*nontemporal=*/false,
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
  auto store = [&](Emit &at) {
    vector::StoreOp::create(at, vector, getNeighbours(at, memory), indices,
                            /*nontemporal=*/false,
                            llvm::MaybeAlign(width * getBytes(memory)));
  };
  if (isDense(memory)) // of the kernel itself
    return store(emit);
  // What is written may be a part of something larger.
  scf::IfOp::create(
      emit, isAligned(emit, memory, width),
      [&](OpBuilder &builder, Location loc) {
        Emit inner(loc, builder);
        store(inner);
        scf::YieldOp::create(inner);
      },
      [&](OpBuilder &builder, Location loc) {
        Emit inner(loc, builder);
        SmallVector<Value> at(indices);
        for (int64_t i = 0; i != width; ++i) {
          at.back() = inner.add(indices.back(), inner.index(i));
          Value scalar = vector::ExtractOp::create(inner, vector, i);
          memref::StoreOp::create(inner, scalar, memory, at);
        }
        scf::YieldOp::create(inner);
      });
}

void mlir::snn::copyToShared(Emit &emit, Value memory, ArrayRef<Value> indices,
                             Value shared, ArrayRef<Value> to, int64_t width) {
  nvgpu::DeviceAsyncCopyOp::create(
      emit, nvgpu::DeviceAsyncTokenType::get(emit.getContext()), shared, to,
      getNeighbours(emit, memory), indices, emit.getIndexAttr(width),
      /*srcElements=*/Value(), /*bypassL1=*/emit.getUnitAttr());
}

void mlir::snn::waitForCopies(Emit &emit) {
  auto token = nvgpu::DeviceAsyncTokenType::get(emit.getContext());
  Value group =
      nvgpu::DeviceAsyncCreateGroupOp::create(emit, token, ValueRange());
  nvgpu::DeviceAsyncWaitOp::create(emit, group, /*numGroups=*/IntegerAttr());
}

void mlir::snn::syncWarp(Emit &emit) {
  NVVM::SyncWarpOp::create(emit, makeInt32(emit, -1));
}

Value mlir::snn::emitWord(Emit &emit, Value bits, Value thread) {
  int64_t width = cast<VectorType>(bits.getType()).getNumElements();
  Type i32 = emit.getI32Type();
  Value all = makeInt32(emit, -1);
  if (width == 1) {
    Value bit = vector::ExtractOp::create(emit, bits, 0);
    return NVVM::VoteSyncOp::create(emit, i32, all, bit,
                                    NVVM::VoteSyncKind::ballot);
  }
  // Each thread has its bits in place; threads of a word are or-ed.
  Value word = makeInt32(emit, 0);
  for (int64_t i = 0; i != width; ++i) {
    Value bit = vector::ExtractOp::create(emit, bits, i);
    word = arith::OrIOp::create(emit, word,
                                arith::SelectOp::create(emit, bit,
                                                        makeInt32(emit, 1 << i),
                                                        makeInt32(emit, 0)));
  }
  int64_t threads = 32 / width;
  Value lane = arith::IndexCastOp::create(
      emit, i32, arith::RemUIOp::create(emit, thread, emit.index(threads)));
  word = arith::ShLIOp::create(
      emit, word, arith::MulIOp::create(emit, lane, makeInt32(emit, width)));
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

bool mlir::snn::isOnHost(Operation *op) {
  return !op->getParentOfType<scf::WhileOp>();
}
