//===- ScanLookBack.cpp - What blocks of a scan tell each other -----------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScanKernel.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace mlir::snn;

static Value makeInt(Emit &emit, int64_t value) {
  return arith::ConstantOp::create(emit, emit.getI64IntegerAttr(value));
}

int64_t ScanKernel::countWords(Type type) {
  return llvm::divideCeil(type.getIntOrFloatBitWidth(), 32);
}

/// A value in words whose lower halves are its bits and whose upper ones say
/// that it is there: both are seen at once.
static SmallVector<Value> packWords(Emit &emit, Value vector) {
  Value scalar = vector::ExtractOp::create(emit, vector, 0);
  Type i64 = emit.getI64Type();
  unsigned width = scalar.getType().getIntOrFloatBitWidth();
  Value bits = scalar;
  if (isa<FloatType>(scalar.getType()))
    bits = arith::BitcastOp::create(emit, emit.getIntegerType(width), scalar);
  if (width < 64)
    bits = arith::ExtUIOp::create(emit, i64, bits);
  SmallVector<Value> words;
  for (int64_t i = 0; i != ScanKernel::countWords(scalar.getType()); ++i) {
    Value half = bits;
    if (i > 0)
      half = arith::ShRUIOp::create(emit, bits, makeInt(emit, 32));
    half = arith::AndIOp::create(emit, half, makeInt(emit, 0xffffffff));
    words.push_back(
        arith::OrIOp::create(emit, half, makeInt(emit, int64_t(1) << 32)));
  }
  return words;
}

static Value unpackWords(Emit &emit, ArrayRef<Value> words, Type type) {
  Value bits = arith::AndIOp::create(emit, words[0], makeInt(emit, 0xffffffff));
  if (words.size() > 1)
    bits = arith::OrIOp::create(
        emit, bits, arith::ShLIOp::create(emit, words[1], makeInt(emit, 32)));
  unsigned width = type.getIntOrFloatBitWidth();
  if (width < 64)
    bits = arith::TruncIOp::create(emit, emit.getIntegerType(width), bits);
  if (isa<FloatType>(type))
    bits = arith::BitcastOp::create(emit, type, bits);
  return emit.splat(bits, 1);
}

/// Where the thread's words of a block are, from one on.
Value ScanKernel::findWord(Emit &emit, Value told, Value block, int64_t word) {
  Value row = emit.add(emit.mul(block, emit.index(numWords)), emit.index(word));
  return getPointer(emit, told,
                    {emit.add(emit.mul(row, emit.index(kWarp)), warpLane)});
}

/// The first warp tells the entries of all lanes to the blocks behind.
void ScanKernel::tell(Emit &emit, ArrayRef<Value> entries, Value told,
                      int64_t word) {
  for (Value entry : entries)
    for (Value packed : packWords(emit, entry))
      LLVM::StoreOp::create(emit, packed, findWord(emit, told, place, word++),
                            /*alignment=*/8, /*isVolatile=*/false,
                            /*isNonTemporal=*/false,
                            /*isInvariantGroup=*/false,
                            LLVM::AtomicOrdering::monotonic, "device");
}

/// Waits until a block has told its end, or its map: which of them, and the
/// entries, of which an end has only the last.
ScanKernel::Map ScanKernel::waitFor(Emit &emit, Value told, Value block,
                                    Value &isEnd) {
  Type i64 = emit.getI64Type();
  int64_t mapWords = int64_t(numEntries) * countWords(element);
  SmallVector<Type> types(numWords, i64);
  types.push_back(emit.getI1Type());
  SmallVector<Value> pointers;
  for (int64_t i = 0; i != numWords; ++i)
    pointers.push_back(findWord(emit, told, block, i));
  auto loop = scf::WhileOp::create(
      emit, types, ValueRange(),
      [&](OpBuilder &builder, Location loc, ValueRange) {
        Emit inner(loc, builder);
        SmallVector<Value> words;
        for (Value pointer : pointers)
          words.push_back(LLVM::LoadOp::create(
              inner, i64, pointer, /*alignment=*/8, /*isVolatile=*/false,
              /*isNonTemporal=*/false, /*isInvariant=*/false,
              /*isInvariantGroup=*/false, LLVM::AtomicOrdering::monotonic,
              "device"));
        auto areThere = [&](ArrayRef<Value> some) {
          Value all = some[0];
          for (Value word : some.drop_front())
            all = arith::AndIOp::create(inner, all, word);
          return arith::CmpIOp::create(inner, arith::CmpIPredicate::ugt, all,
                                       makeInt(inner, 0xffffffff));
        };
        Value end = areThere(ArrayRef(words).drop_front(mapWords));
        Value any = arith::OrIOp::create(
            inner, end, areThere(ArrayRef(words).take_front(mapWords)));
        Value isOpen = isNot(inner, any);
        words.push_back(end);
        scf::ConditionOp::create(inner, isOpen, words);
      },
      [&](OpBuilder &builder, Location loc, ValueRange) {
        scf::YieldOp::create(builder, loc);
      });
  SmallVector<Value> words(loop.getResults());
  isEnd = words.pop_back_val();
  Map map;
  int64_t size = countWords(element);
  for (size_t i = 0; i != numEntries + numStates; ++i)
    map.push_back(
        unpackWords(emit, ArrayRef(words).slice(i * size, size), element));
  // The end is where the map has what it adds.
  for (size_t i = 0; i != numStates; ++i) {
    Value end = map.pop_back_val();
    Value &bias = map[numEntries - 1 - i];
    bias = arith::SelectOp::create(emit, isEnd, end, bias);
  }
  return map;
}

