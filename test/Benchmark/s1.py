# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""S1: twice the T, B or N costs at most 2.1 times as much, far beyond the caches."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import numpy as np

import models
from harness import Model, Part, compete

# Name, then (T, B, N) before and after a doubling; T grows with the cache.
CASES = (("S1.t", (1024, 16, 2048), (2048, 16, 2048)),
         ("S1.b", (1024, 16, 2048), (1024, 32, 2048)),
         ("S1.n", (1024, 16, 2048), (1024, 16, 4096)),
         ("S1.t1m", (524288, 2, 32), (1048576, 2, 32)))


def last_level_cache() -> int:
    """Bytes of the largest cache that a core has a part of."""
    sizes = [path.read_text().strip() for path in
             Path("/sys/devices/system/cpu/cpu0/cache").glob("index*/size")]
    return max((int(size.rstrip("KM")) << (10 if size.endswith("K") else 20)
                for size in sizes), default=64 << 20)


def beyond_caches(shape: tuple[int, int, int], least: int) -> int:
    """By what T is multiplied so that the input is at least four such caches."""
    return max(1, -(-4 * least // (4 * int(np.prod(shape)))))


def make(shape: tuple[int, int, int]):
    steps, batch, neurons = shape
    x = np.random.default_rng(1).standard_normal(shape, dtype=np.float32)
    x *= np.float32(0.6)
    words = np.zeros((steps, batch, neurons // 32), np.uint32)
    model = Model(f"s1-{neurons}", models.lif_pack(neurons, 0.5))
    model.run([x], [words], batch=batch)
    rate = np.unpackbits(words.view(np.uint8)).mean()
    print(f"S1 {list(shape)}: firing rate {rate:.3f}", flush=True)
    return lambda: model.run([x], [words], batch=batch)


def run() -> Iterator[Part]:
    cache = last_level_cache()
    print(f"S1: last-level cache {cache >> 20} MiB", flush=True)
    for name, before, after in CASES:
        factor = beyond_caches(before, cache)
        before, after = ((t * factor, b, n) for t, b, n in (before, after))
        times = compete({"ours": make(after), "half": make(before)})
        ratio = times["ours"].median / times["half"].median
        yield Part(name, ours=str(times["ours"]), peer=f"half:{times['half']}",
                   ratio=f"{ratio:.2f}", target="<=2.1", holds=ratio <= 2.1)
