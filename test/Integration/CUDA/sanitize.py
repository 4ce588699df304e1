#!/usr/bin/env python3
# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs compute-sanitizer on one small case of each kind of kernel.

    sanitize.py --artifacts DIR [--only REGEX] [--jobs 8] [--timeout 120] [--limit 420]
                [--report FILE]

Prints PASSED n FAILED m SKIPPED k: where the tool itself does not work, or is not done
after --timeout seconds or all is not after --limit, its cases are skipped, and the line
says so. FILE gets all that the tool says. A case first runs without the tool: one that
is wrong or does not end then fails. Exits with 77 without a GPU or the tool.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SKIPPED, FOUND, WRONG = 77, 9, 8
TOOLS = ("memcheck", "racecheck", "initcheck", "synccheck")
# Kind of kernel, library, steps, batch. Sizes are no multiples of a warp.
# A name that ends with * is the first of such.
CASES = (("loop", "exact/lif", 37, 13), ("chunks", "exact/lif", 1500, 1),
         ("team", "shapes/chunks-1-*", 1025, 1), ("states", "shapes/adaptive-0-*", 129, 3),
         ("scan", "bounded/resonator", 1100, 2), ("exact scan", "shapes/scan-0-*", 300, 2),
         ("gate", "exact/refractory", 70, 5), ("taps", "shapes/convolution-0-*", 129, 2),
         ("product", "shapes/linear-0-*", 65, 3), ("feedback", "shapes/recurrent-0-*", 40, 2),
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


def execute(command: list[str], seconds: float) -> tuple[int | None, str, str]:
    """The exit code, none after so many seconds, and what is printed. All processes of
    the command end with it: the tool's own child would go on."""
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             errors="replace", start_new_session=True)  # fmt: skip
    try:
        output, errors = child.communicate(timeout=seconds)
        return child.returncode, output, errors
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        return None, *child.communicate()


class Sanitizer:
    """The cases of all tools; `report` gets what these say."""

    def __init__(self, program: str, options: argparse.Namespace) -> None:
        self.program, self.options = program, options
        self.deadline = time.monotonic() + options.limit
        self.report: list[str] = []

    def make_command(self, case: tuple) -> list[str]:
        _, name, steps, batch = case
        found = sorted(self.options.artifacts.glob(f"{name}.so"))
        path = found[0] if found else self.options.artifacts / f"{name}.so"
        return [sys.executable, str(Path(__file__).resolve()), "--case", str(path), str(steps),
                str(batch)]  # fmt: skip

    def run_plainly(self, case: tuple) -> str:
        """What is wrong with a case without the tool, or nothing."""
        code, output, errors = execute(self.make_command(case), self.options.timeout)
        if code == 0 and "it ran" in output:
            return ""
        text = " / ".join((output + errors).strip().splitlines()[-2:])
        return f"without the tool: {'no end' if code is None else f'exit {code}'}: {text}"[:600]

    def check(self, tool: str, case: tuple) -> tuple[str, str]:
        """PASSED, FAILED or SKIPPED, and why."""
        seconds = min(self.options.timeout, self.deadline - time.monotonic())
        if seconds < 5:
            return "SKIPPED", f"not begun after {self.options.limit:.0f} s of all"
        command = [self.program, f"--tool={tool}", f"--error-exitcode={FOUND}"]
        code, output, errors = execute([*command, *self.make_command(case)], seconds)
        self.report.append(f"==== {tool} {case[0]}: {code}\n{output}{errors}")
        if code is None:
            return "SKIPPED", f"not done after {seconds:.0f} s"
        lines = [line for line in output.splitlines() if line.strip("= ")]
        summary = next((line for line in lines
                        if re.search(r"(ERROR|RACECHECK) SUMMARY", line)), "")  # fmt: skip
        if code == 0 and "it ran" in output and summary:
            return "PASSED", summary.strip("= ")
        complains = re.search(r"not supported|Failed to|Unable to", output)
        if complains and "it ran" not in output:
            return "SKIPPED", "the tool does not work here: " + " / ".join(lines[:2])[:200]
        last = errors.strip().splitlines()[-1:]
        return "FAILED", " / ".join([f"exit {code}", *lines[1:6], *last])[:600]


def check_all(sanitizer: Sanitizer, todo: list[tuple]) -> dict[str, int]:
    counts = dict.fromkeys(("PASSED", "FAILED", "SKIPPED"), 0)
    cases = list(dict.fromkeys(case for _, case in todo))
    with ThreadPoolExecutor(sanitizer.options.jobs) as pool:
        wrong = dict(zip(cases, pool.map(sanitizer.run_plainly, cases)))
        for case, why in wrong.items():
            if why:
                counts["FAILED"] += 1
                print(f"FAILED {case[0]}: {why}", flush=True)
        todo = [item for item in todo if not wrong[item[1]]]
        for (tool, case), (verdict, why) in zip(
            todo, pool.map(lambda item: sanitizer.check(*item), todo)
        ):
            counts[verdict] += 1
            print(f"{verdict} {tool} {case[0]}: {why}", flush=True)
    return counts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--artifacts", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=8)
    parser.add_argument("--timeout", type=float, default=120)
    parser.add_argument("--limit", type=float, default=420, help="seconds of all")
    parser.add_argument("--report", type=Path, help="what the tool says, as text")
    parser.add_argument("--case", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        return run_case(Path(options.case[0]), int(options.case[1]), int(options.case[2]))
    program = find_tool()
    test = "from driver import Gpu; Gpu()"
    has_gpu = subprocess.run([sys.executable, "-c", test], cwd=Path(__file__).parent,
                             stderr=subprocess.DEVNULL).returncode == 0  # fmt: skip
    todo = [(tool, case) for tool in TOOLS for case in CASES
            if re.search(options.only, f"{tool} {case[0]}")]  # fmt: skip
    if not has_gpu or not program:
        what = "compute-sanitizer" if has_gpu else "GPU"
        print(f"SKIPPED: there is no {what} here\nPASSED 0 FAILED 0 SKIPPED {len(todo)}")
        return SKIPPED
    sanitizer = Sanitizer(program, options)
    counts = check_all(sanitizer, todo)
    if options.report:
        options.report.write_text("\n".join(sanitizer.report))
    print(" ".join(f"{verdict} {count}" for verdict, count in counts.items()))
    return 1 if counts["FAILED"] or not counts["PASSED"] else 0


if __name__ == "__main__":
    sys.exit(main())
