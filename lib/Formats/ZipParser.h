//===- ZipParser.h - The structure of a zip archive -------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_FORMATS_ZIPPARSER_H
#define LIB_FORMATS_ZIPPARSER_H

#include "Zip.h"

namespace snn::rt {

/// Little-endian fields that cannot be read past the end.
class FieldCursor {
public:
  explicit FieldCursor(std::string_view bytes) : rest(bytes) {}

  /// The next `count` bytes; none of them if there are fewer.
  std::string_view takeBytes(uint64_t count) {
    failed |= count > rest.size();
    std::string_view bytes = rest.substr(0, failed ? 0 : count);
    rest.remove_prefix(bytes.size());
    return bytes;
  }
  uint64_t take(int count) {
    uint64_t value = 0;
    std::string_view bytes = takeBytes(count);
    for (size_t i = bytes.size(); i-- > 0;)
      value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
  }
  bool accept(std::string_view bytes) {
    return takeBytes(bytes.size()) == bytes && !failed;
  }
  uint64_t size() const { return rest.size(); }
  bool hasFailed() const { return failed; }

private:
  std::string_view rest;
  bool failed = false;
};

/// Where the directory is.
struct Directory {
  uint64_t offset = 0, size = 0, count = 0;
  uint64_t end = 0; ///< where the end records begin
};

/// What the directory and the member's own header both say.
struct MemberHeader {
  std::string_view name;
  uint64_t flags = 0, method = 0, crc = 0, packedSize = 0, size = 0;
  uint64_t place = 0;  ///< of these fields in the archive
  uint64_t offset = 0; ///< of the member's own header

  bool hasDescriptor() const { return flags & 8; }
};

/// Reads the structure of an archive.
class ZipParser {
public:
  ZipParser(const std::string &path, std::string_view archive)
      : path(path), archive(archive) {}

  Expected<std::vector<ZipMember>> parse();

private:
  Expected<Directory> findDirectory() const;
  Error findDirectory64(uint64_t end, Directory &directory) const;
  Expected<std::vector<MemberHeader>>
  parseEntries(const Directory &directory) const;
  Expected<MemberHeader> parseEntry(FieldCursor &cursor, uint64_t place) const;
  Error parseExtra(std::string_view extra, MemberHeader &header) const;
  Error checkEntry(const MemberHeader &entry) const;
  Error checkOwnHeader(const MemberHeader &entry, MemberHeader own) const;
  Error checkDescriptor(const MemberHeader &entry, uint64_t end,
                        uint64_t next) const;
  Expected<ZipMember> parseMember(const MemberHeader &entry,
                                  uint64_t next) const;
  Error checkNames(const std::vector<ZipMember> &members) const;
  Error bad(uint64_t place, const std::string &message) const;
  Error bad(const MemberHeader &header, const std::string &message) const;

  const std::string &path;
  std::string_view archive;
};

/// "A, but got B" for numbers.
inline std::string differ(const std::string &what, uint64_t expected,
                          uint64_t found) {
  return what + " " + std::to_string(expected) + ", but got " +
         std::to_string(found);
}

} // namespace snn::rt

#endif // LIB_FORMATS_ZIPPARSER_H
