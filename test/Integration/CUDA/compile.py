#!/usr/bin/env python3
# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles the models that run.py runs on a machine with a GPU and no compiler.

    compile.py --out DIR [--parts "library shapes random bounded"] [--models 300]
               [--bounded 60] [--seed 0] [--jobs 2] [--bin BUILD/bin]
               [--target x86-64-v3,cuda:sm_90] [--pack FILE.tar.xz]

DIR gets a library, `exact/NAME.so`, for each model of test/Models; models of one
kernel each (shapes.py); random models that snn-smith writes, with data and what the
reference makes of them; and models with --numerics=bounded, which verify.py judges
after the run. With --parts, DIR keeps what it has of the others; with --resume, what is
compiled already; --minutes ends early. Random models that take the compiler longer than
--most seconds are left away. Prints what did not compile, and exits with 1 then.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from artifact import DTYPES
from shapes import Shape, list_shapes

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
MODELS = ROOT / "test/Models"
# Weights of the demos, with which their layers fire.
WEIGHTS = {"fashion": ROOT / "python/examples/fashion.safetensors",
           "fashion_src": ROOT / "python/examples/fashion_src.safetensors"}  # fmt: skip
# Models with sums, scans and convolutions whose order a GPU may choose.
BOUNDED = ("analog", "conv2d", "cuba_lif", "li", "linear", "lif", "refractory", "resonator",
           "src", "sliding_psn", "fashion", "fashion_src", "Literature/sliding_psn",
           "Literature/psn", "Literature/pmsn", "Literature/s5_rf",
           "Literature/prf", "Literature/p_spikessm", "Literature/pssm_real",
           "Literature/frssm_complex_event", "Literature/frssm_real_window",
           "Literature/rsnn", "Literature/src_snn", "Recurrent/src_smnist",
           "Recurrent/rsnn", "Recurrent/dcls", "Recurrent/tc_lif")  # fmt: skip

# Data of a random model: as much for several runs, and for one.
FEW_BYTES, MANY_BYTES = 150_000, 500_000
# Parts, and their folders.
PARTS = {"library": ("exact",), "shapes": ("shapes",), "random": ("random",),
         "bounded": ("bounded", "random-bounded")}  # fmt: skip


def list_library() -> list[str]:
    names = [str(path.relative_to(MODELS).with_suffix("")) for path in MODELS.rglob("*.mlir")]
    return sorted(names)


def drop_runs(path: Path) -> bool:
    """Leaves away runs of a random model with much data, the largest first; false
    if even the smallest has too much."""
    spec, data = json.loads(path.read_text()), path.with_suffix(".bin").read_bytes()

    def measure(values: list[dict], shapes: list[list[int]]) -> int:
        return sum(DTYPES[value["type"]].itemsize * math.prod(shape)
                   for value, shape in zip(values, shapes, strict=True))  # fmt: skip

    params = [a for a in spec["arguments"] if a["kind"] == "param"]
    others = [a for a in spec["arguments"] if a["kind"] != "param"] + spec["results"]
    place = measure(params, [a["shape"] for a in params])
    pieces, kept = [], data[:place]
    for run in spec["runs"]:
        size = measure(others, run["shapes"])
        pieces.append((size, run, data[place : place + size]))
        place += size
    spec["runs"] = []
    for size, run, piece in sorted(pieces, key=lambda p: p[0]):
        if spec["runs"] and len(kept) + size > FEW_BYTES:
            break
        spec["runs"].append(run)
        kept += piece
    path.write_text(json.dumps(spec))
    path.with_suffix(".bin").write_bytes(kept)
    return len(kept) <= MANY_BYTES


class TooLong(Exception):
    """It is not worth the time here."""


def list_entry(library: str, **more: object) -> dict:
    """The line of a library in the index."""
    folder, _, name = library.removesuffix(".so").partition("/")
    is_bounded = folder in PARTS["bounded"]
    kind = {"exact": "library", "bounded": "library", "shapes": "shapes"}.get(folder, "random")
    return {"name": name if folder == "exact" else f"{folder}/{name}", "kind": kind,
            "numerics": "bounded" if is_bounded else "exact", "library": library,
            **more}  # fmt: skip


