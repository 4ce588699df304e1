// Every state gets one of seven verdicts, with a reason, from the region of its
// step: a neuron written by hand gets that of a named one.
// RUN: snn-opt %s --snn-analyze-time=remarks --split-input-file --verify-diagnostics | FileCheck %s

// The report has an entry for each layer, in order; layers without a name get
// one.
// CHECK-LABEL: func.func @linear(
//  CHECK-SAME:   layer = "memory", op = "li"
//  CHECK-SAME:   verdict = "linear, constant A"
//  CHECK-SAME:   layer = "neuron0", op = "neuron"
func.func @linear(%x: tensor<?x?x4xf32>, %a: tensor<?x?x4xf32>,
                  %re: tensor<4xf32>, %im: tensor<4xf32>)
    -> (tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>,
        tensor<?x?x4xf32>) {
  // expected-remark @below {{state 0 is linear, constant A: no spike feeds back; its factor is 0.9}}
  %v, %vT = snn.li %x {decay = 0.9, snn.layer = "memory"} : tensor<?x?x4xf32>
  // expected-remark @below {{state 0 is linear, constant A: no spike feeds back; its factor is a parameter, one of 2 states}}
  // expected-remark @below {{state 1 is linear, constant A: no spike feeds back; its factor is a parameter, one of 2 states}}
  %h:4 = snn.scan complex (%x) by (%re, %im)
      : (tensor<?x?x4xf32>), (tensor<4xf32>, tensor<4xf32>)
  // expected-remark @below {{state 0 is linear, A known before the loop: no spike feeds back, and its factor is an input}}
  %g, %gT = snn.scan real (%x) by (%a) : (tensor<?x?x4xf32>), (tensor<?x?x4xf32>)
  // The same memory as the first, by hand: two fused products.
  // expected-remark @below {{state 0 is linear, constant A: no spike feeds back; its factor is 0.9}}
  %w, %wT = snn.neuron ins(%x : tensor<?x?x4xf32>) {
  ^bb0(%xt: f32, %v0: f32):
    %decay = arith.constant 0.9 : f32
    %v1 = math.fma %v0, %decay, %xt : f32
    snn.yield %v1 : f32 state(%v1 : f32)
  } -> (tensor<?x?x4xf32>) state(tensor<?x4xf32>)
  return %v, %h#0, %g, %w : tensor<?x?x4xf32>, tensor<?x?x4xf32>,
      tensor<?x?x4xf32>, tensor<?x?x4xf32>
}

// -----

func.func @gates(%c: tensor<?x?x4xi1>) -> (tensor<?x?x4xi1>, tensor<?x?x4xi1>) {
  // expected-remark @below {{state 0 is finite-state: it has 5 values, and spikes drive it}}
  %s, %r = snn.refractory event 4 %c : tensor<?x?x4xi1>
  %p = snn.refractory phase 8 %s {phase = 3} : tensor<?x?x4xi1>
  // A counter that never ends is not of finite state; as a sum it is linear.
  // expected-remark @below {{state 0 is linear, constant A: no spike feeds back; its factor is 1}}
  %n = snn.neuron ins(%c : tensor<?x?x4xi1>) {
  ^bb0(%z: i1, %n0: i32):
    %one = arith.extui %z : i1 to i32
    %n1 = arith.addi %n0, %one : i32
    snn.yield state(%n1 : i32)
  } state(tensor<?x4xi32>)
  return %s, %p : tensor<?x?x4xi1>, tensor<?x?x4xi1>
}

// -----

