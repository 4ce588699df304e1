# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Weights have the same bits wherever they come from: a matrix that only synapses
read is transposed once, by the compiler or by the program that reads it.

RUN: %python %s snnc %t
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from harness import FEW, SNNC, Model, check_equal, execute, write_safetensors

T, B, K, N = 11, 3, 37, 20
random = np.random.default_rng(5)
ELEMENTS = {"f32": np.float32, "f64": np.float64, "f16": np.float16, "i8": np.int8,
            "i32": np.int32, "i64": np.int64}  # fmt: skip


def draw(element: str, *shape: int) -> np.ndarray:
    dtype = np.dtype(ELEMENTS[element])
    if dtype.kind == "i":
        return random.integers(-100, 100, shape).astype(dtype)
    return random.normal(0, 0.4, shape).astype(dtype)


def check_everywhere(name: str, text: str, inputs: dict[str, np.ndarray],
                     params: dict[str, np.ndarray]) -> None:  # fmt: skip
    """Given one by one, in files of both formats, read at the start and embedded."""
    model = Model(text, name=name, targets=FEW)
    expected = model.check(inputs, None, params)
    plain = model.folder / "plain.safetensors"
    packed = model.folder / "packed.npz"
    write_safetensors(plain, params)
    np.savez(packed, **params)

    def compare(how: str, flags: list[object], program: Path) -> None:
        for steps in ("", "1", "4"):
            got = model.run(inputs, {}, *flags, program=[program],
                            env={"SNN_WINDOW": steps} if steps else {})  # fmt: skip
            for key, array, want in zip(model.outputs, got, expected, strict=True):
                check_equal(array, want, f"{name}, {key}, {how}, window '{steps}'")

    for file in (plain, packed):
        compare(f"--weights {file.name}", ["--weights", file], model.binary)
        for kind in ("external", "embed"):
            binary = model.folder / f"{kind}-{file.suffix[1:]}"
            execute([SNNC, model.source, "-o", binary, f"--weights={kind}:{file}",
                     f"--target={','.join(FEW)}"])  # fmt: skip
            compare(f"{kind}:{file.name}", [], binary)


def test_types() -> None:
    """Matrices of every width, and one that is not square."""
    lines, arguments, results = [], [f"%s: tensor<?x?x{K}xi1>"], []
    params = {}
    for element in ELEMENTS:
        sums = {"i8": "i32"}.get(element, element)
        arguments.append(f'%{element}: tensor<{N}x{K}x{element}> {{snn.param = "{element}.w"}}')
        lines.append(f"%y_{element} = snn.linear %s, %{element} : tensor<?x?x{K}xi1>, "
                     f"tensor<{N}x{K}x{element}>")  # fmt: skip
        results.append((f"%y_{element}", f"tensor<?x?x{N}x{sums}>"))
        params[f"{element}.w"] = draw(element, N, K)
    names, types = (", ".join(part) for part in zip(*results))
    text = "\n".join([f"func.func @types({', '.join(arguments)}) -> ({types}) {{", *lines,
                      f"return {names} : {types}", "}"])  # fmt: skip
    check_everywhere("types", text, {"s": random.random((T, B, K)) < 0.3}, params)


def test_mixed() -> None:
    """Two layers and a recurrence; a matrix that is also an output stays as it is,
    and one row or column has the same memory either way."""
    text = f"""func.func @mixed(%x: tensor<?x?x{K}xf32>,
        %w: tensor<{N}x{K}xf32> {{snn.param = "w"}}, %b: tensor<{N}xf32> {{snn.param = "b"}},
        %r: tensor<{N}x{N}xf32> {{snn.param = "r"}}, %q: tensor<1x{N}xf32> {{snn.param = "q"}},
        %c: tensor<{N}x1xf32> {{snn.param = "c"}}, %kept: tensor<5x{N}xf32> {{snn.param = "kept"}})
        -> (tensor<?x?x{N}xi1>, tensor<?x?x{N}xf32>, tensor<?x?x5xf32>, tensor<5x{N}xf32> {{snn.static}}) {{
      %i = snn.linear %x, %w, %b : tensor<?x?x{K}xf32>, tensor<{N}x{K}xf32>, tensor<{N}xf32>
      %s, %vT, %hT = snn.recurrent ins(%i : tensor<?x?x{N}xf32>) skip 2 {{
      ^bb0(%in: tensor<?x?x{N}xf32>, %back: tensor<?x?x{N}xi1>, %v: tensor<?x{N}xf32>):
        %f = snn.linear %back, %r : tensor<?x?x{N}xi1>, tensor<{N}x{N}xf32>
        %a = arith.addf %in, %f : tensor<?x?x{N}xf32>
        %z, %next = snn.lif %a init(%v : tensor<?x{N}xf32>)
            {{decay = 0.5, threshold = 0.5}} : tensor<?x?x{N}xf32>
        snn.yield %z : tensor<?x?x{N}xi1> feedback(%z : tensor<?x?x{N}xi1>)
            state(%next : tensor<?x{N}xf32>)
      }} -> (tensor<?x?x{N}xi1>) state(tensor<?x{N}xf32>) history(tensor<2x?x{N}xi1>)
      %one = snn.linear %s, %q : tensor<?x?x{N}xi1>, tensor<1x{N}xf32>
      %all = snn.linear %one, %c : tensor<?x?x1xf32>, tensor<{N}x1xf32>
      %last = snn.linear %s, %kept : tensor<?x?x{N}xi1>, tensor<5x{N}xf32>
      return %s, %all, %last, %kept
          : tensor<?x?x{N}xi1>, tensor<?x?x{N}xf32>, tensor<?x?x5xf32>, tensor<5x{N}xf32>
    }}"""
    shapes = {"w": (N, K), "b": (N,), "r": (N, N), "q": (1, N), "c": (N, 1), "kept": (5, N)}
    check_everywhere("mixed", text, {"x": draw("f32", T, B, K)},
                     {name: draw("f32", *shape) for name, shape in shapes.items()})  # fmt: skip


if __name__ == "__main__":
    test_types()
    test_mixed()
