//===- Passes.td - Passes from snn to snn --------------------*- tablegen -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_TRANSFORMS_PASSES_TD
#define SNN_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def GeneralizePass : Pass<"snn-generalize"> {
  let summary = "Turn named neurons into snn.neuron";
  let description = [{
    Replaces every op with a `NeuronOpInterface` (`snn.lif`, `snn.li`,
    `snn.cuba_lif`, `snn.scan`, event and window gates) by an `snn.neuron` with
    the step that the interface builds. A gate of packed candidates stays, for it
    works on their words. Class A.

    Before:

    ```mlir
    func.func @before(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %v, %vT = snn.li %x {decay = 0.5} : tensor<?x?x4xf32>
      return %v : tensor<?x?x4xf32>
    }
    ```

    After:

    ```mlir
    func.func @after(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %v, %vT = snn.neuron ins(%x : tensor<?x?x4xf32>) {
      ^bb0(%xt: f32, %v0: f32):
        %decay = arith.constant 5.000000e-01 : f32
        %0 = arith.mulf %decay, %v0 : f32
        %1 = arith.addf %0, %xt : f32
        snn.yield %1 : f32 state(%1 : f32)
      } -> (tensor<?x?x4xf32>) state(tensor<?x4xf32>)
      return %v : tensor<?x?x4xf32>
    }
    ```
  }];
  let options = [
    Option<"wordGates", "word-gates", "bool", "true",
           "Leave gates of packed candidates as they are">,
  ];
  let dependentDialects = ["arith::ArithDialect"];
}

def ExposeStatePass : Pass<"snn-expose-state", "func::FuncOp"> {
  let summary = "Make every state of a model an argument and a result";
  let description = [{
    Gives each op whose initial states are absent (zero) an argument and a result
    marked `snn.state`, so that the function may be run window by window; and each
    op that depends on absolute time the function's position, an added i64
    argument, as `snn.sample` gets the batch offset. The two arguments are always
    added. Class A: a caller that passes zeros gets the bits of before.

    Before:

    ```mlir
    func.func @before(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %v, %vT = snn.li %x {decay = 0.5} : tensor<?x?x4xf32>
      return %v : tensor<?x?x4xf32>
    }
    ```

    After:

    ```mlir
    func.func @after(%x: tensor<?x?x4xf32>,
                     %v0: tensor<?x4xf32> {snn.state = "li0.0"},
                     %position: i64 {snn.position}, %batch: i64 {snn.batch})
        -> (tensor<?x?x4xf32>, tensor<?x4xf32> {snn.state = "li0.0"}) {
      %v, %vT = snn.li %x init(%v0 : tensor<?x4xf32>) {decay = 0.5}
          : tensor<?x?x4xf32>
      return %v, %vT : tensor<?x?x4xf32>, tensor<?x4xf32>
    }
    ```
  }];
}

def RecordSpikesPass : Pass<"snn-record-spikes", "func::FuncOp"> {
  let summary = "Return the spikes of every layer";
  let description = [{
    Adds a result marked `snn.record` for every sequence of spikes that an op
    marked `snn.layer` makes; where no op is marked, for every sequence of spikes
    but the candidates of a refractory gate. The entry of a compiled model writes
    them on request only. Class A.

    Before:

    ```mlir
    func.func @before(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xi1> {
      %c = snn.fire %x {threshold = 1.0} : tensor<?x?x4xf32>
      %s, %r = snn.refractory event 4 %c {snn.layer = "hidden"}
          : tensor<?x?x4xi1>
      return %s : tensor<?x?x4xi1>
    }
    ```

    After:

    ```mlir
    func.func @after(%x: tensor<?x?x4xf32>)
        -> (tensor<?x?x4xi1>, tensor<?x?x4xi1> {snn.record = "hidden"}) {
      %c = snn.fire %x {threshold = 1.0} : tensor<?x?x4xf32>
      %s, %r = snn.refractory event 4 %c {snn.layer = "hidden"}
          : tensor<?x?x4xi1>
      return %s, %s : tensor<?x?x4xi1>, tensor<?x?x4xi1>
    }
    ```
  }];
}

def RecordStatesPass : Pass<"snn-record-states", "func::FuncOp"> {
  let summary = "Return every state at every step";
  let description = [{
    Adds a result marked `snn.record`, with the name of the state, for each state of
    an `snn.neuron` that the function returns: its value after every step. States
    in the body of a recurrence are left out. Class A.

    Before:

    ```mlir
    func.func @before(%x: tensor<?x?x4xf32>,
                      %v0: tensor<?x4xf32> {snn.state = "v"})
        -> (tensor<?x?x4xf32>, tensor<?x4xf32> {snn.state = "v"}) {
      %y, %v1 = snn.neuron ins(%x : tensor<?x?x4xf32>)
          init(%v0 : tensor<?x4xf32>) {
      ^bb0(%i: f32, %v: f32):
        %u = arith.addf %v, %i : f32
        %w = arith.negf %u : f32
        snn.yield %w : f32 state(%u : f32)
      } -> (tensor<?x?x4xf32>) state(tensor<?x4xf32>)
      return %y, %v1 : tensor<?x?x4xf32>, tensor<?x4xf32>
    }
    ```

    After:

    ```mlir
    func.func @after(%x: tensor<?x?x4xf32>,
                     %v0: tensor<?x4xf32> {snn.state = "v"})
        -> (tensor<?x?x4xf32>, tensor<?x4xf32> {snn.state = "v"},
            tensor<?x?x4xf32> {snn.record = "v"}) {
      %y, %r, %v1 = snn.neuron ins(%x : tensor<?x?x4xf32>)
          init(%v0 : tensor<?x4xf32>) {
      ^bb0(%i: f32, %v: f32):
        %u = arith.addf %v, %i : f32
        %w = arith.negf %u : f32
        snn.yield %w, %u : f32, f32 state(%u : f32)
      } -> (tensor<?x?x4xf32>, tensor<?x?x4xf32>) state(tensor<?x4xf32>)
      return %y, %v1, %r : tensor<?x?x4xf32>, tensor<?x4xf32>, tensor<?x?x4xf32>
    }
    ```
  }];
}

