// Recurrences become loops over windows as long as the smallest span.
// RUN: snn-opt %s --convert-snn-recurrence-to-scf --canonicalize --cse | FileCheck %s

// The history of 3 steps is read at the start of a window and, once the window
// is appended, its last 3 steps are the next.
// CHECK-LABEL: func.func @skip(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: tensor<?x2x4xf32>, %[[H0:[a-z0-9]+]]: tensor<3x2x4xf32>
//   CHECK-DAG:   %[[C0:.*]] = arith.constant 0 : index
//   CHECK-DAG:   %[[C3:.*]] = arith.constant 3 : index
//       CHECK:   %[[STEPS:.*]] = tensor.dim %[[X]], %[[C0]]
//       CHECK:   %[[Y0:.*]] = tensor.empty(%[[STEPS]]) : tensor<?x2x4xf32>
//       CHECK:   %[[R:.*]]:2 = scf.for %[[T:[a-z0-9]+]] = %[[C0]] to %[[STEPS]] step %[[C3]] iter_args(%[[Y:.*]] = %[[Y0]], %[[H:[a-z0-9]+]] = %[[H0]])
//       CHECK:     %[[LEFT:.*]] = arith.subi %[[STEPS]], %[[T]]
//       CHECK:     %[[LENGTH:.*]] = arith.minsi %[[LEFT]], %[[C3]]
//   CHECK-DAG:     %[[XW:.*]] = tensor.extract_slice %[[X]][%[[T]], 0, 0] [%[[LENGTH]], 2, 4] [1, 1, 1]
//   CHECK-DAG:     %[[FB:.*]] = tensor.extract_slice %[[H]][0, 0, 0] [%[[LENGTH]], 2, 4] [1, 1, 1]
//       CHECK:     %[[S:.*]] = arith.addf %[[XW]], %[[FB]]
//       CHECK:     %[[NEXT:.*]] = tensor.insert_slice %[[S]] into %[[Y]][%[[T]], 0, 0]
//       CHECK:     %[[OLD:.*]] = tensor.insert_slice %[[H]] into %{{.*}}[0, 0, 0] [3, 2, 4]
//       CHECK:     %[[BOTH:.*]] = tensor.insert_slice %[[S]] into %[[OLD]][3, 0, 0]
//       CHECK:     %[[LAST:.*]] = tensor.extract_slice %[[BOTH]][%{{.*}}, 0, 0] [3, 2, 4] [1, 1, 1]
//       CHECK:     scf.yield %[[NEXT]], %[[LAST]]
//       CHECK:   return %[[R]]#0, %[[R]]#1
func.func @skip(%x: tensor<?x2x4xf32>, %h0: tensor<3x2x4xf32>)
    -> (tensor<?x2x4xf32>, tensor<3x2x4xf32>) {
  %y, %h = snn.recurrent ins(%x : tensor<?x2x4xf32>) skip 3
      history(%h0 : tensor<3x2x4xf32>) {
  ^bb0(%xw: tensor<?x2x4xf32>, %fb: tensor<?x2x4xf32>):
    %s = arith.addf %xw, %fb : tensor<?x2x4xf32>
    snn.yield %s : tensor<?x2x4xf32> feedback(%s : tensor<?x2x4xf32>)
  } -> (tensor<?x2x4xf32>) history(tensor<3x2x4xf32>)
  return %y, %h : tensor<?x2x4xf32>, tensor<3x2x4xf32>
}

// The smaller span is the step; the longer history is read where its span
// begins.
// CHECK-LABEL: func.func @two_spans(
//   CHECK-DAG:   %[[C2:.*]] = arith.constant 2 : index
//       CHECK:   scf.for %{{.*}} step %[[C2]] iter_args(%{{.*}}, %[[A:.*]] = %{{.*}}, %[[B:[a-z0-9]+]] = %{{.*}}) -> (tensor<?x2x4xf32>, tensor<5x2x4xf32>, tensor<2x2x4xf32>)
//   CHECK-DAG:     tensor.extract_slice %[[A]][0, 0, 0] [%[[LENGTH:[a-z0-9]+]], 2, 4]
//   CHECK-DAG:     tensor.extract_slice %[[B]][0, 0, 0] [%[[LENGTH]], 2, 4]
func.func @two_spans(%x: tensor<?x2x4xf32>) -> tensor<?x2x4xf32> {
  %y, %h:2 = snn.recurrent ins(%x : tensor<?x2x4xf32>) skip 5, 2 {
  ^bb0(%xw: tensor<?x2x4xf32>, %f: tensor<?x2x4xf32>, %g: tensor<?x2x4xf32>):
    %s = arith.addf %xw, %f : tensor<?x2x4xf32>
    %t = arith.addf %s, %g : tensor<?x2x4xf32>
    snn.yield %t : tensor<?x2x4xf32>
        feedback(%s, %t : tensor<?x2x4xf32>, tensor<?x2x4xf32>)
  } -> (tensor<?x2x4xf32>) history(tensor<5x2x4xf32>, tensor<2x2x4xf32>)
  return %y : tensor<?x2x4xf32>
}

