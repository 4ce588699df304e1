# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The functions of the runtime as they are, from Python, on a driver without a GPU.

RUN: %cxx -std=c++17 -shared -fPIC -I %src_root/include -I %src_root/test/Runtime \
RUN:   %S/Inputs/Hand.cpp %src_root/test/Runtime/Models.cpp -DMODEL=cudaParamModel \
RUN:   %obj_root/lib/libSNNRuntime.a -lpthread -ldl -Wl,-z,defs -o %t.so
RUN: env LD_LIBRARY_PATH=%obj_root/test/fake-cuda/new FAKE_CUDA_DEVICES=2 %python %s %t %t.so
RUN: mkdir -p %t && touch %t/libcuda.so.1
RUN: env LD_LIBRARY_PATH=%t %python %s %t.out %t.so none
"""

from __future__ import annotations

import ctypes
import sys
from ctypes import CFUNCTYPE, c_bool, c_int, c_int64, c_void_p
from typing import Any

import common
import fake_gpu
import numpy as np
import snnc
from common import check_equal, expect, make
from snnc import _driver

# Kernels are found by name.
ctypes.CDLL(sys.argv[2], ctypes.RTLD_GLOBAL)
HAS_DRIVER = sys.argv[3:] != ["none"]


class Control(ctypes.Structure):
    """What FakeCuda.h has for tests."""

    _fields_ = [
        ("get", c_void_p),
        ("create_context", c_void_p),
        ("destroy_context", c_void_p),
        ("set_current", c_void_p),
        ("get_current", c_void_p),
        ("create_stream", c_void_p),
        ("set_capturing", CFUNCTYPE(None, c_void_p, c_bool)),
        ("allocate", CFUNCTYPE(c_void_p, c_int, c_int64, c_bool)),
    ]


torch = fake_gpu.make_torch()
Tensor = torch.Tensor
model = snnc.load(sys.argv[2])
W = np.float32([0.5, 0.625, 0.8125])
x = make(20, 2, 3)
expected = model(x, weights={"w": W})
if HAS_DRIVER:
    # The driver of this package is the real one, too, but for events and copies.
    control = Control.in_dll(ctypes.CDLL("libcuda.so.1"), "fakeCudaControl")
    _driver._driver = None

    def allocate(array: np.ndarray, device: int) -> np.ndarray:
        """A copy in what the driver calls the memory of a GPU."""
        address = control.allocate(device, max(array.nbytes, 1), False)
        memory: Any = (ctypes.c_uint8 * array.nbytes).from_address(address)
        copy = np.frombuffer(memory, np.uint8).view(array.dtype).reshape(array.shape)
        copy[...] = array
        return copy

    fake_gpu.allocate = allocate


def check_outputs(y: Any, first: int = 0) -> None:
    check_equal(y.s.array, expected.s[first:])
    check_equal(y.rate.array, expected.rate)
    check_equal(y.time.array, expected.time[first:])


def test_runs() -> None:
    assert model.gpus == ("sm_80", "sm_90", "sm_80 or newer")
    for device in (0, 1):
        w = Tensor(W, device)
        for _ in range(3):
            check_outputs(model(Tensor(x, device), weights={"w": w}))
        model.set_weights({"w": w})
        check_outputs(model(Tensor(x, device)))
    assert model.count_gpus() == 2


def test_states() -> None:
    for device in (0, 1):
        model.set_weights({"w": Tensor(W, device)})
        state = model.initial_state(2, f"cuda:{device}")
        model(Tensor(x[:8], device), state=state)
        for t in range(8, 16):
            step = model.step(Tensor(x[t], device), state)
            check_equal(step.s.array, expected.s[t])
        assert state.position == 16
        check_outputs(model(Tensor(x[16:], device), state=state), 16)
        state.reset()
        check_outputs(model(Tensor(x, device), state=state))
        text = "model.initial_state"
        expect(snnc.ArgumentError, text, model, Tensor(x, 1 - device), state=state)


def test_records() -> None:
    model.set_weights({"w": Tensor(W)})
    check_equal(model.record(Tensor(x))["lif"].array, expected.s)


def test_errors() -> None:
    model.set_weights({"w": Tensor(W)})
    strange = Tensor(x)
    strange.array = fake_gpu.align(x)  # the memory of the CPU
    expect(snnc.UsageError, "cuda: an array is not in the memory of the GPU", model, strange)
    text = "cuda: position + steps is beyond the steps that the model has tables for"
    expect(snnc.UsageError, text, model, Tensor(make(1001, 1, 3)))


def test_no_driver() -> None:
    text = "cuda: there is no CUDA driver, or one too old"
    expect(snnc.UsageError, text, model.count_gpus)
    text = "there is no CUDA driver"
    model.set_weights({"w": W})
    expect(snnc.UsageError, text, model, Tensor(x))
    check_equal(model(x).s, expected.s)


if __name__ == "__main__":
    wanted = [name for name in globals() if name.startswith("test_")]
    common.main(
        {name: globals()[name] for name in wanted if HAS_DRIVER == (name != "test_no_driver")}
    )
