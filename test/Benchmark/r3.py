# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""R3: peak memory of the demo's two networks beyond their input, as T grows."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path
from typing import Iterator

import numpy as np

from harness import ROOT, WORK, Model, Part, check_call

BATCH = 64


def run_and_watch(command: list[str | Path]) -> int:
    """Bytes of memory that a program had in use at most.

    What wait4 says would begin with the memory of this process.
    """
    peak = 0
    with subprocess.Popen(command) as child:
        status = Path(f"/proc/{child.pid}/status")
        while child.poll() is None:
            try:
                started = os.readlink(f"/proc/{child.pid}/exe") == str(command[0])
                found = re.search(r"VmHWM:\s*(\d+)", status.read_text())
            except OSError:  # it has just ended
                continue
            if started and found:
                peak = int(found[1]) * 1024
            time.sleep(0.001)
    if child.returncode:
        raise RuntimeError("the program failed")
    return peak


def measure(part: str, name: str) -> Part:
    weights = ROOT / "python" / "examples" / f"{name}.safetensors"
    model = Model(f"r3-{name}", (ROOT / f"test/Models/{name}.mlir").read_text(), weights)
    check_call(model.command(WORK / "r3"))
    extra = {}
    for steps in (784, 8 * 784):
        x = np.random.default_rng(1).random((steps, BATCH, 1), dtype=np.float32)
        np.save(WORK / "r3.npy", x)
        peak = run_and_watch([WORK / "r3", "--input", WORK / "r3.npy",
                              "--output", WORK / "r3-out.npy"])
        extra[steps] = peak - x.nbytes
    short, long = extra.values()
    # A few pages come and go with the sizes of files.
    return Part(part, ours=f"{long / 2**20:.1f}MiB@T={8 * 784}",
                peer=f"{short / 2**20:.1f}MiB@T=784", ratio=f"{long / short:.2f}",
                target="<=1.05", holds=long / short <= 1.05)


def run() -> Iterator[Part]:
    yield measure("R3.frp", "fashion")
    yield measure("R3.src", "fashion_src")
