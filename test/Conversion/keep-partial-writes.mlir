// A vector at the start of a static tensor of more dimensions is not all of it.
// RUN: snn-opt %s --snn-keep-partial-writes \
// RUN:   --one-shot-bufferize=bufferize-function-boundaries | FileCheck %s
// RUN: snn-opt %s --snn-keep-partial-writes | FileCheck %s --check-prefix=CAST

// The second vector reads what the first write left.
// CHECK-LABEL: func.func @rest(
//       CHECK:   %[[ALLOC:.*]] = memref.alloc
//       CHECK:   memref.copy %{{.*}}, %[[ALLOC]]
//       CHECK:   vector.transfer_write
//       CHECK:   vector.transfer_read
func.func @rest(%v: vector<8xf32>, %t: tensor<1x63xf32> {bufferization.writable = false}) -> vector<8xf32> {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant 0.0 : f32
  %w = vector.transfer_write %v, %t[%c0, %c0] {in_bounds = [true]}
      : vector<8xf32>, tensor<1x63xf32>
  %r = vector.transfer_read %w[%c0, %c8], %zero {in_bounds = [true]}
      : tensor<1x63xf32>, vector<8xf32>
  return %r : vector<8xf32>
}

// Whole tensors and other offsets stay as they are.
// CAST-LABEL: func.func @others(
//   CAST-NOT:   index_cast
//       CAST:   return
func.func @others(%v: vector<8xf32>, %t: tensor<1x8xf32>, %u: tensor<?x63xf32>,
                  %i: index, %s: tensor<2x63xf32>)
    -> (tensor<1x8xf32>, tensor<?x63xf32>, tensor<2x63xf32>) {
  %c0 = arith.constant 0 : index
  %0 = vector.transfer_write %v, %t[%c0, %c0] {in_bounds = [true]}
      : vector<8xf32>, tensor<1x8xf32>
  %1 = vector.transfer_write %v, %u[%c0, %c0] {in_bounds = [true]}
      : vector<8xf32>, tensor<?x63xf32>
  %2 = vector.transfer_write %v, %s[%i, %c0] {in_bounds = [true]}
      : vector<8xf32>, tensor<2x63xf32>
  return %0, %1, %2 : tensor<1x8xf32>, tensor<?x63xf32>, tensor<2x63xf32>
}
