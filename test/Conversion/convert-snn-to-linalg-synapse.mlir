// snn.linear as sums of weight rows (spikes) or outer products (values). Either
// way the sum of an output is one chain in ascending order of inputs.
// RUN: snn-opt %s --convert-snn-to-linalg --split-input-file | FileCheck %s

// 64 spikes are one word; the weights of its set bits are added, lowest first.
// CHECK-LABEL: func.func @events(
//  CHECK-SAME:   %[[S:[a-z0-9]+]]: tensor<?x?x64xi1>, %[[W:[a-z0-9]+]]: tensor<64x64xf32>
//   CHECK-DAG:   %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : vector<64xf32>
//   CHECK-DAG:   %[[NO_BITS:.*]] = arith.constant 0 : i64
//   CHECK-DAG:   %[[ROWS:.*]] = tensor.collapse_shape %[[S]] {{\[}}[0, 1], [2]]
//   CHECK-DAG:   %[[T:.*]] = linalg.transpose ins(%[[W]] : tensor<64x64xf32>){{.*}}permutation = [1, 0]
//       CHECK:   scf.for %[[ROW:[a-z0-9]+]] =
//       CHECK:     scf.for %[[FIRST:[a-z0-9]+]] = %{{.*}} iter_args(%[[START:[a-z0-9]+]] = %[[ZERO]])
//       CHECK:     %[[LANES:.*]] = vector.transfer_read %[[ROWS]][%[[ROW]], %[[FIRST]]]{{.*}} : tensor<?x64xi1>, vector<64xi1>
//       CHECK:     %[[WORD:.*]] = vector.bitcast %[[LANES]] : vector<64xi1> to vector<1xi64>
//       CHECK:     %[[BITS:.*]] = vector.extract %[[WORD]][0]
//       CHECK:     scf.while (%[[LEFT:.*]] = %[[BITS]], %{{.*}} = %[[START]])
//       CHECK:       %[[ANY:.*]] = arith.cmpi ne, %[[LEFT]], %[[NO_BITS]]
//       CHECK:       scf.condition(%[[ANY]])
//       CHECK:     ^bb0(%[[LEFT:.*]]: i64, %[[SUM:.*]]: vector<64xf32>):
//       CHECK:       %[[LOWEST:.*]] = math.cttz %[[LEFT]]
//       CHECK:       %[[K:.*]] = arith.index_castui %[[LOWEST]]
//       CHECK:       %[[INPUT:.*]] = arith.addi %[[FIRST]], %[[K]]
//       CHECK:       %[[WEIGHTS:.*]] = vector.transfer_read %[[T]][%[[INPUT]],
//       CHECK:       %[[NEXT:.*]] = arith.addf %[[SUM]], %[[WEIGHTS]]
//       CHECK:       %[[MINUS:.*]] = arith.subi %[[LEFT]],
//       CHECK:       %[[REST:.*]] = arith.andi %[[LEFT]], %[[MINUS]]
//       CHECK:       scf.yield %[[REST]], %[[NEXT]]
//       CHECK:   tensor.expand_shape %{{.*}} {{\[}}[0, 1], [2]]
func.func @events(%s: tensor<?x?x64xi1>, %w: tensor<64x64xf32>)
    -> tensor<?x?x64xf32> {
  %y = snn.linear %s, %w : tensor<?x?x64xi1>, tensor<64x64xf32>
  return %y : tensor<?x?x64xf32>
}

// -----

