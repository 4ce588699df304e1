# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is checked once: errors, streams, graphs and contexts of the CUDA entry."""

from __future__ import annotations

import ctypes
import os
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from ctypes import c_int64, c_void_p
from dataclasses import replace
from pathlib import Path

import artifact
import numpy as np
from artifact import Library
from checks import Check
from data import draw_case
from devices import Cpu, Cuda, HostBlock
from runs import Case, Failure, Run, compare, run


class Skipped(Exception):
    """This machine has not what the check needs."""


def expect(status: int, wanted: int | tuple[int, ...], library: Library, what: str) -> None:
    if status not in (wanted if isinstance(wanted, tuple) else (wanted,)):
        raise Failure(f"{what}: expected status {wanted}, but got {library.explain(status)}")


class Interface:
    """The checks; `lif` has an input and an output, `src` has a parameter as well,
    and `sample` is loaded by one check only."""

    def __init__(self, device: Cuda, folder: Path) -> None:
        self.device, self.gpu = device, device.gpu
        self.program = folder / "program/lif"
        self.lif, self.src, self.sample = (
            Library(folder / f"exact/{name}.so") for name in ("lif", "src", "sample"))
        self.case = draw_case(self.lif, 1, 40, 3, "normal")

    def make(self, stream: int | None = None, case: Case | None = None) -> Run:
        stream = self.gpu.make_stream() if stream is None else stream
        return Run(self.device, self.lif, case or self.case, stream)

    def call(self, run: Run, **changes: int | None) -> int:
        """lif_run_cuda with other arguments than those of a run."""
        values = {"x": run.inputs[0].address, "s": run.outputs[0].address,
                  "steps": run.case.steps, "batch": run.case.batch,
                  "state": run.state.pointer, "workspace": run.workspace.address,
                  "stream": run.stream} | changes  # fmt: skip
        return self.lif.make_entry("run_cuda")(
            *(c_int64(value) if name in ("steps", "batch") else c_void_p(value)
              for name, value in values.items()))  # fmt: skip

    def check_right(self, run: Run, what: str) -> None:
        compare(self.lif, run.read(), run_cpu(self.lif, run.case), what)

    # --- Errors: nothing is written, and the next run is right ------------------

    def check_wrong(self, wanted: int | tuple[int, ...], **changes: int | None) -> None:
        made = self.make()
        made.poison()
        expect(self.call(made, **changes), wanted, self.lif, str(changes))
        self.gpu.synchronize()
        if (made.outputs[0].read(made.outputs[0].size) != 0xA5).any():
            raise Failure(f"{changes}: an output was written")
        made.queue_by_name()
        self.check_right(made, f"after {changes}")

    def check_host_pointers(self) -> None:
        block = HostBlock(1 << 16)
        self.check_wrong(artifact.POINTER_OF_HOST, x=block.address)
        self.check_wrong(artifact.POINTER_OF_HOST, s=block.address)

    def check_alignment(self) -> None:
        made = self.make()
        self.check_wrong(artifact.ALIGNMENT, x=made.inputs[0].address + 4)
        self.check_wrong(artifact.ALIGNMENT, s=made.outputs[0].address + 1)

    def check_null(self) -> None:
        self.check_wrong(artifact.NULL, x=None)
        self.check_wrong(artifact.NULL, s=None)

    def check_sizes(self) -> None:
        self.check_wrong(artifact.SIZE, steps=-1)
        self.check_wrong((artifact.SIZE, artifact.OF_BATCH), batch=-1)
        table, huge = self.lif.table, 1 << 61
        size = table.cuda_workspace_bytes(self.lif.model, huge, 1 << 20)
        expect(-size, artifact.OVERFLOW, self.lif, "a workspace of 2^81 steps")

    def check_overlap(self) -> None:
        made = self.make()
        status = self.call(made, s=made.inputs[0].address)
        expect(status, artifact.OVERLAP, self.lif, "the output is the input")

    def check_states(self) -> None:
        other = self.make(case=draw_case(self.lif, 1, 40, 2, "normal"))
        self.check_wrong(artifact.OF_BATCH, state=other.state.pointer)
        other.state.header.hash ^= 1
        self.check_wrong((artifact.STATE, artifact.OF_BATCH), state=other.state.pointer)

    def check_no_state(self) -> None:
        """Nobody clears, or writes, states of neurons that no caller has given."""
        for steps, batch in ((40, 3), (2000, 1), (3, 70001)):
            case = replace(draw_case(self.lif, 1, steps, batch, "normal"), position=0, initial={})
            made = Run(self.device, self.lif, case, self.gpu.make_stream(), has_state=False)
            made.poison()
            made.queue()
            self.check_right(made, f"without a state, T={steps} B={batch}")
            size = self.lif.table.cuda_state_bytes(self.lif.model, batch)
            begin = -made.workspace.address % 256
            if (made.workspace.read(2 * size, begin) != 0xFF).any():
                raise Failure(f"T={steps} B={batch}: a state was written that nobody asked for")
            made.free()

    def check_invocation(self) -> None:
        for field, value, wanted in (
            ("bits", 64, artifact.ARGUMENT), ("ndim", 2, artifact.ARGUMENT),
            ("device_type", 1, (artifact.ARGUMENT, artifact.POINTER_OF_HOST)),
        ):  # fmt: skip
            made = self.make()
            pointers = ctypes.cast(made.invocation.inputs, ctypes.POINTER(c_void_p))
            setattr(artifact.DLTensor.from_address(pointers[0]), field, value)
            status = self.device.invoke(self.lif, made.invocation, made.stream)
            expect(status, wanted, self.lif, f"{field} = {value}")
            if not made.message.value:
                raise Failure(f"{field} = {value}: there is no message")

    def check_devices(self) -> None:
        table = self.lif.table
        if table.cuda_device_count() != self.gpu.count:
            raise Failure(f"expected {self.gpu.count} GPUs, but got {table.cuda_device_count()}")
        expect(table.cuda_load(self.lif.model, 99), artifact.NO_DEVICE, self.lif, "GPU 99")

    # --- Streams ---------------------------------------------------------------

    def check_load_in_capture(self) -> None:
        """A model that is not loaded says so to a capture, which goes on."""
        case, stream = draw_case(self.sample, 1, 40, 3, "normal"), self.gpu.make_stream()
        made = Run(self.device, self.sample, case, stream, has_state=False)
        expect(self.sample.table.cuda_unload(self.sample.model), 0, self.sample, "unload")
        self.gpu.begin_capture(stream)
        status = self.device.invoke(self.sample, made.invocation, stream)
        self.gpu.end_capture(stream)
        expect(status, artifact.NOT_LOADED, self.sample, "a run in a capture")
        expect(self.sample.table.cuda_load(self.sample.model, self.gpu.index), 0,
               self.sample, "load")  # fmt: skip
        replay = self.gpu.capture(stream, made.queue)
        made.poison()
        replay()
        expected = Run(Cpu(), self.sample, case, has_state=False)
        expected.queue()
        compare(self.sample, made.read(), expected.read(), "a graph after cuda_load")

    def check_no_waiting(self) -> None:
        """A run returns while its stream stands still."""
        made = self.make()
        made.queue()
        self.gpu.synchronize()
        made.state.write({"": np.zeros(0)}, 0)
        status = self.lif.table.cuda_reset(self.lif.model, made.state.pointer,
                                           made.state.block.address, 3, made.stream)  # fmt: skip
        expect(status, 0, self.lif, "reset")
        made.poison()
        release = self.gpu.hold(made.stream)
        made.queue()
        release()
        self.check_right(made, "a run on a stream that stood still")

    def check_no_allocation(self) -> None:
        made = self.make()
        made.queue()
        self.gpu.synchronize()
        before = self.gpu.get_free_bytes()
        for _ in range(50):
            made.queue()
        self.gpu.synchronize()
        if self.gpu.get_free_bytes() != before:
            raise Failure(f"50 runs took {before - self.gpu.get_free_bytes()} bytes")

    def check_context(self) -> None:
        made = self.make(0)
        before = self.gpu.get_current()
        made.queue()
        if self.gpu.get_current() != before:
            raise Failure("a run changed the current context")
        self.check_right(made, "the default stream")
        made = self.make(0)
        self.gpu.call("cuCtxSetCurrent", c_void_p())
        try:
            status = self.device.invoke(self.lif, made.invocation, 0)
            after = self.gpu.get_current()
        finally:
            self.gpu.make_current()
        expect(status, 0, self.lif, "without a context")
        if after is not None:
            raise Failure("a run without a context left one")
        self.check_right(made, "without a context")

    def check_unload(self) -> None:
        made = self.make()
        made.queue()
        self.gpu.synchronize()
        expect(self.lif.table.cuda_unload(self.lif.model), 0, self.lif, "unload")
        made = self.make()
        made.queue()
        self.check_right(made, "after unload")

    def check_threads(self) -> None:
        """Eight threads, each with a stream of its own, and one parameter each."""
        failures: list[str] = []
        cases = [draw_case(self.src, seed, 50, 2, "normal") for seed in range(8)]
        wanted = [run_cpu(self.src, case) for case in cases]

        def work(seed: int) -> None:
            case, expected = cases[seed], wanted[seed]
            try:
                self.gpu.make_current()
                for _ in range(20):
                    actual = run(self.device, self.src, case, self.gpu.make_stream())
                    compare(self.src, actual, expected, f"thread {seed}")
            except Exception as error:  # of a thread, which nobody waits for
                failures.append(str(error))

        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise Failure(failures[0])

    def check_large(self) -> None:
        """More elements than one dimension of a grid has, and steps than a word."""
        for steps, batch in ((3, 70001), (70001, 1), (1, 1 << 20)):
            made = self.make(case=draw_case(self.lif, 1, steps, batch, "normal"))
            made.poison()
            made.queue()
            self.check_right(made, f"T={steps} B={batch}")
            made.free()

    def check_program(self) -> None:
        """The executable writes the files of the CPU, at once and in pieces."""
        expected: list[bytes] = []
        for device, window in (("cpu", 0), (f"cuda:{self.gpu.index}", 0),
                               (f"cuda:{self.gpu.index}", 7)):  # fmt: skip
            with tempfile.TemporaryDirectory() as folder:
                np.save(f"{folder}/x.npy", self.case.inputs[0])
                result = subprocess.run(
                    [self.program.resolve(), f"--device={device}", "--input=x.npy",
                     "--output=s.npy", "--state-out=state"], cwd=folder, text=True,
                    capture_output=True, env=os.environ | {"SNN_WINDOW": str(window)})  # fmt: skip
                if result.returncode:
                    raise Failure(f"{device}, {window}: {result.stderr.strip()}")
                files = [Path(folder, name).read_bytes() for name in ("s.npy", "state")]
            expected = expected or files
            if files != expected:
                raise Failure(f"{device} in windows of {window or 'any number of'} steps: "
                              "expected the files of the CPU, but got others")  # fmt: skip

    def make_second(self) -> Cuda:
        if self.gpu.count < 2:
            raise Skipped("there is one GPU")
        return Cuda(1)

    def check_second_gpu(self) -> None:
        other = self.make_second()
        case = self.case
        compare(self.lif, run(other, self.lif, case, other.make_stream()),
                run_cpu(self.lif, case), "GPU 1")  # fmt: skip
        self.gpu.make_current()
        made = self.make()
        made.queue()
        self.check_right(made, "GPU 0 after GPU 1")

    def check_stream_decides(self) -> None:
        """A run goes to the GPU of its stream, whichever is current; runs of both are
        queued in turns, each with a state, a workspace and weights of its own."""
        devices = self.device, self.make_second()
        cases = [draw_case(self.src, seed, 50, 2, "normal") for seed in (1, 2)]
        runs = []
        for device, case in zip(devices, cases):
            device.gpu.make_current()
            runs.append(Run(device, self.src, case, device.make_stream()))
            runs[-1].poison()
        for k in (0, 1, 1, 0):  # twice each
            devices[1 - k].gpu.make_current()
            runs[k].queue()
        for k, (device, made) in enumerate(zip(devices, runs)):
            device.gpu.make_current()
            device.synchronize()
            expected = Run(Cpu(), self.src, cases[k])
            expected.queue()
            expected.queue()
            compare(self.src, made.read(), expected.read(), f"GPU {k} of two")

    def check_two_gpus_at_once(self) -> None:
        """A thread of each GPU, which does not know of the other."""
        devices = self.device, self.make_second()
        failures: list[str] = []

        def work(device: Cuda, seed: int) -> None:
            try:
                device.gpu.make_current()
                for i in range(20):
                    case = draw_case(self.src, 2 * i + seed, 50, 2, "normal")
                    actual = run(device, self.src, case, device.make_stream())
                    compare(self.src, actual, run_cpu(self.src, case), f"GPU {seed}, run {i}")
            except Exception as error:  # of a thread, which nobody waits for
                failures.append(str(error))

        threads = [threading.Thread(target=work, args=(device, seed))
                   for seed, device in enumerate(devices)]  # fmt: skip
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise Failure(failures[0])

    def check_memory_of_another_gpu(self) -> None:
        """Arrays of GPU 1 on a stream of GPU 0 are an error, and no fault that stays."""
        other = self.make_second()
        block = other.allocate(self.case.inputs[0].nbytes).write(self.case.inputs[0])
        self.gpu.make_current()
        self.check_wrong(artifact.POINTER_OF_HOST, x=block.address)
        self.check_wrong(artifact.POINTER_OF_HOST, s=block.address)

    def check_model_of_both(self) -> None:
        """Loading and unloading a model on one GPU leaves the other as it is."""
        other, table, model = self.make_second(), self.lif.table, self.lif.model
        for index in (0, 1):
            expect(table.cuda_load(model, index), 0, self.lif, f"load on GPU {index}")
        expect(table.cuda_unload(model), 0, self.lif, "unload")
        for device in (other, self.device):
            device.gpu.make_current()
            made = Run(device, self.lif, self.case, device.make_stream())
            made.queue()
            self.check_right(made, f"GPU {device.gpu.index} after unload")

def run_cpu(library: Library, case: Case):
    return run(Cpu(), library, case)


def list_checks(device: Cuda, folder: Path) -> Iterator[Check]:
    interface = Interface(device, folder)

    def run_check(check: Callable[[], None]) -> None:
        try:
            check()
        finally:  # some leave the context of another GPU
            device.gpu.make_current()

    for name in dir(interface):
        if name.startswith("check_") and name not in ("check_right", "check_wrong"):
            check: Callable[[], None] = getattr(interface, name)
            title = name.removeprefix("check_").replace("_", " ")
            yield title, lambda check=check: run_check(check)
