"""A vanilla recurrent spiking network, against its equations.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from literature import Spikes, check_literature, make

STEPS, BATCH, N = 200, 8, 64


def test_rsnn() -> None:
    x = make(STEPS, BATCH, 16, seed=1)
    params = {"weight": make(N, 16, seed=2, scale=0.1),
              "bias": make(N, seed=3, mean=0.1, scale=0.1),
              "lateral": 0.5 * np.linalg.qr(make(N, N, seed=4))[0],
              "readout": make(4, N, seed=5)}  # fmt: skip
    current = x @ params["weight"].T + params["bias"]
    v, s, u = np.zeros((BATCH, N)), np.zeros((BATCH, N)), np.empty((STEPS, BATCH, N))
    for t in range(STEPS):
        u[t] = current[t] + (0.9 * v + s @ params["lateral"].T)
        s = (u[t] >= 1).astype(float)
        v = u[t] - s
    # The readout is a sum over the past, each step weighted by its age.
    age = np.subtract.outer(np.arange(STEPS), np.arange(STEPS))
    weights = np.tril(0.95 ** np.maximum(age, 0))
    y = np.tensordot(weights, (u >= 1) @ params["readout"].T, axes=1)
    check_literature("rsnn.mlir", {"x": x}, params, [Spikes(u >= 1, u - 1), y])


if __name__ == "__main__":
    test_rsnn()
