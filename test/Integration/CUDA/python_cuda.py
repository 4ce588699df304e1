#!/usr/bin/env python3
# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calls models on a GPU from Python: with PyTorch, CuPy and JAX, where they are.

    python3 python_cuda.py --artifacts DIR --compile BUILD/bin/snnc   # any machine
    PYTHONPATH=python python3 python_cuda.py --artifacts DIR          # one with a GPU

The first compiles what python_models.txt lists. The second prints a line for each
check, and then PASSED n, FAILED m, SKIPPED k; it exits with 0, with 1 if something
failed, or with 77 if there is no GPU, or no framework that uses it. The expected bits
are those of the same library on the CPU.

Here, all is compiled and loaded, and no GPU is seen:
RUN: rm -rf %t && %python %s --artifacts %t --compile snnc
RUN: not env CUDA_VISIBLE_DEVICES= PYTHONPATH=%src_root/python %python %s --artifacts %t \
RUN:   | FileCheck %s --check-prefix=NONE
NONE: SKIPPED: there is no GPU
"""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import python_arrays
import python_torch
from python_checks import CHECKS, Failure, Models

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
# They fill CHECKS.
PARTS = python_torch, python_arrays


def count_gpus() -> int:
    import snnc

    try:
        return int(Models.get("lif").count_gpus())
    except snnc.UsageError as error:
        print(error)
        return 0


def find_module(name: str) -> Any:
    """A framework that sees a GPU, or an ImportError."""
    module = importlib.import_module(name)
    if name == "torch" and not module.cuda.is_available():
        raise ImportError("torch sees no GPU")
    if name == "jax":
        try:
            module.local_devices(backend="gpu")
        except RuntimeError:
            raise ImportError("jax sees no GPU") from None
    return module


def run_checks(only: str) -> int:
    passed = failed = skipped = 0
    for name, framework, function in CHECKS:
        if only not in name:
            continue
        try:
            function(find_module(framework))
        except (ImportError, NotImplementedError) as error:
            print(f"SKIPPED {name}: {error}", flush=True)
            skipped += 1
        except Exception as error:
            print(f"FAILED {name}: {error}", flush=True)
            if not isinstance(error, Failure):
                traceback.print_exc()
            failed += 1
        else:
            print(f"PASSED {name}", flush=True)
            passed += 1
    print(f"PASSED {passed}, FAILED {failed}, SKIPPED {skipped}")
    return 1 if failed else 0 if passed else 77


def compile_models(snnc: str) -> None:
    """What python_models.txt lists."""
    Models.folder.mkdir(parents=True, exist_ok=True)
    for line in (HERE / "python_models.txt").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        name, model, *options = line.split()
        if model == "copy":
            shutil.copy(ROOT / options[0], Models.folder / name)
            continue
        if not any(option.startswith("--target") for option in options):
            options.append("--target=cuda:sm_90")
        command = [snnc, model, "-o", str(Models.folder / name), "--numerics=exact", *options]
        subprocess.run(command, check=True, cwd=ROOT)


def main() -> int:
    parser = argparse.ArgumentParser(description="Calls models on a GPU from Python.")
    parser.add_argument("--artifacts", type=Path, required=True, help="folder of libraries")
    parser.add_argument("--compile", metavar="SNNC", help="only compile them, with this program")
    parser.add_argument("--only", default="", help="checks with this in their name")
    options = parser.parse_args()
    Models.folder = options.artifacts.resolve()
    if options.compile:
        compile_models(str(Path(options.compile).resolve()))
        return 0
    # JAX would take most of the memory of the GPU at once.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    for path in sorted(Models.folder.glob("*.so")):
        Models.get(path.stem)
    if not count_gpus():
        print("SKIPPED: there is no GPU")
        return 77
    return run_checks(options.only)


if __name__ == "__main__":
    sys.exit(main())
