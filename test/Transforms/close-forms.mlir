// Spikes from the floor of a sum, and why not.
// RUN: snn-opt %s -split-input-file -snn-close-forms | FileCheck %s

// Integers that are spikes: the sum is at most 64, its scan keeps the initial
// potential 2.
// CHECK-LABEL: @counts
// CHECK-SAME: done = "close-forms: running maximum of floor(sum over time / threshold)"
// CHECK: %[[V:.*]] = tensor.splat %c2_i32
// CHECK: %[[C:.*]]:2 = snn.scan real(%[[X:.*]]) init(%[[V]] : tensor<?x4xi32>) {associative, snn.layer = "neuron0.sum"}
// CHECK: snn.neuron ins(%[[X]], %[[C]]#0
// CHECK-NOT: init
// CHECK: ^bb0(%[[XT:.*]]: i32, %[[CT:.*]]: i32, %[[N:.*]]: i32)
// CHECK: %[[Q:.*]] = arith.floordivsi %[[CT]], %{{.*}}
// CHECK: %[[M:.*]] = arith.maxsi %[[N]], %[[Q]]
// CHECK: %[[S:.*]] = arith.cmpi sgt, %[[M]], %[[N]]
// CHECK: snn.yield %[[S]] : i1 state(%[[M]] : i32)
// CHECK: linalg.generic
// CHECK: arith.muli
// CHECK: arith.subi
func.func @counts(%s: tensor<64x?x4xi1>, %b: index)
    -> (tensor<64x?x4xi1>, tensor<?x4xi32> {snn.static}) {
  %x = arith.extui %s : tensor<64x?x4xi1> to tensor<64x?x4xi32>
  %two = arith.constant 2 : i32
  %v = tensor.splat %two[%b] : tensor<?x4xi32>
  %z, %vT = snn.neuron ins(%x : tensor<64x?x4xi32>) init(%v : tensor<?x4xi32>) {
  ^bb0(%xt: i32, %vt: i32):
    %three = arith.constant 3 : i32
    %u = arith.addi %vt, %xt : i32
    %fires = arith.cmpi sge, %u, %three : i32
    %left = arith.subi %u, %three : i32
    %v1 = arith.select %fires, %left, %u : i32
    snn.yield %fires : i1 state(%v1 : i32)
  } -> (tensor<64x?x4xi1>) state(tensor<?x4xi32>)
  return %z, %vT : tensor<64x?x4xi1>, tensor<?x4xi32>
}

// -----

// Above the threshold only: one spike less where the sum is a multiple. What is
// -1 to 0 may lower the sum.
// CHECK-LABEL: @strict
// CHECK: arith.ceildivsi
// CHECK: arith.subi
// CHECK: arith.maxsi
func.func @strict(%s: tensor<64x?x4xi1>) -> tensor<64x?x4xi1> {
  %x = arith.extsi %s : tensor<64x?x4xi1> to tensor<64x?x4xi32>
  %z, %vT = snn.neuron ins(%x : tensor<64x?x4xi32>) {
  ^bb0(%xt: i32, %vt: i32):
    %three = arith.constant 3 : i32
    %u = arith.addi %vt, %xt : i32
    %fires = arith.cmpi sgt, %u, %three : i32
    %left = arith.subi %u, %three : i32
    %v1 = arith.select %fires, %left, %u : i32
    snn.yield %fires : i1 state(%v1 : i32)
  } -> (tensor<64x?x4xi1>) state(tensor<?x4xi32>)
  return %z : tensor<64x?x4xi1>
}

// -----

