# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Threads: many on one model, one on each state.

RUN: %python %s %t
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import common
import numpy as np
import snnc
from common import LAYERS, LIF, check_equal, expect, make, run_lif

lif = snnc.compile(LIF)


def test_states() -> None:
    """Threads with a state each do not disturb each other."""
    inputs = [make(400, 1 + i % 3, 3) for i in range(8)]

    def run(x: np.ndarray) -> np.ndarray:
        state = lif.initial_state(x.shape[1])
        parts = [lif.step(x_t, state) for x_t in x[:300]]
        return np.concatenate([np.stack(parts), lif(x[300:], state=state)])

    with ThreadPoolExecutor(8) as pool:
        for x, y in zip(inputs, pool.map(run, inputs)):
            check_equal(y, run_lif(x))


def test_calls() -> None:
    """Calls without a state, of many sizes, and with weights of their own."""
    model = snnc.compile(LAYERS)
    weights = [make(4, 3) for _ in range(4)]
    inputs = [make(5 + 7 * i, 1 + i, 3) for i in range(8)]
    expected = [model(x, weights={"fc.weight": weights[i % 4]}).i for i, x in enumerate(inputs)]

    def run(i: int) -> None:
        for _ in range(50):
            check_equal(model(inputs[i], weights={"fc.weight": weights[i % 4]}).i, expected[i])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(run, range(8)))
    assert len(model._frames) <= 9  # memory of one call per thread, used again


def test_busy() -> None:
    """A second thread on a state gets an error, and the first its result."""
    x = make(200_000, 16, 3)
    state = lif.initial_state(16)
    results, errors = [], []
    started = threading.Event()

    def run() -> None:
        started.set()
        results.append(lif(x, state=state))

    thread = threading.Thread(target=run)
    thread.start()
    started.wait()
    while thread.is_alive():
        try:
            lif.step(x[0], state)
        except snnc.BusyError as error:
            errors.append(error)
            break
    for call in (state.copy, state.reset, lambda: lif(x[:1], state=state), lambda: state.save("unused")):
        if thread.is_alive():
            expect(snnc.BusyError, "another thread is running it", call)
    thread.join()
    assert errors and "another thread is running" in str(errors[0])
    position = state.position
    assert position in (200_000, 200_001)
    if position == 200_000:
        check_equal(results[0], run_lif(x))


def test_parallel() -> None:
    """Threads of one call give the same bits, also when their number changes
    between the steps of a state."""
    x = make(30, 64, 3)
    model = snnc.compile(LIF, name="parallel")
    state = model.initial_state(64)
    for threads in (1, 2, 0):
        model.threads = threads
        check_equal(model(x), run_lif(x))
        state.reset()
        check_equal(np.stack([model.step(x_t, state) for x_t in x]), run_lif(x))


if __name__ == "__main__":
    common.main(globals())
