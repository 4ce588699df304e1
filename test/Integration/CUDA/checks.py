# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is checked of every model: the device against the CPU, bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from artifact import TIME, Library
from data import SIZES, draw_case, draw_cases, find_static, read_cases
from devices import Cpu
from runs import Case, Device, Failure, Result, Run, compare, run, run_in_chunks

MOST = 100_000  # elements that are recorded of a model

Check = tuple[str, Callable[[], None]]


def may_cut(library: Library, case: Case) -> bool:
    sequences = [t for t in (*library.inputs, *library.outputs) if t.is_sequence]
    return (library.is_causal and case.steps > 1
            and all(t.shape[0] == TIME for t in sequences))  # fmt: skip


def choose_sizes(steps: int, seed: int) -> list[int]:
    """Pieces of a run: single steps, then two of any size."""
    random = np.random.default_rng(seed)
    first = int(random.integers(1, steps))
    return [1] * first + [steps - first] if first <= 3 else [first, steps - first]


def check_case(device: Device, library: Library, case: Case, wanted: Result | None,
               zeros_have_signs: bool) -> Result:  # fmt: skip
    expected = run(Cpu(), library, case)
    if wanted is not None:
        compare(library, expected, wanted, "the CPU and the reference", zeros_have_signs)
    actual = run(device, library, case)
    compare(library, actual, expected, "the device and the CPU", zeros_have_signs)
    return expected


def check_chunks(device: Device, library: Library, case: Case, seed: int,
                 zeros_have_signs: bool) -> None:  # fmt: skip
    sizes = choose_sizes(case.steps, seed)
    expected = run(Cpu(), library, case)
    actual = run_in_chunks(device, library, case, sizes)
    compare(library, actual, expected, f"the device in pieces of {sizes}", zeros_have_signs)


def check_streams(device: Device, library: Library, cases: list[Case]) -> None:
    """Runs on two streams, queued in turns: twice each, from a state that goes on,
    where the tables of the model are long enough."""
    turns = count_turns(library, cases[0])
    expected = [run_in_turns(Cpu(), library, case, turns) for case in cases]
    runs = [Run(device, library, case, device.make_stream()) for case in cases]
    for made in runs:
        made.poison()
    for _ in range(turns):
        for made in runs:
            made.queue()
    for k, (made, wanted) in enumerate(zip(runs, expected)):
        compare(library, made.read(), wanted, f"stream {k} of two")
        made.free()


def count_turns(library: Library, case: Case) -> int:
    """Two, or one where the tables of the model are not long enough."""
    return 2 if library.max_steps < 0 or 2 * case.steps <= library.max_steps else 1


def run_in_turns(device: Device, library: Library, case: Case, turns: int) -> Result:
    made = Run(device, library, case)
    for _ in range(turns):
        made.queue()
    result = made.read()
    made.free()
    return result


def check_graph(device: Device, library: Library, cases: list[Case]) -> None:
    """A run in a graph, replayed on one input and then on another."""
    cases = [replace(case, position=0, initial={}) for case in cases]
    stream = device.make_stream()
    made = Run(device, library, cases[0], stream, has_state=False)
    made.queue()  # which loads the model
    device.synchronize()
    replay = device.capture(stream, made.queue)
    for case in (cases[0], cases[1], cases[0]):
        for block, x in zip(made.inputs, case.inputs):
            block.write(x)
        made.case = case
        made.poison()
        replay()
        expected = run_without_state(library, case)
        compare(library, made.read(), expected, "a replayed graph")
    made.free()


def check_no_graph(device: Device, library: Library, cases: list[Case]) -> None:
    """A run that waits for the device is refused where a stream is captured."""
    case = replace(cases[0], position=0, initial={})
    stream = device.make_stream()
    made = Run(device, library, case, stream, has_state=False)
    made.queue()
    device.synchronize()
    if isinstance(device, Cpu):  # it stands for one that never waits
        return
    text = "a graph"
    device.gpu.begin_capture(stream)
    try:
        made.queue()
    except Failure as failure:
        text = str(failure)
    device.gpu.end_capture(stream)  # which nothing has broken
    if "expected a stream that is not being captured" not in text:
        raise Failure(f"expected an error of the capture, but got {text}")
    made.poison()
    made.queue()
    compare(library, made.read(), run_without_state(library, case), "after the capture")
    made.free()


