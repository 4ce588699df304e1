// Neurons: a case for each error.
// RUN: snn-opt %s -split-input-file -verify-diagnostics -allow-unregistered-dialect

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expected decay as an attribute or as an operand, but got none}}
  %0:2 = snn.lif %x {threshold = 1.0} : tensor<?x?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %d: f32) {
  // expected-error @+1 {{expected decay as an attribute or as an operand, but got both}}
  %0:2 = snn.lif %x decay(%d : f32) {decay = 0.5, threshold = 1.0} : tensor<?x?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expected threshold as an attribute or as an operand, but got none}}
  %0:2 = snn.lif %x {decay = 0.5} : tensor<?x?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expected decay in [0, 1], but got 1.500000e+00}}
  %0:2 = snn.lif %x {decay = 1.5, threshold = 1.0} : tensor<?x?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expected decay in [0, 1], but got -5.000000e-01}}
  %0:2 = snn.lif %x {decay = -0.5, threshold = 1.0} : tensor<?x?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expected a finite decay, but got nan}}
  %0:2 = snn.lif %x {decay = 0x7FF8000000000000 : f64, threshold = 1.0} : tensor<?x?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expected a finite threshold, but got INF}}
  %0:2 = snn.lif %x {decay = 0.5, threshold = 0x7FF0000000000000 : f64} : tensor<?x?x8xf32>
  return
}

// -----

// An operand that is a constant is checked as an attribute is.
func.func @f(%x: tensor<?x?x2xf32>) {
  %d = arith.constant dense<[0.5, 1.5]> : tensor<2xf32>
  // expected-error @+1 {{expected decay in [0, 1], but got 1.500000e+00}}
  %0:2 = snn.li %x decay(%d : tensor<2xf32>) : tensor<?x?x2xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  %d = arith.constant dense<2.0> : tensor<8xf32>
  // expected-error @+1 {{expected decay in [0, 1], but got 2.000000e+00}}
  %0:2 = snn.li %x decay(%d : tensor<8xf32>) : tensor<?x?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  %d = arith.constant 0x7FC00000 : f32
  // expected-error @+1 {{expected a finite decay, but got nan}}
  %0:2 = snn.li %x decay(%d : f32) : tensor<?x?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %d: tensor<4xf32>) {
  // expected-error @+1 {{expected decay to be a scalar or to have the neuron dimensions of 'tensor<?x?x8xf32>', but got 'tensor<4xf32>'}}
  %0:2 = snn.li %x decay(%d : tensor<4xf32>) : tensor<?x?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expected a threshold > 0 (or 'allow_nonpositive_threshold'), but got 0.000000e+00}}
  %0:2 = snn.lif %x {decay = 0.5, threshold = 0.0} : tensor<?x?x8xf32>
  return
}

// -----

// What f32 rounds to 0 is 0.
func.func @f(%x: tensor<?x?x8xf16>) {
  // expected-error @+1 {{expected a threshold > 0 (or 'allow_nonpositive_threshold'), but got 1.000000e-60}}
  %0:2 = snn.lif %x {decay = 0.5, threshold = 1.0e-60} : tensor<?x?x8xf16>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expected threshold in the range of 'f32', but got 1.000000e+300}}
  %0:2 = snn.lif %x {decay = 0.5, threshold = 1.0e+300} : tensor<?x?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expected a reset amount in the range of 'f32', but got 1.000000e+300}}
  %0:2 = snn.lif %x {decay = 0.5, threshold = 1.0, reset = #snn.reset<subtract, 1.0e+300>} : tensor<?x?x8xf32>
  return
}

// -----

// f64 has the range.
func.func @f(%x: tensor<?x?x8xf64>) {
  %0:2 = snn.lif %x {decay = 0.5, threshold = 1.0e+300} : tensor<?x?x8xf64>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf16>) {
  // expected-error @+1 {{expected a threshold in the range of 'f16', but got 1.000000e+06}}
  %0 = snn.fire %x {threshold = 1.0e6} : tensor<?x?x8xf16>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  %t = arith.constant -1.0 : f32
  // expected-error @+1 {{expected a threshold > 0 (or 'allow_nonpositive_threshold'), but got -1.000000e+00}}
  %0:2 = snn.lif %x threshold(%t : f32) {decay = 0.5} : tensor<?x?x8xf32>
  return
}

// -----

