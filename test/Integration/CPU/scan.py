"""snn.scan: real, complex and dense; every form of a coefficient.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from harness import Model


def run_scan(kind: str, inputs: list[np.ndarray], coefficients: list[np.ndarray],
             reverse: bool = False, init: list[np.ndarray] | None = None,
             m: int | None = None) -> list[np.ndarray]:  # fmt: skip
    """The m sequences h. A coefficient of an input's shape is time-varying."""
    shape, kind_of = inputs[0].shape, inputs[0].dtype
    m = m or {"real": 1, "complex": 2}.get(kind, len(inputs))
    h = init or [np.zeros(shape[1:], kind_of) for _ in range(m)]
    out = [np.zeros(shape, kind_of) for _ in range(m)]
    order = range(len(inputs[0]))
    for t in reversed(order) if reverse else order:
        a = [c[t] if c.shape == shape else c for c in coefficients]
        if not a:
            new = list(h)
        elif kind == "real":
            new = [a[0] * h[0]]
        elif kind == "complex":
            new = [a[0] * h[0] - a[1] * h[1], a[0] * h[1] + a[1] * h[0]]
        else:
            new = []
            for i in range(m):
                row = a[i * m] * h[0]
                for j in range(1, m):
                    row = row + a[i * m + j] * h[j]
                new.append(row)
        h = [new[i] + inputs[i][t] if i < len(inputs) else new[i] for i in range(m)]
        for i in range(m):
            out[i][t] = h[i]
    return out


def make(shape: tuple[int, ...], seed: int, scale: float = 1.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, scale, shape).astype(np.float32)


SEQ = "tensor<?x?x5xf32>"


def test_by_hand() -> None:
    """A quarter turn: (x, 0) goes to (0, x), (-x, 0), (0, -x), ..."""
    x = np.zeros((5, 1, 2), np.float32)
    x[0] = [1, 2]
    turn = np.float32([1, 0, -1, 0, 1])[:, None, None] * np.float32([1, 2])
    Model("resonator.mlir").check({"x": x}, turn, {"re": np.float32([0, 0]),
                                                   "im": np.float32([1, 1])})  # fmt: skip
    x = np.float32([1, 0, 0, 8])[:, None, None]
    text = """func.func @halves(%x: tensor<?x?x1xf32>)
        -> (tensor<?x?x1xf32>, tensor<?x?x1xf32>, tensor<?x?x1xf32>) {
      %a = arith.constant 0.5 : f32
      %h, %hT = snn.scan real (%x) by (%a) : (tensor<?x?x1xf32>), (f32)
      %b, %b0 = snn.scan real reverse (%x) by (%a) : (tensor<?x?x1xf32>), (f32)
      %s, %sT = snn.scan real (%x) : (tensor<?x?x1xf32>)
      return %h, %b, %s : tensor<?x?x1xf32>, tensor<?x?x1xf32>, tensor<?x?x1xf32>
    }"""
    Model(text, name="halves").check({"x": x}, [
        np.float32(y)[:, None, None]
        for y in ([1, 0.5, 0.25, 8.125], [2, 2, 4, 8], [1, 1, 1, 9])])  # fmt: skip


