// RUN: snn-opt %s --convert-snn-to-gpu | FileCheck %s

// A product whose rows are patches: nothing is gathered or padded before.

// CHECK-LABEL: func.func @conv2d
// CHECK-NOT: linalg
// CHECK: scf.forall
// CHECK: arith.cmpi ult
// CHECK: memref.load {{.*}} : memref<?x?x2x9x9xi1
// CHECK: name = "conv2d_8x32"
// CHECK-NOT: linalg
func.func @conv2d(%s: tensor<?x?x2x9x9xi1>, %w: tensor<6x1x3x3xf32>)
    -> tensor<?x?x6x5x5xf32> {
  %y = snn.conv2d %s, %w {stride = array<i64: 2, 2>, padding = array<i64: 1, 1>,
                          groups = 2 : i64}
      : tensor<?x?x2x9x9xi1>, tensor<6x1x3x3xf32>
  return %y : tensor<?x?x6x5x5xf32>
}
