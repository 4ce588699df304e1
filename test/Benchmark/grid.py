# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""GRID: what `auto` chooses is nowhere more than 10 % slower than one step after
the other, whatever the number of neurons and steps and the decay. One part for a
number of neurons: the worst of its cells."""

from __future__ import annotations

from typing import Iterator

import numpy as np

import harness
import time_models
from harness import Part, compete

NEURONS = (1, 16, 256, 4096, 65536)
STEPS = (16, 256, 4096, 65536, 1 << 20)
DECAYS = (0.5, 0.9, 0.99)
MOST_BYTES = 4 << 30
MOST_RATIO = 1.1


def cell(neurons: int, steps: int, decay: float) -> tuple[float, str]:
    """Time of `auto` in units of that of the loop."""
    x = time_models.current(steps, neurons, decay)
    spikes, expected = np.zeros(x.shape, bool), np.zeros(x.shape, bool)
    auto, loop = (time_models.compiled(neurons, decay, "value, 0.0", strategy)
                  for strategy in ("auto", "loop"))
    repeats = max(1, (1 << 18) // x.size)
    auto.run([x], [spikes])
    loop.run([x], [expected])
    if not np.array_equal(spikes, expected):
        raise RuntimeError(f"GRID {neurons} {steps} {decay}: spikes differ")
    times = compete({"auto": lambda: auto.run([x], [spikes], repeats=repeats),
                     "loop": lambda: loop.run([x], [expected], repeats=repeats)})
    ratio = times["auto"].median / times["loop"].median
    print(f"GRID N={neurons} T={steps} decay={decay}: auto {times['auto']}, loop "
          f"{times['loop']}, {1 / ratio:.2f}x", flush=True)
    return ratio, f"T={steps},decay={decay}"


def run() -> Iterator[Part]:
    budget, harness.BUDGET = harness.BUDGET, 1.5  # of each of many cells
    try:
        for neurons in NEURONS:
            cells = [cell(neurons, steps, decay) for steps in STEPS for decay in DECAYS
                     if 4 * neurons * steps <= MOST_BYTES]
            ratio, where = max(cells)
            yield Part(f"GRID.n{neurons}", ours=f"worst:{where}", peer="loop",
                       ratio=f"{ratio:.2f}", target=f"<={MOST_RATIO}",
                       holds=ratio <= MOST_RATIO)
    finally:
        harness.BUDGET = budget
