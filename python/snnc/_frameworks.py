# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""PyTorch, CuPy and JAX: their streams, and their memory of GPUs.

None of them is imported: an array of one can only come from a process that has.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

import numpy as np

from ._abi import DLTensor, Tensor
from ._driver import LAST_DEFAULT_STREAM, open_driver
from ._errors import UsageError

_get_capsule = ctypes.pythonapi.PyCapsule_GetPointer
_get_capsule.restype = ctypes.c_void_p
_get_capsule.argtypes = [ctypes.py_object, ctypes.c_char_p]

# Names of element types, where they are not those of NumPy.
TORCH_TYPES = {
    "i1": "bool",
    "i8": "int8",
    "i16": "int16",
    "i32": "int32",
    "i64": "int64",
    "f16": "float16",
    "bf16": "bfloat16",
    "f32": "float32",
    "f64": "float64",
}
# What DLPack calls stream 0, which means none there.
_LEGACY = 1
_BYTES = Tensor("bytes", "i8", np.dtype(np.int8), (), False, None, False)


def read_capsule(capsule: object) -> DLTensor:
    """What __dlpack__ has returned, as long as the capsule lives."""
    return DLTensor.from_address(_get_capsule(capsule, b"dltensor"))


class Block(NamedTuple):
    """Memory of a GPU, from the allocator of a framework.

    `stream` is the one that the allocator gives it to again once it is free; -1:
    the allocator knows nothing of the streams that we use.
    """

    owner: object
    address: int
    stream: int


class Framework(Protocol):
    """What a call needs of the library that its arrays are from."""

    name: str

    def owns(self, array: object) -> bool: ...

    def find_stream(self, device: int) -> int:
        """The stream that its code would run on now."""

    def look(self, array: Any, tensor: Tensor, device: int) -> tuple[int, tuple[int, ...]] | None:
        """Address and shape of an array of its own, without DLPack, which takes longer;
        None where that is not possible, or something about the array is wrong."""

    def export(self, array: Any, stream: int) -> object:
        """A capsule of DLPack for an array of its own, which `stream` may read."""

    def make(self, shape: tuple[int, ...], tensor: Tensor, place: Place) -> tuple[Any, int]:
        """An array, not initialized, and its address."""

    def finish(self, array: Any, place: Place) -> Any:
        """What a caller gets of an array of `make` once it is being written."""

    def copy(self, array: Any, by_columns: bool, place: Place) -> Block:
        """A copy of a dense array, or of the transpose of a matrix."""


class Place(NamedTuple):
    """Where a call runs."""

    framework: Framework
    device: int
    stream: int
    is_capturing: bool

    def make(self, shape: tuple[int, ...], tensor: Tensor) -> tuple[Any, int]:
        return self.framework.make(shape, tensor, self)

    def finish(self, arrays: Iterable[Any]) -> list[Any]:
        return [self.framework.finish(array, self) for array in arrays]

    def allocate(self, size: int) -> Block:
        """Bytes, at least one: frameworks have no address for none."""
        array, address = self.make((max(size, 1),), _BYTES)
        knows = self.framework.name != "jax"
        return Block(array, address, self.stream if knows else -1)

    def export(self, array: Any) -> object:
        """A capsule of DLPack for an array of any library."""
        if self.framework.owns(array):
            return self.framework.export(array, self.stream)
        return array.__dlpack__(stream=self.stream or _LEGACY)


class Torch:
    """Tensors; their allocator knows streams, and graphs that are captured."""

    name = "torch"

    def __init__(self, torch: Any) -> None:
        self._torch = torch
        self._types = {kind: getattr(torch, name) for kind, name in TORCH_TYPES.items()}

    def owns(self, array: object) -> bool:
        return isinstance(array, self._torch.Tensor)

    def find_stream(self, device: int) -> int:
        return int(self._torch.cuda.current_stream(device).cuda_stream)

    def look(self, array: Any, tensor: Tensor, device: int) -> tuple[int, tuple[int, ...]] | None:
        if (
            array.dtype is not self._types[tensor.kind]
            or array.get_device() != device
            or array.requires_grad
            or not array.is_contiguous()
        ):
            return None
        return array.data_ptr(), tuple(array.shape)

    def export(self, array: Any, stream: int) -> object:
        if array.requires_grad:
            raise BufferError("the tensor requires a gradient; tensor.detach() does not")
        # Without a stream, because we are on its own, and on any current GPU.
        return self._torch.utils.dlpack.to_dlpack(array)

    def make(self, shape: tuple[int, ...], tensor: Tensor, place: Place) -> tuple[Any, int]:
        device = self._torch.device("cuda", place.device)
        result = self._torch.empty(shape, dtype=self._types[tensor.kind], device=device)
        return result, result.data_ptr()

    def finish(self, array: Any, place: Place) -> Any:
        return array

    def copy(self, array: Any, by_columns: bool, place: Place) -> Block:
        mine = array.detach() if self.owns(array) else self._torch.from_dlpack(array)
        # A matrix of one row is dense both ways, and would stay the same memory.
        dense = (mine.t() if by_columns else mine).clone(
            memory_format=self._torch.contiguous_format
        )
        return Block(dense, dense.data_ptr(), place.stream)


