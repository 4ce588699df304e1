// Delays in a cycle become part of its span; outputs, states and histories are
// what they were.
// RUN: snn-opt %s --canonicalize | FileCheck %s
// RUN: snn-opt %s --canonicalize -o %t
// RUN: snn-interp %s --print --function=read | FileCheck %s --check-prefix=READ
// RUN: snn-interp %t --print --function=read | FileCheck %s --check-prefix=READ
// RUN: snn-interp %s --print --function=fed | FileCheck %s --check-prefix=FED
// RUN: snn-interp %t --print --function=fed | FileCheck %s --check-prefix=FED
// RUN: snn-interp %s --print --function=sources | FileCheck %s --check-prefix=SOURCES
// RUN: snn-interp %t --print --function=sources | FileCheck %s --check-prefix=SOURCES
// RUN: snn-interp %s --print --function=read_reverse | cut -d" " -f2- > %t.before
// RUN: snn-interp %t --print --function=read_reverse | cut -d" " -f2- | diff - %t.before
// RUN: snn-interp %s --print --function=fed_reverse | cut -d" " -f2- > %t.before
// RUN: snn-interp %t --print --function=fed_reverse | cut -d" " -f2- | diff - %t.before
// RUN: snn-interp %s --print --function=absent | cut -d" " -f2- > %t.before
// RUN: snn-interp %t --print --function=absent | cut -d" " -f2- | diff - %t.before

// y[t] = x[t] + y[t-3] after 5, 10, 20: the state of the delay, then the history.
// READ: {{^[^ ]+}} i32 [6, 1, 1]: 6 12 23 10 17 29{{$}}
// READ: {{^[^ ]+}} i32 [1, 1, 1]: 10{{$}}
// READ: {{^[^ ]+}} i32 [2, 1, 1]: 17 29{{$}}
// CHECK-LABEL: func.func @read(
//       CHECK:   %[[Y:.*]], %[[H:.*]] = snn.recurrent ins({{.*}}) skip 3 history(%{{.*}} : tensor<3x1x1xi32>) {
//   CHECK-NOT:     snn.delay
//   CHECK-DAG:   %[[LATE:.*]] = tensor.extract_slice %[[H]][0, 0, 0] [1, 1, 1]
//   CHECK-DAG:   %[[NEAR:.*]] = tensor.extract_slice %[[H]][1, 0, 0] [2, 1, 1]
//       CHECK:   return %[[Y]], %[[LATE]], %[[NEAR]]
func.func @read() -> (tensor<6x1x1xi32> {snn.static},
    tensor<1x1x1xi32> {snn.static}, tensor<2x1x1xi32> {snn.static}) {
  %x = arith.constant dense<[[[1]], [[2]], [[3]], [[4]], [[5]], [[6]]]>
      : tensor<6x1x1xi32>
  %d0 = arith.constant dense<5> : tensor<1x1x1xi32>
  %h0 = arith.constant dense<[[[10]], [[20]]]> : tensor<2x1x1xi32>
  %y, %d, %h = snn.recurrent ins(%x : tensor<6x1x1xi32>) skip 2
      state(%d0 : tensor<1x1x1xi32>) history(%h0 : tensor<2x1x1xi32>) {
  ^bb0(%a: tensor<?x1x1xi32>, %f: tensor<?x1x1xi32>, %s: tensor<1x1x1xi32>):
    %g, %s1 = snn.delay %f by [1] init(%s : tensor<1x1x1xi32>)
        : tensor<?x1x1xi32>
    %z = arith.addi %a, %g : tensor<?x1x1xi32>
    snn.yield %z : tensor<?x1x1xi32> feedback(%z : tensor<?x1x1xi32>)
        state(%s1 : tensor<1x1x1xi32>)
  } -> (tensor<6x1x1xi32>) state(tensor<1x1x1xi32>) history(tensor<2x1x1xi32>)
  return %y, %d, %h
      : tensor<6x1x1xi32>, tensor<1x1x1xi32>, tensor<2x1x1xi32>
}

