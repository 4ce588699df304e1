# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs of a model on a device, in memory with guards, and their comparison."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field, replace

import numpy as np
from artifact import Invocation, Library, Tensor, describe, list_pointers
from devices import Cpu, Cuda, State

Device = Cpu | Cuda


class Failure(Exception):
    """Something is not as it must be."""


@dataclass(frozen=True)
class Case:
    """What a model is run on; `params` are by rows, none where embedded."""

    inputs: list[np.ndarray]
    params: list[np.ndarray | None]
    steps: int
    batch: int
    position: int = 0
    initial: dict[str, np.ndarray] = field(default_factory=dict)

    def cut(self, library: Library, first: int, steps: int) -> Case:
        inputs = [x[first : first + steps] if tensor.is_sequence else x
                  for tensor, x in zip(library.inputs, self.inputs)]  # fmt: skip
        return replace(self, inputs=inputs, steps=steps, position=self.position + first)


@dataclass
class Result:
    outputs: list[np.ndarray]
    states: list[np.ndarray | None]  # none: any


class Run:
    """One run: its arrays in the memory of the device. `queue` runs it."""

    def __init__(self, device: Device, library: Library, case: Case, stream: int = 0,
                 state: State | None = None, has_state: bool = True) -> None:  # fmt: skip
        self.device, self.library, self.case, self.stream = device, library, case, stream
        steps, batch = case.steps, case.batch
        self.inputs = [device.allocate(x.nbytes).write(x) for x in case.inputs]
        self.params = [None if value is None else
                       device.allocate(value.nbytes).write(value.T if t.is_transposed else value)
                       for t, value in zip(library.params, case.params)]  # fmt: skip
        self.outputs = [device.allocate(t.count_bytes(steps, batch)) for t in library.outputs]
        size = device.get_workspace_bytes(library, steps, batch)
        if size < 0:
            raise Failure(f"workspace: {library.explain(-size)}")
        self.workspace = device.allocate(size)
        self.owns_state, self.state = state is None and has_state, state
        if self.owns_state:
            self.state = device.make_state(library, batch, stream)
            self.state.write(case.initial, case.position)
        self.kept: list[object] = []
        self.invocation = self._make_invocation()
        device.synchronize()

    def _list(self, tensors: list[Tensor], blocks: list) -> ctypes.Array:
        pointers: list[int | None] = []
        for tensor, block in zip(tensors, blocks):
            if block is None:
                pointers.append(None)
                continue
            shape = tensor.resolve(self.case.steps, self.case.batch)
            made, other = describe(tensor, block.address, shape, self.device.type)
            self.kept += [made, other]
            pointers.append(ctypes.addressof(made))
        self.kept.append(list_pointers(pointers))
        return self.kept[-1]

    def _make_invocation(self) -> Invocation:
        library, call = self.library, Invocation()
        call.inputs = ctypes.addressof(self._list(library.inputs, self.inputs))
        call.outputs = ctypes.addressof(self._list(library.outputs, self.outputs))
        if any(block is not None for block in self.params):
            call.params = ctypes.addressof(self._list(library.params, self.params))
        call.steps, call.batch = self.case.steps, self.case.batch
        call.state = self.state.pointer if self.state else None
        call.workspace, call.workspace_bytes = self.workspace.address, self.workspace.size
        self.message = ctypes.create_string_buffer(512)
        call.message = ctypes.cast(self.message, ctypes.c_char_p)
        call.message_bytes = 512
        return call

    def poison(self) -> None:
        for block in self.outputs:
            block.poison()
        self.workspace.poison(0xFF)  # NaN
        self.device.synchronize()

    def queue(self) -> None:
        status = self.device.invoke(self.library, self.invocation, self.stream)
        if status:
            raise Failure(f"{self.library.explain(status)}: {self.message.value.decode()}")

    def queue_by_name(self) -> None:
        """The same by the function of C that is called after the model."""
        entry = self.library.make_entry(self.device.entry)
        arrays = [block.address for block in (*self.inputs, *self.outputs)]
        arguments = [ctypes.c_void_p(address) for address in arrays]
        arguments += [ctypes.c_int64(self.case.steps), ctypes.c_int64(self.case.batch),
                      ctypes.c_void_p(self.state.pointer if self.state else None),
                      ctypes.c_void_p(self.workspace.address)]  # fmt: skip
        given = [block.address for block in self.params if block is not None]
        if given and self.device.entry == "run":  # which takes matrices by rows
            rows = [self.device.allocate(value.nbytes).write(value)
                    for value in self.case.params if value is not None]  # fmt: skip
            self.kept.append(rows)
            given = [block.address for block in rows]
        if given:
            self.kept.append(list_pointers(given))
            arguments.append(ctypes.byref(self.kept[-1]))
        if self.device.entry == "run_cuda":
            arguments.append(ctypes.c_void_p(self.stream))
        status = entry(*arguments)
        if status:
            raise Failure(f"{self.library.name}_{self.device.entry}: "
                          f"{self.library.explain(status)}")  # fmt: skip

    def read(self) -> Result:
        """What has been computed; nothing else may have been written."""
        result = self.read_outputs()
        owned = [(f"output '{t.name}'", b) for t, b in zip(self.library.outputs, self.outputs)]
        owned += [("the workspace", self.workspace)]
        owned += [("the state", self.state.block)] if self.state else []
        for name, block in owned:
            if not block.is_intact():
                raise Failure(f"memory behind {name} was written")
        for tensor, block, x in zip(self.library.inputs, self.inputs, self.case.inputs):
            if block.read(block.size).tobytes() != np.ascontiguousarray(x).tobytes():
                raise Failure(f"input '{tensor.name}' was written")
        result.states = self.state.read() if self.state else []
        return result

    def read_outputs(self) -> Result:
        """The same without looking at other memory, or at the states."""
        self.device.synchronize()
        outputs = []
        for tensor, block in zip(self.library.outputs, self.outputs):
            shape = tensor.resolve(self.case.steps, self.case.batch)
            outputs.append(block.read(block.size).view(tensor.dtype).reshape(shape))
        return Result(outputs, [])

    def free(self) -> None:
        blocks = [*self.inputs, *self.outputs, *filter(None, self.params), self.workspace]
        if self.owns_state:
            blocks.append(self.state.block)
        for block in blocks:
            block.free()


