# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""W1: what 100 MB of embedded weights add to the time of a compilation."""

from __future__ import annotations

from typing import Iterator

import numpy as np

import models
from harness import BUILD, WORK, Part, check_call, compete, wall, write_safetensors

SIDE = 5000  # 5000 x 5000 of f32 are 100 MB
LIMIT = 3.0


def run() -> Iterator[Part]:
    WORK.mkdir(parents=True, exist_ok=True)
    source, weights = WORK / "w1.mlir", WORK / "w1.safetensors"
    source.write_text(models.linear(SIDE, SIDE, "f32"))
    values = np.random.default_rng(1).standard_normal((SIDE, SIDE), np.float32)
    write_safetensors(weights, {"weight": values})
    for letter, suffix in zip("abcd", ("", ".so", ".a", ".o")):
        command = [BUILD / "bin" / "snnc", source, "-o", WORK / f"w1{suffix}",
                   "--target=x86-64-v3"]
        times = compete({
            "with": wall(lambda: check_call([*command, f"--weights=embed:{weights}"])),
            "without": wall(lambda: check_call(command))})
        more = times["with"].median - times["without"].median
        part = Part(f"W1.{letter}", ours=str(times["with"]),
                    limit=str(times["without"]), target=f"<={LIMIT:g}s-more")
        part.ratio = f"{more:.2f}s-more"
        part.holds = more <= LIMIT
        yield part
