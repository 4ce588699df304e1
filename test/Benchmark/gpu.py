# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the benchmarks on a GPU share: models that were compiled elsewhere, inputs,
peers in processes of their own, timing by events, lines.

`run.py --prepare DIR` compiles the models; `run.py --artifacts DIR` runs them where
there is no compiler. With SNN_BENCH_DEVICE=cpu the CPU stands for the GPU, on shapes
that are divided by SNN_BENCH_SCALE: a test of the benchmarks, not a measurement.
"""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from gpu_processes import Other
from harness import BUILD, ROOT, Part, Times, best, check_call

sys.path.append(str(ROOT / "test/Integration/CUDA"))

from artifact import Library, list_pointers  # noqa: E402

try:
    import torch
except ImportError:
    torch = None

ON_CPU = os.environ.get("SNN_BENCH_DEVICE") == "cpu"
SCALE = int(os.environ.get("SNN_BENCH_SCALE", "1"))
ARTIFACTS = Path(os.environ.get("SNN_BENCH_ARTIFACTS", BUILD / "bench-gpu"))
DEVICE = "cpu" if ON_CPU else "cuda"
CACHE = 60 << 20  # the second-level cache of an H200
ROUNDS, EACH = 6, 5  # 30 runs of each contestant, in turns of 5
SECONDS = float(os.environ.get("SNN_BENCH_SECONDS", "6"))  # of a contestant's turns, at most
AHEAD = 120_000  # cycles of the GPU, 60 us, in which the host queues a call
LONG = 5e-3  # seconds of a call that no launch matters to
RATE = 0.12  # of spikes

Shape = tuple[int, int, int]  # T, B, neurons


def missing() -> str:
    """Why nothing can be measured here, or nothing."""
    if torch is None:
        return "torch is not installed"
    if not ON_CPU and not torch.cuda.is_available():
        return "there is no GPU"
    if not ARTIFACTS.exists():
        return "give --artifacts DIR, which --prepare DIR makes"
    return ""


# --- Models -------------------------------------------------------------------


def lif(neurons: int, decay: float, reset: str) -> str:
    """LIF, spikes out as bits; `reset` is hard, soft or none."""
    kind = {"hard": "value, 0.0", "soft": "subtract", "none": "none"}[reset]
    return f"""
