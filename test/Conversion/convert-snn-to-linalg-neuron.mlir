// snn.neuron as loops: a block of time, batch, tiles of neurons, time.
// RUN: snn-opt %s --convert-snn-to-linalg --split-input-file | FileCheck %s

// The state is a vector while time runs, and memory before and after; the
// parameter is read once a tile.
// CHECK-LABEL: func.func @tile(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: tensor<?x?x32xf32>, %[[D:[a-z0-9]+]]: tensor<32xf32>
//   CHECK-DAG:   %[[C0:.*]] = arith.constant 0 : index
//   CHECK-DAG:   %[[C1:.*]] = arith.constant 1 : index
//   CHECK-DAG:   %[[STEPS:.*]] = tensor.dim %[[X]], %[[C0]]
//   CHECK-DAG:   %[[BATCH:.*]] = tensor.dim %[[X]], %[[C1]]
//       CHECK:   scf.for %[[FROM:[a-z0-9]+]] = %[[C0]] to %[[STEPS]] step %[[BLOCK:.*]] iter_args
//       CHECK:     %[[END:.*]] = arith.addi %[[FROM]], %[[BLOCK]]
//       CHECK:     %[[TO:.*]] = arith.minsi %[[END]], %[[STEPS]]
//       CHECK:     scf.for %[[B:[a-z0-9]+]] = %[[C0]] to %[[BATCH]] step %[[C1]] iter_args(%{{.*}}, %[[STATES:[a-z0-9]+]] = %{{.*}})
//       CHECK:       %[[DECAY:.*]] = vector.transfer_read %[[D]][%[[C0]]]
//       CHECK:       %[[V0:.*]] = vector.transfer_read %[[STATES]][%[[B]], %[[C0]]]
//       CHECK:       %[[DONE:.*]]:2 = scf.for %[[T:[a-z0-9]+]] = %[[FROM]] to %[[TO]] step %[[C1]] iter_args(%[[OUT:.*]] = %{{.*}}, %[[V:[a-z0-9]+]] = %[[V0]]) -> (tensor<?x?x32xf32>, vector<32xf32>)
//       CHECK:         %[[XT:.*]] = vector.transfer_read %[[X]][%[[T]], %[[B]], %[[C0]]]
//       CHECK:         %[[KEPT:.*]] = arith.mulf %[[DECAY]], %[[V]] : vector<32xf32>
//       CHECK:         %[[NEXT:.*]] = arith.addf %[[KEPT]], %[[XT]] : vector<32xf32>
//       CHECK:         %[[WRITTEN:.*]] = vector.transfer_write %[[NEXT]], %[[OUT]][%[[T]], %[[B]], %[[C0]]]
//       CHECK:         scf.yield %[[WRITTEN]], %[[NEXT]]
//       CHECK:       vector.transfer_write %[[DONE]]#1, %[[STATES]][%[[B]], %[[C0]]]
func.func @tile(%x: tensor<?x?x32xf32>, %d: tensor<32xf32>)
    -> tensor<?x?x32xf32> {
  %y, %v = snn.neuron ins(%x : tensor<?x?x32xf32>) params(%d : tensor<32xf32>) {
  ^bb0(%xt: f32, %dt: f32, %v0: f32):
    %a = arith.mulf %dt, %v0 : f32
    %b = arith.addf %a, %xt : f32
    snn.yield %b : f32 state(%b : f32)
  } -> (tensor<?x?x32xf32>) state(tensor<?x32xf32>)
  return %y : tensor<?x?x32xf32>
}

// -----

// Whole tiles are a loop, the rest is one piece per power of two: 77 neurons
// are 2 x 32 + 8 + 4 + 1.
// CHECK-LABEL: func.func @tail(
//   CHECK-DAG:   %[[C64:.*]] = arith.constant 64 : index
//   CHECK-DAG:   %[[C32:.*]] = arith.constant 32 : index
//       CHECK:   scf.for %{{.*}} to %[[C64]] step %[[C32]]
//       CHECK:     arith.negf %{{.*}} : vector<32xf32>
//       CHECK:   arith.negf %{{.*}} : vector<8xf32>
//       CHECK:   arith.negf %{{.*}} : vector<4xf32>
//   CHECK-NOT:   vector<2xf32>
//       CHECK:   arith.negf %{{.*}} : vector<1xf32>
func.func @tail(%x: tensor<?x?x77xf32>) -> tensor<?x?x77xf32> {
  %y = snn.neuron ins(%x : tensor<?x?x77xf32>) {
  ^bb0(%xt: f32):
    %n = arith.negf %xt : f32
    snn.yield %n : f32
  } -> (tensor<?x?x77xf32>)
  return %y : tensor<?x?x77xf32>
}

// -----

// Neuron dimensions are one dimension of lanes.
// CHECK-LABEL: func.func @dimensions(
//       CHECK:   tensor.collapse_shape %{{.*}} {{\[}}[0], [1], [2, 3]] : tensor<?x?x4x8xf32> into tensor<?x?x32xf32>
//       CHECK:   arith.negf %{{.*}} : vector<32xf32>
//       CHECK:   tensor.expand_shape %{{.*}} {{\[}}[0], [1], [2, 3]]
func.func @dimensions(%x: tensor<?x?x4x8xf32>) -> tensor<?x?x4x8xf32> {
  %y = snn.neuron ins(%x : tensor<?x?x4x8xf32>) {
  ^bb0(%xt: f32):
    %n = arith.negf %xt : f32
    snn.yield %n : f32
  } -> (tensor<?x?x4x8xf32>)
  return %y : tensor<?x?x4x8xf32>
}

