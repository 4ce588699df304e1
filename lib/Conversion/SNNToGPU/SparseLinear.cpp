//===- SparseLinear.cpp - snn.sparse_linear as a kernel -------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Product.h"

#include "snn/IR/Words.h"

using namespace mlir;
using namespace mlir::snn;

namespace {
/// A warp has a row of outputs, which begins at the bias. Its threads add the
/// edges of one spike, whose targets differ, and meet before the next: each sum
/// is a chain of ascending inputs.
class SparseKernel {
public:
  SparseKernel(Emit &emit, SparseLinearOp op);
  Value run(Emit &emit);

private:
  Value readWord(Emit &emit, Value place);
  Value readIndex(Emit &emit, Value place);
  Value readSpike(Emit &emit, Value k);
  /// Runs the body for `[from, to)`, one thread after the other.
  void forThreads(Emit &emit, Value from, Value to,
                  function_ref<void(Emit &, Value)> body);
  void startRow(Emit &emit, Value out);
  void addEdges(Emit &emit, Value k, Value out);
  SmallVector<Value> place(Value column);

  SparseLinearOp op;
  Value source;
  bool areWords;
  SmallVector<Value> sizes, row;
  Value thread, memory, edges;
};
} // namespace

SparseKernel::SparseKernel(Emit &emit, SparseLinearOp op)
    : op(op), source(op.getInput()) {
  auto unpack = source.getDefiningOp<UnpackOp>();
  areWords = unpack && canReadWords(op.getInputMutable());
  if (areWords)
    source = unpack.getInput();
  int64_t rank = getType(source).getRank(), kept = rank - op.getInputs().size();
  for (int64_t dim = 0; dim < kept; ++dim)
    sizes.push_back(emit.dim(source, dim));
  source = emit.collapse(source, kept, rank);
}

Value SparseKernel::readWord(Emit &emit, Value place) {
  return memref::LoadOp::create(emit, edges, place);
}

Value SparseKernel::readIndex(Emit &emit, Value place) {
  return arith::IndexCastUIOp::create(emit, emit.getIndexType(),
                                      readWord(emit, place));
}

SmallVector<Value> SparseKernel::place(Value column) {
  SmallVector<Value> all(row);
  all.push_back(column);
  return all;
}

Value SparseKernel::readSpike(Emit &emit, Value k) {
  if (!areWords)
    return memref::LoadOp::create(emit, memory, place(k));
  Value size = emit.index(32);
  Value word = memref::LoadOp::create(
      emit, memory, place(arith::DivUIOp::create(emit, k, size)));
  Value bit = arith::IndexCastOp::create(emit, emit.getI32Type(),
                                         arith::RemUIOp::create(emit, k, size));
  return arith::TruncIOp::create(emit, emit.getI1Type(),
                                 arith::ShRUIOp::create(emit, word, bit));
}

void SparseKernel::forThreads(Emit &emit, Value from, Value to,
                              function_ref<void(Emit &, Value)> body) {
  emit.carry(emit.add(from, thread), to, emit.index(kWarp), {},
             [&](Emit &at, Value number, SmallVectorImpl<Value> &) {
               body(at, number);
             });
}

/// The bias with -0 as +0, or +0.
void SparseKernel::startRow(Emit &emit, Value out) {
  Value bias = op.getBias() ? getMemory(emit, op.getBias()) : Value();
  forThreads(emit, emit.index(0), emit.index(op.getOutputs()),
             [&](Emit &at, Value column) {
               Value sum = at.zero(at.getF32Type());
               if (bias)
                 sum = arith::AddFOp::create(
                     at, memref::LoadOp::create(at, bias, column), sum);
               memref::StoreOp::create(at, sum, out, place(column));
             });
  gpu::BarrierOp::create(emit);
}

void SparseKernel::addEdges(Emit &emit, Value k, Value out) {
  int64_t targets = op.getNumInputs() + 1, weights = targets + op.getNumEdges();
  forThreads(
      emit, readIndex(emit, k), readIndex(emit, emit.add(k, emit.index(1))),
      [&](Emit &at, Value edge) {
        Value target = readIndex(at, at.add(edge, at.index(targets)));
        Value weight = arith::BitcastOp::create(
            at, at.getF32Type(), readWord(at, at.add(edge, at.index(weights))));
        Value sum = memref::LoadOp::create(at, out, place(target));
        sum = arith::AddFOp::create(at, sum, weight);
        memref::StoreOp::create(at, sum, out, place(target));
      });
  gpu::BarrierOp::create(emit);
}

Value SparseKernel::run(Emit &emit) {
  SmallVector<OpFoldResult> shape = getAsOpFoldResult(sizes);
  shape.push_back(emit.getIndexAttr(op.getOutputs()));
  Value rows = emit.index(1);
  for (Value size : sizes)
    rows = emit.mul(rows, size);
  std::string name = getKernelName(op, "sparse_linear");
  Value out = emitKernel(
      emit, {name, kWarp}, rows, emit.empty(shape, emit.getF32Type()),
      [&](Emit &at, Value block, Value inner, ArrayRef<Value> outs) {
        thread = inner;
        memory = getMemory(at, source);
        edges = getMemory(at, op.getEdges());
        row = splitIndex(at, block, sizes);
        startRow(at, outs[0]);
        // All threads see the same spike, and so meet.
        at.carry(at.index(0), at.index(op.getNumInputs()), at.index(1), {},
                 [&](Emit &next, Value k, SmallVectorImpl<Value> &) {
                   emitWhere(next, readSpike(next, k),
                             [&](Emit &spike) { addEdges(spike, k, outs[0]); });
                 });
      })[0];
  return emit.castTo(out, op.getOutput().getType());
}

/// sparse_linear -> a kernel
static LogicalResult convertSparseLinear(SparseLinearOp op,
                                         PatternRewriter &rewriter) {
  bool hasRows = op.getInput().getType().getRank() >
                 static_cast<int64_t>(op.getInputs().size());
  if (!hasRows || op.getOutputs() == 0 || op.getNumInputs() == 0 ||
      !isOnHost(op))
    return rewriter.notifyMatchFailure(
        op, "expected rows, outside of loops that data ends");
  Emit emit(op.getLoc(), rewriter);
  SparseKernel kernel(emit, op);
  rewriter.replaceOp(op, kernel.run(emit));
  return success();
}

void mlir::snn::populateSparseLinearToGPUPatterns(RewritePatternSet &patterns) {
  patterns.add(convertSparseLinear);
}
