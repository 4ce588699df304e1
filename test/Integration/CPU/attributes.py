"""Named neurons, histories and synapses with attributes in many combinations.

There is no NumPy here: the interpreter says what is expected.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import itertools

import numpy as np
from harness import FEW, Arrays, Model

RNG = np.random.default_rng(7)


def write_model(arguments: list[str], body: str, results: list[tuple[str, str]]) -> str:
    names, types = zip(*results)
    plain = [kind.split(" {")[0] for kind in types]
    return (f"func.func @m({', '.join(arguments)}) -> ({', '.join(types)}) {{\n{body}"
            f"  return {', '.join(names)} : {', '.join(plain)}\n}}\n")  # fmt: skip


def check(name: str, text: str, inputs: Arrays, params: Arrays = {}) -> None:
    Model(text, name=name, targets=FEW).check(inputs, None, params)


def make(kind: str, *shape: int) -> np.ndarray:
    if kind.startswith("i"):
        return RNG.integers(-100, 100, shape).astype(f"i{int(kind[1:]) // 8}")
    return RNG.normal(0.4, 1, shape).astype(f"f{int(kind[1:]) // 8}")


def test_lif() -> None:
    """Resets and refractory periods, each with each."""
    resets = ("none", "value, 0.25", "subtract", "subtract, 0.3", "modulo")
    times = ("same", "next", "after_decay")
    periods = [
        "",
        ", refractory = 2, compare = #snn.compare<gt>, decay_input",
        ", refractory = 3, hold = #snn.hold<input>, decay_input, "
        "counter_test = #snn.counter_test<after>",
        ", refractory = 1, hold = #snn.hold<state>",
        ", refractory = 2, hold = #snn.hold<state>, counter_test = #snn.counter_test<after>",
        ", refractory = 2, hold = #snn.hold<input>",
    ]
    for kind in ("f32", "f16", "f64"):
        sequence, body, results = f"tensor<?x?x7x{kind}>", "", []
        for i, (reset, time, period) in enumerate(itertools.product(resets, times, periods)):
            if i % (4 if kind == "f32" else 11):
                continue
            seen = ("before_reset", "after_reset")[i % 2]
            body += (f"  %n{i}_:{4 if period else 3} = snn.lif %x {{decay = 0.7, threshold = 0.9, "
                     f"reset = #snn.reset<{reset}>, reset_time = #snn.reset_time<{time}>, "
                     f"potential = #snn.potential<{seen}>{period}}} : {sequence}\n")  # fmt: skip
            results += [(f"%n{i}_#0", "tensor<?x?x7xi1>"), (f"%n{i}_#1", sequence)]
        text = write_model([f"%x: {sequence}"], body, results)
        check(f"lif_{kind}", text, {"x": make(kind, 15, 2, 7)})


def test_sequences() -> None:
    """Scans, convolutions and delays, also backwards."""
    for kind in ("f32", "f16"):
        x, row = f"tensor<?x?x7x{kind}>", f"tensor<7x{kind}>"
        body = f"""
  %a:4 = snn.scan complex (%x) by (%re, %im) : ({x}), ({row}, {row})
  %b:2 = snn.scan real reverse (%x) by (%x) : ({x}), ({x})
  %c:4 = snn.scan dense (%x, %x) by (%re, %im, %im, %x) : ({x}, {x}), ({row}, {row}, {row}, {x})
  %d:2 = snn.temporal_conv %x, %w : {x}, tensor<5x7x{kind}>
  %e:2 = snn.temporal_conv reverse %x, %w : {x}, tensor<5x7x{kind}>
  %f:2 = snn.delay reverse %x by [3, 0, 1, 2, 3, 4, 1] per_source : {x}
  %g:2 = snn.delay %x by [3, 0, 1] groups : {x}
