# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Arrays: exact types, no copies, and errors that name the argument.

RUN: %python %s %t
"""

from __future__ import annotations

import pickle

import common
import numpy as np
import snnc
from common import GATE, LAYERS, LIF, check_equal, expect, make, run_lif

lif = snnc.compile(LIF)
gate = snnc.compile(GATE)
WEIGHTS = make(4, 3)
layers = snnc.compile(LAYERS, weights={"fc.weight": WEIGHTS})
x = make(20, 2, 3)


class Foreign:
    """An array of another library: all that it has is DLPack."""

    def __init__(self, array: np.ndarray, device: int = 1) -> None:
        self.array, self.device = array, device

    def __dlpack__(self, **options: object) -> object:
        return self.array.__dlpack__(**options)  # type: ignore[arg-type]

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.device, 0


def test_values() -> None:
    check_equal(lif(x), run_lif(x))
    check_equal(lif(x=x), run_lif(x))
    check_equal(lif(x[:0]), np.zeros((0, 2, 3), bool))
    check_equal(lif(x[:, :0].copy()), np.zeros((20, 0, 3), bool))
    read_only = x.copy()
    read_only.flags.writeable = False
    check_equal(lif(read_only), run_lif(x))
    check_equal(lif(np.asfortranarray(x[:1, :1])), run_lif(x[:1, :1]))


def test_several() -> None:
    """Outputs are a named tuple; inputs have positions and names."""
    spikes, current = layers(x)
    hidden = run_lif_half(x)
    expected = (hidden @ WEIGHTS.T).astype(np.float32)
    assert np.allclose(current, expected, rtol=1e-6, atol=1e-6)
    result = layers(x)
    check_equal(result.s, spikes)
    check_equal(result.i, current)
    s = x > 0
    y = x.astype(np.float64)
    for result in (gate(s, y), gate(s, x=y), gate(x=y, s=s), gate(s.view(np.uint8), y)):
        check_equal(result, np.where(s, y, 0.0))


def run_lif_half(x: np.ndarray) -> np.ndarray:
    v, spikes = np.zeros_like(x[0]), []
    for x_t in x:
        v = np.float32(0.5) * v + x_t
        spikes.append(v >= 0.5)
        v = v - np.float32(0.5) * spikes[-1]
    return np.stack(spikes).astype(np.float32)


def test_wrong_types() -> None:
    wrong, text = snnc.ArgumentError, "input 'x': expected elements of type float32, but got "
    error = expect(wrong, text + "float64; array.astype(np.float32)", lif, x.astype(np.float64))
    assert isinstance(error, snnc.ArgumentError) and isinstance(error, snnc.Error)
    assert (error.argument, error.got) == ("input 'x'", "float64")
    expect(wrong, text + "float16", lif, x.astype(np.float16))
    expect(wrong, text + "float32 of another byte order", lif, x.astype(">f4"))
    expect(wrong, text + "f64", lif, Foreign(x.astype(np.float64)))
    expect(
        wrong,
        "input 'x': expected a NumPy array, or one that has __dlpack__, but got an "
        "object of type list; np.asarray(value, np.float32)",
        lif,
        x.tolist(),
    )
    expect(wrong, "an array without a mask", lif, np.ma.masked_array(x))
    y = x.astype(np.float64)
    expect(wrong, "input 's': expected elements of type bool or uint8, but got float32", gate, x, y)
    expect(
        wrong,
        "input 's': expected spikes that are 0 or 1, but got a byte that is 2",
        gate,
        np.full(x.shape, 2, np.uint8),
        y,
    )


def test_exceptions() -> None:
    """They go from one process to another."""
    error = expect(snnc.ArgumentError, "input 'x'", lif, x.astype(np.float64))
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.got) == (snnc.ArgumentError, str(error), "float64")
    error = expect(snnc.CompileError, "error: ", snnc.compile, "func.func @f(\n")
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.messages, copy.returncode) == (str(error), error.messages, 1)  # type: ignore[attr-defined]


def test_wrong_layouts() -> None:
    wrong, text = (
        snnc.ArgumentError,
        "input 'x': expected a dense row-major array, but got strides of ",
    )
    expect(wrong, text + "(48, 12, 4) bytes; np.ascontiguousarray(array)", lif, x[::2])
    expect(wrong, text, lif, np.asfortranarray(x))
    expect(wrong, text + "(1, 3, 6) elements; tensor.contiguous()", lif, Foreign(x.T))
    bytes_ = np.zeros(x.nbytes + 1, np.uint8)[1:]
    expect(
        wrong,
        "expected elements at multiples of their size",
        lif,
        bytes_.view(np.float32).reshape(x.shape),
    )
    expect(
        wrong,
        "input 'x': expected memory of the CPU, but got that of device type 2",
        lif,
        Foreign(x, 2),
    )
    read_only = x.copy()
    read_only.flags.writeable = False
    expect(
        wrong, "input 'x': expected an array that __dlpack__ hands over", lif, Foreign(read_only)
    )


def test_wrong_shapes() -> None:
    wrong = snnc.ArgumentError
    expect(wrong, "input 'x': expected shape [T, B, 3] f32, but got [20, 2]", lif, x[..., 0].copy())
    expect(
        wrong, "input 'x': expected shape [T, B, 3] f32, but got [20, 2, 2]", lif, x[..., :2].copy()
    )
    y = x.astype(np.float64)
    expect(wrong, "input 'x': expected T = 19, as input 's' has, but got 20", gate, (x > 0)[1:], y)
    expect(
        wrong,
        "input 'x': expected B = 1, as input 's' has, but got 2",
        gate,
        (x > 0)[:, :1].copy(),
        y,
    )
    expect(wrong, "input 'x': expected T = 5, as this call has, but got 20", lif, x, steps=5)
    state = lif.initial_state(3)
    expect(wrong, "input 'x': expected B = 3, as the state has, but got 2", lif, x, state=state)


def test_bfloat() -> None:
    """NumPy has no bf16: its two bytes are of the type V2, or of ml_dtypes."""
    model = snnc.compile("""func.func @minus(%x: tensor<?x?x3xbf16>) -> tensor<?x?x3xbf16> {
      %y = arith.negf %x : tensor<?x?x3xbf16>
      return %y : tensor<?x?x3xbf16>
    }""")
    bits = x.view(np.uint32) >> 16
    y = model(bits.astype(np.uint16).view("V2"))
    assert y.dtype == model.outputs[0].dtype and y.shape == x.shape
    check_equal(y.view(np.uint16), (bits ^ 0x8000).astype(np.uint16))
    expect(snnc.ArgumentError, "expected elements of type bfloat16, but got float32", model, x)


def test_fixed_sizes() -> None:
    """Sizes that the model fixes."""
    model = snnc.compile("""func.func @fixed(%x: tensor<6x2x3xf32>) -> tensor<6x2x3xi1> {
      %s, %v = snn.lif %x {decay = 0.5, threshold = 1.0, reset = #snn.reset<subtract>} : tensor<6x2x3xf32>
      return %s : tensor<6x2x3xi1>
    }""")
    check_equal(model(x[:6]), run_lif(x[:6]))
    expect(
        snnc.ArgumentError, "input 'x': expected shape [6, 2, 3] f32, but got [20, 2, 3]", model, x
    )
    expect(snnc.UsageError, "lif: expected T >= 0, but got -1", lif, x, steps=-1)


def test_wrong_names() -> None:
    wrong = snnc.UsageError
    expect(wrong, "lif: input 'x': expected an array, but got none", lif)
    expect(wrong, "lif: expected 1 inputs (x), but got 2", lif, x, x)
    expect(wrong, "lif: input 'q': there is none of this name; expected x", lif, q=x)
    expect(wrong, "lif: input 'x': it is given twice", lif, x, x=x)


def test_dlpack() -> None:
    check_equal(lif(Foreign(x)), run_lif(x))
    check_equal(lif(Foreign(x[:, :0].copy())), np.zeros((20, 0, 3), bool))
    check_equal(
        gate(Foreign((x > 0).view(np.uint8)), Foreign(x.astype(np.float64))),
        np.where(x > 0, x.astype(np.float64), 0.0),
    )


def test_out() -> None:
    out = np.ones((20, 2, 3), bool)
    assert lif(x, out=out) is out
    check_equal(out, run_lif(x))
    spikes, current = layers(x)
    mine = {"i": np.ones_like(current), "s": np.zeros_like(spikes)}
    assert layers(x, out=mine).i is mine["i"]
    check_equal(mine["i"], current)
    check_equal(mine["s"], spikes)
    bytes_ = np.full((20, 2, 3), 7, np.uint8)
    lif(x, out=bytes_)
    check_equal(bytes_, run_lif(x).view(np.uint8))
    expect(
        snnc.ArgumentError,
        "output 's': expected shape [20, 2, 3], but got [19, 2, 3]",
        lif,
        x,
        out=out[1:],
    )
    expect(snnc.ArgumentError, "output 's': expected elements of type bool", lif, x, out=x)
    expect(snnc.UsageError, "out: expected 2 arrays, but got 1", layers, x, out=out)
    out.flags.writeable = False
    expect(snnc.ArgumentError, "output 's': expected an array that can be written", lif, x, out=out)
    y = x.astype(np.float64)
    expect(snnc.UsageError, "gate: an array that is written overlaps", gate, x > 0, y, out=y)
    check_equal(y, x.astype(np.float64))


if __name__ == "__main__":
    common.main(globals())
