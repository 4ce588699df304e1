// Attributes, and the generic form: a case for each error.
// RUN: snn-opt %s -split-input-file -verify-diagnostics -allow-unregistered-dialect

// expected-error @+1 {{unknown attribute 'snn.leyer'}}
func.func @f() attributes {snn.leyer = "a"} { return }

// -----

// expected-error @+1 {{expected 'snn.layer' to be a string, but got 3}}
func.func @f() attributes {snn.layer = 3} { return }

// -----

// expected-error @+1 {{expected argument 0 to be marked 'snn.param' or 'snn.state', but got 'snn.static'}}
func.func @f(%w: tensor<4xf32> {snn.static}) { return }

// -----

// expected-error @+1 {{expected 'snn.param' to be a non-empty string, but got ""}}
func.func @f(%w: tensor<4xf32> {snn.param = ""}) { return }

// -----

// expected-error @+1 {{expected argument 0 to be a parameter or a state, but got both}}
func.func @f(%w: tensor<4xf32> {snn.param = "a", snn.state = "b"}) { return }

// -----

// expected-error @+1 {{expected distinct names, but arguments 0 and 1 are both called "a"}}
func.func @f(%v: tensor<4xf32> {snn.param = "a"}, %w: tensor<4xf32> {snn.param = "a"}) { return }

// -----

// expected-error @+1 {{expected result 0 to be marked 'snn.static' or 'snn.state = <name>', but got 'snn.param'}}
func.func private @f() -> (tensor<4xf32> {snn.param = "a"})

// -----

// expected-error @+1 {{expected distinct names, but results 0 and 1 are both the state "a"}}
func.func private @f(tensor<?x4xf32> {snn.state = "a"})
    -> (tensor<?x4xf32> {snn.state = "a"}, tensor<?x4xf32> {snn.state = "a"})

// -----

// expected-error @+1 {{expected state "a" to be 'tensor<?x4xf32>' after the run as before it, but got 'tensor<?x5xf32>'}}
func.func private @f(tensor<?x4xf32> {snn.state = "a"}) -> (tensor<?x5xf32> {snn.state = "a"})

// -----

// expected-error @+1 {{expected an argument with state "a" for result 0}}
func.func private @f() -> (tensor<?x4xf32> {snn.state = "a"})

// -----

// expected-error @+1 {{expected 'snn.grid' to be {step, max} or {step, max, min}, floats with step > 0 and max >= 0, but got 3}}
func.func @f(%x: tensor<?x?x4xf32> {snn.grid = 3}) { return }

// -----

// expected-error @+1 {{floats with step > 0 and max >= 0, but got}}
func.func @f(%x: tensor<?x?x4xf32> {snn.grid = {step = 0.0, max = 1.0}}) { return }

// -----

// expected-error @+1 {{floats with step > 0 and max >= 0, but got}}
func.func @f(%x: tensor<?x?x4xf32> {snn.grid = {step = 1.0, max = 1.0, min = 2.0}}) { return }

// -----

// expected-error @+1 {{expected 'snn.grid' on a sequence of floats, but got it on argument 0}}
func.func @f(%w: tensor<4xf32> {snn.param = "w", snn.grid = {step = 1.0, max = 1.0}}) { return }

// -----

// expected-error @+1 {{expected 'snn.grid' on a sequence of floats, but got it on argument 0}}
func.func @f(%s: tensor<?x?x4xi1> {snn.grid = {step = 1.0, max = 1.0}}) { return }

// -----

