// A synapse over groups of delays reads steps of the input, and no sequence has a
// dimension of groups.
// RUN: snn-opt %s --convert-snn-to-linalg --split-input-file | FileCheck %s

// Group g of row r is row r + 2 (5 - d[g]) of the history and the input. A tile
// of sums starts at +0 and takes the events of one group after another.
// CHECK-LABEL: func.func @spikes(
//  CHECK-SAME:   %[[S:[a-z0-9]+]]: tensor<?x2x3xi1>
//   CHECK-NOT:   tensor<?x2x2x3xi1>
//   CHECK-DAG:   %[[C64:.*]] = arith.constant 64 : index
//   CHECK-DAG:   %[[TABLE:.*]] = arith.constant dense<[4, 0]> : tensor<2xi64>
//       CHECK:   %[[ALL:.*]] = tensor.insert_slice %[[S]] into %{{.*}}[5, 0, 0]
//   CHECK-DAG:   tensor.extract_slice %[[ALL]][%{{.*}}, 0, 0] [5, 2, 3]
//   CHECK-DAG:   %[[ROWS:.*]] = tensor.collapse_shape %[[ALL]] {{\[}}[0, 1], [2]] : tensor<?x2x3xi1> into tensor<?x3xi1>
//       CHECK:   scf.for %[[FIRST:.*]] = %{{.*}} to %{{.*}} step %[[C64]]
//       CHECK:     tensor.empty() : tensor<64x4xf32>
//       CHECK:     scf.for %[[G:[a-z0-9]+]] = %{{.*}} iter_args
//       CHECK:       %[[STEPS:.*]] = tensor.extract %[[TABLE]][%[[G]]]
//       CHECK:       %[[CAST:.*]] = arith.index_cast %[[STEPS]]
//       CHECK:       %[[AWAY:.*]] = arith.muli %[[CAST]], %{{.*}}
//       CHECK:       %[[SHIFT:.*]] = arith.addi %[[FIRST]], %[[AWAY]]
//       CHECK:       scf.for %[[R:[a-z0-9]+]] =
//       CHECK:         %[[ROW:.*]] = arith.addi %[[R]], %[[SHIFT]]
//       CHECK:         vector.transfer_read %[[ROWS]][%[[ROW]], %{{.*}}]
//       CHECK:         math.cttz
func.func @spikes(%s: tensor<?x2x3xi1>, %w: tensor<4x2x3xf32>)
    -> (tensor<?x2x4xf32>, tensor<5x2x3xi1>) {
  %d, %h = snn.delay %s by [1, 5] groups : tensor<?x2x3xi1>
  %y = snn.linear %d, %w : tensor<?x2x2x3xi1>, tensor<4x2x3xf32>
  return %y, %h : tensor<?x2x4xf32>, tensor<5x2x3xi1>
}

// -----

// Words of spikes are read as they are, from steps of words.
// CHECK-LABEL: func.func @words(
//  CHECK-SAME:   %[[S:[a-z0-9]+]]: tensor<?x?x1xi32>
//   CHECK-NOT:   tensor<?x?x2x
//       CHECK:   %[[ALL:.*]] = tensor.insert_slice %[[S]] into
//       CHECK:   tensor.collapse_shape %[[ALL]] {{\[}}[0, 1], [2]] : tensor<?x?x1xi32> into tensor<?x1xi32>
//       CHECK:   math.cttz
func.func @words(%s: tensor<?x?x1xi32>, %w: tensor<4x2x32xf32>)
    -> tensor<?x?x4xf32> {
  %d, %h = snn.delay %s by [1, 5] groups : tensor<?x?x1xi32>
  %u = snn.unpack %d {neurons = 32} : tensor<?x?x2x1xi32>
  %y = snn.linear %u, %w : tensor<?x?x2x32xi1>, tensor<4x2x32xf32>
  return %y : tensor<?x?x4xf32>
}

// -----

// Values by fused multiply-adds. Backwards a row is one of a later step.
// CHECK-LABEL: func.func @values(
//   CHECK-NOT:   tensor<?x2x2x3xf32>
//       CHECK:   arith.constant dense<[1, 5]> : tensor<2xi64>
//       CHECK:   math.fma
func.func @values(%x: tensor<?x2x3xf32>, %w: tensor<4x2x3xf32>,
                  %b: tensor<4xf32>) -> tensor<?x2x4xf32> {
  %d, %h = snn.delay reverse %x by [1, 5] groups : tensor<?x2x3xf32>
  %y = snn.linear %d, %w, %b
      : tensor<?x2x2x3xf32>, tensor<4x2x3xf32>, tensor<4xf32>
  return %y : tensor<?x2x4xf32>
}

// -----

// Two readers share one sequence of groups, and so do the outputs of a synapse
// that does not sum over the groups.
// CHECK-LABEL: func.func @shared(
//       CHECK:   linalg.generic
//       CHECK:     tensor.extract %{{.*}} : tensor<?x2x3xi1>
//       CHECK:   } -> tensor<?x2x2x3xi1>
func.func @shared(%s: tensor<?x2x3xi1>, %w: tensor<4x2x3xf32>)
    -> (tensor<?x2x4xf32>, tensor<?x2x2x3xi1>) {
  %d, %h = snn.delay %s by [1, 5] groups : tensor<?x2x3xi1>
  %y = snn.linear %d, %w : tensor<?x2x2x3xi1>, tensor<4x2x3xf32>
  return %y, %d : tensor<?x2x4xf32>, tensor<?x2x2x3xi1>
}

// -----

// CHECK-LABEL: func.func @each_group(
//       CHECK:   linalg.generic
//       CHECK:     tensor.extract %{{.*}} : tensor<?x2x3xi1>
//       CHECK:   } -> tensor<?x2x2x3xi1>
func.func @each_group(%s: tensor<?x2x3xi1>, %w: tensor<4x3xf32>)
    -> tensor<?x2x2x4xf32> {
  %d, %h = snn.delay %s by [1, 5] groups : tensor<?x2x3xi1>
  %y = snn.linear %d, %w : tensor<?x2x2x3xi1>, tensor<4x3xf32>
  return %y : tensor<?x2x2x4xf32>
}
