# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calls with arrays of CuPy and JAX."""

from __future__ import annotations

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
)
from python_torch import move_torch


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
