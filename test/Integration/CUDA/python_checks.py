# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the checks of python_cuda.py share: models, data, and those of any framework."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

CHECKS: list[tuple[str, str, Callable[..., None]]] = []
RNG = np.random.default_rng(5)


class Failure(Exception):
    """A check that does not hold."""


def check(framework: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A function that a framework is needed for; it gets its module."""

    def add(function: Callable[..., None]) -> Callable[..., None]:
        CHECKS.append((function.__name__[6:], framework, function))
        return function

    return add


class Models:
    """The libraries, each loaded when it is first asked for."""

    folder = Path()
    loaded: dict[str, Any] = {}

    @classmethod
    def get(cls, name: str) -> Any:
        import snnc

        if name not in cls.loaded:
            cls.loaded[name] = snnc.load(cls.folder / f"{name}.so")
        return cls.loaded[name]


def make_drive(*shape: int) -> np.ndarray:
    return RNG.normal(0.5, 1, shape).astype(np.float32)


def make_pixels(steps: int, batch: int) -> np.ndarray:
    return RNG.uniform(0, 1, (steps, batch, 1)).astype(np.float32)


def make_linear() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    weights = {"w": make_drive(4, 3), "b": make_drive(4)}
    return RNG.random((16, 4, 3)) < 0.5, weights


def to_host(array: Any) -> np.ndarray:
    """The values of an array of any framework."""
    if hasattr(array, "cpu"):
        return array.cpu().numpy()
    return array.get() if hasattr(array, "get") else np.asarray(array)


def same(actual: Any, expected: np.ndarray, what: str = "the output") -> None:
    """Bitwise equality, with type and shape."""
    actual = to_host(actual)
    if (actual.dtype, actual.shape) != (expected.dtype, expected.shape):
        raise Failure(
            f"{what}: expected {expected.dtype}{list(expected.shape)}, but got "
            f"{actual.dtype}{list(actual.shape)}"
        )
    if actual.tobytes() != np.ascontiguousarray(expected).tobytes():
        wrong = int(np.sum(actual != expected))
        raise Failure(f"{what}: {wrong} of {expected.size} elements differ from the CPU")


def hold(condition: bool, text: str) -> None:
    if not condition:
        raise Failure(text)


def raises(kind: str, words: str, call: Callable[..., Any], *arguments: Any, **named: Any) -> None:
    """The call must raise this exception of snnc, with these words."""
    try:
        call(*arguments, **named)
    except Exception as error:
        if type(error).__name__ == kind and words in str(error):
            return
        raise Failure(f"expected {kind} with '{words}', but got {type(error)}: {error}") from None
    raise Failure(f"expected {kind} with '{words}', but there was no error")


def run_spikes(x: np.ndarray) -> np.ndarray:
    """What lif.so makes of a drive, on the CPU."""
    y: np.ndarray = Models.get("lif")(x)
    if x.shape[0] > 8:
        hold(0 < y.mean() < 1, "expected some spikes, so that equality means something")
    return y


def check_values(move: Callable[[np.ndarray], Any], kind: type) -> None:
    """All models and several shapes, with arrays that `move` makes."""
    for shape in ((1, 1), (7, 4), (100, 3), (1000, 64), (33, 257), (0, 4), (5, 0)):
        x = make_drive(*shape, 5)
        y = Models.get("lif")(move(x))
        hold(isinstance(y, kind), f"expected {kind}, but got {type(y)}")
        same(y, run_spikes(x), f"lif {shape}")
    pixels = make_pixels(784, 3)
    expected = Models.get("fashion")(pixels)
    hold(len(np.unique(expected)) > 10, "expected logits that differ")
    same(Models.get("fashion")(move(pixels)), expected, "fashion")
    results = Models.get("fashion_spikes")(move(pixels))
    for got, want in zip(results, Models.get("fashion_spikes")(pixels)):
        same(got, want, "fashion_spikes")


def check_weights(move: Callable[[np.ndarray], Any], kind: type) -> None:
    """Parameters from either side, for calls from now on and for one."""
    s, weights = make_linear()
    model = Models.get("linear")
    expected = model(s, weights=weights)
    on_gpu = {name: move(value) for name, value in weights.items()}
    for given in (weights, on_gpu):
        same(model(move(s), weights=given), expected, "linear, weights of a call")
        model.set_weights(given)
        for _ in range(2):
            same(model(move(s)), expected, "linear, weights that are set")
    other = {"w": make_drive(4, 3), "b": make_drive(4)}
    model.set_weights(other)
    same(model(move(s)), model(s), "linear, other weights")
    pixels, args = make_pixels(200, 2), Models.get("fashion_args")
    args.set_weights(Models.folder / "fashion.safetensors")
    expected = Models.get("fashion")(pixels)
    same(args(move(pixels)), expected, "fashion_args, weights of a file")
    values = {name: move(np.array(value)) for name, value in args.weights.items()}
    args.set_weights(values)
    same(args(move(pixels)), expected, "fashion_args, weights on the GPU")


def check_states(move: Callable[[np.ndarray], Any], kind: type) -> None:
    """Steps, cut runs and a whole run are the same bits."""
    for name, make in (
        ("lif", lambda: make_drive(60, 4, 5)),
        ("fashion", lambda: make_pixels(60, 4)),
    ):
        model, x = Models.get(name), make()
        host = model.initial_state(4)
        steps = [model.step(x_t, host) for x_t in x]
        state = model.initial_state(4, device="cuda")
        for t in range(20):
            same(model.step(move(x[t]), state), steps[t], f"{name}, step {t}")
        copy, moved = state.copy(), state.to("cpu")
        for cut in (state, copy):
            model(move(x[20:40]), state=cut)
            same(model.step(move(x[40]), cut), steps[40], f"{name}, step after a run")
            hold(cut.position == 41, f"expected position 41, but got {cut.position}")
        model(x[20:41], state=moved)
        for key in state:
            hold(isinstance(state[key], kind), f"expected a state of {kind}")
            same(state[key], moved[key], f"{name}, state {key}")
        with tempfile.TemporaryDirectory() as folder:
            state.save(Path(folder, "state"))
            loaded = model.load_state(Path(folder, "state"), "cuda")
        same(model.step(move(x[41]), loaded), steps[41], f"{name}, loaded state")
        state.reset()
        same(model.step(move(x[0]), state), steps[0], f"{name}, state after reset")


def check_errors(move: Callable[[np.ndarray], Any], kind: type) -> None:
    """What cannot work is said before something runs, and does no harm."""
    model, x = Models.get("lif"), make_drive(16, 4, 5)
    s, weights = make_linear()
    raises("ArgumentError", "elements of type float32", model, move(x.astype(np.float16)))
    raises("ArgumentError", "expected shape [T, B, 5] f32", model, move(x[..., :4].copy()))
    raises("ArgumentError", "that of the CPU", model, move(x), out=np.zeros(x.shape, bool))
    raises("ArgumentError", "one for cpu", model, move(x), state=model.initial_state(4))
    raises("ArgumentError", "one for cuda", model, x, state=model.initial_state(4, "cuda"))
    raises("ArgumentError", "cuda:sm_90", Models.get("plain"), move(x))
    raises("UsageError", "no code for GPUs", Models.get("plain").initial_state, 4, "cuda")
    Models.get("linear").set_weights({name: move(value) for name, value in weights.items()})
    raises("ArgumentError", "expected memory of the CPU", Models.get("linear"), s)
    same(model(move(x)), run_spikes(x), "a run after errors")
