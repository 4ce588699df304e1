# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Spikes from the floor of a sum over time: the bits of the model as it was
written, in integers, in floats on a grid up to the last bit of a sum, and of
few-spikes neurons.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from harness import Arrays, check_pass

FLAG = "--snn-close-forms"
STEPS = 64
Runs = list[tuple[Arrays, Arrays]]


def check_integers(rng: np.random.Generator, compare: str, reset: str, start: int) -> None:
    """All potentials are outputs: at the start of a step, before the reset and
    after it."""
    sums, spikes = f"tensor<{STEPS}x?x4xi32>", f"tensor<{STEPS}x?x4xi1>"
    cast = "extui" if reset == "remsi" else "extsi"
    source = f"""func.func @model(%arg0: tensor<{STEPS}x?x4xi8>)
    -> ({spikes}, {sums}, {sums}, {sums}, tensor<?x4xi32> {{snn.static}}) {{
  %x = arith.{cast} %arg0 : tensor<{STEPS}x?x4xi8> to {sums}
  %b = arith.constant 1 : index
  %batch = tensor.dim %x, %b : {sums}
  %c = arith.constant {start} : i32
  %v0 = tensor.splat %c[%batch] : tensor<?x4xi32>
  %s, %o, %p, %q, %vT = snn.neuron ins(%x : {sums}) init(%v0 : tensor<?x4xi32>) {{
  ^bb0(%xt: i32, %v: i32):
    %threshold = arith.constant 130 : i32
    %u = arith.addi %v, %xt : i32
    %fires = arith.cmpi {compare}, %u, %threshold : i32
    %left = arith.{reset} %u, %threshold : i32
    %v1 = arith.select %fires, %left, %u : i32
    snn.yield %fires, %v, %u, %v1 : i1, i32, i32, i32 state(%v1 : i32)
  }} -> ({spikes}, {sums}, {sums}, {sums}) state(tensor<?x4xi32>)
  return %s, %o, %p, %q, %vT : {spikes}, {sums}, {sums}, {sums}, tensor<?x4xi32>
}}
"""
    shape = (STEPS, 3, 4)
    runs: Runs = [({"arg0": x.astype(np.int8)}, {}) for x in (
        rng.integers(-128, 128, shape), rng.integers(20, 128, shape),
        rng.choice([0, 65], shape), rng.integers(-128, 20, shape))]  # fmt: skip
    check_pass(f"integers-{compare}-{reset}-{abs(start)}", source, FLAG,
               f"close-forms: {'floor' if reset == 'remsi' else 'running'}", runs)  # fmt: skip


