//===- NeuronKernel.h - What a thread does with its neurons -----*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_CONVERSION_SNNTOGPU_NEURONKERNEL_H
#define SNN_LIB_CONVERSION_SNNTOGPU_NEURONKERNEL_H

#include "../SNNToLinalg/NeuronStep.h"
#include "Kernel.h"

namespace mlir::snn {

/// What the kernels of a neuron read, with the neurons as one dimension.
struct NeuronOperands {
  NeuronOperands(Emit &emit, NeuronOp op);

  SmallVector<Value> inputs, params, tables, inits;
  /// 0 where the initial states are zero and only the next run would read the
  /// final ones; null: they are always read, and written.
  Value hasState;
  bool isNextRuns = false; ///< only the next run reads the final states
};

/// What says whether a caller has given states, or null.
Value findHasState(func::FuncOp function);
/// Whether the initial states are those of the model before its run, which the
/// op's kernels take for zero where a caller gives none.
bool startsRun(NeuronOp op);

/// Empty tensors for all states of all neurons, or for those of each chunk.
SmallVector<Value> makeStates(Emit &emit, NeuronOp op, NeuronStep &step,
                              Value chunks = {});

/// The body of kernels in which a thread runs `width` neighbours of a row:
///
///   thread q: neurons of row q / R from (q mod R) width on
///
/// where R threads take a row, made up to whole warps where spikes are packed:
/// all threads of a warp run the same steps.
/// Threads behind the last row compute the last one again and write nothing.
class NeuronKernel {
public:
  NeuronKernel(NeuronOp op, const NeuronOperands &operands, NeuronStep &step,
               NeuronStores &stores, int64_t width);

  static constexpr int64_t threads = 128; ///< of a block
  virtual ~NeuronKernel() = default;

  /// Steps that are read ahead at most, powers of two: of chunks, which begin
  /// at a multiple of them, and of loops of few threads.
  static constexpr int64_t mostBlockSteps = 16, mostLoopSteps = 32;

  int64_t getWidth() { return width; }
  /// Threads of all rows of the batch.
  Value countThreads(Emit &emit);
  std::string getName(StringRef what);

  /// Finds the neurons of a thread, and reads what does not change. With
  /// `chunks`, threads count neurons first, then chunks, and the result is the
  /// thread's chunk.
  Value begin(Emit &emit, Value block, Value thread, Value chunks = {});
  /// The same for thread `number` of all, where the block counts otherwise.
  void beginAt(Emit &emit, Value number, Value thread);
  /// The initial states where a condition holds, or zeros.
  SmallVector<Value> loadInits(Emit &emit, Value condition = {});
  SmallVector<Value> loadStates(Emit &emit, ArrayRef<Value> memory,
                                Value chunk);
  void storeStates(Emit &emit, ArrayRef<Value> states, ArrayRef<Value> memory,
                   Value chunk);
  void storeFinals(Emit &emit, ArrayRef<Value> states, ArrayRef<Value> memory);
  /// Runs steps `[from, to)`, with inputs read a block of at most `most` steps
  /// ahead. Without outputs, nothing is written.
  void runSteps(Emit &emit, Value from, Value to, SmallVector<Value> &states,
                ArrayRef<Value> outs, int64_t most = mostBlockSteps);
  /// The state at step `from`, from the steps before it; that of the first
  /// chunk is known.
  SmallVector<Value> guess(Emit &emit, Value from, Value chunk);

  /// Steps of each of `chunks` chunks, in whole blocks of steps: all that are
  /// needed may be fewer.
  Value getChunkLength(Emit &emit, Value chunks);

  /// Bytes of shared memory of a block.
  int64_t getSharedBytes() { return sharedBytes; }

protected:
  /// Where an array of a block's shared memory begins.
  int64_t reserveShared(Type type, int64_t count);
  /// Whether some neuron of the warp has states of other bits.
  Value isAnyOther(Emit &emit, ArrayRef<Value> states, ArrayRef<Value> others);
  int64_t getRowThreads();
  int64_t getBlockSteps(bool writes, int64_t most);
  /// Runs the blocks of `size` steps, and returns where the rest begins.
  Value runBlocks(Emit &emit, int64_t size, Value from, Value to,
                  SmallVector<Value> &states, ArrayRef<Value> outs);
  /// Writes the warp's word of spikes of a step, where its row `isRow`.
  virtual void storeWord(Emit &emit, Value word, Value isRow, Value out,
                         Value time);
  /// Indices of the thread's neurons in a sequence.
  SmallVector<Value> locate(Emit &emit, Value time);
  SmallVector<Value> loadInputs(Emit &emit, Value time);
  Value loadTable(Emit &emit, Value table, Value memory, Value time);
  /// Outputs and next states; `map` gets what the values of the step become.
  SmallVector<Value> compute(Emit &emit, Value time, ArrayRef<Value> inputs,
                             ArrayRef<Value> states, IRMapping &map);
  void runStep(Emit &emit, Value time, ArrayRef<Value> inputs,
               SmallVectorImpl<Value> &states, ArrayRef<Value> outs);
  Value emitWarmup(Emit &emit);
  IRMapping mapParams();

  NeuronOp op;
  const NeuronOperands &operands;
  NeuronStep &step;
  NeuronStores &stores;
  int64_t width, numNeurons, sharedBytes = 0;
  Value batch, lane, isActive, thread;
  SmallVector<Value> inputs, tables; ///< memory
  SmallVector<Value> params;         ///< vectors
};

} // namespace mlir::snn

#endif // SNN_LIB_CONVERSION_SNNTOGPU_NEURONKERNEL_H
