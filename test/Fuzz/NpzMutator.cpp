//===- NpzMutator.cpp - Changes to archives that keep checksums right -----===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Checksums would keep a fuzzer out of the members, so most are repaired after
// libFuzzer has changed something.
//
//===----------------------------------------------------------------------===//

#include <cstdint>
#include <cstring>
#include <vector>
#include <zlib.h>

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maxSize);
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size,
                                          size_t maxSize, unsigned seed);

static uint32_t getField(const uint8_t *data, int bytes) {
  uint32_t value = 0;
  std::memcpy(&value, data, bytes);
  return value;
}

/// The checksum of what raw deflated bytes become, as far as they do.
static uint32_t computeDeflatedCrc(const uint8_t *data, size_t size,
                                   uint32_t &length) {
  std::vector<uint8_t> out(1 << 16);
  z_stream stream = {};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
    return 0;
  stream.next_in = const_cast<uint8_t *>(data);
  stream.avail_in = size;
  stream.next_out = out.data();
  stream.avail_out = out.size();
  inflate(&stream, Z_FINISH);
  length = stream.total_out;
  inflateEnd(&stream);
  return crc32(0, out.data(), length);
}

/// Repairs checksums, and the sizes of deflated members.
static void repair(uint8_t *data, size_t size) {
  for (size_t entry = 0; entry + 46 <= size; ++entry) {
    if (std::memcmp(data + entry, "PK\1\2", 4) != 0)
      continue;
    size_t own = getField(data + entry + 42, 4);
    size_t packed = getField(data + entry + 20, 4);
    if (size < 30 || own > size - 30)
      continue;
    size_t begin =
        own + 30 + getField(data + own + 26, 2) + getField(data + own + 28, 2);
    if (begin > size || packed > size - begin)
      continue;
    uint32_t length = packed, crc;
    if (getField(data + entry + 10, 2) == Z_DEFLATED)
      crc = computeDeflatedCrc(data + begin, packed, length);
    else
      crc = crc32(0, data + begin, packed);
    std::memcpy(data + entry + 16, &crc, 4);
    std::memcpy(data + entry + 24, &length, 4);
    std::memcpy(data + own + 14, &crc, 4);
    std::memcpy(data + own + 22, &length, 4);
  }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t maxSize,
                               unsigned seed) {
  size = LLVMFuzzerMutate(data, size, maxSize);
  if (seed % 4 != 0)
    repair(data, size);
  return size;
}
