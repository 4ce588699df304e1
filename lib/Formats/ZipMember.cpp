//===- ZipMember.cpp - The contents of a member of an archive -------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Zip.h"

#include <algorithm>
#include <cstring>

using namespace snn::rt;

/// zlib counts in 32 bits.
static constexpr int64_t maxPiece = 1 << 30;

ZipMemberSource::ZipMemberSource(const std::string &path,
                                 const ZipMember &member)
    : Source(path + ": member " + quoted(member.name), int64_t(member.size)),
      member(member), missing(int64_t(member.size)), rest(member.bytes) {}

ZipMemberSource::~ZipMemberSource() {
  if (isOpen)
    inflateEnd(&stream);
}

static uint32_t updateCrc(uint32_t crc, const char *data, size_t bytes) {
  return crc32_z(crc, reinterpret_cast<const Bytef *>(data), bytes);
}

Error ZipMemberSource::checkCrc(uint32_t found) const {
  if (found == member.crc)
    return Error::success();
  return makeError(ErrorCode::Input,
                   "%s: expected contents of CRC 0x%08x, but got 0x%08x",
                   name().c_str(), member.crc, found);
}

Error ZipMemberSource::open() {
  if (!member.isDeflated)
    return checkCrc(updateCrc(0, rest.data(), rest.size()));
  isOpen = inflateInit2(&stream, -MAX_WBITS) == Z_OK; // without zlib's header
  return isOpen ? Error::success()
                : makeError(ErrorCode::Limit,
                            "%s: not enough memory to inflate", name().c_str());
}

Expected<int64_t> ZipMemberSource::inflateSome(char *data, int64_t bytes) {
  uInt wanted = std::min(bytes, maxPiece);
  stream.next_out = reinterpret_cast<Bytef *>(data);
  stream.avail_out = wanted;
  int status = Z_OK;
  while (stream.avail_out == wanted && !isEnded) {
    uInt given = std::min<size_t>(rest.size(), maxPiece);
    stream.next_in = reinterpret_cast<const Bytef *>(rest.data());
    stream.avail_in = given;
    status = inflate(&stream, Z_NO_FLUSH);
    rest.remove_prefix(given - stream.avail_in);
    isEnded = status == Z_STREAM_END;
    if (status != Z_OK && !isEnded)
      break;
  }
  if (status == Z_OK || isEnded)
    return int64_t(wanted - stream.avail_out);
  long long place = member.bytes.size() - rest.size();
  if (status == Z_MEM_ERROR)
    return makeError(ErrorCode::Limit, "%s: not enough memory to inflate",
                     name().c_str());
  return makeError(ErrorCode::Input,
                   "%s: expected deflated data, but got %s at its byte %lld",
                   name().c_str(),
                   status == Z_BUF_ERROR ? "their end too early"
                   : stream.msg          ? stream.msg
                                         : "something else",
                   place);
}

Error ZipMemberSource::read(void *data, int64_t bytes) {
  char *next = static_cast<char *>(data);
  if (bytes > missing)
    return makeError(ErrorCode::Input,
                     "%s: expected %lld more bytes, but got %lld",
                     name().c_str(), static_cast<long long>(bytes),
                     static_cast<long long>(missing));
  missing -= bytes;
  if (!member.isDeflated) {
    if (bytes > 0)
      std::memcpy(next, rest.data(), bytes);
    rest.remove_prefix(bytes);
    return Error::success();
  }
  while (bytes > 0) {
    auto count = inflateSome(next, bytes);
    if (!count)
      return count.takeError();
    if (*count == 0)
      return makeError(ErrorCode::Input,
                       "%s: expected %lld bytes as declared, but got only %lld",
                       name().c_str(), static_cast<long long>(size()),
                       static_cast<long long>(stream.total_out));
    crc = updateCrc(crc, next, *count);
    next += *count;
    bytes -= *count;
  }
  return Error::success();
}

Error ZipMemberSource::finish() {
  if (!member.isDeflated)
    return Error::success();
  char more;
  auto count = inflateSome(&more, 1);
  if (!count)
    return count.takeError();
  if (*count != 0)
    return makeError(ErrorCode::Input,
                     "%s: expected %lld bytes as declared, but got more",
                     name().c_str(), static_cast<long long>(size()));
  if (!rest.empty())
    return makeError(ErrorCode::Input,
                     "%s: expected deflated data of %zu bytes, but got their "
                     "end at byte %zu",
                     name().c_str(), member.bytes.size(),
                     member.bytes.size() - rest.size());
  return checkCrc(crc);
}
