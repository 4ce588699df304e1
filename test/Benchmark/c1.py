# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""C1: LIF with a hard reset on one core, f32 in, bits out."""

from __future__ import annotations

import ctypes
from typing import Iterator

import numpy as np

import models
import torch_peers
from harness import Model, Part, Rotation, compete, currents, peers, read_time, speedup, wall

DECAY = 0.5


def reference(x: np.ndarray) -> np.ndarray:
    """Spikes as bits, step by step."""
    v, words = np.zeros(x.shape[1], np.float32), []
    for row in x:
        u = np.float32(DECAY) * v + row
        s = u >= 1
        v = np.where(s, np.float32(0), u)
        words.append(np.packbits(s, bitorder="little").view(np.uint32))
    return np.array(words)


def make(steps: int, neurons: int) -> tuple[list[np.ndarray], np.ndarray, Model]:
    """Inputs, output and model; the result has been compared."""
    inputs = currents((steps, neurons))
    words = np.zeros((steps, neurons // 32), np.uint32)
    model = Model(f"lif{neurons}", models.lif_pack(neurons, DECAY))
    model.run([inputs[0]], [words])
    expected = reference(inputs[0])
    if not np.array_equal(words, expected):
        raise RuntimeError(f"{(words != expected).mean():.2%} of the words are wrong")
    rate = np.unpackbits(words.view(np.uint8)).mean()
    print(f"C1 [{steps}, {neurons}]: firing rate {rate:.3f}", flush=True)
    return inputs, words, model


def gain(seconds: float, elements: int) -> str:
    return f"{elements / seconds * 1e-9:.3g}G/s"


def against_torch(name: str, steps: int, neurons: int, wanted: float,
                  share: float | None = None) -> Iterator[Part]:
    inputs, words, model = make(steps, neurons)
    calls = {"ours": lambda i: model.run([inputs[i]], [words]),
             "read": lambda i: read_time(inputs[i])}
    if torch_peers.torch is not None:
        for form, call in torch_peers.lif(inputs, DECAY).items():
            got = np.packbits(call(0).numpy() != 0, axis=1, bitorder="little").view(np.uint32)
            model.run([inputs[0]], [words])
            if (got != words).mean() > 1e-3:  # it may contract decay * v + x
                raise RuntimeError(f"{form} computes something else")
            calls[form] = lambda i, f=call: wall(lambda: f(i))()
    times = compete({form: Rotation(call, len(inputs), k * len(inputs) // len(calls))
                     for k, (form, call) in enumerate(calls.items())})
    rate = inputs[0].nbytes / times["read"].median
    least = inputs[0].nbytes * 33 / 32 / rate  # the bits go out as well
    reached = least / times["ours"].median
    part = speedup(name, times, "torch", wanted, torch_peers.MISSING,
                   limit=f"{least * 1e3:.3g}ms@{rate * 1e-9:.3g}GB/s")
    part.ours += "=" + gain(times["ours"].median, steps * neurons)
    part.ratio += f",{reached:.0%}of-limit"
    if share is not None:
        part.target += f",>={share:.0%}of-limit"
        part.holds = part.holds and reached >= share if part.holds is not None else None
    yield part


def against_intrinsics(name: str, steps: int, neurons: int) -> Iterator[Part]:
    inputs, words, model = make(steps, neurons)
    x, other, repeats = inputs[0], np.zeros_like(words), 200

    def loop() -> float:
        return peers().bench_lif(
            ctypes.c_void_p(x.ctypes.data), ctypes.c_void_p(other.ctypes.data),
            ctypes.c_int64(steps), ctypes.c_int64(neurons), ctypes.c_float(DECAY),
            ctypes.c_int(repeats)) / repeats

    loop()
    if not np.array_equal(words, other):
        raise RuntimeError("the hand-written loop computes something else")
    times = compete({"ours": lambda: model.run([x], [words], repeats=repeats),
                     "intrinsics": loop})
    part = speedup(name, times, "intrinsics", 0.85)
    part.ours += "=" + gain(times["ours"].median, x.size)
    part.peer += "=" + gain(times["intrinsics"].median, x.size)
    yield part


def run() -> Iterator[Part]:
    torch_peers.use_threads(1)
    yield from against_torch("C1.a", 96, 262144, 4, share=0.8)
    yield from against_intrinsics("C1.b", 96, 1024)
    yield from against_torch("C1.c", 1024, 4096, 25)
    yield from against_torch("C1.d", 8192, 256, 500)
