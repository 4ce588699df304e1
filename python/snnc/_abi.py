# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The C interface of a compiled model, as include/snn/Runtime has it."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from ctypes import (
    POINTER,
    c_char_p,
    c_int,
    c_int32,
    c_int64,
    c_uint8,
    c_uint16,
    c_uint32,
    c_uint64,
    c_void_p,
)
from dataclasses import dataclass
from typing import Any, Callable, NamedTuple

import numpy as np

from ._errors import BusyError, UsageError

ABI_VERSION = 5
DIM_TIME, DIM_BATCH = -1, -2
CAUSAL = 1
STATUS_BUSY = 13


class TensorStruct(ctypes.Structure):
    _fields_ = [
        ("name", c_char_p),
        ("dtype", c_int32),
        ("rank", c_int32),
        ("shape", POINTER(c_int64)),
        ("is_sequence", c_int32),
        ("batch_dim", c_int32),
        ("data", c_void_p),
        ("is_transposed", c_int32),
    ]


class VariantStruct(ctypes.Structure):
    _fields_ = [
        ("name", c_char_p),
        ("features", c_uint32),
        ("run", c_void_p),
        ("workspace_bytes", c_void_p),
    ]


class CudaImageStruct(ctypes.Structure):
    _fields_ = [
        ("architecture", c_int32),
        ("is_ptx", c_int32),
        ("bytes", c_int64),
        ("data", c_void_p),
    ]


class CudaStruct(ctypes.Structure):
    _fields_ = [
        ("num_images", c_int32),
        ("num_kernels", c_int32),
        ("images", POINTER(CudaImageStruct)),
        ("kernels", POINTER(c_char_p)),
        ("run", c_void_p),
        ("workspace_bytes", c_void_p),
        ("waits", c_int32),
        ("libraries", c_int32),
    ]


class ModelStruct(ctypes.Structure):
    _fields_ = [
        ("abi_version", c_uint32),
        ("flags", c_uint32),
        ("name", c_char_p),
        ("compiler", c_char_p),
        ("hash", c_uint64),
        *(
            (f"num_{what}", c_int32)
            for what in ("inputs", "params", "states", "outputs", "records", "variants")
        ),
        *(
            (what, POINTER(TensorStruct))
            for what in ("inputs", "params", "states", "outputs", "records")
        ),
        ("variants", POINTER(VariantStruct)),
        ("max_steps", c_int64),
        ("bytes_per_step", c_int64),
        ("window_multiple", c_int64),
        ("threads", c_int32),
        ("weights_file", c_char_p),
        ("report", c_char_p),
        ("cuda", POINTER(CudaStruct)),
    ]


class DLTensor(ctypes.Structure):
    _fields_ = [
        ("data", c_void_p),
        ("device_type", c_int32),
        ("device_id", c_int32),
        ("ndim", c_int32),
        ("code", c_uint8),
        ("bits", c_uint8),
        ("lanes", c_uint16),
        ("shape", POINTER(c_int64)),
        ("strides", POINTER(c_int64)),
        ("byte_offset", c_uint64),
    ]


class Invocation(ctypes.Structure):
    _fields_ = [
        ("inputs", c_void_p),
        ("params", c_void_p),
        ("outputs", c_void_p),
        ("records", c_void_p),
        ("steps", c_int64),
        ("batch", c_int64),
        ("state", c_void_p),
        ("workspace", c_void_p),
        ("workspace_bytes", c_int64),
        ("message", c_char_p),
        ("message_bytes", c_int64),
    ]


class CudaState(ctypes.Structure):
    """A stream of steps whose states are in the memory of a GPU."""

    _fields_ = [
        ("magic", ctypes.c_char * 8),
        ("version", c_uint32),
        ("owner", c_uint32),
        ("hash", c_uint64),
        ("bytes", c_int64),
        ("batch", c_int64),
        ("position", c_int64),
        ("current", c_int64),
        ("reserved", c_int64),
        ("memory", c_void_p),
    ]


