# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""T5: the demo's network with spikes as words between layers, and as bytes.

Few neurons fire: products run by events in both. The inputs are images of the demo where they
are there, else random.
"""

from __future__ import annotations

from typing import Iterator

import numpy as np

from harness import ROOT, Model, Part, compete, speedup

BATCH, STEPS = 64, 784


def run() -> Iterator[Part]:
    weights = ROOT / "python" / "examples" / "fashion.safetensors"
    text = (ROOT / "test/Models/fashion.mlir").read_text()
    words = Model("t5-words", text, weights)
    spikes = Model("t5-bytes", text, weights, ("--no-pack",))
    # Rows of an image are alike: pieces of 28 steps keep one grey value.
    grey = np.random.default_rng(3).random((STEPS // 28, BATCH, 1), dtype=np.float32)
    x = np.repeat(grey, 28, axis=0)
    logits, expected = (np.zeros((BATCH, 10), np.float32) for _ in range(2))
    words.run([x], [logits], batch=BATCH, layers=2)
    rates = [f"{count / (BATCH * STEPS * 256):.3f}" for count in words.spikes]
    print(f"T5: firing rates {' '.join(rates)}", flush=True)
    spikes.run([x], [expected], batch=BATCH)
    if (logits != expected).any():
        raise RuntimeError("T5: words and bytes differ")
    times = compete({"ours": lambda: words.run([x], [logits], batch=BATCH),
                     "bytes": lambda: spikes.run([x], [expected], batch=BATCH)})
    yield speedup("T5", times, "bytes", 1.3)
