# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Values that a neuron or a weight cannot have.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from hostile import OK, USER, Case, check, lif, model

f32 = np.float32
W = np.ones((3, 4), f32)


def embed(weight: np.ndarray) -> tuple[str, dict[str, np.ndarray]]:
    text = model("%y = snn.linear %x, %w : tensor<?x?x4xf32>, tensor<3x4xf32>",
                 args=', %w: tensor<3x4xf32> {snn.param = "w"}',
                 result="%y : tensor<?x?x3xf32>")  # fmt: skip
    return text, {"w": weight}


def put(value: float) -> np.ndarray:
    weight = W.copy()
    weight[1, 2] = value
    return weight


def embedded(name: str, weight: np.ndarray, code: int, message: str, *flags: str) -> Case:
    text, weights = embed(weight)
    return Case(name, text, code, message, flags, weights)


def param(what: str, other: str) -> str:
    """A neuron whose decay or threshold is a parameter."""
    return model(f"%s, %v = snn.lif %x {what}(%p : tensor<4xf32>) {{{other}}} : tensor<?x?x4xf32>",
                 args=', %p: tensor<4xf32> {snn.param = "p"}',
                 result="%s : tensor<?x?x4xi1>")  # fmt: skip


def fill(value: float) -> dict[str, np.ndarray]:
    return {"p": np.array([0.5, 0.5, value, 0.5], f32)}


D = "decay = 0.5, "
CASES = [
    embedded("21-weight-nan", put(np.nan), USER, "x"),
    embedded("22-weight-inf", put(np.inf), USER, "x"),
    Case("23-threshold-nan", lif(D + "threshold = 0x7FC00000 : f32"), USER, "x"),
    Case("23-threshold-nan64", lif(D + "threshold = 0x7FF8000000000000 : f64"), USER, "x"),
    Case("23-threshold-param-nan", param("threshold", "decay = 0.5"), USER, "x", weights=fill(np.nan)),
    Case("24-threshold-0", lif(D + "threshold = 0.0"), USER, "x"),
    Case("24-threshold-negative", lif(D + "threshold = -1.0"), USER, "x"),
    Case("24-threshold-param-0", param("threshold", "decay = 0.5"), USER, "x", weights=fill(0.0)),
    Case("24-threshold-allowed", lif(D + "threshold = 0.0, allow_nonpositive_threshold"), OK, [], ["--stop-after=time"]),
    Case("29-decay-large", lif("decay = 1.5, threshold = 1.0"), USER, "x"),
    Case("29-decay-negative", lif("decay = -0.5, threshold = 1.0"), USER, "x"),
    Case("29-decay-nan", lif("decay = 0x7FF8000000000000 : f64, threshold = 1.0"), USER, "x"),
    Case("29-decay-param", param("decay", "threshold = 1.0"), USER, "x", weights=fill(1.5)),
    Case("29-li", model("%v, %vT = snn.li %x {decay = 1.5} : tensor<?x?x4xf32>", result="%v : tensor<?x?x4xf32>"), USER, "x"),
    Case("29-cuba", model("%s, %vT, %iT = snn.cuba_lif %x {decay = 0.5, synapse_decay = 1.5, threshold = 1.0} : tensor<?x?x4xf32>", result="%s : tensor<?x?x4xi1>"), USER, "x"),
    Case("29-const", model("%d = arith.constant dense<[0.5, 1.5, 0.5, 0.5]> : tensor<4xf32>", "%s, %v = snn.lif %x decay(%d : tensor<4xf32>) {threshold = 1.0} : tensor<?x?x4xf32>", result="%s : tensor<?x?x4xi1>"), USER, "x"),
    Case("30-refractory", lif(D + "threshold = 1.0, refractory = -1 : i64"), USER, "x"),
    Case("30-refractory-op", model("%z, %c = snn.refractory event -1 %x : tensor<?x?x4xi1>", x="tensor<?x?x4xi1>", result="%z : tensor<?x?x4xi1>"), USER, "x"),
    Case("30-refractory-big", lif(D + "threshold = 1.0, refractory = 4294967296 : i64").replace("%s, %v", "%s, %v, %c"), USER, "x"),
    Case("31-refractory-steps", lif(D + "threshold = 1.0, refractory = 9 : i64").replace("?x?", "8x?").replace("%s, %v", "%s, %v, %c"), OK, "x"),
    Case("32-refractory-float", lif(D + "threshold = 1.0, refractory = 1.5"), USER, "x"),
    Case("33-reset", lif(D + "threshold = 1.0, reset = #snn.reset<value, 1.0>"), USER, "x"),
    Case("33-reset-nan", lif(D + "threshold = 1.0, reset = #snn.reset<value, 0x7FF8000000000000 : f64>"), USER, "x"),
    Case("33-reset-big", lif(D + "threshold = 1.0, reset = #snn.reset<subtract, 1.0e300>"), USER, "x"),
    embedded("34-zeros", np.zeros_like(W), OK, "x"),
    Case("35-threshold-f32", lif(D + "threshold = 1.0e300"), USER, "x"),
    Case("35-threshold-f32-small", lif(D + "threshold = 1.0e-60"), USER, "x"),
    Case("35-threshold-f16", lif(D + "threshold = 1.0e6").replace("xf32", "xf16"), USER, "x"),
    Case("35-literal", model("%c = arith.constant dense<1.0e300> : tensor<4xf32>"), USER, "x"),
    embedded("35-weight-f64", W.astype(np.float64), USER, "x"),
    embedded("36-weight-i64", W.astype(np.int64), USER, "x"),
    Case("37-slope-0", lif(D + "threshold = 1.0, surrogate = #snn.surrogate<atan, 0.0>"), USER, "x"),
    Case("37-slope-negative", lif(D + "threshold = 1.0, surrogate = #snn.surrogate<atan, -2.0>"), USER, "x"),
    Case("37-slope-nan", lif(D + "threshold = 1.0, surrogate = #snn.surrogate<atan, 0x7FF8000000000000 : f64>"), USER, "x"),
    Case("52-field", lif(D + "threshold = 1.0, refractry = 3 : i64"), USER, "x"),
]

if __name__ == "__main__":
    check(CASES)
