// Math functions become arithmetic, the same for scalars and vectors.
// RUN: snn-opt %s --snn-expand-math | FileCheck %s

// rsqrt is exact: a root and a division, each rounded once.
// CHECK-LABEL: func.func @rsqrt(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: f32, %[[V:[a-z0-9]+]]: vector<8xf32>, %[[D:[a-z0-9]+]]: f64
//   CHECK-DAG:   %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
//   CHECK-DAG:   %[[ONES:.*]] = arith.constant dense<1.000000e+00> : vector<8xf32>
//   CHECK-DAG:   %[[ONE64:.*]] = arith.constant 1.000000e+00 : f64
//       CHECK:   %[[A:.*]] = math.sqrt %[[X]]
//       CHECK:   arith.divf %[[ONE]], %[[A]]
//       CHECK:   %[[B:.*]] = math.sqrt %[[V]]
//       CHECK:   arith.divf %[[ONES]], %[[B]]
//       CHECK:   %[[C:.*]] = math.sqrt %[[D]]
//       CHECK:   arith.divf %[[ONE64]], %[[C]]
func.func @rsqrt(%x: f32, %v: vector<8xf32>, %d: f64)
    -> (f32, vector<8xf32>, f64) {
  %0 = math.rsqrt %x : f32
  %1 = math.rsqrt %v : vector<8xf32>
  %2 = math.rsqrt %d : f64
  return %0, %1, %2 : f32, vector<8xf32>, f64
}

// Polynomials, of which every operation is rounded alike everywhere.
// CHECK-LABEL: func.func @polynomials(
//   CHECK-NOT:   math.{{exp|expm1|log|log1p|tanh|sin|cos}} 
//       CHECK:   return
func.func @polynomials(%x: f32)
    -> (f32, f32, f32, f32, f32, f32, f32) {
  %0 = math.exp %x : f32
  %1 = math.expm1 %x : f32
  %2 = math.log %x : f32
  %3 = math.log1p %x : f32
  %4 = math.tanh %x : f32
  %5 = math.sin %x : f32
  %6 = math.cos %x : f32
  return %0, %1, %2, %3, %4, %5, %6 : f32, f32, f32, f32, f32, f32, f32
}

// CHECK-LABEL: func.func @vectors(
//   CHECK-NOT:   math.exp
//       CHECK:   math.fma %{{.*}} : vector<16xf32>
func.func @vectors(%v: vector<16xf32>) -> vector<16xf32> {
  %0 = math.exp %v : vector<16xf32>
  return %0 : vector<16xf32>
}

// f16 and bf16 are computed in f32 and rounded once.
// CHECK-LABEL: func.func @half(
//       CHECK:   arith.extf %{{.*}} : f16 to f32
//   CHECK-NOT:   math.exp
//       CHECK:   arith.truncf %{{.*}} : f32 to f16
//       CHECK:   arith.extf %{{.*}} : bf16 to f32
//       CHECK:   arith.truncf %{{.*}} : f32 to bf16
func.func @half(%x: f16, %y: bf16) -> (f16, bf16) {
  %0 = math.exp %x : f16
  %1 = math.tanh %y : bf16
  return %0, %1 : f16, bf16
}

// f64, what the processor has, and what has no polynomial stay.
// CHECK-LABEL: func.func @kept(
//  CHECK-NEXT:   math.exp %{{.*}} : f64
//  CHECK-NEXT:   math.sqrt %{{.*}} : f32
//  CHECK-NEXT:   math.fma %{{.*}} : f32
//  CHECK-NEXT:   return
func.func @kept(%d: f64, %x: f32) -> (f64, f32, f32) {
  %0 = math.exp %d : f64
  %1 = math.sqrt %x : f32
  %2 = math.fma %x, %x, %x : f32
  return %0, %1, %2 : f64, f32, f32
}
