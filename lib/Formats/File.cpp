//===- File.cpp - Reading and writing whole files -------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Formats/File.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace snn::rt;

/// What `mode` is, if it is not a regular file.
static const char *describeFile(mode_t mode) {
  if (S_ISDIR(mode))
    return "a directory";
  if (S_ISFIFO(mode))
    return "a pipe";
  if (S_ISSOCK(mode))
    return "a socket";
  return "a device";
}

Descriptor::~Descriptor() {
  if (fd >= 0)
    ::close(fd);
}

Expected<InputFile> InputFile::open(const std::string &path) {
  InputFile input;
  input.text = path;
  // Without O_NONBLOCK, a pipe that nobody writes would hold us here.
  input.file =
      Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status;
  if (input.file.get() < 0 || ::fstat(input.file.get(), &status) != 0)
    return makeError(ErrorCode::IO, "cannot read %s: %s", path.c_str(),
                     std::strerror(errno));
  if (!S_ISREG(status.st_mode))
    return makeError(ErrorCode::IO,
                     "cannot read %s: expected a file, but got %s",
                     path.c_str(), describeFile(status.st_mode));
  input.numBytes = status.st_size;
  return input;
}

Error InputFile::read(void *data, int64_t bytes) {
  char *next = static_cast<char *>(data);
  while (bytes > 0) {
    ssize_t count = ::read(file.get(), next, std::min<int64_t>(bytes, 1 << 30));
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return makeError(ErrorCode::IO, "cannot read %s: %s", name().c_str(),
                       std::strerror(errno));
    if (count == 0)
      return makeError(ErrorCode::IO,
                       "cannot read %s: it became shorter while it was read",
                       name().c_str());
    next += count;
    bytes -= count;
  }
  return Error::success();
}

Error AtomicFile::systemError() const {
  return makeError(ErrorCode::IO, "cannot write %s: %s", name.c_str(),
                   std::strerror(errno));
}

/// A name in `directory` that no other process and no other file of this
/// process uses.
static std::string makeTemporaryName(const std::string &directory) {
  static std::atomic<unsigned> counter;
  return directory + "/.snn-" + std::to_string(::getpid()) + "-" +
         std::to_string(counter++) + ".tmp";
}

Error AtomicFile::openTemporary(unsigned mode) {
#ifdef O_TMPFILE
  // Without /proc, a file that has no name can never get one.
  if (::access("/proc/self/fd", X_OK) == 0)
    file = Descriptor(
        ::open(directory.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, mode));
  if (file.get() >= 0)
    return Error::success();
#endif
  do {
    temporary = makeTemporaryName(directory);
    file = Descriptor(::open(temporary.c_str(),
                             O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  } while (file.get() < 0 && errno == EEXIST);
  if (file.get() >= 0)
    return Error::success();
  temporary.clear();
  return systemError();
}

Expected<AtomicFile> AtomicFile::create(const std::string &path,
                                        unsigned mode) {
  AtomicFile output;
  output.name = output.target = path;
  struct stat status;
  if (::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode)) {
    char *resolved = ::realpath(path.c_str(), nullptr);
    if (!resolved)
      return output.systemError();
    output.target = resolved;
    std::free(resolved);
  }
  bool exists = ::stat(output.target.c_str(), &status) == 0;
  if (exists && !S_ISREG(status.st_mode))
    return makeError(ErrorCode::IO,
                     "cannot write %s: expected a file, but got %s",
                     path.c_str(), describeFile(status.st_mode));
  if (exists && ::access(output.target.c_str(), W_OK) != 0)
    return output.systemError();
  size_t slash = output.target.rfind('/');
  if (slash == std::string::npos)
    output.directory = ".";
  else
    output.directory = output.target.substr(0, std::max<size_t>(slash, 1));
  if (Error error = output.openTemporary(mode))
    return error;
  return output;
}

AtomicFile::~AtomicFile() {
  if (!temporary.empty())
    ::unlink(temporary.c_str());
}

Error AtomicFile::write(const void *data, int64_t bytes) {
  const char *next = static_cast<const char *>(data);
  while (bytes > 0) {
    ssize_t count =
        ::write(file.get(), next, std::min<int64_t>(bytes, 1 << 30));
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return systemError();
    next += count;
    bytes -= count;
  }
  return Error::success();
}

Error AtomicFile::commit() {
  if (::fsync(file.get()) != 0 && errno != EINVAL)
    return systemError();
  if (temporary.empty()) {
    // A file takes the place of another only from a name of its own.
    std::string self = "/proc/self/fd/" + std::to_string(file.get());
    std::string link = target;
    while (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, link.c_str(),
                    AT_SYMLINK_FOLLOW) != 0) {
      if (errno != EEXIST)
        return systemError();
      link = makeTemporaryName(directory);
    }
    if (link != target)
      temporary = link;
  }
  if (!temporary.empty() && ::rename(temporary.c_str(), target.c_str()) != 0)
    return systemError();
  temporary.clear();
  // The name is durable only once its directory is; the file is complete.
  Descriptor parent(::open(directory.c_str(), O_RDONLY | O_CLOEXEC));
  if (parent.get() >= 0)
    (void)::fsync(parent.get());
  return Error::success();
}

bool snn::rt::isSameFile(const std::string &first, const std::string &second) {
  struct stat one, other;
  return ::stat(first.c_str(), &one) == 0 &&
         ::stat(second.c_str(), &other) == 0 && one.st_dev == other.st_dev &&
         one.st_ino == other.st_ino;
}
