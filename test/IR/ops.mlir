// Every op with every attribute value and every family of types, as it is
// printed, in generic form, and as bytecode.
// RUN: snn-opt %s | snn-opt | FileCheck %s
// RUN: snn-opt --mlir-print-op-generic %s | snn-opt | FileCheck %s
// RUN: snn-opt --emit-bytecode %s | snn-opt | FileCheck %s

//===----------------------------------------------------------------------===//
// Attributes of a model
//===----------------------------------------------------------------------===//

// Parameters, states before and after, results without time, named layers.
// CHECK-LABEL: func.func @model(
//  CHECK-SAME:   %{{.*}}: tensor<?x?x8xf32>, %{{.*}}: tensor<4x8xf32> {snn.param = "w"}, %{{.*}}: tensor<?x4xf32> {snn.state = "lif.v"}) -> (tensor<?x?x4xi1>, tensor<?x4xf32> {snn.state = "lif.v"}, tensor<?x4xf32> {snn.static})
//       CHECK:   snn.linear %{{.*}}, %{{.*}} : tensor<?x?x8xf32>, tensor<4x8xf32>
//       CHECK:   snn.lif %{{.*}} init(%{{.*}} : tensor<?x4xf32>) {decay = 5.000000e-01 : f64, snn.layer = "hidden", threshold = 1.000000e+00 : f64} : tensor<?x?x4xf32>
func.func @model(%x: tensor<?x?x8xf32>, %w: tensor<4x8xf32> {snn.param = "w"},
                 %v0: tensor<?x4xf32> {snn.state = "lif.v"})
    -> (tensor<?x?x4xi1>, tensor<?x4xf32> {snn.state = "lif.v"},
        tensor<?x4xf32> {snn.static}) {
  %i = snn.linear %x, %w : tensor<?x?x8xf32>, tensor<4x8xf32>
  %s, %v = snn.lif %i init(%v0 : tensor<?x4xf32>)
      {decay = 0.5, threshold = 1.0, snn.layer = "hidden"} : tensor<?x?x4xf32>
  return %s, %v, %v : tensor<?x?x4xi1>, tensor<?x4xf32>, tensor<?x4xf32>
}

//===----------------------------------------------------------------------===//
// snn.lif
//===----------------------------------------------------------------------===//

