// Neurons whose spikes are packed write words.
// RUN: snn-opt %s --convert-snn-to-linalg --split-input-file | FileCheck %s
// RUN: snn-opt %s --convert-snn-to-linalg="lanes=16 steps-per-visit=2 row-bytes=128" --split-input-file | FileCheck %s --check-prefix=NARROW
// RUN: snn-opt %s --convert-snn-to-linalg="lanes=256" --split-input-file | FileCheck %s --check-prefix=WIDE

// A tile is a word. Rows of a page and more are visited four steps at a time,
// with the state in registers; other rows, and the steps left, one at a time.
// CHECK-LABEL: func.func @words(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: tensor<?x?x64xf32>
//   CHECK-DAG:   %[[C0:.*]] = arith.constant 0 : index
//   CHECK-DAG:   %[[C1:.*]] = arith.constant 1 : index
//   CHECK-DAG:   %[[C4:.*]] = arith.constant 4 : index
//   CHECK-DAG:   %[[C32:.*]] = arith.constant 32 : index
//   CHECK-DAG:   %[[PAGE:.*]] = arith.constant 4096 : index
//   CHECK-DAG:   %[[STEPS:.*]] = tensor.dim %[[X]], %[[C0]]
//   CHECK-DAG:   tensor.empty({{.*}}) : tensor<?x?x2xi32>
//       CHECK:   %[[REST:.*]] = arith.remui %[[STEPS]], %[[C4]]
//       CHECK:   %[[LONG:.*]] = arith.cmpi sge, %{{.*}}, %[[PAGE]]
//       CHECK:   %[[BLOCKS:.*]] = arith.subi %[[STEPS]], %[[REST]]
//       CHECK:   %[[WHOLE:.*]] = arith.select %[[LONG]], %[[BLOCKS]], %[[C0]]
//       CHECK:   scf.for %[[T:[a-z0-9]+]] = %[[C0]] to %[[WHOLE]] step %[[C4]]
//       CHECK:     %[[U0:.*]] = arith.addf
//       CHECK:     %[[S0:.*]] = arith.cmpf oge, %[[U0]], %{{.*}} : vector<32xf32>
//       CHECK:     %[[V1:.*]] = arith.select %[[S0]], %{{.*}}, %[[U0]]
//       CHECK:     %[[BITS:.*]] = vector.bitcast %[[S0]] : vector<32xi1> to vector<1xi32>
//       CHECK:     %[[FIRST:.*]] = vector.extract %[[BITS]][0]
//       CHECK:     %[[WORD:.*]] = arith.divui %[[LANE:.*]], %[[C32]]
//       CHECK:     tensor.insert %[[FIRST]] into %{{.*}}[%[[T]], %[[B:.*]], %[[WORD]]]
//       CHECK:     arith.addf %[[V1]],
// CHECK-COUNT-3:   tensor.insert
//       CHECK:     vector.transfer_write %{{.*}}[%{{.*}}, %[[LANE]]]
//       CHECK:   scf.for %[[T:[a-z0-9]+]] = %[[WHOLE]] to %[[STEPS]] step %[[C1]]
//       CHECK:     tensor.insert %{{.*}} into %{{.*}}[%[[T]], %{{.*}}, %{{.*}}]
//   CHECK-NOT:     tensor.insert
//       CHECK:     vector.transfer_write
//   CHECK-NOT:   snn.pack

// Where fewer lanes fit into registers, a word is made of parts.
// NARROW-LABEL: func.func @words(
//   NARROW-DAG:   arith.constant 128 : index
//   NARROW-DAG:   %[[SHIFT:.*]] = arith.constant 16 : i32
//       NARROW:   arith.addf %{{.*}} : vector<16xf32>
//       NARROW:   arith.addf %{{.*}} : vector<16xf32>
//       NARROW:   vector.bitcast %{{.*}} : vector<16xi1> to vector<1xi16>
//       NARROW:   %[[LOW:.*]] = arith.extui %{{.*}} : i16 to i32
//       NARROW:   vector.bitcast %{{.*}} : vector<16xi1> to vector<1xi16>
//       NARROW:   %[[HALF:.*]] = arith.extui %{{.*}} : i16 to i32
//       NARROW:   %[[HIGH:.*]] = arith.shli %[[HALF]], %[[SHIFT]]
//       NARROW:   arith.ori %[[LOW]], %[[HIGH]]
func.func @words(%x: tensor<?x?x64xf32>, %d: tensor<64xf32>)
    -> tensor<?x?x2xi32> {
  %s, %v = snn.neuron ins(%x : tensor<?x?x64xf32>) params(%d : tensor<64xf32>) {
  ^bb0(%xt: f32, %dt: f32, %v0: f32):
    %one = arith.constant 1.0 : f32
    %u = arith.addf %v0, %xt : f32
    %z = arith.cmpf oge, %u, %one : f32
    %v1 = arith.select %z, %dt, %u : f32
    snn.yield %z : i1 state(%v1 : f32)
  } -> (tensor<?x?x64xi1>) state(tensor<?x64xf32>)
  %w = snn.pack %s : tensor<?x?x64xi1>
  return %w : tensor<?x?x2xi32>
}

