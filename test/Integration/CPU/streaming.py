"""A run that is cut in time is the whole run, bit for bit; what has no cut is refused.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from harness import FEW, Model, check_equal, expect_failure

f32 = np.float32
SEQ, SPIKES = "tensor<?x?x4xf32>", "tensor<?x?x4xi1>"

MEMORIES = {  # a result, and the op that gives it: everything that remembers
    "lif": ("i1", """%lif, %lif1, %lif2 = snn.lif %x {decay = 0.9, threshold = 0.5,
        refractory = 3 : i64} : SEQ"""),
    "next": ("i1", """%next, %next1 = snn.lif %x {decay = 0.9, threshold = 0.5,
        reset = #snn.reset<subtract>, reset_time = #snn.reset_time<next>} : SEQ"""),
    "cuba": ("i1", """%cuba, %cuba1, %cuba2 = snn.cuba_lif %x {synapse_decay = 0.7,
        decay = 0.9, threshold = 0.5} : SEQ"""),
    "scan": ("f32", "%scan, %scan1, %scan2, %scan3 = snn.scan complex (%x) by (%p, %q) "
                    ": (SEQ), (f32, f32)"),
    "event": ("i1", "%event, %event1 = snn.refractory event 3 %s : SPIKES"),
    "window": ("i1", "%window, %window1 = snn.refractory window 3 %s : SPIKES"),
    "phase": ("i1", "%phase = snn.refractory phase 5 %s {phase = 2} : SPIKES"),
    "sample": ("i1", "%sample = snn.sample %x {id = 4} : SEQ"),
    "conv": ("f32", "%conv, %conv1 = snn.temporal_conv %x, %w : SEQ, tensor<6xf32>"),
    "band": ("f32", "%band, %band1 = snn.temporal_conv %x, %b {per_step} "
                    ": SEQ, tensor<24x3xf32>"),
    "layer": ("f32", "%layer, %layer1 = snn.delay %x by [9] : SEQ"),
    "source": ("i1", "%source, %source1 = snn.delay %s by [0, 30, 2, 7] per_source : SPIKES"),
    "table": ("f32", """%table, %table1 = snn.neuron ins(%x : SEQ)
        tables(%l, %m : tensor<24xf32>, tensor<24x4xf32>) {
      ^bb0(%xt: f32, %lt: f32, %mt: f32, %v: f32):
        %0 = arith.mulf %lt, %v : f32
        %1 = arith.addf %0, %xt : f32
        %2 = arith.addf %1, %mt : f32
        snn.yield %2 : f32 state(%1 : f32)
      } -> (SEQ) state(tensor<?x4xf32>)"""),
}  # fmt: skip
SPANS = {"skip": ("5", "i1", "5x?x4"), "sources": ("[3, 5, 4, 9]", "i1", "9x?x4"),
         "taps": ("taps (%t : tensor<4xf32>)", "f32", "4x?x4")}  # fmt: skip

for span_name, (span, seen, history) in SPANS.items():
    MEMORIES[span_name] = ("i1", f"""
      %{span_name}, %{span_name}_v, %{span_name}_h = snn.recurrent ins(%x : SEQ) skip {span} {{
      ^bb0(%xw: SEQ, %fb: tensor<?x?x4x{seen}>, %v: tensor<?x4xf32>):
        %r = snn.linear %fb, %u : tensor<?x?x4x{seen}>, tensor<4x4xf32>
        %i = arith.addf %xw, %r : SEQ
        %z, %v1 = snn.lif %i init(%v : tensor<?x4xf32>)
            {{decay = 0.5, threshold = 1.0, reset = #snn.reset<subtract>}} : SEQ
        snn.yield %z : SPIKES feedback(%z : SPIKES) state(%v1 : tensor<?x4xf32>)
      }} -> (SPIKES) state(tensor<?x4xf32>) history(tensor<{history}xi1>)""")  # fmt: skip


