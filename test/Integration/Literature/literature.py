# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests of the models of the literature share.

A test writes the equations of a paper once more, in NumPy and in f64, and gives
what they say about every output of `test/Models/Literature/NAME.mlir`:

    current = x @ w.T
    u, s = run_lif(current)
    check_literature("lif.mlir", {"x": x}, {"w": w}, [Spikes(s, u - 1), u])

`Spikes(train, margin)` is the train of a spiking layer, with the distance of its
potential to the threshold (to the nearest of its thresholds, where it has
several). Every spiking layer must be an output of its model. An array is an
analog output. The rules, in `check_literature`:

- the model in all its variants, not optimized, cut in every way, and interpreted
  (`Model.check`) gives the same bits; every float is of f64, so that the reference
  in the model's own types is the one in f64 as well;
- a causal model that is stopped after a third and continued gives the same bits; a
  model that is said not to be causal refuses to be stopped;
- spikes are equal wherever abs(margin) > 1e-9, and at most 0.01 % of the points
  of a layer are nearer to the threshold than that;
- analog outputs differ by at most 1e-10 of the largest magnitude of the array;
- at least 100 steps (unless the model has its own length), 100,000 neuron-steps
  in all spiking layers together, and 1 to 60 % of them fire in each layer.

NumPy's sums are in an order of its own, so a test may fail by rounding where a
potential comes near to a threshold; it is not to be written so that it cannot.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from harness import ALL, Arrays, Failure, Model, check_equal, expect_failure

MARGIN = 1e-9  # a spike nearer to its threshold than this may differ
SHARE = 1e-4  # of the points of a layer may be that near
ANALOG = 1e-10  # of the largest magnitude of an output
STEPS = 100
NEURON_STEPS = 100_000
FIRING = (0.01, 0.60)


@dataclass(frozen=True)
class Spikes:
    """A spiking layer: its train `T x B x N...`, and potential minus threshold.

    The train is of bool, or of integers where a spike counts.
    """

    train: np.ndarray
    margin: np.ndarray


def check_literature(model: str | Model, inputs: Arrays, params: Arrays,
                     expected: Sequence[Spikes | np.ndarray], *flags: object,
                     steps: int = STEPS, causal: bool = True) -> list[np.ndarray]:  # fmt: skip
    """Compiles and runs `model` in every way and holds it to the rules above.

    `expected` is in the order of the outputs. A model whose length is part of it
    (few-spikes) says its least number of `steps`; one that needs its whole input
    is not `causal`. Returns the outputs.
    """
    if isinstance(model, str):
        model = Model(f"Literature/{model}", targets=ALL)
    what = model.folder.name
    check_size(what, [e for e in expected if isinstance(e, Spikes)], steps)
    outputs = run_all_ways(model, inputs, params, *flags, causal=causal)
    for name, actual, wanted in zip(model.outputs, outputs, expected, strict=True):
        if isinstance(wanted, Spikes):
            check_spikes(f"{what}, {name}", actual, wanted)
        else:
            check_analog(f"{what}, {name}", actual, wanted)
    return outputs


def run_all_ways(model: Model, inputs: Arrays, params: Arrays, *flags: object,
                 causal: bool = True) -> list[np.ndarray]:  # fmt: skip
    """The outputs: the same bits however the model is run, and interpreted."""
    text = (model.folder / f"{model.folder.name}.mlir").read_text()
    if other := re.search("bf16|f16|f32", re.sub(r"//.*|[%@#]\w+", "", text)):
        raise Failure(f"{model.folder.name}: expected f64 only, but got {other[0]}")
    outputs = model.check(inputs, None, params, *flags)
    if causal:
        check_streaming(model, inputs, params, outputs, *flags)
    else:
        expect_failure("not causal", model.run, inputs, params, *flags,
                       "--state-out", model.folder / "state")  # fmt: skip
    return outputs