// A default is not printed, and no attribute is.
// CHECK-LABEL: func.func @lif_defaults(
//       CHECK:   snn.lif %{{.*}} {decay = 5.000000e-01 : f64, threshold = 1.000000e+00 : f64} : tensor<?x?x8xf32>
func.func @lif_defaults(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xi1> {
  %s, %v = snn.lif %x {decay = 0.5, threshold = 1.0, refractory = 0 : i64,
      reset = #snn.reset<value>, reset_time = #snn.reset_time<same>,
      compare = #snn.compare<ge>, hold = #snn.hold<emission>,
      counter_test = #snn.counter_test<before>,
      potential = #snn.potential<none>} : tensor<?x?x8xf32>
  return %s : tensor<?x?x8xi1>
}

// CHECK-LABEL: func.func @lif_reset(
//       CHECK:   snn.lif %{{.*}} {decay = 5.000000e-01 : f64, reset = #snn.reset<none>, threshold = 1.000000e+00 : f64} : tensor<?x?x8xf32>
//       CHECK:   snn.lif %{{.*}} {decay = 5.000000e-01 : f64, reset = #snn.reset<value, 0.000000e+00 : f64>, threshold = 1.000000e+00 : f64} : tensor<?x?x8xf32>
//       CHECK:   snn.lif %{{.*}} {decay = 5.000000e-01 : f64, reset = #snn.reset<value, -2.500000e-01 : f64>, threshold = 1.000000e+00 : f64} : tensor<?x?x8xf32>
//       CHECK:   snn.lif %{{.*}} {decay = 5.000000e-01 : f64, reset = #snn.reset<subtract>, threshold = 1.000000e+00 : f64} : tensor<?x?x8xf32>
//       CHECK:   snn.lif %{{.*}} {decay = 5.000000e-01 : f64, reset = #snn.reset<subtract, 7.500000e-01 : f64>, threshold = 1.000000e+00 : f64} : tensor<?x?x8xf32>
//       CHECK:   snn.lif %{{.*}} {decay = 5.000000e-01 : f64, reset = #snn.reset<modulo>, threshold = 1.000000e+00 : f64} : tensor<?x?x8xf32>
//       CHECK:   snn.lif %{{.*}} {decay = 5.000000e-01 : f64, reset_time = #snn.reset_time<next>, threshold = 1.000000e+00 : f64} : tensor<?x?x8xf32>
//       CHECK:   snn.lif %{{.*}} {decay = 5.000000e-01 : f64, reset_time = #snn.reset_time<after_decay>, threshold = 1.000000e+00 : f64} : tensor<?x?x8xf32>
func.func @lif_reset(%x: tensor<?x?x8xf32>) {
  %0:2 = snn.lif %x {decay = 0.5, threshold = 1.0, reset = #snn.reset<none>} : tensor<?x?x8xf32>
  %1:2 = snn.lif %x {decay = 0.5, threshold = 1.0, reset = #snn.reset<value, 0.0>} : tensor<?x?x8xf32>
  %2:2 = snn.lif %x {decay = 0.5, threshold = 1.0, reset = #snn.reset<value, -2.5e-01>} : tensor<?x?x8xf32>
  %3:2 = snn.lif %x {decay = 0.5, threshold = 1.0, reset = #snn.reset<subtract>} : tensor<?x?x8xf32>
  %4:2 = snn.lif %x {decay = 0.5, threshold = 1.0, reset = #snn.reset<subtract, 7.5e-01>} : tensor<?x?x8xf32>
  %5:2 = snn.lif %x {decay = 0.5, threshold = 1.0, reset = #snn.reset<modulo>} : tensor<?x?x8xf32>
  %6:2 = snn.lif %x {decay = 0.5, threshold = 1.0, reset_time = #snn.reset_time<next>} : tensor<?x?x8xf32>
  %7:2 = snn.lif %x {decay = 0.5, threshold = 1.0, reset_time = #snn.reset_time<after_decay>} : tensor<?x?x8xf32>
  return
}

// A refractory counter is a second state, a potential a second output.
// CHECK-LABEL: func.func @lif_refractory(
//       CHECK:   snn.lif %{{.*}} init(%{{.*}}, %{{.*}} : tensor<?x8xf32>, tensor<?x8xi32>) {decay = 5.000000e-01 : f64, refractory = 3 : i64, threshold = 1.000000e+00 : f64} : tensor<?x?x8xf32>
//       CHECK:   snn.lif %{{.*}} {decay = 5.000000e-01 : f64, hold = #snn.hold<input>, refractory = 3 : i64, threshold = 1.000000e+00 : f64} : tensor<?x?x8xf32>
//       CHECK:   snn.lif %{{.*}} {decay = 5.000000e-01 : f64, hold = #snn.hold<state>, refractory = 3 : i64, threshold = 1.000000e+00 : f64} : tensor<?x?x8xf32>
//       CHECK:   snn.lif %{{.*}} {counter_test = #snn.counter_test<after>, decay = 5.000000e-01 : f64, refractory = 3 : i64, threshold = 1.000000e+00 : f64} : tensor<?x?x8xf32>
//       CHECK:   snn.lif %{{.*}} {decay = 5.000000e-01 : f64, potential = #snn.potential<before_reset>, refractory = 3 : i64, threshold = 1.000000e+00 : f64} : tensor<?x?x8xf32>
//       CHECK:   snn.lif %{{.*}} {decay = 5.000000e-01 : f64, potential = #snn.potential<after_reset>, threshold = 1.000000e+00 : f64} : tensor<?x?x8xf32>
func.func @lif_refractory(%x: tensor<?x?x8xf32>, %v: tensor<?x8xf32>, %c: tensor<?x8xi32>) {
  %0:3 = snn.lif %x init(%v, %c : tensor<?x8xf32>, tensor<?x8xi32>) {decay = 0.5, threshold = 1.0, refractory = 3 : i64} : tensor<?x?x8xf32>
  %1:3 = snn.lif %x {decay = 0.5, threshold = 1.0, refractory = 3 : i64, hold = #snn.hold<input>} : tensor<?x?x8xf32>
  %2:3 = snn.lif %x {decay = 0.5, threshold = 1.0, refractory = 3 : i64, hold = #snn.hold<state>} : tensor<?x?x8xf32>
  %3:3 = snn.lif %x {decay = 0.5, threshold = 1.0, refractory = 3 : i64, counter_test = #snn.counter_test<after>} : tensor<?x?x8xf32>
  %4:4 = snn.lif %x {decay = 0.5, threshold = 1.0, refractory = 3 : i64, potential = #snn.potential<before_reset>} : tensor<?x?x8xf32>
  %5:3 = snn.lif %x {decay = 0.5, threshold = 1.0, potential = #snn.potential<after_reset>} : tensor<?x?x8xf32>
  return
}

// CHECK-LABEL: func.func @lif_surrogate(
//       CHECK:   snn.lif %{{.*}} {decay = 5.000000e-01 : f64, surrogate = #snn.surrogate<atan, 2.000000e+00 : f64>, threshold = 1.000000e+00 : f64} : tensor<?x?x8xf32>
//       CHECK:   snn.lif %{{.*}} {decay = 5.000000e-01 : f64, surrogate = #snn.surrogate<triangle, 1.000000e+00 : f64>, threshold = 1.000000e+00 : f64} : tensor<?x?x8xf32>
//       CHECK:   snn.lif %{{.*}} {decay = 5.000000e-01 : f64, surrogate = #snn.surrogate<sigmoid, 4.000000e+00 : f64>, threshold = 1.000000e+00 : f64} : tensor<?x?x8xf32>
//       CHECK:   snn.lif %{{.*}} {decay = 5.000000e-01 : f64, surrogate = #snn.surrogate<fast_sigmoid, 2.500000e+01 : f64>, threshold = 1.000000e+00 : f64} : tensor<?x?x8xf32>
//       CHECK:   snn.lif %{{.*}} {decay = 5.000000e-01 : f64, surrogate = #snn.surrogate<boxcar, 1.000000e+00 : f64>, threshold = 1.000000e+00 : f64} : tensor<?x?x8xf32>
//       CHECK:   snn.lif %{{.*}} {decay = 5.000000e-01 : f64, surrogate = #snn.surrogate<gaussian, 2.000000e+00 : f64>, threshold = 1.000000e+00 : f64} : tensor<?x?x8xf32>
func.func @lif_surrogate(%x: tensor<?x?x8xf32>) {
  %0:2 = snn.lif %x {decay = 0.5, threshold = 1.0, surrogate = #snn.surrogate<atan, 2.0>} : tensor<?x?x8xf32>
  %1:2 = snn.lif %x {decay = 0.5, threshold = 1.0, surrogate = #snn.surrogate<triangle, 1.0>} : tensor<?x?x8xf32>
  %2:2 = snn.lif %x {decay = 0.5, threshold = 1.0, surrogate = #snn.surrogate<sigmoid, 4.0>} : tensor<?x?x8xf32>
  %3:2 = snn.lif %x {decay = 0.5, threshold = 1.0, surrogate = #snn.surrogate<fast_sigmoid, 25.0>} : tensor<?x?x8xf32>
  %4:2 = snn.lif %x {decay = 0.5, threshold = 1.0, surrogate = #snn.surrogate<boxcar, 1.0>} : tensor<?x?x8xf32>
  %5:2 = snn.lif %x {decay = 0.5, threshold = 1.0, surrogate = #snn.surrogate<gaussian, 2.0>} : tensor<?x?x8xf32>
  return
}

// CHECK-LABEL: func.func @lif_flags(
//       CHECK:   snn.lif %{{.*}} {compare = #snn.compare<gt>, decay = 5.000000e-01 : f64, decay_input, threshold = 1.000000e+00 : f64} : tensor<?x?x8xf32>
//       CHECK:   snn.lif %{{.*}} {allow_nonpositive_threshold, decay = 0.000000e+00 : f64, reset = #snn.reset<none>, threshold = 0.000000e+00 : f64} : tensor<?x?x8xf32>
//       CHECK:   snn.lif %{{.*}} {decay = 1.000000e+00 : f64, threshold = 1.000000e+00 : f64} : tensor<?x?x8xf32>
func.func @lif_flags(%x: tensor<?x?x8xf32>) {
  %0:2 = snn.lif %x {decay = 0.5, threshold = 1.0, compare = #snn.compare<gt>, decay_input} : tensor<?x?x8xf32>
  %1:2 = snn.lif %x {decay = 0.0, threshold = 0.0, reset = #snn.reset<none>, allow_nonpositive_threshold} : tensor<?x?x8xf32>
  %2:2 = snn.lif %x {decay = 1.0, threshold = 1.0} : tensor<?x?x8xf32>
  return
}

// Parameters as operands: a scalar, a tensor of rank 0, one value per neuron.
// CHECK-LABEL: func.func @lif_operands(
//       CHECK:   snn.lif %{{.*}} decay(%{{.*}} : f32) {threshold = 1.000000e+00 : f64} : tensor<?x?x2x4xf32>
//       CHECK:   snn.lif %{{.*}} threshold(%{{.*}} : tensor<f32>) {decay = 5.000000e-01 : f64} : tensor<?x?x2x4xf32>
//       CHECK:   snn.lif %{{.*}} decay(%{{.*}} : tensor<2x4xf32>) threshold(%{{.*}} : tensor<2x4xf32>) : tensor<?x?x2x4xf32>
func.func @lif_operands(%x: tensor<?x?x2x4xf32>, %d: f32, %t: tensor<f32>, %n: tensor<2x4xf32>) {
  %0:2 = snn.lif %x decay(%d : f32) {threshold = 1.0} : tensor<?x?x2x4xf32>
  %1:2 = snn.lif %x threshold(%t : tensor<f32>) {decay = 0.5} : tensor<?x?x2x4xf32>
  %2:2 = snn.lif %x decay(%n : tensor<2x4xf32>) threshold(%n : tensor<2x4xf32>) : tensor<?x?x2x4xf32>
  return
}

// f16 and bf16 keep their state in f32; time and batch may be static.
// CHECK-LABEL: func.func @lif_types(
//       CHECK:   snn.lif %{{.*}} init(%{{.*}} : tensor<2x8xf32>) {decay = 5.000000e-01 : f64, threshold = 1.000000e+00 : f64} : tensor<16x2x8xf16>
//       CHECK:   snn.lif %{{.*}} {decay = 5.000000e-01 : f64, threshold = 1.000000e+00 : f64} : tensor<16x?x8xbf16>
//       CHECK:   snn.lif %{{.*}} init(%{{.*}} : tensor<2x8xf32>) {decay = 5.000000e-01 : f64, threshold = 1.000000e+00 : f64} : tensor<?x2x8xf32>
//       CHECK:   snn.lif %{{.*}} {decay = 5.000000e-01 : f64, threshold = 1.000000e+00 : f64} : tensor<?x?x8xf64>
func.func @lif_types(%h: tensor<16x2x8xf16>, %b: tensor<16x?x8xbf16>, %f: tensor<?x2x8xf32>, %d: tensor<?x?x8xf64>,
                     %v: tensor<2x8xf32>) {
  %0:2 = snn.lif %h init(%v : tensor<2x8xf32>) {decay = 0.5, threshold = 1.0} : tensor<16x2x8xf16>
  %1:2 = snn.lif %b {decay = 0.5, threshold = 1.0} : tensor<16x?x8xbf16>
  %2:2 = snn.lif %f init(%v : tensor<2x8xf32>) {decay = 0.5, threshold = 1.0} : tensor<?x2x8xf32>
  %3:2 = snn.lif %d {decay = 0.5, threshold = 1.0} : tensor<?x?x8xf64>
  return
}

// A run of no steps, a batch of none, a layer of no neurons.
// CHECK-LABEL: func.func @lif_empty(
//       CHECK:   snn.lif %{{.*}} {decay = 5.000000e-01 : f64, threshold = 1.000000e+00 : f64} : tensor<0x?x8xf32>
//       CHECK:   snn.lif %{{.*}} {decay = 5.000000e-01 : f64, threshold = 1.000000e+00 : f64} : tensor<?x0x8xf32>
//       CHECK:   snn.lif %{{.*}} {decay = 5.000000e-01 : f64, threshold = 1.000000e+00 : f64} : tensor<?x?x0xf32>
func.func @lif_empty(%t: tensor<0x?x8xf32>, %b: tensor<?x0x8xf32>, %n: tensor<?x?x0xf32>) {
  %0:2 = snn.lif %t {decay = 0.5, threshold = 1.0} : tensor<0x?x8xf32>
  %1:2 = snn.lif %b {decay = 0.5, threshold = 1.0} : tensor<?x0x8xf32>
  %2:2 = snn.lif %n {decay = 0.5, threshold = 1.0} : tensor<?x?x0xf32>
  return
}

//===----------------------------------------------------------------------===//
// snn.li, snn.cuba_lif
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func.func @li(
//       CHECK:   snn.li %{{.*}} {decay = 9.000000e-01 : f64} : tensor<?x?x8xf32>
//       CHECK:   snn.li %{{.*}} decay(%{{.*}} : tensor<8xf32>) init(%{{.*}} : tensor<?x8xf32>) {decay_input} : tensor<?x?x8xf32>
//       CHECK:   snn.li %{{.*}} {decay = 1.000000e+00 : f64} : tensor<4x2x8xf16>
func.func @li(%x: tensor<?x?x8xf32>, %h: tensor<4x2x8xf16>, %d: tensor<8xf32>, %v: tensor<?x8xf32>) {
  %0:2 = snn.li %x {decay = 0.9} : tensor<?x?x8xf32>
  %1:2 = snn.li %x decay(%d : tensor<8xf32>) init(%v : tensor<?x8xf32>) {decay_input} : tensor<?x?x8xf32>
  %2:2 = snn.li %h {decay = 1.0} : tensor<4x2x8xf16>
  return
}

// CHECK-LABEL: func.func @cuba_lif(
//       CHECK:   snn.cuba_lif %{{.*}} {decay = 9.000000e-01 : f64, synapse_decay = 7.500000e-01 : f64, threshold = 1.000000e+00 : f64} : tensor<?x?x8xf32>
//       CHECK:   snn.cuba_lif %{{.*}} synapse_decay(%{{.*}} : tensor<8xf32>) decay(%{{.*}} : f32) threshold(%{{.*}} : tensor<8xf32>) init(%{{.*}}, %{{.*}} : tensor<?x8xf32>, tensor<?x8xf32>) : tensor<?x?x8xf32>
//       CHECK:   snn.cuba_lif %{{.*}} {compare = #snn.compare<gt>, current = #snn.current<old>, decay = 9.000000e-01 : f64, reset = #snn.reset<subtract>, reset_time = #snn.reset_time<next>, surrogate = #snn.surrogate<atan, 2.000000e+00 : f64>, synapse_decay = 7.500000e-01 : f64, threshold = 1.000000e+00 : f64} : tensor<?x?x8xf32>
//       CHECK:   snn.cuba_lif %{{.*}} {allow_nonpositive_threshold, decay = 0.000000e+00 : f64, reset = #snn.reset<none>, synapse_decay = 0.000000e+00 : f64, threshold = -1.000000e+00 : f64} : tensor<?x?x8xf32>
func.func @cuba_lif(%x: tensor<?x?x8xf32>, %d: tensor<8xf32>, %f: f32, %v: tensor<?x8xf32>) {
  %0:3 = snn.cuba_lif %x {synapse_decay = 0.75, decay = 0.9, threshold = 1.0} : tensor<?x?x8xf32>
  %1:3 = snn.cuba_lif %x synapse_decay(%d : tensor<8xf32>) decay(%f : f32) threshold(%d : tensor<8xf32>) init(%v, %v : tensor<?x8xf32>, tensor<?x8xf32>) : tensor<?x?x8xf32>
  %2:3 = snn.cuba_lif %x {synapse_decay = 0.75, decay = 0.9, threshold = 1.0, reset = #snn.reset<subtract>, reset_time = #snn.reset_time<next>, compare = #snn.compare<gt>, current = #snn.current<old>, surrogate = #snn.surrogate<atan, 2.0>} : tensor<?x?x8xf32>
  %3:3 = snn.cuba_lif %x {synapse_decay = 0.0, decay = 0.0, threshold = -1.0, reset = #snn.reset<none>, current = #snn.current<new>, allow_nonpositive_threshold} : tensor<?x?x8xf32>
  return
}

//===----------------------------------------------------------------------===//
// snn.fire, snn.refractory, snn.sample, snn.pack, snn.unpack
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func.func @fire(
//       CHECK:   snn.fire %{{.*}} {threshold = 1.000000e+00 : f64} : tensor<?x?x8xf32>
//       CHECK:   snn.fire %{{.*}} {compare = #snn.compare<gt>, surrogate = #snn.surrogate<boxcar, 5.000000e-01 : f64>, threshold = 0.000000e+00 : f64} : tensor<?x?x8xf32>
//       CHECK:   snn.fire %{{.*}}, %{{.*}} : tensor<?x?x8xf32>
//       CHECK:   snn.fire %{{.*}}, %{{.*}} : tensor<?x?x8xf32>, tensor<8xf32>
//       CHECK:   snn.fire %{{.*}}, %{{.*}} : tensor<?x?x8xf32>, tensor<?x8xf32>
//       CHECK:   snn.fire %{{.*}}, %{{.*}} : tensor<?x?x8xf32>, f32
//       CHECK:   snn.fire %{{.*}} {threshold = -1.000000e+00 : f64} : f32
//       CHECK:   snn.fire %{{.*}}, %{{.*}} : f32
//       CHECK:   snn.fire %{{.*}}, %{{.*}} : tensor<?x?x8xi32>, i32
//       CHECK:   snn.fire %{{.*}}, %{{.*}} {compare = #snn.compare<gt>} : i32
func.func @fire(%u: tensor<?x?x8xf32>, %n: tensor<8xf32>, %b: tensor<?x8xf32>, %s: f32, %k: tensor<?x?x8xi32>, %i: i32) {
  %0 = snn.fire %u {threshold = 1.0} : tensor<?x?x8xf32>
  %1 = snn.fire %u {threshold = 0.0, compare = #snn.compare<gt>, surrogate = #snn.surrogate<boxcar, 0.5>} : tensor<?x?x8xf32>
  %2 = snn.fire %u, %u : tensor<?x?x8xf32>
  %3 = snn.fire %u, %n : tensor<?x?x8xf32>, tensor<8xf32>
  %4 = snn.fire %u, %b : tensor<?x?x8xf32>, tensor<?x8xf32>
  %5 = snn.fire %u, %s : tensor<?x?x8xf32>, f32
  %6 = snn.fire %s {threshold = -1.0} : f32
  %7 = snn.fire %s, %s : f32
  %8 = snn.fire %k, %i : tensor<?x?x8xi32>, i32
  %9 = snn.fire %i, %i {compare = #snn.compare<gt>} : i32
  return
}

// CHECK-LABEL: func.func @refractory(
//       CHECK:   snn.refractory event 4 %{{.*}} : tensor<?x?x8xi1>
//       CHECK:   snn.refractory window 0 %{{.*}} init(%{{.*}} : tensor<?x8xi32>) : tensor<?x?x8xi1>
//       CHECK:   snn.refractory phase 8 %{{.*}} : tensor<?x?x8xi1>
//       CHECK:   snn.refractory phase 8 %{{.*}} offset(%{{.*}}) {phase = 7 : i64} : tensor<?x?x8xi1>
func.func @refractory(%c: tensor<?x?x8xi1>, %r: tensor<?x8xi32>, %t: i64) {
  %0:2 = snn.refractory event 4 %c : tensor<?x?x8xi1>
  %1:2 = snn.refractory window 0 %c init(%r : tensor<?x8xi32>) : tensor<?x?x8xi1>
  %2 = snn.refractory phase 8 %c : tensor<?x?x8xi1>
  %3 = snn.refractory phase 8 %c offset(%t) {phase = 7} : tensor<?x?x8xi1>
  return
}

// CHECK-LABEL: func.func @sample(
//       CHECK:   snn.sample %{{.*}} {id = 0 : i64} : tensor<?x?x8xf32>
//       CHECK:   snn.sample %{{.*}} {id = 1 : i64, seed = -7 : i64} : tensor<4x2x8xf64>
//       CHECK:   snn.sample %{{.*}} offset(%{{.*}}) batch(%{{.*}}) {id = 2 : i64} : tensor<?x?x8xf16>
func.func @sample(%p: tensor<?x?x8xf32>, %d: tensor<4x2x8xf64>, %h: tensor<?x?x8xf16>, %t: i64) {
  %0 = snn.sample %p {id = 0} : tensor<?x?x8xf32>
  %1 = snn.sample %d {id = 1, seed = -7} : tensor<4x2x8xf64>
  %2 = snn.sample %h offset(%t) batch(%t) {id = 2} : tensor<?x?x8xf16>
  return
}

// CHECK-LABEL: func.func @pack(
//       CHECK:   snn.pack %{{.*}} : tensor<?x?x40xi1>
//       CHECK:   snn.pack %{{.*}} : tensor<2x3x4x64xi1>
//       CHECK:   snn.pack %{{.*}} : tensor<?x?x0xi1>
//       CHECK:   snn.unpack %{{.*}} {neurons = 40 : i64} : tensor<?x?x2xi32>
//       CHECK:   snn.unpack %{{.*}} {neurons = 64 : i64} : tensor<2x3x4x2xi32>
//       CHECK:   snn.unpack %{{.*}} {neurons = 0 : i64} : tensor<?x?x0xi32>
func.func @pack(%a: tensor<?x?x40xi1>, %b: tensor<2x3x4x64xi1>, %e: tensor<?x?x0xi1>) {
  %0 = snn.pack %a : tensor<?x?x40xi1>
  %1 = snn.pack %b : tensor<2x3x4x64xi1>
  %2 = snn.pack %e : tensor<?x?x0xi1>
  %3 = snn.unpack %0 {neurons = 40} : tensor<?x?x2xi32>
  %4 = snn.unpack %1 {neurons = 64} : tensor<2x3x4x2xi32>
  %5 = snn.unpack %2 {neurons = 0} : tensor<?x?x0xi32>
  return
}

//===----------------------------------------------------------------------===//
// snn.scan, snn.temporal_conv, snn.delay
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func.func @scan(
//       CHECK:   snn.scan real(%{{.*}}) : (tensor<?x?x8xf32>)
//       CHECK:   snn.scan real(%{{.*}}) by(%{{.*}}) init(%{{.*}} : tensor<?x8xf32>) : (tensor<?x?x8xf32>), (f32)
//       CHECK:   snn.scan real reverse(%{{.*}}) by(%{{.*}}) : (tensor<?x?x8xf32>), (tensor<?x?x8xf32>)
//       CHECK:   snn.scan real(%{{.*}}) by(%{{.*}}) : (tensor<?x?x8xi32>), (i32)
//       CHECK:   snn.scan complex(%{{.*}}) by(%{{.*}}, %{{.*}}) : (tensor<?x?x8xf32>), (tensor<8xf32>, tensor<8xf32>)
//       CHECK:   snn.scan complex(%{{.*}}, %{{.*}}) by(%{{.*}}, %{{.*}}) init(%{{.*}}, %{{.*}} : tensor<?x8xf32>, tensor<?x8xf32>) : (tensor<?x?x8xf32>, tensor<?x?x8xf32>), (tensor<?x?x8xf32>, f32)
//       CHECK:   snn.scan dense(%{{.*}}) by(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) : (tensor<?x?x8xf32>), (tensor<8xf32>, f32, f32, tensor<8xf32>)
//       CHECK:   snn.scan dense(%{{.*}}) by(%{{.*}}) : (tensor<?x?x8xf32>), (tensor<8xf32>)
func.func @scan(%x: tensor<?x?x8xf32>, %n: tensor<8xf32>, %s: f32, %v: tensor<?x8xf32>, %k: tensor<?x?x8xi32>, %i: i32) {
  %0:2 = snn.scan real (%x) : (tensor<?x?x8xf32>)
  %1:2 = snn.scan real (%x) by (%s) init(%v : tensor<?x8xf32>) : (tensor<?x?x8xf32>), (f32)
  %2:2 = snn.scan real reverse (%x) by (%x) : (tensor<?x?x8xf32>), (tensor<?x?x8xf32>)
  %3:2 = snn.scan real (%k) by (%i) : (tensor<?x?x8xi32>), (i32)
  %4:4 = snn.scan complex (%x) by (%n, %n) : (tensor<?x?x8xf32>), (tensor<8xf32>, tensor<8xf32>)
  %5:4 = snn.scan complex (%x, %x) by (%x, %s) init(%v, %v : tensor<?x8xf32>, tensor<?x8xf32>) : (tensor<?x?x8xf32>, tensor<?x?x8xf32>), (tensor<?x?x8xf32>, f32)
  %6:4 = snn.scan dense (%x) by (%n, %s, %s, %n) : (tensor<?x?x8xf32>), (tensor<8xf32>, f32, f32, tensor<8xf32>)
  %7:2 = snn.scan dense (%x) by (%n) : (tensor<?x?x8xf32>), (tensor<8xf32>)
  return
}

// CHECK-LABEL: func.func @temporal_conv(
//       CHECK:   snn.temporal_conv %{{.*}}, %{{.*}} : tensor<?x?x8xf32>, tensor<32xf32>
//       CHECK:   snn.temporal_conv %{{.*}}, %{{.*}} init(%{{.*}} : tensor<3x?x8xf32>) : tensor<?x?x8xf32>, tensor<4x8xf32>
//       CHECK:   snn.temporal_conv %{{.*}}, %{{.*}} offset(%{{.*}}) {per_step} : tensor<?x?x8xf32>, tensor<16x4xf32>
//       CHECK:   snn.temporal_conv %{{.*}}, %{{.*}} {per_step} : tensor<?x?x8xf32>, tensor<?x4xf32>
//       CHECK:   snn.temporal_conv reverse %{{.*}}, %{{.*}} : tensor<?x?x8xf32>, tensor<32xf32>
//       CHECK:   snn.temporal_conv %{{.*}}, %{{.*}} : tensor<4x2x8xf16>, tensor<1xf16>
func.func @temporal_conv(%x: tensor<?x?x8xf32>, %s: tensor<32xf32>, %n: tensor<4x8xf32>, %l: tensor<16x4xf32>, %d: tensor<?x4xf32>,
                         %one: tensor<1xf16>, %y: tensor<4x2x8xf16>, %h: tensor<3x?x8xf32>, %t: i64) {
  %0:2 = snn.temporal_conv %x, %s : tensor<?x?x8xf32>, tensor<32xf32>
  %1:2 = snn.temporal_conv %x, %n init(%h : tensor<3x?x8xf32>) : tensor<?x?x8xf32>, tensor<4x8xf32>
  %2:2 = snn.temporal_conv %x, %l offset(%t) {per_step} : tensor<?x?x8xf32>, tensor<16x4xf32>
  %3:2 = snn.temporal_conv %x, %d {per_step} : tensor<?x?x8xf32>, tensor<?x4xf32>
  %4:2 = snn.temporal_conv reverse %x, %s : tensor<?x?x8xf32>, tensor<32xf32>
  %5:2 = snn.temporal_conv %y, %one : tensor<4x2x8xf16>, tensor<1xf16>
  return
}

// CHECK-LABEL: func.func @delay(
//       CHECK:   snn.delay %{{.*}} by [7] init(%{{.*}} : tensor<7x?x3xi1>) : tensor<?x?x3xi1>
//       CHECK:   snn.delay %{{.*}} by [3, 0, 7] per_source : tensor<?x?x3xi1>
//       CHECK:   snn.delay %{{.*}} by [1, 5] groups : tensor<4x2x3xf32>
//       CHECK:   snn.delay reverse %{{.*}} by [2] : tensor<?x?x2x3xi8>
//       CHECK:   snn.delay %{{.*}} by [0] : tensor<4x2x3xf32>
func.func @delay(%s: tensor<?x?x3xi1>, %x: tensor<4x2x3xf32>, %k: tensor<?x?x2x3xi8>, %h: tensor<7x?x3xi1>) {
  %0:2 = snn.delay %s by [7] init(%h : tensor<7x?x3xi1>) : tensor<?x?x3xi1>
  %1:2 = snn.delay %s by [3, 0, 7] per_source : tensor<?x?x3xi1>
  %2:2 = snn.delay %x by [1, 5] groups : tensor<4x2x3xf32>
  %3:2 = snn.delay reverse %k by [2] : tensor<?x?x2x3xi8>
  %4 = snn.delay %x by [0] : tensor<4x2x3xf32>
  return
}

//===----------------------------------------------------------------------===//
// Synapses
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func.func @sparse_linear(
//       CHECK:   snn.sparse_linear %{{.*}}, %{{.*}} {inputs = array<i64: 3>, outputs = 2 : i64} : tensor<?x?x3xi1>, tensor<10xi32>
//       CHECK:   snn.sparse_linear %{{.*}}, %{{.*}}, %{{.*}} {inputs = array<i64: 2, 4>, outputs = 3 : i64} : tensor<?x?x2x4xi1>, tensor<9xi32>, tensor<3xf32>
func.func @sparse_linear(%s: tensor<?x?x3xi1>, %g: tensor<?x?x2x4xi1>,
    %e: tensor<10xi32>, %none: tensor<9xi32>, %b: tensor<3xf32>)
    -> (tensor<?x?x2xf32>, tensor<?x?x3xf32>) {
  %0 = snn.sparse_linear %s, %e {inputs = array<i64: 3>, outputs = 2 : i64}
      : tensor<?x?x3xi1>, tensor<10xi32>
  %1 = snn.sparse_linear %g, %none, %b
      {inputs = array<i64: 2, 4>, outputs = 3 : i64}
      : tensor<?x?x2x4xi1>, tensor<9xi32>, tensor<3xf32>
  return %0, %1 : tensor<?x?x2xf32>, tensor<?x?x3xf32>
}

// CHECK-LABEL: func.func @linear(
//       CHECK:   snn.linear %{{.*}}, %{{.*}} : tensor<?x?x8xi1>, tensor<4x8xf32>
//       CHECK:   snn.linear %{{.*}}, %{{.*}}, %{{.*}} : tensor<4x2x8xf32>, tensor<4x8xf32>, tensor<4xf32>
//       CHECK:   snn.linear %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x?x2x4xi1>, tensor<3x2x4xbf16>, tensor<3xbf16>
//       CHECK:   snn.linear %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x?x8xi8>, tensor<4x8xi8>, tensor<4xi32>
//       CHECK:   snn.linear %{{.*}}, %{{.*}} : tensor<?x?x0xi1>, tensor<4x0xf64>
func.func @linear(%s: tensor<?x?x8xi1>, %x: tensor<4x2x8xf32>, %g: tensor<?x?x2x4xi1>, %w: tensor<4x8xf32>, %b: tensor<4xf32>,
                  %wg: tensor<3x2x4xbf16>, %bg: tensor<3xbf16>, %k: tensor<?x?x8xi8>, %wk: tensor<4x8xi8>, %bk: tensor<4xi32>,
                  %z: tensor<?x?x0xi1>, %wz: tensor<4x0xf64>) {
  %0 = snn.linear %s, %w : tensor<?x?x8xi1>, tensor<4x8xf32>
  %1 = snn.linear %x, %w, %b : tensor<4x2x8xf32>, tensor<4x8xf32>, tensor<4xf32>
  %2 = snn.linear %g, %wg, %bg : tensor<?x?x2x4xi1>, tensor<3x2x4xbf16>, tensor<3xbf16>
  %3 = snn.linear %k, %wk, %bk : tensor<?x?x8xi8>, tensor<4x8xi8>, tensor<4xi32>
  %4 = snn.linear %z, %wz : tensor<?x?x0xi1>, tensor<4x0xf64>
  return
}

// CHECK-LABEL: func.func @conv2d(
//       CHECK:   snn.conv2d %{{.*}}, %{{.*}} : tensor<?x?x2x9x9xi1>, tensor<6x2x3x3xf32>
//       CHECK:   snn.conv2d %{{.*}}, %{{.*}}, %{{.*}} {dilation = array<i64: 1, 2>, padding = array<i64: 1, 0>, stride = array<i64: 2, 3>} : tensor<?x?x2x9x9xi1>, tensor<6x2x3x3xf32>, tensor<6xf32>
//       CHECK:   snn.conv2d %{{.*}}, %{{.*}} {groups = 4 : i64} : tensor<4x2x4x8x8xf16>, tensor<4x1x3x1xf16>
func.func @conv2d(%s: tensor<?x?x2x9x9xi1>, %x: tensor<4x2x4x8x8xf16>, %w: tensor<6x2x3x3xf32>, %b: tensor<6xf32>, %g: tensor<4x1x3x1xf16>) {
  %0 = snn.conv2d %s, %w : tensor<?x?x2x9x9xi1>, tensor<6x2x3x3xf32>
  %1 = snn.conv2d %s, %w, %b {stride = array<i64: 2, 3>, padding = array<i64: 1, 0>, dilation = array<i64: 1, 2>} : tensor<?x?x2x9x9xi1>, tensor<6x2x3x3xf32>, tensor<6xf32>
  %2 = snn.conv2d %x, %g {groups = 4 : i64} : tensor<4x2x4x8x8xf16>, tensor<4x1x3x1xf16>
  return
}

// CHECK-LABEL: func.func @pools(
//       CHECK:   snn.sum_pool2d %{{.*}} {kernel = array<i64: 2, 2>} : tensor<?x?x16x8x8xi1>
//       CHECK:   snn.sum_pool2d %{{.*}} {element_type = i32, kernel = array<i64: 2, 2>} : tensor<?x?x16x8x8xi1>
//       CHECK:   snn.sum_pool2d %{{.*}} {kernel = array<i64: 3, 2>, padding = array<i64: 1, 0>, stride = array<i64: 1, 2>} : tensor<?x?x3x8x8xi16>
//       CHECK:   snn.avg_pool2d %{{.*}} {element_type = f16, kernel = array<i64: 2, 2>} : tensor<?x?x16x8x8xi1>
//       CHECK:   snn.avg_pool2d %{{.*}} {kernel = array<i64: 2, 2>} : tensor<4x2x3x8x8xf32>
func.func @pools(%s: tensor<?x?x16x8x8xi1>, %x: tensor<4x2x3x8x8xf32>, %k: tensor<?x?x3x8x8xi16>) {
  %0 = snn.sum_pool2d %s {kernel = array<i64: 2, 2>} : tensor<?x?x16x8x8xi1>
  %1 = snn.sum_pool2d %s {kernel = array<i64: 2, 2>, element_type = i32} : tensor<?x?x16x8x8xi1>
  %2 = snn.sum_pool2d %k {kernel = array<i64: 3, 2>, stride = array<i64: 1, 2>, padding = array<i64: 1, 0>} : tensor<?x?x3x8x8xi16>
  %3 = snn.avg_pool2d %s {kernel = array<i64: 2, 2>, element_type = f16} : tensor<?x?x16x8x8xi1>
  %4 = snn.avg_pool2d %x {kernel = array<i64: 2, 2>} : tensor<4x2x3x8x8xf32>
  return
}

//===----------------------------------------------------------------------===//
// snn.neuron
//===----------------------------------------------------------------------===//

// A step without a state, and one of integers.
// CHECK-LABEL: func.func @neuron_inputs(
//       CHECK:   snn.neuron ins(%{{.*}} : tensor<?x?x8xf32>)
//       CHECK:   ^bb0(%{{.*}}: f32):
//       CHECK:   snn.yield %{{.*}} : f32
//       CHECK:   } -> (tensor<?x?x8xf32>)
//       CHECK:   snn.neuron ins(%{{.*}} : tensor<4x2x8xi8>)
//       CHECK:   ^bb0(%{{.*}}: i8, %{{.*}}: i8):
//       CHECK:   snn.yield state(%{{.*}} : i8)
//       CHECK:   } state(tensor<2x8xi8>)
func.func @neuron_inputs(%x: tensor<?x?x8xf32>, %k: tensor<4x2x8xi8>) {
  %y = snn.neuron ins(%x : tensor<?x?x8xf32>) {
  ^bb0(%xt: f32):
    %n = arith.negf %xt : f32
    snn.yield %n : f32
  } -> (tensor<?x?x8xf32>)
  %c = snn.neuron ins(%k : tensor<4x2x8xi8>) {
  ^bb0(%kt: i8, %n: i8):
    %m = arith.addi %kt, %n : i8
    snn.yield state(%m : i8)
  } state(tensor<2x8xi8>)
  return
}

// Every kind of operand at once.
// CHECK-LABEL: func.func @neuron_operands(
//       CHECK:   snn.neuron reverse ins(%{{.*}}, %{{.*}} : tensor<?x?x8xf32>, tensor<?x?x8xf32>) params(%{{.*}}, %{{.*}} : f32, tensor<8xf32>) tables(%{{.*}}, %{{.*}} : tensor<16xf32>, tensor<?x8xf32>) init(%{{.*}} : tensor<?x8xf32>) offset(%{{.*}}) attributes {snn.layer = "n"}
//       CHECK:   ^bb0(%{{.*}}: f32, %{{.*}}: f32, %{{.*}}: f32, %{{.*}}: f32, %{{.*}}: f32, %{{.*}}: f32, %{{.*}}: f32):
//       CHECK:   snn.fire %{{.*}}, %{{.*}} : f32
//       CHECK:   snn.yield %{{.*}}, %{{.*}} : i1, f32 state(%{{.*}} : f32)
//       CHECK:   } -> (tensor<?x?x8xi1>, tensor<?x?x8xf32>) state(tensor<?x8xf32>)
func.func @neuron_operands(%x: tensor<?x?x8xf32>, %p: f32, %q: tensor<8xf32>, %t: tensor<16xf32>, %u: tensor<?x8xf32>,
                           %v: tensor<?x8xf32>, %o: i64) {
  %y:2, %w = snn.neuron reverse ins(%x, %x : tensor<?x?x8xf32>, tensor<?x?x8xf32>)
      params(%p, %q : f32, tensor<8xf32>) tables(%t, %u : tensor<16xf32>, tensor<?x8xf32>)
      init(%v : tensor<?x8xf32>) offset(%o) attributes {snn.layer = "n"} {
  ^bb0(%a: f32, %b: f32, %c: f32, %d: f32, %e: f32, %f: f32, %g: f32):
    %h = arith.addf %a, %g : f32
    %s = snn.fire %h, %c : f32
    snn.yield %s, %h : i1, f32 state(%h : f32)
  } -> (tensor<?x?x8xi1>, tensor<?x?x8xf32>) state(tensor<?x8xf32>)
  return
}

// Without sequences, tables give the time and states the batch.
// CHECK-LABEL: func.func @neuron_tables(
//       CHECK:   snn.neuron tables(%{{.*}} : tensor<4xf32>) init(%{{.*}} : tensor<?x8xf32>)
//       CHECK:   ^bb0(%{{.*}}: f32, %{{.*}}: f32):
//       CHECK:   snn.fire %{{.*}}, %{{.*}} : f32
//       CHECK:   snn.yield %{{.*}} : i1 state(%{{.*}} : f32)
//       CHECK:   } -> (tensor<4x?x8xi1>) state(tensor<?x8xf32>)
func.func @neuron_tables(%t: tensor<4xf32>, %v: tensor<?x8xf32>) {
  %y, %w = snn.neuron tables(%t : tensor<4xf32>) init(%v : tensor<?x8xf32>) {
  ^bb0(%d: f32, %u: f32):
    %s = snn.fire %u, %d : f32
    %m = arith.subf %u, %d : f32
    snn.yield %s : i1 state(%m : f32)
  } -> (tensor<4x?x8xi1>) state(tensor<?x8xf32>)
  return
}

//===----------------------------------------------------------------------===//
// snn.recurrent
//===----------------------------------------------------------------------===//

// Every kind of span, and every clause.
// CHECK-LABEL: func.func @recurrent_spans(
//       CHECK:   snn.recurrent ins(%{{.*}} : tensor<?x?x3xf32>) skip 16, [3, 5, 4], upto 9 (%{{.*}} : i64), taps (%{{.*}} : tensor<5xf32>) state(%{{.*}} : tensor<?x3xf32>) history(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : tensor<16x?x3xf32>, tensor<5x?x3xi1>, tensor<9x?x3xi1>, tensor<5x?x3xi1>) position(%{{.*}}) attributes {snn.layer = "r"}
//       CHECK:   ^bb0(%{{.*}}: tensor<?x?x3xf32>, %{{.*}}: tensor<?x?x3xf32>, %{{.*}}: tensor<?x?x3xi1>, %{{.*}}: tensor<?x?x3xi1>, %{{.*}}: tensor<?x?x3xf32>, %{{.*}}: tensor<?x3xf32>, %{{.*}}: i64):
//       CHECK:   snn.refractory phase 2 %{{.*}} offset(%{{.*}}) : tensor<?x?x3xi1>
//       CHECK:   snn.lif %{{.*}} init(%{{.*}} : tensor<?x3xf32>) {decay = 5.000000e-01 : f64, threshold = 1.000000e+00 : f64} : tensor<?x?x3xf32>
//       CHECK:   snn.yield %{{.*}} : tensor<?x?x3xi1> feedback(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x?x3xf32>, tensor<?x?x3xi1>, tensor<?x?x3xi1>, tensor<?x?x3xi1>) state(%{{.*}} : tensor<?x3xf32>)
//       CHECK:   } -> (tensor<?x?x3xi1>) state(tensor<?x3xf32>) history(tensor<16x?x3xf32>, tensor<5x?x3xi1>, tensor<9x?x3xi1>, tensor<5x?x3xi1>)
func.func @recurrent_spans(%x: tensor<?x?x3xf32>, %n: i64, %p: tensor<5xf32>, %t: i64, %v: tensor<?x3xf32>,
                           %h0: tensor<16x?x3xf32>, %h1: tensor<5x?x3xi1>, %h2: tensor<9x?x3xi1>, %h3: tensor<5x?x3xi1>) {
  %y, %vT, %h:4 = snn.recurrent ins(%x : tensor<?x?x3xf32>)
      skip 16, [3, 5, 4], upto 9 (%n : i64), taps (%p : tensor<5xf32>)
      state(%v : tensor<?x3xf32>)
      history(%h0, %h1, %h2, %h3 : tensor<16x?x3xf32>, tensor<5x?x3xi1>, tensor<9x?x3xi1>, tensor<5x?x3xi1>)
      position(%t) attributes {snn.layer = "r"} {
  ^bb0(%xw: tensor<?x?x3xf32>, %f0: tensor<?x?x3xf32>, %f1: tensor<?x?x3xi1>, %f2: tensor<?x?x3xi1>, %f3: tensor<?x?x3xf32>,
       %u: tensor<?x3xf32>, %tw: i64):
    %i = arith.addf %xw, %f3 : tensor<?x?x3xf32>
    %g = snn.refractory phase 2 %f1 offset(%tw) : tensor<?x?x3xi1>
    %z, %u1 = snn.lif %i init(%u : tensor<?x3xf32>) {decay = 0.5, threshold = 1.0} : tensor<?x?x3xf32>
    snn.yield %z : tensor<?x?x3xi1>
        feedback(%i, %z, %g, %f2 : tensor<?x?x3xf32>, tensor<?x?x3xi1>, tensor<?x?x3xi1>, tensor<?x?x3xi1>)
        state(%u1 : tensor<?x3xf32>)
  } -> (tensor<?x?x3xi1>) state(tensor<?x3xf32>)
    history(tensor<16x?x3xf32>, tensor<5x?x3xi1>, tensor<9x?x3xi1>, tensor<5x?x3xi1>)
  return
}

// A static run; histories and states start at zero. Backwards.
// CHECK-LABEL: func.func @recurrent_static(
//       CHECK:   snn.recurrent reverse ins(%{{.*}} : tensor<12x2x3xf32>) skip 1
//       CHECK:   ^bb0(%{{.*}}: tensor<?x2x3xf32>, %{{.*}}: tensor<?x2x3xf32>):
//       CHECK:   snn.yield %{{.*}} : tensor<?x2x3xf32> feedback(%{{.*}} : tensor<?x2x3xf32>)
//       CHECK:   } -> (tensor<12x2x3xf32>) history(tensor<1x2x3xf32>)
func.func @recurrent_static(%x: tensor<12x2x3xf32>) {
  %y, %h = snn.recurrent reverse ins(%x : tensor<12x2x3xf32>) skip 1 {
  ^bb0(%xw: tensor<?x2x3xf32>, %f: tensor<?x2x3xf32>):
    %i = arith.mulf %xw, %f : tensor<?x2x3xf32>
    snn.yield %i : tensor<?x2x3xf32> feedback(%i : tensor<?x2x3xf32>)
  } -> (tensor<12x2x3xf32>) history(tensor<1x2x3xf32>)
  return
}

// A recurrence in the body of another; its state and history are carried.
// CHECK-LABEL: func.func @recurrent_nested(
//       CHECK:   snn.recurrent ins(%{{.*}} : tensor<?x?x3xf32>) skip 4
//       CHECK:   ^bb0(%{{.*}}: tensor<?x?x3xf32>, %{{.*}}: tensor<?x?x3xf32>, %{{.*}}: tensor<2x?x3xf32>):
//       CHECK:   snn.recurrent ins(%{{.*}} : tensor<?x?x3xf32>) skip 2 history(%{{.*}} : tensor<2x?x3xf32>)
//       CHECK:   ^bb0(%{{.*}}: tensor<?x?x3xf32>, %{{.*}}: tensor<?x?x3xf32>):
//       CHECK:   snn.yield %{{.*}} : tensor<?x?x3xf32> feedback(%{{.*}} : tensor<?x?x3xf32>)
//       CHECK:   } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
//       CHECK:   snn.yield %{{.*}} : tensor<?x?x3xf32> feedback(%{{.*}} : tensor<?x?x3xf32>) state(%{{.*}} : tensor<2x?x3xf32>)
//       CHECK:   } -> (tensor<?x?x3xf32>) state(tensor<2x?x3xf32>) history(tensor<4x?x3xf32>)
func.func @recurrent_nested(%x: tensor<?x?x3xf32>) {
  %y, %s, %h = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 4 {
  ^bb0(%xw: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>, %hist: tensor<2x?x3xf32>):
    %z, %h1 = snn.recurrent ins(%xw : tensor<?x?x3xf32>) skip 2 history(%hist : tensor<2x?x3xf32>) {
    ^bb0(%a: tensor<?x?x3xf32>, %b: tensor<?x?x3xf32>):
      %c = arith.addf %a, %b : tensor<?x?x3xf32>
      snn.yield %c : tensor<?x?x3xf32> feedback(%c : tensor<?x?x3xf32>)
    } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
    %o = arith.addf %z, %f : tensor<?x?x3xf32>
    snn.yield %o : tensor<?x?x3xf32> feedback(%o : tensor<?x?x3xf32>) state(%h1 : tensor<2x?x3xf32>)
  } -> (tensor<?x?x3xf32>) state(tensor<2x?x3xf32>) history(tensor<4x?x3xf32>)
  return
}
