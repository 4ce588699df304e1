# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Results of benchmarks on a GPU as a page of Markdown."""

from __future__ import annotations

import datetime
import importlib.metadata
import sys
from pathlib import Path

import gpu
from harness import Part

TITLES = {"G1": "LIF with many neurons", "G2": "LIF with few neurons and many steps",
          "G4": "a leak without reset, and a threshold", "S1": "cost growth",
          "SYN": "products, and convolutions along time"}
COLUMNS = ("part", "ours", "bytes at the copy rate", "ratio", "peers", "target", "")


def describe_machine() -> str:
    if gpu.ON_CPU:
        return "the CPU in place of a GPU: no measurement"
    properties = gpu.torch.cuda.get_device_properties(0)
    packages = []
    for name in ("torch", "triton", "cupy-cuda13x"):
        try:
            packages.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            packages.append(f"no {name}")
    return (f"One {properties.name} ({properties.multi_processor_count} multiprocessors), "
            f"CUDA {gpu.torch.version.cuda}, {', '.join(packages)}; a copy of 2 GiB on the "
            f"device moves {gpu.copy_rate() * 1e-9:.0f} GB/s, read and written, in this run")


def describe_command() -> str:
    words = ["test/Benchmark/run.py", *sys.argv[1:]]
    return " ".join(word if " " not in word else f"'{word}'" for word in words)


def make_table(parts: list[Part]) -> list[str]:
    lines = ["| " + " | ".join(COLUMNS) + " |", "|---" * len(COLUMNS) + "|"]
    for part in parts:
        cells = (part.name, part.ours, part.limit, part.ratio, part.peer, part.target,
                 part.verdict())
        lines.append("| " + " | ".join(cell.replace(",", ", ") for cell in cells) + " |")
    return lines


def write(path: Path, results: dict[str, list[Part]]) -> None:
    lines = [f"# Benchmarks on a GPU, {datetime.date.today()}", "",
             f"{describe_machine()}.", "",
             "Medians of 30 runs (fewer where those of one peer take more than 6 s) and the",
             "10th and 90th percentiles, by events, on inputs in turn that the second-level",
             "cache does not hold; plain calls and CUDA graphs, of which the faster counts, ours",
             "and the peers in turns. Our spikes were compared with those of the CPU code in the",
             "same artifact first. What a peer needs does not depend on the decay: it is measured",
             "with the first decay of each shape.", "",
             "```", describe_command(), "```"]
    for name, parts in results.items():
        lines += ["", f"## {name}: {TITLES.get(name, '')}", "", *make_table(parts)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


