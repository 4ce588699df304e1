// The model becomes a function that writes its results to the caller's memory.
// RUN: snn-opt %s --snn-emit-entry --allow-unregistered-dialect --split-input-file | FileCheck %s

// Arguments, results, scalars and whether to record; time and batch may have
// any distance, what is behind them is dense.
// CHECK-LABEL: func.func @model(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: memref<?x?x4xf32, strided<[?, 4, 1]>> {snn.sequence}, %[[W:[a-z0-9]+]]: memref<4x4xf32>, %[[Y:[a-z0-9]+]]: memref<?x?x4xf32, strided<[?, 4, 1]>> {snn.sequence}, %[[P:[a-z0-9]+]]: i64, %[[B:[a-z0-9]+]]: i64, %{{[a-z0-9]+}}: i1) {
//   CHECK-DAG:   %[[XT:.*]] = bufferization.to_tensor %[[X]] restrict
//   CHECK-DAG:   %[[WT:.*]] = bufferization.to_tensor %[[W]] restrict
//       CHECK:   %[[R:.*]] = "test.op"(%[[XT]], %[[WT]], %[[P]], %[[B]])
//       CHECK:   bufferization.materialize_in_destination %[[R]] in restrict writable %[[Y]]
//  CHECK-NEXT:   return
func.func @model(%x: tensor<?x?x4xf32>, %w: tensor<4x4xf32> {snn.param = "w"},
                 %position: i64 {snn.position}, %batch: i64 {snn.batch})
    -> tensor<?x?x4xf32> {
  %y = "test.op"(%x, %w, %position, %batch)
      : (tensor<?x?x4xf32>, tensor<4x4xf32>, i64, i64) -> tensor<?x?x4xf32>
  return %y : tensor<?x?x4xf32>
}

// -----

// The batch is the last dynamic dimension. Where it is first, or static, memory
// is dense.
// CHECK-LABEL: func.func @layouts(
//  CHECK-SAME:   memref<8x?x2x4xf32, strided<[?, 8, 4, 1]>> {snn.sequence}, %{{[a-z0-9]+}}: memref<?x4xf32> {snn.sequence}, %{{[a-z0-9]+}}: memref<3x?x4xf32, strided<[?, 4, 1]>> {snn.sequence}, %{{[a-z0-9]+}}: memref<8x2x4xf32>
func.func @layouts(%a: tensor<8x?x2x4xf32>, %b: tensor<?x4xf32>,
                   %c: tensor<3x?x4xf32>, %d: tensor<8x2x4xf32>) {
  return
}

// -----

// Records are copied on request, other results always written: a buffer for a
// record may be null.
// CHECK-LABEL: func.func @record(
//  CHECK-SAME:   %{{[a-z0-9]+}}: memref{{.*}}, %[[Y:[a-z0-9]+]]: memref<{{[^:]*}}, %[[R:[a-z0-9]+]]: memref<{{[^:]*}}, %[[ON:[a-z0-9]+]]: i1)
//       CHECK:   bufferization.materialize_in_destination %{{.*}} in restrict writable %[[Y]]
//       CHECK:   scf.if %[[ON]] {
//       CHECK:     %[[SPIKES:.*]] = bufferization.to_buffer %{{.*}} read_only
//       CHECK:     memref.copy %[[SPIKES]], %[[R]]
//       CHECK:   }
func.func @record(%x: tensor<?x?x4xi8>)
    -> (tensor<?x?x4xi8>, tensor<?x?x4xi8> {snn.record = "h"}) {
  return %x, %x : tensor<?x?x4xi8>, tensor<?x?x4xi8>
}

// -----

// What only records need is computed on request, too; the rest always is.
// CHECK-LABEL: func.func @record_only(
//  CHECK-SAME:   %[[ON:[a-z0-9]+]]: i1)
//       CHECK:   %[[Y:.*]] = math.absf
//       CHECK:   bufferization.materialize_in_destination %[[Y]]
//       CHECK:   scf.if %[[ON]] {
//  CHECK-NEXT:     %[[A:.*]] = math.ceil %[[Y]]
//  CHECK-NEXT:     %[[B:.*]] = math.floor %[[A]]
//  CHECK-NEXT:     bufferization.to_buffer %[[B]] read_only
func.func @record_only(%x: tensor<?x?x4xf32>)
    -> (tensor<?x?x4xf32>, tensor<?x?x4xf32> {snn.record = "h"}) {
  %y = math.absf %x : tensor<?x?x4xf32>
  %a = math.ceil %y : tensor<?x?x4xf32>
  %b = math.floor %a : tensor<?x?x4xf32>
  return %y, %b : tensor<?x?x4xf32>, tensor<?x?x4xf32>
}

// -----

// Private functions are not models.
// CHECK: func.func private @helper(%{{.*}}: tensor<4xf32>) -> tensor<4xf32>
func.func private @helper(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
