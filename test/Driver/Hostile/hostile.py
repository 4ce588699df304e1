# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests of hostile and wrong models share: a table of cases, and the
run of one. A case ends in the exit code and the message that it names, and
writes nothing but the output of a success.

A test is run as `python TEST SNNC FOLDER`: the compiler, and where to write.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from harness import write_safetensors

SNNC = sys.argv[1]
FOLDER = Path(sys.argv[2])

# As the first flag of a case: check the model, and compile nothing.
CHECK = ["check"]

OK, USER, USAGE, IO, TARGET, LIMIT = 0, 1, 2, 3, 4, 5


@dataclass
class Case:
    """One model file. `message` begins with `LINE:COLUMN: ` where it is about
    a place in the file, and with nothing where it is about the whole file."""

    name: str
    text: str | bytes
    code: int
    message: str | Sequence[str]
    flags: Sequence[str] = ()
    weights: Mapping[str, np.ndarray] | None = None
    env: Mapping[str, str] = field(default_factory=dict)


def lif(attributes: str, *, neurons: str = "4") -> str:
    """A model of one `snn.lif`, which stands in line 2."""
    t = f"tensor<?x?x{neurons}xf32>"
    return (f"func.func @model(%x: {t}) -> {t.replace('f32', 'i1')} {{\n"
            f"  %s, %v = snn.lif %x {{{attributes}}} : {t}\n"
            f"  return %s : {t.replace('f32', 'i1')}\n}}\n")  # fmt: skip


def model(*lines: str, x: str = "tensor<?x?x4xf32>", args: str = "",
          result: str = "%x : tensor<?x?x4xf32>", attributes: str = "") -> str:  # fmt: skip
    """A model of the lines, the first of which is line 2."""
    body = "".join(f"  {line}\n" for line in lines)
    type_ = result.split(" : ", 1)[1]
    return (f"func.func @model(%x: {x}{args}) -> {type_}{attributes} {{\n"
            f"{body}  return {result}\n}}\n")  # fmt: skip


def fail(case: Case, what: str, stderr: str) -> None:
    print(f"{case.name}: {what}\n{stderr[:2000]}")


def list_files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def run(case: Case) -> bool:
    folder = FOLDER / case.name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "tmp").mkdir(parents=True)
    text = case.text if isinstance(case.text, bytes) else case.text.encode()
    file = folder / "model.mlir"
    file.write_bytes(text)
    flags = list(case.flags)
    if case.weights is not None:
        write_safetensors(folder / "w.safetensors", case.weights)
        flags.append(f"--weights=embed:{folder / 'w.safetensors'}")
    after = list_files(folder)
    if case.code == OK and flags[:1] != CHECK:
        after = sorted([*after, "out"])
    command = [str(file), "-o", str(folder / "out"), *flags]
    if flags[:1] == CHECK:
        command = ["check", str(file), *flags[1:]]
    process = subprocess.run(
        [SNNC, *command],
        capture_output=True, stdin=subprocess.DEVNULL, timeout=300,
        env=os.environ | {"TMPDIR": str(folder / "tmp")} | case.env)  # fmt: skip
    stderr = process.stderr.decode(errors="replace")
    if process.returncode != case.code:
        fail(case, f"expected exit code {case.code}, but got {process.returncode}", stderr)
        return False
    if list_files(folder) != after:
        fail(case, f"expected the files {after}, but got {list_files(folder)}", stderr)
        return False
    for trace in ("Stack dump", "PLEASE submit", "see current operation"):
        if trace in stderr:
            fail(case, f"expected no '{trace}'", stderr)
            return False
    messages = [case.message] if isinstance(case.message, str) else case.message
    for message in messages:
        # A place is one in the model; all else may stand anywhere.
        wanted = f"{file}:{message}" if re.match(r"\d+:\d+: ", message) else message
        if wanted not in stderr:
            fail(case, f"expected the message '{wanted}', but got", stderr)
            return False
    if case.code == OK and not messages and stderr:
        fail(case, "expected no message, but got", stderr)
        return False
    shutil.rmtree(folder)
    return True


def check(cases: Sequence[Case]) -> None:
    """Runs the cases; ends the test with the number of those that fail."""
    names = [case.name for case in cases]
    assert len(set(names)) == len(names), "expected distinct names of cases"
    failures = sum(not run(case) for case in cases)
    print(f"{len(cases)} cases, {failures} failures")
    sys.exit(min(failures, 1))
