//===- CudaTest.h - Tests of models on GPUs ---------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TEST_RUNTIME_CUDATEST_H
#define TEST_RUNTIME_CUDATEST_H

#include "../Formats/Check.h"
#include "FakeCuda/FakeCuda.h"
#include "Models.h"

#include <functional>
#include <vector>

namespace snn::test {

/// The driver that LD_LIBRARY_PATH names; null without one.
extern const FakeCudaControl *fake;

/// Runs a test in a process of its own, with this in the environment.
void runAlone(const std::string &name,
              const std::vector<std::string> &environment,
              const std::function<void()> &body);

/// Tests of code, arrays and drivers that do not fit; see CudaErrorTest.cpp.
void testCudaErrors();

/// Tests of arrays that describe themselves; see CudaInvokeTest.cpp.
void testCudaInvoke();

/// Tests of libraries that are opened at run time; see CudaLibrariesTest.cpp.
void testCudaLibraries();

/// Tests of the executable on a GPU, or without a driver.
void testCudaProgram(bool isNone);

} // namespace snn::test

#endif // TEST_RUNTIME_CUDATEST_H
