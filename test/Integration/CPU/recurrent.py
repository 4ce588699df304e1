"""snn.recurrent: every form of a span, against a loop over single steps.

RUN: %python %s snnc %t
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from harness import FEW, Model, fma

f32 = np.float32
Step = Callable[..., tuple[np.ndarray, list[np.ndarray]]]


def make(*shape: int, seed: int = 0, scale: float = 1.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.2, scale, shape).astype(f32)


def run_steps(steps: int, read: list[Callable[[list[np.ndarray], int], np.ndarray]],
              step: Step, reverse: bool = False) -> np.ndarray:  # fmt: skip
    """Step by step: `read[i](past, age)` looks up feedback i; past[-k] is k ago."""
    past: list[list[np.ndarray]] = [[] for _ in read]
    outputs = []
    for t in reversed(range(steps)) if reverse else range(steps):
        feedback = [look(history, t) for look, history in zip(read, past)]
        output, new = step(t, *feedback)
        for history, value in zip(past, new):
            history.append(value)
        outputs.append(output)
    return np.array(outputs[::-1] if reverse else outputs)


def look_back(span: int, zero: np.ndarray) -> Callable[[list[np.ndarray], int], np.ndarray]:
    return lambda past, _: past[-span] if len(past) >= span else zero


def look_per_source(spans: list[int], zero: np.ndarray) -> Callable[..., np.ndarray]:
    def look(past: list[np.ndarray], t: int) -> np.ndarray:
        columns = [look_back(d, zero)(past, t)[..., n] for n, d in enumerate(spans)]
        return np.stack(columns, axis=-1)

    return look


def look_taps(p: np.ndarray, zero: np.ndarray) -> Callable[..., np.ndarray]:
    def look(past: list[np.ndarray], t: int) -> np.ndarray:
        total = np.zeros(zero.shape, f32)
        for k in range(1, len(p) + 1):
            z = look_back(k, zero)(past, t)
            added = fma(np.full(z.shape, p[k - 1]), z.astype(f32), total)
            total = np.where(z, added, total) if z.dtype == bool else added
        return total

    return look


def multiply(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """snn.linear of spikes or f32, without bias."""
    total = np.zeros((*x.shape[:-1], len(w)), f32)
    for k in range(w.shape[1]):
        value = x[..., k, None]
        added = fma(*np.broadcast_arrays(value.astype(f32), w[:, k], total))
        total = np.where(value, added, total) if x.dtype == bool else added
    return total


class SoftLif:
    """decay 0.5, threshold 1, soft reset: the neuron of SRC-SNN."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.v = np.zeros(shape, f32)

    def __call__(self, i: np.ndarray) -> np.ndarray:
        u = f32(0.5) * self.v + i
        s = u >= 1
        self.v = np.where(s, u - f32(1), u)
        return s


def write_src(name: str, span: str, feedback: str = "i1", history: str = "16x?x8",
              extra: str = "", reverse: str = "") -> str:  # fmt: skip
    """One recurrence of soft LIF neurons; %x, %w and what `extra` declares."""
    return f"""
      %s{name}, %v{name}, %h{name} = snn.recurrent {reverse} ins(%x : tensor<?x?x8xf32>)
          skip {span} {{
      ^bb0(%xw: tensor<?x?x8xf32>, %fb: tensor<?x?x8x{feedback}>, %v: tensor<?x8xf32>):
        %r = snn.linear %fb, %w : tensor<?x?x8x{feedback}>, tensor<8x8xf32>
        %i = arith.addf %xw, %r : tensor<?x?x8xf32>
        {extra or '''%z, %v1 = snn.lif %i init(%v : tensor<?x8xf32>)
            {decay = 0.5, threshold = 1.0, reset = #snn.reset<subtract>}
            : tensor<?x?x8xf32>'''}
        snn.yield %z : tensor<?x?x8xi1> feedback(%z : tensor<?x?x8xi1>)
            state(%v1 : tensor<?x8xf32>)
      }} -> (tensor<?x?x8xi1>) state(tensor<?x8xf32>) history(tensor<{history}xi1>)"""


def test_by_hand() -> None:
    """One neuron feeds its neighbour: a spike goes round the ring in 2 x 8 steps."""
    ring = np.roll(np.eye(8, dtype=f32), 1, axis=0)
    x = np.zeros((19, 1, 8), f32)
    x[0, 0, 0] = 1
    s = np.zeros((19, 1, 8), bool)
    s[np.arange(10) * 2, 0, np.arange(10) % 8] = True
    Model("src.mlir").check({"x": x}, s, {"w": ring})