def check_floats(rng: np.random.Generator, name: str, element: str, step: float, most: float,
                 threshold: float, compare: str, reset: str) -> None:  # fmt: skip
    """A neuron whose sums need all bits: the range of inputs is as large as the
    certificate allows."""
    least = 0.0 if reset == "modulo" else -most
    values, spikes = f"tensor<{STEPS}x?x4x{element}>", f"tensor<{STEPS}x?x4xi1>"
    source = f"""func.func @model(%arg0: {values}
    {{snn.grid = {{step = {step}, max = {most}, min = {least}}}}})
    -> ({spikes}, {values}, tensor<?x4xf32> {{snn.static}}) {{
  %b = arith.constant 1 : index
  %batch = tensor.dim %arg0, %b : {values}
  %c = arith.constant {step} : f32
  %v0 = tensor.splat %c[%batch] : tensor<?x4xf32>
  %s, %p, %v = snn.lif %arg0 init(%v0 : tensor<?x4xf32>) {{decay = 1.0,
      threshold = {threshold}, reset = #snn.reset<{reset}>,
      compare = #snn.compare<{compare}>, potential = #snn.potential<before_reset>}} : {values}
  return %s, %p, %v : {spikes}, {values}, tensor<?x4xf32>
}}
"""
    shape, units = (STEPS, 3, 4), round(most / step)
    arrays = [rng.integers(round(least / step), units + 1, shape) * step,
              rng.integers(units // 2, units + 1, shape) * step, np.full(shape, most),
              np.full(shape, round(threshold / step / 4) * step), np.full(shape, -0.0)]  # fmt: skip
    dtype = np.float16 if element == "f16" else np.float32
    runs: Runs = [({"arg0": x.astype(dtype)}, {}) for x in arrays]
    check_pass(f"floats-{name}", source, FLAG,
               f"close-forms: {'floor' if reset == 'modulo' else 'running'}", runs)  # fmt: skip


def check_few_spikes(rng: np.random.Generator, compare: str, steps: int, first: float) -> None:
    """Codes at every edge, beyond both ends, and of what is no number."""
    tables = [[scale * 2.0**-t for t in range(steps)] for scale in (first, 4.0)]
    theta, d = (f"arith.constant dense<{table}> : tensor<{steps}xf32>" for table in tables)
    tensor, table = "tensor<?x64xf32>", f"tensor<{steps}xf32>"
    source = f"""func.func @model(%arg0: {tensor} {{snn.param = "value"}})
    -> (tensor<?x?x64xi1>, {tensor} {{snn.static}}) {{
  %theta = {theta}
  %d = {d}
  %first = arith.constant 0 : index
  %b = tensor.dim %arg0, %first : {tensor}
  %zero = arith.constant 0.0 : f32
  %y0 = tensor.splat %zero[%b] : {tensor}
  %s, %left, %y = snn.neuron tables(%theta, %theta, %d : {table}, {table}, {table})
      init(%arg0, %y0 : {tensor}, {tensor}) {{
  ^bb0(%thetat: f32, %ht: f32, %dt: f32, %vt: f32, %yt: f32):
    %fires = snn.fire %vt, %thetat {{compare = #snn.compare<{compare}>}} : f32
    %lower = arith.subf %vt, %ht : f32
    %v1 = arith.select %fires, %lower, %vt : f32
    %more = arith.addf %yt, %dt : f32
    %y1 = arith.select %fires, %more, %yt : f32
    snn.yield %fires : i1 state(%v1, %y1 : f32, f32)
  }} -> (tensor<?x?x64xi1>) state({tensor}, {tensor})
  return %s, %y : tensor<?x?x64xi1>, {tensor}
}}
"""
    unit = tables[0][-1]
    edges = rng.integers(-2, 2**steps + 3, 16) * unit
    values = np.concatenate([
        edges, np.nextafter(edges.astype(np.float32), np.float32(1e9)),
        np.nextafter(edges.astype(np.float32), np.float32(-1e9)),
        [2 * first, np.nextafter(np.float32(2 * first), np.float32(9)), unit, 1e30, 1e-30, -1e30,
         np.inf, -np.inf, np.nan, 0.0, -0.0, 2 * first - unit, first, 2 * first + unit, 1e-42, -unit],
    ]).astype(np.float32)  # fmt: skip
    values = np.stack([values, rng.uniform(-1, 3 * first, 64).astype(np.float32)])
    check_pass(f"few-{compare}-{steps}", source, f"{FLAG}=lanes=64", "close-forms: the spikes are",
               [({}, {"value": values})])  # fmt: skip


def main() -> None:
    rng = np.random.default_rng(5)
    check_integers(rng, "sge", "subi", -300)
    check_integers(rng, "sgt", "subi", 130)
    check_integers(rng, "sge", "remsi", 129)
    check_floats(rng, "ge", "f32", 2**-16, 3.125, 3 + 12345 / 65536, "ge", "subtract")
    check_floats(rng, "gt", "f32", 2**-16, 3.125, 3 + 12345 / 65536, "gt", "subtract")
    check_floats(rng, "modulo", "f32", 2**-16, 3.125, 0.75 + 3 / 65536, "ge", "modulo")
    check_floats(rng, "half", "f16", 0.25, 2.0, 2.0, "ge", "subtract")
    check_few_spikes(rng, "ge", 5, 2.0)
    check_few_spikes(rng, "gt", 24, 0.5)


if __name__ == "__main__":
    main()
