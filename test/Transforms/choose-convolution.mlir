// The form of a convolution: fft where the kernel is long and neurons are many.
// RUN: snn-opt %s --snn-choose-convolution | FileCheck %s --check-prefixes=CHECK,AUTO
// RUN: snn-opt %s --snn-choose-convolution=form=direct | FileCheck %s --check-prefixes=CHECK,DIRECT
// RUN: snn-opt %s --snn-choose-convolution=form=fft | FileCheck %s --check-prefixes=CHECK,FFT
// RUN: snn-opt %s --snn-choose-convolution=numerics=exact | FileCheck %s --check-prefixes=CHECK,DIRECT
// RUN: snn-opt %s --snn-choose-convolution=max-error=5.0e-6 | FileCheck %s --check-prefixes=CHECK,DIRECT
// RUN: snn-opt %s --snn-choose-convolution=least-taps=32 | FileCheck %s --check-prefixes=CHECK,FEWER

// The coefficient is (12 + 8 log2(512)) 2^-24 for 256 taps of f32.
// CHECK-LABEL: func.func @long(
//    AUTO: snn.temporal_conv {{.*}} {form = #snn.conv_form<fft>, snn.bound = {block = 5.120000e+02 : f64, coefficient = 5.0067901611328125E-6 : f64, kind = "fft"}}
//     FFT: form = #snn.conv_form<fft>
//   FEWER: form = #snn.conv_form<fft>
//  DIRECT: form = #snn.conv_form<direct>
func.func @long(%x: tensor<?x?x8xf32>, %w: tensor<256xf32>)
    -> tensor<?x?x8xf32> {
  %y, %h = snn.temporal_conv %x, %w : tensor<?x?x8xf32>, tensor<256xf32>
  return %y : tensor<?x?x8xf32>
}

// CHECK-LABEL: func.func @short(
//    AUTO: form = #snn.conv_form<direct>
//     FFT: form = #snn.conv_form<fft>
//   FEWER: form = #snn.conv_form<fft>
//  DIRECT: form = #snn.conv_form<direct>
func.func @short(%x: tensor<?x?x8xf32>, %w: tensor<255xf32>)
    -> tensor<?x?x8xf32> {
  %y, %h = snn.temporal_conv %x, %w : tensor<?x?x8xf32>, tensor<255xf32>
  return %y : tensor<?x?x8xf32>
}

// Few neurons do not fill the lanes of a transform.
// CHECK-LABEL: func.func @narrow(
//    AUTO: form = #snn.conv_form<direct>
//     FFT: form = #snn.conv_form<fft>
//   FEWER: form = #snn.conv_form<direct>
//  DIRECT: form = #snn.conv_form<direct>
func.func @narrow(%x: tensor<?x?x7xf32>, %w: tensor<256xf32>)
    -> tensor<?x?x7xf32> {
  %y, %h = snn.temporal_conv %x, %w : tensor<?x?x7xf32>, tensor<256xf32>
  return %y : tensor<?x?x7xf32>
}

// Not even if asked for: a kernel per step has no spectrum.
// CHECK-LABEL: func.func @per_step(
//       CHECK:   snn.temporal_conv {{.*}} {form = #snn.conv_form<direct>, per_step}
func.func @per_step(%x: tensor<?x?x8xf32>, %w: tensor<9x256xf32>)
    -> tensor<?x?x8xf32> {
  %y, %h = snn.temporal_conv %x, %w {per_step}
      : tensor<?x?x8xf32>, tensor<9x256xf32>
  return %y : tensor<?x?x8xf32>
}

// One step in 4 costs a quarter already.
// CHECK-LABEL: func.func @period(
//       CHECK:   snn.temporal_conv {{.*}} {form = #snn.conv_form<direct>, period = 4 : i64, phase = 1 : i64}
func.func @period(%x: tensor<?x?x8xf32>, %w: tensor<256xf32>)
    -> tensor<?x?x8xf32> {
  %y, %h = snn.temporal_conv %x, %w {period = 4, phase = 1}
      : tensor<?x?x8xf32>, tensor<256xf32>
  return %y : tensor<?x?x8xf32>
}

// What is written stays.
// CHECK-LABEL: func.func @written(
//       CHECK:   snn.temporal_conv {{.*}} {form = #snn.conv_form<direct>}
func.func @written(%x: tensor<?x?x8xf32>, %w: tensor<256xf32>)
    -> tensor<?x?x8xf32> {
  %y, %h = snn.temporal_conv %x, %w {form = #snn.conv_form<direct>}
      : tensor<?x?x8xf32>, tensor<256xf32>
  return %y : tensor<?x?x8xf32>
}

// Inside a recurrence windows are short: it is left alone.
// CHECK-LABEL: func.func @body(
//       CHECK:   snn.temporal_conv %{{.*}}, %{{.*}} init(%{{.*}}) : tensor<?x?x8xf32>, tensor<256xf32>
func.func @body(%x: tensor<?x?x8xf32>,
                %h: tensor<255x?x8xf32>) -> tensor<?x?x8xf32> {
  %y, %s, %f = snn.recurrent ins(%x : tensor<?x?x8xf32>) skip 4
      state(%h : tensor<255x?x8xf32>) {
  ^bb0(%xw: tensor<?x?x8xf32>, %fw: tensor<?x?x8xf32>, %u: tensor<255x?x8xf32>):
    %w = arith.constant dense<0.5> : tensor<256xf32>
    %z, %u1 = snn.temporal_conv %xw, %w init(%u : tensor<255x?x8xf32>)
        : tensor<?x?x8xf32>, tensor<256xf32>
    snn.yield %z : tensor<?x?x8xf32> feedback(%z : tensor<?x?x8xf32>)
        state(%u1 : tensor<255x?x8xf32>)
  } -> (tensor<?x?x8xf32>) state(tensor<255x?x8xf32>) history(tensor<4x?x8xf32>)
  return %y : tensor<?x?x8xf32>
}

// The report of a layer with a name.
// CHECK-LABEL: func.func @named(
//  AUTO-SAME:   bound = "{{.*}} * norm2(w) * norm2(x of a block)", class = "B", form = "fft convolution", layer = "a", why = "300 taps are many"
//  AUTO-SAME:   class = "A", form = "direct convolution", layer = "b", why = "2 taps are few"
func.func @named(%x: tensor<?x?x8xf64>, %w: tensor<300xf64>, %v: tensor<2xf64>)
    -> tensor<?x?x8xf64> {
  %y, %h = snn.temporal_conv %x, %w {snn.layer = "a"}
      : tensor<?x?x8xf64>, tensor<300xf64>
  %z, %g = snn.temporal_conv %y, %v {snn.layer = "b"}
      : tensor<?x?x8xf64>, tensor<2xf64>
  return %z : tensor<?x?x8xf64>
}
