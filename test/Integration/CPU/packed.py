"""Neurons whose spikes are packed: they write words, of which the last may have
few neurons, and choose their loops by the length of rows. No bit may change.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import re

import numpy as np
from harness import SNNC, Failure, Model, check_equal, execute

# One word, its neighbours, and long rows from three batch elements on.
SIZES = (1, 31, 32, 33, 1000)


def pack(spikes: np.ndarray) -> np.ndarray:
    *outer, last = spikes.shape
    padded = np.zeros((*outer, -(-last // 32) * 32), bool)
    padded[..., :last] = spikes
    return np.packbits(padded, axis=-1, bitorder="little").view(np.int32)


def currents(shape: tuple[int, ...], seed: int, dtype: type = np.float32) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.2, 0.7, shape).astype(dtype)


def run_lif(x: np.ndarray, decay: float) -> np.ndarray:
    """Soft reset; f16 sequences keep f32 states."""
    x = x.astype(np.result_type(x, np.float32))
    one, v, spikes = x.dtype.type(1), np.zeros(x.shape[1:], x.dtype), np.zeros(x.shape, bool)
    for t, row in enumerate(x):
        u = x.dtype.type(decay) * v + row
        spikes[t] = u >= one
        v = np.where(spikes[t], u - one, u)
    return spikes


def make_function(name: str, lines: list[str], inputs: list[str], outputs: list[str]) -> str:
    arguments = ", ".join(f"%x{i}: {type}" for i, type in enumerate(inputs))
    results = ", ".join(f"%y{i}" for i in range(len(outputs)))
    return "\n".join([f"func.func @{name}({arguments}) -> ({', '.join(outputs)}) {{", *lines,
                      f"return {results} : {', '.join(outputs)}", "}"])  # fmt: skip


def test_sizes() -> None:
    lines = []
    for i, size in enumerate(SIZES):
        lines += [f"%s{i}, %v{i} = snn.lif %x{i} {{decay = 0.75, threshold = 1.0,"
                  f" reset = #snn.reset<subtract>}} : tensor<?x?x{size}xf32>",
                  f"%y{i} = snn.pack %s{i} : tensor<?x?x{size}xi1>"]  # fmt: skip
    model = Model(make_function("sizes", lines, [f"tensor<?x?x{n}xf32>" for n in SIZES],
                                [f"tensor<?x?x{-(-n // 32)}xi32>" for n in SIZES]), name="sizes")  # fmt: skip
    for batch in (1, 3):
        for steps in (0, 1, 3, 4, 5, 33):
            x = {f"x{i}": currents((steps, batch, n), n) for i, n in enumerate(SIZES)}
            model.check(x, [pack(run_lif(value, 0.75)) for value in x.values()])


def test_types() -> None:
    """Other float types, and several neuron dimensions, of whole words or not."""
    shapes = {"33xf16": np.float16, "70xf64": np.float64, "2x64xf32": np.float32,
              "3x40xf32": np.float32}  # fmt: skip
    lines, words = [], []
    for i, shape in enumerate(shapes):
        *outer, last, element = shape.split("x")
        words.append("x".join(["tensor<?x?", *outer, f"{-(-int(last) // 32)}xi32>"]))
        lines += [f"%s{i}, %v{i} = snn.lif %x{i} {{decay = 0.75, threshold = 1.0,"
                  f" reset = #snn.reset<subtract>}} : tensor<?x?x{shape}>",
                  f"%y{i} = snn.pack %s{i} : tensor<?x?x{'x'.join([*outer, last])}xi1>"]  # fmt: skip
    model = Model(make_function("types", lines, [f"tensor<?x?x{s}>" for s in shapes], words),
                  name="types")  # fmt: skip
    for steps, batch in ((9, 1), (6, 20)):
        x = {}
        for i, (shape, dtype) in enumerate(shapes.items()):
            sizes = tuple(int(size) for size in shape.split("x")[:-1])
            x[f"x{i}"] = currents((steps, batch, *sizes), i, dtype)
        model.check(x, [pack(run_lif(value, 0.75)) for value in x.values()])


STEP = """
  ^bb0(%xt: f32, %bt: f32, %v: f32, %a: f32, %n: i32):
    %rho = arith.constant 0.5 : f32
    %one = arith.constant 1.0 : f32
    %kept = arith.mulf %bt, %v : f32
    %u = arith.addf %kept, %xt : f32
    %left = arith.subf %u, %a : f32
    %s = snn.fire %left {threshold = 1.0} : f32
    %high = snn.fire %u {threshold = 1.5} : f32
    %v1 = arith.select %s, %left, %u : f32
    %old = arith.mulf %rho, %a : f32
    %raised = arith.addf %old, %one : f32
    %a1 = arith.select %s, %raised, %old : f32
    %count = arith.extui %s : i1 to i32
    %n1 = arith.addi %n, %count : i32
    snn.yield %s, %high, %u : i1, i1, f32 state(%v1, %a1, %n1 : f32, f32, i32)"""


def test_neuron() -> None:
    """Two kinds of spikes and a trace, three states, a parameter for each; one
    kind leaves as words and as bytes. In both directions of time."""
    size = 45
    sequence, words = f"tensor<?x?x{size}x", f"tensor<?x?x{-(-size // 32)}xi32>"
    for direction in ("", "reverse"):
        text = f"""func.func @neuron(%x: {sequence}f32>,
            %b: tensor<{size}xf32> {{snn.param = "b"}}) -> ({words}, {words}, {sequence}i1>,
            {sequence}f32>, tensor<?x{size}xi32> {{snn.static}}) {{
          %s, %h, %u, %vT, %aT, %nT = snn.neuron {direction} ins(%x : {sequence}f32>)
              params(%b : tensor<{size}xf32>) {{{STEP}
          }} -> ({sequence}i1>, {sequence}i1>, {sequence}f32>)
             state(tensor<?x{size}xf32>, tensor<?x{size}xf32>, tensor<?x{size}xi32>)
          %sw = snn.pack %s : {sequence}i1>
          %hw = snn.pack %h : {sequence}i1>
          return %sw, %hw, %h, %u, %nT : {words}, {words}, {sequence}i1>, {sequence}f32>,
              tensor<?x{size}xi32>
        }}"""
        b = np.random.default_rng(1).uniform(0.5, 1, size).astype(np.float32)
        model = Model(text, {"b": b}, name=f"neuron{direction}")
        for steps, batch in ((10, 2), (7, 30)):
            x = currents((steps, batch, size), steps)
            flip = slice(None, None, -1 if direction else 1)
            v = a = np.zeros(x.shape[1:], np.float32)
            s, h, u = np.zeros(x.shape, bool), np.zeros(x.shape, bool), np.zeros_like(x)
            for t in range(steps)[flip]:
                u[t] = b * v + x[t]
                left = u[t] - a
                s[t], h[t] = left >= 1, u[t] >= 1.5
                v = np.where(s[t], left, u[t])
                a = np.float32(0.5) * a + s[t].astype(np.float32)
            count = s.sum(axis=0, dtype=np.int32)
            model.check({"x": x}, [pack(s), pack(h), h, u, count])


def test_record() -> None:
    """Packed spikes are counted as others are, whatever the windows."""
    text = """func.func @record(%x: tensor<?x?x40xf32>) -> tensor<?x?x2xi32> {
      %s, %v = snn.lif %x {decay = 0.75, threshold = 1.0, reset = #snn.reset<subtract>}
          : tensor<?x?x40xf32>
      %w = snn.pack %s : tensor<?x?x40xi1>
      return %w : tensor<?x?x2xi32>
    }"""
    model = Model(text, name="record")
    x = currents((12, 3, 40), 5)
    spikes = run_lif(x, 0.75)
    model.check({"x": x}, pack(spikes))
    for binary in (model.binary, model.plain):
        for window in ("1", "5", "12"):
            page = execute([binary, "--input", model.folder / "x.npy", "--stats"],
                           {"SNN_WINDOW": window})  # fmt: skip
            counted = re.search(r"^lif0 +40 +(\d+) ", page, re.M)
            assert counted and int(counted[1]) == spikes.sum(), page


def test_layers() -> None:
    """Words between layers: through synapses, a delay, delays of groups, gates and a
    threshold for each neuron; of 70 and of 64 neurons, in windows of any length."""
    text = """func.func @layers(%x: tensor<?x?x70xf32>, %h: tensor<64xf32> {snn.param = "h"},
        %a: tensor<64x70xf32> {snn.param = "a"}, %b: tensor<40x2x64xf32> {snn.param = "b"},
        %c: tensor<5x40xf32> {snn.param = "c"}, %d: tensor<5x70xf32> {snn.param = "d"})
        -> (tensor<?x?x5xf32>, tensor<?x?x5xf32>, tensor<?x?x40xi1>) {
      %s, %v = snn.lif %x {decay = 0.75, threshold = 1.0, reset = #snn.reset<subtract>}
          : tensor<?x?x70xf32>
      %i = snn.linear %s, %a : tensor<?x?x70xi1>, tensor<64x70xf32>
      %u = snn.fire %i, %h : tensor<?x?x64xf32>, tensor<64xf32>
      %g, %past = snn.delay %u by [1, 5] groups : tensor<?x?x64xi1>
      %j = snn.linear %g, %b : tensor<?x?x2x64xi1>, tensor<40x2x64xf32>
      %z = snn.fire %j {threshold = 0.5} : tensor<?x?x40xf32>
      %e, %wait = snn.refractory event 2 %z : tensor<?x?x40xi1>
      %y = snn.linear %e, %c : tensor<?x?x40xi1>, tensor<5x40xf32>
      %o, %old = snn.delay %s by [3] : tensor<?x?x70xi1>
      %k = snn.linear %o, %d : tensor<?x?x70xi1>, tensor<5x70xf32>
      return %y, %k, %e : tensor<?x?x5xf32>, tensor<?x?x5xf32>, tensor<?x?x40xi1>
    }"""
    random = np.random.default_rng(2)
    shapes = {"h": (64,), "a": (64, 70), "b": (40, 2, 64), "c": (5, 40), "d": (5, 70)}
    weights = {name: random.normal(0, 0.3, shape).astype(np.float32)
               for name, shape in shapes.items()}  # fmt: skip
    model = Model(text, weights, name="layers")
    ir = execute([SNNC, model.folder / "layers.mlir", "--stop-after=space", "--emit=mlir",
                  "-o", "-"])  # fmt: skip
    if not ir.count("snn.pack") >= 3:
        raise Failure(f"expected packed spikes, but got {ir}")
    for steps, batch in ((40, 3), (2, 1), (0, 2)):
        model.check({"x": currents((steps, batch, 70), steps)}, None)
    # A state that is packed inside is carried from one run to the next.
    x, state = currents((40, 3, 70), 40), model.folder / "state"
    whole = model.run({"x": x})
    first = model.run({"x": x[:13]}, {}, "--state-out", state)
    last = model.run({"x": x[13:]}, {}, "--state-in", state)
    for name, *parts, all_steps in zip(model.outputs, first, last, whole):
        check_equal(np.concatenate(parts), all_steps, f"{name} in two runs")


if __name__ == "__main__":
    test_sizes()
    test_types()
    test_neuron()
    test_record()
    test_layers()
