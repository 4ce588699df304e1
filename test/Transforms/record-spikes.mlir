// The spikes of every layer become results.
// RUN: snn-opt %s --snn-record-spikes | FileCheck %s

// Where layers are marked, they alone are recorded.
// CHECK-LABEL: func.func @marked(
//  CHECK-SAME:   -> (tensor<?x?x4xi1>, tensor<?x?x4xi1> {snn.record = "hidden"})
//       CHECK:   %[[A:.*]], %{{.*}} = snn.lif
//       CHECK:   %[[B:.*]], %{{.*}} = snn.lif
//       CHECK:   return %[[B]], %[[A]]
func.func @marked(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xi1> {
  %a, %aT = snn.lif %x {decay = 0.5, threshold = 1.0, snn.layer = "hidden"}
      : tensor<?x?x4xf32>
  %b, %bT = snn.lif %x {decay = 0.5, threshold = 1.0} : tensor<?x?x4xf32>
  return %b : tensor<?x?x4xi1>
}

// Otherwise every sequence of spikes, numbered by kind, but no candidates of a
// gate and nothing that is only moved.
// CHECK-LABEL: func.func @unmarked(
//  CHECK-SAME:   -> (tensor<?x?x4xi1>, tensor<?x?x4xi1> {snn.record = "lif0"}, tensor<?x?x4xi1> {snn.record = "lif1"}, tensor<?x?x4xi1> {snn.record = "refractory0"})
//       CHECK:   %[[A:.*]], %{{.*}} = snn.lif
//       CHECK:   %[[B:.*]], %{{.*}} = snn.lif
//       CHECK:   %[[G:.*]], %{{.*}} = snn.refractory
//       CHECK:   %[[D:.*]], %{{.*}} = snn.delay
//       CHECK:   return %[[D]], %[[A]], %[[B]], %[[G]]
func.func @unmarked(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xi1> {
  %a, %aT = snn.lif %x {decay = 0.5, threshold = 1.0} : tensor<?x?x4xf32>
  %b, %bT = snn.lif %x {decay = 0.5, threshold = 1.0} : tensor<?x?x4xf32>
  %c = snn.fire %x {threshold = 1.0} : tensor<?x?x4xf32>
  %g, %gT = snn.refractory event 4 %c : tensor<?x?x4xi1>
  %d, %dT = snn.delay %g by [3] : tensor<?x?x4xi1>
  return %d : tensor<?x?x4xi1>
}

// Sequences of values are no spikes, and a scalar has no time.
// CHECK-LABEL: func.func @values(
//  CHECK-SAME:   -> tensor<?x?x4xf32>
//   CHECK-NOT:   snn.record
func.func @values(%x: tensor<?x?x4xf32>, %u: f32) -> tensor<?x?x4xf32> {
  %v, %vT = snn.li %x {decay = 0.5} : tensor<?x?x4xf32>
  %s = snn.fire %u {threshold = 1.0} : f32
  return %v : tensor<?x?x4xf32>
}

// Records have different names, even where layers have one.
// CHECK-LABEL: func.func @same_layer(
//  CHECK-SAME:   {snn.record = "h"}
//  CHECK-SAME:   {snn.record = "[[SECOND:h[^"]+]]"}
//   CHECK-NOT:   {snn.record = "[[SECOND]]"}
//       CHECK:   snn.lif
func.func @same_layer(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xi1> {
  %a, %aT = snn.lif %x {decay = 0.5, threshold = 1.0, snn.layer = "h"}
      : tensor<?x?x4xf32>
  %b, %bT = snn.lif %x {decay = 0.5, threshold = 1.0, snn.layer = "h"}
      : tensor<?x?x4xf32>
  %c, %cT = snn.lif %x {decay = 0.5, threshold = 1.0, snn.layer = "h1"}
      : tensor<?x?x4xf32>
  return %a : tensor<?x?x4xi1>
}