def FuseNeuronsPass : Pass<"snn-fuse-neurons"> {
  let summary = "Run neurons that feed each other in one step";
  let description = [{
    An `snn.neuron` or `snn.fire` whose output is an input of another `snn.neuron`
    over the same time, batch and neurons becomes part of its step, so that what
    goes between them stays in registers. So does arithmetic on sequences that
    nothing else reads, such as the sum of two currents, up to four inputs; not
    where the neuron runs in chunks of time. Outputs that nothing else reads go
    away. The ops of a step keep their order and rounding. Class A.

    Before:

    ```mlir
    func.func @before(%x: tensor<?x?x4xf32>) -> tensor<?x4xi32> {
      %s = snn.fire %x {threshold = 1.0} : tensor<?x?x4xf32>
      %n = snn.neuron ins(%s : tensor<?x?x4xi1>) {
      ^bb0(%z: i1, %n0: i32):
        %one = arith.extui %z : i1 to i32
        %n1 = arith.addi %n0, %one : i32
        snn.yield state(%n1 : i32)
      } state(tensor<?x4xi32>)
      return %n : tensor<?x4xi32>
    }
    ```

    After:

    ```mlir
    func.func @after(%x: tensor<?x?x4xf32>) -> tensor<?x4xi32> {
      %n = snn.neuron ins(%x : tensor<?x?x4xf32>) {
      ^bb0(%u: f32, %n0: i32):
        %z = snn.fire %u {threshold = 1.0} : f32
        %one = arith.extui %z : i1 to i32
        %n1 = arith.addi %n0, %one : i32
        snn.yield state(%n1 : i32)
      } state(tensor<?x4xi32>)
      return %n : tensor<?x4xi32>
    }
    ```
  }];
}

def RaiseTimeSumsPass : Pass<"snn-raise-time-sums"> {
  let summary = "Turn sums over time into scans";
  let description = [{
    A `linalg.reduce` of a sequence over dimension 0 by `arith.addf` (or `addi`)
    that starts at zero is the final state of an `snn.scan` with A = 1: the same
    sum in the same order, but causal, so that the model can be run window by
    window. Class A.

    Before:

    ```mlir
    func.func @before(%x: tensor<?x2x4xf32>, %zero: tensor<2x4xf32>)
        -> tensor<2x4xf32> {
      %c0 = arith.constant 0.0 : f32
      %init = linalg.fill ins(%c0 : f32) outs(%zero : tensor<2x4xf32>)
          -> tensor<2x4xf32>
      %sum = linalg.reduce { arith.addf } ins(%x : tensor<?x2x4xf32>)
          outs(%init : tensor<2x4xf32>) dimensions = [0]
      return %sum : tensor<2x4xf32>
    }
    ```

    After:

    ```mlir
    func.func @after(%x: tensor<?x2x4xf32>) -> tensor<2x4xf32> {
      %h, %sum = snn.scan real (%x) : (tensor<?x2x4xf32>)
      return %sum : tensor<2x4xf32>
    }
    ```
  }];
  let dependentDialects = ["SNNDialect"];
}

def KeepSizesPass : Pass<"snn-keep-sizes"> {
  let summary = "Keep the sizes of a difference of equal tensors";
  let description = [{
    `x - x` and `x ^ x` of integers become zeros of the sizes of x. Canonicalization
    would make a constant of them, and one of dynamic sizes has none. Class A.

    Before:

    ```mlir
    func.func @before(%x: tensor<?x4xi32>) -> tensor<?x4xi32> {
      %y = arith.subi %x, %x : tensor<?x4xi32>
      return %y : tensor<?x4xi32>
    }
    ```

    After:

    ```mlir
    func.func @after(%x: tensor<?x4xi32>) -> tensor<?x4xi32> {
      %c0 = arith.constant 0 : index
      %n = tensor.dim %x, %c0 : tensor<?x4xi32>
      %empty = tensor.empty(%n) : tensor<?x4xi32>
      %zero = arith.constant 0 : i32
      %y = linalg.fill ins(%zero : i32) outs(%empty : tensor<?x4xi32>)
          -> tensor<?x4xi32>
      return %y : tensor<?x4xi32>
    }
    ```
  }];
  let dependentDialects = ["arith::ArithDialect", "linalg::LinalgDialect",
                           "tensor::TensorDialect"];
}

