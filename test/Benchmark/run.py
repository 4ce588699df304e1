# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs benchmarks by ID and prints a line for each part, then for each ID."""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is loaded

import importlib
import sys

from harness import Part

# What each ID measures, and why it cannot yet where that is so.
WAITING = {
    "C5": "training",
    **{f"G{i}": "GPU code" for i in range(1, 8)},
}
BUILT = ("ABI", "C1", "C2", "C3", "C4", "GRID", "P1", "P8", "R1", "R2", "R3", "R5",
         "S1", "SYN", "T1", "T2", "T3", "T4", "T5", "W1", "W2")
ALL = sorted([*WAITING, *BUILT])


def run(name: str) -> bool | None:
    """Runs one ID; true if it holds, none if it was skipped."""
    if name in WAITING:
        print(f"{name} SKIPPED(not built yet: {WAITING[name]})", flush=True)
        return None
    parts = []
    for part in importlib.import_module(name.lower()).run():
        print(part, flush=True)
        parts.append(part)
    if len(parts) == 1 and parts[0].name == name:
        return parts[0].holds
    skipped = [part for part in parts if part.holds is None]
    if any(part.holds is False for part in parts):
        verdict = "MISSES"
    elif skipped:
        verdict = f"SKIPPED({skipped[0].reason})"
    else:
        verdict = "HOLDS"
    print(f"{name} {verdict}", flush=True)
    return {"HOLDS": True, "MISSES": False}.get(verdict)


def main() -> int:
    names = sys.argv[1:] or ALL
    for name in names:
        if name not in ALL:
            print(f"bench: expected {' '.join(ALL)}, but got {name}", file=sys.stderr)
            return 2
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # one core for all
    failed = False
    for name in names:
        try:
            run(name)
        except RuntimeError as error:
            failed = True
            print(f"{name} ERROR({error})", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
