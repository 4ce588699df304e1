// Operands, results and regions of a recurrence: a case for each error.
// RUN: snn-opt %s -split-input-file -verify-diagnostics -allow-unregistered-dialect

func.func @f() {
  // expected-error @+1 {{expected at least one input, but got none}}
  %r = "snn.recurrent"() <{operandSegmentSizes = array<i32: 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 0, 0, 1>, skip = [#snn.span<layer, [1]>]}> ({
  ^bb0:
    snn.yield
  }) : () -> tensor<1x?x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>, %s: tensor<f32>) {
  // expected-error @+1 {{expected sequences, but got 'tensor<f32>'}}
  %r:2 = snn.recurrent ins(%x, %s : tensor<?x?x3xf32>, tensor<f32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %b: tensor<f32>, %f: tensor<?x?x3xf32>):
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?xf32>) {
  // expected-error @+1 {{expected the first input to have time and batch, but got 'tensor<?xf32>'}}
  %r:2 = snn.recurrent ins(%x : tensor<?xf32>) skip 2 {
  ^bb0(%a: tensor<?xf32>, %f: tensor<?x?x3xf32>):
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<4x?x3xf32>, %t: tensor<5xf32>) {
  // expected-error @+1 {{expected inputs of one length and batch, but got 'tensor<4x?x3xf32>' and 'tensor<5xf32>'}}
  %r:2 = snn.recurrent ins(%x, %t : tensor<4x?x3xf32>, tensor<5xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %b: tensor<?xf32>, %f: tensor<?x?x3xf32>):
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<4x?x3xf32>) {
  // expected-error @+1 {{expected outputs of the length and batch of 'tensor<4x?x3xf32>', but got 'tensor<5x?x3xf32>'}}
  %r:2 = snn.recurrent ins(%x : tensor<4x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<5x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>) {
  // expected-error @+1 {{expected outputs of the length and batch of 'tensor<?x?x3xf32>', but got 'tensor<f32>'}}
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<f32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>) {
  // expected-error @+1 {{expected at least one feedback span, but got none}}
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>)  {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>, %p: f32) {
  // expected-error @+1 {{expected taps tensor<K x f>, but got 'f32'}}
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip taps (%p : f32) {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>) {
  // expected-error @+1 {{expected a span in [1, 2147483647], but got 0}}
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 0 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>) {
  // expected-error @+1 {{expected a span in [1, 2147483647], but got -3}}
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip -3 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>) {
  // expected-error @+1 {{expected a span in [1, 2147483647], but got 0}}
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip [2, 0, 2] {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>, %n: i64) {
  // expected-error @+1 {{expected a span in [1, 2147483647], but got 0}}
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip upto 0 (%n : i64) {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xi1>) {
  %p = arith.constant dense<[0.25, 0.25, 0.25]> : tensor<3xf32>
  // expected-error @+1 {{expected taps of 'snn.softmax' with a sum of 1, but got 7.500000e-01 of feedback 0}}
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xi1>) skip taps (%p : tensor<3xf32>) attributes {snn.softmax} {
  ^bb0(%a: tensor<?x?x3xi1>, %f: tensor<?x?x3xf32>):
  snn.yield %a : tensor<?x?x3xi1> feedback(%a : tensor<?x?x3xi1>)
  } -> (tensor<?x?x3xi1>) history(tensor<3x?x3xi1>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xi1>) {
  %p = arith.constant dense<[0.5, 0.515]> : tensor<2xbf16>
  // expected-error @+1 {{expected taps of 'snn.softmax' with a sum of 1, but got 1.015625e+00 of feedback 0}}
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xi1>) skip taps (%p : tensor<2xbf16>) attributes {snn.softmax} {
  ^bb0(%a: tensor<?x?x3xi1>, %f: tensor<?x?x3xbf16>):
  snn.yield %a : tensor<?x?x3xi1> feedback(%a : tensor<?x?x3xi1>)
  } -> (tensor<?x?x3xi1>) history(tensor<2x?x3xi1>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xi1>) {
  %p = arith.constant dense<[1.5, -0.5]> : tensor<2xf64>
  // expected-error @+1 {{expected taps of 'snn.softmax' that are 0 or more, but got -5.000000e-01 as tap 1 of feedback 0}}
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xi1>) skip taps (%p : tensor<2xf64>) attributes {snn.softmax} {
  ^bb0(%a: tensor<?x?x3xi1>, %f: tensor<?x?x3xf64>):
  snn.yield %a : tensor<?x?x3xi1> feedback(%a : tensor<?x?x3xi1>)
  } -> (tensor<?x?x3xi1>) history(tensor<2x?x3xi1>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xi1>) {
  %p = arith.constant dense<[0.5, 0.5]> : tensor<2xf32>
  // expected-error @+1 {{expected 'snn.softmax' to have no value, on snn.recurrent, but got true}}
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xi1>) skip taps (%p : tensor<2xf32>) attributes {snn.softmax = true} {
  ^bb0(%a: tensor<?x?x3xi1>, %f: tensor<?x?x3xf32>):
  snn.yield %a : tensor<?x?x3xi1> feedback(%a : tensor<?x?x3xi1>)
  } -> (tensor<?x?x3xi1>) history(tensor<2x?x3xi1>)
  return
}

// -----

// Shares to the rounding of their type, and taps that are not known yet.
func.func @f(%x: tensor<?x?x3xi1>, %q: tensor<2xf32>) {
  %p = arith.constant dense<[0.333, 0.333, 0.3336]> : tensor<3xf32>
  %r:3 = snn.recurrent ins(%x : tensor<?x?x3xi1>) skip taps (%p : tensor<3xf32>), taps (%q : tensor<2xf32>) attributes {snn.softmax} {
  ^bb0(%a: tensor<?x?x3xi1>, %f: tensor<?x?x3xf32>, %g: tensor<?x?x3xf32>):
  snn.yield %a : tensor<?x?x3xi1> feedback(%a, %a : tensor<?x?x3xi1>, tensor<?x?x3xi1>)
  } -> (tensor<?x?x3xi1>) history(tensor<3x?x3xi1>, tensor<2x?x3xi1>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>) {
  // expected-error @+1 {{expected history 0 to be 4 x B x N... for 'tensor<?x?x3xf32>', but got 'tensor<2x?x3xf32>'}}
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 4 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x5x3xf32>) {
  // expected-error @+1 {{expected history 0 to be 2 x B x N... for 'tensor<?x5x3xf32>', but got 'tensor<2x7x3xf32>'}}
  %r:2 = snn.recurrent ins(%x : tensor<?x5x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x5x3xf32>, %f: tensor<?x7x3xf32>):
  snn.yield %a : tensor<?x5x3xf32> feedback(%f : tensor<?x7x3xf32>)
  } -> (tensor<?x5x3xf32>) history(tensor<2x7x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>) {
  // expected-error @+1 {{expected 3 spans for 'tensor<2x?x3xf32>', but got 2}}
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip [1, 2] {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>, %n: i32) {
  // expected-error @+1 {{expected a span of i64, but got 'i32'}}
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip upto 2 (%n : i32) {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>, %p: tensor<2xi32>) {
  // expected-error @+1 {{expected taps of 2 floats, but got 'tensor<2xi32>'}}
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip taps (%p : tensor<2xi32>) {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>, %p: tensor<2xf64>) {
  // expected-error @+1 {{expected taps on spikes or on values of their type 'f64', but got 'tensor<2x?x3xf32>'}}
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip taps (%p : tensor<2xf64>) {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>) {
  // expected-error @+1 {{expected 1 histories, but got 2}}
  %r:3 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>, tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>, %n: i64) {
  // expected-error @+1 {{expected 0 operands of spans, but got 1}}
  %r = "snn.recurrent"(%x, %n) <{operandSegmentSizes = array<i32: 1, 1, 0, 0, 0>, resultSegmentSizes = array<i32: 0, 0, 1>, skip = [#snn.span<layer, [1]>]}> ({
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
    snn.yield feedback(%f : tensor<?x?x3xf32>)
  }) : (tensor<?x?x3xf32>, i64) -> tensor<1x?x3xf32>
  return
}

// -----

// Taps need their operand to be a tensor in generic form, too.
func.func @f(%x: tensor<?x?x3xf32>, %n: i64) {
  // expected-error @+1 {{expected taps of 1 floats, but got 'i64'}}
  %r = "snn.recurrent"(%x, %n) <{operandSegmentSizes = array<i32: 1, 1, 0, 0, 0>, resultSegmentSizes = array<i32: 0, 0, 1>, skip = [#snn.span<taps, [1]>]}> ({
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
    snn.yield feedback(%f : tensor<?x?x3xf32>)
  }) : (tensor<?x?x3xf32>, i64) -> tensor<1x?x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>, %v: tensor<?x3xf32>) {
  // expected-error @+1 {{expected 0 initial states, but got 1}}
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 state(%v : tensor<?x3xf32>) {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>, %h: tensor<3x?x3xf32>) {
  // expected-error @+1 {{expected initial histories 0 to be 'tensor<2x?x3xf32>', but got 'tensor<3x?x3xf32>'}}
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 history(%h : tensor<3x?x3xf32>) {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>) {
  // expected-error @+1 {{expected 2 region arguments, but got 1}}
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%f: tensor<?x?x3xf32>):
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>) {
  // expected-error @+1 {{expected region arguments 1 to be 'tensor<?x?x3xf32>', but got 'tensor<?x?x3xi1>'}}
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%f: tensor<?x?x3xf32>, %g: tensor<?x?x3xi1>):
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>) {
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  // expected-error @+1 {{expected 1 outputs, but got 0}}
  snn.yield feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>) {
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  // expected-error @+1 {{expected 1 feedback, but got 0}}
  snn.yield %f : tensor<?x?x3xf32>
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>, %u: tensor<?x4xf32>) {
  %r:3 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>, %v: tensor<?x3xf32>):
  // expected-error @+1 {{expected states 0 to be 'tensor<?x3xf32>', but got 'tensor<?x4xf32>'}}
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>) state(%u : tensor<?x4xf32>)
  } -> (tensor<?x?x3xf32>) state(tensor<?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xi1>) {
  // expected-error @below {{'snn.recurrent' op expected a window in [1, 3], the smallest span, but got 4}}
  %y, %h = snn.recurrent ins(%x : tensor<?x?x3xi1>) skip [5, 3, 4]
      attributes {window = 4 : i64} {
  ^bb0(%a: tensor<?x?x3xi1>, %f: tensor<?x?x3xi1>):
    snn.yield %f : tensor<?x?x3xi1> feedback(%f : tensor<?x?x3xi1>)
  } -> (tensor<?x?x3xi1>) history(tensor<5x?x3xi1>)
  return
}
