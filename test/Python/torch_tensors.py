# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tensors of PyTorch: in and out without a copy.

REQUIRES: torch
RUN: %python %s %t
"""

from __future__ import annotations

import common
import snnc
import torch
from common import GATE, LAYERS, LIF, check_equal, expect, make, run_lif

lif = snnc.compile(LIF)
x = make(20, 2, 3)


def test_values() -> None:
    y = lif(torch.from_numpy(x))
    assert isinstance(y, torch.Tensor) and y.dtype == torch.bool
    check_equal(y, run_lif(x))
    state = lif.initial_state(2)
    for t in range(20):
        step = lif.step(torch.from_numpy(x[t]), state)
        assert isinstance(step, torch.Tensor)
        check_equal(step, run_lif(x)[t])
    out = torch.zeros(20, 2, 3, dtype=torch.bool)
    assert lif(torch.from_numpy(x), out=out) is out
    check_equal(out, run_lif(x))
    gate = snnc.compile(GATE)
    s, d = torch.from_numpy(x) > 0, torch.from_numpy(x).double()
    check_equal(gate(s, d), torch.where(s, d, 0.0).numpy())
    check_equal(gate(s.to(torch.uint8), d), torch.where(s, d, 0.0).numpy())


def test_bfloat() -> None:
    model = snnc.compile("""func.func @minus(%x: tensor<?x?x3xbf16>) -> tensor<?x?x3xbf16> {
      %y = arith.negf %x : tensor<?x?x3xbf16>
      return %y : tensor<?x?x3xbf16>
    }""")
    tensor = torch.from_numpy(x).bfloat16()
    y = model(tensor)
    assert y.dtype == torch.bfloat16 and torch.equal(y, -tensor)


def test_weights() -> None:
    layer = torch.nn.Linear(3, 4, bias=False)
    model = snnc.compile(LAYERS)
    model.set_weights({"fc.weight": layer.weight.detach()})
    before = model(x).i
    with torch.no_grad():
        layer.weight.mul_(2)  # in place: the model sees it once it is set again
    check_equal(model(x).i, before)
    model.set_weights({"fc.weight": layer.weight.detach()})
    check_equal(model(x).i, 2 * before)
    embedded = snnc.compile(LAYERS, weights={"fc.weight": layer.weight.detach()})
    check_equal(embedded(x).i, 2 * before)
    expect(
        snnc.ArgumentError,
        "parameter 'fc.weight': expected an array that __dlpack__ hands over",
        model.set_weights,
        {"fc.weight": layer.weight},
    )


def test_errors() -> None:
    tensor = torch.from_numpy(x)
    expect(
        snnc.ArgumentError,
        "input 'x': expected elements of type float32, but got f64",
        lif,
        tensor.double(),
    )
    expect(snnc.ArgumentError, "tensor.contiguous()", lif, tensor[:, :, [2, 1, 0]].transpose(0, 1))


if __name__ == "__main__":
    common.main(globals())
