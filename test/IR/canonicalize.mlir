// Folds and canonicalizations: what is simplified, and what is not.
// RUN: snn-opt %s -canonicalize -split-input-file | FileCheck %s

//===----------------------------------------------------------------------===//
// snn.fire
//===----------------------------------------------------------------------===//

// A potential at the threshold tells `ge` from `gt`.
// CHECK-LABEL: func.func @fire_constant(
//   CHECK-DAG:   %[[TRUE:.*]] = arith.constant true
//   CHECK-DAG:   %[[FALSE:.*]] = arith.constant false
//       CHECK:   return %[[TRUE]], %[[FALSE]], %[[TRUE]], %[[FALSE]]
func.func @fire_constant() -> (i1, i1, i1, i1) {
  %u = arith.constant 1.0 : f32
  %t = arith.constant 0.5 : f32
  %nan = arith.constant 0x7FC00000 : f32
  %0 = snn.fire %u {threshold = 1.0} : f32
  %1 = snn.fire %u {threshold = 1.0, compare = #snn.compare<gt>} : f32
  %2 = snn.fire %u, %t : f32
  %3 = snn.fire %nan {threshold = -1.0} : f32
  return %0, %1, %2, %3 : i1, i1, i1, i1
}

// The threshold is rounded to the type of the potential, as in a step.
// CHECK-LABEL: func.func @fire_rounds(
//       CHECK:   %[[TRUE:.*]] = arith.constant true
//       CHECK:   return %[[TRUE]]
func.func @fire_rounds() -> i1 {
  %u = arith.constant 0.1 : f32
  %0 = snn.fire %u {threshold = 0.1} : f32
  return %0 : i1
}

// CHECK-LABEL: func.func @fire_unknown(
// CHECK-COUNT-2: snn.fire
func.func @fire_unknown(%u: f32) -> (i1, i1) {
  %c = arith.constant 1.0 : f32
  %0 = snn.fire %u {threshold = 1.0} : f32
  %1 = snn.fire %c, %u : f32
  return %0, %1 : i1, i1
}

//===----------------------------------------------------------------------===//
// snn.refractory
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func.func @refractory_open(
//  CHECK-SAME:   %[[C:[a-z0-9]+]]: tensor<?x?x8xi1>
//       CHECK:   return %[[C]], %[[C]], %[[C]]
func.func @refractory_open(%c: tensor<?x?x8xi1>)
    -> (tensor<?x?x8xi1>, tensor<?x?x8xi1>, tensor<?x?x8xi1>) {
  %0:2 = snn.refractory event 0 %c : tensor<?x?x8xi1>
  %1:2 = snn.refractory window 0 %c : tensor<?x?x8xi1>
  %2 = snn.refractory phase 1 %c : tensor<?x?x8xi1>
  return %0#0, %1#0, %2
      : tensor<?x?x8xi1>, tensor<?x?x8xi1>, tensor<?x?x8xi1>
}

// A counter that is left may hold for some steps, whatever the period.
// CHECK-LABEL: func.func @refractory_left(
//       CHECK:   snn.refractory event 0
func.func @refractory_left(%c: tensor<?x?x8xi1>, %n: tensor<?x8xi32>)
    -> tensor<?x?x8xi1> {
  %0:2 = snn.refractory event 0 %c init(%n : tensor<?x8xi32>) : tensor<?x?x8xi1>
  return %0#0 : tensor<?x?x8xi1>
}

// CHECK-LABEL: func.func @refractory_closed(
//       CHECK:   snn.refractory event 1
//       CHECK:   snn.refractory phase 2
func.func @refractory_closed(%c: tensor<?x?x8xi1>) -> tensor<?x?x8xi1> {
  %0:2 = snn.refractory event 1 %c : tensor<?x?x8xi1>
  %1 = snn.refractory phase 2 %0#0 : tensor<?x?x8xi1>
  return %1 : tensor<?x?x8xi1>
}

//===----------------------------------------------------------------------===//
// snn.pack, snn.unpack
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func.func @unpack_pack(
//  CHECK-SAME:   %[[S:[a-z0-9]+]]: tensor<?x?x40xi1>
//       CHECK:   return %[[S]]
func.func @unpack_pack(%s: tensor<?x?x40xi1>) -> tensor<?x?x40xi1> {
  %0 = snn.pack %s : tensor<?x?x40xi1>
  %1 = snn.unpack %0 {neurons = 40} : tensor<?x?x2xi32>
  return %1 : tensor<?x?x40xi1>
}

// Neither other neurons, nor words whose unused bits may be set.
// CHECK-LABEL: func.func @unpack_pack_differ(
//       CHECK:   snn.unpack
//       CHECK:   snn.unpack
//       CHECK:   snn.pack
func.func @unpack_pack_differ(%s: tensor<?x?x40xi1>, %w: tensor<?x?x2xi32>)
    -> (tensor<?x?x41xi1>, tensor<?x?x2xi32>) {
  %0 = snn.pack %s : tensor<?x?x40xi1>
  %1 = snn.unpack %0 {neurons = 41} : tensor<?x?x2xi32>
  %2 = snn.unpack %w {neurons = 40} : tensor<?x?x2xi32>
  %3 = snn.pack %2 : tensor<?x?x40xi1>
  return %1, %3 : tensor<?x?x41xi1>, tensor<?x?x2xi32>
}

//===----------------------------------------------------------------------===//
// snn.delay, snn.scan
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func.func @delay_none(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: tensor<?x?x2xf32>
//       CHECK:   return %[[X]], %[[X]]
func.func @delay_none(%x: tensor<?x?x2xf32>)
    -> (tensor<?x?x2xf32>, tensor<?x?x2xf32>) {
  %0 = snn.delay %x by [0] : tensor<?x?x2xf32>
  %1 = snn.delay %x by [0, 0] per_source : tensor<?x?x2xf32>
  return %0, %1 : tensor<?x?x2xf32>, tensor<?x?x2xf32>
}

// CHECK-LABEL: func.func @delay_equal(
//       CHECK:   snn.delay %{{.*}} by [3] : tensor<?x?x2xf32>
func.func @delay_equal(%x: tensor<?x?x2xf32>) -> tensor<?x?x2xf32> {
  %0:2 = snn.delay %x by [3, 3] per_source : tensor<?x?x2xf32>
  return %0#0 : tensor<?x?x2xf32>
}

// A group of its own adds a dimension, even by 0.
// CHECK-LABEL: func.func @delay_kept(
//       CHECK:   by [3, 4] per_source
//       CHECK:   by [0] groups
func.func @delay_kept(%x: tensor<?x?x2xf32>)
    -> (tensor<?x?x2xf32>, tensor<?x?x1x2xf32>) {
  %0:2 = snn.delay %x by [3, 4] per_source : tensor<?x?x2xf32>
  %1 = snn.delay %x by [0] groups : tensor<?x?x2xf32>
  return %0#0, %1 : tensor<?x?x2xf32>, tensor<?x?x1x2xf32>
}

// CHECK-LABEL: func.func @scan_sum(
//       CHECK:   snn.scan real(%{{.*}}) : (tensor<?x?x2xf32>)
//       CHECK:   snn.scan real(%{{.*}}) init(%{{.*}} : tensor<?x2xf32>) : (tensor<?x?x2xf32>)
//       CHECK:   snn.scan real(%{{.*}}) : (tensor<?x?x2xi32>)
func.func @scan_sum(%x: tensor<?x?x2xf32>, %k: tensor<?x?x2xi32>,
                    %v: tensor<?x2xf32>)
    -> (tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<?x?x2xi32>) {
  %a = arith.constant 1.0 : f32
  %b = arith.constant dense<1.0> : tensor<2xf32>
  %c = arith.constant 1 : i32
  %0:2 = snn.scan real (%x) by (%a) : (tensor<?x?x2xf32>), (f32)
  %1:2 = snn.scan real (%x) by (%b) init(%v : tensor<?x2xf32>)
      : (tensor<?x?x2xf32>), (tensor<2xf32>)
  %2:2 = snn.scan real (%k) by (%c) : (tensor<?x?x2xi32>), (i32)
  return %0#0, %1#0, %2#0
      : tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<?x?x2xi32>
}

// CHECK-LABEL: func.func @scan_kept(
// CHECK-COUNT-3: snn.scan {{.*}} by
func.func @scan_kept(%x: tensor<?x?x2xf32>, %v: f32)
    -> (tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) {
  %a = arith.constant 0.5 : f32
  %b = arith.constant dense<[1.0, 0.5]> : tensor<2xf32>
  %0:2 = snn.scan real (%x) by (%a) : (tensor<?x?x2xf32>), (f32)
  %1:2 = snn.scan real (%x) by (%b) : (tensor<?x?x2xf32>), (tensor<2xf32>)
  %2:2 = snn.scan real (%x) by (%v) : (tensor<?x?x2xf32>), (f32)
  return %0#0, %1#0, %2#0
      : tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>
}

//===----------------------------------------------------------------------===//
// Synapses
//===----------------------------------------------------------------------===//

// Spikes that were made numbers are spikes.
// CHECK-LABEL: func.func @synapse_spikes(
//  CHECK-SAME:   %[[S:[a-z0-9]+]]: tensor<?x?x8xi1>, %[[I:[a-z0-9]+]]: tensor<?x?x1x4x4xi1>
//       CHECK:   snn.linear %[[S]], %{{.*}} : tensor<?x?x8xi1>, tensor<4x8xf32>
//       CHECK:   snn.linear %[[S]], %{{.*}} : tensor<?x?x8xi1>, tensor<4x8xi8>
//       CHECK:   snn.conv2d %[[I]], %{{.*}} : tensor<?x?x1x4x4xi1>
func.func @synapse_spikes(%s: tensor<?x?x8xi1>, %i: tensor<?x?x1x4x4xi1>,
                          %w: tensor<4x8xf32>, %k: tensor<4x8xi8>,
                          %c: tensor<2x1x3x3xf32>)
    -> (tensor<?x?x4xf32>, tensor<?x?x4xi32>, tensor<?x?x2x2x2xf32>) {
  %0 = arith.uitofp %s : tensor<?x?x8xi1> to tensor<?x?x8xf32>
  %1 = arith.extui %s : tensor<?x?x8xi1> to tensor<?x?x8xi8>
  %2 = arith.uitofp %i : tensor<?x?x1x4x4xi1> to tensor<?x?x1x4x4xf32>
  %3 = snn.linear %0, %w : tensor<?x?x8xf32>, tensor<4x8xf32>
  %4 = snn.linear %1, %k : tensor<?x?x8xi8>, tensor<4x8xi8>
  %5 = snn.conv2d %2, %c : tensor<?x?x1x4x4xf32>, tensor<2x1x3x3xf32>
  return %3, %4, %5
      : tensor<?x?x4xf32>, tensor<?x?x4xi32>, tensor<?x?x2x2x2xf32>
}

// Counts are not, and a signed spike is -1.
// CHECK-LABEL: func.func @synapse_numbers(
//       CHECK:   arith.uitofp
//       CHECK:   arith.sitofp
//       CHECK:   snn.linear %{{.*}} : tensor<?x?x8xf32>
//       CHECK:   snn.linear %{{.*}} : tensor<?x?x8xf32>
func.func @synapse_numbers(%k: tensor<?x?x8xi8>, %s: tensor<?x?x8xi1>,
                           %w: tensor<4x8xf32>)
    -> (tensor<?x?x4xf32>, tensor<?x?x4xf32>) {
  %0 = arith.uitofp %k : tensor<?x?x8xi8> to tensor<?x?x8xf32>
  %1 = arith.sitofp %s : tensor<?x?x8xi1> to tensor<?x?x8xf32>
  %2 = snn.linear %0, %w : tensor<?x?x8xf32>, tensor<4x8xf32>
  %3 = snn.linear %1, %w : tensor<?x?x8xf32>, tensor<4x8xf32>
  return %2, %3 : tensor<?x?x4xf32>, tensor<?x?x4xf32>
}

//===----------------------------------------------------------------------===//
// snn.neuron
//===----------------------------------------------------------------------===//

// Equal operands are one; what the step does not read goes.
// CHECK-LABEL: func.func @neuron_operands(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: tensor<?x?x8xf32>, %[[Y:[a-z0-9]+]]: tensor<?x?x8xf32>, %[[P:[a-z0-9]+]]: f32
//       CHECK:   snn.neuron ins(%[[X]] : tensor<?x?x8xf32>) params(%[[P]] : f32)
//  CHECK-NEXT:   ^bb0(%[[A:.*]]: f32, %[[B:.*]]: f32):
//  CHECK-NEXT:     %[[C:.*]] = arith.addf %[[A]], %[[A]]
//  CHECK-NEXT:     %[[D:.*]] = arith.mulf %[[C]], %[[B]]
//  CHECK-NEXT:     %[[E:.*]] = arith.mulf %[[D]], %[[B]]
//  CHECK-NEXT:     snn.yield %[[E]]
func.func @neuron_operands(%x: tensor<?x?x8xf32>, %y: tensor<?x?x8xf32>,
                           %p: f32, %q: f32) -> tensor<?x?x8xf32> {
  %0 = snn.neuron ins(%y, %x, %x : tensor<?x?x8xf32>, tensor<?x?x8xf32>,
                      tensor<?x?x8xf32>)
      params(%p, %q, %p : f32, f32, f32) {
  ^bb0(%n: f32, %a: f32, %b: f32, %c: f32, %m: f32, %d: f32):
    %e = arith.addf %a, %b : f32
    %f = arith.mulf %e, %c : f32
    %g = arith.mulf %f, %d : f32
    snn.yield %g : f32
  } -> (tensor<?x?x8xf32>)
  return %0 : tensor<?x?x8xf32>
}

// One sequence gives time and batch, tables bound the run.
// CHECK-LABEL: func.func @neuron_kept(
//       CHECK:   snn.neuron ins(%{{.*}} : tensor<?x?x8xf32>) tables(%{{.*}} : tensor<9xf32>)
func.func @neuron_kept(%x: tensor<?x?x8xf32>, %t: tensor<9xf32>)
    -> tensor<?x?x8xf32> {
  %0 = snn.neuron ins(%x : tensor<?x?x8xf32>) tables(%t : tensor<9xf32>) {
  ^bb0(%a: f32, %b: f32):
    %c = arith.constant 1.0 : f32
    snn.yield %c : f32
  } -> (tensor<?x?x8xf32>)
  return %0 : tensor<?x?x8xf32>
}

//===----------------------------------------------------------------------===//
// snn.recurrent
//===----------------------------------------------------------------------===//

// Equal spans of sources are a span of the layer.
// CHECK-LABEL: func.func @recurrent_equal(
//       CHECK:   snn.recurrent {{.*}} skip 5 {
func.func @recurrent_equal(%x: tensor<?x?x3xf32>)
    -> tensor<?x?x3xi1> {
  %y, %h = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip [5, 5, 5] {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xi1>):
    %g = arith.uitofp %f : tensor<?x?x3xi1> to tensor<?x?x3xf32>
    %i = arith.addf %a, %g : tensor<?x?x3xf32>
    %z = snn.fire %i {threshold = 1.0} : tensor<?x?x3xf32>
    snn.yield %z : tensor<?x?x3xi1> feedback(%z : tensor<?x?x3xi1>)
  } -> (tensor<?x?x3xi1>) history(tensor<5x?x3xi1>)
  return %y : tensor<?x?x3xi1>
}

// Others are not.
// CHECK-LABEL: func.func @recurrent_sources(
//       CHECK:   snn.recurrent {{.*}} skip [5, 4, 5] {
func.func @recurrent_sources(%x: tensor<?x?x3xf32>)
    -> tensor<?x?x3xi1> {
  %y, %h = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip [5, 4, 5] {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xi1>):
    %g = arith.uitofp %f : tensor<?x?x3xi1> to tensor<?x?x3xf32>
    %i = arith.addf %a, %g : tensor<?x?x3xf32>
    %z = snn.fire %i {threshold = 1.0} : tensor<?x?x3xf32>
    snn.yield %z : tensor<?x?x3xi1> feedback(%z : tensor<?x?x3xi1>)
  } -> (tensor<?x?x3xi1>) history(tensor<5x?x3xi1>)
  return %y : tensor<?x?x3xi1>
}

// A span that is known keeps the end of its history.
// CHECK-LABEL: func.func @recurrent_span(
//       CHECK:   %[[H:.*]] = tensor.extract_slice %{{.*}}[2, 0, 0] [3, %{{.*}}, 3] [1, 1, 1] : tensor<5x?x3xi1> to tensor<3x?x3xi1>
//       CHECK:   snn.recurrent {{.*}} skip 3 history(%[[H]] : tensor<3x?x3xi1>) {
func.func @recurrent_span(%x: tensor<?x?x3xf32>, %h0: tensor<5x?x3xi1>)
    -> tensor<?x?x3xi1> {
  %n = arith.constant 3 : i64
  %y, %h = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip upto 5 (%n : i64) history(%h0 : tensor<5x?x3xi1>) {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xi1>):
    %g = arith.uitofp %f : tensor<?x?x3xi1> to tensor<?x?x3xf32>
    %i = arith.addf %a, %g : tensor<?x?x3xf32>
    %z = snn.fire %i {threshold = 1.0} : tensor<?x?x3xf32>
    snn.yield %z : tensor<?x?x3xi1> feedback(%z : tensor<?x?x3xi1>)
  } -> (tensor<?x?x3xi1>) history(tensor<5x?x3xi1>)
  return %y : tensor<?x?x3xi1>
}

// It is clamped to what is allowed.
// CHECK-LABEL: func.func @recurrent_clamp(
//       CHECK:   snn.recurrent {{.*}} skip 5 {
func.func @recurrent_clamp(%x: tensor<?x?x3xf32>)
    -> tensor<?x?x3xi1> {
  %n = arith.constant 9 : i64
  %y, %h = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip upto 5 (%n : i64) {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xi1>):
    %g = arith.uitofp %f : tensor<?x?x3xi1> to tensor<?x?x3xf32>
    %i = arith.addf %a, %g : tensor<?x?x3xf32>
    %z = snn.fire %i {threshold = 1.0} : tensor<?x?x3xf32>
    snn.yield %z : tensor<?x?x3xi1> feedback(%z : tensor<?x?x3xi1>)
  } -> (tensor<?x?x3xi1>) history(tensor<5x?x3xi1>)
  return %y : tensor<?x?x3xi1>
}

