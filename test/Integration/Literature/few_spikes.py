"""Few-spikes neurons, real and complex, against what they code (arXiv 2002.00860
and arXiv 2412.04008).

With powers of two as tables, the spikes are the bits of a quotient: that is the
formula here, and no step by step loop.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from literature import Spikes, check_literature, make

K, BATCH = 8, 200


def code(value: np.ndarray, smallest: float) -> tuple[Spikes, np.ndarray]:
    """The bits, highest first, of floor(value / smallest) in 0 .. 2^K - 1.

    The potential that is compared with place k is what the places before leave.
    """
    number = np.clip(np.floor(value / smallest), 0, 2**K - 1).astype(int)
    places = 2 ** np.arange(K)[::-1].reshape(K, 1, 1)
    bits = number // places % 2 == 1
    left = value - smallest * (number // (2 * places) * (2 * places))
    return Spikes(bits, left - smallest * places), smallest * number


def make_layer() -> tuple[dict[str, np.ndarray], np.ndarray]:
    x, weight = make(BATCH, 32, seed=1), make(64, 32, seed=2, scale=0.5)
    bias = make(64, seed=3, scale=0.5)
    return {"x": x, "fc.weight": weight, "fc.bias": bias}, x @ weight.T + bias


def test_bits() -> None:
    """A rectified linear unit that saturates, in steps of 2^-5, times 3."""
    params, value = make_layer()
    smallest = 2.0**-5
    table = smallest * 2.0 ** np.arange(K)[::-1]
    spikes, decoded = code(value, smallest)
    assert decoded.max() == smallest * 255 and decoded.min() == 0
    tables = {"theta": table, "h": table, "d": 3 * table}
    check_literature("few_spikes.mlir", {}, params | tables, [spikes, 3 * decoded],
                     steps=K, causal=False)  # fmt: skip


def test_tables() -> None:
    """Any other tables make a decision tree, whose leaves are trains of spikes."""
    params, value = make_layer()
    tables = {name: make(K, seed=20 + i, mean=0.8, scale=0.5)
              for i, name in enumerate(("theta", "h", "d"))}  # fmt: skip
    bits, margin = np.zeros((2, K, *value.shape))
    for k in range(K):
        spent = np.tensordot(tables["h"][:k], bits[:k], axes=1)
        margin[k] = value - spent - tables["theta"][k]
        bits[k] = margin[k] >= 0
    decoded = np.tensordot(tables["d"], bits, axes=1)
    check_literature("few_spikes.mlir", {}, params | tables,
                     [Spikes(bits > 0, margin), decoded], steps=K, causal=False)  # fmt: skip


def test_complex() -> None:
    """The soft threshold of a complex number keeps its angle; here times 3."""
    y = make(BATCH, 32, seed=4) + 1j * make(BATCH, 32, seed=5)
    x = make(BATCH, 64, seed=6) + 1j * make(BATCH, 64, seed=7)
    w = make(64, 32, seed=8, scale=0.2) + 1j * make(64, 32, seed=9, scale=0.2)
    s = make(64, 64, seed=10, scale=0.1) + 1j * make(64, 64, seed=11, scale=0.1)
    v, smallest, limit = y @ w.T + x @ s.T, 2.0**-6, 0.7
    table = smallest * 2.0 ** np.arange(K)[::-1]
    spikes, size = code(np.abs(v) - limit, smallest)
    z = 3 * size * np.exp(1j * np.angle(v))
    assert (size == 0).any() and (size > 1).any()
    params = {"theta": limit + table, "h": table, "d": 3 * table}
    for name, value in {"y": y, "x": x, "w": w, "s": s}.items():
        params |= {f"{name}.re": value.real, f"{name}.im": value.imag}
    check_literature("s_lista.mlir", {}, params, [spikes, z.real, z.imag],
                     steps=K, causal=False)  # fmt: skip


if __name__ == "__main__":
    test_bits()
    test_tables()
    test_complex()
