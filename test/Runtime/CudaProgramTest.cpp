//===- CudaProgramTest.cpp - Tests of an executable on GPUs ---------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaTest.h"
#include "Execute.h"

using namespace snn::test;

void snn::test::testCudaProgram(bool) {}
