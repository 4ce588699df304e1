# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A system that has too little: no room on a disk, limits of file sizes and of
memory, no safe place for temporary files, no linker, no runtime. Each ends in
its exit code, and leaves the old output and no other file.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable

import numpy as np
from environment import (FAST, FOLDER, IO, KINDS, LIMIT, MODEL, OK, SNNC, TARGET, Cases,
                         save_input, skip)  # fmt: skip
from harness import write_safetensors

cases = Cases()
LINKED = ("exe", "shared")
OLD = b"old"


def limit(what: int, value: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(what, (value, value))


def stays(name: str, flags: list[str], code: int, *messages: str, emit: str = "exe",
          env: dict[str, str] = {}, before: Callable[[], None] | None = None) -> None:  # fmt: skip
    """A failure that leaves the old output, and nothing beside it."""
    folder = FOLDER / name.replace(" ", "-")
    (folder / "tmp").mkdir(parents=True)
    output = folder / KINDS[emit]
    output.write_bytes(OLD)
    cases.expect(name, [SNNC, MODEL, "-o", output, FAST, *flags], code, *messages,
                 env={"TMPDIR": str(folder / "tmp")} | env, before=before)  # fmt: skip
    cases.check(f"{name}: old", output.read_bytes() == OLD)
    others = sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
    cases.check(f"{name}: others", others == sorted([output.name, "tmp"]), others)


# --- Sizes of files -----------------------------------------------------------

big = FOLDER / "big.safetensors"
write_safetensors(big, {"w": np.ones((4, 4), np.float32)})
for kind in KINDS:
    for size in (0, 50, 200):
        stays(f"{kind} of {size} bytes", [f"--emit={kind}"], IO, "cannot write ",
              ": File too large", emit=kind, before=limit(resource.RLIMIT_FSIZE, size))  # fmt: skip
for kind in LINKED:
    for size in (20_000, 200_000, 900_000):
        stays(f"{kind} of {size} bytes", [f"--emit={kind}"], IO, "bytes for the linker to",
              "which TMPDIR can replace: File too large", emit=kind,
              before=limit(resource.RLIMIT_FSIZE, size))  # fmt: skip

# --- A full disk --------------------------------------------------------------

# In a mount namespace of its own, a small file system; what is there is listed
# after the compilation has failed.
SCRIPT = """
mount -t tmpfs -o size=$1 none "$2" || exit 99
echo old > "$2/$3"
shift 3; "$@"; code=$?
ls -A "$0"; cat "$0"/out*; exit $code
"""
disk = FOLDER / "disk"
disk.mkdir()
inside = ["unshare", "-rm", "sh", "-c", SCRIPT, str(disk)]
probe = subprocess.run([*inside, "64k", str(disk), "out", "true"], capture_output=True)
if probe.returncode:
    skip("full disk: unshare -rm or mount is not allowed here")
else:
    for kind, name in KINDS.items():
        for size in ("4k", "8k"):
            # The pages that are left after the old file hold no output.
            text = cases.expect(f"{kind} on a disk of {size}",
                                [*inside, size, str(disk), name, "sh", "-c",
                                 'head -c 8192 /dev/zero > "$0/fill" 2>&-; "$@"', str(disk),
                                 SNNC, MODEL, "-o", disk / name, FAST, f"--emit={kind}"],
                                IO, "cannot write ", ": No space left on device")  # fmt: skip
            cases.check(f"{kind} on a disk of {size}: files",
                        text.startswith(f"fill\n{name}\nold\n"), text)  # fmt: skip
    for kind in LINKED:
        for size in ("16k", "256k", "900k"):
            text = cases.expect(f"{kind} with {size} for temporary files",
                                [*inside, size, str(disk), "out", SNNC, MODEL, "-o",
                                 FOLDER / "away", FAST, f"--emit={kind}"],
                                IO, "No space left on device", env={"TMPDIR": str(disk)})  # fmt: skip
            cases.check(f"{kind} with {size}: files", text.startswith("out\nold\n"), text)
    cases.check("nothing was written", not (FOLDER / "away").exists())

# --- Temporary files ----------------------------------------------------------

for kind in LINKED:
    emit = [f"--emit={kind}"]
    stays(f"{kind} TMPDIR missing", emit, IO, "cannot make a directory in '/no/such'",
          "which TMPDIR can replace: No such file", emit=kind, env={"TMPDIR": "/no/such"})  # fmt: skip
    stays(f"{kind} TMPDIR a file", emit, IO, "Not a directory", emit=kind,
          env={"TMPDIR": str(MODEL)})  # fmt: skip
    stays(f"{kind} TMPDIR not writable", emit, IO, "cannot make a directory in '/proc'",
          emit=kind, env={"TMPDIR": "/proc"})  # fmt: skip
    shared = FOLDER / f"{kind}-shared"
    shared.mkdir()
    shared.chmod(0o777)
    stays(f"{kind} TMPDIR unsafe", emit, IO, "expected TMPDIR to be safe from other users",
          "chmod +t helps", emit=kind, env={"TMPDIR": str(shared)})  # fmt: skip
    shared.chmod(0o1777)
    cases.expect(f"{kind} TMPDIR sticky", [SNNC, MODEL, "-o", "sticky", FAST, *emit], OK,
                 env={"TMPDIR": str(shared)})  # fmt: skip
    cases.expect(f"{kind} TMPDIR empty", [SNNC, MODEL, "-o", "empty", FAST, *emit], OK,
                 env={"TMPDIR": ""})  # fmt: skip
# The linker sees a directory that is closed to others, whatever the umask.
spy = FOLDER / "spy"
spy.write_text("#!/bin/sh\nstat -c %a . > ../../mode\nexit 1\n")
spy.chmod(0o755)
(FOLDER / "spied").mkdir()
cases.expect("TMPDIR closed", [SNNC, MODEL, "-o", "x", FAST], TARGET, "linking failed",
             env={"TMPDIR": str(FOLDER / "spied"), "SNNC_LINKER": str(spy)},
             before=lambda: os.umask(0) and None)  # fmt: skip
cases.check("TMPDIR closed: mode", (FOLDER / "mode").read_text() == "700\n")
for kind in KINDS.keys() - {*LINKED}:  # need none
    cases.expect(f"{kind} without TMPDIR", [SNNC, MODEL, "-o", KINDS[kind], FAST], OK,
                 env={"TMPDIR": "/no/such", "SNNC_LINKER": "no-such-linker"})  # fmt: skip

# --- The linker and the runtime -----------------------------------------------

for kind in LINKED:
    emit = [f"--emit={kind}"]
    stays(f"{kind} no linker", emit, TARGET, "expected a C++ compiler driver to link with",
          "SNNC_LINKER is 'no-such-linker'; install clang and lld, or g++", emit=kind,
          env={"SNNC_LINKER": "no-such-linker"})  # fmt: skip
    stays(f"{kind} no linker on PATH", emit, TARGET, "SNNC_LINKER is 'clang++'", emit=kind,
          env={"SNNC_LINKER": "clang++", "PATH": "/no/such"})  # fmt: skip
    stays(f"{kind} linker fails", emit, TARGET, "linking failed: /", "false reports errors",
          emit=kind, env={"SNNC_LINKER": "false"})  # fmt: skip
    killed = FOLDER / "killed"
    killed.write_text("#!/bin/sh\nkill -9 $$\n")
    killed.chmod(0o755)
    stays(f"{kind} linker killed", emit, TARGET, "it was ended by the signal Killed",
          emit=kind, env={"SNNC_LINKER": str(killed)})  # fmt: skip
    garbage = FOLDER / "garbage"
    garbage.write_bytes(b"\x7fELF nonsense")
    garbage.chmod(0o755)
    stays(f"{kind} linker no program", emit, TARGET, "linking failed: ", "Exec format error",
          emit=kind, env={"SNNC_LINKER": str(garbage)})  # fmt: skip
    stays(f"{kind} linker writes nothing", emit, IO, "cannot read '", "/binary'", emit=kind,
          env={"SNNC_LINKER": "true"})  # fmt: skip
if shutil.which("g++"):
    cases.expect("g++", [SNNC, MODEL, "-o", "by-gcc", FAST, "-v"], OK, "g++ model0.o",
                 env={"SNNC_LINKER": "g++"})  # fmt: skip
    cases.expect("run by g++", [FOLDER / "by-gcc", "--version"], OK, "compiled by snnc")
for kind, name in KINDS.items():
    # A tool whose lib folder has other files, or none.
    for has_lib in (False, True):
        home = FOLDER / f"home-{kind}-{has_lib}"
        (home / "bin").mkdir(parents=True)
        if has_lib:
            shutil.copytree(SNNC.parent.parent / "lib", home / "lib",
                            ignore=shutil.ignore_patterns("*Runtime*", "snn-runtime-*"))  # fmt: skip
        shutil.copy(SNNC, home / "bin/snnc")
        command = [home / "bin/snnc", MODEL, "-o", FOLDER / f"homeless-{name}", FAST]
        if kind in ("exe", "shared", "static", "object"):
            cases.expect(f"{kind} no runtime {has_lib}", command, TARGET, f"{home}/lib/",
                         "runtime")  # fmt: skip
        else:
            cases.expect(f"{kind} no runtime {has_lib}", command, OK)
        shutil.rmtree(home)

# --- Standard streams ---------------------------------------------------------

full = os.open("/dev/full", os.O_WRONLY)
for name, command in {
    "llvm": [MODEL, "-o", "-", "--emit=llvm"], "asm": [MODEL, "-o", "-", "--emit=asm"],
    "header": [MODEL, "-o", "-", "--emit=header"], "stage": [MODEL, "--stop-after=time"],
    "help": ["--help"], "version": ["--version"], "bash": ["--completion=bash"],
    "zsh": ["--completion=zsh"],
}.items():  # fmt: skip
    message = "cannot write to the standard output"
    cases.expect(f"{name} to a full disk", [SNNC, *command], IO, message, stdout=full)
    cases.expect(f"{name} closed", [SNNC, *command], IO, message, before=lambda: os.close(1))
    reads, writes = os.pipe()
    os.close(reads)
    cases.expect(f"{name} to nobody", [SNNC, *command], IO, message, stdout=writes)
    os.close(writes)
for stream in (0, 1, 2):
    out = FOLDER / f"closed-{stream}"
    cases.expect(f"stream {stream} closed", [SNNC, MODEL, "-o", out, FAST], OK,
                 before=lambda: os.close(stream))  # fmt: skip
    cases.check(f"stream {stream} closed: output", out.read_bytes()[:4] == b"\x7fELF")
cases.expect("stdin closed", [SNNC, "-", "-o", "x"], IO, "cannot read '-'",
             before=lambda: os.close(0))  # fmt: skip

# --- Memory -------------------------------------------------------------------

# Below some limit the tool itself cannot be loaded, which is not ours to say.
ended = {}
for megabytes in range(480, 760, 10):
    process = subprocess.run([SNNC, MODEL, "-o", FOLDER / "little", FAST], capture_output=True,
                             text=True, preexec_fn=limit(resource.RLIMIT_AS, megabytes << 20))  # fmt: skip
    ended[megabytes] = process.returncode
    if process.returncode not in (OK, 127):
        cases.check(f"{megabytes} MB", process.returncode == LIMIT
                    and "not enough memory" in process.stderr
                    and "Stack dump" not in process.stderr, f"{process.returncode} {process.stderr}")  # fmt: skip
cases.check("some were too little, and some not", {OK, LIMIT} <= {*ended.values()}, ended)

program = FOLDER / "program"
subprocess.run([SNNC, MODEL, "-o", program, FAST, f"--weights=embed:{big}"], check=True)
save_input(FOLDER / "x.npy", steps=4_000_000)
ended = {}
for megabytes in (20, 40, 60, 80, 120, 160, 220, 300, 2000):
    process = subprocess.run([program, "--input", FOLDER / "x.npy", "--output", FOLDER / "y.npy"],
                             capture_output=True, text=True,
                             preexec_fn=limit(resource.RLIMIT_AS, megabytes << 20))  # fmt: skip
    ended[megabytes] = process.returncode
    if process.returncode != OK:
        cases.check(f"program in {megabytes} MB", process.returncode == LIMIT
                    and "memory" in process.stderr, f"{process.returncode} {process.stderr}")  # fmt: skip
cases.check("program: some were too little, and some not", {OK, LIMIT} <= {*ended.values()}, ended)
sys.stdout.flush()
cases.end()
