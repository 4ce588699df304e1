# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""G1: LIF with many neurons on a GPU, inference, f32 in, bits out."""

from __future__ import annotations

from collections.abc import Iterator

import gpu
from gpu import Part, Spec
from gpu_lif import measure

DECAY, RESETS = 0.5, ("hard", "soft")
SHAPES = {"a": (16, 1024, 4096), "b": (128, 256, 4096)}


def list_specs() -> list[Spec]:
    return [Spec(shape[2], DECAY, reset) for shape in SHAPES.values() for reset in RESETS]


def run() -> Iterator[Part]:
    if gpu.missing():
        yield from gpu.skip(["G1"])
        return
    for letter, shape in SHAPES.items():
        for reset in RESETS:
            yield measure(f"G1.{letter}.{reset}", shape, DECAY, reset, 0.9, 1.8)
