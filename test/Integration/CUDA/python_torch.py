# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calls with tensors of PyTorch."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import Any

import numpy as np
from python_checks import (
    Models,
    check,
    check_errors,
    check_states,
    check_values,
    check_weights,
    hold,
    make_drive,
    make_pixels,
    raises,
    run_spikes,
    same,
    to_host,
)


def move_torch(array: np.ndarray) -> Any:
    import torch

    return torch.from_numpy(np.ascontiguousarray(array)).cuda()


@check("torch")
def check_torch_values(torch: Any) -> None:
    check_values(move_torch, torch.Tensor)
    y = Models.get("lif")(move_torch(make_drive(9, 2, 5)))
    hold(y.dtype == torch.bool and y.is_cuda, f"expected bool on a GPU, but got {y.dtype}")


@check("torch")
def check_torch_weights(torch: Any) -> None:
    check_weights(move_torch, torch.Tensor)


@check("torch")
def check_torch_states(torch: Any) -> None:
    check_states(move_torch, torch.Tensor)


@check("torch")
def check_torch_errors(torch: Any) -> None:
    check_errors(move_torch, torch.Tensor)
    model, x = Models.get("lif"), move_torch(make_drive(16, 4, 5))
    raises("ArgumentError", "dense row-major", model, x[::2])
    raises("ArgumentError", "multiple of 16 bytes", model, move_torch(make_drive(3, 1, 5))[1:])
    raises("ArgumentError", "gradient", model, x.clone().requires_grad_())


@check("torch")
def check_torch_out(torch: Any) -> None:
    model, x = Models.get("lif"), make_drive(40, 4, 5)
    out = torch.ones(40, 4, 5, dtype=torch.bool, device="cuda")
    hold(model(move_torch(x), out=out) is out, "expected the array that was given")
    same(out, run_spikes(x))


class Slow:
    """A side stream whose work before a call takes long."""

    def __init__(self, torch: Any) -> None:
        self.torch, self.stream = torch, torch.cuda.Stream()

    def sleep(self) -> None:
        self.torch.cuda._sleep(400_000_000)  # cycles: 0.2 s and more


@check("torch")
def check_torch_stream(torch: Any) -> None:
    """A call runs after what its stream has, and does not wait for it."""
    model, x = Models.get("lif"), make_drive(50, 8, 5)
    source, target = move_torch(x), torch.zeros(50, 8, 5, device="cuda")
    slow = Slow(torch)
    model(target)  # loads the model
    with torch.cuda.stream(slow.stream):
        model(target)
        torch.cuda.synchronize()
        slow.sleep()
        target.copy_(source)
        y = model(target)
        hold(not slow.stream.query(), "expected the call to return while the stream is busy")
    slow.stream.synchronize()
    same(y, run_spikes(x))


@check("torch")
def check_torch_two_streams(torch: Any) -> None:
    """Runs that overlap share no memory."""
    model, streams = Models.get("fashion"), [torch.cuda.Stream() for _ in range(2)]
    inputs = [make_pixels(300, 16) for _ in streams]
    expected = [model(x) for x in inputs]
    tensors = [move_torch(x) for x in inputs]
    torch.cuda.synchronize()
    results: list[list[Any]] = [[], []]
    for _ in range(20):
        for i, stream in enumerate(streams):
            with torch.cuda.stream(stream):
                results[i].append(model(tensors[i]))
    torch.cuda.synchronize()
    for i, want in enumerate(expected):
        for got in results[i]:
            same(got, want, f"stream {i}")