def AnalyzeTimePass : Pass<"snn-analyze-time", "func::FuncOp"> {
  let summary = "Say what stands between each layer and parallel time";
  let description = [{
    Gives every op with a step, and every op that looks along time, a name and an
    entry in the report of the function: its verdict and the reason. The verdicts
    are

    | verdict | example |
    |---|---|
    | linear, constant A | leaky integrator, resonator, neuron without reset |
    | linear, A known before the loop | input-gated memory |
    | finite-state | refractory gate |
    | closed form | integrate-and-fire with reset by subtraction |
    | one spike per window | absolute refractory period, constant reset |
    | contracting, with resets | LIF with hard or soft reset |
    | opaque | adaptive threshold, ELM, KLIF |

    A state of a step region is linear where its next value is affine in linear
    states; the factors are constants, parameters, inputs or tables. With `remarks`
    the verdicts are remarks as well. Class A: nothing else changes.

    Before:

    ```mlir
    func.func @before(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %v, %vT = snn.li %x {decay = 0.5, snn.layer = "memory"} : tensor<?x?x4xf32>
      return %v : tensor<?x?x4xf32>
    }
    ```

    After:

    ```mlir
    func.func @after(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
        attributes {snn.report = [{
          class = "A", form = "loop", layer = "memory", op = "li",
          reason = "no spike feeds back; its factor is 0.5",
          verdict = "linear, constant A",
          why = "one step after the other is its meaning"} ]} {
      %v, %vT = snn.li %x {decay = 0.5, snn.layer = "memory"} : tensor<?x?x4xf32>
      return %v : tensor<?x?x4xf32>
    }
    ```
  }];
  let options = [
    Option<"remarks", "remarks", "bool", "false",
           "emit a remark for every state">,
    Option<"lanes", "lanes", "int64_t", "32",
           "neurons of a layer from which on it fills the lanes">,
  ];
}

def SpeculateTimePass : Pass<"snn-speculate-time", "func::FuncOp"> {
  let summary = "Run neurons that forget in chunks of time from guesses";
  let description = [{
    A neuron whose states shrink every difference between two pasts gets the
    schedule `speculate`: hard, soft or no reset. Two different pasts of it become
    the same floats after a while, so a chunk of time that starts from a guess, made
    by a few warm-up steps, most likely starts right; the lowering compares all
    ends with the guesses bit by bit and runs what was wrong again. The warm-up is
    `34 ln 2 / -ln(decay)` steps: a difference of 1 has then shrunk to 2^-34. Where
    the decay is a parameter it is found when the model runs.

    With few lanes (`lanes`, neurons of a layer) one step after the other leaves
    a processor idle; with more the loop is as fast. Neurons with a state that does
    not forget (decay 1, adaptive thresholds), that run backwards, or in the body
    of a recurrence, whose windows are short, are left. Class A.

    Before:

    ```mlir
    func.func @before(%x: tensor<?x?x1xf32>) -> tensor<?x?x1xf32> {
      %v, %vT = snn.li %x {decay = 0.5} : tensor<?x?x1xf32>
      return %v : tensor<?x?x1xf32>
    }
    ```

    After:

    ```mlir
    func.func @after(%x: tensor<?x?x1xf32>) -> tensor<?x?x1xf32>
        attributes {snn.report = [{
          done = "speculate: 34 steps of warm-up", form = "speculate",
          layer = "li0",
          why = "1 neurons do not fill the lanes, and it forgets"} ]} {
      %v, %vT = snn.neuron ins(%x : tensor<?x?x1xf32>)
          attributes {schedule = #snn.schedule<speculate, 34>,
                      snn.layer = "li0"} {
      ^bb0(%xt: f32, %v0: f32):
        %decay = arith.constant 5.000000e-01 : f32
        %0 = arith.mulf %decay, %v0 : f32
        %1 = arith.addf %0, %xt : f32
        snn.yield %1 : f32 state(%1 : f32)
      } -> (tensor<?x?x1xf32>) state(tensor<?x1xf32>)
      return %v : tensor<?x?x1xf32>
    }
    ```
  }];
  let options = [
    Option<"lanes", "lanes", "int64_t", "32",
           "neurons of a layer up to which chunks are worth it">,
    Option<"stepBytes", "step-bytes", "int64_t", "256",
           "bytes per step of a model from which on its windows are too short">,
    Option<"force", "force", "bool", "false", "whatever the number of neurons">,
  ];
  let dependentDialects = ["arith::ArithDialect"];
}

def ParallelizeTimePass : Pass<"snn-parallelize-time", "func::FuncOp"> {
  let summary = "Turn states that no spike feeds back to into scans";
  let description = [{
    - `strategy=scan`: a neuron whose states are all linear becomes an
      `snn.scan` that may compose its steps in any order (`associative`), and what
      it made of its states: `snn.fire`, a gate, or an `snn.neuron` without
      states. A neuron with other steps than that of a scan, or with coefficients
      that vary with time, gets the schedule `scan`. Class B: the state at the
      start of a chunk of T steps is summed in another order, which moves a state
      by at most `(2 log2(T) + 4) u sum |A|^k |x|`.
    - `strategy=conv`: a state with one real factor becomes an
      `snn.temporal_conv` over `taps` steps, whose kernel is the response of the
      memory to an impulse, and what is older comes through the state `taps`
      steps ago, `h[t] = (w * x)[t] + A^taps h[t - taps]`, an `snn.recurrent` whose
      span is the window: exact for any factor, 1 included. Where the factor is a
      constant with `|A|^taps / (1 - |A|) <= tolerance`, what is older is left out,
      with that bound, relative to the largest input. Class B.
    - `auto`: a scan where `lanes` neurons or fewer leave a processor idle and
      the state does not forget, so that it cannot be speculated; otherwise
      nothing. With `gpu`, whose scan reads its input once, also a state that
      forgets.

    With `gpu`, a neuron whose states are all linear is also run as a scan where its
    factors change with time, and where time runs in reverse.

    Partial parallelisation: where some states of a neuron are linear, they become
    a neuron of their own, and the others read what it makes. Under
    `numerics=exact` that is done only where the grid certificate says that no sum
    rounds, which makes it class A; a forced strategy is an error elsewhere.

    Before:

    ```mlir
    func.func @before(%x: tensor<?x?x1xf32>) -> tensor<?x?x1xf32> {
      %v, %vT = snn.li %x {decay = 1.0} : tensor<?x?x1xf32>
      return %v : tensor<?x?x1xf32>
    }
    ```

    After:

    ```mlir
    func.func @after(%x: tensor<?x?x1xf32>) -> tensor<?x?x1xf32>
        attributes {snn.report = [{
          bound = "(2 log2(T) + 4) u sum |A|^k |x|", class = "B",
          done = "parallelize: scan", form = "scan", layer = "li0",
          why = "the neurons do not fill the lanes, and it does not forget"} ]} {
      %h, %hT = snn.scan real (%x) {associative, snn.bound = {kind = "scan"},
          snn.layer = "li0"} : (tensor<?x?x1xf32>)
      return %h : tensor<?x?x1xf32>
    }
    ```
  }];
  let options = [
    Option<"strategy", "strategy", "std::string", "\"auto\"",
           "auto, scan or conv">,
    Option<"numerics", "numerics", "std::string", "\"bounded\"",
           "bounded, exact or fast">,
    Option<"lanes", "lanes", "int64_t", "4",
           "neurons of a layer up to which a scan is worth it">,
    Option<"gpu", "gpu", "bool", "false", "the code is for a GPU, too">,
    Option<"taps", "taps", "int64_t", "32", "steps of a convolution">,
    Option<"tolerance", "tolerance", "double", "9.5367431640625e-07",
           "largest relative error of a convolution that is cut off">,
  ];
  let dependentDialects = ["arith::ArithDialect", "linalg::LinalgDialect",
                           "tensor::TensorDialect", "SNNDialect"];
}