def run_without_state(library: Library, case: Case) -> Result:
    made = Run(Cpu(), library, case, has_state=False)
    made.queue()
    return made.read()


def check_stateless(device: Device, library: Library, cases: list[Case]) -> None:
    """Runs without a state start from zeros, between runs with one in the same
    workspace, whose state goes on as if they had not been."""
    cases = [replace(case, position=0, initial={}) for case in cases]
    stream = device.make_stream()
    given = Run(device, library, cases[0], stream)
    none = Run(device, library, cases[1], stream, has_state=False)
    none.invocation.workspace = given.invocation.workspace
    given.poison()
    turns = count_turns(library, cases[0])
    for _ in range(turns):
        none.queue()
        given.queue()
    none.queue()
    compare(library, given.read(), run_in_turns(Cpu(), library, cases[0], turns),
            "with a state, between runs without one")  # fmt: skip
    compare(library, none.read(), run_without_state(library, cases[1]), "without a state")
    given.free()
    none.free()


def check_name(device: Device, library: Library, case: Case) -> None:
    """The function of C that is called after the model."""
    expected = run(Cpu(), library, case)
    made = Run(device, library, case, device.make_stream())
    made.poison()
    made.queue_by_name()
    compare(library, made.read(), expected, f"{library.name}_{device.entry}")
    made.free()


def list_pairs(library: Library, steps: int, batch: int) -> list[Case]:
    return [draw_case(library, seed, steps, batch, "normal") for seed in (100, 101)]


def list_checks(device: Device, library: Library, entry: dict, folder: Path,
                note: Callable[[str, Case, Result], None]) -> Iterator[Check]:  # fmt: skip
    """All checks of a model; `note` hears of each case and what the CPU made."""
    signs = entry["numerics"] == "exact"
    if entry["kind"] == "random":
        cases = read_cases(library, folder / entry["name"])
    else:
        sizes = entry.get("sizes") or SIZES[: entry["cases"]]
        cases = [(name, case, None) for name, case in draw_cases(library, sizes)]
    for seed, (name, case, wanted) in enumerate(cases):

        def check(case: Case = case, wanted: Result | None = wanted, name: str = name) -> None:
            note(name, case, check_case(device, library, case, wanted, signs))

        yield name, check
        if may_cut(library, case):
            yield f"{name}, in pieces", lambda c=case, s=seed: check_chunks(
                device, library, c, s, signs)  # fmt: skip
    if not signs:
        return
    steps, batch = find_static(library.inputs)
    pair = list_pairs(library, steps or 37, batch or 3)
    if entry["kind"] == "random":  # whose parameters are no random ones
        pair = [replace(case, params=cases[0][1].params) for case in pair]
    yield "two streams", lambda: check_streams(device, library, pair)
    yield "no state", lambda: check_stateless(device, library, pair)
    # A span that is learned is read by the host.
    is_captured = not entry["name"].rpartition("/")[2].startswith("asrc_") or (
        entry["name"].endswith("_taps"))
    yield "a graph", lambda: (check_graph if is_captured else check_no_graph)(
        device, library, pair)
    yield "by name", lambda: check_name(device, library, pair[0])


def record(device: Device, library: Library, entry: dict, folder: Path) -> dict[str, np.ndarray]:
    """Arrays of a bounded run on the device, which verify.py judges elsewhere."""
    if entry["kind"] == "random":
        case = read_cases(library, folder / entry["name"])[-1][1]
    else:
        # So many steps that a scan looks back for more than one round, if they are few.
        tensors = [*library.inputs, *library.outputs]
        row = sum(int(np.prod(t.resolve(1, 1))) for t in tensors if t.is_sequence)
        case = draw_case(library, 7, min(max(MOST // row, 48), 2600), 1, "normal")
    result = run(device, library, replace(case, position=0, initial={}))
    arrays = {f"input{i}": x for i, x in enumerate(case.inputs)}
    arrays |= {f"param{i}": x for i, x in enumerate(case.params) if x is not None}
    arrays |= {f"output{i}": x for i, x in enumerate(result.outputs)}
    for name, array in arrays.items():
        if array.dtype.kind == "f" and name.startswith("output") and array.size:
            if not np.isfinite(array).any():
                raise Failure(f"{name} has no number in it")
    return arrays
