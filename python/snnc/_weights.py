# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Values of parameters that a model is given at run time."""

from __future__ import annotations

import ctypes
import os
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Union

import numpy as np

from ._abi import Library, Tensor
from ._arrays import allocate, view_array
from ._errors import ArgumentError, UsageError

WeightsLike = Union[str, "os.PathLike[str]", Mapping[str, Any]]


class Weights(Mapping[str, Any]):
    """The arrays of the parameters that are not embedded, and their addresses."""

    def __init__(self, arrays: Mapping[str, Any], addresses: Sequence[int | None],
                 owner: object = None) -> None:  # fmt: skip
        self._arrays, self._owner = dict(arrays), owner
        self.pointers = (ctypes.c_void_p * max(len(addresses), 1))(*addresses)

    def __getitem__(self, name: str) -> Any:
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)


def bind(library: Library, params: Sequence[Tensor], weights: WeightsLike) -> Weights:
    """Checks values for all parameters that are not embedded.

    A mapping may hold more names, as a `state_dict` does; a parameter without a
    value, or a value of another shape or type, is an ArgumentError.
    """
    if all(param.is_embedded for param in params):
        raise UsageError("the parameters of this model are embedded; compile it without "
                         "weights= to set them at run time")  # fmt: skip
    if isinstance(weights, Mapping):
        return _bind_mapping(params, weights)
    path = Path(weights)
    if path.suffix == ".npz":
        try:
            with np.load(path, allow_pickle=False) as file:
                return _bind_mapping(params, dict(file))
        except (ValueError, zipfile.BadZipFile, EOFError) as error:
            raise UsageError(f"{path}: expected arrays in an .npz file, but got: {error}") from None
    return _bind_file(library, params, path)


def _bind_mapping(params: Sequence[Tensor], weights: Mapping[str, Any]) -> Weights:
    arrays: dict[str, Any] = {}
    owners: list[object] = []
    addresses: list[int | None] = []
    for param in params:
        label = f"parameter '{param.name}'"
        if param.is_embedded:
            if param.name in weights:
                raise UsageError(f"{label} is embedded; compile the model without it to set it "
                                 "at run time")  # fmt: skip
            addresses.append(None)
            continue
        if param.name not in weights:
            given = ", ".join(map(str, weights)) or "none"
            raise ArgumentError(label, f"an array {param.describe()}", f"only {given}")
        view = view_array(weights[param.name], param, label)
        shape = param.resolve(0, 0)
        if view.shape != shape:
            raise ArgumentError(label, f"shape {list(shape)}", str(list(view.shape)))
        arrays[param.name] = weights[param.name]
        owners.append(view.owner)
        addresses.append(view.address)
    return Weights(arrays, addresses, owners)


def _bind_file(library: Library, params: Sequence[Tensor], path: Path) -> Weights:
    size = path.stat().st_size
    with path.open("rb") as file:
        # Tensors are at multiples of their size from the end of the header.
        header = int.from_bytes(file.read(8), "little") + 8
        block = allocate(size + 64)
        data = block[-header % 64 :][:size]
        file.seek(0)
        if file.readinto(data.data) != size:
            raise UsageError(f"{path}: expected {size} bytes, but the file has become shorter")
    message = ctypes.create_string_buffer(1024)
    pointers = (ctypes.c_void_p * max(len(params), 1))()
    status = library.bind_weights(library.address, data.ctypes.data, size,
                                  ctypes.addressof(pointers), message, len(message))  # fmt: skip
    if status:
        text = message.value.decode(errors="replace") or library.explain(status)
        raise UsageError(f"{path}: {text}")
    arrays: dict[str, Any] = {}
    base = data.ctypes.data
    for param, pointer in zip(params, pointers):
        if pointer is not None and not param.is_embedded:
            start, count = pointer - base, param.count_bytes() or 0
            arrays[param.name] = data[start : start + count].view(param.dtype).reshape(param.resolve(0, 0))
    return Weights(arrays, list(pointers), data)
