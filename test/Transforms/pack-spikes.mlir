// Spikes between layers go through words, where all that reads them can.
// RUN: snn-opt %s --snn-pack-spikes --split-input-file | FileCheck %s
// RUN: snn-opt %s --snn-pack-spikes="least-neurons=65" --split-input-file | FileCheck %s --check-prefix=LEAST
// RUN: snn-opt %s --snn-pack-spikes --canonicalize --split-input-file | FileCheck %s --check-prefix=UNDONE

// From a threshold to a synapse. The pair is not folded by a greedy driver, but
// canonicalization takes it away.
// CHECK-LABEL: func.func @synapse(
//       CHECK:   %[[S:.*]] = snn.fire
//       CHECK:   %[[W:.*]] = snn.pack %[[S]] : tensor<?x?x64xi1>
//       CHECK:   %[[B:.*]] = snn.unpack %[[W]] {neurons = 64 : i64} : tensor<?x?x2xi32>
//       CHECK:   snn.linear %[[B]], %{{.*}}
// LEAST-LABEL: func.func @synapse(
//   LEAST-NOT:   snn.pack
// UNDONE-LABEL: func.func @synapse(
//       UNDONE:   %[[S:.*]] = snn.fire
//   UNDONE-NOT:   pack
//       UNDONE:   snn.linear %[[S]], %{{.*}}
func.func @synapse(%u: tensor<?x?x64xf32>, %w: tensor<10x64xf32>)
    -> tensor<?x?x10xf32> {
  %s = snn.fire %u {threshold = 1.0} : tensor<?x?x64xf32>
  %y = snn.linear %s, %w : tensor<?x?x64xi1>, tensor<10x64xf32>
  return %y : tensor<?x?x10xf32>
}

// -----

// From a neuron to two synapses, one of which has a delay, to a pack and to a
// record. The delay is one of words, in either direction of time.
// CHECK-LABEL: func.func @readers(
//  CHECK-SAME:     %[[HISTORY:[a-z0-9]+]]: tensor<3x?x65xi1>
//       CHECK:   %[[S:.*]], %{{.*}} = snn.lif {{.*}}snn.layer = "hidden"
//       CHECK:   %[[W:.*]] = snn.pack %[[S]] : tensor<?x?x65xi1>
//       CHECK:   %[[B:.*]] = snn.unpack %[[W]] {neurons = 65 : i64}
//       CHECK:   %[[Y:.*]] = snn.linear %[[B]],
//       CHECK:   %[[H:.*]] = snn.pack %[[HISTORY]] : tensor<3x?x65xi1>
//       CHECK:   %[[D:.*]], %[[R:.*]] = snn.delay reverse %[[W]] by [3] init(%[[H]] : tensor<3x?x3xi32>) : tensor<?x?x3xi32>
//   CHECK-DAG:   %[[DB:.*]] = snn.unpack %[[D]] {neurons = 65 : i64} : tensor<?x?x3xi32>
//   CHECK-DAG:   %[[RB:.*]] = snn.unpack %[[R]] {neurons = 65 : i64} : tensor<3x?x3xi32>
//       CHECK:   %[[Z:.*]] = snn.linear %[[DB]],
//       CHECK:   %[[P:.*]] = snn.pack %[[B]]
//       CHECK:   return %[[Y]], %[[Z]], %[[P]], %[[RB]], %[[S]]
// LEAST-LABEL: func.func @readers(
//       LEAST:   snn.pack
func.func @readers(%x: tensor<?x?x65xf32>, %w: tensor<10x65xf32>,
                   %h: tensor<3x?x65xi1>)
    -> (tensor<?x?x10xf32>, tensor<?x?x10xf32>, tensor<?x?x3xi32>,
        tensor<3x?x65xi1>, tensor<?x?x65xi1> {snn.record = "hidden"}) {
  %s, %v = snn.lif %x {decay = 0.5, threshold = 1.0, snn.layer = "hidden"}
      : tensor<?x?x65xf32>
  %y = snn.linear %s, %w : tensor<?x?x65xi1>, tensor<10x65xf32>
  %d, %r = snn.delay reverse %s by [3] init(%h : tensor<3x?x65xi1>)
      : tensor<?x?x65xi1>
  %z = snn.linear %d, %w : tensor<?x?x65xi1>, tensor<10x65xf32>
  %p = snn.pack %s : tensor<?x?x65xi1>
  return %y, %z, %p, %r, %s : tensor<?x?x10xf32>, tensor<?x?x10xf32>,
      tensor<?x?x3xi32>, tensor<3x?x65xi1>, tensor<?x?x65xi1>
}

