// snn.sparse_linear as a scatter: each spike adds the edges of its source.
// RUN: snn-opt %s --convert-snn-to-linalg --split-input-file | FileCheck %s

// A row begins at the bias, with -0 as +0. 4 starts and 3 targets are before the
// weights.
// CHECK-LABEL: func.func @edges(
//  CHECK-SAME:   %[[S:[a-z0-9]+]]: tensor<?x?x3xi1>, %[[E:[a-z0-9]+]]: tensor<10xi32>, %[[BIAS:[a-z0-9]+]]: tensor<2xf32>)
//   CHECK-DAG:   %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : vector<2xf32>
//   CHECK-DAG:   %[[ONE:.*]] = arith.constant 1 : index
//   CHECK-DAG:   %[[TARGETS:.*]] = arith.constant 4 : index
//   CHECK-DAG:   %[[WEIGHTS:.*]] = arith.constant 7 : index
//   CHECK-DAG:   %[[ROWS:.*]] = tensor.collapse_shape %[[S]] {{\[}}[0, 1], [2]]
//       CHECK:   scf.for %[[ROW:[a-z0-9]+]] =
//       CHECK:     %[[B:.*]] = vector.transfer_read %[[BIAS]]
//       CHECK:     %[[START:.*]] = arith.addf %[[B]], %[[ZERO]]
//       CHECK:     %[[OUT:.*]] = vector.transfer_write %[[START]]
//       CHECK:     vector.transfer_read %[[ROWS]][%[[ROW]],
//       CHECK:     scf.while (%{{.*}} = %{{.*}}, %{{.*}} = %[[OUT]])
//       CHECK:       %[[LOWEST:.*]] = math.cttz
//       CHECK:       %[[BIT:.*]] = arith.index_castui %[[LOWEST]]
//       CHECK:       %[[FROM:.*]] = tensor.extract %[[E]][%[[BIT]]]
//       CHECK:       %[[FIRST:.*]] = arith.index_castui %[[FROM]]
//       CHECK:       %[[NEXT:.*]] = arith.addi %[[BIT]], %[[ONE]]
//       CHECK:       %[[TO:.*]] = tensor.extract %[[E]][%[[NEXT]]]
//       CHECK:       %[[END:.*]] = arith.index_castui %[[TO]]
//       CHECK:       scf.for %[[EDGE:.*]] = %[[FIRST]] to %[[END]]
//       CHECK:         %[[AT:.*]] = arith.addi %[[EDGE]], %[[TARGETS]]
//       CHECK:         %[[WORD:.*]] = tensor.extract %[[E]][%[[AT]]]
//       CHECK:         %[[TARGET:.*]] = arith.index_castui %[[WORD]]
//       CHECK:         %[[VALUE:.*]] = arith.addi %[[EDGE]], %[[WEIGHTS]]
//       CHECK:         %[[BITS:.*]] = tensor.extract %[[E]][%[[VALUE]]]
//       CHECK:         %[[WEIGHT:.*]] = arith.bitcast %[[BITS]] : i32 to f32
//       CHECK:         %[[SUM:.*]] = tensor.extract %{{.*}}[%[[ROW]], %[[TARGET]]]
//       CHECK:         %[[MORE:.*]] = arith.addf %[[SUM]], %[[WEIGHT]]
//       CHECK:         tensor.insert %[[MORE]] into %{{.*}}[%[[ROW]], %[[TARGET]]]
//       CHECK:   tensor.expand_shape %{{.*}} {{\[}}[0, 1], [2]]
func.func @edges(%s: tensor<?x?x3xi1>, %e: tensor<10xi32>, %b: tensor<2xf32>)
    -> tensor<?x?x2xf32> {
  %y = snn.sparse_linear %s, %e, %b {inputs = array<i64: 3>, outputs = 2}
      : tensor<?x?x3xi1>, tensor<10xi32>, tensor<2xf32>
  return %y : tensor<?x?x2xf32>
}

// -----

// Words are read as such, of inputs of two dimensions too where none ends
// inside of a word.
// CHECK-LABEL: func.func @words(
//  CHECK-SAME:   %[[W:[a-z0-9]+]]: tensor<?x?x2x2xi32>,
//       CHECK:   %[[K:.*]] = tensor.collapse_shape %[[W]] {{\[}}[0], [1], [2, 3]]
//       CHECK:   %[[ROWS:.*]] = tensor.collapse_shape %[[K]] {{\[}}[0, 1], [2]]
//       CHECK:   vector.transfer_read %[[ROWS]]{{.*}} : tensor<?x4xi32>, vector<2xi32>
//   CHECK-NOT:   snn.unpack
func.func @words(%w: tensor<?x?x2x2xi32>, %e: tensor<229xi32>)
    -> tensor<?x?x5xf32> {
  %s = snn.unpack %w {neurons = 64} : tensor<?x?x2x2xi32>
  %y = snn.sparse_linear %s, %e {inputs = array<i64: 2, 64>, outputs = 5}
      : tensor<?x?x2x64xi1>, tensor<229xi32>
  return %y : tensor<?x?x5xf32>
}