def test_real() -> None:
    text = f"""func.func @real(%x: {SEQ}, %a: {SEQ}, %i: tensor<?x?x5xi32>,
        %d: tensor<?x?x5xf64>, %p: tensor<5xf32> {{snn.param = "p"}},
        %h0: tensor<?x5xf32> {{snn.state = "h"}})
        -> ({SEQ}, {SEQ}, {SEQ}, {SEQ}, {SEQ}, {SEQ}, tensor<?x?x5xi32>,
            tensor<?x?x5xf64>, tensor<?x5xf32> {{snn.static}},
            tensor<?x5xf32> {{snn.state = "h"}}) {{
      %c = arith.constant 0.3 : f32
      %three = arith.constant 3 : i32
      %e = arith.constant 0.7 : f64
      %y0, %hT = snn.scan real (%x) by (%c) init(%h0 : tensor<?x5xf32>) : ({SEQ}), (f32)
      %y1, %h1 = snn.scan real (%x) by (%p) : ({SEQ}), (tensor<5xf32>)
      %y2, %h2 = snn.scan real (%x) by (%a) : ({SEQ}), ({SEQ})
      %y3, %h3 = snn.scan real (%x) : ({SEQ})
      %y4, %h4 = snn.scan real reverse (%x) by (%p) : ({SEQ}), (tensor<5xf32>)
      %y5, %h5 = snn.scan real reverse (%x) by (%a) : ({SEQ}), ({SEQ})
      %y6, %h6 = snn.scan real (%i) by (%three) : (tensor<?x?x5xi32>), (i32)
      %y7, %h7 = snn.scan real (%d) by (%e) : (tensor<?x?x5xf64>), (f64)
      return %y0, %y1, %y2, %y3, %y4, %y5, %y6, %y7, %h4, %hT : {SEQ}, {SEQ}, {SEQ},
          {SEQ}, {SEQ}, {SEQ}, tensor<?x?x5xi32>, tensor<?x?x5xf64>, tensor<?x5xf32>,
          tensor<?x5xf32>
    }}"""
    model = Model(text, name="real")
    p = np.float32([0, 0.2, -0.9, 1, 1.01])
    for steps, batch in ((23, 5), (1, 1), (0, 2)):
        shape = (steps, batch, 5)
        x, a = make(shape, 1), make(shape, 2, 0.5)
        i = np.random.default_rng(3).integers(-9, 9, shape).astype(np.int32)
        d = x.astype(np.float64) / 3
        three, e = np.int32(3), np.float64(0.7)
        with np.errstate(over="ignore"):
            expected = [run_scan("real", [x], [np.float32(0.3)]), run_scan("real", [x], [p]),
                        run_scan("real", [x], [a]), run_scan("real", [x], []),
                        run_scan("real", [x], [p], True), run_scan("real", [x], [a], True),
                        run_scan("real", [i], [three]), run_scan("real", [d], [e])]  # fmt: skip
        final = expected[4][0][0] if steps else np.zeros(shape[1:], np.float32)
        model.check({"x": x, "a": a, "i": i, "d": d}, [y[0] for y in expected] + [final],
                    {"p": p})  # fmt: skip


def test_complex_and_dense() -> None:
    nine = ", ".join(f"%m{i}" for i in range(9))
    kinds = ", ".join(["f32"] * 4 + ["tensor<5xf32>"] + ["f32"] * 4)
    random = np.random.default_rng(7)
    matrix = [np.float32(v) for v in random.normal(0, 0.5, 9)]
    matrix[4] = random.normal(0, 0.5, 5).astype(np.float32)
    constants = "\n".join(f"%m{i} = arith.constant {float(v)!r} : f32"
                          for i, v in enumerate(matrix) if i != 4)  # fmt: skip
    text = f"""func.func @blocks(%x: {SEQ}, %y: {SEQ}, %z: {SEQ},
        %re: tensor<5xf32> {{snn.param = "re"}}, %im: tensor<5xf32> {{snn.param = "im"}},
        %m4: tensor<5xf32> {{snn.param = "m4"}})
        -> ({", ".join([SEQ] * 11)}) {{
      {constants}
      %c:4 = snn.scan complex (%x, %y) by (%re, %im)
          : ({SEQ}, {SEQ}), (tensor<5xf32>, tensor<5xf32>)
      %r:4 = snn.scan complex reverse (%x) by (%m0, %im) : ({SEQ}), (f32, tensor<5xf32>)
      %v:4 = snn.scan complex (%x) by (%y, %z) : ({SEQ}), ({SEQ}, {SEQ})
      %d:6 = snn.scan dense (%x, %y, %z) by ({nine}) : ({SEQ}, {SEQ}, {SEQ}), ({kinds})
      %e:4 = snn.scan dense (%x) by (%m0, %m1, %m2, %y) : ({SEQ}), (f32, f32, f32, {SEQ})
      return %c#0, %c#1, %r#0, %r#1, %v#0, %v#1, %d#0, %d#1, %d#2, %e#0, %e#1
          : {", ".join([SEQ] * 11)}
    }}"""
    model = Model(text, name="blocks")
    re, im = make((5,), 1, 0.6), make((5,), 2, 0.6)
    for steps, batch in ((19, 5), (1, 1), (0, 1)):
        x, y, z = (make((steps, batch, 5), seed, 0.4) for seed in (4, 5, 6))
        expected = run_scan("complex", [x, y], [re, im])
        expected += run_scan("complex", [x], [matrix[0], im], True)
        expected += run_scan("complex", [x], [y, z])
        expected += run_scan("dense", [x, y, z], matrix)
        expected += run_scan("dense", [x], [*matrix[:3], y], m=2)
        model.check({"x": x, "y": y, "z": z}, expected,
                    {"re": re, "im": im, "m4": matrix[4]})  # fmt: skip


if __name__ == "__main__":
    test_by_hand()
    test_real()
    test_complex_and_dense()
