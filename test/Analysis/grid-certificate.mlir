// What is proven of sums where numbers are on a grid, and why not.
// RUN: snnc --explain %s --function=exact | FileCheck %s --check-prefix=EXACT
// RUN: snnc --explain %s --function=loud | FileCheck %s --check-prefix=LOUD
// RUN: snnc --explain %s --function=negative | FileCheck %s --check-prefix=NEGATIVE
// RUN: snnc --explain %s --function=leaks | FileCheck %s --check-prefix=LEAKS
// RUN: snnc --explain %s --function=finite | FileCheck %s --check-prefix=FINITE
// RUN: snnc --explain %s --function=images | FileCheck %s --check-prefix=IMAGES
// RUN: snnc --explain %s --function=feedback | FileCheck %s --check-prefix=FEEDBACK
// RUN: snnc --explain %s --function=narrow | FileCheck %s --check-prefix=NARROW
// RUN: snnc --explain %s --function=plain | FileCheck %s --check-prefix=PLAIN

// The weights are multiples of 2^-3, the inputs of 2^-2; a potential below 1
// gains at most 0.75 (twice, for a late reset), and a reset takes 1.
// EXACT: {{^linear0 }}
// EXACT-NEXT: certificate exact: its sums are multiples of 2^-5 up to 0.875, exact in 24
// EXACT: {{^lif0 }}
// EXACT-NEXT: certificate exact: its potentials are multiples of 2^-5 up to 2.75, exact in 24
func.func @exact(%x: tensor<?x?x2xf32> {snn.grid = {step = 0.25, max = 1.0, min = 0.0}})
    -> tensor<?x?x2xi1> {
  %w = arith.constant dense<[[0.5, 0.25], [0.375, 0.0]]> : tensor<2x2xf32>
  %b = arith.constant dense<[0.0, 0.125]> : tensor<2xf32>
  %i = snn.linear %x, %w, %b : tensor<?x?x2xf32>, tensor<2x2xf32>, tensor<2xf32>
  %s, %v = snn.lif %i {decay = 1.0, threshold = 1.0, reset = #snn.reset<subtract>}
      : tensor<?x?x2xf32>
  return %s : tensor<?x?x2xi1>
}

// LOUD: {{^lif0}}
// LOUD-NEXT: certificate none: inputs raise the potential without end
// A hard reset holds it.
// LOUD: {{^lif1}}
// LOUD-NEXT: certificate exact: its potentials are multiples of 2^-3 up to 17, exact
func.func @loud(%x: tensor<?x?x2xf32> {snn.grid = {step = 0.125, max = 8.0, min = 0.0}})
    -> (tensor<?x?x2xi1>, tensor<?x?x2xi1>) {
  %s, %v = snn.lif %x {decay = 1.0, threshold = 1.0, reset = #snn.reset<subtract>}
      : tensor<?x?x2xf32>
  %z, %u = snn.lif %x {decay = 1.0, threshold = 1.0, reset = #snn.reset<value, 0.0>}
      : tensor<?x?x2xf32>
  return %s, %z : tensor<?x?x2xi1>, tensor<?x?x2xi1>
}

// NEGATIVE: certificate none: negative inputs lower the potential without end
func.func @negative(%x: tensor<?x?x2xf32> {snn.grid = {step = 0.125, max = 0.5}})
    -> tensor<?x?x2xi1> {
  %s, %v = snn.lif %x {decay = 1.0, threshold = 1.0, reset = #snn.reset<subtract>}
      : tensor<?x?x2xf32>
  return %s : tensor<?x?x2xi1>
}

// LEAKS: {{^li0}}
// LEAKS-NEXT: certificate none: the potential leaks
// LEAKS: {{^lif0}}
// LEAKS-NEXT: certificate none: the potential leaks
// LEAKS: {{^linear0}}
// LEAKS-NEXT: certificate none: the values of 'w' are not known when it is compiled
// LEAKS: {{^linear1}}
// LEAKS-NEXT: certificate none: its sums are multiples of 2^-{{[0-9]+}} up to 0.2{{.*}}, more than the 24
// LEAKS: {{^scan0}}
// LEAKS: certificate none: a sum over time is bounded only for a static number of steps
func.func @leaks(%x: tensor<?x?x2xf32> {snn.grid = {step = 0.125, max = 1.0}},
                 %w: tensor<2x2xf32> {snn.param = "w"})
    -> (tensor<?x?x2xi1>, tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) {
  %y, %u = snn.li %x {decay = 0.5} : tensor<?x?x2xf32>
  %s, %v = snn.lif %x {decay = 0.99999999999, threshold = 1.0, reset = #snn.reset<subtract>}
      : tensor<?x?x2xf32>
  %i = snn.linear %x, %w : tensor<?x?x2xf32>, tensor<2x2xf32>
  %c = arith.constant dense<0.1> : tensor<2x2xf32>
  %j = snn.linear %x, %c : tensor<?x?x2xf32>, tensor<2x2xf32>
  %h, %n = snn.scan real (%x) : (tensor<?x?x2xf32>)
  return %s, %i, %j, %y, %h : tensor<?x?x2xi1>, tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>
}

// FINITE: {{^li0}}
// FINITE: certificate exact: sums over time are multiples of 2^0 up to 1024, exact in 24
// FINITE: {{^li1}}
// FINITE: certificate none: sums over time are multiples of 2^0 up to 1.67772e+07, more
// FINITE: {{^lif0}}
// FINITE: certificate exact: its potentials are multiples of 2^0 up to
func.func @finite(%x: tensor<16x?x2xf32> {snn.grid = {step = 1.0, max = 64.0}},
                  %l: tensor<16x?x2xf32> {snn.grid = {step = 1.0, max = 1048576.0}})
    -> (tensor<16x?x2xf32>, tensor<16x?x2xf32>, tensor<16x?x2xi1>) {
  %y, %u = snn.li %x {decay = 1.0} : tensor<16x?x2xf32>
  %z, %n = snn.li %l {decay = 1.0} : tensor<16x?x2xf32>
  %s, %v = snn.lif %x {decay = 1.0, threshold = 1.0, reset = #snn.reset<none>}
      : tensor<16x?x2xf32>
  return %y, %z, %s : tensor<16x?x2xf32>, tensor<16x?x2xf32>, tensor<16x?x2xi1>
}

// IMAGES: {{^avg_pool2d0}}
// IMAGES-NEXT: certificate exact: its sums are multiples of 2^-1 up to 16, exact in 24
// IMAGES: {{^avg_pool2d1}}
// IMAGES-NEXT: certificate none: a mean of 3 numbers is not on a grid
// IMAGES: {{^conv2d0}}
// IMAGES-NEXT: certificate exact: its sums are multiples of 2^-4 up to 8, exact in 24
func.func @images(%x: tensor<?x?x1x4x6xf32> {snn.grid = {step = 0.5, max = 4.0}})
    -> (tensor<?x?x1x1x2xf32>, tensor<?x?x1x4x2xf32>) {
  %k = arith.constant dense<0.5> : tensor<1x1x2x2xf32>
  %m = snn.avg_pool2d %x {kernel = array<i64: 2, 2>} : tensor<?x?x1x4x6xf32>
  %n = snn.avg_pool2d %x {kernel = array<i64: 1, 3>} : tensor<?x?x1x4x6xf32>
  %c = snn.conv2d %m, %k : tensor<?x?x1x2x3xf32>, tensor<1x1x2x2xf32>
  return %c, %n : tensor<?x?x1x1x2xf32>, tensor<?x?x1x4x2xf32>
}

// FEEDBACK: {{^recurrent0}}
// FEEDBACK-NEXT: certificate exact: all ops of its body are exact
func.func @feedback(%x: tensor<?x?x2xf32> {snn.grid = {step = 0.25, max = 0.25, min = 0.0}})
    -> tensor<?x?x2xi1> {
  %s, %vT, %h = snn.recurrent ins(%x : tensor<?x?x2xf32>) skip 2 {
  ^bb0(%xw: tensor<?x?x2xf32>, %fb: tensor<?x?x2xi1>, %v: tensor<?x2xf32>):
    %w = arith.constant dense<0.25> : tensor<2x2xf32>
    %r = snn.linear %fb, %w : tensor<?x?x2xi1>, tensor<2x2xf32>
    %i = arith.addf %xw, %r : tensor<?x?x2xf32>
    %z, %v1 = snn.lif %i init(%v : tensor<?x2xf32>)
        {decay = 1.0, threshold = 1.0, reset = #snn.reset<subtract>}
        : tensor<?x?x2xf32>
    snn.yield %z : tensor<?x?x2xi1> feedback(%z : tensor<?x?x2xi1>)
        state(%v1 : tensor<?x2xf32>)
  } -> (tensor<?x?x2xi1>) state(tensor<?x2xf32>) history(tensor<2x?x2xi1>)
  return %s : tensor<?x?x2xi1>
}

// Sums of f16 are taken in f32, but must be numbers of f16.
// NARROW: certificate none: its sums are multiples of 2^0 up to 2048, more than the 11
func.func @narrow(%x: tensor<?x?x2xf16> {snn.grid = {step = 1.0, max = 1024.0}})
    -> tensor<?x?x1xf16> {
  %w = arith.constant dense<1.0> : tensor<1x2xf16>
  %y = snn.linear %x, %w : tensor<?x?x2xf16>, tensor<1x2xf16>
  return %y : tensor<?x?x1xf16>
}

// Without a grid there is no certificate.
// PLAIN-NOT: certificate
//     PLAIN: {{^lif0}}
// PLAIN-NOT: certificate
func.func @plain(%x: tensor<?x?x2xf32>) -> tensor<?x?x2xi1> {
  %s, %v = snn.lif %x {decay = 1.0, threshold = 1.0, reset = #snn.reset<subtract>}
      : tensor<?x?x2xf32>
  return %s : tensor<?x?x2xi1>
}
