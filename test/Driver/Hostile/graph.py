# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models that are no graph, names, and limits.

RUN: %python %s snnc %t
"""

from __future__ import annotations

from hostile import LIMIT, OK, USER, Case, check, lif, model

T = "tensor<?x?x4xf32>"
LIF = "decay = 0.5, threshold = 1.0"
TO_TIME = ["--stop-after=time"]


def named(name: str) -> str:
    return model("%y = snn.linear %x, %w : tensor<?x?x4xf32>, tensor<3x4xf32>",
                 args=f', %w: tensor<3x4xf32> {{snn.param = "{name}"}}',
                 result="%y : tensor<?x?x3xf32>")  # fmt: skip

def recurrent(span: str, x: str = "tensor<?x?x4xf32>") -> str:
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

def doubling(n: int) -> str:
    fs = "".join(f"func.func private @f{i}(%x: {T}) -> {T} {{\n  %a = call @f{i-1}(%x) : ({T}) -> {T}\n  %b = call @f{i-1}(%a) : ({T}) -> {T}\n  return %b : {T}\n}}\n" for i in range(1, n))
    return f"func.func private @f0(%x: {T}) -> {T} {{\n  return %x : {T}\n}}\n" + fs + f"func.func @model(%x: {T}) -> {T} {{\n  %a = call @f{n-1}(%x) : ({T}) -> {T}\n  return %a : {T}\n}}\n"

CASES = [
    Case("39-undefined", model("%y = arith.addf %x, %z : " + T), USER, "x"),
    Case("41-self", model(f"%y = arith.addf %x, %y : {T}", result=f"%y : {T}"), USER, "x"),
    Case("42-loop", model(f"%y = arith.addf %x, %z : {T}", f"%z = arith.mulf %y, %x : {T}", result=f"%z : {T}"), USER, "x"),
    Case("42-skip0", recurrent("0"), USER, "x"),
    Case("42-skip-neg", recurrent("-2"), USER, "x"),
    Case("42-skip-big", recurrent("4294967296"), USER, "x"),
    Case("16-skip", recurrent("9", "tensor<8x?x4xf32>"), OK, "x"),
    Case("43-noinput", f"func.func @model() -> tensor<8x1x4xf32> {{\n  %c = arith.constant dense<1.0> : tensor<8x1x4xf32>\n  return %c : tensor<8x1x4xf32>\n}}\n", USER, "x"),
    Case("44-nooutput", f"func.func @model(%x: {T}) {{\n  return\n}}\n", USER, "x"),
    Case("46-names", model(args=f', %a: tensor<f32> {{snn.param = "w"}}, %b: tensor<f32> {{snn.param = "w"}}'), USER, "x"),
    Case("46-functions", lif(LIF) + lif(LIF), USER, "x"),
    Case("46-ssa", model(f"%y = arith.addf %x, %x : {T}", f"%y = arith.addf %x, %x : {T}"), USER, "x"),
    Case("47-empty", named(""), USER, "x"),
    Case("47-long", named("n" * 10000), USER, "x"),
    Case("47-nul", named("a\\00b"), USER, "x"),
    Case("47-control", named("a\\1B[2Jb"), USER, "x"),
    Case("47-utf8", named("a\\FFb"), USER, "x"),
    Case("47-dots", named("../x"), OK, [], TO_TIME),
    Case("47-shell", named('\\22; rm -rf x'), OK, [], TO_TIME),
    Case("47-function", lif(LIF).replace("@model", '@"a\\00b"'), USER, "x"),
    Case("47-layer", lif(LIF+', snn.layer = "a\\0Ab"'), USER, "x"),
    Case("50-many-ops", model(*[f"%v{i} = arith.addf %{'v' + str(i-1) if i else 'x'}, %x : {T}" for i in range(120000)]), LIMIT, "x"),
    Case("50-doubling", doubling(40), LIMIT, "x"),
    Case("50-doubling63", doubling(80), LIMIT, "x"),
    Case("97-cycle", f"func.func private @f(%x: {T}) -> {T} {{\n  %y = call @g(%x) : ({T}) -> {T}\n  return %y : {T}\n}}\nfunc.func @g(%x: {T}) -> {T} {{\n  %y = call @f(%x) : ({T}) -> {T}\n  return %y : {T}\n}}\n", USER, "x"),
    Case("97-self", f"func.func @f(%x: {T}) -> {T} {{\n  %y = call @f(%x) : ({T}) -> {T}\n  return %y : {T}\n}}\n", USER, "x"),
    Case("97-private", lif(LIF).replace("@model", "private @model"), USER, "x"),
    Case("97-public", lif(LIF)+ lif(LIF).replace("@model", "@two"), USER, "x"),
    Case("97-visibility", lif(LIF).replace("@model(", "@model(").replace("i1> {\n", "i1> attributes {sym_visibility = \"foo\"} {\n",1), USER, "x"),
    Case("97-missing", model(f"%y = call @f(%x) : ({T}) -> {T}"), USER, "x"),
    Case("97-signature", model(f"%y = call @model(%x) : ({T}) -> tensor<f32>"), USER, "x"),
    Case("96-external", f"func.func private @f({T}) -> {T}\n" + model(f"%y = call @f(%x) : ({T}) -> {T}", result=f"%y : {T}"), USER, "x"),
    Case("96-external-chain", f"func.func private @f({T}) -> {T}\nfunc.func private @g(%x: {T}) -> {T} {{\n  %y = call @f(%x) : ({T}) -> {T}\n  return %y : {T}\n}}\n" + model(f"%y = call @g(%x) : ({T}) -> {T}", result=f"%y : {T}"), USER, "x"),
    Case("96-indirect", f"func.func private @f(%x: {T}) -> {T} {{\n  return %x : {T}\n}}\n" + model(f"%f = constant @f : ({T}) -> {T}", f"%y = call_indirect %f(%x) : ({T}) -> {T}", result=f"%y : {T}"), USER, "x"),
    Case("98-name", lif(LIF).replace("@model", '@"int main(void)"'), OK, [], TO_TIME),
]

if __name__ == "__main__":
    check(CASES)