// CHECK-LABEL: func.func @recurrent_clamp_low(
//       CHECK:   snn.recurrent {{.*}} skip 1 {
func.func @recurrent_clamp_low(%x: tensor<?x?x3xf32>) -> tensor<?x?x3xi1> {
  %n = arith.constant -4 : i64
  %y, %h = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip upto 5 (%n : i64) {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xi1>):
    %g = arith.uitofp %f : tensor<?x?x3xi1> to tensor<?x?x3xf32>
    %i = arith.addf %a, %g : tensor<?x?x3xf32>
    %z = snn.fire %i {threshold = 1.0} : tensor<?x?x3xf32>
    snn.yield %z : tensor<?x?x3xi1> feedback(%z : tensor<?x?x3xi1>)
  } -> (tensor<?x?x3xi1>) history(tensor<5x?x3xi1>)
  return %y : tensor<?x?x3xi1>
}

// A history that is read keeps its length.
// CHECK-LABEL: func.func @recurrent_history(
//       CHECK:   snn.recurrent {{.*}} skip upto 5
func.func @recurrent_history(%x: tensor<?x?x3xf32>)
    -> (tensor<?x?x3xi1>, tensor<5x?x3xi1>) {
  %n = arith.constant 3 : i64
  %y, %h = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip upto 5 (%n : i64) {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xi1>):
    %g = arith.uitofp %f : tensor<?x?x3xi1> to tensor<?x?x3xf32>
    %i = arith.addf %a, %g : tensor<?x?x3xf32>
    %z = snn.fire %i {threshold = 1.0} : tensor<?x?x3xf32>
    snn.yield %z : tensor<?x?x3xi1> feedback(%z : tensor<?x?x3xi1>)
  } -> (tensor<?x?x3xi1>) history(tensor<5x?x3xi1>)
  return %y, %h : tensor<?x?x3xi1>, tensor<5x?x3xi1>
}

