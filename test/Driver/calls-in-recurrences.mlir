// A function that the body of a recurrence calls is judged once it is inlined.
// RUN: snn-opt %s | FileCheck %s --check-prefix=CALL
// RUN: snnc %s --function=good --stop-after=verify | FileCheck %s
// RUN: not snnc %s --function=bad -o %t 2>&1 | FileCheck %s --check-prefix=BAD
// RUN: not ls %t

// CALL: call @twice
// CHECK-LABEL: func.func @good(
//   CHECK-NOT:   call
//       CHECK:   snn.recurrent
//       CHECK:     arith.addf
//       CHECK:     snn.yield
func.func private @twice(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %y = arith.addf %x, %x : tensor<?x?x4xf32>
  return %y : tensor<?x?x4xf32>
}
func.func @good(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %y, %h = snn.recurrent ins(%x : tensor<?x?x4xf32>) skip 1 {
  ^bb0(%xw: tensor<?x?x4xf32>, %fb: tensor<?x?x4xf32>):
    %d = func.call @twice(%fb) : (tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
    %z = arith.addf %xw, %d : tensor<?x?x4xf32>
    snn.yield %z : tensor<?x?x4xf32> feedback(%z : tensor<?x?x4xf32>)
  } -> (tensor<?x?x4xf32>) history(tensor<1x?x4xf32>)
  return %y : tensor<?x?x4xf32>
}

// BAD: calls-in-recurrences.mlir:[[# @LINE + 3]]:{{.*}}error: {{.*}}expected a body whose result does not depend on the window, but it runs time backwards
func.func private @backwards(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %w = arith.constant dense<1.0> : tensor<2xf32>
  %y, %h = snn.temporal_conv reverse %x, %w : tensor<?x?x4xf32>, tensor<2xf32>
  return %y : tensor<?x?x4xf32>
}
func.func @bad(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %y, %h = snn.recurrent ins(%x : tensor<?x?x4xf32>) skip 1 {
  ^bb0(%xw: tensor<?x?x4xf32>, %fb: tensor<?x?x4xf32>):
    %d = func.call @backwards(%fb) : (tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
    %z = arith.addf %xw, %d : tensor<?x?x4xf32>
    snn.yield %z : tensor<?x?x4xf32> feedback(%z : tensor<?x?x4xf32>)
  } -> (tensor<?x?x4xf32>) history(tensor<1x?x4xf32>)
  return %y : tensor<?x?x4xf32>
}
