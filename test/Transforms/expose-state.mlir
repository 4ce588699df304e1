// States become arguments and results of the model.
// RUN: snn-opt %s --snn-expose-state -split-input-file | FileCheck %s

// Every state of an op, in the order of the program; position and batch come
// last.
// CHECK-LABEL: func.func @states(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: tensor<?x?x4xf32>, %[[V:[a-z0-9]+]]: tensor<?x4xf32> {snn.state = "lif0.0"}, %[[R:[a-z0-9]+]]: tensor<?x4xi32> {snn.state = "lif0.1"}, %[[W:[a-z0-9]+]]: tensor<?x4xf32> {snn.state = "li0.0"}, %{{[a-z0-9]+}}: i64 {snn.position}, %{{[a-z0-9]+}}: i64 {snn.batch})
//  CHECK-SAME:   -> (tensor<?x?x4xi1>, tensor<?x?x4xf32>, tensor<?x4xf32> {snn.state = "lif0.0"}, tensor<?x4xi32> {snn.state = "lif0.1"}, tensor<?x4xf32> {snn.state = "li0.0"})
//       CHECK:   %[[S:.*]], %[[FINAL:.*]]:2 = snn.lif %[[X]] init(%[[V]], %[[R]] : tensor<?x4xf32>, tensor<?x4xi32>)
//       CHECK:   %[[U:.*]], %[[LAST:.*]] = snn.li %[[X]] init(%[[W]] : tensor<?x4xf32>)
//       CHECK:   return %[[S]], %[[U]], %[[FINAL]]#0, %[[FINAL]]#1, %[[LAST]]
func.func @states(%x: tensor<?x?x4xf32>)
    -> (tensor<?x?x4xi1>, tensor<?x?x4xf32>) {
  %s, %v, %r = snn.lif %x {decay = 0.5, threshold = 1.0, refractory = 3 : i64}
      : tensor<?x?x4xf32>
  %u, %w = snn.li %x {decay = 0.5} : tensor<?x?x4xf32>
  return %s, %u : tensor<?x?x4xi1>, tensor<?x?x4xf32>
}

// A layer names its states; other ops are numbered by kind.
// CHECK-LABEL: func.func @names(
//  CHECK-SAME:   {snn.state = "li0.0"}
//  CHECK-SAME:   {snn.state = "memory.0"}
//  CHECK-SAME:   {snn.state = "li1.0"}
func.func @names(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %a, %aT = snn.li %x {decay = 0.5} : tensor<?x?x4xf32>
  %b, %bT = snn.li %a {decay = 0.5, snn.layer = "memory"} : tensor<?x?x4xf32>
  %c, %cT = snn.li %b {decay = 0.5} : tensor<?x?x4xf32>
  return %c : tensor<?x?x4xf32>
}

// A state that the model has already is left alone.
// CHECK-LABEL: func.func @given(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: tensor<?x?x4xf32>, %[[V:[a-z0-9]+]]: tensor<?x4xf32> {snn.state = "v"}, %{{[a-z0-9]+}}: i64 {snn.position}, %{{[a-z0-9]+}}: i64 {snn.batch})
//  CHECK-SAME:   -> (tensor<?x?x4xf32>, tensor<?x4xf32> {snn.state = "v"})
//       CHECK:   snn.li %[[X]] init(%[[V]] : tensor<?x4xf32>)
func.func @given(%x: tensor<?x?x4xf32>, %v0: tensor<?x4xf32> {snn.state = "v"})
    -> (tensor<?x?x4xf32>, tensor<?x4xf32> {snn.state = "v"}) {
  %v, %vT = snn.li %x init(%v0 : tensor<?x4xf32>) {decay = 0.5}
      : tensor<?x?x4xf32>
  return %v, %vT : tensor<?x?x4xf32>, tensor<?x4xf32>
}