// -----

// The last word has the parts that are left: 41 neurons are 32 + 8 + 1.
// CHECK-LABEL: func.func @tail(
//   CHECK-DAG:   %[[EIGHT:.*]] = arith.constant 8 : i32
//       CHECK:   vector.bitcast %{{.*}} : vector<32xi1> to vector<1xi32>
//       CHECK:   %[[A:.*]] = arith.cmpf oge, {{.*}} : vector<8xf32>
//       CHECK:   %[[B:.*]] = arith.cmpf oge, {{.*}} : vector<1xf32>
//       CHECK:   vector.bitcast %[[A]] : vector<8xi1> to vector<1xi8>
//       CHECK:   %[[LOW:.*]] = arith.extui %{{.*}} : i8 to i32
//       CHECK:   %[[BIT:.*]] = vector.extract %[[B]][0]
//       CHECK:   %[[ONE:.*]] = arith.extui %[[BIT]] : i1 to i32
//       CHECK:   %[[HIGH:.*]] = arith.shli %[[ONE]], %[[EIGHT]]
//       CHECK:   %[[LAST:.*]] = arith.ori %[[LOW]], %[[HIGH]]
//       CHECK:   tensor.insert %[[LAST]]
func.func @tail(%x: tensor<?x?x41xf32>) -> tensor<?x?x2xi32> {
  %s = snn.neuron ins(%x : tensor<?x?x41xf32>) {
  ^bb0(%xt: f32):
    %one = arith.constant 1.0 : f32
    %z = arith.cmpf oge, %xt, %one : f32
    snn.yield %z : i1
  } -> (tensor<?x?x41xi1>)
  %w = snn.pack %s : tensor<?x?x41xi1>
  return %w : tensor<?x?x2xi32>
}

// -----

// Other users get the spikes as elements, written in the same step; records
// read the words again.
// CHECK-LABEL: func.func @others(
//   CHECK-DAG:   %[[C0:.*]] = arith.constant 0 : index
//       CHECK:   %[[STEPS:.*]] = tensor.dim %{{.*}}, %[[C0]]
//       CHECK:   %[[DONE:.*]]:3 = scf.for %{{[a-z0-9]+}} = %{{[a-z0-9]+}} to %[[STEPS]] step
//       CHECK:     %[[S:.*]] = arith.cmpf oge
//       CHECK:     %[[Z:.*]] = arith.cmpf oge
//       CHECK:     vector.bitcast %[[S]]
//       CHECK:     vector.transfer_write %[[S]]
//       CHECK:     vector.bitcast %[[Z]]
//   CHECK-NOT:     vector.transfer_write
//       CHECK:   %[[RECORD:.*]] = scf.for
//       CHECK:     %[[WORD:.*]] = tensor.extract %[[DONE]]#2
//       CHECK:     %[[LANES:.*]] = vector.broadcast %[[WORD]] : i32 to vector<1xi32>
//       CHECK:     %[[BITS:.*]] = vector.bitcast %[[LANES]] : vector<1xi32> to vector<32xi1>
//       CHECK:     vector.transfer_write %[[BITS]]
//       CHECK:   return %[[DONE]]#0, %[[DONE]]#1, %[[DONE]]#2, %[[RECORD]]
func.func @others(%x: tensor<?x?x32xf32>)
    -> (tensor<?x?x1xi32>, tensor<?x?x32xi1>, tensor<?x?x1xi32>,
        tensor<?x?x32xi1> {snn.record = "h"}) {
  %s, %z = snn.neuron ins(%x : tensor<?x?x32xf32>) {
  ^bb0(%xt: f32):
    %one = arith.constant 1.0 : f32
    %two = arith.constant 2.0 : f32
    %z0 = arith.cmpf oge, %xt, %one : f32
    %z1 = arith.cmpf oge, %xt, %two : f32
    snn.yield %z0, %z1 : i1, i1
  } -> (tensor<?x?x32xi1>, tensor<?x?x32xi1>)
  %w0 = snn.pack %s : tensor<?x?x32xi1>
  %w1 = snn.pack %z : tensor<?x?x32xi1>
  return %w0, %s, %w1, %z
      : tensor<?x?x1xi32>, tensor<?x?x32xi1>, tensor<?x?x1xi32>,
        tensor<?x?x32xi1>
}

