"""SRC-SNN with the neurons and the normalisations of its code's options, bit for bit:
PLIF, GLIF, a layer normalisation per step, a folded batch normalisation.

RUN: %python %s snnc %t
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from f32 import ONE, f32, sigmoid
from harness import Arrays
from recurrent import Lif, add_twins_to_network, check_recurrent, make, make_network, run_network

STEPS, BATCH, N, SPANS = 101, 26, 128, [4, 4, 4]


def make_case(extra: Callable[[int], dict[str, np.ndarray]], seed: int,
              scale: float = 0.15) -> tuple[np.ndarray, dict[str, np.ndarray]]:  # fmt: skip
    """Inputs and parameters of the shape for GSC; `extra` gives those of a layer."""
    params = make_network(40, [N] * 3, 12, [0.12, scale, scale], seed)
    for i in (1, 2, 3):
        params |= {f"layer{i}.{key}": value for key, value in extra(seed + 50 + 10 * i).items()}
    x = make(STEPS, BATCH, 40, seed=seed)
    add_twins_to_network(x, params)
    return x, params


def test_plif() -> None:
    x, params = make_case(lambda seed: {"w": make(N, seed=seed)}, 1000)
    expected = run_network(x, params, SPANS, lambda own: Lif(sigmoid(own["w"])))
    check_recurrent("src_plif.mlir", {"x": x}, params, expected)


class Glif:
    def __init__(self, own: Arrays) -> None:
        self.own, self.t, self.u, self.s = own, 0, f32(0), np.bool_(False)
        self.gates = [sigmoid(own[name]) for name in ("alpha", "beta", "gamma")]

    def __call__(self, i: np.ndarray) -> np.ndarray:
        alpha, beta, gamma = self.gates
        keep = ONE - alpha * (ONE - self.own["tau"])
        kept = keep * self.u
        current = i * (ONE - beta * (ONE - self.own["g"][self.t]))
        free = (kept - (ONE - alpha) * self.own["leak"]) + current
        lost = kept * gamma + (ONE - gamma) * self.own["reset"]
        self.u = np.where(self.s, free - lost, free)
        self.t, self.s = self.t + 1, self.u >= 1
        return self.s


def test_glif() -> None:
    def make_gates(seed: int) -> dict[str, np.ndarray]:
        random = np.random.default_rng(seed)
        ranges = {"tau": (0.2, 0.8), "leak": (0.0, 0.1), "reset": (0.6, 1.2)}
        uniform = {key: random.uniform(*ends, N).astype(f32) for key, ends in ranges.items()}
        gates = {key: make(N, seed=seed + i, scale=2.0)
                 for i, key in enumerate(("alpha", "beta", "gamma"), 1)}  # fmt: skip
        return uniform | gates | {"g": random.random((STEPS, N)).astype(f32)}

    x, params = make_case(make_gates, 2000, 0.25)
    check_recurrent("src_glif.mlir", {"x": x}, params, run_network(x, params, SPANS, Glif))


def make_scales(seed: int) -> dict[str, np.ndarray]:
    return {"scale": make(N, seed=seed, mean=0.6, scale=0.1),
            "shift": make(N, seed=seed + 1, mean=0.1, scale=0.1)}  # fmt: skip


def test_layer_norm() -> None:
    def normalise(i: np.ndarray, own: Arrays) -> np.ndarray:
        total = np.zeros(i.shape[:-1], f32)
        for channel in np.moveaxis(i, -1, 0):
            total = total + channel
        off = i - (total / f32(N))[..., None]
        squares = np.zeros(i.shape[:-1], f32)
        for channel in np.moveaxis(off * off, -1, 0):
            squares = squares + channel
        size = np.sqrt(squares / f32(N) + f32(1e-5))[..., None]
        return off / size * own["scale"] + own["shift"]

    x, params = make_case(make_scales, 3000)
    expected = run_network(x, params, SPANS, normalise=normalise)
    check_recurrent("src_layer_norm.mlir", {"x": x}, params, expected)


def test_batch_norm() -> None:
    x, params = make_case(make_scales, 4000, 0.3)
    expected = run_network(x, params, SPANS,
                           normalise=lambda i, own: own["scale"] * i + own["shift"])  # fmt: skip
    check_recurrent("src_batch_norm.mlir", {"x": x}, params, expected)


if __name__ == "__main__":
    test_plif()
    test_glif()
    test_layer_norm()
    test_batch_norm()
