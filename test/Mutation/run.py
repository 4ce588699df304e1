# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Puts each seeded bug of bugs.toml into a copy of the sources, and shows that
snn-smith finds it, or, where a bug names one, a test of test/Integration/CPU.

A bug counts as caught where compiled code computes something else than the
reference: to fail to build, to compile or to run is not enough. The sources
that are changed are a copy; what it is built with is taken from a build that
tools/setup made. Usage:

  run.py [--only NAME]... [--modules N] [--seed S] [--jobs N]
         [--build DIR] [--like DIR]
  run.py --check

RUN: %python %s --check
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# The folders that snn-smith is built from, and what a copy is configured with.
PARTS = ("CMakeLists.txt", "cmake", "include", "lib", "python", "test", "tools")
SETTINGS = (
    "CMAKE_BUILD_TYPE", "CMAKE_C_COMPILER", "CMAKE_C_COMPILER_LAUNCHER",
    "CMAKE_CXX_COMPILER", "CMAKE_CXX_COMPILER_LAUNCHER",
    "CMAKE_CXX_FLAGS_RELEASE", "LLVM_USE_LINKER", "MLIR_DIR", "SNN_PYTHON",
)  # fmt: skip
DIFFERS = "compiled code and reference differ"


class Failure(Exception):
    """What keeps a bug from being checked."""


@dataclass
class Bug:
    """A change of one place of one file."""

    name: str
    what: str
    file: str
    old: str
    new: str
    # What finds it instead of snn-smith: a file of test/Integration/CPU, or a
    # program of the tests, which is run with the folder of the models.
    test: str = ""
    # Of the models of snn-smith.
    numerics: str = "exact"

    def apply(self, text: str) -> str:
        count = text.count(self.old)
        if count != 1:
            raise Failure(f"{self.name}: expected the old text once in "
                          f"{self.file}, but got it {count} times")  # fmt: skip
        return text.replace(self.old, self.new)


def read_bugs() -> list[Bug]:
    table = tomllib.loads((HERE / "bugs.toml").read_text())
    bugs = [Bug(**entry) for entry in table["bug"]]
    names = [bug.name for bug in bugs]
    for name in names:
        if names.count(name) != 1:
            raise Failure(f"{name}: expected one bug of this name")
    return bugs


def check(bugs: list[Bug]) -> None:
    """Every bug fits into the sources, and changes them."""
    for bug in bugs:
        text = (ROOT / bug.file).read_text()
        if bug.apply(text) == text:
            raise Failure(f"{bug.name}: expected new text, but got the old one")


