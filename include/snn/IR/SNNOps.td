//===- SNNOps.td - Every op of the snn dialect ---------------*- tablegen -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_IR_SNNOPS_TD
#define SNN_IR_SNNOPS_TD

include "mlir/IR/RegionKindInterface.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "snn/IR/SNNAttrs.td"
include "snn/IR/SNNInterfaces.td"

class SNN_Op<string mnemonic, list<Trait> traits = []>
    : Op<SNN_Dialect, mnemonic, traits>;

/// An op whose inference needs a few lines of C++ in SNNTypes.cpp. Unlike
/// upstream's InferTypeOpAdaptor, it sees attributes that were just parsed.
def SNN_InferredResults : NativeOpTrait<"InferredResults", [], [{
      static ::llvm::LogicalResult inferReturnTypes(
          ::mlir::MLIRContext *context, std::optional<::mlir::Location> loc,
          Adaptor op, ::llvm::SmallVectorImpl<::mlir::Type> &types);
    }], [{
      ::llvm::LogicalResult $cppClass::inferReturnTypes(
          ::mlir::MLIRContext *context, std::optional<::mlir::Location> loc,
          ::mlir::ValueRange operands, ::mlir::DictionaryAttr attributes,
          ::mlir::OpaqueProperties properties, ::mlir::RegionRange regions,
          ::llvm::SmallVectorImpl<::mlir::Type> &types) {
        return inferFrom<$cppClass>(context, loc, operands, attributes,
                                    properties, regions, types);
      }
    }]> {
  let cppNamespace = "::mlir::snn";
}
def SNN_Inferred : TraitList<[
    DeclareOpInterfaceMethods<InferTypeOpInterface>, SNN_InferredResults]>;
defvar SNN_Reified =
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                              ["reifyResultShapes"]>;

/// What every op on sequences implements.
class SNN_Sequence<list<string> methods = []>
    : DeclareOpInterfaceMethods<SNN_SequenceOpInterface, methods>;

/// Methods of an op with `init` operands that may be absent.
defvar SNN_StateMethods = ["getInitialStates", "setInitialStates",
                           "getFinalStates"];

def SNN_Neuron : DeclareOpInterfaceMethods<SNN_NeuronOpInterface>;
def SNN_GateNeuron
    : DeclareOpInterfaceMethods<SNN_NeuronOpInterface, ["hasStep"]>;
def SNN_ReversibleNeuron
    : DeclareOpInterfaceMethods<SNN_NeuronOpInterface,
                                  ["isReverse", "getStepSchedule"]>;

def SNN_Float : AnyTypeOf<[F16, BF16, F32, F64], "a float">;
def SNN_Floats : RankedTensorOf<[F16, BF16, F32, F64]>;
def SNN_Spikes : RankedTensorOf<[I1]>;
def SNN_Values : RankedTensorOf<[F16, BF16, F32, F64, AnySignlessInteger]>;
def SNN_Words : RankedTensorOf<[I32]>;
/// A parameter: one scalar for the layer, or one value per neuron.
def SNN_Param : AnyTypeOf<[SNN_Float, SNN_Floats], "a float or float tensor">;

//===----------------------------------------------------------------------===//
// Neurons
//===----------------------------------------------------------------------===//

