// What holds for every op: none of the dialect is left, results keep their
// types, and the numbers of the options change tiles only.
// RUN: snn-opt %s --convert-snn-to-linalg | FileCheck %s --implicit-check-not=snn.
// RUN: snn-opt %s --convert-snn-to-linalg="lanes=8 row-block=2 column-lanes=8 event-lanes=16" | FileCheck %s --check-prefix=SMALL --implicit-check-not=snn.

// A layer of everything: synapse, neuron, gate.
// CHECK-LABEL: func.func @layer(
//       CHECK:   vector<32xf32>
// SMALL-LABEL: func.func @layer(
//       SMALL:   vector<8xf32>
//   SMALL-NOT:   vector<32xf32>
func.func @layer(%x: tensor<?x?x8xf32>, %w: tensor<32x8xf32>)
    -> tensor<?x?x32xi1> {
  %i = snn.linear %x, %w : tensor<?x?x8xf32>, tensor<32x8xf32>
  %s, %v = snn.neuron ins(%i : tensor<?x?x32xf32>) {
  ^bb0(%it: f32, %v0: f32):
    %v1 = arith.addf %it, %v0 : f32
    %st = snn.fire %v1 {threshold = 1.0} : f32
    snn.yield %st : i1 state(%v1 : f32)
  } -> (tensor<?x?x32xi1>) state(tensor<?x32xf32>)
  %g = snn.refractory phase 4 %s : tensor<?x?x32xi1>
  return %g : tensor<?x?x32xi1>
}

// Static sizes are kept in the types of results.
// CHECK-LABEL: func.func @static(
//       CHECK:   return %{{.*}} : tensor<5x2x16xf32>
// SMALL-LABEL: func.func @static(
//       SMALL:   return %{{.*}} : tensor<5x2x16xf32>
func.func @static(%x: tensor<5x2x3xf32>, %w: tensor<16x3xf32>)
    -> tensor<5x2x16xf32> {
  %y = snn.linear %x, %w : tensor<5x2x3xf32>, tensor<16x3xf32>
  return %y : tensor<5x2x16xf32>
}

// What is not of the dialect stays.
// CHECK-LABEL: func.func @other(
//  CHECK-NEXT:   arith.addf %{{.*}} : tensor<?x?x8xf32>
//  CHECK-NEXT:   return
// SMALL-LABEL: func.func @other(
//  SMALL-NEXT:   arith.addf %{{.*}} : tensor<?x?x8xf32>
//  SMALL-NEXT:   return
func.func @other(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  %y = arith.addf %x, %x : tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}