// Taps that are one-hot are a span; the body reads the spikes.
// CHECK-LABEL: func.func @recurrent_one_hot(
//       CHECK:   snn.recurrent {{.*}} skip 3 {
//       CHECK:   ^bb0(%{{.*}}: tensor<?x?x3xf32>, %[[F:.*]]: tensor<?x?x3xi1>):
//       CHECK:   arith.uitofp %[[F]]
func.func @recurrent_one_hot(%x: tensor<?x?x3xf32>)
    -> tensor<?x?x3xi1> {
  %p = arith.constant dense<[0.0, 0.0, 1.0, 0.0, 0.0]> : tensor<5xf32>
  %y, %h = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip taps (%p : tensor<5xf32>) {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
    %i = arith.addf %a, %f : tensor<?x?x3xf32>
    %z = snn.fire %i {threshold = 1.0} : tensor<?x?x3xf32>
    snn.yield %z : tensor<?x?x3xi1> feedback(%z : tensor<?x?x3xi1>)
  } -> (tensor<?x?x3xi1>) history(tensor<5x?x3xi1>)
  return %y : tensor<?x?x3xi1>
}

// On values they are not: a tap of 0 on an infinite value is NaN.
// CHECK-LABEL: func.func @recurrent_values(
//       CHECK:   snn.recurrent {{.*}} skip taps
func.func @recurrent_values(%x: tensor<?x?x3xf32>)
    -> tensor<?x?x3xf32> {
  %p = arith.constant dense<[0.0, 0.0, 1.0, 0.0, 0.0]> : tensor<5xf32>
  %y, %h = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip taps (%p : tensor<5xf32>) {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
    %i = arith.addf %a, %f : tensor<?x?x3xf32>
    snn.yield %i : tensor<?x?x3xf32> feedback(%i : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<5x?x3xf32>)
  return %y : tensor<?x?x3xf32>
}

// A mixture, and a single tap that is not 1.
// CHECK-LABEL: func.func @recurrent_taps(
//       CHECK:   snn.recurrent {{.*}} skip taps
func.func @recurrent_taps(%x: tensor<?x?x3xf32>)
    -> tensor<?x?x3xi1> {
  %p = arith.constant dense<[0.0, 0.5, 0.0, 0.0, 0.0]> : tensor<5xf32>
  %y, %h = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip taps (%p : tensor<5xf32>) {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
    %i = arith.addf %a, %f : tensor<?x?x3xf32>
    %z = snn.fire %i {threshold = 1.0} : tensor<?x?x3xf32>
    snn.yield %z : tensor<?x?x3xi1> feedback(%z : tensor<?x?x3xi1>)
  } -> (tensor<?x?x3xi1>) history(tensor<5x?x3xi1>)
  return %y : tensor<?x?x3xi1>
}