def PackSpikesPass : Pass<"snn-pack-spikes", "func::FuncOp"> {
  let summary = "Let spikes travel between layers as bits";
  let description = [{
    A sequence of spikes that a neuron, a threshold or a gate makes and that only
    synapses, gates, delays and packs read goes through `snn.pack` and
    `snn.unpack`: its maker writes words and its readers read words, an eighth of
    the bytes. A delay of packed spikes becomes a delay of words, with its history
    packed. Records may read the spikes beside. Spikes that another op reads, that
    another op makes, of fewer neurons than `least-neurons`, and in several
    dimensions of which the last has no whole words stay as they are.

    The same holds in the body of a recurrence, but for delays, and for spikes that
    feed back in an `snn.recurrent` of one span that is in no other: its history,
    and the output that is the same spikes, are words then.

    Canonicalization takes such pairs away again, so nothing canonicalizes a model
    after this pass. Class A.

    Before:

    ```mlir
    func.func @before(%u: tensor<?x?x64xf32>, %w: tensor<10x64xf32>)
        -> tensor<?x?x10xf32> {
      %s = snn.fire %u {threshold = 1.0} : tensor<?x?x64xf32>
      %y = snn.linear %s, %w : tensor<?x?x64xi1>, tensor<10x64xf32>
      return %y : tensor<?x?x10xf32>
    }
    ```

    After:

    ```mlir
    func.func @after(%u: tensor<?x?x64xf32>, %w: tensor<10x64xf32>)
        -> tensor<?x?x10xf32> {
      %s = snn.fire %u {threshold = 1.0} : tensor<?x?x64xf32>
      %words = snn.pack %s : tensor<?x?x64xi1>
      %bits = snn.unpack %words {neurons = 64} : tensor<?x?x2xi32>
      %y = snn.linear %bits, %w : tensor<?x?x64xi1>, tensor<10x64xf32>
      return %y : tensor<?x?x10xf32>
    }
    ```
  }];
  let options = [
    Option<"leastNeurons", "least-neurons", "int64_t", "32",
           "The fewest neurons of a row that are worth packing">,
  ];
}

def ChooseConvolutionPass
    : Pass<"snn-choose-convolution", "func::FuncOp"> {
  let summary = "Set the form of convolutions along time";
  let description = [{
    Sets the `form` of each `snn.temporal_conv` that has none: `fft` for kernels of
    `least-taps` or more over `least-neurons` or more, else `direct`; a kernel per
    step and one step of a period are always direct. A form of `fft` gets
    `snn.bound` with `kind = "fft"`: `coefficient` times the norms of the kernel
    and of a block of `block` inputs. Class A for `direct`, B for `fft`, which is
    not chosen under `exact` numerics or where `coefficient` is above `max-error`.

    Before:

    ```mlir
    func.func @before(%x: tensor<?x?x64xf32>, %w: tensor<784x64xf32>,
                      %v: tensor<32xf32>)
        -> (tensor<?x?x64xf32>, tensor<?x?x64xf32>) {
      %y, %h = snn.temporal_conv %x, %w : tensor<?x?x64xf32>, tensor<784x64xf32>
      %z, %g = snn.temporal_conv %x, %v : tensor<?x?x64xf32>, tensor<32xf32>
      return %y, %z : tensor<?x?x64xf32>, tensor<?x?x64xf32>
    }
    ```

    After:

    ```mlir
    func.func @after(%x: tensor<?x?x64xf32>, %w: tensor<784x64xf32>,
                     %v: tensor<32xf32>)
        -> (tensor<?x?x64xf32>, tensor<?x?x64xf32>) {
      %y, %h = snn.temporal_conv %x, %w
          {form = #snn.conv_form<fft>,
           snn.bound = {block = 2.048000e+03, coefficient = 5.9604644775390625E-6,
                        kind = "fft"}}
          : tensor<?x?x64xf32>, tensor<784x64xf32>
      %z, %g = snn.temporal_conv %x, %v {form = #snn.conv_form<direct>}
          : tensor<?x?x64xf32>, tensor<32xf32>
      return %y, %z : tensor<?x?x64xf32>, tensor<?x?x64xf32>
    }
    ```
  }];
  let options = [
    Option<"numerics", "numerics", "std::string", "\"bounded\"",
           "bounded, exact or fast">,
    Option<"form", "form", "std::string", "\"auto\"", "auto, direct or fft">,
    Option<"leastTaps", "least-taps", "int64_t", "256",
           "taps from which on a kernel is long">,
    Option<"leastNeurons", "least-neurons", "int64_t", "8",
           "neurons from which on a step fills the lanes">,
    Option<"maxError", "max-error", "double", "1.0",
           "the largest coefficient of a bound that is allowed">,
  ];
}

