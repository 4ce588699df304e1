// RUN: snn-opt %s --convert-snn-to-gpu --split-input-file | FileCheck %s

// A thread composes the map of its steps, the block that of its warps. It tells
// that in words of which half says that they are there, looks back over what
// blocks before it have told, tells its end, and runs its steps.

// CHECK-LABEL: func.func @real(
//       CHECK:   linalg.fill ins({{.*}} : i64)
//       CHECK:   scf.forall
//   CHECK-NOT:     nvgpu.device_async_copy
//       CHECK:     nvvm.bar.warp.sync
//       CHECK:     gpu.barrier
//       CHECK:     llvm.store {{.*}} atomic syncscope("device") monotonic
//       CHECK:     scf.while
//       CHECK:       nvvm.vote.sync any
//       CHECK:       scf.while
//       CHECK:         llvm.load {{.*}} atomic syncscope("device") monotonic
//       CHECK:       gpu.barrier
//       CHECK:     llvm.store {{.*}} atomic syncscope("device") monotonic
//       CHECK:     nvvm.vote.sync ballot
//       CHECK:   name = "neuron_scan1", shared = {{[0-9]+}} : i64, threads = 256 : i64
//       CHECK:   name = "neuron_loop1"
func.func @real(%x: tensor<?x?x3xf32>) -> tensor<?x?x1xi32> {
  %decay = arith.constant 0.99 : f32
  %one = arith.constant 1.0 : f32
  %y, %v = snn.neuron ins(%x : tensor<?x?x3xf32>)
      attributes {schedule = #snn.schedule<scan>} {
  ^bb0(%x0: f32, %v0: f32):
    %0 = arith.mulf %v0, %decay : f32
    %v1 = arith.addf %0, %x0 : f32
    %s = arith.cmpf oge, %v1, %one : f32
    snn.yield %s : i1 state(%v1 : f32)
  } -> (tensor<?x?x3xi1>) state(tensor<?x3xf32>)
  %w = snn.pack %y : tensor<?x?x3xi1>
  return %w : tensor<?x?x1xi32>
}

// -----

// A factor that changes with time is an input. The steps of a thread in reverse
// are those of a sequence from its end. Four neurons a thread go one step after
// the other, for there are enough of them.

// CHECK-LABEL: func.func @varying(
// CHECK-SAME:    %[[X:[^ ]*]]: tensor<?x?x4xf32>, %[[A:[^ ]*]]: tensor<?x?x4xf32>
//       CHECK:   %[[STEPS:.*]] = tensor.dim %[[X]]
//       CHECK:   bufferization.to_buffer %[[A]] read_only
//       CHECK:   arith.subi {{.*}} : index
//       CHECK:   name = "neuron_loop4"
//       CHECK:   nvgpu.device_async_copy
//       CHECK:   nvgpu.device_async_wait
//       CHECK:   name = "neuron_scan1"
func.func @varying(%x: tensor<?x?x4xf32>, %a: tensor<?x?x4xf32>)
    -> tensor<?x?x4xf32> {
  %y, %v = snn.neuron reverse ins(%x, %a : tensor<?x?x4xf32>, tensor<?x?x4xf32>)
      attributes {schedule = #snn.schedule<scan>} {
  ^bb0(%x0: f32, %a0: f32, %v0: f32):
    %0 = arith.mulf %v0, %a0 : f32
    %v1 = arith.addf %0, %x0 : f32
    snn.yield %v1 : f32 state(%v1 : f32)
  } -> (tensor<?x?x4xf32>) state(tensor<?x4xf32>)
  return %y : tensor<?x?x4xf32>
}

// -----

// A map of more numbers than a thread holds runs one step after the other.

// CHECK-LABEL: func.func @large(
//   CHECK-NOT:   scan
//       CHECK:   name = "neuron_loop1"
//   CHECK-NOT:   scan
func.func @large(%x: tensor<?x?x3xf32>) -> tensor<?x?x3xf32> {
  %a = arith.constant 0.5 : f32
  %y, %v:5 = snn.neuron ins(%x : tensor<?x?x3xf32>)
      attributes {schedule = #snn.schedule<scan>} {
  ^bb0(%x0: f32, %a0: f32, %b0: f32, %c0: f32, %d0: f32, %e0: f32):
    %a1 = arith.addf %a0, %x0 : f32
    %b1 = arith.addf %b0, %a1 : f32
    %c1 = arith.addf %c0, %b1 : f32
    %d1 = arith.addf %d0, %c1 : f32
    %e1 = arith.addf %e0, %d1 : f32
    snn.yield %e1 : f32 state(%a1, %b1, %c1, %d1, %e1 : f32, f32, f32, f32, f32)
  } -> (tensor<?x?x3xf32>) state(tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>)
  return %y : tensor<?x?x3xf32>
}

// -----

// Inputs of any strides, here of every second neuron: the copies in the
// background are for rows that are dense and aligned, others go through
// registers.

// CHECK-LABEL: func.func @strided(
//       CHECK:   scf.if
//       CHECK:     nvgpu.device_async_copy {{.*}}, 4 {bypassL1}
//       CHECK:   } else {
//   CHECK-NOT:     nvgpu.device_async_copy
//       CHECK:     memref.load {{.*}} : memref<?x?x4xf32, strided<[?, ?, ?], offset: ?>>
//       CHECK:     memref.store {{.*}} #gpu.address_space<workgroup>
func.func @strided(%x: tensor<?x?x8xf32>, %steps: index, %batch: index)
    -> tensor<?x?x4xf32> {
  %decay = arith.constant 0.99 : f32
  %z = tensor.extract_slice %x [0, 0, 0] [%steps, %batch, 4] [1, 1, 2]
      : tensor<?x?x8xf32> to tensor<?x?x4xf32>
  %y, %v = snn.neuron ins(%z : tensor<?x?x4xf32>)
      attributes {schedule = #snn.schedule<scan>} {
  ^bb0(%x0: f32, %v0: f32):
    %0 = arith.mulf %v0, %decay : f32
    %v1 = arith.addf %0, %x0 : f32
    snn.yield %v1 : f32 state(%v1 : f32)
  } -> (tensor<?x?x4xf32>) state(tensor<?x4xf32>)
  return %y : tensor<?x?x4xf32>
}
