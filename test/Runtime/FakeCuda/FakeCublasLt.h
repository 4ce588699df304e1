//===- FakeCublasLt.h - A cuBLASLt without a GPU ----------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A libcublasLt.so.13 for tests, which forms products of f32 when it is called,
// for the memory of FakeCuda is that of the process. With FAKE_CUBLASLT_FAIL =
// NAME, all calls of a function fail.
//
//===----------------------------------------------------------------------===//

#ifndef TEST_RUNTIME_FAKECUDA_FAKECUBLASLT_H
#define TEST_RUNTIME_FAKECUDA_FAKECUBLASLT_H

#include <cstdint>

namespace snn::test {

/// What the library has been asked for.
struct FakeCublasLt {
  int64_t objects = 0; ///< handles, descriptors and the like that are there
  int64_t handles = 0, heuristics = 0, products = 0; ///< so far
  uint32_t alignment = 0;                            ///< last one promised
  void *stream = nullptr;                            ///< last one
};

/// The symbol `getFakeCublasLt` of the library.
using GetFakeCublasLt = void(FakeCublasLt *);

} // namespace snn::test

#endif // TEST_RUNTIME_FAKECUDA_FAKECUBLASLT_H
