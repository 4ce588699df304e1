# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The state of a stream, and the files that hold it."""

from __future__ import annotations

import os
import re
import struct
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ._arrays import Array, allocate
from ._errors import ArgumentError, BusyError, Error, UsageError
from ._frameworks import Place
from ._gpu import GpuState

if TYPE_CHECKING:
    from ._model import Model
    from ._step import Stepper

# The blob: 8 words of header, then two copies of all tensors.
_OWNER, _BATCH, _POSITION, _CURRENT = 1, 4, 5, 6
_HEADER_BYTES = 64
# The file: magic, version, number of tensors, hash, batch, position.
_FILE_HEADER = struct.Struct("<8sIIQqq")
_FILE_MAGIC, _FILE_VERSION = b"SNNSTATE", 1


def _parse_device(model: Model, device: Any) -> str:
    """The device as a text: cpu, cuda or cuda:1, as a torch.device prints itself."""
    text = str(device)
    if text != "cpu" and not re.fullmatch(r"cuda(:\d+)?", text):
        raise UsageError(f"device: expected cpu, cuda or cuda:NUMBER, but got {text}")
    if text != "cpu" and not model.gpus:
        raise UsageError(
            f"{model.name}: the model has no code for GPUs; compile it with --target=cuda:sm_90"
        )
    return text


