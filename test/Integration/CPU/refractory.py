"""snn.fire and snn.refractory: thresholds, and the three readings of a gate.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from harness import Model


def run_event(c: np.ndarray, period: int) -> np.ndarray:
    """An emitted spike silences the next `period` steps."""
    s = np.zeros_like(c)
    for t in range(len(c)):
        s[t] = c[t] & ~s[max(t - period, 0) : t].any(axis=0)
    return s


def run_window(c: np.ndarray, period: int) -> np.ndarray:
    """A candidate silences the next `period` steps."""
    s = np.zeros_like(c)
    for t in range(len(c)):
        s[t] = c[t] & ~c[max(t - period, 0) : t].any(axis=0)
    return s


def run_phase(c: np.ndarray, period: int, phase: int) -> np.ndarray:
    allowed = np.arange(len(c)) % period == phase
    return c & allowed.reshape(-1, *[1] * (c.ndim - 1))


PERIODS = (0, 1, 4, 100)


def test_gates() -> None:
    lines, values = [], []
    for kind in ("event", "window"):
        for period in PERIODS:
            result = f"%{kind}{period}"
            lines.append(f"{result}, {result}_r = snn.refractory {kind} {period} %c "
                         ": tensor<?x?x9xi1>")  # fmt: skip
            values.append(result)
    for period, phase in ((1, 0), (5, 3), (100, 2)):
        lines.append(f"%phase{period} = snn.refractory phase {period} %c "
                     f"{{phase = {phase}}} : tensor<?x?x9xi1>")  # fmt: skip
        values.append(f"%phase{period}")
    types = ", ".join(["tensor<?x?x9xi1>"] * len(values))
    text = "\n".join([f"func.func @gates(%c: tensor<?x?x9xi1>) -> ({types}) {{", *lines,
                      f"return {', '.join(values)} : {types}", "}"])  # fmt: skip
    model = Model(text, name="gates")
    random = np.random.default_rng(1)
    dense = np.ones((17, 1, 9), bool)
    for c in (random.random((40, 5, 9)) < 0.4, random.random((13, 2, 9)) < 0.9, dense,
              dense[:1], dense[:0], ~dense):  # fmt: skip
        expected = [run(c, period) for run in (run_event, run_window) for period in PERIODS]
        expected += [run_phase(c, 1, 0), run_phase(c, 5, 3), run_phase(c, 100, 2)]
        model.check({"c": c}, expected)


def test_by_hand() -> None:
    """R = 2: after an event at t, the next can be at t + 3; not so for windows."""
    c = np.bool_([1, 1, 1, 1, 0, 0, 1, 0, 0, 0, 1])
    event = np.bool_([1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1])
    window = np.bool_([1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1])
    phase = np.bool_([0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1])
    model = Model("refractory.mlir")
    everywhere = np.ones((1, 1, 4), bool)
    model.check({"c": c[:, None, None] & everywhere},
                [s[:, None, None] & everywhere for s in (event, window, phase)])  # fmt: skip


def test_fire() -> None:
    text = """
    func.func @fire(%u: tensor<?x?x3x2xf32>, %d: tensor<?x?x3x2xf64>,
        %h: tensor<3x2xf32> {snn.param = "h"}, %r: tensor<2xf32> {snn.param = "r"})
        -> (tensor<?x?x3x2xi1>, tensor<?x?x3x2xi1>, tensor<?x?x3x2xi1>,
            tensor<?x?x3x2xi1>, tensor<?x?x3x2xi1>, tensor<?x?x3x2xi1>) {
      %c = arith.constant 0.25 : f32
      %s0 = snn.fire %u {threshold = 0.5} : tensor<?x?x3x2xf32>
      %s1 = snn.fire %u {threshold = 0.5, compare = #snn.compare<gt>,
          surrogate = #snn.surrogate<atan, 2.0>} : tensor<?x?x3x2xf32>
      %s2 = snn.fire %u, %h : tensor<?x?x3x2xf32>, tensor<3x2xf32>
      %s3 = snn.fire %u, %r {compare = #snn.compare<gt>}
          : tensor<?x?x3x2xf32>, tensor<2xf32>
      %s4 = snn.fire %u, %c : tensor<?x?x3x2xf32>, f32
      %s5 = snn.fire %d {threshold = 0.1} : tensor<?x?x3x2xf64>
      return %s0, %s1, %s2, %s3, %s4, %s5 : tensor<?x?x3x2xi1>, tensor<?x?x3x2xi1>,
          tensor<?x?x3x2xi1>, tensor<?x?x3x2xi1>, tensor<?x?x3x2xi1>, tensor<?x?x3x2xi1>
    }"""
    model = Model(text, name="fire")
    h = np.float32([[0.25, -0.5], [0, 1], [np.inf, -np.inf]])
    r = np.float32([0.5, -0.25])
    for steps, batch in ((6, 5), (1, 1), (0, 1)):
        u = np.random.default_rng(2).integers(-4, 5, (steps, batch, 3, 2)) / np.float32(4)
        u = u.astype(np.float32)
        if steps:
            u[0, 0, 0], u[0, 0, 1, 0] = (np.nan, np.inf), -0.0
        d = np.where(u == 0.25, 0.1, u.astype(np.float64))
        with np.errstate(invalid="ignore"):
            expected = [u >= 0.5, u > 0.5, u >= h, u > r, u >= 0.25, d >= 0.1]
        model.check({"u": u, "d": d}, expected, {"h": h, "r": r})


if __name__ == "__main__":
    test_by_hand()
    test_gates()
    test_fire()