def BlockRecurrencePass : Pass<"snn-block-recurrence", "func::FuncOp"> {
  let summary = "Set how many steps of a recurrence run together";
  let description = [{
    Sets the `window` of each `snn.recurrent` that has none to its smallest span:
    nothing in a window needs the window's own feedback, so the recurrent product
    is one product with window * batch rows. Where what the body computes in so
    many steps of one element of the batch exceeds `window-bytes`, the span is cut
    into the fewest even parts that fit. With spans per source the window
    is their minimum, and columns with a longer one come from the history; taps
    that begin with zeros allow windows of 1 + their number. A span that is known
    when the model runs is its window then, and nothing is set.

    The number of steps is not known here: the last window of a run is as short as
    it must be. The window does not change the result. Class A.

    Before:

    ```mlir
    func.func @before(%x: tensor<?x?x8xf32>, %w: tensor<8x8xf32> {snn.param = "w"})
        -> tensor<?x?x8xi1> {
      %s, %vT, %hT = snn.recurrent ins(%x : tensor<?x?x8xf32>) skip 16 {
      ^bb0(%xw: tensor<?x?x8xf32>, %fb: tensor<?x?x8xi1>, %v: tensor<?x8xf32>):
        %r = snn.linear %fb, %w : tensor<?x?x8xi1>, tensor<8x8xf32>
        %i = arith.addf %xw, %r : tensor<?x?x8xf32>
        %z, %v1 = snn.lif %i init(%v : tensor<?x8xf32>)
            {decay = 0.5, threshold = 1.0} : tensor<?x?x8xf32>
        snn.yield %z : tensor<?x?x8xi1> feedback(%z : tensor<?x?x8xi1>)
            state(%v1 : tensor<?x8xf32>)
      } -> (tensor<?x?x8xi1>) state(tensor<?x8xf32>) history(tensor<16x?x8xi1>)
      return %s : tensor<?x?x8xi1>
    }
    ```

    After:

    ```mlir
    func.func @after(%x: tensor<?x?x8xf32>, %w: tensor<8x8xf32> {snn.param = "w"})
        -> tensor<?x?x8xi1> {
      %s, %vT, %hT = snn.recurrent ins(%x : tensor<?x?x8xf32>) skip 16
          attributes {window = 16 : i64} {
      ^bb0(%xw: tensor<?x?x8xf32>, %fb: tensor<?x?x8xi1>, %v: tensor<?x8xf32>):
        %r = snn.linear %fb, %w : tensor<?x?x8xi1>, tensor<8x8xf32>
        %i = arith.addf %xw, %r : tensor<?x?x8xf32>
        %z, %v1 = snn.lif %i init(%v : tensor<?x8xf32>)
            {decay = 0.5, threshold = 1.0} : tensor<?x?x8xf32>
        snn.yield %z : tensor<?x?x8xi1> feedback(%z : tensor<?x?x8xi1>)
            state(%v1 : tensor<?x8xf32>)
      } -> (tensor<?x?x8xi1>) state(tensor<?x8xf32>) history(tensor<16x?x8xi1>)
      return %s : tensor<?x?x8xi1>
    }
    ```
  }];
  let options = [
    Option<"window", "window", "int64_t", "0",
           "The most steps of a window; 0: as many as fit">,
    Option<"windowBytes", "window-bytes", "int64_t", "262144",
           "Bytes of a window of one element of the batch">,
  ];
}

def ChooseSynapsePass : Pass<"snn-choose-synapse", "func::FuncOp"> {
  let summary = "Set how synapses multiply spikes";
  let description = [{
    Sets the `form` of each `snn.linear` that reads spikes and has none: adaptive
    where there are `least-size` inputs and outputs or more, else by events. A
    block of rows is dense from `percent` of its inputs on, which is about where
    both forms take the same time (`tools/bench SYN` measures it). All forms give
    the same bits: class A.

    Before:

    ```mlir
    func.func @before(%s: tensor<?x?x64xi1>, %w: tensor<64x64xf32>,
                      %v: tensor<10x64xf32>)
        -> (tensor<?x?x64xf32>, tensor<?x?x10xf32>) {
      %y = snn.linear %s, %w : tensor<?x?x64xi1>, tensor<64x64xf32>
      %z = snn.linear %s, %v : tensor<?x?x64xi1>, tensor<10x64xf32>
      return %y, %z : tensor<?x?x64xf32>, tensor<?x?x10xf32>
    }
    ```

    After:

    ```mlir
    func.func @after(%s: tensor<?x?x64xi1>, %w: tensor<64x64xf32>,
                     %v: tensor<10x64xf32>)
        -> (tensor<?x?x64xf32>, tensor<?x?x10xf32>) {
      %y = snn.linear %s, %w {form = #snn.synapse<adaptive, 70>}
          : tensor<?x?x64xi1>, tensor<64x64xf32>
      %z = snn.linear %s, %v {form = #snn.synapse<event>}
          : tensor<?x?x64xi1>, tensor<10x64xf32>
      return %y, %z : tensor<?x?x64xf32>, tensor<?x?x10xf32>
    }
    ```
  }];
  let options = [
    Option<"form", "form", "std::string", "\"auto\"",
           "auto, event, dense or adaptive">,
    Option<"percent", "percent", "int64_t", "70",
           "the share of spikes from which on rows are dense">,
    Option<"leastSize", "least-size", "int64_t", "32",
           "the fewest inputs and outputs that are worth a choice">,
  ];
}

