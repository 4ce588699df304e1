# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiled programs where they are run: weights beside them, which can be
swapped; processors, locales, limits, and signals.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from environment import (FAST, FOLDER, IO, MODEL, OK, SNNC, TARGET, USAGE, USER, Cases,
                         save_input)  # fmt: skip
from harness import LEVELS, write_safetensors

cases = Cases()
X, Y = FOLDER / "x.npy", FOLDER / "y.npy"
x = save_input(X)
w = np.arange(16, dtype=np.float32).reshape(4, 4)
INPUT = ["--input", X, "--output", Y]


def save(name: str, tensors: Mapping[str, np.ndarray]) -> Path:
    path = FOLDER / name
    if path.suffix == ".npz":
        np.savez(path, **tensors)
    else:
        write_safetensors(path, tensors)
    return path


def build(name: str, *flags: str) -> Path:
    subprocess.run([SNNC, MODEL, "-o", name, *flags], cwd=FOLDER, check=True)
    return FOLDER / name


def gives(name: str, command: list[object], expected: np.ndarray, **how: object) -> None:
    Y.unlink(missing_ok=True)
    cases.expect(name, [str(word) for word in command], OK, **how)  # type: ignore[arg-type]
    cases.check(f"{name}: output", np.array_equal(np.load(Y), x @ expected.T))


# --- Weights that are read when the program starts ------------------------------

for suffix in ("safetensors", "npz"):
    trained, other = f"w.{suffix}", save(f"other.{suffix}", {"w": 2 * w, "unused": w})
    save(trained, {"w": w})
    program = build("external", FAST, f"--weights=external:{trained}")
    gives(f"{suffix}", [program, *INPUT], w)
    save(trained, {"w": w + 1})
    gives(f"{suffix} retrained", [program, *INPUT], w + 1)
    gives(f"{suffix} other", [program, *INPUT, "--weights", other], 2 * w)
    np.save(FOLDER / "p.npy", 3 * w)
    gives(f"{suffix} parameter", [program, *INPUT, "--param", f"w={FOLDER / 'p.npy'}"], 3 * w)
    text = cases.expect(f"{suffix} help", [program, "--help"], OK,
                        f"Without --weights, they are read from {trained}.")  # fmt: skip
    hint = f"(the model was compiled to read its parameters there; --weights FILE names another file)"
    for name, tensors, message in [
        ("shape", {"w": w[:3]}, "(3, 4)"), ("type", {"w": w.astype(np.float64)}, "f64"),
        ("name", {"u": w}, "expected a tensor 'w'"),
    ]:  # fmt: skip
        save(trained, tensors)
        text = cases.expect(f"{suffix} {name}", [program, *INPUT], USER, trained)
        cases.check(f"{suffix} {name}: words", message in text or "[3, 4]" in text, text)
    (FOLDER / trained).write_bytes(b"")
    cases.expect(f"{suffix} empty", [program, *INPUT], USER, trained, "an empty one", hint)
    (FOLDER / trained).unlink()
    cases.expect(f"{suffix} missing", [program, *INPUT], IO,
                 f"cannot read {trained}: No such file or directory", hint)  # fmt: skip
    cases.expect(f"{suffix} missing in a folder", [program, *INPUT], IO, hint, cwd=Path("/"))
    gives(f"{suffix} missing, and other", [program, *INPUT, "--weights", other], 2 * w)
    text = cases.expect(f"{suffix} other missing", [program, *INPUT, "--weights", "none"], IO,
                        "cannot read none: No such file")  # fmt: skip
    cases.check(f"{suffix} other missing: no hint", hint not in text, text)
    # What the compiler can see of the file, it says.
    save(trained, {"w": w[:3]})
    cases.expect(f"{suffix} compile", [SNNC, MODEL, "-o", "x", f"--weights=external:{trained}"], USER,
                 "expected parameter 'w' of shape [4, 4]")  # fmt: skip
    save(trained, {"w": w * np.float32("nan")})
    cases.expect(f"{suffix} not finite", [SNNC, MODEL, "-o", "x", f"--weights=external:{trained}"],
                 USER, "expected finite values of parameter 'w', but got nan at [0, 0]")  # fmt: skip

