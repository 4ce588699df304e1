# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""States: steps, copies, and files shared with compiled programs.

RUN: %python %s %t
"""

from __future__ import annotations

import os
import subprocess

import common
import numpy as np
import snnc
from common import FOLDER, LAYERS, LIF, check_equal, expect, make, run_lif

SNNC = os.environ["SNNC"]
lif = snnc.compile(LIF)
layers = snnc.compile(LAYERS, weights={"fc.weight": make(4, 3)})
x = make(20, 2, 3)
BACKWARD = """func.func @backward(%x: tensor<?x?x3xf32>) -> tensor<?x?x3xf32> {
  %a = arith.constant 0.5 : f32
  %h, %h0 = snn.scan real reverse (%x) by (%a) : (tensor<?x?x3xf32>), (f32)
  return %h : tensor<?x?x3xf32>
}
"""


def test_not_causal() -> None:
    """A model that looks at later steps takes whole sequences only."""
    model = snnc.compile(BACKWARD)
    y = np.float32([1, 2, 4, 8])[:, None, None] * np.ones((1, 3), np.float32)
    check_equal(model(np.float32([0, 0, 0, 8])[:, None, None] * np.ones((1, 3), np.float32)), y)
    assert not model.is_causal
    expect(snnc.UsageError, "backward: the model looks at later steps", model.initial_state)
    expect(
        snnc.UsageError,
        "backward: the model looks at later steps",
        model.step,
        x[0],
        lif.initial_state(2),
    )


def test_cuts() -> None:
    """Steps, cut runs and a whole run are the same bits."""
    whole = layers(x)
    state = layers.initial_state(2)
    for t, x_t in enumerate(x):
        assert state.position == t
        step = layers.step(x_t, state) if t % 2 else layers.step(x=x_t, state=state)
        check_equal(step.s, whole.s[t])
        check_equal(step.i, whole.i[t])
    cut = layers.initial_state(2)
    first, second = layers(x[:7], state=cut), layers(x[7:], state=cut)
    check_equal(np.concatenate([first.s, second.s]), whole.s)
    assert cut.position == 20 and cut.batch == 2
    assert list(cut) == [tensor.name for tensor in layers.states]
    for name in cut:
        check_equal(cut[name], state[name])
    out = np.ones((2, 3), bool)
    assert lif.step(x[0], lif.initial_state(2), out=out) is out
    check_equal(out, run_lif(x[:1])[0])


def test_outputs_are_kept() -> None:
    """A step never writes to what an earlier step has returned."""
    state = lif.initial_state(2)
    check_equal(
        np.stack([lif.step(x_t, state) for x_t in np.tile(x, (50, 1, 1))]),
        run_lif(np.tile(x, (50, 1, 1))),
    )


def test_copies() -> None:
    state = lif.initial_state(2)
    lif(x[:5], state=state)
    other = state.copy()
    check_equal(lif(x[5:], state=state), run_lif(x)[5:])
    assert (state.position, other.position) == (20, 5)
    check_equal(lif(x[5:], state=other), run_lif(x)[5:])
    other.reset()
    assert other.position == 0
    check_equal(lif(x, state=other), run_lif(x))
    (name,) = list(other)
    value = np.full((2, 3), 0.25, np.float32)
    other[name] = value
    check_equal(other[name], value)
    expect(
        snnc.UsageError,
        f"state '{name}': expected float32 [2, 3], but got float64 [2, 3]",
        other.__setitem__,
        name,
        value.astype(float),
    )
    expect(KeyError, "but got 'q'", other.__getitem__, "q")


def test_files() -> None:
    """A run that a program begins and Python ends, and the other way round."""
    text, program = FOLDER / "lif.mlir", FOLDER / "lif"
    text.write_text(LIF)
    subprocess.run([SNNC, text, "-o", program, "--target=native"], check=True)
    model = snnc.compile(text)
    np.save(FOLDER / "x1.npy", x[:7])
    np.save(FOLDER / "x2.npy", x[7:])
    path, y = FOLDER / "state", FOLDER / "y.npy"
    subprocess.run(
        [program, "--input", FOLDER / "x1.npy", "--output", y, "--state-out", path], check=True
    )
    state = model.load_state(path)
    assert (state.batch, state.position) == (2, 7)
    check_equal(model(x[7:], state=state), run_lif(x)[7:])

    mine = model.initial_state(2)
    model(x[:7], state=mine)
    mine.save(FOLDER / "mine")
    assert (FOLDER / "mine").read_bytes() == path.read_bytes()
    subprocess.run(
        [program, "--input", FOLDER / "x2.npy", "--output", y, "--state-in", FOLDER / "mine"],
        check=True,
    )
    check_equal(np.load(y), run_lif(x)[7:])
    assert [file.name for file in FOLDER.glob("mine*")] == ["mine"]


def test_wrong_files() -> None:
    wrong, path = snnc.UsageError, FOLDER / "wrong"
    state = lif.initial_state(2)
    lif(x, state=state)
    state.save(path)
    good = path.read_bytes()
    changes = [
        (b"", "does not begin like one"),
        (b"?" + good[1:], "does not begin like one"),
        (good[:8] + b"\x09" + good[9:], "expected state file version 1, but got 9"),
        (
            good[:16] + b"\0" * 8 + good[24:],
            "expected a state of the model lif, but it is one of another",
        ),
        (good[:24] + b"\xff" * 8 + good[32:], "that are not negative, but got -1 and 20"),
        (good[:-1], "expected 24 bytes of states for a batch of 2, but got 23"),
        (good + b"\0", "but got 25"),
        (
            good[:24] + b"\xff" * 7 + b"\x7f" + good[32:],
            "bytes of states for a batch of 9223372036854775807",
        ),
    ]
    for data, words in changes:
        path.write_bytes(data)
        expect(wrong, f"{path}: expected", state.load, path)
        expect(wrong, words, lif.load_state, path)
        assert (state.batch, state.position) == (2, 20)
    expect(FileNotFoundError, "absent", state.load, FOLDER / "absent")


def test_wrong_calls() -> None:
    expect(snnc.UsageError, "lif: expected a state as the last argument of step", lif.step, x[0])
    state = lif.initial_state(2)
    expect(
        snnc.ArgumentError,
        "input 'x': expected shape [2, 3] for one step of a state of batch 2, but got "
        "[20, 2, 3]; model(x, state=state) takes several",
        lif.step,
        x,
        state,
    )
    expect(
        snnc.ArgumentError,
        "for one step of a state of batch 2, but got [1, 3]",
        lif.step,
        x[0, :1],
        state,
    )
    expect(snnc.ArgumentError, "but got float64", lif.step, x[0].astype(np.float64), state)
    expect(snnc.ArgumentError, "dense row-major", lif.step, np.asfortranarray(x[0]), state)
    expect(
        snnc.ArgumentError,
        "state: expected one of the model layers, but got one of lif",
        layers,
        x,
        state=state,
    )
    expect(
        snnc.ArgumentError,
        "state: expected one of the model layers, but got one of lif",
        layers.step,
        x[0],
        state,
    )
    expect(
        snnc.ArgumentError, "state: expected one that model.initial_state(batch)", lif, x, state=3
    )
    expect(snnc.UsageError, "batch -1: a negative number", lif.initial_state, -1)
    assert state.position == 0
    check_equal(lif(x, state=state), run_lif(x))


if __name__ == "__main__":
    common.main(globals())
