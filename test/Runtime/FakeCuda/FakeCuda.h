//===- FakeCuda.h - A CUDA driver without a GPU -----------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A libcuda.so.1 for tests. The memory of its GPUs is that of the process; a
// kernel is a function of the process with the kernel's name, which runs when
// it is launched and gets the list of arguments; where there is none, it does
// nothing. These environment variables are read with every call:
//
//   FAKE_CUDA_DEVICES     number of GPUs, 1 by default
//   FAKE_CUDA_CAPABILITY  90 by default
//   FAKE_CUDA_FAIL        NAME:N:CODE, the N-th call of a function fails, and
//                         with a code of 700 to 799, all calls after it
//
//===----------------------------------------------------------------------===//

#ifndef TEST_RUNTIME_FAKECUDA_FAKECUDA_H
#define TEST_RUNTIME_FAKECUDA_FAKECUDA_H

#include <cstdint>
#include <string>

namespace snn::test {

/// One kernel as it was launched.
struct FakeLaunch {
  unsigned blocks[3], threads[3], shared;
  bool isCooperative;
  void *stream;
};

/// What the driver has been asked for.
struct FakeCuda {
  int64_t allocations = 0, allocatedBytes = 0; ///< that are there
  int64_t modules = 0;                         ///< that are there
  int64_t loads = 0, launches = 0, copies = 0, sets = 0, waits = 0;
  int64_t retained = 0; ///< primary contexts
  FakeLaunch last = {};
  std::string image; ///< the last one that was loaded
};

/// The driver as a test sees it: the symbol `fakeCudaControl` of the library.
struct FakeCudaControl {
  FakeCuda (*get)();
  void *(*createContext)(int device);
  void (*destroyContext)(void *context);
  void (*setCurrent)(void *context);
  void *(*getCurrent)();
  void *(*createStream)(void *context);
  void (*setCapturing)(void *stream, bool isCapturing);
  void *(*allocate)(int device, int64_t bytes, bool isManaged);
};

} // namespace snn::test

#endif // TEST_RUNTIME_FAKECUDA_FAKECUDA_H
