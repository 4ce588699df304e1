//===- Model.h - A model file, read and checked -----------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_DRIVER_MODEL_H
#define SNN_LIB_DRIVER_MODEL_H

#include "snn/Driver/Driver.h"
#include "snn/Formats/TensorFile.h"
#include "snn/IR/SNN.h"
#include "snn/Target/Object.h"

#include "mlir/AsmParser/AsmParserState.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/SourceMgr.h"

namespace mlir::snn {

namespace rt = ::snn::rt; // file formats, which know no LLVM

/// The names that a file gives to the arguments and results of a function.
struct BoundaryNames {
  SmallVector<std::string> arguments, results;
};

/// A model file: its module, the function that is the model, and its names.
struct ModelFile {
  OwningOpRef<ModuleOp> module;
  func::FuncOp model;
  BoundaryNames names;
  AsmParserState text; ///< where things stand in the file
};

/// Parses the main file of `sources`, and checks nothing.
ExitCode parseModel(llvm::SourceMgr &sources, MLIRContext &context,
                    const CompileRequest &request, ModelFile &file);

/// Reads and checks the main file of `sources`, with the function of the
/// request as the model (see findModel).
ExitCode readModel(llvm::SourceMgr &sources, MLIRContext &context,
                   const CompileRequest &request, ModelFile &file);

/// Names must tell arguments apart: a repeated one gets its index, or the next
/// number that no name ends with.
void makeDistinct(ArrayRef<std::string *> names);

/// The one function of a module that is the model, `name` where it is not
/// empty; the only public one from now on. Null, with an error emitted, where
/// there is none or more than one.
func::FuncOp findModel(ModuleOp module, StringRef name);

/// Reads names off the text: `%x` of an argument, `%logits` of what is
/// returned.
BoundaryNames readNames(func::FuncOp model, const AsmParserState &state);

/// SNN_* flags: whether a run of the model, whose states have been exposed, may
/// be cut along time and batch.
uint32_t getCuts(func::FuncOp model);

/// Checks what only a whole model has: tensors at its boundary and states in
/// pairs.
LogicalResult checkModel(func::FuncOp model);

/// The interface of a model after stage `space`, and for each memref argument
/// of its entry the slot of the runtime's argument list.
ModelInterface describeModel(func::FuncOp model, const BoundaryNames &names,
                             SmallVectorImpl<size_t> &slots);

/// Where a parameter is a decay or a threshold: the values that it may have.
struct ParamRange {
  std::string param;
  std::string what; ///< "decay", "threshold"
  bool isDecay;     ///< in [0, 1]; otherwise positive
  Location loc;
};

/// The ranges that the named neurons of a model ask of its parameters.
std::vector<ParamRange> getParamRanges(func::FuncOp model);

/// Reads a .safetensors file, where one is given. Messages go to stderr.
ExitCode readWeights(StringRef file, std::optional<rt::TensorFile> &weights);

/// Binds the parameters of a model to the tensors of a file, and checks shapes,
/// types, and that values are finite and in the ranges. Goes on after an error.
LogicalResult embedWeights(func::FuncOp model, const rt::TensorFile &weights,
                           StringRef file, ArrayRef<ParamRange> ranges,
                           ModelInterface &interface);

/// Values of a parameter that are subnormal in the type they are computed in.
size_t countSubnormal(const BoundaryTensor &tensor);

/// The rewrites of class C that `--allow` names.
ArrayRef<StringLiteral> getAllowedRewrites();

/// Stores the matrices with which `snn.linear` meets spikes in fewer bits, as
/// the allowed rewrites say: changes a model before its pipeline, and the
/// values of its parameters.
ExitCode narrowWeights(func::FuncOp model, ArrayRef<std::string> allowed,
                       rt::TensorFile &weights);

/// Whether synapses that `accepts` are all that reads an argument, and read it
/// as their weights.
bool areWeights(BlockArgument argument, function_ref<bool(LinearOp)> accepts);

/// Gives matrices that only `snn.linear` reads to the code input-major, which
/// is the order in which it adds them; otherwise every window would transpose
/// them. Embedded values are transposed here, others by who loads them, for
/// which the interface, whose shapes stay those that users know, has a flag.
void transposeWeights(func::FuncOp model, ModelInterface &interface);

/// Makes embedded f32 matrices that meet spikes, and are mostly zeros, the
/// edges of `snn.sparse_linear`. The interface keeps their shapes.
void compressWeights(func::FuncOp model, ModelInterface &interface);

} // namespace mlir::snn

#endif // SNN_LIB_DRIVER_MODEL_H