// A recurrence has states and histories; what is inside its body is its own.
// CHECK-LABEL: func.func @recurrence(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: tensor<?x?x4xf32>, %[[V:[a-z0-9]+]]: tensor<?x4xf32> {snn.state = "recurrent0.0"}, %[[H:[a-z0-9]+]]: tensor<3x?x4xf32> {snn.state = "recurrent0.1"}, %{{[a-z0-9]+}}: i64
//       CHECK:   %[[Y:.*]], %[[VT:.*]], %[[HT:.*]] = snn.recurrent ins(%[[X]] : tensor<?x?x4xf32>) skip 3 state(%[[V]] : tensor<?x4xf32>) history(%[[H]] : tensor<3x?x4xf32>)
//       CHECK:   return %[[Y]], %[[VT]], %[[HT]]
func.func @recurrence(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %y, %v, %h = snn.recurrent ins(%x : tensor<?x?x4xf32>) skip 3 {
  ^bb0(%xw: tensor<?x?x4xf32>, %fb: tensor<?x?x4xf32>, %v0: tensor<?x4xf32>):
    %i = arith.addf %xw, %fb : tensor<?x?x4xf32>
    %u, %v1 = snn.li %i init(%v0 : tensor<?x4xf32>) {decay = 0.5}
        : tensor<?x?x4xf32>
    snn.yield %u : tensor<?x?x4xf32> feedback(%u : tensor<?x?x4xf32>)
        state(%v1 : tensor<?x4xf32>)
  } -> (tensor<?x?x4xf32>) state(tensor<?x4xf32>) history(tensor<3x?x4xf32>)
  return %y : tensor<?x?x4xf32>
}

// Ops that depend on absolute time get the position, samples the batch offset
// as well; an offset that is given is added to it.
// CHECK-LABEL: func.func @position(
//  CHECK-SAME:   %[[P:[a-z0-9]+]]: tensor<?x?x4xf32>, %[[C:[a-z0-9]+]]: tensor<?x?x4xi1>, %[[OWN:[a-z0-9]+]]: i64, %[[T:[a-z0-9]+]]: i64 {snn.position}, %[[B:[a-z0-9]+]]: i64 {snn.batch}
//       CHECK:   snn.sample %[[P]] offset(%[[T]]) batch(%[[B]])
//       CHECK:   snn.refractory phase 4 %[[C]] offset(%[[T]])
//       CHECK:   %[[SUM:.*]] = arith.addi %[[T]], %[[OWN]]
//       CHECK:   snn.refractory phase 4 %[[C]] offset(%[[SUM]])
func.func @position(%p: tensor<?x?x4xf32>, %c: tensor<?x?x4xi1>, %own: i64)
    -> (tensor<?x?x4xi1>, tensor<?x?x4xi1>, tensor<?x?x4xi1>) {
  %0 = snn.sample %p {id = 0} : tensor<?x?x4xf32>
  %1 = snn.refractory phase 4 %c : tensor<?x?x4xi1>
  %2 = snn.refractory phase 4 %c offset(%own) : tensor<?x?x4xi1>
  return %0, %1, %2 : tensor<?x?x4xi1>, tensor<?x?x4xi1>, tensor<?x?x4xi1>
}

// A model without a state gets the two numbers all the same.
// CHECK-LABEL: func.func @stateless(
//  CHECK-SAME:   %{{[a-z0-9]+}}: tensor<?x?x4xf32>, %{{[a-z0-9]+}}: i64 {snn.position}, %{{[a-z0-9]+}}: i64 {snn.batch}) -> tensor<?x?x4xi1>
func.func @stateless(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xi1> {
  %s = snn.fire %x {threshold = 1.0} : tensor<?x?x4xf32>
  return %s : tensor<?x?x4xi1>
}

// -----

// Two ops of one layer have states of different names.
// CHECK-LABEL: func.func @layer_of_two(
//  CHECK-SAME:   {snn.state = "[[FIRST:h[^"]*]]"}
//   CHECK-NOT:   {snn.state = "[[FIRST]]"}
//  CHECK-SAME:   i64 {snn.position}
func.func @layer_of_two(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %a, %aT = snn.li %x {decay = 0.5, snn.layer = "h"} : tensor<?x?x4xf32>
  %b, %bT = snn.li %a {decay = 0.5, snn.layer = "h"} : tensor<?x?x4xf32>
  return %b : tensor<?x?x4xf32>
}

// -----

// A name that the model uses already is not given again.
// CHECK-LABEL: func.func @taken(
//  CHECK-SAME:   {snn.state = "li1.0"}
//   CHECK-NOT:   {snn.state = "li1.0"}
//  CHECK-SAME:   i64 {snn.position}
func.func @taken(%x: tensor<?x?x4xf32>,
                 %s: tensor<?x4xf32> {snn.state = "li1.0"})
    -> (tensor<?x?x4xf32>, tensor<?x4xf32> {snn.state = "li1.0"}) {
  %a, %aT = snn.li %x init(%s : tensor<?x4xf32>) {decay = 0.5}
      : tensor<?x?x4xf32>
  %b, %bT = snn.li %a {decay = 0.5} : tensor<?x?x4xf32>
  return %b, %aT : tensor<?x?x4xf32>, tensor<?x4xf32>
}

// -----

// A declaration is not a model.
// CHECK: func.func private @declared(tensor<?x?x4xf32>) -> tensor<?x?x4xf32>{{$}}
func.func private @declared(tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
