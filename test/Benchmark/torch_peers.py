# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The same networks in PyTorch, step by step, eager and compiled.

torch.compile sees one step or one block of steps, never the unrolled time axis.
"""

from __future__ import annotations

import os
import warnings
from typing import Callable

import numpy as np

os.environ.setdefault("CXX", "g++")  # of torch.compile: it needs OpenMP

try:
    import torch
    from torch import Tensor
except ImportError:
    torch = None

MISSING = "torch is not installed; see tools/bench --with-torch"
BLOCK = 8  # steps that torch.compile sees at once

Step = Callable[..., tuple["Tensor", ...]]


def use_threads(threads: int) -> None:
    if torch is not None:
        torch.set_num_threads(threads)


def compiled(function: Callable, example: tuple) -> Callable | None:
    """The function in torch.compile, or nothing where that does not work here."""
    try:
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore")
            result = torch.compile(function, dynamic=False)
            result(*example)
            return result
    except Exception as error:  # whatever its C++ compiler or its guards say
        print(f"note: torch.compile failed: {str(error).splitlines()[0]}", flush=True)
        return None


def forms(step: Step, states: Callable[[], list[Tensor]],
          inputs: list[Tensor]) -> dict[str, Callable[[int], Tensor]]:
    """Ways to run `(state..., x) -> (state..., out)` over time.

    Each takes the index of an input [T, ...] and returns the outputs [T, ...].
    """

    def block(*arguments: Tensor) -> tuple[Tensor, ...]:
        state, xs, outs = arguments[:-1], arguments[-1], []
        for x in xs.unbind(0):
            *state, out = step(*state, x)
            outs.append(out)
        return *state, torch.stack(outs)

    def run(function: Step, size: int) -> Callable[[int], Tensor]:
        def call(index: int) -> Tensor:
            with torch.inference_mode():
                state, outs = states(), []
                x = inputs[index]
                for piece in x.unbind(0) if size == 1 else x.split(size):
                    *state, out = function(*state, piece)
                    outs.append(out)
                return torch.stack(outs) if size == 1 else torch.cat(outs)

        return call

    torch.compiler.reset()  # it gives up after a few networks otherwise
    ways = {"torch.eager": run(step, 1)}
    if function := compiled(step, (*states(), inputs[0][0])):
        ways["torch.compile.step"] = run(function, 1)
    if len(inputs[0]) % BLOCK == 0:
        if function := compiled(block, (*states(), inputs[0][:BLOCK])):
            ways["torch.compile.block"] = run(function, BLOCK)
    return ways


def lif(inputs: list[np.ndarray], decay: float) -> dict[str, Callable[[int], Tensor]]:
    """Hard-reset LIF; the outputs are spikes as bool, and as f32, which is what
    torch.compile writes faster."""
    tensors = [torch.from_numpy(x) for x in inputs]

    def run(element: torch.dtype) -> dict[str, Callable[[int], Tensor]]:
        def step(v: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
            u = decay * v + x
            s = u >= 1.0
            return torch.where(s, 0.0, u), s.to(element)

        return forms(step, lambda: [torch.zeros_like(tensors[0][0])], tensors)

    as_f32 = {f"{form}.f32": call for form, call in run(torch.float32).items()}
    return as_f32 | run(torch.bool)


def fashion(weights: dict[str, np.ndarray],
            inputs: list[np.ndarray]) -> dict[str, Callable[[int], Tensor]]:
    """The demo's network; the outputs are the spikes so far, divided by T."""
    w = {name: torch.from_numpy(np.array(value)) for name, value in weights.items()}
    tensors = [torch.from_numpy(x) for x in inputs]
    steps, batch, _ = tensors[0].shape

    def layer(k: int, re: Tensor, im: Tensor, wait: Tensor, x: Tensor) -> tuple:
        i = torch.nn.functional.linear(x, w[f"hidden{k}.weight"], w[f"hidden{k}.bias"])
        a, b = w[f"memory{k}.re"], w[f"memory{k}.im"]
        re, im = (a * re - b * im) + i, a * im + b * re
        s = (re >= 1.0) & (wait == 0)
        return re, im, torch.where(s, 4, (wait - 1).clamp_min(0)), s.float()

    def step(re1, im1, wait1, re2, im2, wait2, total, x):
        re1, im1, wait1, s = layer(1, re1, im1, wait1, x)
        re2, im2, wait2, s = layer(2, re2, im2, wait2, s)
        total = total + s
        return re1, im1, wait1, re2, im2, wait2, total, total[:1]

    def states() -> list[Tensor]:
        real = [torch.zeros(batch, 256) for _ in range(5)]
        wait = [torch.zeros(batch, 256, dtype=torch.int32) for _ in range(2)]
        return [real[0], real[1], wait[0], real[2], real[3], wait[1], real[4]]

    return forms(step, states, tensors)


