# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""KERNELS: one shape of each family of kernels that G1, G2 and G4 do not measure, on a
GPU, against the bytes that it has to move and the products that it has to add.

Nothing is promised here: the lines say how far each family is from its limit.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

import gpu
import models
from gpu import DEVICE, Library, Own, Part, best, compete, copy_rate, list_pointers, torch

FLOPS = 67e12  # f32 products and sums per second that the data sheet of an H200 says
RATE = 0.05  # of spikes that come in
TYPES = {"i1": "bool", "i32": "int32", "f32": "float32"}


@dataclass(frozen=True)
class Kernel:
    """A model of one family, and its shape; `flops` are those of one step of one sample."""

    name: str
    text: str
    steps: int
    batch: int
    flops: int = 0
    numerics: str = "exact"
    peer: Callable[[list], Callable[[], object]] | None = None


def gate(neurons: int) -> str:
    words = f"tensor<?x?x{neurons // 32}xi32>"
    return f"""
func.func @gate(%w: {words}) -> {words} {{
  %c = snn.unpack %w {{neurons = {neurons}}} : {words}
  %s, %n = snn.refractory event 4 %c : tensor<?x?x{neurons}xi1>
  %y = snn.pack %s : tensor<?x?x{neurons}xi1>
  return %y : {words}
}}
"""


def pack(neurons: int, back: bool) -> str:
    spikes, words = f"tensor<?x?x{neurons}xi1>", f"tensor<?x?x{neurons // 32}xi32>"
    if back:
        return f"""
func.func @unpack(%w: {words}) -> {spikes} {{
  %s = snn.unpack %w {{neurons = {neurons}}} : {words}
  return %s : {spikes}
}}
"""
    return f"""
func.func @pack(%s: {spikes}) -> {words} {{
  %w = snn.pack %s : {spikes}
  return %w : {words}
}}
"""


def convolution(neurons: int, taps: int) -> str:
    x, w = f"tensor<?x?x{neurons}xf32>", f"tensor<{taps}x{neurons}xf32>"
    return f"""
func.func @convolve(%x: {x}, %w: {w} {{snn.param = "weight"}}) -> {x} {{
  %u, %last = snn.temporal_conv %x, %w : {x}, {w}
  return %u : {x}
}}
"""


def conv2d(channels: int, features: int, size: int) -> str:
    x, w = f"tensor<?x?x{channels}x{size}x{size}xi1>", f"tensor<{features}x{channels}x3x3xf32>"
    y = f"tensor<?x?x{features}x{size - 2}x{size - 2}xf32>"
    return f"""
func.func @conv2d(%x: {x}, %w: {w} {{snn.param = "weight"}}) -> {y} {{
  %y = snn.conv2d %x, %w : {x}, {w}
  return %y : {y}
}}
"""


def recurrent(neurons: int, span: int) -> str:
    """A layer of neurons that is fed back after `span` steps, without its input product."""
    x, s = f"tensor<?x?x{neurons}xf32>", f"tensor<?x?x{neurons}xi1>"
    v, r = f"tensor<?x{neurons}xf32>", f"tensor<{neurons}x{neurons}xf32>"
    return f"""
func.func @recurrent(%x: {x}, %r: {r} {{snn.param = "weight"}}) -> {s} {{
  %s, %last, %h = snn.recurrent ins(%x : {x}) skip {span} {{
  ^bb0(%in: {x}, %back: {s}, %v: {v}):
    %f = snn.linear %back, %r : {s}, {r}
    %i = arith.addf %in, %f : {x}
    %z, %next = snn.lif %i init(%v : {v})
        {{decay = 0.5, threshold = 1.0, reset = #snn.reset<subtract>}} : {x}
    snn.yield %z : {s} feedback(%z : {s}) state(%next : {v})
  }} -> ({s}) state({v}) history(tensor<{span}x?x{neurons}xi1>)
  return %s : {s}
}}
"""


def multiply(inputs: list) -> Callable[[], object]:
    """torch's product of the same arrays, in f32."""
    x, w = inputs
    return lambda: torch.nn.functional.linear(x.float() if x.dtype == torch.bool else x, w)


def convolve(inputs: list) -> Callable[[], object]:
    x, w = inputs
    return lambda: torch.nn.functional.conv2d(x.flatten(0, 1).float(), w)


