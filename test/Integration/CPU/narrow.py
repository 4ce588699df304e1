# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""--allow=bf16-weights and int8-weights: the changed model is exact again, and
near to the one before.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from harness import FOLDER, MODELS, SNNC, Failure, Model, check_equal, execute, to_bfloat

EXAMPLES = Path(__file__).parent.parent.parent.parent / "python/examples"
f32 = np.float32
random = np.random.default_rng(22)
T, B, K, N = 11, 3, 70, 40

# One matrix that meets spikes, spikes as numbers and no spikes, in this order.
TEXT = f"""
#rows = affine_map<(t, b, n) -> (t, b, n)>
func.func @narrow(%s: tensor<?x?x{K}xi1>, %x: tensor<?x?x{K}xf32>,
    %w: tensor<{N}x{K}xf32> {{snn.param = "w"}}, %b: tensor<{N}xf32> {{snn.param = "b"}},
    %u: tensor<{N}x{K}xf32> {{snn.param = "u"}}, %a: tensor<{N}x{K}xf32> {{snn.param = "a"}},
    %r: tensor<{N}x{N}xf32> {{snn.param = "r"}})
    -> (tensor<?x?x{N}xf32>, tensor<?x?x{N}xf32>, tensor<?x?x{N}xf32>, tensor<?x?x{N}xi1>) {{
  %y = snn.linear %s, %w, %b : tensor<?x?x{K}xi1>, tensor<{N}x{K}xf32>, tensor<{N}xf32>
  %numbers = arith.uitofp %s : tensor<?x?x{K}xi1> to tensor<?x?x{K}xf32>
  %z = snn.linear %numbers, %u : tensor<?x?x{K}xf32>, tensor<{N}x{K}xf32>
  %q = snn.linear %x, %a : tensor<?x?x{K}xf32>, tensor<{N}x{K}xf32>
  %o, %v, %h = snn.recurrent ins(%y : tensor<?x?x{N}xf32>) skip 2 {{
  ^bb0(%yw: tensor<?x?x{N}xf32>, %fb: tensor<?x?x{N}xi1>, %m: tensor<?x{N}xf32>):
    %p = snn.linear %fb, %r : tensor<?x?x{N}xi1>, tensor<{N}x{N}xf32>
    %i = arith.addf %yw, %p : tensor<?x?x{N}xf32>
    %f, %m1 = snn.lif %i init(%m : tensor<?x{N}xf32>) {{decay = 0.75, threshold = 1.0}}
        : tensor<?x?x{N}xf32>
    snn.yield %f : tensor<?x?x{N}xi1> feedback(%f : tensor<?x?x{N}xi1>) state(%m1 : tensor<?x{N}xf32>)
  }} -> (tensor<?x?x{N}xi1>) state(tensor<?x{N}xf32>) history(tensor<2x?x{N}xi1>)
  return %y, %z, %q, %o
      : tensor<?x?x{N}xf32>, tensor<?x?x{N}xf32>, tensor<?x?x{N}xf32>, tensor<?x?x{N}xi1>
}}"""


def get_bits(values: np.ndarray) -> np.ndarray:
    """The bits of numbers that bf16 has."""
    return (values.view(np.uint32) >> 16).astype(np.uint16).view("V2")