func.func @lif(%x: tensor<?x?x{neurons}xf32>) -> tensor<?x?x{neurons // 32}xi32> {{
  %s, %v = snn.lif %x {{decay = {decay}, threshold = 1.0, reset = #snn.reset<{kind}>}}
      : tensor<?x?x{neurons}xf32>
  %w = snn.pack %s : tensor<?x?x{neurons}xi1>
  return %w : tensor<?x?x{neurons // 32}xi32>
}}
"""


@dataclass(frozen=True)
class Spec:
    """A model to be compiled for these benchmarks."""

    neurons: int
    decay: float
    reset: str
    numerics: str = "exact"

    @property
    def name(self) -> str:
        return f"lif-{self.neurons}-{self.decay}-{self.reset}-{self.numerics}"

    @property
    def text(self) -> str:
        return lif(self.neurons, self.decay, self.reset)

    @property
    def weights(self) -> dict[str, np.ndarray]:
        return {}


def prepare(folder: Path, specs: list[Spec], target: str, snnc: Path) -> None:
    """Compiles what has a `name`, `text` and `numerics`, two at a time."""
    folder.mkdir(parents=True, exist_ok=True)

    def compile(spec: Spec) -> None:
        source, output = folder / f"{spec.name}.mlir", folder / f"{spec.name}.so"
        source.write_text(spec.text)
        values = folder / f"{spec.name}.npz"
        if spec.weights:
            np.savez(values, **spec.weights)
        check_call([snnc, source, "-o", output, "--emit=shared",
                    f"--numerics={spec.numerics}",
                    *([f"--weights=embed:{values}"] if spec.weights else []),
                    *(f"--target={word}" for word in target.split(","))])
        check_call(["strip", output])
        print(f"{output}: {output.stat().st_size >> 10} KiB", flush=True)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(compile, dict.fromkeys(specs)))


def count_threads() -> int:
    """Those of the CPU code, which says what is right."""
    return min(16, os.cpu_count() or 1)


class Model:
    """A compiled model on the GPU, from zeros, and on the CPU."""

    def __init__(self, spec: Spec) -> None:
        self.library = Library(ARTIFACTS / f"{spec.name}.so")
        self.entry = self.library.make_entry("run" if ON_CPU else "run_cuda")
        self.workspace: torch.Tensor | None = None
        self.kept: list[torch.Tensor] = []  # what pointers point to
        self.library.table.set_threads(count_threads())

    def make(self, x: torch.Tensor, words: torch.Tensor) -> Callable[[], None]:
        """A function that runs the model on the current stream."""
        steps, batch = x.shape[:2]
        table, model = self.library.table, self.library.model
        size = (table.workspace_bytes if ON_CPU else table.cuda_workspace_bytes)(
            model, steps, batch)
        if size < 0:
            raise RuntimeError(self.library.explain(-size))
        if self.workspace is None or self.workspace.numel() < size:
            self.workspace = torch.empty(size + 1, dtype=torch.uint8, device=DEVICE)
        fixed = [ctypes.c_void_p(x.data_ptr()), ctypes.c_void_p(words.data_ptr()),
                 ctypes.c_int64(steps), ctypes.c_int64(batch), ctypes.c_void_p(),
                 ctypes.c_void_p(self.workspace.data_ptr())]

        def call() -> None:
            stream = [] if ON_CPU else [
                ctypes.c_void_p(torch.cuda.current_stream().cuda_stream)]
            if status := self.entry(*fixed, *stream):
                raise RuntimeError(self.library.explain(status))

        self.kept += [x, words, self.workspace]
        return call

    def run_on_cpu(self, x: np.ndarray) -> np.ndarray:
        """The words of spikes."""
        steps, batch, neurons = x.shape
        words = np.zeros((steps, batch, neurons // 32), np.int32)
        table, model = self.library.table, self.library.model
        memory = np.empty(max(table.workspace_bytes(model, steps, batch), 1), np.uint8)
        status = table.run(model, list_pointers([x.ctypes.data]),
                           list_pointers([words.ctypes.data]), steps, batch, None,
                           memory.ctypes.data, None)
        if status:
            raise RuntimeError(self.library.explain(status))
        return words


# --- Inputs -------------------------------------------------------------------


@lru_cache
def find_scale(decay: float, reset: str) -> float:
    """The input's deviation with which about RATE of the steps have a spike."""
    noise = np.random.default_rng(3).standard_normal((400, 512), dtype=np.float32) + 0.1
    low, high = 0.0, 4.0
    for _ in range(12):
        middle = (low + high) / 2
        v, count = np.zeros(512, np.float32), 0
        for t, row in enumerate(noise):
            u = decay * v + middle * row
            s = u >= 1
            v = np.where(s, 0, u) if reset == "hard" else u - s if reset == "soft" else u
            count += int(s.sum()) if t >= 200 else 0
        low, high = (middle, high) if count < RATE * 200 * 512 else (low, middle)
    return low


def draw(shape: Shape, scale: float, seed: int) -> torch.Tensor:
    """The same numbers in every process."""
    generator = torch.Generator(DEVICE).manual_seed(seed)
    x = torch.empty(shape, device=DEVICE).normal_(generator=generator)
    return x.add_(0.1).mul_(scale)


def count_sets(shape: Shape) -> int:
    """Inputs that are more than the cache holds while one is read."""
    return max(2, min(64, -(-3 * CACHE // (4 * int(np.prod(shape))))))


def shrink(shape: Shape) -> Shape:
    steps, batch, neurons = shape
    if SCALE == 1:
        return shape
    return max(steps // SCALE, 4), max(batch // SCALE, 1), neurons


# --- Timing -------------------------------------------------------------------


def time_calls(calls: list[Callable[[], object]], count: int, first: int) -> list[float]:
    """Seconds of each of `count` calls, which go through the inputs in turn."""
    chosen = [calls[(first + i) % len(calls)] for i in range(count)]
    if ON_CPU:
        seconds = []
        for call in chosen:
            start = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - start)
        return seconds
    events = [(torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True))
              for _ in chosen]
    for call, (before, after) in zip(chosen, events):
        # The host goes ahead: what it takes to launch is not the time of the GPU.
        torch.cuda._sleep(AHEAD)
        before.record()
        call()
        after.record()
    torch.cuda.synchronize()
    return [before.elapsed_time(after) * 1e-3 for before, after in events]


def capture(call: Callable[[], object]) -> Callable[[], object] | None:
    """The call as a CUDA graph, or nothing where it cannot be one."""
    if ON_CPU:
        return None
    try:
        side = torch.cuda.Stream()
        with torch.cuda.stream(side):
            call()
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            call()
        torch.cuda.synchronize()
        return graph.replay
    except Exception as error:  # of any peer
        print(f"note: no graph: {str(error).splitlines()[0][:120]}", flush=True)
        torch.cuda.synchronize()
        return None


def trace(name: str, call: Callable[[], object]) -> None:
    """With SNN_BENCH_TRACE, prints what kernels a call runs, and for how long."""
    if ON_CPU or not os.environ.get("SNN_BENCH_TRACE"):
        return
    try:
        activities = [torch.profiler.ProfilerActivity.CUDA]
        with torch.profiler.profile(activities=activities) as profiler:
            for _ in range(3):
                call()
            torch.cuda.synchronize()
    except RuntimeError as error:  # of the profiler
        print(f"note: no trace: {str(error).splitlines()[0][:120]}", flush=True)
        return
    events = sorted(profiler.key_averages(), key=lambda event: -event.device_time_total)
    kernels = [f"{event.count // 3}x {event.key[:60]} {event.device_time_total / 3:.1f}us"
               for event in events if event.device_time_total][:12]
    print(f"{name}: one call: {'; '.join(kernels)}", flush=True)


class Own:
    """A contestant of this process: calls, one for each input, plain and, where that
    is not too long for a launch to matter, as graphs."""

    def __init__(self, name: str, calls: list[Callable[[], object]]) -> None:
        calls[0]()
        self.forms, self.first = {name: calls}, 0
        self.cost = min(time_calls(calls, 2, 0))
        graphs: list[Callable[[], object]] = []
        for call in calls if self.cost < LONG else ():
            if (graph := capture(call)) is None:
                break
            graphs.append(graph)
        if len(graphs) == len(calls):
            self.forms[f"{name}.graph"] = graphs
            self.cost += min(time_calls(graphs, 2, 0))

    def measure(self, count: int) -> dict[str, list[float]]:
        self.first += count
        return {name: time_calls(form, count, self.first)
                for name, form in self.forms.items()}


def compete(contestants: list[Own | Other]) -> dict[str, Times]:
    """Times all in turns, every other round in reverse order."""
    samples: dict[str, list[float]] = {}
    for turn in range(ROUNDS):
        for contestant in contestants if turn % 2 else reversed(contestants):
            share = SECONDS / ROUNDS / max(contestant.cost, 1e-9)
            for name, seconds in contestant.measure(int(min(EACH, max(share, 1)))).items():
                samples.setdefault(name, []).extend(seconds)
    return {name: Times(float(np.median(s)), float(np.percentile(s, 10)),
                        float(np.percentile(s, 90)), len(s))
            for name, s in samples.items()}


@lru_cache
def copy_rate() -> float:
    """Bytes read and written per second by a copy of 2 GiB on the device."""
    count = (1 << 29) // (1 if not ON_CPU else 64)
    source = torch.zeros(count, device=DEVICE)
    target = torch.empty_like(source)
    seconds = time_calls([lambda: target.copy_(source)], 12, 0)
    return 8 * count / float(np.median(seconds[2:]))


# --- Lines --------------------------------------------------------------------


def judge(name: str, times: dict[str, Times], size: float, share: float | None,
          wanted: dict[str, float | None], reported: bool = False) -> Part:
    """Ours against the bytes and the peers: `wanted` says by which factor each peer,
    a beginning of names, is to be beaten; none: its ratio is said."""
    form, ours = best(times, "ours") or ("", None)
    rate = copy_rate()
    reached = size / rate / ours.median
    part = Part(name, ours=f"{form}:{ours}",
                limit=f"{size / rate * 1e6:.4g}us={size * 1e-6:.1f}MB@{rate * 1e-9:.0f}GB/s",
                ratio=f"{reached:.1%}of-limit", holds=share is None or reached >= share,
                target=f">={share:.0%}of-limit" if share is not None else "")
    peers, absent = [], []
    for prefix, factor in wanted.items():
        peer = best(times, prefix)
        if factor is not None:
            part.target += f"{',' if part.target else ''}>={factor:g}x{prefix}"
        if peer is None:
            absent += [prefix] if factor is not None else []
            continue
        ratio = peer[1].median / ours.median
        peers.append(f"{peer[0]}:{peer[1]}")
        part.ratio += f",{ratio:.2f}x{prefix}"
        part.holds = part.holds and (factor is None or ratio >= factor)
    part.peer = ",".join(peers) or "-"
    if reported:
        part.target, part.holds = "reported", True
    elif absent and part.holds:
        part.holds, part.reason = None, f"no peer {' '.join(absent)}"
    return part


def check_words(model: Model, x: torch.Tensor, words: torch.Tensor, exact: bool,
                what: str) -> None:
    """The device's spikes against those of the CPU code in the same artifact."""
    expected = model.run_on_cpu(x.cpu().numpy())
    actual = words.cpu().numpy()
    wrong = int(np.unpackbits((actual ^ expected).view(np.uint8)).sum())
    rate = np.unpackbits(expected.view(np.uint8)).mean()
    print(f"{what}: firing rate {rate:.3f}, {wrong} of {expected.size * 32} spikes differ "
          "from the CPU's", flush=True)
    if wrong > (0 if exact else 1e-5 * expected.size * 32):
        raise RuntimeError(f"{what}: {wrong} spikes are wrong")


def make_ours(spec: Spec, inputs: list[torch.Tensor], what: str,
              name: str = "ours") -> Own:
    """Our contestant; its spikes have been compared with those of the CPU."""
    model = Model(spec)
    steps, batch, neurons = inputs[0].shape
    outputs = [torch.full((steps, batch, neurons // 32), -1, dtype=torch.int32, device=DEVICE)
               for _ in inputs]
    calls = [model.make(x, words) for x, words in zip(inputs, outputs)]
    calls[0]()
    check_words(model, inputs[0], outputs[0], spec.numerics == "exact", what)
    own = Own(name, calls)
    if f"{name}.graph" in own.forms:
        plain = outputs[0].clone()
        outputs[0].fill_(-1)
        own.forms[f"{name}.graph"][0]()
        if not torch.equal(outputs[0], plain):
            raise RuntimeError(f"{what}: a graph has other spikes than a call")
    trace(what, calls[0])
    return own


def skip(names: list[str]) -> Iterator[Part]:
    for name in names:
        yield Part(name, reason=missing())
