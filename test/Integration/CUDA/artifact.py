# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Shared libraries of models through their C interface alone, by ctypes: what the
tests on a GPU machine need, without the snnc package."""

from __future__ import annotations

import ctypes
from ctypes import (CFUNCTYPE, POINTER, c_char_p, c_int, c_int32, c_int64, c_uint8,
                    c_uint16, c_uint32, c_uint64, c_void_p)  # fmt: skip
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Sequence

import numpy as np

ABI_VERSION = 5
TIME, BATCH = -1, -2  # in a shape
CAUSAL = 1
OK, NULL, SIZE, OVERFLOW, ALIGNMENT, OVERLAP, STATE, OF_BATCH = 0, 2, 3, 6, 9, 10, 11, 12
ARGUMENT, NO_DRIVER, NO_DEVICE, POINTER_OF_HOST, NOT_LOADED = 14, 16, 17, 20, 22
KINDS = ("i1", "i8", "i16", "i32", "i64", "f16", "bf16", "f32", "f64")
# bf16 is its bits: NumPy has no such type.
DTYPES = dict(zip(KINDS, map(np.dtype, ("u1", "i1", "i2", "i4", "i8", "f2", "u2", "f4", "f8"))))
DLPACK = dict(zip(KINDS, ((6, 8), (0, 8), (0, 16), (0, 32), (0, 64),
                          (2, 16), (4, 16), (2, 32), (2, 64))))  # fmt: skip


class TensorStruct(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("dtype", c_int32), ("rank", c_int32),
                ("shape", POINTER(c_int64)), ("is_sequence", c_int32),
                ("batch_dim", c_int32), ("data", c_void_p),
                ("is_transposed", c_int32)]  # fmt: skip


class ModelStruct(ctypes.Structure):
    _fields_ = [
        ("abi_version", c_uint32), ("flags", c_uint32), ("name", c_char_p),
        ("compiler", c_char_p), ("hash", c_uint64),
        *((f"num_{what}", c_int32) for what in
          ("inputs", "params", "states", "outputs", "records", "variants")),
        *((what, POINTER(TensorStruct)) for what in
          ("inputs", "params", "states", "outputs", "records")),
        ("variants", c_void_p), ("max_steps", c_int64), ("bytes_per_step", c_int64),
        ("window_multiple", c_int64), ("threads", c_int32),
        ("weights_file", c_char_p), ("report", c_char_p), ("cuda", c_void_p),
    ]  # fmt: skip


class Header(ctypes.Structure):
    """snn_state_header."""

    _fields_ = [("magic", ctypes.c_char * 8), ("version", c_uint32), ("owner", c_uint32),
                ("hash", c_uint64), ("bytes", c_int64), ("batch", c_int64),
                ("position", c_int64), ("current", c_int64),
                ("reserved", c_int64)]  # fmt: skip


class CudaState(ctypes.Structure):
    _fields_ = [("header", Header), ("memory", c_void_p)]


class DLTensor(ctypes.Structure):
    _fields_ = [("data", c_void_p), ("device_type", c_int32), ("device_id", c_int32),
                ("ndim", c_int32), ("code", c_uint8), ("bits", c_uint8),
                ("lanes", c_uint16), ("shape", POINTER(c_int64)),
                ("strides", POINTER(c_int64)), ("byte_offset", c_uint64)]  # fmt: skip


class Invocation(ctypes.Structure):
    _fields_ = [("inputs", c_void_p), ("params", c_void_p), ("outputs", c_void_p),
                ("records", c_void_p), ("steps", c_int64), ("batch", c_int64),
                ("state", c_void_p), ("workspace", c_void_p),
                ("workspace_bytes", c_int64), ("message", c_char_p),
                ("message_bytes", c_int64)]  # fmt: skip


_pointer, _size = c_void_p, c_int64
FUNCTIONS: dict[str, Any] = {
    "state_bytes": CFUNCTYPE(_size, _pointer, _size),
    "reset": CFUNCTYPE(c_int, _pointer, _pointer, _size),
    "workspace_bytes": CFUNCTYPE(_size, _pointer, _size, _size),
    "run": CFUNCTYPE(c_int, _pointer, _pointer, _pointer, _size, _size, _pointer,
                     _pointer, _pointer),
    "invoke": CFUNCTYPE(c_int, _pointer, _pointer),
    "invoke_workspace_bytes": CFUNCTYPE(_size, _pointer, _size, _size),
    "strerror": CFUNCTYPE(c_char_p, c_int),
    "set_threads": CFUNCTYPE(None, c_int),
    "get_threads": CFUNCTYPE(c_int),
    "cpu_features": CFUNCTYPE(c_uint32),
    "transpose": CFUNCTYPE(None, _pointer, _pointer, _size, _size, _size),
    "cuda_device_count": CFUNCTYPE(c_int),
    "cuda_load": CFUNCTYPE(c_int, _pointer, c_int),
    "cuda_unload": CFUNCTYPE(c_int, _pointer),
    "cuda_workspace_bytes": CFUNCTYPE(_size, _pointer, _size, _size),
    "cuda_state_bytes": CFUNCTYPE(_size, _pointer, _size),
    "cuda_reset": CFUNCTYPE(c_int, _pointer, _pointer, _pointer, _size, _pointer),
    "cuda_invoke": CFUNCTYPE(c_int, _pointer, _pointer, _pointer),
}  # fmt: skip


class Table(ctypes.Structure):
    _fields_ = [("abi_version", c_uint32), ("bytes", c_uint32),
                ("model", POINTER(ModelStruct)), *FUNCTIONS.items()]  # fmt: skip


@dataclass(frozen=True)
class Tensor:
    """An array at the boundary of a model."""

    name: str
    kind: str
    shape: tuple[int, ...]
    is_sequence: bool
    batch_dim: int
    is_embedded: bool
    is_transposed: bool

    @property
    def dtype(self) -> np.dtype:
        return DTYPES[self.kind]

    def resolve(self, steps: int, batch: int) -> tuple[int, ...]:
        return tuple({TIME: steps, BATCH: batch}.get(size, size) for size in self.shape)

    def count_bytes(self, steps: int, batch: int) -> int:
        return int(np.prod(self.resolve(steps, batch), dtype=np.int64)) * self.dtype.itemsize


def _read(structs: Any, count: int) -> list[Tensor]:
    return [Tensor(s.name.decode(), KINDS[s.dtype], tuple(s.shape[:s.rank]),
                   bool(s.is_sequence), s.batch_dim, s.data is not None,
                   bool(s.is_transposed)) for s in structs[:count]]  # fmt: skip


def list_pointers(addresses: Sequence[int | None]) -> ctypes.Array:
    return (c_void_p * max(len(addresses), 1))(*addresses)


class Library:
    """A model in a shared library: what it says of itself, and its functions."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.handle = ctypes.CDLL(str(path.resolve()))
        self.table = Table.in_dll(self.handle, "snn_model_v1")
        if (self.table.abi_version, self.table.bytes) != (ABI_VERSION, ctypes.sizeof(Table)):
            raise ValueError(f"{path}: expected version {ABI_VERSION} of the interface "
                             f"({ctypes.sizeof(Table)} bytes), but got "
                             f"{self.table.abi_version} ({self.table.bytes} bytes)")  # fmt: skip
        model = self.table.model.contents
        self.model = ctypes.addressof(model)
        self.name, self.max_steps, self.hash = model.name.decode(), model.max_steps, model.hash
        self.is_causal = bool(model.flags & CAUSAL)
        self.has_cuda = bool(model.cuda)
        self.inputs = _read(model.inputs, model.num_inputs)
        self.params = _read(model.params, model.num_params)
        self.states = _read(model.states, model.num_states)
        self.outputs = _read(model.outputs, model.num_outputs)

    def make_entry(self, suffix: str) -> Any:
        """NAME_SUFFIX, a function of C whose result is a status."""
        entry = self.handle[f"{self.name}_{suffix}"]
        entry.restype = c_int
        return entry

    def explain(self, status: int) -> str:
        return f"status {status}: {self.table.strerror(status).decode()}"


def describe(tensor: Tensor, address: int, shape: Sequence[int],
             device_type: int) -> tuple[DLTensor, object]:  # fmt: skip
    """A DLTensor of dense memory, and what has to live as long. The memory of a
    transposed matrix is by columns."""
    sizes = (c_int64 * max(len(shape), 1))(*shape)
    strides = (c_int64 * 2)(1, shape[0]) if tensor.is_transposed else None
    code, bits = DLPACK[tensor.kind]
    return DLTensor(address or None, device_type, 0, len(shape), code, bits, 1,
                    ctypes.cast(sizes, POINTER(c_int64)),
                    ctypes.cast(strides, POINTER(c_int64)) if strides else None,
                    0), (sizes, strides)  # fmt: skip
