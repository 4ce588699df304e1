"""snn.lif: every switch, against the equations of its documentation.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from harness import ALL, FEW, Model

NONE, HARD, SOFT = ("none", None), ("value", 0.25), ("subtract", None)
PART, MODULO = ("subtract", 0.5), ("modulo", None)


@dataclass
class Lif:
    """One neuron layer, and its meaning in NumPy."""

    decay: object = 0.9
    threshold: object = 1.0
    reset: tuple[str, float | None] = HARD
    reset_time: str = "same"
    compare: str = "ge"
    decay_input: bool = False
    refractory: int = 0
    hold: str = "emission"
    counter_test: str = "before"
    potential: str = "after_reset"

    def attributes(self) -> str:
        kind, amount = self.reset
        values = kind if amount is None else f"{kind}, {amount}"
        parts = [f"reset = #snn.reset<{values}>",
                 f"reset_time = #snn.reset_time<{self.reset_time}>",
                 f"compare = #snn.compare<{self.compare}>",
                 f"refractory = {self.refractory} : i64",
                 f"hold = #snn.hold<{self.hold}>",
                 f"counter_test = #snn.counter_test<{self.counter_test}>",
                 f"potential = #snn.potential<{self.potential}>"]  # fmt: skip
        for name in ("decay", "threshold"):
            if isinstance(getattr(self, name), float):
                parts.append(f"{name} = {getattr(self, name)}")
        return ", ".join(parts + ["decay_input"] * self.decay_input)

    def fires(self, u: np.ndarray) -> np.ndarray:
        threshold = u.dtype.type(self.threshold)
        return u >= threshold if self.compare == "ge" else u > threshold

    def do_reset(self, u: np.ndarray) -> np.ndarray:
        kind, amount = self.reset
        f, threshold = u.dtype.type, np.asarray(self.threshold, u.dtype)
        if kind == "value":
            return np.full_like(u, f(amount))
        if kind == "subtract":
            return u - (threshold if amount is None else f(amount))
        return np.fmod(u, threshold) if kind == "modulo" else u

    def run(self, x: np.ndarray, v: np.ndarray | None = None,
            counter: np.ndarray | None = None) -> tuple[np.ndarray, ...]:  # fmt: skip
        """Spikes, the potential asked for, the final potential and counter."""
        state = np.float32 if x.dtype == np.float16 else x.dtype
        decay = np.asarray(self.decay, state)
        rest = np.asarray(1 - self.decay, state)  # an attribute: rounded once
        v = np.zeros(x.shape[1:], state) if v is None else v
        counter = np.zeros(v.shape, np.int32) if counter is None else counter
        spikes, potential = np.zeros(x.shape, bool), np.zeros(x.shape, state)
        for t, xt in enumerate(x.astype(state)):
            if self.counter_test == "after":
                counter = np.maximum(counter - 1, 0)
            busy = counter > 0
            if self.counter_test == "before":
                counter = np.maximum(counter - 1, 0)
            if self.hold == "input":
                xt = np.where(busy, 0, xt).astype(state)
            i = rest * xt if self.decay_input else xt
            fired = self.fires(v)
            start = v
            if self.reset_time == "next":
                start = np.where(fired, self.do_reset(v), v)
            u = decay * start + i
            if self.reset_time == "after_decay":
                u = np.where(fired, self.do_reset(u), u)
            if self.hold == "state":
                u = np.where(busy, v, u)
            s = self.fires(u) & ~busy
            v = np.where(s, self.do_reset(u), u) if self.reset_time == "same" else u
            counter = np.where(s, np.int32(self.refractory), counter)
            spikes[t] = s
            potential[t] = u if self.potential == "before_reset" else v
        return spikes, potential.astype(x.dtype), v, counter


def compile_layers(name: str, layers: list[Lif], neurons: str = "5",
                   element: str = "f32") -> Model:  # fmt: skip
    """One model with all layers; two outputs for each, spikes and potential."""
    seq = f"tensor<?x?x{neurons}x{element}>"
    spikes = f"tensor<?x?x{neurons}xi1>"
    body = [f"%s{i}, %p{i}, %v{i}{f', %c{i}' if layer.refractory else ''} = "
            f"snn.lif %x {{{layer.attributes()}}} : {seq}"
            for i, layer in enumerate(layers)]  # fmt: skip
    values = ", ".join(f"%s{i}, %p{i}" for i in range(len(layers)))
    types = ", ".join([spikes, seq] * len(layers))
    text = "\n  ".join([f"func.func @{name}(%x: {seq}) -> ({types}) {{", *body])
    text += f"\n  return {values} : {types}\n}}\n"
    return Model(text, name=name, targets=FEW if len(layers) > 9 else ALL)


def make_input(steps: int, batch: int, *neurons: int, seed: int = 0) -> np.ndarray:
    """Currents on a grid that meets thresholds exactly now and then."""
    x = np.random.default_rng(seed).normal(0.35, 0.7, (steps, batch, *neurons))
    x[::3] = np.round(x[::3] * 4) / 4
    return x.astype(np.float32)


def check_layers(model: Model, layers: list[Lif], *inputs: np.ndarray) -> None:
    for x in inputs:
        model.check({"x": x}, [y for layer in layers for y in layer.run(x)[:2]])


def test_by_hand() -> None:
    """u: 0.5, 1.0 (at threshold), 1.25, 1.125 with what a soft reset leaves."""
    x = np.float32([0.5, 0.75, 1.25, 1.0, 0, 0])[:, None, None] * np.ones(5, np.float32)
    model = Model("lif.mlir")
    s = np.bool_([0, 1, 1, 1, 0, 0])[:, None, None] * np.ones(5, bool)
    model.check({"x": x}, s)
    layers = [Lif(0.5, 1.0, SOFT), Lif(0.5, 1.0, SOFT, compare="gt"),
              Lif(0.5, 1.0, HARD, "next"), Lif(1.0, 1.0, SOFT, "after_decay")]  # fmt: skip
    by_hand = [
        ([0, 1, 1, 1, 0, 0], [0.5, 0.0, 0.25, 0.125, 0.0625, 0.03125]),
        ([0, 0, 1, 1, 0, 0], [0.5, 1.0, 0.75, 0.375, 0.1875, 0.09375]),
        ([0, 1, 1, 1, 0, 0], [0.5, 1.0, 1.375, 1.125, 0.125, 0.0625]),
        ([0, 1, 1, 1, 0, 0], [0.5, 1.25, 1.5, 1.5, 0.5, 0.5]),
    ]
    model = compile_layers("by_hand", layers, "1")
    expected = []
    for spikes, potential in by_hand:
        expected += [np.bool_(spikes)[:, None, None], np.float32(potential)[:, None, None]]
    model.check({"x": x[:, :, :1]}, expected)


def test_resets() -> None:
    choices = itertools.product((NONE, HARD, SOFT, PART, MODULO),
                                ("same", "next", "after_decay"))  # fmt: skip
    layers = [Lif(0.9, 1.0, reset, time, ("ge", "gt")[i % 2])
              for i, (reset, time) in enumerate(choices)]  # fmt: skip
    model = compile_layers("resets", layers)
    check_layers(model, layers, make_input(23, 5, 5), make_input(1, 1, 5),
                 make_input(0, 2, 5))  # fmt: skip


def test_refractory() -> None:
    layers = [Lif(0.9, 0.5, SOFT, "same", "ge", leak, period, hold, test, potential)
              for period, hold, test in itertools.product(
                  (3, 40), ("emission", "input", "state"), ("before", "after"))
              for leak, potential in [(period == 3, "before_reset")]]  # fmt: skip
    model = compile_layers("refractory", layers, "3")
    check_layers(model, layers, make_input(23, 2, 3), make_input(0, 1, 3))


def test_decay_input() -> None:
    layers = [Lif(0.9, 0.5, HARD, decay_input=True), Lif(0.0, 0.25, SOFT, decay_input=True),
              Lif(1.0, 1.5, SOFT), Lif(0.3, 0.25, SOFT, "next", decay_input=True,
                                       potential="before_reset")]  # fmt: skip
    model = compile_layers("decay_input", layers, "2x3x4")
    check_layers(model, layers, make_input(9, 3, 2, 3, 4))


def test_operands() -> None:
    """Decay and threshold as operands: one value, one per neuron."""
    text = """
    func.func @operands(%x: tensor<?x?x5xf32>, %d: tensor<5xf32> {snn.param = "d"},
        %h: tensor<5xf32> {snn.param = "h"}, %s: tensor<f32> {snn.param = "s"},
        %v0: tensor<?x5xf32> {snn.state = "v"}) ->
        (tensor<?x?x5xi1>, tensor<?x?x5xf32>, tensor<?x?x5xi1>, tensor<?x?x5xf32>,
         tensor<?x5xf32> {snn.state = "v"}) {
      %f = arith.constant 0.625 : f32
      %s0, %p0, %v = snn.lif %x decay(%d : tensor<5xf32>) threshold(%h : tensor<5xf32>)
          init(%v0 : tensor<?x5xf32>) {decay_input, reset = #snn.reset<subtract>,
          potential = #snn.potential<after_reset>} : tensor<?x?x5xf32>
      %s1, %p1, %v1 = snn.lif %x decay(%s : tensor<f32>) threshold(%f : f32)
          {reset = #snn.reset<modulo>, potential = #snn.potential<before_reset>}
          : tensor<?x?x5xf32>
      return %s0, %p0, %s1, %p1, %v : tensor<?x?x5xi1>, tensor<?x?x5xf32>,
          tensor<?x?x5xi1>, tensor<?x?x5xf32>, tensor<?x5xf32>
    }"""
    decay = np.float32([0.1, 0.9, 0.0, 1.0, 0.55])
    threshold = np.float32([0.3, 0.1, 0.7, 1.9, 0.4])
    x = make_input(17, 5, 5, seed=3)
    u, s, p = np.zeros((5, 5), np.float32), [], []
    for xt in x:
        u = decay * u + (np.float32(1) - decay) * xt
        s.append(u >= threshold)
        u = np.where(s[-1], u - threshold, u)
        p.append(u)
    second = Lif(np.float32(0.7), 0.625, MODULO, potential="before_reset")
    Model(text, name="operands").check(
        {"x": x}, [np.array(s), np.array(p), *second.run(x)[:2]],
        {"d": decay, "h": threshold, "s": np.float32(0.7)})  # fmt: skip


def test_types() -> None:
    """f16 keeps an f32 state; f64 is f64 throughout."""
    layers = [Lif(0.9, 0.7, SOFT), Lif(0.9, 0.7, HARD, potential="before_reset")]
    for element, kind in (("f16", np.float16), ("f64", np.float64)):
        model = compile_layers(f"lif_{element}", layers, "3", element)
        check_layers(model, layers, make_input(19, 2, 3).astype(kind))


if __name__ == "__main__":
    test_by_hand()
    test_resets()
    test_refractory()
    test_decay_input()
    test_operands()
    test_types()
