// Dense memrefs are expanded by reinterpretation.
// RUN: snn-opt %s --snn-reinterpret-expanded-shapes | FileCheck %s

// Two dynamic sizes in one group, which upstream does not expand.
// CHECK-LABEL: func.func @two_sizes(
//  CHECK-SAME:   %[[M:[a-z0-9]+]]: memref<?x4xf32>, %[[T:[a-z0-9]+]]: index, %[[B:[a-z0-9]+]]: index
//       CHECK:   %[[C4:.*]] = arith.constant 4 : index
//       CHECK:   %[[STRIDE:.*]] = arith.muli %{{.*}}
//       CHECK:   %[[R:.*]] = memref.reinterpret_cast %[[M]] to offset: [0], sizes: [%[[T]], %[[B]], 4], strides: [%[[STRIDE]], 4, 1]
//       CHECK:   %[[E:.*]] = memref.cast %[[R]] : {{.*}} to memref<?x?x4xf32>
//       CHECK:   return %[[E]]
func.func @two_sizes(%m: memref<?x4xf32>, %t: index, %b: index)
    -> memref<?x?x4xf32> {
  %e = memref.expand_shape %m [[0, 1], [2]] output_shape [%t, %b, 4]
      : memref<?x4xf32> into memref<?x?x4xf32>
  return %e : memref<?x?x4xf32>
}

// Static sizes are constants.
// CHECK-LABEL: func.func @static(
//       CHECK:   memref.reinterpret_cast %{{.*}} to offset: [0], sizes: [2, 3, 4], strides: [12, 4, 1]
func.func @static(%m: memref<6x4xf32>) -> memref<2x3x4xf32> {
  %e = memref.expand_shape %m [[0, 1], [2]] output_shape [2, 3, 4]
      : memref<6x4xf32> into memref<2x3x4xf32>
  return %e : memref<2x3x4xf32>
}

// The strides of a memref that is not dense are its own.
// CHECK-LABEL: func.func @strided(
//       CHECK:   memref.expand_shape
//   CHECK-NOT:   memref.reinterpret_cast
func.func @strided(%m: memref<6x4xf32, strided<[8, 1]>>)
    -> memref<2x3x4xf32, strided<[24, 8, 1]>> {
  %e = memref.expand_shape %m [[0, 1], [2]] output_shape [2, 3, 4]
      : memref<6x4xf32, strided<[8, 1]>>
      into memref<2x3x4xf32, strided<[24, 8, 1]>>
  return %e : memref<2x3x4xf32, strided<[24, 8, 1]>>
}
