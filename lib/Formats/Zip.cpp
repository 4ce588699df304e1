//===- Zip.cpp - The members of a zip archive -----------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ZipParser.h"

#include <algorithm>

using namespace snn::rt;
using namespace std::string_view_literals;

Error ZipParser::checkOwnHeader(const MemberHeader &entry,
                                MemberHeader own) const {
  // Zeros mean that a descriptor follows with the values.
  if (entry.hasDescriptor() && own.crc == 0 && own.size == 0 &&
      own.packedSize == 0) {
    own.crc = entry.crc;
    own.size = entry.size;
    own.packedSize = entry.packedSize;
  }
  if (own.name != entry.name)
    return bad(entry, "the same name in its header at byte " +
                          std::to_string(own.place) + ", but got " +
                          quoted(own.name));
  std::pair<const char *, uint64_t MemberHeader::*> fields[] = {
      {"flags", &MemberHeader::flags},
      {"compression method", &MemberHeader::method},
      {"CRC", &MemberHeader::crc},
      {"compressed size", &MemberHeader::packedSize},
      {"size", &MemberHeader::size}};
  for (auto [what, field] : fields)
    if (own.*field != entry.*field)
      return bad(entry,
                 differ(std::string(what) + " in its header at byte " +
                            std::to_string(own.place) + " as in the directory,",
                        entry.*field, own.*field));
  return Error::success();
}

Error ZipParser::checkDescriptor(const MemberHeader &entry, uint64_t end,
                                 uint64_t next) const {
  constexpr uint64_t small = 16, large = 24; // with sizes of 32 or 64 bits
  uint64_t bytes = next - end;
  FieldCursor cursor(archive.substr(end, bytes));
  int width = bytes == large ? 8 : 4;
  if ((bytes != small && bytes != large) || !cursor.accept("PK\7\10"sv) ||
      cursor.take(4) != entry.crc || cursor.take(width) != entry.packedSize ||
      cursor.take(width) != entry.size)
    return bad(entry, "a descriptor at byte " + std::to_string(end) +
                          " that agrees with the directory, but got " +
                          quoted(archive.substr(end, std::min(bytes, large))));
  return Error::success();
}

/// The member of an entry of the directory. `next` is where the next one, or
/// the directory, begins.
Expected<ZipMember> ZipParser::parseMember(const MemberHeader &entry,
                                           uint64_t next) const {
  constexpr uint64_t maxRatio = 1000;
  FieldCursor cursor(archive.substr(entry.offset, next - entry.offset));
  MemberHeader own;
  own.place = entry.offset;
  bool isHeader = archive.substr(entry.offset, 4) == "PK\3\4"sv;
  cursor.takeBytes(4);
  cursor.takeBytes(2); // version
  own.flags = cursor.take(2);
  own.method = cursor.take(2);
  cursor.takeBytes(4); // time
  own.crc = cursor.take(4);
  own.packedSize = cursor.take(4);
  own.size = cursor.take(4);
  uint64_t nameBytes = cursor.take(2), extraBytes = cursor.take(2);
  own.name = cursor.takeBytes(nameBytes);
  std::string_view extra = cursor.takeBytes(extraBytes);
  if (isHeader && cursor.hasFailed())
    return bad(entry, "its header at byte " + std::to_string(entry.offset) +
                          " to end before the next one, but got that at byte " +
                          std::to_string(next) + " (an overlap)");
  if (!isHeader)
    return bad(entry, "its header at byte " + std::to_string(entry.offset) +
                          ", but got " +
                          quoted(archive.substr(entry.offset, 30)));
  if (Error error = parseExtra(extra, own))
    return error;
  if (Error error = checkOwnHeader(entry, own))
    return error;
  uint64_t available = cursor.size(), begin = next - available;
  if (entry.packedSize > available ||
      (entry.packedSize < available && !entry.hasDescriptor()))
    return bad(entry, differ("from byte " + std::to_string(begin) +
                                 " to the next header as many bytes as its "
                                 "compressed size,",
                             entry.packedSize, available) +
                          (entry.packedSize > available ? " (an overlap)"
                                                        : " (a hole)"));
  std::string_view bytes = cursor.takeBytes(entry.packedSize);
  if (entry.hasDescriptor())
    if (Error error = checkDescriptor(entry, next - cursor.size(), next))
      return error;
  if (entry.size > maxRatio * entry.packedSize)
    return makeError(ErrorCode::Limit,
                     "%s: member %s: expected at most %llu times its %llu "
                     "compressed bytes, but got a declared size of %llu",
                     path.c_str(), quoted(entry.name).c_str(),
                     static_cast<unsigned long long>(maxRatio),
                     static_cast<unsigned long long>(entry.packedSize),
                     static_cast<unsigned long long>(entry.size));
  return ZipMember{std::string(entry.name), entry.method != 0,
                   uint32_t(entry.crc), entry.size, bytes};
}

Error ZipParser::checkNames(const std::vector<ZipMember> &members) const {
  std::vector<std::string_view> names;
  for (const ZipMember &member : members)
    names.push_back(member.name);
  std::sort(names.begin(), names.end());
  auto twin = std::adjacent_find(names.begin(), names.end());
  if (twin == names.end())
    return Error::success();
  return makeError(ErrorCode::Input,
                   "%s: expected different names, but member %s occurs twice",
                   path.c_str(), quoted(*twin).c_str());
}

Expected<std::vector<ZipMember>> ZipParser::parse() {
  auto directory = findDirectory();
  if (!directory)
    return directory.takeError();
  auto entries = parseEntries(*directory);
  if (!entries)
    return entries.takeError();
  std::vector<ZipMember> members;
  uint64_t place = 0;
  for (size_t i = 0; i < entries->size(); ++i) {
    bool isLast = i + 1 == entries->size();
    uint64_t next = isLast ? directory->offset : (*entries)[i + 1].offset;
    if (next < place || next > directory->offset)
      return bad((*entries)[i + 1],
                 "its header behind that of the member before it, but got it "
                 "at byte " +
                     std::to_string(next));
    auto member = parseMember((*entries)[i], next);
    if (!member)
      return member.takeError();
    members.push_back(std::move(*member));
    place = next;
  }
  if (Error error = checkNames(members))
    return error;
  return members;
}

Expected<std::vector<ZipMember>> snn::rt::parseZip(const std::string &path,
                                                   std::string_view archive) {
  return ZipParser(path, archive).parse();
}
