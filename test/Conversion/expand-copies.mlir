// Copies from or to strided memrefs become loops.
// RUN: snn-opt %s --snn-expand-copies | FileCheck %s

// CHECK-LABEL: func.func @from_strided(
//  CHECK-SAME:   %[[A:[a-z0-9]+]]: memref<?x4xf32, strided<[?, 1]>>, %[[B:[a-z0-9]+]]: memref<?x4xf32>
//       CHECK:   linalg.generic {{.*}}iterator_types = ["parallel", "parallel"]} ins(%[[A]] : {{.*}}) outs(%[[B]] :
//       CHECK:   ^bb0(%[[IN:.*]]: f32, %{{.*}}: f32):
//  CHECK-NEXT:     linalg.yield %[[IN]] : f32
//   CHECK-NOT:   memref.copy
func.func @from_strided(%a: memref<?x4xf32, strided<[?, 1]>>,
                        %b: memref<?x4xf32>) {
  memref.copy %a, %b : memref<?x4xf32, strided<[?, 1]>> to memref<?x4xf32>
  return
}

// CHECK-LABEL: func.func @to_strided(
//       CHECK:   linalg.generic
//   CHECK-NOT:   memref.copy
func.func @to_strided(%a: memref<?x4xi8>, %b: memref<?x4xi8, strided<[?, 1]>>) {
  memref.copy %a, %b : memref<?x4xi8> to memref<?x4xi8, strided<[?, 1]>>
  return
}

// One element at an offset.
// CHECK-LABEL: func.func @scalar(
//       CHECK:   linalg.generic {{.*}}iterator_types = []
func.func @scalar(%a: memref<f32, strided<[], offset: ?>>, %b: memref<f32>) {
  memref.copy %a, %b : memref<f32, strided<[], offset: ?>> to memref<f32>
  return
}

// A dense copy is a memcpy, which is as fast as memory is.
// CHECK-LABEL: func.func @dense(
//       CHECK:   memref.copy
//   CHECK-NOT:   linalg.generic
func.func @dense(%a: memref<?x4xf32>, %b: memref<?x4xf32>) {
  memref.copy %a, %b : memref<?x4xf32> to memref<?x4xf32>
  return
}
