# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Arrays of a caller as pointers, without a copy."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ._abi import DLTensor, Tensor, find_dtype
from ._errors import ArgumentError

Array = np.ndarray[Any, np.dtype[Any]]

_get_capsule = ctypes.pythonapi.PyCapsule_GetPointer
_get_capsule.restype = ctypes.c_void_p
_get_capsule.argtypes = [ctypes.py_object, ctypes.c_char_p]

_byte: Callable[[Any], ctypes.c_char] = ctypes.c_char.from_buffer
_addressof = ctypes.addressof

_KINDS = {0: "i", 1: "u", 2: "f", 4: "bf", 5: "complex", 6: "bool"}
_CPU = 1


class View(NamedTuple):
    """Memory of a caller, as long as `owner` is alive."""

    address: int
    shape: tuple[int, ...]
    owner: object


def get_address(array: Array) -> int:
    """The address of an array's first element, by the fastest way there is."""
    try:
        return _addressof(_byte(array))
    except (TypeError, ValueError):  # read-only, or without elements
        return array.ctypes.data


def allocate(size: int) -> Array:
    """Bytes at a multiple of 64, not initialized."""
    block: Array = np.empty(size + 64, np.uint8)
    start = -block.ctypes.data % 64
    return block[start : start + size]


def is_torch(array: object) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(array, torch.Tensor)


def make_result(shape: tuple[int, ...], tensor: Tensor, as_torch: bool) -> tuple[Any, int]:
    """A new array, and its address."""
    if not as_torch:
        array: Array = np.empty(shape, tensor.dtype)
        return array, get_address(array)
    torch: Any = sys.modules["torch"]
    names = {
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
    result = torch.empty(shape, dtype=getattr(torch, names[tensor.kind]))
    return result, result.data_ptr()


def check_spikes(view: View, label: str) -> None:
    """Spikes are 0 or 1; compiled code does not look."""
    count = int(np.prod(view.shape, dtype=np.int64))
    if not count:
        return
    memory: Any = (ctypes.c_uint8 * count).from_address(view.address)
    data = np.frombuffer(memory, np.uint8)
    if data.max() > 1:
        raise ArgumentError(label, "spikes that are 0 or 1", f"a byte that is {data.max()}")


def view_array(array: object, tensor: Tensor, label: str, written: bool = False) -> View:
    """The memory of an array, checked for type and layout, not yet for shape.

    Raises ArgumentError, with `label` for the name of the argument.
    """
    if isinstance(array, np.ndarray):
        return _view_numpy(array, tensor, label, written)
    if hasattr(array, "__dlpack__"):
        return _view_dlpack(array, tensor, label, written)
    raise ArgumentError(
        label,
        "a NumPy array, or one that has __dlpack__",
        f"an object of type {type(array).__name__}",
        f"np.asarray(value, {_spell(tensor)}) makes one",
    )


def _view_numpy(array: Array, tensor: Tensor, label: str, written: bool) -> View:
    is_bytes_of_spikes = tensor.kind == "i1" and array.dtype == np.uint8
    is_bfloat = tensor.kind == "bf16" and array.dtype.str in ("|V2", "<V2")
    if array.dtype != tensor.dtype and not is_bytes_of_spikes and not is_bfloat:
        raise ArgumentError(
            label,
            f"elements of type {_name_type(tensor)}",
            array.dtype.name
            if array.dtype.isnative
            else f"{array.dtype.name} of another byte order",
            f"array.astype({_spell(tensor)}) converts it",
        )
    if isinstance(array, np.ma.MaskedArray):
        raise ArgumentError(
            label, "an array without a mask", "a masked one", "array.filled(value) makes one"
        )
    if not array.flags.c_contiguous:
        raise ArgumentError(
            label,
            "a dense row-major array",
            f"strides of {array.strides} bytes",
            "np.ascontiguousarray(array) makes one",
        )
    if not array.flags.aligned:
        raise ArgumentError(
            label,
            "elements at multiples of their size",
            "an array that is not aligned",
            "array.copy() is",
        )
    if written and not array.flags.writeable:
        raise ArgumentError(label, "an array that can be written", "a read-only one")
    view = View(get_address(array), array.shape, array)
    if is_bytes_of_spikes and not written:
        check_spikes(view, label)
    return view


def _spell(tensor: Tensor) -> str:
    """The type of elements, as one writes it."""
    return {"i1": "bool", "bf16": "ml_dtypes.bfloat16"}.get(tensor.kind, f"np.{tensor.dtype.name}")


def _name_type(tensor: Tensor) -> str:
    return {"i1": "bool or uint8", "bf16": "bfloat16"}.get(tensor.kind, tensor.dtype.name)


def _view_dlpack(array: Any, tensor: Tensor, label: str, written: bool) -> View:
    device = int(array.__dlpack_device__()[0])
    if device != _CPU:
        raise ArgumentError(
            label, "memory of the CPU", f"that of device type {device}", "tensor.cpu() copies it"
        )
    try:
        capsule = array.__dlpack__()
    except (BufferError, RuntimeError, TypeError, ValueError) as error:
        raise ArgumentError(
            label, "an array that __dlpack__ hands over", f"the error: {error}"
        ) from None
    managed = DLTensor.from_address(_get_capsule(capsule, b"dltensor"))
    _, _, code, bits = find_dtype(tensor.kind)
    is_bytes_of_spikes = tensor.kind == "i1" and (managed.code, managed.bits) == (1, 8)
    if (managed.code, managed.bits, managed.lanes) != (code, bits, 1) and not is_bytes_of_spikes:
        got = f"{_KINDS.get(managed.code, f'type {managed.code} of ')}{managed.bits}"
        raise ArgumentError(label, f"elements of type {_name_type(tensor)}", got)
    shape = tuple(managed.shape[d] for d in range(managed.ndim))
    if managed.strides:
        expected = 1
        for d in reversed(range(managed.ndim)):
            if shape[d] != 1 and managed.strides[d] != expected:
                strides = tuple(managed.strides[d] for d in range(managed.ndim))
                raise ArgumentError(
                    label,
                    "a dense row-major array",
                    f"strides of {strides} elements",
                    "tensor.contiguous() or np.ascontiguousarray(array) makes one",
                )
            expected *= shape[d]
    # The capsule keeps the memory: nobody has taken it over.
    view = View((managed.data or 0) + managed.byte_offset, shape, (array, capsule))
    if is_bytes_of_spikes and not written:
        check_spikes(view, label)
    return view


def make_dltensor(address: int, shape: tuple[int, ...], tensor: Tensor) -> tuple[DLTensor, object]:
    """A description of dense memory, and what has to live as long."""
    sizes = (ctypes.c_int64 * max(len(shape), 1))(*shape)
    _, _, code, bits = find_dtype(tensor.kind)
    result = DLTensor(
        address or None,
        _CPU,
        0,
        len(shape),
        code,
        bits,
        1,
        ctypes.cast(sizes, ctypes.POINTER(ctypes.c_int64)),
        None,
        0,
    )
    if not tensor.is_transposed:
        return result, sizes
    # The memory of a transpose is the matrix by columns.
    strides = (ctypes.c_int64 * 2)(1, shape[0])
    result.strides = ctypes.cast(strides, ctypes.POINTER(ctypes.c_int64))
    return result, (sizes, strides)