// A span per source: the shortest is the step, each source reads its own row.
// CHECK-LABEL: func.func @sources(
//   CHECK-DAG:   arith.constant dense<[3, 5, 4]> : tensor<3xi64>
//   CHECK-DAG:   %[[C3:.*]] = arith.constant 3 : index
//       CHECK:   scf.for %{{.*}} step %[[C3]]
//       CHECK:     linalg.generic
//       CHECK:     ^bb0(%[[D:.*]]: i64, %{{.*}}: f32):
//       CHECK:       %[[DELAY:.*]] = arith.index_cast %[[D]] : i64 to index
//       CHECK:       %[[SHIFT:.*]] = arith.subi %{{.*}}, %[[DELAY]]
//       CHECK:       %[[ROW:.*]] = arith.addi %{{.*}}, %[[SHIFT]]
//       CHECK:       tensor.extract %{{.*}}[%[[ROW]], %{{.*}}, %{{.*}}]
func.func @sources(%x: tensor<?x2x3xf32>) -> tensor<?x2x3xf32> {
  %y, %h = snn.recurrent ins(%x : tensor<?x2x3xf32>) skip [3, 5, 4] {
  ^bb0(%xw: tensor<?x2x3xf32>, %fb: tensor<?x2x3xf32>):
    %s = arith.addf %xw, %fb : tensor<?x2x3xf32>
    snn.yield %s : tensor<?x2x3xf32> feedback(%s : tensor<?x2x3xf32>)
  } -> (tensor<?x2x3xf32>) history(tensor<5x2x3xf32>)
  return %y : tensor<?x2x3xf32>
}

// A span that is an operand is clamped to 1 .. its bound, and is the step.
// CHECK-LABEL: func.func @operand(
//  CHECK-SAME:   %{{[a-z0-9]+}}: tensor<?x2x3xf32>, %[[N:[a-z0-9]+]]: i64
//   CHECK-DAG:   %[[C1:.*]] = arith.constant 1 : index
//   CHECK-DAG:   %[[C9:.*]] = arith.constant 9 : index
//       CHECK:   %[[SPAN:.*]] = arith.index_cast %[[N]] : i64 to index
//       CHECK:   %[[LOW:.*]] = arith.maxsi %[[SPAN]], %[[C1]]
//       CHECK:   %[[STEP:.*]] = arith.minsi %[[LOW]], %[[C9]]
//       CHECK:   scf.for %{{.*}} step %[[STEP]]
//       CHECK:     %[[FIRST:.*]] = arith.subi %[[C9]], %[[STEP]]
//       CHECK:     tensor.extract_slice %{{.*}}[%[[FIRST]], 0, 0]
func.func @operand(%x: tensor<?x2x3xf32>, %n: i64) -> tensor<?x2x3xf32> {
  %y, %h = snn.recurrent ins(%x : tensor<?x2x3xf32>) skip upto 9 (%n : i64) {
  ^bb0(%xw: tensor<?x2x3xf32>, %fb: tensor<?x2x3xf32>):
    %s = arith.addf %xw, %fb : tensor<?x2x3xf32>
    snn.yield %s : tensor<?x2x3xf32> feedback(%s : tensor<?x2x3xf32>)
  } -> (tensor<?x2x3xf32>) history(tensor<9x2x3xf32>)
  return %y : tensor<?x2x3xf32>
}

