// Neurons that feed each other run in one step.
// RUN: snn-opt %s --snn-fuse-neurons | FileCheck %s

// A threshold goes into the step that reads its spikes.
// CHECK-LABEL: func.func @threshold(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: tensor<?x?x4xf32>
//   CHECK-NOT:   snn.fire
//       CHECK:   snn.neuron ins(%[[X]] : tensor<?x?x4xf32>)
//       CHECK:   ^bb0(%[[U:.*]]: f32, %[[N0:.*]]: i32):
//       CHECK:     %[[Z:.*]] = snn.fire %[[U]] {threshold = 1.000000e+00 : f64} : f32
//       CHECK:     %[[ONE:.*]] = arith.extui %[[Z]]
//       CHECK:     %[[N:.*]] = arith.addi %[[N0]], %[[ONE]]
//       CHECK:     snn.yield state(%[[N]] : i32)
func.func @threshold(%x: tensor<?x?x4xf32>) -> tensor<?x4xi32> {
  %s = snn.fire %x {threshold = 1.0} : tensor<?x?x4xf32>
  %n = snn.neuron ins(%s : tensor<?x?x4xi1>) {
  ^bb0(%z: i1, %n0: i32):
    %one = arith.extui %z : i1 to i32
    %n1 = arith.addi %n0, %one : i32
    snn.yield state(%n1 : i32)
  } state(tensor<?x4xi32>)
  return %n : tensor<?x4xi32>
}

// A sum of currents goes into the step that reads it.
// CHECK-LABEL: func.func @currents(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: tensor<?x?x4xf32>, %[[Y:[a-z0-9]+]]: tensor<?x?x4xf32>
//       CHECK:   snn.neuron ins(%[[X]], %[[Y]] : tensor<?x?x4xf32>, tensor<?x?x4xf32>)
//       CHECK:   ^bb0(%[[A:.*]]: f32, %[[B:.*]]: f32, %[[V0:.*]]: f32):
//       CHECK:     %[[I:.*]] = arith.addf %[[A]], %[[B]] : f32
//       CHECK:     arith.addf %[[V0]], %[[I]] : f32
func.func @currents(%x: tensor<?x?x4xf32>, %y: tensor<?x?x4xf32>) -> tensor<?x4xf32> {
  %i = arith.addf %x, %y : tensor<?x?x4xf32>
  %v = snn.neuron ins(%i : tensor<?x?x4xf32>) {
  ^bb0(%it: f32, %v0: f32):
    %v1 = arith.addf %v0, %it : f32
    snn.yield state(%v1 : f32)
  } state(tensor<?x4xf32>)
  return %v : tensor<?x4xf32>
}

// Not where something else reads it, or where the neuron runs in chunks of time.
// CHECK-LABEL: func.func @sums_that_stay(
//       CHECK:   %[[I:.*]] = arith.addf %{{.*}} : tensor<?x?x4xf32>
//       CHECK:   snn.neuron ins(%[[I]] : tensor<?x?x4xf32>)
//       CHECK:   %[[J:.*]] = arith.mulf %{{.*}} : tensor<?x?x4xf32>
//       CHECK:   snn.neuron ins(%[[J]] : tensor<?x?x4xf32>)
func.func @sums_that_stay(%x: tensor<?x?x4xf32>, %y: tensor<?x?x4xf32>)
    -> (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x?x4xf32>) {
  %i = arith.addf %x, %y : tensor<?x?x4xf32>
  %v = snn.neuron ins(%i : tensor<?x?x4xf32>) {
  ^bb0(%it: f32, %v0: f32):
    %v1 = arith.addf %v0, %it : f32
    snn.yield state(%v1 : f32)
  } state(tensor<?x4xf32>)
  %j = arith.mulf %x, %y : tensor<?x?x4xf32>
  %u = snn.neuron ins(%j : tensor<?x?x4xf32>)
      attributes {schedule = #snn.schedule<scan>} {
  ^bb0(%jt: f32, %u0: f32):
    %u1 = arith.addf %u0, %jt : f32
    snn.yield state(%u1 : f32)
  } state(tensor<?x4xf32>)
  return %v, %u, %i : tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x?x4xf32>
}

