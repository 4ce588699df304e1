//===- ScanKernel.h - A linear neuron in one pass over memory ---*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_CONVERSION_SNNTOGPU_SCANKERNEL_H
#define SNN_LIB_CONVERSION_SNNTOGPU_SCANKERNEL_H

#include "NeuronKernel.h"
#include "snn/Analysis/AffineStep.h"

namespace mlir::snn {

/// All steps of a neuron whose step is affine in its states, in one kernel that
/// reads its inputs once:
///
///   time ->   [ block 0           ][ block 1           ] ...
///              warp 0 | warp 1 | .. warp 0 | warp 1 | ..    of 32 threads
///
/// A thread brings the inputs of its steps into shared memory and composes the
/// map of these steps, `s' = A s + b`; a block composes the maps of its warps,
/// and tells it to the blocks behind it. A block looks back over those before
/// it, composing their maps until one has told the state at its end. Then all
/// threads know what they start from, and run their steps once more.
///
/// Blocks begin in the order of their numbers, as those of a GPU do, so that
/// none waits for one that cannot run.
class ScanKernel : public NeuronKernel {
public:
  ScanKernel(NeuronOp op, const NeuronOperands &operands, NeuronStep &step,
             NeuronStores &stores);

  /// Words of 64 bits, of which half says that they are there, of a value.
  static int64_t countWords(Type type);
  /// Whether the neuron's step has maps that threads can hold.
  static bool isEligible(NeuronOp op);
  /// Steps of a block.
  int64_t getSpan() { return kWarps * numSteps; }
  /// Writes outputs and final states, or nothing where another form is chosen.
  SmallVector<Value> launch(Emit &emit, ArrayRef<Value> results,
                            Value isChosen);

private:
  static constexpr int64_t kWarps = 8, kThreads = kWarps * kWarp;

  /// `s' = A s + b`: the rows of A, then b.
  using Map = SmallVector<Value>;
  /// What a block has told of itself.
  enum Told { Nothing, ItsMap, ItsEnd };

  int64_t getNumSteps();
  Map makeIdentity(Emit &emit);
  Map compose(Emit &emit, ArrayRef<Value> later, ArrayRef<Value> earlier);
  SmallVector<Value> apply(Emit &emit, ArrayRef<Value> map,
                           ArrayRef<Value> states);
  SmallVector<Value> emitFactors(Emit &emit, IRMapping &values);
  SmallVector<Value> readStep(Emit &emit, int64_t index);
  Map runFromZero(Emit &emit);
  Map loadMap(Emit &emit, Value memory, Value row);
  void storeMap(Emit &emit, ArrayRef<Value> map, Value memory, Value row);
  void run(Emit &emit, Value block, Value inner, ArrayRef<Value> memory);
  void findPlace(Emit &emit, Value block, Value inner);
  int64_t getCopyLanes(Value input);
  void copyTile(Emit &emit);
  void copyWideTile(Emit &emit);
  Map readTile(Emit &emit);
  Map foldWarps(Emit &emit, Map &before);
  Value findWord(Emit &emit, Value told, Value block, int64_t word);
  void tell(Emit &emit, ArrayRef<Value> entries, Value told, int64_t word);
  Map waitFor(Emit &emit, Value told, Value block, Value &isEnd);
  void gather(Emit &emit, Value told, Value done);
  SmallVector<Value> lookBack(Emit &emit, Value told);
  void storeWord(Emit &emit, Value word, Value isRow, Value out,
                 Value time) override;
  SmallVector<Value> runTile(Emit &emit, SmallVector<Value> states,
                             ArrayRef<Value> outs);
  void finish(Emit &emit, ArrayRef<Value> states, ArrayRef<Value> outs,
              ArrayRef<Value> finals);

  AffineStep affine;
  bool isConstant; ///< A is the same in all steps
  size_t numStates, numEntries;
  Type element;         ///< of the states
  int64_t numSteps;     ///< of a thread
  int64_t numWords = 0; ///< that a block tells, of each lane
  int64_t toldOffset = 0;
  SmallVector<int64_t> inputOffsets; ///< -1: read where they are
  Value groups; ///< of 32 threads, which blocks take side by side
  // In a thread.
  Value place, group, timeBlock, warp, warpLane, first, isWhole;
  Value sharedMaps; ///< of the warps, then of the blocks before
  Value sharedTold;
  bool keepsWords = false;
  SmallVector<Value> stepWords; ///< that a step has made, if so
  /// Of the inputs that go there, by their numbers.
  SmallVector<Value> sharedInputs;
};

} // namespace mlir::snn

#endif // SNN_LIB_CONVERSION_SNNTOGPU_SCANKERNEL_H
