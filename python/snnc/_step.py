# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One time step of a state, with everything prepared that can be."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Iterator, Sequence
from ctypes import c_int64, c_void_p
from typing import TYPE_CHECKING, Any, Union

import numpy as np

from ._arrays import Array, allocate, get_address

if TYPE_CHECKING:
    from ._model import Model
    from ._state import State
    from ._weights import Weights

# What a list of pointers of ctypes may be filled with.
Addresses = list[Union[ctypes.c_void_p, int, None]]

_ndarray, _addressof = np.ndarray, ctypes.addressof
_byte: Callable[[Any], ctypes.c_char] = ctypes.c_char.from_buffer


class Stepper:
    """The call of `run` for one step of a state.

    Pointers to arrays go into lists that are made once; the other arguments are
    objects of ctypes that need no conversion. A state is held while it is used. It
    is made anew when the model, its weights or the number of threads (`epoch`) change.
    """

    def __init__(self, model: Model, state: State) -> None:
        library, batch = model._library, state.batch
        self.model, self.epoch = model, library.epoch
        self.weights: Weights | None = model._get_weights(None)
        self.shapes = [tensor.resolve(1, batch)[tensor.is_sequence :] for tensor in model.inputs]
        self.specs = [(tensor.dtype, shape) for tensor, shape in zip(model.inputs, self.shapes)]
        self.results = [
            _allocate(tensor.resolve(1, batch)[tensor.is_sequence :], tensor.dtype)
            for tensor in model.outputs
        ]
        self.inputs = (c_void_p * max(len(model.inputs), 1))()
        self.outputs = (c_void_p * max(len(model.outputs), 1))()
        size = library.check_size(library.workspace_bytes(library.address, 1, batch))
        self.workspace = allocate(size)
        self.function = library.run
        params = self.weights.address if self.weights is not None else None
        self.call = (
            c_void_p(library.address),
            c_void_p(ctypes.addressof(self.inputs)),
            c_void_p(ctypes.addressof(self.outputs)),
            c_int64(1),
            c_int64(batch),
            c_void_p(state._address),
            c_void_p(self.workspace.ctypes.data),
            c_void_p(params),
        )

    def try_run(self, arrays: Sequence[object]) -> list[Array] | None:
        """Runs where all arrays are as they should be; None where one is not."""
        pointers, i = self.inputs, 0
        for array, (dtype, shape) in zip(arrays, self.specs):
            if type(array) is not _ndarray or array.dtype is not dtype or array.shape != shape:
                return None
            try:
                pointers[i] = _addressof(_byte(array))
            except (TypeError, ValueError):  # not dense, read-only, or without elements
                return None
            i += 1
        results, pointers, i = [], self.outputs, 0
        for result, address in map(next, self.results):
            pointers[i] = address
            results.append(result)
            i += 1
        status = self.function(*self.call)
        if status:
            self.model._library.check(status)
        return results

    def run(self, inputs: Addresses, outputs: Addresses) -> None:
        """Runs with addresses that have been checked."""
        self.inputs[: len(inputs)] = inputs
        self.outputs[: len(outputs)] = outputs
        status = self.function(*self.call)
        if status:
            self.model._library.check(status)


def _allocate(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Iterator[tuple[Array, int]]:
    """New arrays and their addresses, without end. Small ones are cut from blocks
    of at most 4 KiB, for finding an address takes longer than a slice."""
    size = math.prod(shape) * dtype.itemsize
    # A row of a vector would be a scalar, and no array.
    count = max(1, min(64, 4096 // max(size, 1))) if shape else 1
    while True:
        block: Array = np.empty((count, *shape), dtype)
        address = get_address(block)
        if not shape:
            yield block.reshape(()), address
            continue
        for array in block:
            yield array, address
            address += size


def get_single(results: Sequence[Any], make: Any) -> Any:
    """One output as it is, several as a named tuple."""
    return results[0] if len(results) == 1 else make(*results)
