# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Texts that are no model, that are more than one, or that nest too deeply.

RUN: %python %s snnc %t
"""

from __future__ import annotations

from hostile import LIMIT, OK, USER, Case, check, lif, model

T = "tensor<?x?x4xf32>"
LIF = "decay = 0.5, threshold = 1.0"
GOOD = lif(LIF)
SPACE = ["--stop-after=space"]
BYTECODE = b"ML\xefR\x0dMLIR22.1.8\0"


def attr(text: str) -> str:
    """An attribute in line 2, from column 41 on."""
    return model(f"%y = arith.addf %x, %x {{arith.test = {text}}} : {T}")


def nest(left: str, right: str, depth: int, inside: str = "") -> str:
    return left * depth + inside + right * depth


def branches(depth: int) -> str:
    """Regions, each in the one before; a line for each level on the way down."""
    lines = ["%c = arith.constant true"]
    lines += [f"%v{i} = scf.if %c -> ({T}) {{" for i in range(depth)]
    lines += [f"scf.yield %x : {T}"]
    for i in reversed(range(depth)):
        lines += [f"}} else {{ scf.yield %x : {T} }}"]
        lines += [f"scf.yield %v{i} : {T}"] if i else []
    return model(*lines, result=f"%v0 : {T}")


def aliases(first: str, later: str, depth: int, use: str = "") -> str:
    lines = [f"{first}\n", *(later.format(i, i + 1) + "\n" for i in range(depth))]
    return "".join(lines) + (use or GOOD)


# Texts of a depth: its brackets, aliases or operators.
NESTS = {
    "regions": branches,
    "types": lambda depth: attr(nest("tuple<", ">", depth, "i1")),
    "functions": lambda depth: attr(nest("(", ") -> i1", depth, "i1")),
    "arrays": lambda depth: attr(nest("[", "]", depth)),
    "dictionaries": lambda depth: attr(nest("{a = ", "}", depth, "1")),
    "locations": lambda depth: GOOD + "#l = loc(" + nest('callsite("a" at ', ")", depth, '"b"') + ")",
    "affine": lambda depth: attr("affine_map<(d0) -> (" + nest("(", ")", depth, "d0") + ")>"),
    "minus": lambda depth: attr("affine_map<(d0) -> (" + "-" * depth + "d0)>"),
    "sum": lambda depth: attr("affine_map<(d0) -> (" + "d0 + " * depth + "d0)>"),
    "modulo": lambda depth: attr("affine_map<(d0) -> (d0" + " mod 7" * depth + ")>"),
    "attribute-aliases": lambda depth: aliases("#a0 = 1", "#a{1} = [#a{0}]", depth // 2),
    "type-aliases": lambda depth: aliases("!a0 = i1", "!a{1} = tuple<!a{0}>", depth // 2),
    "plain-aliases": lambda depth: aliases("!a0 = i1", "!a{1} = !a{0}", depth),
}  # fmt: skip

# The parser overflows its stack on most of these; without limit it would here.
DEEP = "error: expected nesting of at most 1000 levels, but got more (--max-depth=N sets the limit)"
NEST_CASES = [
    *(Case(f"91-{name}", make(20000), LIMIT, DEEP) for name, make in NESTS.items()),
    *(Case(f"91-{name}-fits", make(990), OK, [], SPACE) for name, make in NESTS.items()),
    Case("91-place", attr(nest("[", "]", 1200)), LIMIT, f"2:1038: {DEEP}"),
    Case("91-region-place", branches(1200), LIMIT, f"1001:31: {DEEP}"),
    Case("91-flag", attr(nest("[", "]", 50)), LIMIT,
         "2:78: error: expected nesting of at most 40 levels, but got more", ["--max-depth=40"]),
    Case("91-flag-higher", attr(nest("[", "]", 1200)), OK, [], ["--max-depth=1500", *SPACE]),
    # 60 aliases that stand for 2^60 types.
    Case("91-doubled-aliases", aliases("!a0 = i1", "!a{1} = tuple<!a{0}, !a{0}>", 60), LIMIT,
         "20:20: error: expected an alias to stand for at most 1000000 others, but got more"),
]  # fmt: skip

# What looks like brackets and is none.
FLAT = {
    "strings": lif(f'{LIF}, snn.layer = "' + "(" * 4000 + '"'),
    "escapes": lif(f'{LIF}, snn.layer = "' + "\\22[" * 1300 + '"'),
    "quotes": lif(f'{LIF}, snn.layer = "' + '\\"{' * 1300 + '"'),
    "comments": "// " + "{[(<" * 4000 + "\n" + GOOD,
    "arrows": attr("[" + ", ".join(["() -> ()"] * 4000) + "]"),
    "comparisons": attr("affine_set<(d0) : (" + ", ".join(["d0 >= 0", "d0 <= 9"] * 2000) + ")>"),
    "operators": attr("affine_map<(d0) -> (" + ", ".join(["d0 * 2 + 1 - 3"] * 2000) + ")>"),
    "negatives": attr("array<i64: " + ", ".join(["-1"] * 4000) + ">"),
    "aliases": "".join(f"#m{i} = affine_map<(d0) -> (d0 + {i})>\n" for i in range(4000)) + GOOD,
}  # fmt: skip

FOREIGN = "error: expected {} of dialect func, arith, math, linalg, tensor, scf or snn, but got {}"
TRUST = " (--trust-ir compiles it)"


def op(name: str) -> str:
    return FOREIGN.format("an op", f"'{name}' of dialect '{name.partition('.')[0]}'") + TRUST


def unknown(of: str, name: str) -> str:
    return f"error: expected an attribute of '{of}' or of dialect snn, but got '{name}'"


RESOURCE = ("error: expected values in the text, but got a resource, whose values may lie outside "
            "of it")  # fmt: skip
BLOB = model("%c = arith.constant dense_resource<blob> : tensor<4xf32>")
META = "{{-#\n  dialect_resources: {{ builtin: {{ blob: \"{}\" }} }}\n#-}}\n"
HEX = "2:{}: error: {}"


def constant(values: str) -> str:
    return model(f"%c = arith.constant dense<{values}> : tensor<4xf32>")


CASES = [
    *NEST_CASES,
    *(Case(f"91-flat-{name}", text, OK, [], SPACE) for name, text in FLAT.items()),
    Case("89-code", GOOD.encode() + b"func.func @\xff() {}", USER,
         "5:12: error: expected UTF-8, but got byte 0xff"),
    Case("89-string", lif(f'{LIF}, snn.layer = "?"').encode().replace(b'"?', b'"\xc3'), USER,
         "2:67: error: expected UTF-8, but got byte 0xc3"),
    Case("89-surrogate", GOOD.encode() + b"\xed\xa0\x80", USER,
         "5:1: error: expected UTF-8, but got byte 0xed"),
    Case("89-cut", GOOD.encode() + b"\xe2\x82", USER,
         "5:1: error: expected UTF-8, but got byte 0xe2"),
    Case("89-nul", GOOD + "//\0\n", USER, "5:3: error: expected text, but got a NUL byte"),
    Case("89-mark", "\ufeff" + GOOD, USER, "1:1: error: unexpected character"),
    Case("89-comment", b"// \xff\xfe\n" + GOOD.encode(), OK, [], SPACE),
    Case("89-layer", lif(f'{LIF}, snn.layer = "\u00b5 \u5c42"'), OK, [], SPACE),
    # The message does not repeat the line.
    Case("90-line", model("%y = arith.addf %x, " + "%z" * 2000000), USER,
         "2:25: error: expected ':'\n"),
    Case("90-size", GOOD + " " * 4096, LIMIT,
         "model.mlir: expected a model of at most 4096 bytes, but got more "
         "(--max-file-bytes=N sets the limit)", ["--max-file-bytes=4096"]),
    Case("90-fits", GOOD, OK, [], [f"--max-file-bytes={len(GOOD)}", *SPACE]),
    Case("92-short", constant('"0x00"'), USER,
         "2:23: error: elements hex data size is invalid for provided type: 'tensor<4xf32>'"),
    Case("92-odd", constant('"0x0"'), USER, "2:29: error: expected string containing hex digits"),
    Case("92-digits", constant('"0xZZ"'), USER,
         "2:29: error: expected string containing hex digits"),
    Case("92-list", constant("[1.0, 2.0]"), USER,
         "2:23: error: inferred shape of elements literal ([2]) does not match type ([4])"),
    Case("93-op", model("foo.bar %x : f32"), USER, f"2:3: {op('foo.bar')}"),
    Case("93-generic", model('"foo.bar"() : () -> ()'), USER, f"2:3: {op('foo.bar')}"),
    Case("93-two", model('"foo.bar"() : () -> ()', '"foo.baz"() : () -> ()'), USER,
         [f"2:3: {op('foo.bar')}", f"3:3: {op('foo.baz')}"]),
    Case("93-vector", model("%c = vector.broadcast %x : f32 to vector<4xf32>"), USER,
         f"2:8: {op('vector.broadcast')}"),
    Case("93-memref", model("%c = memref.alloc() : memref<4xf32>"), USER,
         f"2:8: {op('memref.alloc')}"),
    Case("93-affine", model("affine.for %i = 0 to 4 {}"), USER, f"2:3: {op('affine.for')}"),
    Case("93-cast", model(f"%c = builtin.unrealized_conversion_cast %x : {T} to i1"), USER,
         f"2:8: {op('builtin.unrealized_conversion_cast')}"),
    Case("93-unknown", model('"snn.foo"() : () -> ()'), USER,
         "2:3: error: unregistered operation 'snn.foo' found in dialect ('snn')"),
    Case("93-type", model("%c = tensor.empty() : tensor<4x!foo.t>"), USER,
         "2:8: " + FOREIGN.format("a type", "one of 'foo'") + TRUST),
    Case("93-attribute", attr("#foo.bar<1>"), USER,
         "2:8: " + FOREIGN.format("an attribute", "one of 'foo'") + TRUST),
    Case("93-discardable", model(f"%y = arith.addf %x, %x {{foo.a = 1}} : {T}"), USER,
         f"2:8: {unknown('arith.addf', 'foo.a')}"),
    Case("93-trusted", model("%c = memref.alloc() : memref<4xf32>"), OK, [],
         ["--trust-ir", "--stop-after=verify"]),
    Case("94-bytecode", BYTECODE, USER,
         "1:1: error: expected MLIR text, but got bytecode (--allow-bytecode reads it, from a "
         "source that you trust)"),
    Case("94-cut", b"ML\xefR\x0d", USER, "error: ", ["--allow-bytecode"]),
    Case("95-missing", BLOB, USER, f"2:8: {RESOURCE}"),
    Case("95-present", BLOB + META.format("0x04000000" + "0000803F" * 4), USER, f"2:8: {RESOURCE}"),
    Case("95-alignment", BLOB + META.format("0x04"), USER,
         "6:41: error: expected hex string blob for key 'blob' to encode alignment in first 4 bytes"),
    Case("96-custom", model('llvm.inline_asm "nop", "" : () -> ()'), USER,
         f"2:3: {op('llvm.inline_asm')}"),
    Case("96-generic", model('"llvm.inline_asm"() {asm_string = "nop"} : () -> ()'), USER,
         f"2:3: {op('llvm.inline_asm')}"),
    Case("96-declared", "llvm.func @abort()\n" + GOOD, USER, f"1:1: {op('llvm.func')}"),
    Case("96-passthrough", model(attributes=' attributes {passthrough = ["naked"]}'), USER,
         f"1:1: {unknown('func.func', 'passthrough')}"),
    Case("96-linkage", model(attributes=" attributes {llvm.linkage = 1}"), USER,
         f"1:1: {unknown('func.func', 'llvm.linkage')}"),
    Case("96-argument", model(args=", %p: tensor<4xf32> {llvm.noalias}"), USER,
         "1:1: error: expected attributes of dialect snn on arguments and results, but got "
         "'llvm.noalias'"),
    Case("96-module", 'module attributes {llvm.module_asm = [".globl x"]} {\n' + GOOD + "}\n", USER,
         f"1:1: {unknown('builtin.module', 'llvm.module_asm')}"),
    Case("96-nested", "module { func.func @f() { return } }\n" + GOOD, USER,
         "1:1: error: expected functions at the top of a model file only, but got "
         "'builtin.module'"),
    # MLIR's parser crashes after this message.
    Case("53-dimensions", model("%r = linalg.reduce { arith.addf } ins(%x : tensor<?x?x4xf32>) "
                                "outs(%x : tensor<?x?x4xf32>) dimensions = 1"), USER,
         "2:106: error: expected '['"),
    Case("55-empty", "", USER, "1:1: error: expected one public function"),
    Case("56-prose", "hello\n", USER, "1:1: error: custom op 'hello' is unknown"),
    *(Case(f"57-cut-{size}", GOOD[:size], USER, "error: ") for size in range(1, len(GOOD) - 2, 7)),
]  # fmt: skip

if __name__ == "__main__":
    check(CASES)