// Taps need every step: windows of one step, and a sum over the history, newest
// first. A spike adds its tap without a multiplication.
// CHECK-LABEL: func.func @taps(
//   CHECK-DAG:   %[[C1:.*]] = arith.constant 1 : index
//   CHECK-DAG:   %[[C4:.*]] = arith.constant 4 : index
//       CHECK:   scf.for %{{.*}} step %[[C1]]
//       CHECK:     linalg.generic {{.*}}iterator_types = ["parallel", "parallel", "reduction", "parallel"]
//       CHECK:     ^bb0(%[[TAP:.*]]: f32, %[[SUM:.*]]: f32):
//   CHECK-DAG:       %[[T:.*]] = linalg.index 0
//   CHECK-DAG:       %[[K:.*]] = linalg.index 2
//       CHECK:       %[[FIRST:.*]] = arith.addi %[[T]], %[[C4]]
//       CHECK:       %[[ROW:.*]] = arith.subi %[[FIRST]], %[[K]]
//       CHECK:       %[[S:.*]] = tensor.extract %{{.*}}[%[[ROW]], %{{.*}}, %{{.*}}] : tensor<5x2x3xi1>
//       CHECK:       %[[ADDED:.*]] = arith.addf %[[SUM]], %[[TAP]]
//       CHECK:       arith.select %[[S]], %[[ADDED]], %[[SUM]]
func.func @taps(%x: tensor<?x2x3xf32>, %p: tensor<5xf32>) -> tensor<?x2x3xi1> {
  %y, %h = snn.recurrent ins(%x : tensor<?x2x3xf32>)
      skip taps (%p : tensor<5xf32>) {
  ^bb0(%xw: tensor<?x2x3xf32>, %fb: tensor<?x2x3xf32>):
    %i = arith.addf %xw, %fb : tensor<?x2x3xf32>
    %s = snn.fire %i {threshold = 1.0} : tensor<?x2x3xf32>
    snn.yield %s : tensor<?x2x3xi1> feedback(%s : tensor<?x2x3xi1>)
  } -> (tensor<?x2x3xi1>) history(tensor<5x2x3xi1>)
  return %y : tensor<?x2x3xi1>
}

// Constant taps that begin with two zeros leave windows of three steps, and the
// zeros out: the first tap that is read is the third.
// CHECK-LABEL: func.func @late_taps(
//   CHECK-DAG:   %[[C3:.*]] = arith.constant 3 : index
//   CHECK-DAG:   %[[C2:.*]] = arith.constant 2 : index
//   CHECK-DAG:   %[[P:.*]] = arith.constant dense<[0.000000e+00, 0.000000e+00, 5.000000e-01, 2.500000e-01, 2.500000e-01]>
//       CHECK:   scf.for %{{.*}} step %[[C3]]
//       CHECK:     %[[LATE:.*]] = tensor.extract_slice %[[P]][2] [3] [1]
//       CHECK:     linalg.generic {{.*}} ins(%[[LATE]] : tensor<3xf32>)
//   CHECK-DAG:       %[[T:.*]] = linalg.index 0
//   CHECK-DAG:       %[[K:.*]] = linalg.index 2
//       CHECK:       %[[FIRST:.*]] = arith.addi %[[T]], %[[C2]]
//       CHECK:       arith.subi %[[FIRST]], %[[K]]
func.func @late_taps(%x: tensor<?x2x3xf32>) -> tensor<?x2x3xi1> {
  %p = arith.constant dense<[0.0, 0.0, 0.5, 0.25, 0.25]> : tensor<5xf32>
  %y, %h = snn.recurrent ins(%x : tensor<?x2x3xf32>)
      skip taps (%p : tensor<5xf32>) {
  ^bb0(%xw: tensor<?x2x3xf32>, %fb: tensor<?x2x3xf32>):
    %i = arith.addf %xw, %fb : tensor<?x2x3xf32>
    %s = snn.fire %i {threshold = 1.0} : tensor<?x2x3xf32>
    snn.yield %s : tensor<?x2x3xi1> feedback(%s : tensor<?x2x3xi1>)
  } -> (tensor<?x2x3xi1>) history(tensor<5x2x3xi1>)
  return %y : tensor<?x2x3xi1>
}

// Of values even a tap of 0 is read: it makes NaN of an infinite one.
// CHECK-LABEL: func.func @late_taps_of_values(
//       CHECK:   %[[C1:.*]] = arith.constant 1 : index
//       CHECK:   scf.for %{{.*}} step %[[C1]]
//   CHECK-NOT:     tensor.extract_slice %{{.*}} : tensor<5xf32>
//       CHECK:     math.fma
func.func @late_taps_of_values(%x: tensor<?x2x3xf32>) -> tensor<?x2x3xf32> {
  %p = arith.constant dense<[0.0, 0.0, 0.5, 0.25, 0.25]> : tensor<5xf32>
  %y, %h = snn.recurrent ins(%x : tensor<?x2x3xf32>)
      skip taps (%p : tensor<5xf32>) {
  ^bb0(%xw: tensor<?x2x3xf32>, %fb: tensor<?x2x3xf32>):
    %i = arith.addf %xw, %fb : tensor<?x2x3xf32>
    snn.yield %i : tensor<?x2x3xf32> feedback(%i : tensor<?x2x3xf32>)
  } -> (tensor<?x2x3xf32>) history(tensor<5x2x3xf32>)
  return %y : tensor<?x2x3xf32>
}

