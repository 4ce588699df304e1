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
    assert len(model._runner._frames) <= 9  # memory of one call per thread, used again


def test_busy() -> None:
    """A state that another thread runs is an error, and stays as it is."""
    x = make(5, 2, 3)
    state = lif.initial_state(2)
    lif(x[:1], state=state)
    out = np.ones((5, 2, 3), bool)
    calls = [
        lambda: lif(x, state=state, out=out),
        lambda: lif.step(x[0], state),
        lambda: lif.record(x, state=state),
        state.copy,
        state.reset,
        lambda: state.save("unused"),
        lambda: state[list(state)[0]],
    ]
    with state._hold(), ThreadPoolExecutor(1) as pool:
        for call in calls:
            pool.submit(expect, snnc.BusyError, "another thread is running", call).result()
    assert out.all() and state.position == 1
    check_equal(lif(x[1:], state=state), run_lif(x)[1:])


def test_race() -> None:
    """Of the calls of several threads, each is a whole one or a BusyError."""
    state, x = lif.initial_state(1), make(50, 1, 3)
    start = threading.Barrier(4)

    def run(i: int) -> tuple[int, int]:
        done = busy = 0
        start.wait()
        for k in range(3000):
            try:
                lif(x, state=state) if (i + k) % 2 else lif.step(x[0], state)
                done += 50 if (i + k) % 2 else 1
            except snnc.BusyError:
                busy += 1
        return done, busy

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(run, range(4)))
    assert state.position == sum(done for done, _ in results), (state, results)


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
