// A case for each error of snn-emit-entry.
// RUN: snn-opt %s --snn-emit-entry -split-input-file -verify-diagnostics

// expected-error @+1 {{expected one block}}
func.func @f(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  cf.br ^bb1
^bb1:
  return %x : tensor<4x8xf32>
}

// -----

// expected-error @+1 {{expected results that are tensors, but got 'i64'}}
func.func @f(%n: i64) -> i64 {
  return %n : i64
}
