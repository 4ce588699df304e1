# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Arrays on a GPU: streams, memory and errors, with a GPU that is not real.

What runs on a real one is in test/Integration/CUDA.

RUN: %python %s %t
"""

from __future__ import annotations

import ctypes.util
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import common
import fake_gpu
import numpy as np
import snnc
from common import FOLDER, GATE, LAYERS, LIF, Failure, check_equal, expect, make, run_lif
from fake_gpu import LOG, Managed, OnGpu, cuda, give_gpu
from snnc import State, _abi, _driver
from snnc._compiler import _make_arguments, _Request, find_compiler

torch, cupy, jax = fake_gpu.make_torch(), fake_gpu.make_cupy(), fake_gpu.make_jax()
FRAMEWORKS = [(torch, torch.Tensor), (cupy, cupy.ndarray), (jax, jax.Array)]
x = make(20, 2, 3)
A, B = make(4, 3), make(4, 3)
lif = snnc.compile(LIF)
library = give_gpu(lif)
layers = snnc.compile(LAYERS)
layers_library = give_gpu(layers)
layers.set_weights({"fc.weight": A})
gate = snnc.compile(GATE)
gate_library = give_gpu(gate)
on_cpu = snnc.compile(LAYERS, weights={"fc.weight": A})(x)


def find_logged(kind: str) -> list[tuple[Any, ...]]:
    return [entry[1:] for entry in LOG if entry[0] == kind]


def test_values() -> None:
    """Each library gets its own arrays back, on its stream, and nothing is copied."""
    for module, kind in FRAMEWORKS:
        for device in (0, 1):
            module.stream = 500
            LOG.clear()
            y = lif(kind(x, device))
            assert type(y) is kind and y.device_id == device
            check_equal(y.array, run_lif(x))
            stream, used_device, _ = library.calls[-1]
            assert used_device == device
            assert not find_logged("copy") and not find_logged("synchronize"), LOG
            if module is jax:
                # Our stream waits for the input, and JAX for our stream.
                assert stream > 1000 and ("Array", stream) in find_logged("export")
                assert find_logged("wait") == [(99, stream)]
            else:
                assert stream == 500 and not find_logged("export")
                # Spikes that are bytes have another type, which only DLPack says; on its
                # own stream, a library has nothing to wait for.
                gate(kind((x > 0).view(np.uint8), device), kind(x.astype(float), device))
                assert find_logged("export") == ([("ndarray", -1)] if module is cupy else [])
            module.stream = 0
    empty = lif(torch.Tensor(x[:0]))
    assert empty.shape == (0, 2, 3)
    named = layers(x=torch.Tensor(x))
    check_equal(named.s.array, on_cpu.s)
    check_equal(named.i.array, on_cpu.i)


def test_streams() -> None:
    """Arrays of others are ordered before the stream of the call."""
    s, d = x > 0, x.astype(np.float64)
    expected = np.where(s, d, 0.0)
    for stream, exported in ((0, 1), (700, 700)):
        torch.stream = stream
        LOG.clear()
        for spikes in (OnGpu(s), Managed(s), OnGpu(s.view(np.uint8))):
            check_equal(gate(spikes, torch.Tensor(d)).array, expected)
        check_equal(gate(OnGpu(s), OnGpu(d)).array, expected)
        assert {call[0] for call in gate_library.calls[-4:]} == {stream}
        got = {entry for entry in find_logged("export") if entry[0] != "Tensor"}
        assert got == {("OnGpu", exported), ("Managed", exported)}, got
    torch.stream = 0


def test_memory() -> None:
    """Steady calls make outputs only; a stream shares its workspace with no other."""
    a = torch.Tensor(x)
    seen: dict[int, int] = {}
    for stream in (11, 12, 11, 12):
        torch.stream = stream
        lif(a)
        workspace = library.calls[-1][2]
        assert seen.setdefault(stream, workspace) == workspace
        made = torch.made
        for _ in range(10):
            lif(a)
            assert library.calls[-1][2] == workspace
        assert torch.made == made + 10
    assert seen[11] != seen[12]
    out = torch.Tensor(np.ones((20, 2, 3), bool))
    made = torch.made
    assert lif(a, out=out) is out and torch.made == made
    check_equal(out.array, run_lif(x))
    lif(torch.Tensor(np.concatenate([x, x, x], axis=1)))  # a larger batch, a larger one
    assert library.calls[-1][2] != seen[12]
    torch.stream = 0


def test_captures() -> None:
    """A graph has a workspace of its own, for ever."""
    a = torch.Tensor(x)
    torch.stream = 21
    lif(a)
    cached = library.calls[-1][2]
    for module, kind in FRAMEWORKS[:2]:
        module.stream = 21
        lif(kind(x))
        cuda.capturing.add(21)
        kept = len(lif._launcher._captured)
        workspaces = []
        for _ in range(2):
            lif(kind(x))
            workspaces.append(library.calls[-1][2])
        # The memory of a graph of PyTorch is the graph's own.
        added = lif._launcher._captured[kept:]
        assert len(added) == (0 if module is torch else 2)
        cuda.capturing.clear()
        lif(kind(x))
        assert library.calls[-1][2] not in workspaces
        module.stream = 0
    torch.stream = 21
    lif(a)
    assert library.calls[-1][2] == cached
    cuda.capturing.add(21)
    state = lif.initial_state(2, "cuda")
    text = "the state is not in the memory of the GPU yet; run it once before"
    expect(snnc.UsageError, text, lif, a, state=state)
    text = "the parameters are not in the memory of the GPU yet; call the model once"
    expect(snnc.UsageError, text, layers, a, weights={"fc.weight": A})
    cuda.capturing.clear()
    torch.stream = 0


def test_threads() -> None:
    """Two calls that are queued on one stream at once have two workspaces."""
    barrier = threading.Barrier(2, timeout=20)
    inner, used = library.cuda_invoke, []

    def wait(model: int, invocation: int, stream: int | None) -> int:
        used.append(_abi.Invocation.from_address(invocation).workspace)
        barrier.wait()
        return int(inner(model, invocation, stream))

    library.cuda_invoke = wait
    results: list[Any] = []
    threads = [
        threading.Thread(target=lambda: results.append(lif(torch.Tensor(x)))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    library.cuda_invoke = inner
    assert len(results) == 2 and used[0] != used[1]
    for result in results:
        check_equal(result.array, run_lif(x))


def test_kept() -> None:
    """What other allocators might give away lives until the stream is done."""
    keeper = _driver.keeper
    cuda.running.add(31)
    torch.stream = 31
    before = len(keeper._kept)
    lif(torch.Tensor(x))
    assert len(keeper._kept) == before
    lif(OnGpu(x))
    assert len(keeper._kept) == 1  # others are done
    (owners,) = (entry[1] for entry in keeper._kept)
    assert any(type(view.owner[0]) is OnGpu for view in owners)
    lif(OnGpu(x))
    assert len(keeper._kept) == 2
    cuda.running.clear()
    lif(OnGpu(x))
    assert len(keeper._kept) == 1
    # All of a call with JAX: input, output, workspace.
    lif(jax.Array(x))
    assert len(keeper._kept) == 1 and len(keeper._kept[0][1]) == 3
    torch.stream = 0


def test_weights() -> None:
    """They are copied once for each GPU, as the code wants them."""
    for device in (0, 1):
        layers(torch.Tensor(x, device))
        LOG.clear()
        check_equal(layers(torch.Tensor(x, device)).i.array, on_cpu.i)
        assert not find_logged("copy")
    for module, kind in FRAMEWORKS:
        y = layers(kind(x), weights={"fc.weight": A})
        check_equal(y.i.array, on_cpu.i)
        module.stream = 41
        LOG.clear()
        layers.set_weights({"fc.weight": kind(B), "unused": kind(x)})
        assert len(find_logged("synchronize")) == 1
        expected = snnc.compile(LAYERS, weights={"fc.weight": B})(x)
        LOG.clear()
        for other in (kind, OnGpu):
            check_equal(layers(other(x)).i.array, expected.i)
        assert not find_logged("copy") and not find_logged("synchronize")
        check_equal(layers(kind(x), weights={"fc.weight": OnGpu(A)}).i.array, on_cpu.i)
        text = "parameter 'fc.weight': expected memory of the CPU, as the inputs, but got"
        expect(snnc.ArgumentError, text, layers, x)
        text = "parameters: expected memory of GPU 1, as the inputs, but got that of GPU 0"
        expect(snnc.ArgumentError, text, layers, kind(x, 1))
        module.stream = 0
    layers.set_weights({"fc.weight": A})
    text = "parameter 'fc.weight': expected shape [4, 3], but got [3, 4]"
    expect(snnc.ArgumentError, text, layers.set_weights, {"fc.weight": torch.Tensor(A.T.copy())})
    text = "parameter 'fc.weight': expected elements of type float32, but got f64"
    expect(
        snnc.ArgumentError, text, layers.set_weights, {"fc.weight": torch.Tensor(A.astype(float))}
    )
    check_equal(layers(x).i, on_cpu.i)


def test_transposes() -> None:
    """A matrix that the code reads by columns, from each side; one of one row, too."""
    for rows in (4, 1):
        text = LAYERS.replace("4x3xf32", f"{rows}x3xf32").replace("?x4x", f"?x{rows}x")
        model = snnc.compile(text)
        assert model.params[0].is_transposed
        give_gpu(model)
        w = A[:rows].copy()
        expected = snnc.compile(text, weights={"fc.weight": w})(x)
        for value in (w, torch.Tensor(w), cupy.ndarray(w), jax.Array(w)):
            model.set_weights({"fc.weight": value})
            if isinstance(value, OnGpu):
                value.array[...] = 0  # a copy was made
            check_equal(model(torch.Tensor(x)).i.array, expected.i)


def test_states() -> None:
    """Steps, cut runs and a whole run are the same bits; states go to and fro."""
    for device in ("cuda", "cuda:1"):
        index = int(device == "cuda:1")
        for _, kind in FRAMEWORKS:
            state = layers.initial_state(2, device=device)
            assert state.device == device and state.position == 0
            for t in range(5):
                step = layers.step(kind(x[t], index), state)
                check_equal(step.s.array, on_cpu.s[t])
                check_equal(step.i.array, on_cpu.i[t])
            assert (state.device, state.position) == (f"cuda:{index}", 5)
            copy, host = state.copy(), state.to("cpu")
            for cut in (state, copy):
                check_equal(layers(kind(x[5:], index), state=cut).s.array, on_cpu.s[5:])
                assert cut.position == 20
            check_equal(layers(x[5:], state=host).s, on_cpu.s[5:])
            assert list(host) == list(state)
            for name in state:
                value = state[name]
                assert type(value) is kind and value.device_id == index
                check_equal(value.array, host[name])
            again = host.to(device)
            layers(kind(x, index), state=again)
            assert again.position == 40
            state.reset()
            assert state.position == 0
            check_equal(layers(kind(x, index), state=state).s.array, on_cpu.s)


def test_state_values() -> None:
    state, (name,) = lif.initial_state(2, "cuda"), lif.initial_state(2)
    lif(torch.Tensor(x[:5]), state=state)
    state.save(FOLDER / "state")
    (value,) = (lif.load_state(FOLDER / "state")[name],)
    rest = run_lif(x)[5:]
    moved = lif.load_state(FOLDER / "state", "cuda")
    assert moved.position == 5
    check_equal(lif(cupy.ndarray(x[5:]), state=moved).array, rest)
    assert moved.position == 20
    for given in (value, torch.Tensor(value), OnGpu(value)):
        state[name] = given
        check_equal(lif(torch.Tensor(x[5:]), state=state).array, rest)
    fresh = lif.initial_state(2, "cuda")
    fresh[name] = value
    check_equal(lif(torch.Tensor(x[5:]), state=fresh).array, rest)
    text = f"state '{name}': expected float32 [2, 3], but got float64 [2, 3]"
    expect(snnc.UsageError, text, state.__setitem__, name, value.astype(float))
    text = f"state '{name}': expected shape [2, 3], but got [1, 3]"
    expect(snnc.ArgumentError, text, state.__setitem__, name, torch.Tensor(value[:1]))
    expect(KeyError, "but got 'q'", state.__getitem__, "q")
    assert not State._settle(lif.initial_state(2), None)


def test_records() -> None:
    model = snnc.compile(LAYERS, record="spikes", weights={"fc.weight": A})
    expected = model.record(x)
    give_gpu(model)
    for _, kind in FRAMEWORKS:
        state = model.initial_state(2, "cuda")
        parts = [model.record(kind(x[:8]), state=state), model.record(kind(x[8:]), state=state)]
        for name, spikes in expected.items():
            assert type(parts[0][name]) is kind
            check_equal(np.concatenate([part[name].array for part in parts]), spikes)


def test_wrong_places() -> None:
    s, d = x > 0, x.astype(np.float64)
    wrong = snnc.ArgumentError
    text = "expected memory of GPU 0, as the other arrays, but got that of "
    expect(wrong, f"input 's': {text}the CPU", gate, s, torch.Tensor(d))
    expect(wrong, f"input 'x': {text}the CPU", gate, torch.Tensor(s), d)
    expect(wrong, f"input 'x': {text}GPU 1", gate, torch.Tensor(s), torch.Tensor(d, 1))
    expect(wrong, f"input 'x': {text}the CPU", lif, x, out=torch.Tensor(s))
    expect(wrong, f"output 's': {text}the CPU", lif, torch.Tensor(x), out=s.copy())
    text = "state: expected one for the device cuda:0, where the arrays are, but got one for cpu"
    expect(wrong, text, lif, torch.Tensor(x), state=lif.initial_state(2))
    expect(
        wrong,
        "input 'x': expected memory of the CPU",
        lif.step,
        torch.Tensor(x[0]),
        lif.initial_state(2),
    )
    state = lif.initial_state(2, "cuda:1")
    text = "state: expected one for the device cpu, where the arrays are, but got one for cuda:1"
    expect(wrong, text, lif, x, state=state)
    expect(wrong, text, lif.step, x[0], state)
    expect(wrong, "one for the device cuda:0", lif, torch.Tensor(x), state=state)
    expect(
        wrong,
        "for one step of a state of batch 2, but got [20, 2, 3]",
        lif.step,
        torch.Tensor(x, 1),
        state,
    )
    expect(
        snnc.UsageError,
        "expected cpu, cuda or cuda:NUMBER, but got mps",
        lif.initial_state,
        2,
        "mps",
    )
    plain = snnc.compile(LIF, name="plain")
    assert plain.gpus == () and lif.gpus == ("sm_90 or newer",)
    error = expect(
        wrong,
        "input 'x': expected memory of the CPU, but got that of device type 2",
        plain,
        torch.Tensor(x),
    )
    assert "cuda:sm_90" in str(error)
    text = "plain: the model has no code for GPUs; compile it with --target=cuda:sm_90"
    expect(snnc.UsageError, text, plain.initial_state, 2, "cuda")


def test_wrong_arrays() -> None:
    wrong = snnc.ArgumentError
    for _, kind in FRAMEWORKS:
        text = "input 'x': expected elements of type float32, but got f64"
        expect(wrong, text, lif, kind(x.astype(np.float64)))
        text = "input 'x': expected shape [T, B, 3] f32, but got [20, 2]"
        expect(wrong, text, lif, kind(x[..., 0].copy()))
        strided = kind(x)
        strided.array = strided.array[::2]
        expect(wrong, "input 'x': expected a dense row-major array", lif, strided)
        expect(wrong, "expected memory at a multiple of 16 bytes", lif, kind(x, 0, 4))
    expect(
        wrong,
        "output 's': expected elements of type bool",
        lif,
        torch.Tensor(x),
        out=torch.Tensor(x),
    )
    expect(
        wrong,
        "output 's': expected an array that can be written, but got one of JAX",
        lif,
        jax.Array(x),
        out=jax.Array(x > 0),
    )
    tensor = torch.Tensor(x)
    tensor.requires_grad = True
    text = "input 'x': expected an array that __dlpack__ hands over, but got the error: the tensor"
    expect(wrong, text, lif, tensor)
    wide = snnc.compile(LIF.replace("f32", "f64"))
    give_gpu(wide)
    expected = snnc.compile(LIF.replace("f32", "f64"))(x.astype(float))
    check_equal(wide(jax.Array(x.astype(float))).array, expected)
    state = wide.initial_state(2, "cuda")
    wide(jax.Array(x.astype(float)), state=state)
    expect(
        snnc.UsageError,
        "expected JAX to have float64, but got float32; set jax_enable_x64",
        lambda: [state[name] for name in state],
    )


def test_wrong_machines() -> None:
    """What the driver and the functions of the model report."""
    library.status = 16
    text = library.explain(16)
    expect(snnc.UsageError, f"lif: {text}", lif, torch.Tensor(x))
    expect(snnc.UsageError, f"lif: {text}", lif.count_gpus)
    library.status, library.text = 20, b"input 'x': of another kind"
    expect(snnc.UsageError, "lif: input 'x': of another kind", lif, torch.Tensor(x))
    library.status = 13
    expect(snnc.BusyError, "input 'x'", lif, torch.Tensor(x))
    library.status, library.text = 0, b""
    assert lif.count_gpus() == 2
    check_equal(lif(torch.Tensor(x)).array, run_lif(x))
    driver, _driver._driver = _driver._driver, None
    try:
        if ctypes.util.find_library("cuda") is None:
            expect(snnc.UsageError, "there is no CUDA driver: libcuda.so.1", lif, jax.Array(x))
    finally:
        _driver._driver = driver
    text = "the CUDA driver reports error 101 of cuDeviceGet: fake error"
    expect(snnc.UsageError, text, lif, jax.Array(x, 7))


@contextmanager
def use_path(path: str) -> Iterator[None]:
    before = os.environ["PATH"]
    os.environ["PATH"] = path
    yield
    os.environ["PATH"] = before


def test_targets() -> None:
    """`target` reaches the compiler as it is, or as a list, and is part of the key."""
    keys = set()
    for target, flag in (
        ("native", "--target=native"),
        ("cuda:sm_90", "--target=cuda:sm_90"),
        (["native", "cuda:sm_90"], "--target=native,cuda:sm_90"),
    ):
        arguments = _make_arguments(target, 1, "bounded", None, {})
        assert flag in arguments, arguments
        request = _Request(find_compiler(), LIF, None, arguments)
        keys.add(request.hash())
        if "cuda" in flag:
            with use_path(str(FOLDER)):
                bare = request.hash()
                (FOLDER / "ptxas").touch(0o700)
                assert request.hash() != bare  # its code is better
                (FOLDER / "ptxas").unlink()
        request.close()
    if len(keys) != 3:
        raise Failure(f"expected a key for each target, but got {keys}")


if __name__ == "__main__":
    common.main(globals())
