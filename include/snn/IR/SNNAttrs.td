//===- SNNAttrs.td - Enums and attributes --------------------*- tablegen -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_IR_SNNATTRS_TD
#define SNN_IR_SNNATTRS_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "snn/IR/SNNDialect.td"

class SNN_Enum<string name, string summary, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::mlir::snn";
  let genSpecializedAttr = 0;
}

class SNN_EnumAttr<EnumAttrInfo info, string mnemonic>
    : EnumAttr<SNN_Dialect, info, mnemonic> {
  let assemblyFormat = "`<` $value `>`";
}

def SNN_Compare : SNN_Enum<"Compare", "does a potential at threshold fire", [
  I32EnumAttrCase<"Ge", 0, "ge">, I32EnumAttrCase<"Gt", 1, "gt">]>;
def SNN_CompareAttr : SNN_EnumAttr<SNN_Compare, "compare"> {
  let description = [{
    `#snn.compare<ge>` fires at `u >= threshold`, `#snn.compare<gt>` at
    `u > threshold`. NaN never fires.
  }];
}

def SNN_ResetKind : SNN_Enum<"ResetKind", "what a spike does to the potential", [
  I32EnumAttrCase<"None", 0, "none">, I32EnumAttrCase<"Value", 1, "value">,
  I32EnumAttrCase<"Subtract", 2, "subtract">,
  I32EnumAttrCase<"Modulo", 3, "modulo">]>;
def SNN_ResetKindAttr : SNN_EnumAttr<SNN_ResetKind, "reset_kind">;

def SNN_ResetAttr : AttrDef<SNN_Dialect, "Reset"> {
  let mnemonic = "reset";
  let summary = "what a spike does to the potential";
  let description = [{
    - `#snn.reset<none>`: nothing.
    - `#snn.reset<value, 0.0>`: `v = 0.0` (hard reset; the value defaults to 0).
    - `#snn.reset<subtract>`: `v = v - threshold` (soft reset).
    - `#snn.reset<subtract, 0.5>`: `v = v - 0.5`: the amount differs from the
      threshold.
    - `#snn.reset<modulo>`: `v = v mod threshold` (the sign of `v`, as C's
      `fmod`).
  }];
  let parameters = (ins EnumParameter<SNN_ResetKind>:$kind,
                        OptionalParameter<"::mlir::FloatAttr">:$amount);
  let constBuilderCall =
      "::mlir::snn::ResetAttr::get($_builder.getContext(), $0, {})";
  let assemblyFormat = "`<` $kind (`,` $amount^)? `>`";
  let genVerifyDecl = 1;
}

def SNN_ResetTime : SNN_Enum<"ResetTime", "when a reset acts", [
  I32EnumAttrCase<"Same", 0, "same">, I32EnumAttrCase<"Next", 1, "next">,
  I32EnumAttrCase<"AfterDecay", 2, "after_decay">]>;
def SNN_ResetTimeAttr : SNN_EnumAttr<SNN_ResetTime, "reset_time"> {
  let description = [{
    - `same`: in the step of the spike; the stored potential is after reset.
    - `next`: at the start of the next step, before the decay.
    - `after_decay`: in the next step, after decay and input.

    With the two late forms the stored potential is before reset, and a spike of
    the step before is recognised by comparing it with the threshold again; in a
    neuron with a refractory counter, by the counter being R.
  }];
}

def SNN_Potential : SNN_Enum<"Potential", "a potential as an output", [
  I32EnumAttrCase<"None", 0, "none">,
  I32EnumAttrCase<"BeforeReset", 1, "before_reset">,
  I32EnumAttrCase<"AfterReset", 2, "after_reset">]>;
def SNN_PotentialAttr : SNN_EnumAttr<SNN_Potential, "potential"> {
  let description = [{
    Whether a neuron also gives its potential as a sequence, and whether that is
    the value which was compared with the threshold (`before_reset`) or the one
    that is stored (`after_reset`).
  }];
}

def SNN_Hold : SNN_Enum<"Hold", "what a refractory period holds back", [
  I32EnumAttrCase<"Emission", 0, "emission">,
  I32EnumAttrCase<"Input", 1, "input">, I32EnumAttrCase<"State", 2, "state">]>;