// States go from window to window; the window's position is that of the model
// plus its first step.
// CHECK-LABEL: func.func @state_and_position(
//  CHECK-SAME:   %{{[a-z0-9]+}}: tensor<?x?x3xi1>, %[[V0:[a-z0-9]+]]: tensor<?x3xi32>, %[[AT:[a-z0-9]+]]: i64
//       CHECK:   scf.for %[[T:[a-z0-9]+]] = %{{.*}} iter_args(%{{.*}}, %[[V:[a-z0-9]+]] = %[[V0]], %{{.*}} = %{{.*}})
//       CHECK:     %[[OFFSET:.*]] = arith.index_cast %[[T]] : index to i64
//       CHECK:     %[[NOW:.*]] = arith.addi %[[AT]], %[[OFFSET]]
//       CHECK:     snn.refractory phase 2 %{{.*}} offset(%[[NOW]])
//       CHECK:     %{{.*}}, %[[NEXT:.*]] = snn.refractory event 4 %{{.*}} init(%[[V]]
//       CHECK:     scf.yield %{{.*}}, %[[NEXT]], %{{.*}}
func.func @state_and_position(%x: tensor<?x?x3xi1>, %v0: tensor<?x3xi32>,
                              %at: i64, %h0: tensor<6x?x3xi1>)
    -> tensor<?x?x3xi1> {
  %y, %v, %h = snn.recurrent ins(%x : tensor<?x?x3xi1>) skip 6
      state(%v0 : tensor<?x3xi32>) history(%h0 : tensor<6x?x3xi1>)
      position(%at) {
  ^bb0(%xw: tensor<?x?x3xi1>, %fb: tensor<?x?x3xi1>, %w0: tensor<?x3xi32>,
       %tw: i64):
    %c = arith.ori %xw, %fb : tensor<?x?x3xi1>
    %g = snn.refractory phase 2 %c offset(%tw) : tensor<?x?x3xi1>
    %s, %w = snn.refractory event 4 %g init(%w0 : tensor<?x3xi32>)
        : tensor<?x?x3xi1>
    snn.yield %s : tensor<?x?x3xi1> feedback(%s : tensor<?x?x3xi1>)
        state(%w : tensor<?x3xi32>)
  } -> (tensor<?x?x3xi1>) state(tensor<?x3xi32>) history(tensor<6x?x3xi1>)
  return %y : tensor<?x?x3xi1>
}

// In reverse the first window is the last in time, the body runs backwards too,
// and the window goes before the history.
// CHECK-LABEL: func.func @reverse(
//       CHECK:   scf.for %[[T:[a-z0-9]+]] = %{{.*}} to %[[STEPS:.*]] step %{{.*}} iter_args(%[[Y:.*]] = %{{.*}}, %{{.*}}, %[[H:[a-z0-9]+]] = %{{.*}})
//       CHECK:     %[[LEFT:.*]] = arith.subi %[[STEPS]], %[[T]]
//       CHECK:     %[[LENGTH:.*]] = arith.minsi %[[LEFT]],
//       CHECK:     %[[FIRST:.*]] = arith.subi %[[LEFT]], %[[LENGTH]]
//       CHECK:     tensor.extract_slice %{{.*}}[%[[FIRST]], 0, 0] [%[[LENGTH]], 2, 4]
//       CHECK:     %[[OUT:.*]], %{{.*}} = snn.neuron reverse
//       CHECK:     tensor.insert_slice %[[OUT]] into %[[Y]][%[[FIRST]], 0, 0]
//       CHECK:     %[[WINDOW:.*]] = tensor.insert_slice %[[OUT]] into %{{.*}}[0, 0, 0]
//       CHECK:     %[[BOTH:.*]] = tensor.insert_slice %[[H]] into %[[WINDOW]]
//       CHECK:     tensor.extract_slice %[[BOTH]][0, 0, 0] [3, 2, 4]
func.func @reverse(%x: tensor<?x2x4xf32>) -> tensor<?x2x4xf32> {
  %y, %v, %h = snn.recurrent reverse ins(%x : tensor<?x2x4xf32>) skip 3 {
  ^bb0(%xw: tensor<?x2x4xf32>, %fb: tensor<?x2x4xf32>, %v0: tensor<2x4xf32>):
    %i = arith.addf %xw, %fb : tensor<?x2x4xf32>
    %u, %v1 = snn.neuron ins(%i : tensor<?x2x4xf32>)
        init(%v0 : tensor<2x4xf32>) {
    ^bb0(%it: f32, %vt: f32):
      %s = arith.addf %it, %vt : f32
      snn.yield %s : f32 state(%s : f32)
    } -> (tensor<?x2x4xf32>) state(tensor<2x4xf32>)
    snn.yield %u : tensor<?x2x4xf32> feedback(%u : tensor<?x2x4xf32>)
        state(%v1 : tensor<2x4xf32>)
  } -> (tensor<?x2x4xf32>) state(tensor<2x4xf32>) history(tensor<3x2x4xf32>)
  return %y : tensor<?x2x4xf32>
}

