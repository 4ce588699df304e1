//===- Blocks.h - Memory that a thread uses again ---------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_RUNTIME_BLOCKS_H
#define LIB_RUNTIME_BLOCKS_H

#include <cstdint>
#include <memory>

namespace snn::rt {

/// Uninitialised memory, aligned to a cache line, which the thread that frees
/// it keeps for the next block of that size.
class Block {
public:
  Block() = default;
  /// `data()` is null if there is not enough memory.
  explicit Block(int64_t bytes);

  char *data() const { return memory.get(); }
  int64_t size() const { return numBytes; }

private:
  struct Free {
    void operator()(char *pointer) const;
  };
  std::unique_ptr<char, Free> memory;
  int64_t numBytes = 0;
};

} // namespace snn::rt

#endif // LIB_RUNTIME_BLOCKS_H
