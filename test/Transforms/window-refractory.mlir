// Windows of one spike at most, and why not.
// RUN: snn-opt %s -split-input-file -snn-window-refractory -canonicalize | FileCheck %s

// The counts before and after the run are those of the start or of a spike; the
// potential is the reset where one of the last 3 steps fired.
// CHECK-LABEL: @held
// CHECK-SAME: %[[X:.*]]: tensor<?x?x4xf32>, %[[V0:.*]]: tensor<?x4xf32> {snn.state = "v"}, %[[R0:.*]]: tensor<?x4xi32> {snn.state = "r"})
// CHECK-SAME: done = "window-refractory: windows of 3 steps"
// CHECK: snn.recurrent ins(%[[X]] : tensor<?x?x4xf32>) skip 3
// CHECK-SAME: state(%[[V0]], %[[R0]], %{{.*}} : tensor<?x4xf32>, tensor<?x4xi32>, tensor<?x4xi32>) history
// CHECK: ^bb0(%[[XW:.*]]: tensor<?x?x4xf32>, %[[FB:.*]]: tensor<?x?x4xi1>, %[[V:.*]]: tensor<?x4xf32>, %[[H:.*]]: tensor<?x4xi32>, %[[G:.*]]: tensor<?x4xi32>)
// CHECK: snn.neuron ins(%[[XW]], %[[FB]] : {{.*}}) init(%[[V]], %[[H]] :
// CHECK: ^bb0(%[[XT:.*]]: f32, %[[AGO:.*]]: i1, %[[VT:.*]]: f32, %[[HT:.*]]: i32)
// CHECK-DAG: %[[FROM:.*]] = arith.select %[[AGO]], %{{.*}}, %[[VT]] : f32
// CHECK-DAG: arith.cmpi sgt, %[[HT]], %{{.*}} : i32
// CHECK: snn.refractory event 2 %{{.*}} init(%[[G]]
// CHECK: snn.yield %[[Z:.*]] : tensor<?x?x4xi1> feedback(%[[Z]] :
// CHECK: linalg.reduce
// CHECK: arith.select
// CHECK: arith.cmpi sgt
// CHECK: arith.select
func.func @held(%x: tensor<?x?x4xf32>, %v0: tensor<?x4xf32> {snn.state = "v"},
                %r0: tensor<?x4xi32> {snn.state = "r"})
    -> (tensor<?x?x4xi1>, tensor<?x4xf32> {snn.state = "v"},
        tensor<?x4xi32> {snn.state = "r"}) {
  %s, %v, %r = snn.lif %x init(%v0, %r0 : tensor<?x4xf32>, tensor<?x4xi32>)
      {decay = 0.5, threshold = 1.0, reset = #snn.reset<value, 0.25>,
       refractory = 2, hold = #snn.hold<state>} : tensor<?x?x4xf32>
  return %s, %v, %r : tensor<?x?x4xi1>, tensor<?x4xf32>, tensor<?x4xi32>
}

// -----

// In the body of a recurrence with windows of 2 steps, the spikes are one
// feedback more, of span 4.
// CHECK-LABEL: @in_body
// CHECK: snn.recurrent ins(%{{.*}} : tensor<?x?x4xf32>) skip 2, 4
// CHECK: ^bb0(%{{.*}}, %{{.*}}: tensor<?x?x4xi1>, %[[FB:.*]]: tensor<?x?x4xi1>, %[[V:.*]]: tensor<?x4xf32>, %[[H:.*]]: tensor<?x4xi32>, %[[G:.*]]: tensor<?x4xi32>)
// CHECK: snn.neuron ins(%{{.*}}, %[[FB]] : {{.*}}) init(%[[V]], %[[H]] :
// CHECK: snn.refractory event 3 %{{.*}} init(%[[G]]
// CHECK-NOT: snn.recurrent
// CHECK: history(tensor<2x?x4xi1>, tensor<4x?x4xi1>)
func.func @in_body(%x: tensor<?x?x4xf32>, %w: tensor<4x4xf32> {snn.param = "w"})
    -> tensor<?x?x4xi1> {
  %s, %v, %r, %h = snn.recurrent ins(%x : tensor<?x?x4xf32>) skip 2 {
  ^bb0(%xw: tensor<?x?x4xf32>, %fb: tensor<?x?x4xi1>, %v0: tensor<?x4xf32>,
       %r0: tensor<?x4xi32>):
    %y = snn.linear %fb, %w : tensor<?x?x4xi1>, tensor<4x4xf32>
    %i = arith.addf %xw, %y : tensor<?x?x4xf32>
    %z, %v1, %r1 = snn.lif %i init(%v0, %r0 : tensor<?x4xf32>, tensor<?x4xi32>)
        {decay = 0.5, threshold = 1.0, refractory = 3, hold = #snn.hold<state>}
        : tensor<?x?x4xf32>
    snn.yield %z : tensor<?x?x4xi1> feedback(%z : tensor<?x?x4xi1>)
        state(%v1, %r1 : tensor<?x4xf32>, tensor<?x4xi32>)
  } -> (tensor<?x?x4xi1>) state(tensor<?x4xf32>, tensor<?x4xi32>)
    history(tensor<2x?x4xi1>)
  return %s : tensor<?x?x4xi1>
}

// -----

// CHECK-LABEL: @long
// CHECK-SAME: not done, its recurrence runs 5 steps together, more than 4
// CHECK: skip 5
func.func @long(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xi1> {
  %s, %v, %r, %h = snn.recurrent ins(%x : tensor<?x?x4xf32>) skip 5 {
  ^bb0(%xw: tensor<?x?x4xf32>, %fb: tensor<?x?x4xi1>, %v0: tensor<?x4xf32>,
       %r0: tensor<?x4xi32>):
    %z, %v1, %r1 = snn.lif %xw init(%v0, %r0 : tensor<?x4xf32>, tensor<?x4xi32>)
        {decay = 0.5, threshold = 1.0, refractory = 3, hold = #snn.hold<state>}
        : tensor<?x?x4xf32>
    snn.yield %z : tensor<?x?x4xi1> feedback(%z : tensor<?x?x4xi1>)
        state(%v1, %r1 : tensor<?x4xf32>, tensor<?x4xi32>)
  } -> (tensor<?x?x4xi1>) state(tensor<?x4xf32>, tensor<?x4xi32>)
    history(tensor<5x?x4xi1>)
  return %s : tensor<?x?x4xi1>
}

// -----

// CHECK-LABEL: @backwards
// CHECK-SAME: not done, its time runs backwards
func.func @backwards(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xi1> {
  %s, %v, %r, %h = snn.recurrent reverse ins(%x : tensor<?x?x4xf32>) skip 2 {
  ^bb0(%xw: tensor<?x?x4xf32>, %fb: tensor<?x?x4xi1>, %v0: tensor<?x4xf32>,
       %r0: tensor<?x4xi32>):
    %z, %v1, %r1 = snn.lif %xw init(%v0, %r0 : tensor<?x4xf32>, tensor<?x4xi32>)
        {decay = 0.5, threshold = 1.0, refractory = 3, hold = #snn.hold<state>}
        : tensor<?x?x4xf32>
    snn.yield %z : tensor<?x?x4xi1> feedback(%z : tensor<?x?x4xi1>)
        state(%v1, %r1 : tensor<?x4xf32>, tensor<?x4xi32>)
  } -> (tensor<?x?x4xi1>) state(tensor<?x4xf32>, tensor<?x4xi32>)
    history(tensor<2x?x4xi1>)
  return %s : tensor<?x?x4xi1>
}

// -----

// Held inputs and emissions let the potential go on, a reset by subtraction
// leaves no constant, and without a counter nothing is held.
// CHECK-LABEL: @refused
// CHECK-SAME: done = "window-refractory: not done, no counter holds its potential at a constant after a spike", layer = "lif0"
// CHECK-SAME: not done, no counter holds its potential at a constant after a spike", layer = "lif1"
// CHECK-SAME: not done, no counter holds its potential at a constant after a spike", layer = "lif2"
// CHECK-SAME: not done, no counter holds its potential at a constant after a spike", layer = "lif3"
// CHECK-SAME: not done, its potential is an output", layer = "lif4"
// CHECK-NOT: snn.recurrent
func.func @refused(%x: tensor<?x?x4xf32>)
    -> (tensor<?x?x4xi1>, tensor<?x?x4xi1>, tensor<?x?x4xi1>, tensor<?x?x4xi1>,
        tensor<?x?x4xi1>, tensor<?x?x4xf32>) {
  %s0, %v0, %r0 = snn.lif %x {decay = 0.5, threshold = 1.0, refractory = 2,
      hold = #snn.hold<input>} : tensor<?x?x4xf32>
  %s1, %v1, %r1 = snn.lif %x {decay = 0.5, threshold = 1.0, refractory = 2,
      hold = #snn.hold<emission>} : tensor<?x?x4xf32>
  %s2, %v2, %r2 = snn.lif %x {decay = 0.5, threshold = 1.0, refractory = 2,
      hold = #snn.hold<state>, reset = #snn.reset<subtract>} : tensor<?x?x4xf32>
  %s3, %v3 = snn.lif %x {decay = 0.5, threshold = 1.0} : tensor<?x?x4xf32>
  %s4, %u4, %v4, %r4 = snn.lif %x {decay = 0.5, threshold = 1.0, refractory = 2,
      hold = #snn.hold<state>, potential = #snn.potential<after_reset>}
      : tensor<?x?x4xf32>
  return %s0, %s1, %s2, %s3, %s4, %u4 : tensor<?x?x4xi1>, tensor<?x?x4xi1>,
      tensor<?x?x4xi1>, tensor<?x?x4xi1>, tensor<?x?x4xi1>, tensor<?x?x4xf32>
}

// -----

// A parameter is no constant that a restart could be told; a counter that
// counts otherwise is another step; and a third state goes on while it is held.
// CHECK-LABEL: @other
// CHECK-SAME: not done, its reset is not a constant, or its counter is no countdown", layer = "neuron0"
// CHECK-SAME: not done, its reset is not a constant, or its counter is no countdown", layer = "neuron1"
// CHECK-SAME: not done, it has other states than a potential and a counter", layer = "neuron2"
// CHECK-SAME: not done, its time runs backwards", layer = "neuron3"
// CHECK-SAME: not done, its step reads tables", layer = "neuron4"
// CHECK-NOT: snn.recurrent
func.func @other(%x: tensor<?x?x4xf32>, %p: f32 {snn.param = "p"},
                 %t: tensor<9xf32> {snn.param = "t"})
    -> (tensor<?x?x4xi1>, tensor<?x?x4xi1>, tensor<?x?x4xi1>, tensor<?x?x4xi1>,
        tensor<?x?x4xi1>) {
  %s0, %vT0, %rT0 = snn.neuron ins(%x : tensor<?x?x4xf32>)
      params(%p : f32) {
  ^bb0(%xt: f32, %pt: f32, %v: f32, %r: i32):
    %one = arith.constant 1.0 : f32
    %rest = arith.constant 0.5 : f32
    %zero = arith.constant 0 : i32
    %step = arith.constant 1 : i32
    %period = arith.constant 2 : i32
    %holds = arith.cmpi sgt, %r, %zero : i32
    %free = arith.cmpi sle, %r, %zero : i32
    %less = arith.subi %r, %step : i32
    %left = arith.maxsi %less, %zero : i32
    %sum = arith.addf %v, %xt : f32
    %u = arith.select %holds, %v, %sum : f32
    %crosses = arith.cmpf oge, %u, %one : f32
    %fires = arith.andi %crosses, %free : i1
    %v1 = arith.select %fires, %pt, %u : f32
    %r1 = arith.select %fires, %period, %left : i32
    snn.yield %fires : i1 state(%v1, %r1 : f32, i32)
  } -> (tensor<?x?x4xi1>) state(tensor<?x4xf32>, tensor<?x4xi32>)
  %s1, %vT1, %rT1 = snn.neuron ins(%x : tensor<?x?x4xf32>) {
  ^bb0(%xt: f32, %v: f32, %r: i32):
    %one = arith.constant 1.0 : f32
    %rest = arith.constant 0.5 : f32
    %zero = arith.constant 0 : i32
    %step = arith.constant 1 : i32
    %period = arith.constant 2 : i32
    %holds = arith.cmpi sgt, %r, %zero : i32
    %free = arith.cmpi sle, %r, %zero : i32
    %less = arith.subi %r, %step : i32
    %left = arith.select %holds, %less, %zero : i32
    %sum = arith.addf %v, %xt : f32
    %u = arith.select %holds, %v, %sum : f32
    %crosses = arith.cmpf oge, %u, %one : f32
    %fires = arith.andi %crosses, %free : i1
    %v1 = arith.select %fires, %rest, %u : f32
    %r1 = arith.select %fires, %period, %left : i32
    snn.yield %fires : i1 state(%v1, %r1 : f32, i32)
  } -> (tensor<?x?x4xi1>) state(tensor<?x4xf32>, tensor<?x4xi32>)
  %s2, %vT2, %rT2, %aT2 = snn.neuron ins(%x : tensor<?x?x4xf32>) {
  ^bb0(%xt: f32, %v: f32, %r: i32, %a: f32):
    %one = arith.constant 1.0 : f32
    %rest = arith.constant 0.5 : f32
    %zero = arith.constant 0 : i32
    %step = arith.constant 1 : i32
    %period = arith.constant 2 : i32
    %holds = arith.cmpi sgt, %r, %zero : i32
    %free = arith.cmpi sle, %r, %zero : i32
    %less = arith.subi %r, %step : i32
    %left = arith.maxsi %less, %zero : i32
    %sum = arith.addf %v, %xt : f32
    %u = arith.select %holds, %v, %sum : f32
    %crosses = arith.cmpf oge, %u, %one : f32
    %fires = arith.andi %crosses, %free : i1
    %v1 = arith.select %fires, %rest, %u : f32
    %r1 = arith.select %fires, %period, %left : i32
    %a1 = arith.addf %a, %xt : f32
    snn.yield %fires : i1 state(%v1, %r1, %a1 : f32, i32, f32)
  } -> (tensor<?x?x4xi1>) state(tensor<?x4xf32>, tensor<?x4xi32>, tensor<?x4xf32>)
  %s3, %vT3, %rT3 = snn.neuron reverse ins(%x : tensor<?x?x4xf32>) {
  ^bb0(%xt: f32, %v: f32, %r: i32):
    %one = arith.constant 1.0 : f32
    %rest = arith.constant 0.5 : f32
    %zero = arith.constant 0 : i32
    %step = arith.constant 1 : i32
    %period = arith.constant 2 : i32
    %holds = arith.cmpi sgt, %r, %zero : i32
    %free = arith.cmpi sle, %r, %zero : i32
    %less = arith.subi %r, %step : i32
    %left = arith.maxsi %less, %zero : i32
    %sum = arith.addf %v, %xt : f32
    %u = arith.select %holds, %v, %sum : f32
    %crosses = arith.cmpf oge, %u, %one : f32
    %fires = arith.andi %crosses, %free : i1
    %v1 = arith.select %fires, %rest, %u : f32
    %r1 = arith.select %fires, %period, %left : i32
    snn.yield %fires : i1 state(%v1, %r1 : f32, i32)
  } -> (tensor<?x?x4xi1>) state(tensor<?x4xf32>, tensor<?x4xi32>)
  %s4, %vT4, %rT4 = snn.neuron ins(%x : tensor<?x?x4xf32>)
      tables(%t : tensor<9xf32>) {
  ^bb0(%xt: f32, %tt: f32, %v: f32, %r: i32):
    %one = arith.constant 1.0 : f32
    %rest = arith.constant 0.5 : f32
    %zero = arith.constant 0 : i32
    %step = arith.constant 1 : i32
    %period = arith.constant 2 : i32
    %holds = arith.cmpi sgt, %r, %zero : i32
    %free = arith.cmpi sle, %r, %zero : i32
    %less = arith.subi %r, %step : i32
    %left = arith.maxsi %less, %zero : i32
    %sum = arith.addf %v, %xt : f32
    %u = arith.select %holds, %v, %sum : f32
    %crosses = arith.cmpf oge, %u, %tt : f32
    %fires = arith.andi %crosses, %free : i1
    %v1 = arith.select %fires, %rest, %u : f32
    %r1 = arith.select %fires, %period, %left : i32
    snn.yield %fires : i1 state(%v1, %r1 : f32, i32)
  } -> (tensor<?x?x4xi1>) state(tensor<?x4xf32>, tensor<?x4xi32>)
  return %s0, %s1, %s2, %s3, %s4 : tensor<?x?x4xi1>, tensor<?x?x4xi1>,
      tensor<?x?x4xi1>, tensor<?x?x4xi1>, tensor<?x?x4xi1>
}
