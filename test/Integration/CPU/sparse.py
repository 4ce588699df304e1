# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Embedded weights that are mostly zeros: lists of edges, with the bits of the
dense synapse.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import json
import re

import numpy as np
from harness import FOLDER, SNNC, Failure, Model, execute

f32 = np.float32
random = np.random.default_rng(21)
T, B = 9, 3


def make(outputs: int, *inputs: int, percent: float) -> np.ndarray:
    """Normal weights at some places, zeros elsewhere."""
    weight = random.normal(0, 1, (outputs, *inputs)).astype(f32)
    return np.where(random.random(weight.shape) * 100 < percent, weight, f32(0))


def make_delays(outputs: int, groups: int, inputs: int) -> np.ndarray:
    """One of the delays for each pair of neurons."""
    weight = np.zeros((outputs, groups, inputs), f32)
    group = random.integers(0, groups, (outputs, inputs))
    values = random.normal(0, 1, (outputs, inputs))
    np.put_along_axis(weight, group[:, None], values[:, None].astype(f32), 1)
    return weight


def run_linear(s: np.ndarray, w: np.ndarray, bias: np.ndarray | None) -> np.ndarray:
    """One accumulator per output, from the bias or +0, ascending k."""
    matrix = w.reshape(len(w), -1)
    rows = s.reshape(*s.shape[: s.ndim - w.ndim + 1], -1)
    start = f32(0) if bias is None else bias + f32(0)
    out = np.zeros((*rows.shape[:-1], len(w)), f32) + start
    for k in range(matrix.shape[1]):
        out = np.where(rows[..., k, None], out + matrix[:, k], out)
    return out


def delay(s: np.ndarray, delays: list[int]) -> np.ndarray:
    """Group g is the sequence `delays[g]` steps late."""
    late = np.zeros((T, B, len(delays), s.shape[2]), bool)
    for g, steps in enumerate(delays):
        late[steps:, :, g] = s[: T - steps]
    return late


def compile_stage(stage: str, name: str) -> str:
    folder = FOLDER / name
    return execute([SNNC, folder / f"{name}.mlir", f"--stop-after={stage}", "--target=x86-64-v3",
                    f"--weights=embed:{folder / 'weights.safetensors'}"])  # fmt: skip


def check_both(text: str, name: str, inputs: dict[str, np.ndarray],
               weights: dict[str, np.ndarray], sparse: set[str],
               expected: list[np.ndarray] | None = None) -> Model:  # fmt: skip
    """The weights as part of the code and as arguments: the same bits, and lists
    of edges where they are expected."""
    Model(text, name=f"{name}-args", targets=["x86-64-v3"]).check(inputs, expected, weights)
    model = Model(text, weights, name=name)
    model.check(inputs, expected)
    space, lowered = (compile_stage(stage, name) for stage in ("space", "lower"))
    found = re.findall(r'tensor<(\d+)xi32> \{[^}]*snn.param = "(\w+)"', space)
    sizes = {key: int(size) for size, key in found}
    assert {*sizes} == sparse, sizes
    for key, size in sizes.items():
        num_inputs = weights[key].size // len(weights[key])
        assert size == num_inputs + 1 + 2 * np.count_nonzero(weights[key]), (key, size)
        assert f"memref<{size}xi32>" in lowered, lowered
    return model


