//===- Object.h - From the llvm dialect to objects --------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_TARGET_OBJECT_H
#define SNN_TARGET_OBJECT_H

#include "snn/Runtime/Model.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <memory>
#include <string>
#include <vector>

namespace llvm {
class LLVMContext;
class Module;
} // namespace llvm

namespace mlir::snn {

/// A processor that code is made for, and the numbers that suit it.
struct Processor {
  llvm::StringRef name;  ///< "x86-64-v4"
  uint32_t features;     ///< SNN_CPU_*
  unsigned vectorBits;   ///< width of its vector registers
  unsigned numRegisters; ///< of them
};

/// The x86-64 levels, best first. The last runs everywhere.
llvm::ArrayRef<Processor> getProcessors();

/// One tensor at the boundary of a model, with its embedded value if any.
struct BoundaryTensor {
  std::string name;
  snn_dtype type;
  std::vector<int64_t> shape; ///< SNN_DIM_TIME, SNN_DIM_BATCH where dynamic
  bool isSequence = false;
  int32_t batchDim = -1;
  llvm::ArrayRef<char> data; ///< of a parameter; empty where not embedded
};

/// What an `snn_model` says, beside the code.
struct ModelInterface {
  std::string name;
  uint32_t flags = 0;
  uint64_t hash = 0;
  std::vector<BoundaryTensor> inputs, params, states, outputs, records;
  int64_t maxSteps = -1, bytesPerStep = 0, windowMultiple = 1;
  int32_t threads = 1;
  /// Values of parameters that the code wants in another order than the file.
  std::vector<std::vector<char>> reordered;
};

/// Translates a module of the llvm dialect and adds the function `symbol(args)`
/// that the runtime calls. The function `entry` has memref arguments, the i-th
/// of which is `args[slots[i]]`, then two i64, an i1 and the workspace, which
/// follow in `args`. Its snn_workspace_bytes becomes `symbol`_bytes. Null, with
/// an error emitted, on failure.
std::unique_ptr<llvm::Module> translateModel(ModuleOp module,
                                             llvm::LLVMContext &context,
                                             llvm::StringRef entry,
                                             llvm::StringRef symbol,
                                             llvm::ArrayRef<size_t> slots);

/// A module with the constant `snn_model`, whose variants call the functions of
/// the given symbols, and a `main` that runs it.
std::unique_ptr<llvm::Module>
makeModelModule(const ModelInterface &interface,
                llvm::ArrayRef<std::pair<Processor, std::string>> variants,
                llvm::LLVMContext &context);

/// Optimises the module for the processor and appends an object file to
/// `object`. Nothing is contracted or re-associated. Returns an error text,
/// empty on success.
std::string emitObject(llvm::Module &module, const Processor &processor,
                       llvm::SmallVectorImpl<char> &object);

} // namespace mlir::snn

#endif // SNN_TARGET_OBJECT_H
