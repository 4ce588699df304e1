//===- Check.h - The smallest test framework --------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TEST_FORMATS_CHECK_H
#define TEST_FORMATS_CHECK_H

#include <cstdio>
#include <cstdlib>
#include <string>
#include <unistd.h>

namespace snn::test {

/// Number of checks that failed so far.
inline int numFailures = 0;

/// Counts and prints a failure.
inline void check(bool passed, const char *what, const char *file, int line) {
  if (passed)
    return;
  ++numFailures;
  std::printf("%s:%d: failed: %s\n", file, line, what);
}

/// Runs one test and prints its result.
template <typename Body> void runTest(const std::string &name, Body body) {
  int before = numFailures;
  body();
  std::printf("%s: %s\n", name.c_str(),
              numFailures == before ? "ok" : "FAILED");
  std::fflush(stdout);
}

/// True if `text` contains `part`.
inline bool contains(const std::string &text, const std::string &part) {
  return text.find(part) != std::string::npos;
}

/// A directory of its own for this process.
inline const std::string &getDirectory() {
  static const std::string directory = [] {
    const char *base = std::getenv("TMPDIR");
    std::string path = std::string(base ? base : "/tmp") + "/snn-test-XXXXXX";
    if (!::mkdtemp(path.data()))
      std::abort();
    return path;
  }();
  return directory;
}

/// A path in that directory.
inline std::string getPath(const std::string &name) {
  return getDirectory() + "/" + name;
}

/// Writes a whole file.
inline std::string writeFile(const std::string &path, const std::string &data) {
  std::FILE *file = std::fopen(path.c_str(), "wb");
  if (!file || std::fwrite(data.data(), 1, data.size(), file) != data.size() ||
      std::fclose(file) != 0)
    std::abort();
  return path;
}

/// Reads a whole file; empty if there is none.
inline std::string readFile(const std::string &path) {
  std::string data;
  if (std::FILE *file = std::fopen(path.c_str(), "rb")) {
    char block[4096];
    while (size_t count = std::fread(block, 1, sizeof(block), file))
      data.append(block, count);
    std::fclose(file);
  }
  return data;
}

/// Removes the directory; returns the exit code of the program.
inline int finish() {
  std::string command = "rm -rf '" + getDirectory() + "'";
  if (std::system(command.c_str()) != 0)
    std::printf("could not remove %s\n", getDirectory().c_str());
  std::printf("%d checks failed\n", numFailures);
  return numFailures != 0;
}

} // namespace snn::test

#define CHECK(condition)                                                       \
  ::snn::test::check(bool(condition), #condition, __FILE__, __LINE__)

#endif // TEST_FORMATS_CHECK_H
