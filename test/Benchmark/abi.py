# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ABI: one step of 128 LIF neurons at batch 1, called from C, and its checks alone;
and one step of recurrent networks, which is reported.

Blocks of calls are short, and the first percentile counts: what a neighbour on the
machine does to a block of 10 us is no cost of a call."""

from __future__ import annotations

import ctypes
from typing import Iterator

import numpy as np

import models
from c2 import RSNN, SRC
from harness import BUILD, CLANG, HERE, ROOT, WORK, Part, check_call, write_safetensors

CALLS, BLOCKS = 100, 10_000


def build() -> ctypes.CDLL:
    WORK.mkdir(parents=True, exist_ok=True)
    source = WORK / "layer.mlir"
    source.write_text(models.lif(128).replace("@lif(", "@layer("))
    for suffix in ("a", "h"):
        check_call([BUILD / "bin" / "snnc", source, "-o", WORK / f"layer.{suffix}"])
    check_call([CLANG, "-O2", "-shared", "-fPIC", f"-I{ROOT / 'include'}", f"-I{WORK}",
                HERE / "abi.c", WORK / "layer.a", "-lpthread", "-lm",
                "-o", WORK / "abi.so"])
    library = ctypes.CDLL(str(WORK / "abi.so"))
    for name in ("step", "checks", "layer"):
        getattr(library, f"bench_{name}").restype = ctypes.c_double
    if library.bench_open() or library.bench_step(1) < 0 or library.bench_checks(1) < 0:
        raise RuntimeError("the step failed")
    return library


def step_of(name: str, inputs: int, sizes: list[int], span: int, bias: float) -> Part:
    """A call for one step of a whole network at batch 1, from the state of the last."""
    source, weights = WORK / "net.mlir", WORK / "net.safetensors"
    source.write_text(models.recurrent(inputs, sizes, span))
    write_safetensors(weights, models.recurrent_weights(inputs, sizes, gain=2.5, bias=bias))
    for suffix in ("a", "h"):
        check_call([BUILD / "bin" / "snnc", source, f"--weights=embed:{weights}",
                    "-o", WORK / f"net.{suffix}"])
    check_call([CLANG, "-O2", "-shared", "-fPIC", f"-I{ROOT / 'include'}", f"-I{WORK}",
                f"-DOUTPUTS=NET_S{len(sizes) - 1}_SIZE", HERE / "step.c", WORK / "net.a",
                "-lpthread", "-lm", "-o", WORK / f"{name}.so"])
    library, count, seconds = ctypes.CDLL(str(WORK / f"{name}.so")), ctypes.c_long(0), []
    library.bench_steps.restype = ctypes.c_double
    if library.bench_open():
        raise RuntimeError("the state was not reset")
    for _ in range(CALLS):
        seconds.append(library.bench_steps(ctypes.byref(count)))
    rate = count.value / (CALLS * 1024 * sizes[-1])
    low, median, high = np.percentile(seconds, (1, 50, 99)) * 1e6 / 1024
    return Part(name, ours=f"{median:.2f}us[{low:.2f},{high:.2f}]",
                limit=f"{rate:.3f}fire", target="reported", holds=rate > 0)


def run() -> Iterator[Part]:
    library = build()
    names = ("step", "checks", "layer")
    functions = [getattr(library, f"bench_{name}") for name in names]
    seconds = np.array([[function(CALLS) for function in functions]
                        for _ in range(BLOCKS)])
    step, checks, layer = np.percentile(seconds, 1, axis=0) * 1e9 / CALLS
    for letter, ours, target in (("a", step, 150), ("b", checks, 100)):
        yield Part(f"ABI.{letter}", ours=f"{ours:.0f}ns", limit=f"layer:{layer:.0f}ns",
                   ratio=f"{ours / target:.2f}of-target", target=f"<={target}ns",
                   holds=bool(ours <= target))
    yield step_of("ABI.src-step", *SRC)
    yield step_of("ABI.rsnn-step", *RSNN)
