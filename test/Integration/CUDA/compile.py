#!/usr/bin/env python3
# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles the models that run.py runs on a machine with a GPU and no compiler.

    compile.py --out DIR [--models 300] [--bounded 60] [--seed 0] [--jobs 2]
               [--bin BUILD/bin] [--target x86-64-v3,cuda:sm_90] [--pack FILE.tar.xz]

DIR gets a library, `exact/NAME.so`, for each model of test/Models; random models
that snn-smith writes, with data and what the reference makes of them; and models
with --numerics=bounded, which verify.py judges after the run. Prints what did not
compile, and exits with 1 then.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import shutil
import subprocess
import sys
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from artifact import DTYPES

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


class Compiler:
    def __init__(self, options: argparse.Namespace) -> None:
        self.out, self.bin, self.target = options.out, options.bin, options.target

    def execute(self, *command: object) -> None:
        result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        if result.returncode:
            last = (result.stderr.strip() or f"exit {result.returncode}").splitlines()
            raise RuntimeError(" / ".join(last[:3]))

    def compile(self, source: Path, output: Path, *flags: object) -> None:
        output.parent.mkdir(parents=True, exist_ok=True)
        self.execute(self.bin / "snnc", source, "-o", output, "--emit=shared",
                     *(f"--target={target}" for target in self.target.split(",")),
                     *flags)  # fmt: skip
        self.execute("strip", output)

    def compile_library(self, name: str, numerics: str) -> dict:
        source = MODELS / f"{name}.mlir"
        folder = "exact" if numerics == "exact" else "bounded"
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
        self.compile(source, self.out / folder / f"{name}.so", *flags)
        return {"name": name if numerics == "exact" else f"bounded/{name}",
                "kind": "library", "numerics": numerics, "cases": 9,
                "library": f"{folder}/{name}.so"}  # fmt: skip

    def compile_program(self, name: str) -> None:
        output = self.out / "program" / name
        output.parent.mkdir(parents=True, exist_ok=True)
        self.execute(self.bin / "snnc", MODELS / f"{name}.mlir", "-o", output, "--emit=exe",
                     "--numerics=exact",
                     *(f"--target={target}" for target in self.target.split(",")))  # fmt: skip
        self.execute("strip", output)

    def compile_random(self, path: Path) -> dict:
        spec = json.loads(path.with_suffix(".json").read_text())
        flags: list[object] = [f"--numerics={spec['numerics']}", f"--strategy={spec['strategy']}",
                               f"--chunk-steps={spec['chunk_steps']}"]  # fmt: skip
        if not spec["optimize"]:
            flags.append("--no-optimize")
        if spec["is_replayed"]:
            flags.append("--record=all")
        self.compile(path.with_suffix(".mlir"), path.with_suffix(".so"), *flags)
        name = str(path.relative_to(self.out).with_suffix(""))
        return {"name": name, "kind": "random", "numerics": spec["numerics"],
                "is_exact": not spec["is_replayed"], "library": f"{name}.so"}  # fmt: skip

    def write_random(self, numerics: str, count: int, seed: int, jobs: int) -> list[Path]:
        """The first `count` whose data are not too large to be carried."""
        folder = self.out / ("random" if numerics == "exact" else "random-bounded")
        folder.mkdir(parents=True)
        if count:
            self.execute(self.bin / "snn-smith", f"--write={folder}", f"--jobs={jobs}",
                         f"--modules={count + count // 8 + 1}", f"--seed={seed}",
                         f"--numerics={numerics}")  # fmt: skip
        paths = sorted(folder.glob("*.json"), key=lambda path: int(path.stem))
        kept = [path for path in paths if drop_runs(path)][:count]
        for path in set(paths) - set(kept):
            for suffix in (".json", ".bin", ".mlir"):
                path.with_suffix(suffix).unlink()
        return kept


def compile_all(options: argparse.Namespace) -> tuple[list[dict], list[str]]:
    compiler = Compiler(options)
    library = [name for name in list_library() if re.search(options.library, name)]
    tasks = [(name, lambda n=name: compiler.compile_library(n, "exact")) for name in library]
    tasks += [(f"bounded/{name}", lambda n=name: compiler.compile_library(n, "bounded"))
              for name in BOUNDED if options.bounded and name in library]
    for numerics, count in (("exact", options.models), ("bounded", options.bounded)):
        tasks += [(str(path), lambda p=path: compiler.compile_random(p)) for path in
                  compiler.write_random(numerics, count, options.seed, options.jobs)]  # fmt: skip
    entries, failures = [], []
    if "lif" in library:  # a program that the checks of the interface run
        compiler.compile_program("lif")
    with ThreadPoolExecutor(options.jobs) as pool:
        futures = [(name, pool.submit(make)) for name, make in tasks]
        for name, future in futures:
            try:
                entries.append(future.result())
            except (RuntimeError, subprocess.CalledProcessError) as error:
                failures.append(f"{name}: {error}")
                print(f"FAILED {name}: {error}", flush=True)
    return entries, failures


def pack(folder: Path, archive: Path) -> None:
    """Libraries of one runtime are alike, which a long window of xz sees."""
    with tarfile.open(archive, "w:xz", preset=6) as tar:
        for path in sorted(folder.rglob("*"), key=lambda p: (p.suffix, p)):
            if path.is_file():
                tar.add(path, path.relative_to(folder.parent))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
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
    shutil.rmtree(options.out, ignore_errors=True)
    options.out.mkdir(parents=True)
    entries, failures = compile_all(options)
    (options.out / "index.json").write_text(json.dumps({"models": entries}, indent=0))
    size = sum(path.stat().st_size for path in options.out.rglob("*") if path.is_file())
    print(f"{len(entries)} models compiled, {len(failures)} not; {size / 1e6:.1f} MB")
    if options.pack:
        pack(options.out, options.pack)
        print(f"{options.pack}: {options.pack.stat().st_size / 1e6:.1f} MB")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
