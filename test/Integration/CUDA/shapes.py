# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models of one kernel each, of widths and lengths at which a GPU's code changes: full
and partial vectors, warps, words and blocks, many steps of few neurons, and one step.

Their inputs are drawn where they run, and the CPU code of the library says what is right.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

STEPS = (1, 2, 63, 64, 65, 129, 500, 1000, 1025, 4099)
BATCHES = (1, 1, 2, 3, 17)
MOST = 400_000  # elements of an input
# Threads with four neighbours and without, warps and words that are full or not.
WIDTHS = (1, 2, 3, 4, 5, 12, 31, 32, 33, 36, 64, 100, 128, 130, 256)
FEW = (1, 2, 3, 4, 6, 8, 33)


@dataclass(frozen=True)
class Shape:
    """A model, options of snnc, and the (T, B) that it runs on."""

    name: str
    text: str
    flags: list[str]
    sizes: list[tuple[int, int]]


def make_function(arguments: str, results: list[str], body: str, values: str) -> str:
    types = ", ".join(results)
    return (f"func.func @model({arguments}) -> ({types}) {{\n{body}\n"
            f"  return {values} : {types}\n}}\n")  # fmt: skip


def pick_reset(draw: random.Random) -> str:
    return draw.choice(("#snn.reset<subtract>", "#snn.reset<value, 0.0>", "#snn.reset<none>"))


def make_lif(draw: random.Random, width: int) -> str:
    kind = draw.choice(("f32", "f32", "f32", "f16", "bf16"))
    x, decay = f"tensor<?x?x{width}x{kind}>", draw.choice((0.5, 0.9, 0.97))
    body = (f"  %s, %v = snn.lif %x {{decay = {decay}, threshold = 1.0, "
            f"reset = {pick_reset(draw)}}} : {x}")  # fmt: skip
    spikes = f"tensor<?x?x{width}xi1>"
    if draw.random() < 0.5:
        return make_function(f"%x: {x}", [spikes], body, "%s")
    words = f"tensor<?x?x{-(-width // 32)}xi32>"
    return make_function(f"%x: {x}", [words], f"{body}\n  %w = snn.pack %s : {spikes}", "%w")


def make_lif_with_state(draw: random.Random, width: int) -> str:
    x, v = f"tensor<?x?x{width}xf32>", f"tensor<?x{width}xf32>"
    body = (f"  %s, %v = snn.lif %x init(%v0 : {v}) {{decay = {draw.choice((0.5, 0.9))}, "
            f"threshold = 1.0, reset = {pick_reset(draw)}}} : {x}")  # fmt: skip
    mark = '{snn.state = "v"}'
    return make_function(f"%x: {x}, %v0: {v} {mark}",
                         [f"tensor<?x?x{width}xi1>", f"{v}"], body, "%s, %v").replace(
        f"{v}) {{\n", f"{v} {mark}) {{\n", 1)  # fmt: skip


def make_fixed(draw: random.Random, width: int) -> str:
    """Time and batch that the compiler knows, in chunks, and every second neuron."""
    x, y = f"tensor<2000x1x{2 * width}xf32>", f"tensor<2000x1x{width}xf32>"
    sizes = f"[0, 0, 1] [2000, 1, {width}] [1, 1, 2]"
    body = (f"  %y = tensor.extract_slice %x {sizes} : {x} to {y}\n"
            f"  %s, %v = snn.lif %y {{decay = 0.5, threshold = 1.0, "
            f"reset = {pick_reset(draw)}}} : {y}")  # fmt: skip
    return make_function(f"%x: {x}", [f"tensor<2000x1x{width}xi1>"], body, "%s")


def make_cuba(draw: random.Random, width: int) -> str:
    x = f"tensor<?x?x{width}xf32>"
    body = (f"  %s, %v, %c = snn.cuba_lif %x {{synapse_decay = 0.75, decay = 0.5, "
            f"threshold = 1.0, reset = {pick_reset(draw)}}} : {x}")  # fmt: skip
    return make_function(f"%x: {x}", [f"tensor<?x?x{width}xi1>"], body, "%s")


