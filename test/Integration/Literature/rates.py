"""Models that do not spike: ELM neurons (arXiv 2306.16922) and a dense tanh RNN
(arXiv 1906.01094). Every step reads every unit of the step before it.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from harness import FEW, Failure, Model
from literature import NEURON_STEPS, STEPS, check_analog, make, run_all_ways

LENGTH, BATCH, N = 200, 8, 64


def check_rates(name: str, inputs: dict[str, np.ndarray], params: dict[str, np.ndarray],
                expected: list[np.ndarray]) -> None:  # fmt: skip
    """As check_literature, where the first output is that of the units."""
    if len(expected[0]) < STEPS or expected[0].size < NEURON_STEPS:
        raise Failure(f"{name}: expected {STEPS} steps and {NEURON_STEPS} "
                      f"neuron-steps, but got {expected[0].shape}")  # fmt: skip
    model = Model(f"Literature/{name}", targets=FEW)
    outputs = run_all_ways(model, inputs, params)
    for output, actual, wanted in zip(model.outputs, outputs, expected, strict=True):
        check_analog(f"{name}, {output}", actual, wanted)


def run_elm(x: np.ndarray, params: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Sums of branches as one product with all powers of the decays, no recurrence.

    A branch has the four synapses 4 g .. 4 g + 3.
    """
    age = np.subtract.outer(np.arange(len(x)), np.arange(len(x)))
    powers = params["synapse.decay"] ** np.maximum(age, 0)[..., None]
    powers[age < 0] = 0  # no spike acts before its time
    weighted = x * params["synapse.weight"]
    traces = np.einsum("tun,ubn->tbn", powers, weighted, optimize=True)
    branches = sum(traces[..., n::4] for n in range(4))
    w1 = np.hstack([params["hidden.weight.branch"], params["hidden.weight.memory"]])
    k, gain = params["memory.decay"], params["lambda"] * (1 - params["memory.decay"])
    m, memories = np.zeros((BATCH, N)), np.empty((len(x), BATCH, N))
    for t, r in enumerate(branches):
        hidden = np.concatenate([r, k * m], axis=-1) @ w1.T + params["hidden.bias"]
        silu = hidden * 0.5 * (1 + np.tanh(hidden / 2))  # x / (1 + exp(-x))
        change = np.tanh(silu @ params["update.weight"].T + params["update.bias"])
        memories[t] = m = k * m + gain * change
    return memories, memories @ params["readout.weight"].T + params["readout.bias"]


def test_elm() -> None:
    x = np.random.default_rng(1).random((LENGTH, BATCH, 64)) < 0.1
    params = {
        "synapse.weight": np.abs(make(64, seed=2, mean=0.5, scale=0.2)),
        "synapse.decay": np.exp(-1 / np.geomspace(2, 20, 64)),
        "hidden.weight.branch": make(2 * N, 16, seed=3, scale=0.15),
        "hidden.weight.memory": make(2 * N, N, seed=4, scale=0.05),
        "hidden.bias": make(2 * N, seed=5, scale=0.3),
        "update.weight": make(N, 2 * N, seed=6, scale=0.05),
        "update.bias": make(N, seed=7, scale=0.1),
        "memory.decay": np.exp(-1 / np.geomspace(1, 150, N)),
        "lambda": np.array(5.0),
        "readout.weight": make(2, N, seed=8, scale=0.3), "readout.bias": make(2, seed=9),
    }  # fmt: skip
    check_rates("elm.mlir", {"x": x}, params, [*run_elm(x, params)])


def test_rnn() -> None:
    x = make(LENGTH, BATCH, 16, seed=11)
    params = {"u": make(N, 16, seed=12, scale=0.2), "b": make(N, seed=13, scale=0.1),
              "w": np.linalg.qr(make(N, N, seed=14))[0], "v": make(4, N, seed=15)}  # fmt: skip
    h, units = np.zeros((BATCH, N)), []
    for row in x:
        both = np.concatenate([row, h], axis=-1)
        h = np.tanh(both @ np.hstack([params["u"], params["w"]]).T + params["b"])
        units.append(h)
    check_rates("rnn.mlir", {"x": x}, params, [np.array(units), np.array(units) @ params["v"].T])


if __name__ == "__main__":
    test_elm()
    test_rnn()
