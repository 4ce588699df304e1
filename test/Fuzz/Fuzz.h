//===- Fuzz.h - What every reader must do with any bytes --------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TEST_FUZZ_FUZZ_H
#define TEST_FUZZ_FUZZ_H

#include "snn/Formats/TensorFile.h"

#include <cstdio>
#include <cstdlib>

/// Reads one input; called by libFuzzer, and by Replay.cpp.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

namespace snn::test {

/// Ends the program, which libFuzzer reports, if something does not hold.
inline void require(bool holds, const char *what) {
  if (holds)
    return;
  std::fprintf(stderr, "expected %s\n", what);
  std::abort();
}

/// An error says what is wrong in which file, in text that is safe to print.
inline void checkError(const rt::Error &error, const std::string &name) {
  require(error.code == rt::ErrorCode::Input ||
              error.code == rt::ErrorCode::Limit,
          "an error of the input or a limit");
  require(error.message.rfind(name + ": ", 0) == 0 &&
              error.message.size() < 2000,
          "a message that begins with the name of the file");
  for (unsigned char c : error.message)
    require(c >= 0x20 && c < 0x7f, "a message of printable characters");
}

/// Reads every byte, so that AddressSanitizer sees those that are not there.
inline void touch(const volatile char *data, int64_t bytes) {
  for (int64_t i = 0; i < bytes; ++i)
    (void)data[i];
}

/// Tensors are sorted, found by their names, and as large as their shapes.
inline void checkTensors(const rt::TensorFile &file) {
  const rt::NamedTensor *last = nullptr;
  for (const rt::NamedTensor &tensor : file.tensors()) {
    require(!last || last->name < tensor.name, "names in order");
    require(file.find(tensor.name) == &tensor, "a tensor under its name");
    touch(tensor.data, tensor.shape.bytes());
    last = &tensor;
  }
}

} // namespace snn::test

#endif // TEST_FUZZ_FUZZ_H
