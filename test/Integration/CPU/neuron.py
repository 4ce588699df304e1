"""snn.neuron: any step on scalars, with tables, parameters and integer states.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from harness import Model, expect_failure, fma

f32 = np.float32


def make(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.3, 1, shape).astype(f32)


def run_alif(x: np.ndarray) -> np.ndarray:
    v = a = np.zeros(x.shape[1:], f32)
    spikes = np.zeros(x.shape, bool)
    for t, xt in enumerate(x):
        u, threshold = f32(0.875) * v + xt, a + f32(1)
        s = spikes[t] = u >= threshold
        v = np.where(s, u - threshold, u)
        old = f32(0.96875) * a
        a = np.where(s, old + f32(1), old)
    return spikes


def test_alif() -> None:
    """By hand: the threshold is 1, then 2, then 1.96875."""
    x = np.float32([1, 1.875, 0.0625])[:, None, None] * np.ones(4, f32)
    s = np.bool_([1, 0, 0])[:, None, None] & np.ones(4, bool)
    model = Model("alif.mlir")
    model.check({"x": x}, s)
    x[1] = 2  # reaches 2; then the threshold is 1 + 1.96875
    model.check({"x": x}, np.bool_([1, 1, 0])[:, None, None] & np.ones(4, bool))
    for steps, batch in ((30, 5), (0, 1)):
        x = make(steps, batch, 4)
        model.check({"x": x}, run_alif(x))


def test_few_spikes() -> None:
    """By hand: 0.8125 = 0.5 + 0.25 + 0.0625 in the coefficients of a ramp."""
    tables = {name: np.float32([0.5, 0.25, 0.125, 0.0625]) for name in ("theta", "h", "d")}
    model = Model("few_spikes.mlir")
    values = np.float32([[0.8125, 0, 1]])
    s = np.bool_([[1, 0, 1], [1, 0, 1], [0, 0, 1], [1, 0, 1]])[:, None]
    y = np.float32([[0.8125, 0, 0.9375]])
    model.check({}, [s, y], tables | {"value": values}, "--steps", 4, "--batch", len(values))
    values = np.abs(make(5, 3))
    v, spikes, total = values, [], np.zeros_like(values)
    for t in range(4):
        s = v >= tables["theta"][t]
        v = np.where(s, v - tables["h"][t], v)
        total = np.where(s, total + tables["d"][t], total)
        spikes.append(s)
    model.check({}, [np.array(spikes), total], tables | {"value": values}, "--steps", 4, "--batch", len(values))


def test_everything() -> None:
    """Several inputs, params, tables, states and outputs of several types."""
    seq = "tensor<?x?x2x3xf32>"
    text = f"""func.func @everything(%x: {seq}, %s: tensor<?x?x2x3xi1>,
        %c: tensor<?x?x2x3xi32>, %p: tensor<2x3xf32> {{snn.param = "p"}},
        %q: tensor<f32> {{snn.param = "q"}}, %l: tensor<30xf32> {{snn.param = "l"}},
        %m: tensor<30x2x3xf32> {{snn.param = "m"}}, %kt: tensor<f32> {{snn.param = "kt"}})
        -> ({seq}, tensor<?x?x2x3xi32>, tensor<?x?x2x3xi1>, {seq}, {seq},
            tensor<?x2x3xi32> {{snn.static}}) {{
      %k = tensor.extract %kt[] : tensor<f32>
      %y, %n, %z, %vT, %nT = snn.neuron ins(%x, %s, %c : {seq}, tensor<?x?x2x3xi1>,
          tensor<?x?x2x3xi32>) params(%p, %q : tensor<2x3xf32>, tensor<f32>)
          tables(%l, %m : tensor<30xf32>, tensor<30x2x3xf32>) {{
      ^bb0(%xt: f32, %st: i1, %ct: i32, %pn: f32, %qn: f32, %lt: f32, %mt: f32,
           %v: f32, %n0: i32):
        %three = arith.constant 3 : i32
        %0 = arith.mulf %pn, %v : f32
        %1 = math.fma %lt, %xt, %0 : f32
        %2 = arith.mulf %1, %k : f32
        %3 = arith.select %st, %2, %1 : f32
        %4 = arith.addf %3, %mt : f32
        %5 = arith.muli %n0, %three : i32
        %6 = arith.addi %5, %ct : i32
        %7 = arith.cmpf ogt, %4, %qn : f32
        %8 = arith.xori %7, %st : i1
        snn.yield %4, %6, %8 : f32, i32, i1 state(%3, %6 : f32, i32)
      }} -> ({seq}, tensor<?x?x2x3xi32>, tensor<?x?x2x3xi1>)
        state(tensor<?x2x3xf32>, tensor<?x2x3xi32>)
      %b, %bT = snn.neuron reverse ins(%x : {seq}) tables(%l : tensor<30xf32>) {{
      ^bb0(%xt: f32, %lt: f32, %v: f32):
        %0 = arith.mulf %lt, %v : f32
        %1 = arith.addf %0, %xt : f32
        snn.yield %1 : f32 state(%1 : f32)
      }} -> ({seq}) state(tensor<?x2x3xf32>)
      %g = snn.neuron ins(%x : {seq}) {{
      ^bb0(%xt: f32):
        %0 = arith.mulf %xt, %xt : f32
        snn.yield %0 : f32
      }} -> ({seq})
      return %y, %n, %z, %b, %g, %nT : {seq}, tensor<?x?x2x3xi32>,
          tensor<?x?x2x3xi1>, {seq}, {seq}, tensor<?x2x3xi32>
    }}"""
    model = Model(text, name="everything")
    params = {"p": make(2, 3, seed=1) / 2, "q": np.array(f32(0.4)), "l": make(30, seed=2),
              "m": make(30, 2, 3, seed=3), "kt": np.array(f32(0.7))}  # fmt: skip
    p, q, table, m, k = params.values()
    for steps, batch in ((30, 5), (1, 1), (0, 2)):
        x = make(steps, batch, 2, 3, seed=4)
        s = make(steps, batch, 2, 3, seed=5) > 0
        c = np.random.default_rng(6).integers(-9, 9, x.shape).astype(np.int32)
        v, n = np.zeros(x.shape[1:], f32), np.zeros(x.shape[1:], np.int32)
        y, z = np.zeros_like(x), np.zeros_like(s)
        counts, back = np.zeros_like(c), np.zeros_like(x)
        with np.errstate(over="ignore"):
            for t in range(steps):
                u = fma(np.full_like(v, table[t]), x[t], p * v)
                v = np.where(s[t], u * k, u)
                y[t] = v + m[t]
                counts[t] = n = n * np.int32(3) + c[t]
                z[t] = (y[t] > q) ^ s[t]
        w = np.zeros(x.shape[1:], f32)
        for t in reversed(range(steps)):
            back[t] = w = table[t] * w + x[t]
        model.check({"x": x, "s": s, "c": c}, [y, counts, z, back, x * x, n], params)
    long = np.zeros((31, 1, 2, 3), f32)
    inputs = {"x": long, "s": long > 0, "c": long.astype(np.int32)}
    expect_failure("30", model.run, inputs, params)


def test_math() -> None:
    """Functions are near those of NumPy, and the same bits in every run."""
    names = ["exp", "tanh", "log1p", "expm1", "sin", "cos", "sqrt", "log"]
    body = []
    for name in names:
        source = "%positive" if name in ("sqrt", "log", "log1p") else "%xt"
        body.append(f"%{name} = math.{name} {source} : f32")
    types = ", ".join(["tensor<?x?x40xf32>"] * len(names))
    values = ", ".join(f"%{name}" for name in names)
    scalars = ", ".join(["f32"] * len(names))
    text = "\n".join([f"""func.func @functions(%x: tensor<?x?x40xf32>) -> ({types}) {{
      %y:{len(names)} = snn.neuron ins(%x : tensor<?x?x40xf32>) {{
      ^bb0(%xt: f32):
        %positive = math.absf %xt : f32""", *body,
        f"snn.yield {values} : {scalars}", f"}} -> ({types})",
        f"return {', '.join(f'%y#{i}' for i in range(len(names)))} : {types}", "}"])  # fmt: skip
    model = Model(text, name="functions")
    x = (make(9, 3, 40) * 3).astype(f32)
    x[0, 0, :6] = [0, -0.0, 1, 30, -30, 1e-20]
    actual = model.check({"x": x}, None)
    wide = x.astype(np.float64)
    for name, y in zip(names, actual):
        source = np.abs(wide) if name in ("sqrt", "log", "log1p") else wide
        with np.errstate(divide="ignore"):
            want = getattr(np, name)(source)
        atol = 2e-6 if name in ("sin", "cos") else 1e-7
        np.testing.assert_allclose(y, want, rtol=5e-7, atol=atol, err_msg=name)


def test_division() -> None:
    """Exact operations of arith stay exact: division, remainder, rounding."""
    text = """func.func @exact(%x: tensor<?x?x7xf32>, %y: tensor<?x?x7xf32>)
        -> (tensor<?x?x7xf32>, tensor<?x?x7xf32>, tensor<?x?x7xf32>, tensor<?x?x7xf32>,
            tensor<?x?x7xf32>) {
      %r:5 = snn.neuron ins(%x, %y : tensor<?x?x7xf32>, tensor<?x?x7xf32>) {
      ^bb0(%a: f32, %b: f32):
        %0 = arith.divf %a, %b : f32
        %1 = arith.remf %a, %b : f32
        %2 = math.floor %a : f32
        %3 = math.roundeven %a : f32
        %4 = math.trunc %a : f32
        snn.yield %0, %1, %2, %3, %4 : f32, f32, f32, f32, f32
      } -> (tensor<?x?x7xf32>, tensor<?x?x7xf32>, tensor<?x?x7xf32>, tensor<?x?x7xf32>,
            tensor<?x?x7xf32>)
      return %r#0, %r#1, %r#2, %r#3, %r#4 : tensor<?x?x7xf32>, tensor<?x?x7xf32>,
          tensor<?x?x7xf32>, tensor<?x?x7xf32>, tensor<?x?x7xf32>
    }"""
    model = Model(text, name="exact")
    x, y = make(40, 5, 7) * f32(40), make(40, 5, 7, seed=1)
    x[0, 0] = [0.5, 1.5, 2.5, -0.5, -0.0, 1e30, 7]
    y[0, 0] = [1, 0.5, 2.5, 3, 1, 3, np.inf]
    model.check({"x": x, "y": y},
                [x / y, np.fmod(x, y), np.floor(x), np.rint(x), np.trunc(x)])  # fmt: skip


if __name__ == "__main__":
    test_alif()
    test_few_spikes()
    test_everything()
    test_math()
    test_division()