// -----

// Gates of either kind, one after the other: each stays itself.
// CHECK-LABEL: func.func @gates(
//       CHECK:   %[[S:.*]], %{{.*}} = snn.neuron
//       CHECK:   %[[W0:.*]] = snn.pack %[[S]]
//       CHECK:   %[[B0:.*]] = snn.unpack %[[W0]]
//       CHECK:   %[[E:.*]], %{{.*}} = snn.refractory event 4 %[[B0]]
//       CHECK:   %[[W1:.*]] = snn.pack %[[E]]
//       CHECK:   %[[B1:.*]] = snn.unpack %[[W1]]
//       CHECK:   %[[G:.*]], %{{.*}} = snn.refractory window 4 %[[B1]]
//       CHECK:   snn.pack %[[G]]
//   CHECK-NOT:   snn.unpack
func.func @gates(%x: tensor<?x?x96xf32>) -> tensor<?x?x3xi32> {
  %s, %v = snn.neuron ins(%x : tensor<?x?x96xf32>) {
  ^bb0(%xt: f32, %v0: f32):
    %u = arith.addf %v0, %xt : f32
    %z = snn.fire %u {threshold = 1.0} : f32
    snn.yield %z : i1 state(%u : f32)
  } -> (tensor<?x?x96xi1>) state(tensor<?x96xf32>)
  %e, %n = snn.refractory event 4 %s : tensor<?x?x96xi1>
  %g, %m = snn.refractory window 4 %e : tensor<?x?x96xi1>
  %w = snn.pack %g : tensor<?x?x96xi1>
  return %w : tensor<?x?x3xi32>
}

// -----

// Groups of delays and several dimensions of neurons, of whole words.
// CHECK-LABEL: func.func @dimensions(
//       CHECK:   %[[W:.*]] = snn.pack %{{.*}} : tensor<?x?x64xi1>
//       CHECK:   %[[D:.*]], %{{.*}} = snn.delay %[[W]] by [1, 5] groups : tensor<?x?x2xi32>
//       CHECK:   snn.unpack %[[D]] {neurons = 64 : i64} : tensor<?x?x2x2xi32>
//       CHECK:   snn.pack %{{.*}} : tensor<?x?x3x32xi1>
//       CHECK:   snn.unpack %{{.*}} {neurons = 32 : i64} : tensor<?x?x3x1xi32>
func.func @dimensions(%u: tensor<?x?x64xf32>, %w: tensor<10x2x64xf32>,
                      %v: tensor<?x?x3x32xf32>, %k: tensor<10x3x32xf32>)
    -> (tensor<?x?x10xf32>, tensor<?x?x10xf32>) {
  %s = snn.fire %u {threshold = 1.0} : tensor<?x?x64xf32>
  %d, %h = snn.delay %s by [1, 5] groups : tensor<?x?x64xi1>
  %y = snn.linear %d, %w : tensor<?x?x2x64xi1>, tensor<10x2x64xf32>
  %t = snn.fire %v {threshold = 1.0} : tensor<?x?x3x32xf32>
  %z = snn.linear %t, %k : tensor<?x?x3x32xi1>, tensor<10x3x32xf32>
  return %y, %z : tensor<?x?x10xf32>, tensor<?x?x10xf32>
}

// -----

