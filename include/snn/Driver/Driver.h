//===- Driver.h - What snnc does --------------------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_DRIVER_DRIVER_H
#define SNN_DRIVER_DRIVER_H

#include "snn/Formats/TensorFile.h"
#include "snn/Pipelines/Pipelines.h"
#include "snn/Target/Object.h"

#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::snn {

/// Exit codes of the tools.
enum class ExitCode {
  Ok = 0,
  UserError = 1,     ///< the model, its parameters or its data
  UsageError = 2,    ///< the command line
  IOError = 3,       ///< a file that cannot be read or written
  TargetError = 4,   ///< the processor, the linker
  ResourceError = 5, ///< a limit
  InternalError = 70 ///< a bug of ours
};

/// What a model file may cost. Beyond a limit a compilation ends with
/// `ExitCode::ResourceError` and the place where the limit is passed.
struct Limits {
  /// Of the model's text. The parser needs up to 60 bytes of memory for a byte
  /// of text, and weights belong in a .safetensors file.
  int64_t maxFileBytes = int64_t(256) << 20;
  /// Of brackets, chained aliases and operators of affine maps. The parser
  /// recurses over them; 4,000 can overflow a stack of 8 MiB.
  int64_t maxDepth = 1000;
  /// Of all parameters and constants of a model together.
  int64_t maxParamBytes = int64_t(8) << 30;
  /// Of ops, where each function counts as often as it is called.
  int64_t maxOps = 100000;
};

/// What a compilation makes.
enum class OutputKind {
  Executable, ///< a program that needs nothing but the C library
  Shared,     ///< a library with a C interface, which loaders can open, too
  Static,     ///< an archive with the same interface
  Object,     ///< the same, small, for one processor, that needs no C library
  Header,     ///< the C header of a library
  LLVM,       ///< LLVM IR, optimised
  Assembly,
  MLIR ///< the IR after a stage
};

/// The kind of that name (exe, shared, static, object, header, llvm, asm,
/// mlir), or which a file's suffix asks for.
std::optional<OutputKind> symbolizeOutputKind(StringRef name);
OutputKind getOutputKind(StringRef path);

/// Where the values of parameters come from.
enum class WeightsKind {
  Arguments, ///< the caller or the command line of the program
  Embedded,  ///< a file whose values become part of the output
  External   ///< a file that the program reads when it starts
};

/// One compilation: a model file in, a binary or text out.
struct CompileRequest {
  std::string input;  ///< "-" is standard input
  std::string output; ///< "-" is standard output, for text
  OutputKind kind = OutputKind::Executable;
  WeightsKind weightsKind = WeightsKind::Arguments;
  std::string weights;              ///< a .safetensors or .npz file; or none
  std::string function;             ///< the model; "" if there is only one
  std::string name;                 ///< of symbols in C; "": the function's
  std::vector<std::string> targets; ///< processors and GPUs; empty: all x86-64
  std::optional<Stage> stopAfter;   ///< of the IR that is printed
  RecordKind record = RecordKind::None;
  std::string numerics = "bounded"; ///< bounded, exact or fast
  std::vector<std::string> allow;   ///< rewrites of class C
  std::string strategy = "auto";    ///< auto, loop, scan, conv or speculate
  int64_t chunkSteps = 0; ///< least steps of a chunk of time; 0: for speed
  bool packSpikes = true; ///< spikes between layers are words
  std::string timePasses; ///< a pipeline in place of the strategy's; or none
  int threads = 1;        ///< of a run by default; 0: all processors
  Limits limits;          ///< of the model file
  bool allowBytecode = false; ///< read MLIR bytecode, which is not robust
  bool trustIr = false;       ///< compile ops of any dialect
  bool optimize = true;       ///< without: the plain sequential lowering
  bool explain = false;       ///< print what is said about each layer
  bool verbose = false;       ///< print what is done to stderr
  bool time = false;          ///< print how long it takes to stderr
  bool saveTemps = false;     ///< keep what is between, beside the output
  bool isSealed = false;      ///< the program ends with a hash of its bytes
};

/// Compiles; messages go to stderr. On failure no output file is created or
/// changed.
ExitCode compile(const CompileRequest &request);

/// Reports every problem of a model file, and of the weights for it, on stderr,
/// with a line that counts them. Nothing is written.
ExitCode checkFile(const CompileRequest &request);

/// Runs a part of a tool on a stack that is large enough for what the limits
/// let pass. If it crashes, the process ends there: with `UserError` if a
/// message has told what is wrong with the model (MLIR's parser may crash after
/// one), else with `InternalError` and a message that asks for a report.
ExitCode runGuarded(llvm::function_ref<ExitCode()> run);

/// A compiled model in memory.
struct CompiledModel {
  ModelInterface interface;
  /// The window function of each variant is in the object of the same index.
  std::vector<Variant> variants;
  std::vector<llvm::SmallVector<char, 0>> objects;
  std::optional<CudaCode> cuda; ///< whose host function is in the next object
  /// What the embedded parameters of the interface point into.
  std::optional<::snn::rt::TensorFile> weights;
};

/// Compiles a text in memory; `weights`, where given, are embedded. The files
/// of the request are not read.
ExitCode compileInMemory(const CompileRequest &request,
                         std::unique_ptr<llvm::MemoryBuffer> text,
                         std::optional<::snn::rt::TensorFile> weights,
                         CompiledModel &compiled);

/// Lets a context read models and lower them, on one thread.
void prepareContext(MLIRContext &context);

/// Lets it make code for GPUs as well.
void prepareForCuda(MLIRContext &context);

/// The type of elements at the boundary of a model; none for another type.
std::optional<snn_dtype> getDType(Type type);

} // namespace mlir::snn

#endif // SNN_DRIVER_DRIVER_H
