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
          "SYN": "products, and convolutions along time",
          "KERNELS": "one shape of the other families"}
COLUMNS = ("part", "ours", "bytes at the copy rate", "ratio", "peers", "target", "")

# Kernel families, and the parts that stand for them, the first that ran.
FAMILIES = (("neuron loop", ("G1.b.hard", "G1.a.hard")),
            ("chunks of time (speculation)", ("G2.a.hard",)),
            ("chunks of time, one sample", ("G2.b.hard",)),
            ("scan, exact", ("G4.2GB.0.9.exact", "G4.512MB.n.0.9.exact")),
            ("scan, bounded", ("G4.2GB.0.9.bounded", "G4.512MB.n.0.9.bounded")),
            ("scan, few neurons, bounded", ("G4.512MB.t.0.9.bounded",)),
            ("gate on words", ("KERNELS.gate",)),
            ("pack", ("KERNELS.pack",)), ("unpack", ("KERNELS.unpack",)),
            ("temporal convolution, 8 taps", ("KERNELS.convolution.8",)),
            ("temporal convolution, 512 taps, exact", ("KERNELS.convolution.512",)),
            ("temporal convolution, 512 taps, bounded", ("KERNELS.convolution.512.bounded",)),
            ("linear, spikes", ("KERNELS.linear.spikes",)),
            ("linear, analog, exact", ("KERNELS.linear.analog",)),
            ("linear, analog, bounded", ("KERNELS.linear.analog.bounded",)),
            ("conv2d", ("KERNELS.conv2d",)),
            ("recurrent", ("KERNELS.recurrent",)))
FAMILY_COLUMNS = ("family", "bytes or flops counted", "limit", "measured", "fraction",
                  "what limits it")
NEAR = 80.0  # per cent of the limit, from which that is what limits


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


def explain(part: Part, fraction: float, has_flops: bool) -> str:
    """What limits a part, as far as its own numbers say."""
    bound = "f32 products and sums" if has_flops else "memory"
    if fraction >= NEAR:
        return bound
    plain = part.ours.startswith("ours") and ".graph" not in part.ours.partition(":")[0]
    return (f"not {bound}: latency or instructions"
            + (", measured as plain calls" if plain else ""))


def make_families(parts: list[Part]) -> list[str]:
    """A line for each family of kernels that has been measured."""
    found = {part.name: part for part in parts if part.limit.count("@") == 1}
    lines = []
    for family, names in FAMILIES:
        part = next((found[name] for name in names if name in found), None)
        if part is None:
            continue
        least, counted, rate = part.limit.replace("@", "=").split("=")
        share = part.ratio.partition("of-limit")[0]
        text = explain(part, float(share.rstrip("%")), counted.endswith("flop"))
        lines.append(f"| {family} ({part.name}) | {counted} | {least} at {rate} | "
                     f"{part.ours.partition(':')[2].replace(',', ', ')} | {share} | {text} |")
    if not lines:
        return []
    return ["", "## Families of kernels", "",
            "| " + " | ".join(FAMILY_COLUMNS) + " |", "|---" * len(FAMILY_COLUMNS) + "|", *lines]


def write(path: Path, results: dict[str, list[Part]]) -> None:
    lines = [f"# Benchmarks on a GPU, {datetime.date.today()}", "",
             f"{describe_machine()}.", "",
             "Medians of 30 runs (fewer where those of one peer take more than 6 s) and the",
             "10th and 90th percentiles, by events, on inputs in turn that the second-level",
             "cache does not hold; plain calls and CUDA graphs, of which the faster counts, ours",
             "and the peers in turns. The host queues each call while the GPU pauses for 60 us,",
             "so that what it takes to launch a call does not count. Our spikes were compared",
             "with those of the CPU code in the same artifact first. What a peer needs does not",
             "depend on the decay: it is measured with the first decay of each shape.", "",
             "```", describe_command(), "```"]
    for name, parts in results.items():
        lines += ["", f"## {name}: {TITLES.get(name, '')}", "", *make_table(parts)]
    lines += make_families([part for parts in results.values() for part in parts])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


