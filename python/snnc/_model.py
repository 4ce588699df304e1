# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A compiled model as a function of arrays."""

from __future__ import annotations

import json
import os
import shutil
from collections import namedtuple
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ._abi import CAUSAL, STATUS_BUSY, Library, Tensor, load_library
from ._arrays import Array, View, is_torch, make_numpy, make_torch
from ._call import (
    Maker,
    find_place,
    find_sizes,
    make_outputs,
    match_inputs,
    match_outputs,
    view_inputs,
)
from ._cpu import Runner
from ._errors import ArgumentError, BusyError, UsageError
from ._frameworks import Place
from ._gpu import GpuState, Launcher
from ._state import State
from ._step import Addresses, Stepper, get_single
from ._summary import describe, explain
from ._weights import Weights, WeightsLike, bind


class Model:
    """A compiled model: `y = model(x)`.

    A sequence has time as dimension 0 and batch as dimension 1: x is [T, B, ...].
    T and B are those of the arrays. Types are exact, and nothing is converted or
    copied: arrays are NumPy's, or have `__dlpack__` and are in the memory of the
    CPU (those of PyTorch, JAX, ...), dense and row-major. Spikes (i1) are bool, or
    uint8 that is 0 or 1; bf16 is a type of ml_dtypes, or `V2` without that package.

    A model that was compiled for GPUs (`gpus` is not empty) also takes arrays that
    PyTorch, CuPy or JAX have in the memory of a GPU, all of one, at multiples of 16
    bytes. The call is queued on the stream that the library uses at that moment and
    does not wait; outputs and the workspace are of the library's own allocator. With
    JAX, which hides its streams, it is one of ours that is in order with them, and
    calls are made outside of `jax.jit`. The
    first call on a GPU loads the code and copies the parameters there; later ones
    can be part of a CUDA graph. Keep the model, its state and its arrays for as long
    as such a graph. Spikes that are uint8 on a GPU are not looked at.

    Any number of threads may call it.

    Attributes:
        name: of the model.
        path: of its shared library.
        inputs, params, states, outputs, records: its arrays, each with `name`,
            `shape`, `dtype`; records are the spikes of its layers.
        compiler: name and version of what has compiled it.
        hash: of the model; a state belongs to it.
        is_causal: whether it runs step by step.
        gpus: what it has code for, as in "sm_90" or "sm_90 or newer".
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
        self.gpus: tuple[str, ...] = tuple(self._library.images)
        self._results = _make_results(self.outputs)
        self._weights: Weights | None = None
        self._runner = Runner(self._library)
        self._launcher = Launcher(self._library)

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
            PyTorch if an input is one; on a GPU, arrays of the library of the inputs.

        Raises:
            ArgumentError: an array of another type, shape, layout or device.
            UsageError: a missing parameter; more steps than the model has.
            BusyError: another thread is running the state.
        """
        given, out = match_inputs(self, arrays, named), match_outputs(self, out)
        place = find_place(self, [*given, *out], state)
        views = view_inputs(self, given, place)
        sizes = find_sizes(self, views, steps, batch, state)
        make = _find_maker(given, place)
        results, outputs = make_outputs(self, out, *sizes, make, place)
        values = self._get_weights(weights)
        with self._hold(state, place) as gpu:
            if place is not None:
                results = self._run_on_gpu(place, views, results, outputs, sizes, values, gpu)
            else:
                params = values.address if values is not None else None
                address = state._address if state is not None else None
                self._runner.run(views, outputs, *sizes, address, params)
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
        if state.device != "cpu":
            return self._step_on_gpu(state, arrays, named, out)
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
        given = match_inputs(self, arrays, named)
        place = find_place(self, given, state)
        views = view_inputs(self, given, place)
        sizes = find_sizes(self, views, steps, batch, state)
        make = place.make if place is not None else make_numpy
        results, outputs = make_outputs(self, [], *sizes, make)
        made = [make(record.resolve(*sizes), record) for record in self.records]
        addresses = [address for _, address in made]
        spikes = [array for array, _ in made]
        values = self._get_weights(weights)
        with self._hold(state, place) as gpu:
            if place is not None:
                # What the records are written to is kept as the outputs are.
                made_all = [*spikes, *results]
                spikes = self._run_on_gpu(
                    place, views, made_all, outputs, sizes, values, gpu, addresses
                )
            else:
                address = state._address if state is not None else None
                self._runner.record(views, outputs, addresses, sizes, values, address)
        return {record.name: array for record, array in zip(self.records, spikes)}

    # --- State, weights, threads --------------------------------------------------

    def initial_state(self, batch: int = 1, device: Any = "cpu") -> State:
        """The state of `batch` sequences before their first step: zeros.

        Args:
            device: "cpu"; or "cuda", "cuda:1" or a `torch.device`: the first run
                moves it to the memory of that GPU, from the allocator of the
                library that the inputs are from.
        """
        if not self.is_causal:
            raise UsageError(
                f"{self.name}: the model looks at later steps, so it has no state; "
                "call it with whole sequences"
            )
        return State(self, batch, device)

    def load_state(self, path: str | os.PathLike[str], device: Any = "cpu") -> State:
        """A state from a file of `State.save`, or of `--state-out` of a program."""
        state = self.initial_state(0, device)
        state.load(path)
        return state

    def set_weights(self, weights: WeightsLike) -> None:
        """Sets the parameters that are not embedded, for all calls from now on.

        Args:
            weights: {"fc.weight": array, ...}, which may have more names than the
                model, as a `state_dict` does; or the path of a .safetensors or
                .npz file. Arrays are copied, in the layout that the code reads:
                what is written to them later is seen once they are set again. Those
                in the memory of a GPU are for calls there; others are for calls
                everywhere, of which the first on a GPU copies them to it.

        Raises:
            ArgumentError: a missing array, or one of another type or shape.
            UsageError: a file that is not one; parameters that are embedded.
        """
        values = bind(self._library, self.params, weights)
        values.wait()
        self._weights = values

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

    def count_gpus(self) -> int:
        """The number of GPUs here; raises UsageError where there is no CUDA driver."""
        return self._library.check_size(self._library.cuda_device_count())

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

    @contextmanager
    def _hold(self, state: State | None, place: Place | None) -> Iterator[GpuState | None]:
        """A state for this thread alone, in the memory where the call runs."""
        if state is None:
            yield None
            return
        self._check_state(state)
        with state._hold():
            yield state._settle(place)

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

    def _run_on_gpu(
        self,
        place: Place,
        views: Sequence[View],
        arrays: Sequence[Any],
        outputs: Addresses,
        sizes: tuple[int, int],
        values: Weights | None,
        state: GpuState | None,
        records: Sequence[int] | None = None,
    ) -> list[Any]:
        """Queues a call; returns the arrays that it writes as their library has them."""
        params = values.find_on_gpu(place) if values is not None else []
        blocks = self._launcher.run(place, *sizes, views, outputs, params, state, records)
        results = place.finish(arrays)
        self._launcher.keep(place, views, results, blocks)
        return results

    def _step_on_gpu(
        self, state: State, arrays: Sequence[Any], named: Mapping[str, Any], out: Any
    ) -> Any:
        self._check_steps(state)
        given, out = match_inputs(self, arrays, named), match_outputs(self, out)
        place = find_place(self, [*given, *out], state)
        views = view_inputs(self, given, place)
        batch = state.batch
        shapes = [tensor.resolve(1, batch)[tensor.is_sequence :] for tensor in self.inputs]
        _check_step(self.inputs, views, shapes, batch)
        make = _find_maker(given, place)
        results, outputs = make_outputs(self, out, 1, batch, make, place, skipped=1)
        values = self._get_weights(None)
        with self._hold(state, place) as gpu:
            if place is not None:
                results = self._run_on_gpu(place, views, results, outputs, (1, batch), values, gpu)
        return get_single(results, self._results)

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
        self._check_steps(state)
        return Stepper(self, state)

    def _check_steps(self, state: State) -> None:
        if not self.is_causal:
            raise UsageError(
                f"{self.name}: the model looks at later steps, so it cannot run one "
                "by one; call it with whole sequences"
            )
        self._check_state(state)

    def _step_any(
        self,
        stepper: Stepper,
        state: State,
        arrays: Sequence[Any],
        named: Mapping[str, Any],
        out: Any,
    ) -> Sequence[Any]:
        """A step with arrays that are not the usual ones; says what is wrong."""
        given, out = match_inputs(self, arrays, named), match_outputs(self, out)
        views = view_inputs(self, given, None)
        _check_step(self.inputs, views, stepper.shapes, state.batch)
        make = _find_maker(given, None)
        results, outputs = make_outputs(self, out, 1, state.batch, make, skipped=1)
        stepper.run([view.address for view in views], outputs)
        return results


def _find_maker(given: Sequence[Any], place: Place | None) -> Maker:
    """What makes the outputs for these inputs."""
    if place is not None:
        return place.make
    return make_torch if any(map(is_torch, given)) else make_numpy


def _check_step(
    inputs: Sequence[Tensor],
    views: Sequence[View],
    shapes: Sequence[tuple[int, ...]],
    batch: int,
) -> None:
    for tensor, view, shape in zip(inputs, views, shapes):
        if view.shape != shape:
            hint = (
                "model(x, state=state) takes several steps" if len(view.shape) > len(shape) else ""
            )
            raise ArgumentError(
                f"input '{tensor.name}'",
                f"shape {list(shape)} for one step of a state of batch {batch}",
                str(list(view.shape)),
                hint,
            )


def _make_results(outputs: Sequence[Tensor]) -> Any:
    """The named tuple of all outputs; `_0` where a name is none of Python's."""
    return namedtuple("Outputs", [tensor.name for tensor in outputs], rename=True)


def load(path: str | os.PathLike[str]) -> Model:
    """Loads a shared library that `snnc MODEL.mlir -o MODEL.so` has compiled.

    It is code: load only files that you would run. Raises UsageError for a file
    that is no such library.
    """
    return Model(path)
