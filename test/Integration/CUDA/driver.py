# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The CUDA driver by ctypes: memory, streams and graphs of one GPU."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes import byref, c_char, c_int, c_size_t, c_uint, c_uint64, c_void_p

import numpy as np

GUARD = 256  # bytes behind every block, which nobody may write
PATTERN = 0xA5
NON_BLOCKING, WAIT_EQUAL, DEVICE_MAP, THREAD_LOCAL = 1, 1, 2, 1


class NoGpu(Exception):
    """There is no GPU here, or no driver for it."""


class DriverError(Exception):
    """A call of the driver failed, so nothing after it counts."""


class Block:
    """Memory of the GPU, and a guard behind it."""

    def __init__(self, gpu: Gpu, size: int, is_poisoned: bool = True) -> None:
        self.gpu, self.size = gpu, size
        pointer = c_uint64()
        gpu.call("cuMemAlloc_v2", byref(pointer), c_size_t(size + GUARD))
        self.address: int = pointer.value or 0
        if is_poisoned:
            self.poison()

    def poison(self, value: int = PATTERN) -> None:
        """Fills it with what no result is likely to be, and the guard."""
        for first, size, byte in ((0, self.size, value), (self.size, GUARD, PATTERN)):
            if size:
                self.gpu.call("cuMemsetD8_v2", c_uint64(self.address + first),
                              ctypes.c_ubyte(byte), c_size_t(size))  # fmt: skip
        self.gpu.synchronize()

    def write(self, array: np.ndarray, offset: int = 0) -> Block:
        data = np.ascontiguousarray(array)
        if data.nbytes:
            self.gpu.call("cuMemcpyHtoD_v2", c_uint64(self.address + offset),
                          c_void_p(data.ctypes.data), c_size_t(data.nbytes))  # fmt: skip
            self.gpu.synchronize()
        return self

    def read(self, size: int, offset: int = 0) -> np.ndarray:
        result = np.empty(size, np.uint8)
        if size:
            self.gpu.call("cuMemcpyDtoH_v2", c_void_p(result.ctypes.data),
                          c_uint64(self.address + offset), c_size_t(size))  # fmt: skip
        return result

    def is_intact(self) -> bool:
        """Whether nobody has written behind it."""
        return bool((self.read(GUARD, self.size) == PATTERN).all())

    def free(self) -> None:
        self.gpu.call("cuMemFree_v2", c_uint64(self.address))


class Gpu:
    """GPU `index` and its primary context, which becomes current."""

    def __init__(self, index: int = 0) -> None:
        try:
            self.library = ctypes.CDLL("libcuda.so.1")
        except OSError as error:
            raise NoGpu(str(error)) from None
        count = c_int()
        if self.library.cuInit(0) or self.library.cuDeviceGetCount(byref(count)):
            raise NoGpu("the driver does not start")
        self.count, self.index = count.value, index
        if index >= self.count:
            raise NoGpu(f"there are {self.count} GPUs")
        device, context = c_int(), c_void_p()
        self.call("cuDeviceGet", byref(device), c_int(index))
        self.device = device.value
        self.call("cuDevicePrimaryCtxRetain", byref(context), device)
        self.context = context
        self.make_current()

    def call(self, name: str, *arguments: object) -> None:
        status = getattr(self.library, name)(*arguments)
        if status:
            text = ctypes.c_char_p()
            self.library.cuGetErrorName(status, byref(text))
            raise DriverError(f"{name}: {(text.value or b'?').decode()}")

    def make_current(self) -> None:
        self.call("cuCtxSetCurrent", self.context)

    def get_current(self) -> int | None:
        current = c_void_p()
        self.call("cuCtxGetCurrent", byref(current))
        return current.value

    def describe(self) -> str:
        name = (c_char * 128)()
        self.call("cuDeviceGetName", name, c_int(128), c_int(self.device))
        version = c_int()
        self.call("cuDriverGetVersion", byref(version))
        parts = [self.get_attribute(which) for which in (75, 76, 16)]
        return (f"{name.value.decode()}, sm_{parts[0]}{parts[1]}, {parts[2]} "
                f"multiprocessors, driver of CUDA {version.value // 1000}."
                f"{version.value % 1000 // 10}")  # fmt: skip

    def get_attribute(self, which: int) -> int:
        value = c_int()
        self.call("cuDeviceGetAttribute", byref(value), c_int(which), c_int(self.device))
        return value.value


    def synchronize(self) -> None:
        self.call("cuCtxSynchronize")

    def get_free_bytes(self) -> int:
        free, total = c_size_t(), c_size_t()
        self.call("cuMemGetInfo_v2", byref(free), byref(total))
        return free.value

    def make_stream(self) -> int:
        stream = c_void_p()
        self.call("cuStreamCreate", byref(stream), c_uint(NON_BLOCKING))
        return stream.value or 0

    def begin_capture(self, stream: int) -> None:
        self.call("cuStreamBeginCapture_v2", c_void_p(stream), c_int(THREAD_LOCAL))

    def end_capture(self, stream: int) -> c_void_p:
        graph = c_void_p()
        self.call("cuStreamEndCapture", c_void_p(stream), byref(graph))
        return graph

    def capture(self, stream: int, queue: Callable[[], None]) -> Callable[[], None]:
        """What `queue` does on the stream, as a function that does it again."""
        self.begin_capture(stream)
        queue()
        graph, replay = self.end_capture(stream), c_void_p()
        self.call("cuGraphInstantiateWithFlags", byref(replay), graph, c_uint64(0))
        return lambda: self.call("cuGraphLaunch", replay, c_void_p(stream))

    def hold(self, stream: int) -> Callable[[], None]:
        """Makes the stream wait until the function that is returned is called."""
        flag, mapped = c_void_p(), c_uint64()
        self.call("cuMemHostAlloc", byref(flag), c_size_t(64), c_uint(DEVICE_MAP))
        ctypes.memset(flag, 0, 64)
        self.call("cuMemHostGetDevicePointer_v2", byref(mapped), flag, c_uint(0))
        self.call("cuStreamWaitValue32_v2", c_void_p(stream), mapped, c_uint(1),
                  c_uint(WAIT_EQUAL))  # fmt: skip
        return lambda: ctypes.memset(flag, 1, 1) and None