// A delay of what is fed back: its state is nearer than the history.
// FED: {{^[^ ]+}} i32 [6, 1, 1]: 11 22 8 15 27 14{{$}}
// FED: {{^[^ ]+}} i32 [1, 1, 1]: 14{{$}}
// FED: {{^[^ ]+}} i32 [2, 1, 1]: 15 27{{$}}
// CHECK-LABEL: func.func @fed(
//       CHECK:   %[[Y:.*]], %[[H:.*]] = snn.recurrent ins({{.*}}) skip 3 history(%{{.*}} : tensor<3x1x1xi32>) {
//   CHECK-NOT:     snn.delay
//   CHECK-DAG:   %[[NEAR:.*]] = tensor.extract_slice %[[H]][2, 0, 0] [1, 1, 1]
//   CHECK-DAG:   %[[LATE:.*]] = tensor.extract_slice %[[H]][0, 0, 0] [2, 1, 1]
//       CHECK:   return %[[Y]], %[[NEAR]], %[[LATE]]
func.func @fed() -> (tensor<6x1x1xi32> {snn.static},
    tensor<1x1x1xi32> {snn.static}, tensor<2x1x1xi32> {snn.static}) {
  %x = arith.constant dense<[[[1]], [[2]], [[3]], [[4]], [[5]], [[6]]]>
      : tensor<6x1x1xi32>
  %d0 = arith.constant dense<5> : tensor<1x1x1xi32>
  %h0 = arith.constant dense<[[[10]], [[20]]]> : tensor<2x1x1xi32>
  %y, %d, %h = snn.recurrent ins(%x : tensor<6x1x1xi32>) skip 2
      state(%d0 : tensor<1x1x1xi32>) history(%h0 : tensor<2x1x1xi32>) {
  ^bb0(%a: tensor<?x1x1xi32>, %f: tensor<?x1x1xi32>, %s: tensor<1x1x1xi32>):
    %z = arith.addi %a, %f : tensor<?x1x1xi32>
    %g, %s1 = snn.delay %z by [1] init(%s : tensor<1x1x1xi32>)
        : tensor<?x1x1xi32>
    snn.yield %z : tensor<?x1x1xi32> feedback(%g : tensor<?x1x1xi32>)
        state(%s1 : tensor<1x1x1xi32>)
  } -> (tensor<6x1x1xi32>) state(tensor<1x1x1xi32>) history(tensor<2x1x1xi32>)
  return %y, %d, %h
      : tensor<6x1x1xi32>, tensor<1x1x1xi32>, tensor<2x1x1xi32>
}

// Source 0 is heard 3 steps late, source 1 one step.
// SOURCES: {{^[^ ]+}} i32 [3, 1, 2]: 101 12 103 16 15 22{{$}}
// SOURCES: {{^[^ ]+}} i32 [2, 1, 2]: 101 12 103 16{{$}}
// SOURCES: {{^[^ ]+}} i32 [1, 1, 2]: 15 22{{$}}
// CHECK-LABEL: func.func @sources(
//       CHECK:   snn.recurrent ins({{.*}}) skip [3, 1] state({{.*}} : tensor<1x2xi32>) history(%{{.*}} : tensor<3x1x2xi32>)
func.func @sources() -> (tensor<3x1x2xi32> {snn.static},
    tensor<2x1x2xi32> {snn.static}, tensor<1x1x2xi32> {snn.static},
    tensor<1x2xi32> {snn.static}) {
  %x = arith.constant dense<[[[1, 2]], [[3, 4]], [[5, 6]]]>
      : tensor<3x1x2xi32>
  %d0 = arith.constant dense<[[[100, 7]], [[100, 8]]]> : tensor<2x1x2xi32>
  %h0 = arith.constant dense<[[[10, 10]]]> : tensor<1x1x2xi32>
  %k0 = arith.constant dense<4> : tensor<1x2xi32>
  %y, %k, %d, %h = snn.recurrent ins(%x : tensor<3x1x2xi32>) skip 1
      state(%k0, %d0 : tensor<1x2xi32>, tensor<2x1x2xi32>)
      history(%h0 : tensor<1x1x2xi32>) {
  ^bb0(%a: tensor<?x1x2xi32>, %f: tensor<?x1x2xi32>, %c: tensor<1x2xi32>,
       %s: tensor<2x1x2xi32>):
    %g, %s1 = snn.delay %f by [2, 0] per_source init(%s : tensor<2x1x2xi32>)
        : tensor<?x1x2xi32>
    %z = arith.addi %a, %g : tensor<?x1x2xi32>
    %sum, %c1 = snn.scan real (%z) init(%c : tensor<1x2xi32>)
        : (tensor<?x1x2xi32>)
    snn.yield %z : tensor<?x1x2xi32> feedback(%z : tensor<?x1x2xi32>)
        state(%c1, %s1 : tensor<1x2xi32>, tensor<2x1x2xi32>)
  } -> (tensor<3x1x2xi32>) state(tensor<1x2xi32>, tensor<2x1x2xi32>)
    history(tensor<1x1x2xi32>)
  return %y, %d, %h, %k : tensor<3x1x2xi32>, tensor<2x1x2xi32>,
    tensor<1x1x2xi32>, tensor<1x2xi32>
}

