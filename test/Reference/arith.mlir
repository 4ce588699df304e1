// Numbers by hand: rounding to each type, NaN, signs of zero, wrapping.
// RUN: snn-interp %s --print --function=floats | FileCheck %s --check-prefix=FLOATS
// RUN: snn-interp %s --print --function=rounding | FileCheck %s --check-prefix=ROUND
// RUN: snn-interp %s --print --function=rounding --f64 | FileCheck %s --check-prefix=WIDE
// RUN: snn-interp %s --print --function=integers | FileCheck %s --check-prefix=INTS
// RUN: snn-interp %s --print --function=casts | FileCheck %s --check-prefix=CASTS

// The larger of -0 and +0 is +0; NaN is kept by maximumf, dropped by maxnumf.
// FLOATS: max f32 [3]: 0 NaN 2{{$}}
// FLOATS: num f32 [3]: 0 1 2{{$}}
// FLOATS: min f32 [3]: -0 NaN -3{{$}}
// FLOATS: rem f32 [3]: NaN NaN -1{{$}}
// FLOATS: less i1 [3]: 0 1 1
func.func @floats() -> (tensor<3xf32> {snn.static}, tensor<3xf32> {snn.static},
    tensor<3xf32> {snn.static}, tensor<3xf32> {snn.static},
    tensor<3xi1> {snn.static}) {
  %a = arith.constant dense<[-0.0, 0x7FC00000, -3.0]> : tensor<3xf32>
  %b = arith.constant dense<[0.0, 1.0, 2.0]> : tensor<3xf32>
  %max = arith.maximumf %a, %b : tensor<3xf32>
  %num = arith.maxnumf %a, %b : tensor<3xf32>
  %min = arith.minimumf %a, %b : tensor<3xf32>
  %rem = arith.remf %a, %b : tensor<3xf32>
  %less = arith.cmpf ult, %a, %b : tensor<3xf32>
  return %max, %num, %min, %rem, %less : tensor<3xf32>, tensor<3xf32>,
    tensor<3xf32>, tensor<3xf32>, tensor<3xi1>
}

// 1 + 2^-11 is a tie in f16, and 1 + 3 * 2^-11 one that goes up; 65519 is below
// the tie of overflow, 65520 on it. The smallest f16 is 2^-24; half of it is a
// tie that goes to 0. bf16 has 8 digits. f64 rounds none of them.
// ROUND: h f16 [6]: 1 1.002 65504 +Inf 5.9605E-8 0{{$}}
// ROUND: b bf16 [6]: 1 1 6.554E+4 6.554E+4 5.96E-8 2.98E-8
// ROUND: sum f16 [1]: 2048{{$}}
// WIDE: h f64 [6]: 1.00048828125 1.00146484375 65519 65520 5.9604644775390625E-8
// WIDE: sum f64 [1]: 2049{{$}}
func.func @rounding() -> (tensor<6xf16> {snn.static}, tensor<6xbf16> {snn.static},
                          tensor<1xf16> {snn.static}) {
  %x = arith.constant dense<[1.00048828125, 1.00146484375, 65519.0, 65520.0,
                             5.9604644775390625e-8, 2.98023223876953125e-8]>
      : tensor<6xf64>
  %h = arith.truncf %x : tensor<6xf64> to tensor<6xf16>
  %b = arith.truncf %x : tensor<6xf64> to tensor<6xbf16>
  %large = arith.constant dense<2048.0> : tensor<1xf16>
  %one = arith.constant dense<1.0> : tensor<1xf16>
  %sum = arith.addf %large, %one : tensor<1xf16>
  return %h, %b, %sum : tensor<6xf16>, tensor<6xbf16>, tensor<1xf16>
}

// INTS: sum i8 [3]: -128 -1 -128
// INTS: quotient i8 [3]: 127 0 -128
// INTS: floor i8 [3]: 127 -1 -128
// INTS: rest i8 [3]: 0 -1 0
// INTS: right i8 [3]: 63 -1 -64
// INTS: logical i8 [3]: 63 127 64
// INTS: bit i1 [2]: 0 1
func.func @integers() -> (tensor<3xi8> {snn.static}, tensor<3xi8> {snn.static},
    tensor<3xi8> {snn.static}, tensor<3xi8> {snn.static},
    tensor<3xi8> {snn.static}, tensor<3xi8> {snn.static},
    tensor<2xi1> {snn.static}) {
  %a = arith.constant dense<[127, -1, -128]> : tensor<3xi8>
  %b = arith.constant dense<[1, 3, -1]> : tensor<3xi8>
  %c = arith.constant dense<[1, 0, 0]> : tensor<3xi8>
  %one = arith.constant dense<1> : tensor<3xi8>
  %sum = arith.addi %a, %c : tensor<3xi8>
  %quotient = arith.divsi %a, %b : tensor<3xi8>
  %floor = arith.floordivsi %a, %b : tensor<3xi8>
  %rest = arith.remsi %a, %b : tensor<3xi8>
  %right = arith.shrsi %a, %one : tensor<3xi8>
  %logical = arith.shrui %a, %one : tensor<3xi8>
  %p = arith.constant dense<[true, true]> : tensor<2xi1>
  %q = arith.constant dense<[true, false]> : tensor<2xi1>
  %bit = arith.addi %p, %q : tensor<2xi1>
  return %sum, %quotient, %floor, %rest, %right, %logical, %bit
    : tensor<3xi8>, tensor<3xi8>, tensor<3xi8>, tensor<3xi8>, tensor<3xi8>,
      tensor<3xi8>, tensor<2xi1>
}

// 2^24 + 1 is a tie in f32; 2^62 + 2^38 + 1 is just above one. An i1 is -1 with
// a sign.
// CASTS: f f32 [2]: 16777216 4.61168657E+18
// CASTS: bits i32 [2]: 1266679808 1585446913
// CASTS: s f32 [2]: -1 0{{$}}
// CASTS: u f32 [2]: 1 0{{$}}
// CASTS: i i8 [4]: -3 3 127 0
func.func @casts() -> (tensor<2xf32> {snn.static}, tensor<2xi32> {snn.static},
    tensor<2xf32> {snn.static}, tensor<2xf32> {snn.static},
    tensor<4xi8> {snn.static}) {
  %a = arith.constant dense<[16777217, 4611686293305294849]> : tensor<2xi64>
  %f = arith.sitofp %a : tensor<2xi64> to tensor<2xf32>
  %bits = arith.bitcast %f : tensor<2xf32> to tensor<2xi32>
  %p = arith.constant dense<[true, false]> : tensor<2xi1>
  %s = arith.sitofp %p : tensor<2xi1> to tensor<2xf32>
  %u = arith.uitofp %p : tensor<2xi1> to tensor<2xf32>
  %x = arith.constant dense<[-3.75, 3.75, 127.5, -0.5]> : tensor<4xf32>
  %i = arith.fptosi %x : tensor<4xf32> to tensor<4xi8>
  return %f, %bits, %s, %u, %i : tensor<2xf32>, tensor<2xi32>, tensor<2xf32>,
    tensor<2xf32>, tensor<4xi8>
}