// Readers of bytes: results that are not records, convolutions, delays of each
// source, phase gates, neurons, a delay whose reader is one, and none at all.
// CHECK-LABEL: func.func @readers_of_bytes(
//   CHECK-NOT:   pack
//       CHECK:   return
func.func @readers_of_bytes(%u: tensor<?x?x64xf32>, %w: tensor<10x64xf32>,
    %image: tensor<?x?x1x8x32xf32>, %kernel: tensor<2x1x3x3xf32>)
    -> (tensor<?x?x64xi1>, tensor<?x?x10xf32>, tensor<?x?x2x6x30xf32>,
        tensor<?x?x64xi1>, tensor<?x?x64xi1>, tensor<?x?x64xi1>,
        tensor<?x?x64xi1>) {
  %s = snn.fire %u {threshold = 1.0} : tensor<?x?x64xf32>
  %y = snn.linear %s, %w : tensor<?x?x64xi1>, tensor<10x64xf32>
  %i = snn.fire %image {threshold = 1.0} : tensor<?x?x1x8x32xf32>
  %c = snn.conv2d %i, %kernel
      : tensor<?x?x1x8x32xi1>, tensor<2x1x3x3xf32>
  %a = snn.fire %u {threshold = 2.0} : tensor<?x?x64xf32>
  %d, %h = snn.delay %a by [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8,
                            1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8,
                            1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8,
                            1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8]
      per_source : tensor<?x?x64xi1>
  %b = snn.fire %u {threshold = 3.0} : tensor<?x?x64xf32>
  %p = snn.refractory phase 4 %b : tensor<?x?x64xi1>
  %e = snn.fire %u {threshold = 4.0} : tensor<?x?x64xf32>
  %n = snn.neuron ins(%e : tensor<?x?x64xi1>) {
  ^bb0(%z: i1):
    snn.yield %z : i1
  } -> (tensor<?x?x64xi1>)
  %f = snn.fire %u {threshold = 5.0} : tensor<?x?x64xf32>
  %g, %k = snn.delay %f by [2] : tensor<?x?x64xi1>
  %none = snn.fire %u {threshold = 6.0} : tensor<?x?x64xf32>
  return %s, %y, %c, %d, %p, %n, %g : tensor<?x?x64xi1>, tensor<?x?x10xf32>,
      tensor<?x?x2x6x30xf32>, tensor<?x?x64xi1>, tensor<?x?x64xi1>,
      tensor<?x?x64xi1>, tensor<?x?x64xi1>
}

// -----

// Makers of bytes: arguments, samples, phase gates and thresholds of some of
// the dimensions.
// CHECK-LABEL: func.func @makers_of_bytes(
//   CHECK-NOT:   pack
//       CHECK:   return
func.func @makers_of_bytes(%s: tensor<?x?x64xi1>, %w: tensor<10x64xf32>,
    %p: tensor<?x?x64xf32>, %u: tensor<?x?x2x64xf32>, %t: tensor<64xf32>,
    %k: tensor<10x2x64xf32>)
    -> (tensor<?x?x10xf32>, tensor<?x?x10xf32>, tensor<?x?x10xf32>,
        tensor<?x?x10xf32>) {
  %a = snn.linear %s, %w : tensor<?x?x64xi1>, tensor<10x64xf32>
  %n = snn.sample %p {seed = 1, id = 0} : tensor<?x?x64xf32>
  %b = snn.linear %n, %w : tensor<?x?x64xi1>, tensor<10x64xf32>
  %g = snn.refractory phase 4 %s : tensor<?x?x64xi1>
  %c = snn.linear %g, %w : tensor<?x?x64xi1>, tensor<10x64xf32>
  %f = snn.fire %u, %t : tensor<?x?x2x64xf32>, tensor<64xf32>
  %d = snn.linear %f, %k : tensor<?x?x2x64xi1>, tensor<10x2x64xf32>
  return %a, %b, %c, %d : tensor<?x?x10xf32>, tensor<?x?x10xf32>,
      tensor<?x?x10xf32>, tensor<?x?x10xf32>
}

// -----

// Too few neurons, words that end inside of a row, and a contraction of several
// dimensions without whole words.
// CHECK-LABEL: func.func @sizes(
//   CHECK-NOT:   pack
//       CHECK:   return
func.func @sizes(%u: tensor<?x?x31xf32>, %w: tensor<10x31xf32>,
                 %v: tensor<?x?x2x40xf32>, %k: tensor<10x40xf32>,
                 %x: tensor<?x?x33xf32>, %g: tensor<10x2x33xf32>)
    -> (tensor<?x?x10xf32>, tensor<?x?x2x10xf32>, tensor<?x?x10xf32>) {
  %s = snn.fire %u {threshold = 1.0} : tensor<?x?x31xf32>
  %a = snn.linear %s, %w : tensor<?x?x31xi1>, tensor<10x31xf32>
  %t = snn.fire %v {threshold = 1.0} : tensor<?x?x2x40xf32>
  %b = snn.linear %t, %k : tensor<?x?x2x40xi1>, tensor<10x40xf32>
  %z = snn.fire %x {threshold = 1.0} : tensor<?x?x33xf32>
  %d, %h = snn.delay %z by [1, 2] groups : tensor<?x?x33xi1>
  %c = snn.linear %d, %g : tensor<?x?x2x33xi1>, tensor<10x2x33xf32>
  return %a, %b, %c : tensor<?x?x10xf32>, tensor<?x?x2x10xf32>,
      tensor<?x?x10xf32>
}

