//===- ByteStream.cpp - Bytes as they arrive ------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ByteStream.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <unistd.h>

using namespace snn::rt;

/// True if the last call failed for now only; waits until it would not.
static bool isTransient(int fd, short events) {
  if (errno == EINTR)
    return true;
  if (errno != EAGAIN && errno != EWOULDBLOCK)
    return false;
  struct pollfd request = {fd, events, 0};
  return ::poll(&request, 1, -1) >= 0 || errno == EINTR;
}

ByteStream::ByteStream(std::unique_ptr<Source> from)
    : source(std::move(from)), remaining(source->size()) {}

Expected<int64_t> ByteStream::readBlock(char *data, int64_t bytes) {
  if (source) {
    bytes = std::min(bytes, remaining);
    if (Error error = source->read(data, bytes))
      return error;
    remaining -= bytes;
    return bytes;
  }
  ssize_t count;
  do
    count = ::read(STDIN_FILENO, data, bytes);
  while (count < 0 && isTransient(STDIN_FILENO, POLLIN));
  if (count < 0)
    return makeError(ErrorCode::IO, "cannot read the standard input: %s",
                     std::strerror(errno));
  return int64_t(count);
}

Expected<bool> ByteStream::fill() {
  constexpr int64_t block = 1 << 16;
  buffer.erase(0, begin);
  begin = 0;
  size_t old = buffer.size();
  buffer.resize(old + block);
  auto count = readBlock(buffer.data() + old, block);
  buffer.resize(old + (count ? *count : 0));
  if (!count)
    return count.takeError();
  return *count > 0;
}

Error snn::rt::writeStandardOutput(const char *data, int64_t bytes) {
  while (bytes > 0) {
    ssize_t count =
        ::write(STDOUT_FILENO, data, std::min<int64_t>(bytes, 1 << 30));
    if (count < 0 && isTransient(STDOUT_FILENO, POLLOUT))
      continue;
    if (count < 0)
      return makeError(ErrorCode::IO, "cannot write to the standard output: %s",
                       std::strerror(errno));
    data += count;
    bytes -= count;
  }
  return Error::success();
}
