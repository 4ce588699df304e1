// What cannot be run is an error at its place.
// RUN: not snn-interp %s --function=unknown 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not snn-interp %s --function=scalar 2>&1 | FileCheck %s --check-prefix=SCALAR
// RUN: not snn-interp %s --function=division 2>&1 | FileCheck %s --check-prefix=DIVISION
// RUN: not snn-interp %s --function=outside 2>&1 | FileCheck %s --check-prefix=OUTSIDE
// RUN: not snn-interp %s --function=itself 2>&1 | FileCheck %s --check-prefix=ITSELF
// RUN: not snn-interp %s --function=large 2>&1 | FileCheck %s --check-prefix=LARGE
// RUN: not snn-interp %s 2>&1 | FileCheck %s --check-prefix=SEVERAL
// RUN: not snn-interp %s --function=input 2>&1 | FileCheck %s --check-prefix=INPUT
// RUN: not snn-interp %s --function=input --input=y=no.npy 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not snn-interp no.mlir 2>&1 | FileCheck %s --check-prefix=FILE

// SEVERAL: error: expected one public function
// INPUT: snn-interp: error: input 'x' has no value; give --input x=FILE.npy
// NAME: snn-interp: error: --input: there is no 'y'; expected a name of: 'x'
// FILE: snn-interp: error: cannot read 'no.mlir'
func.func @input(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  return %x : tensor<?x?x4xf32>
}

// UNKNOWN: errors.mlir:[[#@LINE+4]]:{{.*}}error: 'tensor.reshape' op expected an op that the interpreter knows
func.func @unknown() -> (tensor<4xf32> {snn.static}) {
  %shape = arith.constant dense<4> : tensor<1xi64>
  %x = arith.constant dense<1.0> : tensor<2x2xf32>
  %y = tensor.reshape %x(%shape) : (tensor<2x2xf32>, tensor<1xi64>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// SCALAR: error: 'math.erf' op expected an op that the interpreter knows
func.func @scalar() -> (tensor<1xf32> {snn.static}) {
  %x = arith.constant dense<1.0> : tensor<1xf32>
  %y = math.erf %x : tensor<1xf32>
  return %y : tensor<1xf32>
}

// DIVISION: error: 'arith.divsi' op expected a divisor other than 0, but got 0
func.func @division() -> (tensor<2xi32> {snn.static}) {
  %x = arith.constant dense<[1, 0]> : tensor<2xi32>
  %y = arith.divsi %x, %x : tensor<2xi32>
  return %y : tensor<2xi32>
}

// OUTSIDE: error: 'tensor.extract' op expected indices inside of
func.func @outside() -> (tensor<1xi32> {snn.static}) {
  %x = arith.constant dense<[1, 0]> : tensor<2xi32>
  %i = arith.constant 2 : index
  %y = tensor.extract %x[%i] : tensor<2xi32>
  %z = tensor.from_elements %y : tensor<1xi32>
  return %z : tensor<1xi32>
}

// ITSELF: error: 'func.func' op expected a function that does not call itself
func.func @itself() -> (tensor<1xi32> {snn.static}) {
  %x = call @itself() : () -> tensor<1xi32>
  return %x : tensor<1xi32>
}

// LARGE: error: 'tensor.empty' op expected a tensor of less than 8 GiB
func.func @large() -> (tensor<1xi32> {snn.static}) {
  %x = tensor.empty() : tensor<9223372036854775807x1xi8>
  %y = arith.constant dense<1> : tensor<1xi32>
  return %y : tensor<1xi32>
}
