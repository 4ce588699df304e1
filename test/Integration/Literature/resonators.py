"""Complex memories without a spike's feedback: PRF, S5-RF and PMSN.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from literature import Spikes, check_literature, make

STEPS, BATCH, NEURONS = 300, 8, 48


def remember(a: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """h[t] = a h[t-1] + inputs[t], as the sum of a^j inputs[t-j]."""
    h = np.zeros(inputs.shape, complex)
    for j in range(len(inputs)):
        h[j:] += a**j * inputs[: len(inputs) - j]
    return h


def test_prf() -> None:
    x, random = make(STEPS, BATCH, 16, seed=1), np.random.default_rng(2)
    source, params, expected = x, {}, []
    for layer, width, scale in ((1, 16, 1.2), (2, NEURONS, 1.0)):
        w = make(NEURONS, width, seed=2 + layer, mean=0.05, scale=scale)
        tau, theta = random.uniform(1, 4, NEURONS), random.uniform(0.5, 6, NEURONS)
        dt = random.uniform(0.1, 0.3, NEURONS)
        params |= {f"w{layer}": w, f"tau{layer}": tau, f"theta{layer}": theta, f"dt{layer}": dt}
        u = remember(np.exp(dt * (-1 / tau + 1j * theta)), dt * (source @ w.T)).real
        expected.append(Spikes(u >= 1, u - 1))
        source = expected[-1].train
    check_literature("prf.mlir", {"x": x}, params, [*expected, u])


def test_s5_rf() -> None:
    """The first layer holds its input over a step, the second is hit by spikes."""
    inputs, random = make(STEPS, BATCH, 16, seed=5), np.random.default_rng(6)
    source, params, expected = inputs, {}, []
    for layer, width in ((1, 16), (2, NEURONS)):
        eigenvalue = -random.uniform(0.2, 1, NEURONS) + 1j * random.uniform(0.5, 8, NEURONS)
        dt = random.uniform(0.08, 0.25, NEURONS)
        b = make(2, NEURONS, width, seed=6 + layer, mean=0.02, scale=1.2)
        params |= {f"lambda{layer}.re": eigenvalue.real, f"lambda{layer}.im": eigenvalue.imag,
                   f"dt{layer}": dt, f"b{layer}.re": b[0], f"b{layer}.im": b[1]}  # fmt: skip
        a = np.exp(eigenvalue * dt)
        gain = (a - 1) / eigenvalue if layer == 1 else dt
        x = remember(a, source @ ((b[0] + 1j * b[1]) * gain[:, None]).T).real
        expected.append(Spikes(x >= 1, x - 1))
        source = expected[-1].train
    check_literature("s5_rf.mlir", {"u": inputs}, params, [*expected, x])


def test_pmsn() -> None:
    """Modulo reset of a rectified input: a floor of its sum over time."""
    inputs, random, shape = make(STEPS, BATCH, 16, seed=10), np.random.default_rng(11), (NEURONS, 4)
    a = np.exp(-1 / random.uniform(3, 20, shape) + 1j * random.uniform(0.05, 1.2, shape))
    b, c = (make(2, *shape, seed=seed, scale=0.3) for seed in (12, 13))
    w, d = make(NEURONS, 16, seed=14, scale=0.15), make(NEURONS, seed=15, scale=0.5)
    x = inputs @ w.T
    y = x * d
    for k in range(shape[1]):
        h = remember(a[:, k], x * (b[0] + 1j * b[1])[:, k])
        y += (h * (c[0] + 1j * c[1])[:, k]).real
    total = np.cumsum(np.maximum(y, 0), axis=0)
    before = np.floor(np.concatenate([np.zeros_like(total[:1]), total[:-1]]))
    s = np.minimum(np.floor(total - before), 1) > 0
    # Every multiple of the threshold decides what the modulus leaves.
    margin = np.where(s, np.abs(total - np.rint(total)), total - before - 1)
    params = {"w": w, "a_re": a.real, "a_im": a.imag, "b_re": b[0], "b_im": b[1],
              "c_re": c[0], "c_im": c[1], "d": d}  # fmt: skip
    check_literature("pmsn.mlir", {"in": inputs}, params, [Spikes(s, margin), y])


if __name__ == "__main__":
    test_prf()
    test_s5_rf()
    test_pmsn()