// expected-error @+1 {{expected no amount with reset 'none', but got 1.000000e+00}}
"test.op"() {a = #snn.reset<none, 1.0>} : () -> ()

// -----

// expected-error @+1 {{expected no amount with reset 'modulo', but got 1.000000e+00}}
"test.op"() {a = #snn.reset<modulo, 1.0>} : () -> ()

// -----

// expected-error @+1 {{expected a finite reset amount, but got INF}}
"test.op"() {a = #snn.reset<value, 0x7FF0000000000000 : f64>} : () -> ()

// -----

// expected-error @+1 {{expected a positive, finite surrogate slope, but got 0.000000e+00}}
"test.op"() {a = #snn.surrogate<atan, 0.0>} : () -> ()

// -----

// expected-error @+1 {{expected a positive, finite surrogate slope, but got nan}}
"test.op"() {a = #snn.surrogate<atan, 0x7FF8000000000000 : f64>} : () -> ()

// -----

// expected-error @+1 {{expected one span, but got 2}}
"test.op"() {a = #snn.span<layer, [1, 2]>} : () -> ()

// -----

// expected-error @+1 {{expected a span in [1, 2147483647], but got 0}}
"test.op"() {a = #snn.span<sources, [4, 0]>} : () -> ()

// -----

// expected-error @+1 {{expected a span in [1, 2147483647], but got 2147483648}}
"test.op"() {a = #snn.span<layer, [2147483648]>} : () -> ()

// -----

// A yield in the wrong place.
func.func @f() {
  // expected-error @+1 {{expects parent op to be one of 'snn.neuron, snn.recurrent'}}
  snn.yield
}

// -----

// No region, no block, an empty block, a block that ends in another op.
func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{requires one region}}
  %r = "snn.neuron"(%x) <{operandSegmentSizes = array<i32: 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0>}> : (tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{failed to verify constraint: region with 1 blocks}}
  %r = "snn.neuron"(%x) <{operandSegmentSizes = array<i32: 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0>}> ({}) : (tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expects a non-empty block}}
  %r = "snn.neuron"(%x) <{operandSegmentSizes = array<i32: 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0>}> ({
  ^bb0(%a: f32):
  }) : (tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+2 {{expects regions to end with 'snn.yield', found 'llvm.unreachable'}}
  // expected-note @+1 {{in custom textual format, the absence of terminator implies 'snn.yield'}}
  %r = "snn.neuron"(%x) <{operandSegmentSizes = array<i32: 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0>}> ({
  ^bb0(%a: f32):
    llvm.unreachable
  }) : (tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  return
}

// -----

// Generic form with attributes, operands and results missing.
func.func @f(%x: tensor<?x?x2xi32>) {
  // expected-error @+1 {{requires attribute 'neurons'}}
  %r = "snn.unpack"(%x) : (tensor<?x?x2xi32>) -> tensor<?x?x40xi1>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xi1>) {
  // expected-error @+1 {{requires attribute 'kind'}}
  %r:2 = "snn.refractory"(%x) <{period = 4 : i64, operandSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<?x?x8xi1>) -> (tensor<?x?x8xi1>, tensor<?x8xi32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expected 1 or more operands, but found 0}}
  %r:2 = "snn.lif"() <{decay = 0.5, threshold = 1.0, operandSegmentSizes = array<i32: 0, 0, 0, 0>}> : () -> (tensor<?x?x8xi1>, tensor<?x8xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{are incompatible with return type(s) of operation}}
  %r = "snn.lif"(%x) <{decay = 0.5, threshold = 1.0, operandSegmentSizes = array<i32: 1, 0, 0, 0>}> : (tensor<?x?x8xf32>) -> tensor<?x?x8xi1>
  return
}

// -----

// A verifier of generic form can rely on the ranks that it asks for.
func.func @f(%x: tensor<f32>, %d: tensor<8xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{expected a sequence of rank 3 or more (time, batch, neurons), but got 'tensor<f32>'}}
  %r:2 = "snn.lif"(%x, %d) <{threshold = 1.0, operandSegmentSizes = array<i32: 1, 1, 0, 0>}> : (tensor<f32>, tensor<8xf32>) -> (tensor<i1>, tensor<f32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{operand count (1) does not match with the total size (2) specified in attribute 'operandSegmentSizes'}}
  %r:2 = "snn.lif"(%x) <{decay = 0.5, threshold = 1.0, operandSegmentSizes = array<i32: 1, 1, 0, 0>}> : (tensor<?x?x8xf32>) -> (tensor<?x?x8xi1>, tensor<?x8xf32>)
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{attribute 'refractory' failed to satisfy constraint}}
  %0:2 = snn.lif %x {decay = 0.5, threshold = 1.0, refractory = 3 : i32} : tensor<?x?x8xf32>
  return
}

// -----

// expected-error @+1 {{expected 'snn.report' to be an array of dictionaries, but got ["a", 1 : i32]}}
func.func @report(%x: tensor<?x?x4xf32>) attributes {snn.report = ["a", 1 : i32]} {
  return
}
