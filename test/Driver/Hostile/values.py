# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Values that a neuron or a weight cannot have.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from hostile import CHECK, OK, USER, Case, check, lif, model

f32 = np.float32
T, STEPS = "tensor<?x?x4xf32>", "tensor<8x?x4xf32>"
NAN = "0x7FF8000000000000 : f64"
D = "decay = 0.5, "
DT = "decay = 0.5, threshold = 1.0, "


def neuron(attributes: str, operands: str = "", results: str = "%s, %v", *lines: str,
           type_: str = T, args: str = "") -> str:  # fmt: skip
    """A model of one `snn.lif`."""
    return model(*lines, f"{results} = snn.lif %x {operands}{{{attributes}}} : {type_}",
                 x=type_, args=args, result=f"%s : {type_.replace('f32', 'i1')}")  # fmt: skip


def embed(name: str, weight: np.ndarray, code: int, message: str) -> Case:
    """A 3x4 weight out of a file."""
    text = model("%y = snn.linear %x, %w : tensor<?x?x4xf32>, tensor<3x4xf32>",
                 args=', %w: tensor<3x4xf32> {snn.param = "w"}',
                 result="%y : tensor<?x?x3xf32>")  # fmt: skip
    return Case(name, text, code, message, CHECK * (code == OK), {"w": weight})


def put(value: float) -> np.ndarray:
    """Ones, but for one."""
    weight = np.ones((3, 4), f32)
    weight[1, 2] = value
    return weight


def param(name: str, what: str, other: str, value: float, message: str) -> Case:
    """A decay or a threshold per neuron out of a file, one of which is wrong."""
    text = neuron(other, f"{what}(%p : tensor<4xf32>) ",
                  args=', %p: tensor<4xf32> {snn.param = "p"}')  # fmt: skip
    return Case(name, text, USER, message,
                weights={"p": np.array([0.5, 0.5, value, 0.5], f32)})  # fmt: skip


POSITIVE = "op expected a threshold > 0 (or 'allow_nonpositive_threshold'), but got"
FINITE = "1:1: error: 'func.func' op expected finite values of parameter"
TYPE = "1:1: error: 'func.func' op expected parameter 'w' of shape [3, 4] and type 'f32', but got"
BELOW = "op expected a reset below the threshold 1.000000e+00 (or 'allow_nonpositive_threshold')"
SLOPE = "error: expected a positive, finite surrogate slope, but got"
SPARSE = np.zeros((3, 4), f32)

