// Maps along time, recurrences and synapses by hand.
// RUN: snn-interp %s --print --function=histories | FileCheck %s --check-prefix=HISTORY
// RUN: snn-interp %s --print --function=feedback --position=5 | FileCheck %s --check-prefix=FEEDBACK
// RUN: snn-interp %s --print --function=sampled --position=5 | FileCheck %s --check-prefix=SAMPLED
// RUN: snn-interp %s --print --function=synapse | FileCheck %s --check-prefix=SYNAPSE
// RUN: snn-interp %s --print --function=edges | FileCheck %s --check-prefix=EDGES
// RUN: snn-interp %s --print --function=edges --f64 | FileCheck %s --check-prefix=EDGES64
// RUN: snn-interp %s --print --function=synapse --f64 | FileCheck %s --check-prefix=WIDE

// HISTORY: sum i32 [4, 1, 1]: 1 3 6 10{{$}}
// HISTORY: back i32 [4, 1, 1]: 129 128 63 20{{$}}
// HISTORY: late i32 [4, 1, 1]: 0 0 1 2{{$}}
// HISTORY: h i32 [2, 1, 1]: 3 4{{$}}
// HISTORY: early i32 [4, 1, 1]: 3 4 7 8{{$}}
// HISTORY: g i32 [2, 1, 1]: 1 2{{$}}
// HISTORY: taps f32 [4, 1, 1]: 10 120 230 340{{$}}
func.func @histories() -> (tensor<4x1x1xi32> {snn.static},
    tensor<4x1x1xi32> {snn.static}, tensor<4x1x1xi32> {snn.static},
    tensor<2x1x1xi32> {snn.static}, tensor<4x1x1xi32> {snn.static},
    tensor<2x1x1xi32> {snn.static}, tensor<4x1x1xf32> {snn.static}) {
  %x = arith.constant dense<[[[1]], [[2]], [[3]], [[4]]]> : tensor<4x1x1xi32>
  %y = arith.sitofp %x : tensor<4x1x1xi32> to tensor<4x1x1xf32>
  %after = arith.constant dense<[[[7]], [[8]]]> : tensor<2x1x1xi32>
  %four = arith.constant dense<4> : tensor<1x1xi32>
  %w = arith.constant dense<[10.0, 100.0]> : tensor<2xf32>
  %sum, %s = snn.scan real (%x) : (tensor<4x1x1xi32>)
  // h = x h + x from the last step, from 4: 4 * 4 + 4, 3 * 20 + 3, ...
  %back, %b = snn.scan real reverse (%x) by (%x) init(%four : tensor<1x1xi32>)
      : (tensor<4x1x1xi32>), (tensor<4x1x1xi32>)
  %late, %h = snn.delay %x by [2] : tensor<4x1x1xi32>
  %early, %g = snn.delay reverse %x by [2] init(%after : tensor<2x1x1xi32>)
      : tensor<4x1x1xi32>
  %taps, %k = snn.temporal_conv %y, %w : tensor<4x1x1xf32>, tensor<2xf32>
  return %sum, %back, %late, %h, %early, %g, %taps : tensor<4x1x1xi32>,
    tensor<4x1x1xi32>, tensor<4x1x1xi32>, tensor<2x1x1xi32>,
    tensor<4x1x1xi32>, tensor<2x1x1xi32>, tensor<4x1x1xf32>
}

// Of steps 5 to 8, 6 is a multiple of 3; counted from 2 more, it is 7.
// SAMPLED: y f32 [4, 1, 1]: 0 120 0 0{{$}}
// SAMPLED: z f32 [4, 1, 1]: 0 0 230 0{{$}}
func.func @sampled() -> (tensor<4x1x1xf32> {snn.static},
    tensor<4x1x1xf32> {snn.static}) {
  %x = arith.constant dense<[[[1.0]], [[2.0]], [[3.0]], [[4.0]]]>
      : tensor<4x1x1xf32>
  %w = arith.constant dense<[10.0, 100.0]> : tensor<2xf32>
  %two = arith.constant 2 : i64
  %y, %h = snn.temporal_conv %x, %w {period = 3, phase = 0}
      : tensor<4x1x1xf32>, tensor<2xf32>
  %z, %g = snn.temporal_conv %x, %w offset(%two) {period = 3, phase = 0}
      : tensor<4x1x1xf32>, tensor<2xf32>
  return %y, %z : tensor<4x1x1xf32>, tensor<4x1x1xf32>
}