KERNELS = (
    Kernel("gate", gate(4096), 256, 1024),
    Kernel("pack", pack(4096, False), 64, 1024),
    Kernel("unpack", pack(4096, True), 64, 1024),
    Kernel("convolution.8", convolution(1024, 8), 512, 64, 2 * 8 * 1024),
    Kernel("convolution.512", convolution(1024, 512), 1024, 8, 2 * 512 * 1024),
    Kernel("convolution.512.bounded", convolution(1024, 512), 1024, 8, 2 * 512 * 1024,
           "bounded"),
    Kernel("linear.spikes", models.linear(1024, 1024, "i1"), 128, 64, 2 * 1024 * 1024,
           peer=multiply),
    Kernel("linear.analog", models.linear(1024, 1024, "f32"), 128, 64, 2 * 1024 * 1024,
           peer=multiply),
    Kernel("linear.analog.bounded", models.linear(1024, 1024, "f32"), 128, 64,
           2 * 1024 * 1024, "bounded", multiply),
    Kernel("conv2d", conv2d(32, 64, 28), 8, 64, 2 * 64 * 32 * 9 * 26 * 26, peer=convolve),
    Kernel("recurrent", recurrent(128, 16), 784, 256, 2 * 128 * 128))


@dataclass(frozen=True)
class KernelSpec:
    """What gpu.prepare compiles."""

    kernel: Kernel

    @property
    def name(self) -> str:
        return f"kernel-{self.kernel.name}"

    @property
    def numerics(self) -> str:
        return self.kernel.numerics

    @property
    def text(self) -> str:
        return self.kernel.text

    @property
    def weights(self) -> dict[str, np.ndarray]:
        return {}


def list_specs() -> list[KernelSpec]:
    return [KernelSpec(kernel) for kernel in KERNELS]


# --- Runs ---------------------------------------------------------------------


def draw(kind: str, shape: tuple[int, ...], seed: int) -> torch.Tensor:
    """Spikes, words of spikes, or analog values."""
    generator = torch.Generator(DEVICE).manual_seed(seed)
    if kind == "i1":
        return torch.rand(shape, generator=generator, device=DEVICE) < RATE
    if kind == "i32":
        words = torch.zeros(shape, dtype=torch.int32, device=DEVICE)
        for bit in range(32):
            spikes = torch.rand(shape, generator=generator, device=DEVICE) < RATE
            words |= spikes.int() << bit
        return words
    return torch.empty(shape, device=DEVICE).normal_(generator=generator)


