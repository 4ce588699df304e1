"""Recurrent networks with span 1, of leaky neurons and of neurons with an adaptive
threshold (LSNN, arXiv 1803.09574), bit for bit.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from f32 import ONE, f32, linear
from recurrent import Lif, add_twins, check_recurrent, make, make_orthogonal, run_layer


def read_out(s: np.ndarray, weight: np.ndarray) -> np.ndarray:
    y, rows = f32(0), []
    for row in linear(s, weight):
        y = f32(0.95) * y + row
        rows.append(y)
    return np.array(rows)


def test_rsnn() -> None:
    n = 512
    x = np.random.default_rng(1).random((250, 8, 140)) < 0.05
    params = {"weight": make(n, 140, seed=2, scale=0.15),
              "bias": make(n, seed=3, mean=0.05, scale=0.05),
              "lateral": make_orthogonal(n, 4, 0.5),
              "readout": make(35, n, seed=5, scale=0.1)}  # fmt: skip
    x[..., 70] = x[..., 0]
    add_twins(params, n, n // 2, 70)
    current = linear(x, params["weight"], params["bias"])
    s = run_layer(current, params["lateral"], 1, Lif(0.9))
    check_recurrent("rsnn.mlir", {"x": x}, params, [s, read_out(s, params["readout"])])


class Alif:
    def __init__(self, alpha: np.ndarray, rho: np.ndarray, beta: np.ndarray) -> None:
        self.alpha, self.rho, self.beta = alpha, rho, beta
        self.v = self.a = self.s = f32(0)

    def __call__(self, i: np.ndarray) -> np.ndarray:
        self.a = self.rho * self.a + (ONE - self.rho) * self.s
        theta = f32(0.01) + self.beta * self.a
        u = self.alpha * self.v + (ONE - self.alpha) * i
        s = u >= theta
        self.v, self.s = np.where(s, u - theta, u), s.astype(f32)
        return s


def test_lsnn() -> None:
    n, random = 220, np.random.default_rng(11)
    x = random.random((784, 6, 80)) < 0.05
    params = {"weight": make(n, 80, seed=12, mean=0.01, scale=0.1),
              "lateral": make_orthogonal(n, 13, 0.2),
              "alpha": np.exp(-1 / random.uniform(10, 30, n)).astype(f32),
              "rho": np.exp(-1 / random.uniform(200, 700, n)).astype(f32),
              "beta": np.where(np.arange(n) < 120, 0, 1.8).astype(f32),
              "readout": make(10, n, seed=14, scale=0.1)}  # fmt: skip
    x[..., 40] = x[..., 0]
    add_twins(params, n, n // 2, 40)
    neuron = Alif(params["alpha"], params["rho"], params["beta"])
    s = run_layer(linear(x, params["weight"]), params["lateral"], 1, neuron)
    check_recurrent("lsnn.mlir", {"x": x}, params, [s, read_out(s, params["readout"])])


if __name__ == "__main__":
    test_rsnn()
    test_lsnn()
