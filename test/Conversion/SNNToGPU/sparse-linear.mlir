// RUN: snn-opt %s --convert-snn-to-gpu | FileCheck %s

// A warp has a row; its threads add the edges of one spike, then meet.

// CHECK-LABEL: func.func @sparse
// CHECK: scf.forall
// CHECK: gpu.barrier
// CHECK: scf.if
// CHECK: arith.index_castui
// CHECK: arith.addf
// CHECK: memref.store
// CHECK: gpu.barrier
// CHECK: name = "sparse_linear", threads = 32
func.func @sparse(%s: tensor<?x?x3xi1>, %bias: tensor<2xf32>)
    -> tensor<?x?x2xf32> {
  %e = arith.constant dense<[0, 1, 1, 3, 1, 0, 1,
                             0x3F800000, 0x3F000000, 0x40000000]>
      : tensor<10xi32>
  %y = snn.sparse_linear %s, %e, %bias
      {inputs = array<i64: 3>, outputs = 2 : i64}
      : tensor<?x?x3xi1>, tensor<10xi32>, tensor<2xf32>
  return %y : tensor<?x?x2xf32>
}