class Compiler:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.out, self.bin = options, options.out, options.bin
        self.deadline = time.monotonic() + 60 * options.minutes

    def execute(self, *command: object, seconds: int = 0) -> None:
        limit = f"ulimit -t {seconds}; " if seconds else ""
        words = ["bash", "-c", f'{limit}exec "$@"', "-", *map(str, command)]
        result = subprocess.run(words, capture_output=True, text=True)
        if seconds and result.returncode in (-signal.SIGKILL, -signal.SIGXCPU):
            raise TooLong(f"more than {seconds} s")
        if result.returncode:
            last = (result.stderr.strip() or f"exit {result.returncode}").splitlines()
            raise RuntimeError(" / ".join(last[:3]))

    def compile(self, source: Path, library: str, *flags: object, seconds: int = 0) -> None:
        output = self.out / library
        if self.options.resume and output.exists():
            return
        if time.monotonic() > self.deadline:
            raise TooLong(f"not begun after {self.options.minutes:g} min")
        output.parent.mkdir(parents=True, exist_ok=True)
        made = output.with_suffix(".part.so")
        self.execute(self.bin / "snnc", source, "-o", made, "--emit=shared",
                     *(f"--target={target}" for target in self.options.target.split(",")),
                     *flags, seconds=seconds)  # fmt: skip
        self.execute("strip", made)
        made.rename(output)

    def compile_library(self, name: str, numerics: str) -> dict:
        source = MODELS / f"{name}.mlir"
        library = f"{numerics}/{name}.so"
        flags: list[object] = [f"--numerics={numerics}"]
        if name in WEIGHTS:
            flags.append(f"--weights=embed:{WEIGHTS[name]}")
        if numerics == "bounded":
            flags.append("--record=all")
            named = self.out / "bounded" / f"{name}.mlir"
            named.parent.mkdir(parents=True, exist_ok=True)
            named.write_bytes(subprocess.run(
                [str(self.bin / "snn-verify"), "--name-layers", str(source)],
                check=True, capture_output=True).stdout)  # fmt: skip
            source = named
        self.compile(source, library, *flags)
        return list_entry(library, cases=9)

    def compile_shape(self, shape: Shape) -> dict:
        source = self.out / "shapes" / f"{shape.name}.mlir"
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(shape.text)
        library = f"shapes/{shape.name}.so"
        self.compile(source, library, "--numerics=exact", *shape.flags)
        return list_entry(library, sizes=shape.sizes)

    def compile_program(self, name: str) -> None:
        output = self.out / "program" / name
        output.parent.mkdir(parents=True, exist_ok=True)
        targets = self.options.target.split(",")
        self.execute(self.bin / "snnc", MODELS / f"{name}.mlir", "-o", output, "--emit=exe",
                     "--numerics=exact", *(f"--target={target}" for target in targets))  # fmt: skip
        self.execute("strip", output)

    def compile_random(self, path: Path) -> dict:
        spec = json.loads(path.with_suffix(".json").read_text())
        flags: list[object] = [f"--numerics={spec['numerics']}", f"--strategy={spec['strategy']}",
                               f"--chunk-steps={spec['chunk_steps']}"]  # fmt: skip
        if not spec["optimize"]:
            flags.append("--no-optimize")
        if spec["is_replayed"]:
            flags.append("--record=all")
        library = str(path.with_suffix(".so").relative_to(self.out))
        self.compile(path.with_suffix(".mlir"), library, *flags, seconds=self.options.most)
        return list_entry(library, is_exact=not spec["is_replayed"])

    def write_random(self, numerics: str, count: int, seed: int, jobs: int) -> list[Path]:
        """The first `count` whose data are not too large to be carried."""
        folder = self.out / ("random" if numerics == "exact" else "random-bounded")
        folder.mkdir(parents=True, exist_ok=True)
        if count and not (self.options.resume and any(folder.glob("*.json"))):
            self.execute(self.bin / "snn-smith", f"--write={folder}", f"--jobs={jobs}",
                         f"--modules={count + count // 8 + 1}", f"--seed={seed}",
                         f"--numerics={numerics}")  # fmt: skip
        paths = sorted(folder.glob("*.json"), key=lambda path: int(path.stem))
        kept = [path for path in paths if drop_runs(path)][:count]
        for path in set(paths) - set(kept):
            for suffix in (".json", ".bin", ".mlir"):
                path.with_suffix(suffix).unlink()
        return kept


Task = tuple[str, Callable[[], dict]]


