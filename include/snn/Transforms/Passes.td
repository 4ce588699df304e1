//===- Passes.td - Passes from snn to snn --------------------*- tablegen -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_TRANSFORMS_PASSES_TD
#define SNN_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def GeneralizePass : Pass<"snn-generalize"> {
  let summary = "Turn named neurons into snn.neuron";
  let description = [{
    Replaces every op with a `NeuronOpInterface` (`snn.lif`, `snn.li`,
    `snn.cuba_lif`, `snn.scan`, event and window gates) by an `snn.neuron` with
    the step that the interface builds. Class A.

    Before:

    ```mlir
    func.func @before(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %v, %vT = snn.li %x {decay = 0.5} : tensor<?x?x4xf32>
      return %v : tensor<?x?x4xf32>
    }
    ```

    After:

    ```mlir
    func.func @after(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %v, %vT = snn.neuron ins(%x : tensor<?x?x4xf32>) {
      ^bb0(%xt: f32, %v0: f32):
        %decay = arith.constant 5.000000e-01 : f32
        %0 = arith.mulf %decay, %v0 : f32
        %1 = arith.addf %0, %xt : f32
        snn.yield %1 : f32 state(%1 : f32)
      } -> (tensor<?x?x4xf32>) state(tensor<?x4xf32>)
      return %v : tensor<?x?x4xf32>
    }
    ```
  }];
  let dependentDialects = ["arith::ArithDialect"];
}

def ExposeStatePass : Pass<"snn-expose-state", "func::FuncOp"> {
  let summary = "Make every state of a model an argument and a result";
  let description = [{
    Gives each op whose initial states are absent (zero) an argument and a result
    marked `snn.state`, so that the function may be run window by window; and each
    op that depends on absolute time the function's position, an added i64
    argument, as `snn.sample` gets the batch offset. The two arguments are always
    added. Class A: a caller that passes zeros gets the bits of before.

    Before:

    ```mlir
    func.func @before(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %v, %vT = snn.li %x {decay = 0.5} : tensor<?x?x4xf32>
      return %v : tensor<?x?x4xf32>
    }
    ```

    After:

    ```mlir
    func.func @after(%x: tensor<?x?x4xf32>,
                     %v0: tensor<?x4xf32> {snn.state = "li0.0"},
                     %position: i64 {snn.position}, %batch: i64 {snn.batch})
        -> (tensor<?x?x4xf32>, tensor<?x4xf32> {snn.state = "li0.0"}) {
      %v, %vT = snn.li %x init(%v0 : tensor<?x4xf32>) {decay = 0.5}
          : tensor<?x?x4xf32>
      return %v, %vT : tensor<?x?x4xf32>, tensor<?x4xf32>
    }
    ```
  }];
}

def RecordSpikesPass : Pass<"snn-record-spikes", "func::FuncOp"> {
  let summary = "Return the spikes of every layer";
  let description = [{
    Adds a result marked `snn.record` for every sequence of spikes that an op
    marked `snn.layer` makes; where no op is marked, for every sequence of spikes
    but the candidates of a refractory gate. The entry of a compiled model writes
    them on request only. Class A.

    Before:

    ```mlir
    func.func @before(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xi1> {
      %c = snn.fire %x {threshold = 1.0} : tensor<?x?x4xf32>
      %s, %r = snn.refractory event 4 %c {snn.layer = "hidden"}
          : tensor<?x?x4xi1>
      return %s : tensor<?x?x4xi1>
    }
    ```

    After:

    ```mlir
    func.func @after(%x: tensor<?x?x4xf32>)
        -> (tensor<?x?x4xi1>, tensor<?x?x4xi1> {snn.record = "hidden"}) {
      %c = snn.fire %x {threshold = 1.0} : tensor<?x?x4xf32>
      %s, %r = snn.refractory event 4 %c {snn.layer = "hidden"}
          : tensor<?x?x4xi1>
      return %s, %s : tensor<?x?x4xi1>, tensor<?x?x4xi1>
    }
    ```
  }];
}

def RecordStatesPass : Pass<"snn-record-states", "func::FuncOp"> {
  let summary = "Return every state at every step";
  let description = [{
    Adds a result marked `snn.record`, with the name of the state, for each state of
    an `snn.neuron` that the function returns: its value after every step. States
    in the body of a recurrence are left out. Class A.

    Before:

    ```mlir
    func.func @before(%x: tensor<?x?x4xf32>,
                      %v0: tensor<?x4xf32> {snn.state = "v"})
        -> (tensor<?x?x4xf32>, tensor<?x4xf32> {snn.state = "v"}) {
      %y, %v1 = snn.neuron ins(%x : tensor<?x?x4xf32>)
          init(%v0 : tensor<?x4xf32>) {
      ^bb0(%i: f32, %v: f32):
        %u = arith.addf %v, %i : f32
        %w = arith.negf %u : f32
        snn.yield %w : f32 state(%u : f32)
      } -> (tensor<?x?x4xf32>) state(tensor<?x4xf32>)
      return %y, %v1 : tensor<?x?x4xf32>, tensor<?x4xf32>
    }
    ```

    After:

    ```mlir
    func.func @after(%x: tensor<?x?x4xf32>,
                     %v0: tensor<?x4xf32> {snn.state = "v"})
        -> (tensor<?x?x4xf32>, tensor<?x4xf32> {snn.state = "v"},
            tensor<?x?x4xf32> {snn.record = "v"}) {
      %y, %r, %v1 = snn.neuron ins(%x : tensor<?x?x4xf32>)
          init(%v0 : tensor<?x4xf32>) {
      ^bb0(%i: f32, %v: f32):
        %u = arith.addf %v, %i : f32
        %w = arith.negf %u : f32
        snn.yield %w, %u : f32, f32 state(%u : f32)
      } -> (tensor<?x?x4xf32>, tensor<?x?x4xf32>) state(tensor<?x4xf32>)
      return %y, %v1, %r : tensor<?x?x4xf32>, tensor<?x4xf32>, tensor<?x?x4xf32>
    }
    ```
  }];
}

