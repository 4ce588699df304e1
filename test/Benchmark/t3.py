# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""T3: the event gate, R = 4, on packed candidates at 5 %, against the step loop.

The peer is what a gate was before it knew words: bytes in, bytes out, a counter
of i32 for each neuron, which snn-generalize and the lowering of neurons make of
the same op. It is our own code for the same target, optimized and vectorized,
and does not pay for packing or unpacking. Both run from and to memory that is
larger than the caches only for the bytes, which is part of what words save.
"""

from __future__ import annotations

from typing import Iterator

import numpy as np

from harness import Model, Part, compete, speedup

STEPS, NEURONS, PERIOD, RATE = 1024, 4096, 4, 0.05
WORDS = f"""func.func @gate(%w: tensor<?x?x{NEURONS // 32}xi32>) -> tensor<?x?x{NEURONS // 32}xi32> {{
  %c = snn.unpack %w {{neurons = {NEURONS} : i64}} : tensor<?x?x{NEURONS // 32}xi32>
  %s, %n = snn.refractory event {PERIOD} %c : tensor<?x?x{NEURONS}xi1>
  %y = snn.pack %s : tensor<?x?x{NEURONS}xi1>
  return %y : tensor<?x?x{NEURONS // 32}xi32>
}}
"""
BYTES = f"""func.func @gate(%c: tensor<?x?x{NEURONS}xi1>) -> tensor<?x?x{NEURONS}xi1> {{
  %s, %n = snn.refractory event {PERIOD} %c : tensor<?x?x{NEURONS}xi1>
  return %s : tensor<?x?x{NEURONS}xi1>
}}
"""


def run() -> Iterator[Part]:
    random = np.random.default_rng(1)
    spikes = random.random((STEPS, 1, NEURONS), dtype=np.float32) < RATE
    words = np.packbits(spikes, axis=-1, bitorder="little").view(np.int32)
    gated, gated_words = np.zeros_like(spikes), np.zeros_like(words)
    ours, peer = Model("t3-words", WORDS), Model("t3-bytes", BYTES)
    ours.run([words], [gated_words])
    peer.run([spikes], [gated])
    if (np.packbits(gated, axis=-1, bitorder="little").view(np.int32) != gated_words).any():
        raise RuntimeError("T3: the gates differ")
    print(f"T3: {gated.mean():.4f} of {spikes.mean():.4f} pass", flush=True)
    times = compete({"ours": lambda: ours.run([words], [gated_words]),
                     "bytes": lambda: peer.run([spikes], [gated])})
    yield speedup("T3", times, "bytes", 10)
