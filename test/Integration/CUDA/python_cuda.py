#!/usr/bin/env python3
# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calls models on a GPU from Python: with PyTorch, CuPy and JAX, where they are.

    python3 python_cuda.py --artifacts DIR --compile BUILD/bin/snnc   # any machine
    PYTHONPATH=python python3 python_cuda.py --artifacts DIR          # one with a GPU

The first compiles what python_models.txt lists. The second prints a line for each
check, and then PASSED n, FAILED m, SKIPPED k; it exits with 0, with 1 if something
failed, or with 77 if there is no GPU. The expected bits are those of the same library
on the CPU.

Here, all is compiled and loaded, and no GPU is seen:
RUN: rm -rf %t && %python %s --artifacts %t --compile snnc
RUN: not env CUDA_VISIBLE_DEVICES= PYTHONPATH=%src_root/python %python %s --artifacts %t \
RUN:   | FileCheck %s --check-prefix=NONE
NONE: SKIPPED: there is no GPU
"""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
CHECKS: list[tuple[str, str, Callable[..., None]]] = []
RNG = np.random.default_rng(5)


class Failure(Exception):
    """A check that does not hold."""


def check(framework: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A function that a framework is needed for; it gets its module."""

    def add(function: Callable[..., None]) -> Callable[..., None]:
        CHECKS.append((function.__name__[6:], framework, function))
        return function

    return add


# --- What the checks share -----------------------------------------------------


class Models:
    """The libraries, each loaded when it is first asked for."""

    folder = Path()
    loaded: dict[str, Any] = {}

    @classmethod
    def get(cls, name: str) -> Any:
        import snnc

        if name not in cls.loaded:
            cls.loaded[name] = snnc.load(cls.folder / f"{name}.so")
        return cls.loaded[name]


def make_drive(*shape: int) -> np.ndarray:
    return RNG.normal(0.5, 1, shape).astype(np.float32)


def make_pixels(steps: int, batch: int) -> np.ndarray:
    return RNG.uniform(0, 1, (steps, batch, 1)).astype(np.float32)


def make_linear() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    weights = {"w": make_drive(4, 3), "b": make_drive(4)}
    return RNG.random((16, 4, 3)) < 0.5, weights


def to_host(array: Any) -> np.ndarray:
    """The values of an array of any framework."""
    if hasattr(array, "cpu"):
        return array.cpu().numpy()
    return array.get() if hasattr(array, "get") else np.asarray(array)


def same(actual: Any, expected: np.ndarray, what: str = "the output") -> None:
    """Bitwise equality, with type and shape."""
    actual = to_host(actual)
    if (actual.dtype, actual.shape) != (expected.dtype, expected.shape):
        raise Failure(
            f"{what}: expected {expected.dtype}{list(expected.shape)}, but got "
            f"{actual.dtype}{list(actual.shape)}"
        )
    if actual.tobytes() != np.ascontiguousarray(expected).tobytes():
        wrong = int(np.sum(actual != expected))
        raise Failure(f"{what}: {wrong} of {expected.size} elements differ from the CPU")


def hold(condition: bool, text: str) -> None:
    if not condition:
        raise Failure(text)


def raises(kind: str, words: str, call: Callable[..., Any], *arguments: Any, **named: Any) -> None:
    """The call must raise this exception of snnc, with these words."""
    try:
        call(*arguments, **named)
    except Exception as error:
        if type(error).__name__ == kind and words in str(error):
            return
        raise Failure(f"expected {kind} with '{words}', but got {type(error)}: {error}") from None
    raise Failure(f"expected {kind} with '{words}', but there was no error")


def run_spikes(x: np.ndarray) -> np.ndarray:
    """What lif.so makes of a drive, on the CPU."""
    y: np.ndarray = Models.get("lif")(x)
    if x.shape[0] > 8:
        hold(0 < y.mean() < 1, "expected some spikes, so that equality means something")
    return y


