//===- FakeCuda.cpp - A CUDA driver without a GPU -------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FakeCuda.h"

#include "../../../lib/Runtime/CudaDriver.h"

#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <map>
#include <mutex>
#include <vector>

using namespace snn::test;

using namespace snn::rt::cuda;

using Kernel = void(void **arguments);

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
  Kernel *kernel;
  int mostShared = 48 << 10;
};
struct ModuleTag {
  std::map<std::string, FunctionTag> functions;
};
} // namespace snn::rt::cuda

namespace {
constexpr Result invalidValue = 1, invalidContext = 201, launchTooLarge = 720;

struct Allocation {
  int64_t bytes;
  int device;
  bool isManaged;
};

std::recursive_mutex mutex;
FakeCuda counts;
std::map<Address, Allocation> allocations;
std::map<std::string, int64_t> calls;
ContextTag primaries[8];
unsigned long long lastId = 0;
Result sticky = 0;
thread_local std::vector<Context> currents;
} // namespace

static int getNumber(const char *name, int otherwise) {
  const char *text = getenv(name);
  return text ? std::atoi(text) : otherwise;
}

static int countDevices() { return getNumber("FAKE_CUDA_DEVICES", 1); }

/// What a call shall fail with.
static Result enter(const std::string &name) {
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

static Context getCurrentContext() {
  return currents.empty() ? nullptr : currents.back();
}

static void *allocateOn(int device, int64_t bytes, bool isManaged) {
  void *memory = nullptr;
  if (posix_memalign(&memory, 512, size_t(bytes + 1)))
    return nullptr;
  std::memset(memory, 0xa5, size_t(bytes)); // nobody has written it
  allocations[Address(memory)] = {bytes, device, isManaged};
  ++counts.allocations;
  counts.allocatedBytes += bytes;
  return memory;
}

static const Allocation *findAllocation(Address address) {
  auto it = allocations.upper_bound(address);
  if (it == allocations.begin())
    return nullptr;
  --it;
  return address < it->first + Address(it->second.bytes) ? &it->second
                                                         : nullptr;
}

/// Begins a function of the driver.
#define ENTER(name)                                                            \
  std::lock_guard<std::recursive_mutex> lock(mutex);                           \
  if (Result result = enter(name))                                             \
  return result
#define FAKE extern "C" __attribute__((visibility("default"))) Result

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

FAKE cuPointerGetAttributes(unsigned count, PointerAttribute *attributes,
                            void **values, Address address) {
  ENTER("cuPointerGetAttributes");
  const Allocation *found = findAllocation(address);
  for (unsigned i = 0; i < count; ++i) {
    auto *number = static_cast<unsigned *>(values[i]);
    if (attributes[i] == kMemoryType)
      *number = found ? kDeviceMemory : 0;
    else if (attributes[i] == kDevicePointer)
      *static_cast<Address *>(values[i]) = found ? address : 0;
    else if (attributes[i] == kIsManaged)
      *number = found && found->isManaged;
    else if (attributes[i] == kDeviceOrdinal)
      *number = unsigned(found ? found->device : -2);
    else
      return invalidValue;
  }
  return 0;
}

//===----------------------------------------------------------------------===//
// Streams and memory
//===----------------------------------------------------------------------===//

static bool isOwn(Stream stream) { return uintptr_t(stream) > 2; }

FAKE cuStreamGetCtx(Stream stream, Context *context) {
  ENTER("cuStreamGetCtx");
  *context = isOwn(stream) ? stream->context : getCurrentContext();
  return 0;
}

FAKE cuStreamCreate(Stream *stream, unsigned) {
  ENTER("cuStreamCreate");
  *stream = new StreamTag{getCurrentContext()};
  return 0;
}

FAKE cuStreamDestroy_v2(Stream stream) {
  ENTER("cuStreamDestroy_v2");
  delete stream;
  return 0;
}

FAKE cuStreamSynchronize(Stream) {
  ENTER("cuStreamSynchronize");
  ++counts.waits;
  return 0;
}

FAKE cuStreamIsCapturing(Stream stream, int *state) {
  ENTER("cuStreamIsCapturing");
  *state = isOwn(stream) && stream->isCapturing;
  return 0;
}

FAKE cuThreadExchangeStreamCaptureMode(CaptureMode *mode) {
  static thread_local CaptureMode current = CaptureMode(0);
  ENTER("cuThreadExchangeStreamCaptureMode");
  std::swap(current, *mode);
  return 0;
}

FAKE cuMemAlloc_v2(Address *memory, size_t bytes) {
  ENTER("cuMemAlloc_v2");
  if (!bytes || !getCurrentContext())
    return bytes ? invalidContext : invalidValue;
  *memory =
      Address(allocateOn(getCurrentContext()->device, int64_t(bytes), false));
  return *memory ? 0 : kOutOfMemory;
}

FAKE cuMemFree_v2(Address memory) {
  ENTER("cuMemFree_v2");
  auto found = allocations.find(memory);
  if (found == allocations.end())
    return invalidValue;
  --counts.allocations;
  counts.allocatedBytes -= found->second.bytes;
  allocations.erase(found);
  std::free(reinterpret_cast<void *>(memory));
  return 0;
}

/// Whether all bytes are those of one allocation.
static bool isInside(Address address, size_t bytes) {
  const Allocation *first = findAllocation(address);
  return bytes && first && first == findAllocation(address + bytes - 1);
}

FAKE cuMemcpyHtoDAsync_v2(Address to, const void *from, size_t bytes, Stream) {
  ENTER("cuMemcpyHtoDAsync_v2");
  if (!isInside(to, bytes))
    return invalidValue;
  std::memcpy(reinterpret_cast<void *>(to), from, bytes);
  return 0;
}

FAKE cuMemcpyDtoHAsync_v2(void *to, Address from, size_t bytes, Stream) {
  ENTER("cuMemcpyDtoHAsync_v2");
  if (!isInside(from, bytes))
    return invalidValue;
  std::memcpy(to, reinterpret_cast<void *>(from), bytes);
  return 0;
}

FAKE cuMemcpyDtoDAsync_v2(Address to, Address from, size_t bytes, Stream) {
  ENTER("cuMemcpyDtoDAsync_v2");
  if (!isInside(to, bytes) || !isInside(from, bytes))
    return invalidValue;
  ++counts.copies;
  std::memcpy(reinterpret_cast<void *>(to), reinterpret_cast<void *>(from),
              bytes);
  return 0;
}

FAKE cuMemsetD8Async(Address to, unsigned char value, size_t bytes, Stream) {
  ENTER("cuMemsetD8Async");
  if (!isInside(to, bytes))
    return invalidValue;
  ++counts.sets;
  std::memset(reinterpret_cast<void *>(to), value, bytes);
  return 0;
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

/// An image is a text that begins with "sm_90" or "compute_80".
FAKE cuModuleLoadDataEx(Module *module, const void *image, unsigned count,
                        JitOption *options, void **values) {
  ENTER("cuModuleLoadDataEx");
  std::string text(static_cast<const char *>(image));
  counts.image = text;
  if (text.find("broken") != text.npos) {
    for (unsigned i = 0; i < count; ++i)
      if (options[i] == kErrorLog)
        std::strcpy(static_cast<char *>(values[i]), "a log of the compiler");
    return text[0] == 's' ? kNoBinaryForGpu : kInvalidPtx;
  }
  *module = new ModuleTag;
  ++counts.modules;
  ++counts.loads;
  return 0;
}

FAKE cuModuleUnload(Module module) {
  ENTER("cuModuleUnload");
  delete module;
  --counts.modules;
  return 0;
}

FAKE cuModuleGetFunction(Function *function, Module module, const char *name) {
  ENTER("cuModuleGetFunction");
  void *symbol = dlsym(RTLD_DEFAULT, name);
  FunctionTag &entry = module->functions[name];
  entry.kernel = reinterpret_cast<Kernel *>(symbol);
  *function = &entry;
  return 0;
}

FAKE cuFuncSetAttribute(Function function, FunctionAttribute attribute,
                        int value) {
  ENTER("cuFuncSetAttribute");
  if (attribute != kDynamicSharedBytes || value > 226 << 10)
    return invalidValue;
  function->mostShared = value;
  return 0;
}

/// Each kernel has 1 KiB of its own.
FAKE cuFuncGetAttribute(int *value, FunctionAttribute attribute, Function) {
  ENTER("cuFuncGetAttribute");
  *value = attribute == kStaticSharedBytes ? 1024 : 0;
  return 0;
}

FAKE cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, Function,
                                                 int threads, size_t shared) {
  ENTER("cuOccupancyMaxActiveBlocksPerMultiprocessor");
  *blocks = shared > 100 << 10 ? 1 : 2048 / threads;
  return 0;
}

static Result launch(Function function, const FakeLaunch &shape,
                     void **arguments) {
  if (!shape.blocks[0] || !shape.blocks[1] || !shape.blocks[2] ||
      shape.shared > unsigned(function->mostShared))
    return launchTooLarge;
  ++counts.launches;
  counts.last = shape;
  if (function->kernel)
    function->kernel(arguments);
  return 0;
}

FAKE cuLaunchKernel(Function function, unsigned bx, unsigned by, unsigned bz,
                    unsigned tx, unsigned ty, unsigned tz, unsigned shared,
                    Stream stream, void **arguments, void **) {
  ENTER("cuLaunchKernel");
  return launch(function, {{bx, by, bz}, {tx, ty, tz}, shared, false, stream},
                arguments);
}

FAKE cuLaunchCooperativeKernel(Function function, unsigned bx, unsigned by,
                               unsigned bz, unsigned tx, unsigned ty,
                               unsigned tz, unsigned shared, Stream stream,
                               void **arguments) {
  ENTER("cuLaunchCooperativeKernel");
  return launch(function, {{bx, by, bz}, {tx, ty, tz}, shared, true, stream},
                arguments);
}

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
