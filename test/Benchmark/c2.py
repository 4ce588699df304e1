# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""C2: whole models on one core against torch step by step, T = 784.

There is no entry for single steps yet: batch 1 is one call over all of time.
"""

from __future__ import annotations

from typing import Callable, Iterator

import numpy as np

import models
import torch_peers
from harness import ROOT, Model, Part, compete, speedup, wall

STEPS = 784
WANTED = {64: 8, 1: 40}
SRC = (1, [64, 128, 128], 16, 0.0)  # inputs, layers, span, bias
RSNN = (64, [512], 1, -0.23)  # also of R2: 5 % of the neurons fire


def race(name: str, model: Model, x: np.ndarray, out: np.ndarray, batch: int,
         neurons: list[int], ways: dict[str, Callable], agree: Callable) -> Part:
    run = lambda: model.run([x], [out], batch=batch)
    model.run([x], [out], batch=batch, layers=len(neurons))
    rates = [f"{spikes / (batch * STEPS * n):.3f}"
             for spikes, n in zip(model.spikes, neurons)]
    print(f"{name}: firing rates {' '.join(rates)}", flush=True)
    for form, call in ways.items():
        if (share := agree(call(0).numpy())) < 0.9:
            raise RuntimeError(f"{name}: only {share:.0%} of {form} agrees")
    timed = {form: wall(lambda f=call: f(0)) for form, call in ways.items()}
    times = compete({"ours": run, **timed})
    return speedup(name, times, "torch", WANTED[batch], torch_peers.MISSING)


def recurrent(name: str, batch: int, inputs: int, sizes: list[int],
              span: int, bias: float) -> Part:
    weights = models.recurrent_weights(inputs, sizes, gain=2.5, bias=bias)
    model = Model(name.lower(), models.recurrent(inputs, sizes, span), weights)
    random = np.random.default_rng(3)
    x = random.random((STEPS, batch, inputs), dtype=np.float32)
    out = np.zeros((STEPS, batch, sizes[-1]), np.bool_)
    ways = {}
    if torch_peers.torch is not None:
        ways = torch_peers.recurrent(weights, sizes, span, [x])
    # A flipped spike grows in a recurrent network: the first steps must agree.
    return race(name, model, x, out, batch, sizes, ways,
                lambda got: (got[:32] == out[:32]).mean())


def fashion(name: str, batch: int) -> Part:
    weights = ROOT / "python" / "examples" / "fashion.safetensors"
    model = Model(name.lower(), (ROOT / "test/Models/fashion.mlir").read_text(), weights)
    random = np.random.default_rng(3)
    # Rows of an image are alike: pieces of 28 steps keep one grey value.
    grey = random.random((STEPS // 28, batch, 1), dtype=np.float32)
    x = np.repeat(grey, 28, axis=0)
    logits = np.zeros((batch, 10), np.float32)
    values, ways = models.read_safetensors(weights), {}
    if torch_peers.torch is not None:
        ways = torch_peers.fashion(values, [x])

    def agree(total: np.ndarray) -> float:
        mean = total[-1].reshape(-1) / np.float32(STEPS)
        expected = values["readout.weight"] @ mean + values["readout.bias"]
        return np.isclose(logits[0], expected, rtol=0.05, atol=0.05).mean()

    return race(name, model, x, logits, batch, [256, 256], ways, agree)


def run() -> Iterator[Part]:
    torch_peers.use_threads(1)
    for batch in (64, 1):
        yield recurrent(f"C2.src.b{batch}", batch, *SRC)
        yield recurrent(f"C2.rsnn.b{batch}", batch, *RSNN)
        yield fashion(f"C2.fashion.b{batch}", batch)
