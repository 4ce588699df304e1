//===- Zip.h - The members of a zip archive ---------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   header, data, [descriptor]   of each member, in the order of the directory
//   directory                    a header of each member, with its place
//   [end record, locator]        of zip64, where 32 bits are not enough
//   end record                   where the directory is
//
//===----------------------------------------------------------------------===//

#ifndef LIB_FORMATS_ZIP_H
#define LIB_FORMATS_ZIP_H

#include "snn/Formats/Source.h"

#include <string_view>
#include <vector>

#define ZLIB_CONST
#include <zlib.h>

namespace snn::rt {

/// One member, whose headers have been checked.
struct ZipMember {
  std::string name;
  bool isDeflated = false;
  uint32_t crc = 0;
  uint64_t size = 0;      ///< of the contents
  std::string_view bytes; ///< as they are in the archive
};

/// The members of an archive that has nothing but them. Their names are those
/// of .npy files, relative and different; their declared sizes are at most
/// 1000 times what they occupy.
Expected<std::vector<ZipMember>> parseZip(const std::string &path,
                                          std::string_view archive);

/// The contents of a member.
class ZipMemberSource final : public Source {
public:
  ZipMemberSource(const std::string &path, const ZipMember &member);
  ~ZipMemberSource() override;
  ZipMemberSource(const ZipMemberSource &) = delete;
  ZipMemberSource &operator=(const ZipMemberSource &) = delete;

  /// Must be called first. Finds out that a stored member is damaged.
  Error open();

  Error read(void *data, int64_t bytes) override;

  /// Must be called last. Finds out that a deflated member is damaged, or that
  /// it is not as long as was declared.
  Error finish();

private:
  /// Inflates up to `bytes` bytes; 0 only at the end of the stream.
  Expected<int64_t> inflateSome(char *data, int64_t bytes);
  Error checkCrc(uint32_t found) const;

  const ZipMember &member;
  int64_t missing;
  std::string_view rest; ///< bytes of the archive not given to zlib
  z_stream stream = {};
  bool isOpen = false;  ///< `stream` is to be freed
  bool isEnded = false; ///< `stream` has come to its end
  uint32_t crc = 0;     ///< of what was read
};

} // namespace snn::rt

#endif // LIB_FORMATS_ZIP_H
