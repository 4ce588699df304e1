// Sequences and maps along time: a case for each error.
// RUN: snn-opt %s -split-input-file -verify-diagnostics -allow-unregistered-dialect

func.func @f(%x: tensor<f32>) {
  // expected-error @+1 {{expected a sequence of rank 3 or more (time, batch, neurons), but got 'tensor<f32>'}}
  %0:2 = snn.lif %x {decay = 0.5, threshold = 1.0} : tensor<f32>
  return
}

// -----

func.func @f(%x: tensor<8xf32>) {
  // expected-error @+1 {{expected a sequence of rank 3 or more (time, batch, neurons), but got 'tensor<8xf32>'}}
  %0:2 = snn.lif %x {decay = 0.5, threshold = 1.0} : tensor<8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{expected a sequence of rank 3 or more (time, batch, neurons), but got 'tensor<?x8xf32>'}}
  %0:2 = snn.lif %x {decay = 0.5, threshold = 1.0} : tensor<?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x?xf32>) {
  // expected-error @+1 {{expected static neuron dimensions, but got 'tensor<?x?x?xf32>'}}
  %0:2 = snn.lif %x {decay = 0.5, threshold = 1.0} : tensor<?x?x?xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x4x?xf32>) {
  // expected-error @+1 {{expected static neuron dimensions, but got 'tensor<?x?x4x?xf32>'}}
  %0:2 = snn.li %x {decay = 0.5} : tensor<?x?x4x?xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xi1>) {
  // expected-error @+1 {{expected a sequence of rank 3 or more}}
  %0 = snn.pack %x : tensor<?x8xi1>
  return
}

// -----

func.func @f(%x: tensor<?x?x2xi32>) {
  // expected-error @+1 {{expected attribute 'neurons', but got none}}
  %0 = snn.unpack %x : tensor<?x?x2xi32>
  return
}

// -----

func.func @f(%x: tensor<?x?x2xi32>) {
  // expected-error @+1 {{expected neurons that fill 2 words of 32, but got -1}}
  %0 = snn.unpack %x {neurons = -1} : tensor<?x?x2xi32>
  return
}

// -----

func.func @f(%x: tensor<?x?x2xi32>) {
  // expected-error @+1 {{expected neurons that fill 2 words of 32, but got 32}}
  %0 = snn.unpack %x {neurons = 32} : tensor<?x?x2xi32>
  return
}

// -----

func.func @f(%x: tensor<?x?x2xi32>) {
  // expected-error @+1 {{expected neurons that fill 2 words of 32, but got 65}}
  %0 = snn.unpack %x {neurons = 65} : tensor<?x?x2xi32>
  return
}

// -----

func.func @f(%x: tensor<?x?x2xi32>) {
  // expected-error @+1 {{expected neurons that fill 2 words of 32, but got 9223372036854775807}}
  %0 = snn.unpack %x {neurons = 9223372036854775807} : tensor<?x?x2xi32>
  return
}

// -----

// Sizes whose product cannot be counted.
func.func @f(%x: tensor<4611686018427387904x?x8xf32>) {
  // expected-error @+1 {{expected a tensor of less than 2^63 bytes, but got 'tensor<4611686018427387904x?x8xf32>'}}
  %0:2 = snn.lif %x {decay = 0.5, threshold = 1.0} : tensor<4611686018427387904x?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x2147483647x8xi1>) {
  // expected-error @+1 {{expected a tensor of less than 2^63 bytes, but got 'tensor<2147483647x?x2147483647x8xi1>'}}
  %0:2 = snn.delay %x by [2147483647] : tensor<?x?x2147483647x8xi1>
  return
}

// -----

func.func @f(%x: tensor<?x?x4611686018427387904xf32>) {
  // expected-error @+1 {{expected a tensor of less than 2^63 bytes, but got}}
  %r = snn.neuron ins(%x : tensor<?x?x4611686018427387904xf32>) {
  ^bb0(%a: f32):
  snn.yield %a : f32
  } -> (tensor<?x?x4611686018427387904xf32>)
  return
}

// -----

func.func @f() {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{expected at least one input, but got none}}
  %0:2 = "snn.scan"() <{kind = #snn.scan_kind<real>, operandSegmentSizes = array<i32: 0, 0, 0>}> : () -> (tensor<?x?x8xf32>, tensor<?x8xf32>)
  return
}

