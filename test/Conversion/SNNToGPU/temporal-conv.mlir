// RUN: snn-opt %s --convert-snn-to-gpu | FileCheck %s

// Few taps: weights and inputs are in registers, and no history is put before
// the sequence. It is written where something reads it.

// CHECK-LABEL: func.func @short
// CHECK-NOT: tensor.insert_slice
// CHECK: scf.forall
// CHECK-COUNT-24: math.fma
// CHECK: name = "temporal_conv"
// CHECK-NOT: name = "history"
func.func @short(%x: tensor<?x?x8xf32>, %w: tensor<3x8xf32>)
    -> tensor<?x?x8xf32> {
  %y, %h = snn.temporal_conv %x, %w : tensor<?x?x8xf32>, tensor<3x8xf32>
  return %y : tensor<?x?x8xf32>
}

// Many taps: a thread has as many steps as leave enough threads, and most read
// nothing of the history, without a branch for each tap.
// CHECK-LABEL: func.func @long
// CHECK: arith.cmpi uge, %{{.*}}, %c1048576
// CHECK: scf.forall
// CHECK: scf.if
// CHECK: scf.for
// CHECK-NOT: scf.if
// CHECK-COUNT-256: math.fma
// CHECK: } else {
// CHECK: scf.for
// CHECK: scf.if
// CHECK: name = "temporal_conv_16", threads = 256
// CHECK: name = "temporal_conv_8", threads = 256
// CHECK: name = "history"
func.func @long(%x: tensor<?x?x8xbf16>, %w: tensor<100xbf16>,
                %past: tensor<99x?x8xbf16>)
    -> (tensor<?x?x8xbf16>, tensor<99x?x8xbf16>) {
  %y, %h = snn.temporal_conv reverse %x, %w init(%past : tensor<99x?x8xbf16>)
      : tensor<?x?x8xbf16>, tensor<100xbf16>
  return %y, %h : tensor<?x?x8xbf16>, tensor<99x?x8xbf16>
}

// Steps that no phase reads are zero.
// CHECK-LABEL: func.func @phase
// CHECK: linalg.fill
// CHECK: name = "temporal_conv_long"
func.func @phase(%x: tensor<?x?x8xf32>, %w: tensor<3xf32>)
    -> tensor<?x?x8xf32> {
  %y, %h = snn.temporal_conv %x, %w {period = 4 : i64, phase = 1 : i64}
      : tensor<?x?x8xf32>, tensor<3xf32>
  return %y : tensor<?x?x8xf32>
}
