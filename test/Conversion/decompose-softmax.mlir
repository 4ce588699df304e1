// A softmax is a maximum, exps, a sum in ascending order, and divisions.
// RUN: snn-opt %s --snn-decompose-softmax | FileCheck %s

// CHECK-LABEL: func.func @neurons(
//       CHECK:   arith.constant 0xFFC00000
//       CHECK:   arith.maxnumf
//       CHECK:   arith.subf
//       CHECK:   math.exp
//       CHECK:   arith.constant 0.000000e+00
//       CHECK:   arith.addf
//       CHECK:   arith.divf
//   CHECK-NOT:   linalg.softmax
func.func @neurons(%x: tensor<?x?x8xf32>, %out: tensor<?x?x8xf32>)
    -> tensor<?x?x8xf32> {
  %y = linalg.softmax dimension(2) ins(%x : tensor<?x?x8xf32>)
      outs(%out : tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}
