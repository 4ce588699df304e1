// Operations of f16 and bf16 are rounded once each, without library calls.
// RUN: snn-opt %s --snn-expand-narrow-floats | FileCheck %s
// RUN: snn-opt %s --snn-expand-narrow-floats --canonicalize \
// RUN:   | FileCheck %s --check-prefix=ARITH

// The f32 beside it with an odd last bit rounds as the f64 does.
// CHECK-LABEL: func.func @f64(
//       CHECK:   %[[NEAREST:.*]] = arith.truncf %{{.*}} : f64 to f32
//       CHECK:   %[[ODD:.*]] = arith.bitcast %{{.*}} : i32 to f32
//       CHECK:   arith.truncf %[[ODD]] : f32 to bf16
func.func @f64(%x: f64) -> bf16 {
  %y = arith.truncf %x : f64 to bf16
  return %y : bf16
}

// 31 bits need f64, 15 do not.
// CHECK-LABEL: func.func @integers(
//       CHECK:   arith.sitofp %{{.*}} : vector<4xi32> to vector<4xf64>
//       CHECK:   arith.uitofp %{{.*}} : i16 to f32
func.func @integers(%x: vector<4xi32>, %y: i16) -> (vector<4xf16>, bf16) {
  %0 = arith.sitofp %x : vector<4xi32> to vector<4xf16>
  %1 = arith.uitofp %y : i16 to bf16
  return %0, %1 : vector<4xf16>, bf16
}

// CHECK-LABEL: func.func @fma(
//       CHECK:   %[[SUM:.*]] = math.fma %{{.*}} : f32
//       CHECK:   arith.truncf %[[SUM]] : f32 to f16
func.func @fma(%x: f16, %y: f16, %z: f16) -> f16 {
  %0 = math.fma %x, %y, %z : f16
  return %0 : f16
}

// The sum is rounded before the product.
// ARITH-LABEL: func.func @sum(
//     ARITH:   %[[SUM:.*]] = arith.addf
//     ARITH:   %[[ROUNDED:.*]] = arith.truncf %[[SUM]] : f32 to f16
//     ARITH:   %[[AGAIN:.*]] = arith.extf %[[ROUNDED]] : f16 to f32
//     ARITH:   arith.mulf %[[AGAIN]]
func.func @sum(%x: f16, %y: f16, %z: f16) -> f16 {
  %0 = arith.addf %x, %y : f16
  %1 = arith.mulf %0, %z : f16
  return %1 : f16
}
