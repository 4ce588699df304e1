// Event and window gates work on words: on planes of bits, which shift or count,
// and on counters where those do not do.
// RUN: snn-opt %s --convert-snn-to-linalg --split-input-file | FileCheck %s
// RUN: snn-opt %s --snn-generalize --convert-snn-to-linalg --split-input-file | FileCheck %s

// Counters of a row become R planes where there are enough steps, and the rows
// that planes do not do for are counted. 16 words are a tile, whose last R words
// are in registers; the spikes silence.
// CHECK-LABEL: func.func @event(
//  CHECK-SAME:   %[[W:[a-z0-9]+]]: tensor<?x?x32xi32>
//  CHECK-SAME:   %[[N:[a-z0-9]+]]: tensor<?x1024xi32>
//   CHECK-DAG:   %[[C0:.*]] = arith.constant 0 : index
//   CHECK-DAG:   %[[C8:.*]] = arith.constant 8 : index
//   CHECK-DAG:   %[[C16:.*]] = arith.constant 16 : index
//   CHECK-DAG:   %[[R1:.*]] = arith.constant dense<1> : vector<32xi32>
//   CHECK-DAG:   %[[R2:.*]] = arith.constant dense<2> : vector<32xi32>
//   CHECK-DAG:   %[[ZERO:.*]] = arith.constant dense<0> : vector<32xi32>
//   CHECK-DAG:   %[[WORDS:.*]] = tensor.collapse_shape %[[W]] {{\[\[}}0], [1, 2]]
//       CHECK:   %[[LONG:.*]] = arith.cmpi sge, %[[STEPS:.*]], %[[C8]]
//       CHECK:   %[[ROWS:.*]] = arith.select %[[LONG]], %[[B:.*]], %[[C0]]
//       CHECK:   tensor.empty({{.*}}) : tensor<2x?xi32>
//       CHECK:   scf.for %{{.*}} = %[[C0]] to %[[ROWS]]
//       CHECK:       %[[COUNTERS:.*]] = vector.transfer_read %[[N]]
//       CHECK:       arith.cmpi eq, %[[COUNTERS]], %[[R2]]
//       CHECK:       tensor.insert
//       CHECK:       arith.cmpi eq, %[[COUNTERS]], %[[R1]]
//       CHECK:       tensor.insert
//       CHECK:       arith.cmpi ugt, %[[COUNTERS]], %[[R2]]
//       CHECK:       arith.ori
//       CHECK:   %[[FITS:.*]] = arith.andi %[[LONG]],
//       CHECK:   %[[FIT:.*]] = arith.select %[[FITS]], %[[B]], %[[C0]]
//       CHECK:   scf.for %{{.*}} = %[[FIT]] to %[[B]]
//       CHECK:         %[[BITS:.*]] = vector.bitcast %{{.*}} : vector<1xi32> to vector<32xi1>
//       CHECK:         %[[OPEN:.*]] = arith.cmpi sle, %[[COUNTER:.*]], %[[ZERO]]
//       CHECK:         %[[S:.*]] = arith.andi %[[BITS]], %[[OPEN]]
//       CHECK:         arith.select %[[S]], %[[R2]],
//       CHECK:   scf.for {{.*}} step %[[C16]]
//       CHECK:     scf.for %[[T:.*]] = %[[C0]] to %{{.*}} iter_args(%[[OUT:.*]] = %{{.*}}, %[[LAST:.*]] = %{{.*}}, %[[OLD:.*]] = %{{.*}})
//       CHECK:       %[[C:.*]] = vector.transfer_read %[[WORDS]][%[[T]], %{{.*}}], {{.*}} vector<16xi32>
//       CHECK:       %[[BUSY:.*]] = arith.ori %[[LAST]], %[[OLD]]
//       CHECK:       %[[FREE:.*]] = arith.xori %[[BUSY]],
//       CHECK:       %[[S:.*]] = arith.andi %[[C]], %[[FREE]]
//       CHECK:       %[[NEXT:.*]] = vector.transfer_write %[[S]], %[[OUT]][%[[T]], %{{.*}}]
//       CHECK:       scf.yield %[[NEXT]], %[[S]], %[[LAST]]
//   CHECK-NOT:   snn.
//       CHECK:   return
func.func @event(%w: tensor<?x?x32xi32>, %n: tensor<?x1024xi32>)
    -> (tensor<?x?x32xi32>, tensor<?x1024xi32>) {
  %c = snn.unpack %w {neurons = 1024 : i64} : tensor<?x?x32xi32>
  %s, %r = snn.refractory event 2 %c init(%n : tensor<?x1024xi32>)
      : tensor<?x?x1024xi1>
  %y = snn.pack %s : tensor<?x?x1024xi1>
  return %y, %r : tensor<?x?x32xi32>, tensor<?x1024xi32>
}

// -----

