# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The demo's network with skip recurrence, against a loop over single steps.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from harness import Model, fma

f32 = np.float32
SPAN, SIZES = 16, (1, 64, 128, 128)


def make_params() -> dict[str, np.ndarray]:
    random = np.random.default_rng(7)
    params = {"readout.weight": random.normal(0, 1, (10, 128)),
              "readout.bias": random.normal(0, 1, 10)}  # fmt: skip
    for k, (inputs, size) in enumerate(zip(SIZES, SIZES[1:]), 1):
        params[f"layer{k}.weight"] = random.normal(0, 2 / np.sqrt(inputs), (size, inputs))
        params[f"layer{k}.bias"] = random.normal(0.1, 0.1, size)
        params[f"layer{k}.lateral"] = np.linalg.qr(random.normal(0, 1, (size, size)))[0]
    return {name: value.astype(f32) for name, value in params.items()}


def multiply(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """snn.linear of f32 or of spikes, in ascending order."""
    total = np.broadcast_to(bias, (*x.shape[:-1], len(weight))) + f32(0)
    for k in range(weight.shape[1]):
        value = x[..., k, None]
        added = fma(*np.broadcast_arrays(value.astype(f32), weight[:, k], total))
        total = np.where(value, added, total) if x.dtype == bool else added
    return total


def run_layer(current: np.ndarray, lateral: np.ndarray) -> np.ndarray:
    spikes = np.zeros((SPAN + len(current), *current.shape[1:]), bool)
    v = np.zeros(current.shape[1:], f32)
    for t, i in enumerate(current):
        u = f32(0.5) * v + (i + multiply(spikes[t], lateral, f32(0)))
        spikes[SPAN + t] = u >= 1
        v = u - spikes[SPAN + t].astype(f32)
    return spikes[SPAN:]


def run_network(x: np.ndarray, params: dict[str, np.ndarray]) -> np.ndarray:
    signal, steps = x, max(len(x), 1)  # 0 steps have the mean 0
    for k in range(1, len(SIZES)):
        current = multiply(signal, params[f"layer{k}.weight"], params[f"layer{k}.bias"])
        signal = run_layer(current, params[f"layer{k}.lateral"])
        assert len(x) < SPAN or 0.05 < signal.mean() < 0.5, signal.mean()
    mean = signal.sum(axis=0).astype(f32) / f32(steps)
    return multiply(mean, params["readout.weight"], params["readout.bias"])


params = make_params()
model = Model("fashion_src.mlir", params)
for steps, batch in ((2 * SPAN + 5, 5), (SPAN, 1), (3, 2), (0, 2)):
    x = np.random.default_rng(steps).random((steps, batch, 1), f32)
    model.check({"pixels": x}, run_network(x, params))
