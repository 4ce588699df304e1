"""Neurons of two compartments with lateral matrices (TC-LIF, arXiv 2308.13250), and a
layer that gates itself by convolutions (STC-LIF, arXiv 2406.00405), bit for bit.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from f32 import HALF, ONE, f32, linear, sigmoid, tanh
from harness import Arrays
from recurrent import (
    add_twins_to_network,
    check_recurrent,
    make,
    make_network,
    make_pixels,
    run_network,
)


class TcLif:
    def __init__(self, own: Arrays) -> None:
        self.b1, self.b2 = -sigmoid(own["c1"]), sigmoid(own["c2"])
        self.d = self.v = f32(0)

    def __call__(self, i: np.ndarray) -> np.ndarray:
        d = (self.d + self.b1 * self.v) + i
        v = self.v + self.b2 * d
        s = v >= 1
        self.d, self.v = np.where(s, d - HALF, d), np.where(s, v - ONE, v)
        return s


def test_tc_lif() -> None:
    x, params = make_pixels(3, 1), make_network(1, [64, 256, 256], 10, [0.3, 0.1, 0.06], 700, 0.3)
    for i, (c1, c2) in enumerate([(0.5, -0.5), (-1.0, -0.2), (0.1, 0.3)], 1):
        params |= {f"layer{i}.c1": np.array(c1, f32), f"layer{i}.c2": np.array(c2, f32)}
    add_twins_to_network(x, params)
    expected = run_network(x, params, [1, 1, 1], TcLif)
    check_recurrent("tc_lif.mlir", {"x": x}, params, expected)


CHANNELS, SIZE, GROUPS = 64, 8, 16


def convolve(x: np.ndarray, w: np.ndarray, groups: int = 1) -> np.ndarray:
    """snn.conv2d of 3 x 3 with a border of zeros: each place is the product with its
    neighbours, in the order of channel, row and column."""
    batch, channels = x.shape[:2]
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    near = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    near = near.reshape(batch, groups, channels // groups, SIZE, SIZE, 9)
    near = np.moveaxis(near, 2, 4).reshape(batch, groups, SIZE, SIZE, -1)
    parts = w.reshape(groups, len(w) // groups, -1)
    maps = [linear(near[:, g], part) for g, part in enumerate(parts)]
    return np.moveaxis(np.concatenate(maps, axis=-1), -1, 1)


def normalise(y: np.ndarray, scale: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """GroupNorm: sums over a group in the order of channel, row and column."""
    grouped = y.reshape(len(y), GROUPS, -1)
    count = f32(grouped.shape[-1])
    total, squares = np.zeros(grouped.shape[:2], f32), np.zeros(grouped.shape[:2], f32)
    for place in np.moveaxis(grouped, -1, 0):
        total = total + place
    off = grouped - (total / count)[..., None]
    for place in np.moveaxis(off * off, -1, 0):
        squares = squares + place
    unit = (off / np.sqrt(squares / count + f32(1e-5))[..., None]).reshape(y.shape)
    return unit * scale.reshape(-1, 1, 1) + shift.reshape(-1, 1, 1)


def test_stc_lif() -> None:
    steps, batch = 125, 2
    x = make(steps, batch, 2, SIZE, SIZE, seed=1)
    params = {"conv_x": make(CHANNELS, 2, 3, 3, seed=2, mean=0.02, scale=0.2)}
    for seed, name in enumerate("hv"):
        params |= {
            f"conv_{name}": make(CHANNELS, 4, 3, 3, seed=3 + seed, scale=0.5),
            f"scale_{name}": make(GROUPS, 4, seed=5 + seed, mean=0.4, scale=0.1),
            f"shift_{name}": make(GROUPS, 4, seed=7 + seed, mean=-0.3, scale=0.1),
        }
    current = np.array([convolve(row, params["conv_x"]) for row in x])
    u, v = np.empty_like(current), f32(0)
    s = np.zeros(current.shape[1:], bool)
    for t in range(steps):
        p, q = (ONE + tanh(normalise(convolve(s, params[f"conv_{name}"], GROUPS),
                                     params[f"scale_{name}"], params[f"shift_{name}"]))
                for name in "hv")  # fmt: skip
        u[t] = v * p + current[t] * q
        s = u[t] >= 1
        v = np.where(s, u[t] - ONE, u[t])
    check_recurrent("stc_lif.mlir", {"x": x}, params, [u >= 1, u], short=(40, 2))


if __name__ == "__main__":
    test_tc_lif()
    test_stc_lif()
