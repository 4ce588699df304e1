# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models, and arrays for them, that the tests of libraries share."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

# Every type of elements, names that C reserves or has twice, two directions of
# sizes, and an output without time.
TYPES = """
func.func @types(%x: tensor<?x?x3xf32>, %X: tensor<?x?x2x3xf64>, %int: tensor<?x?x3xf16>,
                 %T: tensor<?x?x5xi8>, %n_16: tensor<?x?x5xi16>, %n_32: tensor<?x?x33xi32>,
                 %n_64: tensor<?x?x2xi64>, %spikes: tensor<?x?x40xi1>)
    -> (tensor<?x?x3xf32>, tensor<?x?x2x3xf64>, tensor<?x?x3xf16>, tensor<?x?x5xi8>,
        tensor<?x?x5xi16>, tensor<?x?x33xi32>, tensor<?x?x2xi64>, tensor<?x?x2xi32>,
        tensor<?x3xf32> {snn.static}) {
  %a, %last = snn.li %x {decay = 0.5} : tensor<?x?x3xf32>
  %b, %v1 = snn.li %X {decay = 0.9} : tensor<?x?x2x3xf64>
  %c, %v2 = snn.li %int {decay = 0.75} : tensor<?x?x3xf16>
  %d = arith.muli %T, %T : tensor<?x?x5xi8>
  %e = arith.addi %n_16, %n_16 : tensor<?x?x5xi16>
  %f = arith.subi %n_32, %n_32 : tensor<?x?x33xi32>
  %g = arith.muli %n_64, %n_64 : tensor<?x?x2xi64>
  %h = snn.pack %spikes : tensor<?x?x40xi1>
  return %a, %b, %c, %d, %e, %f, %g, %h, %last
      : tensor<?x?x3xf32>, tensor<?x?x2x3xf64>, tensor<?x?x3xf16>, tensor<?x?x5xi8>,
        tensor<?x?x5xi16>, tensor<?x?x33xi32>, tensor<?x?x2xi64>, tensor<?x?x2xi32>,
        tensor<?x3xf32>
}"""

BFLOAT = """
func.func @bfloat(%k: tensor<?x?x7xbf16>) -> tensor<?x?x7xbf16> {
  %u, %v = snn.li %k {decay = 0.75} : tensor<?x?x7xbf16>
  return %u : tensor<?x?x7xbf16>
}"""

# Only 4 steps, only 2 sequences.
FIXED = """
func.func @fixed(%x: tensor<4x2x3xf32>) -> tensor<4x2x3xf32> {
  %u, %v = snn.li %x {decay = 0.5} : tensor<4x2x3xf32>
  return %u : tensor<4x2x3xf32>
}"""

FIXED_BATCH = """
func.func @fixed_batch(%x: tensor<?x2x3xf32>) -> tensor<?x2x3xf32> {
  %u, %v = snn.li %x {decay = 0.5} : tensor<?x2x3xf32>
  return %u : tensor<?x2x3xf32>
}"""

# The last step first.
REVERSE = """
func.func @reverse(%x: tensor<?x?x3xf32>) -> tensor<?x?x3xf32> {
  %u, %vT = snn.neuron reverse ins(%x : tensor<?x?x3xf32>) {
  ^bb0(%xt: f32, %v: f32):
    %half = arith.constant 0.5 : f32
    %kept = arith.mulf %half, %v : f32
    %sum = arith.addf %kept, %xt : f32
    snn.yield %sum : f32 state(%sum : f32)
  } -> (tensor<?x?x3xf32>) state(tensor<?x3xf32>)
  return %u : tensor<?x?x3xf32>
}"""


def make(*shape: int, seed: int = 1, mean: float = 0.2, scale: float = 0.7,
         dtype: type = np.float32) -> np.ndarray:  # fmt: skip
    return np.random.default_rng(seed).normal(mean, scale, shape).astype(dtype)


def spikes(*shape: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).random(shape) < 0.4


def integers(*shape: int, dtype: type, seed: int = 1) -> np.ndarray:
    limits = np.iinfo(dtype)
    return np.random.default_rng(seed).integers(limits.min, limits.max, shape, dtype, True)


@dataclass
class Case:
    source: str
    inputs: dict[str, np.ndarray]
    weights: dict[str, np.ndarray] = field(default_factory=dict)
    name: str = ""
    has_step: bool = True


def make_cases(steps: int = 9, batch: int = 3) -> list[Case]:
    """All models, with inputs of so many steps and sequences."""
    s, b = steps, batch
    half, double = np.float16, np.float64
    wide = {"w1": make(32, 16, scale=0.3, dtype=double), "b1": make(32, dtype=double),
            "w2": make(32, 32, scale=0.3, dtype=double)}  # fmt: skip
    return [
        Case("lif.mlir", {"x": make(s, b, 5)}),
        Case("li.mlir", {"x": make(s, b, 3)}),
        Case("cuba_lif.mlir", {"x": make(s, b, 4)}),
        Case("alif.mlir", {"x": make(s, b, 4)}),
        Case("linear.mlir", {"s": spikes(s, b, 3)}, {"w": make(4, 3), "b": make(4)}),
        Case("pack.mlir", {"s": spikes(s, b, 40)}),
        Case("refractory.mlir", {"c": spikes(s, b, 4)}),
        Case("resonator.mlir", {"x": make(s, b, 2)}, {"re": make(2), "im": make(2)}),
        Case("sliding_psn.mlir", {"x": make(s, b, 3, scale=5)}, {"w": make(3)}),
        Case("src.mlir", {"x": make(s, b, 8)}, {"w": make(8, 8)}),
        Case("grouped_delays.mlir", {"s": spikes(s, b, 3)}, {"w": make(1, 2, 3)}),
        Case("conv2d.mlir", {"s": spikes(s, b, 1, 4, 4)}, {"w": make(1, 1, 3, 3)}),
        Case("sample.mlir", {"p": make(s, b, 3, scale=0.3)}),
        Case("Literature/lif.mlir", {"x": make(s, b, 16, dtype=double)}, wide),
        Case(TYPES, {"x": make(s, b, 3), "X": make(s, b, 2, 3, dtype=double),
                     "int": make(s, b, 3, dtype=half),
                     "T": integers(s, b, 5, dtype=np.int8),
                     "n_16": integers(s, b, 5, dtype=np.int16),
                     "n_32": integers(s, b, 33, dtype=np.int32),
                     "n_64": integers(s, b, 2, dtype=np.int64),
                     "spikes": spikes(s, b, 40)}, name="types"),  # fmt: skip
        Case(REVERSE, {"x": make(s, b, 3)}, name="reverse", has_step=False),
    ]
