//===- Tests.h - The parts of the tests of formats --------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TEST_FORMATS_TESTS_H
#define TEST_FORMATS_TESTS_H

#include "Check.h"

#include "snn/Formats/Error.h"

namespace snn::test {

/// Checks that something fails, with a message that says so.
template <typename Result>
void expectError(const std::string &name, Result result,
                 const std::string &part,
                 rt::ErrorCode code = rt::ErrorCode::Input) {
  runTest(name, [&] {
    CHECK(!result);
    if (result)
      return;
    rt::Error error = result.takeError();
    CHECK(error.code == code);
    CHECK(contains(error.message, part));
    if (error.code != code || !contains(error.message, part))
      std::printf("  %s\n", error.message.c_str());
  });
}

/// The files of a folder that has one folder per format.
void testCorpus(const std::string &corpus);
/// Values of .npz files, also from that folder, and sizes that no corpus has.
void testNpz(const std::string &corpus);
/// Files that are one of several formats, or change while they are read.
void testSources(const std::string &corpus);

} // namespace snn::test

#endif // TEST_FORMATS_TESTS_H
