// The outermost parallel loop becomes a function of its iterations.
// RUN: snn-opt %s --snn-outline-parallel --split-input-file | FileCheck %s

// Constants are copied, other values from outside become arguments.
// CHECK-LABEL: func.func @one(
//  CHECK-SAME:   %[[M:.*]]: memref<?xf32>, %[[N:.*]]: index)
//       CHECK:   call @one_parallel_0(%{{.*}}, %[[N]], %[[M]])
//   CHECK-NOT:   scf.parallel
// CHECK-LABEL: func.func private @one_parallel_0(
//  CHECK-SAME:   %[[BEGIN:.*]]: index, %[[END:.*]]: index, %[[P:.*]]: memref<?xf32>) attributes {snn.parallel}
//       CHECK:   scf.for %[[I:.*]] = %[[BEGIN]] to %[[END]]
//       CHECK:     memref.load %[[P]][%[[I]]]
func.func @one(%m: memref<?xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    %v = memref.load %m[%i] : memref<?xf32>
    memref.store %v, %m[%c0] : memref<?xf32>
    scf.reduce
  }
  return
}

// -----

// A parallel loop inside another runs in order; two loops are two functions.
// CHECK-LABEL: func.func @nested(
//       CHECK:   call @nested_parallel_0
//       CHECK:   call @nested_parallel_1
//   CHECK-NOT:   scf.parallel
// CHECK-LABEL: func.func private @nested_parallel_0(
//       CHECK:   scf.for
//       CHECK:     scf.for
// CHECK-LABEL: func.func private @nested_parallel_1(
func.func @nested(%m: memref<?xf32>, %n: index, %v: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    scf.parallel (%j) = (%c0) to (%n) step (%c1) {
      memref.store %v, %m[%j] : memref<?xf32>
      scf.reduce
    }
    scf.reduce
  }
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    memref.store %v, %m[%i] : memref<?xf32>
    scf.reduce
  }
  return
}

// -----

// Two dimensions stay as they are.
// CHECK-LABEL: func.func @two_dimensions(
//       CHECK:   scf.parallel
func.func @two_dimensions(%m: memref<?x?xf32>, %n: index, %v: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.parallel (%i, %j) = (%c0, %c0) to (%n, %n) step (%c1, %c1) {
    memref.store %v, %m[%i, %j] : memref<?x?xf32>
    scf.reduce
  }
  return
}