// -----

// Few neurons that share their parameters: the batch fills the lanes too, and
// what is left goes one by one.
// CHECK-LABEL: func.func @flat(
//       CHECK:   tensor.collapse_shape %{{.*}} {{\[}}[0], [1, 2]] : tensor<?x?x4xf32> into tensor<?x?xf32>
//       CHECK:   arith.mulf %{{.*}} : vector<32xf32>
//       CHECK:   arith.mulf %{{.*}} : vector<1xf32>
//       CHECK:   tensor.expand_shape
func.func @flat(%x: tensor<?x?x4xf32>, %d: f32) -> tensor<?x?x4xf32> {
  %y = snn.neuron ins(%x : tensor<?x?x4xf32>) params(%d : f32) {
  ^bb0(%xt: f32, %dt: f32):
    %n = arith.mulf %xt, %dt : f32
    snn.yield %n : f32
  } -> (tensor<?x?x4xf32>)
  return %y : tensor<?x?x4xf32>
}

// -----

// With a parameter per neuron the batch must stay a loop.
// CHECK-LABEL: func.func @not_flat(
//   CHECK-NOT:   tensor.collapse_shape
//       CHECK:   arith.mulf %{{.*}} : vector<4xf32>
//   CHECK-NOT:   vector<32xf32>
func.func @not_flat(%x: tensor<?x?x4xf32>, %d: tensor<4xf32>)
    -> tensor<?x?x4xf32> {
  %y = snn.neuron ins(%x : tensor<?x?x4xf32>) params(%d : tensor<4xf32>) {
  ^bb0(%xt: f32, %dt: f32):
    %n = arith.mulf %xt, %dt : f32
    snn.yield %n : f32
  } -> (tensor<?x?x4xf32>)
  return %y : tensor<?x?x4xf32>
}

// -----

// Backwards, step t is step T - 1 - t.
// CHECK-LABEL: func.func @reverse(
//   CHECK-DAG:   %[[C1:.*]] = arith.constant 1 : index
//       CHECK:   %[[LAST:.*]] = arith.subi %[[STEPS:.*]], %[[C1]]
//       CHECK:   %[[T:.*]] = arith.subi %[[LAST]], %{{.*}}
//       CHECK:   vector.transfer_read %{{.*}}[%[[T]],
//       CHECK:   vector.transfer_write %{{.*}}[%[[T]],
func.func @reverse(%x: tensor<?x?x32xf32>) -> tensor<?x?x32xf32> {
  %y = snn.neuron reverse ins(%x : tensor<?x?x32xf32>) {
  ^bb0(%xt: f32):
    %n = arith.negf %xt : f32
    snn.yield %n : f32
  } -> (tensor<?x?x32xf32>)
  return %y : tensor<?x?x32xf32>
}

// -----

// A table is read at the position plus the step; one value per step is the same
// for every lane.
// CHECK-LABEL: func.func @tables(
//  CHECK-SAME:   %{{[a-z0-9]+}}: tensor<?x?x32xf32>, %[[A:[a-z0-9]+]]: tensor<16xf32>, %[[B:[a-z0-9]+]]: tensor<?x32xf32>, %[[AT:[a-z0-9]+]]: i64
//       CHECK:   %[[OFFSET:.*]] = arith.index_cast %[[AT]] : i64 to index
//       CHECK:   %[[ROW:.*]] = arith.addi %{{.*}}, %[[OFFSET]]
//       CHECK:   %[[SCALAR:.*]] = tensor.extract %[[A]][%[[ROW]]]
//       CHECK:   vector.broadcast %[[SCALAR]] : f32 to vector<32xf32>
//       CHECK:   vector.transfer_read %[[B]][%{{.*}}, %{{.*}}]
func.func @tables(%x: tensor<?x?x32xf32>, %a: tensor<16xf32>,
                  %b: tensor<?x32xf32>, %at: i64) -> tensor<?x?x32xf32> {
  %y = snn.neuron ins(%x : tensor<?x?x32xf32>)
      tables(%a, %b : tensor<16xf32>, tensor<?x32xf32>) offset(%at) {
  ^bb0(%xt: f32, %ta: f32, %tb: f32):
    %n = arith.mulf %xt, %ta : f32
    %m = arith.addf %n, %tb : f32
    snn.yield %m : f32
  } -> (tensor<?x?x32xf32>)
  return %y : tensor<?x?x32xf32>
}

// -----

// A yielded value from outside the step is written to every lane.
// CHECK-LABEL: func.func @constant(
//  CHECK-SAME:   %[[U:[a-z0-9]+]]: f32
//       CHECK:   %[[LANES:.*]] = vector.broadcast %[[U]] : f32 to vector<32xf32>
//       CHECK:   vector.transfer_write %[[LANES]]
func.func @constant(%u: f32, %x: tensor<?x?x32xf32>) -> tensor<?x?x32xf32> {
  %y = snn.neuron ins(%x : tensor<?x?x32xf32>) {
  ^bb0(%xt: f32):
    snn.yield %u : f32
  } -> (tensor<?x?x32xf32>)
  return %y : tensor<?x?x32xf32>
}