class Copy:
    """A copy of the sources, and its build."""

    def __init__(self, folder: Path, like: Path, jobs: int) -> None:
        self.source, self.build = folder / "source", folder / "build"
        self.jobs = jobs
        for part in PARTS:
            for path in self.find_files(ROOT / part):
                self.update(path.relative_to(ROOT), path.read_bytes())
        if not (self.build / "build.ninja").exists():
            self.configure(like)
        output = self.make()
        if output:
            raise Failure(f"expected sources that build, but got\n{output}")

    @staticmethod
    def find_files(path: Path) -> Iterator[Path]:
        paths = path.rglob("*") if path.is_dir() else [path]
        return (p for p in paths if p.is_file() and p.suffix != ".pyc")

    def update(self, file: Path, data: bytes) -> None:
        """Writes a file only where it differs: its time decides what is built."""
        path = self.source / file
        if path.exists() and path.read_bytes() == data:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        shutil.copymode(ROOT / file, path)

    def configure(self, like: Path) -> None:
        cache = like / "CMakeCache.txt"
        if not cache.exists():
            raise Failure(f"expected a build in {like}; tools/setup makes one")
        entries = re.findall(r"^(\w+):\w+=(.+)$", cache.read_text(), re.M)
        options = [f"-D{name}={value}" for name, value in entries
                   if name in SETTINGS]  # fmt: skip
        command = ["cmake", "-G", "Ninja", "-S", self.source, "-B", self.build]
        done = subprocess.run([*command, *options], capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure(done.stdout + done.stderr)

    def make(self, *targets: str) -> str:
        """Builds snn-smith or targets; the messages where they do not build."""
        # What a precompiled header needs to be found again by ccache.
        variables = {**os.environ, "CCACHE_SLOPPINESS": "pch_defines,time_macros"}
        done = subprocess.run(
            ["ninja", "-C", self.build, f"-j{self.jobs}", *(targets or ["snn-smith"])],
            capture_output=True, text=True, env=variables)  # fmt: skip
        return done.stdout + done.stderr if done.returncode else ""

    def smith(self, modules: int, seed: int, numerics: str) -> str:
        command = [self.build / "bin" / "snn-smith", f"--modules={modules}",
                   f"--seed={seed}", f"--jobs={self.jobs}", "--stop",
                   f"--numerics={numerics}"]  # fmt: skip
        try:
            # Far more than it takes; a bug may make a loop endless.
            done = subprocess.run(command, capture_output=True, text=True,
                                  timeout=60 + 5 * modules)  # fmt: skip
        except subprocess.TimeoutExpired:
            return "snn-smith did not end"
        return done.stdout + done.stderr

    def test(self, name: str) -> str:
        """What a test says that compares, where it fails; else nothing."""
        tests = self.source / "test" / "Integration"
        done = subprocess.run(
            [sys.executable, tests / "CPU" / name, self.build / "bin" / "snnc",
             self.build / "mutation-test"], capture_output=True, text=True,
            env={**os.environ, "PYTHONPATH": str(tests)})  # fmt: skip
        return (done.stdout + done.stderr) if done.returncode else ""

    def run_program(self, name: str) -> tuple[str, str]:
        """The verdict of a program that runs with the bug, and what it writes."""
        command = [self.build / "test" / "bin" / name, self.source / "test" / "Models"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=600)
        except subprocess.TimeoutExpired:
            return "DOES NOT COUNT", f"{name} did not end"
        if done.returncode == 0:
            return f"SURVIVED {name}", ""
        if done.returncode == 1 and "failed: " in done.stdout:
            return f"caught by {name}", ""
        return "DOES NOT COUNT", done.stdout + done.stderr


def hunt_program(copy: Copy, bug: Bug) -> tuple[str, str]:
    """The verdict of the bug's program, and what to show."""
    output = copy.make(bug.test)
    return ("DOES NOT BUILD", output) if output else copy.run_program(bug.test)


def hunt_test(copy: Copy, bug: Bug) -> tuple[str, str]:
    """The verdict of the bug's test, and what to show."""
    output = copy.make("snnc", "snn-interp", "snn-opt")
    if output:
        return "DOES NOT BUILD", output
    output = copy.test(bug.test)
    if not output:
        return f"SURVIVED {bug.test}", ""
    if not re.search(r"values differ|bounds$", output, re.M):
        return "DOES NOT COUNT", output
    return f"caught by {bug.test}", ""


def hunt_smith(copy: Copy, bug: Bug, modules: int, seed: int) -> tuple[str, str]:
    """The verdict of snn-smith, and what to show."""
    output = copy.make()
    if output:
        return "DOES NOT BUILD", output
    output = copy.smith(modules, seed, bug.numerics)
    found = re.search(r"^(\d+) modules, (\d+) mismatches$", output, re.M)
    if not found or (found[2] != "0" and DIFFERS not in output):
        return "DOES NOT COUNT", output
    if found[2] == "0":
        return f"SURVIVED {modules} modules", ""
    return f"caught after {found[1]} modules", ""


def hunt(copy: Copy, bug: Bug, modules: int, seed: int) -> bool:
    """Builds the copy with the bug, and says whether it was caught."""
    clean = (ROOT / bug.file).read_text()
    start = time.monotonic()
    copy.update(Path(bug.file), bug.apply(clean).encode())
    try:
        if bug.test.endswith(".py"):
            verdict, output = hunt_test(copy, bug)
        elif bug.test:
            verdict, output = hunt_program(copy, bug)
        else:
            verdict, output = hunt_smith(copy, bug, modules, seed)
    finally:
        copy.update(Path(bug.file), clean.encode())
    print(f"{bug.name} {verdict} ({time.monotonic() - start:.0f} s)", flush=True)
    if output:
        print(output, file=sys.stderr)
    return verdict.startswith("caught")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--only", action="append", metavar="NAME",
                        help="check this bug only")  # fmt: skip
    parser.add_argument("--modules", type=int, default=300,
                        help="models to try at most (default 300)")  # fmt: skip
    parser.add_argument("--seed", type=int, default=1, help="of the models")
    parser.add_argument("--jobs", type=int, default=2, help="processes to use")
    parser.add_argument("--build", type=Path, default=ROOT / "build-mutation",
                        help="where the copy and its build are")  # fmt: skip
    parser.add_argument("--like", type=Path, default=ROOT / "build",
                        help="a build with the settings to use")  # fmt: skip
    parser.add_argument("--check", action="store_true",
                        help="only check that every bug fits")  # fmt: skip
    options = parser.parse_args()
    try:
        bugs = read_bugs()
        check(bugs)
        if options.check:
            return 0
        unknown = set(options.only or []) - {bug.name for bug in bugs}
        if unknown:
            raise Failure(f"expected bugs of the list, but got {sorted(unknown)}")
        bugs = [b for b in bugs if not options.only or b.name in options.only]
        copy = Copy(options.build.resolve(), options.like, options.jobs)
        clean = min(options.modules, 50)
        if any(DIFFERS in copy.smith(clean, options.seed, numerics)
               for numerics in {bug.numerics for bug in bugs}):  # fmt: skip
            raise Failure("expected no mismatch without a bug")
        caught = sum([hunt(copy, bug, options.modules, options.seed) for bug in bugs])
    except Failure as failure:
        print(f"run.py: {failure}", file=sys.stderr)
        return 1
    print(f"{len(bugs)} seeded bugs, {caught} caught")
    return 0 if caught == len(bugs) else 1


if __name__ == "__main__":
    sys.exit(main())