def list_tasks(options: argparse.Namespace, compiler: Compiler, part: str) -> list[Task]:
    """What is to be compiled of a part, by name."""
    for folder in PARTS[part] if not options.resume else ():
        shutil.rmtree(options.out / folder, ignore_errors=True)
    library = [name for name in list_library() if re.search(options.library, name)]
    numerics = "bounded" if part == "bounded" else "exact"
    tasks: list[Task] = []
    if part == "library":
        tasks += [(name, lambda n=name: compiler.compile_library(n, numerics))
                  for name in library]  # fmt: skip
    elif part == "bounded" and options.bounded:
        tasks += [(f"bounded/{name}", lambda n=name: compiler.compile_library(n, numerics))
                  for name in BOUNDED if name in library]  # fmt: skip
    if part == "shapes":
        tasks += [(shape.name, lambda s=shape: compiler.compile_shape(s))
                  for shape in list_shapes(options.seed)]  # fmt: skip
    if part in ("random", "bounded"):
        count = options.bounded if part == "bounded" else options.models
        tasks += [(str(path), lambda p=path: compiler.compile_random(p)) for path in
                  compiler.write_random(numerics, count, options.seed, options.jobs)]  # fmt: skip
    return tasks


def compile_all(options: argparse.Namespace) -> tuple[list[dict], list[str], int]:
    """The entries of the index, what failed, and how many are left away."""
    compiler = Compiler(options)
    if "library" in options.parts and re.search(options.library, "lif"):
        compiler.compile_program("lif")  # which the checks of the interface run
    tasks = [task for part in options.parts for task in list_tasks(options, compiler, part)]
    entries, failures, left = [], [], 0
    with ThreadPoolExecutor(options.jobs) as pool:
        futures = [(name, pool.submit(make)) for name, make in tasks]
        for name, future in futures:
            try:
                entries.append(future.result())
            except TooLong as reason:
                left += 1
                print(f"left away: {name}: {reason}", flush=True)
            except (RuntimeError, subprocess.CalledProcessError) as error:
                failures.append(f"{name}: {error}")
                print(f"FAILED {name}: {error}", flush=True)
    return entries, failures, left


def read_kept(options: argparse.Namespace) -> list[dict]:
    """The entries of parts that are not compiled again."""
    path = options.out / "index.json"
    made = {folder for part in options.parts for folder in PARTS[part]}
    entries = json.loads(path.read_text())["models"] if path.exists() else []
    return [entry for entry in entries if entry["library"].split("/")[0] not in made]


def pack(folder: Path, archive: Path) -> None:
    """Libraries of one runtime are alike, which a long window of xz sees."""
    with tarfile.open(archive, "w:xz", preset=6) as tar:
        for path in sorted(folder.rglob("*"), key=lambda p: (p.suffix, p)):
            if path.is_file():
                tar.add(path, path.relative_to(folder.parent))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--parts", type=str.split, default=list(PARTS),
                        help=f"some of {' '.join(PARTS)}")  # fmt: skip
    parser.add_argument("--resume", action="store_true", help="go on where it was ended")
    parser.add_argument("--minutes", type=float, default=1e9, help="begin nothing later")
    parser.add_argument("--most", type=int, default=30, help="seconds of a random model")
    parser.add_argument("--models", type=int, default=300, help="random ones, exact")
    parser.add_argument("--bounded", type=int, default=60, help="random ones, bounded")
    parser.add_argument("--library", default="", help="only models with such names")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--bin", type=Path, default=ROOT / "build/bin")
    parser.add_argument("--target", default="x86-64-v3,cuda:sm_90")
    parser.add_argument("--pack", type=Path, help="an archive of all")
    options = parser.parse_args()
    options.out = options.out.resolve()
    if set(options.parts) == set(PARTS) and not options.resume:
        shutil.rmtree(options.out, ignore_errors=True)
    options.out.mkdir(parents=True, exist_ok=True)
    entries, failures, left = compile_all(options)
    print(f"{len(entries)} models compiled, {len(failures)} not, {left} left away")
    entries = read_kept(options) + entries
    (options.out / "index.json").write_text(json.dumps({"models": entries}, indent=0))
    size = sum(path.stat().st_size for path in options.out.rglob("*") if path.is_file())
    print(f"{options.out}: {len(entries)} models, {size / 1e6:.1f} MB")
    if options.pack:
        pack(options.out, options.pack)
        print(f"{options.pack}: {options.pack.stat().st_size / 1e6:.1f} MB")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