def test_matrices() -> None:
    """What a matrix may look like. Sums round, so their order shows."""
    k = 70
    holes = make(300, k, percent=8)
    holes[:, 10:64] = 0
    holes[3:150] = 0
    negative = make(240, k, percent=1)
    negative = np.where(negative == 0, f32(-0.0), negative)
    small = make(210, k, percent=1) * f32(2.0**-135)  # subnormal
    large = make(333, k, percent=2) * f32(2) ** random.integers(-140, 120, (333, k)).astype(f32)
    weights = {
        "random": make(257, k, percent=1), "wide": make(340, k, percent=3), "holes": holes,
        "zeros": np.zeros((160, k), f32), "negative": negative, "small": small, "large": large,
        "few": make(16, k, percent=1), "pruned": make(300, k, percent=10),
    }  # fmt: skip
    s = random.random((T, B, k)) < 0.3
    s[2] = False
    s[3] = True
    arguments = [f"%s: tensor<?x?x{k}xi1>"]
    lines, names, types, expected = [], [], [], []
    for key, w in list(weights.items()):
        n = len(w)
        weight, bias = f"tensor<{n}x{k}xf32>", f"tensor<{n}xf32>"
        has_bias = key in ("wide", "negative", "zeros")
        arguments.append(f'%{key}: {weight} {{snn.param = "{key}"}}')
        values = None
        if has_bias:
            arguments.append(f'%{key}_b: {bias} {{snn.param = "{key}_b"}}')
            values = weights[f"{key}_b"] = random.normal(0, 1, n).astype(f32)
            values[: n // 2] = -0.0
        lines.append(f"%y_{key} = snn.linear %s, %{key}{f', %{key}_b' if has_bias else ''} : "
                     f"tensor<?x?x{k}xi1>, {weight}{f', {bias}' if has_bias else ''}")  # fmt: skip
        names.append(f"%y_{key}")
        types.append(f"tensor<?x?x{n}xf32>")
        expected.append(run_linear(s, w, values))
    text = "\n".join([f"func.func @matrices({', '.join(arguments)}) -> ({', '.join(types)}) {{",
                      *lines, f"return {', '.join(names)} : {', '.join(types)}", "}"])  # fmt: skip
    # Of few outputs, and of many edges, rows are faster.
    sparse = {key for key in weights if not key.endswith("_b")} - {"few", "pruned"}
    check_both(text, "matrices", {"s": s}, weights, sparse, expected)


def test_delays() -> None:
    """One delay for each synapse: edges are (delay, source, target, weight)."""
    delays = [int(steps) for steps in random.integers(0, T, 40)]
    text = f"""func.func @delays(%s: tensor<?x?x9xi1>,
        %w: tensor<320x40x9xf32> {{snn.param = "w"}}, %b: tensor<320xf32> {{snn.param = "b"}})
        -> tensor<?x?x320xf32> {{
      %d, %h = snn.delay %s by {delays} groups : tensor<?x?x9xi1>
      %y = snn.linear %d, %w, %b
          : tensor<?x?x40x9xi1>, tensor<320x40x9xf32>, tensor<320xf32>
      return %y : tensor<?x?x320xf32>
    }}"""
    s = random.random((T, B, 9)) < 0.4
    weights = {"w": make_delays(320, 40, 9), "b": random.normal(0, 1, 320).astype(f32)}
    y = run_linear(delay(s, delays), weights["w"], weights["b"])
    check_both(text, "delays", {"s": s}, weights, {"w"}, [y])


def test_large() -> None:
    """A tenth of the weights is left, of more than a cache holds."""
    text = """func.func @large(%s: tensor<?x?x1056xi1>, %w: tensor<2048x1056xf32> {snn.param = "w"})
        -> tensor<?x?x2048xf32> {
      %y = snn.linear %s, %w : tensor<?x?x1056xi1>, tensor<2048x1056xf32>
      return %y : tensor<?x?x2048xf32>
    }"""
    s = random.random((3, 1, 1056)) < 0.1
    weights = {"w": make(2048, 1056, percent=10)}
    check_both(text, "large", {"s": s}, weights, {"w"}, [run_linear(s, weights["w"], None)])


def test_network() -> None:
    """Spikes as words, a matrix that is read twice, and one in a recurrence."""
    text = """func.func @network(%x: tensor<?x?x96xf32>,
        %w: tensor<320x96xf32> {snn.param = "w"}, %r: tensor<320x320xf32> {snn.param = "r"})
        -> (tensor<?x?x320xi1>, tensor<?x?x320xf32>) {
      %s, %v = snn.lif %x {decay = 0.9, threshold = 1.0, snn.layer = "first"} : tensor<?x?x96xf32>
      %i = snn.linear %s, %w : tensor<?x?x96xi1>, tensor<320x96xf32>
      %z, %u, %h = snn.recurrent ins(%i : tensor<?x?x320xf32>) skip 3 {
      ^bb0(%iw: tensor<?x?x320xf32>, %fb: tensor<?x?x320xi1>, %m: tensor<?x320xf32>):
        %p = snn.linear %fb, %r : tensor<?x?x320xi1>, tensor<320x320xf32>
        %q = arith.addf %iw, %p : tensor<?x?x320xf32>
        %o, %m1 = snn.lif %q init(%m : tensor<?x320xf32>) {decay = 0.5, threshold = 1.0,
            snn.layer = "second"} : tensor<?x?x320xf32>
        snn.yield %o : tensor<?x?x320xi1> feedback(%o : tensor<?x?x320xi1>)
            state(%m1 : tensor<?x320xf32>)
      } -> (tensor<?x?x320xi1>) state(tensor<?x320xf32>) history(tensor<3x?x320xi1>)
      %y = snn.linear %z, %r : tensor<?x?x320xi1>, tensor<320x320xf32>
      return %z, %y : tensor<?x?x320xi1>, tensor<?x?x320xf32>
    }"""
    weights = {"w": make(320, 96, percent=2), "r": make(320, 320, percent=2)}
    x = random.random((T, B, 96)).astype(f32)
    model = check_both(text, "network", {"x": x}, weights, {"w", "r"})
    (z, _) = model.run({"x": x})
    assert 0.1 < z.mean() < 0.9, z.mean()
    # The layer that reads the sums is told of the lists.
    layers = {layer["layer"]: layer for layer in json.loads(execute([model.binary, "--report"]))["layers"]}
    edges = np.count_nonzero(weights["r"])
    assert f"lists of {edges} of 102400 weights of 'r'" in layers["second"]["done"], layers
    page = execute([SNNC, model.folder / "network.mlir", "--explain",
                    f"--weights=embed:{model.folder / 'weights.safetensors'}"])  # fmt: skip
    assert f"lists of {edges} of 102400" in " ".join(page.split()), page
    assert "sparse_linear" not in execute([SNNC, model.folder / "network.mlir", "--stop-after=space"])
    help_page = execute([model.binary, "--help"])
    assert re.search(r"\bw\b.*320.*96", help_page), help_page


def test_constant() -> None:
    """Edges that a model file holds: the example of the op, with every input."""
    text = """func.func @constant(%s: tensor<?x?x3xi1>) -> tensor<?x?x2xf32> {
      %e = arith.constant dense<[0, 1, 1, 3, 1, 0, 1,
                                 0x3F800000, 0x3F000000, 0x40000000]> : tensor<10xi32>
      %y = snn.sparse_linear %s, %e {inputs = array<i64: 3>, outputs = 2 : i64}
          : tensor<?x?x3xi1>, tensor<10xi32>
      return %y : tensor<?x?x2xf32>
    }"""
    s = np.bool_([[i & 1, i & 2, i & 4] for i in range(8)])[:, None]
    w = np.float32([[0, 0, 0.5], [1, 0, 2]])
    Model(text, name="constant").check({"s": s}, run_linear(s, w, None))


def test_not_finite() -> None:
    """A NaN is no zero, and cannot be embedded either way."""
    weights = {"w": np.zeros((8, 16), f32)}
    weights["w"][2, 3] = np.nan
    text = """func.func @nan(%s: tensor<?x?x16xi1>, %w: tensor<8x16xf32> {snn.param = "w"})
        -> tensor<?x?x8xf32> {
      %y = snn.linear %s, %w : tensor<?x?x16xi1>, tensor<8x16xf32>
      return %y : tensor<?x?x8xf32>
    }"""
    try:
        Model(text, weights, name="nan", targets=["x86-64-v3"])
        raise AssertionError("expected an error")
    except Failure as error:
        assert "expected finite values of parameter 'w', but got nan at [2, 3]" in str(error), error


if __name__ == "__main__":
    test_matrices()
    test_delays()
    test_large()
    test_network()
    test_constant()
    test_not_finite()
