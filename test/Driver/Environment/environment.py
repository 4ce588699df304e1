# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests of the environment share: a small model, and a command with
the exit code and the messages that it ends with.

A test is run as `python TEST SNNC FOLDER`: the compiler, and where to write.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

SNNC = Path(shutil.which(sys.argv[1]) or sys.argv[1]).resolve()
FOLDER = Path(sys.argv[2]).resolve()
shutil.rmtree(FOLDER, ignore_errors=True)
FOLDER.mkdir(parents=True)

OK, USER, USAGE, IO, TARGET, LIMIT = 0, 1, 2, 3, 4, 5
KINDS = {"exe": "out", "shared": "out.so", "static": "out.a", "object": "out.o",
         "header": "out.h", "llvm": "out.ll", "asm": "out.s", "mlir": "out.mlir"}  # fmt: skip

T = "tensor<?x?x4xf32>"
# Weighted sums of the input.
TEXT = (f'func.func @model(%x: {T}, %w: tensor<4x4xf32> {{snn.param = "w"}}) -> {T} {{\n'
        f"  %y = snn.linear %x, %w : {T}, tensor<4x4xf32>\n"
        f"  return %y : {T}\n}}\n")  # fmt: skip
MODEL = FOLDER / "model.mlir"
MODEL.write_text(TEXT)
FAST = "--target=x86-64-v2"

Command = Sequence[str | bytes | Path]


class Cases:
    """Counts cases, and says which fail."""

    def __init__(self) -> None:
        self.count = self.failures = 0

    def check(self, name: str, holds: bool, details: object = "") -> None:
        self.count += 1
        if not holds:
            self.failures += 1
            print(f"FAIL {name}: {str(details)[:2000]}", flush=True)

    def expect(self, name: str, command: Command, code: int, *messages: str,
               env: Mapping[str, str] = {}, stdin: bytes = b"",
               stdout: int = subprocess.PIPE, cwd: Path = FOLDER,
               before: Callable[[], None] | None = None) -> str:  # fmt: skip
        """Runs a command; it must end in the code, with the messages and no
        trace. What it wrote."""
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=stdout,
                                   stderr=subprocess.PIPE, cwd=cwd,
                                   env=os.environ | env, preexec_fn=before)  # fmt: skip
        out, err = process.communicate(stdin, timeout=300)
        text = (out or b"").decode(errors="replace") + err.decode(errors="replace")
        wrong = [m for m in messages if m not in text]
        wrong += [f"no {t}" for t in ("Stack dump", "PLEASE submit") if t in text]
        if process.returncode != code:
            wrong.append(f"exit code {code}, not {process.returncode}")
        self.check(name, not wrong, f"expected {wrong}, but got: {text}")
        return text

    def end(self) -> None:
        print(f"{self.count} cases, {self.failures} failures")
        sys.exit(min(self.failures, 1))


def skip(reason: str) -> None:
    print(f"skipped: {reason}")


def save_input(path: Path, steps: int = 3) -> np.ndarray:
    x = np.arange(steps * 4, dtype=np.float32).reshape(steps, 1, 4)
    np.save(path, x)
    return x