// y = x + fb. Skip 2 from a history of 10, 20; backwards the history is that of
// the steps after the last. Taps 1 and 2 of the steps before: Fibonacci. A
// phase gate counts from the position that the body is given.
// FEEDBACK: skip i32 [4, 1, 1]: 11 21 12 22{{$}}
// FEEDBACK: h i32 [2, 1, 1]: 12 22{{$}}
// FEEDBACK: back i32 [4, 1, 1]: 12 22 11 21{{$}}
// FEEDBACK: g i32 [2, 1, 1]: 12 22{{$}}
// FEEDBACK: sum f32 [4, 1, 1]: 1 2 4 7{{$}}
// FEEDBACK: gated i1 [4, 1, 1]: 0 1 0 0{{$}}
func.func @feedback() -> (tensor<4x1x1xi32> {snn.static},
    tensor<2x1x1xi32> {snn.static}, tensor<4x1x1xi32> {snn.static},
    tensor<2x1x1xi32> {snn.static}, tensor<4x1x1xf32> {snn.static},
    tensor<4x1x1xi1> {snn.static}) {
  %x = arith.constant dense<1> : tensor<4x1x1xi32>
  %xf = arith.constant dense<1.0> : tensor<4x1x1xf32>
  %c = arith.constant dense<true> : tensor<4x1x1xi1>
  %before = arith.constant dense<[[[10]], [[20]]]> : tensor<2x1x1xi32>
  %ones = arith.constant dense<1.0> : tensor<2xf32>
  %zero = arith.constant 0 : i64
  %skip, %h = snn.recurrent ins(%x : tensor<4x1x1xi32>) skip 2
      history(%before : tensor<2x1x1xi32>) {
  ^bb0(%xw: tensor<?x1x1xi32>, %fb: tensor<?x1x1xi32>):
    %y = arith.addi %xw, %fb : tensor<?x1x1xi32>
    snn.yield %y : tensor<?x1x1xi32> feedback(%y : tensor<?x1x1xi32>)
  } -> (tensor<4x1x1xi32>) history(tensor<2x1x1xi32>)
  %back, %g = snn.recurrent reverse ins(%x : tensor<4x1x1xi32>) skip 2
      history(%before : tensor<2x1x1xi32>) {
  ^bb0(%xw: tensor<?x1x1xi32>, %fb: tensor<?x1x1xi32>):
    %y = arith.addi %xw, %fb : tensor<?x1x1xi32>
    snn.yield %y : tensor<?x1x1xi32> feedback(%y : tensor<?x1x1xi32>)
  } -> (tensor<4x1x1xi32>) history(tensor<2x1x1xi32>)
  %sum, %k = snn.recurrent ins(%xf : tensor<4x1x1xf32>)
      skip taps (%ones : tensor<2xf32>) {
  ^bb0(%xw: tensor<?x1x1xf32>, %fb: tensor<?x1x1xf32>):
    %y = arith.addf %xw, %fb : tensor<?x1x1xf32>
    snn.yield %y : tensor<?x1x1xf32> feedback(%y : tensor<?x1x1xf32>)
  } -> (tensor<4x1x1xf32>) history(tensor<2x1x1xf32>)
  %gated, %l = snn.recurrent ins(%c : tensor<4x1x1xi1>) skip 1
      position(%zero) {
  ^bb0(%cw: tensor<?x1x1xi1>, %fb: tensor<?x1x1xi1>, %t: i64):
    %s = snn.refractory phase 8 %cw offset(%t) {phase = 6} : tensor<?x1x1xi1>
    snn.yield %s : tensor<?x1x1xi1> feedback(%s : tensor<?x1x1xi1>)
  } -> (tensor<4x1x1xi1>) history(tensor<1x1x1xi1>)
  return %skip, %h, %back, %g, %sum, %gated : tensor<4x1x1xi32>,
    tensor<2x1x1xi32>, tensor<4x1x1xi32>, tensor<2x1x1xi32>,
    tensor<4x1x1xf32>, tensor<4x1x1xi1>
}

// y[0] = -0 + 2^24 + 1 + 1 of inputs 0, 2 and 3, input 1 has no edges; y[1] = 0.5
// of input 2. The second row has spikes 1 and 2 only.
// EDGES: y f32 [1, 2, 2]: 16777216 0.5 1 0.5{{$}}
// EDGES64: y f64 [1, 2, 2]: 16777218 0.5 1 0.5{{$}}
func.func @edges() -> (tensor<1x2x2xf32> {snn.static}) {
  %s = arith.constant dense<[[[true, true, true, true],
                              [false, true, true, false]]]> : tensor<1x2x4xi1>
  %e = arith.constant dense<[0, 1, 1, 3, 4, 0, 0, 1, 0,
      1266679808, 1065353216, 1056964608, 1065353216]> : tensor<13xi32>
  %b = arith.constant dense<-0.0> : tensor<2xf32>
  %y = snn.sparse_linear %s, %e, %b {inputs = array<i64: 4>, outputs = 2}
      : tensor<1x2x4xi1>, tensor<13xi32>, tensor<2xf32>
  return %y : tensor<1x2x2xf32>
}

// In ascending order 2^24 takes no 1, in f64 it takes both. A silent spike
// keeps its infinite weight out. A bias of -0 becomes +0. f16 accumulates in
// f32: 2048 + 1 + 1 is 2050, which f16 has. i8 gives i32.
// SYNAPSE: y f32 [1, 1, 2]: 16777216 0{{$}}
// WIDE: y f64 [1, 1, 2]: 16777218 0{{$}}
// SYNAPSE: half f16 [1, 1, 1]: 2050{{$}}
// SYNAPSE: count i32 [1, 1, 1]: 32258{{$}}
func.func @synapse() -> (tensor<1x1x2xf32> {snn.static},
    tensor<1x1x1xf16> {snn.static}, tensor<1x1x1xi32> {snn.static}) {
  %s = arith.constant dense<[[[true, true, true, false]]]> : tensor<1x1x4xi1>
  %w = arith.constant dense<[[16777216.0, 1.0, 1.0, 0x7F800000],
                             [0.0, 0.0, 0.0, 0x7F800000]]> : tensor<2x4xf32>
  %b = arith.constant dense<-0.0> : tensor<2xf32>
  %y = snn.linear %s, %w, %b
      : tensor<1x1x4xi1>, tensor<2x4xf32>, tensor<2xf32>
  %h = arith.constant dense<[[2048.0, 1.0, 1.0, 1.0]]> : tensor<1x4xf16>
  %half = snn.linear %s, %h : tensor<1x1x4xi1>, tensor<1x4xf16>
  %i = arith.constant dense<[[[127, -127]]]> : tensor<1x1x2xi8>
  %v = arith.constant dense<[[127, -127]]> : tensor<1x2xi8>
  %count = snn.linear %i, %v : tensor<1x1x2xi8>, tensor<1x2xi8>
  return %y, %half, %count : tensor<1x1x2xf32>, tensor<1x1x1xf16>,
    tensor<1x1x1xi32>
}
