//===- FakeCuda.cpp - A CUDA driver without a GPU -------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FakeDriver.h"

#include <cstdlib>
#include <cstring>
#include <vector>

using namespace snn::test;
using namespace snn::rt::cuda;

std::recursive_mutex snn::test::mutex;
FakeCuda snn::test::counts;

static std::map<std::string, int64_t> calls;
static ContextTag primaries[8];
static unsigned long long lastId = 0;
static Result sticky = 0;
static thread_local std::vector<Context> currents;

static int getNumber(const char *name, int otherwise) {
  const char *text = getenv(name);
  return text ? std::atoi(text) : otherwise;
}

static int countDevices() { return getNumber("FAKE_CUDA_DEVICES", 1); }

Result snn::test::enter(const std::string &name) {
  if (sticky)
    return sticky;
  int64_t call = ++calls[name];
  const char *text = getenv("FAKE_CUDA_FAIL");
  if (!text)
    return 0;
  std::string wanted = name + ":" + std::to_string(call) + ":";
  if (std::strncmp(text, wanted.c_str(), wanted.size()) != 0)
    return 0;
  Result code = std::atoi(text + wanted.size());
  if (code >= 700 && code < 800)
    sticky = code;
  return code;
}

Context snn::test::getCurrentContext() {
  return currents.empty() ? nullptr : currents.back();
}

//===----------------------------------------------------------------------===//
// GPUs and contexts
//===----------------------------------------------------------------------===//

FAKE cuInit(unsigned) {
  ENTER("cuInit");
  return countDevices() > 0 ? 0 : kNoDevice;
}

FAKE cuGetErrorName(Result code, const char **name) {
  *name = code == kOutOfMemory ? "CUDA_ERROR_OUT_OF_MEMORY"
          : code == 700        ? "CUDA_ERROR_ILLEGAL_ADDRESS"
                               : "CUDA_ERROR_OF_A_TEST";
  return 0;
}

FAKE cuDeviceGetCount(int *count) {
  ENTER("cuDeviceGetCount");
  *count = countDevices();
  return 0;
}

FAKE cuDeviceGet(int *device, int ordinal) {
  ENTER("cuDeviceGet");
  *device = ordinal;
  return ordinal >= 0 && ordinal < countDevices() ? 0 : kInvalidDevice;
}

FAKE cuDeviceGetAttribute(int *value, DeviceAttribute attribute, Device) {
  ENTER("cuDeviceGetAttribute");
  int capability = getNumber("FAKE_CUDA_CAPABILITY", 90);
  switch (attribute) {
  case kMultiprocessors:
    *value = 4;
    return 0;
  case kLevel2Bytes:
    *value = 1 << 20;
    return 0;
  case kThreadsPerMultiprocessor:
    *value = 2048;
    return 0;
  case kMajor:
    *value = capability / 10;
    return 0;
  case kMinor:
    *value = capability % 10;
    return 0;
  case kCooperativeLaunch:
    *value = 1;
    return 0;
  case kMostSharedBytes:
    *value = 227 << 10;
    return 0;
  }
  return invalidValue;
}

FAKE cuDevicePrimaryCtxRetain(Context *context, int device) {
  ENTER("cuDevicePrimaryCtxRetain");
  *context = &primaries[device];
  if (!primaries[device].id)
    primaries[device] = {device, ++lastId};
  ++counts.retained;
  return 0;
}

FAKE cuDevicePrimaryCtxRelease_v2(int) {
  ENTER("cuDevicePrimaryCtxRelease_v2");
  --counts.retained;
  return 0;
}

FAKE cuCtxGetCurrent(Context *context) {
  ENTER("cuCtxGetCurrent");
  *context = getCurrentContext();
  return 0;
}

FAKE cuCtxPushCurrent_v2(Context context) {
  ENTER("cuCtxPushCurrent_v2");
  if (!context || !context->isAlive)
    return invalidContext;
  currents.push_back(context);
  return 0;
}

FAKE cuCtxPopCurrent_v2(Context *context) {
  ENTER("cuCtxPopCurrent_v2");
  if (currents.empty())
    return invalidContext;
  *context = currents.back();
  currents.pop_back();
  return 0;
}

FAKE cuCtxGetDevice(int *device) {
  ENTER("cuCtxGetDevice");
  if (!getCurrentContext())
    return invalidContext;
  *device = getCurrentContext()->device;
  return 0;
}

#ifndef FAKE_CUDA_OLD // of CUDA 12
FAKE cuCtxGetId(Context context, unsigned long long *id) {
  ENTER("cuCtxGetId");
  if (!context || !context->isAlive)
    return invalidContext;
  *id = context->id;
  return 0;
}
#endif

//===----------------------------------------------------------------------===//
// For tests
//===----------------------------------------------------------------------===//

extern "C" __attribute__((visibility("default")))
const FakeCudaControl fakeCudaControl = {
    [] {
      std::lock_guard<std::recursive_mutex> lock(mutex);
      return counts;
    },
    [](int device) -> void * { return new ContextTag{device, ++lastId}; },
    [](void *context) { static_cast<Context>(context)->isAlive = false; },
    [](void *context) {
      currents.clear();
      if (context)
        currents.push_back(static_cast<Context>(context));
    },
    []() -> void * { return getCurrentContext(); },
    [](void *context) -> void * {
      return new StreamTag{static_cast<Context>(context)};
    },
    [](void *stream, bool isCapturing) {
      static_cast<Stream>(stream)->isCapturing = isCapturing;
    },
    [](int device, int64_t bytes, bool isManaged) {
      std::lock_guard<std::recursive_mutex> lock(mutex);
      return allocateOn(device, bytes, isManaged);
    }};