// Reset to the threshold, a neuron fires forever.
func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expected a reset below the threshold 1.000000e+00 (or 'allow_nonpositive_threshold'), but got 1.000000e+00}}
  %0:2 = snn.lif %x {decay = 0.5, threshold = 1.0, reset = #snn.reset<value, 1.0>} : tensor<?x?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expected refractory in [0, 2147483647], but got -1}}
  %0:2 = snn.lif %x {decay = 0.5, threshold = 1.0, refractory = -1} : tensor<?x?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %v: tensor<?x8xf32>) {
  // expected-error @+1 {{expected 1 initial states, but got 2}}
  %0:2 = snn.lif %x init(%v, %v : tensor<?x8xf32>, tensor<?x8xf32>) {decay = 0.5, threshold = 1.0} : tensor<?x?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %v: tensor<?x8xf16>) {
  // expected-error @+1 {{expected initial state 0 to be 'tensor<?x8xf32>', but got 'tensor<?x8xf16>'}}
  %0:2 = snn.lif %x init(%v : tensor<?x8xf16>) {decay = 0.5, threshold = 1.0} : tensor<?x?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expected synapse_decay as an attribute or as an operand, but got none}}
  %0:3 = snn.cuba_lif %x {decay = 0.5, threshold = 1.0} : tensor<?x?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expected a reset below the threshold 1.000000e+00 (or 'allow_nonpositive_threshold'), but got 2.000000e+00}}
  %0:3 = snn.cuba_lif %x {synapse_decay = 0.5, decay = 0.5, threshold = 1.0, reset = #snn.reset<value, 2.0>} : tensor<?x?x8xf32>
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{expected sequence inputs, or tables and initial states, but got neither}}
  %r = snn.neuron {
  ^bb0(%a: f32):
  snn.yield state(%a : f32)
  } state(tensor<?x8xf32>)
  return
}

// -----

