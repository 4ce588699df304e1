// Constant kernels that are sums of exponentials become scans.
// RUN: snn-opt %s --snn-recognize-recurrence --split-input-file | FileCheck %s
// RUN: snn-opt %s --snn-recognize-recurrence=numerics=exact --split-input-file | FileCheck %s --check-prefix=EXACT
// RUN: not snn-opt %s --snn-recognize-recurrence=numerics=loose --split-input-file 2>&1 | FileCheck %s --check-prefix=ERROR

// EXACT-NOT: snn.scan
// ERROR: error: {{.*}} snn-recognize-recurrence: expected numerics bounded, exact or fast, but got loose

// What the kernel does not have is subtracted: a^4 = 1/16, four steps later.
// CHECK-LABEL: func.func @one(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: tensor<?x?x4xf32>
//   CHECK-NOT:   snn.temporal_conv
//       CHECK:   %[[LATE:.*]], %{{.*}} = snn.delay %[[X]] by [4]
//   CHECK-DAG:   %[[END:.*]] = arith.constant 6.250000e-02 : f32
//       CHECK:   %[[ENDED:.*]] = linalg.generic {{.*}} ins(%[[X]], %[[LATE]] :
//       CHECK:   ^bb0(%[[NOW:.*]]: f32, %[[THEN:.*]]: f32, %{{.*}}: f32):
//       CHECK:     %[[P:.*]] = arith.mulf %[[END]], %[[THEN]]
//       CHECK:     arith.subf %[[NOW]], %[[P]]
//       CHECK:   %[[A:.*]] = arith.constant 5.000000e-01 : f32
//       CHECK:   %[[H:.*]]:2 = snn.scan real(%[[ENDED]]) by(%[[A]]) {associative, snn.bound = {coefficient = {{.*}} : f64, kind = "recurrence"}}
//       CHECK:   %[[C:.*]] = arith.constant 3.000000e+00 : f32
//       CHECK:   %[[Y:.*]] = linalg.generic {{.*}} ins(%[[H]]#0 :
//       CHECK:     arith.mulf %[[C]], %{{.*}}
//       CHECK:   return %[[Y]]
func.func @one(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %w = arith.constant dense<[3.0, 1.5, 0.75, 0.375]> : tensor<4xf32>
  %y, %h = snn.temporal_conv %x, %w : tensor<?x?x4xf32>, tensor<4xf32>
  return %y : tensor<?x?x4xf32>
}

// -----

// Behind 32 taps of 2^-k nothing is left that f32 would see.
// CHECK-LABEL: func.func @ended(
//   CHECK-NOT:   snn.delay
//       CHECK:   %[[A:.*]] = arith.constant -5.000000e-01 : f64
//       CHECK:   %[[H:.*]]:2 = snn.scan real reverse(%{{[a-z0-9]+}}) by(%[[A]])
//       CHECK:   return %[[H]]#0
func.func @ended(%x: tensor<?x?x4xf64>) -> tensor<?x?x4xf64> {
  %w = arith.constant dense<"0x000000000000F03F000000000000E0BF000000000000D03F000000000000C0BF000000000000B03F000000000000A0BF000000000000903F00000000000080BF000000000000703F00000000000060BF000000000000503F00000000000040BF000000000000303F00000000000020BF000000000000103F00000000000000BF000000000000F03E000000000000E0BE000000000000D03E000000000000C0BE000000000000B03E000000000000A0BE000000000000903E00000000000080BE000000000000703E00000000000060BE000000000000503E00000000000040BE000000000000303E00000000000020BE000000000000103E00000000000000BE000000000000F03D000000000000E0BD000000000000D03D000000000000C0BD000000000000B03D000000000000A0BD000000000000903D00000000000080BD000000000000703D00000000000060BD000000000000503D00000000000040BD000000000000303D00000000000020BD000000000000103D00000000000000BD000000000000F03C000000000000E0BC000000000000D03C000000000000C0BC000000000000B03C000000000000A0BC000000000000903C00000000000080BC000000000000703C00000000000060BC000000000000503C00000000000040BC000000000000303C00000000000020BC"> : tensor<62xf64>
  %y, %h = snn.temporal_conv reverse %x, %w
      : tensor<?x?x4xf64>, tensor<62xf64>
  return %y : tensor<?x?x4xf64>
}

// -----

// One kernel for each neuron: 2^-k and 3 * 4^-k.
// CHECK-LABEL: func.func @neurons(
//   CHECK-DAG:   arith.constant dense<[6.250000e-02, 3.906250e-03]> : tensor<2xf32>
//   CHECK-DAG:   %[[A:.*]] = arith.constant dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf32>
//       CHECK:   snn.scan real(%{{.*}}) by(%[[A]])
//       CHECK:   arith.constant dense<[1.000000e+00, 3.000000e+00]> : tensor<2xf32>
func.func @neurons(%x: tensor<?x?x2xf32>) -> tensor<?x?x2xf32> {
  %w = arith.constant dense<[[1.0, 3.0], [0.5, 0.75], [0.25, 0.1875],
                             [0.125, 0.046875]]> : tensor<4x2xf32>
  %y, %h = snn.temporal_conv %x, %w : tensor<?x?x2xf32>, tensor<4x2xf32>
  return %y : tensor<?x?x2xf32>
}