// A window is silenced by its candidates. Two gates in a row stay two: the
// second reads what the first has written.
// CHECK-LABEL: func.func @event_then_window(
//       CHECK:       %[[FREE:.*]] = arith.xori %[[LAST:.*]], %{{.*}} : vector<16xi32>
//       CHECK:       %[[S:.*]] = arith.andi %{{.*}}, %[[FREE]]
//       CHECK:       %[[NEXT:.*]] = vector.transfer_write %[[S]]
//       CHECK:       scf.yield %[[NEXT]], %[[S]]
//       CHECK:     vector.transfer_read {{.*}} : tensor<1x?xi32>, vector<16xi32>
//       CHECK:       %[[C:.*]] = vector.transfer_read {{.*}} : tensor<?x?xi32>, vector<16xi32>
//       CHECK:       %[[FREE:.*]] = arith.xori
//       CHECK:       %[[S:.*]] = arith.andi %[[C]], %[[FREE]]
//       CHECK:       %[[NEXT:.*]] = vector.transfer_write %[[S]]
//       CHECK:       scf.yield %[[NEXT]], %[[C]]
//   CHECK-NOT:   snn.
func.func @event_then_window(%w: tensor<?x?x16xi32>) -> tensor<?x?x16xi32> {
  %c = snn.unpack %w {neurons = 512 : i64} : tensor<?x?x16xi32>
  %s, %r = snn.refractory event 1 %c : tensor<?x?x512xi1>
  %v = snn.pack %s : tensor<?x?x512xi1>
  %b = snn.unpack %v {neurons = 512 : i64} : tensor<?x?x16xi32>
  %g, %q = snn.refractory window 1 %b : tensor<?x?x512xi1>
  %y = snn.pack %g : tensor<?x?x512xi1>
  return %y : tensor<?x?x16xi32>
}

// -----

// Periods above 8 are counters of bits: 9 has four planes.
// CHECK-LABEL: func.func @planes(
//       CHECK:   tensor.empty({{.*}}) : tensor<4x?xi32>
//       CHECK:   scf.for {{.*}} -> (tensor<?x?xi32>, vector<16xi32>, vector<16xi32>, vector<16xi32>, vector<16xi32>)
//   CHECK-NOT:   snn.
func.func @planes(%w: tensor<?x?x16xi32>) -> tensor<?x?x16xi32> {
  %c = snn.unpack %w {neurons = 512 : i64} : tensor<?x?x16xi32>
  %s, %r = snn.refractory window 9 %c : tensor<?x?x512xi1>
  %y = snn.pack %s : tensor<?x?x512xi1>
  return %y : tensor<?x?x16xi32>
}

// -----

// Longer periods than 16 bits are counted, all of them.
// CHECK-LABEL: func.func @counters(
//   CHECK-NOT:   vector<16xi32>
//       CHECK:   vector.bitcast %{{.*}} : vector<1xi32> to vector<32xi1>
//   CHECK-NOT:   vector<16xi32>
//       CHECK:   return
func.func @counters(%w: tensor<?x?x16xi32>) -> tensor<?x?x16xi32> {
  %c = snn.unpack %w {neurons = 512 : i64} : tensor<?x?x16xi32>
  %s, %r = snn.refractory event 65536 %c : tensor<?x?x512xi1>
  %y = snn.pack %s : tensor<?x?x512xi1>
  return %y : tensor<?x?x16xi32>
}

// -----

// The bits of a last word that are no neurons are cleared: 40 = 32 + 8. Words
// that make few tiles of 16 go in tiles of two.
// CHECK-LABEL: func.func @rest(
//   CHECK-DAG:   %[[USED:.*]] = arith.constant 255 : i32
//   CHECK-DAG:   %[[C1:.*]] = arith.constant 1 : index
//   CHECK-DAG:   %[[C2:.*]] = arith.constant 2 : index
//       CHECK:   tensor.empty({{.*}}) : tensor<2x?xi32>
//       CHECK:   tensor.insert %[[USED]] into %{{.*}}[%[[C1]],
//       CHECK:   scf.for {{.*}} step %[[C2]]
//       CHECK:     vector.transfer_read {{.*}} vector<2xi32>
//       CHECK:     %[[USED:.*]] = vector.transfer_read {{.*}} vector<2xi32>
//       CHECK:       %[[READ:.*]] = vector.transfer_read {{.*}} vector<2xi32>
//       CHECK:       %[[C:.*]] = arith.andi %[[READ]], %[[USED]]
//       CHECK:       arith.andi %[[C]], %{{.*}}
func.func @rest(%w: tensor<?x?x2xi32>) -> tensor<?x?x2xi32> {
  %c = snn.unpack %w {neurons = 40 : i64} : tensor<?x?x2xi32>
  %s, %r = snn.refractory event 1 %c : tensor<?x?x40xi1>
  %y = snn.pack %s : tensor<?x?x40xi1>
  return %y : tensor<?x?x2xi32>
}

// -----

// What reads spikes beside gets bytes.
// CHECK-LABEL: func.func @bytes(
//       CHECK:   vector.transfer_write %{{.*}} : vector<32xi1>, tensor<?x?x40xi1>
//       CHECK:   vector.transfer_write %{{.*}} : vector<8xi1>, tensor<?x?x40xi1>
//   CHECK-NOT:   snn.
func.func @bytes(%w: tensor<?x?x2xi32>) -> tensor<?x?x40xi1> {
  %c = snn.unpack %w {neurons = 40 : i64} : tensor<?x?x2xi32>
  %s, %r = snn.refractory event 1 %c : tensor<?x?x40xi1>
  return %s : tensor<?x?x40xi1>
}
