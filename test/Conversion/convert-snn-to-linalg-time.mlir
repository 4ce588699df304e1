// Delays and convolutions along time read a history before the sequence.
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

// -----

// One sum over the taps, the oldest step (the last tap) first.
// CHECK-LABEL: func.func @conv(
//  CHECK-SAME:   %{{[a-z0-9]+}}: tensor<?x?x32xf32>, %[[TAPS:[a-z0-9]+]]: tensor<4xf32>
//   CHECK-DAG:   %[[C3:.*]] = arith.constant 3 : index
//   CHECK-DAG:   %[[C4:.*]] = arith.constant 4 : index
//       CHECK:   scf.for %[[B:[a-z0-9]+]] =
//       CHECK:     scf.for %{{.*}}
//       CHECK:     scf.for %[[T:[a-z0-9]+]] =
//       CHECK:       scf.for %[[I:[a-z0-9]+]] = %{{.*}} to %[[C4]] {{.*}} iter_args(%[[SUM:.*]] =
//       CHECK:         %[[K:.*]] = arith.subi %[[C3]], %[[I]]
//       CHECK:         %[[STEP:.*]] = arith.addi %[[T]], %[[I]]
//       CHECK:         %[[X:.*]] = vector.transfer_read %{{.*}}[%[[STEP]], %[[B]], %{{.*}}]
//       CHECK:         %[[TAP:.*]] = tensor.extract %[[TAPS]][%[[K]]]
//       CHECK:         %[[W:.*]] = vector.broadcast %[[TAP]]
//       CHECK:         math.fma %[[W]], %[[X]], %[[SUM]]
//       CHECK:       vector.transfer_write %{{.*}}[%[[T]], %[[B]], %{{.*}}]
func.func @conv(%x: tensor<?x?x32xf32>, %k: tensor<4xf32>)
    -> tensor<?x?x32xf32> {
  %y, %last = snn.temporal_conv %x, %k : tensor<?x?x32xf32>, tensor<4xf32>
  return %y : tensor<?x?x32xf32>
}

// -----

// Backwards the farthest step comes first: tap and step are one index.
// CHECK-LABEL: func.func @conv_reverse(
//       CHECK:         %[[K:.*]] = arith.subi %{{.*}}, %{{.*}}
//       CHECK:         arith.addi %{{.*}}, %[[K]]
func.func @conv_reverse(%x: tensor<?x?x32xf32>, %k: tensor<4xf32>)
    -> tensor<?x?x32xf32> {
  %y, %last = snn.temporal_conv reverse %x, %k
      : tensor<?x?x32xf32>, tensor<4xf32>
  return %y : tensor<?x?x32xf32>
}

// -----

// Taps per neuron are vectors, taps per step are read at position plus step.
// CHECK-LABEL: func.func @conv_kernels(
//  CHECK-SAME:   %{{[a-z0-9]+}}: tensor<?x?x32xf32>, %[[N:[a-z0-9]+]]: tensor<4x32xf32>, %[[P:[a-z0-9]+]]: tensor<?x4xf32>, %[[AT:[a-z0-9]+]]: i64
//       CHECK:   vector.transfer_read %[[N]][%{{.*}}, %{{.*}}]
//       CHECK:   %[[OFFSET:.*]] = arith.index_cast %[[AT]]
//       CHECK:   %[[ROW:.*]] = arith.addi %{{.*}}, %[[OFFSET]]
//       CHECK:   tensor.extract %[[P]][%[[ROW]], %{{.*}}]
func.func @conv_kernels(%x: tensor<?x?x32xf32>, %n: tensor<4x32xf32>,
                        %p: tensor<?x4xf32>, %at: i64)
    -> (tensor<?x?x32xf32>, tensor<?x?x32xf32>) {
  %0:2 = snn.temporal_conv %x, %n : tensor<?x?x32xf32>, tensor<4x32xf32>
  %1:2 = snn.temporal_conv %x, %p offset(%at) {per_step}
      : tensor<?x?x32xf32>, tensor<?x4xf32>
  return %0#0, %1#0 : tensor<?x?x32xf32>, tensor<?x?x32xf32>
}
