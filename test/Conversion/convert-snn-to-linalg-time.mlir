// Delays along time read a history before the sequence.
// RUN: snn-opt %s --convert-snn-to-linalg --split-input-file | FileCheck %s

// The output is the first T of history and input, the final history the last
// 3 of them.
// CHECK-LABEL: func.func @delay(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: tensor<?x2x4xf32>, %[[H:[a-z0-9]+]]: tensor<3x2x4xf32>
//       CHECK:   %[[OLD:.*]] = tensor.insert_slice %[[H]] into %{{.*}}[0, 0, 0] [3, 2, 4]
//       CHECK:   %[[BOTH:.*]] = tensor.insert_slice %[[X]] into %[[OLD]][3, 0, 0]
//   CHECK-DAG:   %[[Y:.*]] = tensor.extract_slice %[[BOTH]][0, 0, 0] [%[[STEPS:.*]], 2, 4]
//   CHECK-DAG:   %[[LAST:.*]] = tensor.extract_slice %[[BOTH]][%[[STEPS]], 0, 0] [3, 2, 4]
//       CHECK:   return %[[Y]], %[[LAST]]
func.func @delay(%x: tensor<?x2x4xf32>, %h: tensor<3x2x4xf32>)
    -> (tensor<?x2x4xf32>, tensor<3x2x4xf32>) {
  %y, %last = snn.delay %x by [3] init(%h : tensor<3x2x4xf32>)
      : tensor<?x2x4xf32>
  return %y, %last : tensor<?x2x4xf32>, tensor<3x2x4xf32>
}

// -----

// Backwards the history follows the input.
// CHECK-LABEL: func.func @delay_reverse(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: tensor<?x2x4xf32>, %[[H:[a-z0-9]+]]: tensor<3x2x4xf32>
//       CHECK:   %[[NEW:.*]] = tensor.insert_slice %[[X]] into %{{.*}}[0, 0, 0]
//       CHECK:   %[[BOTH:.*]] = tensor.insert_slice %[[H]] into %[[NEW]]
//   CHECK-DAG:   tensor.extract_slice %[[BOTH]][3, 0, 0]
//   CHECK-DAG:   tensor.extract_slice %[[BOTH]][0, 0, 0] [3, 2, 4]
func.func @delay_reverse(%x: tensor<?x2x4xf32>, %h: tensor<3x2x4xf32>)
    -> (tensor<?x2x4xf32>, tensor<3x2x4xf32>) {
  %y, %last = snn.delay reverse %x by [3] init(%h : tensor<3x2x4xf32>)
      : tensor<?x2x4xf32>
  return %y, %last : tensor<?x2x4xf32>, tensor<3x2x4xf32>
}

// -----

// Without a history the steps before the first are zero.
// CHECK-LABEL: func.func @delay_zero(
//       CHECK:   %[[ZEROS:.*]] = linalg.fill {{.*}} -> tensor<3x2x4xf32>
//       CHECK:   tensor.insert_slice %[[ZEROS]] into
func.func @delay_zero(%x: tensor<?x2x4xf32>) -> tensor<?x2x4xf32> {
  %y, %last = snn.delay %x by [3] : tensor<?x2x4xf32>
  return %y : tensor<?x2x4xf32>
}

// -----

// A delay per source is a table of where to read: history less delay.
// CHECK: #[[SOURCE:.*]] = affine_map<(d0, d1, d2) -> (d2)>
// CHECK-LABEL: func.func @per_source(
//       CHECK:   %[[TABLE:.*]] = arith.constant dense<[4, 7, 0]> : tensor<3xi64>
//       CHECK:   linalg.generic {indexing_maps = [#[[SOURCE]],{{.*}} ins(%[[TABLE]]
//       CHECK:   ^bb0(%[[SHIFT:.*]]: i64,
//       CHECK:     %[[T:.*]] = linalg.index 0
//       CHECK:     %[[BY:.*]] = arith.index_cast %[[SHIFT]]
//       CHECK:     %[[ROW:.*]] = arith.addi %[[T]], %[[BY]]
//       CHECK:     tensor.extract %{{.*}}[%[[ROW]], %{{.*}}, %{{.*}}] : tensor<?x?x3xi1>
func.func @per_source(%s: tensor<?x?x3xi1>) -> tensor<?x?x3xi1> {
  %y, %last = snn.delay %s by [3, 0, 7] per_source : tensor<?x?x3xi1>
  return %y : tensor<?x?x3xi1>
}

// -----

// Groups are copies of the input, each with its delay, in a new dimension.
// CHECK: #[[GROUP:.*]] = affine_map<(d0, d1, d2, d3) -> (d2)>
// CHECK-LABEL: func.func @groups(
//       CHECK:   arith.constant dense<[4, 0]> : tensor<2xi64>
//       CHECK:   linalg.generic {indexing_maps = [#[[GROUP]],
//       CHECK:     %[[N:.*]] = linalg.index 3
//   CHECK-NOT:     linalg.index 2
//       CHECK:     tensor.extract %{{.*}}[%{{.*}}, %{{.*}}, %[[N]]]
//       CHECK:   return %{{.*}} : tensor<4x2x2x3xf32>
func.func @groups(%x: tensor<4x2x3xf32>) -> tensor<4x2x2x3xf32> {
  %y, %last = snn.delay %x by [1, 5] groups : tensor<4x2x3xf32>
  return %y : tensor<4x2x2x3xf32>
}

// -----

// A delay of 0 copies nothing but the view, and has no history.
// CHECK-LABEL: func.func @delay_none(
//   CHECK-NOT:   snn.
//       CHECK:   return %{{.*}} : tensor<4x2x3xf32>
func.func @delay_none(%x: tensor<4x2x3xf32>) -> tensor<4x2x3xf32> {
  %y = snn.delay %x by [0] : tensor<4x2x3xf32>
  return %y : tensor<4x2x3xf32>
}
