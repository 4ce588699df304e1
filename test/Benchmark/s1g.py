# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""S1G: the GPU's part of S1: twice the T, B or N costs at most 2.1 times as much, at
four second-level caches and more; a stream takes the same memory whatever its length."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

import gpu
from artifact import CudaState
from gpu import Part, Shape, Spec, compete, count_sets, draw, find_scale, make_ours, shrink

DECAY = 0.5
# Name, then (T, B, N) before and after a doubling.
CASES = (("S1G.t", (1024, 32, 2048), (2048, 32, 2048)),
         ("S1G.b", (1024, 32, 2048), (1024, 64, 2048)),
         ("S1G.n", (1024, 32, 2048), (1024, 32, 4096)),
         ("S1G.t1m", (524288, 4, 64), (1048576, 4, 64)))


def list_specs() -> list[Spec]:
    return [Spec(shape[2], DECAY, "hard") for case in CASES for shape in case[1:]]


def make(name: str, shape: Shape, role: str):
    shape = shrink(shape)
    inputs = [draw(shape, find_scale(DECAY, "hard"), seed) for seed in range(count_sets(shape))]
    return make_ours(Spec(shape[2], DECAY, "hard"), inputs, f"{name} {list(shape)}", role)


def stream(model: gpu.Model, x: gpu.torch.Tensor, words: gpu.torch.Tensor, steps: int) -> int:
    """Runs `steps` steps in pieces of x, with a state; bytes that this takes beside x and
    the words."""
    torch, library = gpu.torch, model.library
    piece, batch = x.shape[:2]
    workspace = torch.empty(library.table.cuda_workspace_bytes(library.model, piece, batch) + 1,
                            dtype=torch.uint8, device=gpu.DEVICE)
    memory = torch.empty(library.table.cuda_state_bytes(library.model, batch) + 1,
                         dtype=torch.uint8, device=gpu.DEVICE)
    state, queue = CudaState(), torch.cuda.current_stream().cuda_stream
    statuses = [library.table.cuda_reset(library.model, ctypes.addressof(state),
                                         memory.data_ptr(), batch, queue)]
    torch.cuda.synchronize()
    before = torch.cuda.mem_get_info()[0]
    for _ in range(steps // piece):
        statuses.append(model.entry(
            ctypes.c_void_p(x.data_ptr()), ctypes.c_void_p(words.data_ptr()),
            ctypes.c_int64(piece), ctypes.c_int64(batch),
            ctypes.c_void_p(ctypes.addressof(state)), ctypes.c_void_p(workspace.data_ptr()),
            ctypes.c_void_p(queue)))
    torch.cuda.synchronize()
    if any(statuses):
        raise RuntimeError(library.explain(max(statuses)))
    taken = before - torch.cuda.mem_get_info()[0]
    return workspace.numel() + memory.numel() + taken


def measure_memory() -> Part:
    """A stream of 64K steps, and one of 1M."""
    if gpu.ON_CPU:
        return Part("S1G.memory", reason="the CPU stands for the GPU")
    piece, batch, neurons = 4096, 4, 64
    model = gpu.Model(Spec(neurons, DECAY, "hard"))
    x = draw((piece, batch, neurons), find_scale(DECAY, "hard"), 1)
    words = gpu.torch.empty((piece, batch, neurons // 32), dtype=gpu.torch.int32,
                            device=gpu.DEVICE)
    stream(model, x, words, 2 * piece)  # loads the model
    half, ours = (stream(model, x, words, steps) for steps in (1 << 16, 1 << 20))
    return Part("S1G.memory", ours=f"{ours}B", peer=f"64K_steps:{half}B",
                ratio=f"{ours / half:.2f}", target="<=1.00", holds=ours <= half)


def run() -> Iterator[Part]:
    if gpu.missing():
        yield from gpu.skip(["S1G"])
        return
    for name, before, after in CASES:
        times = compete([make(name, after, "ours"), make(name, before, "half")])
        ours, half = gpu.best(times, "ours"), gpu.best(times, "half")
        ratio = ours[1].median / half[1].median
        yield Part(name, ours=f"{ours[0]}:{ours[1]}", peer=f"{half[0]}:{half[1]}",
                   ratio=f"{ratio:.2f}", target="<=2.1", holds=ratio <= 2.1)
        if not gpu.ON_CPU:
            gpu.torch.cuda.empty_cache()
    yield measure_memory()
