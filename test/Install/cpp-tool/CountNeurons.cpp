//===- CountNeurons.cpp - A tool on the installed libraries ---===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/IR/SNN.h"
#include "snn/Transforms/Passes.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;

/// Prints how many neurons a model has, whatever they are called.
int main(int argc, char **argv) {
  MLIRContext context;
  context.loadDialect<func::FuncDialect, snn::SNNDialect>();
  OwningOpRef<ModuleOp> model =
      parseSourceFile<ModuleOp>(argc > 1 ? argv[1] : "-", &context);
  if (!model)
    return 1;
  PassManager passes(&context);
  passes.addPass(snn::createGeneralizePass());
  if (failed(passes.run(*model)))
    return 1;
  size_t count = 0;
  model->walk([&](snn::NeuronOp) { ++count; });
  llvm::outs() << count << (count == 1 ? " neuron\n" : " neurons\n");
  return 0;
}