"""
        results = [(name, x) for name in ("%a#0", "%a#1", "%b#0", "%c#0", "%c#1", "%d#0", "%e#0", "%f#0")]
        results.append(("%g#0", f"tensor<?x?x3x7x{kind}>"))
        arguments = [f"%x: {x}", f'%re: {row} {{snn.param = "re"}}', f'%im: {row} {{snn.param = "im"}}',
                     f'%w: tensor<5x7x{kind}> {{snn.param = "w"}}']  # fmt: skip
        params = {"re": make(kind, 7) / 4, "im": make(kind, 7) / 4, "w": make(kind, 5, 7)}
        check(f"sequences_{kind}", write_model(arguments, body, results), {"x": make(kind, 12, 2, 7)}, params)


def test_recurrences() -> None:
    for kind in ("f32", "f16"):
        x, body, results = f"tensor<?x?x4x{kind}>", "", []
        spans = [("", f"taps (%p : tensor<3x{kind}>)", "i1", 3),
                 ("reverse", f"taps (%p : tensor<3x{kind}>)", kind, 3),
                 ("reverse", "[1, 3, 2, 5]", kind, 5), ("", "3", "i1", 3)]  # fmt: skip
        for i, (direction, span, fed, history) in enumerate(spans):
            seen = kind if "taps" in span else fed
            body += f"""
  %y{i}_, %h{i}_ = snn.recurrent {direction} ins(%x : {x}) skip {span} {{
  ^bb0(%xw: {x}, %fb: tensor<?x?x4x{seen}>):
    %l = snn.linear %fb, %w : tensor<?x?x4x{seen}>, tensor<4x4x{kind}>
    %y = arith.addf %xw, %l : {x}
    %z = snn.fire %y {{threshold = 0.5}} : {x}
    snn.yield %y : {x} feedback(%{"z" if fed == "i1" else "y"} : tensor<?x?x4x{fed}>)
  }} -> ({x}) history(tensor<{history}x?x4x{fed}>)
"""
            results.append((f"%y{i}_", x))
        arguments = [f"%x: {x}", f'%w: tensor<4x4x{kind}> {{snn.param = "w"}}',
                     f'%p: tensor<3x{kind}> {{snn.param = "p"}}']  # fmt: skip
        params = {"w": make(kind, 4, 4) / 4, "p": make(kind, 3) / 4}
        check(f"recurrences_{kind}", write_model(arguments, body, results), {"x": make(kind, 14, 2, 4)}, params)


def test_synapses() -> None:
    """Every size of a convolution and a pool, on each type of weights."""
    for kind, total in (("f16", "f16"), ("f64", "f64"), ("i8", "i32"), ("i16", "i16")):
        x, z = f"tensor<?x?x4x6x5x{kind}>", "tensor<?x?x4x6x5xi1>"
        w, b = f"tensor<6x2x3x2x{kind}>", f"tensor<6x{total}>"
        body = f"""
  %c = snn.conv2d %x, %w, %b {{stride = array<i64: 2, 1>, padding = array<i64: 1, 2>,
      dilation = array<i64: 1, 2>, groups = 2}} : {x}, {w}, {b}
  %d = snn.conv2d %z, %w {{groups = 2}} : {z}, {w}
  %s = snn.sum_pool2d %x {{kernel = array<i64: 3, 2>, padding = array<i64: 1, 1>,
      stride = array<i64: 2, 1>}} : {x}
  %n = snn.sum_pool2d %z {{kernel = array<i64: 3, 2>, element_type = {kind}}} : {z}
"""
        results = [("%c", f"tensor<?x?x6x3x7x{total}>"), ("%d", f"tensor<?x?x6x4x4x{total}>"),
                   ("%s", f"tensor<?x?x4x3x6x{kind}>"), ("%n", f"tensor<?x?x4x2x2x{kind}>")]  # fmt: skip
        if kind.startswith("f"):
            body += f"  %m = snn.avg_pool2d %x {{kernel = array<i64: 3, 2>, padding = array<i64: 1, 0>}} : {x}\n"
            results.append(("%m", f"tensor<?x?x4x2x2x{kind}>"))
        arguments = [f"%x: {x}", f"%z: {z}", f'%w: {w} {{snn.param = "w"}}', f'%b: {b} {{snn.param = "b"}}']
        inputs = {"x": make(kind, 3, 2, 4, 6, 5), "z": RNG.random((3, 2, 4, 6, 5)) < 0.4}
        params = {"w": make(kind, 6, 2, 3, 2), "b": make(total, 6)}
        check(f"synapses_{kind}", write_model(arguments, body, results), inputs, params)


if __name__ == "__main__":
    test_lif()
    test_sequences()
    test_recurrences()
    test_synapses()