// States before the run but none after it.
func.func @f(%t: tensor<4xf32>, %v: tensor<?x8xf32>) {
  // expected-error @+1 {{expected 0 initial states, but got 1}}
  snn.neuron tables(%t : tensor<4xf32>) init(%v : tensor<?x8xf32>) {
  ^bb0(%a: f32):
  snn.yield
  }
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{expected sequences of rank 3 or more (time, batch, neurons), but got 'tensor<?x8xf32>'}}
  %r = snn.neuron ins(%x : tensor<?x8xf32>) {
  ^bb0(%a: f32):
  snn.yield %a : f32
  } -> (tensor<?x8xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expected a state B x N..., but got 'tensor<f32>'}}
  %r = snn.neuron ins(%x : tensor<?x?x8xf32>) {
  ^bb0(%a: f32, %b: f32):
  snn.yield state(%a : f32)
  } state(tensor<f32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %y: tensor<?x?x4xf32>) {
  // expected-error @+1 {{expected sequences of one shape, but got 'tensor<?x?x8xf32>' and 'tensor<?x?x4xf32>'}}
  %r = snn.neuron ins(%x, %y : tensor<?x?x8xf32>, tensor<?x?x4xf32>) {
  ^bb0(%a: f32, %b: f32):
  snn.yield %a : f32
  } -> (tensor<?x?x8xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x?xf32>) {
  // expected-error @+1 {{expected static neuron dimensions, but got 'tensor<?x?x?xf32>'}}
  %r = snn.neuron ins(%x : tensor<?x?x?xf32>) {
  ^bb0(%a: f32):
  snn.yield %a : f32
  } -> (tensor<?x?x?xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %p: tensor<4xf32>) {
  // expected-error @+1 {{expected a parameter to be a number or to have the neuron dimensions, but got 'tensor<4xf32>'}}
  %r = snn.neuron ins(%x : tensor<?x?x8xf32>) params(%p : tensor<4xf32>) {
  ^bb0(%a: f32, %b: f32):
  snn.yield %a : f32
  } -> (tensor<?x?x8xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %p: memref<f32>) {
  // expected-error @+1 {{expected a parameter to be a number or to have the neuron dimensions, but got 'memref<f32>'}}
  %r = snn.neuron ins(%x : tensor<?x?x8xf32>) params(%p : memref<f32>) {
  ^bb0(%a: f32, %b: f32):
  snn.yield %a : f32
  } -> (tensor<?x?x8xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %t: tensor<5x4xf32>) {
  // expected-error @+1 {{expected a table L or L x N..., but got 'tensor<5x4xf32>'}}
  %r = snn.neuron ins(%x : tensor<?x?x8xf32>) tables(%t : tensor<5x4xf32>) {
  ^bb0(%a: f32, %b: f32):
  snn.yield %a : f32
  } -> (tensor<?x?x8xf32>)
  return
}

// -----

func.func @f(%x: tensor<4x?x8xf32>) {
  // expected-error @+1 {{expected an output T x B x N... with the sizes of the inputs, but got 'tensor<5x?x8xf32>'}}
  %r = snn.neuron ins(%x : tensor<4x?x8xf32>) {
  ^bb0(%a: f32):
  snn.yield %a : f32
  } -> (tensor<5x?x8xf32>)
  return
}

// -----

// A table of 4 steps makes 4 steps of output.
func.func @f(%t: tensor<4xf32>, %v: tensor<?x8xf32>) {
  // expected-error @+1 {{expected an output T x B x N... with the sizes of the inputs, but got 'tensor<5x?x8xf32>'}}
  %r:2 = snn.neuron tables(%t : tensor<4xf32>) init(%v : tensor<?x8xf32>) {
  ^bb0(%a: f32, %b: f32):
  snn.yield %a : f32 state(%b : f32)
  } -> (tensor<5x?x8xf32>) state(tensor<?x8xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x2x8xf32>) {
  // expected-error @+1 {{expected a state B x N... with the sizes of the inputs, but got 'tensor<3x8xf32>'}}
  %r = snn.neuron ins(%x : tensor<?x2x8xf32>) {
  ^bb0(%a: f32, %b: f32):
  snn.yield state(%a : f32)
  } state(tensor<3x8xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %t: i64) {
  // expected-error @+1 {{expected an offset with tables only}}
  %r = snn.neuron ins(%x : tensor<?x?x8xf32>) offset(%t) {
  ^bb0(%a: f32):
  snn.yield %a : f32
  } -> (tensor<?x?x8xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expected 1 region arguments, but got 2}}
  %r = snn.neuron ins(%x : tensor<?x?x8xf32>) {
  ^bb0(%a: f32, %b: f32):
  snn.yield %a : f32
  } -> (tensor<?x?x8xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expected region arguments 0 to be 'f32', but got 'f64'}}
  %r = snn.neuron ins(%x : tensor<?x?x8xf32>) {
  ^bb0(%a: f64):
  snn.yield %a : f64
  } -> (tensor<?x?x8xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  %r = snn.neuron ins(%x : tensor<?x?x8xf32>) {
  ^bb0(%a: f32):
  // expected-error @+1 {{expected outputs 0 to be 'i1', but got 'f32'}}
  snn.yield %a : f32
  } -> (tensor<?x?x8xi1>)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  %r = snn.neuron ins(%x : tensor<?x?x8xf32>) {
  ^bb0(%a: f32):
  // expected-error @+1 {{expected no feedback from a neuron's step}}
  snn.yield %a : f32 feedback(%a : f32)
  } -> (tensor<?x?x8xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  %r = snn.neuron ins(%x : tensor<?x?x8xf32>) {
  ^bb0(%a: f32):
  // expected-error @+1 {{expected scalars in a neuron's step}}
  %t = tensor.from_elements %a : tensor<1xf32>
  snn.yield %a : f32
  } -> (tensor<?x?x8xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  %r = snn.neuron ins(%x : tensor<?x?x8xf32>) {
  ^bb0(%a: f32):
  // expected-error @+1 {{expected pure ops without regions in a neuron's step}}
  "test.op"() : () -> ()
  snn.yield %a : f32
  } -> (tensor<?x?x8xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @below {{expected no warm-up with schedule 'scan', but got 8}}
  %r = snn.neuron ins(%x : tensor<?x?x8xf32>) attributes {schedule = #snn.schedule<scan, 8>} {
  ^bb0(%a: f32):
    snn.yield %a : f32
  } -> (tensor<?x?x8xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @below {{expected a warm-up of 1 step or more, but got -1}}
  %r = snn.neuron ins(%x : tensor<?x?x8xf32>) attributes {schedule = #snn.schedule<speculate, -1>} {
  ^bb0(%a: f32):
    snn.yield %a : f32
  } -> (tensor<?x?x8xf32>)
  return
}
