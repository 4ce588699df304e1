"""STC-LIF: convolutions and a normalisation inside the loop over time.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from literature import Spikes, check_literature, make

STEPS, BATCH, CHANNELS, GROUPS = 120, 2, 32, 16


def convolve(x: np.ndarray, w: np.ndarray, groups: int = 1) -> np.ndarray:
    """A sum of nine shifted products, `B x C x H x W` with a border of zeros."""
    batch, channels, height, width = x.shape
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    y = np.zeros((batch, groups, len(w) // groups, height, width))
    w = w.reshape(groups, -1, *w.shape[1:])
    for p in range(3):
        for q in range(3):
            part = padded[:, :, p : p + height, q : q + width]
            part = part.reshape(batch, groups, channels // groups, height, width)
            y += np.einsum("goc,bgcij->bgoij", w[..., p, q], part)
    return y.reshape(batch, -1, height, width)


def normalise(y: np.ndarray, scale: np.ndarray, shift: np.ndarray) -> np.ndarray:
    grouped = y.reshape(len(y), GROUPS, -1)
    mean, variance = grouped.mean(-1, keepdims=True), grouped.var(-1, keepdims=True)
    unit = ((grouped - mean) / np.sqrt(variance + 1e-5)).reshape(y.shape)
    return unit * scale.reshape(-1, 1, 1) + shift.reshape(-1, 1, 1)


def test_stc_lif() -> None:
    x = make(STEPS, BATCH, 2, 4, 4, seed=1)
    params = {"conv_x": make(CHANNELS, 2, 3, 3, seed=2, mean=0.02, scale=0.2)}
    for seed, name in enumerate("hv"):
        params |= {f"conv_{name}": make(CHANNELS, 2, 3, 3, seed=3 + seed, scale=0.5),
                   f"scale_{name}": make(GROUPS, 2, seed=5 + seed, mean=0.4, scale=0.1),
                   f"shift_{name}": make(GROUPS, 2, seed=7 + seed, mean=-0.3, scale=0.1)}  # fmt: skip
    shape = STEPS, BATCH, CHANNELS, 4, 4
    u, v, s = np.empty(shape), np.zeros(shape[1:]), np.zeros(shape[1:])
    for t in range(STEPS):
        p, q = (1 + np.tanh(normalise(convolve(s, params[f"conv_{name}"], GROUPS),
                                      params[f"scale_{name}"], params[f"shift_{name}"]))
                for name in "hv")  # fmt: skip
        u[t] = v * p + convolve(x[t], params["conv_x"]) * q
        s = (u[t] >= 1).astype(float)
        v = u[t] - s
    check_literature("stc_lif.mlir", {"x": x}, params, [Spikes(u >= 1, u - 1), u])


if __name__ == "__main__":
    test_stc_lif()
