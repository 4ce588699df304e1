// RUN: snn-opt %s --convert-snn-to-gpu --split-input-file | FileCheck %s

// Tiles of three sizes, of which the rows decide when the model runs; a slice
// of inputs and weights is in shared memory.

// CHECK-LABEL: func.func @analog
// CHECK: scf.if
// CHECK: scf.forall
// CHECK: gpu.dynamic_shared_memory
// CHECK: math.fma
// CHECK: name = "linear_128x128"
// CHECK-SAME: shared = 8448
// CHECK-SAME: threads = 256
// CHECK: name = "linear_64x64"
// CHECK: name = "linear_8x32"
func.func @analog(%x: tensor<?x?x96xf32>, %w: tensor<80x96xf32>)
    -> tensor<?x?x80xf32> {
  %y = snn.linear %x, %w : tensor<?x?x96xf32>, tensor<80x96xf32>
  return %y : tensor<?x?x80xf32>
}

// -----

// Words are read as they are, and a matrix that the model has input-major, too.
// A silent spike masks its weight. Behind the
// last input are weights of -0.

// CHECK-LABEL: func.func @words
// CHECK-SAME: %[[WORDS:.*]]: tensor<?x?x2xi32>, %[[W:[a-z0-9]*]]: tensor<40x4xbf16>
// CHECK: arith.constant -0.000000e+00 : f32
// CHECK: scf.forall
// CHECK: bufferization.to_buffer %[[WORDS]] read_only
// CHECK: bufferization.to_buffer %[[W]] read_only
// CHECK: gpu.barrier
// CHECK: memref.store
// CHECK: gpu.barrier
// CHECK: arith.andi {{.*}} : i32
// CHECK: arith.addf
// CHECK: arith.truncf {{.*}} : f32 to bf16
// CHECK: name = "linear_8x32"
func.func @words(%words: tensor<?x?x2xi32>, %w: tensor<40x4xbf16>)
    -> tensor<?x?x4xbf16> {
  %s = snn.unpack %words {neurons = 40} : tensor<?x?x2xi32>
  %out = tensor.empty() : tensor<4x40xbf16>
  %t = linalg.transpose ins(%w : tensor<40x4xbf16>)
      outs(%out : tensor<4x40xbf16>) permutation = [1, 0]
  %y = snn.linear %s, %t : tensor<?x?x40xi1>, tensor<4x40xbf16>
  return %y : tensor<?x?x4xbf16>
}

// -----

// Delayed groups are steps of one sequence.

// CHECK-LABEL: func.func @delayed
// CHECK: arith.constant dense<[2, 0]> : tensor<2xi64>
// CHECK-NOT: snn.delay
// CHECK: name = "linear_8x32"
func.func @delayed(%s: tensor<?x?x3xi1>, %w: tensor<4x2x3xf32>)
    -> tensor<?x?x4xf32> {
  %d, %h = snn.delay %s by [0, 2] groups : tensor<?x?x3xi1>
  %y = snn.linear %d, %w : tensor<?x?x2x3xi1>, tensor<4x2x3xf32>
  return %y : tensor<?x?x4xf32>
}

// -----

// What is in a loop that data ends stays for other passes.

// CHECK-LABEL: func.func @while
// CHECK: snn.linear
func.func @while(%x: tensor<?x?x4xf32>, %w: tensor<4x4xf32>)
    -> tensor<?x?x4xf32> {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1.0 : f32
  %y = scf.while (%v = %x) : (tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %first = tensor.extract %v[%c0, %c0, %c0] : tensor<?x?x4xf32>
    %more = arith.cmpf olt, %first, %one : f32
    scf.condition(%more) %v : tensor<?x?x4xf32>
  } do {
  ^bb0(%v: tensor<?x?x4xf32>):
    %next = snn.linear %v, %w : tensor<?x?x4xf32>, tensor<4x4xf32>
    scf.yield %next : tensor<?x?x4xf32>
  }
  return %y : tensor<?x?x4xf32>
}

// -----

// Where sums may have any order, the host asks a library first: addresses, sizes
// and the strides of rows, which are 0 where rows are not evenly spaced.

// CHECK: func.func private @snn_cuda_matmul(index, index, index, index, index, index, index, index, index, index, index) -> index
// CHECK-LABEL: func.func @library
// CHECK-SAME: %[[X:.*]]: tensor<?x?x96xf32>, %[[W:.*]]: tensor<80x96xf32>
// CHECK: %[[Y:.*]] = scf.forall (%{{.*}}) in (1) shared_outs(%[[OUT:.*]] = %{{.*}}) -> (tensor<?x?x80xf32>)
// CHECK: bufferization.to_buffer %[[OUT]]
// CHECK: bufferization.to_buffer %[[X]] read_only
// CHECK: arith.xori
// CHECK: arith.select
// CHECK: bufferization.to_buffer %[[W]] read_only
// CHECK: %[[DONE:.*]] = func.call @snn_cuda_matmul
// CHECK: %[[LEFT:.*]] = arith.cmpi eq, %[[DONE]], %{{.*}} : index
// CHECK: scf.if %[[LEFT]] {
// CHECK: scf.forall (%{{.*}}) in (%{{.*}}) {
// CHECK: name = "linear_128x128"
// CHECK: name = "linear_library"
// CHECK: return %[[Y]]
func.func @library(%x: tensor<?x?x96xf32>, %w: tensor<80x96xf32>)
    -> tensor<?x?x80xf32> {
  %y = snn.linear %x, %w {snn.bound = {coefficient = 5.8E-6, kind = "sum"}}
      : tensor<?x?x96xf32>, tensor<80x96xf32>
  return %y : tensor<?x?x80xf32>
}

// -----

// A constant has no address that the host knows.

// CHECK-LABEL: func.func @constant
// CHECK-NOT: snn_cuda_matmul
func.func @constant(%x: tensor<?x?x96xf32>) -> tensor<?x?x80xf32> {
  %w = arith.constant dense<0.5> : tensor<80x96xf32>
  %y = snn.linear %x, %w {snn.bound = {coefficient = 5.8E-6, kind = "sum"}}
      : tensor<?x?x96xf32>, tensor<80x96xf32>
  return %y : tensor<?x?x80xf32>
}
