// A case for each reason for which an op cannot be lowered.
// RUN: snn-opt %s --convert-snn-to-linalg -split-input-file -verify-diagnostics

// The window loop is not the business of this pass.
func.func @f(%x: tensor<?x2x3xf32>) -> tensor<?x2x3xf32> {
  // expected-error @+2 {{expected an op that can be lowered}}
  // expected-note @+1 {{run convert-snn-recurrence-to-scf before}}
  %y, %h = snn.recurrent ins(%x : tensor<?x2x3xf32>) skip 1 {
  ^bb0(%xw: tensor<?x2x3xf32>, %f: tensor<?x2x3xf32>):
    %i = arith.mulf %xw, %f : tensor<?x2x3xf32>
    snn.yield %i : tensor<?x2x3xf32> feedback(%i : tensor<?x2x3xf32>)
  } -> (tensor<?x2x3xf32>) history(tensor<1x2x3xf32>)
  return %y : tensor<?x2x3xf32>
}

// -----

func.func @f(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  // expected-error @+2 {{expected an op that can be lowered}}
  // expected-note @+1 {{run snn-generalize before}}
  %v, %vT = snn.li %x {decay = 0.5} : tensor<?x?x4xf32>
  return %v : tensor<?x?x4xf32>
}

// -----

// Arithmetic on indices has no form on vectors.
func.func @f(%x: tensor<?x?x4xi32>) -> tensor<?x?x4xi32> {
  // expected-error @+2 {{expected an op that can be lowered}}
  // expected-note @+1 {{every op of a step must be elementwise, and a neuron needs a neuron dimension}}
  %y = snn.neuron ins(%x : tensor<?x?x4xi32>) {
  ^bb0(%xt: i32):
    %i = index.casts %xt : i32 to index
    %m = index.maxs %i, %i
    %n = index.casts %m : index to i32
    snn.yield %n : i32
  } -> (tensor<?x?x4xi32>)
  return %y : tensor<?x?x4xi32>
}
