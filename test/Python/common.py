# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests of the Python package share: models, and errors that must happen.

A test is run as `python TEST FOLDER`, where it may write.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(sys.argv[1]).resolve()
shutil.rmtree(FOLDER, ignore_errors=True)
FOLDER.mkdir(parents=True)
os.environ["SNNC_CACHE"] = str(FOLDER / "cache")
RNG = np.random.default_rng(11)

LIF = """func.func @lif(%x: tensor<?x?x3xf32>) -> tensor<?x?x3xi1> {
  %s, %v = snn.lif %x {decay = 0.5, threshold = 1.0, reset = #snn.reset<subtract>}
      : tensor<?x?x3xf32>
  return %s : tensor<?x?x3xi1>
}
"""
# A parameter, two outputs, two layers.
LAYERS = """func.func @layers(%x: tensor<?x?x3xf32>,
    %w: tensor<4x3xf32> {snn.param = "fc.weight"}) -> (tensor<?x?x4xi1>, tensor<?x?x4xf32>) {
  %h, %u = snn.lif %x {decay = 0.5, threshold = 0.5, reset = #snn.reset<subtract>}
      : tensor<?x?x3xf32>
  %i = snn.linear %h, %w : tensor<?x?x3xi1>, tensor<4x3xf32>
  %s, %v = snn.lif %i {decay = 0.5, threshold = 1.0, reset = #snn.reset<none>}
      : tensor<?x?x4xf32>
  return %s, %i : tensor<?x?x4xi1>, tensor<?x?x4xf32>
}
"""
# Two inputs, of which one is spikes.
GATE = """func.func @gate(%s: tensor<?x?x3xi1>, %x: tensor<?x?x3xf64>) -> tensor<?x?x3xf64> {
  %zero = arith.constant 0.0 : f64
  %t = arith.constant 0 : index
  %b = arith.constant 1 : index
  %T = tensor.dim %x, %t : tensor<?x?x3xf64>
  %B = tensor.dim %x, %b : tensor<?x?x3xf64>
  %none = tensor.splat %zero[%T, %B] : tensor<?x?x3xf64>
  %y = arith.select %s, %x, %none : tensor<?x?x3xi1>, tensor<?x?x3xf64>
  return %y : tensor<?x?x3xf64>
}
"""


def make(*shape: int) -> np.ndarray:
    return RNG.normal(0.5, 1, shape).astype(np.float32)


def run_lif(x: np.ndarray) -> np.ndarray:
    """What LIF computes."""
    v, spikes = np.zeros_like(x[0]), []
    for x_t in x:
        v = np.float32(0.5) * v + x_t
        spikes.append(v >= 1)
        v = v - spikes[-1].astype(np.float32)
    return np.stack(spikes)


class Failure(Exception):
    """A test that does not hold."""


def check_equal(actual: Any, expected: np.ndarray) -> None:
    actual = np.asarray(actual)
    if (actual.dtype, actual.shape) != (expected.dtype, expected.shape):
        raise Failure(
            f"expected {expected.dtype}{expected.shape}, got {actual.dtype}{actual.shape}"
        )
    if actual.tobytes() != np.ascontiguousarray(expected).tobytes():
        raise Failure(f"expected {expected}, but got {actual}")


def expect(
    kind: type[BaseException], words: str, call: Callable[..., Any], *arguments: Any, **options: Any
) -> BaseException:
    """The call must raise exactly this exception, with these words."""
    try:
        call(*arguments, **options)
    except Exception as error:
        if type(error) is kind and words in str(error):
            return error
        raise Failure(
            f"expected {kind.__name__} with '{words}', but got {type(error).__name__}: {error}"
        ) from error
    raise Failure(f"expected {kind.__name__} with '{words}', but there was no error")


def main(names: Mapping[str, Any]) -> None:
    """Runs all functions test_* of a file."""
    tests = [test for name, test in names.items() if name.startswith("test_")]
    for test in tests:
        print(test.__name__, flush=True)
        test()
    if not tests:
        raise Failure("expected tests")
