# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""P8: bytes of spikes that go between the layers of the demo in a step, counted.

The count is of the IR after the stage `space`, by who reads a sequence of spikes:
where it is read through a pack and an unpack it is words, where another op reads
it, a byte for each. Without packing is the same IR without those pairs, which
canonicalization takes away. Spikes that stay in registers go nowhere; records
are written on request and left out.
"""

from __future__ import annotations

import math
import re
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Iterator

from harness import BUILD, ROOT, WORK, Part, check_call

WANTED = 8
MODEL = ROOT / "test/Models/fashion.mlir"
READS_WORDS = {"snn.linear", "snn.refractory", "snn.pack"}
# An op of the model itself, in the generic form: its name, results and operands,
# then, maybe after its regions, the types of its operands and results.
OP = re.compile(r'^    (?:(%\w+)(?::\d+)? = )?"([\w.]+)"\(([^)]*)\)')
TYPES = re.compile(r"^    .* : \([^()]*\) -> \(?([^()]*)\)?$")


def count_bytes(text: str) -> int:
    """Of all spikes, of one step of one element of the batch."""
    made: dict[str, tuple[str, str]] = {}
    readers: dict[str, set[str]] = defaultdict(set)
    result = op = ""
    for line in text.splitlines():
        if head := OP.match(line):
            result, op, operands = head.groups()
            for operand in operands.split(", "):
                readers[operand].add(op)
        if result and (types := TYPES.match(line)):
            all_types = types[1].split(", ")
            for i, type in enumerate(all_types):
                made[f"{result}#{i}" if len(all_types) > 1 else result] = op, type
    total = 0
    for value, (op, type) in made.items():
        sequence = re.fullmatch(r"tensor<\?x\?x((?:\d+x)+)(i1|i32)>", type)
        if not sequence:
            continue
        size = math.prod(map(int, sequence[1].split("x")[:-1]))
        read = readers[value] - {"func.return"}
        if sequence[2] == "i32":
            total += 4 * size if "snn.unpack" in read else 0
        elif read - (READS_WORDS if op == "snn.unpack" else {"snn.pack"}):
            total += size
    return total


def print_ir(source: Path, *options: str) -> str:
    return subprocess.run([BUILD / "bin" / "snn-opt", source, "--mlir-print-op-generic", *options],
                          capture_output=True, text=True, check=True).stdout  # fmt: skip


def run() -> Iterator[Part]:
    WORK.mkdir(parents=True, exist_ok=True)
    space = WORK / "p8.mlir"
    check_call([BUILD / "bin" / "snnc", MODEL, "--stop-after=space", "--emit=mlir", "-o", space])
    words, plain = count_bytes(print_ir(space)), count_bytes(print_ir(space, "--canonicalize"))
    ratio = plain / words if words else 0
    yield Part("P8", ours=f"{words}B", peer=f"bytes:{plain}B", ratio=f"{ratio:.2f}x",
               target=f">={WANTED}x", holds=ratio >= WANTED)  # fmt: skip