// -----

// In a recurrence, the feedback, its history and the output that only a synapse
// reads are words, and so is what ops of the body make for each other.
// CHECK-LABEL: func.func @recurrence(
//  CHECK-SAME:   %[[H:[a-z0-9]+]]: tensor<4x?x64xi1>
//       CHECK:   %[[H0:.*]] = snn.pack %[[H]]
//       CHECK:   %[[S:[^,]*]], %{{.*}}, %[[HT:.*]] = snn.recurrent ins({{.*}}) skip 4
//  CHECK-SAME:     history(%[[H0]] : tensor<4x?x2xi32>) attributes {window = 4 : i64}
//       CHECK:   ^bb0(%{{.*}}: tensor<?x?x64xf32>, %[[F:.*]]: tensor<?x?x2xi32>,
//       CHECK:     %[[BITS:.*]] = snn.unpack %[[F]] {neurons = 64 : i64}
//       CHECK:     snn.linear %[[BITS]]
//       CHECK:     %[[Z:[^,]*]], %{{.*}} = snn.lif
//       CHECK:     %[[ZW:.*]] = snn.pack %[[Z]]
//       CHECK:     %[[ZB:.*]] = snn.unpack %[[ZW]]
//       CHECK:     snn.linear %[[ZB]]
//       CHECK:     %[[G:.*]] = snn.fire
// CHECK-COUNT-2:    snn.pack %[[G]]
//       CHECK:     snn.yield %{{.*}} : tensor<?x?x2xi32> feedback(%{{.*}} : tensor<?x?x2xi32>)
//       CHECK:   %[[SB:.*]] = snn.unpack %[[S]]
//       CHECK:   %[[HB:.*]] = snn.unpack %[[HT]]
//       CHECK:   snn.linear %[[SB]]
//       CHECK:   return %{{.*}}, %[[HB]]
func.func @recurrence(%x: tensor<?x?x64xf32>,
    %w: tensor<64x64xf32> {snn.param = "w"}, %h: tensor<4x?x64xi1>)
    -> (tensor<?x?x64xf32>, tensor<4x?x64xi1>) {
  %v = arith.constant dense<0.0> : tensor<1x64xf32>
  %v0 = tensor.cast %v : tensor<1x64xf32> to tensor<?x64xf32>
  %s, %vT, %hT = snn.recurrent ins(%x : tensor<?x?x64xf32>) skip 4
      state(%v0 : tensor<?x64xf32>) history(%h : tensor<4x?x64xi1>)
      attributes {window = 4 : i64} {
  ^bb0(%xt: tensor<?x?x64xf32>, %f: tensor<?x?x64xi1>, %v1: tensor<?x64xf32>):
    %r = snn.linear %f, %w : tensor<?x?x64xi1>, tensor<64x64xf32>
    %u = arith.addf %r, %xt : tensor<?x?x64xf32>
    %z, %v2 = snn.lif %u init(%v1 : tensor<?x64xf32>)
        {decay = 0.5, threshold = 1.0} : tensor<?x?x64xf32>
    %q = snn.linear %z, %w : tensor<?x?x64xi1>, tensor<64x64xf32>
    %g = snn.fire %q {threshold = 1.0} : tensor<?x?x64xf32>
    snn.yield %g : tensor<?x?x64xi1> feedback(%g : tensor<?x?x64xi1>)
        state(%v2 : tensor<?x64xf32>)
  } -> (tensor<?x?x64xi1>) state(tensor<?x64xf32>)
    history(tensor<4x?x64xi1>)
  %y = snn.linear %s, %w : tensor<?x?x64xi1>, tensor<64x64xf32>
  return %y, %hT : tensor<?x?x64xf32>, tensor<4x?x64xi1>
}

// -----

