# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""C4: time to compile the SRC S-MNIST network, and to start what comes out."""

from __future__ import annotations

from typing import Iterator

import numpy as np

import models
from c2 import SRC
from harness import WORK, Model, Part, check_call, compete, wall


def run() -> Iterator[Part]:
    inputs, sizes, span, _ = SRC
    weights = models.recurrent_weights(inputs, sizes, gain=2.5)
    model = Model("c4", models.recurrent(inputs, sizes, span), weights)
    program, one = WORK / "c4", WORK / "c4-one.npy"
    np.save(one, np.full((1, 1, inputs), 0.5, np.float32))
    compile_one = model.command(WORK / "c4-v3", "--target=x86-64-v3")
    contestants = {
        "one target": wall(lambda: check_call(compile_one)),
        "all variants": wall(lambda: check_call(model.command(program))),
        "start": wall(lambda: check_call([program, "--input", one, "--output",
                                          WORK / "c4-out.npy"]))}
    # The program exists only after the first compilation.
    contestants["all variants"]()
    limits = {"one target": 1.5, "all variants": 3.0, "start": 0.010}
    times = compete(contestants)
    for letter, (name, limit) in zip("abc", limits.items()):
        part = Part(f"C4.{letter}", ours=str(times[name]), target=f"<={limit:g}s")
        part.ratio = f"{times[name].median / limit:.2f}of-target"
        part.holds = times[name].median <= limit
        yield part
