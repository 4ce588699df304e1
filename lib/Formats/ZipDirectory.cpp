//===- ZipDirectory.cpp - The directory of a zip archive ------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ZipParser.h"

#include "Utf8.h"

#include <algorithm>

using namespace snn::rt;
using namespace std::string_view_literals;

static constexpr uint64_t endBytes = 22, locatorBytes = 20, end64Bytes = 56;
static constexpr uint64_t full16 = 0xffff, full32 = 0xffffffff;

Error ZipParser::bad(uint64_t place, const std::string &message) const {
  return makeError(ErrorCode::Input, "%s: at byte %llu: expected %s",
                   path.c_str(), static_cast<unsigned long long>(place),
                   message.c_str());
}

Error ZipParser::bad(const MemberHeader &header,
                     const std::string &message) const {
  return makeError(ErrorCode::Input, "%s: member %s: expected %s", path.c_str(),
                   quoted(header.name).c_str(), message.c_str());
}

Error ZipParser::findDirectory64(uint64_t end, Directory &directory) const {
  if (end < locatorBytes + end64Bytes)
    return bad(end, "a locator of zip64 before it, but got none");
  uint64_t place = end - locatorBytes - end64Bytes;
  FieldCursor cursor(archive.substr(place));
  if (!cursor.accept("PK\6\6"sv) || cursor.take(8) != end64Bytes - 12)
    return bad(place, "an end record of zip64, but got " +
                          quoted(archive.substr(place, 12)));
  cursor.takeBytes(4); // versions
  if (cursor.take(4) != 0 || cursor.take(4) != 0)
    return bad(place, "an archive of one part, but got several");
  uint64_t here = cursor.take(8);
  directory.count = cursor.take(8);
  directory.size = cursor.take(8);
  directory.offset = cursor.take(8);
  if (here != directory.count)
    return bad(place, differ("as many members as in all parts,",
                             directory.count, here));
  if (!cursor.accept("PK\6\7"sv) || cursor.take(4) != 0 ||
      cursor.take(8) != place || cursor.take(4) != 1)
    return bad(end - locatorBytes,
               "a locator of the end record before it, "
               "but got " +
                   quoted(archive.substr(end - locatorBytes, locatorBytes)));
  directory.end = place;
  return Error::success();
}

Expected<Directory> ZipParser::findDirectory() const {
  if (archive.size() < endBytes)
    return makeError(ErrorCode::Input,
                     "%s: expected a .npz file, but got only %zu bytes",
                     path.c_str(), archive.size());
  uint64_t place = archive.size() - endBytes;
  FieldCursor cursor(archive.substr(place));
  if (!cursor.accept("PK\5\6"sv)) {
    size_t last = archive.rfind("PK\5\6"sv);
    if (last == archive.npos || last > place)
      return bad(place, "the end record of a zip archive, but got " +
                            quoted(archive.substr(place)) +
                            "; the file may be cut off");
    return bad(last + endBytes, "the end of the file behind the end record, "
                                "but got " +
                                    std::to_string(place - last) + " bytes");
  }
  uint64_t parts = cursor.take(4), here = cursor.take(2);
  Directory directory;
  directory.count = cursor.take(2);
  directory.size = cursor.take(4);
  directory.offset = cursor.take(4);
  directory.end = place;
  if (uint64_t comment = cursor.take(2))
    return bad(place, differ("a comment of length", 0, comment));
  if (parts != 0 || here != directory.count)
    return bad(place, "an archive of one part, but got several");
  Directory narrow = directory;
  if (narrow.count == full16 || narrow.size == full32 ||
      narrow.offset == full32)
    if (Error error = findDirectory64(place, directory))
      return error;
  if ((narrow.count != full16 && narrow.count != directory.count) ||
      (narrow.size != full32 && narrow.size != directory.size) ||
      (narrow.offset != full32 && narrow.offset != directory.offset))
    return bad(place, "the same directory in both end records, but got two");
  if (directory.offset > directory.end ||
      directory.end - directory.offset != directory.size)
    return bad(directory.end, "the end of the directory, but got one of " +
                                  std::to_string(directory.size) +
                                  " bytes at byte " +
                                  std::to_string(directory.offset));
  return directory;
}

/// Replaces the fields that are too small for their values by those of zip64.
Error ZipParser::parseExtra(std::string_view extra,
                            MemberHeader &header) const {
  bool isFound = false;
  FieldCursor cursor(extra);
  while (cursor.size() > 0) {
    uint64_t tag = cursor.take(2), size = cursor.take(2);
    FieldCursor field(cursor.takeBytes(size));
    if (cursor.hasFailed())
      return bad(header, "extra fields of the declared lengths, but got fewer "
                         "bytes");
    if (tag != 1)
      continue;
    if (std::exchange(isFound, true))
      return bad(header, "one field of zip64, but got several");
    for (uint64_t *value : {&header.size, &header.packedSize, &header.offset})
      if (*value == full32)
        *value = field.take(8);
    if (field.hasFailed())
      return bad(header, "larger sizes in its field of zip64, but got none");
  }
  return Error::success();
}

