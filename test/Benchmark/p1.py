# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""P1: one step of 128 LIF neurons at batch 1 from Python, state and result included."""

from __future__ import annotations

import os
import sys
from typing import Iterator

import numpy as np

from harness import BUILD, ROOT, Part, compete, wall

STEPS = 10_000
LIMIT = 5e-6
TEXT = """func.func @lif(%x: tensor<?x?x128xf32>) -> tensor<?x?x128xi1> {
  %s, %v = snn.lif %x {decay = 0.9, threshold = 1.0, reset = #snn.reset<subtract>}
      : tensor<?x?x128xf32>
  return %s : tensor<?x?x128xi1>
}
"""


def run() -> Iterator[Part]:
    os.environ["SNNC"] = str(BUILD / "bin" / "snnc")
    sys.path.insert(0, str(ROOT / "python"))
    import snnc

    model = snnc.compile(TEXT, cache=False)
    state = model.initial_state(1)
    x = np.random.default_rng(1).normal(0.2, 0.5, (1, 128)).astype(np.float32)
    rate = np.mean([model.step(x, state) for _ in range(100)])
    print(f"P1: firing rate {rate:.3f}", flush=True)

    def run_steps() -> None:
        step = model.step
        for _ in range(STEPS):
            step(x, state)

    taken = compete({"ours": wall(run_steps)})["ours"]
    for name in ("median", "low", "high"):
        setattr(taken, name, getattr(taken, name) / STEPS)
    yield Part(
        "P1",
        ours=str(taken),
        target=f"<={LIMIT * 1e6:g}us",
        ratio=f"{taken.median / LIMIT:.2f}of-target",
        holds=taken.median <= LIMIT,
    )
