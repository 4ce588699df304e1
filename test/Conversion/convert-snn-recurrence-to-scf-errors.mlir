// A case for each error of convert-snn-recurrence-to-scf.
// RUN: snn-opt %s --convert-snn-recurrence-to-scf -split-input-file -verify-diagnostics

// A named neuron has no form that runs backwards.
func.func @f(%x: tensor<12x2x3xf32>) -> tensor<12x2x3xf32> {
  %y, %v, %h = snn.recurrent reverse ins(%x : tensor<12x2x3xf32>) skip 1 {
  ^bb0(%xw: tensor<?x2x3xf32>, %f: tensor<?x2x3xf32>, %v0: tensor<2x3xf32>):
    // expected-error @+1 {{expected a generalized neuron in a reverse recurrence}}
    %u, %v1 = snn.li %xw init(%v0 : tensor<2x3xf32>) {decay = 0.5}
        : tensor<?x2x3xf32>
    snn.yield %u : tensor<?x2x3xf32> feedback(%u : tensor<?x2x3xf32>)
        state(%v1 : tensor<2x3xf32>)
  } -> (tensor<12x2x3xf32>) state(tensor<2x3xf32>) history(tensor<1x2x3xf32>)
  return %y : tensor<12x2x3xf32>
}
