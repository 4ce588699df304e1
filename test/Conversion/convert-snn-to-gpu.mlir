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

// Chunks of time from guesses, repairs of those that were wrong, and what is
// left of them in order.
// CHECK-LABEL: func.func @speculate(
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