// Backwards the steps of a history are those after the run, nearest first.
// CHECK-LABEL: func.func @read_reverse(
//       CHECK:   %[[Y:.*]], %[[H:.*]] = snn.recurrent reverse ins({{.*}}) skip 3 history
//   CHECK-NOT:     snn.delay
//   CHECK-DAG:   tensor.extract_slice %[[H]][2, 0, 0] [1, 1, 1]
//   CHECK-DAG:   tensor.extract_slice %[[H]][0, 0, 0] [2, 1, 1]
func.func @read_reverse() -> (tensor<6x1x1xi32> {snn.static},
    tensor<1x1x1xi32> {snn.static}, tensor<2x1x1xi32> {snn.static}) {
  %x = arith.constant dense<[[[1]], [[2]], [[3]], [[4]], [[5]], [[6]]]>
      : tensor<6x1x1xi32>
  %d0 = arith.constant dense<5> : tensor<1x1x1xi32>
  %h0 = arith.constant dense<[[[10]], [[20]]]> : tensor<2x1x1xi32>
  %y, %d, %h = snn.recurrent reverse ins(%x : tensor<6x1x1xi32>) skip 2
      state(%d0 : tensor<1x1x1xi32>) history(%h0 : tensor<2x1x1xi32>) {
  ^bb0(%a: tensor<?x1x1xi32>, %f: tensor<?x1x1xi32>, %s: tensor<1x1x1xi32>):
    %g, %s1 = snn.delay %f by [1] init(%s : tensor<1x1x1xi32>)
        : tensor<?x1x1xi32>
    %z = arith.addi %a, %g : tensor<?x1x1xi32>
    snn.yield %z : tensor<?x1x1xi32> feedback(%z : tensor<?x1x1xi32>)
        state(%s1 : tensor<1x1x1xi32>)
  } -> (tensor<6x1x1xi32>) state(tensor<1x1x1xi32>) history(tensor<2x1x1xi32>)
  return %y, %d, %h
      : tensor<6x1x1xi32>, tensor<1x1x1xi32>, tensor<2x1x1xi32>
}

// CHECK-LABEL: func.func @fed_reverse(
//       CHECK:   %[[Y:.*]], %[[H:.*]] = snn.recurrent reverse ins({{.*}}) skip 3 history
//   CHECK-NOT:     snn.delay
//   CHECK-DAG:   tensor.extract_slice %[[H]][0, 0, 0] [1, 1, 1]
//   CHECK-DAG:   tensor.extract_slice %[[H]][1, 0, 0] [2, 1, 1]
func.func @fed_reverse() -> (tensor<6x1x1xi32> {snn.static},
    tensor<1x1x1xi32> {snn.static}, tensor<2x1x1xi32> {snn.static}) {
  %x = arith.constant dense<[[[1]], [[2]], [[3]], [[4]], [[5]], [[6]]]>
      : tensor<6x1x1xi32>
  %d0 = arith.constant dense<5> : tensor<1x1x1xi32>
  %h0 = arith.constant dense<[[[10]], [[20]]]> : tensor<2x1x1xi32>
  %y, %d, %h = snn.recurrent reverse ins(%x : tensor<6x1x1xi32>) skip 2
      state(%d0 : tensor<1x1x1xi32>) history(%h0 : tensor<2x1x1xi32>) {
  ^bb0(%a: tensor<?x1x1xi32>, %f: tensor<?x1x1xi32>, %s: tensor<1x1x1xi32>):
    %z = arith.addi %a, %f : tensor<?x1x1xi32>
    %g, %s1 = snn.delay %z by [1] init(%s : tensor<1x1x1xi32>)
        : tensor<?x1x1xi32>
    snn.yield %z : tensor<?x1x1xi32> feedback(%g : tensor<?x1x1xi32>)
        state(%s1 : tensor<1x1x1xi32>)
  } -> (tensor<6x1x1xi32>) state(tensor<1x1x1xi32>) history(tensor<2x1x1xi32>)
  return %y, %d, %h
      : tensor<6x1x1xi32>, tensor<1x1x1xi32>, tensor<2x1x1xi32>
}

