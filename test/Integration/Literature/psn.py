"""Parallel spiking neurons: full, masked and sliding.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from literature import Spikes, check_literature, make


def test_full() -> None:
    steps = 128
    x, w = make(steps, 16, 16, seed=1), make(64, 16, seed=2, scale=0.3)
    time, bias = make(steps, steps, seed=3, scale=0.1), make(steps, seed=4, mean=-1, scale=0.2)
    u = np.tensordot(time, x @ w.T, axes=1) + bias[:, None, None]
    check_literature("psn.mlir", {"x": x}, {"w": w, "time": time, "bias": bias},
                     [Spikes(u >= 0, u), u], causal=False)  # fmt: skip


def test_masked() -> None:
    """The matrix times its mask; the model takes the rows of the band."""
    length, steps, taps = 256, 240, 16
    x, w = make(steps, 8, 16, seed=1), make(64, 16, seed=2, scale=0.3)
    matrix = make(length, length, seed=3, scale=0.25)
    bias = make(length, seed=4, mean=-1, scale=0.2)
    i, j = np.indices(matrix.shape)
    mask = (j <= i) & (i < j + taps)
    u = np.tensordot((matrix * mask)[:steps, :steps], x @ w.T, axes=1) + bias[:steps, None, None]
    rows = np.arange(length)
    band = np.stack([matrix[rows, rows - k] for k in range(taps)], axis=1)
    check_literature("masked_psn.mlir", {"x": x}, {"w": w, "band": band, "bias": bias},
                     [Spikes(u >= 0, u), u])  # fmt: skip


def slide(x: np.ndarray, taps: np.ndarray) -> np.ndarray:
    """The Toeplitz matrix of the taps, times x."""
    i, j = np.indices((len(x), len(x)))
    inside = (i >= j) & (i < j + len(taps))
    matrix = np.where(inside, taps[np.clip(i - j, 0, len(taps) - 1)], 0)
    return np.tensordot(matrix, x, axes=1)


def test_sliding() -> None:
    """The taps begin as the paper's: 1, 1/2, 1/4, ..., and the bias at -1."""
    x = make(300, 8, 16, seed=1)
    start = 0.5 ** np.arange(24)
    params = {"w1": make(48, 16, seed=2, scale=0.25), "taps1": start + make(24, seed=3, scale=0.1),
              "bias1": np.array(-1.0), "w2": make(48, 48, seed=4, scale=0.3),
              "taps2": start + make(24, seed=5, scale=0.1), "bias2": np.array(-0.9)}  # fmt: skip
    u1 = slide(x @ params["w1"].T, params["taps1"]) + params["bias1"]
    h2 = slide((u1 >= 0) @ params["w2"].T, params["taps2"])
    u2 = h2 + params["bias2"]
    check_literature("sliding_psn.mlir", {"x": x}, params,
                     [Spikes(u1 >= 0, u1), Spikes(u2 >= 0, u2), h2])  # fmt: skip


if __name__ == "__main__":
    test_full()
    test_masked()
    test_sliding()
