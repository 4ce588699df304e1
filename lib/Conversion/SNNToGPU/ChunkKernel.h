//===- ChunkKernel.h - Chunks of time in many blocks ------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_CONVERSION_SNNTOGPU_CHUNKKERNEL_H
#define SNN_LIB_CONVERSION_SNNTOGPU_CHUNKKERNEL_H

#include "NeuronKernel.h"

namespace mlir::snn {

/// Speculation where neurons have more chunks than a block has warps. A kernel
/// runs all chunks at once, each from a guess: the steps before it. Two more
/// run those again whose guess was not the end of the chunk before, and a last
/// one what is still wrong, chunk by chunk.
class ChunkKernel : public NeuronKernel {
public:
  using NeuronKernel::NeuronKernel;

  /// Runs all steps in that many chunks, or nothing where another form is
  /// chosen.
  SmallVector<Value> launch(Emit &emit, ArrayRef<Value> results, Value count,
                            Value isChosen);

private:
  /// Times that all chunks with a wrong start run again at once.
  static constexpr int64_t kSweeps = 2;

  /// What all kernels read and write: outputs, the starts and the ends of all
  /// chunks, and a flag for each sweep that has repaired something.
  struct Memory {
    ArrayRef<Value> outs, starts, ends;
    Value flags;
  };

  Memory split(ArrayRef<Value> memory);
  void runChunk(Emit &emit, Value chunk, SmallVector<Value> states,
                const Memory &memory);
  Value isStartWrong(Emit &emit, Value chunk, const Memory &memory,
                     SmallVector<Value> &states);
  Value isFlagged(Emit &emit, int64_t sweep, const Memory &memory);
  void runGuesses(Emit &emit, Value block, Value inner, const Memory &memory);
  void repair(Emit &emit, Value block, Value inner, int64_t sweep,
              const Memory &memory);
  void finish(Emit &emit, Value block, Value inner, const Memory &memory,
              ArrayRef<Value> finals);

  Value chunks, length;
};

} // namespace mlir::snn

#endif // SNN_LIB_CONVERSION_SNNTOGPU_CHUNKKERNEL_H