// Floats on a grid. Both potentials and the final one come from the sum.
// CHECK-LABEL: @floats
// CHECK-SAME: class = "A"
// CHECK-SAME: verdict = "closed form"
// CHECK: snn.scan real(%{{.*}}) {associative, snn.layer = "lif0.sum"}
// CHECK: arith.divf
// CHECK: math.floor
// CHECK: arith.maximumf
// CHECK: arith.cmpf ogt
// CHECK: snn.yield %{{.*}}, %{{.*}} : i1, f32 state
func.func @floats(%x: tensor<64x?x4xf32> {snn.grid = {step = 0.25, max = 1.0}})
    -> (tensor<64x?x4xi1>, tensor<64x?x4xf32>) {
  %s, %u, %v = snn.lif %x {decay = 1.0, threshold = 1.25, reset = #snn.reset<subtract>,
      potential = #snn.potential<before_reset>} : tensor<64x?x4xf32>
  return %s, %u : tensor<64x?x4xi1>, tensor<64x?x4xf32>
}

// -----

// A remainder needs no maximum, and no state; rectified inputs are not negative.
// CHECK-LABEL: @modulo
// CHECK-SAME: done = "close-forms: floor of the sum over time / threshold"
// CHECK: snn.neuron ins
// CHECK: math.floor
// CHECK: math.floor
// CHECK-NOT: arith.maximumf
// CHECK: -> (tensor<64x?x4xi1>)
func.func @modulo(%x: tensor<64x?x4xf32> {snn.grid = {step = 0.25, max = 8.0}})
    -> tensor<64x?x4xi1> {
  %zero = arith.constant 0.0 : f32
  %b = arith.constant 1 : index
  %batch = tensor.dim %x, %b : tensor<64x?x4xf32>
  %zeros = tensor.splat %zero[%batch] : tensor<64x?x4xf32>
  %r = arith.maximumf %x, %zeros : tensor<64x?x4xf32>
  %s, %v = snn.lif %r {decay = 1.0, threshold = 1.25, reset = #snn.reset<modulo>}
      : tensor<64x?x4xf32>
  return %s : tensor<64x?x4xi1>
}

// -----

// The spikes of a few-spikes neuron are the bits of a number.
// CHECK-LABEL: @few
// CHECK-SAME: the spikes are the bits of floor(value / last threshold)
// CHECK: linalg.generic
// CHECK: arith.divf
// CHECK: math.floor
// CHECK: arith.minimumf
// CHECK: arith.fptosi
// CHECK: dense<[4, 2, 1]>
// CHECK: snn.neuron tables
// CHECK: arith.andi
// CHECK: arith.cmpi ne
func.func @few(%value: tensor<?x3xf32> {snn.param = "value"})
    -> (tensor<?x?x3xi1>, tensor<?x3xf32> {snn.static}) {
  %theta = arith.constant dense<[2.0, 1.0, 0.5]> : tensor<3xf32>
  %d = arith.constant dense<[8.0, 4.0, 2.0]> : tensor<3xf32>
  %first = arith.constant 0 : index
  %b = tensor.dim %value, %first : tensor<?x3xf32>
  %zero = arith.constant 0.0 : f32
  %none = tensor.splat %zero[%b] : tensor<?x3xf32>
  %spikes, %left, %decoded = snn.neuron
      tables(%theta, %theta, %d : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
      init(%value, %none : tensor<?x3xf32>, tensor<?x3xf32>) {
  ^bb0(%thetat: f32, %ht: f32, %dt: f32, %v: f32, %y: f32):
    %s = snn.fire %v, %thetat : f32
    %lower = arith.subf %v, %ht : f32
    %v1 = arith.select %s, %lower, %v : f32
    %more = arith.addf %y, %dt : f32
    %y1 = arith.select %s, %more, %y : f32
    snn.yield %s : i1 state(%v1, %y1 : f32, f32)
  } -> (tensor<?x?x3xi1>) state(tensor<?x3xf32>, tensor<?x3xf32>)
  return %spikes, %decoded : tensor<?x?x3xi1>, tensor<?x3xf32>
}

// -----

// No grid: the sum may be rounded.
// CHECK-LABEL: @rounded
// CHECK-SAME: close-forms: not done, the floor of a rounded sum may flip, for its input is not proven to be on a grid
func.func @rounded(%x: tensor<64x?x4xf32>) -> tensor<64x?x4xi1> {
  %s, %v = snn.lif %x {decay = 1.0, threshold = 1.25, reset = #snn.reset<subtract>}
      : tensor<64x?x4xf32>
  return %s : tensor<64x?x4xi1>
}

// -----

// CHECK-LABEL: @initial
// CHECK-SAME: close-forms: not done, its initial potential may be any number
func.func @initial(%x: tensor<64x?x4xf32> {snn.grid = {step = 0.25, max = 1.0}},
    %v0: tensor<?x4xf32>) -> tensor<64x?x4xi1> {
  %s, %v = snn.lif %x init(%v0 : tensor<?x4xf32>) {decay = 1.0, threshold = 1.25, reset = #snn.reset<subtract>}
      : tensor<64x?x4xf32>
  return %s : tensor<64x?x4xi1>
}

// -----

// -0 is lost in a sum that starts at +0.
// CHECK-LABEL: @minus_zero
// CHECK-SAME: close-forms: not done, its initial potential may be any number
func.func @minus_zero(%x: tensor<64x1x4xf32> {snn.grid = {step = 0.25, max = 1.0}}) -> tensor<64x1x4xi1> {
  %v0 = arith.constant dense<-0.0> : tensor<1x4xf32>
  %s, %v = snn.lif %x init(%v0 : tensor<1x4xf32>) {decay = 1.0, threshold = 1.25, reset = #snn.reset<subtract>}
      : tensor<64x1x4xf32>
  return %s : tensor<64x1x4xi1>
}

// -----

// CHECK-LABEL: @high_start
// CHECK-SAME: close-forms: not done, its initial potential reaches the threshold
func.func @high_start(%x: tensor<64x1x4xf32> {snn.grid = {step = 0.25, max = 1.0}}) -> tensor<64x1x4xi1> {
  %v0 = arith.constant dense<1.25> : tensor<1x4xf32>
  %s, %v = snn.lif %x init(%v0 : tensor<1x4xf32>) {decay = 1.0, threshold = 1.25, reset = #snn.reset<subtract>}
      : tensor<64x1x4xf32>
  return %s : tensor<64x1x4xi1>
}

// -----

// CHECK-LABEL: @loud
// CHECK-SAME: close-forms: not done, its input may be 1.00, above the threshold
func.func @loud(%x: tensor<64x?x4xf32> {snn.grid = {step = 0.25, max = 1.0}}) -> tensor<64x?x4xi1> {
  %s, %v = snn.lif %x {decay = 1.0, threshold = 0.75, reset = #snn.reset<subtract>}
      : tensor<64x?x4xf32>
  return %s : tensor<64x?x4xi1>
}

// -----

// CHECK-LABEL: @dynamic
// CHECK-SAME: close-forms: not done, a sum over time is bounded only for a static number of steps
func.func @dynamic(%x: tensor<?x?x4xf32> {snn.grid = {step = 0.25, max = 1.0}}) -> tensor<?x?x4xi1> {
  %s, %v = snn.lif %x {decay = 1.0, threshold = 1.25, reset = #snn.reset<subtract>}
      : tensor<?x?x4xf32>
  return %s : tensor<?x?x4xi1>
}

// -----

// 2^22 steps of 1, in units of 2^-2: 2^24.
// CHECK-LABEL: @long
// CHECK-SAME: close-forms: not done, its sums reach 4194305.25, more than f32 holds
func.func @long(%x: tensor<4194304x?x4xf32> {snn.grid = {step = 0.25, max = 1.0}}) -> tensor<4194304x?x4xi1> {
  %s, %v = snn.lif %x {decay = 1.0, threshold = 1.25, reset = #snn.reset<subtract>}
      : tensor<4194304x?x4xf32>
  return %s : tensor<4194304x?x4xi1>
}

// -----

// CHECK-LABEL: @parameter
// CHECK-SAME: close-forms: not done, its threshold is not known when it is compiled
func.func @parameter(%x: tensor<64x?x4xf32> {snn.grid = {step = 0.25, max = 1.0}},
    %th: tensor<4xf32> {snn.param = "th"}) -> tensor<64x?x4xi1> {
  %s, %v = snn.lif %x threshold(%th : tensor<4xf32>)
      {decay = 1.0, reset = #snn.reset<subtract>} : tensor<64x?x4xf32>
  return %s : tensor<64x?x4xi1>
}

// -----

// CHECK-LABEL: @nonpositive
// CHECK-SAME: close-forms: not done, its threshold is not positive
func.func @nonpositive(%x: tensor<64x?x4xf32> {snn.grid = {step = 0.25, max = 1.0}}) -> tensor<64x?x4xi1> {
  %s, %v = snn.lif %x {decay = 1.0, threshold = -1.0, allow_nonpositive_threshold, reset = #snn.reset<subtract>}
      : tensor<64x?x4xf32>
  return %s : tensor<64x?x4xi1>
}

// -----

// CHECK-LABEL: @negative
// CHECK-SAME: close-forms: not done, its input may be negative
func.func @negative(%x: tensor<64x?x4xf32> {snn.grid = {step = 0.25, max = 1.0}}) -> tensor<64x?x4xi1> {
  %s, %v = snn.lif %x {decay = 1.0, threshold = 1.25, reset = #snn.reset<modulo>}
      : tensor<64x?x4xf32>
  return %s : tensor<64x?x4xi1>
}

// -----

// CHECK-LABEL: @strict_remainder
// CHECK-SAME: close-forms: not done, a remainder after '>' depends on more than the sum
func.func @strict_remainder(%x: tensor<64x?x4xf32> {snn.grid = {step = 0.25, max = 1.0, min = 0.0}}) -> tensor<64x?x4xi1> {
  %s, %v = snn.lif %x {decay = 1.0, threshold = 1.25, compare = #snn.compare<gt>, reset = #snn.reset<modulo>}
      : tensor<64x?x4xf32>
  return %s : tensor<64x?x4xi1>
}

// -----

// CHECK-LABEL: @many
// CHECK-SAME: close-forms: not done, 5 neurons fill the lanes
func.func @many(%x: tensor<64x?x5xf32> {snn.grid = {step = 0.25, max = 1.0}}) -> tensor<64x?x5xi1> {
  %s, %v = snn.lif %x {decay = 1.0, threshold = 1.25, reset = #snn.reset<subtract>}
      : tensor<64x?x5xf32>
  return %s : tensor<64x?x5xi1>
}

// -----

// CHECK-LABEL: @integers
// CHECK-SAME: close-forms: not done, its input may be any number
// CHECK-SAME: close-forms: not done, its step adds more than an input to the potential
// CHECK-SAME: close-forms: not done, its sums reach 33023.00, more than i16 holds
func.func @integers(%x: tensor<64x?x4xi32>, %s8: tensor<257x?x4xi8>)
    -> (tensor<64x?x4xi1>, tensor<64x?x4xi1>, tensor<257x?x4xi1>) {
  %s, %v = snn.neuron ins(%x : tensor<64x?x4xi32>) {
  ^bb0(%xt: i32, %vt: i32):
    %three = arith.constant 3 : i32
    %u = arith.addi %vt, %xt : i32
    %fires = arith.cmpi sge, %u, %three : i32
    %left = arith.subi %u, %three : i32
    %v1 = arith.select %fires, %left, %u : i32
    snn.yield %fires : i1 state(%v1 : i32)
  } -> (tensor<64x?x4xi1>) state(tensor<?x4xi32>)
  %z, %w = snn.neuron ins(%x : tensor<64x?x4xi32>) {
  ^bb0(%xt: i32, %vt: i32):
    %three = arith.constant 3 : i32
    %scaled = arith.muli %xt, %three : i32
    %u = arith.addi %vt, %scaled : i32
    %fires = arith.cmpi sge, %u, %three : i32
    %left = arith.subi %u, %three : i32
    %v1 = arith.select %fires, %left, %u : i32
    snn.yield %fires : i1 state(%v1 : i32)
  } -> (tensor<64x?x4xi1>) state(tensor<?x4xi32>)
  %x8 = arith.extsi %s8 : tensor<257x?x4xi8> to tensor<257x?x4xi16>
  %a, %b = snn.neuron ins(%x8 : tensor<257x?x4xi16>) {
  ^bb0(%xt: i16, %vt: i16):
    %three = arith.constant 127 : i16
    %u = arith.addi %vt, %xt : i16
    %fires = arith.cmpi sge, %u, %three : i16
    %left = arith.subi %u, %three : i16
    %v1 = arith.select %fires, %left, %u : i16
    snn.yield %fires : i1 state(%v1 : i16)
  } -> (tensor<257x?x4xi1>) state(tensor<?x4xi16>)
  return %s, %z, %a : tensor<64x?x4xi1>, tensor<64x?x4xi1>, tensor<257x?x4xi1>
}

// -----

// CHECK-LABEL: @slow
// CHECK-SAME: close-forms: not done, its thresholds are not known powers of two, each half of the last
func.func @slow(%value: tensor<?x3xf32> {snn.param = "value"})
    -> (tensor<?x?x3xi1>, tensor<?x3xf32> {snn.static}) {
  %theta = arith.constant dense<[2.0, 1.0, 1.0]> : tensor<3xf32>
  %h = arith.constant dense<[2.0, 1.0, 1.0]> : tensor<3xf32>
  %d = arith.constant dense<[2.0, 1.0, 0.5]> : tensor<3xf32>
  %first = arith.constant 0 : index
  %b = tensor.dim %value, %first : tensor<?x3xf32>
  %start = arith.constant 0.0 : f32
  %y0 = tensor.splat %start[%b] : tensor<?x3xf32>
  %s, %left, %y = snn.neuron
      tables(%theta, %h, %d : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
      init(%value, %y0 : tensor<?x3xf32>, tensor<?x3xf32>)
       {
  ^bb0(%thetat: f32, %ht: f32, %dt: f32, %vt: f32, %yt: f32):
    %fires = snn.fire %vt, %thetat : f32
    %lower = arith.subf %vt, %ht : f32
    %v1 = arith.select %fires, %lower, %vt : f32
    %more = arith.addf %yt, %dt : f32
    %y1 = arith.select %fires, %more, %yt : f32
    snn.yield %fires : i1 state(%v1, %y1 : f32, f32)
  } -> (tensor<?x?x3xi1>) state(tensor<?x3xf32>, tensor<?x3xf32>)
  return %s, %y : tensor<?x?x3xi1>, tensor<?x3xf32>
}

// -----

// CHECK-LABEL: @odd
// CHECK-SAME: close-forms: not done, its thresholds are not known powers of two, each half of the last
func.func @odd(%value: tensor<?x3xf32> {snn.param = "value"})
    -> (tensor<?x?x3xi1>, tensor<?x3xf32> {snn.static}) {
  %theta = arith.constant dense<[3.0, 1.5, 0.75]> : tensor<3xf32>
  %h = arith.constant dense<[3.0, 1.5, 0.75]> : tensor<3xf32>
  %d = arith.constant dense<[2.0, 1.0, 0.5]> : tensor<3xf32>
  %first = arith.constant 0 : index
  %b = tensor.dim %value, %first : tensor<?x3xf32>
  %start = arith.constant 0.0 : f32
  %y0 = tensor.splat %start[%b] : tensor<?x3xf32>
  %s, %left, %y = snn.neuron
      tables(%theta, %h, %d : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
      init(%value, %y0 : tensor<?x3xf32>, tensor<?x3xf32>)
       {
  ^bb0(%thetat: f32, %ht: f32, %dt: f32, %vt: f32, %yt: f32):
    %fires = snn.fire %vt, %thetat : f32
    %lower = arith.subf %vt, %ht : f32
    %v1 = arith.select %fires, %lower, %vt : f32
    %more = arith.addf %yt, %dt : f32
    %y1 = arith.select %fires, %more, %yt : f32
    snn.yield %fires : i1 state(%v1, %y1 : f32, f32)
  } -> (tensor<?x?x3xi1>) state(tensor<?x3xf32>, tensor<?x3xf32>)
  return %s, %y : tensor<?x?x3xi1>, tensor<?x3xf32>
}

// -----

// CHECK-LABEL: @amounts
// CHECK-SAME: close-forms: not done, it takes other amounts than its thresholds
func.func @amounts(%value: tensor<?x3xf32> {snn.param = "value"})
    -> (tensor<?x?x3xi1>, tensor<?x3xf32> {snn.static}) {
  %theta = arith.constant dense<[2.0, 1.0, 0.5]> : tensor<3xf32>
  %h = arith.constant dense<[2.0, 1.0, 0.25]> : tensor<3xf32>
  %d = arith.constant dense<[2.0, 1.0, 0.5]> : tensor<3xf32>
  %first = arith.constant 0 : index
  %b = tensor.dim %value, %first : tensor<?x3xf32>
  %start = arith.constant 0.0 : f32
  %y0 = tensor.splat %start[%b] : tensor<?x3xf32>
  %s, %left, %y = snn.neuron
      tables(%theta, %h, %d : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
      init(%value, %y0 : tensor<?x3xf32>, tensor<?x3xf32>)
       {
  ^bb0(%thetat: f32, %ht: f32, %dt: f32, %vt: f32, %yt: f32):
    %fires = snn.fire %vt, %thetat : f32
    %lower = arith.subf %vt, %ht : f32
    %v1 = arith.select %fires, %lower, %vt : f32
    %more = arith.addf %yt, %dt : f32
    %y1 = arith.select %fires, %more, %yt : f32
    snn.yield %fires : i1 state(%v1, %y1 : f32, f32)
  } -> (tensor<?x?x3xi1>) state(tensor<?x3xf32>, tensor<?x3xf32>)
  return %s, %y : tensor<?x?x3xi1>, tensor<?x3xf32>
}

// -----

// CHECK-LABEL: @left
// CHECK-SAME: close-forms: not done, what is left of its value is read
func.func @left(%value: tensor<?x3xf32> {snn.param = "value"})
    -> (tensor<?x?x3xi1>, tensor<?x3xf32> {snn.static}) {
  %theta = arith.constant dense<[2.0, 1.0, 0.5]> : tensor<3xf32>
  %h = arith.constant dense<[2.0, 1.0, 0.5]> : tensor<3xf32>
  %d = arith.constant dense<[2.0, 1.0, 0.5]> : tensor<3xf32>
  %first = arith.constant 0 : index
  %b = tensor.dim %value, %first : tensor<?x3xf32>
  %start = arith.constant 0.0 : f32
  %y0 = tensor.splat %start[%b] : tensor<?x3xf32>
  %s, %left, %y = snn.neuron
      tables(%theta, %h, %d : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
      init(%value, %y0 : tensor<?x3xf32>, tensor<?x3xf32>)
       {
  ^bb0(%thetat: f32, %ht: f32, %dt: f32, %vt: f32, %yt: f32):
    %fires = snn.fire %vt, %thetat : f32
    %lower = arith.subf %vt, %ht : f32
    %v1 = arith.select %fires, %lower, %vt : f32
    %more = arith.addf %yt, %dt : f32
    %y1 = arith.select %fires, %more, %yt : f32
    snn.yield %fires : i1 state(%v1, %y1 : f32, f32)
  } -> (tensor<?x?x3xi1>) state(tensor<?x3xf32>, tensor<?x3xf32>)
  return %s, %left : tensor<?x?x3xi1>, tensor<?x3xf32>
}

// -----

// CHECK-LABEL: @offset
// CHECK-SAME: close-forms: not done, it does not start at the start of its tables
func.func @offset(%value: tensor<?x3xf32> {snn.param = "value"})
    -> (tensor<?x?x3xi1>, tensor<?x3xf32> {snn.static}) {
  %theta = arith.constant dense<[2.0, 1.0, 0.5]> : tensor<3xf32>
  %h = arith.constant dense<[2.0, 1.0, 0.5]> : tensor<3xf32>
  %d = arith.constant dense<[2.0, 1.0, 0.5]> : tensor<3xf32>
  %first = arith.constant 0 : index
  %b = tensor.dim %value, %first : tensor<?x3xf32>
  %start = arith.constant 0.0 : f32
  %y0 = tensor.splat %start[%b] : tensor<?x3xf32>
  %one = arith.constant 1 : i64
  %s, %left, %y = snn.neuron
      tables(%theta, %h, %d : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
      init(%value, %y0 : tensor<?x3xf32>, tensor<?x3xf32>)
      offset(%one) {
  ^bb0(%thetat: f32, %ht: f32, %dt: f32, %vt: f32, %yt: f32):
    %fires = snn.fire %vt, %thetat : f32
    %lower = arith.subf %vt, %ht : f32
    %v1 = arith.select %fires, %lower, %vt : f32
    %more = arith.addf %yt, %dt : f32
    %y1 = arith.select %fires, %more, %yt : f32
    snn.yield %fires : i1 state(%v1, %y1 : f32, f32)
  } -> (tensor<?x?x3xi1>) state(tensor<?x3xf32>, tensor<?x3xf32>)
  return %s, %y : tensor<?x?x3xi1>, tensor<?x3xf32>
}

// -----

// CHECK-LABEL: @worth
// CHECK-SAME: close-forms: not done, what its spikes are worth does not halve
func.func @worth(%value: tensor<?x3xf32> {snn.param = "value"})
    -> (tensor<?x?x3xi1>, tensor<?x3xf32> {snn.static}) {
  %theta = arith.constant dense<[2.0, 1.0, 0.5]> : tensor<3xf32>
  %h = arith.constant dense<[2.0, 1.0, 0.5]> : tensor<3xf32>
  %d = arith.constant dense<[2.0, 1.0, 0.25]> : tensor<3xf32>
  %first = arith.constant 0 : index
  %b = tensor.dim %value, %first : tensor<?x3xf32>
  %start = arith.constant 0.0 : f32
  %y0 = tensor.splat %start[%b] : tensor<?x3xf32>
  %s, %left, %y = snn.neuron
      tables(%theta, %h, %d : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
      init(%value, %y0 : tensor<?x3xf32>, tensor<?x3xf32>)
       {
  ^bb0(%thetat: f32, %ht: f32, %dt: f32, %vt: f32, %yt: f32):
    %fires = snn.fire %vt, %thetat : f32
    %lower = arith.subf %vt, %ht : f32
    %v1 = arith.select %fires, %lower, %vt : f32
    %more = arith.addf %yt, %dt : f32
    %y1 = arith.select %fires, %more, %yt : f32
    snn.yield %fires : i1 state(%v1, %y1 : f32, f32)
  } -> (tensor<?x?x3xi1>) state(tensor<?x3xf32>, tensor<?x3xf32>)
  return %s, %y : tensor<?x?x3xi1>, tensor<?x3xf32>
}

// -----

// CHECK-LABEL: @base
// CHECK-SAME: close-forms: not done, what its spikes are worth is added to another value
func.func @base(%value: tensor<?x3xf32> {snn.param = "value"})
    -> (tensor<?x?x3xi1>, tensor<?x3xf32> {snn.static}) {
  %theta = arith.constant dense<[2.0, 1.0, 0.5]> : tensor<3xf32>
  %h = arith.constant dense<[2.0, 1.0, 0.5]> : tensor<3xf32>
  %d = arith.constant dense<[2.0, 1.0, 0.5]> : tensor<3xf32>
  %first = arith.constant 0 : index
  %b = tensor.dim %value, %first : tensor<?x3xf32>
  %start = arith.constant 1.0 : f32
  %y0 = tensor.splat %start[%b] : tensor<?x3xf32>
  %s, %left, %y = snn.neuron
      tables(%theta, %h, %d : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
      init(%value, %y0 : tensor<?x3xf32>, tensor<?x3xf32>)
       {
  ^bb0(%thetat: f32, %ht: f32, %dt: f32, %vt: f32, %yt: f32):
    %fires = snn.fire %vt, %thetat : f32
    %lower = arith.subf %vt, %ht : f32
    %v1 = arith.select %fires, %lower, %vt : f32
    %more = arith.addf %yt, %dt : f32
    %y1 = arith.select %fires, %more, %yt : f32
    snn.yield %fires : i1 state(%v1, %y1 : f32, f32)
  } -> (tensor<?x?x3xi1>) state(tensor<?x3xf32>, tensor<?x3xf32>)
  return %s, %y : tensor<?x?x3xi1>, tensor<?x3xf32>
}

// -----

// CHECK-LABEL: @bits
// CHECK-SAME: close-forms: not done, it has more than 24 steps
func.func @bits(%value: tensor<?x3xf32> {snn.param = "value"})
    -> (tensor<?x?x3xi1>, tensor<?x3xf32> {snn.static}) {
  %theta = arith.constant dense<[1.0, 0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625, 0.001953125, 0.0009765625, 0.00048828125, 0.000244140625, 0.0001220703125, 6.103515625e-05, 3.0517578125e-05, 1.52587890625e-05, 7.62939453125e-06, 3.814697265625e-06, 1.9073486328125e-06, 9.5367431640625e-07, 4.76837158203125e-07, 2.384185791015625e-07, 1.1920928955078125e-07, 5.960464477539063e-08]> : tensor<25xf32>
  %h = arith.constant dense<[1.0, 0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625, 0.001953125, 0.0009765625, 0.00048828125, 0.000244140625, 0.0001220703125, 6.103515625e-05, 3.0517578125e-05, 1.52587890625e-05, 7.62939453125e-06, 3.814697265625e-06, 1.9073486328125e-06, 9.5367431640625e-07, 4.76837158203125e-07, 2.384185791015625e-07, 1.1920928955078125e-07, 5.960464477539063e-08]> : tensor<25xf32>
  %d = arith.constant dense<[1.0, 0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625, 0.001953125, 0.0009765625, 0.00048828125, 0.000244140625, 0.0001220703125, 6.103515625e-05, 3.0517578125e-05, 1.52587890625e-05, 7.62939453125e-06, 3.814697265625e-06, 1.9073486328125e-06, 9.5367431640625e-07, 4.76837158203125e-07, 2.384185791015625e-07, 1.1920928955078125e-07, 5.960464477539063e-08]> : tensor<25xf32>
  %first = arith.constant 0 : index
  %b = tensor.dim %value, %first : tensor<?x3xf32>
  %start = arith.constant 0.0 : f32
  %y0 = tensor.splat %start[%b] : tensor<?x3xf32>
  %s, %left, %y = snn.neuron
      tables(%theta, %h, %d : tensor<25xf32>, tensor<25xf32>, tensor<25xf32>)
      init(%value, %y0 : tensor<?x3xf32>, tensor<?x3xf32>)
       {
  ^bb0(%thetat: f32, %ht: f32, %dt: f32, %vt: f32, %yt: f32):
    %fires = snn.fire %vt, %thetat : f32
    %lower = arith.subf %vt, %ht : f32
    %v1 = arith.select %fires, %lower, %vt : f32
    %more = arith.addf %yt, %dt : f32
    %y1 = arith.select %fires, %more, %yt : f32
    snn.yield %fires : i1 state(%v1, %y1 : f32, f32)
  } -> (tensor<?x?x3xi1>) state(tensor<?x3xf32>, tensor<?x3xf32>)
  return %s, %y : tensor<?x?x3xi1>, tensor<?x3xf32>
}
