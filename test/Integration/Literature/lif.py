"""LIF, ALIF, PLIF and GLIF, against the equations of their papers.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from literature import Spikes, check_literature, make

STEPS, BATCH = 150, 8


def run_lif(current: np.ndarray, decay: float, hard: bool) -> tuple[Spikes, np.ndarray]:
    """The layer, and its potential after reset."""
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


def sigmoid(x: np.ndarray) -> np.ndarray:
    return (1 + np.tanh(x / 2)) / 2


def test_alif() -> None:
    """The adaptation is a filter of all past spikes."""
    steps, random = 220, np.random.default_rng(5)
    x, w = make(steps, BATCH, 16, seed=6), make(64, 16, seed=7, mean=0.05, scale=0.3)
    alpha, rho = np.exp(-1 / random.uniform(5, 25, (2, 64)))
    rho = rho**0.2
    current = x @ w.T
    spikes = np.zeros(current.shape, bool)
    u, theta = np.empty_like(current), np.empty_like(current)
    v = np.zeros(current.shape[1:])
    for t in range(steps):
        age = np.arange(t)[::-1, None]
        theta[t] = 0.01 + 1.8 * np.einsum("kn,kbn->bn", (1 - rho) * rho**age, spikes[:t])
        u[t] = current[t] + alpha * (v - current[t])
        spikes[t] = u[t] >= theta[t]
        v = u[t] - theta[t] * spikes[t]
    check_literature("alif.mlir", {"x": x}, {"w": w, "alpha": alpha, "rho": rho},
                     [Spikes(spikes, u - theta), u, theta])  # fmt: skip


def run_plif(current: np.ndarray, a: np.ndarray) -> np.ndarray:
    """The potential before reset: the mean that forgets, since the last spike."""
    k, v, u = sigmoid(a), np.zeros(current.shape[1:]), np.empty_like(current)
    for t, i in enumerate(current):
        u[t] = v + k * (i - v)
        v = np.where(u[t] >= 1, 0, u[t])
    return u


def test_plif() -> None:
    x = make(STEPS, BATCH, 16, seed=8)
    params = {"w1": make(48, 16, seed=9, mean=0.05, scale=0.6), "a1": np.array(-0.7),
              "w2": make(48, 48, seed=10, mean=0.1, scale=0.6), "a2": np.array(-1.4)}  # fmt: skip
    u1 = run_plif(x @ params["w1"].T, params["a1"])
    u2 = run_plif((u1 >= 1) @ params["w2"].T, params["a2"])
    check_literature("plif.mlir", {"x": x}, params,
                     [Spikes(u1 >= 1, u1 - 1), Spikes(u2 >= 1, u2 - 1), u2])  # fmt: skip


def test_glif() -> None:
    """Membrane, reset and input as the three sums of the paper."""
    steps = 256
    x = make(steps, BATCH, 16, seed=11)
    params = {name: make(64, seed=12 + i) for i, name in enumerate(("alpha", "beta", "gamma"))}
    al, be, ga = (sigmoid(value) for value in params.values())
    tau, leak, reset = (np.random.default_rng(15).uniform(*bounds, 64)
                        for bounds in ((0.5, 0.95), (0.0, 0.05), (0.7, 1.1)))  # fmt: skip
    w = make(64, 16, seed=16, mean=0.03, scale=0.3)
    g = np.random.default_rng(17).uniform(0, 1, (steps, 64))
    current = (x @ w.T) * (1 - be * (1 - g))[:, None]
    u = np.empty_like(current)
    last, s = np.zeros(current.shape[1:]), np.zeros(current.shape[1:])
    for t in range(steps):
        keep = 1 - al * (1 - tau)
        last = keep * last * (1 - ga * s) + (current[t] - (1 - al) * leak) - (1 - ga) * reset * s
        u[t], s = last, last >= 1
    params |= {"w": w, "tau": tau, "leak": leak, "reset": reset, "g": g}
    check_literature("glif.mlir", {"in": x}, params, [Spikes(u >= 1, u - 1), u])


if __name__ == "__main__":
    test_lif()
    test_alif()
    test_plif()
    test_glif()