// -----

func.func @f(%x: f32) {
  // expected-error @+1 {{expected a sequence of rank 3 or more (time, batch, neurons), but got 'f32'}}
  %0:2 = snn.scan real (%x) : (f32)
  return
}

// -----

func.func @f(%x: tensor<*xf32>) {
  // expected-error @+1 {{expected a sequence of rank 3 or more (time, batch, neurons), but got 'tensor<*xf32>'}}
  %0:2 = snn.scan real (%x) : (tensor<*xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %a: f32) {
  // expected-error @+1 {{expected at most 1 coefficient, but got 2}}
  %0:2 = snn.scan real (%x) by (%a, %a) : (tensor<?x?x8xf32>), (f32, f32)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %a: f32) {
  // expected-error @+1 {{expected 2 coefficients, but got 1}}
  %0:4 = snn.scan complex (%x) by (%a) : (tensor<?x?x8xf32>), (f32)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expected m * m coefficients, but got 0}}
  %0:2 = snn.scan dense (%x) : (tensor<?x?x8xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %a: f32) {
  // expected-error @+1 {{expected m * m coefficients, but got 3}}
  %0:4 = snn.scan dense (%x) by (%a, %a, %a) : (tensor<?x?x8xf32>), (f32, f32, f32)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expected at most 1 inputs, but got 2}}
  %0:2 = snn.scan real (%x, %x) : (tensor<?x?x8xf32>, tensor<?x?x8xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %y: tensor<?x?x4xf32>, %a: f32) {
  // expected-error @+1 {{expected sequences of one shape, but got 'tensor<?x?x8xf32>' and 'tensor<?x?x4xf32>'}}
  %0:4 = snn.scan complex (%x, %y) by (%a, %a) : (tensor<?x?x8xf32>, tensor<?x?x4xf32>), (f32, f32)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %y: tensor<?x?x8xf16>, %a: f32) {
  // expected-error @+1 {{expected inputs of one element type, but got 'tensor<?x?x8xf32>' and 'tensor<?x?x8xf16>'}}
  %0:4 = snn.scan complex (%x, %y) by (%a, %a) : (tensor<?x?x8xf32>, tensor<?x?x8xf16>), (f32, f32)
  return
}

// -----

