# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The models of the benchmarks, as text, and random weights for them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np


def lif_pack(neurons: int, decay: float) -> str:
    """Hard-reset LIF, spikes out as bits."""
    words = -(-neurons // 32)
    return f"""
func.func @lif(%x: tensor<?x?x{neurons}xf32>) -> tensor<?x?x{words}xi32> {{
  %s, %v = snn.lif %x {{decay = {decay}, threshold = 1.0}}
      : tensor<?x?x{neurons}xf32>
  %w = snn.pack %s : tensor<?x?x{neurons}xi1>
  return %w : tensor<?x?x{words}xi32>
}}
"""


def lif(neurons: int) -> str:
    """Soft-reset LIF, spikes out as bytes."""
    return f"""
func.func @lif(%x: tensor<?x?x{neurons}xf32>) -> tensor<?x?x{neurons}xi1> {{
  %s, %v = snn.lif %x {{decay = 0.9, threshold = 1.0, reset = #snn.reset<subtract>}}
      : tensor<?x?x{neurons}xf32>
  return %s : tensor<?x?x{neurons}xi1>
}}
"""


def linear(rows: int, columns: int, element: str, form: str = "") -> str:
    """One synapse on spikes (i1), in a form, or on analog values (f32)."""
    attributes = f" {{form = #snn.synapse<{form}>}}" if form else ""
    return f"""
func.func @linear(%x: tensor<?x?x{columns}x{element}>,
                  %w: tensor<{rows}x{columns}xf32> {{snn.param = "weight"}})
    -> tensor<?x?x{rows}xf32> {{
  %y = snn.linear %x, %w{attributes}
      : tensor<?x?x{columns}x{element}>, tensor<{rows}x{columns}xf32>
  return %y : tensor<?x?x{rows}xf32>
}}
"""


def recurrent(inputs: int, sizes: list[int], span: int, by_steps: bool = False) -> str:
    """Layers of soft-reset LIF neurons, fed back after `span` steps; `by_steps`:
    one step at a time, with dense products."""
    window = "\n      attributes {window = 1 : i64}" if by_steps else ""
    dense = " {form = #snn.synapse<dense>}" if by_steps else ""
    arguments, body, x, width = [], [], "%x", f"{inputs}xf32"
    for k, n in enumerate(sizes):
        columns = width.split("x")[0]
        arguments += [f'%w{k}: tensor<{n}x{columns}xf32> {{snn.param = "fc{k}.weight"}}',
                      f'%b{k}: tensor<{n}xf32> {{snn.param = "fc{k}.bias"}}',
                      f'%r{k}: tensor<{n}x{n}xf32> {{snn.param = "rec{k}.weight"}}']
        body.append(f"""
  %i{k} = snn.linear {x}, %w{k}, %b{k}{dense if k else ""}
      : tensor<?x?x{width}>, tensor<{n}x{columns}xf32>, tensor<{n}xf32>
  %s{k}, %v{k}, %h{k} = snn.recurrent ins(%i{k} : tensor<?x?x{n}xf32>) skip {span}{window} {{
  ^bb0(%in: tensor<?x?x{n}xf32>, %back: tensor<?x?x{n}xi1>, %v: tensor<?x{n}xf32>):
    %f = snn.linear %back, %r{k}{dense} : tensor<?x?x{n}xi1>, tensor<{n}x{n}xf32>
    %i = arith.addf %in, %f : tensor<?x?x{n}xf32>
    %z, %next = snn.lif %i init(%v : tensor<?x{n}xf32>)
        {{decay = 0.5, threshold = 1.0, reset = #snn.reset<subtract>,
         snn.layer = "hidden{k}"}} : tensor<?x?x{n}xf32>
    snn.yield %z : tensor<?x?x{n}xi1> feedback(%z : tensor<?x?x{n}xi1>)
        state(%next : tensor<?x{n}xf32>)
  }} -> (tensor<?x?x{n}xi1>) state(tensor<?x{n}xf32>)
      history(tensor<{span}x?x{n}xi1>)""")
        x, width = f"%s{k}", f"{n}xi1"
    return (f"func.func @net(%x: tensor<?x?x{inputs}xf32>,\n    "
            + ",\n    ".join(arguments) + f")\n    -> tensor<?x?x{width}> {{"
            + "".join(body) + f"\n  return {x} : tensor<?x?x{width}>\n}}\n")


def recurrent_weights(inputs: int, sizes: list[int], gain: float, bias: float = 0.1,
                      seed: int = 7) -> dict[str, np.ndarray]:
    random, weights = np.random.default_rng(seed), {}
    for k, n in enumerate(sizes):
        scale = (gain if k else 1.0) / np.sqrt(inputs)
        normal = lambda *shape: random.standard_normal(shape, dtype=np.float32)
        weights[f"fc{k}.weight"] = normal(n, inputs) * np.float32(scale)
        weights[f"fc{k}.bias"] = np.full(n, bias, np.float32)
        weights[f"rec{k}.weight"] = normal(n, n) * np.float32(0.5 / np.sqrt(n))
        inputs = n
    return weights


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:start])
    header.pop("__metadata__", None)
    return {name: np.frombuffer(raw[start + entry["data_offsets"][0]:
                                    start + entry["data_offsets"][1]],
                                np.float32).reshape(entry["shape"])
            for name, entry in header.items()}