class CuPy:
    """Arrays; their pool knows streams, but not graphs."""

    name = "cupy"

    def __init__(self, cupy: Any) -> None:
        self._cupy = cupy

    def owns(self, array: object) -> bool:
        return isinstance(array, self._cupy.ndarray)

    def find_stream(self, device: int) -> int:
        with self._cupy.cuda.Device(device):
            return int(self._cupy.cuda.get_current_stream().ptr)

    def look(self, array: Any, tensor: Tensor, device: int) -> tuple[int, tuple[int, ...]] | None:
        if array.dtype != tensor.dtype or array.device.id != device or not array.flags.c_contiguous:
            return None
        return array.data.ptr, array.shape

    def export(self, array: Any, stream: int) -> object:
        return array.__dlpack__(stream=-1)  # we are on its stream

    def make(self, shape: tuple[int, ...], tensor: Tensor, place: Place) -> tuple[Any, int]:
        if tensor.dtype.kind == "V":
            raise UsageError(f"'{tensor.name}': expected a type that CuPy has, but got bfloat16")
        with self._cupy.cuda.Device(place.device):
            result = self._cupy.empty(shape, tensor.dtype)
        return result, int(result.data.ptr)

    def finish(self, array: Any, place: Place) -> Any:
        return array

    def copy(self, array: Any, by_columns: bool, place: Place) -> Block:
        with self._cupy.cuda.Device(place.device):
            mine = array if self.owns(array) else self._cupy.from_dlpack(array)
            dense = (mine.T if by_columns else mine).copy(order="C")
        return Block(dense, int(dense.data.ptr), place.stream)


class _Exported:
    """A new array of JAX while it is written on a stream of ours.

    JAX takes it over as that of another library: from then on, what it runs waits
    for our stream. The memory is JAX's own, and nothing else refers to it.
    """

    def __init__(self, capsule: object, place: Place) -> None:
        self._capsule, self._place = capsule, place

    def __dlpack_device__(self) -> tuple[int, int]:
        return 2, self._place.device

    def __dlpack__(self, *, stream: int | None = None, **options: object) -> object:
        driver = open_driver()
        with driver.use(self._place.device):
            if stream is None:
                driver.synchronize(self._place.stream)
            else:
                driver.wait(stream, self._place.stream)
        capsule, self._capsule = self._capsule, None
        return capsule


class Jax:
    """Arrays, whose streams are hidden: calls run on a stream of ours, which waits
    for the inputs, and JAX waits for it where it reads the outputs."""

    name = "jax"

    def __init__(self, jax: Any) -> None:
        self._jax = jax

    def owns(self, array: object) -> bool:
        return isinstance(array, self._jax.Array)

    def find_stream(self, device: int) -> int:
        return open_driver().find_stream(device)

    def look(self, array: Any, tensor: Tensor, device: int) -> tuple[int, tuple[int, ...]] | None:
        return None  # only DLPack waits for what computes it

    def export(self, array: Any, stream: int) -> object:
        return array.__dlpack__(stream=stream)

    def _find_device(self, place: Place) -> Any:
        for device in self._jax.local_devices(backend="gpu"):
            if device.local_hardware_id == place.device:
                return device
        raise UsageError(f"expected a GPU that JAX uses, but got GPU {place.device}")

    def make(self, shape: tuple[int, ...], tensor: Tensor, place: Place) -> tuple[Any, int]:
        name = TORCH_TYPES[tensor.kind]
        known = str(self._jax.dtypes.canonicalize_dtype(name))
        if known != name:
            raise UsageError(
                f"'{tensor.name}': expected JAX to have {name}, but got {known}; set jax_enable_x64"
            )
        array = self._jax.numpy.zeros(shape, name, device=self._find_device(place))
        capsule = self.export(array, place.stream)
        struct = read_capsule(capsule)
        return capsule, (struct.data or 0) + struct.byte_offset

    def finish(self, array: Any, place: Place) -> Any:
        return self._jax.dlpack.from_dlpack(_Exported(array, place))

    def copy(self, array: Any, by_columns: bool, place: Place) -> Block:
        mine = array if self.owns(array) else self._jax.dlpack.from_dlpack(array)
        capsule = self.export(
            self._jax.numpy.array(mine.T if by_columns else mine, copy=True), place.stream
        )
        struct = read_capsule(capsule)
        return Block(capsule, (struct.data or 0) + struct.byte_offset, -1)


_KINDS: dict[str, Any] = {"torch": Torch, "cupy": CuPy, "jax": Jax}
_frameworks: dict[str, tuple[Any, Framework]] = {}


def find_framework(arrays: Iterable[object]) -> Framework | None:
    """That of the first array that has one, else the first that is loaded."""
    loaded: list[Framework] = []
    for name, kind in _KINDS.items():
        module = sys.modules.get(name)
        if module is None:
            continue
        known = _frameworks.get(name)
        if known is None or known[0] is not module:
            known = _frameworks[name] = (module, kind(module))
        loaded.append(known[1])
    for array in arrays:
        for framework in loaded:
            if framework.owns(array):
                return framework
    return loaded[0] if loaded else None


def open_place(framework: Framework, device: int) -> Place:
    """A GPU, and the stream there that a framework is using now."""
    stream, is_capturing = framework.find_stream(device), False
    # A default stream is never part of a graph, so no driver is asked.
    if stream > LAST_DEFAULT_STREAM:
        driver = open_driver()
        with driver.use(device):
            is_capturing = driver.is_capturing(stream)
    return Place(framework, device, stream, is_capturing)


def make_place(arrays: Iterable[object], device: int) -> Place:
    """The same for the framework of these arrays."""
    framework = find_framework(arrays)
    if framework is None:
        raise UsageError(
            "arrays on a GPU: expected torch, cupy or jax to be imported, for streams and memory"
        )
    return open_place(framework, device)
