// Neurons that forget get the schedule `speculate`, with a warm-up from their
// decay; others are left, and the report says why.
// RUN: snn-opt %s --snn-speculate-time --split-input-file | FileCheck %s
// RUN: snn-opt %s --snn-speculate-time=force --split-input-file | FileCheck %s --check-prefix=FORCE

// CHECK-LABEL: func.func @hard(
//  CHECK-SAME:   done = "speculate: 224 steps of warm-up"
//  CHECK-SAME:   why = "1 neurons do not fill the lanes, and it forgets"
//       CHECK:   snn.neuron
//  CHECK-SAME:   schedule = #snn.schedule<speculate, 224>
func.func @hard(%x: tensor<?x?x1xf32>) -> tensor<?x?x1xi1> {
  %s, %v = snn.lif %x {decay = 0.9, threshold = 1.0} : tensor<?x?x1xf32>
  return %s : tensor<?x?x1xi1>
}

// -----

// A decay that is a parameter gives the warm-up when the model runs.
// CHECK-LABEL: func.func @parameter(
//       CHECK:   schedule = #snn.schedule<speculate>
func.func @parameter(%x: tensor<?x?x1xf32>, %d: tensor<1xf32>) -> tensor<?x?x1xi1> {
  %s, %v = snn.lif %x decay(%d : tensor<1xf32>)
      {threshold = 1.0, reset = #snn.reset<subtract>} : tensor<?x?x1xf32>
  return %s : tensor<?x?x1xi1>
}

// -----

// Two states: the slower one counts.
// CHECK-LABEL: func.func @two(
//       CHECK:   schedule = #snn.schedule<speculate, 224>
func.func @two(%x: tensor<?x?x2xf32>) -> tensor<?x?x2xi1> {
  %s, %v, %c = snn.cuba_lif %x
      {synapse_decay = 0.5, decay = 0.9, threshold = 1.0} : tensor<?x?x2xf32>
  return %s : tensor<?x?x2xi1>
}

// -----

// Many neurons fill the lanes one step after the other.
// CHECK-LABEL: func.func @many(
//   CHECK-NOT:   schedule
//       CHECK:   snn.lif
// FORCE-LABEL: func.func @many(
//       FORCE:   schedule = #snn.schedule<speculate, 34>
func.func @many(%x: tensor<?x?x64xf32>) -> tensor<?x?x64xi1> {
  %s, %v = snn.lif %x {decay = 0.5, threshold = 1.0} : tensor<?x?x64xf32>
  return %s : tensor<?x?x64xi1>
}

// -----

// What does not forget is never speculated: a decay of 1, forced or not.
// CHECK-LABEL: func.func @decay_1(
//   CHECK-NOT:   schedule
//       CHECK:   snn.lif
// FORCE-LABEL: func.func @decay_1(
//  FORCE-SAME:   why = "not speculated: it does not forget"
//       FORCE:   snn.lif
func.func @decay_1(%x: tensor<?x?x1xf32>) -> tensor<?x?x1xi1> {
  %s, %v = snn.lif %x {decay = 1.0, threshold = 1.0} : tensor<?x?x1xf32>
  return %s : tensor<?x?x1xi1>
}

// -----

// Nor one that forgets in tens of thousands of steps.
// FORCE-LABEL: func.func @slow(
//  FORCE-SAME:   why = "not speculated: it forgets too slowly"
func.func @slow(%x: tensor<?x?x1xf32>) -> tensor<?x?x1xf32> {
  %v, %vT = snn.li %x {decay = 0.9999} : tensor<?x?x1xf32>
  return %v : tensor<?x?x1xf32>
}

// -----

// Time that runs backwards, and the windows of a recurrence, are left.
// FORCE-LABEL: func.func @left(
//   FORCE-NOT:   schedule
//       FORCE:   return
func.func @left(%x: tensor<?x?x1xf32>) -> (tensor<?x?x1xf32>, tensor<?x?x1xi1>) {
  %decay = arith.constant 0.5 : f32
  %h, %hT = snn.scan real reverse (%x) by (%decay) : (tensor<?x?x1xf32>), (f32)
  %s, %vT, %fT = snn.recurrent ins(%x : tensor<?x?x1xf32>) skip 16 {
  ^bb0(%xw: tensor<?x?x1xf32>, %f: tensor<?x?x1xi1>, %v: tensor<?x1xf32>):
    %z, %v1 = snn.lif %xw init(%v : tensor<?x1xf32>)
        {decay = 0.5, threshold = 1.0} : tensor<?x?x1xf32>
    snn.yield %z : tensor<?x?x1xi1> feedback(%z : tensor<?x?x1xi1>)
        state(%v1 : tensor<?x1xf32>)
  } -> (tensor<?x?x1xi1>) state(tensor<?x1xf32>) history(tensor<16x?x1xi1>)
  return %h, %s : tensor<?x?x1xf32>, tensor<?x?x1xi1>
}

// -----

// Models with many bytes per step have windows that are too short.
// CHECK-LABEL: func.func @wide(
//  CHECK-SAME:   why = "{{.*}} bytes per step make windows too short for chunks"
func.func @wide(%x: tensor<?x?x256xf32>, %w: tensor<1x256xf32>) -> tensor<?x?x1xf32> {
  %s, %v = snn.lif %x {decay = 0.5, threshold = 1.0} : tensor<?x?x256xf32>
  %i = snn.linear %s, %w : tensor<?x?x256xi1>, tensor<1x256xf32>
  %y, %yT = snn.li %i {decay = 0.5} : tensor<?x?x1xf32>
  return %y : tensor<?x?x1xf32>
}
