# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""R5: the dense product in canonical order against OpenBLAS (NumPy's) sgemm."""

from __future__ import annotations

from typing import Iterator

import numpy as np

import models
from harness import Model, Part, compete, speedup, wall


def run() -> Iterator[Part]:
    for name, rows, size in (("R5.a", 12544, 256), ("R5.b", 8192, 1024)):
        random = np.random.default_rng(5)
        weight = random.standard_normal((size, size), dtype=np.float32)
        x = random.standard_normal((rows, 1, size), dtype=np.float32)
        out, result = np.zeros_like(x), np.empty((rows, size), np.float32)
        model = Model(f"dense{size}", models.linear(size, size, "f32"), {"weight": weight})
        model.run([x], [out])
        right = np.ascontiguousarray(weight.T)
        multiply = lambda: np.dot(x[:, 0], right, out=result)
        multiply()
        if not np.allclose(out[:, 0], result, rtol=1e-3, atol=1e-2):
            raise RuntimeError(f"{name}: wrong sums")
        times = compete({"ours": lambda: model.run([x], [out]), "sgemm": wall(multiply)})
        part = speedup(name, times, "sgemm", 0.85)
        part.ours += f"={2e-9 * rows * size * size / times['ours'].median:.4g}GFLOP/s"
        yield part
