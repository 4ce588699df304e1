# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Neurons that are held after a spike, as windows with one spike at most: the
bits of the model as it was written, whatever it starts from and wherever the run
is cut.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from harness import Arrays, check_equal, check_pass

FLAG = "--snn-window-refractory"
STEPS = (0, 1, 2, 3, 4, 5, 50)
F, I, S = "tensor<?x?x3xf32>", "tensor<?x3xi32>", "tensor<?x3xf32>"


def make_neuron(period: int, compare: str, reset: float, inits: str = "") -> str:
    return (f"snn.lif %arg0 {inits} {{decay = 0.5, threshold = 1.0, refractory = {period},"
            f" hold = #snn.hold<state>, compare = #snn.compare<{compare}>,"
            f" reset = #snn.reset<value, {reset}>"
            f"{', allow_nonpositive_threshold' if reset >= 1 else ''}}} : {F}")  # fmt: skip


def make_inputs(rng: np.random.Generator, steps: int) -> list[np.ndarray]:
    """Some that reach the threshold exactly, some that have candidates in all
    steps, and one that is not finite while the neuron is held."""
    shape = (steps, 2, 3)
    wild = rng.normal(0.5, 1, shape)
    wild[1::4] = np.where(rng.random(wild[1::4].shape) < 0.5, np.inf, -np.inf)
    return [array.astype(np.float32) for array in (
        rng.integers(0, 5, shape) / 4, rng.normal(0.3, 0.7, shape), np.full(shape, 9.0), wild)]  # fmt: skip


def check_streams(rng: np.random.Generator, period: int, compare: str) -> None:
    """States start from zero and are carried from window to window."""
    source = f"""func.func @model(%arg0: {F}) -> tensor<?x?x3xi1> {{
  %s, %v, %r = {make_neuron(period, compare, 0.25)}
  return %s : tensor<?x?x3xi1>
}}
"""
    runs: list[tuple[Arrays, Arrays]] = [
        ({"arg0": x}, {}) for steps in STEPS for x in make_inputs(rng, steps)]  # fmt: skip
    model = check_pass(f"stream-{compare}-{period}", source, FLAG, f"skip {period + 1}", runs)
    x = runs[-3][0]["arg0"]
    whole, state = model.run({"arg0": x})[0], model.folder / "state"
    for cut in (1, 7, period + 1):
        first = model.run({"arg0": x[:cut]}, {}, "--state-out", state)[0]
        second = model.run({"arg0": x[cut:]}, {}, "--state-in", state)[0]
        check_equal(np.concatenate([first, second]), whole, f"cut after {cut} steps")


def check_starts(rng: np.random.Generator, period: int, compare: str, reset: float) -> None:
    """Initial counts beyond the period and below zero, and potentials above the
    threshold; the states after the run."""
    neuron = make_neuron(period, compare, reset, f"init(%arg1, %arg2 : {S}, {I})")
    source = f"""func.func @model(%arg0: {F}, %arg1: {S} {{snn.param = "v"}},
                %arg2: {I} {{snn.param = "r"}})
    -> (tensor<?x?x3xi1>, {S} {{snn.static}}, {I} {{snn.static}}) {{
  %s, %v, %r = {neuron}
  return %s, %v, %r : tensor<?x?x3xi1>, {S}, {I}
}}
"""
    runs: list[tuple[Arrays, Arrays]] = []
    for steps in STEPS:
        for x in make_inputs(rng, steps):
            runs.append(({"arg0": x}, {
                "v": rng.normal(0.5, 1, (2, 3)).astype(np.float32),
                "r": rng.integers(-2, period + 4, (2, 3)).astype(np.int32)}))  # fmt: skip
    check_pass(f"start-{compare}-{period}", source, FLAG, f"skip {period + 1}", runs)


def check_recurrence(rng: np.random.Generator, period: int, span: int) -> None:
    """In the body of a recurrence, whose spikes feed back sooner."""
    source = f"""func.func @model(%arg0: {F}, %arg1: tensor<3x3xf32> {{snn.param = "w"}})
    -> tensor<?x?x3xi1> {{
  %s, %v, %r, %h = snn.recurrent ins(%arg0 : {F}) skip {span} {{
  ^bb0(%xw: {F}, %fb: tensor<?x?x3xi1>, %v0: {S}, %r0: {I}):
    %y = snn.linear %fb, %arg1 : tensor<?x?x3xi1>, tensor<3x3xf32>
    %i = arith.addf %xw, %y : {F}
    %z, %v1, %r1 = snn.lif %i init(%v0, %r0 : {S}, {I}) {{decay = 0.5,
        threshold = 1.0, refractory = {period}, hold = #snn.hold<state>}} : {F}
    snn.yield %z : tensor<?x?x3xi1> feedback(%z : tensor<?x?x3xi1>) state(%v1, %r1 : {S}, {I})
  }} -> (tensor<?x?x3xi1>) state({S}, {I}) history(tensor<{span}x?x3xi1>)
  return %s : tensor<?x?x3xi1>
}}
"""
    w = rng.normal(0, 1, (3, 3)).astype(np.float32)
    runs: list[tuple[Arrays, Arrays]] = [
        ({"arg0": x}, {"w": w}) for steps in STEPS for x in make_inputs(rng, steps)[:3]]  # fmt: skip
    check_pass(f"body-{period}-{span}", source, FLAG, f"skip {span}, {period + 1}", runs)


def main() -> None:
    rng = np.random.default_rng(9)
    check_streams(rng, 3, "ge")
    check_streams(rng, 16, "gt")
    check_starts(rng, 1, "gt", 0.25)
    check_starts(rng, 3, "ge", 1.0)  # what is reset is a candidate again
    check_starts(rng, 64, "ge", -0.5)  # longer than any run
    check_recurrence(rng, 3, 2)
    check_recurrence(rng, 1, 2)


if __name__ == "__main__":
    main()