// -----

// An initial state that the caller keeps is copied, to where the final state
// goes.
// CHECK-LABEL: func.func @state(
//  CHECK-SAME:   %[[V:[a-z0-9]+]]: tensor<?x32xf32>)
//       CHECK:   %[[MEMORY:.*]] = tensor.empty(%{{.*}}) : tensor<?x32xf32>
//       CHECK:   %[[COPY:.*]] = linalg.copy ins(%[[V]] : tensor<?x32xf32>) outs(%[[MEMORY]] : tensor<?x32xf32>)
//       CHECK:   scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}, %{{.*}} = %[[COPY]])
func.func @state(%x: tensor<?x?x32xf32>, %v: tensor<?x32xf32>)
    -> (tensor<?x?x32xf32>, tensor<?x32xf32>) {
  %y, %vT = snn.neuron ins(%x : tensor<?x?x32xf32>) init(%v : tensor<?x32xf32>) {
  ^bb0(%xt: f32, %v0: f32):
    %u = arith.addf %v0, %xt : f32
    snn.yield %u : f32 state(%u : f32)
  } -> (tensor<?x?x32xf32>) state(tensor<?x32xf32>)
  return %y, %vT : tensor<?x?x32xf32>, tensor<?x32xf32>
}

// -----

// Where registers allow it, long rows are read two words at a time.
// WIDE-LABEL: func.func @wide(
//       WIDE:   %[[A:.*]] = arith.cmpf oge, %{{.*}} : vector<32xf32>
//       WIDE:   %[[B:.*]] = arith.cmpf oge, %{{.*}} : vector<32xf32>
//       WIDE:   vector.bitcast %[[A]]
//       WIDE:   vector.bitcast %[[B]]
//       WIDE:   %[[FIRST:.*]] = tensor.insert %{{.*}}[%[[T:.*]], %[[ROW:.*]], %{{.*}}]
//       WIDE:   tensor.insert %{{.*}} into %[[FIRST]][%[[T]], %[[ROW]], %{{.*}}]
func.func @wide(%x: tensor<?x?x8192xf32>) -> tensor<?x?x256xi32> {
  %s = snn.neuron ins(%x : tensor<?x?x8192xf32>) {
  ^bb0(%xt: f32):
    %one = arith.constant 1.0 : f32
    %z = arith.cmpf oge, %xt, %one : f32
    snn.yield %z : i1
  } -> (tensor<?x?x8192xi1>)
  %w = snn.pack %s : tensor<?x?x8192xi1>
  return %w : tensor<?x?x256xi32>
}

// -----

// A synapse reads two words at a time, and no unused bit of the last.
// CHECK-LABEL: func.func @synapse(
//  CHECK-SAME:   %[[W:[a-z0-9]+]]: tensor<?x?x4xi32>
//   CHECK-DAG:   %[[USED:.*]] = arith.constant 68719476735 : i64
//   CHECK-DAG:   %[[ALL:.*]] = tensor.collapse_shape %[[W]] {{\[\[}}0, 1], [2]]
//   CHECK-NOT:   linalg.generic
//       CHECK:   %[[AT:.*]] = arith.divui %{{.*}}, %{{.*}} : index
//       CHECK:   %[[READ:.*]] = vector.transfer_read %[[ALL]][%{{.*}}, %[[AT]]], {{.*}} vector<2xi32>
//       CHECK:   vector.bitcast %[[READ]] : vector<2xi32> to vector<1xi64>
//   CHECK-NOT:   arith.andi %{{.*}}, %[[USED]]
//       CHECK:   math.cttz
//       CHECK:   vector.transfer_read %[[ALL]]
//       CHECK:   %[[BITS:.*]] = arith.andi %{{.*}}, %[[USED]]
//       CHECK:   math.cttz
//   CHECK-NOT:   snn.
func.func @synapse(%w: tensor<?x?x4xi32>, %weight: tensor<4x100xf32>)
    -> tensor<?x?x4xf32> {
  %s = snn.unpack %w {neurons = 100 : i64} : tensor<?x?x4xi32>
  %y = snn.linear %s, %weight : tensor<?x?x100xi1>, tensor<4x100xf32>
  return %y : tensor<?x?x4xf32>
}

// -----

