# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the benchmarks share: compiled models in this process, fair timing, lines.

A model is compiled by `snnc` as users do it, but linked with shim.c into a shared
library, so that it and its peers run in one process, in alternating order.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Callable

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
BUILD = ROOT / "build"
WORK = BUILD / "bench"
CLANG = "clang-22"
RUNS, BUDGET = 30, 12.0  # runs of each, or seconds for all where that is less
LAST_LEVEL_CACHE = 64 << 20  # inputs are spread over more than that


def pointers(arrays: list[np.ndarray]) -> ctypes.Array:
    return (ctypes.c_void_p * max(len(arrays), 1))(*[a.ctypes.data for a in arrays])


def check_call(command: list[str | Path], **options: object) -> None:
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True,
                            **options)
    if result.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{result.stderr}")


# --- Compiled code ------------------------------------------------------------


@lru_cache
def peers() -> ctypes.CDLL:
    """The hand-written loops of peers.c, compiled for this machine."""
    WORK.mkdir(parents=True, exist_ok=True)
    library = WORK / "peers.so"
    check_call([CLANG, "-O3", "-march=native", "-shared", "-fPIC",
                HERE / "peers.c", "-o", library])
    loaded = ctypes.CDLL(str(library))
    loaded.bench_read.restype = loaded.bench_lif.restype = ctypes.c_double
    return loaded


@lru_cache
def shim() -> Path:
    WORK.mkdir(parents=True, exist_ok=True)
    check_call([CLANG, "-O2", "-fPIC", f"-I{ROOT / 'include'}", "-c",
                HERE / "shim.c", "-o", WORK / "shim.o"])
    return WORK / "shim.o"


def write_safetensors(path: Path, tensors: dict[str, np.ndarray]) -> None:
    header, position = {}, 0
    for name, array in tensors.items():
        end = position + array.nbytes
        header[name] = {"dtype": "F32", "shape": list(array.shape),
                        "data_offsets": [position, end]}
        position = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for array in tensors.values():
            file.write(np.ascontiguousarray(array, np.float32).tobytes())


class Model:
    """A compiled model. Parameters are embedded from `weights`, if given."""

    def __init__(self, name: str, text: str,
                 weights: Path | dict[str, np.ndarray] | None = None,
                 options: tuple[str, ...] = ()) -> None:
        # Clang's own way to add to a command line: shim.o comes before the
        # runtime's archive, whose main function is then not taken.
        environment = os.environ | {"CCC_OVERRIDE_OPTIONS": f"#^{shim()} ^-shared"}
        self.source, self.weights = WORK / f"{name}.mlir", weights
        self.source.write_text(text)
        if isinstance(weights, dict):
            self.weights = WORK / f"{name}.safetensors"
            write_safetensors(self.weights, weights)
        check_call(self.command(WORK / f"{name}.so", "--emit=exe", *options), env=environment)
        self.library = ctypes.CDLL(str(WORK / f"{name}.so"))
        self.library.bench_run.restype = ctypes.c_double

    def command(self, output: Path, *options: str) -> list[str | Path]:
        embed = [f"--weights=embed:{self.weights}"] if self.weights else []
        return [BUILD / "bin" / "snnc", self.source, *embed, *options, "-o", output]

    def run(self, inputs: list[np.ndarray], outputs: list[np.ndarray], batch: int = 1,
            threads: int = 1, repeats: int = 1, layers: int = 0) -> float:
        """Seconds of one of `repeats` runs, on arrays that time comes first in."""
        counts = (ctypes.c_int64 * max(layers, 1))()
        seconds = self.library.bench_run(
            pointers(inputs), None, pointers(outputs), counts if layers else None,
            ctypes.c_int64(len(inputs[0])), ctypes.c_int64(batch),
            ctypes.c_int(threads), ctypes.c_int(repeats))
        if seconds < 0:
            raise RuntimeError(f"the model failed with status {-seconds:.0f}")
        self.spikes = list(counts)
        return seconds / repeats