// A recurrence in a recurrence is a loop in a loop.
// CHECK-LABEL: func.func @nested(
//       CHECK:   scf.for
//       CHECK:     scf.for
//   CHECK-NOT:   snn.recurrent
func.func @nested(%x: tensor<?x?x3xf32>) -> tensor<?x?x3xf32> {
  %y, %s, %h = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 4 {
  ^bb0(%xw: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>, %hist: tensor<2x?x3xf32>):
    %z, %h1 = snn.recurrent ins(%xw : tensor<?x?x3xf32>) skip 2
        history(%hist : tensor<2x?x3xf32>) {
    ^bb0(%a: tensor<?x?x3xf32>, %b: tensor<?x?x3xf32>):
      %c = arith.addf %a, %b : tensor<?x?x3xf32>
      snn.yield %c : tensor<?x?x3xf32> feedback(%c : tensor<?x?x3xf32>)
    } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
    %o = arith.addf %z, %f : tensor<?x?x3xf32>
    snn.yield %o : tensor<?x?x3xf32> feedback(%o : tensor<?x?x3xf32>)
        state(%h1 : tensor<2x?x3xf32>)
  } -> (tensor<?x?x3xf32>) state(tensor<2x?x3xf32>) history(tensor<4x?x3xf32>)
  return %y : tensor<?x?x3xf32>
}

// In reverse, all loops start at the end: also the one inside.
// CHECK-LABEL: func.func @nested_reverse(
//       CHECK:   scf.for %[[T:[a-z0-9]+]] = %{{.*}} to %[[STEPS:[a-z0-9_]+]] step
//       CHECK:     %[[LEFT:.*]] = arith.subi %[[STEPS]], %[[T]]
//       CHECK:     %[[LENGTH:.*]] = arith.minsi %[[LEFT]],
//       CHECK:     %[[FIRST:.*]] = arith.subi %[[LEFT]], %[[LENGTH]]
//       CHECK:     scf.for %[[U:[a-z0-9]+]] =
//       CHECK:       %[[REST:.*]] = arith.subi %[[SIZE:.*]], %[[U]]
//       CHECK:       %[[PART:.*]] = arith.minsi %[[REST]],
//       CHECK:       %[[AT:.*]] = arith.subi %[[REST]], %[[PART]]
//       CHECK:       tensor.extract_slice %{{.*}}[%[[AT]], 0, 0]
func.func @nested_reverse(%x: tensor<?x?x3xf32>) -> tensor<?x?x3xf32> {
  %y, %s, %h = snn.recurrent reverse ins(%x : tensor<?x?x3xf32>) skip 4 {
  ^bb0(%xw: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>, %hist: tensor<2x?x3xf32>):
    %z, %h1 = snn.recurrent ins(%xw : tensor<?x?x3xf32>) skip 2
        history(%hist : tensor<2x?x3xf32>) {
    ^bb0(%a: tensor<?x?x3xf32>, %b: tensor<?x?x3xf32>):
      %c = arith.addf %a, %b : tensor<?x?x3xf32>
      snn.yield %c : tensor<?x?x3xf32> feedback(%c : tensor<?x?x3xf32>)
    } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
    %o = arith.addf %z, %f : tensor<?x?x3xf32>
    snn.yield %o : tensor<?x?x3xf32> feedback(%o : tensor<?x?x3xf32>)
        state(%h1 : tensor<2x?x3xf32>)
  } -> (tensor<?x?x3xf32>) state(tensor<2x?x3xf32>) history(tensor<4x?x3xf32>)
  return %y : tensor<?x?x3xf32>
}

// Without a recurrence nothing changes.
// CHECK-LABEL: func.func @none(
//  CHECK-NEXT:   snn.li
//  CHECK-NEXT:   return
func.func @none(%x: tensor<?x?x3xf32>) -> tensor<?x?x3xf32> {
  %v, %vT = snn.li %x {decay = 0.5} : tensor<?x?x3xf32>
  return %v : tensor<?x?x3xf32>
}
