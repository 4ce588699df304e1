// Convolutions are synapses on patches; pools are sums of windows.
// RUN: snn-opt %s --convert-snn-to-linalg --split-input-file | FileCheck %s

// Patches in the order channel, row, column; the product of rows; channels
// before the image again.
// CHECK: #[[PATCH:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1, d4, d2 + d5, d3 + d6)>
// CHECK-LABEL: func.func @conv(
//       CHECK:   linalg.generic {indexing_maps = [#[[PATCH]],
//       CHECK:     -> tensor<?x?x6x6x2x3x3xf32>
//       CHECK:   math.fma
//       CHECK:   linalg.transpose ins(%{{.*}} : tensor<?x?x6x6x16xf32>){{.*}} permutation = [0, 1, 4, 2, 3]
func.func @conv(%x: tensor<?x?x2x8x8xf32>, %w: tensor<16x2x3x3xf32>)
    -> tensor<?x?x16x6x6xf32> {
  %y = snn.conv2d %x, %w : tensor<?x?x2x8x8xf32>, tensor<16x2x3x3xf32>
  return %y : tensor<?x?x16x6x6xf32>
}

// -----

// Stride and dilation are in the map; padding is an image of zeros around.
// CHECK: affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1, d4, d2 * 2 + d5 * 2, d3 + d6)>
// CHECK-LABEL: func.func @windows(
//       CHECK:   %[[ZEROS:.*]] = linalg.fill {{.*}} -> tensor<?x?x2x10x10xf32>
//       CHECK:   tensor.insert_slice %{{.*}} into %[[ZEROS]][0, 0, 0, 1, 1]
func.func @windows(%x: tensor<?x?x2x8x8xf32>, %w: tensor<16x2x3x3xf32>)
    -> tensor<?x?x16x3x8xf32> {
  %y = snn.conv2d %x, %w {stride = array<i64: 2, 1>,
      dilation = array<i64: 2, 1>, padding = array<i64: 1, 1>}
      : tensor<?x?x2x8x8xf32>, tensor<16x2x3x3xf32>
  return %y : tensor<?x?x16x3x8xf32>
}

// -----

// Groups are convolutions of their channels, side by side; spikes stay events.
// CHECK-LABEL: func.func @groups(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: tensor<?x?x2x8x8xi1>
//       CHECK:   tensor.extract_slice %[[X]][0, 0, 0, 0, 0]
//       CHECK:   scf.while
//       CHECK:   %[[FIRST:.*]] = tensor.insert_slice %{{.*}} into %{{.*}}[0, 0, 0, 0, 0]
//       CHECK:   tensor.extract_slice %[[X]][0, 0, 1, 0, 0]
//       CHECK:   scf.while
//       CHECK:   tensor.insert_slice %{{.*}} into %[[FIRST]][0, 0, 8, 0, 0]
func.func @groups(%x: tensor<?x?x2x8x8xi1>, %w: tensor<16x1x3x3xf32>)
    -> tensor<?x?x16x6x6xf32> {
  %y = snn.conv2d %x, %w {groups = 2 : i64}
      : tensor<?x?x2x8x8xi1>, tensor<16x1x3x3xf32>
  return %y : tensor<?x?x16x6x6xf32>
}

// -----

// A sum pool counts the spikes of a window.
// CHECK: affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1, d2, d3 * 2 + d5, d4 * 2 + d6)>
// CHECK-LABEL: func.func @sum_pool(
//       CHECK:   linalg.generic {{.*}}"reduction", "reduction"]
//       CHECK:   ^bb0(%[[S:.*]]: i1, %{{.*}}: i32, %[[SUM:.*]]: i32):
//       CHECK:     %[[ONE:.*]] = arith.extui %[[S]] : i1 to i32
//       CHECK:     arith.addi %[[SUM]], %[[ONE]]
//   CHECK-NOT:   arith.divf
func.func @sum_pool(%s: tensor<?x?x16x8x8xi1>) -> tensor<?x?x16x4x4xi32> {
  %y = snn.sum_pool2d %s {kernel = array<i64: 2, 2>, element_type = i32}
      : tensor<?x?x16x8x8xi1>
  return %y : tensor<?x?x16x4x4xi32>
}

// -----

// An average is the sum divided once, whatever the padding; f16 is summed in
// f32 and rounded after the division.
// CHECK-LABEL: func.func @avg_pool(
//   CHECK-DAG:   %[[N:.*]] = arith.constant 6.000000e+00 : f32
//       CHECK:   arith.addf %{{.*}} : f32
//       CHECK:   %[[MEAN:.*]] = arith.divf %{{.*}}, %[[N]] : f32
//       CHECK:   arith.truncf %[[MEAN]] : f32 to f16
func.func @avg_pool(%x: tensor<?x?x3x6x6xf16>) -> tensor<?x?x3x2x3xf16> {
  %y = snn.avg_pool2d %x {kernel = array<i64: 3, 2>} : tensor<?x?x3x6x6xf16>
  return %y : tensor<?x?x3x2x3xf16>
}
