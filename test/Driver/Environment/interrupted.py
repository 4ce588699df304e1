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
HITS, ROUNDS = 15, 60  # for each kind and signal: wanted, and at most
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
CHOSEN = ("exe", "shared", "static", "object", "header")


def listen() -> None:
    """What runs in the background may ignore SIGINT, and hand that on."""
    for number in SIGNALS[:2]:
        signal.signal(number, signal.SIG_DFL)


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
                               stderr=subprocess.PIPE, preexec_fn=listen)  # fmt: skip
    time.sleep(chance.uniform(0, seconds))
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
    new = path.read_bytes()
    for number in SIGNALS:
        since = time.monotonic()
        subprocess.run(command, check=True)
        seconds, hits = time.monotonic() - since, 0
        for index in range(ROUNDS):
            hits += interrupt(kind, number, index, seconds, new)
            if hits == HITS:
                break
        cases.check(f"{kind} {number.name}: in time", hits == HITS, hits)

# A signal that is ignored, as nohup asks for, stays so, also for the linker.
for number in (signal.SIGHUP, *SIGNALS[:2]):
    path = FOLDER / "ignored"
    path.unlink(missing_ok=True)
    process = subprocess.Popen([SNNC, MODEL, "-o", path, FAST],
                               preexec_fn=lambda: signal.signal(number, signal.SIG_IGN) and None)  # fmt: skip
    while process.poll() is None:
        process.send_signal(number)
        time.sleep(0.01)
    cases.check(f"{number.name} ignored", process.returncode == OK and path.exists(),
                process.returncode)  # fmt: skip
cases.end()
