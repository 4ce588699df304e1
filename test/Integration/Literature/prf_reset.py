# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The decoupled reset of PRF (arXiv 2410.03530): the reset of a LIF neuron as a
threshold that moves, `s = [u' >= theta (beta A + 1)]` with u' free of resets.

As printed, `A[t] = A[t-1] + s[t-1]`, it is another neuron; the reset that it starts
from, `u[t] = beta (u[t-1] - theta s[t-1]) + c[t]`, needs `A[t] = beta A[t-1] + s[t-1]`.
The test keeps the two apart. Its numbers are multiples of powers of two, so no sum
rounds.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from harness import Failure, Model


def decoupled(decays: bool) -> str:
    kept = "%old" if decays else "%a"
    return f"""
func.func @net(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xi1> {{
  %s, %uT, %aT, %zT = snn.neuron ins(%x : tensor<?x?x4xf32>) {{
  ^bb0(%c: f32, %u: f32, %a: f32, %z: f32):
    %beta = arith.constant 0.5 : f32
    %one = arith.constant 1.0 : f32
    %left = arith.mulf %beta, %u : f32
    %free = arith.addf %left, %c : f32
    %old = arith.mulf %beta, %a : f32
    %a1 = arith.addf {kept}, %z : f32
    %moved = arith.mulf %beta, %a1 : f32
    %threshold = arith.addf %moved, %one : f32
    %spike = snn.fire %free, %threshold : f32
    %z1 = arith.uitofp %spike : i1 to f32
    snn.yield %spike : i1 state(%free, %a1, %z1 : f32, f32, f32)
  }} -> (tensor<?x?x4xi1>) state(tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>)
  return %s : tensor<?x?x4xi1>
}}
"""


LIF = """
func.func @net(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xi1> {
  %s, %v = snn.lif %x {decay = 0.5, threshold = 1.0, reset = #snn.reset<subtract>,
                       reset_time = #snn.reset_time<next>} : tensor<?x?x4xf32>
  return %s : tensor<?x?x4xi1>
}
"""


def test_decoupled_reset() -> None:
    x = np.random.default_rng(1).integers(-4, 7, (16, 8, 4)).astype(np.float32) / 4
    spikes = Model(LIF, name="lif").run({"x": x})[0]
    Model(decoupled(decays=True), name="corrected").check({"x": x}, spikes)
    printed = Model(decoupled(decays=False), name="printed").check({"x": x}, None)[0]
    if np.array_equal(printed, spikes) or not spikes.any():
        raise Failure("expected the printed reset to be another neuron")


if __name__ == "__main__":
    test_decoupled_reset()
