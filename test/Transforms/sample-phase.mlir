// A convolution is computed where the phase gate behind it is open.
// RUN: snn-opt %s --snn-sample-phase | FileCheck %s

// Through a threshold and pointwise arithmetic.
// CHECK-LABEL: func.func @gate(
//       CHECK:   snn.temporal_conv %{{.*}}, %{{.*}} {period = 4 : i64, phase = 1 : i64}
func.func @gate(%x: tensor<?x?x4xf32>, %w: tensor<8xf32>) -> tensor<?x?x4xi1> {
  %y, %h = snn.temporal_conv %x, %w : tensor<?x?x4xf32>, tensor<8xf32>
  %z = arith.addf %y, %x : tensor<?x?x4xf32>
  %c = snn.fire %z {threshold = 1.0} : tensor<?x?x4xf32>
  %s = snn.refractory phase 4 %c {phase = 1} : tensor<?x?x4xi1>
  return %s : tensor<?x?x4xi1>
}

// Two gates that are open together; their offset is the convolution's.
// CHECK-LABEL: func.func @offset(
//       CHECK:   snn.temporal_conv %{{.*}}, %{{.*}} offset(%{{.*}}) {period = 3 : i64, phase = 2 : i64}
func.func @offset(%x: tensor<?x?x4xf32>, %w: tensor<8xf32>, %at: i64)
    -> (tensor<?x?x4xi1>, tensor<?x?x4xi1>) {
  %y, %h = snn.temporal_conv %x, %w : tensor<?x?x4xf32>, tensor<8xf32>
  %c = snn.fire %y {threshold = 1.0} : tensor<?x?x4xf32>
  %s = snn.refractory phase 3 %c offset(%at) {phase = 2} : tensor<?x?x4xi1>
  %d = snn.fire %y {threshold = 2.0} : tensor<?x?x4xf32>
  %t = snn.refractory phase 3 %d offset(%at) {phase = 2} : tensor<?x?x4xi1>
  return %s, %t : tensor<?x?x4xi1>, tensor<?x?x4xi1>
}

// Gates that are open at different steps need both.
// CHECK-LABEL: func.func @phases(
//   CHECK-NOT:   period
//       CHECK:   snn.refractory
func.func @phases(%x: tensor<?x?x4xf32>, %w: tensor<8xf32>)
    -> (tensor<?x?x4xi1>, tensor<?x?x4xi1>) {
  %y, %h = snn.temporal_conv %x, %w : tensor<?x?x4xf32>, tensor<8xf32>
  %c = snn.fire %y {threshold = 1.0} : tensor<?x?x4xf32>
  %s = snn.refractory phase 3 %c {phase = 2} : tensor<?x?x4xi1>
  %t = snn.refractory phase 3 %c {phase = 1} : tensor<?x?x4xi1>
  return %s, %t : tensor<?x?x4xi1>, tensor<?x?x4xi1>
}

// Candidates that are seen.
// CHECK-LABEL: func.func @seen(
//   CHECK-NOT:   period
//       CHECK:   snn.refractory
func.func @seen(%x: tensor<?x?x4xf32>, %w: tensor<8xf32>)
    -> (tensor<?x?x4xi1>, tensor<?x?x4xi1>) {
  %y, %h = snn.temporal_conv %x, %w : tensor<?x?x4xf32>, tensor<8xf32>
  %c = snn.fire %y {threshold = 1.0} : tensor<?x?x4xf32>
  %s = snn.refractory phase 3 %c {phase = 2} : tensor<?x?x4xi1>
  return %s, %c : tensor<?x?x4xi1>, tensor<?x?x4xi1>
}

// Candidates that are recorded.
// CHECK-LABEL: func.func @recorded(
//   CHECK-NOT:   period
//       CHECK:   snn.refractory
func.func @recorded(%x: tensor<?x?x4xf32>, %w: tensor<8xf32>)
    -> tensor<?x?x4xi1> {
  %y, %h = snn.temporal_conv %x, %w : tensor<?x?x4xf32>, tensor<8xf32>
  %c = snn.fire %y {threshold = 1.0, snn.layer = "a"} : tensor<?x?x4xf32>
  %s = snn.refractory phase 3 %c {phase = 2} : tensor<?x?x4xi1>
  return %s : tensor<?x?x4xi1>
}

// A gate of another kind, and a memory, see every step.
// CHECK-LABEL: func.func @kinds(
//   CHECK-NOT:   period
//       CHECK:   return
func.func @kinds(%x: tensor<?x?x4xf32>, %w: tensor<8xf32>)
    -> (tensor<?x?x4xi1>, tensor<?x?x4xi1>) {
  %y, %h = snn.temporal_conv %x, %w : tensor<?x?x4xf32>, tensor<8xf32>
  %c = snn.fire %y {threshold = 1.0} : tensor<?x?x4xf32>
  %s, %r = snn.refractory event 3 %c : tensor<?x?x4xi1>
  %z, %g = snn.temporal_conv %x, %w : tensor<?x?x4xf32>, tensor<8xf32>
  %v, %vT = snn.li %z {decay = 0.5} : tensor<?x?x4xf32>
  %d = snn.fire %v {threshold = 1.0} : tensor<?x?x4xf32>
  %t = snn.refractory phase 3 %d : tensor<?x?x4xi1>
  return %s, %t : tensor<?x?x4xi1>, tensor<?x?x4xi1>
}

// A period of 1 skips nothing; nothing reads the other one.
// CHECK-LABEL: func.func @nothing(
//   CHECK-NOT:   period =
//       CHECK:   return
func.func @nothing(%x: tensor<?x?x4xf32>, %w: tensor<8xf32>)
    -> (tensor<?x?x4xi1>, tensor<7x?x4xf32>) {
  %y, %h = snn.temporal_conv %x, %w : tensor<?x?x4xf32>, tensor<8xf32>
  %c = snn.fire %y {threshold = 1.0} : tensor<?x?x4xf32>
  %s = snn.refractory phase 1 %c : tensor<?x?x4xi1>
  %z, %g = snn.temporal_conv %x, %w : tensor<?x?x4xf32>, tensor<8xf32>
  return %s, %g : tensor<?x?x4xi1>, tensor<7x?x4xf32>
}
