# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A library written by hand: records, outputs without time, states of any rank, a
limit of steps, several variants.

RUN: %cxx -std=c++17 -shared -fPIC -I %src_root/include -I %src_root/test/Runtime \
RUN:   %S/Inputs/Hand.cpp %src_root/test/Runtime/Models.cpp \
RUN:   %obj_root/lib/libSNNRuntime.a -lpthread -Wl,-z,defs -o %t.so
RUN: %python %s %t %t.so
"""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stdout

import common
import numpy as np
import snnc
from common import FOLDER, check_equal, expect, make

model = snnc.load(sys.argv[2])
model.set_weights({"w": np.float32([0.5, 0.625, 0.8125])})
x = make(20, 2, 3)


def test_outputs() -> None:
    y = model(x)
    check_equal(y.rate, y.s.sum(axis=0).astype(np.float32))
    check_equal(y.time, np.arange(20))
    state = model.initial_state(2)
    steps = [model.step(x_t, state) for x_t in x]
    check_equal(np.stack([step.s for step in steps]), y.s)
    check_equal(steps[-1].rate, y.rate)
    check_equal(np.stack([step.time for step in steps]), y.time)


def test_states() -> None:
    state = model.initial_state(2)
    y = model(x[:9], state=state)
    assert {name: state[name].shape for name in state} == {"v": (2, 3), "count": (2, 3), "step": ()}
    assert state["step"] == 9 and state["step"].dtype == np.int64
    check_equal(state["count"], y.rate)
    state.save(FOLDER / "state")
    other = model.load_state(FOLDER / "state")
    check_equal(model(x[9:], state=other).time, np.arange(9, 20))


def test_records() -> None:
    y = model(x)
    spikes = model.record(x)
    assert list(spikes) == ["lif"]
    check_equal(spikes["lif"], y.s)
    state = model.initial_state(2)
    parts = [model.record(x[:7], state=state), model.record(x=x[7:], state=state)]
    check_equal(np.concatenate([part["lif"] for part in parts]), y.s)
    check_equal(model.record(x, weights={"w": np.zeros(3, np.float32)})["lif"], np.zeros_like(y.s))
    expect(snnc.BusyError, "another thread", record_held)


def record_held() -> None:
    state = model.initial_state(2)
    with state._hold():
        model.record(x, state=state)


def test_limit() -> None:
    text = "lif: position + steps is beyond the steps that the model has tables for"
    expect(snnc.UsageError, text, model, make(1001, 1, 3))
    state = model.initial_state(1)
    model(make(1000, 1, 3), state=state)
    expect(snnc.UsageError, text, model.step, make(1, 3), state)
    expect(snnc.UsageError, "lif: position + steps", model.record, make(1, 1, 3), state=state)
    assert state.position == 1000


def test_summary() -> None:
    out = io.StringIO()
    with redirect_stdout(out):
        model.summary()
    text = out.getvalue()
    assert text.count("(runs here)") == 1 and "x86-64-v4" in text and "x86-64-v2" in text
    assert "steps     at most 1000" in text and "lif  3 neurons [3]" in text, text


if __name__ == "__main__":
    common.main(globals())
