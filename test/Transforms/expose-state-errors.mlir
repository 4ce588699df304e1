// A case for each error of snn-expose-state.
// RUN: snn-opt %s --snn-expose-state -split-input-file -verify-diagnostics

// The histories would start anew in every window, the state would not.
func.func @f(%x: tensor<?x?x3xf32>, %v: tensor<?x3xf32>) -> tensor<?x?x3xf32> {
  // expected-error @+1 {{expected initial states and histories together in a model, but got only one of them}}
  %y, %s, %h = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 4
      state(%v : tensor<?x3xf32>) {
  ^bb0(%xw: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>, %u: tensor<?x3xf32>):
    %z, %u1 = snn.li %xw init(%u : tensor<?x3xf32>) {decay = 0.5}
        : tensor<?x?x3xf32>
    snn.yield %z : tensor<?x?x3xf32> feedback(%z : tensor<?x?x3xf32>)
        state(%u1 : tensor<?x3xf32>)
  } -> (tensor<?x?x3xf32>) state(tensor<?x3xf32>) history(tensor<4x?x3xf32>)
  return %y : tensor<?x?x3xf32>
}
