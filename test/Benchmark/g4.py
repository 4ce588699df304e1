# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""G4: a leak without reset and a threshold on a GPU, bits out, in the exact form and
in the form that may compose steps in another order; the faster counts."""

from __future__ import annotations

from collections.abc import Iterator

import gpu
from gpu import (DEVICE, Own, Part, Shape, Spec, compete, count_sets, draw, find_scale, judge,
                 make_ours, shrink, torch)
from gpu_processes import open_peers, start_peers
from harness import Times

DECAYS, NUMERICS = (0.5, 0.9, 0.99), ("exact", "bounded")
# Name, shape, and the share of the copy rate that is wanted.
SHAPES = {"64MB.n": ((1024, 4, 4096), 0.4), "64MB.t": ((65536, 1, 256), 0.4),
          "512MB.n": ((2048, 16, 4096), 0.85), "512MB.t": ((65536, 1, 2048), 0.85),
          "2GB": ((8192, 16, 4096), 0.85)}
PSN_STEPS = 8192  # as many steps, at most, have a matrix of T x T


def list_specs() -> list[Spec]:
    return [Spec(shape[2], decay, "none", numerics) for shape, _ in SHAPES.values()
            for decay in DECAYS for numerics in NUMERICS]


def make_fft(inputs: list, decay: float) -> list[Own]:
    """Convolution with the decaying kernel by FFT, over rows or over columns, whose
    spectrum is made before."""
    steps = inputs[0].shape[0]
    flat = [x.flatten(1) for x in inputs]
    kernel = (decay ** torch.arange(steps, dtype=torch.float64, device=DEVICE)).float()
    size = 1 << (2 * steps - 1).bit_length()
    spectrum = torch.fft.rfft(kernel, n=size)

    def rows(x):
        product = torch.fft.rfft(x, n=size, dim=0).mul_(spectrum[:, None])
        return torch.fft.irfft(product, n=size, dim=0)[:steps] >= 1

    def columns(x):
        product = torch.fft.rfft(x.T.contiguous(), n=size).mul_(spectrum)
        return (torch.fft.irfft(product, n=size)[:, :steps] >= 1).T.contiguous()

    made = []
    for name, form in (("rows", rows), ("columns", columns)):
        try:
            made.append(Own(f"fft.{name}", [lambda x=x, form=form: form(x) for x in flat]))
        except RuntimeError as error:  # memory, or what cuFFT cannot do
            print(f"note: fft.{name}: {str(error).splitlines()[0][:120]}", flush=True)
    return made


def label_peer(form: str) -> str:
    """What is compared comes first: PSN and its sliding form of either tree, scans."""
    kinds = {".psn": "psn", ".sliding": "sliding", "accelerated": "scan"}
    return next((f"{kind}:{form}" for part, kind in kinds.items() if part in form), form)


def make_peers(shape: Shape, decay: float, scale: float, inputs: list) -> list:
    request = {"shape": shape, "decay": decay, "scale": scale, "device": DEVICE}
    with torch.inference_mode():
        return [*make_fft(inputs, decay),
                *open_peers({"peer": "spikingjelly", "kind": "psn", **request}),
                *open_peers({"peer": "accelerated", "kind": "scan", **request})]


def report_forms(name: str, times: dict[str, Times], size: float) -> Iterator[Part]:
    """A line for each form of ours."""
    for numerics in NUMERICS:
        prefix = f"ours.{numerics}"
        own = {form: t for form, t in times.items() if form.startswith(prefix)}
        yield judge(f"{name}.{numerics}", own, size, None, {}, reported=True)


def measure(name: str, shape: Shape, decay: float, share: float,
            others: dict[str, Times]) -> Iterator[Part]:
    """A line for the faster form, and one for each. Peers, whose time does not depend on
    the decay, are measured with the first, and kept in `others`."""
    shape = shrink(shape)
    steps, batch, neurons = shape
    what, scale = f"{name} {list(shape)}", find_scale(decay, "none")
    inputs = [draw(shape, scale, seed) for seed in range(count_sets(shape))]
    contestants: list = [
        make_ours(Spec(neurons, decay, "none", numerics), inputs, f"{what} {numerics}",
                  f"ours.{numerics}") for numerics in NUMERICS]
    if not others:
        contestants += make_peers(shape, decay, scale, inputs)
    with torch.inference_mode():
        times = {label_peer(form): t for form, t in compete(contestants).items()}
    others.update((form, t) for form, t in times.items() if not form.startswith("ours"))
    wanted = {"psn": 10.0 if steps <= PSN_STEPS else None, "fft": 20.0, "sliding": None,
              "scan": None}
    size = steps * batch * neurons * 4.125
    yield judge(name, others | times, size, share, wanted)
    yield from report_forms(name, times, size)


def run() -> Iterator[Part]:
    if gpu.missing():
        yield from gpu.skip(["G4"])
        return
    start_peers("accelerated")
    for label, (shape, share) in SHAPES.items():
        others: dict[str, Times] = {}
        for decay in DECAYS:
            yield from measure(f"G4.{label}.{decay}", shape, decay, share, others)
            if not gpu.ON_CPU:
                torch.cuda.empty_cache()