/// Each warp reads what one of the blocks before has told, `done` being behind
/// us already, and leaves it in shared memory, where all have read what was
/// there.
void ScanKernel::gather(Emit &emit, Value told, Value done) {
  gpu::BarrierOp::create(emit);
  Value distance = emit.add(emit.add(done, warp), emit.index(1));
  Value isBlock = arith::CmpIOp::create(emit, arith::CmpIPredicate::ule,
                                        distance, timeBlock);
  auto branch = scf::IfOp::create(
      emit, isBlock,
      [&](OpBuilder &builder, Location loc) {
        Emit inner(loc, builder);
        Value isEnd;
        Map map = waitFor(inner, told,
                          inner.sub(place, inner.mul(distance, groups)), isEnd);
        storeMap(inner, map, sharedMaps, warp);
        scf::YieldOp::create(inner, arith::SelectOp::create(
                                        inner, isEnd, makeInt32(inner, ItsEnd),
                                        makeInt32(inner, ItsMap))
                                        .getResult());
      },
      [&](OpBuilder &builder, Location loc) {
        Emit inner(loc, builder);
        scf::YieldOp::create(inner, makeInt32(inner, Nothing));
      });
  memref::StoreOp::create(emit, branch.getResult(0), sharedTold,
                          ValueRange{warp, warpLane});
  gpu::BarrierOp::create(emit);
}

/// The states at the start of the block: from near to far, the maps of the
/// blocks before are composed until one has told its end.
SmallVector<Value> ScanKernel::lookBack(Emit &emit, Value told) {
  Type i1 = emit.getI1Type(), index = emit.getIndexType();
  Value zero = emit.index(0), one = emit.index(1), count = emit.index(kWarps);
  Map identity = makeIdentity(emit);
  Value isFirst = equals(emit, timeBlock, zero);
  // Whether it is found, how far this was, the state, and the map from there.
  SmallVector<Value> carried = {isFirst, zero};
  llvm::append_range(carried, loadInits(emit, isFirst));
  llvm::append_range(carried, identity);
  SmallVector<Type> types = {i1, index};
  types.append(numStates + numEntries, VectorType::get(width, element));
  auto loop = scf::WhileOp::create(
      emit, types, carried,
      [&](OpBuilder &builder, Location loc, ValueRange values) {
        Emit at(loc, builder);
        // All warps see the same, so they go on, or do not, together.
        scf::ConditionOp::create(at, askWarp(at, isNot(at, values[0])), values);
      },
      [&](OpBuilder &builder, Location loc, ValueRange values) {
        Emit at(loc, builder);
        gather(at, told, values[1]);
        SmallVector<Value> inner(values.begin(), values.end());
        inner.erase(inner.begin() + 1);
        inner = at.carry(
            zero, count, one, inner,
            [&](Emit &body, Value other, SmallVectorImpl<Value> &v) {
              Value what = memref::LoadOp::create(body, sharedTold,
                                                  ValueRange{other, warpLane});
              Value isOpen = isNot(body, v[0]);
              Value isEnd = arith::AndIOp::create(
                  body, isOpen, equals(body, what, makeInt32(body, ItsEnd)));
              Value isMap = arith::AndIOp::create(
                  body, isOpen, equals(body, what, makeInt32(body, ItsMap)));
              Map found = loadMap(body, sharedMaps, other);
              Map before(v.end() - numEntries, v.end());
              Map more = compose(body, before, found);
              for (size_t i = 0; i != numStates; ++i)
                v[1 + i] = arith::SelectOp::create(
                    body, isEnd, more[numEntries - numStates + i], v[1 + i]);
              for (size_t i = 0; i != numEntries; ++i)
                v[1 + numStates + i] = arith::SelectOp::create(
                    body, isMap, more[i], v[1 + numStates + i]);
              v[0] = arith::OrIOp::create(body, v[0], isEnd);
            });
        gpu::BarrierOp::create(at);
        inner.insert(inner.begin() + 1, at.add(values[1], count));
        scf::YieldOp::create(at, inner);
      });
  return SmallVector<Value>(loop.getResults().slice(2, numStates));
}
