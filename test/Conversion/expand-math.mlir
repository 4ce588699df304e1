// Math functions become arithmetic, the same for scalars and vectors.
// RUN: snn-opt %s --snn-expand-math | FileCheck %s
// RUN: snn-opt %s --snn-expand-math=constants-only --canonicalize \
// RUN:   | FileCheck %s --check-prefix=CONSTANT

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

// Forms of f32 and f64: no function is left, and nothing that fuses two roundings.
// CHECK-LABEL: func.func @forms(
//   CHECK-NOT:   math.{{exp|expm1|log|log1p|tanh|powf|sin|cos|sincos|fma}} 
//       CHECK:   return
func.func @forms(%x: f32, %d: f64)
    -> (f32, f32, f32, f32, f32, f32, f32, f32,
        f64, f64, f64, f64, f64, f64, f64, f64, f64, f64) {
  %0 = math.exp %x : f32
  %1 = math.expm1 %x : f32
  %2 = math.log %x : f32
  %3 = math.log1p %x : f32
  %4 = math.tanh %x : f32
  %5 = math.powf %x, %x : f32
  %6 = math.sin %x : f32
  %7 = math.cos %x : f32
  %8 = math.exp %d : f64
  %9 = math.expm1 %d : f64
  %10 = math.log %d : f64
  %11 = math.log1p %d : f64
  %12 = math.tanh %d : f64
  %13 = math.powf %d, %d : f64
  %14 = math.sin %d : f64
  %15 = math.cos %d : f64
  %16, %17 = math.sincos %d : f64
  return %0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15,
         %16, %17
      : f32, f32, f32, f32, f32, f32, f32, f32,
        f64, f64, f64, f64, f64, f64, f64, f64, f64, f64
}

// The start of exp: the nearest multiple of ln 2, by a sum that drops the fraction.
// CHECK-LABEL: func.func @vectors(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: vector<16xf32>
//   CHECK-DAG:   %[[LOG2E:.*]] = arith.constant dense<1.44269502> : vector<16xf32>
//   CHECK-DAG:   %[[MAGIC:.*]] = arith.constant dense<0x4B400000> : vector<16xf32>
//       CHECK:   %[[OVER:.*]] = arith.cmpf ogt, %[[X]]
//       CHECK:   %[[X1:.*]] = arith.select %[[OVER]]
//       CHECK:   %[[UNDER:.*]] = arith.cmpf olt, %[[X1]]
//       CHECK:   %[[X2:.*]] = arith.select %[[UNDER]]
//       CHECK:   %[[P:.*]] = arith.mulf %[[X2]], %[[LOG2E]]
//       CHECK:   %[[T:.*]] = arith.addf %[[P]], %[[MAGIC]]
//       CHECK:   arith.subf %[[T]], %[[MAGIC]]
func.func @vectors(%v: vector<16xf32>) -> vector<16xf32> {
  %0 = math.exp %v : vector<16xf32>
  return %0 : vector<16xf32>
}

// Large angles are rare: one branch for all lanes, of any rank.
// CHECK-LABEL: func.func @angles(
//       CHECK:   %[[FAR:.*]] = arith.cmpf oge, %{{.*}} : vector<2x4xf64>
//       CHECK:   %[[FLAT:.*]] = vector.shape_cast %[[FAR]] : vector<2x4xi1> to vector<8xi1>
//       CHECK:   %[[ANY:.*]] = vector.reduction <or>, %[[FLAT]]
//       CHECK:   scf.if %[[ANY]]
//       CHECK:   arith.mului_extended
func.func @angles(%v: vector<2x4xf64>) -> vector<2x4xf64> {
  %0 = math.sin %v : vector<2x4xf64>
  return %0 : vector<2x4xf64>
}

// f16 and bf16 are computed in f32 and rounded once.
// CHECK-LABEL: func.func @half(
//       CHECK:   arith.extf %{{.*}} : f16 to f32
//   CHECK-NOT:   math.exp
//       CHECK:   arith.truncf %{{.*}} : f32 to f16
//       CHECK:   arith.extf %{{.*}} : bf16 to f32
//       CHECK:   arith.truncf %{{.*}} : f32 to bf16
//       CHECK:   arith.extf %{{.*}} : bf16 to f32
//  CHECK-NEXT:   math.floor %{{.*}} : f32
//  CHECK-NEXT:   arith.truncf %{{.*}} : f32 to bf16
func.func @half(%x: f16, %y: bf16) -> (f16, bf16, bf16) {
  %0 = math.exp %x : f16
  %1 = math.tanh %y : bf16
  %2 = math.floor %y : bf16
  return %0, %1, %2 : f16, bf16, bf16
}