def FuseNeuronsPass : Pass<"snn-fuse-neurons"> {
  let summary = "Run neurons that feed each other in one step";
  let description = [{
    An `snn.neuron` or `snn.fire` whose output is an input of another `snn.neuron`
    over the same time, batch and neurons becomes part of its step, so that what
    goes between them stays in registers. Outputs that nothing else reads go away.
    The ops of a step keep their order and rounding. Class A.

    Before:

    ```mlir
    func.func @before(%x: tensor<?x?x4xf32>) -> tensor<?x4xi32> {
      %s = snn.fire %x {threshold = 1.0} : tensor<?x?x4xf32>
      %n = snn.neuron ins(%s : tensor<?x?x4xi1>) {
      ^bb0(%z: i1, %n0: i32):
        %one = arith.extui %z : i1 to i32
        %n1 = arith.addi %n0, %one : i32
        snn.yield state(%n1 : i32)
      } state(tensor<?x4xi32>)
      return %n : tensor<?x4xi32>
    }
    ```

    After:

    ```mlir
    func.func @after(%x: tensor<?x?x4xf32>) -> tensor<?x4xi32> {
      %n = snn.neuron ins(%x : tensor<?x?x4xf32>) {
      ^bb0(%u: f32, %n0: i32):
        %z = snn.fire %u {threshold = 1.0} : f32
        %one = arith.extui %z : i1 to i32
        %n1 = arith.addi %n0, %one : i32
        snn.yield state(%n1 : i32)
      } state(tensor<?x4xi32>)
      return %n : tensor<?x4xi32>
    }
    ```
  }];
}

def RaiseTimeSumsPass : Pass<"snn-raise-time-sums"> {
  let summary = "Turn sums over time into scans";
  let description = [{
    A `linalg.reduce` of a sequence over dimension 0 by `arith.addf` (or `addi`)
    that starts at zero is the final state of an `snn.scan` with A = 1: the same
    sum in the same order, but causal, so that the model can be run window by
    window. Class A.

    Before:

    ```mlir
    func.func @before(%x: tensor<?x2x4xf32>, %zero: tensor<2x4xf32>)
        -> tensor<2x4xf32> {
      %c0 = arith.constant 0.0 : f32
      %init = linalg.fill ins(%c0 : f32) outs(%zero : tensor<2x4xf32>)
          -> tensor<2x4xf32>
      %sum = linalg.reduce { arith.addf } ins(%x : tensor<?x2x4xf32>)
          outs(%init : tensor<2x4xf32>) dimensions = [0]
      return %sum : tensor<2x4xf32>
    }
    ```

    After:

    ```mlir
    func.func @after(%x: tensor<?x2x4xf32>) -> tensor<2x4xf32> {
      %h, %sum = snn.scan real (%x) : (tensor<?x2x4xf32>)
      return %sum : tensor<2x4xf32>
    }
    ```
  }];
  let dependentDialects = ["SNNDialect"];
}

def KeepSizesPass : Pass<"snn-keep-sizes"> {
  let summary = "Keep the sizes of a difference of equal tensors";
  let description = [{
    `x - x` and `x ^ x` of integers become zeros of the sizes of x. Canonicalization
    would make a constant of them, and one of dynamic sizes has none. Class A.

    Before:

    ```mlir
    func.func @before(%x: tensor<?x4xi32>) -> tensor<?x4xi32> {
      %y = arith.subi %x, %x : tensor<?x4xi32>
      return %y : tensor<?x4xi32>
    }
    ```

    After:

    ```mlir
    func.func @after(%x: tensor<?x4xi32>) -> tensor<?x4xi32> {
      %c0 = arith.constant 0 : index
      %n = tensor.dim %x, %c0 : tensor<?x4xi32>
      %empty = tensor.empty(%n) : tensor<?x4xi32>
      %zero = arith.constant 0 : i32
      %y = linalg.fill ins(%zero : i32) outs(%empty : tensor<?x4xi32>)
          -> tensor<?x4xi32>
      return %y : tensor<?x4xi32>
    }
    ```
  }];
  let dependentDialects = ["arith::ArithDialect", "linalg::LinalgDialect",
                           "tensor::TensorDialect"];
}

#endif // SNN_TRANSFORMS_PASSES_TD
