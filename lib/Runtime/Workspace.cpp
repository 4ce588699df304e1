//===- Workspace.cpp - Memory of a window's intermediates -----------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every window of a run needs the same blocks, so they are taken from the
// beginning of the caller's memory, which stays in cache. Only what a loop
// allocates again and again is freed before the window ends: such a block
// serves the same place of the code again, whose sizes do not grow from one
// iteration to the next. So the memory that is taken is at most that
// of all blocks that exist at a time, which the compiler has bounded.
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

using namespace snn::rt;

namespace {
struct Arena;

/// Before each block.
struct Header {
  Arena *arena;
  Header *next; ///< free block
  int64_t bytes;
  int64_t site; ///< in the code
};

/// At the beginning of the memory.
struct Arena {
  char *next, *end;
  Header *free;
};

constexpr int64_t kHeaderBytes = 64; ///< keeps blocks aligned
static_assert(sizeof(Header) <= kHeaderBytes && sizeof(Arena) <= kHeaderBytes,
              "headers take one line");
} // namespace

void *snn_workspace_open(void *memory, int64_t bytes) {
  auto *arena = static_cast<Arena *>(memory);
  char *begin = static_cast<char *>(memory);
  arena->next = begin + kHeaderBytes;
  arena->end = begin + bytes;
  arena->free = nullptr;
  return arena;
}

void *snn_workspace_alloc(void *workspace, size_t size, int64_t site) {
  auto *arena = static_cast<Arena *>(workspace);
  int64_t bytes = alignUp(int64_t(size)) + kHeaderBytes;
  for (Header **link = &arena->free; *link; link = &(*link)->next) {
    Header *block = *link;
    if (block->site != site || block->bytes < bytes)
      continue;
    *link = block->next;
    return reinterpret_cast<char *>(block) + kHeaderBytes;
  }
  if (arena->end - arena->next < bytes)
    __builtin_trap();
  auto *block = reinterpret_cast<Header *>(arena->next);
  arena->next += bytes;
  block->arena = arena;
  block->bytes = bytes;
  block->site = site;
  return reinterpret_cast<char *>(block) + kHeaderBytes;
}

void snn_workspace_free(void *pointer) {
  if (!pointer)
    return;
  auto *block =
      reinterpret_cast<Header *>(static_cast<char *>(pointer) - kHeaderBytes);
  block->next = block->arena->free;
  block->arena->free = block;
}