// 40 spikes are two pieces of a word; a sum starts at the bias, with -0 as +0;
// 3 outputs are two columns and one.
// CHECK-LABEL: func.func @events_tail(
//  CHECK-SAME:   %[[BIAS:[a-z0-9]+]]: tensor<3xf32>)
//   CHECK-DAG:   %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : vector<2xf32>
//   CHECK-DAG:   %[[C32:.*]] = arith.constant 32 : i64
//       CHECK:   %[[B:.*]] = vector.transfer_read %[[BIAS]]{{.*}} vector<2xf32>
//       CHECK:   %[[START:.*]] = arith.addf %[[B]], %[[ZERO]]
//       CHECK:   vector.bitcast %{{.*}} : vector<32xi1> to vector<1xi32>
//       CHECK:   vector.bitcast %{{.*}} : vector<8xi1> to vector<1xi8>
//       CHECK:   arith.shli %{{.*}}, %[[C32]]
//       CHECK:   scf.while (%{{.*}} = %{{.*}}, %{{.*}} = %[[START]])
//       CHECK:   vector<1xf32>
//       CHECK:   scf.while
func.func @events_tail(%s: tensor<?x?x40xi1>, %w: tensor<3x40xf32>,
                       %b: tensor<3xf32>) -> tensor<?x?x3xf32> {
  %y = snn.linear %s, %w, %b
      : tensor<?x?x40xi1>, tensor<3x40xf32>, tensor<3xf32>
  return %y : tensor<?x?x3xf32>
}

// -----

// Values: four rows at a time share the weights of an input, then the rows that
// are left, in the same order of the same fused operations.
// CHECK-LABEL: func.func @values(
//   CHECK-DAG:   %[[C0:.*]] = arith.constant 0 : index
//   CHECK-DAG:   %[[C1:.*]] = arith.constant 1 : index
//   CHECK-DAG:   %[[C4:.*]] = arith.constant 4 : index
//   CHECK-DAG:   %[[C5:.*]] = arith.constant 5 : index
//       CHECK:   %[[REST:.*]] = arith.remui %[[ROWS:.*]], %[[C4]]
//       CHECK:   %[[WHOLE:.*]] = arith.subi %[[ROWS]], %[[REST]]
//       CHECK:   scf.for %{{.*}} = %[[C0]] to %[[WHOLE]] step %[[C4]]
//       CHECK:     scf.for %[[K:[a-z0-9]+]] = %[[C0]] to %[[C5]] step %[[C1]]
//       CHECK:       %[[WEIGHTS:.*]] = vector.transfer_read %{{.*}}[%[[K]],
// CHECK-COUNT-4:     math.fma %{{.*}}, %[[WEIGHTS]], %{{.*}} : vector<16xf32>
//       CHECK:       scf.yield
//       CHECK:   scf.for %{{.*}} = %[[WHOLE]] to %[[ROWS]] step %[[C1]]
//       CHECK:     scf.for
// CHECK-COUNT-1:     math.fma
//   CHECK-NOT:       math.fma
//       CHECK:       scf.yield
func.func @values(%x: tensor<?x?x5xf32>, %w: tensor<16x5xf32>)
    -> tensor<?x?x16xf32> {
  %y = snn.linear %x, %w : tensor<?x?x5xf32>, tensor<16x5xf32>
  return %y : tensor<?x?x16xf32>
}

// -----

// f16 is summed in f32 and rounded once.
// CHECK-LABEL: func.func @f16(
//       CHECK:   arith.extf %{{.*}} : vector<16xf16> to vector<16xf32>
//       CHECK:   math.fma %{{.*}} : vector<16xf32>
//       CHECK:   arith.truncf %{{.*}} : vector<16xf32> to vector<16xf16>
//       CHECK:   vector.transfer_write
func.func @f16(%x: tensor<?x?x5xf16>, %w: tensor<16x5xf16>)
    -> tensor<?x?x16xf16> {
  %y = snn.linear %x, %w : tensor<?x?x5xf16>, tensor<16x5xf16>
  return %y : tensor<?x?x16xf16>
}

// -----

// Without a time, as of a readout after the last step.
// CHECK-LABEL: func.func @readout(
//   CHECK-NOT:   tensor.collapse_shape
//       CHECK:   math.fma
//       CHECK:   return %{{.*}} : tensor<?x16xf32>
func.func @readout(%x: tensor<?x5xf32>, %w: tensor<16x5xf32>)
    -> tensor<?x16xf32> {
  %y = snn.linear %x, %w : tensor<?x5xf32>, tensor<16x5xf32>
  return %y : tensor<?x16xf32>
}

// -----

