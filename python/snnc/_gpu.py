# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs on a GPU: what is prepared once for each size, and memory for each stream."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from ._abi import CudaState, Invocation, Library, Tensor
from ._arrays import Array, View, make_dltensor, view_array
from ._driver import keeper, open_driver
from ._errors import ArgumentError
from ._frameworks import Block, Framework, Place, open_place

# Sizes, and streams, of which something is kept; the oldest one goes first.
_MOST_KEPT = 32
_STATE_ALIGNMENT = 256

_Entry = TypeVar("_Entry")


class _Shelf(dict[Any, list[_Entry]]):
    """Things to use again, which one thread at a time has. All steps are atomic."""

    def take(self, key: object) -> _Entry | None:
        try:
            return self[key].pop()
        except (KeyError, IndexError):
            return None

    def put(self, key: object, entry: _Entry) -> None:
        self.setdefault(key, []).append(entry)
        for oldest in [*self][:-_MOST_KEPT]:
            self.pop(oldest, None)


class _Arrays:
    """Descriptions of a list of arrays, whose addresses each call sets."""

    def __init__(self, tensors: Sequence[Tensor], steps: int, batch: int, device: int) -> None:
        self._kept = [
            make_dltensor(0, tensor.resolve(steps, batch), tensor, device) for tensor in tensors
        ]
        self._places = [ctypes.addressof(struct) for struct, _ in self._kept]
        self._pointers = (ctypes.c_void_p * max(len(tensors), 1))()
        self.address = ctypes.addressof(self._pointers)

    def set(self, addresses: Sequence[int | None]) -> None:
        """None: there is no such array."""
        for i, address in enumerate(addresses):
            self._kept[i][0].data = address
            self._pointers[i] = self._places[i] if address is not None else None


class _Launch:
    """The arguments of calls of one size on one GPU."""

    def __init__(self, library: Library, steps: int, batch: int, device: int) -> None:
        size = library.cuda_workspace_bytes(library.address, steps, batch)
        self.workspace_bytes = max(library.check_size(size), 1)
        self.inputs, self.params, self.outputs, self.records = (
            _Arrays(library.read(what), steps, batch, device)
            for what in ("inputs", "params", "outputs", "records")
        )
        self.message = ctypes.create_string_buffer(512)
        self.invocation = Invocation(
            inputs=self.inputs.address,
            outputs=self.outputs.address,
            steps=steps,
            batch=batch,
            message=ctypes.addressof(self.message),
            message_bytes=len(self.message),
        )


class _Workspace:
    """Memory of one stream."""

    def __init__(self, place: Place, size: int) -> None:
        self.block, self.size = place.allocate(size), size


