"""Delays: of each neuron's axon in recurrent layers (DelRec, arXiv 2509.24852), of each
synapse forwards (DCLS, arXiv 2306.17670), dense and pruned to 10 %; bit for bit.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from f32 import f32, linear
from recurrent import (
    LARGE,
    Lif,
    add_twins_to_network,
    check_recurrent,
    make,
    make_counts,
    make_network,
    run_layer,
    run_neuron,
    sum_over_time,
)

N, LONGEST = 256, 24


def test_delrec() -> None:
    x, params = make_counts(8, 5), make_network(140, [N, N], 35, [0.08, 0.05], 500, 0.5)
    add_twins_to_network(x, params, (4 * 29, 4 * 31))  # with the span of neuron 0
    j, layers, s = np.arange(N), [], x
    for i, spans in ((1, 2 + 7 * j % 29), (2, 5 + 11 * j % 31)):  # as the model has them
        current = linear(s, params[f"layer{i}.weight"], params[f"layer{i}.bias"])
        s = run_layer(current, params[f"layer{i}.lateral"], spans, Lif(0.9))
        layers.append(s)
    y = linear(s, params["readout.weight"], params["readout.bias"])
    check_recurrent("delrec.mlir", {"x": x}, params, [*layers, sum_over_time(y)])


class HardLif:
    """u = 0.9 v + i; a spike leaves 0."""

    def __init__(self) -> None:
        self.v = f32(0)

    def __call__(self, i: np.ndarray) -> np.ndarray:
        u = f32(0.9) * self.v + i
        self.v = np.where(u >= 1, f32(0), u)
        return u >= 1


def arrive(s: np.ndarray, w: np.ndarray, delay: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """The sums of synapses w[n, j] with delays delay[n, j], each over its own sources
    in the order of the model's weight: by delay, then by source. A synapse that is
    pruned is a zero, which changes no sum."""
    past = np.concatenate([np.zeros((LONGEST, *s.shape[1:]), f32), s.astype(f32)])
    total = np.zeros((*s.shape[:2], len(w)), f32) + bias
    order = np.argsort(delay, axis=1, kind="stable")
    t, b = np.ogrid[: len(s), : s.shape[1]]
    for source in order.T:
        late = np.take_along_axis(delay, source[:, None], axis=1)[:, 0]
        weight = np.take_along_axis(w, source[:, None], axis=1)[:, 0]
        total += weight * past[LONGEST + t[..., None] - late, b[..., None], source]
    return total


def check_dcls(kept: float, scales: tuple[float, float], embed: bool) -> None:
    random = np.random.default_rng(6)
    x = random.random((250, 8, 140)) < 0.05
    x[:12, :, 0], x[12:, :, 0] = False, random.random((238, 8)) < 0.3
    x[:, :, -1] = np.roll(x[:, :, 0], -12, axis=0)
    params = {"readout.weight": make(35, N, seed=7, scale=0.1), "readout.bias": make(35, seed=8)}
    s, layers = x, []
    for i, (n, scale) in enumerate(zip((140, N), scales), 1):
        w = make(N, n, seed=10 * i, mean=scale / 8, scale=scale)
        w[random.random(w.shape) >= kept] = 0
        bias = make(N, seed=10 * i + 1, scale=0.05)
        delay = random.integers(0, LONGEST + 1, w.shape)
        for value in (w, bias, delay):  # twins, see add_twins
            value[-1] = value[0]
        w[:, 0], w[:, -1], delay[:, 0] = LARGE, -LARGE, 12
        delay[:, -1] = 24 if i == 1 else 12  # the last input is twelve steps earlier
        weight = np.zeros((N, LONGEST + 1, n), f32)
        np.put_along_axis(weight, delay[:, None], w[:, None], axis=1)
        params |= {f"layer{i}.weight": weight, f"layer{i}.bias": bias}
        s = run_neuron(arrive(s, w, delay, bias), HardLif())
        layers.append(s)
    y = linear(s, params["readout.weight"], params["readout.bias"])
    check_recurrent("dcls.mlir", {"x": x}, params, [*layers, sum_over_time(y)],
                    embed=embed, short=(30, 2))  # fmt: skip


def test_dcls() -> None:
    check_dcls(1.0, (0.15, 0.12), False)


def test_pruned() -> None:
    """The weights are embedded: how few are not zero is then known to the compiler."""
    check_dcls(0.1, (0.5, 0.4), True)


if __name__ == "__main__":
    test_delrec()
    test_dcls()
    test_pruned()
