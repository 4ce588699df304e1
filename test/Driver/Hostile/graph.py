# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models that are no graph: loops, calls, names; and models that are too large.

RUN: %python %s snnc %t
"""

from __future__ import annotations

from hostile import CHECK, LIMIT, OK, USER, Case, check, lif, model

T = "tensor<?x?x4xf32>"
SPIKES = "tensor<?x?x4xi1>"
LIF = "decay = 0.5, threshold = 1.0"
SPACE = ["--stop-after=space"]


def named(name: str) -> str:
    """A model with a parameter of that name."""
    return model("%y = snn.linear %x, %w : tensor<?x?x4xf32>, tensor<3x4xf32>",
                 args=f', %w: tensor<3x4xf32> {{snn.param = "{name}"}}',
                 result="%y : tensor<?x?x3xf32>")  # fmt: skip


def recurrent(span: str, x: str = T) -> str:
    z = x.replace("f32", "i1")
    return f"""func.func @model(%x: {x}) -> {z} {{
  %s, %vT, %h = snn.recurrent ins(%x : {x}) skip {span} {{
  ^bb0(%xw: {T}, %fb: tensor<?x?x4xi1>, %v: tensor<?x4xf32>):
    %z, %v1 = snn.lif %xw init(%v : tensor<?x4xf32>) {{{LIF}}} : {T}
    snn.yield %z : tensor<?x?x4xi1> feedback(%z : tensor<?x?x4xi1>) state(%v1 : tensor<?x4xf32>)
  }} -> ({z}) state(tensor<?x4xf32>) history(tensor<{span}x?x4xi1>)
  return %s : {z}
}}
"""


def function(name: str, *calls: str) -> str:
    """A function of as many lines as calls, and 3 more."""
    body = ""
    value = "%x"
    for i, callee in enumerate(calls):
        body += f"  %c{i} = call @{callee}({value}) : ({T}) -> {T}\n"
        value = f"%c{i}"
    return f"func.func {name}(%x: {T}) -> {T} {{\n{body}  return {value} : {T}\n}}\n"


def double(depth: int) -> str:
    """Functions that call the one before twice: 2^depth ops in 4 depth lines."""
    texts = [function("private @f0")]
    texts += [function(f"private @f{i}", f"f{i - 1}", f"f{i - 1}") for i in range(1, depth)]
    return "".join(texts) + function("@model", f"f{depth - 1}")


def add(count: int) -> str:
    values = ["%x", *(f"%v{i}" for i in range(count))]
    return model(*(f"{b} = arith.addf {a}, %x : {T}" for a, b in zip(values, values[1:])))


OUTSIDE = f"func.func private @f({T}) -> {T}\n"
NO_BODY = "error: 'func.call' op expected a function with a body, but got 'f'"
INDIRECT = model(f"%f = constant @f : ({T}) -> {T}", f"%y = call_indirect %f(%x) : ({T}) -> {T}",
                 result=f"%y : {T}")  # fmt: skip
CYCLE = ("error: 'func.func' op expected a function that does not call itself, but got a cycle "
         "of calls through ")  # fmt: skip
PUBLIC = ("1:1: error: expected one public function (mark the others private, or choose one with "
          "--function), but got ")  # fmt: skip
NAME = "error: expected a name of "
OPS = "error: 'func.func' op expected a model of at most"
DOMINATE = "error: operand #1 does not dominate this use"
SPAN = "error: custom op 'snn.recurrent' expected a span in [1, 2147483647], but got"

CASES = [
    Case("16-span", recurrent("9", "tensor<8x?x4xf32>"), OK,
         ["2:17: warning: expected a skip span of at most the 8 steps of a run, but got 9",
          "0 errors, 1 warning\n"], CHECK),
    Case("16-compiled", recurrent("9", "tensor<8x?x4xf32>"), OK,
         "2:17: warning: expected a skip span of at most the 8 steps", SPACE),
    Case("16-within", recurrent("8", "tensor<8x?x4xf32>"), OK, "0 errors, 0 warnings\n",
         CHECK),
    Case("17-span", recurrent("-2"), USER, f"2:64: {SPAN} -2"),
    Case("17-zero", recurrent("0"), USER, f"2:64: {SPAN} 0"),
    Case("17-large", recurrent("4294967296"), USER, f"2:64: {SPAN} 4294967296"),
    Case("17-sources", recurrent("[2, -1, 2, 2]"), USER, f"2:64: {SPAN} -1"),
    Case("17-shares", model("%p = arith.constant dense<[0.5, 0.25]> : tensor<2xf32>",
                            "%s = snn.fire %x {threshold = 1.0} : " + T,
                            f"%y, %h = snn.recurrent ins(%s : {SPIKES}) "
                            "skip taps (%p : tensor<2xf32>) attributes {snn.softmax} {",
                            f"^bb0(%a: {SPIKES}, %f: {T}):",
                            f"snn.yield %a : {SPIKES} feedback(%a : {SPIKES})",
                            f"}} -> ({SPIKES}) history(tensor<2x?x4xi1>)",
                            result=f"%y : {SPIKES}"), USER,
         "4:12: error: 'snn.recurrent' op expected taps of 'snn.softmax' with a sum of 1, but got "
         "7.500000e-01 of feedback 0"),
    Case("17-delay", model(f"%y, %h = snn.delay %x by [-3] : {T}"), USER,
         "2:12: error: expected delay in [0, 2147483647], but got -3"),
    Case("17-ring", model(f"%y, %h = snn.delay %x by [5] init(%r : tensor<2x?x4xf32>) : {T}",
                          args=', %r: tensor<2x?x4xf32> {snn.state = "r"}'), USER,
         "2:12: error: expected a history as long as the largest delay, 'tensor<5x?x4xf32>', but "
         "got 'tensor<2x?x4xf32>'"),
    Case("17-matrix", model(f"%d, %h = snn.delay %x by [1, 5] groups : {T}",
                            "%y = snn.linear %d, %w : tensor<?x?x2x4xf32>, tensor<3x3x4xf32>",
                            args=', %w: tensor<3x3x4xf32> {snn.param = "w"}'), USER,
         "3:8: error: expected the trailing dimensions of the input to be those of the weight after "
         "its first, but got 'tensor<?x?x2x4xf32>' and 'tensor<3x3x4xf32>'"),
    Case("39-undefined", model(f"%y = arith.addf %x, %z : {T}"), USER,
         "2:23: error: use of undeclared SSA value name"),
    Case("41-self", model(f"%y = arith.addf %x, %y : {T}"), USER, f"2:8: {DOMINATE}"),
    Case("42-loop", model(f"%y = arith.addf %x, %z : {T}", f"%z = arith.mulf %y, %x : {T}"), USER,
         [f"2:8: {DOMINATE}", "3:8: note: operand defined here"]),
    Case("43-no-input", model("%c = arith.constant dense<1.0> : tensor<8x1x4xf32>",
                              result="%c : tensor<8x1x4xf32>").replace(f"%x: {T}", ""), USER,
         "1:1: error: 'func.func' op expected result 0 to be a sequence"),
    Case("44-no-output", f"func.func @model(%x: {T}) {{\n  return\n}}\n", USER,
         "1:1: error: 'func.func' op expected a model with results, but got none"),
    Case("46-parameters", model(args=', %a: tensor<f32> {snn.param = "w"}'
                                     ', %b: tensor<f32> {snn.param = "w"}'), USER,
         "1:1: error: 'func.func' op expected distinct names, but arguments 1 and 2 are both "
         'called "w"'),
    Case("46-functions", lif(LIF) * 2, USER,
         ["5:1: error: redefinition of symbol named 'model'", "1:1: note: see existing symbol"]),
    Case("46-values", model(*[f"%y = arith.addf %x, %x : {T}"] * 2), USER,
         "3:3: error: redefinition of SSA value '%y'"),
    Case("47-empty", named(""), USER,
         f"1:1: {NAME}a parameter, state or record of 1 to 4096 bytes, but got 0 bytes"),
    Case("47-long", named("n" * 10000), USER, "of 1 to 4096 bytes, but got 10000 bytes"),
    Case("47-nul", named("a\\00b"), USER, "without control characters, but got \"a\\00b\""),
    Case("47-control", named("a\\1B[2Jb"), USER,
         "without control characters, but got \"a\\1B[2Jb\""),
    Case("47-utf8", named("a\\FFb"), USER, "in UTF-8, but got \"a\\FFb\""),
    Case("47-state", model(args=', %v: tensor<?x4xf32> {snn.state = "\\07"}',
                           result=f"%x, %v : {T}, tensor<?x4xf32>").replace(
                               f"-> {T}, tensor<?x4xf32>",
                               f'-> ({T}, tensor<?x4xf32> {{snn.state = "\\07"}})'), USER,
         f"1:1: {NAME}a parameter, state or record without control characters"),
    Case("47-layer", lif(f'{LIF}, snn.layer = "a\\0Ab"'), USER,
         f"2:12: {NAME}a layer without control characters, but got \"a\\0Ab\""),
    Case("47-function", lif(LIF).replace("@model", '@"a\\00b"'), USER,
         f"1:1: {NAME}a function without control characters, but got \"a\\00b\""),
    # These are only names: they stand in a table, and no file is called so.
    Case("47-path", named("../x"), OK, [], SPACE),
    Case("47-shell", named("\\22; rm -rf x"), OK, [], SPACE),
    Case("50-ops", add(100001), LIMIT,
         f"1:1: {OPS} 100000 ops with all calls inlined, but got 100003 (--max-ops=N"),
    Case("50-flag", add(10), LIMIT, f"1:1: {OPS} 11 ops", ["--max-ops=11"]),
    Case("50-fits", add(10), OK, [], ["--max-ops=12", *SPACE]),
    Case("50-calls", double(80), LIMIT, f"{OPS} 100000 ops with all calls inlined, but got 131070"),
    Case("96-external", OUTSIDE + function("@model", "f"), USER, f"3:9: {NO_BODY}"),
    Case("96-behind", OUTSIDE + function("private @g", "f") + function("@model", "g"), USER,
         f"3:9: {NO_BODY}"),
    Case("96-indirect", function("private @f") + INDIRECT, USER,
         "5:8: error: 'func.constant' op expected a call of a function by its name"),
    Case("97-cycle", function("private @f", "g") + function("@g", "f"), USER, f"5:1: {CYCLE}'g'"),
    Case("97-self", function("@f", "f"), USER, f"1:1: {CYCLE}'f'"),
    Case("97-private", lif(LIF).replace("@model", "private @model"), USER, f"{PUBLIC}0"),
    Case("97-public", lif(LIF) + lif(LIF).replace("@model", "@other"), USER, f"{PUBLIC}2"),
    Case("97-both", lif(LIF).replace("@model", "private @model") + lif(LIF), USER,
         "5:1: error: redefinition of symbol named 'model'"),
    Case("97-missing", function("@model", "f"), USER,
         "2:9: error: 'func.call' op 'f' does not reference a valid function"),
    # A program has no symbol of that name; a library would have.
    Case("98-program", lif(LIF).replace("@model", '@"int main(void)"'), OK, [], SPACE),
    Case("98-library", lif(LIF).replace("@model", '@"int main(void)"'), OK,
         "1:1: warning: expected the name of the model to be a C identifier, which a library or "
         "header needs, but got 'int main(void)' (--name=NAME gives another)", CHECK),
]  # fmt: skip

if __name__ == "__main__":
    check(CASES)