CASES = [
    embed("21-nan", put(np.nan), USER, f"{FINITE} 'w', but got nan at [1, 2] in "),
    embed("22-infinity", put(np.inf), USER, f"{FINITE} 'w', but got INF at [1, 2] in "),
    embed("22-negative", put(-np.inf), USER, f"{FINITE} 'w', but got -INF at [1, 2] in "),
    Case("23-threshold", lif(f"{D}threshold = {NAN}"), USER,
         "2:12: error: 'snn.lif' op expected a finite threshold, but got nan"),
    Case("23-type", lif(f"{D}threshold = 0x7FC00000 : f32"), USER,
         "2:23: error: custom op 'snn.lif' 'snn.lif' op attribute 'threshold' failed to "
         "satisfy constraint: 64-bit float attribute"),
    param("23-parameter", "threshold", "decay = 0.5", np.nan, f"{FINITE} 'p', but got nan at [2]"),
    Case("24-zero", lif(f"{D}threshold = 0.0"), USER,
         f"2:12: error: 'snn.lif' {POSITIVE} 0.000000e+00"),
    Case("24-negative", lif(f"{D}threshold = -1.0"), USER,
         f"2:12: error: 'snn.lif' {POSITIVE} -1.000000e+00"),
    param("24-parameter", "threshold", "decay = 0.5", 0.0,
          "2:12: error: expected threshold 'p' in (0, inf), but got 0.000000e+00 in "),
    Case("24-allowed", lif(f"{D}threshold = 0.0, allow_nonpositive_threshold"), OK, [],
         ["--stop-after=space"]),
    Case("29-large", lif("decay = 1.5, threshold = 1.0"), USER,
         "2:12: error: 'snn.lif' op expected decay in [0, 1], but got 1.500000e+00"),
    Case("29-negative", lif("decay = -0.5, threshold = 1.0"), USER,
         "2:12: error: 'snn.lif' op expected decay in [0, 1], but got -5.000000e-01"),
    Case("29-nan", lif(f"decay = {NAN}, threshold = 1.0"), USER,
         "2:12: error: 'snn.lif' op expected a finite decay, but got nan"),
    param("29-parameter", "decay", "threshold = 1.0", 1.5,
          "2:12: error: expected decay 'p' in [0, 1], but got 1.500000e+00 in "),
    Case("29-constant", neuron("threshold = 1.0", "decay(%d : tensor<4xf32>) ", "%s, %v",
                               "%d = arith.constant dense<[0.5, 1.5, 0.5, 0.5]> : tensor<4xf32>"),
         USER, "3:12: error: 'snn.lif' op expected decay in [0, 1], but got 1.500000e+00"),
    Case("29-li", model(f"%v, %l = snn.li %x {{decay = 1.5}} : {T}", result=f"%v : {T}"), USER,
         "2:12: error: 'snn.li' op expected decay in [0, 1], but got 1.500000e+00"),
    Case("29-synapse", model("%s, %v, %i = snn.cuba_lif %x {decay = 0.5, synapse_decay = 1.5, "
                             f"threshold = 1.0}} : {T}", result="%s : tensor<?x?x4xi1>"), USER,
         "2:16: error: 'snn.cuba_lif' op expected synapse_decay in [0, 1], but got 1.500000e+00"),
    Case("30-negative", lif(f"{DT}refractory = -1 : i64"), USER,
         "2:12: error: 'snn.lif' op expected refractory in [0, 2147483647], but got -1"),
    Case("30-large", neuron(f"{DT}refractory = 4294967296 : i64", "", "%s, %v, %c"), USER,
         "2:16: error: 'snn.lif' op expected refractory in [0, 2147483647], but got 4294967296"),
    Case("30-gate", model("%z, %c = snn.refractory event -1 %x : tensor<?x?x4xi1>",
                          x="tensor<?x?x4xi1>", result="%z : tensor<?x?x4xi1>"), USER,
         "2:12: error: 'snn.refractory' op expected period in [0, 2147483647], but got -1"),
    Case("31-neuron", neuron(f"{DT}refractory = 9 : i64", "", "%s, %v, %c", type_=STEPS), OK,
         ["2:16: warning: expected a refractory period of at most the 8 steps of a run, but "
          "got 9", "0 errors, 1 warning\n"], CHECK),
    Case("31-compiled", neuron(f"{DT}refractory = 9 : i64", "", "%s, %v, %c", type_=STEPS), OK,
         "2:16: warning: expected a refractory period", ["--stop-after=space"]),
    Case("31-gate", model("%z, %c = snn.refractory window 9 %x : tensor<8x?x4xi1>",
                          x="tensor<8x?x4xi1>", result="%z : tensor<8x?x4xi1>"), OK,
         "2:12: warning: expected a refractory period of at most the 8 steps of a run, but got 9",
         CHECK),
    Case("31-within", neuron(f"{DT}refractory = 8 : i64", "", "%s, %v, %c", type_=STEPS), OK,
         "0 errors, 0 warnings\n", CHECK),
    Case("32-fraction", lif(f"{DT}refractory = 1.5"), USER,
         "2:23: error: custom op 'snn.lif' 'snn.lif' op attribute 'refractory' failed to "
         "satisfy constraint: 64-bit signless integer attribute"),
    Case("33-equal", lif(f"{DT}reset = #snn.reset<value, 1.0>"), USER,
         f"2:12: error: 'snn.lif' {BELOW}, but got 1.000000e+00"),
    # In f32 it is the threshold.
    Case("33-rounded", lif(f"{DT}reset = #snn.reset<value, 0.9999999999>"), USER,
         f"2:12: error: 'snn.lif' {BELOW}, but got 1.000000e+00"),
    Case("33-nan", lif(f"{DT}reset = #snn.reset<value, {NAN}>"), USER,
         "2:72: error: expected a finite reset amount, but got nan"),
    Case("33-allowed", lif(f"{DT}reset = #snn.reset<value, 1.0>, allow_nonpositive_threshold"),
         OK, [], ["--stop-after=space"]),
    embed("34-zeros", SPARSE, OK,
          "1:1: warning: expected parameter 'w' to have a value other than 0, but all are 0 in "),
    embed("34-one", put(0.0), OK, "0 errors, 0 warnings\n"),
    embed("34-subnormal", put(1e-40), OK,
          "1:1: warning: expected no subnormal values in parameter 'w', but got 1 in "),
    embed("34-least-normal", put(1.1754944e-38), OK, "0 errors, 0 warnings\n"),
    Case("35-threshold", lif(f"{D}threshold = 1.0e300"), USER,
         "2:12: error: 'snn.lif' op expected threshold in the range of 'f32', but got "
         "1.000000e+300"),
    Case("35-small", lif(f"{D}threshold = 1.0e-60"), USER,
         f"2:12: error: 'snn.lif' {POSITIVE} 1.000000e-60"),
    Case("35-reset", lif(f"{DT}reset = #snn.reset<subtract, 1.0e300>"), USER,
         "2:12: error: 'snn.lif' op expected a reset amount in the range of 'f32', but got "
         "1.000000e+300"),
    embed("35-weight", np.ones((3, 4)), USER, f"{TYPE} shape [3, 4] and type f64 in "),
    embed("36-integers", np.ones((3, 4), np.int64), USER, f"{TYPE} shape [3, 4] and type i64 in "),
    Case("37-zero", lif(f"{DT}surrogate = #snn.surrogate<atan, 0.0>"), USER,
         f"2:80: {SLOPE} 0.000000e+00"),
    Case("37-negative", lif(f"{DT}surrogate = #snn.surrogate<atan, -2.0>"), USER,
         f"2:80: {SLOPE} -2.000000e+00"),
    Case("37-nan", lif(f"{DT}surrogate = #snn.surrogate<atan, {NAN}>"), USER,
         f"2:80: {SLOPE} nan"),
    # A misspelt attribute would be ignored.
    Case("52-attribute", lif(f"{DT}refractry = 3 : i64"), USER,
         "2:12: error: expected an attribute of 'snn.lif' or of dialect snn, but got 'refractry'"),
]  # fmt: skip

if __name__ == "__main__":
    check(CASES)