Expected<MemberHeader> ZipParser::parseEntry(FieldCursor &cursor,
                                             uint64_t place) const {
  MemberHeader entry;
  entry.place = place;
  bool isEntry = cursor.accept("PK\1\2"sv);
  cursor.takeBytes(4); // versions
  entry.flags = cursor.take(2);
  entry.method = cursor.take(2);
  cursor.takeBytes(4); // time
  entry.crc = cursor.take(4);
  entry.packedSize = cursor.take(4);
  entry.size = cursor.take(4);
  uint64_t nameBytes = cursor.take(2), extraBytes = cursor.take(2);
  uint64_t commentBytes = cursor.take(2), part = cursor.take(2);
  cursor.takeBytes(6); // attributes
  entry.offset = cursor.take(4);
  entry.name = cursor.takeBytes(nameBytes);
  std::string_view extra = cursor.takeBytes(extraBytes);
  cursor.takeBytes(commentBytes);
  if (!isEntry || cursor.hasFailed())
    return bad(entry.place, "a member in the directory, but got " +
                                quoted(archive.substr(entry.place, 46)));
  if (part != 0)
    return bad(entry, "an archive of one part, but got several");
  if (Error error = parseExtra(extra, entry))
    return error;
  if (Error error = checkEntry(entry))
    return error;
  return entry;
}

/// What a name should be, or null if it is that. NAME.npy is only the name of
/// a tensor, but somebody may unpack the archive as well.
static const char *checkName(std::string_view name, bool isUtf8Declared) {
  constexpr size_t maxName = 4096;
  constexpr std::string_view suffix = ".npy";
  auto isControl = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  auto isHigh = [](unsigned char c) { return c >= 0x80; };
  if (name.size() > maxName)
    return "of at most 4096 bytes";
  if (!isUtf8(name) ||
      (!isUtf8Declared && std::any_of(name.begin(), name.end(), isHigh)))
    return "in UTF-8, and declared so";
  if (std::any_of(name.begin(), name.end(), isControl) ||
      name.find('\\') != name.npos)
    return "without control characters and backslashes";
  std::string_view part;
  for (size_t begin = 0; begin <= name.size(); begin += part.size() + 1) {
    part = name.substr(begin, name.find('/', begin) - begin);
    if (part.empty() || part == "." || part == "..")
      return "relative and without parts that are empty, '.' or '..'";
  }
  if (part.size() <= suffix.size() ||
      part.substr(part.size() - suffix.size()) != suffix)
    return "NAME.npy";
  return nullptr;
}

Error ZipParser::checkEntry(const MemberHeader &entry) const {
  constexpr uint64_t encrypted = 0x2041, utf8 = 0x800;
  constexpr uint64_t allowed = utf8 | 0xe; // descriptor, speed of deflating
  if (entry.flags & encrypted)
    return bad(entry, "no encryption, but got an encrypted member");
  if (entry.flags & ~allowed)
    return bad(entry, differ("flags among", allowed, entry.flags));
  if (const char *text = checkName(entry.name, entry.flags & utf8))
    return bad(entry.place, "a member whose name is " + std::string(text) +
                                ", but got " + quoted(entry.name));
  if (entry.method != 0 && entry.method != Z_DEFLATED)
    return bad(entry, differ("compression method 0 (stored) or", Z_DEFLATED,
                             entry.method));
  if (entry.method == 0 && entry.packedSize != entry.size)
    return bad(entry, differ("stored bytes as many as its size,", entry.size,
                             entry.packedSize));
  return Error::success();
}

Expected<std::vector<MemberHeader>>
ZipParser::parseEntries(const Directory &directory) const {
  std::vector<MemberHeader> entries;
  FieldCursor cursor(archive.substr(directory.offset, directory.size));
  uint64_t end = directory.offset + directory.size;
  while (cursor.size() > 0) {
    auto entry = parseEntry(cursor, end - cursor.size());
    if (!entry)
      return entry.takeError();
    entries.push_back(*entry);
  }
  if (entries.size() != directory.count)
    return bad(directory.offset, differ("a directory of members as many as in "
                                        "the end record,",
                                        directory.count, entries.size()));
  uint64_t first = entries.empty() ? directory.offset : entries[0].offset;
  if (first != 0)
    return bad(0, "the first member or the directory, but got it at byte " +
                      std::to_string(first));
  return entries;
}