def check_values(move: Callable[[np.ndarray], Any], kind: type) -> None:
    """All models and several shapes, with arrays that `move` makes."""
    for shape in ((1, 1), (7, 4), (100, 3), (1000, 64), (33, 257), (0, 4), (5, 0)):
        x = make_drive(*shape, 5)
        y = Models.get("lif")(move(x))
        hold(isinstance(y, kind), f"expected {kind}, but got {type(y)}")
        same(y, run_spikes(x), f"lif {shape}")
    pixels = make_pixels(784, 3)
    expected = Models.get("fashion")(pixels)
    hold(len(np.unique(expected)) > 10, "expected logits that differ")
    same(Models.get("fashion")(move(pixels)), expected, "fashion")
    results = Models.get("fashion_spikes")(move(pixels))
    for got, want in zip(results, Models.get("fashion_spikes")(pixels)):
        same(got, want, "fashion_spikes")


def check_weights(move: Callable[[np.ndarray], Any], kind: type) -> None:
    """Parameters from either side, for calls from now on and for one."""
    s, weights = make_linear()
    model = Models.get("linear")
    expected = model(s, weights=weights)
    on_gpu = {name: move(value) for name, value in weights.items()}
    for given in (weights, on_gpu):
        same(model(move(s), weights=given), expected, "linear, weights of a call")
        model.set_weights(given)
        for _ in range(2):
            same(model(move(s)), expected, "linear, weights that are set")
    other = {"w": make_drive(4, 3), "b": make_drive(4)}
    model.set_weights(other)
    same(model(move(s)), model(s), "linear, other weights")
    pixels, args = make_pixels(200, 2), Models.get("fashion_args")
    args.set_weights(Models.folder / "fashion.safetensors")
    expected = Models.get("fashion")(pixels)
    same(args(move(pixels)), expected, "fashion_args, weights of a file")
    values = {name: move(np.array(value)) for name, value in args.weights.items()}
    args.set_weights(values)
    same(args(move(pixels)), expected, "fashion_args, weights on the GPU")


def check_states(move: Callable[[np.ndarray], Any], kind: type) -> None:
    """Steps, cut runs and a whole run are the same bits."""
    for name, make in (
        ("lif", lambda: make_drive(60, 4, 5)),
        ("fashion", lambda: make_pixels(60, 4)),
    ):
        model, x = Models.get(name), make()
        host = model.initial_state(4)
        steps = [model.step(x_t, host) for x_t in x]
        state = model.initial_state(4, device="cuda")
        for t in range(20):
            same(model.step(move(x[t]), state), steps[t], f"{name}, step {t}")
        copy, moved = state.copy(), state.to("cpu")
        for cut in (state, copy):
            model(move(x[20:40]), state=cut)
            same(model.step(move(x[40]), cut), steps[40], f"{name}, step after a run")
            hold(cut.position == 41, f"expected position 41, but got {cut.position}")
        model(x[20:41], state=moved)
        for key in state:
            hold(isinstance(state[key], kind), f"expected a state of {kind}")
            same(state[key], moved[key], f"{name}, state {key}")
        with tempfile.TemporaryDirectory() as folder:
            state.save(Path(folder, "state"))
            loaded = model.load_state(Path(folder, "state"), "cuda")
        same(model.step(move(x[41]), loaded), steps[41], f"{name}, loaded state")
        state.reset()
        same(model.step(move(x[0]), state), steps[0], f"{name}, state after reset")


def check_errors(move: Callable[[np.ndarray], Any], kind: type) -> None:
    """What cannot work is said before something runs, and does no harm."""
    model, x = Models.get("lif"), make_drive(16, 4, 5)
    s, weights = make_linear()
    raises("ArgumentError", "elements of type float32", model, move(x.astype(np.float16)))
    raises("ArgumentError", "expected shape [T, B, 5] f32", model, move(x[..., :4].copy()))
    raises("ArgumentError", "that of the CPU", model, move(x), out=np.zeros(x.shape, bool))
    raises("ArgumentError", "one for cpu", model, move(x), state=model.initial_state(4))
    raises("ArgumentError", "one for cuda", model, x, state=model.initial_state(4, "cuda"))
    raises("ArgumentError", "cuda:sm_90", Models.get("plain"), move(x))
    raises("UsageError", "no code for GPUs", Models.get("plain").initial_state, 4, "cuda")
    Models.get("linear").set_weights({name: move(value) for name, value in weights.items()})
    raises("ArgumentError", "expected memory of the CPU", Models.get("linear"), s)
    same(model(move(x)), run_spikes(x), "a run after errors")