def write_model() -> str:
    types = ", ".join([f"tensor<?x?x4x{kind}>" for kind, _ in MEMORIES.values()]
                      + ["tensor<?x4xf32>"])  # fmt: skip
    values = ", ".join([*(f"%{name}" for name in MEMORIES), "%sum"])
    text = f"""func.func @memories(%x: SEQ, %s: SPIKES, %w: tensor<6xf32> {{snn.param = "w"}},
        %b: tensor<24x3xf32> {{snn.param = "b"}}, %l: tensor<24xf32> {{snn.param = "l"}},
        %m: tensor<24x4xf32> {{snn.param = "m"}}, %t: tensor<4xf32> {{snn.param = "t"}},
        %u: tensor<4x4xf32> {{snn.param = "u"}}, %v0: tensor<?x4xf32> {{snn.state = "own.v"}})
        -> ({types} {{snn.static}}, {SEQ}, tensor<?x4xf32> {{snn.state = "own.v"}}) {{
      %p = arith.constant 0.8 : f32
      %q = arith.constant 0.3 : f32
      %own, %vT = snn.li %x init(%v0 : tensor<?x4xf32>) {{decay = 0.7}} : SEQ
      %trace, %sum = snn.li %x {{decay = 1.0}} : SEQ
      {"    ".join(op for _, op in MEMORIES.values())}
      return {values}, %own, %vT : {types}, {SEQ}, tensor<?x4xf32>
    }}"""
    return text.replace("SEQ", SEQ).replace("SPIKES", SPIKES)


def make_inputs(steps: int, batch: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    x = random.normal(0.3, 0.6, (steps, batch, 4)).astype(f32)
    return {"x": x, "s": random.random(x.shape) < 0.5}


def make_params() -> dict[str, np.ndarray]:
    random = np.random.default_rng(1)
    shapes = {"w": (6,), "b": (24, 3), "l": (24,), "m": (24, 4), "t": (4,), "u": (4, 4)}
    return {k: random.normal(0, 0.6, shape).astype(f32) for k, shape in shapes.items()}


def test_cuts() -> None:
    model, params = Model(write_model(), name="memories", targets=FEW), make_params()
    inputs = make_inputs(24, 3)
    whole = model.check(inputs, None, params)
    state = model.folder / "state"
    environments = [{}, {"SNN_WINDOW": "3", "SNN_BATCH_TILE": "2"}, {"SNN_CPU": "x86-64-v2"}]
    for cuts in ([11], [1, 2, 3, 10, 22], [0, 24], [5, 5, 13]):
        parts, begin = [], 0
        for number, end in enumerate([*cuts, 24]):
            flags: list[object] = ["--state-out", state, "--steps", end - begin]
            flags += ["--state-in", state] if number else []
            rest = {name: array[begin:] for name, array in inputs.items()}
            parts.append(model.run(rest, params, *flags, env=environments[number % 3],
                                   program=[model.plain] if number == 4 else ()))  # fmt: skip
            begin = end
        for i, name in enumerate(model.outputs):
            is_static = whole[i].ndim == 2
            joined = parts[-1][i] if is_static else np.concatenate([p[i] for p in parts])
            check_equal(joined, whole[i], f"cuts {cuts}, {name}")
    # Row 24 of a table of 24 rows does not exist, in a second process too.
    one = {name: array[:1] for name, array in inputs.items()}
    expect_failure("24", lambda: model.run(one, params, "--state-in", state))


def test_state_of_another_kind() -> None:
    """A state belongs to a model and to a batch."""
    lif, li = Model("lif.mlir"), Model("li.mlir")
    x = np.ones((3, 2, 5), f32)
    state = lif.folder / "state"
    lif.run({"x": x}, {}, "--state-out", state)
    lif.run({"x": x}, {}, "--state-in", state)
    expect_failure("batch", lambda: lif.run({"x": x[:, :1]}, {}, "--state-in", state))
    expect_failure("state", lambda: li.run({"x": x[..., :3]}, {}, "--state-in", state))
    state.write_bytes(state.read_bytes()[:-3])
    expect_failure("state", lambda: lif.run({"x": x}, {}, "--state-in", state))


def test_non_causal() -> None:
    """`reverse` runs, but has no state to stream."""
    text = f"""func.func @backward(%x: {SEQ}) -> {SEQ} {{
      %a = arith.constant 0.5 : f32
      %h, %h0 = snn.scan real reverse (%x) by (%a) : ({SEQ}), (f32)
      return %h : {SEQ}
    }}"""
    model = Model(text, name="backward")
    x = np.zeros((4, 1, 4), f32)
    x[3] = 8
    y = np.float32([1, 2, 4, 8])[:, None, None] * np.ones(4, f32)
    model.check({"x": x}, y)
    state = model.folder / "state"
    expect_failure("causal", lambda: model.run({"x": x}, {}, "--state-out", state))
    state.write_bytes(b"")
    expect_failure("causal", lambda: model.run({"x": x}, {}, "--state-in", state))


if __name__ == "__main__":
    test_cuts()
    test_state_of_another_kind()
    test_non_causal()