// The producer's step, then the consumer's; operands of each kind stand in
// that order, and the sequence between them is gone.
// CHECK-LABEL: func.func @chain(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: tensor<?x?x4xf32>, %[[Y:[a-z0-9]+]]: tensor<?x?x4xf32>, %[[P:[a-z0-9]+]]: tensor<4xf32>, %[[Q:[a-z0-9]+]]: f32
//       CHECK:   %[[OUT:.*]], %[[FINAL:.*]]:2 = snn.neuron ins(%[[X]], %[[Y]] : tensor<?x?x4xf32>, tensor<?x?x4xf32>) params(%[[P]], %[[Q]] : tensor<4xf32>, f32)
//       CHECK:   ^bb0(%[[A:.*]]: f32, %[[B:.*]]: f32, %[[PT:.*]]: f32, %[[QT:.*]]: f32, %[[V0:.*]]: f32, %[[W0:.*]]: f32):
//       CHECK:     %[[M:.*]] = arith.mulf %[[PT]], %[[V0]]
//       CHECK:     %[[V:.*]] = arith.addf %[[M]], %[[A]]
//       CHECK:     %[[C:.*]] = arith.mulf %[[QT]], %[[V]]
//       CHECK:     %[[D:.*]] = arith.addf %[[C]], %[[B]]
//       CHECK:     %[[W:.*]] = arith.addf %[[D]], %[[W0]]
//       CHECK:     snn.yield %[[W]] : f32 state(%[[V]], %[[W]] : f32, f32)
//   CHECK-NOT:   snn.neuron
//       CHECK:   return %[[OUT]], %[[FINAL]]#0, %[[FINAL]]#1
func.func @chain(%x: tensor<?x?x4xf32>, %y: tensor<?x?x4xf32>,
                 %p: tensor<4xf32>, %q: f32)
    -> (tensor<?x?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>) {
  %a, %aT = snn.neuron ins(%x : tensor<?x?x4xf32>) params(%p : tensor<4xf32>) {
  ^bb0(%xt: f32, %pt: f32, %v0: f32):
    %m = arith.mulf %pt, %v0 : f32
    %v = arith.addf %m, %xt : f32
    snn.yield %v : f32 state(%v : f32)
  } -> (tensor<?x?x4xf32>) state(tensor<?x4xf32>)
  %b, %bT = snn.neuron ins(%y, %a : tensor<?x?x4xf32>, tensor<?x?x4xf32>)
      params(%q : f32) {
  ^bb0(%yt: f32, %at: f32, %qt: f32, %w0: f32):
    %c = arith.mulf %qt, %at : f32
    %d = arith.addf %c, %yt : f32
    %w = arith.addf %d, %w0 : f32
    snn.yield %w : f32 state(%w : f32)
  } -> (tensor<?x?x4xf32>) state(tensor<?x4xf32>)
  return %b, %aT, %bT : tensor<?x?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>
}

// An output that something else reads stays an output, before the others.
// CHECK-LABEL: func.func @also_returned(
//       CHECK:   %[[OUT:.*]]:2 = snn.neuron
//       CHECK:     %[[A:.*]] = arith.negf
//       CHECK:     %[[B:.*]] = arith.addf %[[A]], %[[A]]
//       CHECK:     snn.yield %[[A]], %[[B]] : f32, f32
//       CHECK:   return %[[OUT]]#0, %[[OUT]]#1
func.func @also_returned(%x: tensor<?x?x4xf32>)
    -> (tensor<?x?x4xf32>, tensor<?x?x4xf32>) {
  %a = snn.neuron ins(%x : tensor<?x?x4xf32>) {
  ^bb0(%xt: f32):
    %n = arith.negf %xt : f32
    snn.yield %n : f32
  } -> (tensor<?x?x4xf32>)
  %b = snn.neuron ins(%a, %a : tensor<?x?x4xf32>, tensor<?x?x4xf32>) {
  ^bb0(%at: f32, %bt: f32):
    %n = arith.addf %at, %bt : f32
    snn.yield %n : f32
  } -> (tensor<?x?x4xf32>)
  return %a, %b : tensor<?x?x4xf32>, tensor<?x?x4xf32>
}

// A threshold per neuron stays where it is.
// CHECK-LABEL: func.func @per_neuron(
//       CHECK:   snn.fire %{{.*}} : tensor<?x?x4xf32>, tensor<4xf32>
//       CHECK:   snn.neuron ins(%{{.*}} : tensor<?x?x4xi1>)
func.func @per_neuron(%x: tensor<?x?x4xf32>, %t: tensor<4xf32>)
    -> tensor<?x?x4xi1> {
  %s = snn.fire %x, %t : tensor<?x?x4xf32>, tensor<4xf32>
  %n = snn.neuron ins(%s : tensor<?x?x4xi1>) {
  ^bb0(%z: i1):
    snn.yield %z : i1
  } -> (tensor<?x?x4xi1>)
  return %n : tensor<?x?x4xi1>
}

