# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs benchmarks by ID and prints a line for each part, then for each ID.

Options of those on a GPU: `--prepare DIR` compiles their models (with `--target`, by `--snnc`),
`--artifacts DIR` runs them where there is no compiler, `--peer NAME=PATH` adds the
sources of a peer, `--page FILE` writes the results as a page.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is loaded

import argparse
import importlib
import sys
from pathlib import Path

from harness import Part

# What each ID measures, and why it cannot yet where that is so.
WAITING = {
    "C5": "training",
    **{f"G{i}": "GPU code" for i in (3, 5, 6, 7)},
}
BUILT = ("ABI", "C1", "C2", "C3", "C4", "G1", "G2", "G4", "GRID", "KERNELS", "P1", "P8", "R1", "R2",
         "R3", "R5",
         "S1", "SYN", "T1", "T2", "T3", "T4", "T5", "W1", "W2")
ALL = sorted([*WAITING, *BUILT])
ON_GPU = {"G1": "g1", "G2": "g2", "G4": "g4", "KERNELS": "kernels", "S1": "s1g",
          "SYN": "syng"}  # their modules
results: dict[str, list[Part]] = {}


def find_module(name: str) -> str:
    """S1 and SYN are those of the GPU where there are models for one."""
    has_artifacts = "SNN_BENCH_ARTIFACTS" in os.environ
    return ON_GPU[name] if has_artifacts and name in ON_GPU else name.lower()


def run(name: str) -> bool | None:
    """Runs one ID; true if it holds, none if it was skipped."""
    if name in WAITING:
        print(f"{name} SKIPPED(not built yet: {WAITING[name]})", flush=True)
        return None
    parts = results.setdefault(name, [])
    for part in importlib.import_module(find_module(name)).run():
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


def prepare(names: list[str], options: argparse.Namespace) -> None:
    import gpu

    modules = [importlib.import_module(ON_GPU[name]) for name in names if name in ON_GPU]
    specs = [spec for module in modules for spec in module.list_specs()]
    gpu.prepare(options.prepare, specs, options.target, options.snnc or gpu.BUILD / "bin/snnc")


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="ID")
    parser.add_argument("--prepare", type=Path, metavar="DIR")
    parser.add_argument("--target", default="x86-64-v3,cuda:sm_90")
    parser.add_argument("--snnc", type=Path, help="with --prepare: the compiler")
    parser.add_argument("--artifacts", type=Path, metavar="DIR")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("--page", type=Path, metavar="FILE")
    options = parser.parse_args()
    if options.artifacts:
        os.environ["SNN_BENCH_ARTIFACTS"] = str(options.artifacts)
    if options.peer:
        os.environ["SNN_BENCH_PEERS"] = ",".join(options.peer)
    return options


def main() -> int:
    options = parse_options()
    names = options.names or ALL
    for name in names:
        if name not in ALL:
            print(f"bench: expected {' '.join(ALL)}, but got {name}", file=sys.stderr)
            return 2
    if options.prepare:
        prepare(names, options)
        return 0
    if hasattr(os, "sched_setaffinity") and not options.artifacts:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # one core for all
    failed = False
    for name in names:
        try:
            run(name)
        except RuntimeError as error:
            failed = True
            print(f"{name} ERROR({error})", flush=True)
    if options.page:
        import page

        page.write(options.page, results)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