# --- PyTorch -------------------------------------------------------------------


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


# --- CuPy ----------------------------------------------------------------------


def move_cupy(array: np.ndarray) -> Any:
    import cupy

    return cupy.asarray(np.ascontiguousarray(array))


@check("cupy")
def check_cupy_values(cupy: Any) -> None:
    check_values(move_cupy, cupy.ndarray)


@check("cupy")
def check_cupy_weights(cupy: Any) -> None:
    check_weights(move_cupy, cupy.ndarray)


@check("cupy")
def check_cupy_states(cupy: Any) -> None:
    check_states(move_cupy, cupy.ndarray)


@check("cupy")
def check_cupy_errors(cupy: Any) -> None:
    check_errors(move_cupy, cupy.ndarray)
    raises(
        "ArgumentError", "dense row-major", Models.get("lif"), move_cupy(make_drive(16, 4, 5))[::2]
    )


@check("cupy")
def check_cupy_stream(cupy: Any) -> None:
    """A call runs after what its stream has, and does not wait for it."""
    model, x = Models.get("lif"), make_drive(50, 8, 5)
    spin = cupy.RawKernel(
        'extern "C" __global__ void spin(long long n) {'
        " long long t = clock64(); while (clock64() - t < n) {} }",
        "spin",
    )
    source, target = move_cupy(x), cupy.zeros((50, 8, 5), cupy.float32)
    stream = cupy.cuda.Stream(non_blocking=True)
    with stream:
        model(target)
        spin((1,), (1,), (1,))
        cupy.cuda.Device().synchronize()
        spin((1,), (1,), (400_000_000,))
        target[...] = source
        y = model(target)
        hold(not stream.done, "expected the call to return while the stream is busy")
    stream.synchronize()
    same(y, run_spikes(x))


@check("cupy")
def check_cupy_memory(cupy: Any) -> None:
    """A steady call takes nothing but its outputs, from CuPy's pool."""
    model, x, pool = (
        Models.get("fashion"),
        move_cupy(make_pixels(100, 8)),
        cupy.get_default_memory_pool(),
    )
    for _ in range(3):
        y = model(x)
    before = pool.used_bytes(), pool.total_bytes()
    for _ in range(100):
        y = model(x)
    after = pool.used_bytes(), pool.total_bytes()
    hold(before == after, f"{before} bytes before, {after} after")
    del y
    hold(pool.used_bytes() < after[0], "expected the output to be CuPy's")


@check("cupy")
def check_cupy_graph(cupy: Any) -> None:
    """A graph has memory of its own, though CuPy's pool knows nothing of it."""
    model, x = Models.get("fashion"), move_cupy(make_pixels(64, 8))
    stream = cupy.cuda.Stream(non_blocking=True)
    with stream:
        y = model(x)
        stream.synchronize()
        stream.begin_capture()
        model(x, out=y)
        graph = stream.end_capture()
        for i in range(10):
            new, between = make_pixels(64, 8), make_pixels(64, 8)
            x[...] = move_cupy(new)
            same(model(move_cupy(between)), model(between), "between replays")
            graph.launch(stream)
            stream.synchronize()
            same(y, model(new), f"replay {i}")


@check("cupy")
def check_cupy_with_torch(cupy: Any) -> None:
    """Arrays of two libraries in one call."""
    import torch

    model, x = Models.get("lif"), make_drive(40, 4, 5)
    out = cupy.ones((40, 4, 5), bool)
    hold(model(move_torch(x), out=out) is out, "expected the array that was given")
    torch.cuda.synchronize()
    same(out, run_spikes(x))


# --- JAX -----------------------------------------------------------------------


def move_jax(array: np.ndarray) -> Any:
    import jax

    return jax.device_put(np.ascontiguousarray(array), jax.local_devices(backend="gpu")[0])