def make_adaptive(draw: random.Random, width: int) -> str:
    """Two states, and a factor of each neuron; forwards or backwards in time."""
    x, v, s = (f"tensor<{head}{width}x{kind}>" for head, kind in
               (("?x?x", "f32"), ("?x", "f32"), ("?x?x", "i1")))  # fmt: skip
    body = f"""  %s, %u, %vT, %aT = snn.neuron {draw.choice(("", "reverse "))}\
ins(%x : {x}) params(%beta : tensor<{width}xf32>) {{
  ^bb0(%xt: f32, %b: f32, %v: f32, %a: f32):
    %rho = arith.constant 0.5 : f32
    %one = arith.constant 1.0 : f32
    %decayed = arith.mulf %b, %v : f32
    %u = arith.addf %decayed, %xt : f32
    %t = arith.addf %a, %one : f32
    %s = snn.fire %u, %t : f32
    %left = arith.subf %u, %t : f32
    %v1 = arith.select %s, %left, %u : f32
    %old = arith.mulf %rho, %a : f32
    %raised = arith.addf %old, %one : f32
    %a1 = arith.select %s, %raised, %old : f32
    snn.yield %s, %u : i1, f32 state(%v1, %a1 : f32, f32)
  }} -> ({s}, {x}) state({v}, {v})"""
    return make_function(f'%x: {x}, %beta: tensor<{width}xf32> {{snn.param = "beta"}}',
                         [s, x], body, "%s, %u")  # fmt: skip


def make_gate(draw: random.Random, width: int) -> str:
    c, span = f"tensor<?x?x{width}xi1>", draw.choice((1, 2, 5, 40))
    body = (f"  %e, %wait = snn.refractory event {span} %c : {c}\n"
            f"  %w, %silent = snn.refractory window {span} %c : {c}\n"
            f"  %p = snn.refractory phase 8 %c {{phase = 2}} : {c}")  # fmt: skip
    return make_function(f"%c: {c}", [c] * 3, body, "%e, %w, %p")


def make_scan(draw: random.Random, width: int) -> str:
    x, a = f"tensor<?x?x{width}xf32>", f"tensor<{width}xf32>"
    kind = draw.choice(("real", "complex"))
    given = "(%re, %im)" if kind == "complex" else "(%re)"
    types = f"({a}, {a})" if kind == "complex" else f"({a})"
    direction = draw.choice(("", " reverse"))
    count = 4 if kind == "complex" else 2
    body = f"  %h:{count} = snn.scan {kind}{direction}(%x) by{given} : ({x}), {types}"
    arguments = f'%x: {x}, %re: {a} {{snn.param = "re"}}'
    if kind == "complex":
        arguments += f', %im: {a} {{snn.param = "im"}}'
    return make_function(arguments, [x], body, "%h#0")


def make_convolution(draw: random.Random, width: int) -> str:
    x, taps = f"tensor<?x?x{width}xf32>", draw.choice((1, 3, 8, 32, 70))
    w = f"tensor<{taps}xf32>" if draw.random() < 0.5 else f"tensor<{taps}x{width}xf32>"
    body = (f"  %u, %last = snn.temporal_conv {draw.choice(('', 'reverse '))}%x, %w : {x}, {w}\n"
            f"  %s = snn.fire %u {{threshold = 1.0}} : {x}")  # fmt: skip
    return make_function(f'%x: {x}, %w: {w} {{snn.param = "w"}}',
                         [x, f"tensor<?x?x{width}xi1>"], body, "%u, %s")  # fmt: skip


