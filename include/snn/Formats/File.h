//===- File.h - Reading and writing whole files -----------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Files are read with read(), not mapped: a mapped file that somebody shortens
// kills the process. Files are written so that a reader sees the old file or
// the complete new one: into a file without a name where the system has that,
// else under a temporary name; then fsync and rename.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_FORMATS_FILE_H
#define SNN_FORMATS_FILE_H

#include "snn/Formats/Source.h"

namespace snn::rt {

/// Owns a file descriptor.
class Descriptor {
public:
  explicit Descriptor(int fd = -1) : fd(fd) {}
  Descriptor(Descriptor &&other) noexcept : fd(std::exchange(other.fd, -1)) {}
  Descriptor &operator=(Descriptor &&other) noexcept {
    std::swap(fd, other.fd);
    return *this;
  }
  ~Descriptor();

  int get() const { return fd; }

private:
  int fd;
};

/// A regular file that is read from its beginning to its end.
class InputFile final : public Source {
public:
  /// Opens `path`; refuses directories, devices and pipes.
  static Expected<InputFile> open(const std::string &path);

  /// The next `bytes` bytes; an error if the file has become shorter.
  Error read(void *data, int64_t bytes) override;

private:
  Descriptor file;
};

/// A file that appears, complete, on commit(), and not at all without it.
class AtomicFile {
public:
  /// Prepares to write `path`: refuses what cannot be replaced by a file (a
  /// directory, device or pipe). A symbolic link is followed.
  /// It gets the permissions `mode` that the umask leaves.
  static Expected<AtomicFile> create(const std::string &path,
                                     unsigned mode = 0666);

  AtomicFile(AtomicFile &&) = default;
  AtomicFile &operator=(AtomicFile &&) = default;
  ~AtomicFile();

  /// Appends bytes.
  Error write(const void *data, int64_t bytes);

  /// Makes the bytes durable and gives them their name.
  Error commit();

private:
  AtomicFile() = default;

  /// "cannot write PATH: reason" from errno.
  Error systemError() const;

  /// Opens the temporary file in `directory`.
  Error openTemporary(unsigned mode);

  std::string name;      ///< as the user wrote it
  std::string target;    ///< with links followed
  std::string directory; ///< of the target
  std::string temporary; ///< name to unlink, empty if there is none
  Descriptor file;
};

/// True if both names lead to one existing file.
bool isSameFile(const std::string &first, const std::string &second);

} // namespace snn::rt

#endif // SNN_FORMATS_FILE_H