@check("torch")
def check_torch_threads(torch: Any) -> None:
    """Threads may call one model on one stream, and on their own ones."""
    model = Models.get("fashion")
    inputs = [make_pixels(100, 8) for _ in range(4)]
    expected = [model(x) for x in inputs]
    tensors = [move_torch(x) for x in inputs]
    torch.cuda.synchronize()
    results: list[list[Any]] = [[] for _ in inputs]

    def work(i: int) -> None:
        stream = torch.cuda.Stream() if i % 2 else torch.cuda.default_stream()
        with torch.cuda.stream(stream):
            for _ in range(10):
                results[i].append(model(tensors[i]))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(inputs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    torch.cuda.synchronize()
    for i, want in enumerate(expected):
        hold(len(results[i]) == 10, f"expected 10 results of thread {i}")
        for got in results[i]:
            same(got, want, f"thread {i}")


@check("torch")
def check_torch_memory(torch: Any) -> None:
    """A steady call takes nothing but its outputs, from PyTorch's allocator."""
    model, x = Models.get("fashion"), move_torch(make_pixels(100, 8))
    for _ in range(3):
        y = model(x)
    torch.cuda.synchronize()
    keys = ("allocated_bytes.all.current", "segment.all.allocated", "num_alloc_retries")
    before = torch.cuda.memory_stats()
    for _ in range(100):
        y = model(x)
    torch.cuda.synchronize()
    after = torch.cuda.memory_stats()
    for key in keys:
        hold(before[key] == after[key], f"{key}: {before[key]} before, {after[key]} after")
    made = after["allocation.all.allocated"] - before["allocation.all.allocated"]
    hold(made == 100, f"expected 100 outputs, but got {made} allocations")
    kept = torch.cuda.memory_allocated()
    del y
    hold(torch.cuda.memory_allocated() < kept, "expected the output to be PyTorch's")


@check("torch")
def check_torch_graph(torch: Any) -> None:
    """10 replays with other inputs, and calls between them that are not captured."""
    for name, make in (
        ("lif", lambda: make_drive(64, 8, 5)),
        ("fashion", lambda: make_pixels(64, 8)),
    ):
        model, x = Models.get(name), move_torch(make())
        model(x)
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            y = model(x)
            z = model(x)
        for i in range(10):
            new = make()
            x.copy_(torch.from_numpy(new))
            graph.replay()
            between = make()
            same(model(move_torch(between)), model(between), f"{name}, between replays")
            for got in (y, z):
                same(got, model(new), f"{name}, replay {i}")


@check("torch")
def check_torch_graph_state(torch: Any) -> None:
    """A captured step, replayed, is a stream of steps."""
    model, x = Models.get("lif"), make_drive(30, 8, 5)
    expected = run_spikes(x)
    x_t, state = torch.zeros(8, 5, device="cuda"), model.initial_state(8, device="cuda")
    model.step(x_t, state)
    state.reset()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        y = model.step(x_t, state)
    for t in range(30):
        x_t.copy_(torch.from_numpy(x[t]))
        graph.replay()
        same(y, expected[t], f"replay {t}")


@check("torch")
def check_torch_graph_too_early(torch: Any) -> None:
    """A state that is not on the GPU yet cannot be moved by a captured call."""
    model, x = Models.get("lif"), move_torch(make_drive(4, 8, 5))
    model(x)
    torch.cuda.synchronize()
    with torch.cuda.graph(torch.cuda.CUDAGraph()):
        raises("UsageError", "before the capture", model, x, state=model.initial_state(8, "cuda"))
        model(x)
    same(model(x), run_spikes(to_host(x)))


@check("torch")
def check_torch_others(torch: Any) -> None:
    """What only has DLPack, and a host array beside a tensor."""

    class Foreign:
        def __init__(self, tensor: Any) -> None:
            self.tensor = tensor

        def __dlpack__(self, **options: Any) -> Any:
            return self.tensor.__dlpack__(**options)

        def __dlpack_device__(self) -> Any:
            return self.tensor.__dlpack_device__()

    model, x = Models.get("lif"), make_drive(20, 8, 5)
    for stream in (torch.cuda.default_stream(), torch.cuda.Stream()):
        with torch.cuda.stream(stream):
            same(model(Foreign(move_torch(x))), run_spikes(x))


@check("torch")
def check_torch_devices(torch: Any) -> None:
    """Another GPU than the current one."""
    if torch.cuda.device_count() < 2:
        raise NotImplementedError("one GPU")
    x = make_drive(20, 8, 5)
    for index in (1, 0):
        device = torch.device("cuda", index)
        y = Models.get("lif")(torch.from_numpy(x).to(device))
        hold(y.device == device, f"expected {device}, but got {y.device}")
        same(y, run_spikes(x))
        state = Models.get("lif").initial_state(8, device)
        same(Models.get("lif")(torch.from_numpy(x).to(device), state=state), run_spikes(x))
    zero, one = (torch.zeros(4, 8, 5, device=f"cuda:{i}") for i in (0, 1))
    raises("ArgumentError", "that of GPU 1", Models.get("lif"), zero, out=one > 0)


@check("torch")
def check_torch_no_gpu(torch: Any) -> None:
    """The same library in a process that sees no GPU."""
    code = (
        "import sys, numpy as np, snnc; model = snnc.load(sys.argv[1])\n"
        "assert model(np.ones((4, 1, 5), np.float32)).any()\n"
        "try: count = model.count_gpus()\n"
        "except snnc.UsageError as error: count = 0\n"
        "print('GPUs:', count)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, str(Models.folder / "lif.so")],
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
    )
    hold(result.stdout == "GPUs: 0\n", f"got {result.stdout}{result.stderr}")
