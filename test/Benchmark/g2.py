# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""G2: LIF with few neurons and many steps on a GPU, bit-exact. Slower leaks, whose
chunks of time take longer to meet, are reported."""

from __future__ import annotations

from collections.abc import Iterator

import gpu
from gpu import Part, Spec
from gpu_lif import measure

DECAYS, RESETS = (0.5, 0.9, 0.97, 0.99), ("hard", "soft")
# Name, shape, and how many times SpikingJelly's speed is wanted.
SHAPES = {"a": ((1024, 16, 4096), 4), "b": ((1024, 1, 4096), 20), "c": ((65536, 1, 256), 150)}


def list_specs() -> list[Spec]:
    return [Spec(shape[2], decay, reset) for shape, _ in SHAPES.values()
            for decay in DECAYS for reset in RESETS]


def run() -> Iterator[Part]:
    if gpu.missing():
        yield from gpu.skip(["G2"])
        return
    for letter, (shape, factor) in SHAPES.items():
        for reset in RESETS:
            for decay in DECAYS:
                reported = decay != DECAYS[0]
                tail = f".{decay}" if reported else ""
                yield measure(f"G2.{letter}.{reset}{tail}", shape, decay, reset, None, factor,
                              reported)
