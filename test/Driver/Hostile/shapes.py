# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Shapes and sizes that cannot be compiled.

RUN: %python %s snnc %t
"""

from __future__ import annotations

from hostile import LIMIT, OK, USER, Case, check, lif, model

LIF = "decay = 0.5, threshold = 1.0"


def dense(weight: str, *, bias: str = "") -> str:
    """A model of one `snn.linear` of 4 inputs and 3 outputs."""
    arg = f', %b: {bias} {{snn.param = "b"}}' if bias else ""
    operand, type_ = (", %b", f", {bias}") if bias else ("", "")
    return model(f"%y = snn.linear %x, %w{operand} : tensor<?x?x4xf32>, {weight}{type_}",
                 args=f', %w: {weight} {{snn.param = "w"}}{arg}',
                 result="%y : tensor<?x?x3xf32>")  # fmt: skip


def conv(attributes: str, weight: str = "tensor<2x3x3x3xf32>") -> str:
    return model(f"%y = snn.conv2d %x, %w {attributes} : tensor<?x?x3x5x5xf32>, {weight}",
                 x="tensor<?x?x3x5x5xf32>", args=f', %w: {weight} {{snn.param = "w"}}',
                 result="%y : tensor<?x?x2x3x3xf32>")  # fmt: skip


def flatten(groups: str) -> str:
    return model(f"%y = tensor.collapse_shape %x {groups} "
                 ": tensor<?x?x3x4xf32> into tensor<?x?x12xf32>",
                 x="tensor<?x?x3x4xf32>", result="%y : tensor<?x?x12xf32>")  # fmt: skip


STATE = 'tensor<?x{}xf32> {{snn.state = "v"}}'
STATES = (f"func.func @model(%x: tensor<?x?x4xf32>, %v: {STATE.format(4)})\n"
          f"    -> (tensor<?x?x4xf32>, {STATE.format(5)}) {{\n"
          "  %c = arith.constant dense<0.0> : tensor<1x5xf32>\n"
          "  %o = tensor.cast %c : tensor<1x5xf32> to tensor<?x5xf32>\n"
          "  return %x, %o : tensor<?x?x4xf32>, tensor<?x5xf32>\n}\n")  # fmt: skip
HUGE = "tensor<?x?x4611686018427387904xf32>"
RANKS = "x".join(["1"] * 40)
PARAMS = model(args=', %w: tensor<1000000x1000000xf32> {snn.param = "w"}')
SPLAT = model("%c = arith.constant dense<1.0> : tensor<1000000x1000000xf32>")
OVER = "expected a tensor of less than 2^63 bytes, but got "
TRAILING = ("error: expected the trailing dimensions of the input to be those of the weight "
            "after its first, but got 'tensor<?x?x4xf32>' and ")  # fmt: skip
EMPTY = "1:1: error: 'func.func' op expected argument 0 of a model to have sizes of 1 or more"
NO_MATRIX = "error: expected a static weight of rank 2 or more (outputs, inputs...), but got "
BYTES = "op expected parameters and constants of at most"

CASES = [
    Case("01-no-outputs", dense("tensor<0x4xf32>"), USER,
         "3:10: error: use of value '%y' expects different type than prior uses: "
         "'tensor<?x?x3xf32>' vs 'tensor<?x?x0xf32>'"),
    Case("01-no-inputs", dense("tensor<3x0xf32>"), USER, f"2:8: {TRAILING}'tensor<3x0xf32>'"),
    Case("02-no-batch", lif(LIF).replace("?x?x", "?x0x"), USER,
         f"{EMPTY}, but got 'tensor<?x0x4xf32>'"),
    # A run of no steps is one of any dynamic T; a model for T = 0 alone is none.
    Case("03-no-steps", lif(LIF).replace("?x?x", "0x?x"), USER,
         f"{EMPTY}, but got 'tensor<0x?x4xf32>'"),
    Case("04-negative-size", lif(LIF, neurons="-4"), USER, "1:33: error: expected"),
    Case("05-elements", lif(LIF, neurons="4294967296x4294967296x4294967296"), USER,
         f"2:12: error: {OVER}'tensor<?x?x4294967296x4294967296x4294967296xf32>'"),
    Case("05-size", lif(LIF, neurons="18446744073709551616"), USER,
         "1:33: error: invalid dimension"),
    Case("06-bytes", lif(LIF, neurons="4611686018427387904"), USER,
         f"2:12: error: {OVER}'{HUGE}'"),
    Case("06-argument", model(x=HUGE, result=f"%x : {HUGE}"), USER,
         f"1:1: error: 'func.func' op {OVER}'{HUGE}'"),
    Case("06-result", model("%e = tensor.empty() : tensor<4611686018427387904xf32>"), USER,
         f"2:8: error: 'tensor.empty' op {OVER}'tensor<4611686018427387904xf32>'"),
    Case("07-rank-0", dense("tensor<f32>"), USER, f"2:8: {NO_MATRIX}'tensor<f32>'"),
    Case("07-rank-1", dense("tensor<3xf32>"), USER, f"2:8: {NO_MATRIX}'tensor<3xf32>'"),
    Case("07-sequence", lif(LIF).replace("?x?x4x", "?x"), USER,
         "2:12: error: expected a sequence of rank 3 or more (time, batch, neurons), "
         "but got 'tensor<?xf32>'"),
    # No rank is too high for the compiler.
    Case("08-rank-9", lif(LIF, neurons="1x1x1x1x1x1x4"), OK, [], ["--stop-after=lower"]),
    Case("08-rank-42", lif(LIF, neurons=RANKS), OK, [], ["--stop-after=space"]),
    Case("08-weight", dense("tensor<3x1x1x1x1x1x1x1x4xf32>"), USER,
         f"2:8: {TRAILING}'tensor<3x1x1x1x1x1x1x1x4xf32>'"),
    Case("09-bias", dense("tensor<3x4xf32>", bias="tensor<4xf32>"), USER,
         "2:8: error: 'snn.linear' op expected a bias 'tensor<3xf32>', but got 'tensor<4xf32>'"),
    Case("10-layers", dense("tensor<3x5xf32>"), USER, f"2:8: {TRAILING}'tensor<3x5xf32>'"),
    Case("11-kernel", conv("", "tensor<2x3x7x7xf32>"), USER,
         "2:8: error: expected a kernel no larger than the padded input, but got "
         "kernel [7, 7] and 'tensor<?x?x3x5x5xf32>'"),
    Case("12-stride", conv("{stride = array<i64: 0, 1>}"), USER,
         "2:8: error: expected stride to be two values of 1 or more, but got [0, 1]"),
    Case("13-dilation", conv("{dilation = array<i64: 1, 0>}"), USER,
         "2:8: error: expected dilation to be two values of 1 or more, but got [1, 0]"),
    Case("13-padding", conv("{padding = array<i64: -1, 0>}"), USER,
         "2:8: error: expected padding to be two values of 0 or more, but got [-1, 0]"),
    Case("14-groups", conv("{groups = 2 : i64}"), USER,
         "2:8: error: expected 2 groups to divide the outputs and to give the input's "
         "channels, but got 'tensor<?x?x3x5x5xf32>' and 'tensor<2x3x3x3xf32>'"),
    Case("14-no-groups", conv("{groups = 0 : i64}"), USER,
         "2:8: error: expected 0 groups to divide the outputs"),
    Case("15-flatten", flatten("[[0], [1], [3, 2]]"), USER,
         "2:8: error: 'tensor.collapse_shape' op expected reassociation map #2 to be valid"),
    Case("15-flatten-twice", flatten("[[0], [1, 2], [2, 3]]"), USER,
         "2:8: error: 'tensor.collapse_shape' op expected reassociation map #2 to be valid"),
    Case("07-dimension", model("%c = arith.constant -1 : index",
                               "%d = tensor.dim %x, %c : tensor<?x?x4xf32>",
                               "%e = tensor.empty(%d, %d) : tensor<?x?x4xf32>"), USER,
         "3:8: error: 'tensor.dim' op expected a dimension of 'tensor<?x?x4xf32>', but got -1"),
    Case("18-state", model(f"%s, %v = snn.lif %x init(%i : tensor<?x5xf32>) {{{LIF}}} "
                           ": tensor<?x?x4xf32>", args=f", %i: {STATE.format(5)}",
                           result="%s : tensor<?x?x4xi1>"), USER,
         "2:12: error: 'snn.lif' op expected initial state 0 to be 'tensor<?x4xf32>', "
         "but got 'tensor<?x5xf32>'"),
    Case("18-state-after", STATES, USER,
         "1:1: error: 'func.func' op expected state \"v\" to be 'tensor<?x4xf32>' after the "
         "run as before it, but got 'tensor<?x5xf32>'"),
    Case("19-neurons", lif(LIF, neurons="?"), USER,
         "2:12: error: expected static neuron dimensions, but got 'tensor<?x?x?xf32>'"),
    Case("19-weight", dense("tensor<?x4xf32>"), USER, f"2:8: {NO_MATRIX}'tensor<?x4xf32>'"),
    Case("20-parameters", PARAMS, LIMIT,
         f"1:1: error: 'func.func' {BYTES} 8589934592 bytes, but got 4000000000000 "
         "(--max-param-bytes=N sets the limit)"),
    Case("20-constants", SPLAT, LIMIT, f"1:1: error: 'func.func' {BYTES} 8589934592 bytes"),
    Case("20-flag", dense("tensor<3x4xf32>"), LIMIT,
         f"1:1: error: 'func.func' {BYTES} 47 bytes, but got 48", ["--max-param-bytes=47"]),
    Case("20-fits", dense("tensor<3x4xf32>"), OK, [],
         ["--max-param-bytes=48", "--stop-after=space"]),
]  # fmt: skip

if __name__ == "__main__":
    check(CASES)