def ChooseLibraryPass : Pass<"snn-choose-library", "func::FuncOp"> {
  let summary = "Mark products that a library of the GPU may form";
  let description = [{
    Gives each `snn.linear` of `least-size` inputs and outputs or more, all f32 and
    not spikes, a `snn.bound` with `kind = "sum"`: its sums may have any order, so
    a GPU may form them by cuBLASLt, which `convert-snn-to-gpu` then asks first;
    processors form them as ever. Each output is off by at most `coefficient`,
    a roundoff for each term, times the sum of the terms' magnitudes: class B.
    Part of the pipeline for GPUs, unless numerics are exact.

    Before:

    ```mlir
    func.func @before(%x: tensor<?x?x64xf32>, %w: tensor<64x64xf32>)
        -> tensor<?x?x64xf32> {
      %y = snn.linear %x, %w : tensor<?x?x64xf32>, tensor<64x64xf32>
      return %y : tensor<?x?x64xf32>
    }
    ```

    After:

    ```mlir
    func.func @after(%x: tensor<?x?x64xf32>, %w: tensor<64x64xf32>)
        -> tensor<?x?x64xf32>
        attributes {snn.report = [{
          bound = "3.874302e-6 * (abs(w) * abs(x) + abs(bias))", class = "B",
          form = "product", layer = "linear0", op = "linear",
          why = "cuBLASLt on a GPU where it is there, else kernels; the same bits as ever on the CPU"} ]} {
      %y = snn.linear %x, %w
          {snn.bound = {coefficient = 3.8743019104003906E-6, kind = "sum"},
           snn.layer = "linear0"}
          : tensor<?x?x64xf32>, tensor<64x64xf32>
      return %y : tensor<?x?x64xf32>
    }
    ```
  }];
  let options = [
    Option<"leastSize", "least-size", "int64_t", "32",
           "the fewest inputs and outputs that are worth a call">,
  ];
}

def RecognizeRecurrencePass
    : Pass<"snn-recognize-recurrence", "func::FuncOp"> {
  let summary = "Turn convolutions with exponentials into scans";
  let description = [{
    A constant kernel `w[k] = sum of c a^k` of one or two real terms with abs(a) < 1
    or of one complex pair, `Re(c a^k)`, becomes a recurrence: `c` times an
    associative `snn.scan` of the input. Terms are found by linear prediction and
    least squares in f64, and taken where no tap differs by more than `tolerance`
    units of roundoff of the largest. The scan is given `x[t] - a^K x[t-K]`, which
    ends the kernel after its K taps, where what lies behind them is above a unit of
    roundoff of the kernel's sum. `snn.bound` with `kind = "recurrence"` has a
    `coefficient`: an output differs by at most that times `max(abs(x))`. It is
    not done where that is above `max-error` times a kernel's sum of magnitudes, as
    with abs(a) near 1, or for all neurons alike. Class B.

    The state becomes that of the recurrence, so a convolution is left alone if its
    initial state is given or its final state read: run this before
    `snn-expose-state`. Kernels per step and steps of a period are left alone too.

    Before:

    ```mlir
    func.func @before(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %w = arith.constant dense<[1.0, 0.5, 0.25, 0.125, 0.0625, 0.03125]>
          : tensor<6xf32>
      %y, %h = snn.temporal_conv %x, %w : tensor<?x?x4xf32>, tensor<6xf32>
      return %y : tensor<?x?x4xf32>
    }
    ```

    After:

    ```mlir
    #map = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
    func.func @after(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %late, %g = snn.delay %x by [6] : tensor<?x?x4xf32>
      %end = arith.constant 1.562500e-02 : f32
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %steps = tensor.dim %x, %c0 : tensor<?x?x4xf32>
      %batch = tensor.dim %x, %c1 : tensor<?x?x4xf32>
      %empty = tensor.empty(%steps, %batch) : tensor<?x?x4xf32>
      %ended = linalg.generic {indexing_maps = [#map, #map, #map],
          iterator_types = ["parallel", "parallel", "parallel"]}
          ins(%x, %late : tensor<?x?x4xf32>, tensor<?x?x4xf32>)
          outs(%empty : tensor<?x?x4xf32>) {
      ^bb0(%now: f32, %then: f32, %out: f32):
        %p = arith.mulf %then, %end : f32
        %d = arith.subf %now, %p : f32
        linalg.yield %d : f32
      } -> tensor<?x?x4xf32>
      %a = arith.constant 5.000000e-01 : f32
      %y, %h = snn.scan real (%ended) by (%a)
          {associative, snn.bound = {coefficient = 1.4711543917655946E-6,
                                     kind = "recurrence"}}
          : (tensor<?x?x4xf32>), (f32)
      return %y : tensor<?x?x4xf32>
    }
    ```
  }];
  let options = [
    Option<"numerics", "numerics", "std::string", "\"bounded\"",
           "bounded, exact or fast">,
    Option<"tolerance", "tolerance", "double", "4.0",
           "units of roundoff of the largest tap">,
    Option<"maxError", "max-error", "double", "1.0e-3",
           "the largest coefficient in units of the sum of a kernel's taps">,
  ];
  let dependentDialects = ["SNNDialect", "arith::ArithDialect",
                           "linalg::LinalgDialect", "tensor::TensorDialect"];
}

