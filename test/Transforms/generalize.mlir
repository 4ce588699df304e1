// Named neurons become snn.neuron with the step that their equation says.
// RUN: snn-opt %s --snn-generalize | FileCheck %s
// RUN: snn-opt %s --snn-generalize="word-gates=false" | FileCheck %s --check-prefix=ALL

// A reset and a refractory counter, which is the second state; the layer's name
// and the potential after the reset are kept.
// CHECK-LABEL: func.func @lif(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: tensor<?x?x4xf32>
//       CHECK:   %[[OUT:.*]]:2, %{{.*}}:2 = snn.neuron ins(%[[X]] : tensor<?x?x4xf32>) attributes {snn.layer = "h"}
//       CHECK:   ^bb0(%[[XT:.*]]: f32, %[[V0:.*]]: f32, %[[LEFT:.*]]: i32):
//   CHECK-DAG:     %[[DECAY:.*]] = arith.constant 5.000000e-01 : f32
//   CHECK-DAG:     %[[THETA:.*]] = arith.constant 1.000000e+00 : f32
//   CHECK-DAG:     %[[NONE:.*]] = arith.constant 0 : i32
//   CHECK-DAG:     %[[LESS:.*]] = arith.subi %[[LEFT]],
//   CHECK-DAG:     %[[REST:.*]] = arith.maxsi %[[LESS]], %[[NONE]]
//   CHECK-DAG:     %[[CLOSED:.*]] = arith.cmpi sgt, %[[LEFT]], %[[NONE]]
//   CHECK-DAG:     %[[KEPT:.*]] = arith.mulf %[[DECAY]], %[[V0]]
//   CHECK-DAG:     %[[U:.*]] = arith.addf %[[KEPT]], %[[XT]]
//   CHECK-DAG:     %[[OVER:.*]] = arith.cmpf oge, %[[U]], %[[THETA]]
//   CHECK-DAG:     %[[OPEN:.*]] = arith.xori %[[CLOSED]],
//       CHECK:     %[[S:.*]] = arith.andi %[[OVER]], %[[OPEN]]
//       CHECK:     %[[V:.*]] = arith.select %[[S]], %{{.*}}, %[[U]]
//       CHECK:     %[[PERIOD:.*]] = arith.constant 3 : i32
//       CHECK:     %[[NEXT:.*]] = arith.select %[[S]], %[[PERIOD]], %[[REST]]
//       CHECK:     snn.yield %[[S]], %[[V]] : i1, f32 state(%[[V]], %[[NEXT]] : f32, i32)
//       CHECK:   return %[[OUT]]#0, %[[OUT]]#1
func.func @lif(%x: tensor<?x?x4xf32>) -> (tensor<?x?x4xi1>, tensor<?x?x4xf32>) {
  %s, %u, %v, %r = snn.lif %x {decay = 0.5, threshold = 1.0,
      refractory = 3 : i64, potential = #snn.potential<after_reset>,
      snn.layer = "h"} : tensor<?x?x4xf32>
  return %s, %u : tensor<?x?x4xi1>, tensor<?x?x4xf32>
}

