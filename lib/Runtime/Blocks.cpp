//===- Blocks.cpp - Memory of a window's intermediates --------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every window of a run needs the same blocks. Handed back to the C library
// they would go to the system and come back as fresh pages, which costs more
// than the window itself: in the 784-step demo two thirds of the time. So each
// thread keeps what it frees, by size, and a run allocates in its first window
// only. The states of a tile are such blocks too, for the next run.
//
//===----------------------------------------------------------------------===//

#include "Blocks.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {
constexpr size_t kAlignment = 64; ///< of a block; its header takes as much
constexpr int kNumClasses = 4 * 64;

/// Before each block: its class, and the next free block of that class.
struct Header {
  int sizeClass;
  Header *next;
};

/// Sizes in four steps per power of two: at most a quarter is wasted.
struct SizeClass {
  int index;
  size_t bytes;

  explicit SizeClass(size_t wanted) : index(0), bytes(256) {
    for (size_t base = 256;; base *= 2)
      for (size_t quarter = 0; quarter < 4; ++quarter, ++index) {
        bytes = base + base / 4 * quarter;
        if (bytes >= wanted)
          return;
      }
  }
};

/// What one thread has freed.
struct FreeBlocks {
  Header *lists[kNumClasses] = {};

  ~FreeBlocks() {
    for (Header *block : lists)
      while (block) {
        Header *next = block->next;
        std::free(block);
        block = next;
      }
  }
};

thread_local FreeBlocks freeBlocks;

[[noreturn]] void reportOutOfMemory(size_t bytes) {
  std::fprintf(stderr,
               "error: expected %zu bytes for a window, but memory is "
               "exhausted; try a smaller batch\n",
               bytes);
  std::_Exit(5);
}
} // namespace

/// Null if there is not enough memory.
static void *allocate(size_t bytes) {
  if (bytes > SIZE_MAX / 8)
    return nullptr;
  SizeClass size(bytes);
  Header *&list = freeBlocks.lists[size.index];
  Header *block = list;
  if (block) {
    list = block->next;
  } else {
    block = static_cast<Header *>(
        std::aligned_alloc(kAlignment, kAlignment + size.bytes));
    if (!block)
      return nullptr;
    block->sizeClass = size.index;
  }
  return reinterpret_cast<char *>(block) + kAlignment;
}

static void release(void *pointer) {
  auto *block =
      reinterpret_cast<Header *>(static_cast<char *>(pointer) - kAlignment);
  block->next = freeBlocks.lists[block->sizeClass];
  freeBlocks.lists[block->sizeClass] = block;
}

snn::rt::Block::Block(int64_t bytes)
    : memory(static_cast<char *>(allocate(bytes))), numBytes(bytes) {}

void snn::rt::Block::Free::operator()(char *pointer) const { release(pointer); }

// The names that MLIR's memref lowering calls.
extern "C" {

void *_mlir_memref_to_llvm_alloc(size_t bytes) {
  void *pointer = allocate(bytes);
  if (!pointer)
    reportOutOfMemory(bytes);
  return pointer;
}

/// Blocks are aligned for any vector register already.
void *_mlir_memref_to_llvm_aligned_alloc(size_t, size_t bytes) {
  return _mlir_memref_to_llvm_alloc(bytes);
}

void _mlir_memref_to_llvm_free(void *pointer) {
  if (pointer)
    release(pointer);
}

} // extern "C"
