//===- InMemoryModel.h - Compiled code in this process ----------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_TESTING_INMEMORYMODEL_H
#define SNN_LIB_TESTING_INMEMORYMODEL_H

#include "snn/Driver/Driver.h"

#include "llvm/ExecutionEngine/Orc/LLJIT.h"

#include <optional>

namespace mlir::snn::testing {

/// Loads the objects of a model and makes its `snn_model`.
class InMemoryModel {
public:
  /// The error is that of the loader.
  static llvm::Expected<std::unique_ptr<InMemoryModel>>
  load(CompiledModel compiled);

  const snn_model &get() const { return description->get(); }
  const ModelInterface &getInterface() const { return compiled.interface; }

private:
  explicit InMemoryModel(CompiledModel compiled)
      : compiled(std::move(compiled)) {}
  llvm::Error link();

  CompiledModel compiled;
  std::unique_ptr<llvm::orc::LLJIT> jit;
  std::optional<ModelDescription> description;
};

} // namespace mlir::snn::testing

#endif // SNN_LIB_TESTING_INMEMORYMODEL_H