def SNN_HoldAttr : SNN_EnumAttr<SNN_Hold, "hold"> {
  let description = [{
    While the refractory counter of a neuron is positive,

    - `emission`: spikes are masked, the potential goes on;
    - `input`: the input is taken as 0, and spikes are masked;
    - `state`: the potential keeps its value (after the reset, where that is
      late), and spikes are masked.
  }];
}

def SNN_CounterTest : SNN_Enum<"CounterTest", "when a counter is tested", [
  I32EnumAttrCase<"Before", 0, "before">,
  I32EnumAttrCase<"After", 1, "after">]>;
def SNN_CounterTestAttr : SNN_EnumAttr<SNN_CounterTest, "counter_test"> {
  let description = [{
    A spike sets the refractory counter to R. `before` tests it before it is
    decremented, so exactly R steps are silent; `after` decrements first, so
    R - 1 steps are.
  }];
}

def SNN_Current : SNN_Enum<"Current", "which synaptic current a membrane sees", [
  I32EnumAttrCase<"New", 0, "new">, I32EnumAttrCase<"Old", 1, "old">]>;
def SNN_CurrentAttr : SNN_EnumAttr<SNN_Current, "current"> {
  let description = [{
    `new`: the current after this step's decay and input; `old`: the current
    before them.
  }];
}

def SNN_RefractoryKind : SNN_Enum<"RefractoryKind", "a refractory gate", [
  I32EnumAttrCase<"Event", 0, "event">, I32EnumAttrCase<"Window", 1, "window">,
  I32EnumAttrCase<"Phase", 2, "phase">]>;
def SNN_RefractoryKindAttr : SNN_EnumAttr<SNN_RefractoryKind, "refractory_kind">;

def SNN_ScanKind : SNN_Enum<"ScanKind", "the form of a scan's matrix", [
  I32EnumAttrCase<"Real", 0, "real">, I32EnumAttrCase<"Complex", 1, "complex">,
  I32EnumAttrCase<"Dense", 2, "dense">]>;
def SNN_ScanKindAttr : SNN_EnumAttr<SNN_ScanKind, "scan_kind">;

def SNN_ScheduleKind : SNN_Enum<"ScheduleKind", "how time is run", [
  I32EnumAttrCase<"Loop", 0, "loop">, I32EnumAttrCase<"Scan", 1, "scan">,
  I32EnumAttrCase<"Speculate", 2, "speculate">]>;

def SNN_ScheduleAttr : AttrDef<SNN_Dialect, "Schedule"> {
  let mnemonic = "schedule";
  let summary = "how the steps of a neuron are run over time";
  let description = [{
    Time is cut into chunks that run at once; the kinds differ in what a chunk
    starts from.

    - `#snn.schedule<loop>`: there is one chunk. This is the meaning of the op.
    - `#snn.schedule<scan>`: all states are linear. The maps of the chunks are
      composed, and each chunk runs from the state that they give. The result
      differs from the loop's by the rounding of that state: class B.
    - `#snn.schedule<speculate>`, `#snn.schedule<speculate, 192>`: each chunk
      starts from a guess, the state after so many steps before the chunk from
      zero (chosen from the decay when the model runs, where there is no number).
      Ends are compared with the guesses bit by bit, and chunks whose guess was
      wrong run again, until none is: class A.

    Whether there are chunks at all is decided when the model runs, from the
    number of steps and of lanes (batch times neurons).
  }];
  let parameters = (ins EnumParameter<SNN_ScheduleKind>:$kind,
                        DefaultValuedParameter<"int64_t", "0">:$warmup);
  let assemblyFormat = "`<` $kind (`,` $warmup^)? `>`";
  let genVerifyDecl = 1;
}

def SNN_ConvForm : SNN_Enum<"ConvForm", "how a temporal convolution is computed",
  [I32EnumAttrCase<"Direct", 0, "direct">, I32EnumAttrCase<"FFT", 1, "fft">]>;
def SNN_ConvFormAttr : SNN_EnumAttr<SNN_ConvForm, "conv_form"> {
  let description = [{
    - `direct`: in the order of the op's documentation: class A.
    - `fft`: by fast Fourier transforms of blocks of the sequence: class B.
  }];
}

def SNN_SynapseForm : SNN_Enum<"SynapseForm", "how spikes meet weights", [
  I32EnumAttrCase<"Event", 0, "event">, I32EnumAttrCase<"Dense", 1, "dense">,
  I32EnumAttrCase<"Adaptive", 2, "adaptive">]>;

