//===- SNNDialect.td - The snn dialect -----------------------*- tablegen -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_IR_SNNDIALECT_TD
#define SNN_IR_SNNDIALECT_TD

include "mlir/IR/OpBase.td"

def SNN_Dialect : Dialect {
  let name = "snn";
  let cppNamespace = "::mlir::snn";
  let summary = "Spiking neural networks on sequences";
  let description = [{
    Time, state, spikes, reset, refractoriness, delay and recurrence: what no
    upstream dialect can say. Everything else in a model (matrix products of
    analog values, normalisation, elementwise arithmetic) is `linalg`, `tensor`,
    `arith` and `math`.

    **Values** are builtin tensors, time first: a *sequence* is
    `tensor<T x B x N... x elt>`; dimension 0 is time, dimension 1 the batch,
    the others are the neurons. `T` and `B` may be dynamic, the neuron
    dimensions are static. Spikes are `i1`; analog values are `f16`, `bf16`,
    `f32` or `f64`; counts, graded spikes and integer states are integers.
    A *state* is `tensor<B x N... x elt>`. Times and spans are in steps.

    **State** of an op is an operand `init(...)` and a result. An absent `init`
    is zero; when a model is compiled it becomes a state of the model, so that a
    run may be cut in time anywhere.

    **Order is meaning.** One accumulator per output of a synapse, started at
    the bias or +0 (a -0 becomes +0), ascending flattened input index, one fused
    multiply-add per input; a silent spike contributes nothing, even where its
    weight is not finite. A step region executes as written: `mulf` then `addf`
    rounds twice, `math.fma` once. f16 and bf16 operands of a synapse accumulate
    in f32 and are rounded once when stored.

    **A model file** is a module of `func.func`s. An argument marked
    `{snn.param = "fc1.weight"}` is a parameter; an argument and a result marked
    `{snn.state = "lif1.v"}` are a state before and after; a result marked
    `{snn.static}` has no time and is valid after every window; everything else
    is a sequence. `{snn.layer = "hidden1"}` on an op names its spikes in
    statistics and rasters.

    Example:

    ```mlir
    func.func @net(%x: tensor<?x?x784xf32>,
                   %w: tensor<10x784xf32> {snn.param = "fc.weight"})
        -> tensor<?x?x10xi1> {
      %i = snn.linear %x, %w : tensor<?x?x784xf32>, tensor<10x784xf32>
      %s, %v = snn.lif %i {decay = 0.9, threshold = 1.0} : tensor<?x?x10xf32>
      return %s : tensor<?x?x10xi1>
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::tensor::TensorDialect"];
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
  let hasConstantMaterializer = 1;
}

#endif // SNN_IR_SNNDIALECT_TD
