# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a text says about where it comes from is not followed, and not kept.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import os
import shutil
import subprocess

from hostile import FOLDER, SNNC, lif

SECRET = "what-the-other-file-says"


def compile_(text: str, *flags: str) -> subprocess.CompletedProcess[bytes]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / "located.mlir"
    file.write_text(text)
    return subprocess.run([SNNC, str(file), *flags], capture_output=True)


def locate(text: str, place: str) -> str:
    """The text with a location on its neuron."""
    lines = text.splitlines()
    lines[1] += f" loc({place})"
    return "\n".join(lines) + "\n"


def test_message() -> None:
    """A message names the place that the text names, and does not read it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    other = FOLDER / "other.txt"
    other.write_text(SECRET)
    text = locate(lif("decay = 1.5, threshold = 1.0"), f'"{other}":1:1')
    process = compile_(text, "-o", str(FOLDER / "out"))
    assert process.returncode == 1, process
    assert f"{other}:1:1: error: 'snn.lif' op expected decay".encode() in process.stderr, process
    assert SECRET.encode() not in process.stderr, process
    assert not (FOLDER / "out").exists()


def test_program() -> None:
    """No path of the machine that compiled it is in a program."""
    text = locate(lif("decay = 0.5, threshold = 1.0"), '"/home/someone/secret.py":1:1')
    out = FOLDER / "out"
    process = compile_(text, "-o", str(out))
    assert process.returncode == 0, process
    program = out.read_bytes()
    for path in ("/home/someone", "secret.py", str(FOLDER), "located.mlir", os.getcwd()):
        assert path.encode() not in program, f"expected no '{path}' in the program"


def test_text() -> None:
    """Nor in a printed stage."""
    text = locate(lif("decay = 0.5, threshold = 1.0"), '"/home/someone/secret.py":1:1')
    for stage in ("verify", "space", "upstream"):
        process = compile_(text, f"--stop-after={stage}")
        assert process.returncode == 0, process
        assert b"secret.py" not in process.stdout, stage
        assert str(FOLDER).encode() not in process.stdout, stage


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    test_message()
    test_program()
    test_text()
