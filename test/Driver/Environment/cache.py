# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`snnc run` compiles once, and again whenever what the program depends on has
changed. What is in the cache is checked, and the cache belongs to its user.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
from environment import (FOLDER, IO, MODEL, OK, SNNC, TEXT, USAGE, USER, Cases,
                         save_input)  # fmt: skip
from harness import write_safetensors

cases = Cases()
CACHE = FOLDER / "cache"
HERE = {"SNNC_CACHE": str(CACHE)}
X, Y, WEIGHTS = FOLDER / "x.npy", FOLDER / "y.npy", FOLDER / "w.safetensors"
x = save_input(X)
w = np.arange(16, dtype=np.float32).reshape(4, 4)
write_safetensors(WEIGHTS, {"w": w})
EMBED = f"--weights=embed:{WEIGHTS}"


def entries() -> list[str]:
    return sorted(os.listdir(CACHE)) if CACHE.exists() else []


def run(name: str, *flags: str, hits: bool, arguments: tuple[object, ...] = (),
        expected: np.ndarray | None = None) -> None:  # fmt: skip
    """Runs, with or without a compilation; there is one entry more then."""
    before = entries()
    Y.unlink(missing_ok=True)
    text = cases.expect(name, [SNNC, "run", "-v", *flags, MODEL, "--input", X, "--output", Y,
                               *map(str, arguments)], OK, env=HERE)  # fmt: skip
    cases.check(f"{name}: said", (" is there\n" in text) == hits and
                (" -o binary " in text) != hits, text)  # fmt: skip
    cases.check(f"{name}: entries", len(entries()) == len(before) + (not hits), entries())
    if expected is not None:
        cases.check(f"{name}: output", np.array_equal(np.load(Y), expected))


# Hits and misses.
y = x @ w.T
run("first", EMBED, hits=False, expected=y)
run("second", EMBED, hits=True, expected=y)


def measure(cache: Path) -> float:
    since = time.monotonic()
    subprocess.run([SNNC, "run", EMBED, MODEL, "--input", X, "--output", Y], check=True,
                   env=os.environ | {"SNNC_CACHE": str(cache)})  # fmt: skip
    return time.monotonic() - since


hit = min(measure(CACHE) for _ in range(5))
miss = min(measure(FOLDER / f"cache-{i}") for i in range(5))
cases.check("a hit is faster", hit < miss / 2, (hit, miss))
write_safetensors(WEIGHTS, {"w": w + 1})
run("other weights", EMBED, hits=False, expected=x @ (w + 1).T)
write_safetensors(WEIGHTS, {"w": w})
run("the first weights", EMBED, hits=True, expected=y)
for flags in (["--threads=2"], ["--no-optimize"], ["--target=x86-64-v2"], ["--name=other"],
              ["--record=all"], ["--trust-ir"]):  # fmt: skip
    run(f"{flags}", EMBED, *flags, hits=False)
    run(f"{flags} again", EMBED, *flags, hits=True)
run("parameter", hits=False, arguments=("--weights", WEIGHTS),
    expected=y)  # fmt: skip
run("external", f"--weights=external:{WEIGHTS}", hits=False, expected=y)
MODEL.write_text(TEXT + "// changed\n")
run("other model", EMBED, hits=False, expected=y)
MODEL.write_text(TEXT)
run("the first model", EMBED, hits=True, expected=y)
copy = FOLDER / "copy.mlir"
copy.write_text(TEXT)
cases.expect("same text", [SNNC, "run", "-v", EMBED, copy, "--version"], OK, " is there", env=HERE)

# The program that is run is that which is compiled.
program = FOLDER / "program"
subprocess.run([SNNC, MODEL, "-o", program, EMBED, "--target=native"], check=True)
subprocess.run([program, "--input", X, "--output", FOLDER / "compiled.npy"], check=True)
run("compiled", EMBED, hits=True)
cases.check("same bytes", Y.read_bytes() == (FOLDER / "compiled.npy").read_bytes())
RUN = [SNNC, "run", EMBED, MODEL]
for arguments, code, message in [
    (["--help"], OK, "--input"), (["--version"], OK, "model "),
    (["--frobnicate"], USAGE, "unknown option '--frobnicate'"),
    (["--input", "missing.npy"], IO, "missing.npy"),
    (["--input", str(MODEL)], USER, str(MODEL)),
    (["-o", "z"], USAGE, "unknown option '-o'"),
]:  # fmt: skip
    own = cases.expect(f"program {arguments}", [program, *arguments], code, message)
    through = cases.expect(f"run {arguments}", [*RUN, *arguments], code, message, env=HERE)
    own, through = (t.replace(str(program), "P").replace(str(MODEL), "P") for t in (own, through))
    cases.check(f"same words {arguments}", own == through, through)
