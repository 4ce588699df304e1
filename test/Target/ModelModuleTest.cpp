//===- ModelModuleTest.cpp - The files of a model with code for GPUs ------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Writes the header or the LLVM IR of a model whose code is in Inputs/cuda.c.
//
//===----------------------------------------------------------------------===//

#include "snn/Target/Object.h"

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir::snn;

int main(int argc, char **argv) {
  llvm::StringRef wanted = argc > 1 ? argv[1] : "";
  ModelInterface interface;
  interface.name = "unit";
  interface.flags = SNN_CAUSAL | SNN_BATCH_SEPARABLE;
  interface.inputs = {
      {"x", SNN_F32, {SNN_DIM_TIME, SNN_DIM_BATCH, 4}, true, 1, {}, false}};
  interface.params = {{"scale", SNN_F32, {1}, false, -1, {}, false},
                      {"matrix", SNN_F32, {2, 4}, false, -1, {}, true}};
  interface.states = {{"v", SNN_F32, {SNN_DIM_BATCH, 4}, false, 0, {}, false}};
  interface.outputs = {
      {"y", SNN_F32, {SNN_DIM_TIME, SNN_DIM_BATCH, 4}, true, 1, {}, false}};
  std::vector<Variant> variants = {{getProcessors().back(), "unit_cpu", 64}};
  CudaCode cuda = {
      {{90, false, std::string("sm_90\0cubin", 11)}, {80, true, "compute_80"}},
      {"addKernel"},
      "unit_gpu",
      /*waits=*/true};
  bool hasCuda = !wanted.consume_back("-without-cuda");
  if (wanted == "header") {
    llvm::outs() << makeHeader(interface, variants, hasCuda);
    return 0;
  }
  llvm::LLVMContext context;
  llvm::outs() << *makeModelModule(interface, variants, Entry::Plugin,
                                   WeightsPlace::Here, context,
                                   hasCuda ? &cuda : nullptr);
  return 0;
}
