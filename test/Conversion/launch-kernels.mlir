// RUN: snn-opt %s --snn-launch-kernels --split-input-file | FileCheck %s

// An iteration in each thread; the last dimension counts first.
// CHECK-LABEL: func.func @parallel(
//       CHECK:   gpu.launch blocks(%[[B:[a-z0-9_]+]], {{.*}} module(@kernels) function(@parallel_step)
//       CHECK:     %[[FIRST:.*]] = arith.muli %[[B]]
//       CHECK:     %[[ID:.*]] = arith.addi %[[FIRST]]
//       CHECK:     scf.if
//       CHECK:       %[[J:.*]] = arith.remui %[[ID]]
//       CHECK:       %[[I:.*]] = arith.divui %[[ID]]
//       CHECK:       memref.store %{{.*}}, %{{.*}}[%[[I]], %[[J]]]
//       CHECK:     gpu.terminator
func.func @parallel(%m: memref<?x8xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %v = arith.constant 1.0 : f32
  scf.parallel (%i, %j) = (%c0, %c0) to (%n, %c8) step (%c1, %c1) {
    memref.store %v, %m[%i, %j] : memref<?x8xf32>
    scf.reduce
  }
  return
}

// -----

// A loop over blocks says how it is launched.
// CHECK-LABEL: func.func @blocks(
//       CHECK:   %[[SHARED:.*]] = arith.constant 512 : i32
//       CHECK:   gpu.launch {{.*}} %{{.*}} = %[[N:[a-z0-9_]+]], {{.*}} dynamic_shared_memory_size %[[SHARED]] {{.*}}function(@blocks_mine)
func.func @blocks(%m: memref<?xf32>, %n: index) {
  %v = arith.constant 1.0 : f32
  scf.forall (%b) in (%n) {
    memref.store %v, %m[%b] : memref<?xf32>
  } {mapping = [#gpu.block<x>],
     snn.kernel = {name = "mine", threads = 64 : i64, shared = 512 : i64}}
  return
}

// -----

// Any other op runs in one thread; its result, which a later kernel reads, goes
// through memory.
// CHECK-LABEL: func.func @alone(
//       CHECK:   %[[BOX:.*]] = memref.alloc() : memref<1xf32>
//       CHECK:   gpu.launch
//       CHECK:     scf.for
//       CHECK:     memref.store %{{.*}}, %[[BOX]]
//       CHECK:   gpu.launch
//       CHECK:     memref.load %[[BOX]]
//   CHECK-NOT:   call @snn_cuda_read
func.func @alone(%m: memref<?xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %sum = scf.for %i = %c0 to %n step %c1 iter_args(%s = %zero) -> (f32) {
    %x = memref.load %m[%i] : memref<?xf32>
    %t = arith.addf %s, %x : f32
    scf.yield %t : f32
  }
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    memref.store %sum, %m[%i] : memref<?xf32>
    scf.reduce
  }
  return
}

// -----

// Divisions of sizes stay on the host. What bounds a loop of the host is read
// from the device.
// CHECK-LABEL: func.func @span(
//  CHECK-SAME:   %[[M:.*]]: memref<?xf32>, %[[SPAN:.*]]: memref<index>, %[[N:.*]]: index)
//       CHECK:   arith.divui %[[N]]
//       CHECK:   call @snn_cuda_read
//       CHECK:   scf.for
//       CHECK:     gpu.launch
func.func @span(%m: memref<?xf32>, %span: memref<index>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %v = arith.constant 1.0 : f32
  %half = arith.divui %n, %c2 : index
  %step = memref.load %span[] : memref<index>
  scf.for %t = %c0 to %n step %step {
    scf.parallel (%i) = (%c0) to (%half) step (%c1) {
      memref.store %v, %m[%i] : memref<?xf32>
      scf.reduce
    }
  }
  return
}

// -----

// What is of the host stays there, with kernels of its own.
// CHECK-LABEL: func.func @host(
//  CHECK-SAME:     %[[M:.*]]: memref<?xf32>
//   CHECK-NOT:   gpu.launch
//       CHECK:   %[[AT:.*]] = memref.extract_aligned_pointer_as_index %[[M]]
//       CHECK:   %[[DONE:.*]] = call @ask(%[[AT]])
//       CHECK:   %[[LEFT:.*]] = arith.cmpi eq, %[[DONE]]
//       CHECK:   scf.if %[[LEFT]] {
//       CHECK:     gpu.launch {{.*}}function(@host_mine)
//   CHECK-NOT:   scf.forall
func.func private @ask(index) -> index
func.func @host(%m: memref<?xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %v = arith.constant 1.0 : f32
  scf.forall (%one) in (1) {
    %at = memref.extract_aligned_pointer_as_index %m : memref<?xf32> -> index
    %done = func.call @ask(%at) : (index) -> index
    %left = arith.cmpi eq, %done, %c0 : index
    scf.if %left {
      scf.forall (%b) in (%n) {
        memref.store %v, %m[%b] : memref<?xf32>
      } {mapping = [#gpu.block<x>], snn.kernel = {name = "mine", threads = 64 : i64}}
    }
  } {mapping = [#gpu.block<x>], snn.kernel = {host, name = "outer"}}
  return
}
