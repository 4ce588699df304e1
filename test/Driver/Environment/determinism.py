# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Same input, same bytes out, for every kind of output; and nothing in them
says where, when or by whom they were made.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import getpass
import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import numpy as np
from environment import FOLDER, KINDS, MODEL, SNNC, TEXT, Cases, skip
from harness import MODELS, write_safetensors

cases = Cases()
VALUES = {"w": np.linspace(-1, 1, 16, dtype=np.float32).reshape(4, 4)}
SOURCES = {"small": TEXT, "lif": (MODELS / "lif.mlir").read_text(),
           "recurrent": (MODELS / "grouped_delays.mlir").read_text()}  # fmt: skip


def make(folder: Path, source: str, name: str, prefix: list[str] = [],
         env: dict[str, str] = {}, umask: int = 0o022) -> bytes:  # fmt: skip
    """The output of a compilation in a folder, with names that are relative."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "m.mlir").write_text(SOURCES[source])
    write_safetensors(folder / "w.safetensors", VALUES)
    weights = ["--weights=embed:w.safetensors"] if source == "small" else []
    subprocess.run([*prefix, SNNC, "m.mlir", "-o", name, *weights], check=True, cwd=folder,
                   env=os.environ | env, preexec_fn=lambda: os.umask(umask) and None)  # fmt: skip
    return (folder / name).read_bytes()


def works(*command: str) -> bool:
    if shutil.which(command[0]) and not subprocess.run(command, capture_output=True).returncode:
        return True
    skip(f"{' '.join(command)}: not allowed here, or not there")
    return False


(FOLDER / "other-tmp").mkdir()
ways: dict[str, dict] = {
    "again": {}, "zone": {"env": {"TZ": "Pacific/Kiritimati"}},
    "locale": {"env": {"LC_ALL": "de_DE.UTF-8", "LANG": "tr_TR.UTF-8", "LC_NUMERIC": "de_DE"}},
    "C locale": {"env": {"LC_ALL": "C"}}, "umask": {"umask": 0o077},
    "temporary": {"env": {"TMPDIR": str(FOLDER / "other-tmp")}},
    "home": {"env": {"HOME": "/nonexistent", "USER": "nobody", "LOGNAME": "nobody"}},
    "epoch": {"env": {"SOURCE_DATE_EPOCH": "0"}},
    "malloc": {"env": {"MALLOC_PERTURB_": "165", "MALLOC_ARENA_MAX": "1"}},
}  # fmt: skip
if works("taskset", "-c", "0", "true"):
    ways["one processor"] = {"prefix": ["taskset", "-c", "0"]}
if works("setarch", "-R", "true"):
    ways["no ASLR"] = {"prefix": ["setarch", "-R"]}
if works("unshare", "-r", "true"):
    ways["another user"] = {"prefix": ["unshare", "--user", "--map-user=1234"]}

host = socket.gethostname()
secrets = [str(FOLDER), str(SNNC.parent), str(SNNC.parent.parent), os.getcwd(), "/root/", "/home/",
           "/tmp/", str(Path(__file__).resolve().parents[3])]  # fmt: skip
for source in SOURCES:
    for kind, name in KINDS.items():
        first = make(FOLDER / "one" / source, source, name)
        for way, how in ways.items():
            folder = FOLDER / "another folder" / way / source
            cases.check(f"{source} {kind} {way}", make(folder, source, name, **how) == first)
        found = [secret for secret in secrets if secret.encode() in first]
        cases.check(f"{source} {kind}: no paths", not found, found)
        words = re.findall(rb"[ -~]{4,}", first)
        year = time.strftime("%Y").encode()
        told = [rb"\b" + year + rb"[-/ ]", rb"\b[A-Z][a-z]{2} +\d+ " + year,
                rb"(^|[/@\"' ])" + re.escape(host.encode()) + rb"($|[/:\"' ])"]  # fmt: skip
        dates = [w for w in words if any(re.search(pattern, w) for pattern in told)]
        cases.check(f"{source} {kind}: no dates or hosts", not dates, dates)
        user = getpass.getuser().encode()
        owners = [w for w in words if user in w.split(b"/")]
        cases.check(f"{source} {kind}: no users", not owners, owners)
MODEL.unlink()
cases.end()
