// Products of f32 that are large enough may be formed by a library of the GPU.
// RUN: snn-opt %s --snn-choose-library | FileCheck %s
// RUN: snn-opt %s --snn-choose-library=least-size=8 | FileCheck %s --check-prefix=SMALL
// RUN: not snn-opt %s --snn-choose-library=least-size=0 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: snn-opt %s --snn-to-llvm-cuda | FileCheck %s --check-prefix=CPU

// SIZE: error: 'func.func' op snn-choose-library: expected a least-size of 1 or more, but got 0
// Only the driver knows for what it compiles.
// CPU-NOT: snn_cuda_matmul

// CHECK-LABEL: func.func @forms(
//  CHECK-SAME:   bound = "3.874302e-6 * (abs(w) * abs(x) + abs(bias))"
//  CHECK-SAME:   class = "B"
//  CHECK-SAME:   layer = "linear0"
//       CHECK:   snn.linear {{.*}} {snn.bound = {coefficient = 3.8743019104003906E-6 : f64, kind = "sum"}, snn.layer = "linear0"} : tensor<?x?x64xf32>, tensor<64x64xf32>
//   CHECK-NOT:   snn.bound
// SMALL-LABEL: func.func @forms(
// SMALL-COUNT-2:  kind = "sum"
//   SMALL-NOT:   snn.bound
func.func @forms(%x: tensor<?x?x64xf32>, %s: tensor<?x?x64xi1>, %w: tensor<64x64xf32>,
                 %v: tensor<8x64xf32>, %d: tensor<64x64xf64>, %z: tensor<?x?x64xf64>)
    -> (tensor<?x?x64xf32>, tensor<?x?x8xf32>, tensor<?x?x64xf32>, tensor<?x?x64xf64>,
        tensor<?x?x64xf32>) {
  %a = snn.linear %x, %w : tensor<?x?x64xf32>, tensor<64x64xf32>
  %b = snn.linear %x, %v : tensor<?x?x64xf32>, tensor<8x64xf32>
  %c = snn.linear %s, %w : tensor<?x?x64xi1>, tensor<64x64xf32>
  %e = snn.linear %z, %d : tensor<?x?x64xf64>, tensor<64x64xf64>
  %k = arith.constant dense<0.5> : tensor<64x64xf32>
  %f = snn.linear %x, %k : tensor<?x?x64xf32>, tensor<64x64xf32>
  return %a, %b, %c, %e, %f : tensor<?x?x64xf32>, tensor<?x?x8xf32>, tensor<?x?x64xf32>,
      tensor<?x?x64xf64>, tensor<?x?x64xf32>
}