// Both sides of the cycle, without values before the run.
// CHECK-LABEL: func.func @absent(
//       CHECK:   snn.recurrent ins({{.*}}) skip 6 {
//   CHECK-NOT:     snn.delay
func.func @absent() -> tensor<9x1x1xi32> {
  %x = arith.constant dense<[[[1]], [[2]], [[3]], [[4]], [[5]], [[6]], [[7]], [[8]], [[9]]]>
      : tensor<9x1x1xi32>
  %y, %d, %e, %h = snn.recurrent ins(%x : tensor<9x1x1xi32>) skip 1 {
  ^bb0(%a: tensor<?x1x1xi32>, %f: tensor<?x1x1xi32>, %s: tensor<3x1x1xi32>,
       %t: tensor<2x1x1xi32>):
    %g, %s1 = snn.delay %f by [3] init(%s : tensor<3x1x1xi32>)
        : tensor<?x1x1xi32>
    %z = arith.addi %a, %g : tensor<?x1x1xi32>
    %b, %t1 = snn.delay %z by [2] init(%t : tensor<2x1x1xi32>)
        : tensor<?x1x1xi32>
    snn.yield %z : tensor<?x1x1xi32> feedback(%b : tensor<?x1x1xi32>)
        state(%s1, %t1 : tensor<3x1x1xi32>, tensor<2x1x1xi32>)
  } -> (tensor<9x1x1xi32>) state(tensor<3x1x1xi32>, tensor<2x1x1xi32>)
    history(tensor<1x1x1xi32>)
  return %y : tensor<9x1x1xi32>
}

// Where the body reads the feedback without the delay as well, it stays.
// CHECK-LABEL: func.func @kept(
//       CHECK:   snn.recurrent ins({{.*}}) skip 2 {
//       CHECK:     snn.delay
func.func @kept(%x: tensor<?x?x3xf32>) -> tensor<?x?x3xf32> {
  %y, %d, %h = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>, %s: tensor<1x?x3xf32>):
    %g, %s1 = snn.delay %f by [1] init(%s : tensor<1x?x3xf32>)
        : tensor<?x?x3xf32>
    %z = arith.addf %f, %g : tensor<?x?x3xf32>
    snn.yield %z : tensor<?x?x3xf32> feedback(%z : tensor<?x?x3xf32>)
        state(%s1 : tensor<1x?x3xf32>)
  } -> (tensor<?x?x3xf32>) state(tensor<1x?x3xf32>) history(tensor<2x?x3xf32>)
  return %y : tensor<?x?x3xf32>
}

// A delay of what is fed back by other delays of each source stays, too: its
// history is not one of whole steps.
// CHECK-LABEL: func.func @kept_sources(
//       CHECK:   snn.recurrent ins({{.*}}) skip 2 {
//       CHECK:     snn.delay
func.func @kept_sources(%x: tensor<?x?x2xf32>) -> tensor<?x?x2xf32> {
  %y, %d, %h = snn.recurrent ins(%x : tensor<?x?x2xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x2xf32>, %f: tensor<?x?x2xf32>, %s: tensor<3x?x2xf32>):
    %z = arith.addf %a, %f : tensor<?x?x2xf32>
    %g, %s1 = snn.delay %z by [3, 1] per_source init(%s : tensor<3x?x2xf32>)
        : tensor<?x?x2xf32>
    snn.yield %z : tensor<?x?x2xf32> feedback(%g : tensor<?x?x2xf32>)
        state(%s1 : tensor<3x?x2xf32>)
  } -> (tensor<?x?x2xf32>) state(tensor<3x?x2xf32>) history(tensor<2x?x2xf32>)
  return %y : tensor<?x?x2xf32>
}
