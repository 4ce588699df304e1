# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A check reports every problem of a model and its weights, and counts them.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from hostile import CHECK, LIMIT, OK, USER, Case, check, lif, model

T, S = "tensor<?x?x4xf32>", "tensor<?x?x4xi1>"
ONES = np.ones((4, 4), np.float32)


def weighted(*lines: str, x: str = T) -> str:
    """A model with two weights, used in lines 2 and 3."""
    args = "".join(f', %{n}: tensor<4x4xf32> {{snn.param = "{n}"}}' for n in "uw")
    return model(f"%a = snn.linear %x, %u : {x}, tensor<4x4xf32>",
                 f"%b = snn.linear %a, %w : {x}, tensor<4x4xf32>", *lines,
                 x=x, args=args, result=f"%b : {x}")  # fmt: skip


CASES = [
    Case("good", lif("decay = 0.5, threshold = 1.0"), OK, "0 errors, 0 warnings\n", CHECK),
    # Ops that do not belong here, and ops that are wrong, each in its line.
    Case("ops", model(
        f"%s, %v = snn.lif %x {{decay = 1.5, threshold = 1.0}} : {T}",
        f"%t, %w = snn.lif %x {{decay = 0.5, threshold = -1.0}} : {T}",
        '"foo.bar"() : () -> ()',
        f"%l, %m = snn.li %x {{decay = 0.5, dekay = 1}} : {T}",
        "%c = arith.constant dense_resource<blob> : tensor<4xf32>"), USER,
         ["2:12: error: 'snn.lif' op expected decay in [0, 1], but got 1.500000e+00",
          "3:12: error: 'snn.lif' op expected a threshold > 0",
          "4:3: error: expected an op of dialect ",
          "5:12: error: expected an attribute of 'snn.li' or of dialect snn, but got 'dekay'",
          "6:8: error: expected values in the text, but got a resource",
          "5 errors, 0 warnings\n"], CHECK),
    # Functions: one is wrong in its arguments, the next in its body.
    Case("functions", "func.func private @f(%x: tensor<4xf32> {snn.state = 3}) {\n  return\n}\n"
         + lif("decay = 2.0, threshold = 1.0"), USER,
         ["1:1: error: 'func.func' op expected 'snn.state' to be a non-empty string, but got 3",
          "5:12: error: 'snn.lif' op expected decay", "2 errors, 0 warnings\n"], CHECK),
    # An error in a region, which those of what is around it do not repeat.
    Case("regions", model(
        "%y, %h = snn.recurrent ins(%x : tensor<?x?x4xf32>) skip 1 {",
        "^bb0(%xw: tensor<?x?x4xf32>, %f: tensor<?x?x4xf32>):",
        f"  %z, %v = snn.li %xw {{decay = 1.5}} : {T}",
        f"  snn.yield %z : {T} feedback(%z : {T})",
        f"}} -> ({T}) history(tensor<1x?x4xf32>)"), USER,
         ["4:14: error: 'snn.li' op expected decay", "1 error, 0 warnings\n"], CHECK),
    Case("values", model(f"%y = arith.addf %x, %y : {T}"), USER,
         ["2:8: error: operand #1 does not dominate this use", "1 error, 0 warnings\n"], CHECK),
    # The boundary of a model.
    Case("boundary", model(args=", %a: f32, %b: tensor<?x?x?xf32>"), USER,
         ["1:1: error: 'func.func' op expected argument 1 of a model to be a tensor of",
          "1:1: error: 'func.func' op expected argument 2 of a model to be dynamic in time",
          "2 errors, 0 warnings\n"], CHECK),
    # Every parameter of a file.
    Case("weights", weighted(), USER,
         ["expected finite values of parameter 'u', but got nan at [0, 0]",
          "expected parameter 'w' of shape [4, 4] and type 'f32', but got shape [4, 5]",
          "2 errors, 0 warnings\n"], CHECK, {"u": ONES * np.nan, "w": np.ones((4, 5), np.float32)}),
    Case("missing", weighted(), USER,
         ["expected parameter 'u' in ", "expected parameter 'w' in ", "note: the file has 'v'",
          "2 errors, 0 warnings\n"], CHECK, {"v": ONES}),
    # What compiles, and is odd.
    Case("warnings", weighted(
        f"%s, %v, %c = snn.lif %b {{decay = 0.5, threshold = 1.0, refractory = 9}} : "
        "tensor<8x?x4xf32>", x="tensor<8x?x4xf32>").replace("@model", '@"1st"'), OK,
         ["1:1: warning: expected the name of the model to be a C identifier",
          "4:16: warning: expected a refractory period of at most the 8 steps",
          "1:1: warning: expected parameter 'u' to have a value other than 0",
          "0 errors, 3 warnings\n"], CHECK, {"u": 0 * ONES, "w": ONES}),
    Case("syntax", "func.func @f(\n", USER, ["1:14: error: ", "1 error, 0 warnings\n"], CHECK),
    Case("depth", "[" * 2000, LIMIT, ["1:1001: error: ", "1 error, 0 warnings\n"], CHECK),
]  # fmt: skip

if __name__ == "__main__":
    check(CASES)
