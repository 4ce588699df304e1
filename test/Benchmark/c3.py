# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""C3: a linear layer on 5 % of spikes, one step, against OpenBLAS (NumPy's) gemv."""

from __future__ import annotations

from typing import Iterator

import numpy as np

import models
from harness import Model, Part, compete, speedup, wall


def run() -> Iterator[Part]:
    for name, size, repeats in (("C3.a", 1024, 200), ("C3.b", 4096, 5)):
        random = np.random.default_rng(5)
        weight = random.standard_normal((size, size), dtype=np.float32)
        spikes = random.permutation(np.arange(size) < size // 20).reshape(1, 1, size)
        x, out = spikes.reshape(-1).astype(np.float32), np.zeros((1, 1, size), np.float32)
        model = Model(f"linear{size}", models.linear(size, size, "i1"), {"weight": weight})
        model.run([spikes], [out])
        if not np.allclose(out.reshape(-1), weight @ x, rtol=1e-4, atol=1e-3):
            raise RuntimeError(f"{name}: wrong sums")
        print(f"{name}: {spikes.mean():.3f} of the inputs spike", flush=True)
        result = np.empty(size, np.float32)

        def multiply() -> None:
            for _ in range(repeats):
                np.dot(weight, x, out=result)

        times = compete({
            "ours": lambda: model.run([spikes], [out], repeats=repeats),
            "gemv": lambda: wall(multiply)() / repeats})
        # Two vector loads per cycle: the weights of the spikes, once.
        yield speedup(name, times, "gemv", 8)
