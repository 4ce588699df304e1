//===- Execute.h - Runs executables in tests --------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// snn_main() runs in a child process, with its output in files, because an
// executable does so once.
//
//===----------------------------------------------------------------------===//

#ifndef TEST_RUNTIME_EXECUTE_H
#define TEST_RUNTIME_EXECUTE_H

#include "../Formats/Check.h"
#include "Models.h"
#include "snn/Formats/Npy.h"

#include <cstring>
#include <fcntl.h>
#include <sys/wait.h>
#include <vector>

namespace snn::test {

using namespace snn::rt;

/// How an executable ended.
struct Result {
  int code = -1;
  std::string out, err;
};

/// Sends a stream of this process into a file.
inline void redirect(int fd, const std::string &path) {
  int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (file < 0 || ::dup2(file, fd) < 0)
    std::abort();
}

/// Runs a model as an executable; `prepare` runs in the child.
template <typename Prepare>
inline Result execute(const snn_model &model, std::vector<std::string> args,
                      Prepare prepare) {
  std::string out = getPath("out"), err = getPath("err");
  std::fflush(stdout);
  pid_t child = ::fork();
  if (child == 0) {
    redirect(STDOUT_FILENO, out);
    redirect(STDERR_FILENO, err);
    prepare();
    std::vector<char *> argv = {const_cast<char *>("model")};
    for (std::string &arg : args)
      argv.push_back(arg.data());
    int code = snn_main(&model, int(argv.size()), argv.data());
    std::fflush(stdout);
    ::_exit(code);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child)
    std::abort();
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          readFile(out), readFile(err)};
}

inline Result execute(const snn_model &model, std::vector<std::string> args) {
  return execute(model, std::move(args), [] {});
}

/// Writes an array of zeros or of other bytes.
inline std::string makeArray(const std::string &name, ElementType type,
                             std::vector<int64_t> dims, char fill = 0) {
  auto shape = CheckedShape::get(std::move(dims), type);
  std::string data(shape->bytes(), fill), path = getPath(name);
  auto writer = NpyWriter::create(path, type, *shape);
  if (!writer || writer->append(data.data(), data.size()) || writer->commit())
    std::abort();
  return path;
}

/// Writes floats that make spikes.
inline std::string makeDrive(const std::string &name, int64_t first,
                             int64_t steps, int64_t batch) {
  auto shape = CheckedShape::get({steps, batch, numNeurons}, ElementType::F32);
  std::vector<float> data(shape->elements());
  for (size_t i = 0; i < data.size(); ++i)
    data[i] =
        float((first * batch * numNeurons + i) * 2654435761u % 1024) / 512;
  auto writer = NpyWriter::create(getPath(name), ElementType::F32, *shape);
  if (!writer || writer->append(data.data(), shape->bytes()) ||
      writer->commit())
    std::abort();
  return getPath(name);
}

/// Checks exit code and message of one command line.
inline void expectExit(const std::string &name, int code,
                       const std::string &part, const Result &result) {
  runTest("main: " + name, [&] {
    CHECK(result.code == code);
    CHECK(contains(result.err, part));
    CHECK((code == 0) == result.err.empty());
    if (result.code != code || !contains(result.err, part))
      std::printf("  exit code %d: %s\n", result.code, result.err.c_str());
  });
}

/// A command line that is refused.
struct UsageCase {
  const char *name;
  const snn_model *model;
  std::vector<std::string> args;
  std::string message;
};

inline void runUsageCases(const std::vector<UsageCase> &cases) {
  for (const UsageCase &test : cases)
    expectExit(test.name, 2, test.message, execute(*test.model, test.args));
}

} // namespace snn::test

#endif // TEST_RUNTIME_EXECUTE_H