def make_linear(draw: random.Random, width: int) -> str:
    rows, kind = draw.choice(WIDTHS), draw.choice(("i1", "f32"))
    x, y = f"tensor<?x?x{width}x{kind}>", f"tensor<?x?x{rows}xf32>"
    w = f"tensor<{rows}x{width}xf32>"
    body = (f"  %y = snn.linear %x, %w, %b : {x}, {w}, tensor<{rows}xf32>\n"
            f"  %s, %v = snn.lif %y {{decay = 0.5, threshold = 1.0, "
            f"reset = {pick_reset(draw)}}} : {y}")  # fmt: skip
    return make_function(
        f'%x: {x}, %w: {w} {{snn.param = "w"}}, %b: tensor<{rows}xf32> {{snn.param = "bias"}}',
        [y, f"tensor<?x?x{rows}xi1>"], body, "%y, %s")  # fmt: skip


def make_words(draw: random.Random, width: int) -> str:
    s, w = f"tensor<?x?x{width}xi1>", f"tensor<?x?x{-(-width // 32)}xi32>"
    body = (f"  %w = snn.pack %s : {s}\n"
            f"  %u = snn.unpack %w {{neurons = {width}}} : {w}")  # fmt: skip
    return make_function(f"%s: {s}", [w, s], body, "%w, %u")


def make_recurrent(draw: random.Random, width: int) -> str:
    x, s, span = f"tensor<?x?x{width}xf32>", f"tensor<?x?x{width}xi1>", draw.choice((1, 2, 16))
    body = f"""  %s, %vT, %history = snn.recurrent ins(%x : {x}) skip {span} {{
  ^bb0(%xw: {x}, %fb: {s}, %v: tensor<?x{width}xf32>):
    %r = snn.linear %fb, %w : {s}, tensor<{width}x{width}xf32>
    %i = arith.addf %xw, %r : {x}
    %z, %v1 = snn.lif %i init(%v : tensor<?x{width}xf32>)
        {{decay = 0.5, threshold = 1.0, reset = {pick_reset(draw)}}} : {x}
    snn.yield %z : {s} feedback(%z : {s}) state(%v1 : tensor<?x{width}xf32>)
  }} -> ({s}) state(tensor<?x{width}xf32>) history(tensor<{span}x?x{width}xi1>)"""
    return make_function(f'%x: {x}, %w: tensor<{width}x{width}xf32> {{snn.param = "w"}}', [s],
                         body, "%s")  # fmt: skip


# Name, maker, how many, and widths: few where only few neurons have code of their own.
KINDS: tuple[tuple[str, Callable[[random.Random, int], str], int, tuple[int, ...]], ...] = (
    ("lif", make_lif, 12, WIDTHS), ("chunks", make_lif, 10, FEW),
    ("state", make_lif_with_state, 6, WIDTHS), ("cuba", make_cuba, 4, FEW),
    ("adaptive", make_adaptive, 6, WIDTHS), ("gate", make_gate, 5, WIDTHS),
    ("scan", make_scan, 8, WIDTHS), ("convolution", make_convolution, 6, WIDTHS),
    ("linear", make_linear, 6, WIDTHS), ("words", make_words, 4, WIDTHS),
    ("fixed", make_fixed, 2, FEW), ("recurrent", make_recurrent, 4, WIDTHS))  # fmt: skip


def draw_sizes(draw: random.Random, width: int, most: int) -> list[tuple[int, int]]:
    """Six (T, B), the longest among them."""
    chosen = [*draw.sample(STEPS[:-1], 5), STEPS[-1]]
    sizes = []
    for steps in chosen:
        batch = draw.choice(BATCHES)
        steps = min(steps, max(most // (batch * width), 1))
        sizes.append((steps, batch))
    return list(dict.fromkeys(sizes))


def list_shapes(seed: int) -> list[Shape]:
    shapes = []
    for kind, make, count, widths in KINDS:
        for i in range(count):
            draw = random.Random(f"{seed} {kind} {i}")
            # Each width in turn, from one that the seed says.
            width = widths[(i + seed) % len(widths)] if count > 4 else draw.choice(widths)
            strategy = "speculate" if kind == "chunks" and i % 2 else "auto"
            sizes = draw_sizes(draw, width, MOST // 40 if kind == "recurrent" else MOST)
            shapes.append(Shape(f"{kind}-{i}-{width}", make(draw, width),
                                [f"--strategy={strategy}"], sizes))  # fmt: skip
    return shapes
