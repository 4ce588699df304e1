# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compilations that are interrupted or killed at random times: the old output
is there or the new one, complete, and nothing else; after SIGINT and SIGTERM
nothing is left among temporary files either.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

from environment import FAST, FOLDER, KINDS, MODEL, OK, SNNC, Cases

OLD = b"the old output"
ROUNDS = 15  # for each kind and signal
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
CHOSEN = ("exe", "shared", "static", "object", "header")

cases = Cases()
chance = random.Random(5)


def list_files(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def interrupt(kind: str, number: signal.Signals, index: int, seconds: float,
              new: bytes) -> bool:  # fmt: skip
    """One compilation, which gets the signal at some time; whether it did not
    come too late."""
    folder, temporary = FOLDER / "output", FOLDER / "temporary"
    for path in (folder, temporary):
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
    output = folder / KINDS[kind]
    is_new = index % 3 == 0
    if not is_new:
        output.write_bytes(OLD)
    process = subprocess.Popen([SNNC, MODEL, "-o", output, FAST], start_new_session=True,
                               env=os.environ | {"TMPDIR": str(temporary)},
                               stderr=subprocess.PIPE)  # fmt: skip
    time.sleep(chance.uniform(0, 1.1 * seconds))
    # Like kill, and like a terminal, which tells all that run.
    send = os.kill if index % 2 else os.killpg
    if process.poll() is None:
        send(process.pid, number)
    stderr = process.communicate(timeout=60)[1].decode(errors="replace")
    what = f"{kind} {number.name} {index}"
    cases.check(f"{what}: end", process.returncode in (OK, -number),
                f"{process.returncode} {stderr}")  # fmt: skip
    others = [name for name in list_files(folder) if name != output.name]
    # Only in the instant before it replaces the old one, a new file has a name
    # of its own.
    if number == signal.SIGKILL and not is_new and len(others) == 1:
        others = [] if (folder / others[0]).read_bytes() == new else others
    cases.check(f"{what}: others", not others, others)
    allowed = [new] if process.returncode == OK else [new, None if is_new else OLD]
    cases.check(f"{what}: output", (output.read_bytes() if output.exists() else None) in allowed)
    if number != signal.SIGKILL:
        cases.check(f"{what}: temporary", not list_files(temporary), list_files(temporary))
    return process.returncode == -number


for kind in CHOSEN:
    path = FOLDER / KINDS[kind]
    command = [SNNC, MODEL, "-o", path, FAST]
    subprocess.run(command, check=True)
    since = time.monotonic()
    subprocess.run(command, check=True)
    seconds = time.monotonic() - since
    new = path.read_bytes()
    for number in SIGNALS:
        hits = sum(interrupt(kind, number, i, seconds, new) for i in range(ROUNDS))
        cases.check(f"{kind} {number.name}: in time", hits > ROUNDS // 4, hits)

# An ignored signal, as nohup asks for, stays ignored.
process = subprocess.Popen([SNNC, MODEL, "-o", FOLDER / "ignored"],
                           preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN) and None)  # fmt: skip
while process.poll() is None:
    process.send_signal(signal.SIGHUP)
    time.sleep(0.01)
cases.check("ignored", process.returncode == OK, process.returncode)
cases.end()
