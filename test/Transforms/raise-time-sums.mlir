// Sums over time become the final state of a scan.
// RUN: snn-opt %s --snn-raise-time-sums | FileCheck %s

// The dialect is loaded by the pass, for no op before it needs it.
// CHECK-LABEL: func.func @values(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: tensor<?x2x4xf32>
//       CHECK:   %[[H:.*]]:2 = snn.scan real(%[[X]]) : (tensor<?x2x4xf32>)
//       CHECK:   return %[[H]]#1
func.func @values(%x: tensor<?x2x4xf32>, %out: tensor<2x4xf32>)
    -> tensor<2x4xf32> {
  %c0 = arith.constant 0.0 : f32
  %init = linalg.fill ins(%c0 : f32) outs(%out : tensor<2x4xf32>)
      -> tensor<2x4xf32>
  %sum = linalg.reduce { arith.addf } ins(%x : tensor<?x2x4xf32>)
      outs(%init : tensor<2x4xf32>) dimensions = [0]
  return %sum : tensor<2x4xf32>
}

// Integers, and a batch of any size.
// CHECK-LABEL: func.func @integers(
//       CHECK:   snn.scan real(%{{.*}}) : (tensor<?x?x4xi32>)
//   CHECK-NOT:   linalg.reduce
func.func @integers(%x: tensor<?x?x4xi32>, %out: tensor<?x4xi32>)
    -> tensor<?x4xi32> {
  %c0 = arith.constant 0 : i32
  %init = linalg.fill ins(%c0 : i32) outs(%out : tensor<?x4xi32>)
      -> tensor<?x4xi32>
  %sum = linalg.reduce { arith.addi } ins(%x : tensor<?x?x4xi32>)
      outs(%init : tensor<?x4xi32>) dimensions = [0]
  return %sum : tensor<?x4xi32>
}

// What is no sum over time from zero stays: another start, another dimension,
// another operation, and types whose sum would be rounded at another place.
// CHECK-LABEL: func.func @kept(
// CHECK-COUNT-4: linalg.reduce
//     CHECK-NOT: snn.scan
func.func @kept(%x: tensor<?x2x4xf32>, %start: tensor<2x4xf32>,
                %h: tensor<?x2x4xf16>, %halves: tensor<2x4xf16>,
                %n: tensor<?x2xf32>)
    -> (tensor<2x4xf32>, tensor<?x2xf32>, tensor<2x4xf32>, tensor<2x4xf16>) {
  %c0 = arith.constant 0.0 : f32
  %h0 = arith.constant 0.0 : f16
  %zero = linalg.fill ins(%c0 : f32) outs(%start : tensor<2x4xf32>)
      -> tensor<2x4xf32>
  %zeros = linalg.fill ins(%c0 : f32) outs(%n : tensor<?x2xf32>)
      -> tensor<?x2xf32>
  %none = linalg.fill ins(%h0 : f16) outs(%halves : tensor<2x4xf16>)
      -> tensor<2x4xf16>
  %0 = linalg.reduce { arith.addf } ins(%x : tensor<?x2x4xf32>)
      outs(%start : tensor<2x4xf32>) dimensions = [0]
  %1 = linalg.reduce { arith.addf } ins(%x : tensor<?x2x4xf32>)
      outs(%zeros : tensor<?x2xf32>) dimensions = [2]
  %2 = linalg.reduce { arith.maximumf } ins(%x : tensor<?x2x4xf32>)
      outs(%zero : tensor<2x4xf32>) dimensions = [0]
  %3 = linalg.reduce { arith.addf } ins(%h : tensor<?x2x4xf16>)
      outs(%none : tensor<2x4xf16>) dimensions = [0]
  return %0, %1, %2, %3
      : tensor<2x4xf32>, tensor<?x2xf32>, tensor<2x4xf32>, tensor<2x4xf16>
}