// One word is left: 70 = 64 + 6.
// CHECK-LABEL: func.func @one_word(
//   CHECK-DAG:   %[[USED:.*]] = arith.constant 63 : i64
//       CHECK:   vector.transfer_read {{.*}} vector<1xi32>
//       CHECK:   %[[BITS:.*]] = arith.extui %{{.*}} : i32 to i64
//       CHECK:   arith.andi %[[BITS]], %[[USED]]
func.func @one_word(%w: tensor<?x?x3xi32>, %weight: tensor<4x70xf32>)
    -> tensor<?x?x4xf32> {
  %s = snn.unpack %w {neurons = 70 : i64} : tensor<?x?x3xi32>
  %y = snn.linear %s, %weight : tensor<?x?x70xi1>, tensor<4x70xf32>
  return %y : tensor<?x?x4xf32>
}

// -----

// A threshold writes words as a neuron does, and a synapse reads them, with no
// bytes between; the bytes of a record come from the words.
// CHECK-LABEL: func.func @threshold(
//   CHECK-NOT:   tensor<?x?x64xi1>
//       CHECK:   arith.cmpf ogt
//       CHECK:   vector.bitcast %{{.*}} : vector<32xi1> to vector<1xi32>
//   CHECK-NOT:   linalg.generic
//       CHECK:   vector.bitcast %{{.*}} : vector<2xi32> to vector<1xi64>
//       CHECK:   return
func.func @threshold(%u: tensor<?x?x64xf32>, %t: tensor<64xf32>,
                     %weight: tensor<4x64xf32>) -> tensor<?x?x4xf32> {
  %s = snn.fire %u, %t {compare = #snn.compare<gt>}
      : tensor<?x?x64xf32>, tensor<64xf32>
  %w = snn.pack %s : tensor<?x?x64xi1>
  %b = snn.unpack %w {neurons = 64 : i64} : tensor<?x?x2xi32>
  %y = snn.linear %b, %weight : tensor<?x?x64xi1>, tensor<4x64xf32>
  return %y : tensor<?x?x4xf32>
}

// -----

// A pack of unpacked words is those words, less unused bits that may be set:
// those of arguments, and of a pack of more spikes.
// CHECK-LABEL: func.func @again(
//  CHECK-SAME:   %[[A:[a-z0-9]+]]: tensor<?x?x2xi32>, %[[B:[a-z0-9]+]]: tensor<?x?x2xi32>
//   CHECK-DAG:   %[[USED:.*]] = arith.constant 255 : i32
//   CHECK-DAG:   %[[LAST:.*]] = arith.constant 1 : index
//       CHECK:   %[[CLEARED:.*]] = linalg.generic {{.*}} ins(%[[B]]
//       CHECK:     %[[INDEX:.*]] = linalg.index 2
//       CHECK:     %[[IS:.*]] = arith.cmpi eq, %[[INDEX]], %[[LAST]]
//       CHECK:     %[[LOW:.*]] = arith.andi %[[WORD:.*]], %[[USED]]
//       CHECK:     arith.select %[[IS]], %[[LOW]], %[[WORD]]
//       CHECK:   %[[FEWER:.*]] = linalg.generic
//       CHECK:     arith.andi %{{.*}}, %[[USED]]
//       CHECK:   return %[[A]], %[[CLEARED]], %[[FEWER]]
func.func @again(%a: tensor<?x?x2xi32>, %b: tensor<?x?x2xi32>,
                 %c: tensor<?x?x41xi1>)
    -> (tensor<?x?x2xi32>, tensor<?x?x2xi32>, tensor<?x?x2xi32>) {
  %s = snn.unpack %a {neurons = 64 : i64} : tensor<?x?x2xi32>
  %v = snn.pack %s : tensor<?x?x64xi1>
  %t = snn.unpack %b {neurons = 40 : i64} : tensor<?x?x2xi32>
  %w = snn.pack %t : tensor<?x?x40xi1>
  %p = snn.pack %c : tensor<?x?x41xi1>
  %u = snn.unpack %p {neurons = 40 : i64} : tensor<?x?x2xi32>
  %q = snn.pack %u : tensor<?x?x40xi1>
  return %v, %w, %q : tensor<?x?x2xi32>, tensor<?x?x2xi32>, tensor<?x?x2xi32>
}

// -----

// Words of a pack of no more spikes are clear.
// CHECK-LABEL: func.func @clear(
//   CHECK-NOT:   arith.andi
//       CHECK:   return
func.func @clear(%c: tensor<?x?x40xi1>) -> tensor<?x?x2xi32> {
  %p = snn.pack %c : tensor<?x?x40xi1>
  %u = snn.unpack %p {neurons = 40 : i64} : tensor<?x?x2xi32>
  %q = snn.pack %u : tensor<?x?x40xi1>
  return %q : tensor<?x?x2xi32>
}