def check_streaming(model: Model, inputs: Arrays, params: Arrays,
                    outputs: Sequence[np.ndarray], *flags: object) -> None:  # fmt: skip
    """A run that stops after a third, its states in a file, gives the same bits."""
    steps = len(next(iter(inputs.values())))
    parts, state = [], model.folder / "state"
    for part, flag in ((slice(0, steps // 3), "--state-out"),
                       (slice(steps // 3, steps), "--state-in")):  # fmt: skip
        some = {name: array[part] for name, array in inputs.items()}
        parts.append(model.run(some, params, *flags, flag, state))
    for name, first, last, whole in zip(model.outputs, *parts, outputs, strict=True):
        # An output without time is that of the last step.
        is_sequence = len(first) + len(last) == len(whole)
        joined = np.concatenate([first, last]) if is_sequence else last
        check_equal(joined, whole, f"{model.folder.name}, {name}, stopped and continued")


def check_size(what: str, layers: Sequence[Spikes], steps: int) -> None:
    """The run is long and wide enough, and every layer fires, but not all of it."""
    if min(len(layer.train) for layer in layers) < steps:
        raise Failure(f"{what}: expected {steps} steps, but got fewer")
    total = sum(layer.train.size for layer in layers)
    if total < NEURON_STEPS:
        raise Failure(f"{what}: expected {NEURON_STEPS} neuron-steps, but got {total}")
    for i, layer in enumerate(layers):
        share = np.mean(layer.train != 0)
        if not FIRING[0] <= share <= FIRING[1]:
            raise Failure(f"{what}, spikes {i}: expected 1 to 60 % to fire, "
                          f"but got {share:.2%}")  # fmt: skip


def check_shape(what: str, actual: np.ndarray, expected: np.ndarray) -> None:
    if (actual.dtype, actual.shape) != (expected.dtype, expected.shape):
        raise Failure(f"{what}: expected {expected.dtype}{expected.shape}, "
                      f"but got {actual.dtype}{actual.shape}")  # fmt: skip


def check_spikes(what: str, actual: np.ndarray, expected: Spikes) -> None:
    check_shape(what, actual, expected.train)
    if expected.margin.shape != actual.shape or np.isnan(expected.margin).any():
        raise Failure(f"{what}: expected a margin for every spike")
    near = np.abs(expected.margin) <= MARGIN
    if near.mean() > SHARE:
        raise Failure(f"{what}: expected at most {SHARE:.2%} of the points within "
                      f"{MARGIN} of the threshold, but got {near.mean():.4%}")  # fmt: skip
    differs = (actual != expected.train) & ~near
    if differs.any():
        where = tuple(int(i) for i in np.argwhere(differs)[0])
        raise Failure(f"{what}: {differs.sum()} of {differs.size} spikes differ, the "
                      f"first at {where}: expected {expected.train[where]}, but got "
                      f"{actual[where]}; margin {expected.margin[where]:.3g}")  # fmt: skip


def check_analog(what: str, actual: np.ndarray, expected: np.ndarray) -> None:
    """No element is off by more than 1e-10 of the largest magnitude expected."""
    check_shape(what, actual, expected)
    scale = np.abs(expected).max()
    if not np.isfinite(scale) or scale == 0:
        raise Failure(f"{what}: expected finite values, not all zero")
    error = np.abs(actual - expected).max()
    if not error <= ANALOG * scale:
        raise Failure(f"{what}: expected values within {ANALOG} of the largest, "
                      f"{scale:.3g}, but got an error of {error:.3g}")  # fmt: skip


def count_differences(a: np.ndarray, b: np.ndarray) -> int:
    """In how many points two trains differ; a Failure where they are the same."""
    count = int(np.count_nonzero(a != b))
    if not count:
        raise Failure("expected two different trains, but got the same")
    return count


def make(*shape: int, seed: int, mean: float = 0.0, scale: float = 1.0) -> np.ndarray:
    """Numbers of a normal distribution, in f64."""
    return np.random.default_rng(seed).normal(mean, scale, shape)
