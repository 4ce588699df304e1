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
  llvm::StringRef name; ///< "x86-64-v4"
  llvm::StringRef cpu;  ///< as LLVM calls it
  llvm::StringRef triple;
  uint32_t features;     ///< SNN_CPU_*
  unsigned vectorBits;   ///< width of its vector registers
  unsigned numRegisters; ///< of them
};

/// The x86-64 levels, best first. The last runs everywhere.
llvm::ArrayRef<Processor> getProcessors();

/// The processor of that name, which may be `native` (the level of this
/// machine) or leave `x86-64-` away; null if there is none.
const Processor *lookupProcessor(llvm::StringRef name);

/// The names that lookupProcessor knows, for messages.
llvm::StringRef getProcessorNames();

/// One tensor at the boundary of a model, with its embedded value if any.
struct BoundaryTensor {
  std::string name;
  snn_dtype type;
  std::vector<int64_t> shape; ///< SNN_DIM_TIME, SNN_DIM_BATCH where dynamic
  bool isSequence = false;
  int32_t batchDim = -1;
  llvm::ArrayRef<char> data; ///< of a parameter; empty where not embedded
  bool isTransposed = false; ///< a matrix whose transpose the code reads
};

/// What an `snn_model` says, beside the code.
struct ModelInterface {
  std::string name;
  uint32_t flags = 0;
  uint64_t hash = 0;
  std::vector<BoundaryTensor> inputs, params, states, outputs, records;
  int64_t maxSteps = -1, bytesPerStep = 0, windowMultiple = 1;
  int32_t threads = 1;
  std::string weightsFile; ///< where parameters are read from at run time
  std::string report;      ///< how it was compiled, as JSON
  /// Values of parameters that the code wants in another order than the file.
  std::vector<std::vector<char>> reordered;

  /// Whether the model runs one step at a time: it is causal, and of any T.
  bool hasStep() const;
  /// Whether a caller has matrices that the code wants transposed.
  bool transposesParams() const;
};

/// The `snn_model` of an interface in memory. The interface must outlive it.
class ModelDescription {
public:
  ModelDescription(const ModelInterface &interface,
                   std::vector<snn_variant> variants);
  ModelDescription(const ModelDescription &) = delete;

  const snn_model &get() const { return model; }

private:
  const snn_tensor *addTensors(llvm::ArrayRef<BoundaryTensor> list);

  std::vector<snn_variant> variants;
  std::vector<std::vector<snn_tensor>> tensors;
  snn_model model = {};
};

/// The name and version that binaries say they were compiled by.
llvm::StringRef getCompilerVersion();

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

/// Code for one processor.
struct Variant {
  Processor processor;
  std::string symbol;    ///< of the window function
  int64_t stepBytes = 0; ///< of workspace for one step of one element
};

/// Kernels as one kind of GPU reads them.
struct CudaImage {
  int32_t architecture; ///< 90 for sm_90
  bool isPtx;           ///< else a cubin
  std::string bytes;    ///< of PTX, without a zero at the end
};

/// Code for GPUs.
struct CudaCode {
  std::vector<CudaImage> images;    ///< of the same kernels
  std::vector<std::string> kernels; ///< their names
  std::string symbol; ///< of the window function on the host, as a variant's
  bool waits = false; ///< for what that function reads on the host
  bool usesCublasLt = false; ///< where it is there
};

/// What a binary offers beside the constant `snn_model`.
enum class Entry {
  None,    ///< the model is called `symbol`
  Main,    ///< a program
  Library, ///< the functions of the header
  Plugin   ///< the same, and the table that loaders look for
};

/// Where the values of embedded parameters are.
enum class WeightsPlace { Here, OtherObject };

/// A module with the constant `snn_model`, whose variants, and code for GPUs if
/// there is any, call the functions of the given symbols, and what `entry`
/// says.
std::unique_ptr<llvm::Module> makeModelModule(const ModelInterface &interface,
                                              llvm::ArrayRef<Variant> variants,
                                              Entry entry, WeightsPlace place,
                                              llvm::LLVMContext &context,
                                              const CudaCode *cuda = nullptr);

/// An object file with the values of the embedded parameters, which reach it as
/// bytes: constants of LLVM would cost minutes. Returns an error text.
std::string emitWeights(const ModelInterface &interface, llvm::StringRef triple,
                        llvm::SmallVectorImpl<char> &object);

/// The C header of a library, which may have code for GPUs.
std::string makeHeader(const ModelInterface &interface,
                       llvm::ArrayRef<Variant> variants, bool hasCuda = false);

/// What emitCode writes.
enum class CodeKind { Object, Assembly, LLVM };

/// Optimises the module for the processor, for size if `isSmall`. Nothing is
/// contracted or re-associated. Returns an error text, empty on success.
std::string optimizeCode(llvm::Module &module, const Processor &processor,
                         bool isSmall = false);

/// Appends the code of an optimised module to `code`. Returns an error text.
std::string emitCode(llvm::Module &module, const Processor &processor,
                     CodeKind kind, llvm::SmallVectorImpl<char> &code);

/// Makes a module that needs nothing else: links the runtime, bitcode in the
/// file `runtime`, into it, and hides all but what the header declares.
/// Returns an error text.
std::string linkRuntime(llvm::Module &module, llvm::StringRef runtime,
                        llvm::StringRef name);

/// The value of `symbol`_bytes(1, 1) in an optimised module.
int64_t takeStepBytes(llvm::Module &module, llvm::StringRef symbol);

} // namespace mlir::snn

#endif // SNN_TARGET_OBJECT_H