// A threshold behind a neuron goes into its step: a number and one per neuron
// as parameters, one per step as an input.
// CHECK-LABEL: func.func @behind(
//  CHECK-SAME:   %[[X:.*]]: tensor<?x?x2x4xf32>, %[[E:.*]]: tensor<?x?x2x4xf32>, %[[S:.*]]: tensor<f32>, %[[N:.*]]: tensor<2x4xf32>
//       CHECK:   snn.neuron ins(%[[X]], %[[E]] : {{.*}}) params(%[[N]], %[[S]] :
//       CHECK:   ^bb0(%{{.*}}: f32, %[[ET:.*]]: f32, %[[NT:.*]]: f32, %[[ST:.*]]: f32, %{{.*}}: f32):
//       CHECK:     %[[V:.*]] = arith.addf
//   CHECK-DAG:     snn.fire %[[V]], %[[ET]] : f32
//   CHECK-DAG:     snn.fire %[[V]], %[[ST]] : f32
//   CHECK-DAG:     snn.fire %[[V]], %[[NT]] : f32
//   CHECK-NOT:   snn.fire
func.func @behind(%x: tensor<?x?x2x4xf32>, %e: tensor<?x?x2x4xf32>,
                  %s: tensor<f32>, %n: tensor<2x4xf32>)
    -> (tensor<?x?x2x4xi1>, tensor<?x?x2x4xi1>, tensor<?x?x2x4xi1>) {
  %y, %v = snn.neuron ins(%x : tensor<?x?x2x4xf32>) {
  ^bb0(%xt: f32, %vt: f32):
    %u = arith.addf %vt, %xt : f32
    snn.yield %u : f32 state(%u : f32)
  } -> (tensor<?x?x2x4xf32>) state(tensor<?x2x4xf32>)
  %0 = snn.fire %y, %s : tensor<?x?x2x4xf32>, tensor<f32>
  %1 = snn.fire %y, %n : tensor<?x?x2x4xf32>, tensor<2x4xf32>
  %2 = snn.fire %y, %e : tensor<?x?x2x4xf32>
  return %0, %1, %2 : tensor<?x?x2x4xi1>, tensor<?x?x2x4xi1>, tensor<?x?x2x4xi1>
}

// Thresholds of some dimensions of the neurons stay where they are.
// CHECK-LABEL: func.func @some_dimensions(
//       CHECK:   snn.neuron
//       CHECK:   snn.fire %{{.*}} : tensor<?x?x2x4xf32>, tensor<4xf32>
func.func @some_dimensions(%x: tensor<?x?x2x4xf32>, %t: tensor<4xf32>)
    -> tensor<?x?x2x4xi1> {
  %y, %v = snn.neuron ins(%x : tensor<?x?x2x4xf32>) {
  ^bb0(%xt: f32, %vt: f32):
    %u = arith.addf %vt, %xt : f32
    snn.yield %u : f32 state(%u : f32)
  } -> (tensor<?x?x2x4xf32>) state(tensor<?x2x4xf32>)
  %0 = snn.fire %y, %t : tensor<?x?x2x4xf32>, tensor<4xf32>
  return %0 : tensor<?x?x2x4xi1>
}

// Another direction of time, a synapse between them, and a final state that the
// consumer starts from: the producer must be done before.
// CHECK-LABEL: func.func @apart(
// CHECK-COUNT-6: snn.neuron
func.func @apart(%x: tensor<?x?x4xf32>, %w: tensor<4x4xf32>)
    -> (tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>) {
  %a = snn.neuron ins(%x : tensor<?x?x4xf32>) {
  ^bb0(%xt: f32):
    %n = arith.negf %xt : f32
    snn.yield %n : f32
  } -> (tensor<?x?x4xf32>)
  %b = snn.neuron reverse ins(%a : tensor<?x?x4xf32>) {
  ^bb0(%xt: f32):
    %n = arith.negf %xt : f32
    snn.yield %n : f32
  } -> (tensor<?x?x4xf32>)
  %c = snn.neuron ins(%x : tensor<?x?x4xf32>) {
  ^bb0(%xt: f32):
    %n = arith.addf %xt, %xt : f32
    snn.yield %n : f32
  } -> (tensor<?x?x4xf32>)
  %i = snn.linear %c, %w : tensor<?x?x4xf32>, tensor<4x4xf32>
  %d = snn.neuron ins(%i, %c : tensor<?x?x4xf32>, tensor<?x?x4xf32>) {
  ^bb0(%it: f32, %ct: f32):
    %n = arith.addf %it, %ct : f32
    snn.yield %n : f32
  } -> (tensor<?x?x4xf32>)
  %e, %eT = snn.neuron ins(%x : tensor<?x?x4xf32>) {
  ^bb0(%xt: f32, %v0: f32):
    %n = arith.addf %xt, %v0 : f32
    snn.yield %n : f32 state(%n : f32)
  } -> (tensor<?x?x4xf32>) state(tensor<?x4xf32>)
  %f, %fT = snn.neuron ins(%e : tensor<?x?x4xf32>) init(%eT : tensor<?x4xf32>) {
  ^bb0(%xt: f32, %v0: f32):
    %n = arith.addf %xt, %v0 : f32
    snn.yield %n : f32 state(%n : f32)
  } -> (tensor<?x?x4xf32>) state(tensor<?x4xf32>)
  return %b, %d, %f : tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>
}
