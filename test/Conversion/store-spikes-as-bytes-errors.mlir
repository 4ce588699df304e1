// A case for each error of snn-store-spikes-as-bytes.
// RUN: snn-opt %s --snn-store-spikes-as-bytes -split-input-file -verify-diagnostics

// An op of the dialect knows spikes only as i1.
func.func @f(%s: tensor<?x?x8xi1>) -> tensor<?x?x1xi32> {
  // expected-error @+1 {{expected snn and elementwise ops on tensors to have been lowered}}
  %w = snn.pack %s : tensor<?x?x8xi1>
  return %w : tensor<?x?x1xi32>
}

// -----

// An elementwise op on tensors of i8 would be another.
func.func @f(%s: tensor<8xi1>) -> tensor<8xi1> {
  // expected-error @+1 {{expected snn and elementwise ops on tensors to have been lowered}}
  %n = arith.addi %s, %s : tensor<8xi1>
  return %n : tensor<8xi1>
}

// -----

// The bytes of a resource are not rewritten.
func.func @f() -> tensor<4xi1> {
  // expected-error @+1 {{expected a dense constant of spikes, but got a resource}}
  %0 = arith.constant dense_resource<r> : tensor<4xi1>
  return %0 : tensor<4xi1>
}
{-# dialect_resources: { builtin: { r: "0x0100000001000100" } } #-}