csv = b"step,batch,x[0],x[1],x[2],x[3]\n0,0,1,2,3,4\n"
stdin = cases.expect("stdin", [*RUN, "--input", "-", "--output", "-", "--format=csv"], OK,
                     env=HERE, stdin=csv)  # fmt: skip
direct = cases.expect("stdin of the program", [program, "--input", "-", "--output", "-",
                                               "--format=csv"], OK, stdin=csv)  # fmt: skip
cases.check("stdin: same", stdin == direct, stdin)
bad = FOLDER / "bad.mlir"
bad.write_text("module {")
before = entries()
cases.expect("bad model", [SNNC, "run", bad, "--input", X], USER, "bad.mlir:1:", env=HERE)
cases.expect("no model", [SNNC, "run", "none.mlir"], IO, "cannot read 'none.mlir'", env=HERE)
cases.check("no entry of an error", entries() == before)

# A damaged entry is made again.
def damage(name: str, change) -> None:  # noqa: ANN001
    shutil.rmtree(CACHE)
    run(f"{name}: whole", EMBED, hits=False, expected=y)
    entry = CACHE / entries()[0]
    change(entry)
    text = cases.expect(f"{name}: made again", [SNNC, "run", "-v", EMBED, MODEL, "--version"], OK,
                        "snnc: model for ", env=HERE)  # fmt: skip
    cases.check(f"{name}: said", " is there" not in text)
    run(f"{name}: whole again", EMBED, hits=True, expected=y)


def flip(entry: Path, place: int) -> None:
    data = bytearray(entry.read_bytes())
    data[place] ^= 1
    entry.write_bytes(data)


damage("first byte", lambda e: flip(e, 0))
damage("a byte", lambda e: flip(e, 100_000))
damage("last byte", lambda e: flip(e, -1))
damage("cut", lambda e: os.truncate(e, 5000))
damage("longer", lambda e: e.write_bytes(e.read_bytes() + b"x"))
damage("empty", lambda e: os.truncate(e, 0))
damage("no program", lambda e: e.chmod(0o600))
damage("a script", lambda e: e.write_bytes(b"#!/bin/sh\necho owned\n"))

# Where the cache is, and whose.
shutil.rmtree(CACHE)
subprocess.run([SNNC, "run", EMBED, MODEL, "--version"], env=os.environ | HERE, check=True,
               stdout=subprocess.DEVNULL, preexec_fn=lambda: os.umask(0) and None)  # fmt: skip
cases.check("made for its user", CACHE.stat().st_mode & 0o777 == 0o700, oct(CACHE.stat().st_mode))
for mode in (0o777, 0o1777, 0o770, 0o720, 0o702):
    CACHE.chmod(mode)
    cases.expect(f"mode {mode:o}", [*RUN, "--version"], IO,
                 f"expected a cache that only its owner can write to, but '{CACHE}' is not",
                 "SNNC_CACHE can name another", env=HERE)  # fmt: skip
CACHE.chmod(0o755)
cases.expect("readable", [*RUN, "--version"], OK, env=HERE)
for name, env, message in [
    ("a file", {"SNNC_CACHE": str(MODEL)}, str(MODEL)),
    ("below a file", {"SNNC_CACHE": f"{MODEL}/cache"}, "cannot make the cache"),
    ("not writable", {"SNNC_CACHE": "/proc/cache"}, "cannot make the cache '/proc/cache'"),
]:  # fmt: skip
    cases.expect(f"cache {name}", [*RUN, "--version"], IO, message, env=env)
for name, env, place in [
    ("XDG", {"SNNC_CACHE": "", "XDG_CACHE_HOME": str(FOLDER / "xdg")}, FOLDER / "xdg/snnc"),
    ("HOME", {"SNNC_CACHE": "", "XDG_CACHE_HOME": "", "HOME": str(FOLDER / "home")},
     FOLDER / "home/.cache/snnc"),
]:  # fmt: skip
    cases.expect(f"cache {name}", [*RUN, "--version"], OK, env=env)
    cases.check(f"cache {name}: there", place.is_dir() and len(os.listdir(place)) == 1)

# Many at once.
shutil.rmtree(CACHE)
outputs = [FOLDER / f"y{i}.npy" for i in range(8)]
processes = [subprocess.Popen([*RUN, "--input", X, "--output", path], env=os.environ | HERE)
             for path in outputs]  # fmt: skip
codes = [process.wait(timeout=300) for process in processes]
cases.check("concurrent", codes == [0] * 8, codes)
cases.check("concurrent: outputs", all(np.array_equal(np.load(path), y) for path in outputs))
cases.check("concurrent: one entry", len(entries()) == 1, entries())
cases.end()
