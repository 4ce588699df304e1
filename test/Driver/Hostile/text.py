# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Texts that are no model.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import subprocess
from hostile import LIMIT, OK, USER, Case, check, lif, model

T = "tensor<?x?x4xf32>"
LIF = "decay = 0.5, threshold = 1.0"
GOOD = lif(LIF)
TO_TIME = ["--stop-after=time"]


def attr(text: str) -> str:
    """An attribute in line 2, of an op that has none."""
    return model(f"%y = arith.addf %x, %x {{arith.a = {text}}} : {T}")

def nest(a, b, n, inner=""): return a * n + inner + b * n

N = 20000
CASES = [
    Case("89-utf8", GOOD.encode() + b"func.func @\xff() {}", USER, "x"),
    Case("89-utf8-s", model().encode().replace(b"return", b'"\xc3("'), USER, "x"),
    Case("89-comment", GOOD.encode() + b"// \xff latin", OK, [], TO_TIME),
    Case("89-nul", GOOD + "\0", USER, "x"),
    Case("89-nul-comment", GOOD + "//\0\n", USER, "x"),
    Case("89-bom", "\ufeff" + GOOD, USER, "x"),
    Case("89-utf8-ok", "// µ\n" + lif(LIF+', snn.layer = "µ"'), OK, [], TO_TIME),
    Case("90-line", model(f"%y = arith.addf %x, {'%z' * 1000000}"), USER, "x"),
    Case("90-size", GOOD + " " * 4096, LIMIT, "x", ["--max-file-bytes=4096"]),
    Case("91-regions", "module {" * N + "}" * N, LIMIT, "x"),
    Case("91-types", attr(nest("tuple<", ">", N, "i1")), LIMIT, "x"),
    Case("91-fn", attr(nest("(", ")->i1", N, "i1")), LIMIT, "x"),
    Case("91-attributes", attr(nest("[", "]", N)), LIMIT, "x"),
    Case("91-dict", attr(nest("{a=", "}", N, "1")), LIMIT, "x"),
    Case("91-dense", attr("dense<" + nest("[", "]", N, "1") + "> : tensor<1xi1>"), LIMIT, "x"),
    Case("91-loc", GOOD + "loc(" + nest('callsite("a" at ', ")", N, '"b"') + ")", LIMIT, "x"),
    Case("91-affine", attr("affine_map<(d0) -> (" + nest("(", ")", N, "d0") + ")>"), LIMIT, "x"),
    Case("91-affine-minus", attr("affine_map<(d0) -> (" + "-" * N + "d0)>"), LIMIT, "x"),
    Case("91-affine-plus", attr("affine_map<(d0) -> (" + "d0+" * N + "d0)>"), LIMIT, "x"),
    Case("91-affine-mod", attr("affine_set<(d0) : (" + "d0 mod " * N + "2 >= 0)>"), LIMIT, "x"),
    Case("91-alias", "#a0 = 1\n" + "".join(f"#a{i+1} = [#a{i}]\n" for i in range(N)) + GOOD, LIMIT, "x"),
    Case("91-alias-type", "!a0 = i1\n" + "".join(f"!a{i+1} = tuple<!a{i}>\n" for i in range(N)) + GOOD, LIMIT, "x"),
    Case("91-alias-bare", "!a0 = i1\n" + "".join(f"!a{i+1} = !a{i}\n" for i in range(N)) + GOOD, LIMIT, "x"),
    Case("91-alias-laughs", "!a0 = i1\n" + "".join(f"!a{i+1} = tuple<!a{i}, !a{i}>\n" for i in range(60)) + model(f"%y = snn.foo %x : !a60"), LIMIT, "x"),
    Case("91-legal", attr(nest("[", "]", 900)), OK, [], TO_TIME),
    Case("91-legal-flag", attr(nest("[", "]", 900)), LIMIT, "x", ["--max-depth=100"]),
    Case("92-hex", model('%c = arith.constant dense<"0x00"> : tensor<4xf32>'), USER, "x"),
    Case("92-hex2", model('%c = arith.constant dense<"0x0"> : tensor<4xf32>'), USER, "x"),
    Case("92-hex3", model('%c = arith.constant dense<"0xZZ"> : tensor<4xf32>'), USER, "x"),
    Case("92-list", model('%c = arith.constant dense<[1.0, 2.0]> : tensor<4xf32>'), USER, "x"),
    Case("93-custom", model("foo.bar %x : f32"), USER, "x"),
    Case("93-generic", model('"foo.bar"() : () -> ()'), USER, "x"),
    Case("93-type", model('%c = tensor.empty() : tensor<4x!foo.t>'), USER, "x"),
    Case("93-attr", attr("#foo.bar<1>"), USER, "x"),
    Case("93-discard", model(f"%y = arith.addf %x, %x {{foo.a = 1}} : {T}"), USER, "x"),
    Case("93-vector", model("%c = vector.broadcast %x : f32 to vector<4xf32>"), USER, "x"),
    Case("93-memref", model("%c = memref.alloc() : memref<4xf32>"), USER, "x"),
    Case("93-affine", model("affine.for %i = 0 to 4 {}"), USER, "x"),
    Case("93-unregistered-snn", model('"snn.foo"() : () -> ()'), USER, "x"),
    Case("93-two", model('"foo.bar"() : () -> ()', '"foo.baz"() : () -> ()'), USER, ["2:3: error: ", "3:3: error: "]),
    Case("95-resource", model("%c = arith.constant dense_resource<blob> : tensor<4xf32>"), USER, "x"),
    Case("95-resource-data", model("%c = arith.constant dense_resource<blob> : tensor<4xf32>") + '{-#\n  dialect_resources: { builtin: { blob: "0x040000000000803F000000400000404000008040" } }\n#-}\n', USER, "x"),
    Case("95-resource-bad", model("%c = arith.constant dense_resource<blob> : tensor<4xf32>") + '{-#\n  dialect_resources: { builtin: { blob: "0x04" } }\n#-}\n', USER, "x"),
    Case("95-external", GOOD + '{-#\n  external_resources: { foo: { blob: "0x0400000000" } }\n#-}\n', OK, [], TO_TIME),
    Case("96-llvm", model('llvm.inline_asm "nop", "" : () -> ()'), USER, "x"),
    Case("96-llvm-generic", model('"llvm.inline_asm"() {asm_string = "nop", constraints = ""} : () -> ()'), USER, "x"),
    Case("96-llvm-func", 'llvm.func @abort()\n' + GOOD, USER, "x"),
    Case("96-passthrough", model(attributes=' attributes {passthrough = ["naked"]}'), USER, "x"),
    Case("96-llvm-attr", model(attributes=' attributes {llvm.linkage = #llvm.linkage<weak>}'), USER, "x"),
    Case("96-arg", model(args=", %p: tensor<4xf32> {llvm.noalias, snn.param = \"p\"}"), USER, "x"),
    Case("96-module", "module attributes {llvm.module_asm = [\".globl x\"]} {\n" + GOOD + "}\n", USER, "x"),
    Case("96-nested-module", "module { func.func @f() { return } }\n" + GOOD, USER, "x"),
    Case("96-cast", model("%c = builtin.unrealized_conversion_cast %x : tensor<?x?x4xf32> to tensor<?x?x4xi32>"), USER, "x"),
    Case("94-bytecode", b"ML\xefR\x0d", USER, "x"),
    Case("94-bytecode-bad", b"ML\xefR\x0d", USER, "x", ["--allow-bytecode"]),
    Case("99-loc", GOOD.replace("f32>\n  ret", 'f32> loc("/etc/passwd":1:1)\n  ret').replace("0.5", "1.5"), USER, "x"),
    Case("55-empty", "", USER, "x"),
    Case("56-text", "hello\n", USER, "x"),
    Case("truncated", GOOD[:70], USER, "x"),
]

if __name__ == "__main__":
    check(CASES)