def recurrent(weights: dict[str, np.ndarray], sizes: list[int], span: int,
              inputs: list[np.ndarray]) -> dict[str, Callable[[int], Tensor]]:
    """Layers of soft-reset LIF neurons, fed back after `span` steps."""
    w = {name: torch.from_numpy(np.array(value)) for name, value in weights.items()}
    tensors = [torch.from_numpy(x) for x in inputs]
    batch, count = tensors[0].shape[1], len(sizes)

    def step(*arguments: Tensor) -> tuple[Tensor, ...]:
        # The state: per layer v and the last `span` spikes, oldest first.
        *state, x = arguments
        after = []
        for k in range(count):
            v, past = state[2 * k], state[2 * k + 1]
            i = torch.nn.functional.linear(x, w[f"fc{k}.weight"], w[f"fc{k}.bias"])
            i = i + torch.nn.functional.linear(past[0], w[f"rec{k}.weight"])
            u = 0.5 * v + i
            x = (u >= 1.0).float()
            past = torch.cat([past[1:], x[None]]) if span > 1 else x[None]
            after += [u - x, past]
        return *after, x

    def states() -> list[Tensor]:
        return [t for n in sizes
                for t in (torch.zeros(batch, n), torch.zeros(span, batch, n))]

    return forms(step, states, tensors)


def blocked(weights: dict[str, np.ndarray], sizes: list[int], span: int,
            inputs: list[np.ndarray]) -> dict[str, Callable[[int], Tensor]]:
    """The same, `span` steps at once: one product with the recurrent matrix."""
    w = {name: torch.from_numpy(np.array(value)) for name, value in weights.items()}
    tensors = [torch.from_numpy(x) for x in inputs]
    batch, count = tensors[0].shape[1], len(sizes)

    def block(*arguments: Tensor) -> tuple[Tensor, ...]:
        # The state: per layer v and the spikes of the block before.
        *state, x = arguments
        after = []
        for k in range(count):
            v, past = state[2 * k], state[2 * k + 1]
            i = torch.nn.functional.linear(x, w[f"fc{k}.weight"], w[f"fc{k}.bias"])
            i = i + torch.nn.functional.linear(past, w[f"rec{k}.weight"])
            spikes = []
            for current in i.unbind(0):
                u = 0.5 * v + current
                s = (u >= 1.0).float()
                v = u - s
                spikes.append(s)
            x = torch.stack(spikes)
            after += [v, x]
        return *after, x

    def states() -> list[Tensor]:
        return [t for n in sizes
                for t in (torch.zeros(batch, n), torch.zeros(span, batch, n))]

    def run(function: Callable) -> Callable[[int], Tensor]:
        def call(index: int) -> Tensor:
            with torch.inference_mode():
                state, outs = states(), []
                for piece in tensors[index].split(span):
                    *state, out = function(*state, piece)
                    outs.append(out)
                return torch.cat(outs)

        return call

    torch.compiler.reset()
    ways = {"torch.eager": run(block)}
    if function := compiled(block, (*states(), tensors[0][:span])):
        ways["torch.compile"] = run(function)
    return ways


def convolve(x: np.ndarray, w: np.ndarray) -> dict[str, Callable[[], Tensor]]:
    """Convolutions along time, x [T, N], w [K, N], by FFT of the whole sequence or
    of blocks, in the layout of x or with time last. The kernel's is made before."""
    steps, taps = len(x), len(w)
    rows, columns = torch.from_numpy(x), torch.from_numpy(w)

    def whole(size: int) -> Callable[[], Tensor]:
        spectrum = torch.fft.rfft(columns, n=size, dim=0)

        def call() -> Tensor:
            product = torch.fft.rfft(rows, n=size, dim=0) * spectrum
            return torch.fft.irfft(product, n=size, dim=0)[:steps]

        return call

    def turned(size: int) -> Callable[[], Tensor]:
        spectrum = torch.fft.rfft(columns.T.contiguous(), n=size)

        def call() -> Tensor:
            product = torch.fft.rfft(rows.T.contiguous(), n=size) * spectrum
            return torch.fft.irfft(product, n=size)[:, :steps].T.contiguous()

        return call

    def blocks(size: int) -> Callable[[], Tensor]:
        spectrum = torch.fft.rfft(columns.T.contiguous(), n=size)[:, None]
        fresh = size - taps + 1
        behind = -steps % fresh

        def call() -> Tensor:
            padded = torch.nn.functional.pad(rows.T, (taps - 1, behind))
            pieces = padded.unfold(1, size, fresh)
            y = torch.fft.irfft(torch.fft.rfft(pieces) * spectrum, n=size)
            return y[..., taps - 1:].flatten(1)[:, :steps].T.contiguous()

        return call

    exact, power = steps + taps - 1, 1 << (steps + taps - 2).bit_length()
    return {"torch.rows": whole(exact), "torch.rows.pow2": whole(power),
            "torch.columns": turned(exact), "torch.columns.pow2": turned(power),
            "torch.blocks": blocks(1 << (4 * taps - 1).bit_length())}