def SamplePhasePass : Pass<"snn-sample-phase", "func::FuncOp"> {
  let summary = "Compute a convolution only where a phase gate reads it";
  let description = [{
    An `snn.temporal_conv` whose output is read by nothing but phase gates of one
    period and phase, through `snn.fire` and elementwise ops of their own sequence,
    is computed at those steps alone. What is +0 elsewhere may make the candidates
    differ there, where the gate is shut. Recurrences have to run on and are left.
    Class A.

    Before:

    ```mlir
    func.func @before(%x: tensor<?x?x4xf32>, %w: tensor<8xf32>)
        -> tensor<?x?x4xi1> {
      %y, %h = snn.temporal_conv %x, %w : tensor<?x?x4xf32>, tensor<8xf32>
      %c = snn.fire %y {threshold = 1.0} : tensor<?x?x4xf32>
      %s = snn.refractory phase 4 %c {phase = 1} : tensor<?x?x4xi1>
      return %s : tensor<?x?x4xi1>
    }
    ```

    After:

    ```mlir
    func.func @after(%x: tensor<?x?x4xf32>, %w: tensor<8xf32>)
        -> tensor<?x?x4xi1> {
      %y, %h = snn.temporal_conv %x, %w {period = 4, phase = 1}
          : tensor<?x?x4xf32>, tensor<8xf32>
      %c = snn.fire %y {threshold = 1.0} : tensor<?x?x4xf32>
      %s = snn.refractory phase 4 %c {phase = 1} : tensor<?x?x4xi1>
      return %s : tensor<?x?x4xi1>
    }
    ```
  }];
}

def CloseFormsPass : Pass<"snn-close-forms", "func::FuncOp"> {
  let summary = "Compute spikes from a sum over time where a formula gives them";
  let description = [{
    With C the sum of a neuron's inputs up to a step, its initial potential
    included, and a constant threshold > 0:

    - no leak, and a spike subtracts the threshold: where no input is above the
      threshold, the spikes so far are the running maximum of
      `floor(C / threshold)`; of `ceil(C / threshold) - 1` where it fires above the
      threshold only.
    - no leak, and a spike leaves the remainder: where no input is negative, it
      fires where `floor(C / threshold)` grows.
    - a few-spikes neuron, which has no inputs and takes powers of two from its
      value, each half of the last: its spikes are the bits of
      `floor(value / last threshold)`, limited to as many.

    C is an associative `snn.scan`; what it is rounded to would decide spikes, so
    this is done only where C and the quotient are proven to round to nothing
    else: in integers that hold all sums, and in floats on a grid
    (`snn.grid`), both with a known initial potential and a static number of steps.
    Bounds of integers come from their types and from constant weights. Class A
    under every `numerics`; a neuron without proof is left, with the reason in
    `snn.report`. More than `lanes` neurons are left, too. It changes states, so
    it is for before `snn-expose-state`.

    Before:

    ```mlir
    func.func @before(%s: tensor<64x?x4xi1>) -> tensor<64x?x4xi1> {
      %x = arith.extui %s : tensor<64x?x4xi1> to tensor<64x?x4xi32>
      %z, %vT = snn.neuron ins(%x : tensor<64x?x4xi32>)
          attributes {snn.layer = "counter"} {
      ^bb0(%xt: i32, %v: i32):
        %three = arith.constant 3 : i32
        %u = arith.addi %v, %xt : i32
        %fires = arith.cmpi sge, %u, %three : i32
        %left = arith.subi %u, %three : i32
        %v1 = arith.select %fires, %left, %u : i32
        snn.yield %fires : i1 state(%v1 : i32)
      } -> (tensor<64x?x4xi1>) state(tensor<?x4xi32>)
      return %z : tensor<64x?x4xi1>
    }
    ```

    After:

    ```mlir
    func.func @after(%s: tensor<64x?x4xi1>) -> tensor<64x?x4xi1>
        attributes {snn.report = [{
          class = "A",
          done = "close-forms: running maximum of floor(sum over time / threshold)",
          form = "closed form", layer = "counter", op = "neuron",
          reason = "it does not leak, and a spike subtracts the threshold: for inputs below the threshold the spikes so far are the running maximum of floor(sum / threshold)",
          verdict = "closed form",
          why = "the neurons do not fill the lanes, and all numbers are exact"}, {
          class = "A", form = "scan", layer = "counter.sum", op = "scan",
          reason = "no spike feeds back; its factor is 1",
          verdict = "linear, constant A",
          why = "the neurons do not fill the lanes, and all numbers are exact"} ]} {
      %x = arith.extui %s : tensor<64x?x4xi1> to tensor<64x?x4xi32>
      %c, %cT = snn.scan real (%x) {associative, snn.layer = "counter.sum"}
          : (tensor<64x?x4xi32>)
      %z, %nT = snn.neuron ins(%x, %c : tensor<64x?x4xi32>, tensor<64x?x4xi32>)
          attributes {snn.layer = "counter"} {
      ^bb0(%xt: i32, %ct: i32, %n: i32):
        %three = arith.constant 3 : i32
        %q = arith.floordivsi %ct, %three : i32
        %n1 = arith.maxsi %n, %q : i32
        %fires = arith.cmpi sgt, %n1, %n : i32
        snn.yield %fires : i1 state(%n1 : i32)
      } -> (tensor<64x?x4xi1>) state(tensor<?x4xi32>)
      return %z : tensor<64x?x4xi1>
    }
    ```
  }];
  let options = [
    Option<"lanes", "lanes", "int64_t", "4",
           "neurons of a layer up to which a formula is worth it">,
  ];
  let dependentDialects = ["arith::ArithDialect", "linalg::LinalgDialect",
                           "math::MathDialect", "tensor::TensorDialect",
                           "SNNDialect"];
}

