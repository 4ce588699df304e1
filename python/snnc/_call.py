# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The arguments of one call, checked against what the model says."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ._abi import Tensor
from ._arrays import View, find_device, make_dltensor, view_array
from ._errors import ArgumentError, UsageError
from ._frameworks import Place, make_place
from ._step import Addresses

# Makes an array, and says its address.
Maker = Callable[[tuple[int, ...], Tensor], tuple[Any, int]]

if TYPE_CHECKING:
    from ._model import Model
    from ._state import State


def match_inputs(model: Model, arrays: Sequence[Any], named: Mapping[str, Any]) -> list[Any]:
    """The inputs of a call, in the order of the model."""
    names = [tensor.name for tensor in model.inputs]
    if len(arrays) > len(names):
        raise UsageError(
            f"{model.name}: expected {len(names)} inputs ({', '.join(names)}), "
            f"but got {len(arrays)}"
        )
    given = dict(zip(names, arrays))
    for name, array in named.items():
        if name not in names or name in given:
            why = "it is given twice" if name in given else "there is none of this name"
            raise UsageError(f"{model.name}: input '{name}': {why}; expected {', '.join(names)}")
        given[name] = array
    for name in names:
        if name not in given:
            raise UsageError(f"{model.name}: input '{name}': expected an array, but got none")
    return [given[name] for name in names]


def view_inputs(model: Model, given: Sequence[Any], place: Place | None) -> list[View]:
    return [
        view_array(array, tensor, f"input '{tensor.name}'", place=place)
        for tensor, array in zip(model.inputs, given)
    ]


def match_outputs(model: Model, out: Any) -> list[Any]:
    """The arrays to write to, in the order of the model; none where out is None."""
    if out is None:
        return []
    if isinstance(out, Mapping):
        given = [out.get(tensor.name) for tensor in model.outputs]
    else:
        given = list(out) if isinstance(out, (tuple, list)) else [out]
    if len(given) != len(model.outputs):
        raise UsageError(f"out: expected {len(model.outputs)} arrays, but got {len(given)}")
    return given


def find_place(model: Model, arrays: Sequence[Any], state: State | None) -> Place | None:
    """The GPU that has an array, and the stream there; None: the CPU.

    Without arrays it is where the state is. A model without code for GPUs runs on
    the CPU, which then says that an array is not there.
    """
    if not model._library.images:
        return None
    for array in arrays:
        device = find_device(array)
        if device is not None:
            # One that knows of streams and memory goes before one that does not.
            return make_place([array, *arrays], device)
    if not arrays and state is not None and state.gpu is not None:
        return state.gpu.open_place()
    return None


def find_sizes(
    model: Model, views: Sequence[View], steps: int | None, batch: int | None, state: State | None
) -> tuple[int, int]:
    """T and B, which all inputs must agree on."""
    sizes: dict[str, tuple[int, str]] = {}
    if state is not None:
        model._check_state(state)
        sizes["B"] = state.batch, "the state"
    for symbol, size in (("T", steps), ("B", batch)):
        if size is not None and size < 0:
            raise UsageError(f"{model.name}: expected {symbol} >= 0, but got {size}")
        if size is not None:
            _unify(sizes, symbol, int(size), "this call", "this call")
    for tensor, view in zip(model.inputs, views):
        label = f"input '{tensor.name}'"
        fixed = zip(tensor.shape, view.shape)
        if len(view.shape) != len(tensor.shape) or any(
            isinstance(expected, int) and size != expected for expected, size in fixed
        ):
            raise ArgumentError(label, f"shape {tensor.describe()}", str(list(view.shape)))
        for d, size in enumerate(view.shape):
            if d == 0 and tensor.is_sequence:
                _unify(sizes, "T", size, label, label)
            elif d == tensor.batch_dim:
                _unify(sizes, "B", size, label, label)
    for tensor in model.outputs:
        for d, expected in enumerate(tensor.shape):
            if isinstance(expected, int) and (
                d == 0 and tensor.is_sequence or d == tensor.batch_dim
            ):
                symbol = "T" if d == 0 and tensor.is_sequence else "B"
                sizes.setdefault(symbol, (expected, "the model"))
    if "T" not in sizes:
        raise UsageError(f"{model.name}: expected steps=, because no input says how many")
    return sizes["T"][0], sizes.get("B", (1, ""))[0]


def make_outputs(
    model: Model,
    given: list[Any],
    steps: int,
    batch: int,
    make: Maker,
    place: Place | None = None,
    skipped: int = 0,
) -> tuple[list[Any], Addresses]:
    """Arrays and their addresses; `skipped`: dimensions of sequences left out."""
    shapes = [
        tensor.resolve(steps, batch)[tensor.is_sequence * skipped :] for tensor in model.outputs
    ]
    if not given:
        made = [make(shape, tensor) for shape, tensor in zip(shapes, model.outputs)]
        return [array for array, _ in made], [address for _, address in made]
    addresses: Addresses = []
    for tensor, shape, array in zip(model.outputs, shapes, given):
        label = f"output '{tensor.name}'"
        view = view_array(array, tensor, label, True, place)
        if view.shape != shape:
            raise ArgumentError(label, f"shape {list(shape)}", str(list(view.shape)))
        addresses.append(view.address)
    return given, addresses


def _unify(
    sizes: dict[str, tuple[int, str]], symbol: str, size: int, source: str, label: str
) -> None:
    """Notes T or B, which must be what it was before."""
    known, where = sizes.setdefault(symbol, (size, source))
    if known != size:
        raise ArgumentError(label, f"{symbol} = {known}, as {where} has", str(size))


def describe_arrays(
    tensors: Sequence[Tensor], memory: Sequence[Any], steps: int, batch: int
) -> list[Any]:
    """A DLTensor for each array; the list keeps all of them."""
    kept: list[Any] = []
    pointers = (ctypes.c_void_p * max(len(tensors), 1))()
    for i, (tensor, part) in enumerate(zip(tensors, memory)):
        if part is None:
            continue
        shape = part.shape if isinstance(part, View) else tensor.resolve(steps, batch)
        address = part.address if isinstance(part, View) else part
        kept.append(make_dltensor(address, shape, tensor))
        pointers[i] = ctypes.addressof(kept[-1][0])
    return [pointers, kept]
