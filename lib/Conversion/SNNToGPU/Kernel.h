//===- Kernel.h - Builders of kernels ---------------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A kernel is an scf.forall over its blocks on tensors, whose body works on
// memory: outputs are tensors that the loop shares, so that what is around it
// is bufferized as if it were one op in destination style.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_CONVERSION_SNNTOGPU_KERNEL_H
#define SNN_LIB_CONVERSION_SNNTOGPU_KERNEL_H

#include "../Emit.h"

namespace mlir::snn {

/// Lanes of a warp.
inline constexpr int64_t kWarp = 32;

/// What the runtime is told of a kernel.
struct KernelShape {
  StringRef name;
  int64_t threads;         ///< of a block
  int64_t sharedBytes = 0; ///< of dynamic shared memory
};

/// The name of a kernel of an op: that of the op's layer, if it has one, and
/// what the kernel does.
std::string getKernelName(Operation *op, const Twine &what);

/// Runs with the block's number, the thread's in it, and the memory of the
/// outputs.
using KernelBody =
    function_ref<void(Emit &, Value block, Value thread, ArrayRef<Value> outs)>;

/// Runs `blocks` blocks. Results are the outputs, which the body has written.
SmallVector<Value> emitKernel(Emit &emit, const KernelShape &shape,
                              Value blocks, ArrayRef<Value> outs,
                              KernelBody body);

/// Runs on the host, which calls the runtime and launches kernels with the
/// memory of `out`. The result is the output.
Value emitOnHost(Emit &emit, StringRef name, Value out,
                 function_ref<void(Emit &, Value out)> body);

/// Blocks of `threads` threads for `count` threads.
Value countBlocks(Emit &emit, Value count, int64_t threads);

/// Memory of a tensor that is only read, with any strides.
Value getMemory(Emit &emit, Value tensor);

/// Where an element is in global memory.
Value getPointer(Emit &emit, Value memory, ArrayRef<Value> indices);

/// An array of the kernel's shared memory, from byte `offset` on.
Value getShared(Emit &emit, Type element, int64_t offset,
                ArrayRef<int64_t> shape);

/// Whether rows begin at multiples of `width` elements, which are neighbours.
Value isAligned(Emit &emit, Value memory, int64_t width);

/// `width` neighbours in one access, whose memory is aligned; one element is a
/// scalar in a vector of one. What is written need not be aligned.
Value loadLanes(Emit &emit, Value memory, ArrayRef<Value> indices,
                int64_t width);
void storeLanes(Emit &emit, Value vector, Value memory,
                ArrayRef<Value> indices);

/// Brings `width` neighbours, 16 bytes, into shared memory in the background;
/// `waitForCopies` waits for those of the thread.
void copyToShared(Emit &emit, Value memory, ArrayRef<Value> indices,
                  Value shared, ArrayRef<Value> to, int64_t width);
void waitForCopies(Emit &emit);
/// Threads of the warp see what each of them has brought there.
void syncWarp(Emit &emit);

/// A 1-bit answer for `width` neurons of each thread as the words of
/// `snn.pack`, where threads of a word are neighbours in a warp: the word, in
/// all its threads. All threads of the warp come here.
Value emitWord(Emit &emit, Value bits, Value thread);

/// Words as spikes of the given type, one element after the other.
Value emitUnpackedBits(Emit &emit, Value words, RankedTensorType type);

/// Whether a condition holds in any thread of the warp, all of which come here.
Value askWarp(Emit &emit, Value condition);

Value isNot(Emit &emit, Value condition);
Value equals(Emit &emit, Value a, Value b);
/// An i32.
Value makeInt32(Emit &emit, int32_t value);

/// Runs a body where a condition holds.
void emitWhere(Emit &emit, Value condition, function_ref<void(Emit &)> body);

/// Whether the loops around an op run on the host.
bool isOnHost(Operation *op);

void populateNeuronToGPUPatterns(RewritePatternSet &patterns);
void populateLinearToGPUPatterns(RewritePatternSet &patterns);
void populateSparseLinearToGPUPatterns(RewritePatternSet &patterns);
void populateConvToGPUPatterns(RewritePatternSet &patterns);
void populatePackToGPUPatterns(RewritePatternSet &patterns);
void populateGateToGPUPatterns(RewritePatternSet &patterns);
void populateTemporalConvToGPUPatterns(RewritePatternSet &patterns);

} // namespace mlir::snn

#endif // SNN_LIB_CONVERSION_SNNTOGPU_KERNEL_H
