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
from ._frameworks import TORCH_TYPES, Place, read_capsule

Array = np.ndarray[Any, np.dtype[Any]]

_byte: Callable[[Any], ctypes.c_char] = ctypes.c_char.from_buffer
_addressof = ctypes.addressof

_KINDS = {0: "i", 1: "u", 2: "f", 4: "bf", 5: "complex", 6: "bool"}
_CPU, _CUDA, _MANAGED = 1, 2, 13
# Compiled code reads and writes the memory of a GPU in units of this.
_GPU_ALIGNMENT = 16


class View(NamedTuple):
    """Memory of a caller, as long as `owner` is alive."""

    address: int
    shape: tuple[int, ...]
    owner: tuple[object, ...]


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


def is_torch(array: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(array, torch.Tensor)


def is_jax(array: object) -> bool:
    jax = sys.modules.get("jax")
    return jax is not None and isinstance(array, jax.Array)


def find_device(array: Any) -> int | None:
    """The GPU whose memory an array is in; None: it is in none, or no array."""
    if isinstance(array, np.ndarray) or not hasattr(array, "__dlpack_device__"):
        return None
    if is_torch(array):
        return int(array.get_device()) if array.is_cuda else None
    try:
        kind, device = array.__dlpack_device__()
    except (BufferError, RuntimeError, TypeError, ValueError):
        return None  # which __dlpack__ says as well, and with a name
    return int(device) if int(kind) in (_CUDA, _MANAGED) else None


def make_numpy(shape: tuple[int, ...], tensor: Tensor) -> tuple[Any, int]:
    """A new array, and its address."""
    array: Array = np.empty(shape, tensor.dtype)
    return array, get_address(array)


def make_torch(shape: tuple[int, ...], tensor: Tensor) -> tuple[Any, int]:
    """A new tensor in the memory of the CPU, and its address."""
    torch: Any = sys.modules["torch"]
    result = torch.empty(shape, dtype=getattr(torch, TORCH_TYPES[tensor.kind]))
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


def view_array(
    array: object, tensor: Tensor, label: str, written: bool = False, place: Place | None = None
) -> View:
    """The memory of an array, checked for type and layout, not yet for shape.

    It is that of the CPU or, with `place`, of the GPU there, where spikes that are
    uint8 are not looked at. Raises ArgumentError, with `label` for the name of the
    argument.
    """
    if isinstance(array, np.ndarray) and place is None:
        return _view_numpy(array, tensor, label, written)
    if hasattr(array, "__dlpack__"):
        if written and is_jax(array):
            raise ArgumentError(label, "an array that can be written", "one of JAX")
        found = None
        if place is not None and place.framework.owns(array):
            found = place.framework.look(array, tensor, place.device)
        if found is not None:
            view = View(*found, (array,))
        else:
            view = _view_dlpack(array, tensor, label, written, place)
        if place is not None and view.address % _GPU_ALIGNMENT and 0 not in view.shape:
            raise ArgumentError(
                label,
                f"memory at a multiple of {_GPU_ALIGNMENT} bytes",
                f"the address {view.address:#x}",
                "tensor.clone() or array.copy() has such",
            )
        return view
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
    view = View(get_address(array), array.shape, (array,))
    if is_bytes_of_spikes and not written:
        check_spikes(view, label)
    return view


def _spell(tensor: Tensor) -> str:
    """The type of elements, as one writes it."""
    return {"i1": "bool", "bf16": "ml_dtypes.bfloat16"}.get(tensor.kind, f"np.{tensor.dtype.name}")


def _name_type(tensor: Tensor) -> str:
    return {"i1": "bool or uint8", "bf16": "bfloat16"}.get(tensor.kind, tensor.dtype.name)


def _check_device(array: Any, label: str, place: Place | None) -> None:
    kind, device = map(int, array.__dlpack_device__())
    if place is None:
        if kind != _CPU:
            hint = "tensor.cpu() copies it"
            if kind in (_CUDA, _MANAGED):
                hint += ', or snnc.compile(..., target=["native", "cuda:sm_90"]) makes code for it'
            raise ArgumentError(label, "memory of the CPU", f"that of device type {kind}", hint)
    elif kind not in (_CUDA, _MANAGED) or device != place.device:
        on_gpu = kind in (_CUDA, _MANAGED)
        raise ArgumentError(
            label,
            f"memory of GPU {place.device}, as the other arrays",
            f"that of {f'GPU {device}' if on_gpu else 'the CPU'}",
            "nothing is copied from one to another",
        )


def _view_dlpack(
    array: Any, tensor: Tensor, label: str, written: bool, place: Place | None
) -> View:
    try:
        _check_device(array, label, place)
        capsule = place.export(array) if place is not None else array.__dlpack__()
    except (BufferError, RuntimeError, TypeError, ValueError) as error:
        raise ArgumentError(
            label, "an array that __dlpack__ hands over", f"the error: {error}"
        ) from None
    managed = read_capsule(capsule)
    _, _, code, bits = find_dtype(tensor.kind)
    is_bytes_of_spikes = tensor.kind == "i1" and (managed.code, managed.bits) == (1, 8)
    if (managed.code, managed.bits, managed.lanes) != (code, bits, 1) and not is_bytes_of_spikes:
        got = f"{_KINDS.get(managed.code, f'type {managed.code} of ')}{managed.bits}"
        raise ArgumentError(label, f"elements of type {_name_type(tensor)}", got)
    shape = tuple(managed.shape[d] for d in range(managed.ndim))
    if managed.strides and 0 not in shape:
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
    if is_bytes_of_spikes and not written and place is None:
        check_spikes(view, label)
    return view


def make_dltensor(
    address: int, shape: tuple[int, ...], tensor: Tensor, device: int | None = None
) -> tuple[DLTensor, object]:
    """A description of dense memory, and what has to live as long."""
    sizes = (ctypes.c_int64 * max(len(shape), 1))(*shape)
    _, _, code, bits = find_dtype(tensor.kind)
    result = DLTensor(
        address or None,
        _CPU if device is None else _CUDA,
        device or 0,
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
