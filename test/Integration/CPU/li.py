"""snn.li and snn.cuba_lif, against the equations of their documentation.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from harness import Model


def run_li(x: np.ndarray, decay: object, decay_input: bool = False,
           v: np.ndarray | None = None) -> np.ndarray:  # fmt: skip
    state = np.float32 if x.dtype == np.float16 else x.dtype.type
    decay = np.asarray(decay, state)
    v = np.zeros(x.shape[1:], state) if v is None else v
    out = np.zeros(x.shape, state)
    for t, xt in enumerate(x.astype(state)):
        out[t] = v = decay * v + ((state(1) - decay) * xt if decay_input else xt)
    return out.astype(x.dtype)


def run_cuba(x: np.ndarray, synapse: object, decay: object, threshold: object,
             current: str = "new", reset: str = "value",
             reset_time: str = "same", compare: str = "ge") -> np.ndarray:  # fmt: skip
    """Resets: to a value of 0, or by subtraction of the threshold."""
    state = np.float32 if x.dtype == np.float16 else x.dtype.type
    synapse, decay = np.asarray(synapse, state), np.asarray(decay, state)
    threshold = np.asarray(threshold, state)
    v = c = np.zeros(x.shape[1:], state)
    spikes = np.zeros(x.shape, bool)

    def fires(u: np.ndarray) -> np.ndarray:
        return u >= threshold if compare == "ge" else u > threshold

    def do_reset(u: np.ndarray) -> np.ndarray:
        return np.where(fires(u), state(0) if reset == "value" else u - threshold, u)

    for t, xt in enumerate(x.astype(state)):
        old, c = c, synapse * c + xt
        u = decay * (do_reset(v) if reset_time == "next" else v)
        u = u + (c if current == "new" else old)
        if reset_time == "after_decay":
            u = np.where(fires(v), state(0) if reset == "value" else u - threshold, u)
        spikes[t] = fires(u)
        v = do_reset(u) if reset_time == "same" else u
    return spikes


def make_input(*shape: int) -> np.ndarray:
    return np.random.default_rng(5).normal(0.2, 0.6, shape).astype(np.float32)


def test_li_by_hand() -> None:
    """v: 1, 0.75 + 1, ...: decay 0.75 of what was, a quarter of the input."""
    x = np.float32([4, 4, 0, -4])[:, None, None] * np.float32([1, 2, 4])
    v = np.float32([1, 1.75, 1.3125, -0.015625])[:, None, None] * np.float32([1, 2, 4])
    Model("li.mlir").check({"x": x}, [v, v[-1]])


def test_li() -> None:
    x, empty = make_input(20, 5, 3), make_input(0, 2, 3)
    model = Model("li.mlir")
    want = run_li(x, 0.75, True)
    model.check({"x": x}, [want, want[-1]])
    model.check({"x": empty}, [empty, np.zeros((2, 3), np.float32)])
    text = """
    func.func @li_forms(%x: tensor<?x?x2x3xf32>, %h: tensor<?x?x2x3xf16>,
        %w: tensor<?x?x2x3xf64>, %d: tensor<2x3xf32> {snn.param = "d"},
        %v0: tensor<?x2x3xf32> {snn.state = "v"})
        -> (tensor<?x?x2x3xf32>, tensor<?x2x3xf32> {snn.state = "v"},
            tensor<?x?x2x3xf32>, tensor<?x?x2x3xf16>, tensor<?x?x2x3xf64>) {
      %c = arith.constant 0.3 : f32
      %a, %v = snn.li %x decay(%d : tensor<2x3xf32>) init(%v0 : tensor<?x2x3xf32>)
          {decay_input} : tensor<?x?x2x3xf32>
      %b, %vb = snn.li %x decay(%c : f32) : tensor<?x?x2x3xf32>
      %e, %ve = snn.li %h {decay = 1.0} : tensor<?x?x2x3xf16>
      %f, %vf = snn.li %w {decay = 0.9, decay_input} : tensor<?x?x2x3xf64>
      return %a, %v, %b, %e, %f : tensor<?x?x2x3xf32>, tensor<?x2x3xf32>,
          tensor<?x?x2x3xf32>, tensor<?x?x2x3xf16>, tensor<?x?x2x3xf64>
    }"""
    model = Model(text, name="li_forms")
    decay = np.float32([[0, 0.1, 0.5], [0.9, 0.99, 1]])
    for steps, batch in ((11, 5), (1, 1)):
        x = make_input(steps, batch, 2, 3)
        half, wide = x.astype(np.float16), x.astype(np.float64) / 3
        model.check({"x": x, "h": half, "w": wide},
                    [run_li(x, decay, True), run_li(x, 0.3), run_li(half, 1.0),
                     run_li(wide, 0.9, True)], {"d": decay})  # fmt: skip


def test_cuba_by_hand() -> None:
    """c: 1, 0.75, 0.5625, ...; u: 1 (fires), 0.75, 1.2375 (fires), 0.421875."""
    x = np.zeros((5, 1, 4), np.float32)
    x[0] = 1
    s = np.zeros((5, 1, 4), bool)
    s[[0, 2]] = True
    Model("cuba_lif.mlir").check({"x": x}, s)


def test_cuba() -> None:
    forms = [("new", "value", "same", "ge"), ("old", "value", "same", "gt"),
             ("new", "subtract", "next", "ge"), ("old", "subtract", "after_decay", "ge")]  # fmt: skip
    lines = [f"""%s{i}, %v{i}, %c{i} = snn.cuba_lif %x {{synapse_decay = 0.7, decay = 0.9,
        threshold = 0.8, current = #snn.current<{current}>, reset = #snn.reset<{reset}>,
        reset_time = #snn.reset_time<{time}>, compare = #snn.compare<{compare}>}}
        : tensor<?x?x4xf32>""" for i, (current, reset, time, compare) in enumerate(forms)]  # fmt: skip
    lines.append("""%s4, %v4, %c4 = snn.cuba_lif %x synapse_decay(%a : tensor<4xf32>)
        decay(%b : tensor<4xf32>) threshold(%h : tensor<4xf32>) : tensor<?x?x4xf32>
        %s5, %v5, %c5 = snn.cuba_lif %y {synapse_decay = 0.7, decay = 0.9,
        threshold = 0.8} : tensor<?x?x4xf16>""")
    types = ", ".join(["tensor<?x?x4xi1>"] * 6)
    text = "\n".join(["""func.func @cuba_forms(%x: tensor<?x?x4xf32>,
        %y: tensor<?x?x4xf16>, %a: tensor<4xf32> {snn.param = "a"},
        %b: tensor<4xf32> {snn.param = "b"}, %h: tensor<4xf32> {snn.param = "h"})""",
        f"-> ({types}) {{", *lines, f"return %s0, %s1, %s2, %s3, %s4, %s5 : {types}", "}"])  # fmt: skip
    model = Model(text, name="cuba_forms")
    a, b = np.float32([0, 0.3, 0.8, 1]), np.float32([0.9, 0.2, 0.5, 1])
    h = np.float32([0.5, 0.6, 0.7, 2])
    for steps, batch in ((21, 5), (1, 1), (0, 2)):
        x = make_input(steps, batch, 4)
        half = x.astype(np.float16)
        model.check({"x": x, "y": half},
                    [*(run_cuba(x, 0.7, 0.9, 0.8, *form) for form in forms),
                     run_cuba(x, a, b, h), run_cuba(half, 0.7, 0.9, 0.8)],
                    {"a": a, "b": b, "h": h})  # fmt: skip


if __name__ == "__main__":
    test_li_by_hand()
    test_li()
    test_cuba_by_hand()
    test_cuba()
