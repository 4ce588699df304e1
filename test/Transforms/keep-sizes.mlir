// Differences of equal tensors keep their sizes.
// RUN: snn-opt %s --snn-keep-sizes --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @same(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: tensor<?x?x5xi8>
//       CHECK:   %[[T:.*]] = tensor.dim %[[X]]
//       CHECK:   %[[B:.*]] = tensor.dim %[[X]]
//       CHECK:   %[[EMPTY:.*]] = tensor.empty(%[[T]], %[[B]]) : tensor<?x?x5xi8>
//       CHECK:   %[[ZEROS:.*]] = linalg.fill ins(%{{.*}} : i8) outs(%[[EMPTY]]
//       CHECK:   return %[[ZEROS]]
func.func @same(%x: tensor<?x?x5xi8>) -> tensor<?x?x5xi8> {
  %0 = arith.subi %x, %x : tensor<?x?x5xi8>
  return %0 : tensor<?x?x5xi8>
}

// Others stay.
// CHECK-LABEL: func.func @others(
//       CHECK:   arith.subi
//       CHECK:   arith.xori
func.func @others(%x: tensor<?x5xi8>, %y: tensor<?x5xi8>)
    -> (tensor<?x5xi8>, tensor<?x5xi8>) {
  %0 = arith.subi %x, %y : tensor<?x5xi8>
  %1 = arith.xori %x, %y : tensor<?x5xi8>
  return %0, %1 : tensor<?x5xi8>, tensor<?x5xi8>
}