def test_spans() -> None:
    sources = [3, 5, 4, 3, 9, 3, 4, 5]
    forms = [("a", "1", "i1", "1x?x8"), ("b", "5", "i1", "5x?x8"),
             ("d", str(sources), "i1", "9x?x8"),
             ("e", "taps (%p : tensor<4xf32>)", "f32", "4x?x8"),
             ("f", "upto 6 (%k : i64)", "i1", "6x?x8")]  # fmt: skip
    body = [write_src(*form) for form in forms]
    body += [write_src("i", str(sources), "i1", "9x?x8", reverse="reverse"),
             write_src("j", "taps (%p : tensor<4xf32>)", "f32", "4x?x8", reverse="reverse")]  # fmt: skip
    # Constant taps that begin with zeros run in windows of three steps.
    late = np.array([0, 0, 0.5, -0.25, 0, 0.375], f32)
    body += [write_src("k", "taps (%q : tensor<6xf32>)", "f32", "6x?x8"),
             write_src("l", "taps (%q : tensor<6xf32>)", "f32", "6x?x8", reverse="reverse")]  # fmt: skip
    types = ", ".join(["tensor<?x?x8xi1>"] * len(body))
    values = ", ".join(f"%s{name}" for name in "abdefijkl")
    text = f"""func.func @spans(%x: tensor<?x?x8xf32>, %w: tensor<8x8xf32> {{snn.param = "w"}},
        %p: tensor<4xf32> {{snn.param = "p"}}, %s: tensor<i64> {{snn.param = "s"}})
        -> ({types}) {{
      %k = tensor.extract %s[] : tensor<i64>
      %q = arith.constant dense<{late.tolist()}> : tensor<6xf32>
      {"".join(body)}
      return {values} : {types}
    }}"""
    model = Model(text, name="spans", targets=FEW)
    w, p = make(8, 8, scale=0.6), make(4, seed=1, scale=0.7)
    # A span beyond its range is clamped: 100 to 6, and -3 to 1.
    for steps, batch, upto in ((23, 5, 2), (23, 1, 100), (3, 1, -3), (0, 2, 1)):
        x = make(steps, batch, 8, seed=2, scale=0.7)
        zero = np.zeros((batch, 8), bool)

        def run(look: Callable[..., np.ndarray], reverse: bool = False,
                x: np.ndarray = x) -> np.ndarray:  # fmt: skip
            neurons = SoftLif(x.shape[1:])

            def step(t: int, fb: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
                s = neurons(x[t] + multiply(fb, w))
                return s, [s]

            s = run_steps(len(x), [look], step, reverse)
            return s.reshape(x.shape).astype(bool)

        looks = [look_back(1, zero), look_back(5, zero),
                 look_per_source(sources, zero), look_taps(p, zero),
                 look_back(min(max(upto, 1), 6), zero)]  # fmt: skip
        expected = [run(look) for look in looks]
        expected += [run(look, True) for look in looks[2:4]]
        expected += [run(look_taps(late, zero), reverse) for reverse in (False, True)]
        model.check({"x": x}, expected, {"w": w, "p": p, "s": np.array(upto)})


def test_bodies() -> None:
    """Feedback of floats, several feedbacks and states, ops nested in a body."""
    seq, state = "tensor<?x?x4xf32>", "tensor<?x4xf32>"
    text = f"""func.func @bodies(%x: {seq}, %w: tensor<4x4xf32> {{snn.param = "w"}},
        %u: tensor<4x4xf32> {{snn.param = "u"}})
        -> ({seq}, tensor<?x?x4xi1>, {seq}, tensor<?x?x4xi1>) {{
      %y, %yh = snn.recurrent ins(%x : {seq}) skip 2 {{
      ^bb0(%xw: {seq}, %fb: {seq}):
        %r = snn.linear %fb, %w : {seq}, tensor<4x4xf32>
        %sum = arith.addf %xw, %r : {seq}
        %half = arith.constant dense<0.5> : tensor<4xf32>
        %out = snn.neuron ins(%sum : {seq}) {{
        ^bb1(%a: f32):
          %c = arith.constant 0.5 : f32
          %b = arith.mulf %a, %c : f32
          snn.yield %b : f32
        }} -> ({seq})
        snn.yield %out : {seq} feedback(%out : {seq})
      }} -> ({seq}) history(tensor<2x?x4xf32>)
      %s, %m, %vT, %tT, %rT, %zh, %mh = snn.recurrent ins(%x, %y : {seq}, {seq})
          skip 7, 3 {{
      ^bb0(%xw: {seq}, %yw: {seq}, %fz: tensor<?x?x4xi1>, %fm: {seq}, %v: {state},
           %tr: {state}, %rf: tensor<?x4xi32>):
        %a = snn.linear %fz, %w : tensor<?x?x4xi1>, tensor<4x4xf32>
        %b = snn.linear %fm, %u : {seq}, tensor<4x4xf32>
        %c = arith.addf %a, %b : {seq}
        %d = arith.addf %c, %xw : {seq}
        %e = arith.addf %d, %yw : {seq}
        %z, %v1 = snn.lif %e init(%v : {state}) {{decay = 0.5, threshold = 1.0,
            reset = #snn.reset<subtract>}} : {seq}
        %g, %rf1 = snn.refractory event 2 %z init(%rf : tensor<?x4xi32>)
            : tensor<?x?x4xi1>
        %tr_in = snn.neuron ins(%g : tensor<?x?x4xi1>) {{
        ^bb1(%zt: i1):
          %f = arith.uitofp %zt : i1 to f32
          snn.yield %f : f32
        }} -> ({seq})
        %tr_out, %tr1 = snn.li %tr_in init(%tr : {state}) {{decay = 0.75}} : {seq}
        snn.yield %g, %tr_out : tensor<?x?x4xi1>, {seq}
            feedback(%g, %tr_out : tensor<?x?x4xi1>, {seq})
            state(%v1, %tr1, %rf1 : {state}, {state}, tensor<?x4xi32>)
      }} -> (tensor<?x?x4xi1>, {seq}) state({state}, {state}, tensor<?x4xi32>)
        history(tensor<7x?x4xi1>, tensor<3x?x4xf32>)
      %n, %nh, %oh = snn.recurrent ins(%x : {seq}) skip 4, taps (%q : tensor<2xf32>) {{
      ^bb0(%xw: {seq}, %fb: tensor<?x?x4xi1>, %fo: {seq}):
        %r = snn.linear %fb, %w : tensor<?x?x4xi1>, tensor<4x4xf32>
        %i = arith.addf %r, %xw : {seq}
        %j = arith.addf %i, %fo : {seq}
        %z = snn.fire %j {{threshold = 0.5}} : {seq}
        snn.yield %z : tensor<?x?x4xi1> feedback(%z, %i : tensor<?x?x4xi1>, {seq})
      }} -> (tensor<?x?x4xi1>) history(tensor<4x?x4xi1>, tensor<2x?x4xf32>)
      return %y, %s, %m, %n : {seq}, tensor<?x?x4xi1>, {seq}, tensor<?x?x4xi1>
    }}"""
    text = text.replace('"u"})', '"u"}, %q: tensor<2xf32> {snn.param = "q"})', 1)
    model = Model(text, name="bodies")
    w, u = make(4, 4, scale=0.5), make(4, 4, seed=1, scale=0.4)
    q = f32([0.5, -0.3])
    for steps, batch in ((24, 5), (1, 1), (0, 2)):
        x = make(steps, batch, 4, seed=2, scale=0.8)
        zero = np.zeros((batch, 4), f32)
        silent = zero > 0

        def step_y(t: int, fb: np.ndarray, x: np.ndarray = x) -> tuple:
            y = (x[t] + multiply(fb, w)) * f32(0.5)
            return y, [y]

        y = run_steps(steps, [look_back(2, zero)], step_y).reshape(x.shape).astype(f32)
        neurons, trace = SoftLif((batch, 4)), zero
        wait, traces = np.zeros((batch, 4), int), np.zeros_like(x)

        def step_s(t: int, fz: np.ndarray, fm: np.ndarray, x: np.ndarray = x,
                   y: np.ndarray = y, neurons: SoftLif = neurons) -> tuple:  # fmt: skip
            nonlocal trace, wait
            z = neurons(multiply(fz, w) + multiply(fm, u) + x[t] + y[t])
            g = z & (wait == 0)
            wait = np.where(g, 2, np.maximum(wait - 1, 0))
            trace = f32(0.75) * trace + g.astype(f32)
            traces[t] = trace
            return g, [g, trace]

        s = run_steps(steps, [look_back(7, silent), look_back(3, zero)], step_s)

        def step_n(t: int, fb: np.ndarray, fo: np.ndarray, x: np.ndarray = x) -> tuple:
            i = multiply(fb, w) + x[t]
            z = i + fo >= 0.5
            return z, [z, i]

        n = run_steps(steps, [look_back(4, silent), look_taps(q, zero)], step_n)
        model.check({"x": x}, [y, s.reshape(x.shape).astype(bool), traces,
                               n.reshape(x.shape).astype(bool)],
                    {"w": w, "u": u, "q": q})  # fmt: skip


if __name__ == "__main__":
    test_by_hand()
    test_spans()
    test_bodies()
