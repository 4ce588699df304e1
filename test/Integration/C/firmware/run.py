# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Builds main.c with the object of net.mlir for a target, without any library;
prints the bytes that it takes, and compares its spikes with the executable's.

    run.py SNNC FOLDER CC TARGET [EMULATOR]
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
from harness import Failure, execute, write_safetensors
from library import Library, compile_freestanding
from models import make

HERE = Path(__file__).parent
CC, TARGET, EMULATOR = sys.argv[3], sys.argv[4], sys.argv[5:]
ARCHITECTURE = "aarch64" if TARGET == "aarch64" else "x86_64"
NEEDED = {"memcpy", "memset", "memmove", "memcmp"}


def hash_spikes(spikes: np.ndarray) -> int:
    result = 14695981039346656037
    for spike in spikes.ravel():
        result = (result ^ int(spike)) * 1099511628211 % 2**64
    return result


def find_sizes(path: Path) -> dict[str, int]:
    """Bytes of sections, by what they are."""
    kinds = {"code": r"\.text", "constants": r"\.(?:l?rodata|data\.rel\.ro)",
             "variables": r"\.l?(?:data(?!\.rel\.ro)|bss|tbss|tdata)"}  # fmt: skip
    page = execute(["llvm-size-22", "-A", path])
    return {kind: sum(int(size) for size in re.findall(rf"^{name}\S* +(\d+)", page, re.M))
            for kind, name in kinds.items()}  # fmt: skip


def main() -> None:
    weights = {"fc1.weight": make(64, 16, scale=0.2, mean=0),
               "fc2.weight": make(8, 64, scale=0.2, mean=0)}  # fmt: skip
    x = [[[(t * 7 + i * 13) % 32 / 16 for i in range(16)]] for t in range(100)]
    library = Library((HERE / "net.mlir").read_text(), "net")
    write_safetensors(library.folder / "net.safetensors", weights)
    library.flags = (f"--weights=embed:{library.folder}/net.safetensors",)
    library.make("h", f"--target={TARGET}")  # the sizes are those of the target
    (spikes,) = library.run_executable({"x": np.array(x, np.float32)}, {})
    binary = library.make("o", f"--target={TARGET}")
    undefined = {line.split()[-1] for line in execute(["llvm-nm-22", "-u", binary]).splitlines()}
    if undefined - NEEDED:
        raise Failure(f"expected to need only {NEEDED}, but got {undefined}")
    program = compile_freestanding(CC, ARCHITECTURE, [HERE / "main.c", binary],
                                   library.folder / "firmware", "-O2")  # fmt: skip
    output = execute([*EMULATOR, program]).strip()
    if output != f"{hash_spikes(spikes):016x}" or not 0.01 < spikes.mean() < 0.6:
        raise Failure(f"expected {hash_spikes(spikes):016x}, but got {output}")
    header = (library.folder / "net.h").read_text()
    sizes = find_sizes(binary)
    for name in ("STATE", "STEP_WORKSPACE"):
        sizes[name.split("_")[-1].lower()] = int(re.search(rf"NET_{name}_BYTES (\d+)", header)[1])
    print(f"{TARGET}: " + ", ".join(f"{size} bytes of {name}" for name, size in sizes.items()))


if __name__ == "__main__":
    main()
