# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""R1: the SRC network 64-128-128, span 16, T = 784, on one core.

Against torch step by step, against torch blocked by the span by hand, and against
our own code one step at a time with the dense product. The weights are random.
"""

from __future__ import annotations

from typing import Iterator

import numpy as np

import models
import torch_peers
from c2 import SRC, STEPS
from harness import Model, Part, compete, speedup, wall

WANTED = {64: (8, 5), 1: (80, 15)}  # against steps, against blocks


def compare(batch: int) -> Iterator[Part]:
    inputs, sizes, span, bias = SRC
    weights = models.recurrent_weights(inputs, sizes, gain=2.5, bias=bias)
    name = f"R1.b{batch}"
    model = Model("r1", models.recurrent(inputs, sizes, span), weights)
    steps = Model("r1-steps", models.recurrent(inputs, sizes, span, by_steps=True),
                  weights)
    x = np.random.default_rng(3).random((STEPS, batch, inputs), dtype=np.float32)
    out = np.zeros((STEPS, batch, sizes[-1]), np.bool_)
    expected = np.zeros_like(out)
    model.run([x], [out], batch=batch, layers=len(sizes))
    rates = [f"{spikes / (batch * STEPS * n):.3f}"
             for spikes, n in zip(model.spikes, sizes)]
    print(f"{name}: firing rates {' '.join(rates)}", flush=True)
    steps.run([x], [expected], batch=batch)
    if (out != expected).any():
        raise RuntimeError(f"{name}: blocks and steps differ")
    ways = {}
    if torch_peers.torch is not None:
        ways = {f"steps.{form}": call for form, call in
                torch_peers.recurrent(weights, sizes, span, [x]).items()}
        ways |= {f"blocks.{form}": call for form, call in
                 torch_peers.blocked(weights, sizes, span, [x]).items()}
    for form, call in ways.items():
        if (share := (call(0).numpy()[:32] == out[:32]).mean()) < 0.9:
            raise RuntimeError(f"{name}: only {share:.0%} of {form} agrees")
    times = compete({"ours": lambda: model.run([x], [out], batch=batch),
                     "ours-steps": lambda: steps.run([x], [expected], batch=batch),
                     **{form: wall(lambda f=call: f(0)) for form, call in ways.items()}})
    against_steps, against_blocks = WANTED[batch]
    yield speedup(f"{name}.steps", times, "steps", against_steps, torch_peers.MISSING)
    yield speedup(f"{name}.blocks", times, "blocks", against_blocks, torch_peers.MISSING)
    yield speedup(f"{name}.blocking", times, "ours-steps", 1.5)


def run() -> Iterator[Part]:
    torch_peers.use_threads(1)
    for batch in (64, 1):
        yield from compare(batch)