def SNN_NeuronOp : SNN_Op<"neuron", [
    AttrSizedOperandSegments, AttrSizedResultSegments, RecursiveMemoryEffects,
    RecursivelySpeculatable, SingleBlockImplicitTerminator<"YieldOp">,
    SNN_Reified,
    SNN_Sequence<SNN_StateMethods # ["isCausal", "dependsOnPosition",
      "getPositionOperand", "setPositionOperand", "getMaxSteps",
      "isSequenceOperand", "isSequenceResult"]>]> {
  let summary = "Neuron: one scalar step, run over time";
  let description = [{
    ```
    (output[t], state[t]) = step(input[t], param, table[offset + t], state[t-1])
    ```

    elementwise over batch and neurons: the recurrence that every neuron of the
    literature is an instance of. The region is one step on scalars; it may hold
    any pure op on scalars and executes as written.

    - `ins`: sequences `T x B x N...`.
    - `params`: constant in time: a scalar, `tensor<f>`, or `N...` per neuron.
    - `tables`: one value per step of absolute time: `L` or `L x N...`. Step t
      reads row `offset + t`; a run past the end of a table is an error.
      Without `ins`, a neuron runs for as many steps as its tables have.
    - `init`: states `B x N...` before step 0; all zero where absent.
    - `reverse`: time runs from the last step to the first; the final state is
      the one after step 0. Such a model is not causal.
    - `offset`: absolute time of step 0 for the tables, 0 where absent.

    - `schedule`: how time is run, `#snn.schedule<loop>` where absent. Passes
      choose it.

    Without `ins`, `init` must be present, for it gives the batch.

    Example:

    ```mlir
    // An adaptive threshold: a spike raises it, and it decays back.
    func.func @alif(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xi1> {
      %z, %vT, %aT = snn.neuron ins(%x : tensor<?x?x4xf32>) {
      ^bb0(%xt: f32, %v: f32, %a: f32):
        %beta = arith.constant 0.875 : f32
        %rho = arith.constant 0.96875 : f32
        %one = arith.constant 1.0 : f32
        %decayed = arith.mulf %beta, %v : f32
        %u = arith.addf %decayed, %xt : f32
        %threshold = arith.addf %a, %one : f32
        %s = snn.fire %u, %threshold : f32
        %left = arith.subf %u, %threshold : f32
        %v1 = arith.select %s, %left, %u : f32
        %old = arith.mulf %rho, %a : f32
        %raised = arith.addf %old, %one : f32
        %a1 = arith.select %s, %raised, %old : f32
        snn.yield %s : i1 state(%v1, %a1 : f32, f32)
      } -> (tensor<?x?x4xi1>) state(tensor<?x4xf32>, tensor<?x4xf32>)
      return %z : tensor<?x?x4xi1>
    }
    ```
  }];
  let arguments = (ins Variadic<SNN_Values>:$inputs, Variadic<AnyType>:$params,
                       Variadic<SNN_Values>:$tables,
                       Variadic<SNN_Values>:$inits, Optional<I64>:$offset,
                       UnitAttr:$reverse,
                       OptionalAttr<SNN_ScheduleAttr>:$schedule);
  let results = (outs Variadic<SNN_Values>:$outputs,
                      Variadic<SNN_Values>:$finals);
  let regions = (region SizedRegion<1>:$step);
  let assemblyFormat = [{
    (`reverse` $reverse^)?
    (`ins` `(` $inputs^ `:` type($inputs) `)`)?
    (`params` `(` $params^ `:` type($params) `)`)?
    (`tables` `(` $tables^ `:` type($tables) `)`)?
    (`init` `(` $inits^ `:` type($inits) `)`)?
    (`offset` `(` $offset^ `)`)?
    attr-dict-with-keyword $step
    (`->` `(` type($outputs)^ `)`)? (`state` `(` type($finals)^ `)`)?
  }];
  let extraClassDeclaration = [{
    YieldOp getYield();
    /// Region arguments: inputs, params, tables, states, in this order.
    ::mlir::Block::BlockArgListType getStateArguments();
    /// Neuron dimensions (those after time and batch).
    ::llvm::ArrayRef<int64_t> getNeuronShape();
    int64_t getNumStates() { return getFinals().size(); }
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

def SNN_LIFOp : SNN_Op<"lif", [Pure, AttrSizedOperandSegments, SNN_Inferred,
    SNN_Reified, SNN_Neuron, SNN_Sequence<SNN_StateMethods # ["isSequenceResult"]>]> {
  let summary = "Leaky integrate-and-fire neuron";
  let description = [{
    ```
    u = decay * v + i          i = x, or (1 - decay) * x with `decay_input`
    s = [u >= threshold]       or [u > threshold] with `compare = #snn.compare<gt>`
    v = reset(u) if s else u   see `reset` and `reset_time`
    ```

    `1 - decay` of an attribute is computed in f64 and rounded once; that of an
    operand is a subtraction in the type of the state.

    Every product and sum rounds on its own. `decay = 1` is the integrate-and-
    fire neuron. Decay and threshold are attributes, or operands: one value for
    the layer, or one per neuron; they are rounded once to the type of the state.
    f16 and bf16 sequences keep f32 states.

    `refractory = R > 0` adds a counter (a second state, i32) that a spike sets to
    R; `hold` says what it holds back, `counter_test` when it is tested.
    `potential` adds the potential as a second output. A threshold <= 0 fires at
    rest and needs `allow_nonpositive_threshold`.

    The results are the spikes, the potential if asked for, and the final
    states: potential, and counter if there is one.

    Source: the discrete LIF of papers 2 and 13 (SRC-SNN: decay 0.5, soft reset);
    SpikingJelly compares with `ge`, snnTorch and Norse with `gt`.

    Example:

    ```mlir
    func.func @lif(%x: tensor<?x?x8xf32>, %v0: tensor<?x8xf32>)
        -> (tensor<?x?x8xi1>, tensor<?x8xf32>) {
      %s, %v = snn.lif %x init(%v0 : tensor<?x8xf32>)
          {decay = 0.5, threshold = 1.0, reset = #snn.reset<subtract>}
          : tensor<?x?x8xf32>
      return %s, %v : tensor<?x?x8xi1>, tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins SNN_Floats:$input, Optional<SNN_Param>:$decays,
    Optional<SNN_Param>:$thresholds, Variadic<SNN_Values>:$inits,
    OptionalAttr<F64Attr>:$decay, OptionalAttr<F64Attr>:$threshold,
    DefaultValuedAttr<SNN_ResetAttr,
      "ResetKind::Value">:$reset,
    DefaultValuedAttr<SNN_ResetTimeAttr, "ResetTime::Same">:$reset_time,
    DefaultValuedAttr<SNN_CompareAttr, "Compare::Ge">:$compare,
    UnitAttr:$decay_input, DefaultValuedAttr<I64Attr, "0">:$refractory,
    DefaultValuedAttr<SNN_HoldAttr, "Hold::Emission">:$hold,
    DefaultValuedAttr<SNN_CounterTestAttr, "CounterTest::Before">:$counter_test,
    DefaultValuedAttr<SNN_PotentialAttr, "Potential::None">:$potential,
    OptionalAttr<SNN_SurrogateAttr>:$surrogate,
    UnitAttr:$allow_nonpositive_threshold);
  let results = (outs SNN_Spikes:$spikes, Variadic<SNN_Values>:$rest);
  let assemblyFormat = [{
    $input (`decay` `(` $decays^ `:` type($decays) `)`)?
    (`threshold` `(` $thresholds^ `:` type($thresholds) `)`)?
    (`init` `(` $inits^ `:` type($inits) `)`)? attr-dict `:` type($input)
  }];
  let hasVerifier = 1;
}

def SNN_LIOp : SNN_Op<"li", [Pure, AttrSizedOperandSegments, SNN_Inferred,
    SNN_Reified, SNN_Neuron, SNN_Sequence<SNN_StateMethods>]> {
  let summary = "Leaky integrator";
  let description = [{
    `v = decay * v + i`, `i = x`, or `(1 - decay) * x` with `decay_input`; the
    output is v after each step. Every product and sum rounds on its own.
    `decay = 1` is a sum over time.

    Example:

    ```mlir
    func.func @li(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
      %v, %vT = snn.li %x {decay = 0.9} : tensor<?x?x8xf32>
      return %v : tensor<?x?x8xf32>
    }
    ```
  }];
  let arguments = (ins SNN_Floats:$input, Optional<SNN_Param>:$decays,
    Variadic<SNN_Values>:$inits, OptionalAttr<F64Attr>:$decay,
    UnitAttr:$decay_input);
  let results = (outs SNN_Floats:$output, Variadic<SNN_Values>:$rest);
  let assemblyFormat = [{
    $input (`decay` `(` $decays^ `:` type($decays) `)`)?
    (`init` `(` $inits^ `:` type($inits) `)`)? attr-dict `:` type($input)
  }];
  let hasVerifier = 1;
}

def SNN_CubaLIFOp : SNN_Op<"cuba_lif", [Pure, AttrSizedOperandSegments,
    SNN_Inferred, SNN_Reified, SNN_Neuron, SNN_Sequence<SNN_StateMethods>]> {
  let summary = "Current-based leaky integrate-and-fire neuron";
  let description = [{
    ```
    c' = synapse_decay * c + x
    u  = decay * v + c'        c (before the update) with `current = #snn.current<old>`
    s  = [u >= threshold]
    v' = reset(u) if s else u
    ```

    States are v, then c. Attributes as in `snn.lif`.

    Example:

    ```mlir
    func.func @cuba(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xi1> {
      %s, %v, %c = snn.cuba_lif %x
          {synapse_decay = 0.75, decay = 0.9, threshold = 1.0,
           reset = #snn.reset<value, 0.0>} : tensor<?x?x8xf32>
      return %s : tensor<?x?x8xi1>
    }
    ```
  }];
  let arguments = (ins SNN_Floats:$input, Optional<SNN_Param>:$synapse_decays,
    Optional<SNN_Param>:$decays, Optional<SNN_Param>:$thresholds,
    Variadic<SNN_Values>:$inits, OptionalAttr<F64Attr>:$synapse_decay,
    OptionalAttr<F64Attr>:$decay, OptionalAttr<F64Attr>:$threshold,
    DefaultValuedAttr<SNN_ResetAttr,
      "ResetKind::Value">:$reset,
    DefaultValuedAttr<SNN_ResetTimeAttr, "ResetTime::Same">:$reset_time,
    DefaultValuedAttr<SNN_CompareAttr, "Compare::Ge">:$compare,
    DefaultValuedAttr<SNN_CurrentAttr, "Current::New">:$current,
    OptionalAttr<SNN_SurrogateAttr>:$surrogate,
    UnitAttr:$allow_nonpositive_threshold);
  let results = (outs SNN_Spikes:$spikes, Variadic<SNN_Values>:$rest);
  let assemblyFormat = [{
    $input (`synapse_decay` `(` $synapse_decays^ `:` type($synapse_decays) `)`)?
    (`decay` `(` $decays^ `:` type($decays) `)`)?
    (`threshold` `(` $thresholds^ `:` type($thresholds) `)`)?
    (`init` `(` $inits^ `:` type($inits) `)`)? attr-dict `:` type($input)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Spikes
//===----------------------------------------------------------------------===//

def SNN_FireOp : SNN_Op<"fire", [Pure, SNN_Inferred,
    SNN_Sequence<["isSequenceOperand"]>]> {
  let summary = "Threshold: a spike where a potential reaches it";
  let description = [{
    `s = [u >= threshold]`, or `[u > threshold]` with
    `compare = #snn.compare<gt>`; elementwise on a scalar or a tensor of any
    shape. The threshold is an attribute, or an operand: a scalar, or a tensor
    whose shape is that of the trailing dimensions of u. NaN never fires; integers
    compare with their sign.

    Example:

    ```mlir
    func.func @fire(%u: tensor<?x?x8xf32>) -> tensor<?x?x8xi1> {
      %s = snn.fire %u {threshold = 1.0,
                        surrogate = #snn.surrogate<atan, 2.0>}
          : tensor<?x?x8xf32>
      return %s : tensor<?x?x8xi1>
    }
    ```
  }];
  let arguments = (ins AnyType:$input, Optional<AnyType>:$thresholds,
    OptionalAttr<F64Attr>:$threshold,
    DefaultValuedAttr<SNN_CompareAttr, "Compare::Ge">:$compare,
    OptionalAttr<SNN_SurrogateAttr>:$surrogate);
  let results = (outs AnyType:$spikes);
  let assemblyFormat = [{
    $input (`,` $thresholds^)? attr-dict `:` custom<FireTypes>(type($input),
      ref($thresholds), type($thresholds))
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def SNN_RefractoryOp : SNN_Op<"refractory", [Pure, AttrSizedOperandSegments,
    SNN_Inferred, SNN_Reified, SNN_GateNeuron,
    SNN_Sequence<SNN_StateMethods # ["dependsOnPosition", "getPositionOperand",
                                     "setPositionOperand"]>]> {
  let summary = "Refractory gate: thins a train of candidate spikes";
  let description = [{
    With candidates c and period R or P,

    ```
    event:   s[t] = c[t] and no s in t-R .. t-1     an emitted spike silences
    window:  s[t] = c[t] and no c in t-R .. t-1     a candidate silences
    phase:   s[t] = c[t] and (offset + t) mod P = phase
    ```

    The three are different functions. `event` and `window` have one state of
    i32: the number of steps that stay silent. `event` and `window` with R = 0
    are the identity, once that number is 0; `phase` has no state and takes an `offset`, the absolute
    time of its step 0.

    Source: the three readings of the fixed refractory period (arXiv 2504.17751).

    Example:

    ```mlir
    func.func @gate(%c: tensor<?x?x8xi1>) -> tensor<?x?x8xi1> {
      %s, %r = snn.refractory event 4 %c : tensor<?x?x8xi1>
      %p = snn.refractory phase 8 %s {phase = 3} : tensor<?x?x8xi1>
      return %p : tensor<?x?x8xi1>
    }
    ```
  }];
  let arguments = (ins SNN_Spikes:$input, Variadic<SNN_Values>:$inits,
    Optional<I64>:$offset, SNN_RefractoryKindAttr:$kind, I64Attr:$period,
    DefaultValuedAttr<I64Attr, "0">:$phase);
  let results = (outs SNN_Spikes:$spikes, Variadic<SNN_Values>:$rest);
  let assemblyFormat = [{
    custom<Keyword>($kind) $period $input
    (`init` `(` $inits^ `:` type($inits) `)`)? (`offset` `(` $offset^ `)`)?
    attr-dict `:` type($input)
  }];
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

def SNN_SampleOp : SNN_Op<"sample", [Pure, AttrSizedOperandSegments,
    SNN_Inferred, SNN_Reified, SNN_Sequence<["dependsOnPosition",
      "getPositionOperand", "setPositionOperand"]>]> {
  let summary = "Bernoulli spike with a given probability";
  let description = [{
    ```
    w = Philox4x32-10(counter = (n, offset + t low, offset + t high, batch + b),
                      key = (seed + id * 0x9E3779B97F4A7C15) mod 2^64)[0]
    s[t,b,n] = (w >> 8) * 2^-24 < p[t,b,n]
    ```

    n is the row-major index of the neuron; the comparison is made in f32 (f64
    for f64 probabilities). The numbers depend on `seed`, `id`, time, batch index
    and neuron alone, not on how the run is cut or how many threads run it.
    `offset` and `batch` are 0 where absent; a compiled model adds its own to
    them. Two samplers with the same `id` draw the same numbers. p <= 0 and NaN never fire,
    p >= 1 always does.

    Source: Salmon et al., Parallel random numbers: as easy as 1, 2, 3, SC 2011.

    Example:

    ```mlir
    func.func @sample(%p: tensor<?x?x8xf32>) -> tensor<?x?x8xi1> {
      %s = snn.sample %p {seed = 7, id = 0} : tensor<?x?x8xf32>
      return %s : tensor<?x?x8xi1>
    }
    ```
  }];
  let arguments = (ins SNN_Floats:$input, Optional<I64>:$offset,
    Optional<I64>:$batch, DefaultValuedAttr<I64Attr, "0">:$seed, I64Attr:$id);
  let results = (outs SNN_Spikes:$spikes);
  let assemblyFormat = [{
    $input (`offset` `(` $offset^ `)`)? (`batch` `(` $batch^ `)`)? attr-dict
    `:` type($input)
  }];
  let hasVerifier = 1;
}

def SNN_PackOp : SNN_Op<"pack", [Pure, SNN_Inferred, SNN_Reified,
    SNN_Sequence<>]> {
  let summary = "Spikes as bits of 32-bit words";
  let description = [{
    Bit i of word w is neuron 32 w + i along the last dimension; unused bits of
    the last word are zero.

    Example:

    ```mlir
    func.func @pack(%s: tensor<?x?x40xi1>) -> tensor<?x?x2xi32> {
      %w = snn.pack %s : tensor<?x?x40xi1>
      return %w : tensor<?x?x2xi32>
    }
    ```
  }];
  let arguments = (ins SNN_Spikes:$input);
  let results = (outs SNN_Words:$words);
  let assemblyFormat = "$input attr-dict `:` type($input)";
}

def SNN_UnpackOp : SNN_Op<"unpack", [Pure, SNN_Inferred, SNN_Reified,
    SNN_Sequence<>]> {
  let summary = "Bits of 32-bit words as spikes";
  let description = [{
    The inverse of `snn.pack`; `neurons` is the size of the last dimension.

    Example:

    ```mlir
    func.func @unpack(%w: tensor<?x?x2xi32>) -> tensor<?x?x40xi1> {
      %s = snn.unpack %w {neurons = 40} : tensor<?x?x2xi32>
      return %s : tensor<?x?x40xi1>
    }
    ```
  }];
  let arguments = (ins SNN_Words:$input, I64Attr:$neurons);
  let results = (outs SNN_Spikes:$spikes);
  let assemblyFormat = "$input attr-dict `:` type($input)";
  let hasCanonicalizeMethod = 1;
}

//===----------------------------------------------------------------------===//
// Linear maps along time
//===----------------------------------------------------------------------===//

def SNN_ScanOp : SNN_Op<"scan", [Pure, AttrSizedOperandSegments, SNN_Inferred,
    SNN_Reified, SNN_ReversibleNeuron, SNN_Sequence<SNN_StateMethods #
      ["isCausal", "isSequenceOperand", "isSequenceResult"]>]> {
  let summary = "Linear recurrence";
  let description = [{
    `h[t] = A[t] h[t-1] + x[t]` for each batch element and neuron. The state has
    m components, each a tensor of its own:

    | kind | m | coefficients | step, each operation rounded |
    |---|---|---|---|
    | `real` | 1 | a | `a * h + x` |
    | `complex` | 2 | re, im | `(re * h0 - im * h1) + x0`, `(re * h1 + im * h0) + x1` |
    | `dense` | any | m * m, row major | `((A_i0 * h0 + A_i1 * h1) + ...) + x_i` |

    A coefficient is a scalar, one value per neuron (`N...`), or a sequence
    (`T x B x N...`: time-varying). There may be fewer inputs than components:
    the others receive nothing. `A = 1` is a sum over time, with no product.
    With `reverse`, `h[t] = A[t] h[t+1] + x[t]`. With `associative`, the maps of
    steps may be composed in any order (class B); passes set it.

    The results are the m sequences h, then the m final states.

    Example:

    ```mlir
    // Resonate-and-fire memory: the real part goes on to a threshold.
    func.func @resonator(%x: tensor<?x?x8xf32>,
                         %re: tensor<8xf32> {snn.param = "re"},
                         %im: tensor<8xf32> {snn.param = "im"})
        -> tensor<?x?x8xf32> {
      %h:4 = snn.scan complex (%x) by (%re, %im)
          : (tensor<?x?x8xf32>), (tensor<8xf32>, tensor<8xf32>)
      return %h#0 : tensor<?x?x8xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<SNN_Values>:$inputs,
    Variadic<AnyType>:$coefficients, Variadic<SNN_Values>:$inits,
    SNN_ScanKindAttr:$kind, UnitAttr:$reverse, UnitAttr:$associative);
  let results = (outs Variadic<SNN_Values>:$components);
  let assemblyFormat = [{
    custom<Keyword>($kind) (`reverse` $reverse^)? `(` $inputs `)`
    (`by` `(` $coefficients^ `)`)?
    (`init` `(` $inits^ `:` type($inits) `)`)? attr-dict
    `:` `(` type($inputs) `)` (`,` `(` type($coefficients)^ `)`)?
  }];
  let extraClassDeclaration = [{
    /// Number of components m of the state.
    int64_t getNumComponents();
  }];
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

def SNN_TemporalConvOp : SNN_Op<"temporal_conv", [Pure,
    AttrSizedOperandSegments, SNN_Inferred, SNN_Reified,
    SNN_Sequence<SNN_StateMethods # ["isCausal", "dependsOnPosition",
      "getPositionOperand", "setPositionOperand", "getMaxSteps"]>]> {
  let summary = "Causal convolution along time";
  let description = [{
    `y[t,b,n] = sum over k of w[k,n] x[t-k,b,n]`, oldest step first: one
    accumulator started at +0, k from K-1 down to 0, one fused multiply-add each.

    The kernel is `K` (shared), `K x N...` (per neuron), or, with `per_step`,
    `L x K` (row `offset + t` is the kernel of step t: a band of a T x T matrix,
    as masked PSN has; L must cover the run). The state is the last K - 1 inputs,
    `(K-1) x B x N...`, oldest first. f16 and bf16 accumulate in f32.
    With `reverse`, `y[t] = sum of w[k] x[t+k]` in the same order of k, and the
    state is the K - 1 steps after the last, in their order. `form` is how it is
    computed, `#snn.conv_form<direct>` where absent; passes choose it.

    With `period` P and `phase`, only steps with `(offset + t) mod P = phase` are
    computed; the others are +0. That is all a phase gate reads.

    `#snn.conv_form<fft>` multiplies the spectra of blocks of `n` inputs, of which
    each gives the outputs of `n - K + 1` steps; `n` is the least power of two of
    at least 2 K and 16. An output differs from the exact sum by at most
    `snn.bound`'s `coefficient * norm2(w) * norm2(x)`, x being the `n` inputs of
    its block: `(12 + 8 log2(n)) u`, with u the unit roundoff of the accumulator,
    before it is rounded to f16 or bf16. Short runs may be direct. Inputs are finite: a NaN reaches its whole block.

    Example:

    ```mlir
    func.func @fir(%x: tensor<?x?x8xf32>, %w: tensor<32xf32> {snn.param = "w"})
        -> tensor<?x?x8xf32> {
      %y, %h = snn.temporal_conv %x, %w : tensor<?x?x8xf32>, tensor<32xf32>
      return %y : tensor<?x?x8xf32>
    }
    ```
  }];
  let arguments = (ins SNN_Floats:$input, SNN_Floats:$kernel,
    Variadic<SNN_Values>:$inits, Optional<I64>:$offset, UnitAttr:$per_step,
    UnitAttr:$reverse, OptionalAttr<I64Attr>:$period,
    OptionalAttr<I64Attr>:$phase, OptionalAttr<SNN_ConvFormAttr>:$form);
  let results = (outs SNN_Floats:$output, Variadic<SNN_Values>:$rest);
  let assemblyFormat = [{
    (`reverse` $reverse^)? $input `,` $kernel
    (`init` `(` $inits^ `:` type($inits) `)`)? (`offset` `(` $offset^ `)`)?
    attr-dict `:` type($input) `,` type($kernel)
  }];
  let extraClassDeclaration = [{
    int64_t getNumTaps();
    /// Inputs of a block of the form `fft`.
    int64_t getBlockSize();
    bool isFFT() { return getForm() == ConvForm::FFT; }
  }];
  let hasVerifier = 1;
}

def SNN_DelayOp : SNN_Op<"delay", [Pure, SNN_Inferred, SNN_Reified,
    SNN_Sequence<SNN_StateMethods # ["isCausal"]>]> {
  let summary = "Delay in steps";
  let description = [{
    ```
    layer:    y[t,b,n...] = x[t-d,b,n...]          by [d]
    source:   y[t,b,n]    = x[t-d[n],b,n]          by [d0, d1, ...] per_source
    groups:   y[t,b,g,n...] = x[t-d[g],b,n...]     by [d0, d1, ...] groups
    ```

    Delays are >= 0 (a feed-forward delay of 0 is the input itself). The state is
    the last D = max(d) inputs, `D x B x N...`, oldest first, zero where absent;
    D = 0 has none. The `groups` form is read by an `snn.linear` over (g, n).
    With `reverse`, `y[t] = x[t+d]` and the state is the D steps after the last.

    Example:

    ```mlir
    func.func @delay(%s: tensor<?x?x3xi1>) -> tensor<?x?x2x3xi1> {
      %d, %h = snn.delay %s by [3, 0, 7] per_source : tensor<?x?x3xi1>
      %e, %g = snn.delay %d by [1, 5] groups : tensor<?x?x3xi1>
      return %e : tensor<?x?x2x3xi1>
    }
    ```
  }];
  let arguments = (ins SNN_Values:$input, Variadic<SNN_Values>:$inits,
    DenseI64ArrayAttr:$delays, UnitAttr:$per_source, UnitAttr:$groups,
    UnitAttr:$reverse);
  let results = (outs SNN_Values:$output, Variadic<SNN_Values>:$rest);
  let assemblyFormat = [{
    (`reverse` $reverse^)? $input `by` $delays (`per_source` $per_source^)?
    (`groups` $groups^)? (`init` `(` $inits^ `:` type($inits) `)`)? attr-dict
    `:` type($input)
  }];
  let extraClassDeclaration = [{
    /// Steps of history, the largest delay.
    int64_t getHistory();
  }];
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

def SNN_RecurrentOp : SNN_Op<"recurrent", [AttrSizedOperandSegments,
    AttrSizedResultSegments, RecursiveMemoryEffects,
    SingleBlockImplicitTerminator<"YieldOp">, SNN_Reified,
    SNN_Sequence<SNN_StateMethods # ["isCausal", "dependsOnPosition",
      "getPositionOperand", "setPositionOperand", "isSequenceOperand",
      "isSequenceResult"]>]> {
  let summary = "Feedback over a span of steps: a program on a window of time";
  let description = [{
    ```
    (output, feedback, state) = body(input, feedback delayed by its span, state)
    ```

    The region takes a window of w steps (1 <= w <= the smallest span) of the
    inputs, of each feedback already delayed by its span, and the states; it
    yields the window's outputs, feedback and next states, using the same ops on
    sequences as everywhere else. Nothing inside a window depends on the window's
    own feedback, so the product with a recurrent matrix is one product with
    w * batch rows, by construction. Vanilla recurrence is `skip 1`.

    One span for each feedback, separated by commas:

    - `skip 16`: `fb[t] = z[t-16]`.
    - `skip [3, 5, 4]`: per source: `fb[t,b,n] = z[t-d[n],b,n]` (last dimension).
    - `skip upto 41 (%span : i64)`: a span in 1 to 41 known at run time; a value
      outside is clamped to that range.
    - `skip taps (%p : tensor<41xf32>)`: `fb[t] = sum over k of p[k-1] z[t-k]`,
      k = 1 to K, one accumulator started at +0, one fused multiply-add each, a
      silent spike contributing nothing; the body sees the type of p. Constant
      taps of spikes that begin with m zeros allow windows of 1 + m steps, others
      of 1. `{snn.softmax}` claims that all taps are shares: constant ones that
      are negative, or whose sum is not 1 (to 0.001, of bf16 to 0.0078), are an
      error.

    Region arguments: input windows, delayed feedbacks, states, and the absolute
    time of the window's first step (i64) if `position` is given. Every sequence
    that the body reads comes through `ins`; captured values carry no time. A body
    whose result would depend on the window is rejected: an op that is not causal,
    or a stateful op whose initial state is not a state argument or whose final
    state is not yielded for that argument.

    Histories (`span x B x N...`, the last steps of each feedback, oldest first)
    and states are zero where absent; both are returned. With `reverse`, time runs
    from the last step to the first, also for the ops of the body, and a history
    holds the steps after the last, in their order.

    `window` is the number of steps that are run together, at most the smallest
    span; where absent, that span. The result does not depend on it.

    Source: SRC-SNN and ASRC-SNN, arXiv 2505.11455; DelRec for per-source spans.

    Example:

    ```mlir
    func.func @src(%x: tensor<?x?x8xf32>, %w: tensor<8x8xf32> {snn.param = "w"})
        -> tensor<?x?x8xi1> {
      %s, %vT, %hT = snn.recurrent ins(%x : tensor<?x?x8xf32>) skip 16 {
      ^bb0(%xw: tensor<?x?x8xf32>, %fb: tensor<?x?x8xi1>, %v: tensor<?x8xf32>):
        %r = snn.linear %fb, %w : tensor<?x?x8xi1>, tensor<8x8xf32>
        %i = arith.addf %xw, %r : tensor<?x?x8xf32>
        %z, %v1 = snn.lif %i init(%v : tensor<?x8xf32>)
            {decay = 0.5, threshold = 1.0, reset = #snn.reset<subtract>}
            : tensor<?x?x8xf32>
        snn.yield %z : tensor<?x?x8xi1> feedback(%z : tensor<?x?x8xi1>)
            state(%v1 : tensor<?x8xf32>)
      } -> (tensor<?x?x8xi1>) state(tensor<?x8xf32>)
        history(tensor<16x?x8xi1>)
      return %s : tensor<?x?x8xi1>
    }
    ```
  }];
  let arguments = (ins Variadic<SNN_Values>:$inputs, Variadic<AnyType>:$spans,
    Variadic<SNN_Values>:$inits, Variadic<SNN_Values>:$histories,
    Optional<I64>:$position, SNN_SpanArrayAttr:$skip, UnitAttr:$reverse,
    OptionalAttr<I64Attr>:$window);
  let results = (outs Variadic<SNN_Values>:$outputs,
    Variadic<SNN_Values>:$finals, Variadic<SNN_Values>:$final_histories);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    (`reverse` $reverse^)?
    `ins` `(` $inputs `:` type($inputs) `)`
    custom<Spans>($skip, $spans, type($spans))
    (`state` `(` $inits^ `:` type($inits) `)`)?
    (`history` `(` $histories^ `:` type($histories) `)`)?
    (`position` `(` $position^ `)`)?
    attr-dict-with-keyword $body
    (`->` `(` type($outputs)^ `)`)? (`state` `(` type($finals)^ `)`)?
    (`history` `(` type($final_histories)^ `)`)?
  }];
  let extraClassDeclaration = [{
    YieldOp getYield();
    ::llvm::SmallVector<SpanAttr> getSpanAttrs();
    int64_t getNumFeedbacks() { return getSkip().size(); }
    /// The operand of feedback `i` (taps or span); null where it has none.
    ::mlir::Value getSpanOperand(int64_t i);
    ::mlir::Block::BlockArgListType getInputArguments();
    ::mlir::Block::BlockArgListType getFeedbackArguments();
    ::mlir::Block::BlockArgListType getStateArguments();
    /// The window's absolute time; null without `position`.
    ::mlir::Value getPositionArgument();
    /// The longest window that span `i` allows (1 where it is known at run time).
    int64_t getLongestWindow(int64_t i);
    /// The longest window that every span allows.
    int64_t getLongestWindow();
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let hasCanonicalizer = 1;
}

//===----------------------------------------------------------------------===//
// Synapses
//===----------------------------------------------------------------------===//

def SNN_LinearOp : SNN_Op<"linear", [Pure, SNN_Inferred, SNN_Reified,
    SNN_Sequence<>]> {
  let summary = "Fully connected synapse";
  let description = [{
    `y[..., o] = bias[o] + sum over k of w[o, k...] x[..., k...]`

    The weight is `O x K...`; its trailing dimensions are contracted with those
    of the input, so that grouped delays `T x B x G x N` meet a weight
    `O x G x N`. The result has the input's leading dimensions, then O, and the
    element type of the weight. The input is spikes (`i1`), or has the element
    type of the weight; integers count.

    Order: one accumulator per output, started at the bias or +0 (-0 becomes +0),
    ascending k, one fused multiply-add each; a silent spike adds nothing. f16 and
    bf16 weights accumulate in f32, i8 weights in i32 (their result type). With
    `wide`, the result and the bias have the type of the accumulator, so that sums
    of f16 and bf16 weights are not rounded. `form` is how spikes are multiplied,
    `#snn.synapse<event>` where absent; passes choose it.

    Example:

    ```mlir
    func.func @fc(%s: tensor<?x?x8xi1>, %w: tensor<4x8xf32> {snn.param = "w"},
                  %b: tensor<4xf32> {snn.param = "b"}) -> tensor<?x?x4xf32> {
      %y = snn.linear %s, %w, %b
          : tensor<?x?x8xi1>, tensor<4x8xf32>, tensor<4xf32>
      return %y : tensor<?x?x4xf32>
    }
    ```
  }];
  let arguments = (ins SNN_Values:$input, SNN_Values:$weight,
                       Optional<SNN_Values>:$bias, UnitAttr:$wide,
                       OptionalAttr<SNN_SynapseAttr>:$form);
  let results = (outs SNN_Values:$output);
  let assemblyFormat = [{
    $input `,` $weight (`,` $bias^)? attr-dict
    `:` type($input) `,` type($weight) (`,` type($bias)^)?
  }];
  let builders = [
    OpBuilder<(ins "::mlir::Value":$input, "::mlir::Value":$weight,
                   "::mlir::Value":$bias), [{
      build($_builder, $_state, input, weight, bias, /*wide=*/::mlir::UnitAttr(),
            /*form=*/SynapseAttr());
    }]>];
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

def SNN_SparseLinearOp : SNN_Op<"sparse_linear", [Pure, SNN_Inferred,
    SNN_Reified, SNN_Sequence<>]> {
  let summary = "Synapse of spikes with few weights, as lists of edges";
  let description = [{
    `y[..., o] = bias[o] + sum over the edges (k, o, w) with x[..., k] of w`

    An `snn.linear` that reads spikes and whose matrix is zero but for E weights:
    one that was pruned, or with one delay per edge. `inputs` are the trailing
    dimensions of the input that are contracted, and k is the row-major index in
    them, one of K; over grouped delays, k is a pair (delay, source), so that an
    edge is (delay, source, target, weight). `edges` holds words:

    ```
    starts[K + 1]   starts[k] to starts[k + 1] are the edges of input k
    targets[E]      o of each edge, ascending for each k
    weights[E]      the bits of an f32 each
    ```

    The order of a sum is that of `snn.linear`, and so are its bits: a weight of
    zero, of either sign, changes no sum. The bias and the result are f32. Words
    are checked where they are a constant, and not when a model runs: a model file
    may have no others, but the compiler makes them of weights that it embeds.

    Example:

    ```mlir
    func.func @pruned(%s: tensor<?x?x3xi1>) -> tensor<?x?x2xf32> {
      // y[0] = 0.5 x[2], y[1] = 1.0 x[0] + 2.0 x[2]
      %e = arith.constant dense<[0, 1, 1, 3, 1, 0, 1,
                                 0x3F800000, 0x3F000000, 0x40000000]>
          : tensor<10xi32>
      %y = snn.sparse_linear %s, %e {inputs = array<i64: 3>, outputs = 2 : i64}
          : tensor<?x?x3xi1>, tensor<10xi32>
      return %y : tensor<?x?x2xf32>
    }
    ```
  }];
  let arguments = (ins SNN_Spikes:$input, SNN_Words:$edges,
                       Optional<RankedTensorOf<[F32]>>:$bias,
                       DenseI64ArrayAttr:$inputs, I64Attr:$outputs);
  let results = (outs SNN_Values:$output);
  let assemblyFormat = [{
    $input `,` $edges (`,` $bias^)? attr-dict
    `:` type($input) `,` type($edges) (`,` type($bias)^)?
  }];
  let extraClassDeclaration = [{
    int64_t getNumInputs();
    int64_t getNumEdges();
  }];
  let hasVerifier = 1;
}

def SNN_Conv2dOp : SNN_Op<"conv2d", [Pure, SNN_Inferred, SNN_Reified,
    SNN_Sequence<>]> {
  let summary = "2-d convolution synapse";
  let description = [{
    `y[t,b,o,i,j] = bias[o] + sum over c, p, q of w[o,c,p,q]
     x[t, b, g C + c, i stride + p dilation - padding, ...]`

    The input is `T x B x C x H x W`, the weight `O x C/groups x KH x KW`; g is
    the group of o. Cross-correlation, padded with zeros, order (c, p,
    q) ascending, otherwise as `snn.linear`. Attributes are pairs (vertical,
    horizontal).

    Example:

    ```mlir
    func.func @conv(%s: tensor<?x?x2x34x34xi1>,
                    %w: tensor<16x2x5x5xf32> {snn.param = "w"})
        -> tensor<?x?x16x16x16xf32> {
      %y = snn.conv2d %s, %w {stride = array<i64: 2, 2>,
                              padding = array<i64: 1, 1>}
          : tensor<?x?x2x34x34xi1>, tensor<16x2x5x5xf32>
      return %y : tensor<?x?x16x16x16xf32>
    }
    ```
  }];
  let arguments = (ins SNN_Values:$input, SNN_Values:$weight,
    Optional<SNN_Values>:$bias,
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$stride,
    DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0}">:$padding,
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$dilation,
    DefaultValuedAttr<I64Attr, "1">:$groups);
  let results = (outs SNN_Values:$output);
  let assemblyFormat = [{
    $input `,` $weight (`,` $bias^)? attr-dict
    `:` type($input) `,` type($weight) (`,` type($bias)^)?
  }];
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

class SNN_PoolOp<string mnemonic> : SNN_Op<mnemonic, [Pure, SNN_Inferred,
    SNN_Reified, SNN_Sequence<>]> {
  let arguments = (ins SNN_Values:$input, DenseI64ArrayAttr:$kernel,
    OptionalAttr<DenseI64ArrayAttr>:$stride,
    DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0}">:$padding,
    OptionalAttr<TypeAttrOf<AnyType>>:$element_type);
  let results = (outs SNN_Values:$output);
  let assemblyFormat = "$input attr-dict `:` type($input)";
  let hasVerifier = 1;
}

def SNN_SumPool2dOp : SNN_PoolOp<"sum_pool2d"> {
  let summary = "Sum over 2-d windows";
  let description = [{
    `y[t,b,c,i,j] = sum over p, q of x[t, b, c, i stride + p - padding, ...]` in
    row-major order from +0; padding contributes nothing. The stride is the kernel
    where absent. Spikes are counted in `element_type` (f32 where absent);
    other inputs keep their type (f16 and bf16 accumulate in f32, integers wrap).

    Example:

    ```mlir
    func.func @pool(%s: tensor<?x?x16x8x8xi1>) -> tensor<?x?x16x4x4xf32> {
      %y = snn.sum_pool2d %s {kernel = array<i64: 2, 2>} : tensor<?x?x16x8x8xi1>
      return %y : tensor<?x?x16x4x4xf32>
    }
    ```
  }];
}

def SNN_AvgPool2dOp : SNN_PoolOp<"avg_pool2d"> {
  let summary = "Mean over 2-d windows";
  let description = [{
    The sum of `snn.sum_pool2d` divided by KH * KW (padding counts as zeros). The
    result is a float; spikes give `element_type` (f32 where absent).

    Example:

    ```mlir
    func.func @pool(%s: tensor<?x?x16x8x8xf32>) -> tensor<?x?x16x4x4xf32> {
      %y = snn.avg_pool2d %s {kernel = array<i64: 2, 2>}
          : tensor<?x?x16x8x8xf32>
      return %y : tensor<?x?x16x4x4xf32>
    }
    ```
  }];
}

//===----------------------------------------------------------------------===//
// Structure
//===----------------------------------------------------------------------===//

def SNN_YieldOp : SNN_Op<"yield", [Pure, AttrSizedOperandSegments, Terminator,
    ReturnLike, ParentOneOf<["NeuronOp", "RecurrentOp"]>]> {
  let summary = "Results of a step or of a window";
  let description = [{
    Ends the region of `snn.neuron` (outputs, next states) and of
    `snn.recurrent` (outputs, feedback, next states).

    Example:

    ```mlir
    func.func @count(%s: tensor<?x?x8xi1>) -> tensor<?x8xi32> {
      %n = snn.neuron ins(%s : tensor<?x?x8xi1>) {
      ^bb0(%z: i1, %n0: i32):
        %one = arith.extui %z : i1 to i32
        %n1 = arith.addi %n0, %one : i32
        snn.yield state(%n1 : i32)
      } state(tensor<?x8xi32>)
      return %n : tensor<?x8xi32>
    }
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$outputs, Variadic<AnyType>:$feedback,
                       Variadic<AnyType>:$states);
  let assemblyFormat = [{
    ($outputs^ `:` type($outputs))? (`feedback` `(` $feedback^ `:`
    type($feedback) `)`)? (`state` `(` $states^ `:` type($states) `)`)?
    attr-dict
  }];
  let builders = [OpBuilder<(ins), [{
    build($_builder, $_state, ValueRange(), ValueRange(), ValueRange());
  }]>];
}

#endif // SNN_IR_SNNOPS_TD
