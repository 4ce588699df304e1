# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs on the CPU, with what one run at a time needs."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

from ._abi import Invocation, Library
from ._arrays import View, allocate
from ._call import describe_arrays
from ._step import Addresses
from ._weights import Weights


class _Frame:
    """What one run at a time needs: lists of pointers, and a workspace."""

    def __init__(self, library: Library) -> None:
        self.inputs = (ctypes.c_void_p * max(library.model.num_inputs, 1))()
        self.outputs = (ctypes.c_void_p * max(library.model.num_outputs, 1))()
        self.workspace = allocate(0)

    def reserve(self, size: int) -> int:
        """The address of a workspace that is large enough."""
        if len(self.workspace) < size:
            self.workspace = allocate(size)
        return self.workspace.ctypes.data


class Runner:
    """Runs the calls of a model; any number of threads may use it."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._frames: list[_Frame] = []

    def run(
        self,
        views: Sequence[View],
        outputs: Addresses,
        steps: int,
        batch: int,
        state: int | None,
        params: int | None,
    ) -> None:
        library = self._library
        frame = self._take_frame()
        try:
            # Asked each time: it depends on threads, and on the environment.
            size = library.check_size(library.workspace_bytes(library.address, steps, batch))
            workspace = frame.reserve(size)
            frame.inputs[: len(views)] = [view.address for view in views]
            frame.outputs[: len(outputs)] = outputs
            status = library.run(
                library.address,
                ctypes.addressof(frame.inputs),
                ctypes.addressof(frame.outputs),
                steps,
                batch,
                state,
                workspace,
                params,
            )
        finally:
            self._frames.append(frame)
        library.check(status)

    def _take_frame(self) -> _Frame:
        """One that no other thread uses; taking from a list is atomic."""
        try:
            return self._frames.pop()
        except IndexError:
            return _Frame(self._library)

    def record(
        self,
        views: Sequence[View],
        outputs: Addresses,
        records: Sequence[int],
        sizes: tuple[int, int],
        values: Weights | None,
        state: int | None,
    ) -> None:
        library = self._library
        lists = [
            describe_arrays(library.read("inputs"), views, *sizes),
            describe_arrays(library.read("outputs"), outputs, *sizes),
            describe_arrays(library.read("records"), records, *sizes),
            describe_arrays(library.read("params"), values.get_pointers(), *sizes)
            if values is not None
            else None,
        ]
        self._invoke(lists, *sizes, state)

    def _invoke(self, lists: Sequence[Any], steps: int, batch: int, state: int | None) -> None:
        library = self._library
        inputs, outputs, records, params = (
            ctypes.addressof(part[0]) if part else None for part in lists
        )
        message = ctypes.create_string_buffer(512)
        size = library.check_size(library.invoke_workspace_bytes(library.address, steps, batch))
        frame = self._take_frame()
        try:
            invocation = Invocation(
                inputs,
                params,
                outputs,
                records,
                steps,
                batch,
                state,
                frame.reserve(size),
                len(frame.workspace),
                ctypes.addressof(message),
                len(message),
            )
            status = library.invoke(library.address, ctypes.addressof(invocation))
        finally:
            self._frames.append(frame)
        library.check(status, message.value)
