# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What models are run on: random numbers of kinds that rounding, ties, zeros and
infinities are hard for, and the cases that snn-smith has written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from artifact import BATCH, DTYPES, TIME, Library, Tensor
from runs import Case, Result

# Sizes of runs: warps and words that are not full, one step, none, one lane, none.
SIZES = ((33, 3), (1, 1), (0, 2), (2, 1), (64, 2), (130, 1), (7, 33), (300, 2),
         (5, 0))
LOUD = {"sliding_psn": 4.0}  # inputs that a high threshold needs
FAMILIES = ("normal", "grid", "tenths", "huge", "sparse", "ties", "subnormal", "nonfinite",
            "normal")


def draw_analog(random: np.random.Generator, family: str, shape: tuple[int, ...]) -> np.ndarray:
    normal = random.standard_normal(shape)
    if family == "grid":  # sums are exact, and reach thresholds
        return np.rint(normal * 8) / 8
    if family == "tenths":
        return np.rint(normal * 10) / 10
    if family == "huge":
        return np.where(random.random(shape) < 0.03, normal * 1e5, normal)
    if family == "sparse":  # zeros of either sign
        return np.where(random.random(shape) < 0.05, normal * 10, np.copysign(0.0, normal))
    if family == "ties":
        return np.where(random.random(shape) < 0.5, 1.0, 0.5)
    if family == "subnormal":
        return normal * 1e-40
    if family == "nonfinite":
        odd = random.choice([np.nan, np.inf, -np.inf, 3e38], shape)
        return np.where(random.random(shape) < 0.02, odd, normal)
    return normal


def to_type(values: np.ndarray, kind: str) -> np.ndarray:
    if kind == "bf16":
        bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
        rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
        return np.where(np.isnan(values), 0x7FC0, rounded).astype(np.uint16)
    with np.errstate(over="ignore"):
        return values.astype(DTYPES[kind])


def draw_input(random: np.random.Generator, tensor: Tensor, family: str,
               shape: tuple[int, ...]) -> np.ndarray:  # fmt: skip
    if tensor.kind == "i1":
        rate = {"sparse": 0.01, "ties": 1.0, "subnormal": 0.0, "huge": 0.6}.get(family, 0.15)
        return (random.random(shape) < rate).astype(np.uint8)
    if tensor.kind[0] == "i":  # small numbers, or words of spikes
        if family in ("grid", "sparse", "subnormal"):
            return random.integers(-9, 10, shape).astype(tensor.dtype)
        limits = np.iinfo(tensor.dtype)
        return random.integers(limits.min, limits.max, shape, tensor.dtype, endpoint=True)
    return to_type(draw_analog(random, family, shape), tensor.kind)


def draw_param(random: np.random.Generator, tensor: Tensor, batch: int) -> np.ndarray | None:
    """Weights, biases and factors that decay, by rank and name."""
    if tensor.is_embedded:
        return None
    shape = tensor.resolve(0, batch)
    if tensor.kind[0] == "i":
        return random.integers(0, 2, shape).astype(tensor.dtype)
    if len(shape) >= 2:
        values = random.standard_normal(shape) * 1.5 / np.sqrt(np.prod(shape[1:]))
    elif "bias" in tensor.name:
        values = random.standard_normal(shape) * 0.1 + 0.1
    else:
        values = random.uniform(0.3, 0.95, shape)
    return to_type(values, tensor.kind)


def find_static(tensors: list[Tensor]) -> tuple[int | None, int | None]:
    """T and B where the model was compiled for one."""
    steps = batch = None
    for tensor in tensors:
        if tensor.is_sequence and tensor.shape[0] != TIME:
            steps = tensor.shape[0]
        if tensor.batch_dim >= 0 and tensor.shape[tensor.batch_dim] != BATCH:
            batch = tensor.shape[tensor.batch_dim]
    return steps, batch


def draw_case(library: Library, seed: int, steps: int, batch: int, family: str) -> Case:
    random = np.random.default_rng(seed)
    fixed = find_static([*library.inputs, *library.outputs, *library.states])
    steps, batch = (own if own is not None else wanted
                    for own, wanted in zip(fixed, (steps, batch)))  # fmt: skip
    if library.max_steps >= 0:
        steps = min(steps, library.max_steps)
    inputs = [draw_input(random, t, family, t.resolve(steps, batch)) for t in library.inputs]
    if family == "normal" and library.name in LOUD:
        inputs = [x * x.dtype.type(LOUD[library.name]) for x in inputs]
    weights = np.random.default_rng(len(library.name))
    params = [draw_param(weights, t, batch) for t in library.params]
    return Case(inputs, params, steps, batch)


def draw_cases(library: Library, sizes: Iterable[Sequence[int]]) -> list[tuple[str, Case]]:
    """Cases of a model, by name, each of another size (T, B) and kind."""
    cases = {}
    for i, ((steps, batch), family) in enumerate(zip(sizes, FAMILIES)):
        case = draw_case(library, i, steps, batch, family)
        cases[f"T={case.steps} B={case.batch} {family}"] = case
    return list(cases.items())


def read_cases(library: Library, path: Path) -> list[tuple[str, Case, Result]]:
    """The runs of a random model, with what the reference makes of them."""
    spec = json.loads(path.with_suffix(".json").read_text())
    data, place = path.with_suffix(".bin").read_bytes(), 0

    def take(kind: str, shape: list[int]) -> np.ndarray:
        nonlocal place
        dtype, count = DTYPES[kind], int(np.prod(shape, dtype=np.int64))
        array = np.frombuffer(data, dtype, count, place).reshape(shape)
        place += array.nbytes
        return array

    arguments, results = spec["arguments"], spec["results"]
    params = [take(a["type"], a["shape"]) for a in arguments if a["kind"] == "param"]
    values = [None if t.is_embedded else p for t, p in zip(library.params, params, strict=True)]
    cases = []
    for i, run in enumerate(spec["runs"]):
        shapes = iter(run["shapes"])
        given = [(a, take(a["type"], next(shapes))) for a in arguments if a["kind"] != "param"]
        made = [(r, take(r["type"], next(shapes))) for r in results]
        case = Case([x for a, x in given if a["kind"] == "input"], values, run["steps"],
                    run["batch"], run["position"],
                    {a["name"]: x for a, x in given if a["kind"] == "state"})  # fmt: skip
        states = {r["name"]: x for r, x in made if r["kind"] == "state"}
        wanted = Result([x for r, x in made if r["kind"] == "output"],
                        [states.get(s.name) for s in library.states])  # fmt: skip
        cases.append((f"run {i}, T={case.steps} B={case.batch}", case, wanted))
    return cases
