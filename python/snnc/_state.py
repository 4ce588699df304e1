# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The state of a stream, and the files that hold it."""

from __future__ import annotations

import os
import struct
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ._arrays import Array, allocate
from ._errors import BusyError, Error, UsageError

if TYPE_CHECKING:
    from ._model import Model
    from ._step import Stepper

# The blob: 8 words of header, then two copies of all tensors.
_OWNER, _BATCH, _POSITION, _CURRENT = 1, 4, 5, 6
_HEADER_BYTES = 64
# The file: magic, version, number of tensors, hash, batch, position.
_FILE_HEADER = struct.Struct("<8sIIQqq")
_FILE_MAGIC, _FILE_VERSION = b"SNNSTATE", 1


def _align(size: int) -> int:
    return -(-size // 64) * 64


class State:
    """What a model remembers between two calls, for a batch of sequences.

    `model.initial_state(batch)` makes one; `model(x, state=state)` and
    `model.step(x_t, state)` advance it. One thread uses it at a time: another one
    gets a BusyError, and nothing is changed.

    `state["v"]` is a copy of the tensor named `v`, and `state["v"] = array` sets
    it; `list(state)` has the names. `model.summary()` shows their shapes.
    """

    def __init__(self, model: Model, batch: int = 1) -> None:
        self.model = model
        self._lock = threading.Lock()
        self._stepper: Stepper | None = None
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
    def position(self) -> int:
        """Time steps since the beginning of the stream."""
        return int(self._words[_POSITION])

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

    def __getitem__(self, name: str) -> Array:
        with self._hold():
            return self._find(name).copy()

    def __setitem__(self, name: str, value: Any) -> None:
        with self._hold():
            view, array = self._find(name), np.asarray(value)
            if (array.dtype, array.shape) != (view.dtype, view.shape):
                raise UsageError(
                    f"state '{name}': expected {view.dtype} {list(view.shape)}, "
                    f"but got {array.dtype} {list(array.shape)}"
                )
            view[...] = array

    def _find(self, name: str) -> Array:
        views = self._views()
        if name not in views:
            raise KeyError(f"expected a state of {', '.join(views) or 'none'}, but got '{name}'")
        return views[name]

    def copy(self) -> State:
        """Another state with the same contents."""
        other = State.__new__(State)
        other.model, other._lock = self.model, threading.Lock()
        with self._hold():
            blob = allocate(len(self._blob))
            blob[:] = self._blob
        other._use(blob)
        return other

    def reset(self) -> None:
        """Makes it the initial state again: zeros, at position 0."""
        with self._hold():
            self._reset(self.batch)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes it to a file, as `--state-out` of a compiled program does.

        The file appears complete or not at all. Raises OSError.
        """
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

    def __repr__(self) -> str:
        return f"<state of {self.model.name}: batch {self.batch}, position {self.position}>"