// A delay in a body keeps its bytes: its history is a state of the recurrence.
// CHECK-LABEL: func.func @delay_in_body(
//   CHECK-NOT:   snn.pack
//       CHECK:   return
func.func @delay_in_body(%x: tensor<?x?x64xf32>,
    %w: tensor<64x64xf32> {snn.param = "w"}, %d: tensor<3x?x64xi1>,
    %h: tensor<1x?x64xf32>) -> tensor<?x?x64xf32> {
  %y, %dT, %hT = snn.recurrent ins(%x : tensor<?x?x64xf32>) skip 1
      state(%d : tensor<3x?x64xi1>) history(%h : tensor<1x?x64xf32>) {
  ^bb0(%xt: tensor<?x?x64xf32>, %f: tensor<?x?x64xf32>, %d0: tensor<3x?x64xi1>):
    %z = snn.fire %xt {threshold = 1.0} : tensor<?x?x64xf32>
    %e, %d1 = snn.delay %z by [3] init(%d0 : tensor<3x?x64xi1>) : tensor<?x?x64xi1>
    %r = snn.linear %e, %w : tensor<?x?x64xi1>, tensor<64x64xf32>
    %s = arith.addf %r, %f : tensor<?x?x64xf32>
    snn.yield %s : tensor<?x?x64xf32> feedback(%s : tensor<?x?x64xf32>)
        state(%d1 : tensor<3x?x64xi1>)
  } -> (tensor<?x?x64xf32>) state(tensor<3x?x64xi1>)
    history(tensor<1x?x64xf32>)
  return %y : tensor<?x?x64xf32>
}

// -----

// What is returned as spikes stays bytes, beside words that feed back; spans per
// source read bytes. What is packed already is left alone.
// CHECK-LABEL: func.func @returned(
//       CHECK:   snn.recurrent {{.*}} skip 1 {
//       CHECK:     snn.yield %[[Z:.*]] : tensor<?x?x64xi1> feedback(%{{.*}} : tensor<?x?x2xi32>)
//   CHECK-NOT:   unpack
//       CHECK:   snn.recurrent
//       CHECK:     snn.yield %[[Y:.*]] : tensor<?x?x64xi1> feedback(%[[Y]] : tensor<?x?x64xi1>)
//   CHECK-NOT:   unpack
//       CHECK:   return
func.func @returned(%x: tensor<?x?x64xf32>,
    %w: tensor<64x64xf32> {snn.param = "w"})
    -> (tensor<?x?x64xi1>, tensor<?x?x64xi1>, tensor<?x?x2xi32>) {
  %s, %h = snn.recurrent ins(%x : tensor<?x?x64xf32>) skip 1 {
  ^bb0(%xt: tensor<?x?x64xf32>, %f: tensor<?x?x64xi1>):
    %r = snn.linear %f, %w : tensor<?x?x64xi1>, tensor<64x64xf32>
    %u = arith.addf %r, %xt : tensor<?x?x64xf32>
    %z = snn.fire %u {threshold = 1.0} : tensor<?x?x64xf32>
    snn.yield %z : tensor<?x?x64xi1> feedback(%z : tensor<?x?x64xi1>)
  } -> (tensor<?x?x64xi1>) history(tensor<1x?x64xi1>)
  %t, %k = snn.recurrent ins(%x : tensor<?x?x64xf32>)
      skip [1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
            1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
            1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1] {
  ^bb0(%xt: tensor<?x?x64xf32>, %f: tensor<?x?x64xi1>):
    %r = snn.linear %f, %w : tensor<?x?x64xi1>, tensor<64x64xf32>
    %u = arith.addf %r, %xt : tensor<?x?x64xf32>
    %z = snn.fire %u {threshold = 1.0} : tensor<?x?x64xf32>
    snn.yield %z : tensor<?x?x64xi1> feedback(%z : tensor<?x?x64xi1>)
  } -> (tensor<?x?x64xi1>) history(tensor<2x?x64xi1>)
  %p = snn.fire %x {threshold = 1.0} : tensor<?x?x64xf32>
  %q = snn.pack %p : tensor<?x?x64xi1>
  return %s, %t, %q : tensor<?x?x64xi1>, tensor<?x?x64xi1>, tensor<?x?x2xi32>
}

// -----

// What has no single block is left alone.
// CHECK-LABEL: func.func private @outside(
func.func private @outside(tensor<?x?x64xi1>)
