//===- TeamKernel.h - Chunks of time in one block ---------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_CONVERSION_SNNTOGPU_TEAMKERNEL_H
#define SNN_LIB_CONVERSION_SNNTOGPU_TEAMKERNEL_H

#include "NeuronKernel.h"

namespace mlir::snn {

/// Speculation where a block has all chunks of its neurons. A warp runs one
/// chunk of 32 of them, and the warps with their other chunks are its team:
///
///   block:  team 0: chunk 0 | chunk 1 | ..   team 1: chunk 0 | ..
///
/// Each guesses its start and runs its steps. Then it compares the start with
/// the end of the chunk before, which is in shared memory, and runs again from
/// there if a bit differs, until none does: in one launch.
class TeamKernel : public NeuronKernel {
public:
  TeamKernel(NeuronOp op, const NeuronOperands &operands, NeuronStep &step,
             NeuronStores &stores);

  /// Chunks of a team at most.
  static constexpr int64_t kWarps = 16;

  /// Runs all steps in that many chunks, which are no more, or nothing where
  /// another form is chosen.
  SmallVector<Value> launch(Emit &emit, ArrayRef<Value> results, Value count,
                            Value isChosen);

private:
  static constexpr int64_t kThreads = kWarps * kWarp;

  void findPlace(Emit &emit, Value block, Value inner);
  SmallVector<Value> readEnds(Emit &emit, Value of);
  void runChunk(Emit &emit, SmallVector<Value> states, ArrayRef<Value> outs);
  Value isAnyWrong(Emit &emit, Value isWrong);
  void run(Emit &emit, Value block, Value inner, ArrayRef<Value> memory);

  int64_t wrongOffset = 0;
  SmallVector<int64_t> endOffsets;
  Value chunks, length, teams; ///< of a block
  // In a thread.
  Value warp, warpLane, chunk, isWorking;
  SmallVector<Value> ends; ///< of all warps
  Value wrongs;            ///< whether a warp's start is wrong
};

} // namespace mlir::snn

#endif // SNN_LIB_CONVERSION_SNNTOGPU_TEAMKERNEL_H
