// Neurons by hand, on numbers that f32 holds exactly.
// RUN: snn-interp %s --print --function=resets | FileCheck %s --check-prefix=RESETS
// RUN: snn-interp %s --print --function=refractory | FileCheck %s --check-prefix=REFRACT
// RUN: snn-interp %s --print --function=gates --position=1 | FileCheck %s --check-prefix=GATES
// RUN: snn-interp %s --print --function=samples | FileCheck %s --check-prefix=SAMPLE
// RUN: snn-interp %s --print --function=samples --position=2 --batch-offset=1 | FileCheck %s --check-prefix=LATER
// RUN: snn-interp %s --print --function=table | FileCheck %s --check-prefix=TABLE
// RUN: snn-interp %s --print --function=table --position=1 | FileCheck %s --check-prefix=NEXT
// RUN: not snn-interp %s --print --function=table --position=2 2>&1 | FileCheck %s --check-prefix=END

// Input 1.5, 0.25, 0.25 with decay 1: the potential before and after a reset by
// 1 in the step, at the start of the next one, and after its input.
// RESETS: same f32 [3, 1, 1]: 0.5 0.75 0{{$}}
// RESETS: next f32 [3, 1, 1]: 1.5 0.75 1{{$}}
// RESETS: after f32 [3, 1, 1]: 1.5 0.75 1{{$}}
// RESETS: zero f32 [3, 1, 1]: 0 0.25 0.5{{$}}
// RESETS: modulo f32 [3, 1, 1]: 0.5 0.75 0{{$}}
// RESETS: strict i1 [3, 1, 1]: 1 0 0{{$}}
// RESETS: cuba i1 [3, 1, 1]: 0 1 1{{$}}
func.func @resets() -> (tensor<3x1x1xf32> {snn.static},
    tensor<3x1x1xf32> {snn.static}, tensor<3x1x1xf32> {snn.static},
    tensor<3x1x1xf32> {snn.static}, tensor<3x1x1xf32> {snn.static},
    tensor<3x1x1xi1> {snn.static}, tensor<3x1x1xi1> {snn.static}) {
  %x = arith.constant dense<[[[1.5]], [[0.25]], [[0.25]]]> : tensor<3x1x1xf32>
  %s0, %same, %v0 = snn.lif %x {decay = 1.0, threshold = 1.0,
      reset = #snn.reset<subtract>, potential = #snn.potential<after_reset>}
      : tensor<3x1x1xf32>
  %s1, %next, %v1 = snn.lif %x {decay = 1.0, threshold = 1.0,
      reset = #snn.reset<subtract>, reset_time = #snn.reset_time<next>,
      potential = #snn.potential<after_reset>} : tensor<3x1x1xf32>
  %s2, %after, %v2 = snn.lif %x {decay = 1.0, threshold = 1.0,
      reset = #snn.reset<subtract>, reset_time = #snn.reset_time<after_decay>,
      potential = #snn.potential<before_reset>} : tensor<3x1x1xf32>
  %s3, %zero, %v3 = snn.lif %x {decay = 1.0, threshold = 1.0,
      potential = #snn.potential<after_reset>} : tensor<3x1x1xf32>
  %s4, %modulo, %v4 = snn.lif %x {decay = 1.0, threshold = 1.0,
      reset = #snn.reset<modulo>, potential = #snn.potential<after_reset>}
      : tensor<3x1x1xf32>
  %strict, %v5 = snn.lif %x {decay = 1.0, threshold = 1.0,
      reset = #snn.reset<subtract>, compare = #snn.compare<gt>}
      : tensor<3x1x1xf32>
  // Currents 1.5, 1, 0.75; the membrane sees 0, 1.5, 1.
  %cuba, %v6, %c6 = snn.cuba_lif %x {synapse_decay = 0.5, decay = 1.0,
      threshold = 1.0, current = #snn.current<old>} : tensor<3x1x1xf32>
  return %same, %next, %after, %zero, %modulo, %strict, %cuba
    : tensor<3x1x1xf32>, tensor<3x1x1xf32>, tensor<3x1x1xf32>,
      tensor<3x1x1xf32>, tensor<3x1x1xf32>, tensor<3x1x1xi1>, tensor<3x1x1xi1>
}

// Input 1 and decay 1: two silent steps after a spike, or one where the counter
// is tested after it is decremented. Emission masked: the potential grows.
// REFRACT: emission i1 [6, 1, 1]: 1 0 0 1 0 0{{$}}
// REFRACT: u0 f32 [6, 1, 1]: 1 1 2 3 1 2{{$}}
// REFRACT: u1 f32 [6, 1, 1]: 1 0 0 1 0 0{{$}}
// REFRACT: u2 f32 [6, 1, 1]: 0.5 0.5 0.5 0.5 0.5 0.5{{$}}
// REFRACT: after i1 [6, 1, 1]: 1 0 1 0 1 0{{$}}
func.func @refractory() -> (tensor<6x1x1xi1> {snn.static},
    tensor<6x1x1xf32> {snn.static}, tensor<6x1x1xf32> {snn.static},
    tensor<6x1x1xf32> {snn.static}, tensor<6x1x1xi1> {snn.static}) {
  %x = arith.constant dense<1.0> : tensor<6x1x1xf32>
  %emission, %u0, %v0, %r0 = snn.lif %x {decay = 1.0, threshold = 1.0,
      refractory = 2, potential = #snn.potential<before_reset>}
      : tensor<6x1x1xf32>
  %input, %u1, %v1, %r1 = snn.lif %x {decay = 1.0, threshold = 1.0,
      refractory = 2, hold = #snn.hold<input>,
      potential = #snn.potential<before_reset>} : tensor<6x1x1xf32>
  %state, %u2, %v2, %r2 = snn.lif %x {decay = 1.0, threshold = 1.0,
      reset = #snn.reset<value, 0.5>, refractory = 9, hold = #snn.hold<state>,
      potential = #snn.potential<after_reset>} : tensor<6x1x1xf32>
  %after, %v3, %r3 = snn.lif %x {decay = 1.0, threshold = 1.0,
      refractory = 2, counter_test = #snn.counter_test<after>}
      : tensor<6x1x1xf32>
  return %emission, %u0, %u1, %u2, %after : tensor<6x1x1xi1>,
    tensor<6x1x1xf32>, tensor<6x1x1xf32>, tensor<6x1x1xf32>, tensor<6x1x1xi1>
}

// Step 0 is at time 1, so that steps 1 and 4 are at phase 2 of 3.
// GATES: event i1 [6, 1, 1]: 1 0 0 1 0 0{{$}}
// GATES: window i1 [6, 1, 1]: 1 0 0 0 0 0{{$}}
// GATES: phase i1 [6, 1, 1]: 0 1 0 0 1 0{{$}}
// GATES: packed i32 [6, 1, 1]: 1 1 1 1 1 1{{$}}
func.func @gates() -> (tensor<6x1x1xi1> {snn.static},
    tensor<6x1x1xi1> {snn.static}, tensor<6x1x1xi1> {snn.static},
    tensor<6x1x1xi32> {snn.static}) {
  %c = arith.constant dense<true> : tensor<6x1x1xi1>
  %event, %r0 = snn.refractory event 2 %c : tensor<6x1x1xi1>
  %window, %r1 = snn.refractory window 2 %c : tensor<6x1x1xi1>
  %phase = snn.refractory phase 3 %c {phase = 2} : tensor<6x1x1xi1>
  %packed = snn.pack %c : tensor<6x1x1xi1>
  return %event, %window, %phase, %packed : tensor<6x1x1xi1>,
    tensor<6x1x1xi1>, tensor<6x1x1xi1>, tensor<6x1x1xi32>
}

// The same numbers as those of a later step and element of the batch.
// SAMPLE: s i1 [3, 2, 4]: 1 1 1 0 1 1 0 1 1 1 0 0 0 1 1 1 0 1 1 1 1 0 0 1
// SAMPLE: sure i1 [3, 1, 4]: 0 1 1 0 0 1 1 0 0 1 1 0
// LATER: s i1 [3, 2, 4]: 1 0 0 1
func.func @samples() -> (tensor<3x2x4xi1> {snn.static},
                         tensor<3x1x4xi1> {snn.static}) {
  %p = arith.constant dense<0.5> : tensor<3x2x4xf32>
  %s = snn.sample %p {seed = 7, id = 3} : tensor<3x2x4xf32>
  %one = arith.constant dense<[[[0.0, 1.0, 2.0, -1.0]], [[0.0, 1.0, 2.0, -1.0]],
      [[0.0, 1.0, 2.0, -1.0]]]> : tensor<3x1x4xf32>
  %sure = snn.sample %one {id = 0} : tensor<3x1x4xf32>
  return %s, %sure : tensor<3x2x4xi1>, tensor<3x1x4xi1>
}

// TABLE: y f32 [2, 1, 1]: 1 3{{$}}
// NEXT: y f32 [2, 1, 1]: 2 6{{$}}
// END: error: {{.*}}expected a table for steps 2 to 3, but got one of 3
func.func @table() -> (tensor<2x1x1xf32> {snn.static}) {
  %x = arith.constant dense<0.0> : tensor<2x1x1xf32>
  %rows = arith.constant dense<[1.0, 2.0, 4.0]> : tensor<3xf32>
  %y, %last = snn.neuron ins(%x : tensor<2x1x1xf32>)
      tables(%rows : tensor<3xf32>) {
  ^bb0(%xt: f32, %row: f32, %v: f32):
    %sum = arith.addf %v, %row : f32
    snn.yield %sum : f32 state(%sum : f32)
  } -> (tensor<2x1x1xf32>) state(tensor<1x1xf32>)
  return %y : tensor<2x1x1xf32>
}