def WindowRefractoryPass : Pass<"snn-window-refractory", "func::FuncOp"> {
  let summary = "Run neurons with held potentials in windows of one spike";
  let description = [{
    A neuron whose counter holds its potential at a constant for R steps after a
    spike (`refractory = R, hold = state`, reset by value) fires at most once in
    R + 1 steps, and starts again from the constant exactly R + 1 steps after a
    spike. It becomes an `snn.recurrent skip R + 1` over its own spikes: in a
    window a free run without reset, which restarts where the neuron fired
    R + 1 steps ago, and an event gate, which lets the first crossing through and
    shuts off what the free run does while the neuron is held. No step of a window
    waits for a spike of that window. Steps that an initial count still holds keep
    the initial potential.

    In the body of a recurrence whose windows have R + 1 steps or fewer, the spikes
    become one feedback more of it. The same operations run in the same order:
    class A. Left alone, with the reason in `snn.report`: input or emission held,
    another reset, R = 0, other states, a potential that is an output.

    Before:

    ```mlir
    func.func @before(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xi1> {
      %s, %vT, %rT = snn.neuron ins(%x : tensor<?x?x4xf32>)
          attributes {snn.layer = "hidden"} {
      ^bb0(%xt: f32, %v: f32, %r: i32):
        %one = arith.constant 1.0 : f32
        %rest = arith.constant 0.5 : f32
        %zero = arith.constant 0 : i32
        %step = arith.constant 1 : i32
        %period = arith.constant 2 : i32
        %less = arith.subi %r, %step : i32
        %left = arith.maxsi %less, %zero : i32
        %holds = arith.cmpi sgt, %r, %zero : i32
        %free = arith.cmpi sle, %r, %zero : i32
        %sum = arith.addf %v, %xt : f32
        %u = arith.select %holds, %v, %sum : f32
        %crosses = arith.cmpf oge, %u, %one : f32
        %fires = arith.andi %crosses, %free : i1
        %v1 = arith.select %fires, %rest, %u : f32
        %r1 = arith.select %fires, %period, %left : i32
        snn.yield %fires : i1 state(%v1, %r1 : f32, i32)
      } -> (tensor<?x?x4xi1>) state(tensor<?x4xf32>, tensor<?x4xi32>)
      return %s : tensor<?x?x4xi1>
    }
    ```

    After, canonicalized:

    ```mlir
    func.func @after(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xi1>
        attributes {snn.report = [{
          done = "window-refractory: windows of 3 steps", layer = "hidden"} ]} {
      %s, %vT, %hT, %rT, %last = snn.recurrent ins(%x : tensor<?x?x4xf32>) skip 3
          attributes {snn.layer = "hidden"} {
      ^bb0(%xw: tensor<?x?x4xf32>, %before: tensor<?x?x4xi1>,
           %v: tensor<?x4xf32>, %h: tensor<?x4xi32>, %r: tensor<?x4xi32>):
        %c, %v1, %h1 = snn.neuron
            ins(%xw, %before : tensor<?x?x4xf32>, tensor<?x?x4xi1>)
            init(%v, %h : tensor<?x4xf32>, tensor<?x4xi32>) {
        ^bb0(%xt: f32, %restarts: i1, %vt: f32, %held: i32):
          %rest = arith.constant 0.5 : f32
          %zero = arith.constant 0 : i32
          %one = arith.constant 1.0 : f32
          %step = arith.constant 1 : i32
          %from = arith.select %restarts, %rest, %vt : f32
          %sum = arith.addf %from, %xt : f32
          %crosses = arith.cmpf oge, %sum, %one : f32
          %holds = arith.cmpi sgt, %held, %zero : i32
          %free = arith.cmpi sle, %held, %zero : i32
          %u = arith.select %holds, %vt, %sum : f32
          %fires = arith.andi %free, %crosses : i1
          %less = arith.subi %held, %step : i32
          %left = arith.maxsi %less, %zero : i32
          snn.yield %fires : i1 state(%u, %left : f32, i32)
        } -> (tensor<?x?x4xi1>) state(tensor<?x4xf32>, tensor<?x4xi32>)
        %z, %r1 = snn.refractory event 2 %c init(%r : tensor<?x4xi32>)
            : tensor<?x?x4xi1>
        snn.yield %z : tensor<?x?x4xi1> feedback(%z : tensor<?x?x4xi1>)
            state(%v1, %h1, %r1 : tensor<?x4xf32>, tensor<?x4xi32>, tensor<?x4xi32>)
      } -> (tensor<?x?x4xi1>)
        state(tensor<?x4xf32>, tensor<?x4xi32>, tensor<?x4xi32>)
        history(tensor<3x?x4xi1>)
      return %s : tensor<?x?x4xi1>
    }
    ```
  }];
  let dependentDialects = ["arith::ArithDialect", "linalg::LinalgDialect",
                           "tensor::TensorDialect", "SNNDialect"];
}

#endif // SNN_TRANSFORMS_PASSES_TD
