# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""R3: peak memory of the demo's network beyond its input, as T grows."""

from __future__ import annotations

import os
import subprocess
from typing import Iterator

import numpy as np

from harness import ROOT, WORK, Model, Part, check_call

BATCH = 64


def run() -> Iterator[Part]:
    weights = ROOT / "python" / "examples" / "fashion.safetensors"
    model = Model("r3", (ROOT / "test/Models/fashion.mlir").read_text(), weights)
    check_call(model.command(WORK / "r3"))
    extra = {}
    for steps in (784, 8 * 784):
        x = np.random.default_rng(1).random((steps, BATCH, 1), dtype=np.float32)
        np.save(WORK / "r3.npy", x)
        child = subprocess.Popen([WORK / "r3", "--input", WORK / "r3.npy",
                                  "--output", WORK / "r3-out.npy"])
        _, status, usage = os.wait4(child.pid, 0)
        if status:
            raise RuntimeError("the program failed")
        extra[steps] = usage.ru_maxrss * 1024 - x.nbytes
    short, long = extra.values()
    # A few pages come and go with the sizes of files.
    yield Part("R3", ours=f"{long / 2**20:.1f}MiB@T={8 * 784}",
               peer=f"{short / 2**20:.1f}MiB@T=784", ratio=f"{long / short:.2f}",
               target="<=1.05", holds=long / short <= 1.05)
