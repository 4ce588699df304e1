# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Measures the table of errors of docs/math.md, with functions that snnc compiles.

    python test/Docs/math/measure.py build/bin/snnc FOLDER [POINTS]

Needs NumPy, a C++ compiler and MPFR (Debian: libmpfr-dev); takes some minutes.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

FUNCTIONS = ["exp", "expm1", "log", "log1p", "tanh", "sin", "cos"]
FORMATS = {"f32": (np.float32, np.uint32, 23, 128),
           "f64": (np.float64, np.uint64, 52, 1024)}  # fmt: skip
PART = 1 << 21
COLUMNS = 64


def make_model(kind: str) -> str:
    """Every function of x, and x^y of another pair of inputs."""
    sequence = f"tensor<?x?x{COLUMNS}x{kind}>"
    lines = [f"%{name} = math.{name} %x : {sequence}" for name in FUNCTIONS]
    types = ", ".join([sequence] * (len(FUNCTIONS) + 1))
    values = ", ".join(f"%{name}" for name in [*FUNCTIONS, "pow"])
    return "\n".join([
        f"func.func @f(%x: {sequence}, %base: {sequence}, %power: {sequence}) -> ({types}) {{",
        *lines, f"%pow = math.powf %base, %power : {sequence}",
        f"return {values} : {types}", "}"])  # fmt: skip


def make_points(kind: str, first: int, points: int) -> np.ndarray:
    """f32: every 256th bit pattern, at a varying offset. f64: as many of each sign
    and exponent, and again as many of those from 2^-30 to 2^11."""
    dtype, integers, fraction, bias = FORMATS[kind]
    index = np.arange(first, first + PART, dtype=np.uint64)
    if kind == "f32":
        stride = (1 << 32) // points
        return (index * stride + index % stride).astype(integers).view(dtype)
    random = np.random.default_rng(first)
    mantissa = random.integers(0, 1 << fraction, PART, np.uint64)
    strata = np.where(index % 2, 1023 - 30 + index // 4 % 41, index // 4 % 2047)
    sign = index // 2 % 2
    return (mantissa | strata.astype(np.uint64) << 52 | sign << 63).view(dtype)


def make_pairs(kind: str, first: int) -> tuple[np.ndarray, np.ndarray]:
    """A half with results of every exponent, from bases of every exponent or near
    1; a quarter each of random bits and of small integers and halves."""
    dtype, integers, fraction, bias = FORMATS[kind]
    random = np.random.default_rng(first + 1)
    last = np.iinfo(integers).max
    bits = [random.integers(0, last, PART, integers, endpoint=True) for _ in "xy"]
    x, y = (part.view(dtype).copy() for part in bits)
    group = np.arange(PART) % 4
    near = group == 1
    x[near] = random.uniform(0.5, 2, near.sum())
    spread = group < 2
    x[spread] = np.abs(x[spread])
    with np.errstate(all="ignore"):
        logs = random.uniform(-1.2, 1.1, spread.sum()) * bias
        y[spread] = logs / np.log2(x[spread].astype(np.float64))
    small = group == 2
    x[small] = random.integers(-40, 41, small.sum())
    y[small] = random.integers(-80, 81, small.sum()) / 2
    return x, y


def run_parts(kind: str, snnc: str, folder: Path, points: int) -> Iterator[list[Path]]:
    """Compiles the functions of a format, and runs them on a part at a time."""
    source, program = folder / f"{kind}.mlir", folder / kind
    source.write_text(make_model(kind))
    subprocess.run([snnc, source, "-o", program], check=True)
    page = subprocess.run([program, "--help"], capture_output=True, text=True).stdout
    outputs = page.partition("\nOutputs:\n")[2].partition("\n\n")[0].splitlines()
    names = [line.split()[0] for line in outputs]
    results = [folder / f"{name}-{kind}.npy" for name in [*FUNCTIONS, "pow"]]
    for first in range(0, points, PART):
        inputs = [make_points(kind, first, points), *make_pairs(kind, first)]
        command: list[object] = [program]
        for name, values in zip(("x", "base", "power"), inputs):
            path = folder / f"{name}-{kind}.npy"
            np.save(path, values.reshape(-1, 32, COLUMNS))
            command += ["--input", f"{name}={path}"]
        for name, path in zip(names, results, strict=True):
            command += ["--output", f"{name}={path}"]
        subprocess.run(command, check=True, capture_output=True)
        yield results


def measure(tool: Path, kind: str, name: str, result: Path) -> tuple[float, str]:
    """The largest error of a part, and where it is."""
    inputs = ("base", "power") if name == "pow" else ("x",)
    files = [result, *(result.with_name(f"{part}-{kind}.npy") for part in inputs)]
    line = subprocess.run([tool, name, kind, *files], check=True, capture_output=True,
                          text=True).stdout  # fmt: skip
    error, _, where = line.strip().split(" ", 2)
    return float(error), where


def main() -> None:
    snnc, folder = sys.argv[1], Path(sys.argv[2])
    points = int(sys.argv[3]) if len(sys.argv) > 3 else 1 << 24
    folder.mkdir(parents=True, exist_ok=True)
    tool = folder / "measure"
    source = Path(__file__).with_name("measure.cpp")
    subprocess.run(["c++", "-std=c++17", "-O2", source, "-o", tool, "-lmpfr", "-lgmp"],
                   check=True)  # fmt: skip
    for kind in FORMATS:
        worst: dict[str, tuple[float, str]] = {}
        for results in run_parts(kind, snnc, folder, points):
            with ThreadPoolExecutor() as pool:
                names = [*FUNCTIONS, "pow"]
                found = pool.map(lambda *of: measure(tool, kind, *of), names, results)
                for name, each in zip(names, found, strict=True):
                    worst[name] = max(worst.get(name, each), each)
        for name, (error, where) in worst.items():
            print(f"{name} {kind} {error:.4f} of {points} points, at {where}", flush=True)


if __name__ == "__main__":
    main()