// -----

// 2^-k - 4^-k: two scans of one input each, one delay, a sum.
// CHECK-LABEL: func.func @two(
//       CHECK:   snn.delay
//   CHECK-NOT:   snn.delay
//       CHECK:   arith.constant 5.000000e-01 : f32
//       CHECK:   snn.scan real
//       CHECK:   arith.constant 2.500000e-01 : f32
//       CHECK:   snn.scan real
//       CHECK:   arith.addf
func.func @two(%x: tensor<?x?x2xf32>) -> tensor<?x?x2xf32> {
  %w = arith.constant dense<[0.0, 0.25, 0.1875, 0.109375, 0.05859375,
                             0.0302734375, 0.015380859375, 0.00775146484375]>
      : tensor<8xf32>
  %y, %h = snn.temporal_conv %x, %w : tensor<?x?x2xf32>, tensor<8xf32>
  return %y : tensor<?x?x2xf32>
}

// -----

// Re((i/2)^k): the real part of a complex scan, which (i/2)^8 = 2^-8 ends.
// CHECK-LABEL: func.func @pair(
//       CHECK:   arith.constant 3.906250e-03 : f32
//       CHECK:   snn.scan complex(%{{.*}}, %{{.*}}) by(
func.func @pair(%x: tensor<?x?x2xf32>) -> tensor<?x?x2xf32> {
  %w = arith.constant dense<[1.0, 0.0, -0.25, 0.0, 0.0625, 0.0, -0.015625, 0.0]>
      : tensor<8xf32>
  %y, %h = snn.temporal_conv %x, %w : tensor<?x?x2xf32>, tensor<8xf32>
  return %y : tensor<?x?x2xf32>
}

// -----

// A window of ones never decays, and 1.25^k grows.
// CHECK-LABEL: func.func @undamped(
//   CHECK-NOT:   snn.scan
//       CHECK:   return
func.func @undamped(%x: tensor<?x?x2xf32>) -> tensor<?x?x2xf32> {
  %w = arith.constant dense<1.0> : tensor<8xf32>
  %v = arith.constant dense<[1.0, 1.25, 1.5625, 1.953125]> : tensor<4xf32>
  %y, %h = snn.temporal_conv %x, %w : tensor<?x?x2xf32>, tensor<8xf32>
  %z, %g = snn.temporal_conv %y, %v : tensor<?x?x2xf32>, tensor<4xf32>
  return %z : tensor<?x?x2xf32>
}

// -----

// One tap is off by 2^-20; zeros; fewer taps than prove anything.
// CHECK-LABEL: func.func @others(
//   CHECK-NOT:   snn.scan
//       CHECK:   return
func.func @others(%x: tensor<?x?x2xf32>) -> tensor<?x?x2xf32> {
  %w = arith.constant dense<[1.0, 0.5, 0.25, 0.12500095367431640625]>
      : tensor<4xf32>
  %v = arith.constant dense<0.0> : tensor<8xf32>
  %u = arith.constant dense<[1.0, 0.5, 0.25]> : tensor<3xf32>
  %y, %h = snn.temporal_conv %x, %w : tensor<?x?x2xf32>, tensor<4xf32>
  %z, %g = snn.temporal_conv %y, %v : tensor<?x?x2xf32>, tensor<8xf32>
  %a, %f = snn.temporal_conv %z, %u : tensor<?x?x2xf32>, tensor<3xf32>
  return %a : tensor<?x?x2xf32>
}

// -----

// The state is seen, or given; a kernel that is no constant; per step; f16.
// CHECK-LABEL: func.func @states(
//   CHECK-NOT:   snn.scan
//       CHECK:   return
func.func @states(%x: tensor<?x?x2xf32>, %p: tensor<4xf32>,
                  %h0: tensor<3x?x2xf32>, %b: tensor<?x?x2xf16>)
    -> (tensor<?x?x2xf32>, tensor<3x?x2xf32>, tensor<?x?x2xf16>) {
  %w = arith.constant dense<[1.0, 0.5, 0.25, 0.125]> : tensor<4xf32>
  %l = arith.constant dense<0.5> : tensor<9x4xf32>
  %s = arith.constant dense<[1.0, 0.5, 0.25, 0.125]> : tensor<4xf16>
  %y, %h = snn.temporal_conv %x, %w : tensor<?x?x2xf32>, tensor<4xf32>
  %z, %g = snn.temporal_conv %y, %w init(%h0 : tensor<3x?x2xf32>)
      : tensor<?x?x2xf32>, tensor<4xf32>
  %a, %f = snn.temporal_conv %z, %p : tensor<?x?x2xf32>, tensor<4xf32>
  %c, %e = snn.temporal_conv %a, %l {per_step}
      : tensor<?x?x2xf32>, tensor<9x4xf32>
  %d, %i = snn.temporal_conv %b, %s : tensor<?x?x2xf16>, tensor<4xf16>
  return %c, %h, %d : tensor<?x?x2xf32>, tensor<3x?x2xf32>, tensor<?x?x2xf16>
}