class Bench:
    """A compiled kernel, and arrays for it on the device."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.library = Library(gpu.ARTIFACTS / f"{KernelSpec(kernel).name}.so")
        self.entry = self.library.make_entry("run" if gpu.ON_CPU else "run_cuda")
        self.library.table.set_threads(gpu.count_threads())
        self.steps, self.batch = max(kernel.steps // gpu.SCALE, 2), max(
            kernel.batch // gpu.SCALE, 1)
        self.params = [self.make_param(tensor.resolve(0, 0)) for tensor in self.library.params]
        # Its memory is by columns where the library wants it.
        self.given = [w.T.contiguous() if tensor.is_transposed and not gpu.ON_CPU else w
                      for tensor, w in zip(self.library.params, self.params)]
        self.workspace = torch.empty(self.get_workspace_bytes() + 1, dtype=torch.uint8,
                                     device=DEVICE)

    def make_param(self, shape: tuple[int, ...]) -> torch.Tensor:
        fan = int(np.prod(shape)) // shape[0] if len(shape) > 1 else 1
        if self.kernel.name.startswith("convolution"):
            fan = shape[0]
        return draw("f32", shape, 1) / fan**0.5

    def get_workspace_bytes(self) -> int:
        table = self.library.table
        size = (table.invoke_workspace_bytes if gpu.ON_CPU else table.cuda_workspace_bytes)(
            self.library.model, self.steps, self.batch)
        if size < 0:
            raise RuntimeError(self.library.explain(-size))
        return size

    def make_arrays(self, seed: int) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        inputs = [draw(t.kind, t.resolve(self.steps, self.batch), seed)
                  for t in self.library.inputs]
        outputs = [torch.zeros(t.resolve(self.steps, self.batch),
                               dtype=getattr(torch, TYPES[t.kind]), device=DEVICE)
                   for t in self.library.outputs]
        return inputs, outputs

    def count_bytes(self) -> int:
        tensors = (*self.library.inputs, *self.library.outputs, *self.library.params)
        return sum(t.count_bytes(self.steps, self.batch) for t in tensors)

    def make_call(self, inputs: list, outputs: list) -> Callable[[], None]:
        arrays = [ctypes.c_void_p(x.data_ptr()) for x in (*inputs, *outputs)]
        tail: list = [ctypes.c_int64(self.steps), ctypes.c_int64(self.batch), ctypes.c_void_p(),
                      ctypes.c_void_p(self.workspace.data_ptr())]
        if self.given:
            pointers = list_pointers([w.data_ptr() for w in self.given])
            tail.append(ctypes.byref(pointers))

        def call() -> None:
            stream = [] if gpu.ON_CPU else [
                ctypes.c_void_p(torch.cuda.current_stream().cuda_stream)]
            if status := self.entry(*arrays, *tail, *stream):
                raise RuntimeError(self.library.explain(status))

        return call

    def run_on_cpu(self, inputs: list) -> list[np.ndarray]:
        table, model = self.library.table, self.library.model
        given = [np.ascontiguousarray(x.cpu().numpy()) for x in (*inputs, *self.params)]
        outputs = [np.zeros(t.resolve(self.steps, self.batch), t.dtype)
                   for t in self.library.outputs]
        size = table.invoke_workspace_bytes(model, self.steps, self.batch)
        memory = np.empty(max(size, 1), np.uint8)
        status = self.library.make_entry("run")(
            *(ctypes.c_void_p(a.ctypes.data) for a in (*given[: len(inputs)], *outputs)),
            ctypes.c_int64(self.steps), ctypes.c_int64(self.batch), ctypes.c_void_p(),
            ctypes.c_void_p(memory.ctypes.data),
            *([ctypes.byref(list_pointers([w.ctypes.data for w in given[len(inputs) :]]))]
              if self.params else []))
        if status:
            raise RuntimeError(self.library.explain(status))
        return outputs


def check(bench: Bench, inputs: list, outputs: list) -> None:
    """Bits, or 1e-5 of the norm where sums may have another order."""
    name = f"KERNELS.{bench.kernel.name}"
    for actual, expected in zip(outputs, bench.run_on_cpu(inputs)):
        values = actual.cpu().numpy()
        share = np.count_nonzero(expected) / expected.size
        if bench.kernel.numerics == "exact":
            if values.tobytes() != expected.tobytes():
                wrong = int((values != expected).sum())
                raise RuntimeError(f"{name}: {wrong} of {expected.size} values are wrong")
            print(f"{name}: {share:.3f} are not zero, all bits are the CPU's", flush=True)
            continue
        error = float(np.linalg.norm(values.astype(np.float64) - expected)
                      / np.linalg.norm(expected.astype(np.float64)))
        print(f"{name}: {share:.3f} are not zero, error {error:.1e} of the norm", flush=True)
        if not error <= 1e-5:
            raise RuntimeError(f"{name}: expected an error of 1e-5 at most, but got {error:.1e}")


def make_part(bench: Bench, times: dict) -> Part:
    """The time that bytes or products take at least, whichever is longer."""
    form, ours = best(times, "ours")
    size, flops = bench.count_bytes(), bench.kernel.flops * bench.steps * bench.batch
    rate = copy_rate()
    if flops / FLOPS > size / rate:
        least, text = flops / FLOPS, f"{flops * 1e-9:.2f}Gflop@{FLOPS * 1e-12:.0f}Tflop/s"
    else:
        least, text = size / rate, f"{size * 1e-6:.1f}MB@{rate * 1e-9:.0f}GB/s"
    part = Part(f"KERNELS.{bench.kernel.name}", ours=f"{form}:{ours}",
                limit=f"{least * 1e6:.4g}us={text}", ratio=f"{least / ours.median:.1%}of-limit",
                target="reported", holds=True)
    if peer := best(times, "torch"):
        part.peer = f"{peer[0]}:{peer[1]}"
        part.ratio += f",{peer[1].median / ours.median:.2f}xtorch"
    return part


def measure(kernel: Kernel) -> Part:
    bench = Bench(kernel)
    count = max(2, min(8, -(-3 * gpu.CACHE // bench.count_bytes())))
    arrays = [bench.make_arrays(seed) for seed in range(count)]
    calls = [bench.make_call(*pair) for pair in arrays]
    calls[0]()
    check(bench, *arrays[0])
    contestants = [Own("ours", calls)]
    gpu.trace(f"KERNELS.{kernel.name}", calls[0])
    if kernel.peer:
        contestants.append(Own("torch", [kernel.peer([*inputs, *bench.params])
                                         for inputs, _ in arrays]))
    return make_part(bench, compete(contestants))


def run() -> Iterator[Part]:
    if gpu.missing():
        yield from gpu.skip(["KERNELS"])
        return
    for kernel in KERNELS:
        try:
            with torch.inference_mode():
                yield measure(kernel)
        except (RuntimeError, OSError) as error:  # the others are still measured
            yield Part(f"KERNELS.{kernel.name}", target="reported", holds=False,
                       reason=str(error))
            print(f"note: {error}", flush=True)
        if not gpu.ON_CPU:
            torch.cuda.empty_cache()
