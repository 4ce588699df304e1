# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the integration tests share: compile a model, run it in every way that
must give the same bits, compare with NumPy.

A test is run as `python TEST SNNC FOLDER`: the compiler, and where to write.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

Arrays = Mapping[str, np.ndarray]

SNNC = Path(shutil.which(sys.argv[1]) or sys.argv[1])
# The interpreter of models, beside the compiler or on the path.
INTERP = Path(shutil.which(SNNC.with_name("snn-interp")) or "snn-interp")
FOLDER = Path(sys.argv[2])
MODELS = Path(__file__).parent.parent / "Models"


# What a run must not depend on. Twelve runs hold every pair of values of
# (processor, window), (processor, tile) and (window, tile); "" is the default.
VARIANTS = [
    ("x86-64-v2", "1", "1", "1"), ("x86-64-v2", "3", "2", "2"),
    ("x86-64-v2", "7", "", "1"), ("x86-64-v2", "", "1", "2"),
    ("x86-64-v3", "1", "2", "1"), ("x86-64-v3", "3", "", "1"),
    ("x86-64-v3", "7", "1", "2"), ("x86-64-v3", "", "2", "1"),
    ("x86-64-v4", "1", "", "2"), ("x86-64-v4", "3", "1", "1"),
    ("x86-64-v4", "7", "2", "2"), ("x86-64-v4", "", "", "1"),
]  # fmt: skip


def find_levels() -> set[str]:
    """The variants that this machine can run."""
    info = Path("/proc/cpuinfo").read_text()
    flags = set(re.search(r"^flags\s*:(.*)$", info, re.M)[1].split())
    levels = {"x86-64-v2"}
    if {"avx2", "fma"} <= flags:
        levels.add("x86-64-v3")
    if {"avx2", "fma", "avx512f", "avx512bw", "avx512vl", "avx512dq"} <= flags:
        levels.add("x86-64-v4")
    return levels


LEVELS = find_levels()
ALL = ("x86-64-v2", "x86-64-v3", "x86-64-v4")
FEW = sorted({"x86-64-v2", max(LEVELS)})  # for models that take long to compile


def write_safetensors(path: Path, tensors: Arrays) -> None:
    """Writes tensors of f16, f32, f64, integers and the bits of bf16."""
    names = {"V2": "BF16", "f2": "F16", "f4": "F32", "f8": "F64", "i1": "I8", "i4": "I32", "i8": "I64"}
    header: dict[str, object] = {}
    data = b""
    for name, tensor in tensors.items():
        begin = len(data)
        data += np.ascontiguousarray(tensor).tobytes()
        header[name] = {"dtype": names[tensor.dtype.str[1:]],
                        "shape": list(tensor.shape),
                        "data_offsets": [begin, len(data)]}  # fmt: skip
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


class Failure(Exception):
    """A program ended with an error; the message is what it wrote."""


def execute(command: Sequence[object], env: Mapping[str, str] = {}) -> str:
    result = subprocess.run([str(word) for word in command], text=True,
                            capture_output=True, env=os.environ | env)  # fmt: skip
    if result.returncode:
        raise Failure(f"exit {result.returncode}: {result.stderr.strip()}")
    return result.stdout + result.stderr


class Model:
    """A compiled model: `binary` in its variants, `plain` not optimized."""

    def __init__(self, source: str, weights: Arrays | None = None, *,
                 name: str = "model", targets: Sequence[str] = ALL,
                 flags: Sequence[object] = ()) -> None:  # fmt: skip
        """Compiles the text of a model, or `NAME.mlir` of test/Models."""
        self.levels = LEVELS & {*targets}
        if source.endswith(".mlir"):
            name, source = Path(source).stem, (MODELS / source).read_text()
        self.folder = FOLDER / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        text = self.folder / f"{name}.mlir"
        text.write_text(source)
        self.binary, self.plain = self.folder / name, self.folder / f"{name}-plain"
        self.interp: list[object] = [INTERP, text]
        self.source, self.flags = text, [*flags]
        if weights is not None:
            path = self.folder / "weights.safetensors"
            write_safetensors(path, weights)
            self.flags.append(f"--weights=embed:{path}")
            self.interp.append(f"--weights={path}")
        execute([SNNC, text, "-o", self.binary, *self.flags,
                 f"--target={','.join(targets)}"])  # fmt: skip
        execute([SNNC, text, "-o", self.plain, *self.flags, "--no-optimize",
                 "--target=x86-64-v2"])  # fmt: skip
        self.outputs = self._list_names("Outputs")

    def _list_names(self, title: str) -> list[str]:
        page = execute([self.binary, "--help"])
        section = page.partition(f"\n{title}:\n")[2].partition("\n\n")[0]
        return [line.split()[0] for line in section.splitlines()]

    def run(self, inputs: Arrays, params: Arrays = {}, *flags: object,
            env: Mapping[str, str] = {}, program: Sequence[object] = ()) -> list[np.ndarray]:  # fmt: skip
        """Runs once; the outputs are in the order of the results."""
        command = [*(program or [self.binary])]
        for option, arrays in (("--input", inputs), ("--param", params)):
            for key, array in arrays.items():
                path = self.folder / f"{key}.npy"
                np.save(path, array)
                command += [option, f"{key}={path}"]
        files = [self.folder / f"{i}.out.npy" for i in range(len(self.outputs))]
        for key, path in zip(self.outputs, files):
            command += ["--output", f"{key}={path}"]
        execute([*command, *flags], env)
        return [np.load(path) for path in files]

    def check(self, inputs: Arrays, expected: Sequence[np.ndarray] | np.ndarray | None,
              params: Arrays = {}, *flags: object) -> list[np.ndarray]:  # fmt: skip
        """Runs in every way; all bits must be those expected, and in any case
        those of the interpreter."""
        first = self.run(inputs, params, *flags)
        reference = self.run(inputs, params, *flags, program=self.interp)
        if expected is None:
            expected = reference
        elif isinstance(expected, np.ndarray):
            expected = [expected]
        self._compare("snn-interp", reference, expected)
        self._compare("default", first, expected)
        plain = self.run(inputs, params, *flags, program=[self.plain])
        self._compare("--no-optimize", plain, expected)
        for cpu, window, tile, threads in VARIANTS:
            if cpu not in self.levels:
                continue
            env = {"SNN_CPU": cpu}
            env |= {"SNN_WINDOW": window} if window else {}
            env |= {"SNN_BATCH_TILE": tile} if tile else {}
            actual = self.run(inputs, params, *flags, "--threads", threads, env=env)
            self._compare(f"{env} --threads {threads}", actual, expected)
        return first

    def _compare(self, how: str, actual: Sequence[np.ndarray],
                 expected: Sequence[np.ndarray]) -> None:  # fmt: skip
        for name, got, want in zip(self.outputs, actual, expected, strict=True):
            check_equal(got, np.asarray(want), f"{self.folder.name}, {name}, {how}")


