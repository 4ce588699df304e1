"""LIF, ALIF, PLIF and GLIF, against the equations of their papers.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from literature import Spikes, check_literature, make

STEPS, BATCH = 150, 8


def run_lif(current: np.ndarray, decay: np.ndarray | float, hard: bool) -> tuple[Spikes, np.ndarray]:
    """The trace of the potential is a sum over the past since the last reset."""
    v = np.zeros(current.shape[1:])
    before, after = np.empty_like(current), np.empty_like(current)
    for t, i in enumerate(current):
        before[t] = i + v * decay
        fired = before[t] >= 1
        v = before[t] * ~fired if hard else before[t] - fired
        after[t] = v
    return Spikes(before >= 1, before - 1), after


def test_lif() -> None:
    x = make(STEPS, BATCH, 16, seed=1)
    w1, b1 = make(32, 16, seed=2, scale=0.1), make(32, seed=3, mean=0.12, scale=0.05)
    w2 = make(32, 32, seed=4, mean=0.03, scale=0.3)
    current = x @ w1.T + b1
    soft, _ = run_lif(current, 0.9, hard=False)
    soft2, trace = run_lif(soft.train @ w2.T, 0.9, hard=False)
    hard, _ = run_lif(current, 0.9, hard=True)
    hard2, _ = run_lif(hard.train @ w2.T, 0.9, hard=True)
    check_literature("lif.mlir", {"x": x}, {"w1": w1, "b1": b1, "w2": w2},
                     [soft, soft2, hard, hard2, trace])  # fmt: skip


if __name__ == "__main__":
    test_lif()
