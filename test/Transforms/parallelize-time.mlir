// States that no spike feeds back to become scans or convolutions.
// RUN: snn-opt %s --snn-parallelize-time=strategy=scan --split-input-file | FileCheck %s --check-prefix=SCAN
// RUN: snn-opt %s --snn-parallelize-time=strategy=conv --split-input-file | FileCheck %s --check-prefix=CONV
// RUN: snn-opt %s --snn-parallelize-time --split-input-file | FileCheck %s --check-prefix=AUTO
// RUN: snn-opt %s --snn-parallelize-time=numerics=exact --split-input-file | FileCheck %s --check-prefix=EXACT

// What is asked for must be possible.
// RUN: not snn-opt %s --snn-parallelize-time="strategy=scan numerics=exact" --split-input-file 2>&1 | FileCheck %s --check-prefix=REFUSED
// RUN: not snn-opt %s --snn-parallelize-time=strategy=fold --split-input-file 2>&1 | FileCheck %s --check-prefix=UNKNOWN
//   REFUSED: error: snn-parallelize-time: strategy 'scan' rounds in another order: expected numerics bounded or fast, but got exact
//   UNKNOWN: error: snn-parallelize-time: expected strategy auto, scan or conv, but got 'fold'
// EXACT-NOT: associative
// EXACT-NOT: schedule

