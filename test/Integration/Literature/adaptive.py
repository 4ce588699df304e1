"""CE-LIF, TC-LIF in two forms, LSTM-LIF and DSR, against their equations.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from harness import ALL, Model
from literature import Spikes, check_literature, count_differences, make

STEPS, BATCH, NEURONS = 220, 8, 64


def test_ce_lif() -> None:
    """The threshold of a step: base, embedding and a filter of past spikes."""
    random = np.random.default_rng(1)
    x, w = make(STEPS, BATCH, 16, seed=2), make(NEURONS, 16, seed=3, mean=0.02, scale=0.2)
    embedding = make(240, NEURONS, seed=4, scale=0.2)
    rho, beta = random.uniform(0.8, 0.97, NEURONS), random.uniform(0.05, 0.3, NEURONS)
    current = x @ w.T
    s = np.zeros(current.shape, bool)
    u, theta = np.empty_like(current), np.empty_like(current)
    v = np.zeros(current.shape[1:])
    for t in range(STEPS):
        age = np.arange(t)[::-1, None]
        theta[t] = (1 + embedding[t]) + beta * np.einsum("kn,kbn->bn", rho**age, s[:t])
        u[t] = current[t] + 0.9 * v
        s[t] = u[t] >= theta[t]
        v = u[t] - s[t] * theta[t]
    check_literature("ce_lif.mlir", {"x": x},
                     {"w": w, "embedding": embedding, "rho": rho, "beta": beta},
                     [Spikes(s, u - theta), u, theta])  # fmt: skip


def run_compartments(current: np.ndarray, b1: float, b2: float, printed: bool) -> np.ndarray:
    """The soma before reset; (dendrite, soma) as a vector and its 2 x 2 map."""
    step = np.array([[1, b1], [b2, 1 + b1 * b2]])
    drive, reset = np.array([1, b2]), np.array([0.5, 1.0])
    state, soma = np.zeros((2, *current.shape[1:])), np.empty_like(current)
    last = np.zeros(current.shape[1:])
    for t, i in enumerate(current):
        state = np.tensordot(step, state, axes=1) + drive[:, None, None] * i
        if printed:  # The reset of the dendrite reaches the soma in the same step.
            state -= (0.5 * drive + [0, 1])[:, None, None] * last
            last = state[1] >= 1
        soma[t] = state[1]
        if not printed:
            state = state - reset[:, None, None] * (state[1] >= 1)
    return soma


def test_tc_lif() -> None:
    """The code's and the printed form are different functions."""
    x, w = make(STEPS, BATCH, 16, seed=5), make(NEURONS, 16, seed=6, mean=0.02, scale=0.1)
    c1, c2 = np.array(0.3), np.array(-0.4)
    b1, b2 = -(1 + np.tanh(c1 / 2)) / 2, (1 + np.tanh(c2 / 2)) / 2
    trains = []
    for name, printed in (("tc_lif", False), ("tc_lif_printed", True)):
        soma = run_compartments(x @ w.T, b1, b2, printed)
        outputs = check_literature(f"{name}.mlir", {"x": x}, {"w": w, "c1": c1, "c2": c2},
                                   [Spikes(soma >= 1, soma - 1), soma])  # fmt: skip
        trains.append(outputs[0])
    count_differences(*trains)


def test_lstm_lif() -> None:
    """Coefficients that no sigmoid gives: the other sign, and beyond 1."""
    x, w = make(STEPS, BATCH, 16, seed=7), make(NEURONS, 16, seed=8, mean=0.02, scale=0.1)
    model = Model("Literature/lstm_lif.mlir", targets=ALL)
    for b1, b2 in ((0.6, -0.7), (-1.3, 0.8)):
        soma = run_compartments(x @ w.T, b1, b2, printed=False)
        check_literature(model, {"x": x}, {"w": w, "b1": np.array(b1), "b2": np.array(b2)},
                         [Spikes(soma >= 1, soma - 1), soma])  # fmt: skip


def run_dsr(current: np.ndarray, theta: float, b: float, share: float) -> tuple[Spikes, np.ndarray]:
    """What was put in, less what was given out: a sum over the whole past."""
    total, given = np.zeros(current.shape[1:]), np.zeros(current.shape[1:])
    u = np.empty_like(current)
    for t, i in enumerate(current):
        total, given = b * total + share * i, b * given
        u[t] = total - given
        given = given + theta * (u[t] >= theta / 2)
    return Spikes(u >= theta / 2, u - theta / 2), theta * (u >= theta / 2)


def test_dsr() -> None:
    x = make(STEPS, BATCH, 16, seed=9)
    dt = 0.05
    for name, b in (("dsr_if", 1.0), ("dsr_lif", np.exp(-dt))):
        share, unit = (1 - b, dt) if b < 1 else (1.0, 1.0)
        scale = 0.15 / share
        params = {"w1": make(48, 16, seed=10, mean=scale / 20, scale=scale),
                  "theta1": np.array(0.8),
                  "w2": make(48, 48, seed=11, mean=0.01, scale=0.15 * unit / share),
                  "theta2": np.array(1.3)}  # fmt: skip
        s1, o1 = run_dsr(x @ params["w1"].T, params["theta1"], b, share)
        s2, o2 = run_dsr(o1 / unit @ params["w2"].T, params["theta2"], b, share)
        age = np.subtract.outer(np.arange(STEPS), np.arange(STEPS))
        weights = np.where(age >= 0, b ** np.maximum(age, 0), 0)
        mean = np.tensordot(weights / weights.sum(1, keepdims=True), o2 / unit, axes=1)
        check_literature(f"{name}.mlir", {"x": x}, params, [s1, s2, mean])


if __name__ == "__main__":
    test_ce_lif()
    test_tc_lif()
    test_lstm_lif()
    test_dsr()
