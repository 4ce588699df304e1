# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Shapes and sizes that cannot be compiled.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from hostile import LIMIT, OK, USER, Case, check, lif, model

f32 = np.float32
DENSE = "%y = snn.linear %x, %w : tensor<?x?x4xf32>, {}"
RETURN_3 = "%y : tensor<?x?x3xf32>"


def dense(weight: str, extra: str = "", bias: str = "") -> str:
    return model(f"%y = snn.linear %x, %w{bias} : tensor<?x?x4xf32>, {weight}{extra}",
                 args=f', %w: {weight} {{snn.param = "w"}}', result=RETURN_3)  # fmt: skip


def conv(attributes: str, weight: str = "tensor<2x3x3x3xf32>") -> str:
    return model(f"%y = snn.conv2d %x, %w {attributes} : tensor<?x?x3x5x5xf32>, {weight}",
                 x="tensor<?x?x3x5x5xf32>", args=f', %w: {weight} {{snn.param = "w"}}',
                 result="%y : tensor<?x?x2x3x3xf32>")  # fmt: skip


CASES = [
    Case("01-weights-of-size-0", dense("tensor<0x4xf32>"), USER, "x"),
    Case("01-weights-of-size-0b", dense("tensor<3x0xf32>"), USER, "x"),
    Case("02-batch-0", lif("decay = 0.5, threshold = 1.0").replace("?x?x", "?x0x"), USER, "x"),
    Case("03-no-steps", lif("decay = 0.5, threshold = 1.0").replace("?x?x", "0x?x"), USER, "x"),
    Case("04-negative-size", lif("decay = 0.5, threshold = 1.0", neurons="-4"), USER, "x"),
    Case("05-elements-overflow", lif("decay = 0.5, threshold = 1.0", neurons="4294967296x4294967296x4294967296"), USER, "x"),
    Case("05-dim-overflow", lif("decay = 0.5, threshold = 1.0", neurons="18446744073709551616"), USER, "x"),
    Case("06-bytes-overflow", lif("decay = 0.5, threshold = 1.0", neurons="4611686018427387904"), USER, "x"),
    Case("06-param-bytes-overflow", dense("tensor<3x4611686018427387904xf32>"), USER, "x"),
    Case("06-identity", model(x="tensor<?x?x4611686018427387904xf32>",result="%x : tensor<?x?x4611686018427387904xf32>"), USER, "x"),
    Case("07-rank-0", dense("tensor<f32>"), USER, "x"),
    Case("07-rank-1-seq", model("%s, %v = snn.lif %x {decay=0.5, threshold=1.0} : tensor<?xf32>", x="tensor<?xf32>",result="%s : tensor<?xi1>"), USER, "x"),
    Case("08-rank-9", model(x="tensor<?x?x1x1x1x1x1x1x1x4xf32>", result="%x : tensor<?x?x1x1x1x1x1x1x1x4xf32>"), USER, "x"),
    Case("08-rank-40", model(x="tensor<?x?x"+"1x"*40+"f32>", result="%x : tensor<?x?x"+"1x"*40+"f32>"), USER, "x"),
    Case("08-rank-9-lif", lif("decay = 0.5, threshold = 1.0", neurons="1x1x1x1x1x1x1x1x4"), USER, "x"),
    Case("09-bias", model("%y = snn.linear %x, %w, %b : tensor<?x?x4xf32>, tensor<3x4xf32>, tensor<4xf32>", args=', %w: tensor<3x4xf32> {snn.param = "w"}, %b: tensor<4xf32> {snn.param = "b"}', result=RETURN_3), USER, "x"),
    Case("10-sizes-of-layers", dense("tensor<3x5xf32>"), USER, "x"),
    Case("11-kernel-too-large", conv("", "tensor<2x3x7x7xf32>"), USER, "x"),
    Case("12-stride-0", conv("{stride = array<i64: 0, 1>}"), USER, "x"),
    Case("13-dilation-0", conv("{dilation = array<i64: 1, 0>}"), USER, "x"),
    Case("13-padding-negative", conv("{padding = array<i64: -1, 0>}"), USER, "x"),
    Case("14-groups", conv("{groups = 2 : i64}"), USER, "x"),
    Case("14-groups0", conv("{groups = 0 : i64}"), USER, "x"),
    Case("15-flatten", model("%y = tensor.collapse_shape %x [[0], [1], [3, 2]] : tensor<?x?x3x4xf32> into tensor<?x?x12xf32>", x="tensor<?x?x3x4xf32>", result="%y : tensor<?x?x12xf32>"), USER, "x"),
    Case("18-state", model("%s, %v = snn.lif %x init(%i : tensor<?x5xf32>) {decay=0.5, threshold=1.0} : tensor<?x?x4xf32>", args=', %i: tensor<?x5xf32> {snn.state="v"}', result="%s : tensor<?x?x4xi1>"), USER, "x"),
    Case("18-state-pair", 'func.func @model(%x: tensor<?x?x4xf32>, %i: tensor<?x4xf32> {snn.state="v"}) -> (tensor<?x?x4xf32>, tensor<?x5xf32> {snn.state="v"}) {\n  %o = tensor.empty() : tensor<?x5xf32>\n  return %x, %o : tensor<?x?x4xf32>, tensor<?x5xf32>\n}\n', USER, "x"),
    Case("19-dynamic", lif("decay = 0.5, threshold = 1.0", neurons="?"), USER, "x"),
    Case("19-dynamic-param", dense("tensor<?x4xf32>"), USER, "x"),
    Case("20-params", dense("tensor<3x4xf32>").replace("%w: tensor<3x4xf32>", "%w: tensor<3x4xf32> {snn.param=\"q\"}, %w2: tensor<1000000x1000000xf32>"), LIMIT, "x"),
]

if __name__ == "__main__":
    check(CASES)
