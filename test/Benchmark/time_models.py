# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What T1, T2 and GRID share: a neuron compiled with and without chunks of time."""

from __future__ import annotations

import os
from typing import Iterator

import numpy as np

from harness import Model, Part, Times, compete, speedup

STEPS = 1 << 20


def text(neurons: int, decay: float, reset: str) -> str:
    """LIF, spikes out as bytes."""
    return f"""
func.func @net(%x: tensor<?x?x{neurons}xf32>) -> tensor<?x?x{neurons}xi1> {{
  %s, %v = snn.lif %x {{decay = {decay}, threshold = 1.0, reset = #snn.reset<{reset}>}}
      : tensor<?x?x{neurons}xf32>
  return %s : tensor<?x?x{neurons}xi1>
}}
"""


def compiled(neurons: int, decay: float, reset: str, strategy: str) -> Model:
    name = f"time-{neurons}-{decay}-{reset.split(',')[0]}-{strategy}"
    return Model(name, text(neurons, decay, reset),
                 options=(f"--strategy={strategy}", "--target=native"))


def current(steps: int, neurons: int, decay: float) -> np.ndarray:
    """An input at which a few per cent of the steps have a spike."""
    x = np.random.default_rng(1).standard_normal((steps, 1, neurons), dtype=np.float32)
    x *= np.float32(0.45 * (1 - decay * decay) ** 0.5)
    x += np.float32(0.15 * (1 - decay))
    return x


def compare(name: str, reset: str) -> Iterator[Part]:
    """One lane: chunks against one step after the other, bits equal, then two
    threads against one."""
    x = current(STEPS, 1, 0.9)
    ours, loop = (compiled(1, 0.9, reset, strategy) for strategy in ("auto", "loop"))
    spikes, expected = np.zeros(x.shape, bool), np.zeros(x.shape, bool)
    ours.run([x], [spikes])
    loop.run([x], [expected])
    if not np.array_equal(spikes, expected):
        raise RuntimeError(f"{name}: {(spikes != expected).sum()} spikes differ")
    print(f"{name}: firing rate {spikes.mean():.3f}", flush=True)
    times = compete({"ours": lambda: ours.run([x], [spikes]),
                     "loop": lambda: loop.run([x], [expected])})
    yield speedup(f"{name}.a", times, "loop", 4)
    yield threads(f"{name}.b", ours, x, spikes)


def threads(name: str, model: Model, x: np.ndarray, spikes: np.ndarray) -> Part:
    """Two threads on two cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    if len(os.sched_getaffinity(0)) < 2:
        os.sched_setaffinity(0, before)
        return Part(name, target=">=1.5x", reason="one core")
    # The pool is made anew, now that its threads may run anywhere.
    model.run([x], [spikes], threads=1)
    times: dict[str, Times] = compete({
        "ours": lambda: model.run([x], [spikes], threads=2),
        "one": lambda: model.run([x], [spikes], threads=1)})
    os.sched_setaffinity(0, before)
    return speedup(name, times, "one", 1.5)