def quantize(w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Integers in units of 1/127 of the largest weight of each output."""
    unit = np.abs(w).max(1) / f32(127)
    with np.errstate(invalid="ignore"):
        number = np.where(unit[:, None] == 0, f32(0), np.rint(w / unit[:, None]))
    return number.astype(np.int8), unit


def sum_in_order(s: np.ndarray, w: np.ndarray, start: np.ndarray) -> np.ndarray:
    out = np.broadcast_to(start, (*s.shape[:-1], len(w))).copy()
    for k in range(w.shape[1]):
        out = np.where(s[..., k, None], out + w[:, k], out)
    return out


def run_loop(i: np.ndarray, multiply) -> np.ndarray:
    """The recurrence: a hard reset to zero, feedback of two steps before."""
    s, v = np.zeros(i.shape, bool), np.zeros(i.shape[1:], f32)
    for t in range(len(i)):
        feedback = s[t - 2] if t > 1 else np.zeros_like(s[0])
        v = f32(0.75) * v + (i[t] + multiply(feedback))
        s[t] = v >= 1
        v = np.where(s[t], f32(0), v)
    return s


def make_inputs() -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    s = random.random((T, B, K)) < 0.3
    weights = {key: random.normal(0, 0.3, shape).astype(f32)
               for key, shape in {"w": (N, K), "b": N, "u": (N, K), "a": (N, K), "r": (N, N)}.items()}  # fmt: skip
    weights["w"][3] = 0
    weights["w"][4, :] *= f32(2.0**-120)
    weights["w"][5, 7] = f32(1) + f32(2.0**-8)  # a tie of bf16
    weights["u"][0, :3] = [127, 2.5, -3.5]  # ties of i8
    weights["u"][0, 3:] = 0
    return {"s": s, "x": random.normal(0, 1, (T, B, K)).astype(f32)}, weights


def check_rewrite(rewrite: str, inputs: dict[str, np.ndarray], weights: dict[str, np.ndarray],
                  narrow: dict[str, np.ndarray], expected: list[np.ndarray]) -> None:  # fmt: skip
    """The changed model, run in every way, and what is compiled from the old."""
    before = Model(TEXT, weights, name="before")
    source = before.folder / "before.mlir"
    flags = [f"--weights=embed:{before.folder / 'weights.safetensors'}", "--numerics=fast",
             f"--allow={rewrite}"]  # fmt: skip
    changed = execute([SNNC, source, *flags, "--stop-after=verify", "--no-optimize"])
    model = Model(changed, weights | narrow, name=rewrite)
    names = dict(zip(before.outputs, model.outputs))
    expected[2] = before.run(inputs)[2]  # the analog input, with weights in f32
    # Printed IR has no names.
    model.check({f"arg{i}": array for i, array in enumerate(inputs.values())}, expected)
    for options in ([], ["--no-optimize"]):
        program = before.folder / rewrite
        execute([SNNC, source, "-o", program, *flags, *options, "--target=x86-64-v2,x86-64-v3"])
        for name, actual, want in zip(names, before.run(inputs, program=[program]), expected):
            check_equal(actual, want, f"{rewrite} {options}, {name}")
    report = json.loads(execute([program, "--report"]))
    assert report["allow"] == [rewrite], report
    layers = [(layer["class"], layer["done"]) for layer in report["layers"] if layer["op"] == "linear"]
    assert [kind for kind, _ in layers] == ["C", "C", "A", "C"], layers
    assert all(done.startswith(rewrite) == (kind == "C") for kind, done in layers), layers
    assert layers[2][1].startswith("f32 weights: its input is not spikes"), layers
    page = execute([SNNC, source, "--explain", *flags])
    assert rewrite in page, page


def test_bf16() -> None:
    inputs, weights = make_inputs()
    w, u, r = (to_bfloat(weights[key]) for key in "wur")
    y = sum_in_order(inputs["s"], w, weights["b"])
    z = sum_in_order(inputs["s"], u, np.zeros(N, f32))
    o = run_loop(y, lambda s: sum_in_order(s, r, np.zeros(N, f32)))
    assert 0.05 < o.mean() < 0.9, o.mean()
    narrow = {"w": get_bits(w), "u": get_bits(u), "r": get_bits(r)}
    check_rewrite("bf16-weights", inputs, weights, narrow, [y, z, z, o])


def test_int8() -> None:
    inputs, weights = make_inputs()
    pairs = {key: quantize(weights[key]) for key in "wur"}
    assert pairs["u"][0][0, 1] == 2 and pairs["u"][0][0, 2] == -4

    def multiply(s: np.ndarray, key: str) -> np.ndarray:
        number, unit = pairs[key]
        return unit * (s.astype(np.int64) @ number.astype(np.int64).T).astype(f32)

    y = multiply(inputs["s"], "w") + weights["b"]
    o = run_loop(y, lambda s: multiply(s, "r"))
    narrow = {key: number for key, (number, _) in pairs.items()}
    z = multiply(inputs["s"], "u")
    check_rewrite("int8-weights", inputs, weights, narrow, [y, z, z, o])


def test_accuracy() -> None:
    """The network of the demo: its numbers stay near."""
    x = random.random((784, 8, 1), f32)
    np.save(FOLDER / "x.npy", x)
    results = {}
    for rewrite in ("", "bf16-weights", "int8-weights"):
        program = FOLDER / f"fashion{rewrite}"
        flags = ["--numerics=fast", f"--allow={rewrite}"] if rewrite else []
        execute([SNNC, MODELS / "fashion.mlir", "-o", program, "--target=native",
                 f"--weights=embed:{EXAMPLES / 'fashion.safetensors'}", *flags])  # fmt: skip
        execute([program, "--input", FOLDER / "x.npy", "--output", FOLDER / "y.npy"])
        results[rewrite] = np.load(FOLDER / "y.npy")
    exact = results.pop("")
    for rewrite, y in results.items():
        assert np.isfinite(y).all() and (y != exact).any()
        assert np.abs(y - exact).mean() < 0.1 * np.abs(exact).mean(), (rewrite, y, exact)


def test_calls() -> None:
    """A synapse that is written in a function is narrowed as well."""
    text = """func.func private @layer(%s: tensor<?x?x64xi1>, %w: tensor<8x64xf32> {snn.param = "w"})
        -> tensor<?x?x8xf32> {
      %y = snn.linear %s, %w : tensor<?x?x64xi1>, tensor<8x64xf32>
      return %y : tensor<?x?x8xf32>
    }
    func.func @call(%s: tensor<?x?x64xi1>, %w: tensor<8x64xf32> {snn.param = "w"})
        -> tensor<?x?x8xf32> {
      %y = func.call @layer(%s, %w) : (tensor<?x?x64xi1>, tensor<8x64xf32>) -> tensor<?x?x8xf32>
      return %y : tensor<?x?x8xf32>
    }"""
    model = Model(text, weights={"w": np.ones((8, 64), f32)}, name="call", targets=["x86-64-v2"])
    ir = execute([SNNC, model.source, *model.flags, "--numerics=fast", "--allow=bf16-weights",
                  "--stop-after=space"])  # fmt: skip
    assert "tensor<8x64xbf16>" in ir, ir


def test_errors() -> None:
    """Values that are not finite as bf16, and not at all."""
    text = """func.func @big(%s: tensor<?x?x4xi1>, %w: tensor<2x4xf32> {snn.param = "w"})
        -> tensor<?x?x2xf32> {
      %y = snn.linear %s, %w : tensor<?x?x4xi1>, tensor<2x4xf32>
      return %y : tensor<?x?x2xf32>
    }"""
    weights = {"w": np.zeros((2, 4), f32)}
    for value, rewrite, shown in ((3.4e38, "bf16-weights", "INF"), (np.nan, "bf16-weights", "nan"),
                                  (np.inf, "int8-weights", "INF")):  # fmt: skip
        weights["w"][1, 2] = 1
        model = Model(text, weights, name="big", targets=["x86-64-v2"])
        path = model.folder / "weights.safetensors"
        weights["w"][1, 2] = value
        path.write_bytes(path.read_bytes()[: -weights["w"].nbytes] + weights["w"].tobytes())
        try:
            execute([SNNC, model.folder / "big.mlir", "-o", model.folder / "none", "--numerics=fast",
                     f"--allow={rewrite}", f"--weights=embed:{path}"])  # fmt: skip
            raise AssertionError("expected an error")
        except Failure as error:
            assert f"expected finite values of parameter 'w', but got {shown} at [1, 2]" in str(error), error


if __name__ == "__main__":
    test_bf16()
    test_int8()
    test_accuracy()
    test_calls()
    test_errors()
