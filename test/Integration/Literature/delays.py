"""Delays: of each synapse (DCLS, arXiv 2306.17670), forwards, and of each neuron's
axon (DelRec, arXiv 2509.24852), in a recurrent layer.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from literature import Spikes, check_literature, make

STEPS, BATCH, N = 200, 8, 64


def test_dcls() -> None:
    """Synapse by synapse: each adds its source's train, shifted and weighted."""
    random = np.random.default_rng(1)
    s = random.random((STEPS, BATCH, 32)) < 0.1
    w, bias = make(N, 32, seed=2, mean=0.05, scale=0.2), make(N, seed=3, scale=0.05)
    delay = random.integers(0, 12, (N, 32))
    shifted = np.zeros((12, *s.shape))
    for d in range(12):
        shifted[d, d:] = s[: STEPS - d]
    i = np.zeros((STEPS, BATCH, N)) + bias
    for target, source in np.ndindex(N, 32):
        d = delay[target, source]
        i[..., target] += w[target, source] * shifted[d, ..., source]
    v, u = np.zeros((BATCH, N)), np.empty_like(i)
    for t in range(STEPS):
        u[t] = i[t] + 0.9 * v
        v = np.where(u[t] >= 1, 0, u[t])

    weight = np.zeros((N, 12, 32))
    np.put_along_axis(weight, delay[:, None], w[:, None], axis=1)
    assert np.count_nonzero(weight) == N * 32
    check_literature("dcls.mlir", {"s": s}, {"weight": weight, "bias": bias},
                     [Spikes(u >= 1, u - 1)])  # fmt: skip


def test_delrec() -> None:
    """As the paper runs it: a spike is scheduled for the step at which it arrives."""
    x = make(STEPS, BATCH, 16, seed=4)
    params = {"weight": make(N, 16, seed=5, scale=0.1),
              "bias": make(N, seed=6, mean=0.1, scale=0.1),
              "lateral": 0.6 * np.linalg.qr(make(N, N, seed=7))[0]}  # fmt: skip
    delay = 1 + 5 * np.arange(N) % 13  # as the model has them
    arriving = np.zeros((STEPS + 14, BATCH, N))
    arriving[:STEPS] = x @ params["weight"].T + params["bias"]
    v, u = np.zeros((BATCH, N)), np.empty((STEPS, BATCH, N))
    for t in range(STEPS):
        u[t] = arriving[t] + 0.9 * v
        s = u[t] >= 1
        v = u[t] - s
        for d in range(1, 14):
            units = delay == d
            arriving[t + 1 + d] += s[:, units] @ params["lateral"][:, units].T
    check_literature("delrec.mlir", {"x": x}, params, [Spikes(u >= 1, u - 1)])


if __name__ == "__main__":
    test_dcls()
    test_delrec()
