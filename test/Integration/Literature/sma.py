"""Attention over all steps, in the manner of arXiv 2405.13672, then LIF neurons.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from harness import FEW, Model
from literature import Spikes, check_literature, make

STEPS, BATCH, N, CHANNELS = 200, 8, 64, 32


def find_mean(s: np.ndarray, span: int) -> np.ndarray:
    """The mean of the last `span` steps (silent before step 0): a difference of counts."""
    counts = np.zeros((STEPS + span, *s.shape[1:]))
    counts[span:] = np.cumsum(s, axis=0)
    return (counts[span:] - counts[:-span]) / span


def test_sma() -> None:
    random = np.random.default_rng(1)
    rate = 0.05 + 0.3 * random.random((1, BATCH, CHANNELS))
    s = random.random((STEPS, BATCH, CHANNELS)) < rate
    scores = [make(1, CHANNELS, seed=2 + i, scale=0.3 + 0.2 * i) for i in range(3)]
    params = {"gate": make(CHANNELS, CHANNELS, seed=5), "shift": make(CHANNELS, seed=6),
              "weight": make(N, CHANNELS, seed=7, mean=0.05, scale=0.3),
              "bias": make(N, seed=8, scale=0.1)}  # fmt: skip

    e = sum(find_mean(s, k) @ q[0] for k, q in zip((1, 4, 16), scores))
    shares = np.exp(e - np.logaddexp.reduce(e, axis=0))
    gates = 0.5 + 0.5 * np.tanh((s.mean(axis=0) @ params["gate"].T + params["shift"]) / 2)
    current = STEPS * shares[..., None] * ((gates * s) @ params["weight"].T) + params["bias"]
    v, u = np.zeros((BATCH, N)), np.empty((STEPS, BATCH, N))
    for t in range(STEPS):
        u[t] = current[t] + 0.9 * v
        v = u[t] - (u[t] >= 1)
    params |= dict(zip(("score1", "score4", "score16"), scores))
    model = Model("Literature/sma.mlir", targets=FEW)
    check_literature(model, {"s": s}, params,
                     [Spikes(u >= 1, u - 1), shares[..., None]], causal=False)  # fmt: skip


if __name__ == "__main__":
    test_sma()
