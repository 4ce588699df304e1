#!/usr/bin/env python3
# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs compute-sanitizer on one small case of each kind of kernel.

    sanitize.py --artifacts DIR [--only REGEX] [--jobs 6] [--timeout 120]

Prints PASSED n FAILED m SKIPPED k: where the tool itself does not work, its cases
are skipped, and the line says so. Exits with 77 without a GPU or the tool.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SKIPPED, FOUND, WRONG = 77, 9, 8
TOOLS = ("memcheck", "racecheck", "initcheck", "synccheck")
# Kind of kernel, library, steps, batch. Sizes are no multiples of a warp.
CASES = (("loop", "exact/lif", 37, 13), ("speculation", "exact/lif", 1500, 1),
         ("scan", "bounded/resonator", 1100, 2), ("gate", "exact/refractory", 70, 5),
         ("convolution", "bounded/sliding_psn", 200, 3), ("linear", "bounded/linear", 9, 5),
         ("conv2d", "exact/conv2d", 5, 3), ("recurrent", "exact/src", 33, 3),
         ("pack", "exact/pack", 33, 3), ("delay", "exact/grouped_delays", 33, 3),
         ("sample", "exact/sample", 33, 3), ("network", "exact/fashion_src", 20, 2))  # fmt: skip


def run_case(path: Path, steps: int, batch: int) -> int:
    """One run on the GPU, in memory that nobody has written: what is read before it
    is written is then found."""
    from artifact import Library
    from data import draw_case
    from devices import Cpu, Cuda
    from runs import Failure, Run, compare, run

    library = Library(path)
    case = draw_case(library, 1, steps, batch, "normal")
    expected = run(Cpu(), library, case)
    made = Run(Cuda(is_poisoned=False), library, case)
    made.queue()
    try:
        result = made.read_outputs()
        if path.parent.name != "bounded":
            compare(library, result, expected, path.stem)
    except Failure as failure:
        print(failure)
        return WRONG
    print("it ran")
    return 0


def find_tool() -> str | None:
    folders = (os.environ.get("CUDA_HOME", ""), "/usr/local/cuda")
    return shutil.which("compute-sanitizer") or next(
        (str(path) for folder in folders
         if (path := Path(folder, "bin/compute-sanitizer")).exists()), None)  # fmt: skip


def check(sanitizer: str, tool: str, case: tuple, options: argparse.Namespace) -> tuple[str, str]:
    """PASSED, FAILED or SKIPPED, and why."""
    _, name, steps, batch = case
    path = options.artifacts / f"{name}.so"
    if not path.exists():
        return "FAILED", f"there is no {path}"
    command = [sanitizer, f"--tool={tool}", f"--error-exitcode={FOUND}", sys.executable,
               str(Path(__file__).resolve()), "--case", str(path), str(steps),
               str(batch)]  # fmt: skip
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=options.timeout)
    except subprocess.TimeoutExpired:
        return "SKIPPED", f"not done after {options.timeout:.0f} s"
    lines = [line for line in result.stdout.splitlines() if line.strip("= ")]
    summary = next((line for line in lines if re.search(r"(ERROR|RACECHECK) SUMMARY", line)), "")
    if result.returncode == 0 and "it ran" in result.stdout and summary:
        return "PASSED", summary.strip("= ")
    complains = re.search(r"not supported|Failed to|Unable to", result.stdout)
    if complains and "it ran" not in result.stdout:
        return "SKIPPED", "the tool does not work here: " + " / ".join(lines[:2])[:200]
    last = result.stderr.strip().splitlines()[-1:]
    return "FAILED", " / ".join([f"exit {result.returncode}", *lines[1:6], *last])[:600]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--artifacts", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=6)
    parser.add_argument("--timeout", type=float, default=120)
    parser.add_argument("--case", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        return run_case(Path(options.case[0]), int(options.case[1]), int(options.case[2]))
    sanitizer = find_tool()
    test = "from driver import Gpu; Gpu()"
    has_gpu = subprocess.run([sys.executable, "-c", test], cwd=Path(__file__).parent,
                             stderr=subprocess.DEVNULL).returncode == 0  # fmt: skip
    todo = [(tool, case) for tool in TOOLS for case in CASES
            if re.search(options.only, f"{tool} {case[0]}")]  # fmt: skip
    if not has_gpu or not sanitizer:
        what = "compute-sanitizer" if has_gpu else "GPU"
        print(f"SKIPPED: there is no {what} here\nPASSED 0 FAILED 0 SKIPPED {len(todo)}")
        return SKIPPED
    counts = dict.fromkeys(("PASSED", "FAILED", "SKIPPED"), 0)
    with ThreadPoolExecutor(options.jobs) as pool:
        results = pool.map(lambda item: check(sanitizer, *item, options), todo)
        for (tool, case), (verdict, why) in zip(todo, results):
            counts[verdict] += 1
            print(f"{verdict} {tool} {case[0]}: {why}", flush=True)
    print(" ".join(f"{verdict} {count}" for verdict, count in counts.items()))
    return 1 if counts["FAILED"] or not counts["PASSED"] else 0


if __name__ == "__main__":
    sys.exit(main())
