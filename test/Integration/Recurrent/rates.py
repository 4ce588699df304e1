"""Models that do not spike: ELM neurons (arXiv 2306.16922) and a dense tanh RNN (arXiv
1906.01094), bit for bit. Every step reads every unit of the step before it.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from f32 import ONE, exp, f32, linear, tanh
from harness import Arrays
from recurrent import check_recurrent, make, make_orthogonal


def run_elm(x: np.ndarray, params: Arrays) -> np.ndarray:
    """The memories, from the traces of synapses on; a branch sums four in a row."""
    k, gain = params["memory.decay"], params["lambda"] * (ONE - params["memory.decay"])
    trace, memory, memories = f32(0), np.zeros((x.shape[1], len(k)), f32), []
    for row in x:
        trace = params["synapse.decay"] * trace + np.where(row, params["synapse.weight"], f32(0))
        branches = ((trace[:, 0::4] + trace[:, 1::4]) + trace[:, 2::4]) + trace[:, 3::4]
        left = k * memory
        hidden = (linear(branches, params["hidden.weight.branch"], params["hidden.bias"])
                  + linear(left, params["hidden.weight.memory"]))  # fmt: skip
        silu = hidden / (exp(-hidden) + ONE)
        change = tanh(linear(silu, params["update.weight"], params["update.bias"]))
        memory = left + gain * change
        memories.append(memory)
    return np.array(memories)


def test_elm() -> None:
    x = np.random.default_rng(1).random((256, 40, 140)) < 0.1
    params = {
        "synapse.weight": np.abs(make(140, seed=2, mean=0.5, scale=0.2)),
        "synapse.decay": np.exp(-1 / np.geomspace(2, 20, 140)).astype(f32),
        "hidden.weight.branch": make(200, 35, seed=3, scale=0.1),
        "hidden.weight.memory": make(200, 100, seed=4, scale=0.05),
        "hidden.bias": make(200, seed=5, scale=0.3),
        "update.weight": make(100, 200, seed=6, scale=0.05),
        "update.bias": make(100, seed=7, scale=0.1),
        "memory.decay": np.exp(-1 / np.geomspace(1, 1000, 100)).astype(f32),
        "lambda": np.array(5.0, f32),
        "readout.weight": make(35, 100, seed=8, scale=0.3),
        "readout.bias": make(35, seed=9),
    }
    m = run_elm(x, params)
    y = linear(m, params["readout.weight"], params["readout.bias"])
    check_recurrent("elm.mlir", {"x": x}, params, [m, y])


def test_rnn() -> None:
    n, x = 128, make(200, 40, 28, seed=11)
    params = {"u": make(n, 28, seed=12, scale=0.2), "b": make(n, seed=13, scale=0.1),
              "w": make_orthogonal(n, 14), "v": make(10, n, seed=15)}  # fmt: skip
    h, units = np.zeros((40, n), f32), []
    for current in linear(x, params["u"], params["b"]):
        h = tanh(current + linear(h, params["w"]))
        units.append(h)
    units = np.array(units)
    check_recurrent("rnn.mlir", {"x": x}, params, [units, linear(units, params["v"])])


if __name__ == "__main__":
    test_elm()
    test_rnn()
