// RUN: snn-opt %s --snn-write-results-in-place | FileCheck %s

// Through a loop, a reshape and a destination.
// CHECK-LABEL: func.func @reshaped(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: tensor<8xf32>, %[[Y:[a-z0-9]+]]: memref<2x4xf32>
//       CHECK:   %[[OUT:.*]] = bufferization.to_tensor %[[Y]] restrict writable
//       CHECK:   %[[FLAT:.*]] = tensor.collapse_shape %[[OUT]]
//       CHECK:   linalg.copy {{.*}} outs(%[[FLAT]]
//       CHECK:   scf.for
//   CHECK-NOT:   tensor.empty
func.func @reshaped(%x: tensor<8xf32>, %y: memref<2x4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %0 = tensor.empty() : tensor<2x4xf32>
  %1 = tensor.collapse_shape %0 [[0, 1]] : tensor<2x4xf32> into tensor<8xf32>
  %2 = linalg.copy ins(%x : tensor<8xf32>) outs(%1 : tensor<8xf32>)
      -> tensor<8xf32>
  %3 = scf.for %i = %c0 to %c8 step %c1 iter_args(%t = %2) -> tensor<8xf32> {
    %e = tensor.extract %x[%i] : tensor<8xf32>
    %n = tensor.insert %e into %t[%i] : tensor<8xf32>
    scf.yield %n : tensor<8xf32>
  }
  %4 = tensor.expand_shape %3 [[0, 1]] output_shape [2, 4]
      : tensor<8xf32> into tensor<2x4xf32>
  bufferization.materialize_in_destination %4 in restrict writable %y
      : (tensor<2x4xf32>, memref<2x4xf32>) -> ()
  return
}

// Not what two values are made of.
// CHECK-LABEL: func.func @others(
//       CHECK:   tensor.empty() : tensor<8xf32>
//   CHECK-NOT:   to_tensor
//       CHECK:   return
func.func @others(%x: tensor<8xf32>, %y: memref<8xf32>, %z: memref<8xf32>) {
  %0 = tensor.empty() : tensor<8xf32>
  %1 = linalg.copy ins(%x : tensor<8xf32>) outs(%0 : tensor<8xf32>)
      -> tensor<8xf32>
  %2 = linalg.negf ins(%x : tensor<8xf32>) outs(%0 : tensor<8xf32>)
      -> tensor<8xf32>
  bufferization.materialize_in_destination %1 in restrict writable %y
      : (tensor<8xf32>, memref<8xf32>) -> ()
  bufferization.materialize_in_destination %2 in restrict writable %z
      : (tensor<8xf32>, memref<8xf32>) -> ()
  return
}
