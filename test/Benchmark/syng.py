# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""SYN on a GPU: products of f32 by our kernel (exact) and by cuBLASLt (bounded), and
convolutions with long kernels along time, against those of torch. A library that is not
on the path of the loader is that of torch, which has loaded it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import gpu
import numpy as np
from gpu import DEVICE, Model, Own, Part, best, compete, draw, shrink, torch

PRODUCTS = ((12544, 256, 256), (8192, 1024, 1024))  # rows, inputs, outputs
CONVOLUTIONS = ((128, (4096, 16, 512)), (1024, (8192, 4, 512)))  # taps; T, B, neurons
SETS = 3  # inputs in turn


@dataclass(frozen=True)
class Product:
    """A layer of synapses by itself."""

    inputs: int
    outputs: int
    numerics: str

    @property
    def name(self) -> str:
        return f"linear-{self.inputs}x{self.outputs}-{self.numerics}"

    @property
    def text(self) -> str:
        x, y = (f"tensor<?x?x{n}xf32>" for n in (self.inputs, self.outputs))
        w = f"tensor<{self.outputs}x{self.inputs}xf32>"
        return f"""
func.func @linear(%x: {x}, %w: {w} {{snn.param = "w"}}) -> {y} {{
  %y = snn.linear %x, %w : {x}, {w}
  return %y : {y}
}}
"""

    @property
    def weights(self) -> dict[str, np.ndarray]:
        random = np.random.default_rng(1)
        return {"w": random.standard_normal((self.outputs, self.inputs), np.float32)}

    def reference(self, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.linear(x, w)


@dataclass(frozen=True)
class Convolution:
    """A kernel for each neuron, without what was before."""

    taps: int
    neurons: int
    numerics: str = "exact"

    @property
    def name(self) -> str:
        return f"conv-{self.taps}x{self.neurons}-{self.numerics}"

    @property
    def text(self) -> str:
        x, w = f"tensor<?x?x{self.neurons}xf32>", f"tensor<{self.taps}x{self.neurons}xf32>"
        return f"""
func.func @conv(%x: {x}, %w: {w} {{snn.param = "w"}}) -> {x} {{
  %y, %last = snn.temporal_conv %x, %w : {x}, {w}
  return %y : {x}
}}
"""

    @property
    def weights(self) -> dict[str, np.ndarray]:
        random = np.random.default_rng(2)
        return {"w": random.standard_normal((self.taps, self.neurons), np.float32)}

    def reference(self, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        """By FFT along time."""
        size = 1 << (len(x) + self.taps - 2).bit_length()
        product = torch.fft.rfft(x, n=size, dim=0).mul_(
            torch.fft.rfft(w, n=size, dim=0)[:, None])
        return torch.fft.irfft(product, n=size, dim=0)[: len(x)]


def list_specs() -> list[Product | Convolution]:
    return [*(Product(inputs, outputs, numerics) for _, inputs, outputs in PRODUCTS
              for numerics in ("exact", "bounded")),
            *(Convolution(taps, shape[2]) for taps, shape in CONVOLUTIONS)]


def check(spec: Product | Convolution, x: torch.Tensor, y: torch.Tensor) -> None:
    """Outputs of some elements against those of f64: roundoffs of random sums, which
    TF32 would exceed tenfold."""
    first = x[:, :1].double()
    w = torch.from_numpy(next(iter(spec.weights.values()))).to(DEVICE).double()
    expected, size = spec.reference(first, w), spec.reference(first.abs(), w.abs())
    terms = getattr(spec, "taps", None) or spec.inputs
    error = ((y[:, :1].double() - expected).abs() / (size + 1e-30)).max().item()
    print(f"{spec.name}: error {error:.2e} of the sum of magnitudes", flush=True)
    if not error <= terms**0.5 * 2.0**-24:
        raise RuntimeError(f"{spec.name} is wrong")


def make_ours(spec: Product | Convolution, inputs: list, outputs: list, name: str) -> Own:
    model = Model(spec)
    calls = [model.make(x, y) for x, y in zip(inputs, outputs)]
    calls[0]()
    check(spec, inputs[0], outputs[0])
    return Own(name, calls)


def make_torch(spec: Product | Convolution, inputs: list) -> Own:
    w = torch.from_numpy(next(iter(spec.weights.values()))).to(DEVICE)

    def make(x: torch.Tensor) -> Callable[[], object]:
        return lambda: spec.reference(x, w)

    return Own("torch", [make(x) for x in inputs])


def measure(name: str, specs: dict[str, Product | Convolution], shape: tuple[int, int, int],
            flops: float) -> Part:
    """All forms of a layer, and that of torch; flops are those of a term at a time."""
    inputs = [draw(shape, 1.0, seed) for seed in range(SETS)]
    spec = next(iter(specs.values()))
    width = getattr(spec, "outputs", shape[2])
    outputs = [torch.empty((*shape[:2], width), device=DEVICE) for _ in inputs]
    contestants = [make_ours(spec, inputs, outputs, form) for form, spec in specs.items()]
    with torch.inference_mode():
        times = compete([*contestants, make_torch(spec, inputs)])
    ours = {form: best(times, form) for form in specs}
    peer = best(times, "torch")
    fastest = min(t.median for _, t in ours.values())
    rates = (f"{form.removeprefix('ours.')}:{flops / t.median * 1e-12:.1f}TFLOP/s"
             for form, (_, t) in ours.items())
    return Part(name, ours=",".join(f"{form}:{t}" for form, t in ours.values()),
                peer=f"{peer[0]}:{peer[1]}",
                ratio=f"{','.join(rates)},{peer[1].median / fastest:.2f}xtorch",
                target="reported", holds=True)


def run() -> Iterator[Part]:
    if gpu.missing():
        yield from gpu.skip(["SYN"])
        return
    torch.backends.cuda.matmul.allow_tf32 = False
    for rows, inputs, outputs in PRODUCTS:
        shape = shrink((rows, 1, inputs))
        specs = {"ours.kernel": Product(inputs, outputs, "exact"),
                 "ours.library": Product(inputs, outputs, "bounded")}
        yield measure(f"SYN.{rows}x{inputs}x{outputs}", specs, shape,
                      2.0 * shape[0] * shape[1] * inputs * outputs)
    for taps, shape in CONVOLUTIONS:
        shape = shrink(shape)
        yield measure(f"SYN.conv{taps}", {"ours.direct": Convolution(taps, shape[2])}, shape,
                      2.0 * taps * float(np.prod(shape)))
