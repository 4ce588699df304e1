//===- CudaLaunch.cpp - What generated code queues on a GPU ---------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Once something has failed, the rest of a run queues nothing, and the run
// returns the first status.
//
//===----------------------------------------------------------------------===//

#include "Cuda.h"

#include <stdlib.h>

using namespace snn::rt;
using namespace snn::rt::cuda;

static Frame &getFrame(void *run) { return *static_cast<Frame *>(run); }

static void fail(Frame &frame, int status) {
  if (frame.status == SNN_OK)
    frame.status = status;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

// As in Workspace.cpp, what a loop allocates again and again serves the same
// place of the code. The headers of blocks are here, on the host, so the memory
// that the compiler counts for one, 64 bytes, is there to align its block.

static constexpr int64_t kBlockAlignment = 128;

/// Makes room for twice as many blocks; false if the host has no memory.
static bool growBlocks(Frame &frame) {
  bool isFirst = frame.blocks == frame.room;
  size_t bytes = sizeof(Block) * frame.maxBlocks;
  auto *larger = static_cast<Block *>(
      realloc(isFirst ? nullptr : frame.blocks, 2 * bytes));
  if (!larger)
    return false;
  if (isFirst)
    memcpy(larger, frame.room, bytes);
  frame.blocks = larger;
  frame.maxBlocks *= 2;
  return true;
}

void *snn_cuda_alloc(void *run, size_t size, int64_t site) {
  Frame &frame = getFrame(run);
  if (size == 0) // it has no address of its own
    return nullptr;
  int64_t bytes = alignUp(int64_t(size), kBlockAlignment);
  for (int32_t *link = &frame.free; *link >= 0;) {
    Block &block = frame.blocks[*link];
    if (block.site == site && block.bytes >= bytes) {
      *link = block.next;
      return reinterpret_cast<void *>(block.address);
    }
    link = &block.next;
  }
  if (frame.numBlocks == frame.maxBlocks && !growBlocks(frame)) {
    fail(frame, SNN_ERROR_CUDA_MEMORY);
    return nullptr;
  }
  if (int64_t(frame.end - frame.next) < bytes) {
    fail(frame, SNN_ERROR_WORKSPACE);
    return nullptr; // which no launch gets to see
  }
  uintptr_t address = frame.next;
  frame.next += bytes;
  frame.blocks[frame.numBlocks++] = {address, bytes, site, -1};
  return reinterpret_cast<void *>(address);
}

void snn_cuda_free(void *run, void *pointer) {
  Frame &frame = getFrame(run);
  auto address = uintptr_t(pointer);
  int32_t first = 0, last = frame.numBlocks;
  while (first < last) {
    int32_t middle = (first + last) / 2;
    if (frame.blocks[middle].address < address)
      first = middle + 1;
    else
      last = middle;
  }
  if (first == frame.numBlocks || frame.blocks[first].address != address)
    return; // null, or what failed
  frame.blocks[first].next = frame.free;
  frame.free = first;
}

void snn_cuda_copy(void *run, void *to, const void *from, int64_t bytes) {
  Frame &frame = getFrame(run);
  if (frame.status == SNN_OK && bytes > 0)
    frame.status = toStatus(frame.driver->copyOnDevice(
        Address(to), Address(from), bytes, frame.stream));
}

void snn_cuda_zero(void *run, void *to, int64_t bytes) {
  Frame &frame = getFrame(run);
  if (frame.status == SNN_OK && bytes > 0)
    frame.status =
        toStatus(frame.driver->setBytes(Address(to), 0, bytes, frame.stream));
}

void snn_cuda_read(void *run, void *to, const void *from, int64_t bytes) {
  Frame &frame = getFrame(run);
  if (frame.status == SNN_OK)
    frame.status = toStatus(
        frame.driver->copyToHost(to, Address(from), bytes, frame.stream));
  if (frame.status == SNN_OK)
    frame.status = toStatus(frame.driver->synchronize(frame.stream));
  if (frame.status != SNN_OK)
    memset(to, 0, bytes);
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

int64_t snn_cuda_get_limit(void *run, int32_t which) {
  return which >= 0 && which < 4 ? getFrame(run).loaded->limits[which] : 0;
}

namespace {
/// The size of one launch.
struct Grid {
  int64_t blocks[3], threads[3], shared;

  bool isEmpty() const {
    return blocks[0] == 0 || blocks[1] == 0 || blocks[2] == 0;
  }
  bool isAllowed(const Kernel &kernel) const {
    static constexpr int64_t mostBlocks[] = {INT32_MAX, 65535, 65535};
    static constexpr int64_t mostThreads[] = {1024, 1024, 64};
    for (int d = 0; d < 3; ++d)
      if (blocks[d] < 0 || blocks[d] > mostBlocks[d] || threads[d] < 1 ||
          threads[d] > mostThreads[d])
        return false;
    return threads[0] * threads[1] * threads[2] <= 1024 && shared >= 0 &&
           shared <= kernel.mostShared;
  }
};
} // namespace

/// Makes the blocks of a cooperative launch as many as fit if their number is
/// 0; returns an snn_status.
static int fitCooperative(const Frame &frame, const Kernel &kernel,
                          Grid &grid) {
  int perMultiprocessor = 0;
  int64_t threads = grid.threads[0] * grid.threads[1] * grid.threads[2];
  if (!frame.loaded->isCooperative)
    return SNN_ERROR_CUDA_LAUNCH;
  if (int status = toStatus(frame.driver->countActiveBlocks(
          &perMultiprocessor, kernel.function, int(threads), grid.shared)))
    return status;
  int64_t most = perMultiprocessor * frame.loaded->limits[0];
  int64_t others = grid.blocks[1] * grid.blocks[2];
  if (grid.blocks[0] == 0 && others > 0)
    grid.blocks[0] = greatest(most / others, 1);
  return grid.blocks[0] * others > most ? SNN_ERROR_CUDA_LAUNCH : SNN_OK;
}

static Result launch(const Frame &frame, const Kernel &kernel, const Grid &grid,
                     bool isCooperative, void **arguments) {
  auto blocks = [&](int d) { return unsigned(grid.blocks[d]); };
  auto threads = [&](int d) { return unsigned(grid.threads[d]); };
  if (isCooperative)
    return frame.driver->launchCooperative(
        kernel.function, blocks(0), blocks(1), blocks(2), threads(0),
        threads(1), threads(2), unsigned(grid.shared), frame.stream, arguments);
  return frame.driver->launch(
      kernel.function, blocks(0), blocks(1), blocks(2), threads(0), threads(1),
      threads(2), unsigned(grid.shared), frame.stream, arguments, nullptr);
}

void snn_cuda_launch(void *run, int32_t index, int64_t blocksX, int64_t blocksY,
                     int64_t blocksZ, int64_t threadsX, int64_t threadsY,
                     int64_t threadsZ, int64_t shared, int32_t cooperative,
                     void **arguments) {
  Frame &frame = getFrame(run);
  if (frame.status != SNN_OK)
    return;
  if (index < 0 || index >= frame.loaded->model->cuda->num_kernels)
    return fail(frame, SNN_ERROR_ABI);
  const Kernel &kernel = frame.loaded->kernels[index];
  Grid grid = {
      {blocksX, blocksY, blocksZ}, {threadsX, threadsY, threadsZ}, shared};
  if (grid.isEmpty() && !cooperative)
    return; // another form of the kernel runs, whatever this one would need
  if (!grid.isAllowed(kernel))
    return fail(frame, SNN_ERROR_CUDA_LAUNCH);
  if (cooperative)
    if (int status = fitCooperative(frame, kernel, grid))
      return fail(frame, status);
  if (!grid.isEmpty())
    fail(frame,
         toStatus(launch(frame, kernel, grid, cooperative != 0, arguments)));
}