# PyDLL would hold the interpreter's lock; these let other threads run.
_pointer, _size = c_void_p, c_int64
SIGNATURES: dict[str, Any] = {
    "state_bytes": ctypes.CFUNCTYPE(_size, _pointer, _size),
    "reset": ctypes.CFUNCTYPE(c_int, _pointer, _pointer, _size),
    "workspace_bytes": ctypes.CFUNCTYPE(_size, _pointer, _size, _size),
    "run": ctypes.CFUNCTYPE(
        c_int, _pointer, _pointer, _pointer, _size, _size, _pointer, _pointer, _pointer
    ),
    "invoke": ctypes.CFUNCTYPE(c_int, _pointer, _pointer),
    "invoke_workspace_bytes": ctypes.CFUNCTYPE(_size, _pointer, _size, _size),
    "strerror": ctypes.CFUNCTYPE(c_char_p, c_int),
    "set_threads": ctypes.CFUNCTYPE(None, c_int),
    "get_threads": ctypes.CFUNCTYPE(c_int),
    "cpu_features": ctypes.CFUNCTYPE(c_uint32),
    "transpose": ctypes.CFUNCTYPE(None, _pointer, _pointer, _size, _size, _size),
    "cuda_device_count": ctypes.CFUNCTYPE(c_int),
    "cuda_load": ctypes.CFUNCTYPE(c_int, _pointer, c_int),
    "cuda_unload": ctypes.CFUNCTYPE(c_int, _pointer),
    "cuda_workspace_bytes": ctypes.CFUNCTYPE(_size, _pointer, _size, _size),
    "cuda_state_bytes": ctypes.CFUNCTYPE(_size, _pointer, _size),
    "cuda_reset": ctypes.CFUNCTYPE(c_int, _pointer, _pointer, _pointer, _size, _pointer),
    "cuda_invoke": ctypes.CFUNCTYPE(c_int, _pointer, _pointer, _pointer),
}


class TableStruct(ctypes.Structure):
    _fields_ = [
        ("abi_version", c_uint32),
        ("bytes", c_uint32),
        ("model", POINTER(ModelStruct)),
        *SIGNATURES.items(),
    ]


def find_bfloat16() -> np.dtype[Any]:
    """The type of bf16 elements: ml_dtypes has one; else two opaque bytes."""
    try:
        import ml_dtypes
    except ImportError:
        return np.dtype("V2")
    bfloat: np.dtype[Any] = np.dtype(ml_dtypes.bfloat16)
    return bfloat


class DType(NamedTuple):
    """A type of elements: our name, that of NumPy, code and bits of DLPack."""

    kind: str
    dtype: np.dtype[Any]
    code: int
    bits: int


# In the order of `snn_dtype`.
DTYPES = [
    DType("i1", np.dtype(np.bool_), 6, 8),
    DType("i8", np.dtype(np.int8), 0, 8),
    DType("i16", np.dtype(np.int16), 0, 16),
    DType("i32", np.dtype(np.int32), 0, 32),
    DType("i64", np.dtype(np.int64), 0, 64),
    DType("f16", np.dtype(np.float16), 2, 16),
    DType("bf16", find_bfloat16(), 4, 16),
    DType("f32", np.dtype(np.float32), 2, 32),
    DType("f64", np.dtype(np.float64), 2, 64),
]


def find_dtype(kind: str) -> DType:
    return next(element for element in DTYPES if element.kind == kind)


@dataclass(frozen=True)
class Tensor:
    """One array at the boundary of a model.

    Attributes:
        name: as the model names it.
        kind: the type of its elements: i1, i8, ..., f32, f64.
        dtype: the same for NumPy; i1 is bool.
        shape: sizes, or "T" (steps) and "B" (batch) where a call chooses them.
        is_sequence: whether dimension 0 is time.
        batch_dim: the dimension that is the batch, or None.
        is_embedded: whether it is a parameter whose value is in the model.
        is_transposed: whether it is a matrix that the compiled code reads by
            columns; `set_weights` transposes it, and its shape here is that of rows.
    """

    name: str
    kind: str
    dtype: np.dtype[Any]
    shape: tuple[int | str, ...]
    is_sequence: bool
    batch_dim: int | None
    is_embedded: bool
    is_transposed: bool = False

    def resolve(self, steps: int, batch: int) -> tuple[int, ...]:
        """Its shape for T steps of a batch of B."""
        sizes = {"T": steps, "B": batch}
        return tuple(sizes[size] if isinstance(size, str) else size for size in self.shape)

    def describe(self, with_time: bool = True) -> str:
        """Its shape and type as a text: `[T, B, 64] f32`."""
        skipped = 1 if self.is_sequence and not with_time else 0
        return f"[{', '.join(map(str, self.shape[skipped:]))}] {self.kind}"

    def count_bytes(self) -> int | None:
        """Bytes of it, or None where T or B decide."""
        if any(isinstance(size, str) for size in self.shape):
            return None
        return int(np.prod(self.resolve(0, 0), dtype=np.int64)) * self.dtype.itemsize


