//===- Case.h - Random models and their data in files -----------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_TESTING_CASE_H
#define SNN_LIB_TESTING_CASE_H

#include "snn/Reference/Reference.h"
#include "snn/Testing/Generator.h"

#include "llvm/Support/Error.h"

namespace mlir::snn::testing {

/// A model, and by run the arguments and the results of its function.
struct CaseData {
  const TestModule &test;
  func::FuncOp function;
  StringRef text; ///< of the model that is to be compiled
  ArrayRef<std::vector<reference::Tensor>> arguments, results;
};

/// Writes PATH.mlir, PATH.json (how to compile and run it, and the shapes of
/// its arrays) and PATH.bin: the parameters, then for each run the other
/// arguments and the results.
llvm::Error writeCase(const CaseData &data, StringRef path);

} // namespace mlir::snn::testing

#endif // SNN_LIB_TESTING_CASE_H