func.func @resets(%x: tensor<?x?x4xf32>)
    -> (tensor<?x?x4xi1>, tensor<?x?x4xi1>, tensor<?x?x4xi1>) {
  // expected-remark @below {{state 0 is contracting, with resets: a spike resets it; in between it forgets, with the factor 0.9}}
  %a, %av = snn.lif %x {decay = 0.9, threshold = 1.0} : tensor<?x?x4xf32>
  // expected-remark @below {{state 0 is one spike per window: a spike sets it to a constant and holds it for 4 steps, so there is at most one in 5}}
  // expected-remark @below {{state 1 is finite-state}}
  %b, %bv, %bc = snn.lif %x {decay = 0.9, threshold = 1.0, refractory = 4,
                             hold = #snn.hold<state>} : tensor<?x?x4xf32>
  // The current is linear whatever the spikes of the potential do.
  // expected-remark @below {{state 0 is contracting, with resets}}
  // expected-remark @below {{state 1 is linear, constant A: no spike feeds back; its factor is 0.75}}
  %c, %cv, %cc = snn.cuba_lif %x {synapse_decay = 0.75, decay = 0.9,
                                  threshold = 1.0} : tensor<?x?x4xf32>
  return %a, %b, %c : tensor<?x?x4xi1>, tensor<?x?x4xi1>, tensor<?x?x4xi1>
}

// -----

func.func @closed_forms(%x: tensor<?x?x4xf32>)
    -> (tensor<?x?x4xi1>, tensor<?x?x4xi1>, tensor<?x?x4xi1>) {
  // expected-remark @below {{state 0 is closed form: it does not leak, and a spike subtracts the threshold}}
  %a, %av = snn.lif %x {decay = 1.0, threshold = 1.0,
                        reset = #snn.reset<subtract>} : tensor<?x?x4xf32>
  // expected-remark @below {{state 0 is closed form: it does not leak, and a spike leaves the remainder}}
  %b, %bv = snn.lif %x {decay = 1.0, threshold = 1.0,
                        reset = #snn.reset<modulo>} : tensor<?x?x4xf32>
  // An amount that is not the threshold has none.
  // expected-remark @below {{state 0 is opaque: a spike resets it, and in between it forgets nothing}}
  %c, %cv = snn.lif %x {decay = 1.0, threshold = 1.0,
                        reset = #snn.reset<subtract, 0.5>} : tensor<?x?x4xf32>
  return %a, %b, %c : tensor<?x?x4xi1>, tensor<?x?x4xi1>, tensor<?x?x4xi1>
}

// -----

func.func @opaque(%x: tensor<?x?x4xf32>) -> (tensor<?x?x4xi1>, tensor<?x?x4xf32>) {
  // An adaptive threshold.
  // expected-remark @below {{state 0 is opaque: its threshold is a state}}
  // expected-remark @below {{state 1 is opaque: its threshold is a state}}
  %z, %vT, %aT = snn.neuron ins(%x : tensor<?x?x4xf32>) {
  ^bb0(%xt: f32, %v: f32, %a: f32):
    %beta = arith.constant 0.875 : f32
    %one = arith.constant 1.0 : f32
    %decayed = arith.mulf %beta, %v : f32
    %u = arith.addf %decayed, %xt : f32
    %s = snn.fire %u, %a : f32
    %left = arith.subf %u, %a : f32
    %v1 = arith.select %s, %left, %u : f32
    %old = arith.mulf %beta, %a : f32
    %raised = arith.addf %old, %one : f32
    %a1 = arith.select %s, %raised, %old : f32
    snn.yield %s : i1 state(%v1, %a1 : f32, f32)
  } -> (tensor<?x?x4xi1>) state(tensor<?x4xf32>, tensor<?x4xf32>)
  // A step that is not affine between spikes.
  // expected-remark @below {{state 0 is opaque: it goes through 'math.tanh'}}
  %y, %yT = snn.neuron ins(%x : tensor<?x?x4xf32>) {
  ^bb0(%xt: f32, %h: f32):
    %sum = arith.addf %h, %xt : f32
    %h1 = math.tanh %sum : f32
    snn.yield %h1 : f32 state(%h1 : f32)
  } -> (tensor<?x?x4xf32>) state(tensor<?x4xf32>)
  return %z, %y : tensor<?x?x4xi1>, tensor<?x?x4xf32>
}

// -----

// Many neurons fill the lanes; what one of them would be is said as well.
// CHECK-LABEL: func.func @many(
//  CHECK-SAME:   why = "256 neurons fill the lanes with any batch, so that time need not; one lane would be a scan, or speculated where it forgets"
func.func @many(%x: tensor<?x?x256xf32>) -> tensor<?x?x256xf32> {
  // expected-remark @below {{state 0 is linear, constant A}}
  %v, %vT = snn.li %x {decay = 0.9} : tensor<?x?x256xf32>
  return %v : tensor<?x?x256xf32>
}
