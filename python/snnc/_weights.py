# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Values of parameters that a model is given at run time."""

from __future__ import annotations

import ctypes
import json
import math
import os
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Union

import numpy as np

from ._abi import Library, Tensor, find_dtype
from ._arrays import Array, View, allocate, find_device, view_array
from ._driver import open_driver
from ._errors import ArgumentError, UsageError
from ._frameworks import Block, Place, make_place

WeightsLike = Union[str, "os.PathLike[str]", Mapping[str, Any]]


class Weights(Mapping[str, Any]):
    """The arrays of the parameters that are not embedded, and copies of them, which
    have the layout that the code wants: in the memory of the CPU or, of arrays that
    are there, of a GPU."""

    def __init__(
        self,
        params: Sequence[Tensor],
        arrays: Mapping[str, Any],
        copies: Sequence[Array | Block | None],
        place: Place | None,
    ) -> None:
        self._params, self._arrays, self._copies = params, dict(arrays), copies
        self._place = place
        self._on_gpu: dict[int, list[Block | None]] = {}
        addresses = [copy.ctypes.data if isinstance(copy, np.ndarray) else None for copy in copies]
        self.pointers = (ctypes.c_void_p * max(len(addresses), 1))(*addresses)
        self._address = ctypes.addressof(self.pointers)

    @property
    def address(self) -> int:
        """The list of pointers for the CPU."""
        if self._place is not None:
            for param, copy in zip(self._params, self._copies):
                if isinstance(copy, Block):
                    raise ArgumentError(
                        f"parameter '{param.name}'",
                        "memory of the CPU, as the inputs",
                        f"that of GPU {self._place.device}",
                        "model.set_weights(...) with arrays of the CPU works for both",
                    )
        return self._address

    def get_pointers(self) -> list[int | None]:
        """The same as numbers."""
        return list(self.pointers) if self.address else []

    def wait(self) -> None:
        """Until the copies are made, for calls on other streams."""
        if self._place is not None and not self._place.is_capturing:
            driver = open_driver()
            with driver.use(self._place.device):
                driver.synchronize(self._place.stream)

    def find_on_gpu(self, place: Place) -> list[Block | None]:
        """The copies in the memory of a GPU, where the first call moves them."""
        found = self._on_gpu.get(place.device)
        if found is None:
            found = self._on_gpu[place.device] = self._move(place)
        return found

    def _move(self, place: Place) -> list[Block | None]:
        if self._place is not None and self._place.device != place.device:
            raise ArgumentError(
                "parameters",
                f"memory of GPU {place.device}, as the inputs",
                f"that of GPU {self._place.device}",
            )
        moved: list[Block | None] = []
        driver, is_moving = open_driver(), False
        for copy in self._copies:
            if isinstance(copy, np.ndarray):
                if place.is_capturing:
                    raise UsageError(
                        "the parameters are not in the memory of the GPU yet; call the "
                        "model once before the capture"
                    )
                block, is_moving = place.allocate(len(copy)), True
                with driver.use(place.device):
                    driver.copy(block.address, copy.ctypes.data, len(copy), place.stream)
                moved.append(block)
            else:
                moved.append(copy)
        if is_moving:
            with driver.use(place.device):
                driver.synchronize(place.stream)
        return moved

    def __getitem__(self, name: str) -> Any:
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)


def bind(library: Library, params: Sequence[Tensor], weights: WeightsLike) -> Weights:
    """Checks and copies values for all parameters that are not embedded.

    A mapping may hold more names, as a `state_dict` does; a parameter without a
    value, or a value of another shape or type, is an ArgumentError. Values on a GPU
    are copied there, on the current stream.
    """
    if all(param.is_embedded for param in params):
        raise UsageError(
            "the parameters of this model are embedded; compile it without "
            "weights= to set them at run time"
        )
    if isinstance(weights, Mapping):
        return _bind_mapping(library, params, weights)
    path = Path(weights)
    if path.suffix == ".npz":
        try:
            with np.load(path, allow_pickle=False) as file:
                return _bind_mapping(library, params, dict(file))
        except (ValueError, zipfile.BadZipFile, EOFError) as error:
            raise UsageError(f"{path}: expected arrays in an .npz file, but got: {error}") from None
    names = [param.name for param in params if not param.is_embedded]
    return _bind_mapping(library, params, read_safetensors(path, names))


def _copy(library: Library, param: Tensor, view: View) -> Array:
    """The value of a parameter as the code wants it: transposed here, once, where
    every step would do that otherwise."""
    copy = allocate(math.prod(view.shape) * param.dtype.itemsize)
    address = copy.ctypes.data
    if param.is_transposed:
        rows, columns = view.shape
        library.transpose(view.address, address, rows, columns, param.dtype.itemsize)
    else:
        ctypes.memmove(address, view.address, len(copy))
    return copy