class Launcher:
    """Queues the calls of a model.

    A workspace belongs to a stream, for which the next call there waits. What a
    captured graph uses is never used again: a graph may run at any time.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._launches: _Shelf[_Launch] = _Shelf()
        self._workspaces: _Shelf[_Workspace] = _Shelf()
        self._captured: list[object] = []

    def run(
        self,
        place: Place,
        steps: int,
        batch: int,
        views: Sequence[View],
        outputs: Sequence[Any],
        params: Sequence[Block | None],
        state: GpuState | None,
        records: Sequence[int] | None = None,
    ) -> list[Block]:
        """Queues a call of arrays that have been checked; returns what of our memory
        it uses."""
        size = steps, batch, place.device
        launch = self._launches.take(size) or _Launch(self._library, *size)
        launch.inputs.set([view.address for view in views])
        launch.outputs.set(outputs)
        invocation = launch.invocation
        invocation.params = invocation.records = None
        if params:
            launch.params.set([block.address if block is not None else None for block in params])
            invocation.params = launch.params.address
        if records is not None:
            launch.records.set(records)
            invocation.records = launch.records.address
        invocation.state = state.address if state is not None else None
        used = [self._invoke(place, launch), *(block for block in params if block is not None)]
        self._launches.put(size, launch)
        return used if state is None else [*used, state.block]

    def _invoke(self, place: Place, launch: _Launch) -> Block:
        library, key = self._library, (place.framework.name, place.device, place.stream)
        workspace = None if place.is_capturing else self._workspaces.take(key)
        if workspace is None or workspace.size < launch.workspace_bytes:
            workspace = _Workspace(place, launch.workspace_bytes)
        launch.invocation.workspace = workspace.block.address
        launch.invocation.workspace_bytes = workspace.size
        status = library.cuda_invoke(
            library.address, ctypes.addressof(launch.invocation), place.stream or None
        )
        if not place.is_capturing:
            self._workspaces.put(key, workspace)
        library.check(status, launch.message.value)
        return workspace.block

    def keep(
        self, place: Place, views: Sequence[View], results: Sequence[Any], blocks: Sequence[Block]
    ) -> None:
        """Keeps what a call that was just queued uses: arrays of the caller, and
        blocks of ours. Memory that its allocator gives to the same stream again is
        safe without that."""
        if place.is_capturing:
            # Replays read it; the workspace of PyTorch is in the memory of the graph.
            self._captured += blocks if place.framework.name != "torch" else blocks[1:]
            return
        framework, is_jax = place.framework, place.framework.name == "jax"
        owners: list[object] = [block for block in blocks if block.stream != place.stream]
        owners += [view for view in views if is_jax or not framework.owns(view.owner[0])]
        owners += [array for array in results if is_jax or not framework.owns(array)]
        if owners:
            with open_driver().use(place.device):
                keeper.keep(place.stream, owners)


class GpuState:
    """The states of a stream of steps, in memory of a framework."""

    def __init__(self, library: Library, batch: int, place: Place) -> None:
        self._library, self._tensors = library, library.read("states")
        self._size = library.check_size(library.cuda_state_bytes(library.address, batch))
        self.framework: Framework = place.framework
        self.device = place.device
        self.block = place.allocate(self._size)
        self.struct = CudaState()
        self.address = ctypes.addressof(self.struct)
        self.reset(batch, place)

    def open_place(self) -> Place:
        return open_place(self.framework, self.device)

    def reset(self, batch: int, place: Place) -> None:
        library = self._library
        # A default stream is that of the current context.
        with open_driver().use(self.device):
            status = library.cuda_reset(
                library.address, self.address, self.block.address, batch, place.stream or None
            )
        library.check(status)

    def _find(self) -> dict[str, tuple[Tensor, tuple[int, ...], int]]:
        """Shape and address of each tensor."""
        places, at = {}, self.block.address
        for tensor in self._tensors:
            shape = tensor.resolve(0, self.struct.batch)
            places[tensor.name] = tensor, shape, at
            size = int(np.prod(shape, dtype=np.int64)) * tensor.dtype.itemsize
            at += -(-size // _STATE_ALIGNMENT) * _STATE_ALIGNMENT
        return places

    def write(self, arrays: dict[str, Array], place: Place) -> None:
        """Copies from the memory of the CPU, and waits for it."""
        driver, found = open_driver(), self._find()
        with driver.use(self.device):
            for name, array in arrays.items():
                driver.copy(found[name][2], array.ctypes.data, array.nbytes, place.stream)
            driver.synchronize(place.stream)

    def read(self, arrays: dict[str, Array]) -> None:
        """Copies to the memory of the CPU, and waits for it."""
        driver, found, stream = open_driver(), self._find(), self.open_place().stream
        with driver.use(self.device):
            for name, array in arrays.items():
                driver.copy(array.ctypes.data, found[name][2], array.nbytes, stream)
            driver.synchronize(stream)

    def get(self, name: str) -> Any:
        """A copy of a tensor, as an array of the framework."""
        tensor, shape, address = self._find()[name]
        place = self.open_place()
        array, to = place.make(shape, tensor)
        size = int(np.prod(shape, dtype=np.int64)) * tensor.dtype.itemsize
        driver = open_driver()
        with driver.use(self.device):
            driver.copy(to, address, size, place.stream)
        return place.finish([array])[0]

    def set(self, name: str, value: Any) -> None:
        tensor, shape, address = self._find()[name]
        place, label = self.open_place(), f"state '{name}'"
        is_host = isinstance(value, (np.ndarray, np.generic))
        view = view_array(
            np.asarray(value) if is_host else value, tensor, label, place=None if is_host else place
        )
        if view.shape != shape:
            raise ArgumentError(label, f"shape {list(shape)}", str(list(view.shape)))
        size = int(np.prod(shape, dtype=np.int64)) * tensor.dtype.itemsize
        driver = open_driver()
        with driver.use(self.device):
            driver.copy(address, view.address, size, place.stream)
            driver.synchronize(place.stream)

    def copy(self) -> GpuState:
        place = self.open_place()
        other = GpuState(self._library, self.struct.batch, place)
        other.struct.position = self.struct.position
        driver = open_driver()
        with driver.use(self.device):
            driver.copy(other.block.address, self.block.address, self._size, place.stream)
        return other