# --- Processors -----------------------------------------------------------------

weights = save("w.safetensors", {"w": w})
EMBED = f"--weights=embed:{weights}"
best = build("best", EMBED, "--target=x86-64-v4")
message = "this processor, as SNN_CPU limits it, is not of a level that the model was compiled for: x86-64-v4"
for level in ("x86-64-v2", "x86-64-v3"):
    cases.expect(f"best on {level}", [best, *INPUT], TARGET, message, env={"SNN_CPU": level})
two = build("two", EMBED, "--target=x86-64-v4,x86-64-v3")
cases.expect("two on the first", [two, *INPUT], TARGET, "x86-64-v4, x86-64-v3",
             env={"SNN_CPU": "x86-64-v2"})  # fmt: skip
every = build("every", EMBED)
for level in sorted(LEVELS):
    gives(f"every on {level}", [every, *INPUT], w, env={"SNN_CPU": level})
for level in {"x86-64-v2", "x86-64-v3", "x86-64-v4"} - LEVELS:
    cases.expect(f"every on {level}", [every, *INPUT], TARGET,
                 f"SNN_CPU: this processor is not of level {level}", env={"SNN_CPU": level})  # fmt: skip
cases.expect("no level", [every, *INPUT], USAGE,
             "SNN_CPU: expected x86-64-v2, x86-64-v3 or x86-64-v4, but got 'arm'",
             env={"SNN_CPU": "arm"})  # fmt: skip

# --- Locales --------------------------------------------------------------------

locales = subprocess.run(["locale", "-a"], capture_output=True, text=True).stdout.split()
commas = [name for name in locales if re.match("de|fr|ru", name)] or ["de_DE.UTF-8"]
gives("before", [every, *INPUT], w)
same = Y.read_bytes()
FORMATTED = [every, "--input", X, "--output", "-", "--format=csv"]
csv = cases.expect("csv", FORMATTED, OK)
for name in commas:
    env = {"LC_ALL": name, "LC_NUMERIC": name, "LANG": name}
    text = cases.expect(f"--time in {name}", [SNNC, MODEL, "-o", "timed", FAST, EMBED, "--time"], OK,
                        env=env)  # fmt: skip
    times = re.findall(r"^ *(\d+[.,]\d+) s  ", text, re.M)
    cases.check(f"--time in {name}: points", len(times) > 4 and "," not in "".join(times), text)
    cases.check(f"program of {name}", (FOLDER / "timed").read_bytes()
                == build("untimed", FAST, EMBED).read_bytes())  # fmt: skip
    gives(f"program in {name}", [every, *INPUT], w, env=env)
    cases.check(f"program in {name}: bytes", Y.read_bytes() == same)
    cases.check(f"csv in {name}", cases.expect(f"writes csv in {name}", FORMATTED, OK, env=env) == csv)

# --- Limits and closed streams ----------------------------------------------------

small = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))  # noqa: E731
old = Y.read_bytes()
cases.expect("file size", [every, *INPUT], IO, "cannot write ", "File too large", before=small)
cases.check("file size: old output", Y.read_bytes() == old)
cases.expect("no folder", [every, "--input", X, "--output", "no/y.npy"], IO, "cannot write no/y.npy")
cases.expect("input is output", [every, "--input", X, "--output", X], USAGE, "would overwrite an input")
(FOLDER / "link.npy").symlink_to(X)
cases.expect("input is linked", [every, "--input", X, "--output", "link.npy"], USAGE,
             "link.npy would overwrite an input")  # fmt: skip
os.mkfifo(FOLDER / "pipe.npy")
for path, what in (("pipe.npy", "a pipe"), ("/dev/full", "a device"), (".", "a directory")):
    cases.expect(f"output {path}", [every, "--input", X, "--output", path], IO,
                 f"expected a file, but got {what}")  # fmt: skip
full = os.open("/dev/full", os.O_WRONLY)
for flags in (["--help"], ["--version"], ["--input", X, "--output", "-", "--format=csv"]):
    cases.expect(f"full {flags}", [every, *flags], IO, "cannot write", stdout=full)
    cases.expect(f"closed {flags}", [every, *flags], IO, "cannot write", before=lambda: os.close(1))
cases.end()