def to_bits(array: np.ndarray) -> np.ndarray:
    """Integers that are equal where the bits are; every NaN is the same."""
    if array.dtype.kind != "f":
        return array
    array = np.where(np.isnan(array), np.full_like(array, np.nan), array)
    return np.ascontiguousarray(array).view(f"u{array.itemsize}")


def check_equal(actual: np.ndarray, expected: np.ndarray, what: str) -> None:
    """Equal types, shapes and bits, or a Failure that names the first difference."""
    if (actual.dtype, actual.shape) != (expected.dtype, expected.shape):
        raise Failure(f"{what}: expected {expected.dtype}{expected.shape}, "
                      f"but got {actual.dtype}{actual.shape}")  # fmt: skip
    differs = to_bits(actual) != to_bits(expected)
    if differs.any():
        where = tuple(int(i) for i in np.argwhere(differs)[0])
        raise Failure(f"{what}: {differs.sum()} of {differs.size} values differ, the "
                      f"first at {where}: expected {expected[where]!r}, "
                      f"but got {actual[where]!r}")  # fmt: skip


def fma(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """a * b + c, rounded once; all f32, or all f64.

    f32: the product is exact in f64. Its sum with c is rounded to odd: where it
    is not exact and its last bit is even, it moves one step towards the exact
    sum. As f64 has more than 24 + 2 bits, rounding that to f32 is rounding once.
    f64: exact fractions, one by one.
    """
    if np.result_type(a, b, c) == np.float64:
        return np.vectorize(_fma_f64, otypes=[np.float64])(a, b, c)
    with np.errstate(all="ignore"):
        product = np.asarray(a, np.float64) * np.asarray(b, np.float64)
        c = np.asarray(c, np.float64)
        total = product + c
        part = total - product
        error = (product - (total - part)) + (c - part)
        is_even = (total.view(np.int64) & 1) == 0
        moves = np.isfinite(total) & np.isfinite(error) & (error != 0) & is_even
        odd = np.nextafter(total, np.copysign(np.inf, error))
        return np.where(moves, odd, total).astype(np.float32)


def _fma_f64(a: float, b: float, c: float) -> float:
    if not np.isfinite([a, b, c]).all() or a == 0 or b == 0:
        return a * b + c
    total = Fraction(a) * Fraction(b) + Fraction(c)
    return float(total) if total else a * b + c


def to_bfloat(array: np.ndarray) -> np.ndarray:
    """f32 rounded to bf16 (nearest even), still as f32; no NaN."""
    bits = np.ascontiguousarray(array, np.float32).view(np.uint32)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)
    return rounded.astype(np.uint32).view(np.float32)


def expect_failure(words: str, run: object, *arguments: object) -> None:
    """`run(*arguments)` must fail with a message that contains the words."""
    try:
        run(*arguments)  # type: ignore[operator]
    except Failure as failure:
        if words in str(failure):
            return
        raise Failure(f"expected '{words}', but got: {failure}") from None
    raise Failure(f"expected '{words}', but there was no error")


def check_pass(name: str, source: str, flag: str, marker: str,
               runs: Sequence[tuple[Arrays, Arrays]], targets: Sequence[str] = FEW) -> Model:  # fmt: skip
    """What a pass makes of a model must contain the marker, and compute the bits
    that the interpreter computes of the model as it was written. The pass loses
    the names of arguments: they are to be arg0, arg1, and so on."""
    original = FOLDER / f"{name}-original.mlir"
    original.parent.mkdir(parents=True, exist_ok=True)
    original.write_text(source)
    text = execute([shutil.which(SNNC.with_name("snn-opt")) or "snn-opt", original, flag])
    if marker not in text:
        raise Failure(f"{name}: expected '{marker}' of {flag}, but got\n{text}")
    model = Model(text, name=name, targets=targets)
    written = re.search(r"^  return (.*?) :", source, re.M)[1].replace("%", "").split(", ")
    for inputs, params in runs:
        names, model.outputs = model.outputs, written
        expected = model.run(inputs, params, program=[INTERP, original])
        model.outputs = names
        model.check(inputs, expected, params)
    return model
