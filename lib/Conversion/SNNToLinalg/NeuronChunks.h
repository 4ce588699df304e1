//===- NeuronChunks.h - A neuron in chunks of time that run at once -*- C++
//-*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_CONVERSION_SNNTOLINALG_NEURONCHUNKS_H
#define SNN_LIB_CONVERSION_SNNTOLINALG_NEURONCHUNKS_H

#include "NeuronStep.h"
#include "snn/Analysis/AffineStep.h"

namespace mlir::snn {

/// Chunks of time of a neuron with a schedule of them. Where neurons are few,
/// one after the other leaves most lanes of a processor idle:
///
///   time ->  [ piece 0             ][ piece 1             ] ... [ tail ]
///             chunk chunk ... chunk  chunk chunk ... chunk
///
/// The chunks of a piece run at once, in lanes of vectors or in vectors of
/// their own; pieces run in parallel. What a chunk starts from is a guess:
///
/// - `scan`: all chunks run from zero first, without writing anything, then the
///   maps of the chunks are applied one after the other to the initial state.
/// - `speculate`: the steps before the chunk, from zero. Then every end is
///   compared with the next chunk's start; pieces with a wrong guess run again
///   a few times, and what is still wrong is run chunk by chunk.
///
/// The tail, fewer steps than there are chunks, follows one by one.
class NeuronChunks {
public:
  NeuronChunks(NeuronOp op, NeuronStep &step, NeuronStores &stores,
               const ConvertSNNToLinalgPassOptions &options);

  /// Whether the neuron can be run in chunks at all.
  bool isEligible() const { return parts > 0; }
  /// Prepares the operands; true at run time where chunks are worth it.
  Value emitCondition(Emit &emit);
  /// Runs all steps but the tail; the values are stores, then states.
  SmallVector<Value> emit(Emit &emit, ArrayRef<Value> values);
  /// The first step of the tail.
  Value getEnd(Emit &emit);

private:
  /// Pieces that threads share.
  static constexpr int64_t kMostPieces = 8;
  /// Steps of one neuron that are gathered before they go to memory.
  static constexpr int64_t kRow = 256;

  bool isScan();
  int64_t getWidth();
  int64_t countChunkParts();
  IRMapping mapParams(ArrayRef<Value> params);
  Value emitFactor(Emit &emit);
  Value emitWarmup(Emit &emit);
  void chooseSizes(Emit &emit);
  void prepareInputs(Emit &emit);
  VectorType getVectorType(size_t state);
  SmallVector<Tile> getStoreTiles();
  Value countChunks(Emit &emit);
  SmallVector<Value> makeScratch(Emit &emit);

  // States. `chunk` counts from the first chunk that the tensors hold.
  SmallVector<Value> makeZeros(Emit &emit);
  SmallVector<Value> readStates(Emit &emit, ArrayRef<Value> tensors,
                                Value chunk);
  void writeStates(Emit &emit, MutableArrayRef<Value> tensors, Value chunk,
                   ArrayRef<Value> states);
  SmallVector<Value> loadPiece(Emit &emit, ArrayRef<Value> tensors);
  void storePiece(Emit &emit, MutableArrayRef<Value> tensors,
                  ArrayRef<Value> states);

  // Steps.
  Value getTime(Emit &emit, Value piece, int64_t part, Value step);
  void runSteps(Emit &emit, Value piece, Value batch, Value from, Value to,
                SmallVectorImpl<Value> &carried);
  void runWide(Emit &emit, Value piece, Value batch, Value at,
               ArrayRef<Value> params, MutableArrayRef<Value> states,
               MutableArrayRef<Value> writes);
  void runRows(Emit &emit, Value piece, Value batch, Value from, Value to,
               SmallVectorImpl<Value> &carried);
  void runBlock(Emit &emit, Value piece, Value at, Value column,
                ArrayRef<Value> params, MutableArrayRef<Value> states,
                MutableArrayRef<Value> rows);
  void runGathered(Emit &emit, Value piece, Value at, Value column,
                   ArrayRef<Value> params, MutableArrayRef<Value> states,
                   MutableArrayRef<Value> rows);
  SmallVector<Value> runLanes(Emit &emit, ArrayRef<Value> inputs,
                              ArrayRef<Value> params,
                              MutableArrayRef<Value> states);
  SmallVector<Value> runAlone(Emit &emit, Value batch, Value from, Value to,
                              ArrayRef<Value> carried);

  // Phases, on the buffers of a batch element.
  void emitBatch(Emit &emit, Value batch, SmallVectorImpl<Value> &values);
  void
  forPieces(Emit &emit, MutableArrayRef<Value> values, size_t numStores,
            function_ref<void(Emit &, Value, SmallVectorImpl<Value> &)> body);
  void emitStates(Emit &emit, MutableArrayRef<Value> tensors, Value batch);
  void emitRun(Emit &emit, Value piece, Value batch,
               SmallVectorImpl<Value> &values);
  void emitGuess(Emit &emit, Value piece, Value batch, ArrayRef<Value> initial,
                 SmallVectorImpl<Value> &values);
  void emitSweep(Emit &emit, Value sweep, Value batch, ArrayRef<Value> initial,
                 SmallVectorImpl<Value> &values);
  Value emitVerify(Emit &emit, SmallVectorImpl<Value> &values);
  void emitSpeculation(Emit &emit, Value batch, ArrayRef<Value> initial,
                       SmallVectorImpl<Value> &values);
  void emitScan(Emit &emit, Value batch, ArrayRef<Value> initial,
                SmallVectorImpl<Value> &values);
  void emitFinish(Emit &emit, SmallVectorImpl<Value> &values, Value batch);
  void emitCarries(Emit &emit, SmallVectorImpl<Value> &values);
  SmallVector<Value> emitPower(Emit &emit);
  SmallVector<Value> multiply(Emit &emit, ArrayRef<Value> a, ArrayRef<Value> b);

  NeuronOp op;
  NeuronStep &step;
  NeuronStores &stores;
  const ConvertSNNToLinalgPassOptions &options;
  int64_t numNeurons, lanes;
  int64_t width;     ///< neurons that are run together
  int64_t parts = 0; ///< chunks of a piece; 0 where chunks do not work
  bool narrow;       ///< chunks are lanes, and there is one neuron
  size_t numStates;
  std::optional<AffineStep> map; ///< of a scan
  Value warmup, leastSteps, pieces, chunkSteps;
  Value lane; ///< the first of the neurons that are run
  /// Of one neuron: memory along time, and its strides.
  SmallVector<Value> flatInputs, flatStrides;
};

} // namespace mlir::snn

#endif // SNN_LIB_CONVERSION_SNNTOLINALG_NEURONCHUNKS_H
