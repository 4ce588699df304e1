"""The fixed-refractory-period SNN in its three readings (arXiv 2504.17751).

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from literature import Spikes, check_literature, count_differences, make

STEPS, BATCH, CHANNELS, STATES = 288, 8, 48, 4
Params = dict[str, np.ndarray]


def make_memory(kind: str) -> Params:
    """Decays of 3 to 20 steps; a complex memory also turns."""
    random = np.random.default_rng(7)
    shape = CHANNELS, STATES
    size = np.exp(-1 / random.uniform(3, 20, shape))
    params = {"w": make(CHANNELS, 16, seed=1, scale=0.25), "d": make(CHANNELS, seed=2, scale=0.5)}
    if kind == "real":
        return params | {"a": size, "b": make(*shape, seed=3, scale=0.4),
                         "c": make(*shape, seed=4, scale=0.4)}  # fmt: skip
    a = size * np.exp(1j * random.uniform(0.05, 1.2, shape))
    for name, seed in (("b", 3), ("c", 5)):
        params |= {f"{name}_re": make(*shape, seed=seed, scale=0.3),
                   f"{name}_im": make(*shape, seed=seed + 1, scale=0.3)}  # fmt: skip
    return params | {"a_re": a.real, "a_im": a.imag}


def run_memory(kind: str, params: Params, inputs: np.ndarray) -> np.ndarray:
    """v as a convolution: its kernel is K[j] = Re(C A^j B), and D at 0."""
    if kind == "real":
        a, b, c = (params[name] for name in "abc")
    else:
        a, b, c = (params[f"{name}_re"] + 1j * params[f"{name}_im"] for name in "abc")
    kernel = np.array([(c * b * a**j).sum(-1).real for j in range(len(inputs))])
    kernel[0] += params["d"]
    x = inputs @ params["w"].T
    v = np.zeros_like(x)
    for j, row in enumerate(kernel):
        v[j:] += row * x[: len(x) - j]
    return v


def thin_event(c: np.ndarray, period: int) -> np.ndarray:
    """An emitted spike silences: the next spike is the first candidate after."""
    s = np.zeros_like(c)
    for index in np.ndindex(c.shape[1:]):
        free = 0
        for t in np.flatnonzero(c[(slice(None), *index)]):
            if t >= free:
                s[(t, *index)] = True
                free = t + period + 1
    return s


def thin_window(c: np.ndarray, period: int) -> np.ndarray:
    """A candidate silences: there must be none among the steps before."""
    count = np.concatenate([np.zeros((period + 1, *c.shape[1:]), int), np.cumsum(c, axis=0)])
    return c & (count[period:-1] == count[: len(c)])


def thin_phase(c: np.ndarray, period: int, phase: int) -> np.ndarray:
    s = np.zeros_like(c)
    s[phase::period] = c[phase::period]
    return s


def test_frssm(kind: str) -> None:
    inputs, params = make(STEPS, BATCH, 16, seed=10), make_memory(kind)
    v = run_memory(kind, params, inputs)
    c = v >= 1
    gated = {"event": thin_event(c, 4), "window": thin_window(c, 4), "phase": thin_phase(c, 5, 2)}
    trains = []
    for reading, s in gated.items():
        train, _ = check_literature(f"frssm_{kind}_{reading}.mlir", {"in": inputs}, params,
                                    [Spikes(s, v - 1), v])  # fmt: skip
        trains.append(train)
    for i in range(3):
        count_differences(trains[i], trains[i - 1])


if __name__ == "__main__":
    test_frssm("real")
    test_frssm("complex")
