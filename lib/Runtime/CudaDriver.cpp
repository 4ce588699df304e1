//===- CudaDriver.cpp - The CUDA driver, opened at run time ---------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaDriver.h"

#include <dlfcn.h>
#include <pthread.h>

using namespace snn::rt;
using namespace snn::rt::cuda;

static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;
static Driver driver;
static bool isOpen = false;

/// Of this thread; 0: the last error was none of the driver's.
static thread_local Result lastError = kSuccess;

/// Finds all functions; false if one is not there.
static bool findFunctions(void *library) {
  struct {
    const char *name;
    void *function;
  } const found[] = {
#define SNN_CUDA_FIND(member, name, params) {name, dlsym(library, name)},
      SNN_CUDA_FUNCTIONS(SNN_CUDA_FIND)
#undef SNN_CUDA_FIND
  };
  static_assert(sizeof(driver) == sizeof(found) / 2, "one member each");
  auto **members = reinterpret_cast<void **>(&driver);
  for (const auto &entry : found) {
    if (!entry.function)
      return false;
    *members++ = entry.function;
  }
  return true;
}

/// Called by one thread at a time.
static int openOnce() {
  if (isOpen)
    return SNN_OK;
  void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return SNN_ERROR_CUDA_DRIVER;
  if (!findFunctions(library)) {
    dlclose(library);
    return SNN_ERROR_CUDA_DRIVER;
  }
  Result result = driver.init(0);
  if (result == kSuccess) {
    __atomic_store_n(&isOpen, true, __ATOMIC_RELEASE); // and stays open
    return SNN_OK;
  }
  int status = toStatus(result);
  // What has no better name is a driver that does not fit its kernel module.
  return status == SNN_ERROR_CUDA ? int(SNN_ERROR_CUDA_DRIVER) : status;
}

int cuda::openDriver(const Driver *&result) {
  result = &driver;
  if (__atomic_load_n(&isOpen, __ATOMIC_ACQUIRE))
    return SNN_OK;
  pthread_mutex_lock(&opening);
  int status = openOnce();
  pthread_mutex_unlock(&opening);
  return status;
}

int cuda::toStatus(Result result) {
  if (result != kSuccess)
    lastError = result;
  switch (result) {
  case kSuccess:
    return SNN_OK;
  case kOutOfMemory:
    return SNN_ERROR_CUDA_MEMORY;
  case kNoDevice:
  case kInvalidDevice:
    return SNN_ERROR_CUDA_DEVICE;
  case kInvalidImage:
  case kNoBinaryForGpu:
  case kInvalidPtx:
  case kNoPtxCompiler:
  case kUnsupportedPtx:
  case kPtxDisabled:
    return SNN_ERROR_CUDA_CODE;
  default:
    return SNN_ERROR_CUDA;
  }
}

void cuda::clearError() { lastError = kSuccess; }

const char *cuda::getErrorName() {
  const char *name = nullptr;
  if (lastError != kSuccess && driver.getErrorName)
    driver.getErrorName(lastError, &name);
  return name;
}