def _bind_mapping(
    library: Library, params: Sequence[Tensor], weights: Mapping[str, Any]
) -> Weights:
    arrays: dict[str, Any] = {}
    copies: list[Array | Block | None] = []
    place = _find_place(library, params, weights)
    for param in params:
        label = f"parameter '{param.name}'"
        if param.is_embedded:
            if param.name in weights:
                raise UsageError(
                    f"{label} is embedded; compile the model without it to set it at run time"
                )
            copies.append(None)
            continue
        if param.name not in weights:
            given = ", ".join(map(str, weights)) or "none"
            raise ArgumentError(label, f"an array {param.describe()}", f"only {given}")
        value = weights[param.name]
        is_on_gpu = place is not None and find_device(value) is not None
        view = view_array(value, param, label, place=place if is_on_gpu else None)
        shape = param.resolve(0, 0)
        if view.shape != shape:
            raise ArgumentError(label, f"shape {list(shape)}", str(list(view.shape)))
        arrays[param.name] = value
        if place is not None and is_on_gpu:
            copies.append(place.framework.copy(value, param.is_transposed, place))
        else:
            copies.append(_copy(library, param, view))
    return Weights(params, arrays, copies, place)


def _find_place(
    library: Library, params: Sequence[Tensor], weights: Mapping[str, Any]
) -> Place | None:
    """The GPU of the first value that is on one, if the model can run there."""
    values = [weights[param.name] for param in params if param.name in weights]
    for value in values if library.images else []:
        device = find_device(value)
        if device is not None:
            return make_place([value, *values], device)
    return None


# The type of elements in a .safetensors file, and the same for NumPy.
SAFETENSORS_TYPES = {
    "BOOL": "bool",
    "I8": "int8",
    "I16": "int16",
    "I32": "int32",
    "I64": "int64",
    "F16": "float16",
    "F32": "float32",
    "F64": "float64",
}


def read_safetensors(path: Path, wanted: Collection[str]) -> dict[str, Any]:
    """The tensors of these names that are in a file, each within its bounds."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > size - 8:
            raise UsageError(
                f"{path}: expected a .safetensors file, but its header of {length} "
                f"bytes is longer than the file of {size}"
            )
        try:
            header = json.loads(file.read(length))
        except (ValueError, RecursionError) as error:
            raise UsageError(
                f"{path}: expected a .safetensors file, but its header is not JSON: {error}"
            ) from None
        data = allocate(size - 8 - length)
        if not isinstance(header, dict) or file.readinto(data.data) != len(data):
            raise UsageError(f"{path}: expected a .safetensors file, but got something else")
    return {name: _read_entry(path, name, header[name], data) for name in wanted if name in header}


def _read_entry(path: Path, name: str, entry: Any, data: Array) -> Array:
    label = f"{path}: tensor '{name}'"
    try:
        kind, shape, (begin, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
        if not all(type(number) is int and number >= 0 for number in (*shape, begin, end)):
            raise ValueError("a negative or broken number")
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(
            f"{label}: expected dtype, shape and data_offsets, but got: {error}"
        ) from None
    if kind not in SAFETENSORS_TYPES and kind != "BF16":
        raise UsageError(
            f"{label}: expected a type of {', '.join(SAFETENSORS_TYPES)} or BF16, but got {kind}"
        )
    dtype = find_dtype("bf16").dtype if kind == "BF16" else np.dtype(SAFETENSORS_TYPES[kind])
    count = math.prod(shape) * dtype.itemsize
    if begin > end or end > len(data) or end - begin != count:
        raise UsageError(
            f"{label}: expected {count} bytes for {kind} {shape} in data of {len(data)}, "
            f"but got bytes {begin} to {end}"
        )
    array = data[begin:end]
    if dtype == np.bool_ and count and array.max() > 1:
        raise UsageError(f"{label}: expected booleans that are 0 or 1, but got {array.max()}")
    # A place that is no multiple of the size of an element is legal in a file.
    array = array if array.ctypes.data % dtype.itemsize == 0 else array.copy()
    return array.view(dtype).reshape(shape)


def write_safetensors(path: Path, arrays: Mapping[str, Any]) -> None:
    """Writes arrays of NumPy, or with __dlpack__, to a .safetensors file."""
    names = {kind: name for name, kind in SAFETENSORS_TYPES.items()} | {"bfloat16": "BF16"}
    header: dict[str, Any] = {}
    parts, end = [], 0
    for name, value in arrays.items():
        array = value if isinstance(value, np.ndarray) else np.from_dlpack(value)
        kind = names.get(array.dtype.name)
        if kind is None or not array.dtype.isnative:
            raise UsageError(
                f"parameter '{name}': expected an array of {', '.join(names)}, but got "
                f"{array.dtype}"
            )
        parts.append(array.tobytes())
        header[name] = {
            "dtype": kind,
            "shape": list(array.shape),
            "data_offsets": [end, end + array.nbytes],
        }
        end += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(parts))
