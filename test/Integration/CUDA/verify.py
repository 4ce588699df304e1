#!/usr/bin/env python3
# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Judges the bounded runs that run.py has recorded on a GPU, where the compiler is.

    verify.py --artifacts DIR --recorded FILE.zip [--bin BUILD/bin]

Each run is replayed in f64 on its own spikes (snn-verify): all spikes must be those
that the potentials say, but for potentials that rounding may put on either side.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from artifact import Library, Tensor
from compile import ROOT, WEIGHTS

SAFETENSORS = {"i1": "BOOL", "i8": "I8", "i16": "I16", "i32": "I32", "i64": "I64",
               "f16": "F16", "bf16": "BF16", "f32": "F32", "f64": "F64"}  # fmt: skip


def save(path: Path, array: np.ndarray, kind: str) -> None:
    """An .npy file in the type of the model."""
    np.save(path, array.view({"i1": "?", "bf16": "V2"}.get(kind, array.dtype)))


def write_safetensors(path: Path, tensors: list[tuple[Tensor, np.ndarray]]) -> None:
    header, data = {}, b""
    for tensor, array in tensors:
        begin = len(data)
        data += np.ascontiguousarray(array).tobytes()
        header[tensor.name] = {"dtype": SAFETENSORS[tensor.kind], "shape": list(array.shape),
                               "data_offsets": [begin, len(data)]}  # fmt: skip
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def verify(options: argparse.Namespace, entry: dict, arrays: dict[str, np.ndarray],
           folder: Path) -> str:  # fmt: skip
    """What snn-verify says of a run, or a RuntimeError."""
    path = options.artifacts / entry["library"]
    library = Library(path)
    command: list[object] = [options.bin / "snn-verify", path.with_suffix(".mlir"), path,
                             f"--outputs={folder}"]  # fmt: skip
    for i, tensor in enumerate(library.inputs):
        save(folder / f"input{i}.npy", arrays[f"input{i}"], tensor.kind)
        command += ["--input", f"{tensor.name}={folder / f'input{i}.npy'}"]
    for i, tensor in enumerate(library.outputs):
        save(folder / f"{i}.npy", arrays[f"output{i}"], tensor.kind)
    given = [(tensor, arrays[f"param{i}"]) for i, tensor in enumerate(library.params)
             if f"param{i}" in arrays]  # fmt: skip
    name = entry["name"].removeprefix("bounded/")
    if name in WEIGHTS:
        command.append(f"--weights=embed:{WEIGHTS[name]}")
    elif given:
        write_safetensors(folder / "weights.safetensors", given)
        command.append(f"--weights=embed:{folder / 'weights.safetensors'}")
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if result.returncode:
        raise RuntimeError(f"exit {result.returncode}: {(result.stdout + result.stderr).strip()}")
    return result.stdout.strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--artifacts", type=Path, required=True)
    parser.add_argument("--recorded", type=Path, required=True)
    parser.add_argument("--bin", type=Path, default=ROOT / "build/bin")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    index = json.loads((options.artifacts / "index.json").read_text())["models"]
    entries = [entry for entry in index
               if entry["numerics"] == "bounded" and not entry.get("is_exact")]
    failed, levels, points, band = 0, {}, 0, 0
    with zipfile.ZipFile(options.recorded) as archive, tempfile.TemporaryDirectory() as scratch:

        def judge(entry: dict) -> str:
            member = f"{entry['name'].replace('/', '+')}.npz"
            with archive.open(member) as file:
                arrays = dict(np.load(file))
            folder = Path(scratch) / member
            folder.mkdir()
            return verify(options, entry, arrays, folder)

        with ThreadPoolExecutor(options.jobs) as pool:
            futures = [(entry["name"], pool.submit(judge, entry)) for entry in entries]
        for name, future in futures:
            try:
                text = future.result()
            except (RuntimeError, KeyError) as error:
                failed += 1
                print(f"FAILED {name}: {str(error)[:600]}")
                continue
            levels[text[:2]] = levels.get(text[:2], 0) + 1
            if match := re.search(r"(\d+) of (\d+) points in the band", text):
                band, points = band + int(match[1]), points + int(match[2])
    print("levels:", ", ".join(f"{level} {count}" for level, count in sorted(levels.items())))
    print(f"{band} of {points} points in the band")
    print(f"PASSED {len(entries) - failed} FAILED {failed} SKIPPED 0")
    return 1 if failed or not entries else 0


if __name__ == "__main__":
    sys.exit(main())