def read_time(array: np.ndarray) -> float:
    """Seconds of a loop that only reads `array`, on one core."""
    return peers().bench_read(ctypes.c_void_p(array.ctypes.data),
                              ctypes.c_int64(array.size // 64 * 64))


def read_rate(array: np.ndarray) -> float:
    """Bytes per second of a loop that only reads `array`, on one core."""
    return array.nbytes / min(read_time(array) for _ in range(5))


# --- Data ---------------------------------------------------------------------


def currents(shape: tuple[int, ...], seed: int = 1) -> list[np.ndarray]:
    """Random inputs of LIF neurons, several if one would stay in the cache."""
    count = max(1, -(-2 * LAST_LEVEL_CACHE // (4 * int(np.prod(shape)))))
    pool = np.random.default_rng(seed).standard_normal(
        (min(count, 64), *shape), dtype=np.float32)
    pool *= np.float32(0.6)
    pool += np.float32(0.1)
    return list(pool)


class Rotation:
    """Calls a function with one input after the other; `first` lets contestants
    be at different inputs, so that none finds in the cache what another has read."""

    def __init__(self, function: Callable[[int], float], count: int, first: int = 0) -> None:
        self.function, self.count, self.next = function, count, first

    def __call__(self) -> float:
        self.next = (self.next + 1) % self.count
        return self.function(self.next)


# --- Timing -------------------------------------------------------------------


@dataclass
class Times:
    """Seconds of one contestant: median and percentiles."""

    median: float
    low: float
    high: float
    runs: int

    def __str__(self) -> str:
        for unit, scale in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
            if self.median * scale >= 1 or unit == "us":
                return (f"{self.median * scale:.3g}{unit}[{self.low * scale:.3g},"
                        f"{self.high * scale:.3g}]")
        raise AssertionError


def wall(function: Callable[[], object]) -> Callable[[], float]:
    def timed() -> float:
        start = time.perf_counter()
        function()
        return time.perf_counter() - start

    return timed


def compete(contestants: dict[str, Callable[[], float]]) -> dict[str, Times]:
    """Times all, round after round, every other round in reverse order."""
    for contestant in contestants.values():
        contestant()  # warm
    samples: dict[str, list[float]] = {name: [] for name in contestants}
    start, order = time.perf_counter(), list(contestants)
    for turn in range(RUNS):
        for name in order if turn % 2 else reversed(order):
            samples[name].append(contestants[name]())
        if time.perf_counter() - start > BUDGET and turn >= 2:
            break
    return {name: Times(float(np.median(s)), float(np.percentile(s, 10)),
                        float(np.percentile(s, 90)), len(s))
            for name, s in samples.items()}


def best(times: dict[str, Times], prefix: str) -> tuple[str, Times] | None:
    """The fastest of the contestants whose names begin with `prefix`."""
    found = [(name, t) for name, t in times.items() if name.startswith(prefix)]
    return min(found, key=lambda pair: pair[1].median) if found else None


# --- Lines --------------------------------------------------------------------


@dataclass
class Part:
    """The line of a part, or of an ID without parts."""

    name: str
    ours: str = "-"
    peer: str = "-"
    limit: str = "-"
    ratio: str = "-"
    target: str = "-"
    holds: bool | None = None  # none: skipped
    reason: str = ""

    def verdict(self) -> str:
        if self.holds is None:
            return f"SKIPPED({self.reason})"
        return "HOLDS" if self.holds else "MISSES"

    def __str__(self) -> str:
        return (f"{self.name} ours={self.ours} peer={self.peer} limit={self.limit} "
                f"ratio={self.ratio} target={self.target} {self.verdict()}")


def speedup(name: str, times: dict[str, Times], peer: str, wanted: float,
            missing: str = "", limit: str = "-") -> Part:
    """Ours against the best peer whose name begins with `peer`."""
    part = Part(name, ours=str(times["ours"]), limit=limit, target=f">={wanted:g}x")
    against = best(times, peer)
    if against is None:
        part.reason = missing
        return part
    ratio = against[1].median / times["ours"].median
    part.peer, part.ratio = f"{against[0]}:{against[1]}", f"{ratio:.2f}x"
    part.holds = ratio >= wanted
    return part