// Dense: the spikes of four rows are masks, of all bits or none, and a weight that
// is masked away is +0.
// CHECK-LABEL: func.func @dense(
//       CHECK:   scf.for %[[ROW:[a-z0-9]+]] = %{{.*}} step %c4
//       CHECK:     %[[MASKS:.*]] = tensor.empty() : tensor<4x64xi32>
// CHECK-COUNT-4:     arith.extsi %{{.*}} : vector<64xi1> to vector<64xi32>
//       CHECK:     scf.for %[[COLUMN:[a-z0-9]+]] = %{{.*}} step %c16
//       CHECK:     scf.for %[[K:[a-z0-9]+]] =
//       CHECK:       %[[W:.*]] = vector.transfer_read %{{.*}}[%[[K]], %[[COLUMN]]], {{.*}} vector<16xf32>
//       CHECK:       %[[MASK:.*]] = tensor.extract %{{.*}}[%{{.*}}, %[[K]]] : tensor<4x64xi32>
//       CHECK:       %[[LANES:.*]] = vector.broadcast %[[MASK]] : i32 to vector<16xi32>
//       CHECK:       %[[BITS:.*]] = vector.bitcast %[[W]] : vector<16xf32> to vector<16xi32>
//       CHECK:       %[[LEFT:.*]] = arith.andi %[[BITS]], %[[LANES]]
//       CHECK:       %[[TERM:.*]] = vector.bitcast %[[LEFT]] : vector<16xi32> to vector<16xf32>
//       CHECK:       arith.addf %{{.*}}, %[[TERM]] : vector<16xf32>
//   CHECK-NOT:   scf.while
//       CHECK:   return
func.func @dense(%s: tensor<?x?x64xi1>, %w: tensor<64x64xf32>)
    -> tensor<?x?x64xf32> {
  %y = snn.linear %s, %w {form = #snn.synapse<dense>}
      : tensor<?x?x64xi1>, tensor<64x64xf32>
  return %y : tensor<?x?x64xf32>
}

// -----

// Adaptive: dense where half of the 4 * 64 inputs of a block spike.
// CHECK-LABEL: func.func @adaptive(
//   CHECK-DAG:   %[[HALF:.*]] = arith.constant 128 : i64
//       CHECK:   scf.for
// CHECK-COUNT-4:     math.ctpop
//       CHECK:     %[[BUSY:.*]] = arith.cmpi sge, %{{.*}}, %[[HALF]] : i64
//       CHECK:     scf.if %[[BUSY]]
//       CHECK:       arith.andi %{{.*}} : vector<16xi32>
//       CHECK:     } else {
//       CHECK:       scf.while
//       CHECK:   scf.while
func.func @adaptive(%s: tensor<?x?x64xi1>, %w: tensor<64x64xf32>)
    -> tensor<?x?x64xf32> {
  %y = snn.linear %s, %w {form = #snn.synapse<adaptive, 50>}
      : tensor<?x?x64xi1>, tensor<64x64xf32>
  return %y : tensor<?x?x64xf32>
}

// -----

// Weights of 1 MiB and more: the columns first, their weights in a panel, where
// there are 8 blocks of rows or more.
// CHECK-LABEL: func.func @panels(
//       CHECK:   %[[MANY:.*]] = arith.cmpi sge, %{{.*}}, %c32
//       CHECK:   scf.if %[[MANY]]
//       CHECK:     scf.for
//       CHECK:       tensor.empty() : tensor<512x16xf32>
//       CHECK:       scf.for
//       CHECK:         vector.transfer_write %{{.*}} : vector<16xf32>, tensor<512x16xf32>
//       CHECK:       scf.for
//       CHECK:         vector.transfer_read %{{.*}} : tensor<512x16xf32>, vector<16xf32>
//       CHECK:         math.fma
//       CHECK:   } else {
//   CHECK-NOT:     tensor<512x16xf32>
//       CHECK:     math.fma
func.func @panels(%x: tensor<?x?x512xf32>, %w: tensor<512x512xf32>)
    -> tensor<?x?x512xf32> {
  %y = snn.linear %x, %w : tensor<?x?x512xf32>, tensor<512x512xf32>
  return %y : tensor<?x?x512xf32>
}
