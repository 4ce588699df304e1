//===- FakeMemory.cpp - Streams and memory of a driver without a GPU ------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FakeDriver.h"

#include <cstdlib>
#include <cstring>

using namespace snn::test;
using namespace snn::rt::cuda;

namespace {
struct Allocation {
  int64_t bytes;
  int device;
  bool isManaged;
};
} // namespace

static std::map<Address, Allocation> allocations;

void *snn::test::allocateOn(int device, int64_t bytes, bool isManaged) {
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