def _align(size: int) -> int:
    return -(-size // 64) * 64


class State:
    """What a model remembers between two calls, for a batch of sequences.

    `model.initial_state(batch)` makes one; `model(x, state=state)` and
    `model.step(x_t, state)` advance it. One thread uses it at a time: another one
    gets a BusyError, and nothing is changed.

    `state["v"]` is a copy of the tensor named `v`, and `state["v"] = array` sets
    it; `list(state)` has the names. `model.summary()` shows their shapes.

    A state for a GPU is moved there by its first run, and then `state["v"]` is an
    array of the library that the inputs were from. Runs and `reset` are queued on its
    current stream; what copies to or from the CPU waits for that. A captured run
    that is replayed advances the tensors, but not `position`.
    """

    def __init__(self, model: Model, batch: int = 1, device: Any = "cpu") -> None:
        self.model = model
        self._lock = threading.Lock()
        self._stepper: Stepper | None = None
        self._device = _parse_device(model, device)
        self.gpu: GpuState | None = None
        # Whether it is still zeros, which need not be moved.
        self._is_initial = True
        self._reset(batch)

    def _reset(self, batch: int) -> None:
        library = self.model._library
        size = library.state_bytes(library.address, batch)
        if size < 0:
            raise UsageError(f"batch {batch}: {library.explain(-size)}")
        blob = allocate(size)
        status = library.reset(library.address, blob.ctypes.data, batch)
        if status:
            raise Error(library.explain(status))
        self._use(blob)

    def _use(self, blob: Array) -> None:
        self._blob, self._words = blob, blob[:_HEADER_BYTES].view(np.int64)
        self._address, self._stepper = blob.ctypes.data, None

    @contextmanager
    def _hold(self) -> Iterator[None]:
        """The state for this thread alone, or a BusyError."""
        if not self._lock.acquire(blocking=False):
            raise BusyError(
                "the state: another thread is running it; make one for each "
                "thread with model.initial_state(batch) or state.copy()"
            )
        try:
            yield
        finally:
            self._lock.release()

    @property
    def batch(self) -> int:
        """The number of sequences."""
        return int(self._words[_BATCH])

    @property
    def device(self) -> str:
        """Where it is, or will be once it runs: "cpu", "cuda" (any GPU), "cuda:1"."""
        return f"cuda:{self.gpu.device}" if self.gpu is not None else self._device

    @property
    def position(self) -> int:
        """Time steps since the beginning of the stream."""
        if self.gpu is not None:
            return int(self.gpu.struct.position)
        return int(self._words[_POSITION])

    def _settle(self, place: Place | None) -> GpuState | None:
        """Moves it to a GPU if that is still to be done; raises ArgumentError if it
        belongs to another place than this one."""
        device = self.device
        wanted = f"cuda:{place.device}" if place is not None else "cpu"
        if device != wanted and (place is None or device != "cuda"):
            raise ArgumentError(
                "state",
                f"one for the device {wanted}, where the arrays are",
                f"one for {device}",
                f'model.initial_state(batch, device="{wanted}") makes one, and '
                f'state.to("{wanted}") a copy',
            )
        if place is not None and self.gpu is None:
            if place.is_capturing:
                raise UsageError(
                    "the state is not in the memory of the GPU yet; run it once before the "
                    "capture, then state.reset()"
                )
            gpu = GpuState(self.model._library, self.batch, place)
            if not self._is_initial:
                gpu.write(self._views(), place)
                gpu.struct.position = self.position
            self.gpu = gpu
        return self.gpu

    def _views(self) -> dict[str, Array]:
        """The valid copy of each tensor, where it is."""
        views, batch = {}, self.batch
        tensors = self.model.states
        shapes = [tensor.resolve(0, batch) for tensor in tensors]
        sizes = [
            int(np.prod(shape, dtype=np.int64)) * tensor.dtype.itemsize
            for shape, tensor in zip(shapes, tensors)
        ]
        at = _HEADER_BYTES + int(self._words[_CURRENT]) * sum(map(_align, sizes))
        for tensor, shape, size in zip(tensors, shapes, sizes):
            views[tensor.name] = self._blob[at : at + size].view(tensor.dtype).reshape(shape)
            at += _align(size)
        return views

    def __iter__(self) -> Iterator[str]:
        return (tensor.name for tensor in self.model.states)

    def __getitem__(self, name: str) -> Any:
        with self._hold():
            view = self._find(name)
            return self.gpu.get(name) if self.gpu is not None else view.copy()

    def __setitem__(self, name: str, value: Any) -> None:
        with self._hold():
            view = self._find(name)
            if self.gpu is not None and not isinstance(value, np.ndarray):
                self.gpu.set(name, value)
                return
            array = np.asarray(value)
            if (array.dtype, array.shape) != (view.dtype, view.shape):
                raise UsageError(
                    f"state '{name}': expected {view.dtype} {list(view.shape)}, "
                    f"but got {array.dtype} {list(array.shape)}"
                )
            self._is_initial = False
            if self.gpu is not None:
                self.gpu.write({name: np.ascontiguousarray(array)}, self.gpu.open_place())
            else:
                view[...] = array

    def _find(self, name: str) -> Array:
        views = self._views()
        if name not in views:
            raise KeyError(f"expected a state of {', '.join(views) or 'none'}, but got '{name}'")
        return views[name]

    def copy(self) -> State:
        """Another state with the same contents."""
        other = State.__new__(State)
        other.model, other._lock, other._device = self.model, threading.Lock(), self._device
        with self._hold():
            blob = allocate(len(self._blob))
            blob[:] = self._blob
            other.gpu = self.gpu.copy() if self.gpu is not None else None
            other._is_initial = self._is_initial
        other._use(blob)
        return other

    def to(self, device: Any) -> State:
        """A copy of it for "cpu", "cuda", "cuda:1", ...; see Model.initial_state."""
        other = State(self.model, self.batch, device)
        with self._hold():
            views = other._views()
            if self.gpu is not None:
                self.gpu.read(views)
            else:
                for name, view in self._views().items():
                    views[name][...] = view
            other._words[_POSITION] = self.position
        other._is_initial = False
        return other

    def reset(self) -> None:
        """Makes it the initial state again: zeros, at position 0."""
        with self._hold():
            if self.gpu is not None:
                self.gpu.reset(self.batch, self.gpu.open_place())
            else:
                self._reset(self.batch)
                self._is_initial = True

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes it to a file, as `--state-out` of a compiled program does.

        The file appears complete or not at all. Raises OSError.
        """
        if self.gpu is not None:
            self.to("cpu").save(path)
            return
        with self._hold():
            header = _FILE_HEADER.pack(
                _FILE_MAGIC,
                _FILE_VERSION,
                len(self.model.states),
                self.model.hash,
                self.batch,
                self.position,
            )
            parts = [header, *(view.tobytes() for view in self._views().values())]
        path = Path(path)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
            try:
                file.writelines(parts)
                file.flush()
                os.fsync(file.fileno())
                umask = os.umask(0)
                os.umask(umask)
                os.chmod(file.name, 0o666 & ~umask)
                os.replace(file.name, path)
            except BaseException:
                os.unlink(file.name)
                raise

    def load(self, path: str | os.PathLike[str]) -> None:
        """Takes over a file that `save` or `--state-out` has written.

        Its batch may be another one. Raises OSError, and UsageError for a file
        that is not a state of this model.
        """
        data = Path(path).read_bytes()
        model = self.model
        if len(data) < _FILE_HEADER.size or not data.startswith(_FILE_MAGIC):
            raise UsageError(f"{path}: expected a state file, but it does not begin like one")
        _, version, count, model_hash, batch, position = _FILE_HEADER.unpack_from(data)
        if version != _FILE_VERSION:
            raise UsageError(
                f"{path}: expected state file version {_FILE_VERSION}, but got {version}"
            )
        if model_hash != model.hash or count != len(model.states):
            raise UsageError(
                f"{path}: expected a state of the model {model.name}, but it is one "
                "of another model, or of another version of it"
            )
        if batch < 0 or position < 0:
            raise UsageError(
                f"{path}: expected a batch and a position that are not negative, "
                f"but got {batch} and {position}"
            )
        sizes = [
            int(np.prod([int(n) for n in tensor.resolve(0, batch)], dtype=object))
            * tensor.dtype.itemsize
            for tensor in model.states
        ]
        got = len(data) - _FILE_HEADER.size
        if sum(sizes) != got:
            raise UsageError(
                f"{path}: expected {sum(sizes)} bytes of states for a batch of {batch}, "
                f"but got {got}"
            )
        other = State(model, batch)
        at = _FILE_HEADER.size
        for tensor, size, view in zip(model.states, sizes, other._views().values()):
            values = np.frombuffer(data, np.uint8, size, at)
            if tensor.kind == "i1" and size and values.max() > 1:
                raise UsageError(
                    f"{path}: state '{tensor.name}': expected spikes that are 0 or 1, "
                    f"but got a byte that is {values.max()}"
                )
            view[...] = values.view(tensor.dtype).reshape(view.shape)
            at += size
        other._words[_POSITION] = position
        with self._hold():
            self._use(other._blob)
            self.gpu, self._is_initial = None, False

    def __repr__(self) -> str:
        return f"<state of {self.model.name}: batch {self.batch}, position {self.position}>"
