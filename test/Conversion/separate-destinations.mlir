// Ops that write the same empty or filled tensor get one each.
// RUN: snn-opt %s --snn-separate-destinations | FileCheck %s

// CHECK-LABEL: func.func @sums(
//       CHECK:   tensor.empty()
//       CHECK:   tensor.empty()
//       CHECK:   %[[FIRST:.*]] = linalg.fill
//       CHECK:   %[[SECOND:.*]] = linalg.fill
//       CHECK:   linalg.add ins({{.*}}) outs(%[[FIRST]]
//       CHECK:   linalg.sub ins({{.*}}) outs(%[[SECOND]]
func.func @sums(%x: tensor<4xf32>, %y: tensor<4xf32>)
    -> (tensor<4xf32>, tensor<4xf32>) {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<4xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%empty : tensor<4xf32>)
      -> tensor<4xf32>
  %a = linalg.add ins(%x, %y : tensor<4xf32>, tensor<4xf32>)
      outs(%zeros : tensor<4xf32>) -> tensor<4xf32>
  %b = linalg.sub ins(%x, %y : tensor<4xf32>, tensor<4xf32>)
      outs(%zeros : tensor<4xf32>) -> tensor<4xf32>
  return %a, %b : tensor<4xf32>, tensor<4xf32>
}

// What is only read may be shared.
// CHECK-LABEL: func.func @reads(
//       CHECK:   linalg.fill
//   CHECK-NOT:   linalg.fill
//       CHECK:   return
func.func @reads(%out: tensor<4xf32>, %empty: tensor<4xf32>)
    -> (tensor<4xf32>, tensor<4xf32>) {
  %zero = arith.constant 0.0 : f32
  %zeros = linalg.fill ins(%zero : f32) outs(%empty : tensor<4xf32>)
      -> tensor<4xf32>
  %a = linalg.exp ins(%zeros : tensor<4xf32>) outs(%out : tensor<4xf32>)
      -> tensor<4xf32>
  return %a, %zeros : tensor<4xf32>, tensor<4xf32>
}
