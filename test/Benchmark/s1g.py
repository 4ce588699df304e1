# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""S1G: the GPU's part of S1: twice the T, B or N costs at most 2.1 times as much, at
four second-level caches and more."""

from __future__ import annotations

from collections.abc import Iterator

import gpu
from gpu import Part, Shape, Spec, compete, count_sets, draw, find_scale, make_ours, shrink

DECAY = 0.5
# Name, then (T, B, N) before and after a doubling.
CASES = (("S1G.t", (1024, 32, 2048), (2048, 32, 2048)),
         ("S1G.b", (1024, 32, 2048), (1024, 64, 2048)),
         ("S1G.n", (1024, 32, 2048), (1024, 32, 4096)),
         ("S1G.t1m", (524288, 4, 64), (1048576, 4, 64)))


def list_specs() -> list[Spec]:
    return [Spec(shape[2], DECAY, "hard") for case in CASES for shape in case[1:]]


def make(name: str, shape: Shape, role: str):
    shape = shrink(shape)
    inputs = [draw(shape, find_scale(DECAY, "hard"), seed) for seed in range(count_sets(shape))]
    return make_ours(Spec(shape[2], DECAY, "hard"), inputs, f"{name} {list(shape)}", role)


def run() -> Iterator[Part]:
    if gpu.missing():
        yield from gpu.skip(["S1G"])
        return
    for name, before, after in CASES:
        times = compete([make(name, after, "ours"), make(name, before, "half")])
        ours, half = gpu.best(times, "ours"), gpu.best(times, "half")
        ratio = ours[1].median / half[1].median
        yield Part(name, ours=f"{ours[0]}:{ours[1]}", peer=f"{half[0]}:{half[1]}",
                   ratio=f"{ratio:.2f}", target="<=2.1", holds=ratio <= 2.1)
