# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A compiled model as a function of arrays."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
from collections import namedtuple
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ._abi import CAUSAL, STATUS_BUSY, Invocation, Library, Tensor, load_library
from ._arrays import Array, View, allocate, make_result
from ._call import describe_arrays, find_sizes, make_outputs, view_inputs
from ._errors import ArgumentError, BusyError, UsageError
from ._state import State
from ._step import Addresses, Stepper, get_single
from ._summary import describe, explain
from ._weights import Weights, WeightsLike, bind


class _Frame:
    """What one run at a time needs: lists of pointers, and a workspace."""

    def __init__(self, model: Model) -> None:
        self.inputs = (ctypes.c_void_p * max(len(model.inputs), 1))()
        self.outputs = (ctypes.c_void_p * max(len(model.outputs), 1))()
        self.workspace = allocate(0)

    def reserve(self, size: int) -> int:
        """The address of a workspace that is large enough."""
        if len(self.workspace) < size:
            self.workspace = allocate(size)
        return self.workspace.ctypes.data


class Model:
    """A compiled model: `y = model(x)`.

    A sequence has time as dimension 0 and batch as dimension 1: x is [T, B, ...].
    T and B are those of the arrays. Types are exact, and nothing is converted or
    copied: arrays are NumPy's, or have `__dlpack__` and are in the memory of the
    CPU (those of PyTorch, JAX, ...), dense and row-major. Spikes (i1) are bool, or
    uint8 that is 0 or 1; bf16 is a type of ml_dtypes, or `V2` without that package.

    Any number of threads may call it.

    Attributes:
        name: of the model.
        path: of its shared library.
        inputs, params, states, outputs, records: its arrays, each with `name`,
            `shape`, `dtype`; records are the spikes of its layers.
        compiler: name and version of what has compiled it.
        hash: of the model; a state belongs to it.
        is_causal: whether it runs step by step.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """What `load` does."""
        self._library: Library = load_library(os.fspath(path))
        struct = self._library.model
        self.path = Path(path)
        self.name: str = struct.name.decode()
        self.compiler: str = struct.compiler.decode()
        self.hash: int = struct.hash
        self.is_causal = bool(struct.flags & CAUSAL)
        self.inputs: tuple[Tensor, ...] = tuple(self._library.read("inputs"))
        self.params: tuple[Tensor, ...] = tuple(self._library.read("params"))
        self.states: tuple[Tensor, ...] = tuple(self._library.read("states"))
        self.outputs: tuple[Tensor, ...] = tuple(self._library.read("outputs"))
        self.records: tuple[Tensor, ...] = tuple(self._library.read("records"))
        self._results = _make_results(self.outputs)
        self._weights: Weights | None = None
        self._frames: list[_Frame] = []

    # --- Running ---------------------------------------------------------------

    def __call__(
        self,
        *arrays: Any,
        state: State | None = None,
        out: Any = None,
        weights: WeightsLike | None = None,
        steps: int | None = None,
        batch: int | None = None,
        **named: Any,
    ) -> Any:
        """Runs whole sequences.

        Args:
            arrays, named: the inputs, in their order or by name.
            state: where to begin; it is advanced. None: zeros, and what they
                become is dropped.
            out: an array for each output to write to: one, a sequence, or a
                mapping by name. None: new ones.
            weights: values of parameters for this call; see set_weights.
            steps, batch: T and B, where no input says them.

        Returns:
            The output, or a named tuple of all: NumPy arrays, or tensors of
            PyTorch if an input is one.

        Raises:
            ArgumentError: an array of another type, shape, layout or device.
            UsageError: a missing parameter; more steps than the model has.
            BusyError: another thread is running the state.
        """
        views, as_torch = view_inputs(self, arrays, named)
        sizes = find_sizes(self, views, steps, batch, state)
        results, outputs = make_outputs(self, out, *sizes, as_torch)
        values = self._get_weights(weights)
        params = values.address if values is not None else None
        if state is not None:
            self._check_state(state)
            with state._hold():
                self._run(views, outputs, *sizes, state._address, params)
        else:
            self._run(views, outputs, *sizes, None, params)
        return get_single(results, self._results)

    def step(self, *arrays: Any, state: State | None = None, out: Any = None, **named: Any) -> Any:
        """Runs one time step: `y_t = model.step(x_t, state)`.

        Arrays are those of a call without the dimension of time: x_t is [B, ...].
        The state, the last argument or `state=`, says B, and is advanced.

        Returns and raises what a call does.
        """
        if state is None:
            if not arrays or not isinstance(arrays[-1], State):
                raise UsageError(
                    f"{self.name}: expected a state as the last argument of step; "
                    "model.initial_state(batch) makes one"
                )
            state, arrays = arrays[-1], arrays[:-1]
        if not state._lock.acquire(False):
            raise BusyError(self._library.explain(STATUS_BUSY))
        try:
            stepper = state._stepper
            if (
                stepper is None
                or stepper.model is not self
                or stepper.weights is not self._weights
                or stepper.epoch != self._library.epoch
            ):
                stepper = state._stepper = self._make_stepper(state)
            results: Sequence[Any] | None = None
            if out is None and not named and len(arrays) == len(self.inputs):
                results = stepper.try_run(arrays)
            if results is None:
                results = self._step_any(stepper, state, arrays, named, out)
        finally:
            state._lock.release()
        return results[0] if len(results) == 1 else self._results(*results)

    def record(
        self,
        *arrays: Any,
        state: State | None = None,
        weights: WeightsLike | None = None,
        steps: int | None = None,
        batch: int | None = None,
        **named: Any,
    ) -> dict[str, Array]:
        """The spikes of layers during a run: {"layer": [T, B, neurons...] bool}.

        They are the records of the model or, where it has none, its outputs that
        are spikes: all layers with `snnc.compile(..., record="spikes")`. The
        arguments are those of a call; `state` is advanced by it. Raises UsageError
        if there are no spikes, and what a call raises.
        """
        if not self.records:
            return self._record_outputs(
                arrays, named, state=state, weights=weights, steps=steps, batch=batch
            )
        views, _ = view_inputs(self, arrays, named)
        sizes = find_sizes(self, views, steps, batch, state)
        results, outputs = make_outputs(self, None, *sizes, False)
        made = [make_result(record.resolve(*sizes), record, False) for record in self.records]
        values = self._get_weights(weights)
        lists = [
            describe_arrays(self.inputs, views, *sizes),
            describe_arrays(self.outputs, outputs, *sizes),
            describe_arrays(self.records, [address for _, address in made], *sizes),
            describe_arrays(self.params, list(values.pointers), *sizes)
            if values is not None
            else None,
        ]
        if state is not None:
            self._check_state(state)
            with state._hold():
                self._invoke(lists, *sizes, state._address)
        else:
            self._invoke(lists, *sizes, None)
        return {record.name: array for record, (array, _) in zip(self.records, made)}

    # --- State, weights, threads --------------------------------------------------

    def initial_state(self, batch: int = 1) -> State:
        """The state of `batch` sequences before their first step: zeros."""
        if not self.is_causal:
            raise UsageError(
                f"{self.name}: the model looks at later steps, so it has no state; "
                "call it with whole sequences"
            )
        return State(self, batch)

    def load_state(self, path: str | os.PathLike[str]) -> State:
        """A state from a file of `State.save`, or of `--state-out` of a program."""
        state = self.initial_state(0)
        state.load(path)
        return state

    def set_weights(self, weights: WeightsLike) -> None:
        """Sets the parameters that are not embedded, for all calls from now on.

        Args:
            weights: {"fc.weight": array, ...}, which may have more names than the
                model, as a `state_dict` does; or the path of a .safetensors or
                .npz file. Arrays are copied, in the layout that the code reads:
                what is written to them later is seen once they are set again.

        Raises:
            ArgumentError: a missing array, or one of another type or shape.
            UsageError: a file that is not one; parameters that are embedded.
        """
        self._weights = bind(self._library, self.params, weights)

    @property
    def weights(self) -> Mapping[str, Any]:
        """The arrays that set_weights was given."""
        return self._weights if self._weights is not None else MappingProxyType({})

    @property
    def threads(self) -> int:
        """Threads that share one call, the calling one included.

        All models of one file share it; change it while none of them runs. It is
        not the number of threads that may call the model, which is not limited.
        """
        return self._library.get_threads()

    @threads.setter
    def threads(self, count: int) -> None:
        if count < 0:
            raise UsageError(
                f"threads: expected 1 or more, or 0 for all processors, but got {count}"
            )
        self._library.set_threads(count)
        self._library.epoch += 1

    # --- About it ----------------------------------------------------------------

    def summary(self) -> None:
        """Prints inputs, outputs, parameters, states, layers and variants."""
        print(describe(self))

    def report(self) -> dict[str, Any]:
        """How it was compiled: options, level of exactness, bounds, layers."""
        text = self._library.model.report
        return dict(json.loads(text)) if text else {}

    def explain(self) -> None:
        """Prints how the time of each layer is run, and why."""
        print(explain(self.report()))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Copies the shared library; `snnc.load` loads it without a compiler."""
        shutil.copyfile(self.path, path)

    def __repr__(self) -> str:
        def show(tensors: Sequence[Tensor]) -> str:
            return ", ".join(f"{tensor.name} {tensor.describe()}" for tensor in tensors)

        return f"<snnc model {self.name}: {show(self.inputs)} -> {show(self.outputs)}>"

    # --- How ---------------------------------------------------------------------

    def _fail(self, status: int) -> None:
        """Raises what a status stands for."""
        text = self._library.explain(status)
        if status == STATUS_BUSY:
            raise BusyError(text)
        raise UsageError(f"{self.name}: {text}")

    def _check_size(self, size: int) -> int:
        if size < 0:
            self._fail(-size)
        return size

    def _check_state(self, state: object) -> None:
        if not isinstance(state, State):
            raise ArgumentError(
                "state",
                "one that model.initial_state(batch) has made",
                f"an object of type {type(state).__name__}",
            )
        if state.model.hash != self.hash:
            raise ArgumentError(
                "state",
                f"one of the model {self.name}",
                f"one of {state.model.name}, or of another version of it",
            )

    def _get_weights(self, given: WeightsLike | None) -> Weights | None:
        if given is not None:
            return bind(self._library, self.params, given)
        missing = [param for param in self.params if not param.is_embedded]
        file = self._library.model.weights_file
        if missing and self._weights is None and file:
            self.set_weights(os.fsdecode(file))
        if missing and self._weights is None:
            names = ", ".join(f"{param.name} {param.describe()}" for param in missing)
            raise UsageError(
                f"{self.name}: expected values of the parameters {names}; give them "
                "with model.set_weights(...), or snnc.compile(..., weights=...)"
            )
        return self._weights

    def _run(
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
            size = self._check_size(library.workspace_bytes(library.address, steps, batch))
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
        if status:
            self._fail(status)

    def _take_frame(self) -> _Frame:
        """One that no other thread uses; taking from a list is atomic."""
        try:
            return self._frames.pop()
        except IndexError:
            return _Frame(self)

    def _invoke(self, lists: Sequence[Any], steps: int, batch: int, state: int | None) -> None:
        library = self._library
        inputs, outputs, records, params = (
            ctypes.addressof(part[0]) if part else None for part in lists
        )
        message = ctypes.create_string_buffer(512)
        size = self._check_size(library.invoke_workspace_bytes(library.address, steps, batch))
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
        if status:
            text = message.value.decode(errors="replace") or library.explain(status)
            raise BusyError(text) if status == STATUS_BUSY else UsageError(f"{self.name}: {text}")

    def _record_outputs(
        self, arrays: Sequence[Any], named: Mapping[str, Any], **options: Any
    ) -> dict[str, Array]:
        spikes = [
            i
            for i, tensor in enumerate(self.outputs)
            if tensor.kind == "i1" and tensor.is_sequence and len(tensor.shape) > 1
        ]
        if not spikes:
            raise UsageError(
                f'{self.name}: the model records no spikes; compile it with record="spikes"'
            )
        result = self(*arrays, **named, **options)
        results = (result,) if len(self.outputs) == 1 else result
        return {self.outputs[i].name: results[i] for i in spikes}

    def _make_stepper(self, state: State) -> Stepper:
        if not self.is_causal:
            raise UsageError(
                f"{self.name}: the model looks at later steps, so it cannot run one "
                "by one; call it with whole sequences"
            )
        self._check_state(state)
        return Stepper(self, state)

    def _step_any(
        self,
        stepper: Stepper,
        state: State,
        arrays: Sequence[Any],
        named: Mapping[str, Any],
        out: Any,
    ) -> Sequence[Any]:
        """A step with arrays that are not the usual ones; says what is wrong."""
        views, as_torch = view_inputs(self, arrays, named)
        for tensor, view, shape in zip(self.inputs, views, stepper.shapes):
            if view.shape != shape:
                hint = (
                    "model(x, state=state) takes several steps"
                    if len(view.shape) > len(shape)
                    else ""
                )
                raise ArgumentError(
                    f"input '{tensor.name}'",
                    f"shape {list(shape)} for one step of a state of batch {state.batch}",
                    str(list(view.shape)),
                    hint,
                )
        results, outputs = make_outputs(self, out, 1, state.batch, as_torch, skipped=1)
        stepper.run([view.address for view in views], outputs)
        return results


def _make_results(outputs: Sequence[Tensor]) -> Any:
    """The named tuple of all outputs; `_0` where a name is none of Python's."""
    return namedtuple("Outputs", [tensor.name for tensor in outputs], rename=True)


def load(path: str | os.PathLike[str]) -> Model:
    """Loads a shared library that `snnc MODEL.mlir -o MODEL.so` has compiled.

    It is code: load only files that you would run. Raises UsageError for a file
    that is no such library.
    """
    return Model(path)