@check("jax")
def check_jax_values(jax: Any) -> None:
    check_values(move_jax, jax.Array)


@check("jax")
def check_jax_weights(jax: Any) -> None:
    check_weights(move_jax, jax.Array)


@check("jax")
def check_jax_states(jax: Any) -> None:
    check_states(move_jax, jax.Array)


@check("jax")
def check_jax_errors(jax: Any) -> None:
    check_errors(move_jax, jax.Array)
    x = make_drive(16, 4, 5)
    raises("ArgumentError", "one of JAX", Models.get("lif"), move_jax(x), out=move_jax(x > 0))


@check("jax")
def check_jax_order(jax: Any) -> None:
    """Inputs that JAX still computes and at once forgets, outputs that it reads at
    once, and memory that it gives to something else at once."""
    model, count = Models.get("fashion"), jax.jit(lambda a: (a * 2.0 - a, a.sum()))
    heavy = jax.jit(lambda a, m: a + 0.0 * (m @ m @ m).sum())
    matrix = jax.numpy.ones((2048, 2048), "float32") * 1e-6
    inputs = [make_pixels(50, 16) for _ in range(4)]
    expected = [model(x) for x in inputs]
    moved = [move_jax(x) for x in inputs]
    results = []
    for i in range(40):
        logits, _ = count(model(heavy(moved[i % 4], matrix)))
        results.append(logits)
    for i, got in enumerate(results):
        same(got, expected[i % 4], f"call {i}")


# --- All -----------------------------------------------------------------------


def count_gpus() -> int:
    import snnc

    try:
        return int(Models.get("lif").count_gpus())
    except snnc.UsageError as error:
        print(error)
        return 0


def find_module(name: str) -> Any:
    """A framework that sees a GPU, or an ImportError."""
    module = importlib.import_module(name)
    if name == "torch" and not module.cuda.is_available():
        raise ImportError("torch sees no GPU")
    if name == "jax":
        try:
            module.local_devices(backend="gpu")
        except RuntimeError:
            raise ImportError("jax sees no GPU") from None
    return module


def run_checks(only: str) -> int:
    passed = failed = skipped = 0
    for name, framework, function in CHECKS:
        if only not in name:
            continue
        try:
            function(find_module(framework))
        except (ImportError, NotImplementedError) as error:
            print(f"SKIPPED {name}: {error}", flush=True)
            skipped += 1
        except Exception as error:
            print(f"FAILED {name}: {error}", flush=True)
            if not isinstance(error, Failure):
                traceback.print_exc()
            failed += 1
        else:
            print(f"PASSED {name}", flush=True)
            passed += 1
    print(f"PASSED {passed}, FAILED {failed}, SKIPPED {skipped}")
    return 1 if failed or not passed else 0


def compile_models(snnc: str) -> None:
    """What python_models.txt lists."""
    Models.folder.mkdir(parents=True, exist_ok=True)
    for line in (HERE / "python_models.txt").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        name, model, *options = line.split()
        if model == "copy":
            shutil.copy(ROOT / options[0], Models.folder / name)
            continue
        if not any(option.startswith("--target") for option in options):
            options.append("--target=cuda:sm_90")
        command = [snnc, model, "-o", str(Models.folder / name), "--numerics=exact", *options]
        subprocess.run(command, check=True, cwd=ROOT)


def main() -> int:
    parser = argparse.ArgumentParser(description="Calls models on a GPU from Python.")
    parser.add_argument("--artifacts", type=Path, required=True, help="folder of libraries")
    parser.add_argument("--compile", metavar="SNNC", help="only compile them, with this program")
    parser.add_argument("--only", default="", help="checks with this in their name")
    options = parser.parse_args()
    Models.folder = options.artifacts.resolve()
    if options.compile:
        compile_models(str(Path(options.compile).resolve()))
        return 0
    # JAX would take most of the memory of the GPU at once.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    for path in sorted(Models.folder.glob("*.so")):
        Models.get(path.stem)
    if not count_gpus():
        print("SKIPPED: there is no GPU")
        return 77
    return run_checks(options.only)


if __name__ == "__main__":
    sys.exit(main())
