// Thresholds, phase gates, samples and packed spikes.
// RUN: snn-opt %s --convert-snn-to-linalg --split-input-file | FileCheck %s

// A threshold is a comparison that NaN fails.
// CHECK-LABEL: func.func @fire(
//   CHECK-DAG:   %[[THETA:.*]] = arith.constant 5.000000e-01 : f32
//       CHECK:   linalg.generic {{.*}}iterator_types = ["parallel", "parallel", "parallel"]
//       CHECK:   ^bb0(%[[U:.*]]: f32, %{{.*}}: i1):
//       CHECK:     %[[S:.*]] = arith.cmpf oge, %[[U]], %[[THETA]]
//       CHECK:     linalg.yield %[[S]] : i1
//       CHECK:   linalg.generic
//       CHECK:     arith.cmpf ogt
func.func @fire(%u: tensor<?x?x8xf32>) -> (tensor<?x?x8xi1>, tensor<?x?x8xi1>) {
  %0 = snn.fire %u {threshold = 0.5} : tensor<?x?x8xf32>
  %1 = snn.fire %u {threshold = 0.5, compare = #snn.compare<gt>}
      : tensor<?x?x8xf32>
  return %0, %1 : tensor<?x?x8xi1>, tensor<?x?x8xi1>
}

// -----

// A threshold per neuron is read along the trailing dimensions.
// CHECK: #[[ALL:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK: #[[NEURON:.*]] = affine_map<(d0, d1, d2) -> (d2)>
// CHECK-LABEL: func.func @fire_per_neuron(
//  CHECK-SAME:   %[[U:[a-z0-9]+]]: tensor<?x?x8xf32>, %[[T:[a-z0-9]+]]: tensor<8xf32>
//       CHECK:   linalg.generic {indexing_maps = [#[[ALL]], #[[NEURON]], #[[ALL]]]{{.*}} ins(%[[U]], %[[T]]
//       CHECK:   ^bb0(%[[A:.*]]: f32, %[[B:.*]]: f32, %{{.*}}: i1):
//       CHECK:     arith.cmpf oge, %[[A]], %[[B]]
func.func @fire_per_neuron(%u: tensor<?x?x8xf32>, %t: tensor<8xf32>)
    -> tensor<?x?x8xi1> {
  %0 = snn.fire %u, %t : tensor<?x?x8xf32>, tensor<8xf32>
  return %0 : tensor<?x?x8xi1>
}

// -----

// Integers are compared with their sign.
// CHECK-LABEL: func.func @fire_integer(
//  CHECK-SAME:   %[[U:[a-z0-9]+]]: i32, %[[T:[a-z0-9]+]]: i32
//       CHECK:   arith.cmpi sge, %[[U]], %[[T]]
func.func @fire_integer(%u: i32, %t: i32) -> i1 {
  %0 = snn.fire %u, %t : i32
  return %0 : i1
}

// -----

// Gates open where position plus step has the phase.
// CHECK-LABEL: func.func @phase(
//  CHECK-SAME:   %{{[a-z0-9]+}}: tensor<?x?x8xi1>, %[[AT:[a-z0-9]+]]: i64
//   CHECK-DAG:   %[[PERIOD:.*]] = arith.constant 4 : i64
//   CHECK-DAG:   %[[PHASE:.*]] = arith.constant 1 : i64
//       CHECK:   ^bb0(%[[C:.*]]: i1, %{{.*}}: i1):
//       CHECK:     %[[T:.*]] = linalg.index 0
//       CHECK:     %[[STEP:.*]] = arith.index_cast %[[T]] : index to i64
//       CHECK:     %[[NOW:.*]] = arith.addi %[[STEP]], %[[AT]]
//       CHECK:     %[[REST:.*]] = arith.remui %[[NOW]], %[[PERIOD]]
//       CHECK:     %[[OPEN:.*]] = arith.cmpi eq, %[[REST]], %[[PHASE]]
//       CHECK:     arith.andi %[[C]], %[[OPEN]]
func.func @phase(%c: tensor<?x?x8xi1>, %at: i64) -> tensor<?x?x8xi1> {
  %s = snn.refractory phase 4 %c offset(%at) {phase = 1} : tensor<?x?x8xi1>
  return %s : tensor<?x?x8xi1>
}

// -----

// Ten rounds of Philox, whose word of 24 bits is compared with the probability:
// two multiplications each (of the last, one word is not needed).
// CHECK-LABEL: func.func @sample(
//  CHECK-SAME:   %{{[a-z0-9]+}}: tensor<?x?x8xf32>, %[[AT:[a-z0-9]+]]: i64, %[[FIRST:[a-z0-9]+]]: i64
//   CHECK-DAG:   %[[UNIT:.*]] = arith.constant 5.96046448E-8 : f32
//   CHECK-DAG:   %[[EIGHT:.*]] = arith.constant 8 : i64
//       CHECK:   ^bb0(%[[P:.*]]: f32, %{{.*}}: i1):
//   CHECK-DAG:     arith.addi %{{.*}}, %[[AT]]
//   CHECK-DAG:     arith.addi %{{.*}}, %[[FIRST]]
// CHECK-COUNT-19:  arith.muli
//   CHECK-NOT:     arith.muli
//       CHECK:     %[[BITS:.*]] = arith.shrui %{{.*}}, %[[EIGHT]]
//       CHECK:     %[[FLOAT:.*]] = arith.uitofp %[[BITS]] : i64 to f32
//       CHECK:     %[[UNIFORM:.*]] = arith.mulf %[[FLOAT]], %[[UNIT]]
//       CHECK:     arith.cmpf olt, %[[UNIFORM]], %[[P]]
func.func @sample(%p: tensor<?x?x8xf32>, %at: i64, %first: i64)
    -> tensor<?x?x8xi1> {
  %s = snn.sample %p offset(%at) batch(%first) {id = 0} : tensor<?x?x8xf32>
  return %s : tensor<?x?x8xi1>
}

// -----

// 32 spikes are a word; the last word of 40 spikes has 8, the rest zero.
// CHECK-LABEL: func.func @pack(
//       CHECK:   vector.bitcast %{{.*}} : vector<32xi1> to vector<1xi32>
//       CHECK:   tensor.insert %{{.*}} : tensor<?x?x2xi32>
//       CHECK:   %[[LAST:.*]] = vector.bitcast %{{.*}} : vector<8xi1> to vector<1xi8>
//       CHECK:   %[[PIECE:.*]] = vector.extract %[[LAST]][0]
//       CHECK:   %[[WORD:.*]] = arith.extui %[[PIECE]] : i8 to i32
//       CHECK:   tensor.insert %[[WORD]] into %{{.*}} : tensor<?x?x2xi32>
func.func @pack(%s: tensor<?x?x40xi1>) -> tensor<?x?x2xi32> {
  %w = snn.pack %s : tensor<?x?x40xi1>
  return %w : tensor<?x?x2xi32>
}

// -----

// Spike n is bit n mod 32 of word n / 32.
// CHECK-LABEL: func.func @unpack(
//   CHECK-DAG:   %[[C32:.*]] = arith.constant 32 : index
// CHECK-COUNT-2:   scf.for
//       CHECK:     scf.for %[[W:[a-z0-9]+]] =
//       CHECK:       %[[WORD:.*]] = tensor.extract %{{.*}}[%{{.*}}, %{{.*}}, %[[W]]]
//       CHECK:       %[[FIRST:.*]] = arith.muli %[[W]], %[[C32]]
//       CHECK:       %[[LANE:.*]] = vector.broadcast %[[WORD]] : i32 to vector<1xi32>
//       CHECK:       %[[BITS:.*]] = vector.bitcast %[[LANE]] : vector<1xi32> to vector<32xi1>
//       CHECK:       vector.transfer_write %[[BITS]], %{{.*}}[%{{.*}}, %{{.*}}, %[[FIRST]]]
//       CHECK:     %[[REST:.*]] = vector.extract_strided_slice %{{.*}} : vector<32xi1> to vector<8xi1>
//       CHECK:     vector.transfer_write %[[REST]], %{{.*}}[%{{.*}}, %{{.*}}, %[[C32]]]
func.func @unpack(%w: tensor<?x?x2xi32>) -> tensor<?x?x40xi1> {
  %s = snn.unpack %w {neurons = 40} : tensor<?x?x2xi32>
  return %s : tensor<?x?x40xi1>
}