// A sum of bits would wrap.
func.func @f(%x: tensor<?x?x8xi1>) {
  // expected-error @+1 {{expected numbers, but got spikes: 'tensor<?x?x8xi1>'}}
  %0:2 = snn.scan real (%x) : (tensor<?x?x8xi1>)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %a: i32) {
  // expected-error @+1 {{expected coefficients of the kind of 'f32', but got 'i32'}}
  %0:2 = snn.scan real (%x) by (%a) : (tensor<?x?x8xf32>), (i32)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %a: memref<8xf32>) {
  // expected-error @+1 {{expected coefficients of the kind of 'f32', but got 'memref<8xf32>'}}
  %0:2 = snn.scan real (%x) by (%a) : (tensor<?x?x8xf32>), (memref<8xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %a: tensor<*xf32>) {
  // expected-error @+1 {{expected coefficients of the kind of 'f32', but got 'tensor<*xf32>'}}
  %0:2 = snn.scan real (%x) by (%a) : (tensor<?x?x8xf32>), (tensor<*xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %a: index) {
  // expected-error @+1 {{expected coefficients of the kind of 'f32', but got 'index'}}
  %0:2 = snn.scan real (%x) by (%a) : (tensor<?x?x8xf32>), (index)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xi32>, %a: i8) {
  // expected-error @+1 {{expected coefficients of the kind of 'i32', but got 'i8'}}
  %0:2 = snn.scan real (%x) by (%a) : (tensor<?x?x8xi32>), (i8)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %a: tensor<4xf32>) {
  // expected-error @+1 {{expected coefficient to be a scalar or to have the neuron dimensions of}}
  %0:2 = snn.scan real (%x) by (%a) : (tensor<?x?x8xf32>), (tensor<4xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %w: tensor<f32>) {
  // expected-error @+1 {{expected a kernel with a static number of taps (1 or more) in dimension 0, but got}}
  %0:2 = snn.temporal_conv %x, %w : tensor<?x?x8xf32>, tensor<f32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %w: tensor<?xf32>) {
  // expected-error @+1 {{expected a kernel with a static number of taps (1 or more) in dimension 0, but got}}
  %0:2 = snn.temporal_conv %x, %w : tensor<?x?x8xf32>, tensor<?xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %w: tensor<0xf32>) {
  // expected-error @+1 {{expected a kernel with a static number of taps (1 or more) in dimension 0, but got}}
  %0:2 = snn.temporal_conv %x, %w : tensor<?x?x8xf32>, tensor<0xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %w: tensor<4xf16>) {
  // expected-error @+1 {{expected a kernel of 'f32', but got 'tensor<4xf16>'}}
  %0:2 = snn.temporal_conv %x, %w : tensor<?x?x8xf32>, tensor<4xf16>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %w: tensor<4x3xf32>) {
  // expected-error @+1 {{expected a kernel K or K x N... for 'tensor<?x?x8xf32>', but got 'tensor<4x3xf32>'}}
  %0:2 = snn.temporal_conv %x, %w : tensor<?x?x8xf32>, tensor<4x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %w: tensor<4x3x2xf32>) {
  // expected-error @+1 {{expected a kernel L x K for 'tensor<?x?x8xf32>', but got 'tensor<4x3x2xf32>'}}
  %0:2 = snn.temporal_conv %x, %w {per_step} : tensor<?x?x8xf32>, tensor<4x3x2xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %w: tensor<4xf32>, %t: i64) {
  // expected-error @+1 {{expected an offset with 'per_step' or 'period' only}}
  %0:2 = snn.temporal_conv %x, %w offset(%t) : tensor<?x?x8xf32>, tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %w: tensor<4xf32>) {
  // expected-error @+1 {{expected 'period' and 'phase' together}}
  %0:2 = snn.temporal_conv %x, %w {period = 4} : tensor<?x?x8xf32>, tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %w: tensor<4xf32>) {
  // expected-error @+1 {{expected a phase in [0, period), but got 4 of 4}}
  %0:2 = snn.temporal_conv %x, %w {period = 4, phase = 4} : tensor<?x?x8xf32>, tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %w: tensor<4xf32>) {
  // expected-error @+1 {{expected a phase in [0, period), but got -1 of 4}}
  %0:2 = snn.temporal_conv %x, %w {period = 4, phase = -1} : tensor<?x?x8xf32>, tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %w: tensor<4xf32>) {
  // expected-error @+1 {{expected a phase in [0, period), but got 0 of 0}}
  %0:2 = snn.temporal_conv %x, %w {period = 0, phase = 0} : tensor<?x?x8xf32>, tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %w: tensor<4xf32>) {
  // expected-error @+1 {{expected the form 'direct' with 'period'}}
  %0:2 = snn.temporal_conv %x, %w {form = #snn.conv_form<fft>, period = 4, phase = 0} : tensor<?x?x8xf32>, tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %w: tensor<4x3xf32>) {
  // expected-error @+1 {{expected the form 'direct' with 'per_step'}}
  %0:2 = snn.temporal_conv %x, %w {form = #snn.conv_form<fft>, per_step} : tensor<?x?x8xf32>, tensor<4x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expected at least one delay, but got none}}
  %0:2 = snn.delay %x by [] : tensor<?x?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expected delay in [0, 2147483647], but got -1}}
  %0:2 = snn.delay %x by [-1] : tensor<?x?x8xf32>
  return
}

// -----

// Delays beyond the ring.
func.func @f(%x: tensor<?x?x2xf32>, %h: tensor<2x?x2xf32>) {
  // expected-error @+1 {{expected a history as long as the largest delay, 'tensor<5x?x2xf32>', but got 'tensor<2x?x2xf32>'}}
  %0:2 = snn.delay %x by [1, 5] per_source init(%h : tensor<2x?x2xf32>) : tensor<?x?x2xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expected delay in [0, 2147483647], but got 4294967296}}
  %0:2 = snn.delay %x by [4294967296] : tensor<?x?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expected 'per_source' or 'groups', but got both}}
  %0:2 = snn.delay %x by [1] per_source groups : tensor<?x?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expected 1 delays for 'tensor<?x?x8xf32>', but got 2}}
  %0:2 = snn.delay %x by [1, 2] : tensor<?x?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expected 8 delays for 'tensor<?x?x8xf32>', but got 2}}
  %0:2 = snn.delay %x by [1, 2] per_source : tensor<?x?x8xf32>
  return
}
