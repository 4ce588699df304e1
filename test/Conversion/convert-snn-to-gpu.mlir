// RUN: snn-opt %s --convert-snn-to-gpu --split-input-file | FileCheck %s

// Forms for many and for few neurons follow each other on one memory; the one
// that does not suit has no blocks.
// CHECK-LABEL: func.func @loop(
//       CHECK:   %[[OUT:.*]] = tensor.empty
//       CHECK:   %[[WIDE:.*]]:2 = scf.forall {{.*}} shared_outs(%{{.*}} = %[[OUT]], {{.*}})
//       CHECK:     gpu.thread_id  x
//       CHECK:     vector.load {{.*}} {alignment = 16 : i64} : {{.*}} vector<4xf32>
//       CHECK:     gpu.shuffle  xor
//       CHECK:   mapping = [#gpu.block<x>], snn.kernel = {name = "neuron_loop4", threads = 128 : i64}
//       CHECK:   scf.forall {{.*}} shared_outs(%{{.*}} = %[[WIDE]]#0, %{{.*}} = %[[WIDE]]#1)
//       CHECK:     nvvm.vote.sync ballot
//       CHECK:   snn.kernel = {name = "neuron_loop1"
func.func @loop(%x: tensor<?x?x64xf32>) -> tensor<?x?x2xi32> {
  %cst = arith.constant 1.0 : f32
  %y, %v = snn.neuron ins(%x : tensor<?x?x64xf32>) {
  ^bb0(%x0: f32, %v0: f32):
    %v1 = arith.addf %v0, %x0 : f32
    %s = arith.cmpf oge, %v1, %cst : f32
    snn.yield %s : i1 state(%v1 : f32)
  } -> (tensor<?x?x64xi1>) state(tensor<?x64xf32>)
  %w = snn.pack %y : tensor<?x?x64xi1>
  return %w : tensor<?x?x2xi32>
}

// -----

// Chunks of time from guesses. A block that has all chunks of its neurons runs
// those that were wrong again until none is; if there are more chunks, two
// kernels repair what was wrong, and one what is left in order.
// CHECK-LABEL: func.func @speculate(
//       CHECK:   scf.while
//       CHECK:     memref.store {{.*}} : memref<16x32xf32, #gpu.address_space<workgroup>>
//       CHECK:     gpu.barrier
//       CHECK:     nvvm.vote.sync any
//       CHECK:     gpu.barrier
//       CHECK:     %[[WRONG:.*]] = nvvm.vote.sync any
//       CHECK:     scf.condition(%[[WRONG]])
//       CHECK:   snn.kernel = {name = "neuron_team1", shared = 2112 : i64, threads = 512 : i64}
//       CHECK:   snn.kernel = {name = "neuron_chunks1"
//       CHECK:   nvvm.vote.sync any
//       CHECK:   snn.kernel = {name = "neuron_repair1"
//       CHECK:   snn.kernel = {name = "neuron_repair1"
//       CHECK:   snn.kernel = {name = "neuron_finish1"
//       CHECK:   snn.kernel = {name = "neuron_loop1"
func.func @speculate(%x: tensor<?x?x3xf32>) -> tensor<?x?x3xf32> {
  %half = arith.constant 0.5 : f32
  %y, %v = snn.neuron ins(%x : tensor<?x?x3xf32>)
      attributes {schedule = #snn.schedule<speculate, 34>} {
  ^bb0(%x0: f32, %v0: f32):
    %0 = arith.mulf %v0, %half : f32
    %v1 = arith.addf %0, %x0 : f32
    snn.yield %v1 : f32 state(%v1 : f32)
  } -> (tensor<?x?x3xf32>) state(tensor<?x3xf32>)
  return %y : tensor<?x?x3xf32>
}

// -----

// A state that the caller has not given is zero, and nobody wants the next one:
// neither is in memory. Others are cleared, neighbours at once: what another op
// reads, and that is a result as it is.
// CHECK-LABEL: func.func @states(
//       CHECK:   %[[FIRST:.*]] = arith.constant 1 : index
//       CHECK:   %[[COUNT:.*]] = arith.constant 2 : index
//       CHECK:   call @snn_cuda_clear_states(%[[FIRST]], %[[COUNT]]) : (index, index) -> ()
//   CHECK-NOT:   call @snn_cuda_clear_states
//       CHECK:   %[[HAS:.*]] = call @snn_cuda_has_state() : () -> i32
//   CHECK-NOT:   call @
//       CHECK:   scf.forall
//       CHECK:     %[[READS:.*]] = arith.cmpi ne, %[[HAS]], %{{.*}} : i32
//       CHECK:     scf.if %[[READS]]
//       CHECK:       vector.load
//       CHECK:     %[[WRITES:.*]] = arith.cmpi ne, %[[HAS]], %{{.*}} : i32
//  CHECK-NEXT:     scf.if %[[WRITES]] {
//  CHECK-NEXT:       scf.if
//       CHECK:   snn.kernel = {name = "neuron_loop4"
// The second one is read, but what it becomes is an output.
//       CHECK:   scf.forall
//       CHECK:   scf.forall
//       CHECK:     arith.cmpi ne, %[[HAS]]
//   CHECK-NOT:     arith.cmpi ne, %[[HAS]]
//       CHECK:   snn.kernel = {name = "neuron_loop4"
func.func @states(%x: tensor<?x?x64xf32>,
                  %a: tensor<?x64xf32> {snn.state = "a"},
                  %b: tensor<?x64xf32> {snn.state = "b"},
                  %c: tensor<?x64xf32> {snn.state = "c"},
                  %d: tensor<?x64xf32> {snn.state = "d"})
    -> (tensor<?x?x64xf32>, tensor<?x64xf32> {snn.state = "a"},
        tensor<?x64xf32> {snn.state = "b"}, tensor<?x64xf32> {snn.state = "c"},
        tensor<?x64xf32> {snn.state = "d"}, tensor<?x64xf32> {snn.static}) {
  %y, %a1 = snn.neuron ins(%x : tensor<?x?x64xf32>) init(%a : tensor<?x64xf32>) {
  ^bb0(%x0: f32, %v0: f32):
    %v1 = arith.addf %v0, %x0 : f32
    snn.yield %v1 : f32 state(%v1 : f32)
  } -> (tensor<?x?x64xf32>) state(tensor<?x64xf32>)
  %z, %d1 = snn.neuron ins(%y : tensor<?x?x64xf32>) init(%d : tensor<?x64xf32>) {
  ^bb0(%x0: f32, %v0: f32):
    %v1 = arith.mulf %v0, %x0 : f32
    snn.yield %v1 : f32 state(%v1 : f32)
  } -> (tensor<?x?x64xf32>) state(tensor<?x64xf32>)
  %b1 = arith.addf %b, %b : tensor<?x64xf32>
  return %z, %a1, %b1, %c, %d1, %d1 : tensor<?x?x64xf32>, tensor<?x64xf32>,
      tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>
}
