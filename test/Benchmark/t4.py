# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""T4: long convolutions along time, a kernel per neuron, against torch's FFT.

Torch has its kernel's spectrum already; ours makes it in each run.
"""

from __future__ import annotations

from typing import Iterator

import numpy as np

import torch_peers
from harness import Model, Part, compete, speedup, wall

# Name, T, N, K, whether the kernels are exponentials, and the target.
CASES = (("T4.a", 784, 4096, 784, False, 1), ("T4.b", 65536, 256, 784, False, 1),
         ("T4.c", 65536, 256, 784, True, 5), ("T4.d", 784, 4096, 784, True, 5))
REPORTED = (("T4 2048 taps", 784, 4096, 2048), ("T4 2048 taps", 65536, 256, 2048))
NEURONS = (0, 1, -1)  # that are checked


def make_text(neurons: int, taps: int, constant: np.ndarray | None) -> str:
    seq, kernel = f"tensor<?x?x{neurons}xf32>", f"tensor<{taps}x{neurons}xf32>"
    if constant is None:
        argument, before = f', %w: {kernel} {{snn.param = "w"}}', ""
    else:
        bits = constant.tobytes().hex().upper()
        argument, before = "", f'%w = arith.constant dense<"0x{bits}"> : {kernel}'
    return f"""func.func @conv(%x: {seq}{argument}) -> {seq} {{
      {before}
      %y, %h = snn.temporal_conv %x, %w : {seq}, {kernel}
      return %y : {seq}
    }}"""


def check(name: str, x: np.ndarray, w: np.ndarray, y: np.ndarray) -> None:
    """Against the exact sums in f64, within what both forms promise."""
    for n in NEURONS:
        exact = np.convolve(x[:, n].astype(np.float64), w[:, n].astype(np.float64))
        error = np.abs(exact[: len(x)] - y[:, n]).max()
        power = 1 << (2 * len(w) - 1).bit_length()
        most = max(np.linalg.norm(x[t: t + power, n]) for t in range(0, len(x), power // 2))
        bound = (12 + 8 * np.log2(power)) * 2.0**-24 * np.linalg.norm(w[:, n]) * most
        if not error <= bound:
            raise RuntimeError(f"{name}: wrong by {error}, more than {bound}")


def race(name: str, steps: int, neurons: int, taps: int, exponential: bool):
    random = np.random.default_rng(4)
    x = random.standard_normal((steps, neurons), dtype=np.float32)
    w = random.standard_normal((taps, neurons), dtype=np.float32)
    if exponential:
        decays = random.uniform(0.9, 0.99, neurons)
        w = (decays ** np.arange(taps)[:, None]).astype(np.float32)
    text = make_text(neurons, taps, w if exponential else None)
    model = Model(name.lower().replace(".", "").replace(" ", "-") + f"-{neurons}", text,
                  None if exponential else {"w": w})
    y = np.zeros((steps, 1, neurons), np.float32)
    inputs = [x.reshape(steps, 1, neurons)]
    model.run(inputs, [y])
    check(name, x, w, y[:, 0])
    contestants = {"ours": lambda: model.run(inputs, [y])}
    if torch_peers.torch is not None:
        torch_peers.use_threads(1)
        forms = torch_peers.convolve(x, w)
        for form in forms.values():
            check(name, x, w, form().numpy())
        best = min(forms, key=lambda form: wall(forms[form])())
        contestants[best] = wall(forms[best])
    return compete(contestants)


def run() -> Iterator[Part]:
    for name, steps, neurons, taps, exponential, wanted in CASES:
        times = race(name, steps, neurons, taps, exponential)
        yield speedup(name, times, "torch", wanted, torch_peers.MISSING)
    for name, steps, neurons, taps in REPORTED:
        print(speedup(f"{name} {[steps, neurons]}",
                      race(name, steps, neurons, taps, False), "torch", 1,
                      torch_peers.MISSING), flush=True)
