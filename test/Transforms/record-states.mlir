// Every state that a function returns is returned at every step, too.
// RUN: snn-opt %s --snn-record-states | FileCheck %s

// CHECK-LABEL: func.func @states(
//  CHECK-SAME:   -> (tensor<5x?x4xi1>, tensor<?x4xf32> {snn.state = "lif.v"}, tensor<?x4xi8> {snn.state = "lif.n"}, tensor<5x?x4xf32> {snn.record = "lif.v"}, tensor<5x?x4xi8> {snn.record = "lif.n"})
//       CHECK:   %[[Y:.*]]:3, %[[F:.*]]:2 = snn.neuron
//       CHECK:     snn.yield %[[S:.*]], %[[V:.*]], %[[N:.*]] : i1, f32, i8 state(%[[V]], %[[N]] : f32, i8)
//       CHECK:   return %[[Y]]#0, %[[F]]#0, %[[F]]#1, %[[Y]]#1, %[[Y]]#2
func.func @states(%x: tensor<5x?x4xf32>,
                  %v0: tensor<?x4xf32> {snn.state = "lif.v"},
                  %n0: tensor<?x4xi8> {snn.state = "lif.n"})
    -> (tensor<5x?x4xi1>, tensor<?x4xf32> {snn.state = "lif.v"},
        tensor<?x4xi8> {snn.state = "lif.n"}) {
  %s, %v1, %n1 = snn.neuron ins(%x : tensor<5x?x4xf32>)
      init(%v0, %n0 : tensor<?x4xf32>, tensor<?x4xi8>) {
  ^bb0(%i: f32, %v: f32, %n: i8):
    %one = arith.constant 1 : i8
    %theta = arith.constant 1.0 : f32
    %u = arith.addf %v, %i : f32
    %m = arith.addi %n, %one : i8
    %fired = arith.cmpf oge, %u, %theta : f32
    snn.yield %fired : i1 state(%u, %m : f32, i8)
  } -> (tensor<5x?x4xi1>) state(tensor<?x4xf32>, tensor<?x4xi8>)
  return %s, %v1, %n1 : tensor<5x?x4xi1>, tensor<?x4xf32>, tensor<?x4xi8>
}

// A state that stays inside stays unrecorded.
// CHECK-LABEL: func.func @inside(
//  CHECK-SAME:   -> tensor<?x?x4xf32>
func.func @inside(%x: tensor<?x?x4xf32>, %v0: tensor<?x4xf32>)
    -> tensor<?x?x4xf32> {
  %y, %v1 = snn.neuron ins(%x : tensor<?x?x4xf32>)
      init(%v0 : tensor<?x4xf32>) {
  ^bb0(%i: f32, %v: f32):
    %u = arith.addf %v, %i : f32
    snn.yield %u : f32 state(%u : f32)
  } -> (tensor<?x?x4xf32>) state(tensor<?x4xf32>)
  return %y : tensor<?x?x4xf32>
}