def read_tensor(struct: Any) -> Tensor:
    names = {DIM_TIME: "T", DIM_BATCH: "B"}
    sizes = [struct.shape[d] for d in range(struct.rank)]
    element = DTYPES[struct.dtype]
    return Tensor(
        struct.name.decode(),
        element.kind,
        element.dtype,
        tuple(names.get(size, size) for size in sizes),
        bool(struct.is_sequence),
        struct.batch_dim if struct.batch_dim >= 0 else None,
        struct.data is not None,
        bool(struct.is_transposed),
    )


def read_images(model: Any) -> list[str]:
    """The GPUs that a model has code for: `sm_90`, or `sm_90 or newer` for PTX."""
    if not model.cuda:
        return []
    code = model.cuda.contents
    images = [code.images[i] for i in range(code.num_images)]
    return [f"sm_{image.architecture}{' or newer' if image.is_ptx else ''}" for image in images]


class Library:
    """A loaded shared library: its functions, and what it says of its model.

    `epoch` changes with the number of threads, on which workspaces depend. `images`
    are the GPUs that it has code for.
    """

    state_bytes: Callable[..., int]
    reset: Callable[..., int]
    workspace_bytes: Callable[..., int]
    run: Callable[..., int]
    invoke: Callable[..., int]
    invoke_workspace_bytes: Callable[..., int]
    strerror: Callable[[int], bytes]
    set_threads: Callable[[int], None]
    get_threads: Callable[[], int]
    cpu_features: Callable[[], int]
    transpose: Callable[[int, int, int, int, int], None]
    cuda_device_count: Callable[[], int]
    cuda_load: Callable[[int, int], int]
    cuda_unload: Callable[[int], int]
    cuda_workspace_bytes: Callable[..., int]
    cuda_state_bytes: Callable[..., int]
    cuda_reset: Callable[..., int]
    cuda_invoke: Callable[..., int]

    def __init__(self, handle: ctypes.CDLL, path: str) -> None:
        self.handle, self.path, self.epoch = handle, path, 0
        try:
            table = TableStruct.in_dll(handle, "snn_model_v1")
        except ValueError:
            raise UsageError(
                f"{path}: expected a library that snnc has compiled, but "
                "it has no symbol 'snn_model_v1'"
            ) from None
        known, got = (ABI_VERSION, ctypes.sizeof(TableStruct)), (table.abi_version, table.bytes)
        if got != known:
            raise UsageError(
                f"{path}: expected a model for version {known[0]} of the interface "
                f"({known[1]} bytes), but got {got[0]} ({got[1]} bytes); compile it "
                "again, or install the snnc package of its compiler"
            )
        for name in SIGNATURES:
            setattr(self, name, getattr(table, name))
        self.model = table.model.contents
        self.name: str = self.model.name.decode()
        self.address = ctypes.addressof(self.model)
        self.images = read_images(self.model)
        self.set_threads(self.model.threads)
        if os.environ.get("SNN_VERBOSE") == "1" and self.model.report:
            print(self.model.report.decode(), file=sys.stderr)

    def read(self, what: str) -> list[Tensor]:
        structs, count = getattr(self.model, what), getattr(self.model, f"num_{what}")
        return [read_tensor(structs[i]) for i in range(count)]

    def explain(self, status: int) -> str:
        return self.strerror(status).decode()

    def check(self, status: int, message: bytes = b"") -> None:
        """Raises what a status stands for, with the text of an invocation."""
        if status:
            text = message.decode(errors="replace") or self.explain(status)
            raise BusyError(text) if status == STATUS_BUSY else UsageError(f"{self.name}: {text}")

    def check_size(self, size: int) -> int:
        """A number, or minus a status."""
        self.check(max(-size, 0))
        return size


_libraries: dict[int, Library] = {}
_lock = threading.Lock()


def load_library(path: str) -> Library:
    """Loads a library; the same file twice is one Library."""
    # A bare name would be looked for in the system's folders.
    path = os.path.abspath(path)
    if not os.path.isfile(path):
        raise UsageError(f"{path}: expected a file, but there is none")
    try:
        handle = ctypes.CDLL(path, mode=os.RTLD_NOW | os.RTLD_LOCAL)
    except OSError as error:
        raise UsageError(
            f"{path}: expected a shared library for this machine, but it cannot be loaded: {error}"
        ) from None
    with _lock:
        library = _libraries.get(handle._handle)
        if library is None:
            library = _libraries[handle._handle] = Library(handle, path)
        return library