// Parameters that are operands become params of the step, and states given
// stay given.
// CHECK-LABEL: func.func @lif_operands(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: tensor<?x?x4xf32>, %[[D:[a-z0-9]+]]: tensor<4xf32>, %[[T:[a-z0-9]+]]: f32, %[[INIT:[a-z0-9]+]]: tensor<?x4xf32>
//       CHECK:   snn.neuron ins(%[[X]] : tensor<?x?x4xf32>) params(%[[D]], %[[T]] : tensor<4xf32>, f32) init(%[[INIT]] : tensor<?x4xf32>)
//       CHECK:   ^bb0(%[[XT:.*]]: f32, %[[DT:.*]]: f32, %[[TT:.*]]: f32, %[[V0:.*]]: f32):
//       CHECK:     %[[KEPT:.*]] = arith.mulf %[[DT]], %[[V0]]
//       CHECK:     %[[U:.*]] = arith.addf %[[KEPT]], %[[XT]]
//       CHECK:     %[[S:.*]] = arith.cmpf ogt, %[[U]], %[[TT]]
//       CHECK:     %[[LESS:.*]] = arith.subf %[[U]], %[[TT]]
//       CHECK:     %[[V:.*]] = arith.select %[[S]], %[[LESS]], %[[U]]
//       CHECK:     snn.yield %[[S]] : i1 state(%[[V]] : f32)
func.func @lif_operands(%x: tensor<?x?x4xf32>, %d: tensor<4xf32>, %t: f32,
                        %v0: tensor<?x4xf32>) -> tensor<?x?x4xi1> {
  %s, %v = snn.lif %x decay(%d : tensor<4xf32>) threshold(%t : f32)
      init(%v0 : tensor<?x4xf32>)
      {reset = #snn.reset<subtract>, compare = #snn.compare<gt>}
      : tensor<?x?x4xf32>
  return %s : tensor<?x?x4xi1>
}

// f16 is only how a sequence is stored: the step is in f32.
// CHECK-LABEL: func.func @li_f16(
//       CHECK:   ^bb0(%[[XT:.*]]: f16, %[[V0:.*]]: f32):
//       CHECK:     %[[X32:.*]] = arith.extf %[[XT]] : f16 to f32
//       CHECK:     %[[KEPT:.*]] = arith.mulf %{{.*}}, %[[V0]] : f32
//       CHECK:     %[[V:.*]] = arith.addf %[[KEPT]], %[[X32]] : f32
//       CHECK:     %[[V16:.*]] = arith.truncf %[[V]] : f32 to f16
//       CHECK:     snn.yield %[[V16]] : f16 state(%[[V]] : f32)
func.func @li_f16(%x: tensor<?x?x4xf16>) -> tensor<?x?x4xf16> {
  %v, %vT = snn.li %x {decay = 0.5} : tensor<?x?x4xf16>
  return %v : tensor<?x?x4xf16>
}

// The current is a state of its own, and by default the membrane gets the new
// one.
// CHECK-LABEL: func.func @cuba_lif(
//       CHECK:   ^bb0(%[[XT:.*]]: f32, %[[V0:.*]]: f32, %[[I0:.*]]: f32):
//   CHECK-DAG:     %[[A:.*]] = arith.constant 2.500000e-01 : f32
//   CHECK-DAG:     %[[B:.*]] = arith.constant 5.000000e-01 : f32
//       CHECK:     %[[I1:.*]] = arith.mulf %[[A]], %[[I0]]
//       CHECK:     %[[I:.*]] = arith.addf %[[I1]], %[[XT]]
//       CHECK:     %[[KEPT:.*]] = arith.mulf %[[B]], %[[V0]]
//       CHECK:     %[[U:.*]] = arith.addf %[[KEPT]], %[[I]]
//       CHECK:     %[[S:.*]] = arith.cmpf oge, %[[U]],
//       CHECK:     %[[V:.*]] = arith.select %[[S]], %{{.*}}, %[[U]]
//       CHECK:     snn.yield %[[S]] : i1 state(%[[V]], %[[I]] : f32, f32)
func.func @cuba_lif(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xi1> {
  %s, %v, %i = snn.cuba_lif %x
      {synapse_decay = 0.25, decay = 0.5, threshold = 1.0} : tensor<?x?x4xf32>
  return %s : tensor<?x?x4xi1>
}

// A factor of 1 is not multiplied with; a scan may run backwards.
// CHECK-LABEL: func.func @scan_sum(
//       CHECK:   snn.neuron reverse ins(%{{.*}} : tensor<?x?x4xf32>)
//       CHECK:   ^bb0(%[[XT:.*]]: f32, %[[H0:.*]]: f32):
//  CHECK-NEXT:     %[[H:.*]] = arith.addf %[[H0]], %[[XT]]
//  CHECK-NEXT:     snn.yield %[[H]] : f32 state(%[[H]] : f32)
func.func @scan_sum(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %h, %hT = snn.scan real reverse (%x) : (tensor<?x?x4xf32>)
  return %h : tensor<?x?x4xf32>
}

// Factors that vary in time are inputs, factors per neuron are params.
// CHECK-LABEL: func.func @scan_factors(
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: tensor<?x?x4xf32>, %[[A:[a-z0-9]+]]: tensor<?x?x4xf32>, %[[B:[a-z0-9]+]]: tensor<4xf32>
//       CHECK:   snn.neuron ins(%[[X]], %[[A]] : tensor<?x?x4xf32>, tensor<?x?x4xf32>)
//       CHECK:   snn.neuron ins(%[[X]] : tensor<?x?x4xf32>) params(%[[B]] : tensor<4xf32>)
func.func @scan_factors(%x: tensor<?x?x4xf32>, %a: tensor<?x?x4xf32>,
                        %b: tensor<4xf32>)
    -> (tensor<?x?x4xf32>, tensor<?x?x4xf32>) {
  %0:2 = snn.scan real (%x) by (%a) : (tensor<?x?x4xf32>), (tensor<?x?x4xf32>)
  %1:2 = snn.scan real (%x) by (%b) : (tensor<?x?x4xf32>), (tensor<4xf32>)
  return %0#0, %1#0 : tensor<?x?x4xf32>, tensor<?x?x4xf32>
}

// A rotation: the imaginary part crosses with a minus.
// CHECK-LABEL: func.func @scan_complex(
//       CHECK:   ^bb0(%[[XT:.*]]: f32, %[[RE:.*]]: f32, %[[IM:.*]]: f32, %[[H0:.*]]: f32, %[[G0:.*]]: f32):
//   CHECK-DAG:     %[[RH:.*]] = arith.mulf %[[RE]], %[[H0]]
//   CHECK-DAG:     %[[IG:.*]] = arith.mulf %[[IM]], %[[G0]]
//       CHECK:     %[[REAL:.*]] = arith.subf %[[RH]], %[[IG]]
//       CHECK:     %[[H:.*]] = arith.addf %[[REAL]], %[[XT]]
//   CHECK-DAG:     %[[RG:.*]] = arith.mulf %[[RE]], %[[G0]]
//   CHECK-DAG:     %[[IH:.*]] = arith.mulf %[[IM]], %[[H0]]
//       CHECK:     %[[G:.*]] = arith.addf %[[RG]], %[[IH]]
//       CHECK:     snn.yield %[[H]], %[[G]] : f32, f32 state(%[[H]], %[[G]] : f32, f32)
func.func @scan_complex(%x: tensor<?x?x4xf32>, %re: tensor<4xf32>,
                        %im: tensor<4xf32>) -> tensor<?x?x4xf32> {
  %h:4 = snn.scan complex (%x) by (%re, %im)
      : (tensor<?x?x4xf32>), (tensor<4xf32>, tensor<4xf32>)
  return %h#0 : tensor<?x?x4xf32>
}

// An event gate closes after a spike that passed, a window gate after any.
// CHECK-LABEL: func.func @gates(
//       CHECK:   ^bb0(%[[C:.*]]: i1, %{{.*}}: i32):
//       CHECK:     %[[S:.*]] = arith.select %{{.*}}, %{{.*}}, %[[C]] : i1
//       CHECK:     %[[LEFT:.*]] = arith.select %[[S]], %{{.*}}, %{{.*}} : i32
//       CHECK:     snn.yield %[[S]] : i1 state(%[[LEFT]] : i32)
//       CHECK:   ^bb0(%[[C:.*]]: i1, %{{.*}}: i32):
//       CHECK:     %[[S:.*]] = arith.select %{{.*}}, %{{.*}}, %[[C]] : i1
//       CHECK:     %[[LEFT:.*]] = arith.select %[[C]], %{{.*}}, %{{.*}} : i32
//       CHECK:     snn.yield %[[S]] : i1 state(%[[LEFT]] : i32)
func.func @gates(%c: tensor<?x?x4xi1>) -> (tensor<?x?x4xi1>, tensor<?x?x4xi1>) {
  %a, %ar = snn.refractory event 4 %c : tensor<?x?x4xi1>
  %b, %br = snn.refractory window 4 %c : tensor<?x?x4xi1>
  return %a, %b : tensor<?x?x4xi1>, tensor<?x?x4xi1>
}

// A gate of packed candidates works on their words, unless counters are wanted.
// CHECK-LABEL: func.func @word_gate(
//       CHECK:   snn.refractory event 4
//   ALL-LABEL: func.func @word_gate(
//     ALL-NOT:   snn.refractory
//         ALL:   snn.neuron
func.func @word_gate(%w: tensor<?x?x2xi32>) -> tensor<?x?x64xi1> {
  %c = snn.unpack %w {neurons = 64 : i64} : tensor<?x?x2xi32>
  %s, %r = snn.refractory event 4 %c : tensor<?x?x64xi1>
  return %s : tensor<?x?x64xi1>
}

// Neurons in the body of a recurrence are generalized too.
// CHECK-LABEL: func.func @nested(
//       CHECK:   snn.recurrent
//       CHECK:     snn.neuron
//   CHECK-NOT:     snn.li
func.func @nested(%x: tensor<?x2x4xf32>) -> tensor<?x2x4xf32> {
  %y, %v, %h = snn.recurrent ins(%x : tensor<?x2x4xf32>) skip 3 {
  ^bb0(%xw: tensor<?x2x4xf32>, %fb: tensor<?x2x4xf32>, %v0: tensor<2x4xf32>):
    %i = arith.addf %xw, %fb : tensor<?x2x4xf32>
    %u, %v1 = snn.li %i init(%v0 : tensor<2x4xf32>) {decay = 0.5}
        : tensor<?x2x4xf32>
    snn.yield %u : tensor<?x2x4xf32> feedback(%u : tensor<?x2x4xf32>)
        state(%v1 : tensor<2x4xf32>)
  } -> (tensor<?x2x4xf32>) state(tensor<2x4xf32>) history(tensor<3x2x4xf32>)
  return %y : tensor<?x2x4xf32>
}

// A phase gate has no state and a dense scan couples neurons: neither is a step
// of one neuron.
// CHECK-LABEL: func.func @kept(
//       CHECK:   snn.refractory phase 4
//   CHECK-NOT:   snn.neuron
//       CHECK:   return
func.func @kept(%c: tensor<?x?x4xi1>) -> tensor<?x?x4xi1> {
  %s = snn.refractory phase 4 %c : tensor<?x?x4xi1>
  return %s : tensor<?x?x4xi1>
}