def run(device: Device, library: Library, case: Case, stream: int = 0) -> Result:
    """Runs once, in poisoned memory."""
    made = Run(device, library, case, stream)
    made.poison()
    made.queue()
    result = made.read()
    made.free()
    return result


def run_in_chunks(device: Device, library: Library, case: Case, sizes: list[int],
                  stream: int = 0) -> Result:  # fmt: skip
    """Runs piece after piece of time, with one state, without waiting between."""
    pieces, first = [], 0
    for size in sizes:
        piece = case.cut(library, first, size)
        state = pieces[0].state if pieces else None
        pieces.append(Run(device, library, piece, stream, state))
        pieces[-1].poison()
        first += size
    for piece in pieces:
        piece.queue()
    results = [piece.read() for piece in pieces]
    parts = zip(*(result.outputs for result in results))
    outputs = [np.concatenate(arrays) if tensor.is_sequence else arrays[-1]
               for tensor, arrays in zip(library.outputs, parts)]  # fmt: skip
    for piece in pieces:
        piece.free()
    return Result(outputs, results[-1].states)


def to_bits(array: np.ndarray, kind: str) -> np.ndarray:
    """Integers that are equal where the bits are; every NaN is the same."""
    if kind not in ("f16", "bf16", "f32", "f64"):
        return array
    bits = np.ascontiguousarray(array).view(f"u{array.itemsize}")
    infinity = {"f16": 0x7C00, "bf16": 0x7F80, "f32": 0x7F800000,
                "f64": 0x7FF0000000000000}[kind]  # fmt: skip
    magnitude = bits & bits.dtype.type((1 << (8 * array.itemsize - 1)) - 1)
    return np.where(magnitude > bits.dtype.type(infinity), bits.dtype.type(infinity + 1), bits)


def compare(library: Library, actual: Result, expected: Result, what: str,
            zeros_have_signs: bool = True) -> None:  # fmt: skip
    """Equal bits in all outputs and final states that are expected, or a Failure
    that says where."""
    for title, tensors, got, want in (
        ("output", library.outputs, actual.outputs, expected.outputs),
        ("state", library.states, actual.states, expected.states),
    ):
        for tensor, a, e in zip(tensors, got, want):
            if e is None:
                continue
            differs = to_bits(a, tensor.kind) != to_bits(e, tensor.kind)
            if not zeros_have_signs:
                differs &= (a != 0) | (e != 0)
            if differs.any():
                at = tuple(int(i) for i in np.argwhere(differs)[0])
                raise Failure(f"{what}: {title} '{tensor.name}': {differs.sum()} of "
                              f"{differs.size} values differ, the first at {list(at)}: "
                              f"expected {e[at]!r}, but got {a[at]!r}")  # fmt: skip
