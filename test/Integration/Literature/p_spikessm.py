"""P-SpikeSSM, forwards and in both directions, against arXiv 2406.02923.

The memory is a convolution with the kernel Re(C A^k B), as in the paper, and no
recurrence. The draws are those that snn.sample documents.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from harness import FEW, Model
from literature import Spikes, check_literature, make

STEPS, BATCH, N, STATES = 200, 8, 64, 8
MASK = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)


def draw(shape: tuple[int, int, int], seed: int, number: int) -> np.ndarray:
    """Uniform numbers in [0, 1): Philox4x32-10 of Salmon et al., SC 2011.

    The counter is (neuron, step, 0, batch); 2^32 steps are not reached here.
    """
    t, b, n = np.indices(shape).astype(np.uint64)
    c = [n, t, np.zeros_like(t), b]
    key = (seed + number * 0x9E3779B97F4A7C15) % 2**64
    low, high = key % 2**32, key >> 32
    for _ in range(10):
        first, second = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        c = [second >> HALF ^ c[1] ^ np.uint64(low), second & MASK,
             first >> HALF ^ c[3] ^ np.uint64(high), first & MASK]  # fmt: skip
        low, high = (low + 0x9E3779B9) % 2**32, (high + 0xBB67AE85) % 2**32
    return (c[0] >> np.uint64(8)) / 2.0**24


def sample(p: np.ndarray, number: int) -> Spikes:
    margin = p - draw(p.shape, 1, number)
    return Spikes(margin > 0, margin)


def make_params(prefix: str, seed: int) -> dict[str, np.ndarray]:
    """Diagonal memories: decays of 5 to 100 steps, frequencies 0, pi / 16, ..."""
    decay = -1 / np.geomspace(5, 100, N)[:, None]
    a = np.exp(decay + 1j * np.pi / 16 * np.arange(STATES))
    b = (a - 1) / (decay + 1j * np.pi / 16 * np.arange(STATES))  # zero-order hold
    c = make(N, STATES, seed=seed, scale=0.1) + 1j * make(N, STATES, seed=seed + 1, scale=0.1)
    params = {f"{prefix}d": make(N, seed=seed + 2, scale=0.3),
              f"{prefix}mix": make(N, N, seed=seed + 3, scale=0.1)}  # fmt: skip
    for name, value in {"a": a, "b": b, "c": c}.items():
        params |= {f"{prefix}{name}.re": value.real, f"{prefix}{name}.im": value.imag}
    return params


def run_memory(params: dict[str, np.ndarray], prefix: str, r: np.ndarray) -> np.ndarray:
    """y = K * r + D r, over the past, by the Fourier transform of 2 T steps."""
    a, b, c = (params[f"{prefix}{k}.re"] + 1j * params[f"{prefix}{k}.im"] for k in "abc")
    steps = len(r)
    powers = a ** np.arange(steps)[:, None, None]
    kernel = (powers * b * c).sum(axis=-1).real  # T x N
    product = np.fft.rfft(kernel, 2 * steps, axis=0)[:, None] * np.fft.rfft(r, 2 * steps, axis=0)
    return np.fft.irfft(product, axis=0)[:steps] + params[f"{prefix}d"] * r


def test_forward() -> None:
    x = np.clip(make(STEPS, BATCH, N, seed=1, mean=0.2, scale=0.2), 0, 1)
    params = make_params("", 10) | {"bias": make(N, seed=2, scale=0.2)}
    r = sample(x, 0)
    s = sample(np.clip(run_memory(params, "", r.train), 0, 1), 1)
    z = np.clip(x + s.train @ params["mix"].T + params["bias"], 0, 1)
    check_literature("p_spikessm.mlir", {"x": x}, params, [r, s, z])


def test_bidirectional() -> None:
    x = np.clip(make(STEPS, BATCH, N, seed=3, mean=0.2, scale=0.2), 0, 1)
    bias = make(N, seed=4, scale=0.2)
    params = make_params("forward.", 20) | make_params("backward.", 30) | {"bias": bias}
    r, r_back = sample(x, 0), sample(x, 2)
    p = run_memory(params, "forward.", r.train)
    p_back = run_memory(params, "backward.", r_back.train[::-1])[::-1]
    s, s_back = sample(np.clip(p, 0, 1), 1), sample(np.clip(p_back, 0, 1), 3)
    both = np.concatenate([s.train, s_back.train], axis=-1)
    mix = np.concatenate([params["forward.mix"], params["backward.mix"]], axis=-1)
    z = np.clip(x + both @ mix.T + bias, 0, 1)
    model = Model("Literature/p_spikessm_bidirectional.mlir", targets=FEW)
    check_literature(model, {"x": x}, params, [r, s, r_back, s_back, z], causal=False)


if __name__ == "__main__":
    test_forward()
    test_bidirectional()
