// Bodies that would see how time is cut into windows: a case for each error.
// RUN: snn-opt %s -split-input-file -verify-diagnostics -allow-unregistered-dialect

func.func @f(%x: tensor<?x?x3xf32>) {
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  // expected-error @+1 {{expected 1 initial states in the body of a recurrence, but got 0}}
  %z, %v1 = snn.lif %a {decay = 0.5, threshold = 1.0} : tensor<?x?x3xf32>
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>, %v: tensor<?x3xf32> {snn.state = "v"}) {
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  // expected-error @+1 {{expected initial state 0 to be a state argument of the recurrence}}
  %z, %v1 = snn.lif %a init(%v : tensor<?x3xf32>) {decay = 0.5, threshold = 1.0} : tensor<?x?x3xf32>
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

// A state that is yielded as it is belongs to no op.
func.func @f(%x: tensor<?x?x3xf32>) {
  %r:3 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>, %v: tensor<?x3xf32>):
  // expected-error @+1 {{expected final state 0 to be yielded for the state argument it started from}}
  %z, %v1 = snn.lif %a init(%v : tensor<?x3xf32>) {decay = 0.5, threshold = 1.0} : tensor<?x?x3xf32>
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>) state(%v : tensor<?x3xf32>)
  } -> (tensor<?x?x3xf32>) state(tensor<?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

// Two ops share a state.
func.func @f(%x: tensor<?x?x3xf32>) {
  // expected-error @+1 {{expected state argument 0 to be the initial state of one op, or to be yielded}}
  %r:3 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>, %v: tensor<?x3xf32>):
  %z, %v1 = snn.lif %a init(%v : tensor<?x3xf32>) {decay = 0.5, threshold = 1.0} : tensor<?x?x3xf32>
  %y, %v2 = snn.lif %a init(%v : tensor<?x3xf32>) {decay = 0.5, threshold = 1.0} : tensor<?x?x3xf32>
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>) state(%v2 : tensor<?x3xf32>)
  } -> (tensor<?x?x3xf32>) state(tensor<?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

// A state that the first window alone would see.
func.func @f(%x: tensor<?x?x3xf32>, %c: tensor<?x3xf32> {snn.state = "c"}) {
  // expected-error @+1 {{expected state argument 0 to be the initial state of one op, or to be yielded}}
  %r:3 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>, %v: tensor<?x3xf32>):
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>) state(%c : tensor<?x3xf32>)
  } -> (tensor<?x?x3xf32>) state(tensor<?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

// The potential before a window.
func.func @f(%x: tensor<?x?x3xf32>) {
  // expected-error @+1 {{expected state argument 0 to be the initial state of one op, or to be yielded}}
  %r:3 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>, %v: tensor<?x3xf32>):
  %z, %v1 = snn.lif %a init(%v : tensor<?x3xf32>) {decay = 0.5, threshold = 1.0} : tensor<?x?x3xf32>
  %w = arith.addf %v, %v : tensor<?x3xf32>
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>) state(%v1 : tensor<?x3xf32>)
  } -> (tensor<?x?x3xf32>) state(tensor<?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

// The potential after a window.
func.func @f(%x: tensor<?x?x3xf32>) {
  %r:3 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>, %v: tensor<?x3xf32>):
  // expected-error @+1 {{expected final state 0 to be yielded and not used in the body}}
  %z, %v1 = snn.lif %a init(%v : tensor<?x3xf32>) {decay = 0.5, threshold = 1.0} : tensor<?x?x3xf32>
  %w = arith.addf %v1, %v1 : tensor<?x3xf32>
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>) state(%v1 : tensor<?x3xf32>)
  } -> (tensor<?x?x3xf32>) state(tensor<?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

// As many steps for a short window as for a long one.
func.func @f(%x: tensor<?x?x3xf32>, %c: tensor<4x?x3xf32> {snn.param = "c"}) {
  %r:3 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>, %v: tensor<?x3xf32>):
  // expected-error @+1 {{expected a sequence of the window, but got 'tensor<4x?x3xf32>' from outside}}
  %z, %v1 = snn.lif %c init(%v : tensor<?x3xf32>) {decay = 0.5, threshold = 1.0} : tensor<4x?x3xf32>
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>) state(%v1 : tensor<?x3xf32>)
  } -> (tensor<?x?x3xf32>) state(tensor<?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>, %t: tensor<4xf32> {snn.param = "t"}) {
  %r:3 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>, %v: tensor<?x3xf32>):
  // expected-error @+1 {{expected sequence inputs in the body of a recurrence, but got none}}
  %v1 = snn.neuron tables(%t : tensor<4xf32>) init(%v : tensor<?x3xf32>) {
  ^bb0(%p: f32, %u: f32):
    snn.yield state(%p : f32)
  } state(tensor<?x3xf32>)
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>) state(%v1 : tensor<?x3xf32>)
  } -> (tensor<?x?x3xf32>) state(tensor<?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>) {
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  // expected-error @+1 {{expected a 'position' of the recurrence for an op that depends on absolute time, but got none}}
  %s = snn.sample %a {id = 0} : tensor<?x?x3xf32>
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>, %p: i64) {
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 position(%p) {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>, %q: i64):
  // expected-error @+1 {{expected the window's position as the offset}}
  %s = snn.sample %a {id = 0} : tensor<?x?x3xf32>
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>, %p: i64) {
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 position(%p) {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>, %q: i64):
  // expected-error @+1 {{expected the window's position as the offset}}
  %s = snn.sample %a offset(%p) {id = 0} : tensor<?x?x3xf32>
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

// A table from outside is read at absolute time.
func.func @f(%x: tensor<?x?x3xf32>, %t: tensor<9xf32> {snn.param = "t"}) {
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  // expected-error @+1 {{expected a 'position' of the recurrence for an op that depends on absolute time, but got none}}
  %s = snn.neuron ins(%a : tensor<?x?x3xf32>) tables(%t : tensor<9xf32>) {
  ^bb0(%b: f32, %c: f32):
    snn.yield %c : f32
  } -> (tensor<?x?x3xf32>)
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>) {
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  // expected-error @+1 {{expected sequences in the body of a recurrence to come through its 'ins', but got 'tensor<?x?x3xf32>' from outside}}
  %i = arith.addf %a, %x : tensor<?x?x3xf32>
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

// Derived from a sequence, elementwise.
func.func @f(%x: tensor<?x?x3xf32>) {
  %y = arith.negf %x : tensor<?x?x3xf32>
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  // expected-error @+1 {{expected sequences in the body of a recurrence to come through its 'ins', but got 'tensor<?x?x3xf32>' from outside}}
  %i = arith.addf %a, %y : tensor<?x?x3xf32>
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>, %c: tensor<?x?x3xf32> {snn.param = "c"}) {
  %y:2 = snn.li %c {decay = 0.5} : tensor<?x?x3xf32>
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  // expected-error @+1 {{expected sequences in the body of a recurrence to come through its 'ins', but got 'tensor<?x?x3xf32>' from outside}}
  %i = arith.addf %a, %y#0 : tensor<?x?x3xf32>
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

// A table per step that is an input, not a parameter.
func.func @f(%x: tensor<?x?x3xf32>, %t: tensor<9xf32>, %p: i64) {
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 position(%p) {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>, %q: i64):
  // expected-error @+1 {{expected sequences in the body of a recurrence to come through its 'ins', but got 'tensor<9xf32>' from outside}}
  %s = snn.neuron ins(%a : tensor<?x?x3xf32>) tables(%t : tensor<9xf32>) offset(%q) {
  ^bb0(%b: f32, %c: f32):
    snn.yield %c : f32
  } -> (tensor<?x?x3xf32>)
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

// The window of an outer recurrence.
func.func @f(%x: tensor<?x?x3xf32>) {
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  %y, %g = snn.recurrent ins(%f : tensor<?x?x3xf32>) skip 1 {
  ^bb0(%b: tensor<?x?x3xf32>, %h: tensor<?x?x3xf32>):
  // expected-error @+1 {{expected sequences in the body of a recurrence to come through its 'ins', but got 'tensor<?x?x3xf32>' from outside}}
    %j = arith.addf %a, %b : tensor<?x?x3xf32>
    snn.yield %j : tensor<?x?x3xf32> feedback(%j : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<1x?x3xf32>)
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

// The history of an inner recurrence is a state.
func.func @f(%x: tensor<?x?x3xf32>) {
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  // expected-error @+1 {{expected 1 initial states in the body of a recurrence, but got 0}}
  %y, %g = snn.recurrent ins(%f : tensor<?x?x3xf32>) skip 1 {
  ^bb0(%b: tensor<?x?x3xf32>, %h: tensor<?x?x3xf32>):
    snn.yield %b : tensor<?x?x3xf32> feedback(%b : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<1x?x3xf32>)
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>) {
  %r:3 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>, %v: tensor<?x3xf32>):
  // expected-error @+1 {{expected a body whose result does not depend on the window, but it runs time backwards}}
  %i, %v1 = snn.scan real reverse (%a) init(%v : tensor<?x3xf32>) : (tensor<?x?x3xf32>)
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>) state(%v1 : tensor<?x3xf32>)
  } -> (tensor<?x?x3xf32>) state(tensor<?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>, %t: tensor<?xf32>) {
  %r:2 = snn.recurrent ins(%x, %t : tensor<?x?x3xf32>, tensor<?xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %b: tensor<?xf32>, %f: tensor<?x?x3xf32>):
  // expected-error @+1 {{expected a body whose result does not depend on the window, but it takes a sequence for a value without time}}
  %s = snn.neuron ins(%a : tensor<?x?x3xf32>) tables(%b : tensor<?xf32>) {
  ^bb0(%c: f32, %d: f32):
    snn.yield %d : f32
  } -> (tensor<?x?x3xf32>)
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>, %n: index, %o: tensor<?x3xf32> {snn.param = "o"}) {
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  %e = tensor.empty(%n) : tensor<?xf32>
  // expected-error @+1 {{expected a body whose result does not depend on the window, but it mixes steps}}
  %m = linalg.reduce ins(%a : tensor<?x?x3xf32>) outs(%o : tensor<?x3xf32>) dimensions = [0]
    (%b: f32, %c: f32) {
      %d = arith.addf %b, %c : f32
      linalg.yield %d : f32
    }
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>) {
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{expected a body whose result does not depend on the window, but it depends on the number of steps}}
  %n = tensor.dim %a, %c0 : tensor<?x?x3xf32>
  %m = arith.index_cast %n : index to i64
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>, %n: index) {
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  // expected-error @+1 {{expected a body whose result does not depend on the window, but it takes some of the steps}}
  %s = tensor.extract_slice %a[0, 0, 0] [1, %n, 3] [1, 1, 1] : tensor<?x?x3xf32> to tensor<1x?x3xf32>
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>) {
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  // expected-error @+1 {{expected a body whose result does not depend on the window, but it mixes steps}}
  %s = tensor.collapse_shape %a [[0, 1], [2]] : tensor<?x?x3xf32> into tensor<?x3xf32>
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>) {
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  // expected-error @+1 {{expected a body whose result does not depend on the window, but it is not known to keep steps apart}}
  %s = "test.op"(%a) : (tensor<?x?x3xf32>) -> tensor<?x?x3xf32>
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

// A region that reads the window.
func.func @f(%x: tensor<?x?x3xf32>, %c: i1) {
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  // expected-error @+1 {{expected a body whose result does not depend on the window, but it is not known to keep steps apart}}
  %b = scf.if %c -> (tensor<?x?x3xf32>) {
    scf.yield %a : tensor<?x?x3xf32>
  } else {
    scf.yield %f : tensor<?x?x3xf32>
  }
  snn.yield %f : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>, %c: tensor<?x?x3xf32> {snn.param = "c"}) {
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  // expected-error @+1 {{expected a sequence of the window, but got 'tensor<?x?x3xf32>' without time}}
  snn.yield %c : tensor<?x?x3xf32> feedback(%f : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

// The number of steps as a sum of ones.
func.func @f(%x: tensor<?x?x3xf32>, %o: tensor<f32> {snn.param = "o"}) {
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
    %c0 = arith.constant 0 : index
    %one = arith.constant 1.0 : f32
    %n = tensor.dim %a, %c0 : tensor<?x?x3xf32>
    %e = tensor.empty(%n) : tensor<?xf32>
    %ones = linalg.fill ins(%one : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
    // expected-error @+1 {{expected a body whose result does not depend on the window, but it mixes steps}}
    %s = linalg.reduce { arith.addf } ins(%ones : tensor<?xf32>) outs(%o : tensor<f32>) dimensions = [0]
    snn.yield %a : tensor<?x?x3xf32> feedback(%a : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

// Every element of the window reads one that a window may not have.
#id = affine_map<(t, b, n) -> (t, b, n)>
func.func @f(%x: tensor<?x?x3xf32>) {
  %c0 = arith.constant 0 : index
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
    // expected-error @+1 {{expected a body whose result does not depend on the window, but it reads a whole sequence}}
    %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
        ins(%a : tensor<?x?x3xf32>) outs(%f : tensor<?x?x3xf32>) {
    ^bb0(%in: f32, %out: f32):
      %first = tensor.extract %a[%c0, %c0, %c0] : tensor<?x?x3xf32>
      %s = arith.subf %in, %first : f32
      linalg.yield %s : f32
    } -> tensor<?x?x3xf32>
    snn.yield %y : tensor<?x?x3xf32> feedback(%y : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}

// -----

// A table that is no input would start again with every window.
func.func @f(%x: tensor<?x?x3xf32>, %p: tensor<6x2x3xf32> {snn.param = "p"}) {
  %r:2 = snn.recurrent ins(%x : tensor<?x?x3xf32>) skip 2 {
  ^bb0(%a: tensor<?x?x3xf32>, %f: tensor<?x?x3xf32>):
  %t = tensor.cast %p : tensor<6x2x3xf32> to tensor<?x?x3xf32>
  // expected-error @+1 {{expected a body whose result does not depend on the window, but it reads a value without time for every step}}
  %s = arith.addf %a, %t : tensor<?x?x3xf32>
  snn.yield %s : tensor<?x?x3xf32> feedback(%s : tensor<?x?x3xf32>)
  } -> (tensor<?x?x3xf32>) history(tensor<2x?x3xf32>)
  return
}