def SNN_SynapseAttr : AttrDef<SNN_Dialect, "Synapse"> {
  let mnemonic = "synapse";
  let summary = "how the product of spikes and weights is computed";
  let description = [{
    All forms give the same bits: class A.

    - `#snn.synapse<event>`: for each row of spikes, the weights of those that are
      set are added, lowest input first.
    - `#snn.synapse<dense>`: rows in blocks, so that a weight is read once for all
      of a block; where a spike is silent, its weight counts as 0.
    - `#snn.synapse<adaptive, 50>`: each block of rows is dense if 50 % of its
      inputs or more spike, else by events.
  }];
  let parameters = (ins EnumParameter<SNN_SynapseForm>:$form,
                        DefaultValuedParameter<"int64_t", "0">:$percent);
  let assemblyFormat = "`<` $form (`,` $percent^)? `>`";
  let genVerifyDecl = 1;
}

def SNN_SurrogateFamily : SNN_Enum<"SurrogateFamily", "derivative of a spike", [
  I32EnumAttrCase<"ATan", 0, "atan">, I32EnumAttrCase<"Triangle", 1, "triangle">,
  I32EnumAttrCase<"Sigmoid", 2, "sigmoid">,
  I32EnumAttrCase<"FastSigmoid", 3, "fast_sigmoid">,
  I32EnumAttrCase<"Boxcar", 4, "boxcar">,
  I32EnumAttrCase<"Gaussian", 5, "gaussian">]>;

def SNN_SurrogateAttr : AttrDef<SNN_Dialect, "Surrogate"> {
  let mnemonic = "surrogate";
  let summary = "what replaces the derivative of a step in training";
  let description = [{
    With `x = u - threshold` and slope `k`, the derivative of the spike is

    | family | derivative |
    |---|---|
    | `atan` | `k / 2 / (1 + (pi / 2 * k * x)^2)` |
    | `triangle` | `k * max(0, 1 - k * abs(x))` |
    | `sigmoid` | `k * s * (1 - s)`, `s = 1 / (1 + exp(-k x))` |
    | `fast_sigmoid` | `1 / (1 + k * abs(x))^2` |
    | `boxcar` | `k if abs(x) <= 0.5 / k else 0` |
    | `gaussian` | `k / sqrt(2 pi) * exp(-(k x)^2 / 2)` |

    Example: `#snn.surrogate<atan, 2.0>`. It has no effect on inference.
  }];
  let parameters = (ins EnumParameter<SNN_SurrogateFamily>:$family,
                        "::mlir::FloatAttr":$slope);
  let assemblyFormat = "`<` $family `,` $slope `>`";
  let genVerifyDecl = 1;
}

def SNN_SpanKind : SNN_Enum<"SpanKind", "how a feedback path is delayed", [
  I32EnumAttrCase<"Layer", 0, "layer">, I32EnumAttrCase<"Sources", 1, "sources">,
  I32EnumAttrCase<"Taps", 2, "taps">,
  I32EnumAttrCase<"Operand", 3, "operand">]>;

def SNN_SpanAttr : AttrDef<SNN_Dialect, "Span"> {
  let mnemonic = "span";
  let summary = "the delay of one feedback path of a recurrence, in steps";
  let description = [{
    - `layer, [16]`: all sources 16 steps.
    - `sources, [3, 5, 4]`: one span per source neuron.
    - `taps, [K]`: a weighted sum of the spans 1 to K; the weights are an operand.
    - `operand, [max]`: an integer operand in 1 to max.
  }];
  let parameters = (ins EnumParameter<SNN_SpanKind>:$kind,
                        ArrayRefParameter<"int64_t">:$values);
  let assemblyFormat = "`<` $kind `,` `[` $values `]` `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Steps of history that the path reads.
    int64_t getMax() const;
    /// Length of a window inside which the path needs no new feedback.
    int64_t getMin() const;
    /// Whether the path takes an operand (weights of taps, or a span).
    bool hasOperand() const;
  }];
}

def SNN_SpanArrayAttr : TypedArrayAttrBase<SNN_SpanAttr, "spans of feedbacks">;

#endif // SNN_IR_SNNATTRS_TD
