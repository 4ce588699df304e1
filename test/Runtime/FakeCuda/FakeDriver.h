//===- FakeDriver.h - What the parts of FakeCuda share ----------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TEST_RUNTIME_FAKECUDA_FAKEDRIVER_H
#define TEST_RUNTIME_FAKECUDA_FAKEDRIVER_H

#include "FakeCuda.h"

#include "../../../lib/Runtime/CudaDriver.h"

#include <map>
#include <mutex>

namespace snn::rt::cuda {
struct ContextTag {
  int device;
  unsigned long long id;
  bool isAlive = true;
};
struct StreamTag {
  Context context;
  bool isCapturing = false;
};
struct FunctionTag {
  void (*kernel)(void **arguments);
  int mostShared = 48 << 10;
};
struct ModuleTag {
  std::map<std::string, FunctionTag> functions;
};
} // namespace snn::rt::cuda

namespace snn::test {

using namespace snn::rt::cuda;

constexpr Result invalidValue = 1, invalidContext = 201, launchTooLarge = 720;

/// Held by all functions of the driver.
extern std::recursive_mutex mutex;
extern FakeCuda counts;

/// What a call shall fail with.
Result enter(const std::string &name);

Context getCurrentContext();

void *allocateOn(int device, int64_t bytes, bool isManaged);

} // namespace snn::test

/// Begins a function of the driver.
#define ENTER(name)                                                            \
  std::lock_guard<std::recursive_mutex> lock(mutex);                           \
  if (Result result = enter(name))                                             \
  return result
#define FAKE extern "C" __attribute__((visibility("default"))) Result

#endif // TEST_RUNTIME_FAKECUDA_FAKEDRIVER_H
