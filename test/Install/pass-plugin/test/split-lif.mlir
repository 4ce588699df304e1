// RUN: snn-opt --load-pass-plugin=%plugin \
// RUN:   --pass-pipeline='builtin.module(func.func(split-lif))' %s | FileCheck %s

// CHECK-LABEL: func.func @split(
//  CHECK-SAME:   %[[X:.*]]: tensor<?x?x4xf32>, %[[V0:.*]]: tensor<?x4xf32>)
//       CHECK:   %[[V:.*]], %[[VT:.*]] = snn.li %[[X]] init(%[[V0]] : tensor<?x4xf32>)
//  CHECK-SAME:     {decay = 5.000000e-01 : f64, decay_input} : tensor<?x?x4xf32>
//       CHECK:   %[[S:.*]] = snn.fire %[[V]]
//  CHECK-SAME:     {compare = #snn.compare<gt>, snn.layer = "readout",
//  CHECK-SAME:      surrogate = #snn.surrogate<atan, {{.*}}>, threshold = 2.000000e+00 : f64}
//       CHECK:   return %[[S]], %[[V]], %[[VT]]
func.func @split(%x: tensor<?x?x4xf32>, %v0: tensor<?x4xf32>)
    -> (tensor<?x?x4xi1>, tensor<?x?x4xf32>, tensor<?x4xf32>) {
  %s, %u, %v = snn.lif %x init(%v0 : tensor<?x4xf32>)
      {decay = 0.5, decay_input, threshold = 2.0, reset = #snn.reset<none>,
       compare = #snn.compare<gt>, surrogate = #snn.surrogate<atan, 2.0>,
       potential = #snn.potential<before_reset>, snn.layer = "readout"}
      : tensor<?x?x4xf32>
  return %s, %u, %v : tensor<?x?x4xi1>, tensor<?x?x4xf32>, tensor<?x4xf32>
}

// A reset is what makes a LIF more than a filter.
// CHECK-LABEL: func.func @reset(
//       CHECK:   snn.lif
func.func @reset(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xi1> {
  %s, %v = snn.lif %x {decay = 0.5, threshold = 2.0,
                       reset = #snn.reset<subtract>} : tensor<?x?x4xf32>
  return %s : tensor<?x?x4xi1>
}

// CHECK-LABEL: func.func @refractory(
//       CHECK:   snn.lif
func.func @refractory(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xi1> {
  %s, %v, %c = snn.lif %x {decay = 0.5, threshold = 2.0, refractory = 3,
                           reset = #snn.reset<none>} : tensor<?x?x4xf32>
  return %s : tensor<?x?x4xi1>
}

// The state is f32, what a leaky integrator puts out would be f16.
// CHECK-LABEL: func.func @half(
//       CHECK:   snn.lif
func.func @half(%x: tensor<?x?x4xf16>) -> tensor<?x?x4xi1> {
  %s, %v = snn.lif %x {decay = 0.5, threshold = 2.0,
                       reset = #snn.reset<none>} : tensor<?x?x4xf16>
  return %s : tensor<?x?x4xi1>
}