// A neuron without reset: memory, threshold, gate.
// SCAN-LABEL: func.func @no_reset(
//  SCAN-SAME:   class = "B"
//       SCAN:   %[[H:.*]]:2 = snn.scan real(%{{.*}}) by(%{{.*}}) {associative, snn.bound = {kind = "scan"}
//       SCAN:   %[[C:.*]] = snn.fire %[[H]]#0 {compare = #snn.compare<gt>, threshold = 1.000000e+00 : f64}
//       SCAN:   snn.refractory event 4 %[[C]]
// AUTO-LABEL: func.func @no_reset(
//       AUTO:   snn.lif
func.func @no_reset(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xi1> {
  %s, %v, %r = snn.lif %x {decay = 0.5, threshold = 1.0, refractory = 4,
      compare = #snn.compare<gt>, reset = #snn.reset<none>} : tensor<?x?x8xf32>
  return %s : tensor<?x?x8xi1>
}

// -----

// 0.5^32 / 0.5 is below the tolerance: what is older than 32 steps is left out,
// with a bound. The state stays that of the memory.
// CONV-LABEL: func.func @cut_off(
//  CONV-SAME:   bound = "(K + 4) u sum |A|^k |x|, K = 32 + {{.*}} max |x|"
//   CONV-NOT:   snn.recurrent
//       CONV:   snn.temporal_conv %{{.*}} {{.*}}truncation = 4.65{{[0-9]*}}E-10
//       CONV:   snn.delay
func.func @cut_off(%x: tensor<?x?x8xf32>, %v0: tensor<?x8xf32>)
    -> (tensor<?x?x8xf32>, tensor<?x8xf32>) {
  %v, %vT = snn.li %x init(%v0 : tensor<?x8xf32>) {decay = 0.5} : tensor<?x?x8xf32>
  return %v, %vT : tensor<?x?x8xf32>, tensor<?x8xf32>
}

// -----

// A sum over time, and factors that are not known, are never cut off: what is
// older comes through a recurrence over 32 steps.
// CONV-LABEL: func.func @carried(
//   CONV-NOT:   truncation
//       CONV:   snn.temporal_conv
//       CONV:   snn.recurrent {{.*}} skip 32
//       CONV:   snn.temporal_conv
//       CONV:   snn.recurrent {{.*}} skip 32
// AUTO-LABEL: func.func @carried(
//   AUTO-NOT:   associative
func.func @carried(%x: tensor<?x?x8xf32>,
                   %d: tensor<8xf32> {snn.param = "d"})
    -> (tensor<?x?x8xf32>, tensor<?x?x8xf32>) {
  %v, %vT = snn.li %x {decay = 1.0} : tensor<?x?x8xf32>
  %w, %wT = snn.li %x decay(%d : tensor<8xf32>) : tensor<?x?x8xf32>
  return %v, %w : tensor<?x?x8xf32>, tensor<?x?x8xf32>
}

// -----

// One neuron leaves a processor idle, and a sum over time does not forget.
// AUTO-LABEL: func.func @sum(
//  AUTO-SAME:   why = "the neurons do not fill the lanes, and it does not forget"
//       AUTO:   snn.scan real(%{{.*}}) {associative
// AUTO-LABEL: func.func @forgets(
//       AUTO:   snn.li
func.func @sum(%x: tensor<?x?x1xf32>) -> tensor<?x?x1xf32> {
  %v, %vT = snn.li %x {decay = 1.0} : tensor<?x?x1xf32>
  return %v : tensor<?x?x1xf32>
}
func.func @forgets(%x: tensor<?x?x1xf32>) -> tensor<?x?x1xf32> {
  %v, %vT = snn.li %x {decay = 0.5} : tensor<?x?x1xf32>
  return %v : tensor<?x?x1xf32>
}

// -----

// Partial parallelisation: the current of a neuron whose potential is reset.
// SCAN-LABEL: func.func @partial(
//       SCAN:   %[[C:.*]], %{{.*}} = snn.neuron ins(%[[X:.*]] :
//  SCAN-SAME:   schedule = #snn.schedule<scan>
//  SCAN-SAME:   snn.layer = "cuba_lif0.linear"
//       SCAN:   ^bb0(%{{.*}}: f32, %{{.*}}: f32):
//   SCAN-NOT:     snn.fire
//       SCAN:   %{{.*}}, %{{.*}} = snn.neuron ins(%[[X]], %[[C]]
//       SCAN:     arith.cmpf oge
// A state that is read before its update comes through a delay of one step.
// SCAN-LABEL: func.func @partial_old(
//       SCAN:   %[[C:.*]], %{{.*}} = snn.neuron
//       SCAN:   %[[D:.*]], %{{.*}} = snn.delay %[[C]] by [1] init(
//       SCAN:   snn.neuron ins(%{{.*}}, %[[C]], %[[D]]
func.func @partial(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xi1> {
  %s, %v, %c = snn.cuba_lif %x {synapse_decay = 0.75, decay = 0.5,
                                threshold = 1.0} : tensor<?x?x8xf32>
  return %s : tensor<?x?x8xi1>
}
func.func @partial_old(%x: tensor<?x?x8xf32>, %v0: tensor<?x8xf32>,
                       %c0: tensor<?x8xf32>) -> tensor<?x?x8xi1> {
  %s, %v, %c = snn.cuba_lif %x
      init(%v0, %c0 : tensor<?x8xf32>, tensor<?x8xf32>)
      {synapse_decay = 0.75, decay = 0.5, threshold = 1.0,
       current = #snn.current<old>} : tensor<?x?x8xf32>
  return %s : tensor<?x?x8xi1>
}

// -----

// Nothing linear, and coefficients that vary with time, are left.
// SCAN-LABEL: func.func @left(
//   SCAN-NOT:   associative
//   SCAN-NOT:   schedule
//       SCAN:   return
func.func @left(%x: tensor<?x?x8xf32>, %a: tensor<?x?x8xf32>)
    -> (tensor<?x?x8xi1>, tensor<?x?x8xf32>) {
  %s, %v = snn.lif %x {decay = 0.5, threshold = 1.0} : tensor<?x?x8xf32>
  %h, %hT = snn.scan real (%x) by (%a) : (tensor<?x?x8xf32>), (tensor<?x?x8xf32>)
  return %s, %h : tensor<?x?x8xi1>, tensor<?x?x8xf32>
}
