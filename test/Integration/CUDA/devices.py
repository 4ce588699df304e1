# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Where models run: the GPU, and the CPU in its place.

Both have the same functions, so that what compares the two is itself tested on a
machine without a GPU.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable

import numpy as np
from artifact import CudaState, Header, Invocation, Library
from driver import GUARD, PATTERN, Block, Gpu

CPU_TYPE, CUDA_TYPE = 1, 2  # of DLPack


def align(size: int, to: int) -> int:
    return -(-size // to) * to


class HostBlock:
    """What driver.Block is, of the CPU."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.storage = np.empty(size + GUARD + 64, np.uint8)
        begin = -self.storage.ctypes.data % 64
        self.bytes = self.storage[begin : begin + size + GUARD]
        self.address = self.bytes.ctypes.data
        self.poison()

    def poison(self, value: int = PATTERN) -> None:
        self.bytes[: self.size] = value
        self.bytes[self.size :] = PATTERN

    def write(self, array: np.ndarray, offset: int = 0) -> HostBlock:
        data = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
        self.bytes[offset : offset + data.size] = data
        return self

    def read(self, size: int, offset: int = 0) -> np.ndarray:
        return self.bytes[offset : offset + size].copy()

    def is_intact(self) -> bool:
        return bool((self.bytes[self.size :] == PATTERN).all())

    def free(self) -> None:
        pass


class State:
    """The state of a stream: `pointer` is what a run takes."""

    def __init__(self, library: Library, batch: int, header: Header, block: Block | HostBlock,
                 alignment: int, copies: int) -> None:  # fmt: skip
        self.library, self.batch, self.header, self.block = library, batch, header, block
        self.alignment, self.copies = alignment, copies
        self.pointer = ctypes.addressof(header)

    def _find(self, index: int) -> tuple[int, int]:
        sizes = [state.count_bytes(0, self.batch) for state in self.library.states]
        places = [align(size, self.alignment) for size in sizes]
        start = self.header.current * sum(places)
        if self.copies == 2:
            start += ctypes.sizeof(Header)
        return start + sum(places[:index]), sizes[index]

    def write(self, values: dict[str, np.ndarray], position: int) -> None:
        for i, state in enumerate(self.library.states):
            if state.name in values:
                self.block.write(values[state.name], self._find(i)[0])
        self.header.position = position

    def read(self) -> list[np.ndarray]:
        arrays = []
        for i, state in enumerate(self.library.states):
            offset, size = self._find(i)
            data = self.block.read(size, offset)
            arrays.append(data.view(state.dtype).reshape(state.resolve(0, self.batch)))
        return arrays


class Cpu:
    """The CPU, which stands for a GPU if it has a `window`: then it computes in
    pieces of so many steps, and its streams and graphs are those of a GPU as far
    as a caller sees. With `fault`, every run has one wrong bit."""

    type, entry, name = CPU_TYPE, "run", "the CPU"

    def __init__(self, window: int = 0, fault: bool = False) -> None:
        self.window, self.fault = window, fault
        self.queued: list[Callable[[], None]] | None = None

    def allocate(self, size: int) -> HostBlock:
        return HostBlock(size)

    def make_stream(self) -> int:
        return 0

    def synchronize(self) -> None:
        pass

    def get_workspace_bytes(self, library: Library, steps: int, batch: int) -> int:
        self._set_window()
        return library.table.invoke_workspace_bytes(library.model, steps, batch)

    def make_state(self, library: Library, batch: int, stream: int) -> State:
        size = library.table.state_bytes(library.model, batch)
        if size < 0:
            raise ValueError(f"{library.name}: {library.explain(-size)}")
        block = HostBlock(size)
        library.table.reset(library.model, block.address, batch)
        return State(library, batch, Header.from_address(block.address), block, 64, 2)

    def invoke(self, library: Library, invocation: Invocation, stream: int) -> int:
        def run() -> int:
            self._set_window()
            status = library.table.invoke(library.model, ctypes.addressof(invocation))
            if self.fault:
                self._spoil(library, invocation)
            return status

        if self.queued is None:
            return run()
        self.queued.append(run)
        return 0

    def capture(self, stream: int, queue: Callable[[], None]) -> Callable[[], None]:
        self.queued = []
        queue()
        queued, self.queued = self.queued, None
        return lambda: [run() for run in queued] and None

    def _set_window(self) -> None:
        if self.window:
            os.environ["SNN_WINDOW"] = str(self.window)
        else:
            os.environ.pop("SNN_WINDOW", None)

    def _spoil(self, library: Library, invocation: Invocation) -> None:
        pointers = ctypes.cast(invocation.outputs, ctypes.POINTER(ctypes.c_void_p))
        for i, output in enumerate(library.outputs):
            size = output.count_bytes(invocation.steps, invocation.batch)
            # The first field of a DLTensor is its data.
            if size and pointers[i]:
                data = ctypes.c_void_p.from_address(pointers[i]).value or 0
                last = ctypes.c_uint8.from_address(data + size - output.dtype.itemsize)
                last.value ^= 1


class Cuda:
    """A GPU."""

    type, entry = CUDA_TYPE, "run_cuda"

    def __init__(self, index: int = 0, is_poisoned: bool = True) -> None:
        self.gpu, self.is_poisoned = Gpu(index), is_poisoned
        self.name = self.gpu.describe()
        self.make_stream, self.synchronize = self.gpu.make_stream, self.gpu.synchronize
        self.capture = self.gpu.capture

    def allocate(self, size: int) -> Block:
        return Block(self.gpu, size, self.is_poisoned)

    def get_workspace_bytes(self, library: Library, steps: int, batch: int) -> int:
        return library.table.cuda_workspace_bytes(library.model, steps, batch)

    def make_state(self, library: Library, batch: int, stream: int) -> State:
        size = library.table.cuda_state_bytes(library.model, batch)
        if size < 0:
            raise ValueError(f"{library.name}: {library.explain(-size)}")
        block, state = self.allocate(size), CudaState()
        status = library.table.cuda_reset(library.model, ctypes.addressof(state),
                                          block.address, batch, stream)  # fmt: skip
        if status:
            raise ValueError(f"{library.name}: cuda_reset: {library.explain(status)}")
        self.synchronize()
        result = State(library, batch, state.header, block, 256, 1)
        result.keep = state
        return result

    def invoke(self, library: Library, invocation: Invocation, stream: int) -> int:
        return library.table.cuda_invoke(library.model, ctypes.addressof(invocation), stream)