// Exact: integers that lose whole multiples, until no lane has bits left.
// CHECK-LABEL: func.func @remainder(
//       CHECK:   arith.remui
//       CHECK:   scf.while
//       CHECK:   vector.reduction <or>
//       CHECK:   scf.condition
//       CHECK:   arith.remui
//   CHECK-NOT:   arith.remf
//       CHECK:   return
func.func @remainder(%x: vector<8xf32>, %y: vector<8xf32>) -> vector<8xf32> {
  %0 = arith.remf %x, %y : vector<8xf32>
  return %0 : vector<8xf32>
}

// Halves go away from zero.
// CHECK-LABEL: func.func @round(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: f64
//   CHECK-DAG:   %[[ONE:.*]] = arith.constant 1.0
//   CHECK-DAG:   %[[HALF:.*]] = arith.constant 5.0
//       CHECK:   %[[WHOLE:.*]] = math.trunc %[[X]]
//       CHECK:   %[[UNIT:.*]] = math.copysign %[[ONE]], %[[X]]
//       CHECK:   %[[AWAY:.*]] = arith.addf %[[WHOLE]], %[[UNIT]]
//       CHECK:   %[[REST:.*]] = arith.subf %[[X]], %[[WHOLE]]
//       CHECK:   %[[SIZE:.*]] = math.absf %[[REST]]
//       CHECK:   %[[FAR:.*]] = arith.cmpf oge, %[[SIZE]], %[[HALF]]
//       CHECK:   %[[Y:.*]] = arith.select %[[FAR]], %[[AWAY]], %[[WHOLE]]
//       CHECK:   math.copysign %[[Y]], %[[X]]
func.func @round(%x: f64) -> f64 {
  %0 = math.round %x : f64
  return %0 : f64
}

// A constant is computed by the form, not by the C library of the compiler.
// CHECK-LABEL: func.func @constant(
//       CHECK:   arith.mulf
//       CHECK:   return
func.func @constant() -> f32 {
  %x = arith.constant 0.3 : f32
  %0 = math.exp %x : f32
  return %0 : f32
}

// What processors have and what has no form stay.
// CHECK-LABEL: func.func @kept(
//  CHECK-NEXT:   math.atan %{{.*}} : f64
//  CHECK-NEXT:   math.sqrt %{{.*}} : f32
//  CHECK-NEXT:   math.fma %{{.*}} : f32
//  CHECK-NEXT:   math.floor %{{.*}} : f32
//  CHECK-NEXT:   return
func.func @kept(%d: f64, %x: f32) -> (f64, f32, f32, f32) {
  %0 = math.atan %d : f64
  %1 = math.sqrt %x : f32
  %2 = math.fma %x, %x, %x : f32
  %3 = math.floor %x : f32
  return %0, %1, %2, %3 : f64, f32, f32, f32
}

// NaN gives way to a number, and -0 is less than +0.
// CHECK-LABEL: func.func @maxnum(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: vector<4xf32>, %[[Y:[a-z0-9]+]]: vector<4xf32>
//   CHECK-NOT:   maxnumf
//   CHECK-DAG:   %[[EQUAL:.*]] = arith.cmpf oeq, %[[X]], %[[Y]]
//   CHECK-DAG:   %[[BITS:.*]] = arith.andi
//   CHECK-DAG:   %[[ZERO:.*]] = arith.bitcast %[[BITS]]
//       CHECK:   arith.select %[[EQUAL]], %[[ZERO]]
func.func @maxnum(%x: vector<4xf32>, %y: vector<4xf32>) -> vector<4xf32> {
  %0 = arith.maxnumf %x, %y : vector<4xf32>
  return %0 : vector<4xf32>
}

// Functions of constants are the forms' numbers, not those of the C library of
// the machine that compiles; others stay.
// CONSTANT-LABEL: func.func @constants(
//   CONSTANT-DAG:   arith.constant 1.34985876 : f32
//   CONSTANT-DAG:   arith.constant dense<1.34985876> : tensor<2xf32>
//   CONSTANT-DAG:   arith.constant dense<[1.34985876, 1.000000e+00]> : tensor<2xf32>
//       CONSTANT:   math.exp %{{.*}} : f32
func.func @constants(%x: f32)
    -> (f32, tensor<2xf32>, tensor<2xf32>, f32) {
  %c = arith.constant 0.3 : f32
  %0 = math.exp %c : f32
  %d = arith.constant dense<0.3> : tensor<2xf32>
  %1 = math.exp %d : tensor<2xf32>
  %e = arith.constant dense<[0.3, 0.0]> : tensor<2xf32>
  %2 = math.exp %e : tensor<2xf32>
  %3 = math.exp %x : f32
  return %0, %1, %2, %3 : f32, tensor<2xf32>, tensor<2xf32>, f32
}
